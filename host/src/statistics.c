#include "host/src/statistics.h"

#include <string.h>

#include "host/src/device.h"
#include "host/src/dispatch/members.h"

enum {
    FIRST_POWER = 8, /* bucket 0 is all below 2^8 ns */
    PARTS = 4,       /* buckets of a power of two */
};

static unsigned bucket_of(uint64_t ns)
{
    if (ns < 1u << FIRST_POWER) {
        return 0;
    }
    unsigned power = 63 - (unsigned)__builtin_clzll(ns);
    unsigned part = (unsigned)(ns >> (power - 2)) % PARTS;
    unsigned bucket = 1 + (power - FIRST_POWER) * PARTS + part;

    return bucket < HYP_HISTOGRAM_BUCKETS ? bucket : HYP_HISTOGRAM_BUCKETS - 1;
}

uint64_t hyp_histogram_limit_ns(unsigned bucket)
{
    if (bucket >= HYP_HISTOGRAM_BUCKETS - 1) {
        return UINT64_MAX;
    }
    unsigned power = FIRST_POWER + bucket / PARTS;
    return (uint64_t)(PARTS + bucket % PARTS) << (power - 2);
}

void hyp_histogram_add(hyp_histogram *histogram, uint64_t ns)
{
    histogram->count++;
    histogram->sum_ns += ns;
    histogram->buckets[bucket_of(ns)]++;
}

uint64_t hyp_histogram_quantile_ns(const hyp_histogram *histogram, double share)
{
    double wanted = share * (double)histogram->count;
    uint64_t below = 0;

    for (unsigned i = 0; i < HYP_HISTOGRAM_BUCKETS && histogram->count; i++) {
        below += histogram->buckets[i];
        if (below > 0 && (double)below >= wanted) {
            return hyp_histogram_limit_ns(i);
        }
    }
    return 0;
}

const char *hyp_device_state_name(hyp_device_state state)
{
    static const char *const names[] = {"absent",      "starting",  "ready", "suspect",
                                        "quarantined", "resetting", "failed"};
    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

void hyp_statistics_init(struct hyp_statistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    pthread_mutex_init(&statistics->lock, NULL);
    statistics->state = HYP_STATE_STARTING;
    for (uint32_t i = 0; i < HYP_MAX_OPS; i++) {
        statistics->ops[i].op = i;
    }
}

void hyp_statistics_release(struct hyp_statistics *statistics)
{
    pthread_mutex_destroy(&statistics->lock);
}

void hyp_statistics_completed(struct hyp_statistics *statistics, const struct hyp_slot *slot,
                              uint64_t checked)
{
    const hyp_completion *completion = &slot->completion;
    hyp_op_stats *stats = &statistics->ops[slot->header.op % HYP_MAX_OPS];

    if (slot->header.sequence & HYP_SEQUENCE_TRIAL) {
        return;
    }
    uint64_t all = slot->header.item_count;
    uint64_t items = slot->run.last_item ? slot->run.last_item - slot->run.first_item : all;
    pthread_mutex_lock(&statistics->lock);
    stats->batches++;
    stats->items_checked += checked;
    if (completion->result) {
        stats->batches_failed++;
        stats->lies += completion->result == HYP_EMISMATCH;
    } else {
        stats->items += items;
        stats->items_failed += completion->items_failed;
        stats->input_bytes += all ? slot->run.input_bytes * items / all : slot->run.input_bytes;
        stats->output_bytes += all ? slot->run.output_bytes * items / all : slot->run.output_bytes;
    }
    hyp_histogram_add(&stats->queue, completion->started_ns - completion->submitted_ns);
    hyp_histogram_add(&stats->run, completion->finished_ns - completion->started_ns);
    if (slot->run.transfer_ns) {
        hyp_histogram_add(&stats->transfer, slot->run.transfer_ns);
    }
    pthread_mutex_unlock(&statistics->lock);
}

void hyp_statistics_retry(struct hyp_statistics *statistics, uint32_t op)
{
    pthread_mutex_lock(&statistics->lock);
    statistics->ops[op % HYP_MAX_OPS].retries++;
    pthread_mutex_unlock(&statistics->lock);
}

void hyp_statistics_fault(struct hyp_statistics *statistics)
{
    pthread_mutex_lock(&statistics->lock);
    statistics->faults++;
    pthread_mutex_unlock(&statistics->lock);
}

void hyp_statistics_state(struct hyp_statistics *statistics, hyp_device_state state)
{
    pthread_mutex_lock(&statistics->lock);
    statistics->resets += state == HYP_STATE_RESETTING;
    statistics->state = state;
    pthread_mutex_unlock(&statistics->lock);
}

uint32_t hyp_device_member_count(const hyp_device *device)
{
    return device->backend == &hyp_backend_set ? hyp_set_member_count(device) : 1;
}

static hyp_device *member_device(hyp_device *device, uint32_t member)
{
    return device->backend == &hyp_backend_set ? hyp_set_member_device(device, member) : device;
}

static void own_status(hyp_device *device, hyp_device_status *status)
{
    struct hyp_statistics *statistics = &device->statistics;

    memcpy(status->name, device->info.name, sizeof status->name);
    pthread_mutex_lock(&statistics->lock);
    status->state = statistics->state;
    status->faults = statistics->faults;
    status->resets = statistics->resets;
    pthread_mutex_unlock(&statistics->lock);
    hyp_device_last_fault(device, &status->last_fault);
}

int hyp_device_get_status(hyp_device *device, uint32_t member, hyp_device_status *status)
{
    if (!device || !status || member >= hyp_device_member_count(device)) {
        return HYP_EINVAL;
    }
    if (hyp_context_is_foreign(device->context)) {
        return HYP_EFORKED;
    }
    hyp_device *own = member_device(device, member);
    memset(status, 0, sizeof *status);
    if (own) {
        own_status(own, status);
    }
    if (own != device) {
        hyp_set_member_status(device, member, status);
    }
    return HYP_OK;
}

int hyp_device_get_op_stats(hyp_device *device, uint32_t member, hyp_op op, hyp_op_stats *stats)
{
    if (!device || !stats || member >= hyp_device_member_count(device)) {
        return HYP_EINVAL;
    }
    if (hyp_context_is_foreign(device->context)) {
        return HYP_EFORKED;
    }
    hyp_device *own = member_device(device, member);
    if (!own || !hyp_device_capability(own, op)) {
        return HYP_ENOTSUP;
    }
    pthread_mutex_lock(&own->statistics.lock);
    *stats = own->statistics.ops[(unsigned)op % HYP_MAX_OPS];
    pthread_mutex_unlock(&own->statistics.lock);
    return HYP_OK;
}

int hyp_device_readmit(hyp_device *device, uint32_t member)
{
    if (!device || device->backend != &hyp_backend_set ||
        member >= hyp_device_member_count(device)) {
        return HYP_EINVAL;
    }
    if (hyp_context_is_foreign(device->context)) {
        return HYP_EFORKED;
    }
    hyp_set_member_readmit(device, member);
    hyp_engine_wake(device);
    return HYP_OK;
}
