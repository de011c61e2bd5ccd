#include "tests/xrt/fixture.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/src/ops/op.h"
#include "tests/support/random_batch.h"

const struct hyp_backend *xrt_backend = &hyp_backend_xrt;
char xrt_fake_xclbin[PATH_MAX];
char xrt_runtime[64];

/* Takes a folder of that name out of a path. */
static void skip_folder(char *path, const char *folder)
{
    char *found = strstr(path, folder);
    size_t length = strlen(folder);
    if (found && (found[length] == '/' || found[length] == '\0'))
        memmove(found, found + length, strlen(found + length) + 1);
}

int xrt_setup(void **state)
{
    (void)state;
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (length < 0)
        return -1;
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    /* What a test runs is not instrumented: sanitizers do not work over XRT. */
    skip_folder(program, "/asan");
    skip_folder(program, "/tsan");
    snprintf(xrt_fake_xclbin, sizeof(xrt_fake_xclbin), "%.4000s/fake.hw_emu.xclbin", program);
    strcpy(xrt_runtime, "/tmp/hyperion-test-XXXXXX");
    if (!mkdtemp(xrt_runtime))
        return -1;
    return setenv("XDG_RUNTIME_DIR", xrt_runtime, 1);
}

int xrt_use_xrt(void **state)
{
    (void)state;
    xrt_backend = &hyp_backend_xrt;
    return 0;
}

int xrt_use_opencl(void **state)
{
    (void)state;
    xrt_backend = &hyp_backend_opencl;
    return 0;
}

int xrt_teardown(void **state)
{
    (void)state;
    return rmdir(xrt_runtime);
}

int xrt_setup_fake_host(void **state)
{
    char program[PATH_MAX];
    int result = xrt_setup(state);
    snprintf(program, sizeof(program), "%.*s/fake-host",
             (int)(strrchr(xrt_fake_xclbin, '/') - xrt_fake_xclbin), xrt_fake_xclbin);
    return result ? result : setenv("HYP_CARD_HOST", program, 1);
}

struct xrt_fixture xrt_open(const char *bitstream)
{
    struct xrt_fixture fixture = {0};
    hyp_error error = {0, ""};
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    options.bitstream = bitstream;
    assert_int_equal(hyp_context_create(NULL, &fixture.context, &error), HYP_OK);
    int result =
        xrt_backend->open(fixture.context, 0, &options, &fixture.card, &fixture.info, &error);
    if (result != HYP_OK)
        fail_msg("open: %d, %s", result, error.message);
    return fixture;
}

void xrt_close(struct xrt_fixture *fixture)
{
    xrt_backend->close(fixture->card);
    hyp_context_destroy(fixture->context);
}

int xrt_refused(const char *bitstream, hyp_error *error)
{
    hyp_device_options options = HYP_DEVICE_OPTIONS_INIT;
    hyp_context *context;
    void *card;
    hyp_device_info info;
    options.bitstream = bitstream;
    *error = (hyp_error){0, ""};
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    int result = xrt_backend->open(context, 0, &options, &card, &info, error);
    assert_true(result < 0);
    assert_int_equal(error->code, result);
    assert_true(strlen(error->message) > 10);
    hyp_context_destroy(context);
    assert_int_equal(xrt_leftovers(), 0);
    return result;
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) / to * to;
}

static void fill(struct xrt_batch *batch, uint32_t items, uint32_t max_length, uint64_t seed)
{
    hyp_batch_header *header = batch->input.data;
    uint8_t *bytes = batch->input.data;
    hyp_keccak_descriptor *descriptors = (hyp_keccak_descriptor *)(bytes + sizeof(*header));
    struct random random = {seed + 1};
    uint64_t data = round_up(sizeof(*header) + items * sizeof(*descriptors), 64), offset = data;
    for (uint32_t i = 0; i < items; i++) {
        descriptors[i].offset = offset;
        descriptors[i].length = (uint32_t)random_below(&random, (uint64_t)max_length + 1);
        for (uint32_t j = 0; j < descriptors[i].length; j++)
            bytes[offset + j] = (uint8_t)random_u64(&random);
        offset += round_up(descriptors[i].length, 8);
    }
    *header = (hyp_batch_header){.magic = HYP_BATCH_INPUT_MAGIC,
                                 .layout_version = HYP_BATCH_LAYOUT_VERSION,
                                 .op = HYP_OP_KECCAK256,
                                 .item_count = items,
                                 .sequence = seed,
                                 .descriptors_offset = sizeof(*header),
                                 .descriptors_length = items * sizeof(*descriptors),
                                 .data_offset = data,
                                 .data_length = offset - data};
    batch->run.input_bytes = offset;
    batch->run.output_bytes = hyp_batch_output_bytes(header);
}

static void allocate(struct xrt_fixture *fixture, struct xrt_batch *batch, size_t input,
                     size_t output)
{
    *batch = (struct xrt_batch){0};
    assert_int_equal(
        hyp_card_memory_create(xrt_backend, fixture->card, fixture->context, input, &batch->input),
        HYP_OK);
    assert_int_equal(hyp_card_memory_create(xrt_backend, fixture->card, fixture->context, output,
                                            &batch->output),
                     HYP_OK);
    batch->run.op = HYP_OP_KECCAK256;
    batch->run.input = &batch->input;
    batch->run.output = &batch->output;
}

void xrt_batch_create(struct xrt_fixture *fixture, struct xrt_batch *batch, uint32_t items,
                      uint32_t max_length, uint64_t seed)
{
    allocate(fixture, batch, 128 + (size_t)items * (16 + round_up(max_length, 8)),
             hyp_results_offset(items) + (size_t)items * HYP_KECCAK_DIGEST_SIZE);
    fill(batch, items, max_length, seed);
}

void xrt_batch_wrap(struct xrt_fixture *fixture, struct xrt_batch *batch, const void *bytes,
                    size_t input_bytes, size_t output_bytes)
{
    allocate(fixture, batch, input_bytes, output_bytes);
    memcpy(batch->input.data, bytes, input_bytes);
    batch->run.input_bytes = input_bytes;
    batch->run.output_bytes = output_bytes;
}

void xrt_batch_destroy(struct xrt_fixture *fixture, struct xrt_batch *batch)
{
    (void)fixture;
    hyp_card_memory_destroy(xrt_backend, fixture->card, &batch->input);
    hyp_card_memory_destroy(xrt_backend, fixture->card, &batch->output);
}

static const hyp_result_header *check_header(const struct xrt_batch *batch)
{
    const hyp_batch_header *asked = batch->input.data;
    const hyp_result_header *result = batch->output.data;
    assert_int_equal(result->magic, HYP_BATCH_OUTPUT_MAGIC);
    assert_int_equal(result->item_count, asked->item_count);
    assert_int_equal(result->sequence, asked->sequence);
    assert_int_equal(result->status, HYP_STATUS_OK);
    return result;
}

void xrt_check_fake(const struct xrt_batch *batch)
{
    const hyp_result_header *result = check_header(batch);
    const uint8_t *descriptors = (const uint8_t *)batch->input.data + sizeof(hyp_batch_header);
    const uint8_t *results =
        (const uint8_t *)batch->output.data + hyp_results_offset(result->item_count);
    for (size_t i = 0; i < result->item_count; i++)
        assert_memory_equal(results + i * HYP_KECCAK_DIGEST_SIZE, descriptors + i * 16, 16);
}

void xrt_check_keccak(const struct xrt_batch *batch)
{
    const hyp_result_header *result = check_header(batch);
    const struct hyp_op_info *op = hyp_op_find(HYP_OP_KECCAK256);
    uint8_t *wanted = calloc(1, batch->output.size);
    assert_non_null(wanted);
    op->reference(batch->input.data, batch->run.input_bytes, NULL, wanted, 0, result->item_count);
    assert_memory_equal((const uint8_t *)batch->output.data + HYP_STATUS_OFFSET,
                        wanted + HYP_STATUS_OFFSET, batch->run.output_bytes - HYP_STATUS_OFFSET);
    free(wanted);
}

void xrt_run(struct xrt_fixture *fixture, struct xrt_batch *batch)
{
    struct hyp_run *finished = NULL;
    hyp_error error = {0, ""};
    uint64_t until = hyp_clock_ns() + UINT64_C(20000000000);
    assert_int_equal(xrt_backend->start(fixture->card, &batch->run), HYP_OK);
    while (!finished && hyp_clock_ns() < until) {
        int result = xrt_backend->progress(fixture->card, until, &finished, &error);
        if (result != HYP_OK)
            fail_msg("progress: %d, %s", result, error.message);
    }
    assert_ptr_equal(finished, &batch->run);
    assert_null(finished->next);
    assert_int_equal(batch->run.result, HYP_OK);
}

int xrt_wait_lost(struct xrt_fixture *fixture, unsigned timeout_ms, hyp_error *error)
{
    uint64_t until = hyp_clock_ns() + timeout_ms * UINT64_C(1000000);
    while (hyp_clock_ns() < until) {
        struct hyp_run *finished;
        int result = xrt_backend->progress(fixture->card, until, &finished, error);
        if (result != HYP_OK)
            return result;
    }
    return 0;
}

/* Program, state and parent of a process. False where there is none of this number, or only its
 * corpse, which init has not buried yet. */
static bool look_at(pid_t pid, char program[64], pid_t *parent)
{
    char path[64], text[512], state;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    bool read = fgets(text, sizeof(text), file) &&
                sscanf(text, "%*d (%63[^)]) %c %d", program, &state, parent) == 3;
    fclose(file);
    return read && state != 'Z';
}

/* The index-th child of `parent` whose program begins with `name`, in order of process id. */
static pid_t find_child(pid_t parent, const char *name, unsigned index)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;
    pid_t found[64];
    unsigned count = 0;
    assert_non_null(proc);
    while ((entry = readdir(proc)) && count < 64) {
        char program[64];
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10), its_parent;
        if (pid > 0 && look_at(pid, program, &its_parent) && its_parent == parent &&
            strncmp(program, name, strlen(name)) == 0)
            found[count++] = pid;
    }
    closedir(proc);
    for (unsigned i = 0; i < count; i++) {
        unsigned smaller = 0;
        for (unsigned j = 0; j < count; j++)
            smaller += found[j] < found[i];
        if (smaller == index)
            return found[i];
    }
    return 0;
}

pid_t xrt_helper(unsigned index)
{
    return find_child(getpid(), "hyperion-card-h", index);
}

pid_t xrt_simulator(pid_t helper)
{
    return find_child(helper, "hyperion-sim-ca", 0);
}

void xrt_assert_gone(pid_t pid)
{
    char program[64];
    pid_t parent;
    for (int i = 0; i < 200; i++) {
        if (!look_at(pid, program, &parent))
            return;
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    fail_msg("process %d is still there", (int)pid);
}

unsigned xrt_leftovers(void)
{
    unsigned count = 0;
    DIR *folder = opendir(xrt_runtime);
    assert_non_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return count;
}
