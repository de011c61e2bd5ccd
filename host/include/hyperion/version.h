/* Version of the library and of the header that a program was compiled with. */
#ifndef HYPERION_VERSION_H
#define HYPERION_VERSION_H

#include <stdint.h>

#include "hyperion/export.h"

HYP_BEGIN_DECLS

#define HYP_VERSION_MAJOR 0
#define HYP_VERSION_MINOR 1
#define HYP_VERSION_PATCH 0

/* 0x00MMmmpp of these headers. */
#define HYP_HEADER_VERSION                                                                         \
    ((uint32_t)(HYP_VERSION_MAJOR << 16 | HYP_VERSION_MINOR << 8 | HYP_VERSION_PATCH))

/* 0x00MMmmpp of the library that is loaded. */
HYP_API uint32_t hyp_version(void);

/* The same as text, "0.1.0". Static storage. */
HYP_API const char *hyp_version_string(void);

/* Whether a program compiled with headers of `header_version` may use this library; call it as
 * hyp_version_check(HYP_HEADER_VERSION).
 * The major version must be equal and the library's minor version at least the header's; while the
 * major version is 0, the minor version must be equal too.
 * Returns 0, or HYP_EVERSION. hyp_context_create makes the same check. */
HYP_API int hyp_version_check(uint32_t header_version);

HYP_END_DECLS

#endif
