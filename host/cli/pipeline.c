#include "host/cli/pipeline.h"

int cli_pipeline_open(struct cli_pipeline *pipeline)
{
    int error = cli_queue_create(pipeline->device, &pipeline->queue);
    return error ? cli_device_failure(pipeline->device, pipeline->name, error) : CLI_OK;
}

void cli_pipeline_close(struct cli_pipeline *pipeline)
{
    hyp_queue_destroy(pipeline->queue);
    for (int i = 0; i < CLI_PIPELINE_DEPTH; i++) {
        if (pipeline->ring[i].batch) {
            pipeline->op->destroy(pipeline->ring[i].batch);
        }
    }
}

/* Waits for one batch and prints its results. */
static int print_slot(struct cli_pipeline *pipeline, struct cli_pipeline_slot *slot)
{
    hyp_completion completion;

    while (slot->in_flight) {
        hyp_queue_wait(pipeline->queue, UINT64_MAX);
        if (hyp_queue_reap(pipeline->queue, &completion, 1) == 1) {
            struct cli_pipeline_slot *finished = completion.user;
            finished->in_flight = false;
            finished->result = completion.result;
        }
    }
    if (slot->result) {
        return cli_device_failure(pipeline->device, pipeline->name, slot->result);
    }
    pipeline->op->print(pipeline->user, slot->batch);
    pipeline->op->clear(slot->batch);
    return CLI_OK;
}

int cli_pipeline_turn(struct cli_pipeline *pipeline)
{
    struct cli_pipeline_slot *full = cli_pipeline_slot(pipeline);

    if (pipeline->op->count(full->batch)) {
        hyp_job job = pipeline->op->job(full->batch, full);
        int accepted = hyp_queue_submit(pipeline->queue, &job, 1);
        if (accepted != 1) {
            return cli_device_failure(pipeline->device, pipeline->name,
                                      accepted ? accepted : HYP_EAGAIN);
        }
        full->in_flight = true;
    }
    pipeline->filling = (pipeline->filling + 1) % CLI_PIPELINE_DEPTH;
    return print_slot(pipeline, cli_pipeline_slot(pipeline));
}

int cli_pipeline_drain(struct cli_pipeline *pipeline)
{
    int result = CLI_OK;

    for (int i = 0; i < CLI_PIPELINE_DEPTH && result == CLI_OK; i++) {
        result = cli_pipeline_turn(pipeline);
    }
    return result;
}
