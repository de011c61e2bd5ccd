/* The card through OpenCL, with Xilinx's extensions where OpenCL has no word for something.
 *
 * A run is three commands in an out-of-order queue, tied together by events: migrate the input to
 * the card, run the kernel, migrate the output back. Commands of different units are independent.
 */
#define CL_TARGET_OPENCL_VERSION 120

#include <CL/cl.h>
#include <CL/cl_ext_xilinx.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/card-host/runtime.h"
#include "host/src/fail.h"

#define PLATFORM "Xilinx"

struct opencl_device {
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
};

/* OpenCL knows no part of a part: a buffer here is a range of an object. */
struct opencl_buffer {
    cl_mem object;
    size_t offset;
    size_t size;
    bool whole;  /* owns the object */
    cl_mem kept; /* of what stays on the card: the object for all of it, or NULL */
};

enum { STEP_TO_CARD, STEP_RUN, STEP_BACK, STEPS };

struct opencl_unit {
    struct opencl_device *device;
    char instance[64];
    cl_kernel kernel;
    cl_mem parts[RUNTIME_MAX_ARGUMENTS]; /* of the run under way; NULL for numbers */
    unsigned part_count;
    cl_event events[STEPS];
};

/* ---- opening ---- */

static bool find_platform(cl_platform_id *platform)
{
    cl_platform_id platforms[16];
    cl_uint count = 0;
    if (clGetPlatformIDs(16, platforms, &count) != CL_SUCCESS)
        return false;
    for (cl_uint i = 0; i < count && i < 16; i++) {
        char name[64] = "";
        clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof(name), name, NULL);
        if (strcmp(name, PLATFORM) == 0) {
            *platform = platforms[i];
            return true;
        }
    }
    return false;
}

/* The simulated card is the only device of its process. */
static bool is_card(cl_device_id id, const char *bdf)
{
    char address[32] = "";
    if (!bdf)
        return true;
    return clGetDeviceInfo(id, CL_DEVICE_PCIE_BDF, sizeof(address), address, NULL) == CL_SUCCESS &&
           strcmp(address, bdf) == 0;
}

static bool find_device(const char *bdf, cl_device_id *id)
{
    cl_platform_id platform;
    cl_device_id ids[64];
    cl_uint count = 0;
    if (!find_platform(&platform) ||
        clGetDeviceIDs(platform, CL_DEVICE_TYPE_ACCELERATOR, 64, ids, &count) != CL_SUCCESS)
        return false;
    for (cl_uint i = 0; i < count && i < 64; i++)
        if (is_card(ids[i], bdf)) {
            *id = ids[i];
            return true;
        }
    return false;
}

static void *open_device(const char *bdf)
{
    cl_int bad = CL_SUCCESS;
    struct opencl_device *device = calloc(1, sizeof(*device));
    if (!device || !find_device(bdf, &device->id)) {
        free(device);
        return NULL;
    }
    device->context = clCreateContext(NULL, 1, &device->id, NULL, NULL, &bad);
    if (bad == CL_SUCCESS)
        device->queue = clCreateCommandQueue(
            device->context, device->id,
            CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE | CL_QUEUE_PROFILING_ENABLE, &bad);
    if (bad == CL_SUCCESS)
        return device;
    free(device);
    return NULL;
}

/* OpenCL has no way to make a card forget what runs on it. */
static void *reset_device(void *device, const char *bdf, hyp_error *error)
{
    (void)device;
    hyp_fail(error, HYP_EDEVICE,
             "the card at %s was left with work on it and OpenCL cannot reset it: use it as xrt:N, "
             "or reset it as root with xbutil",
             bdf);
    return NULL;
}

/* OpenCL does not tell what a card holds, other than by loading it or not. */
static int load(void *opened, const void *image, size_t size, const xclbin_reader *reader,
                uint8_t uuid[16])
{
    struct opencl_device *device = opened;
    const unsigned char *binary = image;
    cl_int status = CL_SUCCESS, bad = CL_SUCCESS;
    device->program =
        clCreateProgramWithBinary(device->context, 1, &device->id, &size, &binary, &status, &bad);
    if (!device->program || bad != CL_SUCCESS || status != CL_SUCCESS ||
        clBuildProgram(device->program, 1, &device->id, NULL, NULL, NULL) != CL_SUCCESS)
        return -1;
    memcpy(uuid, xclbin_uuid(reader), 16);
    return 0;
}

/* The memory that an argument of a unit is wired to, or -1. */
static int group_of(const xclbin_reader *reader, const xclbin_unit *unit, unsigned argument)
{
    for (uint32_t i = 0; i < xclbin_connection_count(reader); i++) {
        xclbin_connection connection = xclbin_connection_at(reader, i);
        if (connection.ip_index == unit->ip_index && connection.argument == argument)
            return (int)connection.memory;
    }
    return -1;
}

static void *open_unit(void *opened, const xclbin_reader *reader, const xclbin_unit *named,
                       const unsigned *arguments, unsigned count, int *groups, uint32_t *version)
{
    struct opencl_device *device = opened;
    char name[160];
    cl_int bad;
    *version = 0; /* OpenCL reads no registers; results carry it */
    for (unsigned i = 0; i < count; i++) {
        groups[i] = group_of(reader, named, arguments[i]);
        if (groups[i] < 0)
            return NULL;
    }
    struct opencl_unit *unit = calloc(1, sizeof(*unit));
    if (!unit)
        return NULL;
    unit->device = device;
    memcpy(unit->instance, named->instance, sizeof(unit->instance));
    snprintf(name, sizeof(name), "%s:{%s}", named->kernel, named->instance);
    unit->kernel = clCreateKernel(device->program, name, &bad);
    if (unit->kernel && bad == CL_SUCCESS)
        return unit;
    free(unit);
    return NULL;
}

/* ---- memory ---- */

static void *create_buffer(void *opened, void *data, size_t size, int group)
{
    struct opencl_device *device = opened;
    struct opencl_buffer *buffer = calloc(1, sizeof(*buffer));
    cl_mem_ext_ptr_t place = {0};
    cl_int bad;
    if (!buffer)
        return NULL;
    place.flags = (unsigned)group | (unsigned)XCL_MEM_TOPOLOGY;
    place.obj = data;
    buffer->object = clCreateBuffer(device->context,
                                    CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR |
                                        (cl_mem_flags)(unsigned)CL_MEM_EXT_PTR_XILINX,
                                    size, &place, &bad);
    buffer->size = size;
    buffer->whole = true;
    if (buffer->object && bad == CL_SUCCESS)
        return buffer;
    free(buffer);
    return NULL;
}

static void *part_buffer(void *of, size_t size, size_t offset)
{
    const struct opencl_buffer *whole = of;
    struct opencl_buffer *buffer = calloc(1, sizeof(*buffer));
    if (buffer)
        *buffer = (struct opencl_buffer){whole->object, whole->offset + offset, size, false, NULL};
    return buffer;
}

static void free_buffer(void *freed)
{
    struct opencl_buffer *buffer = freed;
    if (buffer->kept)
        clReleaseMemObject(buffer->kept);
    if (buffer->whole)
        clReleaseMemObject(buffer->object);
    free(buffer);
}

/* The object for the part of a buffer that a run uses: so that no more than that is copied. */
static cl_mem use_part(const struct opencl_buffer *buffer, size_t bytes, cl_mem_flags access)
{
    cl_buffer_region region = {buffer->offset, bytes};
    cl_int bad;
    cl_mem part =
        clCreateSubBuffer(buffer->object, access, CL_BUFFER_CREATE_TYPE_REGION, &region, &bad);
    return bad == CL_SUCCESS ? part : NULL;
}

/* The object for all of a buffer, which stays: of one that it has seen before OpenCL knows that its
 * content is on the card, and copies it to no run. The caller releases what he gets. */
static cl_mem keep_part(struct opencl_buffer *buffer)
{
    if (!buffer->kept)
        buffer->kept = use_part(buffer, buffer->size, CL_MEM_READ_WRITE);
    if (buffer->kept)
        clRetainMemObject(buffer->kept);
    return buffer->kept;
}

static int copy(void *opened, void *copied, uint64_t offset, uint64_t bytes)
{
    const struct opencl_device *device = opened;
    struct opencl_buffer *buffer = copied;
    const struct opencl_buffer range = {.object = buffer->object,
                                        .offset = buffer->offset + offset};
    bool all = offset == 0 && bytes == buffer->size;
    cl_mem part = all ? keep_part(buffer) : use_part(&range, bytes, CL_MEM_READ_WRITE);
    if (!part)
        return -1;
    cl_event there = NULL; /* other units may be at work: nothing else is waited for */
    cl_int bad = clEnqueueMigrateMemObjects(device->queue, 1, &part, 0, 0, NULL, &there);
    if (bad == CL_SUCCESS)
        bad = clWaitForEvents(1, &there);
    if (there)
        clReleaseEvent(there);
    clReleaseMemObject(part);
    return bad == CL_SUCCESS ? 0 : -1;
}

/* ---- runs ---- */

static void release_run(struct opencl_unit *unit)
{
    for (int i = 0; i < STEPS; i++) {
        if (unit->events[i])
            clReleaseEvent(unit->events[i]);
        unit->events[i] = NULL;
    }
    for (unsigned i = 0; i < unit->part_count; i++)
        if (unit->parts[i])
            clReleaseMemObject(unit->parts[i]);
    unit->part_count = 0;
}

/* The object for what a run uses of a buffer. OpenCL copies to the card what a kernel may read and
 * it has not seen there: the result is not read, and a buffer that is given twice is one object. */
static cl_mem part_for(const struct opencl_unit *unit, const struct runtime_launch *launch,
                       unsigned argument)
{
    struct opencl_buffer *buffer = launch->arguments[argument].buffer;
    for (unsigned i = 0; i < argument; i++)
        if (launch->arguments[i].buffer == buffer) {
            clRetainMemObject(unit->parts[i]);
            return unit->parts[i];
        }
    if (buffer == launch->input)
        return use_part(buffer, launch->input_bytes, CL_MEM_READ_WRITE);
    if (buffer == launch->output)
        return use_part(buffer, launch->output_bytes, CL_MEM_WRITE_ONLY);
    return keep_part(buffer);
}

static bool set_arguments(struct opencl_unit *unit, const struct runtime_launch *launch)
{
    cl_int bad = CL_SUCCESS;
    for (unsigned i = 0; i < launch->argument_count && bad == CL_SUCCESS; i++) {
        cl_mem *part = &unit->parts[i];
        *part = NULL;
        unit->part_count = i + 1;
        if (!launch->arguments[i].buffer) {
            bad = clSetKernelArg(unit->kernel, i, sizeof(uint64_t), &launch->arguments[i].value);
            continue;
        }
        *part = part_for(unit, launch, i);
        bad = *part ? clSetKernelArg(unit->kernel, i, sizeof(cl_mem), part) : CL_OUT_OF_RESOURCES;
    }
    return bad == CL_SUCCESS;
}

static cl_mem part_of(const struct opencl_unit *unit, const struct runtime_launch *launch,
                      const void *buffer)
{
    unsigned i = 0;
    while (launch->arguments[i].buffer != buffer)
        i++;
    return unit->parts[i];
}

static cl_int enqueue(struct opencl_unit *unit, const struct runtime_launch *launch)
{
    cl_command_queue queue = unit->device->queue;
    cl_event *events = unit->events;
    cl_mem input = part_of(unit, launch, launch->input);
    cl_mem output = part_of(unit, launch, launch->output);
    cl_int bad = clEnqueueMigrateMemObjects(queue, 1, &input, 0, 0, NULL, &events[STEP_TO_CARD]);
    if (bad == CL_SUCCESS)
        bad = clEnqueueTask(queue, unit->kernel, 1, &events[STEP_TO_CARD], &events[STEP_RUN]);
    if (bad == CL_SUCCESS)
        bad = clEnqueueMigrateMemObjects(queue, 1, &output, CL_MIGRATE_MEM_OBJECT_HOST, 1,
                                         &events[STEP_RUN], &events[STEP_BACK]);
    return bad == CL_SUCCESS ? clFlush(queue) : bad;
}

static int start(void *opened, const struct runtime_launch *launch, struct runtime_times *times,
                 hyp_error *error)
{
    struct opencl_unit *unit = opened;
    *times = (struct runtime_times){.started_ns = runtime_now_ns()};
    if (!set_arguments(unit, launch))
        return hyp_fail(error, HYP_EDEVICE, "OpenCL takes no arguments for %s", unit->instance);
    cl_int bad = enqueue(unit, launch);
    if (bad != CL_SUCCESS)
        return hyp_fail(error, HYP_EDEVICE, "OpenCL could not start %s: error %d", unit->instance,
                        (int)bad);
    return 0;
}

/* How long a command took, by OpenCL's own clock. */
static uint64_t duration(cl_event event)
{
    cl_ulong begin = 0, end = 0;
    clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof(begin), &begin, NULL);
    clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof(end), &end, NULL);
    return end > begin ? end - begin : 0;
}

static enum runtime_state poll(void *opened, const struct runtime_launch *launch,
                               struct runtime_times *times, hyp_error *error)
{
    static const char *const steps[STEPS] = {"copying its batch", "running it",
                                             "copying its result"};
    struct opencl_unit *unit = opened;
    (void)launch;
    for (int i = 0; i < STEPS; i++) {
        cl_int status = CL_QUEUED;
        cl_int bad = clGetEventInfo(unit->events[i], CL_EVENT_COMMAND_EXECUTION_STATUS,
                                    sizeof(status), &status, NULL);
        if (bad != CL_SUCCESS || status < 0) {
            hyp_fail(error, HYP_EDEVICE, "%s failed in OpenCL %s: error %d", unit->instance,
                     steps[i], (int)(bad != CL_SUCCESS ? bad : status));
            return RUNTIME_LOST;
        }
        if (status != CL_COMPLETE)
            return RUNTIME_RUNNING;
    }
    times->copied_ns = times->started_ns + duration(unit->events[STEP_TO_CARD]);
    times->ran_ns = times->copied_ns + duration(unit->events[STEP_RUN]);
    times->ended_ns = times->ran_ns + duration(unit->events[STEP_BACK]);
    release_run(unit);
    return RUNTIME_ENDED;
}

const struct card_runtime card_runtime_opencl = {
    .name = "OpenCL",
    .memory = {create_buffer, part_buffer, free_buffer},
    .open = open_device,
    .reset = reset_device,
    .load = load,
    .open_unit = open_unit,
    .copy = copy,
    .start = start,
    .poll = poll,
};
