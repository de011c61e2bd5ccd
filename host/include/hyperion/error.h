/* Errors are values: every function that can fail returns 0 (or a count) or a negative HYP_E… code.
 * Where the cause lies outside the program (a file, a device, a process), the function also takes a
 * hyp_error that receives one sentence: what failed, where, and what to do about it. */
#ifndef HYPERION_ERROR_H
#define HYPERION_ERROR_H

#include "hyperion/export.h"

HYP_BEGIN_DECLS

enum {
    HYP_OK = 0,
    HYP_EINVAL = -1,      /* an argument is outside what the function documents */
    HYP_ENOMEM = -2,      /* memory could not be had */
    HYP_ENODEV = -3,      /* no device of that name */
    HYP_ENOTSUP = -4,     /* the device or its bitstream does not have this op */
    HYP_EAGAIN = -5,      /* full, or nothing ready yet; try again later */
    HYP_ETIMEDOUT = -6,   /* the deadline passed */
    HYP_ECANCELED = -7,   /* the job was cancelled before it ran */
    HYP_EDEVICE = -8,     /* the device failed or answered nonsense; the job has no result */
    HYP_EBITSTREAM = -9,  /* the xclbin is damaged, or for another platform or kernel version */
    HYP_ETOOBIG = -10,    /* larger than the device, the batch or the format allows */
    HYP_EIO = -11,        /* the operating system refused; the message names the call */
    HYP_EMISMATCH = -12,  /* an answer was checked and is wrong */
    HYP_EVERSION = -13,   /* headers and library, or host and kernel, are of different versions */
    HYP_EBADBATCH = -14,  /* a batch whose header or descriptors do not hold together */
    HYP_EFORKED = -15,    /* the context was created before a fork: only the parent may use it */
    HYP_ERROR_LAST = -15, /* the lowest code of this version */
};

/* A short name for a code in lower case English, such as "deadline passed". Static storage; never
 * NULL, also for codes that do not exist. */
HYP_API const char *hyp_strerror(int code);

/* Filled in by functions that take one, when they fail; untouched when they succeed. Owned by the
 * caller; `message` is always terminated. Passing NULL is allowed everywhere. */
typedef struct hyp_error {
    int code;
    char message[500];
} hyp_error;

HYP_END_DECLS

#endif
