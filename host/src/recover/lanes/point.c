/* Formulas: Cohen, Miyaji and Ono (1998) for Jacobian coordinates with a = 0, arranged so that
 * sums are taken in the columns of products, before their carries. The order of the products keeps
 * each away from what it needs where it can, so that the tail of one (fold, carries) runs under the
 * multiplications of the next. */
#include "host/src/recover/lanes/point.h"

/* Each fused product is a function of its own: inlined, a doubling and an addition take 30 KB of
 * code, and running them in turn then waits for instructions. */
#define FUSED static __attribute__((noinline)) void

/* factor = 3·a² */
FUSED square_times_3(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct fe_columns t;

    fe_square_columns(&t, NULL, a);
    fe_columns_scale(&t, 3);
    fe_carry_factor(r, &t);
}

/* factor = 2·a·b */
FUSED product_times_2(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_product_columns(&t, NULL, a, b);
    fe_columns_scale(&t, 2);
    fe_carry_factor(r, &t);
}

/* factor = a·b - c, c reduced */
FUSED product_minus(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b,
                    const struct hyp_fe *c)
{
    struct hyp_fe addend;
    struct fe_columns t;

    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            addend.n[k][i] = vector_subtract(fe_bias(i), c->n[k][i]);
        }
    }
    fe_product_columns(&t, &addend, a, b);
    fe_carry_factor(r, &t);
}

/* factor = a·b + c, c a factor */
FUSED product_plus(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b,
                   const struct hyp_fe *c)
{
    struct hyp_fe addend;
    struct fe_columns t;

    fe_mask_limbs(&addend, c);
    fe_product_columns(&t, &addend, a, b);
    fe_carry_factor(r, &t);
}

/* factor = a·b + c·d */
FUSED two_products(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b,
                   const struct hyp_fe *c, const struct hyp_fe *d)
{
    struct fe_columns t;

    fe_two_products_columns(&t, a, b, c, d);
    fe_carry_factor(r, &t);
}

/* factor = 8·s² + a·b */
FUSED eight_squares_plus_product(struct hyp_fe *r, const struct hyp_fe *s, const struct hyp_fe *a,
                                 const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_eight_squares_plus_product_columns(&t, s, a, b);
    fe_carry_factor(r, &t);
}

/* addend = -4·a·b: columns of the product are < 2^56, so 4 of them < 2^58 and below the bias, and
 * the addend is < 2^60.01. */
FUSED product_times_minus_4(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_product_columns(&t, NULL, a, b);
    fe_drop_sixth(&t);
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            r->n[k][i] = vector_subtract(fe_large_bias(i), vector_left(t.c[k][i], 2));
        }
    }
}

/* x = m² + 2d, reduced; w = x + d, a factor; d an addend < 2^60.01, so that x has columns < 2^61.2.
 */
FUSED doubling_x(struct hyp_fe *x, struct hyp_fe *w, const struct hyp_fe *m, const struct hyp_fe *d)
{
    struct fe_columns t;

    fe_square_columns(&t, d, m);
    fe_carry(x, &t);
    fe_columns_from(&t, x);
    fe_columns_add(&t, d);
    fe_carry_sum_factor(w, &t);
}

/* addend = a·b */
FUSED product_addend(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_product_columns(&t, NULL, a, b);
    fe_drop_sixth(&t);
    fe_columns_keep(r, &t);
}

/* h3 = h2·h, a factor; d = -h3 - 2v, an addend; v an addend < 2^56. */
FUSED addition_cube(struct hyp_fe *h3, struct hyp_fe *d, const struct hyp_fe *h2,
                    const struct hyp_fe *h, const struct hyp_fe *v)
{
    struct fe_columns t;

    fe_product_columns(&t, NULL, h2, h);
    fe_carry_factor(h3, &t);
    FE_EACH_LIMB(i)
    {
        FE_EACH_VECTOR(k)
        {
            vector limb = h3->n[k][i];
            limb = i < 4 ? vector_and(limb, vector_splat(FE_LIMB_MASK)) : limb;
            limb = vector_add(limb, vector_add(v->n[k][i], v->n[k][i]));
            d->n[k][i] = vector_subtract(fe_large_bias(i), limb);
        }
    }
}

/* x = r² + d, reduced; w = v - x, a factor; d and v addends. */
FUSED addition_x(struct hyp_fe *x, struct hyp_fe *w, const struct hyp_fe *r, const struct hyp_fe *d,
                 const struct hyp_fe *v)
{
    struct fe_columns t;

    fe_square_columns(&t, NULL, r);
    fe_columns_add(&t, d);
    fe_carry(x, &t);
    fe_columns_from(&t, v);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, x);
    fe_carry_sum_factor(w, &t);
}

/* M = 3X², B = Y², D = -4·X·B = -4XY²:
 *   X' = M² + 2D     Z' = 2YZ     -Y' = M·(X' + D) + 8B² */
FE_INLINE void double_times(struct hyp_jacobian *p, unsigned times, struct hyp_fe *z2)
{
    struct hyp_fe m;
    struct hyp_fe b;
    struct hyp_fe d;
    struct hyp_fe w;

    for (unsigned i = 0; i < times; i++) {
        square_times_3(&m, &p->x);
        hyp_fe_square(&b, &p->y);
        product_times_2(&p->z, &p->y, &p->z);
        product_times_minus_4(&d, &p->x, &b);
        doubling_x(&p->x, &w, &m, &d);
        if (z2 && i + 1 == times) {
            hyp_fe_square(z2, &p->z); /* what follows waits for w */
        }
        eight_squares_plus_product(&p->y, &b, &m, &w);
    }
}

void hyp_point_double(struct hyp_jacobian *p, unsigned times)
{
    double_times(p, times, NULL);
}

/* With N = Y of p, which is -Y of the point that q is added to:
 *   H = x·Z² - X     R = y·Z³ + N     V = X·H²
 *   X' = R² - H³ - 2V     Y' = R·(V - X') + N·H³     Z' = Z·H */
static __attribute__((noinline)) void subtract_with(struct hyp_jacobian *p, const struct hyp_fe *z2,
                                                    const struct hyp_point *q)
{
    struct hyp_fe z3;
    struct hyp_fe h;
    struct hyp_fe h2;
    struct hyp_fe h3;
    struct hyp_fe d;
    struct hyp_fe r;
    struct hyp_fe v;
    struct hyp_fe w;

    product_minus(&h, &q->x, z2, &p->x);
    hyp_fe_multiply_factor(&z3, z2, &p->z);
    hyp_fe_square(&h2, &h);
    product_plus(&r, &q->y, &z3, &p->y);
    product_addend(&v, &p->x, &h2);
    addition_cube(&h3, &d, &h2, &h, &v);
    addition_x(&p->x, &w, &r, &d, &v);
    hyp_fe_multiply_factor(&p->z, &p->z, &h);
    two_products(&p->y, &p->y, &h3, &r, &w);
}

void hyp_point_subtract(struct hyp_jacobian *p, const struct hyp_point *q)
{
    struct hyp_fe z2;

    hyp_fe_square(&z2, &p->z);
    subtract_with(p, &z2, q);
}

void hyp_point_climb(struct hyp_jacobian *p, unsigned times, const struct hyp_point *q)
{
    struct hyp_fe z2;

    if (times == 0) {
        hyp_point_subtract(p, q);
        return;
    }
    double_times(p, times, &z2);
    subtract_with(p, &z2, q);
}

void hyp_point_affine_tangent(struct hyp_affine_sum *s, const struct hyp_fe *y_a)
{
    struct fe_columns t;

    square_times_3(&s->numerator, s->x_a);
    fe_columns_from_bias(&t);
    fe_columns_subtract(&t, y_a);
    fe_columns_keep(&s->minus_y_a, &t);
}

/* x = slope² - x_a - x_b = slope² - 2·x_a - difference, w = x_a - x */
FUSED affine_x(struct hyp_fe *x, struct hyp_fe *w, const struct hyp_fe *slope,
               const struct hyp_fe *x_a, const struct hyp_fe *difference)
{
    struct fe_columns t;

    fe_square_columns(&t, NULL, slope);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, x_a);
    fe_columns_subtract(&t, x_a);
    if (difference) {
        fe_columns_subtract(&t, difference);
    }
    fe_carry(x, &t);
    fe_subtract(w, x_a, x);
}

/* y = slope·w + minus_y_a, an addend */
FUSED affine_y(struct hyp_fe *y, const struct hyp_fe *slope, const struct hyp_fe *w,
               const struct hyp_fe *minus_y_a)
{
    struct fe_columns t;

    fe_product_columns(&t, minus_y_a, slope, w);
    fe_carry(y, &t);
}

static void affine_add_together(const struct hyp_affine_sum *sums, unsigned count)
{
    struct hyp_fe slope[AFFINE_TOGETHER];
    struct hyp_fe w[AFFINE_TOGETHER];

    for (unsigned i = 0; i < count; i++) {
        hyp_fe_multiply_factor(&slope[i], &sums[i].numerator, sums[i].inverse);
    }
    for (unsigned i = 0; i < count; i++) {
        affine_x(&sums[i].sum->x, &w[i], &slope[i], sums[i].x_a, sums[i].difference);
    }
    for (unsigned i = 0; i < count; i++) {
        affine_y(&sums[i].sum->y, &slope[i], &w[i], &sums[i].minus_y_a);
    }
}

void hyp_point_affine_add(const struct hyp_affine_sum *sums, unsigned count)
{
    for (; count > AFFINE_TOGETHER; count -= AFFINE_TOGETHER) {
        affine_add_together(sums, AFFINE_TOGETHER);
        sums += AFFINE_TOGETHER;
    }
    affine_add_together(sums, count);
}

void hyp_point_curve_square(struct hyp_fe *r, const struct hyp_fe *x)
{
    struct fe_columns t;
    struct hyp_fe x2;

    hyp_fe_square(&x2, x);
    fe_product_columns(&t, NULL, &x2, x);
    FE_EACH_VECTOR(k)
    {
        t.c[k][0] = vector_add(t.c[k][0], vector_splat(7));
    }
    fe_carry_factor(r, &t);
}
