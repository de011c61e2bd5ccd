#include "host/card-host/reset.h"

#include <cstdio>
#include <exception>
#include <xrt/xrt_device.h>

extern "C" int card_hot_reset(void *device, char *why, size_t size)
{
    try {
        xrt::device(device).reset();
        return 0;
    } catch (const std::exception &fault) {
        snprintf(why, size, "%s", fault.what());
    } catch (...) {
        snprintf(why, size, "no reason given");
    }
    return -1;
}
