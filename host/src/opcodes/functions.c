/* Functions of one number: RSQRT, RECIP, EXP2, SIGMOID, SILU. */
#include "host/src/opcodes/functions.h"

#include "host/src/opcodes/opcode.h"

static uint32_t bit_length(uint64_t x)
{
    return x ? 64 - (uint32_t)__builtin_clzll(x) : 0;
}

struct hyp_scale hyp_recip(int64_t x, uint32_t numerator)
{
    if (x <= 0) {
        return (struct hyp_scale){0, 0};
    }
    /* The quotient has as many bits as the difference of lengths says, or one more. */
    uint32_t shift = 31 + bit_length((uint64_t)x) - bit_length(numerator);
    shift = shift > 62 ? 62 : shift;
    unsigned __int128 scaled = (unsigned __int128)numerator << shift;
    uint64_t quotient = (uint64_t)(scaled / (uint64_t)x);
    if (quotient >= UINT64_C(1) << 31) {
        shift--;
        quotient = (uint64_t)((scaled >> 1) / (uint64_t)x);
    }
    return (struct hyp_scale){(uint32_t)quotient, shift};
}

struct hyp_scale hyp_rsqrt(int64_t x)
{
    if (x <= 0) {
        return (struct hyp_scale){0, 0};
    }
    /* 2^(2·shift) / x in [2^60, 2^62): its root has 31 bits. */
    uint32_t shift = 30 + bit_length((uint64_t)x - 1) / 2 + bit_length((uint64_t)x - 1) % 2;
    unsigned __int128 square = ((unsigned __int128)1 << (2 * shift)) / (uint64_t)x;
    uint32_t root = 0;
    for (uint32_t bit = UINT32_C(1) << 31; bit; bit >>= 1) {
        uint64_t tried = root | bit;
        if ((unsigned __int128)tried * tried <= square) {
            root |= bit;
        }
    }
    return (struct hyp_scale){root, shift};
}

uint32_t hyp_exp2(int64_t x)
{
    if (x > 0) {
        x = 0;
    }
    uint64_t down = (uint64_t) - (x >> 16);
    uint32_t fraction = (uint32_t)x & 0xffff;
    uint32_t low = hyp_exp2_table[fraction >> 8];
    uint32_t high = hyp_exp2_table[(fraction >> 8) + 1];
    uint64_t value = low + (((uint64_t)(high - low) * (fraction & 0xff) + 128) >> 8);

    return down > 62 ? 0 : (uint32_t)hyp_round_shift((int64_t)value, (uint32_t)down);
}

uint32_t hyp_sigmoid(int64_t x)
{
    uint64_t size = (uint64_t)(x < 0 ? -x : x);
    uint32_t value = UINT32_C(1) << 30;

    if (size < (uint64_t)HYP_SIGMOID_STEPS << 10) {
        uint32_t low = hyp_sigmoid_table[size >> 10];
        uint32_t high = hyp_sigmoid_table[(size >> 10) + 1];
        value = low + (uint32_t)(((uint64_t)(high - low) * (size & 0x3ff) + 512) >> 10);
    }
    return x < 0 ? (UINT32_C(1) << 30) - value : value;
}

int32_t hyp_silu(int32_t x)
{
    return (int32_t)hyp_round_shift((int64_t)x * hyp_sigmoid(x), 30);
}

static void store_scale(const struct hyp_instruction *in, uint64_t i, uint64_t j,
                        struct hyp_scale scale)
{
    hyp_array_store(&in->result, i, j, scale.multiplier);
    hyp_array_store(&in->result_shift, i, j, scale.shift);
}

int hyp_reference_rsqrt(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            store_scale(in, i, j, hyp_rsqrt(hyp_array_load(&in->a, i, j)));
        }
    }
    return HYP_OK;
}

int hyp_reference_recip(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            store_scale(in, i, j, hyp_recip(hyp_array_load(&in->a, i, j), in->immediate[0]));
        }
    }
    return HYP_OK;
}

/* A number with 30 fraction bits as i32, or rounded to 15 as i16. */
static void store_fraction(const struct hyp_instruction *in, uint64_t i, uint64_t j, uint32_t value)
{
    hyp_array_store(&in->result, i, j,
                    in->result.type == HYP_I16 ? hyp_round_shift(value, 15) : value);
}

int hyp_reference_exp2(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            store_fraction(in, i, j, hyp_exp2(hyp_array_load(&in->a, i, j)));
        }
    }
    return HYP_OK;
}

int hyp_reference_sigmoid(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            store_fraction(in, i, j, hyp_sigmoid(hyp_array_load(&in->a, i, j)));
        }
    }
    return HYP_OK;
}

int hyp_reference_silu(const struct hyp_instruction *in, hyp_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < in->result.rows; i++) {
        for (uint64_t j = 0; j < in->result.columns; j++) {
            hyp_array_store(&in->result, i, j, hyp_silu((int32_t)hyp_array_load(&in->a, i, j)));
        }
    }
    return HYP_OK;
}
