/* What a simulated card is ordered to do wrong, and when: the text that --fault takes, parsed. The
 * library reads it to refuse what is misspelt, the card to obey. docs/simulation.md says what each
 * fault does.
 *
 *     FAULT[,FAULT…]     FAULT = NAME[=VALUE][@N[+]]
 *
 * @N is the N-th batch that the card is given (of wrong-uuid: the N-th time that it comes up), @N+
 * that one and all after it; neither means @1+. Batches are counted over the device's whole life,
 * resets included. Trials, which the runtime makes for itself (HYP_SEQUENCE_TRIAL in
 * hyperion/batch.h), are not counted: a card can be admitted and fail afterwards. */
#ifndef HYPERION_SIM_FAULT_PLAN_H
#define HYPERION_SIM_FAULT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum hyp_fault_kind {
    HYP_FAULT_HANG,      /* the batch never ends */
    HYP_FAULT_SLVERR,    /* the card's memory answers one burst of the batch with SLVERR */
    HYP_FAULT_DROP,      /* from the batch on all reads by the host give ones */
    HYP_FAULT_BITFLIP,   /* value: probability for each item that one bit of its result is wrong */
    HYP_FAULT_BITROT,    /* the same, behind the kernel's back: the CRC32C is that of before */
    HYP_FAULT_INPUT_ROT, /* value: for each item, that one bit of what is sent for it flips before
                            the kernel reads it */
    HYP_FAULT_SLOW,      /* value: the card takes so many times as long */
    HYP_FAULT_SHORT_WRITE, /* the last half of the output never arrives in memory */
    HYP_FAULT_DIE,         /* the card's process ends, or, where it has none, the card is dead */
    HYP_FAULT_WRONG_UUID,  /* the card says that it holds another bitstream */
    HYP_FAULT_KINDS,
};

/* As people write them: "hang[@N], …, bitflip=P, …". */
#define HYP_FAULT_NAMES                                                                            \
    "hang, slverr, drop, bitflip=P, bitrot=P, input-rot=P, slow=K, short-write, die, wrong-uuid"

struct hyp_fault {
    enum hyp_fault_kind kind;
    double value;
    uint64_t first, last; /* batches, counted from 1 */
};

enum { HYP_FAULT_MOST = 16 };

struct hyp_fault_plan {
    unsigned count;
    struct hyp_fault faults[HYP_FAULT_MOST];
};

/* Parses `text`; NULL and "" are a plan without faults. Returns whether it could; if not, `error`
 * receives a sentence. */
bool hyp_fault_plan_parse(const char *text, struct hyp_fault_plan *plan, char *error,
                          size_t error_size);

/* The fault of that kind that concerns a batch, or NULL. It is batch number `batches`, or a trial
 * after so many: that has the faults which began before it and go on after it. */
const struct hyp_fault *hyp_fault_find(const struct hyp_fault_plan *plan, enum hyp_fault_kind kind,
                                       uint64_t batches, bool trial);
/* The same for wrong-uuid, by how often the card has come up, this time included. */
bool hyp_fault_wrong_uuid(const struct hyp_fault_plan *plan, uint64_t loads);

#ifdef __cplusplus
}
#endif

#endif
