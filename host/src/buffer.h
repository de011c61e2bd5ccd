#ifndef HYPERION_BUFFER_INTERNAL_H
#define HYPERION_BUFFER_INTERNAL_H

#include "host/src/backend/backend.h"
#include "hyperion/queue.h"

struct hyp_buffer {
    hyp_device *device;
    struct hyp_memory memory;
};

#endif
