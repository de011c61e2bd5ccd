/* How a thread waits for another that may be about to act: it looks again and again for a while
 * before it sleeps, because falling asleep and being woken takes longer than that; but only where
 * its waits have been short of late. Between looks it gives way to others that want the core. */
#ifndef HYPERION_PATIENCE_H
#define HYPERION_PATIENCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Of one thread and what it waits for. Zeroed: no wait yet. */
struct hyp_patience {
    uint64_t typical_ns;     /* how long it has waited of late */
    uint64_t sleep_until_ns; /* others want the core: until then, sleep at once */
};

/* Waits until `news` is true, but not beyond `until_ns`, and only so long as this makes sense on
 * so many cores. Returns when it began. */
uint64_t hyp_patience_spin(struct hyp_patience *patience, const atomic_bool *news,
                           uint64_t until_ns, unsigned cores);

/* The wait that began then is over. */
void hyp_patience_learn(struct hyp_patience *patience, uint64_t began_ns);

#endif
