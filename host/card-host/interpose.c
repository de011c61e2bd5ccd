#include "host/card-host/interpose.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/src/backend/xrt_channel.h"
#include "hyperion/error.h"

#define EXPORTED __attribute__((visibility("default")))

/* XRT sleeps 10 s at a time where it should wait for an event: short while it loads, which waits
 * for that, and longer afterwards, when only a thread that looks for messages does it. */
#define LOADING_SLEEP_NS 5000000
#define SLEEP_NS         100000000

/* How long a simulated card may take from closing its socket to being dead. */
#define DYING_MS 200

/* Written once, in interpose_begin, and read by signal handlers and XRT's threads. */
static int library_socket;
static char program_path[256];
static atomic_bool emulating;
static atomic_bool loading;
static atomic_int simulator;

/* Appends text, and cuts it short at `size`; snprintf is not allowed in a signal handler. */
static void append(char *text, size_t size, const char *more)
{
    size_t length = strlen(text), room = size - 1 - length, wanted = strlen(more);
    wanted = wanted < room ? wanted : room;
    memcpy(text + length, more, wanted);
    text[length + wanted] = '\0';
}

/* Tells the library that the card is lost, and exits. Safe in a signal handler. */
__attribute__((noreturn)) static void fail_for_good(const char *message)
{
    union card_host_message m;
    memset(&m, 0, sizeof(m.failed));
    m.failed.code = HYP_EDEVICE;
    append(m.failed.message, sizeof(m.failed.message), message);
    hyp_card_host_send(library_socket, CARD_HOST_FAILED, &m, -1);
    _exit(1);
}

static void append_number(char *text, size_t size, unsigned number)
{
    char digits[12];
    size_t i = sizeof(digits) - 1;
    digits[i] = '\0';
    do
        digits[--i] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    append(text, size, digits + i);
}

/* Whether the simulated card is dead; `text` then receives how it died. */
static bool simulator_died(char *text, size_t size)
{
    siginfo_t info = {0};
    pid_t pid = atomic_load(&simulator);
    if (pid <= 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid != pid)
        return false;
    append(text, size, "the simulated card's process ");
    append(text, size, info.si_code == CLD_EXITED ? "ended with status " : "was killed by signal ");
    append_number(text, size, (unsigned)info.si_status);
    return true;
}

/* XRT's own children (unzip, chmod) end too: only the simulated card matters. */
static void on_child(int signal)
{
    (void)signal;
    int saved = errno;
    char text[128] = "";
    if (simulator_died(text, sizeof(text)))
        fail_for_good(text);
    errno = saved;
}

/* XRT writes to a socket whose other end is gone (SIGPIPE), or aborts over half an answer, both
 * mostly because the simulated card dies in this moment: it is the cause to be told. */
static void on_despair(int signal)
{
    char text[128] = "";
    for (int i = 0; i < DYING_MS; i++) {
        if (simulator_died(text, sizeof(text)))
            fail_for_good(text);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    append(text, sizeof(text), "XRT gave up with signal ");
    append_number(text, sizeof(text), (unsigned)signal);
    fail_for_good(text);
}

static void on_alarm(int signal)
{
    (void)signal;
    fail_for_good("the simulated card did not answer XRT in time");
}

void interpose_begin(int socket, const char *folder, unsigned seconds)
{
    library_socket = socket;
    append(program_path, sizeof(program_path), folder);
    append(program_path, sizeof(program_path), "/hyperion-card-host");
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = on_despair;
    sigaction(SIGPIPE, &action, NULL);
    alarm(seconds);
    atomic_store(&loading, true);
    atomic_store(&emulating, true);
}

void interpose_ready(void)
{
    alarm(0);
    atomic_store(&loading, false);
}

/* ---- what XRT calls ---- */

EXPORTED unsigned sleep(unsigned seconds)
{
    struct timespec left = {seconds, 0};
    if (atomic_load(&emulating))
        left = (struct timespec){0, atomic_load(&loading) ? LOADING_SLEEP_NS : SLEEP_NS};
    return nanosleep(&left, &left) == 0 ? 0 : (unsigned)left.tv_sec + 1;
}

/* XRT has just set handlers of its own, which kill the process group and then hang. */
static void take_signals_back(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    action.sa_handler = on_despair;
    sigaction(SIGABRT, &action, NULL);
}

static pid_t fork_simulator(void)
{
    take_signals_back();
    pid_t host = getpid();
    /* The handler must not see the child's end before it knows the child. */
    sigset_t child, saved;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    pthread_sigmask(SIG_BLOCK, &child, &saved);
    pid_t pid = _Fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != host)
            _exit(1);
    } else if (pid > 0) {
        atomic_store(&simulator, pid);
    }
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    return pid;
}

EXPORTED pid_t fork(void)
{
    return atomic_load(&emulating) ? fork_simulator() : _Fork();
}

/* XRT opens emulation_debug.log in the folder of the program. */
EXPORTED ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size)
{
    static ssize_t (*original)(const char *, char *, size_t);
    if (atomic_load(&emulating) && strcmp(path, "/proc/self/exe") == 0) {
        size_t length = strlen(program_path);
        length = length < size ? length : size;
        memcpy(buffer, program_path, length); // NOLINT: readlink does not terminate
        return (ssize_t)length;
    }
    if (!original)
        *(void **)&original = dlsym(RTLD_NEXT, "readlink");
    return original(path, buffer, size);
}
