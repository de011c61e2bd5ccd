/* Bernstein and Yang's division steps ("Fast constant-time gcd computation and modular inversion",
 * 2019), in the variable-time form with 62 steps a round.
 *
 * The pair (f, g) begins as (m, a); a step halves g, or g ± f after making f the odd one, so that
 * in the end g = 0 and f = ±1. Up to 62 steps depend only on the low 62 bits, so they run on words
 * and are collected in a matrix t with entries |t| ≤ 2^62; then t/2^62 is applied to (f, g) exactly
 * and to (d, e), where d·a = f and e·a = g (mod m), modulo m. At the end d = ±1/a.
 *
 * Ranges: f, g stay in [-m, m]; d, e in (-2m, m), restored in every round by the choice of
 * the multiples of m in apply_modular. */
#include "host/src/recover/inverse.h"

#include <stdbool.h>
#include <string.h>

#define DIGIT_BITS 62
#define DIGIT_MASK ((int64_t)(UINT64_MAX >> 2))

typedef __int128 int128;

struct digits {
    int64_t v[5];
};

/* (f, g) → (u·f + v·g, q·f + r·g) / 2^62 */
struct matrix {
    int64_t u, v, q, r;
};

const struct hyp_modulus hyp_modulus_p = {
    .digit = {0x3ffffffefffffc2f, 0x3fffffffffffffff, 0x3fffffffffffffff, 0x3fffffffffffffff, 0xff},
    .inverse_62 = 0x27c7f6e22ddacacf,
};

const struct hyp_modulus hyp_modulus_n = {
    .digit = {0x3fd25e8cd0364141, 0x2abb739abd2280ee, 0x3fffffffffffffeb, 0x3fffffffffffffff, 0xff},
    .inverse_62 = 0x34f20099aa774ec1,
};

static struct digits from_words(const uint64_t w[4])
{
    return (struct digits){{
        (int64_t)(w[0] & (uint64_t)DIGIT_MASK),
        (int64_t)((w[0] >> 62 | w[1] << 2) & (uint64_t)DIGIT_MASK),
        (int64_t)((w[1] >> 60 | w[2] << 4) & (uint64_t)DIGIT_MASK),
        (int64_t)((w[2] >> 58 | w[3] << 6) & (uint64_t)DIGIT_MASK),
        (int64_t)(w[3] >> 56),
    }};
}

/* All digits in [0, 2^62). */
static void to_words(uint64_t w[4], const struct digits *a)
{
    w[0] = (uint64_t)a->v[0] | (uint64_t)a->v[1] << 62;
    w[1] = (uint64_t)a->v[1] >> 2 | (uint64_t)a->v[2] << 60;
    w[2] = (uint64_t)a->v[2] >> 4 | (uint64_t)a->v[3] << 58;
    w[3] = (uint64_t)a->v[3] >> 6 | (uint64_t)a->v[4] << 56;
}

/* 62 steps on the low words. `delta` is Bernstein and Yang's, here never negated: g may be used to
 * replace f while delta > 0. */
static int64_t divide_steps(int64_t delta, uint64_t f, uint64_t g, struct matrix *t)
{
    uint64_t u = 1;
    uint64_t v = 0;
    uint64_t q = 0;
    uint64_t r = 1;
    int left = DIGIT_BITS;

    for (;;) {
        /* Halve g as often as it goes; the sentinel bits stop at the steps that are left. */
        int zeros = __builtin_ctzll(g | UINT64_MAX << left);
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        delta += zeros;
        left -= zeros;
        if (left == 0) {
            break;
        }
        if (delta > 0) {
            uint64_t old_f = f;
            uint64_t old_u = u;
            uint64_t old_v = v;
            f = g;
            u = q;
            v = r;
            g = 0 - old_f;
            q = 0 - old_u;
            r = 0 - old_v;
            delta = -delta;
        }
        /* Both odd: adding w·f clears several low bits of g at once, as many as there are steps
         * before delta turns positive again. f·(f² - 2) = -1/f (mod 2^6) for odd f. */
        int64_t limit = 1 - delta < left ? 1 - delta : left;
        uint64_t mask = (limit >= 6 ? 63u : (1u << limit) - 1);
        uint64_t w = (f * g * (f * f - 2)) & mask;
        g += f * w;
        q += u * w;
        r += v * w;
    }
    *t = (struct matrix){(int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r};
    return delta;
}

/* (f, g) = t·(f, g) / 2^62, exactly. */
static void apply_exact(struct digits *f, struct digits *g, const struct matrix *t)
{
    int128 carry_f = (int128)t->u * f->v[0] + (int128)t->v * g->v[0];
    int128 carry_g = (int128)t->q * f->v[0] + (int128)t->r * g->v[0];

    for (int i = 1; i < 5; i++) {
        carry_f = (carry_f >> DIGIT_BITS) + (int128)t->u * f->v[i] + (int128)t->v * g->v[i];
        carry_g = (carry_g >> DIGIT_BITS) + (int128)t->q * f->v[i] + (int128)t->r * g->v[i];
        f->v[i - 1] = (int64_t)carry_f & DIGIT_MASK;
        g->v[i - 1] = (int64_t)carry_g & DIGIT_MASK;
    }
    f->v[4] = (int64_t)(carry_f >> DIGIT_BITS);
    g->v[4] = (int64_t)(carry_g >> DIGIT_BITS);
}

/* The multiple of m that makes x + multiple·m divisible by 2^62, beside the one given. */
static int64_t clearing_multiple(int64_t multiple, int128 x, const struct hyp_modulus *m)
{
    uint64_t residue = m->inverse_62 * (uint64_t)x + (uint64_t)multiple;

    return multiple - (int64_t)(residue & (uint64_t)DIGIT_MASK);
}

/* (d, e) = t·(d, e) / 2^62 mod m. A negative d or e has m added first, so that both are in [-m, m);
 * with |u| + |v| ≤ 2^62 the sum is then in (-2^62·m, 2^62·m), and subtracting less than 2^62·m
 * leaves (-2m, m). */
static void apply_modular(struct digits *d, struct digits *e, const struct matrix *t,
                          const struct hyp_modulus *m)
{
    int64_t d_negative = d->v[4] >> 63;
    int64_t e_negative = e->v[4] >> 63;
    int128 carry_d = (int128)t->u * d->v[0] + (int128)t->v * e->v[0];
    int128 carry_e = (int128)t->q * d->v[0] + (int128)t->r * e->v[0];
    int64_t multiple_d = clearing_multiple((t->u & d_negative) + (t->v & e_negative), carry_d, m);
    int64_t multiple_e = clearing_multiple((t->q & d_negative) + (t->r & e_negative), carry_e, m);

    carry_d += (int128)m->digit[0] * multiple_d;
    carry_e += (int128)m->digit[0] * multiple_e;
    for (int i = 1; i < 5; i++) {
        carry_d = (carry_d >> DIGIT_BITS) + (int128)t->u * d->v[i] + (int128)t->v * e->v[i] +
                  (int128)m->digit[i] * multiple_d;
        carry_e = (carry_e >> DIGIT_BITS) + (int128)t->q * d->v[i] + (int128)t->r * e->v[i] +
                  (int128)m->digit[i] * multiple_e;
        d->v[i - 1] = (int64_t)carry_d & DIGIT_MASK;
        e->v[i - 1] = (int64_t)carry_e & DIGIT_MASK;
    }
    d->v[4] = (int64_t)(carry_d >> DIGIT_BITS);
    e->v[4] = (int64_t)(carry_e >> DIGIT_BITS);
}

static bool is_zero(const struct digits *a)
{
    return (a->v[0] | a->v[1] | a->v[2] | a->v[3] | a->v[4]) == 0;
}

/* a = sign·a + multiple·m, digits carried. */
static void combine(struct digits *a, int64_t sign, int64_t multiple, const struct hyp_modulus *m)
{
    int64_t carry = 0;

    for (int i = 0; i < 5; i++) {
        carry += sign * a->v[i] + multiple * m->digit[i];
        a->v[i] = i < 4 ? carry & DIGIT_MASK : carry;
        carry >>= DIGIT_BITS;
    }
}

/* From (-2m, m) to [0, m), negated where the gcd came out as -1. */
static void normalise(struct digits *d, bool negate, const struct hyp_modulus *m)
{
    if (d->v[4] < 0) {
        combine(d, 1, 1, m);
    }
    combine(d, negate ? -1 : 1, 0, m);
    if (d->v[4] < 0) {
        combine(d, 1, 1, m);
    }
}

void hyp_invert(uint64_t r[4], const uint64_t a[4], const struct hyp_modulus *m)
{
    struct digits f;
    struct digits g = from_words(a);
    struct digits d = {{0}};
    struct digits e = {{1}};
    int64_t delta = 1;

    memcpy(f.v, m->digit, sizeof f.v);
    while (!is_zero(&g)) {
        struct matrix t;
        delta = divide_steps(delta, (uint64_t)f.v[0], (uint64_t)g.v[0], &t);
        apply_modular(&d, &e, &t, m);
        apply_exact(&f, &g, &t);
    }
    normalise(&d, f.v[4] < 0, m);
    to_words(r, &d);
}
