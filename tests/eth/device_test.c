/* The device as a hasher and as a recoverer: rounds that are cut, messages larger than a batch, a
 * device whose memory is small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/cli/block.h"
#include "host/eth/writer.h"
#include "tests/eth/support.h"
#include "tests/support/shared_data.h"

enum { SMALL_MEMORY = 1 << 20, LARGE_MESSAGE = 3 << 20 };

static hyp_context *context;

static int set_up(void **state)
{
    (void)state;
    return hyp_context_create(NULL, &context, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    hyp_context_destroy(context);
    return 0;
}

static struct cli_device open_device(const char *name, uint64_t memory_bytes)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    struct cli_device cli = {.context = context};
    hyp_error error = {0, ""};

    options.memory_bytes = memory_bytes;
    if (hyp_device_open(context, name, &options, &cli.device, &error)) {
        print_message("skipped: %s\n", error.message);
        skip();
    }
    cli.info = hyp_device_get_info(cli.device);
    return cli;
}

static void close_device(struct cli_device *cli)
{
    hyp_device_close(cli->device);
}

/* A round whose messages have these sizes, hashed on the device and here. */
static void round_agrees(struct cli_device *cli, const size_t *sizes, size_t count)
{
    struct counting_hasher counter;
    struct eth_hasher here = counting_hasher(&counter);
    struct eth_message *messages = calloc(count, sizeof *messages);
    uint8_t(*digests)[ETH_HASH_SIZE] = calloc(2 * count, ETH_HASH_SIZE);
    struct block_device *device;
    uint64_t random = 99;
    size_t longest = 0;

    assert_non_null(messages);
    assert_non_null(digests);
    for (size_t i = 0; i < count; i++) {
        longest = sizes[i] > longest ? sizes[i] : longest;
    }
    uint8_t *content = malloc(longest + 64);
    assert_non_null(content);
    random_fill(&random, content, longest + 64);
    for (size_t i = 0; i < count; i++) {
        size_t head = sizes[i] < 5 ? sizes[i] : 5;
        messages[i].head = (struct eth_bytes){content + i % 50, head};
        messages[i].body = (struct eth_bytes){content + i % 60, sizes[i] - head};
        messages[i].digest = digests[i];
    }
    assert_int_equal(block_device_create(cli, &device), HYP_OK);
    struct eth_hasher hasher = block_device_hasher(device);
    assert_int_equal(hasher.hash(hasher.user, messages, count), 0);
    for (size_t i = 0; i < count; i++) {
        messages[i].digest = digests[count + i];
    }
    assert_int_equal(here.hash(here.user, messages, count), 0);
    assert_memory_equal(digests, digests + count, count * ETH_HASH_SIZE);
    assert_true(block_device_batches(device) >= 1);
    block_device_destroy(device);
    free(content);
    free(messages);
    free(digests);
}

/* More than one batch holds, and one message that is larger than a batch between small ones. */
static void rounds_on_the_cpu(void **state)
{
    enum { MANY = 10000 };
    struct cli_device cli = open_device("cpu", 0);
    size_t *sizes = calloc(MANY, sizeof *sizes);
    uint64_t random = 5;

    (void)state;
    assert_non_null(sizes);
    for (size_t i = 0; i < MANY; i++) {
        sizes[i] = random_below(&random, 600);
    }
    sizes[0] = 0;
    sizes[MANY / 2] = LARGE_MESSAGE;
    sizes[MANY - 1] = LARGE_MESSAGE;
    round_agrees(&cli, sizes, MANY);
    round_agrees(&cli, sizes, 1);
    free(sizes);
    close_device(&cli);
}

static void rounds_on_a_small_card(void **state)
{
    enum { MANY = 600 };
    struct cli_device cli = open_device("sim:0", SMALL_MEMORY);
    size_t sizes[MANY];
    uint64_t random = 6;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        sizes[i] = random_below(&random, 3000);
    }
    sizes[MANY / 2] =
        SMALL_MEMORY / 2 / 4 * 3 - 1024; /* the largest that block_device_fits lets pass */
    round_agrees(&cli, sizes, MANY);
    close_device(&cli);
}

/* A block with one transaction whose data is that large. */
static struct eth_writer large_block(size_t data_size)
{
    static const uint8_t zeros[256];
    static const size_t header_sizes[] = {32, 32, 20, 32, 32, 32, 256, 0, 0, 0, 0, 0, 0, 32, 8};
    struct eth_writer writer = {0};
    uint8_t *data = calloc(data_size, 1);
    size_t block = eth_write_begin(&writer);
    size_t header = eth_write_begin(&writer);

    assert_non_null(data);
    for (size_t i = 0; i < sizeof header_sizes / sizeof header_sizes[0]; i++) {
        eth_write_string(&writer, (struct eth_bytes){zeros, header_sizes[i]});
    }
    eth_write_end_list(&writer, header);
    size_t transactions = eth_write_begin(&writer);
    size_t transaction = eth_write_begin(&writer);
    for (size_t field = 0; field < 5; field++) {
        eth_write_u64(&writer, 0);
    }
    eth_write_string(&writer, (struct eth_bytes){data, data_size});
    eth_write_u64(&writer, 27);
    eth_write_u64(&writer, 1);
    eth_write_u64(&writer, 1);
    eth_write_end_list(&writer, transaction);
    eth_write_end_list(&writer, transactions);
    eth_write_end_list(&writer, eth_write_begin(&writer));
    eth_write_end_list(&writer, block);
    assert_false(writer.failed);
    free(data);
    return writer;
}

static bool large_block_fits(const struct cli_device *cli, char *problem, size_t size)
{
    struct eth_writer writer = large_block(LARGE_MESSAGE);
    struct eth_arena arena = {0};
    struct eth_block block;
    struct eth_error error;

    struct eth_bytes input = {writer.data, writer.size};
    assert_int_equal(eth_block_decode(input, &arena, &block, &error), ETH_OK);
    bool fits = block_device_fits(cli, &block, problem, size);
    eth_arena_release(&arena);
    eth_writer_release(&writer);
    return fits;
}

static void message_larger_than_the_card(void **state)
{
    struct cli_device cli = open_device("sim:0", SMALL_MEMORY);
    char problem[320] = "";

    (void)state;
    assert_false(large_block_fits(&cli, problem, sizeof problem));
    assert_non_null(strstr(problem, "too large for sim:0"));
    close_device(&cli);
    cli = open_device("cpu", 0);
    *problem = 0;
    assert_true(large_block_fits(&cli, problem, sizeof problem));
    assert_string_equal(problem, "");
    close_device(&cli);
}

/* Blocks before and after Homestead in one group: batches differ in their flags, senders do not get
 * mixed up. */
static void senders_of_mixed_blocks(void **state)
{
    static const char *const forks[] = {"frontier", "prague", "frontier", "berlin"};
    enum { BLOCKS = 4, REPEATS = 3 };
    struct cli_device cli = open_device("cpu", 0);
    struct eth_arena arena = {0};
    struct eth_block blocks[BLOCKS];
    struct block_senders senders[BLOCKS];
    struct eth_keccak_work work[BLOCKS] = {{0, 0, 0}};
    uint8_t(*hashes[BLOCKS])[ETH_HASH_SIZE];
    uint8_t *files[BLOCKS];
    struct block_recovery *recovery;
    struct counting_hasher counter;
    struct eth_hasher hasher = counting_hasher(&counter);
    struct eth_error error;
    char path[4200];

    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size;
        snprintf(path, sizeof path, "%s/%s.rlp", made_blocks_folder(), forks[i]);
        files[i] = read_whole_file(path, &size);
        assert_non_null(files[i]);
        struct eth_bytes input = {files[i], size};
        assert_int_equal(eth_block_decode(input, &arena, &blocks[i], &error), ETH_OK);
    }
    assert_int_equal(eth_blocks_signing_hashes(blocks, BLOCKS, &hasher, &arena, hashes, work), 0);
    assert_int_equal(block_recovery_create(&cli, UINT64_C(60000000000), &recovery), HYP_OK);
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        assert_int_equal(block_recovery_start(recovery, blocks, BLOCKS, hashes, &arena, senders),
                         HYP_OK);
        assert_int_equal(block_recovery_finish(recovery), HYP_OK);
        for (size_t i = 0; i < BLOCKS; i++) {
            assert_int_equal(senders[i].recovered, blocks[i].transaction_count);
            assert_int_equal(senders[i].failed, 0);
            /* make_block signs transaction t of every block with the same key. */
            assert_memory_equal(senders[i].addresses, senders[0].addresses,
                                blocks[i].transaction_count * ETH_ADDRESS_SIZE);
        }
    }
    assert_memory_not_equal(senders[0].addresses[0], senders[0].addresses[1], ETH_ADDRESS_SIZE);
    block_recovery_destroy(recovery);
    for (size_t i = 0; i < BLOCKS; i++) {
        free(files[i]);
    }
    eth_arena_release(&arena);
    close_device(&cli);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_on_the_cpu),
        cmocka_unit_test(rounds_on_a_small_card),
        cmocka_unit_test(message_larger_than_the_card),
        cmocka_unit_test(senders_of_mixed_blocks),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("block device", tests, set_up, tear_down);
}
