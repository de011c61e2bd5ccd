/* The CPU as a device: what every other device is compared with, and what always works. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "host/src/backend/backend.h"
#include "host/src/backend/cpu_ops.h"
#include "host/src/backend/cpu_scheduler.h"
#include "host/src/fail.h"

/* The model's name as the CPU tells it, for people. */
static void describe_cpu(char *description, size_t size)
{
    snprintf(description, size, "CPU");
#if defined(__x86_64__)
    unsigned brand[13] = {0}; /* 48 characters and an end */
    if ((unsigned)__get_cpuid_max(0x80000000, NULL) >= 0x80000004) {
        for (unsigned i = 0; i < 3; i++) {
            unsigned *part = brand + 4 * (size_t)i;
            __get_cpuid(0x80000002 + i, &part[0], &part[1], &part[2], &part[3]);
        }
        const char *name = (const char *)brand;
        name += strspn(name, " ");
        int length = (int)strlen(name);
        while (length > 0 && name[length - 1] == ' ') {
            length--;
        }
        if (length > 0) {
            snprintf(description, size, "%.*s", length, name);
        }
    }
#endif
}

static void fill_info(struct hyp_device_info *info)
{
    memset(info, 0, sizeof *info);
    snprintf(info->name, sizeof info->name, "cpu");
    describe_cpu(info->description, sizeof info->description);
    info->kind = HYP_DEVICE_CPU;
}

static int list(const hyp_context *context, struct hyp_device_info *infos, size_t capacity,
                size_t *count, hyp_error *error)
{
    (void)context;
    (void)error;
    if (*count < capacity) {
        fill_info(&infos[*count]);
    }
    (*count)++;
    return HYP_OK;
}

static int open_card(hyp_context *context, unsigned index, const hyp_device_options *options,
                     void **card, struct hyp_device_info *info, hyp_error *error)
{
    struct hyp_cpu_scheduler *scheduler;

    (void)options;
    if (index != 0) {
        return hyp_fail(error, HYP_ENODEV, "there is one device \"cpu\" only");
    }
    int result = hyp_cpu_scheduler_create(context, &scheduler);
    if (result) {
        return hyp_fail(error, result, "no memory for %u threads of the device \"cpu\"",
                        context->cpu_threads);
    }
    fill_info(info);
    for (; hyp_cpu_ops[info->op_count]; info->op_count++) {
        info->ops[info->op_count] = (hyp_op_capability){
            .op = hyp_cpu_ops[info->op_count]->op,
            .compute_units = context->cpu_threads,
            .max_items = HYP_BATCH_MAX_ITEMS,
            .kernel_version = 0,
            .max_input_bytes = SIZE_MAX,
        };
    }
    *card = scheduler;
    return HYP_OK;
}

static void close_card(void *card)
{
    hyp_cpu_scheduler_destroy(card);
}

static int start(void *card, struct hyp_run *run)
{
    return hyp_cpu_scheduler_offer(card, run);
}

static int progress(void *card, uint64_t until_ns, struct hyp_run **finished, hyp_error *error)
{
    (void)error;
    *finished = hyp_cpu_scheduler_progress(card, until_ns);
    return HYP_OK;
}

static void wake(void *card)
{
    hyp_cpu_scheduler_wake(card);
}

static int reset(void *card, hyp_error *error)
{
    (void)error;
    hyp_cpu_scheduler_reset(card);
    return HYP_OK;
}

const struct hyp_backend hyp_backend_cpu = {
    .name = "cpu",
    .needs_shared_memory = false,
    .list = list,
    .open = open_card,
    .close = close_card,
    .start = start,
    .progress = progress,
    .wake = wake,
    .reset = reset,
};
