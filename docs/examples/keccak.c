/* Hashes its arguments with Keccak-256 on a device:
 *
 *     cc keccak.c $(pkg-config --cflags --libs hyperion) -o keccak
 *     ./keccak cpu abc
 *
 * One batch holds all messages; the queue runs it; the digests are read where the device wrote
 * them. */
#include <stdio.h>
#include <string.h>

#include <hyperion/hyperion.h>

/* Fills the batch, runs it and prints the digests. Returns 0 or a negative code. */
static int hash(hyp_queue *queue, hyp_keccak_batch *batch, char **messages, int count)
{
    for (int i = 0; i < count; i++) {
        int index = hyp_keccak_batch_add(batch, messages[i], strlen(messages[i]));
        if (index < 0) {
            return index;
        }
    }

    hyp_job job = hyp_keccak_batch_job(batch, NULL);
    int accepted = hyp_queue_submit(queue, &job, 1);
    if (accepted != 1) {
        return accepted < 0 ? accepted : HYP_EAGAIN;
    }

    /* Other work could be done here: the queue belongs to this thread, the job to the device. */
    hyp_completion completion;
    while (hyp_queue_reap(queue, &completion, 1) == 0) {
        hyp_queue_wait(queue, hyp_clock_ns() + 1000000000u);
    }
    if (completion.result != HYP_OK) {
        return completion.result;
    }

    for (int i = 0; i < count; i++) {
        const uint8_t *digest = hyp_keccak_batch_digest(batch, (uint32_t)i);
        for (int byte = 0; byte < 32; byte++) {
            printf("%02x", digest[byte]);
        }
        printf("  %s\n", messages[i]);
    }
    return HYP_OK;
}

/* Everything that was made is destroyed in reverse order; destroying NULL does nothing. */
static int run(const char *name, char **messages, int count, hyp_error *error)
{
    hyp_context *context = NULL;
    hyp_device *device = NULL;
    hyp_queue *queue = NULL;
    hyp_keccak_batch *batch = NULL;
    size_t bytes = 0;
    int result;

    for (int i = 0; i < count; i++) {
        bytes += (strlen(messages[i]) + 7) & ~(size_t)7;
    }
    if ((result = hyp_version_check(HYP_HEADER_VERSION)) == HYP_OK &&
        (result = hyp_context_create(NULL, &context, error)) == HYP_OK &&
        (result = hyp_device_open(context, name, NULL, &device, error)) == HYP_OK &&
        (result = hyp_queue_create(device, NULL, &queue)) == HYP_OK &&
        (result = hyp_keccak_batch_create(device, (uint32_t)count, bytes, &batch)) == HYP_OK) {
        result = hash(queue, batch, messages, count);
    }
    hyp_queue_destroy(queue);
    hyp_keccak_batch_destroy(batch);
    hyp_device_close(device);
    hyp_context_destroy(context);
    return result;
}

int main(int argc, char **argv)
{
    hyp_error error = {0};

    if (argc < 3) {
        fprintf(stderr, "usage: %s DEVICE MESSAGE...\n", argv[0]);
        return 2;
    }
    int result = run(argv[1], argv + 2, argc - 2, &error);
    if (result != HYP_OK) {
        fprintf(stderr, "%s: %s\n", hyp_strerror(result), error.message);
        return 3;
    }
    return 0;
}
