#include "host/card-host/image.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/src/fail.h"

#define MAX_XCLBIN (UINT64_C(1) << 30)

/* Returns 0, or an errno value; EIO where the file has become shorter. */
static int read_all(int fd, uint8_t *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, bytes + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        done += (size_t)n;
    }
    return 0;
}

int image_read(const char *path, int fd, void **image, size_t *size, hyp_error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
        (uint64_t)status.st_size > MAX_XCLBIN)
        return hyp_fail(error, HYP_EBITSTREAM, "%s is empty, too large or no file", path);
    *size = (size_t)status.st_size;
    *image = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (*image == MAP_FAILED)
        return hyp_fail(error, HYP_ENOMEM, "no memory for the %zu bytes of %s", *size, path);
    int bad = read_all(fd, *image, *size);
    if (bad) {
        image_free(*image, *size);
        return hyp_fail(error, HYP_EIO, "cannot read %s: %s", path, strerror(bad));
    }
    return 0;
}

void image_free(void *image, size_t size)
{
    munmap(image, size);
}
