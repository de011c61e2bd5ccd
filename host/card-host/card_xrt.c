/* The card through XRT's own interface. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xrt.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include "host/card-host/reset.h"
#include "host/card-host/runtime.h"
#include "host/src/fail.h"

#define REGISTER_VERSION 0xff4

struct xrt_unit {
    char instance[64];
    xrtKernelHandle kernel;
    xrtRunHandle run; /* one object for all runs of the unit */
};

static void *open_device(const char *bdf)
{
    return bdf ? xrtDeviceOpenByBDF(bdf) : xrtDeviceOpen(0);
}

/* A unit that an earlier process left running still writes to card memory, and loading the xclbin
 * that is loaded does not stop it. */
static void *reset_device(void *device, const char *bdf, hyp_error *error)
{
    char why[200] = "";
    if (card_hot_reset(xrtDeviceToXclDevice(device), why, sizeof(why)) != 0) {
        hyp_fail(error, HYP_EDEVICE,
                 "the card at %s was left with work on it and cannot be reset (%s): reset it as "
                 "root with xbutil",
                 bdf, why);
        return NULL;
    }
    xrtDeviceClose(device);
    device = xrtDeviceOpenByBDF(bdf);
    if (!device)
        hyp_fail(error, HYP_EDEVICE, "the card at %s did not come back from a reset", bdf);
    return device;
}

static int load(void *device, const void *image, size_t size, const xclbin_reader *reader,
                uint8_t uuid[16])
{
    (void)size;
    (void)reader;
    return xrtDeviceLoadXclbin(device, image) == 0 ? xrtDeviceGetXclbinUUID(device, uuid) : -1;
}

/* The version word that every kernel has. XRT reads registers through exclusive contexts only, so
 * this goes before the context that work is done in; another process on the card prevents it, and
 * no harm is done. */
static uint32_t read_version(void *device, const xuid_t uuid, const char *name)
{
    uint32_t version = 0;
    xrtKernelHandle kernel = xrtPLKernelOpenExclusive(device, uuid, name);
    if (!kernel)
        return 0;
    if (xrtKernelReadRegister(kernel, REGISTER_VERSION, &version) != 0)
        version = 0;
    xrtKernelClose(kernel);
    return version;
}

static bool open_kernel(struct xrt_unit *unit, void *device, const xuid_t uuid, const char *name,
                        const unsigned *arguments, unsigned count, int *groups)
{
    bool complete = true;
    unit->kernel = xrtPLKernelOpen(device, uuid, name);
    if (!unit->kernel)
        return false;
    for (unsigned i = 0; i < count; i++) {
        groups[i] = xrtKernelArgGroupId(unit->kernel, (int)arguments[i]);
        complete = complete && groups[i] >= 0;
    }
    if (complete)
        unit->run = xrtRunOpen(unit->kernel);
    if (!unit->run)
        xrtKernelClose(unit->kernel);
    return unit->run != NULL;
}

static void *open_unit(void *device, const xclbin_reader *reader, const xclbin_unit *named,
                       const unsigned *arguments, unsigned count, int *groups, uint32_t *version)
{
    xuid_t uuid;
    char name[160];
    struct xrt_unit *unit = calloc(1, sizeof(*unit));
    if (!unit)
        return NULL;
    memcpy(uuid, xclbin_uuid(reader), sizeof(uuid));
    memcpy(unit->instance, named->instance, sizeof(unit->instance));
    snprintf(name, sizeof(name), "%s:{%s}", named->kernel, named->instance);
    *version = read_version(device, uuid, name);
    if (open_kernel(unit, device, uuid, name, arguments, count, groups))
        return unit;
    free(unit);
    return NULL;
}

static bool set_arguments(const struct xrt_unit *unit, const struct runtime_launch *launch)
{
    bool set = true;
    for (unsigned i = 0; i < launch->argument_count && set; i++)
        set = (launch->arguments[i].buffer
                   ? xrtRunSetArg(unit->run, (int)i, launch->arguments[i].buffer)
                   : xrtRunSetArg(unit->run, (int)i, launch->arguments[i].value)) == 0;
    return set;
}

static int start(void *opened, const struct runtime_launch *launch, struct runtime_times *times,
                 hyp_error *error)
{
    const struct xrt_unit *unit = opened;
    times->started_ns = runtime_now_ns();
    if (xrtBOSync(launch->input, XCL_BO_SYNC_BO_TO_DEVICE, launch->input_bytes, 0) != 0)
        return hyp_fail(error, HYP_EDEVICE, "XRT could not copy a batch to the card: %s",
                        strerror(errno));
    times->copied_ns = runtime_now_ns();
    if (!set_arguments(unit, launch) || xrtRunStart(unit->run) != 0)
        return hyp_fail(error, HYP_EDEVICE, "XRT could not start %s: %s", unit->instance,
                        strerror(errno));
    return 0;
}

/* The states have no order: each is named. */
static enum runtime_state poll(void *opened, const struct runtime_launch *launch,
                               struct runtime_times *times, hyp_error *error)
{
    const struct xrt_unit *unit = opened;
    enum ert_cmd_state state = xrtRunState(unit->run);
    switch (state) {
    case ERT_CMD_STATE_NEW:
    case ERT_CMD_STATE_QUEUED:
    case ERT_CMD_STATE_RUNNING:
    case ERT_CMD_STATE_SUBMITTED:
        return RUNTIME_RUNNING;
    case ERT_CMD_STATE_COMPLETED:
        break;
    default:
        hyp_fail(error, HYP_EDEVICE, "a run on %s ended in XRT's state %d", unit->instance,
                 (int)state);
        return RUNTIME_LOST;
    }
    times->ran_ns = runtime_now_ns();
    if (xrtBOSync(launch->output, XCL_BO_SYNC_BO_FROM_DEVICE, launch->output_bytes, 0) != 0) {
        hyp_fail(error, HYP_EDEVICE, "XRT could not copy a result from the card: %s",
                 strerror(errno));
        return RUNTIME_LOST;
    }
    times->ended_ns = runtime_now_ns();
    return RUNTIME_ENDED;
}

static int copy(void *device, void *buffer, uint64_t offset, uint64_t bytes)
{
    (void)device;
    return xrtBOSync(buffer, XCL_BO_SYNC_BO_TO_DEVICE, bytes, offset);
}

static void *create_buffer(void *device, void *data, size_t size, int group)
{
    return xrtBOAllocUserPtr(device, data, size, XRT_BO_FLAGS_NONE, (xrtMemoryGroup)group);
}

static void *part_buffer(void *whole, size_t size, size_t offset)
{
    return xrtBOSubAlloc(whole, size, offset);
}

static void free_buffer(void *buffer)
{
    xrtBOFree(buffer);
}

const struct card_runtime card_runtime_xrt = {
    .name = "XRT",
    .memory = {create_buffer, part_buffer, free_buffer},
    .open = open_device,
    .reset = reset_device,
    .load = load,
    .open_unit = open_unit,
    .copy = copy,
    .start = start,
    .poll = poll,
};
