/* The *_ifma.c files are compiled twice: as they are, and with this before them for CPUs that have
 * AVX-512F but not IFMA (multiply_add.h). Here the second gets names of its own. */
#ifndef HYPERION_RECOVER_AVX512F_NAMES_H
#define HYPERION_RECOVER_AVX512F_NAMES_H

#define hyp_fe_multiply          hyp_avx512f_fe_multiply
#define hyp_fe_multiply_factor   hyp_avx512f_fe_multiply_factor
#define hyp_fe_square            hyp_avx512f_fe_square
#define hyp_fe_canonical         hyp_avx512f_fe_canonical
#define hyp_fe_below_2_256       hyp_avx512f_fe_below_2_256
#define hyp_fe_is_zero           hyp_avx512f_fe_is_zero
#define hyp_fe_is_equal          hyp_avx512f_fe_is_equal
#define hyp_fe_square_roots      hyp_avx512f_fe_square_roots
#define hyp_fe_invert_all        hyp_avx512f_fe_invert_all
#define hyp_point_double         hyp_avx512f_point_double
#define hyp_point_subtract       hyp_avx512f_point_subtract
#define hyp_point_affine_add     hyp_avx512f_point_affine_add
#define hyp_point_curve_square   hyp_avx512f_point_curve_square
#define hyp_scalar_n             hyp_avx512f_scalar_n
#define hyp_scalar_half_n_plus_1 hyp_avx512f_scalar_half_n_plus_1
#define hyp_scalar_p_less_n      hyp_avx512f_scalar_p_less_n
#define hyp_scalar_montgomery    hyp_avx512f_scalar_montgomery
#define hyp_scalar_canonical     hyp_avx512f_scalar_canonical
#define hyp_scalar_negate        hyp_avx512f_scalar_negate
#define hyp_scalar_below         hyp_avx512f_scalar_below
#define hyp_scalar_is_zero       hyp_avx512f_scalar_is_zero
#define hyp_scalar_add_constant  hyp_avx512f_scalar_add_constant
#define hyp_scalar_invert_all    hyp_avx512f_scalar_invert_all
#define hyp_glv_split            hyp_avx512f_glv_split
#define hyp_recover_read         hyp_avx512f_recover_read
#define hyp_recover_tables       hyp_avx512f_recover_tables
#define hyp_recover_sums         hyp_avx512f_recover_sums
#define hyp_ladder_build         hyp_avx512f_ladder_build
#define hyp_recover_ifma         hyp_recover_avx512f

#endif
