#include "host/src/options.h"

#include <stdint.h>
#include <string.h>

#include "host/src/fail.h"

int hyp_options_copy(void *wanted, size_t wanted_size, const void *given, hyp_error *error)
{
    size_t given_size;

    if (!given) {
        return HYP_OK;
    }
    memcpy(&given_size, given, sizeof given_size);
    if (given_size < sizeof given_size || given_size > 65536) {
        return hyp_fail(error, HYP_EINVAL,
                        "an options struct says it has %zu bytes: set its size to sizeof, or start "
                        "from the …_OPTIONS_INIT macro",
                        given_size);
    }
    for (size_t i = wanted_size; i < given_size; i++) {
        if (((const uint8_t *)given)[i] != 0) {
            return hyp_fail(error, HYP_EINVAL,
                            "an option is set that this library is too old to know (byte %zu)", i);
        }
    }
    memcpy(wanted, given, given_size < wanted_size ? given_size : wanted_size);
    memcpy(wanted, &wanted_size, sizeof wanted_size);
    return HYP_OK;
}
