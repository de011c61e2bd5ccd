/* The memory of attempts: items on their way from jobs to members, and results on their way back.
 */
#include <stdlib.h>
#include <string.h>

#include "host/src/buffer.h"
#include "host/src/dispatch/set.h"

static void free_attempt(struct set_attempt *attempt)
{
    if (!attempt->in_place) {
        hyp_buffer_destroy(attempt->input);
        hyp_buffer_destroy(attempt->output);
    }
    free(attempt);
}

void set_spares_free(struct set_member *member)
{
    while (member->spare) {
        struct set_attempt *spare = member->spare;
        member->spare = spare->next;
        free_attempt(spare);
    }
}

static size_t round_to_power(size_t bytes)
{
    size_t power = 65536;
    while (power < bytes) {
        power *= 2;
    }
    return power;
}

/* An attempt with buffers that hold at least so much; an old one if it fits. */
static struct set_attempt *take_attempt(struct set_member *member, size_t input_bytes,
                                        size_t output_bytes)
{
    for (struct set_attempt **link = &member->spare; *link; link = &(*link)->next) {
        struct set_attempt *spare = *link;
        if (hyp_buffer_size(spare->input) >= input_bytes &&
            hyp_buffer_size(spare->output) >= output_bytes) {
            *link = spare->next;
            return spare;
        }
    }
    /* What does not fit is given back before more is taken: the spares stay few. */
    set_spares_free(member);
    struct set_attempt *made = calloc(1, sizeof *made);
    if (made && (hyp_buffer_create(member->device, round_to_power(input_bytes), &made->input) ||
                 hyp_buffer_create(member->device, round_to_power(output_bytes), &made->output))) {
        free_attempt(made);
        made = NULL;
    }
    return made;
}

struct set_attempt *set_attempt_in_place(const struct set_range *range,
                                         const struct set_member *member)
{
    const struct hyp_run *run = range->job->run;
    struct {
        struct set_attempt attempt;
        hyp_buffer input;
        hyp_buffer output;
    } *made = calloc(1, sizeof *made);

    if (!made) {
        return NULL;
    }
    made->input = (hyp_buffer){member->device, *run->input};
    made->output = (hyp_buffer){member->device, *run->output};
    made->attempt.input = &made->input;
    made->attempt.output = &made->output;
    made->attempt.in_place = true;
    /* What the part costs is told by this header; the CPU goes by the job's own. */
    hyp_batch_header *header = &made->attempt.header;
    uint64_t all = range->job->header.item_count;
    uint64_t items = range->last - range->first;
    *header = range->job->header;
    header->item_count = (uint32_t)items;
    header->data_length = (uint64_t)((double)header->data_length * (double)items / (double)all);
    header->result_beats = (uint32_t)(header->result_beats * items / all);
    return &made->attempt;
}

struct set_attempt *set_attempt_on_copy(struct set_range *const *ranges, unsigned count,
                                        struct set_member *member, size_t *input_bytes)
{
    const hyp_batch_header *header = &ranges[0]->job->header;
    const struct hyp_op_info *op = hyp_op_find(header->op);
    const hyp_op_capability *limit = hyp_device_capability(member->device, (hyp_op)header->op);
    struct hyp_slice slices[SET_MOST_PARTS];
    hyp_batch_header gathered = *header;

    gathered.result_beats = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct set_job *job = ranges[i]->job;
        slices[i] = (struct hyp_slice){&job->header, job->run->input->data, ranges[i]->first,
                                       ranges[i]->last};
        gathered.result_beats += job->header.result_beats; /* as many at most */
    }
    gathered.item_count = hyp_slices_items(slices, count);
    *input_bytes = op->gather(slices, count, 0, NULL, 0);
    if (*input_bytes > limit->max_input_bytes || gathered.item_count > limit->max_items) {
        return NULL;
    }
    struct set_attempt *attempt =
        take_attempt(member, *input_bytes, hyp_batch_output_bytes(&gathered));
    if (!attempt) {
        return NULL;
    }
    uint64_t sequence = atomic_fetch_add(&member->device->context->next_id, 1) |
                        (header->sequence & HYP_SEQUENCE_TRIAL);
    size_t room = hyp_buffer_size(attempt->input);
    *input_bytes = op->gather(slices, count, sequence, hyp_buffer_data(attempt->input), room);
    if (*input_bytes > room) { /* they were shorter before: what lies here is an older batch */
        set_attempt_release(member, attempt);
        return NULL;
    }
    memcpy(&attempt->header, hyp_buffer_data(attempt->input), sizeof attempt->header);
    return attempt;
}

void set_attempt_release(struct set_member *member, struct set_attempt *attempt)
{
    if (attempt->in_place) {
        free_attempt(attempt);
    } else {
        attempt->next = member->spare;
        member->spare = attempt;
    }
}

/* Copies one result of an op whose results have sizes of their own. The job's memory may change
 * while it is read: both regions are inside their buffers, and the shorter counts. */
static void merge_one(const struct set_attempt *attempt, const struct set_part *part,
                      uint32_t index)
{
    const struct set_range *range = part->range;
    const struct set_job *job = range->job;
    uint64_t from;
    uint64_t from_length;
    uint64_t to;
    uint64_t to_length;

    if (hyp_result_region(&attempt->header, hyp_buffer_data(attempt->input), part->at + index,
                          &from, &from_length) &&
        hyp_result_region(&job->header, job->run->input->data, range->first + index, &to,
                          &to_length)) {
        memcpy((uint8_t *)job->run->output->data + to,
               (const uint8_t *)hyp_buffer_data(attempt->output) + from,
               from_length < to_length ? from_length : to_length);
    }
}

void set_part_merge(const struct set_attempt *attempt, const struct set_part *part)
{
    const struct set_range *range = part->range;
    const struct hyp_op_info *op = hyp_op_find(attempt->header.op);
    uint32_t count = range->last - range->first;
    const uint8_t *from = hyp_buffer_data(attempt->output);
    uint8_t *to = range->job->run->output->data;

    memcpy(to + HYP_STATUS_OFFSET + range->first, from + HYP_STATUS_OFFSET + part->at, count);
    if (op->result_size) {
        size_t size = op->result_size(attempt->header.flags);
        memcpy(to + hyp_results_offset(range->job->header.item_count) + range->first * size,
               from + hyp_results_offset(attempt->header.item_count) + part->at * size,
               count * size);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        merge_one(attempt, part, i);
    }
}
