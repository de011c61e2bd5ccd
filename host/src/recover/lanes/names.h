/* The files of this folder are compiled once for each variant; HYP_RECOVER_VARIANT, its name, is
 * given by module.mk, and every symbol gets it: fe_multiply is hyp_ifma_fe_multiply, and so on. */
#ifndef HYPERION_RECOVER_LANES_NAMES_H
#define HYPERION_RECOVER_LANES_NAMES_H

#if !defined(HYP_RECOVER_VARIANT)
#define HYP_RECOVER_VARIANT ifma
#endif

#define VARIANT_JOIN(variant, name)          hyp_##variant##_##name
#define VARIANT_JOIN_EXPANDED(variant, name) VARIANT_JOIN(variant, name)
#define VARIANT(name)                        VARIANT_JOIN_EXPANDED(HYP_RECOVER_VARIANT, name)

#define hyp_fe_multiply          VARIANT(fe_multiply)
#define hyp_fe_multiply_factor   VARIANT(fe_multiply_factor)
#define hyp_fe_square            VARIANT(fe_square)
#define hyp_fe_canonical         VARIANT(fe_canonical)
#define hyp_fe_below_2_256       VARIANT(fe_below_2_256)
#define hyp_fe_is_zero           VARIANT(fe_is_zero)
#define hyp_fe_is_equal          VARIANT(fe_is_equal)
#define hyp_fe_square_roots      VARIANT(fe_square_roots)
#define hyp_fe_swap_lanes        VARIANT(fe_swap_lanes)
#define hyp_fe_inversion_push    VARIANT(fe_inversion_push)
#define hyp_fe_inversion_turn    VARIANT(fe_inversion_turn)
#define hyp_fe_inversion_pop     VARIANT(fe_inversion_pop)
#define hyp_fe_invert_all        VARIANT(fe_invert_all)
#define hyp_point_double         VARIANT(point_double)
#define hyp_point_subtract       VARIANT(point_subtract)
#define hyp_point_climb          VARIANT(point_climb)
#define hyp_point_affine_add     VARIANT(point_affine_add)
#define hyp_point_affine_tangent VARIANT(point_affine_tangent)
#define hyp_point_curve_square   VARIANT(point_curve_square)
#define hyp_scalar_n             VARIANT(scalar_n)
#define hyp_scalar_half_n_plus_1 VARIANT(scalar_half_n_plus_1)
#define hyp_scalar_p_less_n      VARIANT(scalar_p_less_n)
#define hyp_scalar_montgomery    VARIANT(scalar_montgomery)
#define hyp_scalar_canonical     VARIANT(scalar_canonical)
#define hyp_scalar_negate        VARIANT(scalar_negate)
#define hyp_scalar_below         VARIANT(scalar_below)
#define hyp_scalar_is_zero       VARIANT(scalar_is_zero)
#define hyp_scalar_add_constant  VARIANT(scalar_add_constant)
#define hyp_scalar_invert_all    VARIANT(scalar_invert_all)
#define hyp_glv_beta             VARIANT(glv_beta)
#define hyp_scalar_set           VARIANT(scalar_set)
#define hyp_glv_split            VARIANT(glv_split)
#define hyp_recover_read         VARIANT(recover_read)
#define hyp_recover_tables       VARIANT(recover_tables)
#define hyp_recover_sums         VARIANT(recover_sums)
#define hyp_ladder_build         VARIANT(ladder_build)
#define hyp_recover_read_items   VARIANT(recover_read_items)
#define hyp_recover_points       VARIANT(recover_points)
#define hyp_scalar_two_520       VARIANT(scalar_two_520)
#define hyp_equation_begin       VARIANT(equation_begin)
#define hyp_equation_read        VARIANT(equation_read)
#define hyp_equation_finish      VARIANT(equation_finish)
#define hyp_additions_add        VARIANT(additions_add)
#define hyp_additions_run        VARIANT(additions_run)
#define hyp_buckets_sum          VARIANT(buckets_sum)

#endif
