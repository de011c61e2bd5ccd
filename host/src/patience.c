#include "host/src/patience.h"

#include <sched.h>

#include "hyperion/context.h"

/* About what sleeping and being woken costs both threads together. */
static const uint64_t most_ns = 25000;
/* A longer wait says no more than that it was long. */
static const uint64_t longest_ns = 100000;
/* Who has given way for so long has met somebody who computes, and would have been woken sooner: it
 * does not try again for a while. */
static const uint64_t rude_ns = 500000;
static const uint64_t offended_ns = 200000000;

static inline void pause_core(void)
{
    enum { PAUSES = 8 };
#if defined(__x86_64__)
    for (int i = 0; i < PAUSES; i++) {
        __builtin_ia32_pause();
    }
#endif
}

uint64_t hyp_patience_spin(struct hyp_patience *patience, const atomic_bool *news,
                           uint64_t until_ns, unsigned cores)
{
    uint64_t began = hyp_clock_ns();
    uint64_t end = began + most_ns < until_ns ? began + most_ns : until_ns;
    uint64_t now = began;

    if (cores == 1 || patience->typical_ns > most_ns || began < patience->sleep_until_ns) {
        return began;
    }
    while (!atomic_load_explicit(news, memory_order_acquire) && now < end) {
        uint64_t before = now;
        sched_yield();
        pause_core();
        now = hyp_clock_ns();
        if (now - before > rude_ns) {
            patience->sleep_until_ns = now + offended_ns;
        }
    }
    return began;
}

void hyp_patience_learn(struct hyp_patience *patience, uint64_t began_ns)
{
    uint64_t took = hyp_clock_ns() - began_ns;

    took = took < longest_ns ? took : longest_ns;
    patience->typical_ns = (7 * patience->typical_ns + took) / 8;
}
