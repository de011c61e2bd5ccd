/* Slices of several batches gathered into one: every item means there what it meant where it came
 * from. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/src/ops/matmul.h"
#include "host/src/ops/op.h"
#include "host/src/ops/ops.h"
#include "tests/support/random_batch.h"
#include "tests/support/test.h"

enum { INPUT_BYTES = 1 << 20, SOURCES = 3, ROUNDS = 200 };

struct source {
    hyp_batch_header header;
    uint8_t *input;
    uint8_t *output; /* what the reference makes of it */
};

static void compute(struct source *source, const struct hyp_op_info *op, size_t bytes)
{
    memcpy(&source->header, source->input, sizeof source->header);
    assert_int_equal(hyp_batch_check(&source->header, bytes), HYP_OK);
    source->output = calloc(1, hyp_batch_output_bytes(&source->header));
    op->reference(source->input, bytes, NULL, source->output, 0, source->header.item_count);
}

/* Sizes that are often nothing, and flags that do not always go together. */
static hyp_matmul_descriptor draw_product(struct random *random)
{
    return (hyp_matmul_descriptor){
        .rows = (uint32_t)random_below(random, 4),
        .inner = random_below(random, 20) ? (uint32_t)random_below(random, 3) : 131072,
        .columns = (uint32_t)random_below(random, 4) * 30,
        .flags = (uint32_t)random_below(random, 34),
    };
}

/* A place for a part in the data section, in one of 20 times somewhere else; of what is said to be
 * resident, where it may be if it is nothing. */
static uint64_t draw_place(const hyp_batch_header *header, struct random *random, bool is_resident)
{
    if (is_resident) {
        return random_below(random, 8) ? 0 : 64;
    }
    uint64_t place = header->data_offset + random_below(random, header->data_length / 64) / 2 * 64;
    return random_below(random, 20) ? place : 32 * random_below(random, 1000);
}

/* Products of anything that lies in the data, each with a place of its own for its result. Returns
 * its length. */
static size_t random_products(struct random *random, uint8_t *input)
{
    enum { PRODUCTS = 150, DATA_BEATS = 100 };
    hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                               .layout_version = HYP_BATCH_LAYOUT_VERSION,
                               .op = HYP_OP_MATMUL,
                               .item_count = PRODUCTS,
                               .descriptors_offset = sizeof header,
                               .descriptors_length = PRODUCTS * sizeof(hyp_matmul_descriptor),
                               .data_offset =
                                   sizeof header + PRODUCTS * sizeof(hyp_matmul_descriptor),
                               .data_length = DATA_BEATS * 64};
    for (uint64_t i = 0; i < header.data_length; i++) {
        input[header.data_offset + i] = (uint8_t)random_below(random, 256);
    }
    for (size_t i = 0; i < PRODUCTS; i++) {
        hyp_matmul_descriptor item = draw_product(random);
        bool is_resident = item.flags & HYP_MATMUL_B_RESIDENT;
        item.a_offset = draw_place(&header, random, false);
        item.accumulate_offset = draw_place(&header, random, false);
        item.b_offset = draw_place(&header, random, is_resident);
        item.bias_offset = draw_place(&header, random, is_resident);
        item.requant_offset = draw_place(&header, random, is_resident);
        item.result_offset = (uint64_t)header.result_beats * 64;
        if (random_below(random, 10)) {
            header.result_beats += (uint32_t)hyp_matmul_beats(&item).result;
        } else {
            item.result_offset = UINT64_MAX - 63; /* none */
        }
        memcpy(input + sizeof header + i * sizeof item, &item, sizeof item);
    }
    memcpy(input, &header, sizeof header);
    return header.data_offset + header.data_length;
}

/* The known answers of an op; of keccak256 and matmul also random batches, which have bad items of
 * all kinds. */
static void make_sources(struct source *sources, const struct hyp_op_info *op,
                         struct random *random)
{
    for (int i = 0; i < SOURCES; i++) {
        struct source *source = &sources[i];
        source->input = calloc(1, INPUT_BYTES);
        size_t bytes = hyp_known_answer_batch(op, source->input, INPUT_BYTES);
        if (op->op == HYP_OP_KECCAK256 && i) {
            struct random_batch batch = random_batch_create(random, 150, LENGTHS_TO_2000, 20);
            bytes = batch.input_bytes;
            assert_true(bytes <= INPUT_BYTES);
            memcpy(source->input, batch.input, bytes);
            random_batch_destroy(&batch);
        } else if (op->op == HYP_OP_MATMUL && i) {
            bytes = random_products(random, source->input);
        }
        compute(source, op, bytes);
    }
}

static void release_sources(struct source *sources)
{
    for (int i = 0; i < SOURCES; i++) {
        free(sources[i].input);
        free(sources[i].output);
    }
}

static void draw_slices(const struct source *sources, struct random *random,
                        struct hyp_slice *slices, const struct source **from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct source *source = &sources[random_below(random, SOURCES)];
        uint32_t first = (uint32_t)random_below(random, source->header.item_count);
        uint32_t most = source->header.item_count - first;
        from[i] = source;
        slices[i] = (struct hyp_slice){&source->header, source->input, first,
                                       first + 1 + (uint32_t)random_below(random, most)};
    }
}

static void compare_item(const struct source *source, uint32_t index, const struct source *gathered,
                         uint32_t at)
{
    uint64_t from;
    uint64_t from_length;
    uint64_t to;
    uint64_t to_length;

    assert_int_equal(gathered->output[HYP_STATUS_OFFSET + at],
                     source->output[HYP_STATUS_OFFSET + index]);
    bool placed = hyp_result_region(&source->header, source->input, index, &from, &from_length);
    assert_int_equal(hyp_result_region(&gathered->header, gathered->input, at, &to, &to_length),
                     placed);
    if (placed) {
        assert_int_equal(to_length, from_length);
        assert_memory_equal(gathered->output + to, source->output + from, from_length);
    }
}

static void gather_once(const struct hyp_op_info *op, const struct source *sources,
                        struct random *random)
{
    struct hyp_slice slices[HYP_MOST_SLICES];
    const struct source *from[HYP_MOST_SLICES];
    size_t count = 1 + random_below(random, HYP_MOST_SLICES);
    struct source gathered = {.output = NULL};

    draw_slices(sources, random, slices, from, count);
    size_t bytes = op->gather(slices, count, 4711, NULL, 0);
    gathered.input = malloc(bytes); /* exactly: what is written behind it is found */
    assert_int_equal(op->gather(slices, count, 4711, gathered.input, bytes), bytes);
    compute(&gathered, op, bytes);
    assert_int_equal(gathered.header.sequence, 4711);
    assert_int_equal(gathered.header.flags, sources[0].header.flags);
    assert_int_equal(gathered.header.item_count, hyp_slices_items(slices, count));
    uint32_t at = 0;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t item = slices[i].first; item < slices[i].last; item++) {
            compare_item(from[i], item, &gathered, at++);
        }
    }
    free(gathered.input);
    free(gathered.output);
}

static void items_mean_what_they_meant(void **state)
{
    struct random random = {0x676174686572};

    (void)state;
    for (size_t i = 0; hyp_ops[i]; i++) {
        struct source sources[SOURCES];
        make_sources(sources, hyp_ops[i], &random);
        for (int round = 0; round < (hyp_ops[i]->op == HYP_OP_ECRECOVER ? ROUNDS / 10 : ROUNDS);
             round++) {
            gather_once(hyp_ops[i], sources, &random);
        }
        release_sources(sources);
    }
}

/* Two messages whose places differ by 4 GiB: the second lies where the first would end if offsets
 * had 32 bits. Only the pages that are used take memory. */
static void places_beyond_4_gib_are_told_apart(void **state)
{
    const uint64_t far = UINT64_C(1) << 32;
    const size_t size = far + 8192;
    uint8_t *input = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct source source = {.input = input};
    struct source gathered = {.output = NULL};

    (void)state;
    assert_true(input != MAP_FAILED);
    const hyp_keccak_descriptor messages[] = {{far + 4096, 8, 0}, {4096 + 8, 8, 0}};
    const hyp_batch_header header = {.magic = HYP_BATCH_INPUT_MAGIC,
                                     .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                     .op = HYP_OP_KECCAK256,
                                     .item_count = 2,
                                     .descriptors_offset = sizeof header,
                                     .descriptors_length = sizeof messages,
                                     .data_offset = 4096,
                                     .data_length = size - 4096};
    memcpy(input, &header, sizeof header);
    memcpy(input + sizeof header, messages, sizeof messages);
    memset(input + messages[0].offset, 0x11, 8);
    memset(input + messages[0].offset + 8, 0x22, 8);
    memset(input + messages[1].offset, 0x33, 8);
    compute(&source, &hyp_op_keccak256, size);
    const struct hyp_slice slice = {&source.header, source.input, 0, 2};
    size_t bytes = hyp_op_keccak256.gather(&slice, 1, 1, NULL, 0);
    gathered.input = malloc(bytes);
    assert_int_equal(hyp_op_keccak256.gather(&slice, 1, 1, gathered.input, bytes), bytes);
    compute(&gathered, &hyp_op_keccak256, bytes);
    assert_memory_equal(gathered.output + hyp_results_offset(2),
                        source.output + hyp_results_offset(2), 64);
    free(gathered.input);
    free(gathered.output);
    free(source.output);
    munmap(input, size);
}

/* Two batches of one item each, in pages of their own: the first look at the second finds that the
 * descriptor of the first has changed. */
enum { WATCHED_BYTES = 8192 };
static struct source watched[2];
static const void *change;
static size_t change_bytes;

static void make_change(int signal)
{
    (void)signal;
    memcpy(watched[0].input + sizeof(hyp_batch_header), change, change_bytes);
    mprotect(watched[1].input, WATCHED_BYTES, PROT_READ | PROT_WRITE);
}

static void make_watched(const struct hyp_op_info *op, const void *item, uint32_t result_beats)
{
    for (int i = 0; i < 2; i++) {
        struct source *source = &watched[i];
        source->header = (hyp_batch_header){.magic = HYP_BATCH_INPUT_MAGIC,
                                            .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                            .op = (uint16_t)op->op,
                                            .item_count = 1,
                                            .descriptors_offset = sizeof source->header,
                                            .descriptors_length = op->descriptor_size,
                                            .data_offset = WATCHED_BYTES / 2,
                                            .data_length = WATCHED_BYTES / 2,
                                            .result_beats = result_beats};
        source->input =
            mmap(NULL, WATCHED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(source->input != MAP_FAILED);
        memset(source->input, 0x11, WATCHED_BYTES);
        memcpy(source->input, &source->header, sizeof source->header);
        memcpy(source->input + sizeof source->header, item, op->descriptor_size);
        compute(source, op, WATCHED_BYTES);
    }
}

/* The first item's descriptor becomes `changed` between two looks at it: it is bad then, and has no
 * place that belongs to the second, which is as it was. */
static void gather_changing(const struct hyp_op_info *op, const void *changed)
{
    const struct sigaction action = {.sa_handler = make_change};
    struct source gathered = {.input = calloc(1, WATCHED_BYTES)};
    struct sigaction before;
    uint64_t place;
    uint64_t length;

    const struct hyp_slice slices[] = {{&watched[0].header, watched[0].input, 0, 1},
                                       {&watched[1].header, watched[1].input, 0, 1}};
    change = changed;
    change_bytes = op->descriptor_size;
    sigaction(SIGSEGV, &action, &before);
    mprotect(watched[1].input, WATCHED_BYTES, PROT_NONE);
    size_t bytes = op->gather(slices, 2, 1, gathered.input, WATCHED_BYTES);
    sigaction(SIGSEGV, &before, NULL);
    assert_memory_equal(watched[0].input + sizeof(hyp_batch_header), changed, change_bytes);
    compute(&gathered, op, bytes);
    assert_int_equal(gathered.output[HYP_STATUS_OFFSET], HYP_STATUS_BAD_INPUT);
    assert_true(!hyp_result_region(&gathered.header, gathered.input, 0, &place, &length) ||
                place + length <= hyp_results_offset(2) + 64);
    compare_item(&watched[1], 0, &gathered, 1);
    free(gathered.input);
    free(gathered.output);
    for (int i = 0; i < 2; i++) {
        free(watched[i].output);
        munmap(watched[i].input, WATCHED_BYTES);
    }
}

static void products_that_change_harm_no_others(void **state)
{
    enum { DATA = WATCHED_BYTES / 2 };
    static const struct {
        uint64_t a, b, result;
    } places[] = {{64, 64, 128}, {128, 64, 64}, {64, 128, 64}, {64, 64, 0}, {0, 64, 64}};
    hyp_matmul_descriptor item = {.rows = 1, .inner = 1, .columns = 1};

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        item.a_offset = item.b_offset = DATA + 64;
        item.result_offset = 64;
        make_watched(&hyp_op_matmul, &item, 64);
        item.a_offset = DATA + places[i].a;
        item.b_offset = DATA + places[i].b;
        item.result_offset = places[i].result;
        gather_changing(&hyp_op_matmul, &item);
    }
}

static void messages_that_grow_harm_no_others(void **state)
{
    hyp_keccak_descriptor item = {WATCHED_BYTES / 2, 8, 0};

    (void)state;
    make_watched(&hyp_op_keccak256, &item, 0);
    item.length = 16;
    gather_changing(&hyp_op_keccak256, &item);
}

static void nothing_is_written_where_there_is_no_room(void **state)
{
    struct random random = {0x726f6f6d};

    (void)state;
    for (size_t i = 0; hyp_ops[i]; i++) {
        struct source sources[SOURCES];
        make_sources(sources, hyp_ops[i], &random);
        const struct hyp_slice slices[] = {{&sources[0].header, sources[0].input, 0, 3},
                                           {&sources[1].header, sources[1].input, 1, 4}};
        size_t bytes = hyp_ops[i]->gather(slices, 2, 1, NULL, 0);
        uint8_t *out = malloc(bytes);
        memset(out, 0x55, bytes);
        assert_int_equal(hyp_ops[i]->gather(slices, 2, 1, out, bytes - 1), bytes);
        for (size_t b = 0; b < bytes; b++) {
            assert_int_equal(out[b], 0x55);
        }
        free(out);
        release_sources(sources);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_mean_what_they_meant),
        cmocka_unit_test(places_beyond_4_gib_are_told_apart),
        cmocka_unit_test(products_that_change_harm_no_others),
        cmocka_unit_test(messages_that_grow_harm_no_others),
        cmocka_unit_test(nothing_is_written_where_there_is_no_room),
    };
    return cmocka_run_group_tests_name("gather", tests, NULL, NULL);
}
