/* What the devices of one command did, kept in a file for `hyperion stats` and `hyperion top`:
 * their states, counters and events, as the library's own structs. Written every second while the
 * device is open, and at the end. Written and read on the same machine by the same version; a file
 * of another version is refused. */
#ifndef HYPERION_CLI_RECORD_H
#define HYPERION_CLI_RECORD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "hyperion/hyperion.h"

enum { CLI_RECORD_DEVICES = 16, CLI_RECORD_EVENTS = 512 };

/* The beginning of the file. */
struct cli_record_header {
    char magic[8];  /* "HYPSTAT1" */
    uint64_t sizes; /* of the structs that follow */
    char command[32];
    uint64_t unix_seconds; /* when the command began */
    uint64_t clock_ns;     /* the same, in the clock of events */
    uint64_t updated_ns;   /* when the devices were asked, in the same clock */
    uint32_t pid;          /* of the command */
    uint32_t ended;        /* the devices are closed */
    uint32_t device_count;
    uint32_t event_count; /* the last ones; each a hyp_event, behind the devices */
    uint64_t events_lost; /* older ones */
};

struct cli_record_device {
    hyp_device_status status;
    uint32_t op_count;
    uint32_t reserved;
    hyp_op_stats ops[HYP_MAX_OPS];
};

struct cli_record {
    struct cli_record_header header;
    struct cli_record_device devices[CLI_RECORD_DEVICES];
    hyp_event events[CLI_RECORD_EVENTS]; /* a ring: the oldest at events_lost % CLI_RECORD_EVENTS */
    pthread_mutex_t lock;                /* events come from many threads */
    const char *file;                    /* NULL: the usual one */
    hyp_device *device;                  /* that the thread below looks at */
    pthread_t watcher;
    pthread_cond_t stop;
    bool watching, stopping;
};

/* `file` as asked for, or NULL. Returns NULL without memory. */
struct cli_record *cli_record_create(const char *command, const char *file);
/* A hyp_event_function; user is the record. */
void cli_record_event(void *user, const hyp_event *event);
/* From now on the file is written every second, in a thread of its own: for commands that take
 * longer. Without threads it is written at the end alone. */
void cli_record_watch(struct cli_record *record, hyp_device *device);
/* Takes over what is known of a device that is about to be closed, and ends the thread. */
void cli_record_devices(struct cli_record *record, hyp_device *device);
/* Writes the file and frees the record. A file that was asked for and cannot be written is told. */
void cli_record_finish(struct cli_record *record);

/* Reads a file, NULL: the usual one. Returns NULL after a message. */
struct cli_record *cli_record_read(const char *file);

/* The i-th event of header.event_count, oldest first. */
const hyp_event *cli_record_event_at(const struct cli_record *record, uint32_t i);

#endif
