#include "host/cli/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/cli/cli.h"

static const char magic[8] = "HYPSTAT1";

static uint64_t struct_sizes(void)
{
    return sizeof(struct cli_record_header) | (uint64_t)sizeof(struct cli_record_device) << 16 |
           (uint64_t)sizeof(hyp_event) << 48;
}

struct cli_record *cli_record_create(const char *command, const char *file)
{
    struct cli_record *record = calloc(1, sizeof *record);

    if (record) {
        memcpy(record->header.magic, magic, sizeof magic);
        record->header.sizes = struct_sizes();
        snprintf(record->header.command, sizeof record->header.command, "%s", command);
        record->header.unix_seconds = (uint64_t)time(NULL);
        record->header.clock_ns = hyp_clock_ns();
        record->file = file;
        record->header.pid = (uint32_t)getpid();
        pthread_mutex_init(&record->lock, NULL);
    }
    return record;
}

void cli_record_event(void *user, const hyp_event *event)
{
    struct cli_record *record = user;
    struct cli_record_header *header = &record->header;

    pthread_mutex_lock(&record->lock);
    record->events[(header->events_lost + header->event_count) % CLI_RECORD_EVENTS] = *event;
    if (header->event_count < CLI_RECORD_EVENTS) {
        header->event_count++;
    } else {
        header->events_lost++;
    }
    pthread_mutex_unlock(&record->lock);
}

const hyp_event *cli_record_event_at(const struct cli_record *record, uint32_t i)
{
    return &record->events[(record->header.events_lost + i) % CLI_RECORD_EVENTS];
}

/* Under the lock. */
static void ask_devices(struct cli_record *record, hyp_device *device)
{
    record->header.device_count = 0;
    record->header.updated_ns = hyp_clock_ns();
    for (uint32_t m = 0; m < hyp_device_member_count(device); m++) {
        struct cli_record_header *header = &record->header;
        if (header->device_count == CLI_RECORD_DEVICES) {
            return;
        }
        struct cli_record_device *to = &record->devices[header->device_count++];
        to->op_count = 0;
        hyp_device_get_status(device, m, &to->status);
        for (uint32_t op = 1; op < HYP_MAX_OPS; op++) {
            hyp_op_stats *stats = &to->ops[to->op_count];
            if (hyp_device_get_op_stats(device, m, (hyp_op)op, stats) == HYP_OK &&
                (stats->batches > 0 || stats->retries > 0)) {
                to->op_count++;
            }
        }
    }
}

/* Where records lie of which nobody said where: $XDG_STATE_HOME/hyperion/stats, or the same in
 * ~/.local/state. Makes the folders if asked. Returns false where there is no such place. */
static bool usual_file(char path[PATH_MAX], bool make_folders)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    int length = -1;

    if (state && *state == '/') {
        length = snprintf(path, PATH_MAX, "%s/hyperion/stats", state);
    } else if (home && *home == '/') {
        length = snprintf(path, PATH_MAX, "%s/.local/state/hyperion/stats", home);
    }
    if (length < 0 || length >= PATH_MAX) {
        return false;
    }
    for (char *slash = strchr(path + 1, '/'); make_folders && slash;
         slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    return true;
}

static bool write_record(const struct cli_record *record, FILE *file)
{
    const struct cli_record_header *header = &record->header;
    bool written = fwrite(header, sizeof *header, 1, file) == 1 &&
                   fwrite(record->devices, sizeof *record->devices, header->device_count, file) ==
                       header->device_count;

    for (uint32_t i = 0; i < header->event_count && written; i++) {
        written = fwrite(cli_record_event_at(record, i), sizeof(hyp_event), 1, file) == 1;
    }
    return written;
}

/* Through a new file that takes the place of the old one: no reader sees half of it. */
static bool write_file(const struct cli_record *record, const char *path)
{
    char temporary[PATH_MAX + 16];

    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int fd = mkstemp(temporary);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!file) {
        return false;
    }
    bool written = write_record(record, file);
    written = fclose(file) == 0 && written;
    written = written && rename(temporary, path) == 0;
    if (!written) {
        int error = errno;
        unlink(temporary);
        errno = error;
    }
    return written;
}

/* Writes the file where it was asked for or, without a complaint, where it usually lies. Returns
 * false where one that was asked for cannot be written. */
static bool keep(const struct cli_record *record)
{
    char path[PATH_MAX];

    if (record->file) {
        return write_file(record, record->file);
    }
    /* Nobody asked for it: a home that cannot be written is no reason to complain. */
    if (record->header.device_count > 0 && usual_file(path, true)) {
        write_file(record, path);
    }
    return true;
}

static void *watch(void *argument)
{
    struct cli_record *record = argument;
    struct timespec until;

    pthread_mutex_lock(&record->lock);
    clock_gettime(CLOCK_MONOTONIC, &until);
    while (!record->stopping) {
        until.tv_sec++;
        while (!record->stopping &&
               pthread_cond_timedwait(&record->stop, &record->lock, &until) == 0) {
        }
        if (!record->stopping) {
            ask_devices(record, record->device);
            keep(record);
        }
    }
    pthread_mutex_unlock(&record->lock);
    return NULL;
}

void cli_record_watch(struct cli_record *record, hyp_device *device)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&record->stop, &attributes);
    pthread_condattr_destroy(&attributes);
    record->device = device;
    record->watching = pthread_create(&record->watcher, NULL, watch, record) == 0;
}

void cli_record_devices(struct cli_record *record, hyp_device *device)
{
    if (record->watching) {
        pthread_mutex_lock(&record->lock);
        record->stopping = true;
        pthread_cond_signal(&record->stop);
        pthread_mutex_unlock(&record->lock);
        pthread_join(record->watcher, NULL);
        record->watching = false;
    }
    pthread_mutex_lock(&record->lock);
    ask_devices(record, device);
    record->header.ended = 1;
    pthread_mutex_unlock(&record->lock);
}

void cli_record_finish(struct cli_record *record)
{
    if (!record) {
        return;
    }
    if (!keep(record)) {
        cli_error("%s: what devices did cannot be kept: %s", record->file, strerror(errno));
    }
    pthread_mutex_destroy(&record->lock);
    free(record);
}

/* Text from a file: whatever it holds, it ends. */
#define END(text) ((text)[sizeof(text) - 1] = 0)

static bool read_parts(struct cli_record *record, FILE *file)
{
    struct cli_record_header *header = &record->header;

    if (fread(header, sizeof *header, 1, file) != 1 ||
        memcmp(header->magic, magic, sizeof magic) != 0 || header->sizes != struct_sizes() ||
        header->device_count > CLI_RECORD_DEVICES || header->event_count > CLI_RECORD_EVENTS ||
        fread(record->devices, sizeof *record->devices, header->device_count, file) !=
            header->device_count) {
        return false;
    }
    for (uint32_t d = 0; d < header->device_count; d++) {
        END(record->devices[d].status.name);
        END(record->devices[d].status.last_fault.message);
        if (record->devices[d].op_count > HYP_MAX_OPS) {
            return false;
        }
    }
    for (uint32_t i = 0; i < header->event_count; i++) {
        hyp_event *event = &record->events[(header->events_lost + i) % CLI_RECORD_EVENTS];
        if (fread(event, sizeof *event, 1, file) != 1) {
            return false;
        }
        END(event->device);
        END(event->message);
    }
    END(header->command);
    return true;
}

struct cli_record *cli_record_read(const char *name)
{
    char path[PATH_MAX];

    if (!name && !usual_file(path, false)) {
        cli_error("no file was named, and neither XDG_STATE_HOME nor HOME says where one would be");
        return NULL;
    }
    name = name ? name : path;
    FILE *file = fopen(name, "rb");
    if (!file) {
        cli_error("%s: %s; commands with a device write it", name, strerror(errno));
        return NULL;
    }
    struct cli_record *record = cli_record_create("", NULL);
    if (record && !read_parts(record, file)) {
        cli_error("%s: not a record of this version; commands with a device write one", name);
        pthread_mutex_destroy(&record->lock);
        free(record);
        record = NULL;
    }
    fclose(file);
    return record;
}
