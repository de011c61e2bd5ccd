/* The small parts of the xrt backend: finding cards and files, private folders, messages. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/src/backend/xrt_channel.h"
#include "host/src/backend/xrt_find.h"
#include "host/src/backend/xrt_folder.h"
#include "host/src/backend/xrt_process.h"
#include "tests/xrt/fixture.h"

static void make_path(char path[PATH_MAX], const char *name)
{
    snprintf(path, PATH_MAX, "%s/%s", xrt_runtime, name);
}

static void make_folder(const char *name)
{
    char path[PATH_MAX];
    make_path(path, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make_file(const char *name)
{
    char path[PATH_MAX];
    make_path(path, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static bool there(const char *name)
{
    char path[PATH_MAX];
    make_path(path, name);
    return access(path, F_OK) == 0;
}

static void remove_folder(const char *name)
{
    char path[PATH_MAX];
    make_path(path, name);
    assert_int_equal(rmdir(path), 0);
}

/* ---- finding ---- */

static void cards_are_found_in_order(void **state)
{
    (void)state;
    static const char *const entries[] = {"0000:b3:00.1", "bind",         "0000:65:00.1",
                                          "new_id",       "0000:65:00.g", "0000:65:00.10",
                                          "module",       "0001:02:1f.0"};
    struct hyp_xrt_address cards[HYP_XRT_MAX_CARDS];
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        make_folder(entries[i]);
    assert_int_equal(hyp_xrt_find_cards(xrt_runtime, cards), 3);
    assert_string_equal(cards[0].text, "0000:65:00.1");
    assert_string_equal(cards[1].text, "0000:b3:00.1");
    assert_string_equal(cards[2].text, "0001:02:1f.0");
    for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        remove_folder(entries[i]);
    assert_int_equal(hyp_xrt_find_cards(xrt_runtime, cards), 0);
    assert_int_equal(hyp_xrt_find_cards("/nowhere", cards), 0);
}

static void bitstream_is_chosen_by_precedence(void **state)
{
    (void)state;
    char path[PATH_MAX];
    hyp_error error;
    setenv("HYP_BITSTREAM", "/from/environment.xclbin", 1);
    assert_int_equal(hyp_xrt_find_bitstream("/from/caller.xclbin", true, path, &error), 0);
    assert_string_equal(path, "/from/caller.xclbin");
    assert_int_equal(hyp_xrt_find_bitstream(NULL, true, path, &error), 0);
    assert_string_equal(path, "/from/environment.xclbin");
    char long_path[PATH_MAX + 10];
    memset(long_path, 'x', sizeof(long_path));
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(hyp_xrt_find_bitstream(long_path, true, path, &error), HYP_EINVAL);
    unsetenv("HYP_BITSTREAM");
    assert_int_equal(hyp_xrt_find_bitstream(NULL, false, path, &error), HYP_EBITSTREAM);
    assert_non_null(strstr(error.message, "hyperion.hw.xclbin"));
}

/* ---- folders ---- */

static void folder_is_private_and_goes(void **state)
{
    (void)state;
    struct hyp_xrt_folder folder;
    struct stat status;
    assert_int_equal(hyp_xrt_folder_create(&folder, NULL), 0);
    assert_int_equal(strncmp(folder.path, xrt_runtime, strlen(xrt_runtime)), 0);
    assert_int_equal(stat(folder.path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    char inside[PATH_MAX];
    snprintf(inside, sizeof(inside), "%s/deep", folder.path);
    assert_int_equal(mkdir(inside, 0700), 0);
    hyp_xrt_folder_remove(&folder);
    assert_int_equal(xrt_leftovers(), 0);
    hyp_xrt_folder_remove(&folder); /* does nothing */
}

static void only_abandoned_folders_are_removed(void **state)
{
    (void)state;
    struct hyp_xrt_folder folder, other;
    make_folder("hyperion-xrt-dead01"); /* marked as locked once, and nobody holds the lock */
    make_file("hyperion-xrt-dead01/locked");
    make_folder("hyperion-xrt-fresh1"); /* just made, its owner about to lock it */
    make_folder("hyperion-xrt-toolong");
    make_file("hyperion-xrt-toolong/locked");
    make_folder("somebody-else");
    assert_int_equal(hyp_xrt_folder_create(&other, NULL), 0);
    assert_int_equal(hyp_xrt_folder_create(&folder, NULL), 0);
    assert_false(there("hyperion-xrt-dead01"));
    assert_true(there("hyperion-xrt-fresh1"));
    assert_true(there("hyperion-xrt-toolong"));
    assert_true(there("somebody-else"));
    assert_int_equal(access(other.path, F_OK), 0);
    hyp_xrt_folder_remove(&folder);
    hyp_xrt_folder_remove(&other);
    char path[PATH_MAX];
    make_path(path, "hyperion-xrt-toolong/locked");
    unlink(path);
    remove_folder("hyperion-xrt-fresh1");
    remove_folder("hyperion-xrt-toolong");
    remove_folder("somebody-else");
}

/* A shell would take such a name apart, or a socket's name be too long. */
static void odd_roots_are_passed_over(void **state)
{
    (void)state;
    static const char *const names[] = {"with space", "dollar$x", "semi;colon", "quote'",
                                        "much-too-long-for-a-socket"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct hyp_xrt_folder folder;
        char root[PATH_MAX];
        make_folder(names[i]);
        make_path(root, names[i]);
        setenv("XDG_RUNTIME_DIR", root, 1);
        assert_int_equal(hyp_xrt_folder_create(&folder, NULL), 0);
        assert_int_equal(strncmp(folder.path, "/tmp/hyperion-xrt-", 18), 0);
        hyp_xrt_folder_remove(&folder);
        remove_folder(names[i]);
    }
    setenv("XDG_RUNTIME_DIR", xrt_runtime, 1);
}

/* ---- processes ---- */

static unsigned signals_sent;

/* In place of libc's. */
int kill(pid_t pid, int signal)
{
    signals_sent++;
    return (int)syscall(SYS_kill, pid, signal);
}

/* A program that ignores SIGCHLD has no corpses: the helper's number may be another's by now. */
static void a_number_that_was_given_back_is_not_killed(void **state)
{
    (void)state;
    struct hyp_xrt_process process;
    hyp_context *context;
    char byte;
    assert_int_equal(hyp_context_create(NULL, &context, NULL), HYP_OK);
    signal(SIGCHLD, SIG_IGN);
    assert_int_equal(hyp_xrt_process_start(&process, context, "/bin/true", NULL), 0);
    pid_t pid = process.pid;
    assert_int_equal(recv(process.socket, &byte, 1, 0), 0); /* it has ended */
    xrt_assert_gone(pid);
    signals_sent = 0;
    hyp_xrt_process_kill(&process);
    assert_int_equal(signals_sent, 0);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(hyp_xrt_process_start(&process, context, "/bin/cat", NULL), 0);
    hyp_xrt_process_kill(&process);
    assert_in_range(signals_sent, 1, 2);
    hyp_context_destroy(context);
}

/* ---- messages ---- */

static void make_pair(int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void message_carries_a_descriptor(void **state)
{
    (void)state;
    union card_host_message message = {.memory = {.id = 7, .size = 4096}}, got;
    int ends[2], fd;
    struct stat sent, arrived;
    make_pair(ends);
    assert_int_equal(hyp_card_host_receive(ends[1], &got, &fd), -EAGAIN);
    assert_int_equal(hyp_card_host_send(ends[0], CARD_HOST_MEMORY_ADD, &message, ends[0]), 0);
    assert_int_equal(hyp_card_host_receive(ends[1], &got, &fd), 1);
    assert_int_equal(got.header.type, CARD_HOST_MEMORY_ADD);
    assert_int_equal(got.memory.id, 7);
    assert_true(fd >= 0 && fd != ends[0]);
    assert_int_equal(fstat(ends[0], &sent), 0);
    assert_int_equal(fstat(fd, &arrived), 0);
    assert_int_equal(sent.st_ino, arrived.st_ino);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
    assert_int_equal(hyp_card_host_send(ends[0], CARD_HOST_MEMORY_REMOVE, &message, -1), 0);
    assert_int_equal(hyp_card_host_receive(ends[1], &got, &fd), 1);
    assert_int_equal(fd, -1);
    close(ends[0]);
    assert_int_equal(hyp_card_host_receive(ends[1], &got, &fd), 0);
    assert_int_equal(hyp_card_host_send(ends[1], CARD_HOST_MEMORY_REMOVE, &message, -1), -EPIPE);
    close(ends[1]);
}

static void full_socket_does_not_block(void **state)
{
    (void)state;
    union card_host_message message = {.memory = {.id = 1}};
    int ends[2], result = 0, sent = 0;
    make_pair(ends);
    while (result == 0 && sent < 100000) {
        result = hyp_card_host_send(ends[0], CARD_HOST_MEMORY_REMOVE, &message, -1);
        sent++;
    }
    assert_int_equal(result, -EAGAIN);
    close(ends[0]);
    close(ends[1]);
}

/* Every message with one field of its header off, and every length but the right one. */
static void malformed_messages_are_refused(void **state)
{
    (void)state;
    int ends[2], fd;
    union card_host_message got;
    make_pair(ends);
    for (uint16_t type = 0; type < 12; type++) {
        union card_host_message message;
        memset(&message, 0x55, sizeof(message));
        uint32_t size = card_host_message_size(type);
        struct card_host_header good = {CARD_HOST_VERSION, type, size};
        struct card_host_header bad[] = {{CARD_HOST_VERSION + 1, type, size},
                                         {CARD_HOST_VERSION, 999, size},
                                         {CARD_HOST_VERSION, type, size + 1},
                                         {CARD_HOST_VERSION, type, 0},
                                         {0, type, size}};
        for (size_t i = 0; size && i < sizeof(bad) / sizeof(bad[0]); i++) {
            message.header = bad[i];
            assert_int_equal(send(ends[0], &message, size, 0), size);
            assert_int_equal(hyp_card_host_receive(ends[1], &got, &fd), -EPROTO);
        }
        message.header = good;
        for (size_t length = 1; length < 70; length++) {
            assert_int_equal(send(ends[0], &message, length, 0), length);
            assert_int_equal(hyp_card_host_receive(ends[1], &got, &fd),
                             length == size ? 1 : -EPROTO);
        }
    }
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cards_are_found_in_order),
        cmocka_unit_test(bitstream_is_chosen_by_precedence),
        cmocka_unit_test(folder_is_private_and_goes),
        cmocka_unit_test(only_abandoned_folders_are_removed),
        cmocka_unit_test(odd_roots_are_passed_over),
        cmocka_unit_test(a_number_that_was_given_back_is_not_killed),
        cmocka_unit_test(message_carries_a_descriptor),
        cmocka_unit_test(full_socket_does_not_block),
        cmocka_unit_test(malformed_messages_are_refused),
    };
    return cmocka_run_group_tests_name("parts of the xrt backend", tests, xrt_setup, xrt_teardown);
}
