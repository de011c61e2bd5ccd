#include "host/src/backend/xrt_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/card-host/protocol.h"
#include "host/src/fail.h"

/* How long what a killed helper has started may take to go. */
#define GONE_MS 2000
/* How long a helper that has closed its socket is given to end, so that we can say how. */
#define FATE_MS 100

extern char **environ;

/* The child's ends of socket and log, out of the way of the numbers that they will have there. */
static int lift(int fd)
{
    int lifted = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    return lifted;
}

static int add_files(posix_spawn_file_actions_t *files, int socket, int log)
{
    int bad = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
    bad |= posix_spawn_file_actions_adddup2(files, log, 1);
    bad |= posix_spawn_file_actions_adddup2(files, log, 2);
    bad |= posix_spawn_file_actions_adddup2(files, socket, CARD_HOST_SOCKET);
    bad |= posix_spawn_file_actions_addclosefrom_np(files, CARD_HOST_SOCKET + 1);
    return bad;
}

/* A process group of its own, and none of the program's signal settings. */
static int add_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int bad = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                       POSIX_SPAWN_SETSIGDEF);
    bad |= posix_spawnattr_setpgroup(attributes, 0);
    bad |= posix_spawnattr_setsigmask(attributes, &none);
    bad |= posix_spawnattr_setsigdefault(attributes, &all);
    return bad;
}

static int spawn(struct hyp_xrt_process *process, const char *program, int socket, int log)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    char *arguments[] = {(char *)program, process->folder.path, NULL};
    if (posix_spawn_file_actions_init(&files) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    int result = add_files(&files, socket, log) || add_attributes(&attributes)
                     ? ENOMEM
                     : posix_spawn(&process->pid, program, &files, &attributes, arguments, environ);
    if (result != 0)
        process->pid = 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return result;
}

/* Two ends each, [0] ours. */
static int open_channels(int sockets[2], int log[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return -1;
    if (pipe2(log, O_CLOEXEC | O_NONBLOCK) != 0) {
        close(sockets[0]);
        close(sockets[1]);
        return -1;
    }
    sockets[1] = lift(sockets[1]);
    log[1] = lift(log[1]);
    return 0;
}

int hyp_xrt_process_start(struct hyp_xrt_process *process, const hyp_context *context,
                          const char *program, hyp_error *error)
{
    int sockets[2], log[2];
    *process = (struct hyp_xrt_process){.context = context, .socket = -1, .log = -1};
    int result = hyp_xrt_folder_create(&process->folder, error);
    if (result != 0)
        return result;
    if (open_channels(sockets, log) != 0) {
        result = hyp_fail(error, HYP_EIO, "no socket for a card's process: %s", strerror(errno));
        hyp_xrt_folder_remove(&process->folder);
        return result;
    }
    process->socket = sockets[0];
    process->log = log[0];
    int failed = spawn(process, program, sockets[1], log[1]);
    close(sockets[1]);
    close(log[1]);
    if (failed) {
        hyp_xrt_process_kill(process);
        return hyp_fail(error, HYP_EIO, "cannot start %s: %s", program, strerror(failed));
    }
    return 0;
}

/* What the simulated card says of itself is the cause; XRT's errors, before or after it, are
 * consequences. */
static bool explains_more(const char *line, const char *known)
{
    static const char card[] = "simulated card: ";
    if (strncmp(known, card, strlen(card)) == 0)
        return false;
    return strcasestr(line, "error") || strncmp(line, card, strlen(card)) == 0;
}

static void finish_line(struct hyp_xrt_process *process)
{
    process->line[process->line_length] = '\0';
    if (process->line_length > 0)
        hyp_log(process->context, HYP_LOG_DEBUG, "hyperion-card-host: %s", process->line);
    if (explains_more(process->line, process->complaint))
        memcpy(process->complaint, process->line, process->line_length + 1);
    process->line_length = 0;
}

static void take_character(struct hyp_xrt_process *process, char c)
{
    if (c == '\n') {
        finish_line(process);
        return;
    }
    if (process->line_length == sizeof(process->line) - 1)
        finish_line(process);
    if (c < ' ' || c > '~')
        c = '?';
    process->line[process->line_length++] = c;
}

/* Returns whether there may be more. At its end the log is closed. */
static bool read_some(struct hyp_xrt_process *process)
{
    char bytes[4096];
    ssize_t n = read(process->log, bytes, sizeof(bytes));
    for (ssize_t i = 0; i < n; i++)
        take_character(process, bytes[i]);
    if (n == 0) {
        close(process->log);
        process->log = -1;
    }
    return n > 0 || (n < 0 && errno == EINTR);
}

void hyp_xrt_process_read_log(struct hyp_xrt_process *process)
{
    /* Bounded, so that a helper that prints without end cannot keep us here. */
    for (int i = 0; i < 16 && process->log >= 0 && read_some(process); i++)
        ;
}

void hyp_xrt_process_fate(struct hyp_xrt_process *process, char *text, size_t size)
{
    siginfo_t info = {0};
    /* A process that dies closes its files a moment before it can be waited for. */
    for (int i = 0; i < FATE_MS && info.si_pid == 0; i++) {
        if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
            break;
        if (info.si_pid == 0)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    if (info.si_pid == 0)
        snprintf(text, size, "has closed its socket");
    else if (info.si_code == CLD_EXITED)
        snprintf(text, size, "ended with status %d", info.si_status);
    else
        snprintf(text, size, "was killed by signal %d", info.si_status);
}

/* Whether the helper's number is still its own. A program that ignores SIGCHLD, or waits for any
 * child, gives it back to the system as soon as the helper is dead, however long before we look. */
static bool is_our_child(pid_t pid)
{
    siginfo_t info;
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Returns whether they are. The log ends when the last process that could print to it is gone:
 * helper, simulator, and whatever XRT has started in between. */
static bool wait_until_gone(struct hyp_xrt_process *process)
{
    uint64_t until = hyp_clock_ns() + (uint64_t)GONE_MS * 1000000u, now;
    hyp_xrt_process_read_log(process);
    while (process->log >= 0 && (now = hyp_clock_ns()) < until) {
        struct pollfd log = {process->log, POLLIN, 0};
        poll(&log, 1, (int)((until - now) / 1000000u) + 1);
        hyp_xrt_process_read_log(process);
    }
    if (process->log >= 0)
        hyp_log(process->context, HYP_LOG_WARNING,
                "something that hyperion-card-host %d started is still alive", (int)process->pid);
    return process->log < 0;
}

/* What the helper has started are our children now, where the program is the reaper of its
 * descendants, as the first process of a container is: else there is none. */
static void bury_group(pid_t group, bool gone)
{
    pid_t buried;
    do
        buried = waitpid(-group, NULL, gone ? 0 : WNOHANG);
    while (buried > 0 || (buried < 0 && errno == EINTR));
}

/* The group first: once the helper is waited for, its number may be another's. */
static void kill_group(pid_t group)
{
    kill(-group, SIGKILL);
    kill(group, SIGKILL);
    while (waitpid(group, NULL, 0) < 0 && errno == EINTR)
        ;
}

void hyp_xrt_process_kill(struct hyp_xrt_process *process)
{
    if (process->pid > 0) {
        bool ours = is_our_child(process->pid);
        if (ours)
            kill_group(process->pid);
        bool gone = wait_until_gone(process);
        if (ours)
            bury_group(process->pid, gone);
        process->pid = 0;
    }
    if (process->socket >= 0)
        close(process->socket);
    if (process->log >= 0)
        close(process->log);
    process->socket = -1;
    process->log = -1;
    hyp_xrt_folder_remove(&process->folder);
}
