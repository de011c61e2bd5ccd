/* The backends xrt and opencl through their tables, the true XRT and a fake card: what works, and
 * every way in which the processes behind it can fail. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/src/ops/op.h"
#include "tests/xrt/fake_card.h"
#include "tests/xrt/fixture.h"

/* What a failure that can be noticed at once may take on a loaded machine. */
#define SOON_MS 20000

static int leave_clean(void **state)
{
    (void)state;
    unsetenv("FAKE_CARD");
    unsetenv("HYP_CARD_HOST");
    assert_int_equal(xrt_helper(0), 0);
    assert_int_equal(xrt_leftovers(), 0);
    return 0;
}

static bool is_first(const char *device)
{
    char name[32];
    snprintf(name, sizeof(name), "%s:0", xrt_backend->name);
    return strcmp(device, name) == 0;
}

static void opening_describes_the_card(void **state)
{
    (void)state;
    uint64_t before = hyp_clock_ns();
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    assert_true(hyp_clock_ns() - before < SOON_MS * UINT64_C(1000000));
    assert_true(is_first(fixture.info.name));
    assert_non_null(strstr(fixture.info.description, "simulated"));
    assert_int_equal(fixture.info.kind, HYP_DEVICE_SIMULATED_CARD);
    assert_string_equal(fixture.info.bitstream, xrt_fake_xclbin);
    assert_true(fixture.info.memory_bytes > UINT64_C(5) << 30);
    assert_int_equal(fixture.info.op_count, 1);
    assert_int_equal(fixture.info.ops[0].op, HYP_OP_KECCAK256);
    assert_int_equal(fixture.info.ops[0].compute_units, 2);
    /* OpenCL cannot ask for it. */
    assert_int_equal(fixture.info.ops[0].kernel_version,
                     xrt_backend == &hyp_backend_xrt ? FAKE_VERSION : 0);
    assert_int_equal(xrt_leftovers(), 1);
    xrt_close(&fixture);
}

static void batches_of_all_sizes_come_back(void **state)
{
    (void)state;
    static const uint32_t items[] = {0, 1, 2, 63, 64, 65, 1000, 5000};
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        struct xrt_batch batch;
        xrt_batch_create(&fixture, &batch, items[i], 700, i);
        for (int again = 0; again < 3; again++) {
            xrt_run(&fixture, &batch);
            xrt_check_fake(&batch);
            memset(batch.output.data, 0, batch.output.size);
        }
        xrt_batch_destroy(&fixture, &batch);
    }
    xrt_close(&fixture);
}

static void two_units_run_two_batches(void **state)
{
    (void)state;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    struct xrt_batch batches[3];
    struct hyp_run *finished;
    unsigned count = 0;
    for (int i = 0; i < 3; i++)
        xrt_batch_create(&fixture, &batches[i], 100, 100, (uint64_t)i + 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(xrt_backend->start(fixture.card, &batches[i].run), HYP_OK);
    assert_int_equal(xrt_backend->start(fixture.card, &batches[2].run), HYP_EAGAIN);
    while (count < 2) {
        uint64_t until = hyp_clock_ns() + UINT64_C(30000000000);
        assert_int_equal(xrt_backend->progress(fixture.card, until, &finished, NULL), HYP_OK);
        assert_non_null(finished);
        for (; finished; finished = finished->next)
            count++;
    }
    for (int i = 0; i < 2; i++)
        xrt_check_fake(&batches[i]);
    xrt_run(&fixture, &batches[2]);
    xrt_check_fake(&batches[2]);
    for (int i = 0; i < 3; i++)
        xrt_batch_destroy(&fixture, &batches[i]);
    xrt_close(&fixture);
}

/* XRT's emulation loses the card memory of freed buffers: this is four times what the card has. */
static void card_memory_is_used_again(void **state)
{
    (void)state;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    for (int i = 0; i < 48; i++) {
        struct xrt_batch batch;
        struct hyp_memory large;
        xrt_batch_create(&fixture, &batch, 5, 100, (uint64_t)i);
        assert_int_equal(hyp_card_memory_create(xrt_backend, fixture.card, fixture.context,
                                                (size_t)512 << 20, &large),
                         HYP_OK);
        memcpy(large.data, batch.input.data, batch.run.input_bytes);
        batch.run.input = &large;
        xrt_run(&fixture, &batch);
        xrt_check_fake(&batch);
        hyp_card_memory_destroy(xrt_backend, fixture.card, &large);
        xrt_batch_destroy(&fixture, &batch);
    }
    xrt_close(&fixture);
}

/* The fake card does not write behind its results. */
static void output_is_not_sent_to_the_card(void **state)
{
    enum { BYTES = 1 << 16 };
    (void)state;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    struct xrt_batch batch;
    xrt_batch_create(&fixture, &batch, (BYTES - 1024) / HYP_KECCAK_DIGEST_SIZE, 0, 1);
    batch.run.output_bytes = batch.output.size;
    memset(batch.output.data, 0xcc, batch.output.size);
    assert_true(batch.output.size - hyp_batch_output_bytes(batch.input.data) >= 64);
    xrt_run(&fixture, &batch);
    xrt_check_fake(&batch);
    assert_int_not_equal(((const uint8_t *)batch.output.data)[batch.output.size - 1], 0xcc);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

static void too_large_a_memory_fails_its_run_only(void **state)
{
    (void)state;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    struct xrt_batch batch;
    struct hyp_memory large;
    struct hyp_run *finished = NULL;
    xrt_batch_create(&fixture, &batch, 5, 100, 1);
    assert_int_equal(hyp_card_memory_create(xrt_backend, fixture.card, fixture.context,
                                            (size_t)fixture.info.memory_bytes + 4096, &large),
                     HYP_OK);
    batch.run.output = &large;
    assert_int_equal(xrt_backend->start(fixture.card, &batch.run), HYP_OK);
    uint64_t until = hyp_clock_ns() + UINT64_C(30000000000);
    assert_int_equal(xrt_backend->progress(fixture.card, until, &finished, NULL), HYP_OK);
    assert_ptr_equal(finished, &batch.run);
    assert_int_equal(batch.run.result, HYP_ENOMEM);
    batch.run.output = &batch.output;
    xrt_run(&fixture, &batch);
    xrt_check_fake(&batch);
    hyp_card_memory_destroy(xrt_backend, fixture.card, &large);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

static void progress_keeps_its_deadline_and_reset_abandons(void **state)
{
    (void)state;
    setenv("FAKE_CARD", "endless", 1);
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    unsetenv("FAKE_CARD");
    pid_t helper = xrt_helper(0), simulator = xrt_simulator(helper);
    struct xrt_batch batch;
    struct hyp_run *finished = NULL;
    assert_true(helper > 0 && simulator > 0);
    xrt_batch_create(&fixture, &batch, 5, 100, 1);
    assert_int_equal(xrt_backend->start(fixture.card, &batch.run), HYP_OK);
    uint64_t before = hyp_clock_ns();
    assert_int_equal(xrt_backend->progress(fixture.card, before + 300000000, &finished, NULL),
                     HYP_OK);
    assert_null(finished);
    assert_in_range((hyp_clock_ns() - before) / 1000000, 300, SOON_MS);
    assert_int_equal(xrt_backend->reset(fixture.card, NULL), HYP_OK);
    xrt_assert_gone(helper);
    xrt_assert_gone(simulator);
    assert_int_equal(xrt_leftovers(), 1);
    xrt_run(&fixture, &batch);
    xrt_check_fake(&batch);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

static void *wake_later(void *card)
{
    usleep(100000);
    xrt_backend->wake(card);
    return NULL;
}

static void wake_ends_progress(void **state)
{
    (void)state;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    struct hyp_run *finished = NULL;
    pthread_t thread;
    uint64_t before = hyp_clock_ns(), until = before + UINT64_C(20000000000);
    assert_int_equal(pthread_create(&thread, NULL, wake_later, fixture.card), 0);
    assert_int_equal(xrt_backend->progress(fixture.card, until, &finished, NULL), HYP_OK);
    pthread_join(thread, NULL);
    assert_true(hyp_clock_ns() - before < UINT64_C(10000000000));
    xrt_backend->wake(fixture.card); /* before the call: the next one returns */
    assert_int_equal(xrt_backend->progress(fixture.card, until, &finished, NULL), HYP_OK);
    assert_true(hyp_clock_ns() < until);
    xrt_close(&fixture);
}

/* ---- faults ---- */

enum victim { HELPER, SIMULATOR };

struct accident {
    enum victim victim;
    int signal;
    bool idle;
    bool noticed; /* at once; else only the deadline tells */
    const char *sentence;
};

static void suffer(const struct accident *accident)
{
    hyp_error error = {0, ""};
    struct xrt_batch batch;
    setenv("FAKE_CARD", "endless", 1);
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    unsetenv("FAKE_CARD");
    pid_t helper = xrt_helper(0), simulator = xrt_simulator(helper);
    assert_true(helper > 0 && simulator > 0);
    xrt_batch_create(&fixture, &batch, 5, 100, 1);
    if (!accident->idle) {
        assert_int_equal(xrt_backend->start(fixture.card, &batch.run), HYP_OK);
        assert_int_equal(xrt_wait_lost(&fixture, 100, &error), 0);
    }
    assert_int_equal(kill(accident->victim == HELPER ? helper : simulator, accident->signal), 0);
    int result = xrt_wait_lost(&fixture, accident->noticed ? SOON_MS : 300, &error);
    if (accident->noticed) {
        assert_int_equal(result, HYP_EDEVICE);
        assert_int_equal(error.code, HYP_EDEVICE);
        assert_non_null(strstr(error.message, accident->sentence));
    } else {
        assert_int_equal(result, 0);
    }
    assert_int_equal(xrt_backend->reset(fixture.card, &error), HYP_OK);
    xrt_assert_gone(helper);
    xrt_assert_gone(simulator);
    assert_int_equal(xrt_leftovers(), 1);
    xrt_run(&fixture, &batch);
    xrt_check_fake(&batch);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

static void simulator_killed(void **state)
{
    (void)state;
    suffer(&(struct accident){SIMULATOR, SIGKILL, false, true,
                              "simulated card's process was killed by signal 9"});
    suffer(&(struct accident){SIMULATOR, SIGKILL, true, true,
                              "simulated card's process was killed by signal 9"});
}

static void simulator_stopped(void **state)
{
    (void)state;
    suffer(&(struct accident){SIMULATOR, SIGSTOP, false, false, ""});
    suffer(&(struct accident){SIMULATOR, SIGSTOP, true, false, ""});
}

static void helper_killed(void **state)
{
    (void)state;
    suffer(&(struct accident){HELPER, SIGKILL, false, true, "was killed by signal 9"});
    suffer(&(struct accident){HELPER, SIGKILL, true, true, "was killed by signal 9"});
}

static void helper_stopped(void **state)
{
    (void)state;
    suffer(&(struct accident){HELPER, SIGSTOP, false, false, ""});
    suffer(&(struct accident){HELPER, SIGSTOP, true, false, ""});
}

static void both_killed_and_closed_at_once(void **state)
{
    (void)state;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    pid_t helper = xrt_helper(0), simulator = xrt_simulator(helper);
    kill(simulator, SIGKILL);
    kill(helper, SIGKILL);
    xrt_close(&fixture);
    xrt_assert_gone(helper);
    xrt_assert_gone(simulator);
}

/* A program that is the reaper of its descendants, as the first process of a container is, gets the
 * simulated card as a child when the helper is killed. */
static void no_corpse_is_left_to_a_reaper(void **state)
{
    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    assert_int_equal(xrt_backend->reset(fixture.card, NULL), HYP_OK);
    xrt_close(&fixture);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

static unsigned count_open_files(pid_t pid)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* More than its socket holds messages. */
static void memories_that_go_while_the_helper_is_busy_are_given_back(void **state)
{
    enum { BATCHES = 400 };
    static struct xrt_batch batches[BATCHES];
    (void)state;
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    pid_t helper = xrt_helper(0);
    unsigned before = count_open_files(helper);
    for (unsigned i = 0; i < BATCHES; i++) {
        xrt_batch_create(&fixture, &batches[i], 1, 10, i);
        xrt_run(&fixture, &batches[i]);
    }
    assert_int_equal(count_open_files(helper), before + 2 * BATCHES);
    kill(helper, SIGSTOP);
    for (unsigned i = 0; i < BATCHES - 1; i++)
        xrt_batch_destroy(&fixture, &batches[i]);
    kill(helper, SIGCONT);
    for (unsigned i = 0; i < SOON_MS && count_open_files(helper) >= before + 2 * BATCHES - 16; i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    for (unsigned i = 0; i < BATCHES && count_open_files(helper) > before + 2; i++)
        xrt_run(&fixture, &batches[BATCHES - 1]);
    assert_int_equal(count_open_files(helper), before + 2);
    xrt_batch_destroy(&fixture, &batches[BATCHES - 1]);
    xrt_close(&fixture);
}

static void fault_of_the_card_is_told(void **state)
{
    (void)state;
    hyp_error error = {0, ""};
    struct xrt_batch batch;
    setenv("FAKE_CARD", "fault", 1);
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    unsetenv("FAKE_CARD");
    xrt_batch_create(&fixture, &batch, 5, 100, 1);
    assert_int_equal(xrt_backend->start(fixture.card, &batch.run), HYP_OK);
    assert_int_equal(xrt_wait_lost(&fixture, SOON_MS, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "the fake card found a fault in cycle 1000"));
    assert_int_equal(xrt_backend->reset(fixture.card, &error), HYP_OK);
    xrt_run(&fixture, &batch);
    xrt_check_fake(&batch);
    xrt_batch_destroy(&fixture, &batch);
    xrt_close(&fixture);
}

static void card_that_does_not_come_up(void **state)
{
    (void)state;
    hyp_error error;
    uint64_t before = hyp_clock_ns();
    setenv("FAKE_CARD", "broken", 1);
    assert_int_equal(xrt_refused(xrt_fake_xclbin, &error), HYP_EDEVICE);
    assert_non_null(strstr(error.message, "the fake card is broken"));
    assert_true(hyp_clock_ns() - before < SOON_MS * UINT64_C(1000000));
}

static void two_cards_are_independent(void **state)
{
    (void)state;
    hyp_error error = {0, ""};
    struct xrt_fixture a = xrt_open(xrt_fake_xclbin), b = xrt_open(xrt_fake_xclbin);
    struct xrt_batch first, second;
    xrt_batch_create(&a, &first, 50, 100, 1);
    xrt_batch_create(&b, &second, 60, 100, 2);
    xrt_run(&a, &first);
    xrt_run(&b, &second);
    pid_t helper = xrt_helper(0);
    kill(xrt_simulator(helper), SIGKILL);
    kill(helper, SIGKILL);
    assert_int_equal(xrt_wait_lost(&a, SOON_MS, &error), HYP_EDEVICE);
    memset(second.output.data, 0, second.output.size);
    xrt_run(&b, &second);
    xrt_check_fake(&second);
    xrt_batch_destroy(&a, &first);
    xrt_batch_destroy(&b, &second);
    xrt_close(&a);
    xrt_close(&b);
}

/* What another process does: opens a card of its own and runs a few batches; with a fault in
 * between. */
static void work_alone(uint64_t seed)
{
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    for (int i = 0; i < 5; i++) {
        struct xrt_batch batch;
        xrt_batch_create(&fixture, &batch, 100, 200, seed + (uint64_t)i);
        xrt_run(&fixture, &batch);
        xrt_check_fake(&batch);
        xrt_batch_destroy(&fixture, &batch);
    }
    xrt_close(&fixture);
}

static void two_processes_at_once(void **state)
{
    (void)state;
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        work_alone(1000);
        _exit(0);
    }
    work_alone(2000);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Tells the ids of its helper and simulator, and waits to be killed. */
static void be_killed(int tell)
{
    struct xrt_fixture fixture = xrt_open(xrt_fake_xclbin);
    pid_t ids[2] = {xrt_helper(0), 0};
    ids[1] = xrt_simulator(ids[0]);
    (void)fixture;
    if (write(tell, ids, sizeof(ids)) == sizeof(ids))
        pause();
    _exit(1);
}

static void all_die_with_a_killed_program(void **state)
{
    (void)state;
    int tell[2];
    pid_t ids[2];
    assert_int_equal(pipe(tell), 0);
    pid_t child = fork();
    if (child == 0)
        be_killed(tell[1]);
    assert_int_equal(read(tell[0], ids, sizeof(ids)), sizeof(ids));
    assert_true(ids[0] > 0 && ids[1] > 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    xrt_assert_gone(ids[0]);
    xrt_assert_gone(ids[1]);
    close(tell[0]);
    close(tell[1]);
    /* Its folder stays, until the next program comes by. */
    assert_int_equal(xrt_leftovers(), 1);
    work_alone(1);
}

static void works_without_user(void **state)
{
    (void)state;
    const char *user = getenv("USER");
    char *saved = user ? strdup(user) : NULL;
    unsetenv("USER");
    work_alone(1);
    if (saved)
        setenv("USER", saved, 1);
    free(saved);
}

/* A caller's settings for XRT do not reach the simulated card. */
static void caller_settings_do_not_disturb(void **state)
{
    (void)state;
    setenv("XCL_EMULATION_MODE", "sw_emu", 1);
    setenv("XRT_INI_PATH", "/nowhere/xrt.ini", 1);
    setenv("XILINX_XRT", "/nowhere", 1);
    setenv("EMCONFIG_PATH", "/nowhere", 1);
    work_alone(1);
    unsetenv("XCL_EMULATION_MODE");
    unsetenv("XRT_INI_PATH");
    unsetenv("XILINX_XRT");
    unsetenv("EMCONFIG_PATH");
}

/* ---- files that are no xclbin for us ---- */

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static uint8_t *read_xclbin(size_t *size)
{
    struct stat status;
    FILE *file = fopen(xrt_fake_xclbin, "rbe");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &status), 0);
    uint8_t *bytes = malloc((size_t)status.st_size);
    assert_non_null(bytes);
    *size = fread(bytes, 1, (size_t)status.st_size, file);
    fclose(file);
    return bytes;
}

/* Where the mode lies in the header of an xclbin. */
#define MODE_OFFSET 332
/* Of the last of the eight sections that `hyperion bitstream pack` writes. */
#define MANIFEST_HEADER_OFFSET (456 + 7 * 40)

static void unusable_files_are_refused(void **state)
{
    (void)state;
    hyp_error error;
    char path[64] = "/tmp/hyperion-xclbin-XXXXXX";
    size_t size;
    uint8_t *bytes = read_xclbin(&size);
    close(mkstemp(path));

    assert_int_equal(xrt_refused("/nowhere/a.xclbin", &error), HYP_EBITSTREAM);
    assert_non_null(strstr(error.message, "/nowhere/a.xclbin"));
    write_file(path, "", 0);
    assert_int_equal(xrt_refused(path, &error), HYP_EBITSTREAM);
    assert_non_null(strstr(error.message, path));
    write_file(path, "this is no xclbin", 17);
    assert_int_equal(xrt_refused(path, &error), HYP_EBITSTREAM);
    const size_t lengths[] = {7, 100, 455, 500, 1000, 5000, size / 2, size - 1};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        write_file(path, bytes, lengths[i]);
        assert_int_equal(xrt_refused(path, &error), HYP_EBITSTREAM);
        assert_non_null(strstr(error.message, path));
    }
    bytes[size / 2] ^= 1; /* in the simulator's program */
    write_file(path, bytes, size);
    assert_int_equal(xrt_refused(path, &error), HYP_EBITSTREAM);
    assert_non_null(strstr(error.message, "BITSTREAM"));
    bytes[size / 2] ^= 1;

    /* Without its manifest a container is taken as it is. */
    bytes[MANIFEST_HEADER_OFFSET] = 13;
    bytes[MODE_OFFSET] = 5; /* sw_emu */
    write_file(path, bytes, size);
    assert_int_equal(xrt_refused(path, &error), HYP_EBITSTREAM);
    bytes[MODE_OFFSET] = 1; /* for a card, and there is none */
    write_file(path, bytes, size);
    assert_int_equal(xrt_refused(path, &error), HYP_ENODEV);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* to which nobody writes */
    assert_int_equal(xrt_refused(path, &error), HYP_EBITSTREAM);
    unlink(path);
    free(bytes);
}

static void missing_helper_is_told(void **state)
{
    (void)state;
    hyp_error error;
    setenv("HYP_CARD_HOST", "/nowhere/hyperion-card-host", 1);
    assert_int_equal(xrt_refused(xrt_fake_xclbin, &error), HYP_EIO);
    assert_non_null(strstr(error.message, "/nowhere/hyperion-card-host"));
    setenv("HYP_CARD_HOST", "/bin/true", 1);
    assert_int_equal(xrt_refused(xrt_fake_xclbin, &error), HYP_EDEVICE);
    setenv("HYP_CARD_HOST", "/bin/cat", 1);
    assert_int_equal(xrt_refused(xrt_fake_xclbin, &error), HYP_EDEVICE);
}

static void list_names_the_simulated_card(void **state)
{
    (void)state;
    hyp_context *context;
    hyp_device_info infos[4];
    size_t count = 0;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    setenv("HYP_BITSTREAM", xrt_fake_xclbin, 1);
    assert_int_equal(xrt_backend->list(context, infos, 4, &count, NULL), HYP_OK);
    unsetenv("HYP_BITSTREAM");
    assert_int_equal(count, 1);
    assert_true(is_first(infos[0].name));
    assert_int_equal(infos[0].kind, HYP_DEVICE_SIMULATED_CARD);
    assert_non_null(strstr(infos[0].description, "simulated"));
    assert_int_equal(xrt_helper(0), 0);
    hyp_context_destroy(context);
}

static void cards_that_are_not_there(void **state)
{
    (void)state;
    hyp_context *context;
    hyp_device_info info;
    hyp_error error = {0, ""};
    void *card;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    assert_int_equal(xrt_backend->open(context, 7, NULL, &card, &info, &error), HYP_ENODEV);
    char name[32];
    snprintf(name, sizeof(name), "%s:7", xrt_backend->name);
    assert_non_null(strstr(error.message, name));
    hyp_context_destroy(context);
}

#define test(name) XRT_BOTH(name, leave_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(opening_describes_the_card),
        test(batches_of_all_sizes_come_back),
        test(two_units_run_two_batches),
        test(card_memory_is_used_again),
        test(output_is_not_sent_to_the_card),
        test(too_large_a_memory_fails_its_run_only),
        test(progress_keeps_its_deadline_and_reset_abandons),
        test(wake_ends_progress),
        test(simulator_killed),
        test(simulator_stopped),
        test(helper_killed),
        test(helper_stopped),
        test(both_killed_and_closed_at_once),
        test(no_corpse_is_left_to_a_reaper),
        test(memories_that_go_while_the_helper_is_busy_are_given_back),
        test(fault_of_the_card_is_told),
        test(card_that_does_not_come_up),
        test(two_cards_are_independent),
        test(two_processes_at_once),
        test(all_die_with_a_killed_program),
        test(works_without_user),
        test(caller_settings_do_not_disturb),
        test(unusable_files_are_refused),
        test(missing_helper_is_told),
        test(list_names_the_simulated_card),
        test(cards_that_are_not_there),
    };
    return cmocka_run_group_tests_name("xrt and opencl backends", tests, xrt_setup, xrt_teardown);
}
