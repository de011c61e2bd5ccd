/* Batches in a ring, in order: while the device works on some, the next is filled, and what is done
 * is printed in the order in which it was read. Serves commands that stream input of any size in
 * bounded memory. */
#ifndef HYPERION_CLI_PIPELINE_H
#define HYPERION_CLI_PIPELINE_H

#include "host/cli/cli.h"

enum { CLI_PIPELINE_DEPTH = 3 };

/* How a pipeline handles the batches of one op. */
struct cli_pipeline_op {
    uint32_t (*count)(const void *batch);
    hyp_job (*job)(void *batch, void *user);
    /* Prints the results of a batch that has completed. */
    void (*print)(void *user, const void *batch);
    void (*clear)(void *batch);
    void (*destroy)(void *batch);
};

struct cli_pipeline {
    const struct cli_device *device;
    const struct cli_pipeline_op *op;
    const char *name; /* of the input, for messages */
    void *user;       /* passed to print */
    hyp_queue *queue;
    unsigned filling; /* the batch being filled; the one after it is the oldest in flight */
    struct cli_pipeline_slot {
        void *batch;
        bool in_flight;
        int result;
    } ring[CLI_PIPELINE_DEPTH];
};

/* Opens the queue; the caller then puts a batch into each slot of the ring. Returns an exit code.
 */
int cli_pipeline_open(struct cli_pipeline *pipeline);
/* Also after a failed opening. Destroys the batches. */
void cli_pipeline_close(struct cli_pipeline *pipeline);

/* The slot whose batch is being filled. Its batch may be replaced while it is empty. */
static inline struct cli_pipeline_slot *cli_pipeline_slot(struct cli_pipeline *pipeline)
{
    return &pipeline->ring[pipeline->filling];
}

/* Submits the batch that was filled, and makes the next one empty: waits for it and prints it if it
 * was in flight. Returns an exit code. */
int cli_pipeline_turn(struct cli_pipeline *pipeline);

/* Submits and prints everything. */
int cli_pipeline_drain(struct cli_pipeline *pipeline);

#endif
