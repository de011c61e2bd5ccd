#include "host/src/backend/xrt_presence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int hyp_xrt_presence_open(const char *pci, const struct hyp_xrt_address *address)
{
    char path[PATH_MAX];

    if (!address->text[0] ||
        snprintf(path, sizeof(path), "%s/devices/%s/config", pci, address->text) >= PATH_MAX)
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool hyp_xrt_presence_is_lost(int config)
{
    uint32_t identity = 0;

    if (config < 0)
        return false;
    if (pread(config, &identity, sizeof(identity), 0) < 0)
        return errno == ENODEV;
    return identity == UINT32_MAX;
}
