/* The loops behind kernels.h. Included by one file a variant, which defines KERNELS, the name of
 * the table, and is compiled for its instruction set; so everything else here is static.
 *
 * A row is taken in chunks: elements of whatever type and stride become i32, the loop over the
 * chunk knows neither, and its results are saturated and stored. A chunk is read before it is
 * written, so an elementwise opcode may write the view that it reads. */
#include "host/src/opcodes/functions.h"
#include "host/src/opcodes/kernels.h"
#include "host/src/ops/matmul.h"
#include "hyperion/batch.h"

enum {
    CHUNK = 256,
    SOFTMAX_COLUMNS = 4096, /* longer rows are left to the reference */
    /* Of i16 · i8, that many products fit 32 bits. */
    EXACT_PRODUCTS = 256,
    BLOCK = 8, /* columns of MATMUL16 at once */
};

/* ---- chunks ---- */

static void load(const struct hyp_array *array, uint64_t row, uint64_t first, uint32_t count,
                 int32_t *restrict out)
{
    const uint8_t *at = hyp_array_at(array, row, first);

    if (array->column_stride == 1 && array->type == HYP_I32) {
        memcpy(out, at, count * sizeof *out);
    } else if (array->column_stride == 1 && array->type == HYP_I16) {
        int16_t values[CHUNK];
        memcpy(values, at, count * sizeof *values);
        for (uint32_t j = 0; j < count; j++) {
            out[j] = values[j];
        }
    } else if (array->column_stride == 1 && array->type == HYP_I8) {
        for (uint32_t j = 0; j < count; j++) {
            out[j] = (int8_t)at[j]; /* NOLINT(bugprone-signed-char-misuse): i8 is a number */
        }
    } else if (array->column_stride == 0) {
        int32_t value = (int32_t)hyp_array_load(array, row, first);
        for (uint32_t j = 0; j < count; j++) {
            out[j] = value;
        }
    } else {
        for (uint32_t j = 0; j < count; j++) {
            out[j] = (int32_t)hyp_array_load(array, row, first + j);
        }
    }
}

/* Values are within the range of the array's type already. */
static void store(const struct hyp_array *array, uint64_t row, uint64_t first, uint32_t count,
                  const int32_t *restrict values)
{
    uint8_t *at = hyp_array_at(array, row, first);

    if (array->column_stride != 1) {
        for (uint32_t j = 0; j < count; j++) {
            hyp_array_store(array, row, first + j, values[j]);
        }
    } else if (array->type == HYP_I32) {
        memcpy(at, values, count * sizeof *values);
    } else if (array->type == HYP_I16) {
        int16_t narrow[CHUNK];
        for (uint32_t j = 0; j < count; j++) {
            narrow[j] = (int16_t)values[j];
        }
        memcpy(at, narrow, count * sizeof *narrow);
    } else {
        for (uint32_t j = 0; j < count; j++) {
            at[j] = (uint8_t)values[j];
        }
    }
}

static int64_t most_of(hyp_type type)
{
    return type == HYP_I8 ? INT8_MAX : type == HYP_I16 ? INT16_MAX : INT32_MAX;
}

static int64_t half_of(uint32_t shift)
{
    return shift ? INT64_C(1) << (shift - 1) : 0;
}

static uint32_t chunk_from(uint64_t first, uint64_t columns)
{
    return columns - first < CHUNK ? (uint32_t)(columns - first) : CHUNK;
}

/* ---- element by element ---- */

/* (a · b + half) >> shift, one shift for all */
static void scale_chunk(const int32_t *restrict a, const int32_t *restrict b, uint32_t count,
                        uint32_t shift, int64_t most, int32_t *restrict out)
{
    int64_t half = half_of(shift);

    for (uint32_t j = 0; j < count; j++) {
        int64_t value = ((int64_t)a[j] * b[j] + half) >> shift;
        value = value > most ? most : value;
        value = value < -most - 1 ? -most - 1 : value;
        out[j] = (int32_t)value;
    }
}

/* The same with a shift for each. */
static void scale_chunk_by(const int32_t *restrict a, const int32_t *restrict b, uint32_t count,
                           const int32_t *restrict shifts, int64_t most, int32_t *restrict out)
{
    for (uint32_t j = 0; j < count; j++) {
        int64_t shift = shifts[j];
        int64_t half = (int64_t)((UINT64_C(1) << shift) >> 1);
        int64_t value = ((int64_t)a[j] * b[j] + half) >> shift;
        value = value > most ? most : value;
        value = value < -most - 1 ? -most - 1 : value;
        out[j] = (int32_t)value;
    }
}

static void requant_chunk(const struct hyp_instruction *in, uint64_t row, uint64_t first,
                          uint32_t count)
{
    int32_t a[CHUNK];
    int32_t b[CHUNK];
    int32_t shifts[CHUNK];
    int32_t out[CHUNK];
    int64_t most = most_of(in->result.type);

    load(&in->a, row, first, count, a);
    load(&in->b, row, first, count, b);
    for (uint32_t j = 0; j < count; j++) {
        b[j] &= HYP_MATMUL_MAX_MULTIPLIER;
    }
    if (!in->c.data) {
        scale_chunk(a, b, count, in->immediate[0], most, out);
    } else if (in->c.column_stride == 0) {
        scale_chunk(a, b, count, (uint32_t)hyp_array_load(&in->c, row, 0) & 63, most, out);
    } else {
        load(&in->c, row, first, count, shifts);
        for (uint32_t j = 0; j < count; j++) {
            shifts[j] &= 63;
        }
        scale_chunk_by(a, b, count, shifts, most, out);
    }
    store(&in->result, row, first, count, out);
}

static bool requant(const struct hyp_instruction *in)
{
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j += CHUNK) {
            requant_chunk(in, i, j, chunk_from(j, in->result.columns));
        }
    }
    return true;
}

static bool mul(const struct hyp_instruction *in)
{
    int32_t a[CHUNK];
    int32_t b[CHUNK];
    int32_t out[CHUNK];
    int64_t most = most_of(in->result.type);

    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j += CHUNK) {
            uint32_t count = chunk_from(j, in->result.columns);
            load(&in->a, i, j, count, a);
            load(&in->b, i, j, count, b);
            scale_chunk(a, b, count, in->immediate[0], most, out);
            store(&in->result, i, j, count, out);
        }
    }
    return true;
}

static void add_chunk(const int32_t *restrict a, const int32_t *restrict b, uint32_t count,
                      int64_t most, int32_t *restrict out)
{
    for (uint32_t j = 0; j < count; j++) {
        int64_t value = (int64_t)a[j] + b[j];
        value = value > most ? most : value;
        value = value < -most - 1 ? -most - 1 : value;
        out[j] = (int32_t)value;
    }
}

static bool add_sat(const struct hyp_instruction *in)
{
    int32_t a[CHUNK];
    int32_t b[CHUNK];
    int32_t out[CHUNK];
    int64_t most = most_of(in->result.type);

    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j += CHUNK) {
            uint32_t count = chunk_from(j, in->result.columns);
            load(&in->a, i, j, count, a);
            load(&in->b, i, j, count, b);
            add_chunk(a, b, count, most, out);
            store(&in->result, i, j, count, out);
        }
    }
    return true;
}

static bool silu(const struct hyp_instruction *in)
{
    int32_t a[CHUNK];

    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j += CHUNK) {
            uint32_t count = chunk_from(j, in->result.columns);
            load(&in->a, i, j, count, a);
            for (uint32_t k = 0; k < count; k++) {
                a[k] = hyp_silu(a[k]);
            }
            store(&in->result, i, j, count, a);
        }
    }
    return true;
}

/* ---- one value a row ---- */

static int64_t row_extreme(const struct hyp_array *array, uint64_t row, bool magnitude)
{
    int32_t a[CHUNK];
    int64_t most = magnitude ? 0 : INT32_MIN;

    for (uint64_t j = 0; j < array->columns; j += CHUNK) {
        uint32_t count = chunk_from(j, array->columns);
        int32_t high = INT32_MIN;
        int32_t low = INT32_MAX;
        load(array, row, j, count, a);
        for (uint32_t k = 0; k < count; k++) {
            high = a[k] > high ? a[k] : high;
            low = a[k] < low ? a[k] : low;
        }
        most = high > most ? high : most;
        most = magnitude && -(int64_t)low > most ? -(int64_t)low : most;
    }
    return most;
}

static bool row_max(const struct hyp_instruction *in)
{
    for (uint64_t i = 0; i < in->a.rows; i++) {
        hyp_array_store(&in->result, i, 0, row_extreme(&in->a, i, false));
    }
    return true;
}

static bool row_abs_max(const struct hyp_instruction *in)
{
    for (uint64_t i = 0; i < in->a.rows; i++) {
        hyp_array_store(&in->result, i, 0, row_extreme(&in->a, i, true));
    }
    return true;
}

static bool row_sum(const struct hyp_instruction *in)
{
    int32_t a[CHUNK];

    for (uint64_t i = 0; i < in->a.rows; i++) {
        int64_t sum = 0;
        for (uint64_t j = 0; j < in->a.columns; j += CHUNK) {
            uint32_t count = chunk_from(j, in->a.columns);
            load(&in->a, i, j, count, a);
            for (uint32_t k = 0; k < count; k++) {
                sum += a[k];
            }
        }
        hyp_array_store(&in->result, i, 0, sum);
    }
    return true;
}

/* The first of the largest: its value by the row, then where it stands. */
static bool arg_max(const struct hyp_instruction *in)
{
    for (uint64_t i = 0; i < in->a.rows; i++) {
        int64_t most = row_extreme(&in->a, i, false);
        uint64_t j = 0;
        while (hyp_array_load(&in->a, i, j) != most) {
            j++;
        }
        hyp_array_store(&in->result, i, 0, (int64_t)j);
    }
    return true;
}

/* ---- SOFTMAX ---- */

/* hyp_exp2 of values less `most`, in 32 bits: the difference fits them without its sign, and a
 * shift of 32 or more leaves nothing. Returns the sum. */
static uint64_t powers_of(int32_t *values, uint32_t count, int32_t most)
{
    uint64_t sum = 0;

    for (uint32_t j = 0; j < count; j++) {
        uint32_t less = (uint32_t)most - (uint32_t)values[j];
        uint32_t down = (less >> 16) + ((less & 0xffff) != 0);
        uint32_t fraction = (0 - less) & 0xffff;
        uint32_t low = hyp_exp2_table[fraction >> 8];
        uint32_t high = hyp_exp2_table[(fraction >> 8) + 1];
        uint32_t value = low + (((high - low) * (fraction & 0xff) + 128) >> 8);
        uint32_t shift = down < 31 ? down : 31;
        value = (value + ((UINT32_C(1) << shift) >> 1)) >> shift;
        value = down < 32 ? value : 0;
        values[j] = (int32_t)value;
        sum += value;
    }
    return sum;
}

static void softmax_row(const struct hyp_instruction *in, uint64_t row, uint32_t count)
{
    int32_t values[SOFTMAX_COLUMNS];
    int32_t most = INT32_MIN;

    for (uint32_t j = 0; j < count; j += CHUNK) {
        load(&in->a, row, j, chunk_from(j, count), values + j);
    }
    for (uint32_t j = 0; j < count; j++) {
        most = values[j] > most ? values[j] : most;
    }
    uint64_t sum = powers_of(values, count, most);
    const struct hyp_scale scale = hyp_recip((int64_t)sum, 1 << 15);
    int64_t half = half_of(scale.shift);
    for (uint32_t j = 0; j < count; j++) {
        int64_t value = ((int64_t)values[j] * scale.multiplier + half) >> scale.shift;
        values[j] = (int32_t)(value > INT16_MAX ? INT16_MAX : value);
    }
    memset(values + count, 0, (in->result.columns - count) * sizeof *values);
    for (uint32_t j = 0; j < in->result.columns; j += CHUNK) {
        store(&in->result, row, j, chunk_from(j, in->result.columns), values + j);
    }
}

static bool softmax(const struct hyp_instruction *in)
{
    if (in->a.columns > SOFTMAX_COLUMNS) {
        return false;
    }
    for (uint64_t i = 0; i < in->result.rows; i++) {
        uint64_t limit = in->immediate[0] + i * in->immediate[1];
        softmax_row(in, i, limit < in->a.columns ? (uint32_t)limit : in->a.columns);
    }
    return true;
}

/* ---- products with what is no weights: keys and values of the past ---- */

/* Columns that lie side by side, no bias, nothing to add to. */
static bool plain_product(const struct hyp_instruction *in)
{
    return !in->weights.panels && in->b.column_stride == 1 && !in->c.data && !in->d.data;
}

static void product_chunk(const struct hyp_instruction *in, uint64_t row, uint64_t first,
                          uint32_t count)
{
    int32_t sums[CHUNK] = {0};

    for (uint64_t k = 0; k < in->a.columns; k++) {
        int16_t factor = (int16_t)hyp_array_load(&in->a, row, k);
        const int8_t *b = (const int8_t *)hyp_array_at(&in->b, k, first);
        for (uint32_t j = 0; j < count; j++) {
            sums[j] += (int16_t)(factor * b[j]);
        }
    }
    store(&in->result, row, first, count, sums);
}

static bool matmul(const struct hyp_instruction *in)
{
    if (!plain_product(in) || in->result.type != HYP_I32) {
        return false;
    }
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j += CHUNK) {
            product_chunk(in, i, j, chunk_from(j, in->result.columns));
        }
    }
    return true;
}

/* Up to EXACT_PRODUCTS of row `row` from `first` on with BLOCK columns of b. */
static void product16_block(const int32_t *restrict a, const uint8_t *restrict b,
                            uint64_t row_bytes, uint32_t count, int64_t *restrict sums)
{
    int32_t part[BLOCK] = {0};

    for (uint32_t k = 0; k < count; k++) {
        const uint8_t *at = b + k * row_bytes;
        for (uint32_t j = 0; j < BLOCK; j++) {
            part[j] += a[k] * (int8_t)at[j];
        }
    }
    for (uint32_t j = 0; j < BLOCK; j++) {
        sums[j] += part[j];
    }
}

static bool matmul16(const struct hyp_instruction *in)
{
    int32_t a[CHUNK];

    _Static_assert(CHUNK <= EXACT_PRODUCTS, "a chunk of products must fit 32 bits");
    if (in->weights.panels || in->b.column_stride != 1 || in->result.columns % BLOCK) {
        return false;
    }
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j += BLOCK) {
            int64_t sums[BLOCK] = {0};
            for (uint64_t k = 0; k < in->a.columns; k += CHUNK) {
                uint32_t count = chunk_from(k, in->a.columns);
                load(&in->a, i, k, count, a);
                product16_block(a, hyp_array_at(&in->b, k, j), in->b.row_stride, count, sums);
            }
            for (uint32_t n = 0; n < BLOCK; n++) {
                hyp_array_store(&in->result, i, j + n, hyp_round_shift(sums[n], in->immediate[0]));
            }
        }
    }
    return true;
}

const struct hyp_opcode_kernels KERNELS = {{
    [HYP_OPCODE_MATMUL] = matmul,
    [HYP_OPCODE_MATMUL16] = matmul16,
    [HYP_OPCODE_REQUANT] = requant,
    [HYP_OPCODE_ADD_SAT] = add_sat,
    [HYP_OPCODE_MUL] = mul,
    [HYP_OPCODE_ROWMAX] = row_max,
    [HYP_OPCODE_ROWABSMAX] = row_abs_max,
    [HYP_OPCODE_ROWSUM] = row_sum,
    [HYP_OPCODE_ARGMAX] = arg_max,
    [HYP_OPCODE_SOFTMAX] = softmax,
    [HYP_OPCODE_SILU] = silu,
}};
