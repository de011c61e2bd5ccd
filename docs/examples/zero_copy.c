/* A file is read straight into memory that the device reads, and its digest comes out of memory
 * that the device wrote:
 *
 *     cc zero_copy.c $(pkg-config --cflags --libs hyperion) -o zero_copy
 *     ./zero_copy cpu FILE
 *
 * hyp_keccak_batch_reserve gives room for a message inside the batch. Nothing is copied between
 * read() and the device. */
#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hyperion/hyperion.h>

static int read_all(int fd, uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t got = read(fd, bytes, count);
        if (got <= 0) {
            return HYP_EIO;
        }
        bytes += got;
        count -= (size_t)got;
    }
    return HYP_OK;
}

static int hash_file(hyp_device *device, hyp_queue *queue, const char *name)
{
    hyp_keccak_batch *batch = NULL;
    hyp_completion completion;
    struct stat status;
    void *message;
    int fd = open(name, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &status) < 0) {
        return HYP_EIO;
    }
    size_t size = (size_t)status.st_size;
    int result = hyp_keccak_batch_create(device, 1, size + 8, &batch);
    if (result == HYP_OK) {
        result = hyp_keccak_batch_reserve(batch, size, &message);
    }
    if (result == 0) { /* its index */
        result = read_all(fd, message, size);
    }
    close(fd);
    if (result == HYP_OK) {
        hyp_job job = hyp_keccak_batch_job(batch, NULL);
        result = hyp_queue_submit(queue, &job, 1);
        result = result == 1 ? hyp_queue_wait(queue, UINT64_MAX) : result;
    }
    if (result == HYP_OK && hyp_queue_reap(queue, &completion, 1) == 1) {
        result = completion.result;
    }
    if (result == HYP_OK) {
        const uint8_t *digest = hyp_keccak_batch_digest(batch, 0);
        for (int byte = 0; byte < 32; byte++) {
            printf("%02x", digest[byte]);
        }
        printf("  %s\n", name);
    }
    hyp_keccak_batch_destroy(batch);
    return result;
}

int main(int argc, char **argv)
{
    hyp_context *context = NULL;
    hyp_device *device = NULL;
    hyp_queue *queue = NULL;
    hyp_error error = {0, ""};

    if (argc != 3) {
        fprintf(stderr, "usage: zero_copy DEVICE FILE\n");
        return 2;
    }
    int result = hyp_context_create(NULL, &context, &error);
    if (result == HYP_OK) {
        result = hyp_device_open(context, argv[1], NULL, &device, &error);
    }
    if (result == HYP_OK) {
        result = hyp_queue_create(device, NULL, &queue);
    }
    if (result == HYP_OK) {
        result = hash_file(device, queue, argv[2]);
    }
    if (result) {
        fprintf(stderr, "zero_copy: %s\n", error.code ? error.message : hyp_strerror(result));
    }
    hyp_queue_destroy(queue);
    hyp_device_close(device);
    hyp_context_destroy(context);
    return result ? 3 : 0;
}
