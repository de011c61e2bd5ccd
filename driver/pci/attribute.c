#include "driver/pci/attribute.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* folder/name; false where that is no path. */
static bool join(const char *folder, const char *name, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return *folder && length > 0 && length < PATH_MAX;
}

static int open_file(const char *folder, const char *name, int flags)
{
    char path[PATH_MAX];

    if (!join(folder, name, path)) {
        return -ENOENT;
    }
    /* A tree from elsewhere may hold a fifo, which must not make this wait. */
    int file = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    return file < 0 ? -errno : file;
}

long pcie_read_bytes(const char *folder, const char *name, void *bytes, size_t size)
{
    size_t used = 0;
    long got = 1;
    int file = open_file(folder, name, O_RDONLY);

    if (file < 0) {
        return file;
    }
    while (used < size && got > 0) {
        got = read(file, (char *)bytes + used, size - used);
        if (got < 0 && errno == EINTR) {
            got = 1;
        } else if (got > 0) {
            used += (size_t)got;
        }
    }
    long result = got < 0 ? -errno : (long)used;
    close(file);
    return result;
}

static void make_printable(char *text)
{
    size_t length = strlen(text);

    while (length && strchr(" \t\r\n", text[length - 1])) {
        text[--length] = 0;
    }
    for (char *c = text; *c; c++) {
        if ((*c < ' ' || *c > '~') && *c != '\n') {
            *c = '?';
        }
    }
}

int pcie_read_text(const char *folder, const char *name, char *text, size_t size)
{
    long length = pcie_read_bytes(folder, name, text, size - 1);

    text[length > 0 ? length : 0] = 0;
    if (length < 0) {
        return (int)length;
    }
    make_printable(text);
    return 0;
}

int pcie_read_attribute(pcie_function *function, const char *name, char *text, size_t size)
{
    int result = pcie_read_text(function->folder, name, text, size);

    if (result && result != -ENOENT) {
        pcie_add_problem(function, name, -result);
    }
    return result;
}

int pcie_read_number(const char *folder, const char *name, int64_t *number)
{
    char text[64];
    char *end;
    int result = pcie_read_text(folder, name, text, sizeof text);

    if (result) {
        return result;
    }
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end) {
        return -EINVAL;
    }
    *number = value;
    return 0;
}

int pcie_read_link(const char *folder, const char *name, char *text, size_t size)
{
    char path[PATH_MAX];
    char target[PATH_MAX];

    *text = 0;
    if (!join(folder, name, path)) {
        return -ENOENT;
    }
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) {
        return -errno;
    }
    target[length] = 0;
    const char *slash = strrchr(target, '/');
    snprintf(text, size, "%.*s", (int)size - 1, slash ? slash + 1 : target);
    make_printable(text);
    return 0;
}

int pcie_write_text(const char *folder, const char *name, const char *text)
{
    size_t length = strlen(text);
    int file = open_file(folder, name, O_WRONLY);

    if (file < 0) {
        return file;
    }
    ssize_t written = write(file, text, length);
    int result = written < 0 ? -errno : written == (ssize_t)length ? 0 : -EIO;
    close(file);
    return result;
}

void pcie_add_problem(pcie_function *function, const char *file, int error)
{
    if (function->problem_count < PCIE_MAX_PROBLEMS) {
        pcie_problem *problem = &function->problems[function->problem_count++];
        snprintf(problem->file, sizeof problem->file, "%s", file);
        problem->error = error;
    }
}
