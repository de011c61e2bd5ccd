/* Formulas: Cohen, Miyaji and Ono (1998) for Jacobian coordinates with a = 0, arranged so that
 * sums are taken in the columns of products, before their carries. The order of the products keeps
 * each away from what it needs where it can, so that the tail of one (fold, carries) runs under the
 * multiplications of the next. */
#include "host/src/recover/point_ifma.h"

/* Each fused product is a function of its own: inlined, a doubling and an addition take 30 KB of
 * code, and running them in turn then waits for instructions. */
#define FUSED static __attribute__((noinline)) void

/* r = factor·a² */
FUSED square_times_2(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct fe_columns t;

    fe_square_columns(&t, a);
    fe_columns_scale(&t, 2);
    fe_carry(r, &t);
}

FUSED square_times_3(struct hyp_fe *r, const struct hyp_fe *a)
{
    struct fe_columns t;

    fe_square_columns(&t, a);
    fe_columns_scale(&t, 3);
    fe_carry(r, &t);
}

/* r = 2·a·b */
FUSED product_times_2(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_product_columns(&t, a, b);
    fe_columns_scale(&t, 2);
    fe_carry(r, &t);
}

/* r = a·b - c */
FUSED product_minus(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b,
                    const struct hyp_fe *c)
{
    struct fe_columns t;

    fe_product_columns(&t, a, b);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, c, 0);
    fe_carry(r, &t);
}

/* r = a·b + c */
FUSED product_plus(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b,
                   const struct hyp_fe *c)
{
    struct fe_columns t;

    fe_product_columns(&t, a, b);
    fe_columns_add(&t, c);
    fe_carry(r, &t);
}

/* r = a·b + c·d */
FUSED two_products(struct hyp_fe *r, const struct hyp_fe *a, const struct hyp_fe *b,
                   const struct hyp_fe *c, const struct hyp_fe *d)
{
    struct fe_columns t;

    fe_two_products_columns(&t, a, b, c, d);
    fe_carry(r, &t);
}

/* r = 2·s² + a·b */
FUSED twice_square_plus_product(struct hyp_fe *r, const struct hyp_fe *s, const struct hyp_fe *a,
                                const struct hyp_fe *b)
{
    struct fe_columns t;

    fe_twice_square_plus_product_columns(&t, s, a, b);
    fe_carry(r, &t);
}

/* x = m² - 4d, w = x - 2d */
FUSED doubling_x(struct hyp_fe *x, struct hyp_fe *w, const struct hyp_fe *m, const struct hyp_fe *d)
{
    struct fe_columns t;

    fe_square_columns(&t, m);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, d, 2);
    fe_carry(x, &t);
    fe_subtract(w, x, d, 1);
}

/* x = r² - h3 - 2v, w = v - x */
FUSED addition_x(struct hyp_fe *x, struct hyp_fe *w, const struct hyp_fe *r,
                 const struct hyp_fe *h3, const struct hyp_fe *v)
{
    struct fe_columns t;

    fe_square_columns(&t, r);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, h3, 0);
    fe_columns_subtract(&t, v, 1);
    fe_carry(x, &t);
    fe_subtract(w, v, x, 0);
}

/* M = 3X², B = 2Y², D = X·B = 2XY²:
 *   X' = M² - 4D     Z' = 2YZ     -Y' = M·(X' - 2D) + 2B² */
void hyp_point_double(struct hyp_jacobian *p, unsigned times)
{
    struct hyp_fe m;
    struct hyp_fe b;
    struct hyp_fe d;
    struct hyp_fe w;

    for (unsigned i = 0; i < times; i++) {
        square_times_3(&m, &p->x);
        square_times_2(&b, &p->y);
        product_times_2(&p->z, &p->y, &p->z);
        hyp_fe_multiply(&d, &p->x, &b);
        doubling_x(&p->x, &w, &m, &d);
        twice_square_plus_product(&p->y, &b, &m, &w);
    }
}

/* With N = Y of p, which is -Y of the point that q is added to:
 *   H = x·Z² - X     R = y·Z³ + N     V = X·H²
 *   X' = R² - H³ - 2V     Y' = R·(V - X') + N·H³     Z' = Z·H */
void hyp_point_subtract(struct hyp_jacobian *p, const struct hyp_point *q)
{
    struct hyp_fe z2;
    struct hyp_fe z3;
    struct hyp_fe h;
    struct hyp_fe h2;
    struct hyp_fe h3;
    struct hyp_fe r;
    struct hyp_fe v;
    struct hyp_fe w;

    hyp_fe_square(&z2, &p->z);
    product_minus(&h, &q->x, &z2, &p->x);
    hyp_fe_multiply(&z3, &z2, &p->z);
    hyp_fe_square(&h2, &h);
    product_plus(&r, &q->y, &z3, &p->y);
    hyp_fe_multiply(&h3, &h2, &h);
    hyp_fe_multiply(&v, &p->x, &h2);
    hyp_fe_multiply(&p->z, &p->z, &h);
    addition_x(&p->x, &w, &r, &h3, &v);
    two_products(&p->y, &p->y, &h3, &r, &w);
}

/* slope = (±y_b ∓ y_a)·inverse,  x = slope² - x_a - x_b,  y = slope·(x_a - x) ∓ y_a */
void hyp_point_affine_add(struct hyp_point *sum, const struct hyp_point *a,
                          struct fe_mask a_negative, const struct hyp_point *b,
                          struct fe_mask b_negative, const struct hyp_fe *inverse)
{
    const struct fe_mask a_positive = {{(__mmask8)~a_negative.m[0], (__mmask8)~a_negative.m[1]}};
    struct fe_columns t;
    struct hyp_fe slope;
    struct hyp_fe w;

    fe_columns_from_bias(&t);
    fe_columns_add_signed(&t, &b->y, b_negative);
    fe_columns_add_signed(&t, &a->y, a_positive);
    fe_carry_sum(&w, &t);
    hyp_fe_multiply(&slope, &w, inverse);

    fe_square_columns(&t, &slope);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, &a->x, 0);
    fe_columns_subtract(&t, &b->x, 0);
    fe_carry(&sum->x, &t);

    fe_subtract(&w, &a->x, &sum->x, 0);
    fe_product_columns(&t, &slope, &w);
    fe_columns_bias(&t);
    fe_columns_add_signed(&t, &a->y, a_positive);
    fe_carry(&sum->y, &t);
}

/* slope = 3x²·inverse,  x' = slope² - 2x,  y' = slope·(x - x') - y */
void hyp_point_affine_double(struct hyp_point *r, const struct hyp_point *a,
                             const struct hyp_fe *inverse)
{
    struct fe_columns t;
    struct hyp_fe slope;
    struct hyp_fe w;

    fe_square_columns(&t, &a->x);
    fe_columns_scale(&t, 3);
    fe_carry(&w, &t);
    hyp_fe_multiply(&slope, &w, inverse);

    fe_square_columns(&t, &slope);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, &a->x, 1);
    fe_carry(&r->x, &t);

    fe_subtract(&w, &a->x, &r->x, 0);
    fe_product_columns(&t, &slope, &w);
    fe_columns_bias(&t);
    fe_columns_subtract(&t, &a->y, 0);
    fe_carry(&r->y, &t);
}

void hyp_point_curve_square(struct hyp_fe *r, const struct hyp_fe *x)
{
    struct fe_columns t;
    struct hyp_fe x2;

    hyp_fe_square(&x2, x);
    fe_product_columns(&t, &x2, x);
    FE_EACH_VECTOR(k)
    {
        t.c[k][0] = _mm512_add_epi64(t.c[k][0], fe_splat(7));
    }
    fe_carry(r, &t);
}
