/* The loops that the CPU computes opcodes with, each variant that this CPU has, against the
 * references: all types, strides and immediates, numbers at the edges of their types, in place. */
#include "host/src/opcodes/kernels.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/random_batch.h"
#include "tests/support/test.h"

enum { ROUNDS = 400, ROOM = 1 << 16 };

/* Memory of the operands, as the reference and as a kernel get it. */
struct memory {
    uint8_t *bytes;
    size_t used;
};

static int64_t some_value(struct random *random, hyp_type type)
{
    int bits = type == HYP_I8 ? 8 : type == HYP_I16 ? 16 : 32;
    int64_t most = ((int64_t)1 << (bits - 1)) - 1;

    switch (random_below(random, 6)) {
    case 0:
        return most;
    case 1:
        return -most - 1;
    case 2:
        return (int64_t)random_below(random, 5) - 2;
    default:
        return (int64_t)(random_u64(random) >>
                         (64 - (1 + random_below(random, (uint64_t)bits - 1)))) *
               (random_below(random, 2) ? 1 : -1);
    }
}

/* An operand with a view of some kind; `repeats`: strides of 0 are allowed. */
static struct hyp_array make_array(struct random *random, struct memory *memory, hyp_type type,
                                   uint32_t rows, uint32_t columns, bool repeats)
{
    struct hyp_array array = {memory->bytes + memory->used, type, rows, columns, 0, 1};
    uint64_t kind = random_below(random, repeats ? 5 : 3);

    array.row_stride = columns + random_below(random, 3);
    if (kind == 1) { /* columns before rows */
        array.column_stride = rows + random_below(random, 3);
        array.row_stride = 1;
    } else if (kind == 3) {
        array.row_stride = 0;
    } else if (kind == 4) {
        array.column_stride = 0;
    }
    for (uint64_t i = 0; i < rows; i++) {
        for (uint64_t j = 0; j < columns; j++) {
            hyp_array_store(&array, i, j, some_value(random, type));
        }
    }
    size_t elements = (rows + 3) * (size_t)(columns + 3);
    memory->used += (elements * hyp_type_size(type) + 63) / 64 * 64;
    assert_true(memory->used <= ROOM);
    return array;
}

static hyp_type some_type(struct random *random)
{
    static const hyp_type types[] = {HYP_I8, HYP_I16, HYP_I32};
    return types[random_below(random, 3)];
}

static uint32_t some_size(struct random *random, uint32_t most)
{
    static const uint32_t edges[] = {1, 7, 8, 15, 16, 255, 256, 257, 300};
    uint32_t size = random_below(random, 2) ? edges[random_below(random, 9)]
                                            : 1 + (uint32_t)random_below(random, most);
    return size < most ? size : most;
}

static void make_elementwise(struct random *random, struct memory *memory, hyp_opcode opcode,
                             struct hyp_instruction *in)
{
    uint32_t rows = some_size(random, 5);
    uint32_t columns = some_size(random, 600);
    bool in_place = random_below(random, 4) == 0;
    hyp_type type = opcode == HYP_OPCODE_SILU ? HYP_I32 : some_type(random);

    in->a = make_array(random, memory, type, rows, columns, !in_place);
    if (opcode == HYP_OPCODE_REQUANT) {
        in->b = make_array(random, memory, HYP_I32, rows, columns, true);
        if (random_below(random, 2)) {
            in->c = make_array(random, memory, HYP_U8, rows, columns, true);
        }
    } else if (opcode != HYP_OPCODE_SILU) {
        in->b = make_array(random, memory, some_type(random), rows, columns, true);
    }
    in->immediate[0] = (uint32_t)random_below(random, 63);
    in->result = in->a;
    if (!in_place) {
        hyp_type wanted = opcode == HYP_OPCODE_SILU ? HYP_I32 : some_type(random);
        in->result = make_array(random, memory, wanted, rows, columns, false);
    }
}

static void make_reduction(struct random *random, struct memory *memory, hyp_opcode opcode,
                           struct hyp_instruction *in)
{
    uint32_t rows = some_size(random, 5);
    uint32_t columns = some_size(random, 600);
    bool wide = opcode == HYP_OPCODE_ROWSUM && random_below(random, 2);

    in->a = make_array(random, memory, some_type(random), rows, columns, true);
    in->result = make_array(random, memory, wide ? HYP_I64 : HYP_I32, rows, 1, false);
}

static void make_softmax(struct random *random, struct memory *memory, struct hyp_instruction *in)
{
    uint32_t rows = some_size(random, 5);
    uint32_t columns = some_size(random, 600);
    uint64_t kind = random_below(random, 3);

    in->a = make_array(random, memory, HYP_I32, rows, columns, true);
    for (uint64_t i = 0; kind && i < rows; i++) { /* scores that are near each other */
        for (uint64_t j = 0; j < columns; j++) {
            hyp_array_store(&in->a, i, j, (int64_t)random_below(random, 1 << (14 + 3 * kind)));
        }
    }
    in->result = make_array(random, memory, HYP_I16, rows, columns, false);
    in->immediate[0] =
        random_below(random, 2) ? UINT32_MAX : (uint32_t)random_below(random, columns + 2);
    in->immediate[1] = (uint32_t)random_below(random, 3);
}

static void make_product(struct random *random, struct memory *memory, hyp_opcode opcode,
                         struct hyp_instruction *in)
{
    uint32_t rows = some_size(random, 4);
    uint32_t inner = some_size(random, 300);
    uint32_t columns = random_below(random, 2) ? 8 * (1 + (uint32_t)random_below(random, 3))
                                               : some_size(random, 40);
    bool wide = opcode == HYP_OPCODE_MATMUL16;

    in->a = make_array(random, memory, wide ? HYP_I16 : HYP_I8, rows, inner, true);
    in->b = make_array(random, memory, HYP_I8, inner, columns, true);
    in->result = make_array(random, memory, wide && random_below(random, 2) ? HYP_I64 : HYP_I32,
                            rows, columns, false);
    in->immediate[0] = wide ? (uint32_t)random_below(random, 40) : 0;
}

static void make_instruction(struct random *random, struct memory *memory, hyp_opcode opcode,
                             struct hyp_instruction *in)
{
    *in = (struct hyp_instruction){.opcode = opcode};
    switch (opcode) {
    case HYP_OPCODE_MATMUL:
    case HYP_OPCODE_MATMUL16:
        make_product(random, memory, opcode, in);
        break;
    case HYP_OPCODE_SOFTMAX:
        make_softmax(random, memory, in);
        break;
    case HYP_OPCODE_ROWMAX:
    case HYP_OPCODE_ROWABSMAX:
    case HYP_OPCODE_ROWSUM:
    case HYP_OPCODE_ARGMAX:
        make_reduction(random, memory, opcode, in);
        break;
    default:
        make_elementwise(random, memory, opcode, in);
    }
}

/* Both on the same memory, one after the other; all of it must come out the same. */
static bool compare(const struct hyp_opcode_kernels *kernels, struct hyp_instruction *in,
                    struct memory *memory)
{
    uint8_t *before = malloc(ROOM);
    uint8_t *wanted = malloc(ROOM);

    assert_true(before && wanted);
    memcpy(before, memory->bytes, ROOM);
    assert_int_equal(hyp_opcode_find((uint32_t)in->opcode)->reference(in, NULL), HYP_OK);
    memcpy(wanted, memory->bytes, ROOM);
    memcpy(memory->bytes, before, ROOM);
    bool taken = kernels->by_opcode[in->opcode](in);
    assert_memory_equal(memory->bytes, taken ? wanted : before, ROOM);
    free(before);
    free(wanted);
    return taken;
}

static void check_variant(enum hyp_cpu_variant variant)
{
    const struct hyp_opcode_kernels *kernels = hyp_opcode_kernels_of(variant);
    struct memory memory = {malloc(ROOM), 0};

    assert_non_null(memory.bytes);
    if (variant > hyp_cpu_variant_best()) {
        free(memory.bytes);
        print_message("skipped: this CPU has no %s\n", hyp_cpu_variant_name(variant));
        skip();
    }
    for (hyp_opcode opcode = HYP_OPCODE_MATMUL; opcode <= HYP_OPCODE_COPY; opcode++) {
        struct random random = {opcode};
        int taken = 0;
        for (int round = 0; kernels->by_opcode[opcode] && round < ROUNDS; round++) {
            struct hyp_instruction in;
            memset(memory.bytes, 0, ROOM);
            memory.used = 0;
            make_instruction(&random, &memory, opcode, &in);
            taken += compare(kernels, &in, &memory);
        }
        assert_true(!kernels->by_opcode[opcode] || taken > ROUNDS / 8);
    }
    free(memory.bytes);
}

static void portable_gives_the_bits_of_the_references(void **state)
{
    (void)state;
    check_variant(HYP_CPU_PORTABLE);
}

static void avx2_gives_the_bits_of_the_references(void **state)
{
    (void)state;
    check_variant(HYP_CPU_AVX2);
}

static void avx512_gives_the_bits_of_the_references(void **state)
{
    (void)state;
    check_variant(HYP_CPU_AVX512);
}

/* Sums at the edge of 32 bits and a row that is too long for the chunk. */
static void long_products_are_exact(void **state)
{
    enum { INNER = 70000 };
    int16_t *a = malloc(INNER * sizeof *a);
    int8_t *b = malloc(INNER * 8);
    int64_t got[8];

    (void)state;
    assert_true(a && b);
    for (int i = 0; i < INNER; i++) {
        a[i] = INT16_MIN;
        memset(b + 8 * i, -128, 8);
    }
    struct hyp_instruction in = {
        .opcode = HYP_OPCODE_MATMUL16,
        .a = {(uint8_t *)a, HYP_I16, 1, INNER, INNER, 1},
        .b = {(uint8_t *)b, HYP_I8, INNER, 8, 8, 1},
        .result = {(uint8_t *)got, HYP_I64, 1, 8, 8, 1},
    };
    for (int variant = 0; variant <= (int)hyp_cpu_variant_best(); variant++) {
        const struct hyp_opcode_kernels *kernels =
            hyp_opcode_kernels_of((enum hyp_cpu_variant)variant);
        memset(got, 0, sizeof got);
        assert_true(kernels->by_opcode[HYP_OPCODE_MATMUL16](&in));
        for (int j = 0; j < 8; j++) {
            assert_true(got[j] == (int64_t)INNER * 32768 * 128);
        }
    }
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portable_gives_the_bits_of_the_references),
        cmocka_unit_test(avx2_gives_the_bits_of_the_references),
        cmocka_unit_test(avx512_gives_the_bits_of_the_references),
        cmocka_unit_test(long_products_are_exact),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("kernels of opcodes", tests, NULL, NULL);
}
