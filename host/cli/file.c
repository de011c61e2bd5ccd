#include "host/cli/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/cli/cli.h"

uint8_t *cli_read_file(const char *name, size_t *length, char message[256])
{
    FILE *file = fopen(name, "rb");
    uint8_t *content = NULL;
    size_t used = 0;
    size_t size = 0;
    size_t got = 0;

    do {
        if (used == size) {
            uint8_t *larger = file ? realloc(content, size = size ? 2 * size : 1 << 20) : NULL;
            if (!larger) {
                break;
            }
            content = larger;
        }
        got = fread(content + used, 1, size - used, file);
        used += got;
    } while (got);
    if (!file || used == size || ferror(file)) {
        snprintf(message, 256, "%s", strerror(errno));
        free(content);
        content = NULL;
    }
    if (file) {
        fclose(file);
    }
    *length = used;
    return content;
}

/* The temporary lies beside the file, so that the rename cannot cross file systems. */
int cli_write_file(const char *name, const void *content, size_t size)
{
    char *temporary;

    if (asprintf(&temporary, "%s.XXXXXX", name) < 0) {
        cli_error("%s: no memory", name);
        return CLI_DEVICE;
    }
    int descriptor = mkstemp(temporary);
    FILE *file = descriptor >= 0 ? fdopen(descriptor, "wb") : NULL;
    mode_t mask = umask(0);
    umask(mask);
    bool written =
        file && fwrite(content, 1, size, file) == size && fchmod(descriptor, 0666 & ~mask) == 0;
    if (file) {
        written = fclose(file) == 0 && written;
    }
    if (!written || rename(temporary, name) != 0) {
        cli_error("%s: cannot write: %s", name, strerror(errno));
        unlink(temporary);
        written = false;
    }
    free(temporary);
    return written ? CLI_OK : CLI_USAGE;
}
