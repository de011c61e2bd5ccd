/* Building programs: every check that depends on types, shapes and places alone is made here, so
 * that running has only values left to refuse. */
#include "host/src/tensor/program.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/src/fail.h"
#include "host/src/tensor/tensor.h"
#include "hyperion/batch.h"

/* Sets of types, as bits. */
enum {
    I8 = 1 << HYP_I8,
    I16 = 1 << HYP_I16,
    I32 = 1 << HYP_I32,
    I64 = 1 << HYP_I64,
    U8 = 1 << HYP_U8,
    SMALL = I8 | I16 | I32, /* what is computed with */
    ANY = SMALL | I64 | U8,
};

enum { MOST_SHIFT = 62, MOST_NORM_COLUMNS = 65536, MOST_OPERANDS = 4, MOST_TENSORS = 6 };

/* The bytes of host memory that an array may touch. */
struct extent {
    const uint8_t *begin;
    const uint8_t *end;
};

/* An opcode on its way into a program. Everything is ignored after the first error. */
struct draft {
    hyp_program *program;
    struct hyp_instruction in;
    int result;
    hyp_tensor *tensors[MOST_TENSORS];
    unsigned tensor_count;
    struct {
        const char *name;
        const struct hyp_array *array;
        struct extent extent;
    } operands[MOST_OPERANDS], results[2];
    unsigned operand_count;
    unsigned result_count;
};

__attribute__((format(printf, 3, 4))) static void refuse(struct draft *draft, int code,
                                                         const char *format, ...)
{
    char sentence[400];
    va_list arguments;

    if (draft->result) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    draft->result = hyp_fail(&draft->program->error, code, "opcode %u (%s): %s",
                             draft->program->count, hyp_opcode_name(draft->in.opcode), sentence);
}

static bool begin(struct draft *draft, hyp_program *program, hyp_opcode opcode)
{
    *draft = (struct draft){.program = program, .in = {.opcode = opcode}, .result = HYP_EINVAL};
    if (program) {
        draft->result = program->error.code;
    }
    return draft->result == HYP_OK;
}

/* The last element that a view touches; false if that does not fit 64 bits. Not for empty views. */
static bool last_element(const hyp_view *view, uint64_t *last)
{
    uint64_t down;
    uint64_t across;

    return !__builtin_mul_overflow((uint64_t)view->rows - 1, view->row_stride, &down) &&
           !__builtin_mul_overflow((uint64_t)view->columns - 1, view->column_stride, &across) &&
           !__builtin_add_overflow(view->offset, down, last) &&
           !__builtin_add_overflow(*last, across, last);
}

/* Turns a view into an array inside its tensor. */
static struct extent resolve(struct draft *draft, const char *name, const hyp_view *view,
                             unsigned types, struct hyp_array *array)
{
    const hyp_tensor *tensor = view->tensor;
    struct extent extent = {NULL, NULL};
    uint64_t last = 0;

    if (!tensor || tensor->device != draft->program->device || tensor->is_weights) {
        refuse(draft, HYP_EINVAL, "%s %s", name,
               !tensor              ? "is missing"
               : tensor->is_weights ? "may not be weights"
                                    : "belongs to another device");
        return extent;
    }
    if (!(types >> tensor->type & 1)) {
        refuse(draft, HYP_EINVAL, "%s may not be %s", name, hyp_type_name(tensor->type));
        return extent;
    }
    bool empty = view->rows == 0 || view->columns == 0;
    if (empty ? view->offset > tensor->elements
              : !last_element(view, &last) || last >= tensor->elements) {
        refuse(draft, HYP_EINVAL, "%s (%u x %u) leaves its tensor (%u x %u)", name, view->rows,
               view->columns, tensor->rows, tensor->columns);
        return extent;
    }
    size_t size = hyp_type_size(tensor->type);
    *array = (struct hyp_array){
        .data = tensor->data + view->offset * size,
        .type = tensor->type,
        .rows = view->rows,
        .columns = view->columns,
        .row_stride = view->row_stride,
        .column_stride = view->column_stride,
    };
    extent.begin = array->data;
    extent.end = empty ? array->data : tensor->data + (last + 1) * size;
    draft->tensors[draft->tensor_count++] = view->tensor;
    return extent;
}

static void operand(struct draft *draft, const char *name, hyp_view view, unsigned types,
                    struct hyp_array *array)
{
    if (draft->result == HYP_OK) {
        struct extent extent = resolve(draft, name, &view, types, array);
        draft->operands[draft->operand_count].name = name;
        draft->operands[draft->operand_count].array = array;
        draft->operands[draft->operand_count++].extent = extent;
    }
}

static void optional_operand(struct draft *draft, const char *name, hyp_view view, unsigned types,
                             struct hyp_array *array)
{
    if (view.tensor) {
        operand(draft, name, view, types, array);
    }
}

/* Whether no two elements of an array are at the same place. */
static bool elements_are_apart(const struct hyp_array *array)
{
    uint64_t rows = array->rows;
    uint64_t columns = array->columns;

    if (rows <= 1 || columns <= 1) {
        return (rows <= 1 || array->row_stride) && (columns <= 1 || array->column_stride);
    }
    /* Nothing overflows: the view lies in its tensor. */
    return (array->column_stride && array->row_stride > (columns - 1) * array->column_stride) ||
           (array->row_stride && array->column_stride > (rows - 1) * array->row_stride);
}

static void result(struct draft *draft, const char *name, hyp_view view, unsigned types,
                   struct hyp_array *array)
{
    if (draft->result) {
        return;
    }
    struct extent extent = resolve(draft, name, &view, types, array);
    if (draft->result == HYP_OK && !elements_are_apart(array)) {
        refuse(draft, HYP_EINVAL, "elements of the %s overlap each other", name);
    }
    draft->results[draft->result_count].name = name;
    draft->results[draft->result_count].array = array;
    draft->results[draft->result_count++].extent = extent;
}

static void expect_shape(struct draft *draft, const char *name, const struct hyp_array *array,
                         uint32_t rows, uint32_t columns)
{
    if (array->data && (array->rows != rows || array->columns != columns)) {
        refuse(draft, HYP_EINVAL, "%s is %u x %u and should be %u x %u", name, array->rows,
               array->columns, rows, columns);
    }
}

/* Shape of the result. */
static void expect_same_shape(struct draft *draft, const char *name, const struct hyp_array *array)
{
    expect_shape(draft, name, array, draft->in.result.rows, draft->in.result.columns);
}

static void expect_shift(struct draft *draft, uint32_t shift)
{
    if (shift > MOST_SHIFT) {
        refuse(draft, HYP_EINVAL, "a shift of %u is more than %u", shift, MOST_SHIFT);
    }
}

/* Opcodes that read element (i, j) for the last time before they write it. */
static bool is_elementwise(hyp_opcode opcode)
{
    switch (opcode) {
    case HYP_OPCODE_REQUANT:
    case HYP_OPCODE_ADD_SAT:
    case HYP_OPCODE_MUL:
    case HYP_OPCODE_RSQRT:
    case HYP_OPCODE_RECIP:
    case HYP_OPCODE_EXP2:
    case HYP_OPCODE_SIGMOID:
    case HYP_OPCODE_RMSNORM:
    case HYP_OPCODE_ROPE:
    case HYP_OPCODE_SILU:
    case HYP_OPCODE_COPY:
        return true;
    default:
        return false;
    }
}

static bool same_array(const struct hyp_array *a, const struct hyp_array *b)
{
    return a->data == b->data && a->type == b->type && a->rows == b->rows &&
           a->columns == b->columns && a->row_stride == b->row_stride &&
           a->column_stride == b->column_stride;
}

static bool overlap(struct extent a, struct extent b)
{
    return a.begin < b.end && b.begin < a.end;
}

static void check_overlaps(struct draft *draft)
{
    for (unsigned i = 0; i < draft->result_count; i++) {
        for (unsigned j = 0; j < draft->operand_count; j++) {
            const struct hyp_array *array = draft->operands[j].array;
            bool in_place = (is_elementwise(draft->in.opcode) || array == &draft->in.d) &&
                            same_array(draft->results[i].array, array);
            if (!in_place && overlap(draft->results[i].extent, draft->operands[j].extent)) {
                refuse(draft, HYP_EINVAL, "%s overlaps %s", draft->results[i].name,
                       draft->operands[j].name);
            }
        }
    }
    if (draft->result_count == 2 && overlap(draft->results[0].extent, draft->results[1].extent)) {
        refuse(draft, HYP_EINVAL, "%s overlaps %s", draft->results[0].name, draft->results[1].name);
    }
}

/* Room for one opcode more, and for the tensors that it uses. */
static bool make_room(hyp_program *program)
{
    if (program->count == program->capacity) {
        uint32_t capacity = program->capacity ? program->capacity * 2 : 64;
        struct hyp_instruction *moved =
            capacity > program->capacity && capacity <= INT32_MAX
                ? realloc(program->instructions, capacity * sizeof *moved)
                : NULL;
        if (!moved) {
            return false;
        }
        program->instructions = moved;
        program->capacity = capacity;
    }
    if (program->tensor_capacity - program->tensor_count < MOST_TENSORS) {
        size_t capacity = program->tensor_capacity * 2 + 256;
        hyp_tensor **moved = realloc(program->tensors, capacity * sizeof(hyp_tensor *));
        if (!moved) {
            return false;
        }
        program->tensors = moved;
        program->tensor_capacity = capacity;
    }
    return true;
}

/* Appends the opcode; returns its index or the error. */
static int finish(struct draft *draft)
{
    hyp_program *program = draft->program;

    if (draft->result == HYP_OK) {
        check_overlaps(draft);
    }
    if (draft->result == HYP_OK && !make_room(program)) {
        refuse(draft, HYP_ENOMEM, "no memory");
    }
    if (draft->result) {
        return draft->result;
    }
    for (unsigned i = 0; i < draft->tensor_count; i++) {
        hyp_tensor_retain(draft->tensors[i]);
        program->tensors[program->tensor_count++] = draft->tensors[i];
    }
    uint64_t gas = hyp_opcode_gas(&draft->in);
    if (__builtin_add_overflow(program->gas, gas, &program->gas)) {
        program->gas = UINT64_MAX;
    }
    program->instructions[program->count] = draft->in;
    return (int)program->count++;
}

int hyp_program_create(hyp_device *device, hyp_program **program)
{
    if (!device || !program) {
        return HYP_EINVAL;
    }
    *program = calloc(1, sizeof **program);
    if (!*program) {
        return HYP_ENOMEM;
    }
    (*program)->device = device;
    return HYP_OK;
}

void hyp_program_clear(hyp_program *program)
{
    for (size_t i = 0; i < program->tensor_count; i++) {
        hyp_tensor_release(program->tensors[i]);
    }
    program->tensor_count = 0;
    program->count = 0;
    program->gas = 0;
    program->error.code = HYP_OK;
}

void hyp_program_destroy(hyp_program *program)
{
    if (program) {
        hyp_program_clear(program);
        hyp_product_runner_release(&program->runner);
        free(program->tensors);
        free(program->instructions);
        free(program);
    }
}

void hyp_program_set_verify(hyp_program *program, hyp_verify_mode verify)
{
    hyp_product_runner_release(&program->runner); /* its queue has the mode of before */
    program->runner.verify = verify;
}

uint32_t hyp_program_count(const hyp_program *program)
{
    return program->count;
}

uint64_t hyp_program_gas(const hyp_program *program)
{
    return program->gas;
}

uint64_t hyp_program_gas_at(const hyp_program *program, uint32_t index)
{
    return hyp_opcode_gas(&program->instructions[index]);
}

/* B: weights, or an array. */
static void right_side(struct draft *draft, hyp_view b)
{
    if (draft->result == HYP_OK && b.tensor && b.tensor->is_weights) {
        if (b.tensor->device != draft->program->device) {
            refuse(draft, HYP_EINVAL, "b belongs to another device");
            return;
        }
        draft->in.weights = b.tensor->packed;
        draft->in.weights_tensor = b.tensor;
        draft->tensors[draft->tensor_count++] = b.tensor;
        /* Of the shape alone. */
        draft->in.b = (struct hyp_array){
            .type = HYP_I8, .rows = b.tensor->rows, .columns = b.tensor->columns};
    } else {
        operand(draft, "b", b, I8, &draft->in.b);
    }
}

static void expect_product_shapes(struct draft *draft)
{
    const struct hyp_instruction *in = &draft->in;

    if (in->a.columns != in->b.rows || in->result.rows != in->a.rows ||
        in->result.columns != in->b.columns) {
        refuse(draft, HYP_EINVAL, "a is %u x %u, b is %u x %u, the result is %u x %u", in->a.rows,
               in->a.columns, in->b.rows, in->b.columns, in->result.rows, in->result.columns);
    }
}

static void expect_inner(struct draft *draft, uint64_t inner, bool bias)
{
    uint32_t most = bias ? HYP_MATMUL_MAX_INNER_BIAS : HYP_MATMUL_MAX_INNER;

    if (inner > most) {
        refuse(draft, HYP_ETOOBIG,
               "K is %llu over all that is summed up; more than %u%s might wrap",
               (unsigned long long)inner, most, bias ? " with a bias" : "");
    }
}

int hyp_program_matmul(hyp_program *program, hyp_view a, hyp_view b, hyp_view bias,
                       hyp_view accumulate, uint32_t accumulated_inner, bool accumulated_bias,
                       hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_MATMUL)) {
        bool scaled = b.tensor && b.tensor->is_weights && b.tensor->packed.multipliers;
        operand(&draft, "a", a, I8, &in->a);
        right_side(&draft, b);
        optional_operand(&draft, "bias", bias, I32, &in->c);
        optional_operand(&draft, "accumulate", accumulate, I32, &in->d);
        result(&draft, "result", out, scaled ? SMALL : I32, &in->result);
        expect_product_shapes(&draft);
        expect_shape(&draft, "bias", &in->c, 1, in->result.columns);
        expect_same_shape(&draft, "accumulate", &in->d);
        if (in->weights.bias && in->c.data) {
            refuse(&draft, HYP_EINVAL, "the weights have a bias already");
        }
        expect_inner(&draft, in->a.columns + (in->d.data ? (uint64_t)accumulated_inner : 0),
                     in->weights.bias || in->c.data || (in->d.data && accumulated_bias));
    }
    return finish(&draft);
}

int hyp_program_matmul16(hyp_program *program, hyp_view a, hyp_view b, uint32_t shift, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_MATMUL16)) {
        operand(&draft, "a", a, I16, &in->a);
        right_side(&draft, b);
        result(&draft, "result", out, I32 | I64, &in->result);
        expect_product_shapes(&draft);
        expect_shift(&draft, shift);
        expect_inner(&draft, in->a.columns, false);
        if (in->weights.bias) {
            refuse(&draft, HYP_EINVAL, "the weights have a bias");
        }
        in->immediate[0] = shift;
    }
    return finish(&draft);
}

int hyp_program_requant(hyp_program *program, hyp_view x, hyp_view multiplier, hyp_view shift,
                        uint32_t immediate_shift, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_REQUANT)) {
        operand(&draft, "x", x, SMALL, &in->a);
        operand(&draft, "multiplier", multiplier, I32, &in->b);
        optional_operand(&draft, "shift", shift, U8, &in->c);
        result(&draft, "result", out, SMALL, &in->result);
        expect_same_shape(&draft, "x", &in->a);
        expect_same_shape(&draft, "multiplier", &in->b);
        expect_same_shape(&draft, "shift", &in->c);
        expect_shift(&draft, immediate_shift);
        in->immediate[0] = immediate_shift;
    }
    return finish(&draft);
}

static int add_binary(hyp_program *program, hyp_opcode opcode, hyp_view a, hyp_view b,
                      uint32_t shift, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, opcode)) {
        operand(&draft, "a", a, SMALL, &in->a);
        operand(&draft, "b", b, SMALL, &in->b);
        result(&draft, "result", out, SMALL, &in->result);
        expect_same_shape(&draft, "a", &in->a);
        expect_same_shape(&draft, "b", &in->b);
        expect_shift(&draft, shift);
        in->immediate[0] = shift;
    }
    return finish(&draft);
}

int hyp_program_add_sat(hyp_program *program, hyp_view a, hyp_view b, hyp_view out)
{
    return add_binary(program, HYP_OPCODE_ADD_SAT, a, b, 0, out);
}

int hyp_program_mul(hyp_program *program, hyp_view a, hyp_view b, uint32_t shift, hyp_view out)
{
    return add_binary(program, HYP_OPCODE_MUL, a, b, shift, out);
}

/* One value a row. */
static int add_reduction(hyp_program *program, hyp_opcode opcode, hyp_view x, unsigned result_types,
                         bool needs_columns, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, opcode)) {
        operand(&draft, "x", x, SMALL, &in->a);
        result(&draft, "result", out, result_types, &in->result);
        expect_shape(&draft, "result", &in->result, in->a.rows, 1);
        if (needs_columns && in->a.columns == 0) {
            refuse(&draft, HYP_EINVAL, "x has no columns");
        }
    }
    return finish(&draft);
}

int hyp_program_row_max(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_reduction(program, HYP_OPCODE_ROWMAX, x, I32, true, out);
}

int hyp_program_row_abs_max(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_reduction(program, HYP_OPCODE_ROWABSMAX, x, I32, false, out);
}

int hyp_program_row_sum(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_reduction(program, HYP_OPCODE_ROWSUM, x, I32 | I64, false, out);
}

int hyp_program_sum_of_squares(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_reduction(program, HYP_OPCODE_SUMSQ, x, I64, false, out);
}

int hyp_program_arg_max(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_reduction(program, HYP_OPCODE_ARGMAX, x, I32, true, out);
}

static int add_scale(hyp_program *program, hyp_opcode opcode, hyp_view x, uint32_t numerator,
                     hyp_view multiplier, hyp_view shift)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, opcode)) {
        operand(&draft, "x", x, I32 | I64, &in->a);
        result(&draft, "multiplier", multiplier, I32, &in->result);
        result(&draft, "shift", shift, U8, &in->result_shift);
        expect_same_shape(&draft, "x", &in->a);
        expect_same_shape(&draft, "shift", &in->result_shift);
        if (numerator == 0 || numerator > INT32_MAX) {
            refuse(&draft, HYP_EINVAL, "numerator %u is not one of 1 … 2^31 - 1", numerator);
        }
        in->immediate[0] = numerator;
    }
    return finish(&draft);
}

int hyp_program_rsqrt(hyp_program *program, hyp_view x, hyp_view multiplier, hyp_view shift)
{
    return add_scale(program, HYP_OPCODE_RSQRT, x, 1, multiplier, shift);
}

int hyp_program_recip(hyp_program *program, hyp_view x, uint32_t numerator, hyp_view multiplier,
                      hyp_view shift)
{
    return add_scale(program, HYP_OPCODE_RECIP, x, numerator, multiplier, shift);
}

static int add_function(hyp_program *program, hyp_opcode opcode, hyp_view x, unsigned result_types,
                        hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, opcode)) {
        operand(&draft, "x", x, I32, &in->a);
        result(&draft, "result", out, result_types, &in->result);
        expect_same_shape(&draft, "x", &in->a);
    }
    return finish(&draft);
}

int hyp_program_exp2(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_function(program, HYP_OPCODE_EXP2, x, I16 | I32, out);
}

int hyp_program_sigmoid(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_function(program, HYP_OPCODE_SIGMOID, x, I16 | I32, out);
}

int hyp_program_silu(hyp_program *program, hyp_view x, hyp_view out)
{
    return add_function(program, HYP_OPCODE_SILU, x, I32, out);
}

int hyp_program_softmax(hyp_program *program, hyp_view x, uint32_t limit, uint32_t step,
                        hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_SOFTMAX)) {
        operand(&draft, "x", x, I32, &in->a);
        result(&draft, "result", out, I16, &in->result);
        expect_same_shape(&draft, "x", &in->a);
        in->immediate[0] = limit;
        in->immediate[1] = step;
    }
    return finish(&draft);
}

int hyp_program_rms_norm(hyp_program *program, hyp_view x, hyp_view weight, uint32_t epsilon,
                         hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_RMSNORM)) {
        operand(&draft, "x", x, I32, &in->a);
        operand(&draft, "weight", weight, I32, &in->b);
        result(&draft, "result", out, I32, &in->result);
        expect_same_shape(&draft, "x", &in->a);
        expect_same_shape(&draft, "weight", &in->b);
        if (in->a.columns > MOST_NORM_COLUMNS) {
            refuse(&draft, HYP_ETOOBIG, "x has %u columns, more than %u", in->a.columns,
                   MOST_NORM_COLUMNS);
        }
        in->immediate[0] = epsilon;
    }
    return finish(&draft);
}

int hyp_program_rope(hyp_program *program, hyp_view x, hyp_view cosines, hyp_view sines,
                     bool halves, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_ROPE)) {
        operand(&draft, "x", x, I16 | I32, &in->a);
        operand(&draft, "cosines", cosines, I16, &in->b);
        operand(&draft, "sines", sines, I16, &in->c);
        result(&draft, "result", out, in->a.data ? 1u << in->a.type : 0, &in->result);
        expect_same_shape(&draft, "x", &in->a);
        expect_shape(&draft, "cosines", &in->b, in->a.rows, in->b.columns);
        expect_shape(&draft, "sines", &in->c, in->b.rows, in->b.columns);
        if (in->b.columns ? in->a.columns % (2 * (uint64_t)in->b.columns) : in->a.columns) {
            refuse(&draft, HYP_EINVAL, "x has %u columns, no multiple of twice the %u of cosines",
                   in->a.columns, in->b.columns);
        }
        in->immediate[0] = halves;
    }
    return finish(&draft);
}

int hyp_program_gather(hyp_program *program, hyp_view table, hyp_view index, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_GATHER)) {
        operand(&draft, "table", table, ANY, &in->a);
        operand(&draft, "index", index, I32, &in->b);
        result(&draft, "result", out, in->a.data ? 1u << in->a.type : 0, &in->result);
        expect_shape(&draft, "index", &in->b, in->result.rows, 1);
        expect_shape(&draft, "result", &in->result, in->result.rows, in->a.columns);
    }
    return finish(&draft);
}

int hyp_program_transpose(hyp_program *program, hyp_view x, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_TRANSPOSE)) {
        operand(&draft, "x", x, ANY, &in->a);
        result(&draft, "result", out, in->a.data ? 1u << in->a.type : 0, &in->result);
        expect_shape(&draft, "result", &in->result, in->a.columns, in->a.rows);
    }
    return finish(&draft);
}

int hyp_program_copy(hyp_program *program, hyp_view x, hyp_view out)
{
    struct draft draft;
    struct hyp_instruction *in = &draft.in;

    if (begin(&draft, program, HYP_OPCODE_COPY)) {
        operand(&draft, "x", x, ANY, &in->a);
        bool small = in->a.data && SMALL >> in->a.type & 1;
        result(&draft, "result", out,
               small        ? SMALL
               : in->a.data ? 1u << in->a.type
                            : 0,
               &in->result);
        expect_same_shape(&draft, "x", &in->a);
    }
    return finish(&draft);
}
