/* A card that does what a test tells it to: for the engine's faults. */
#ifndef HYPERION_TESTS_SCRIPTED_BACKEND_H
#define HYPERION_TESTS_SCRIPTED_BACKEND_H

#include "host/src/device.h"

enum scripted_fault {
    SCRIPTED_NONE,
    SCRIPTED_HANG,        /* the run never finishes */
    SCRIPTED_DIE,         /* progress says that the card is lost */
    SCRIPTED_FAIL_RUN,    /* this run alone fails */
    SCRIPTED_REFUSE,      /* start refuses the run */
    SCRIPTED_WRONG_MAGIC, /* the result header is nonsense */
    SCRIPTED_WRONG_SEQUENCE,
    SCRIPTED_WRONG_COUNT,     /* items_failed does not match the statuses */
    SCRIPTED_WRONG_CRC,       /* crc32c does not match the results */
    SCRIPTED_WRONG_INPUT_CRC, /* input_crc32c does not match the input */
    SCRIPTED_WRONG_DIGEST,    /* one bit of the first result is flipped */
    SCRIPTED_HOLD,            /* the run finishes when the test says so */
};

/* What a test sets, and sees. Guarded by the lock of scripted_lock/unlock while the device is open.
 */
struct scripted_card {
    enum scripted_fault fault_at[64]; /* of the n-th run started (known answers included) */
    struct {
        const enum scripted_fault *faults; /* to draw from; NULL: none */
        unsigned count;
        unsigned one_in; /* runs that fail: one in so many */
        unsigned first;  /* run that may fail; none before it does */
        uint64_t random; /* the seed, and what it has become */
        uint64_t began;  /* faults so far */
    } chaos;
    unsigned units;          /* runs at once; 0: 1 */
    unsigned told_units;     /* that it says it has; 0: 1 */
    unsigned failing_resets; /* the next resets that fail */
    uint64_t reserve_ns;     /* that what stays on the card takes to get there */
    unsigned reserves;
    bool release;          /* lets held runs finish */
    uint64_t delay_ns;     /* that every run takes */
    bool is_done_at_once;  /* runs are done before start returns */
    uint64_t item_cost_ns; /* what it says an item costs; 0: to be measured */
    unsigned started;
    unsigned resets;
    unsigned opens;
    unsigned closes;
    int memories; /* created minus destroyed */

    /* Of the backend. */
    struct {
        struct hyp_run *run;
        enum scripted_fault fault;
        bool is_done;
        uint64_t ready_ns;
    } flying[8];
    bool woken;
};

enum { SCRIPTED_CARDS = 3 };

extern const struct hyp_backend scripted_backend;
extern struct scripted_card scripted_cards[SCRIPTED_CARDS];

void scripted_lock(void);
void scripted_unlock(void);
/* Forgets every script. Ends the program where a card is still open: a test before has failed and
 * left its threads at work. */
void scripted_clear(void);
/* Lets held runs of a card finish. */
void scripted_release(struct scripted_card *card);
/* Waits (at most 10 s) until `count` runs have been started on a card. Returns whether they have.
 */
bool scripted_wait_started(const struct scripted_card *card, unsigned count);

#endif
