/* Points of y² = x³ + 7, FE_LANES at a time.
 *
 * The sum is kept in Jacobian coordinates, (X, Y, Z) = (X/Z², Y/Z³), with *incomplete* formulas: an
 * exceptional case (equal or opposite points, infinity) gives Z = 0, and from Z = 0 every further
 * operation gives Z = 0. So one look at Z in the end finds every lane that went wrong.
 *
 * Both operations are written in the form that needs no subtraction from a product: they return the
 * negative of the point that their name says. The sign of a sum is therefore the parity of the
 * number of operations, the same in all lanes; the caller keeps it in mind (batch.h). */
#ifndef HYPERION_RECOVER_LANES_POINT_H
#define HYPERION_RECOVER_LANES_POINT_H

#include "host/src/recover/lanes/field.h"

/* Reduced. */
struct hyp_point {
    struct hyp_fe x, y;
};

/* x is reduced; y and z are factors (field.h). */
struct hyp_jacobian {
    struct hyp_fe x, y, z;
};

/* p = -2·p, `times` times. */
void hyp_point_double(struct hyp_jacobian *p, unsigned times);

/* Both: p = -2·p, `times` times, then p = -p + q. Saves a wait for Z². */
void hyp_point_climb(struct hyp_jacobian *p, unsigned times, const struct hyp_point *q);

/* p = -p + q: the negative of (p - q). Z becomes Z·(x_q·Z² - X). */
void hyp_point_subtract(struct hyp_jacobian *p, const struct hyp_point *q);

/* One affine addition, sum = ±a ± b, or sum = 2·a: what its last step needs.
 *
 * `difference`, reduced, is x_b - x_a, and `inverse` is 1/(x_b - x_a); of a doubling difference is
 * NULL, and inverse 1/(2·y_a). affine_chord or affine_tangent fill in the rest. The sum may
 * overwrite difference and inverse, but not x_a. */
struct hyp_affine_sum {
    struct hyp_point *sum;
    const struct hyp_fe *x_a; /* reduced */
    const struct hyp_fe *difference;
    const struct hyp_fe *inverse;
    struct hyp_fe numerator; /* of the slope, a factor */
    struct hyp_fe minus_y_a; /* ∓y_a, an addend < 2^56 */
};

/* The line through a and b, of which y is given, reduced, and the sign: lanes of a mask that is set
 * are negative. */
FE_INLINE void affine_chord(struct hyp_affine_sum *s, const struct hyp_fe *y_a,
                            struct fe_mask a_negative, const struct hyp_fe *y_b,
                            struct fe_mask b_negative)
{
    struct fe_columns t;

    fe_columns_from_bias(&t);
    fe_columns_add_signed(&t, y_a, fe_mask_not(a_negative));
    fe_columns_keep(&s->minus_y_a, &t);
    fe_columns_add_signed(&t, y_b, b_negative);
    fe_carry_sum_factor(&s->numerator, &t);
}

/* The tangent in a. */
void hyp_point_affine_tangent(struct hyp_affine_sum *s, const struct hyp_fe *y_a);

/* How many affine additions run side by side: each is a chain in which every product waits for the
 * one before. */
#define AFFINE_TOGETHER 2

void hyp_point_affine_add(const struct hyp_affine_sum *sums, unsigned count);

/* factor = x³ + 7 */
void hyp_point_curve_square(struct hyp_fe *r, const struct hyp_fe *x);

#endif
