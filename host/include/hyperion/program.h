/* Programs: lists of integer opcodes on tensors (hyperion/tensor.h), priced before they run and
 * submitted as one job. What each opcode computes, to the bit, and what it costs: docs/opcodes.md.
 *
 *   hyp_program_create(device, &program);
 *   hyp_program_row_abs_max(program, x, scale);
 *   hyp_program_recip(program, scale, 127, multiplier, shift);
 *   …
 *   gas = hyp_program_gas(program);
 *   hyp_program_run(program, 0, &error);
 *
 * Products with weights go to the device; all else is computed on the host. Which device that is
 * changes no bit.
 *
 * Every function that adds an opcode returns its index, or an error that the program keeps: all
 * that is added after it is ignored, and hyp_program_run returns it with a sentence that names the
 * opcode. So a caller may add a whole layer and look once. Errors: HYP_EINVAL (types, shapes or
 * immediates that the opcode does not take; a view that leaves its tensor; a result that overlaps
 * an operand other than elementwise on the very same view), HYP_ETOOBIG (K too large: sums might
 * wrap), HYP_ENOMEM.
 *
 * A program belongs to one thread at a time and holds a reference to each tensor that it uses. */
#ifndef HYPERION_PROGRAM_H
#define HYPERION_PROGRAM_H

#include <stdint.h>

#include "hyperion/tensor.h"

HYP_BEGIN_DECLS

typedef enum hyp_opcode {
    HYP_OPCODE_MATMUL = 1,
    HYP_OPCODE_MATMUL16 = 2,
    HYP_OPCODE_REQUANT = 3,
    HYP_OPCODE_ADD_SAT = 4,
    HYP_OPCODE_MUL = 5,
    HYP_OPCODE_ROWMAX = 6,
    HYP_OPCODE_ROWABSMAX = 7,
    HYP_OPCODE_ROWSUM = 8,
    HYP_OPCODE_SUMSQ = 9,
    HYP_OPCODE_RSQRT = 10,
    HYP_OPCODE_RECIP = 11,
    HYP_OPCODE_EXP2 = 12,
    HYP_OPCODE_SIGMOID = 13,
    HYP_OPCODE_SOFTMAX = 14,
    HYP_OPCODE_RMSNORM = 15,
    HYP_OPCODE_ROPE = 16,
    HYP_OPCODE_SILU = 17,
    HYP_OPCODE_GATHER = 18,
    HYP_OPCODE_ARGMAX = 19,
    HYP_OPCODE_TRANSPOSE = 20,
    HYP_OPCODE_COPY = 21,
} hyp_opcode;

/* "matmul", "requant", …; "unknown". Static storage. */
HYP_API const char *hyp_opcode_name(hyp_opcode opcode);

typedef struct hyp_program hyp_program;

/* Creates an empty program; the caller destroys it before the device is closed. Returns 0,
 * HYP_EINVAL or HYP_ENOMEM. */
HYP_API int hyp_program_create(hyp_device *device, hyp_program **program);
HYP_API void hyp_program_destroy(hyp_program *program);

/* Empties the program, its error included; its memory stays. */
HYP_API void hyp_program_clear(hyp_program *program);

/* How products that a card computes are checked (hyperion/device.h); at first
 * HYP_VERIFY_SAMPLED, which looks at each of them, as they are batches of one item. */
HYP_API void hyp_program_set_verify(hyp_program *program, hyp_verify_mode verify);

HYP_API uint32_t hyp_program_count(const hyp_program *program);

/* What the program costs: a function of its opcodes and shapes alone, never of values. UINT64_MAX
 * if it is that much or more. hyp_program_gas_at: of one opcode, index less than the count. */
HYP_API uint64_t hyp_program_gas(const hyp_program *program);
HYP_API uint64_t hyp_program_gas_at(const hyp_program *program, uint32_t index);

/* Runs the opcodes in order, on the calling thread and the device; returns when all is done. May be
 * called again. `deadline_ns` as in hyp_job, for the whole program; looked at between opcodes.
 * After an error the results are unspecified. Returns 0 or, with a sentence that names the opcode,
 * the error that adding it met; HYP_EINVAL (a value that the opcode refuses: an index out of range,
 * a bias of 2^30 or more); HYP_ETIMEDOUT; HYP_EDEVICE and what else the device fails with. */
HYP_API int hyp_program_run(hyp_program *program, uint64_t deadline_ns, hyp_error *error);

/* The opcodes. R × C are rows and columns of the result unless said otherwise; "broadcasts": must
 * have the result's shape, which strides of 0 give it. */

/* Result i32 = a · b (+ bias) (+ accumulate). a: i8 M × K; b: weights or i8 K × N; bias: i32 1 × N;
 * accumulate: i32 M × N, may be the result itself. With weights that carry a bias, bias is absent;
 * with weights that carry multipliers the result may be i8 or i16, requantised. accumulated_inner:
 * the K that is already in accumulate; accumulated_bias: whether a bias is. */
HYP_API int hyp_program_matmul(hyp_program *program, hyp_view a, hyp_view b, hyp_view bias,
                               hyp_view accumulate, uint32_t accumulated_inner,
                               bool accumulated_bias, hyp_view result);

/* Result i32 or i64 = (a · b + half) >> shift, saturated; the sum itself is exact. a: i16 M × K; b:
 * i8 K × N or weights (without bias; multipliers are not used). shift: 0 … 62. */
HYP_API int hyp_program_matmul16(hyp_program *program, hyp_view a, hyp_view b, uint32_t shift,
                                 hyp_view result);

/* Result i8, i16 or i32 = (x · multiplier + half) >> shift, saturated. x: i8, i16 or i32;
 * multiplier: i32, not negative (the low 31 bits count), broadcasts; shift: u8 (the low 6 bits
 * count), broadcasts, or absent: then `immediate_shift`, 0 … 62, for all. */
HYP_API int hyp_program_requant(hyp_program *program, hyp_view x, hyp_view multiplier,
                                hyp_view shift, uint32_t immediate_shift, hyp_view result);

/* Result i8, i16 or i32 = a + b, saturated; a, b: i8, i16 or i32, broadcast. */
HYP_API int hyp_program_add_sat(hyp_program *program, hyp_view a, hyp_view b, hyp_view result);

/* Result i8, i16 or i32 = (a · b + half) >> shift, saturated; a, b: i8, i16 or i32, broadcast.
 * shift: 0 … 62. */
HYP_API int hyp_program_mul(hyp_program *program, hyp_view a, hyp_view b, uint32_t shift,
                            hyp_view result);

/* One value a row of x (i8, i16 or i32; R × C): result R × 1. row_max: i32, C ≥ 1. row_abs_max:
 * i32, |−2^31| counts as 2^31 − 1. row_sum: i32 saturated, or i64. sum_of_squares: i64, saturated.
 * arg_max: i32, the lowest index of the largest value; C ≥ 1. */
HYP_API int hyp_program_row_max(hyp_program *program, hyp_view x, hyp_view result);
HYP_API int hyp_program_row_abs_max(hyp_program *program, hyp_view x, hyp_view result);
HYP_API int hyp_program_row_sum(hyp_program *program, hyp_view x, hyp_view result);
HYP_API int hyp_program_sum_of_squares(hyp_program *program, hyp_view x, hyp_view result);
HYP_API int hyp_program_arg_max(hyp_program *program, hyp_view x, hyp_view result);

/* multiplier (i32) and shift (u8) such that multiplier · 2^−shift is 1/√x, or numerator/x, from
 * below: multiplier in [2^30, 2^31) unless that needs a shift above 62. x: i32 or i64; 0 and less
 * give 0 and 0. All three have one shape. numerator: 1 … 2^31 − 1. */
HYP_API int hyp_program_rsqrt(hyp_program *program, hyp_view x, hyp_view multiplier,
                              hyp_view shift);
HYP_API int hyp_program_recip(hyp_program *program, hyp_view x, uint32_t numerator,
                              hyp_view multiplier, hyp_view shift);

/* Functions of x (i32, 16 fraction bits). Result i32 with 30 fraction bits, or i16 with 15. exp2:
 * 2^x, where x > 0 counts as 0. sigmoid: 1 / (1 + e^−x). */
HYP_API int hyp_program_exp2(hyp_program *program, hyp_view x, hyp_view result);
HYP_API int hyp_program_sigmoid(hyp_program *program, hyp_view x, hyp_view result);

/* x · sigmoid(x); x: i32, 16 fraction bits; result i32 with 16. */
HYP_API int hyp_program_silu(hyp_program *program, hyp_view x, hyp_view result);

/* Each row: 2^(x − largest) ÷ their sum. x: i32, 16 fraction bits; result i16, 15. Row i looks at
 * its first limit + i · step columns, the others are 0: limit UINT32_MAX for all, a position + 1
 * and step 1 for causal attention. */
HYP_API int hyp_program_softmax(hyp_program *program, hyp_view x, uint32_t limit, uint32_t step,
                                hyp_view result);

/* Each row: x · weight ÷ √(mean of squares + epsilon · 2^−32). x, weight (broadcasts), result: i32
 * with 16 fraction bits; at most 65,536 columns. */
HYP_API int hyp_program_rms_norm(hyp_program *program, hyp_view x, hyp_view weight,
                                 uint32_t epsilon, hyp_view result);

/* Rotates pairs in each stretch of 2h columns by angles given as cosines and sines (i16, 15
 * fraction bits, R × h: the rows of the positions). x, result: i16 or i32, both the same. Pairs are
 * columns 2i and 2i + 1, or with `halves` i and i + h. */
HYP_API int hyp_program_rope(hyp_program *program, hyp_view x, hyp_view cosines, hyp_view sines,
                             bool halves, hyp_view result);

/* Row i of the result is row index[i] of the table; index: i32 R × 1. Any type, both the same. An
 * index outside the table ends the run. */
HYP_API int hyp_program_gather(hyp_program *program, hyp_view table, hyp_view index,
                               hyp_view result);

/* transpose: result C × R of x R × C, both of one type. copy: the same shape; between i8, i16 and
 * i32 with saturation, else of one type. */
HYP_API int hyp_program_transpose(hyp_program *program, hyp_view x, hyp_view result);
HYP_API int hyp_program_copy(hyp_program *program, hyp_view x, hyp_view result);

HYP_END_DECLS

#endif
