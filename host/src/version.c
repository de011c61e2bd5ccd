#include "hyperion/version.h"

#include "hyperion/error.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

uint32_t hyp_version(void)
{
    return HYP_HEADER_VERSION;
}

const char *hyp_version_string(void)
{
    return TEXT(HYP_VERSION_MAJOR) "." TEXT(HYP_VERSION_MINOR) "." TEXT(HYP_VERSION_PATCH);
}

int hyp_version_check(uint32_t header_version)
{
    uint32_t header_major = header_version >> 16;
    uint32_t header_minor = header_version >> 8 & 0xff;

    if (header_major != HYP_VERSION_MAJOR || header_minor > HYP_VERSION_MINOR) {
        return HYP_EVERSION;
    }
    /* Before 1.0 every minor version may break the one before. */
    if (HYP_VERSION_MAJOR == 0 && header_minor != HYP_VERSION_MINOR) {
        return HYP_EVERSION;
    }
    return HYP_OK;
}
