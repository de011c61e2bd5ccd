/* hyperion-sim-card: the simulated card behind XRT's hardware emulation. XRT unpacks it from the
 * xclbin and starts it (behav_waveform/xsim/simulate.sh); it connects to XRT's socket and serves
 * calls until the card is closed or the host is gone. Not for people to run. Takes no arguments:
 * what it must know, the xclbin was made from too (sim/address_map.h); what it is to do wrong comes
 * in the environment (hyperion-card-host, order_faults).
 *
 * What it prints on stderr lands in the log of the host. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "sim/address_map.h"
#include "sim/hw_emu/server.h"

/* XRT binds its socket after it has started us: try again this often, this many times (10 s). */
#define CONNECT_PAUSE_NS 2000000
#define CONNECT_TRIES    5000

/* The place where XRT listens: it makes the same name out of the same variables. */
static int socket_address(struct sockaddr_un *address)
{
    const char *user = getenv("USER"), *id = getenv("EMULATION_SOCKETID");
    size_t room = sizeof(address->sun_path);
    int length;
    address->sun_family = AF_UNIX;
    if (user && id)
        length = snprintf(address->sun_path, room, "/tmp/%s/%s", user, id);
    else
        length = snprintf(address->sun_path, room, "/tmp/xcl_sock");
    return length > 0 && (size_t)length < room ? 0 : -1;
}

static int connect_to_host(void)
{
    struct sockaddr_un address;
    pid_t host = getppid();
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || socket_address(&address) != 0)
        return -1;
    for (int i = 0; i < CONNECT_TRIES && getppid() == host; i++) {
        if (connect(s, (const struct sockaddr *)&address, sizeof(address)) == 0)
            return s;
        nanosleep(&(struct timespec){0, CONNECT_PAUSE_NS}, NULL);
    }
    close(s);
    return -1;
}

/* Serves until the card is closed or the host gone; returns the exit status. */
static int serve(struct hw_emu_server *server, int s)
{
    struct hw_emu_buffer call = {0}, answer = {0};
    uint32_t api = 0;
    enum hw_emu_received received;
    enum hw_emu_verdict verdict = HW_EMU_ANSWERED;

    while (verdict == HW_EMU_ANSWERED &&
           (received = hw_emu_receive(s, &api, &call)) == HW_EMU_CALL) {
        verdict = hw_emu_serve(server, api, call.data, call.size, &answer);
        if (sim_card_dead(server->card))
            raise(SIGKILL);
        if (verdict != HW_EMU_REFUSED && hw_emu_send(s, &answer) != 0)
            break;
    }
    if (verdict == HW_EMU_REFUSED)
        fprintf(stderr, "simulated card: %s\n", server->refusal);
    else if (verdict == HW_EMU_ANSWERED && received == HW_EMU_BROKEN)
        fprintf(stderr, "simulated card: XRT sent something that is no call\n");
    hw_emu_buffer_free(&call);
    hw_emu_buffer_free(&answer);
    return verdict == HW_EMU_REFUSED || received == HW_EMU_BROKEN ? EXIT_FAILURE : EXIT_SUCCESS;
}

static uint64_t number_in(const char *variable)
{
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 10) : 0;
}

int main(void)
{
    sim_card_options options = {.size = sizeof(options),
                                .memory_base = SIM_MEMORY_BASE,
                                .memory_bytes = SIM_MEMORY_BYTES,
                                .seed = number_in("HYP_SIM_SEED"),
                                .faults = getenv("HYP_SIM_FAULTS"),
                                .batches = number_in("HYP_SIM_BATCHES"),
                                .loads = number_in("HYP_SIM_LOADS")};
    struct hw_emu_server server = {0};
    char error[256];

    int s = connect_to_host();
    if (s < 0) {
        fprintf(stderr, "simulated card: XRT does not listen; this program is started by XRT\n");
        return EXIT_FAILURE;
    }
    server.card = sim_card_create(&options, error, sizeof(error));
    if (!server.card) {
        fprintf(stderr, "simulated card: %s\n", error);
        close(s);
        return EXIT_FAILURE;
    }
    int status = serve(&server, s);
    sim_card_destroy(server.card);
    hw_emu_server_free(&server);
    close(s);
    return status;
}
