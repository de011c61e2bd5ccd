#include "host/src/backend/xrt_find.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/xclbin/xclbin.h"
#include "host/src/fail.h"
#include "host/src/installed.h"

/* dddd:bb:dd.f in hexadecimal */
static bool is_address(const char *name)
{
    static const char shape[] = "xxxx:xx:xx.x";
    if (strlen(name) != sizeof(shape) - 1)
        return false;
    for (size_t i = 0; name[i]; i++) {
        bool fits =
            shape[i] == 'x' ? strchr("0123456789abcdef", name[i]) != NULL : name[i] == shape[i];
        if (!fits)
            return false;
    }
    return true;
}

static int compare_addresses(const void *a, const void *b)
{
    return strcmp(((const struct hyp_xrt_address *)a)->text,
                  ((const struct hyp_xrt_address *)b)->text);
}

size_t hyp_xrt_find_cards(const char *driver, struct hyp_xrt_address cards[HYP_XRT_MAX_CARDS])
{
    size_t count = 0;
    const struct dirent *entry;
    DIR *folder = opendir(driver);
    if (!folder)
        return 0;
    /* readdir of a stream of our own is safe among threads. */
    while (count < HYP_XRT_MAX_CARDS && (entry = readdir(folder))) // NOLINT(concurrency-mt-unsafe)
        if (is_address(entry->d_name))
            snprintf(cards[count++].text, sizeof(cards->text), "%.15s", entry->d_name);
    closedir(folder);
    qsort(cards, count, sizeof(cards[0]), compare_addresses);
    return count;
}

/* A path that somebody named, NULL or empty if nobody did. Returns 1 if it was taken, 0 if there is
 * none. */
static int take_named(const char *named, char path[PATH_MAX], hyp_error *error)
{
    if (!named || !*named)
        return 0;
    if (snprintf(path, PATH_MAX, "%s", named) >= PATH_MAX)
        return hyp_fail(error, HYP_EINVAL, "a path of %zu characters is too long", strlen(named));
    return 1;
}

int hyp_xrt_find_host(char path[PATH_MAX], hyp_error *error)
{
    /* Not in a program with more rights than its caller: this one is run. */
    int named = take_named(secure_getenv("HYP_CARD_HOST"), path, error);
    if (named != 0)
        return named < 0 ? named : HYP_OK;
    if (hyp_find_installed("libexec/hyperion/hyperion-card-host", path))
        return HYP_OK;
    return hyp_fail(error, HYP_ENODEV,
                    "hyperion-card-host, the program that holds an XRT card, is not there: build "
                    "it (make), or name it in HYP_CARD_HOST");
}

int hyp_xrt_find_bitstream(const char *given, bool simulated, char path[PATH_MAX], hyp_error *error)
{
    const char *name = simulated ? "hyperion.hw_emu.xclbin" : "hyperion.hw.xclbin";
    char relative[64];
    int named = take_named(given, path, error);
    if (named == 0)
        named = take_named(secure_getenv("HYP_BITSTREAM"), path, error);
    if (named != 0)
        return named < 0 ? named : HYP_OK;
    snprintf(relative, sizeof(relative), "bitstreams/%s", name);
    if (hyp_find_installed(relative, path))
        return 0;
    snprintf(relative, sizeof(relative), "share/hyperion/%s", name);
    if (hyp_find_installed(relative, path))
        return 0;
    return hyp_fail(error, HYP_EBITSTREAM,
                    "%s is not there: build it (make), or name an xclbin with --bitstream or in "
                    "HYP_BITSTREAM",
                    name);
}

bool hyp_xrt_read_uuid(int fd, uint8_t uuid[16])
{
    struct stat status;
    xclbin_reader reader;
    if (fstat(fd, &status) != 0 || status.st_size <= 0)
        return false;
    size_t size = (size_t)status.st_size;
    void *image = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (image == MAP_FAILED)
        return false;
    bool readable = xclbin_open(&reader, image, size, NULL) == XCLBIN_OK;
    if (readable)
        memcpy(uuid, xclbin_uuid(&reader), 16);
    munmap(image, size);
    return readable;
}
