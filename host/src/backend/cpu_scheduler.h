/* Cuts batches into chunks and computes them on several threads, the caller's among them.
 *
 * A scheduler of n threads starts n − 1 workers; the n-th is the thread that calls progress, so a
 * small batch is computed where it arrives and pays for no hand-over. start, progress and reset
 * belong to one thread; wake may be called from any. */
#ifndef HYPERION_BACKEND_CPU_SCHEDULER_H
#define HYPERION_BACKEND_CPU_SCHEDULER_H

#include "host/src/backend/backend.h"
#include "host/src/context.h"

struct hyp_cpu_scheduler;

/* Batches that can be started and not yet finished. */
#define HYP_CPU_MAX_RUNS 64

/* Waking a thread costs about 20 µs until it computes (docs/benchmarks.md): work that takes less
 * than three times this is done as soon by the threads that are awake. */
#define HYP_CPU_WORTH_WAKING_NS UINT64_C(60000)

/* With the context's number of threads; the context must outlive it. Returns 0 or HYP_ENOMEM. */
int hyp_cpu_scheduler_create(const hyp_context *context, struct hyp_cpu_scheduler **scheduler);

/* Abandons what still runs, as reset does, and ends the workers. */
void hyp_cpu_scheduler_destroy(struct hyp_cpu_scheduler *scheduler);

/* The four functions of struct hyp_backend (backend.h). A run that misses its deadline is returned
 * by progress with HYP_ETIMEDOUT once no thread touches its memory, at the latest when `until_ns`
 * has passed as well before the call. */
int hyp_cpu_scheduler_start(struct hyp_cpu_scheduler *scheduler, struct hyp_run *run);
/* The same, but HYP_EAGAIN also where those before it keep all threads busy for a while: who owns
 * the run may still start another first. Progress then returns, maybe with nothing, before threads
 * run dry. */
int hyp_cpu_scheduler_offer(struct hyp_cpu_scheduler *scheduler, struct hyp_run *run);
struct hyp_run *hyp_cpu_scheduler_progress(struct hyp_cpu_scheduler *scheduler, uint64_t until_ns);
void hyp_cpu_scheduler_wake(struct hyp_cpu_scheduler *scheduler);
void hyp_cpu_scheduler_reset(struct hyp_cpu_scheduler *scheduler);

/* For a thread that has more to look after than its scheduler: computes chunks until something has
 * finished, `until_ns` has passed, or there is none to take, and returns what has finished. Stores
 * whether it computed. Never waits. */
struct hyp_run *hyp_cpu_scheduler_step(struct hyp_cpu_scheduler *scheduler, uint64_t until_ns,
                                       bool *computed);

/* Whether there is nothing for such a step: nothing has finished, and there is no chunk to take. */
bool hyp_cpu_scheduler_is_idle(struct hyp_cpu_scheduler *scheduler);

/* Has such a thread told when something has finished: `tell` is called from any thread, and must
 * not call back. To be set before the first start. */
void hyp_cpu_scheduler_tell(struct hyp_cpu_scheduler *scheduler, void (*tell)(void *argument),
                            void *argument);

#endif
