/* Signatures and what recovery makes of them, HYP_ECRECOVER_LOW_S being set. */
#ifndef HYPERION_OPS_ECRECOVER_ANSWERS_H
#define HYPERION_OPS_ECRECOVER_ANSWERS_H

#include <stdint.h>

/* Numbers are hexadecimal, 64 digits, big-endian. */
struct hyp_ecrecover_answer {
    const char *hash;
    const char *r;
    const char *s;
    uint8_t recid;
    uint8_t status;
    const char *key;     /* 128 digits; NULL unless the status is OK */
    const char *address; /* 40 digits; NULL unless the status is OK */
};

#define HYP_ECRECOVER_ANSWERS 25u

extern const struct hyp_ecrecover_answer hyp_ecrecover_answers[HYP_ECRECOVER_ANSWERS];

#endif
