/* hyperion block: checks that blocks hash to what their headers say, with all hashing on a device.
 * Files are checked in groups, so that a device with a slow start gets few large batches. */
#include "host/cli/block.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "usage: hyperion block [OPTION…] FILE.rlp…\n\n"
    "Checks Ethereum blocks (RLP of [header, transactions, uncles, withdrawals]): hashes header "
    "and\n"
    "transactions, rebuilds the roots of transactions and withdrawals level by level on the "
    "device,\n"
    "compares with the header, and recovers who signed. FILE may be - for standard input.\n\n"
    "  --json             one object a block instead of the table\n"
    "  --txs              also hash and sender of every transaction\n"
    "  --no-senders       only hashes and roots\n" CLI_DEVICE_HELP
    "\nExit code 0 if all blocks are ok, 1 if one is not, 2 if one cannot be read, 3 if the device "
    "fails.\n\nexample: hyperion block --device cpu block.rlp\n";

/* A group is closed when it has this many files or bytes; early on a simulated card, whose verdicts
 * take seconds. */
enum { GROUP_FILES = 64, GROUP_BYTES = 16 << 20, SIMULATED_GROUP_BYTES = 1 << 20 };
#define MAX_FILE_BYTES ((size_t)256 << 20)

struct group {
    struct block_file files[GROUP_FILES];
    size_t file_count;
    size_t bytes;
    struct eth_block blocks[GROUP_FILES]; /* of the files that could be decoded, in their order */
    struct eth_block_check checks[GROUP_FILES];
    struct block_senders senders[GROUP_FILES];
    size_t block_count;
    struct eth_arena arena;
    struct eth_arena scratch;
};

struct run {
    struct block_options options;
    struct cli_device cli;
    struct block_device *device;
    struct block_recovery *recovery; /* NULL: senders are not asked for, or the device cannot */
    struct block_totals totals;
    size_t group_bytes;
    struct group group;
};

/* How much to allocate at first: what a regular file has, and a byte to see its end. */
static size_t expected_size(FILE *stream)
{
    struct stat status;

    if (fstat(fileno(stream), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < 0 ||
        (size_t)status.st_size >= MAX_FILE_BYTES) {
        return (size_t)1 << 16;
    }
    return (size_t)status.st_size + 1;
}

/* Reads all of a file; on failure `problem` tells why and the content is NULL. */
static uint8_t *read_stream(FILE *stream, size_t *size, char *problem, size_t problem_size)
{
    size_t capacity = expected_size(stream);
    uint8_t *content = malloc(capacity);
    size_t got = 1;

    for (*size = 0; content && got > 0 && *size <= MAX_FILE_BYTES; *size += got) {
        if (*size == capacity) {
            uint8_t *larger = realloc(content, capacity *= 2);
            if (!larger) {
                free(content);
            }
            content = larger;
        }
        got = content ? fread(content + *size, 1, capacity - *size, stream) : 0;
    }
    if (content && !ferror(stream) && *size <= MAX_FILE_BYTES) {
        return content;
    }
    snprintf(problem, problem_size, "%s",
             !content         ? "no memory"
             : ferror(stream) ? strerror(errno)
                              : "larger than any block");
    free(content);
    return NULL;
}

static void read_file(struct block_file *file)
{
    bool standard_input = strcmp(file->name, "-") == 0;
    FILE *stream = standard_input ? stdin : fopen(file->name, "rb");

    if (!stream) {
        snprintf(file->problem, sizeof file->problem, "%s", strerror(errno));
        return;
    }
    file->content = read_stream(stream, &file->size, file->problem, sizeof file->problem);
    if (!standard_input) {
        fclose(stream);
    }
}

static void add_file(struct run *run, const char *name)
{
    struct group *group = &run->group;
    struct block_file *file = &group->files[group->file_count++];
    struct eth_block *block = &group->blocks[group->block_count];
    struct eth_error error;

    *file = (struct block_file){.name = name, .started_ns = hyp_clock_ns()};
    read_file(file);
    if (!file->content) {
        return;
    }
    group->bytes += file->size;
    struct eth_bytes input = {file->content, file->size};
    if (eth_block_decode(input, &group->arena, block, &error)) {
        eth_error_text(&error, file->problem, sizeof file->problem);
    } else if (block_device_fits(&run->cli, block, file->problem, sizeof file->problem)) {
        file->block = block;
        file->senders = run->recovery ? &group->senders[group->block_count] : NULL;
        file->check = &group->checks[group->block_count++];
    }
}

static void add_totals(struct block_totals *totals, const struct block_file *file)
{
    totals->blocks++;
    if (*file->problem) {
        totals->unread++;
        return;
    }
    totals->wrong += !block_file_ok(file);
    totals->senders += file->senders ? file->senders->recovered : 0;
    totals->transactions += file->block->transaction_count;
    totals->keccak.items += file->check->keccak.items;
    totals->keccak.permutations += file->check->keccak.permutations;
}

static int report_group(struct run *run)
{
    struct group *group = &run->group;
    uint64_t now = hyp_clock_ns();
    int worst = CLI_OK;

    for (size_t i = 0; i < group->file_count; i++) {
        group->files[i].finished_ns = now;
        add_totals(&run->totals, &group->files[i]);
        worst = cli_worse(worst,
                          block_print_file(&run->options, &group->files[i], run->cli.info->name));
    }
    fflush(stdout);
    return worst;
}

/* A device that fails leaves the blocks of its group without a verdict. */
static int fail_group(struct run *run, int error)
{
    struct group *group = &run->group;
    int code = cli_device_failure(&run->cli, "the device failed", error);

    for (size_t i = 0; i < group->file_count; i++) {
        struct block_file *file = &group->files[i];
        if (!*file->problem) {
            snprintf(file->problem, sizeof file->problem, "not checked, %s failed: %s",
                     run->cli.info->name, hyp_strerror(error));
        }
    }
    return cli_worse(code, CLI_DEVICE);
}

/* Hashes what was signed, hands it to the recovery, and hashes all else while that works. */
static int verify_with_senders(struct run *run, const struct eth_hasher *hasher)
{
    struct group *group = &run->group;
    uint8_t(*hashes[GROUP_FILES])[ETH_HASH_SIZE];
    struct eth_keccak_work signing[GROUP_FILES] = {{0, 0, 0}};

    int error = eth_blocks_signing_hashes(group->blocks, group->block_count, hasher, &group->arena,
                                          hashes, signing);
    if (error) {
        return error;
    }
    error = block_recovery_start(run->recovery, group->blocks, group->block_count, hashes,
                                 &group->arena, group->senders);
    if (error == HYP_OK) {
        error = eth_blocks_verify(group->blocks, group->block_count, hasher, &group->arena,
                                  &group->scratch, group->checks);
    }
    int finished = block_recovery_finish(run->recovery);
    for (size_t i = 0; i < group->block_count; i++) {
        group->checks[i].keccak.items += signing[i].items;
        group->checks[i].keccak.permutations += signing[i].permutations;
        group->checks[i].keccak.batches += signing[i].batches;
    }
    return error ? error : finished;
}

static int verify_group(struct run *run)
{
    struct group *group = &run->group;
    struct eth_hasher hasher = block_device_hasher(run->device);

    if (run->recovery) {
        return verify_with_senders(run, &hasher);
    }
    return eth_blocks_verify(group->blocks, group->block_count, &hasher, &group->arena,
                             &group->scratch, group->checks);
}

/* Checks, reports and forgets the files of the group. */
static int finish_group(struct run *run)
{
    struct group *group = &run->group;
    int code = CLI_OK;

    if (group->block_count > 0) {
        int error = verify_group(run);
        code = error ? fail_group(run, error) : CLI_OK;
    }
    code = cli_worse(code, report_group(run));
    for (size_t i = 0; i < group->file_count; i++) {
        free(group->files[i].content);
    }
    eth_arena_reset(&group->arena);
    eth_arena_reset(&group->scratch);
    group->file_count = group->block_count = group->bytes = 0;
    return code;
}

static int check_files(struct run *run, char **names, int count)
{
    struct group *group = &run->group;
    int worst = CLI_OK;

    run->totals.started_ns = hyp_clock_ns();
    run->totals.has_senders = run->recovery != NULL;
    run->group_bytes =
        run->cli.info->kind == HYP_DEVICE_SIMULATED_CARD ? SIMULATED_GROUP_BYTES : GROUP_BYTES;
    block_print_head(&run->options);
    for (int i = 0; i < count && worst < CLI_DEVICE; i++) {
        add_file(run, names[i]);
        if (group->file_count == GROUP_FILES || group->bytes >= run->group_bytes ||
            i == count - 1) {
            worst = cli_worse(worst, finish_group(run));
            if (worst == CLI_DEVICE && i < count - 1) {
                cli_error("the device failed; %d files were not looked at", count - 1 - i);
            }
        }
    }
    run->totals.keccak.batches = block_device_batches(run->device);
    block_print_totals(&run->options, &run->totals, run->cli.info->name);
    return worst;
}

static int create_recovery(struct run *run, uint64_t timeout_ns)
{
    enum { DEFAULT_TIMEOUT_S = 60 };

    if (run->options.no_senders || !hyp_device_capability(run->cli.device, HYP_OP_ECRECOVER)) {
        return HYP_OK;
    }
    timeout_ns = timeout_ns ? timeout_ns : DEFAULT_TIMEOUT_S * UINT64_C(1000000000);
    return block_recovery_create(&run->cli, timeout_ns, &run->recovery);
}

static int check_on_device(const struct cli_device_options *device_options,
                           const struct block_options *options, char **names, int count)
{
    struct run *run = calloc(1, sizeof *run);

    if (!run) {
        cli_error("%s", hyp_strerror(HYP_ENOMEM));
        return CLI_DEVICE;
    }
    run->options = *options;
    int code = cli_device_open(device_options, &run->cli);
    if (code == CLI_OK) {
        int error = block_device_create(&run->cli, &run->device);
        if (error == HYP_OK) {
            error = create_recovery(run, device_options->device.job_timeout_ns);
        }
        code = error ? cli_device_failure(&run->cli, "cannot start", error)
                     : check_files(run, names, count);
        block_recovery_destroy(run->recovery);
        block_device_destroy(run->device);
        cli_device_close(&run->cli);
    }
    eth_arena_release(&run->group.arena);
    eth_arena_release(&run->group.scratch);
    free(run);
    return code;
}

int cli_block(int argc, char **argv)
{
    static const struct option long_options[] = {
        CLI_DEVICE_LONG_OPTIONS,          {"json", no_argument, NULL, 'j'},
        {"txs", no_argument, NULL, 't'},  {"no-senders", no_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'}, {0}};
    struct cli_device_options device_options = CLI_DEVICE_OPTIONS_INIT;
    struct block_options options = {false, false, false};
    int option;

    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return CLI_OK;
        }
        if (option == 'j') {
            options.json = true;
        } else if (option == 't') {
            options.txs = true;
        } else if (option == 'n') {
            options.no_senders = true;
        } else if (cli_device_option(&device_options, option, optarg)) {
            return CLI_USAGE;
        }
    }
    if (optind == argc) {
        cli_error("no FILE given");
        return cli_usage();
    }
    return check_on_device(&device_options, &options, argv + optind, argc - optind);
}
