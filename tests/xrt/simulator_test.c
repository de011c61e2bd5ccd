/* The program that XRT starts as the card, as a process: it connects where XRT listens, and leaves
 * when it should, whoever its host is. */
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/xrt/fixture.h"

struct host {
    int listening;
    int socket;
    pid_t simulator;
    char path[108];
};

static void listen_as_xrt(struct host *host)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(host->path, sizeof(host->path), "%s/card0", xrt_runtime);
    strcpy(address.sun_path, host->path);
    host->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(host->listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(host->listening, 1), 0);
}

static void start_simulator(struct host *host)
{
    char program[PATH_MAX];
    snprintf(program, sizeof(program), "%.*s/fake-sim-card",
             (int)(strrchr(xrt_fake_xclbin, '/') - xrt_fake_xclbin), xrt_fake_xclbin);
    host->simulator = fork();
    if (host->simulator == 0) {
        setenv("USER", xrt_runtime + strlen("/tmp/"), 1);
        setenv("EMULATION_SOCKETID", "card0", 1);
        execl(program, program, NULL);
        _exit(127);
    }
}

static void accept_simulator(struct host *host)
{
    struct pollfd listening = {host->listening, POLLIN, 0};
    assert_int_equal(poll(&listening, 1, 5000), 1);
    host->socket = accept(host->listening, NULL, NULL);
    assert_true(host->socket >= 0);
}

static struct host start(void)
{
    struct host host;
    listen_as_xrt(&host);
    start_simulator(&host);
    accept_simulator(&host);
    return host;
}

/* The exit status, which must come by itself. */
static int end(struct host *host)
{
    int status = -1;
    for (int i = 0; i < 500; i++) {
        if (waitpid(host->simulator, &status, WNOHANG) == host->simulator) {
            close(host->listening);
            unlink(host->path);
            assert_true(WIFEXITED(status));
            return WEXITSTATUS(status);
        }
        usleep(10000);
    }
    kill(host->simulator, SIGKILL);
    waitpid(host->simulator, NULL, 0);
    fail_msg("the simulator stays");
    return -1;
}

static void leaves_when_the_host_is_gone(void **state)
{
    (void)state;
    struct host host = start();
    close(host.socket);
    assert_int_equal(end(&host), 0);
}

static void leaves_after_close(void **state)
{
    (void)state;
    static const uint8_t call[] = {0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0x15, 1, 0, 0, 0};
    uint8_t answer[32];
    struct host host = start();
    assert_int_equal(write(host.socket, call, sizeof(call)), sizeof(call));
    assert_int_equal(read(host.socket, answer, sizeof(answer)), 11); /* header, valid = true */
    assert_int_equal(answer[1], 2);
    assert_int_equal(end(&host), 0);
    close(host.socket);
}

static void leaves_on_what_is_no_call(void **state)
{
    (void)state;
    static const char garbage[] = "GET / HTTP/1.0\r\n\r\n";
    struct host host = start();
    assert_int_equal(write(host.socket, garbage, sizeof(garbage)), sizeof(garbage));
    assert_int_equal(end(&host), 1);
    close(host.socket);
}

/* XRT binds its socket after it has started the simulator. */
static void waits_for_the_host_to_listen(void **state)
{
    (void)state;
    struct host host;
    start_simulator(&host);
    usleep(200000);
    listen_as_xrt(&host);
    accept_simulator(&host);
    close(host.socket);
    assert_int_equal(end(&host), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_when_the_host_is_gone),
        cmocka_unit_test(leaves_after_close),
        cmocka_unit_test(leaves_on_what_is_no_call),
        cmocka_unit_test(waits_for_the_host_to_listen),
    };
    return cmocka_run_group_tests_name("simulated card's program", tests, xrt_setup, xrt_teardown);
}
