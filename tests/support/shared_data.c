#include "tests/support/shared_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *shared_data_path(const char *name)
{
    static char path[4096];
    const char *folder = getenv("HYP_TEST_DATA");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "../shared/data", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

uint8_t *read_whole_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    uint8_t *content = NULL;
    size_t used = 0;
    size_t size = 0;

    if (!file) {
        return NULL;
    }
    for (;;) {
        if (size - used < 2) {
            uint8_t *larger = realloc(content, size = size ? 2 * size : 65536);
            if (!larger) {
                goto fail;
            }
            content = larger;
        }
        size_t got = fread(content + used, 1, size - used - 1, file);
        used += got;
        if (got == 0) {
            break;
        }
    }
    if (ferror(file)) {
        goto fail;
    }
    fclose(file);
    content[used] = 0;
    *length = used;
    return content;

fail:
    free(content);
    fclose(file);
    return NULL;
}
