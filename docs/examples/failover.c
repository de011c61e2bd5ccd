/* Work goes on, and stays right, while a card fails:
 *
 *     cc failover.c $(pkg-config --cflags --libs hyperion) -o failover
 *     ./failover sim:0,cpu sim:0:die
 *
 * The device is a set. Its card is told to fail, as only simulated ones can be; every job comes
 * back right all the same, because what the card does not do the CPU does. What happened is told by
 * events while it happens, and by states and counters afterwards. */
#include <stdio.h>
#include <string.h>

#include <hyperion/hyperion.h>

enum { ROUNDS = 20, MESSAGES = 512 };

static void print_event(void *user, const hyp_event *event)
{
    (void)user;
    fprintf(stderr, "%s: %s\n", hyp_event_kind_name(event->kind), event->message);
}

/* Hashes numbers and compares. Returns 0, an error, or HYP_EMISMATCH. */
static int hash_round(hyp_device *device, uint32_t round)
{
    static uint32_t numbers[MESSAGES];
    static uint8_t digests[MESSAGES * 32];
    const void *messages[MESSAGES];
    size_t lengths[MESSAGES];
    uint8_t want[32];

    for (uint32_t i = 0; i < MESSAGES; i++) {
        numbers[i] = round * MESSAGES + i;
        messages[i] = &numbers[i];
        lengths[i] = sizeof numbers[i];
    }
    int result = hyp_keccak256_batch(device, messages, lengths, MESSAGES,
                                     hyp_clock_ns() + 10000000000u, digests);
    for (uint32_t i = 0; i < MESSAGES && result == HYP_OK; i++) {
        hyp_keccak256(messages[i], lengths[i], want);
        result = memcmp(want, digests + i * (size_t)32, 32) == 0 ? HYP_OK : HYP_EMISMATCH;
    }
    return result;
}

static void print_members(hyp_device *device)
{
    for (uint32_t m = 0; m < hyp_device_member_count(device); m++) {
        hyp_device_status status;
        hyp_op_stats stats;
        if (hyp_device_get_status(device, m, &status) == HYP_OK &&
            hyp_device_get_op_stats(device, m, HYP_OP_KECCAK256, &stats) == HYP_OK) {
            printf("%s: %s, %llu items, %llu faults, %llu retries\n", status.name,
                   hyp_device_state_name(status.state), (unsigned long long)stats.items,
                   (unsigned long long)status.faults, (unsigned long long)stats.retries);
        }
    }
}

int main(int argc, char **argv)
{
    hyp_context_options context_options = HYP_CONTEXT_OPTIONS_INIT;
    hyp_device_options device_options = HYP_DEVICE_OPTIONS_INIT;
    hyp_context *context = NULL;
    hyp_device *device = NULL;
    hyp_error error = {0, ""};

    if (argc < 2) {
        fprintf(stderr, "usage: failover DEVICES [FAULTS]\n");
        return 2;
    }
    context_options.event = print_event;
    device_options.faults = argc > 2 ? argv[2] : NULL;
    int result = hyp_context_create(&context_options, &context, &error);
    if (result == HYP_OK) {
        result = hyp_device_open(context, argv[1], &device_options, &device, &error);
    }
    for (uint32_t round = 0; round < ROUNDS && result == HYP_OK; round++) {
        result = hash_round(device, round);
    }
    if (result == HYP_OK) {
        printf("%d digests, all right\n", ROUNDS * MESSAGES);
        print_members(device);
    } else {
        fprintf(stderr, "failover: %s\n", error.code ? error.message : hyp_strerror(result));
    }
    hyp_device_close(device);
    hyp_context_destroy(context);
    return result ? 3 : 0;
}
