/* A device set: several devices behind one. It is a backend like the others, whose cards are
 * devices.
 *
 * A job is cut into ranges of items, one for each member that is to work on it. An attempt is a
 * range, or several small ones of jobs that are alike, on its way through one member, in memory of
 * the set: a card never sees the caller's memory, so a card that is late can be left behind at
 * once, and the caller gets only what was checked. A range is done when one attempt came back
 * right; what other attempts bring after that is dropped.
 */
#ifndef HYPERION_DISPATCH_SET_H
#define HYPERION_DISPATCH_SET_H

#include "host/src/device.h"
#include "host/src/dispatch/cost_model.h"
#include "host/src/dispatch/health.h"
#include "host/src/dispatch/members.h"
#include "host/src/dispatch/plan.h"
#include "host/src/ops/op.h"
#include "host/src/patience.h"

enum {
    SET_MOST_MEMBERS = HYP_PLAN_MOST_MEMBERS,
    SET_MOST_JOBS = 64,   /* at once */
    SET_MOST_RANGES = 64, /* of a job */
    /* Attempts at once on one member: some run, the next wait beside them; more of short ones. */
    SET_MEMBER_JOBS = 4,
    SET_MEMBER_MOST_JOBS = 32,
    SET_MOST_PARTS = HYP_MOST_SLICES, /* ranges of an attempt */
};

struct set_job;

/* Items [first, last) of a job. */
struct set_range {
    struct set_job *job;
    uint32_t first;
    uint32_t last;
    unsigned planned;   /* the member it is meant for, */
    double booked_ns;   /* and what of its time was set aside, until the range starts somewhere */
    uint32_t tried;     /* members, one bit each */
    int refusal;        /* why a member that is well did not take it; 0: none has been asked */
    unsigned live;      /* attempts that all wait for, */
    unsigned overtaken; /* and those that others may overtake */
    unsigned in_place;  /* attempts, given up or not, that write to the caller's memory */
    unsigned done_by;   /* member */
    uint64_t held_ns;   /* since when it waits for others to start with; 0: it does not */
    uint64_t wait_until_ns; /* how long for room at the member that would be done first; 0: not */
    bool done;
    bool shadow; /* done twice, to see how a member does: nobody waits for it */
};

struct set_job {
    struct hyp_run *run; /* NULL: settled or free */
    hyp_batch_header header;
    unsigned range_count;
    unsigned undone;   /* ranges */
    unsigned in_place; /* attempts that write to the caller's memory */
    int error;         /* the job has failed */
    bool is_cut;       /* over the members */
    struct set_range ranges[SET_MOST_RANGES];
};

/* A range in an attempt. */
struct set_part {
    struct set_range *range;
    uint32_t at;         /* where among the attempt's items */
    uint64_t give_up_ns; /* when to give it up, were it alone */
};

/* Ranges on their way through a member. */
struct set_attempt {
    struct set_part parts[SET_MOST_PARTS];
    unsigned part_count; /* those whose jobs are not settled */
    unsigned member;
    hyp_buffer *input;
    hyp_buffer *output;
    hyp_batch_header header;
    uint64_t units;
    double estimate_ns;
    uint64_t fed_ns; /* processor time of this thread: copies, to the member and back, and wakes */
    uint64_t overtake_ns; /* when others may do it too, */
    uint64_t give_up_ns;  /* and when the member has failed */
    bool in_place;        /* input and output are the caller's memory */
    bool is_hurried;      /* it has so little time that being late is no fault */
    bool is_overtaken;
    bool given_up;
    bool is_shadow;
    bool is_here; /* this thread computes it: */
    struct hyp_run run;
    uint64_t started_ns;
    struct set_attempt *next; /* of the live or of the spare ones */
};

struct set_member {
    char name[32];
    hyp_device *device; /* NULL: absent, because of */
    hyp_error absence;
    hyp_queue *queue;
    unsigned live;        /* attempts, */
    unsigned stalled;     /* and how many of them are overtaken: it gets no more, if others can */
    uint64_t finished_ns; /* its last attempt */
    double busy_ns;       /* that these should take */
    double booked_ns;     /* that ranges should take that are meant for it and have not started */
    struct hyp_health health;
    const struct set_attempt *probe; /* with which a suspect is to show that it is well; or NULL */
    atomic_uint shown_state;         /* hyp_device_state: health, for other threads */
    atomic_uint shown_failures;
    atomic_bool readmit; /* an operator's wish */
    struct hyp_cost_model cost[HYP_MAX_OPS];
    struct hyp_cost_model host_cost[HYP_MAX_OPS]; /* processor time that feeding it takes */
    uint64_t processor_ns;                        /* of its thread, when its last attempt ended */
    uint64_t shadow_ns[HYP_MAX_OPS];              /* when it was last given a shadow */
    unsigned shadows;                             /* that it was given */
    struct set_attempt *spare; /* with buffers of this member, to be used again */
};

struct set {
    hyp_context *context;
    hyp_split_mode split;
    bool allow_absent;
    unsigned member_count;
    struct set_member members[SET_MOST_MEMBERS];
    atomic_bool is_woken;         /* by wake, since progress last looked */
    atomic_bool has_news;         /* of wake, a member or the scheduler, since it last looked */
    struct hyp_patience patience; /* waiting for news */
    atomic_bool is_sleeping;      /* until there are some, or is about to */
    int wake_fd;                  /* brings it out of that */
    struct set_job jobs[SET_MOST_JOBS];
    struct set_job *active[SET_MOST_JOBS]; /* with a run, in the order of starting */
    unsigned active_count;
    struct set_attempt *attempts; /* live ones, given up or not */
    struct hyp_run *finished;
    uint64_t explore_ns;    /* when to look again for members that have had nothing for long */
    uint64_t held_until_ns; /* when a range has waited long enough; UINT64_MAX: none waits */
    struct hyp_cpu_scheduler *scheduler; /* of this thread; NULL: the CPU is no member */
    unsigned computing;                  /* attempts that this thread computes */
};

static inline bool set_member_is_cpu(const struct set_member *member)
{
    return member->device && member->device->backend == &hyp_backend_cpu;
}

/* attempt.c */

/* Gives ranges to a member: one, or several of one op, with the same flags and checks, all in one
 * batch. Returns 0, or an error that concerns this member and these ranges. */
int set_attempt_start(struct set *set, struct set_range *const *ranges, unsigned count,
                      unsigned member, uint64_t now_ns);
/* Takes back what a member has finished. */
void set_attempt_finish(struct set *set, struct set_attempt *attempt,
                        const hyp_completion *completion);
/* The job is settled: what members still do for it is for nobody, and what they have not begun with
 * is cancelled. None of it is in place. */
void set_attempts_detach(struct set *set, const struct set_job *job);

/* late.c */

/* Until when a range, so many units of work, may be left to a member: late enough that it had its
 * chance, early enough that another can still do it before the job's deadline. That is the deadline
 * where there is no other, or where it is over. */
uint64_t set_leave_time(const struct set *set, const struct set_range *range, unsigned member,
                        uint64_t units, uint64_t now_ns);
/* Sets until when to wait for an attempt that is about to start. */
void set_attempt_limit(const struct set *set, struct set_attempt *attempt, uint64_t now_ns);
/* Gives up attempts whose time is over, and lets others overtake those that should be done. */
void set_attempts_look(struct set *set, uint64_t now_ns);
/* When to look next. */
uint64_t set_attempts_next_ns(const struct set *set);
/* An attempt of the range is over. */
void set_range_leave(struct set_range *range, const struct set_attempt *attempt);
/* Where the time of the attempt is over: who has time of his own left, and started together with
 * others who had less, may try this member again. */
void set_attempt_forgive(const struct set_attempt *attempt, uint64_t now_ns);
/* A member has had no result in time. */
void set_member_was_late(struct set_member *member, const struct set_attempt *attempt,
                         uint64_t now_ns);
/* How much later than it says a member may be through with what it has: longer than any other,
 * where it should have been long ago. */
double set_member_stall_ns(const struct set_member *member);

/* buffers.c */

/* An attempt on a copy of the ranges' items in memory of the member. Stores how long the batch is.
 * NULL where that is more than the member takes, there is no memory, or the items change. */
struct set_attempt *set_attempt_on_copy(struct set_range *const *ranges, unsigned count,
                                        struct set_member *member, size_t *input_bytes);
/* An attempt that works on the caller's memory itself: for the CPU, which never writes late, nor
 * outside its range. */
struct set_attempt *set_attempt_in_place(const struct set_range *range,
                                         const struct set_member *member);
/* The attempt is over. Its buffers are kept for the next. */
void set_attempt_release(struct set_member *member, struct set_attempt *attempt);
/* Frees the buffers that a member keeps for later. */
void set_spares_free(struct set_member *member);
/* Copies statuses and results of a part to their place in the caller's output. */
void set_part_merge(const struct set_attempt *attempt, const struct set_part *part);

/* compute.c */

/* Computes the job here and now, if the CPU is a member and done with it so soon that everything
 * else would take longer. Returns whether it did. */
bool set_compute_at_once(struct set *set, struct set_job *job, uint64_t now_ns);
/* Whether the attempt is for the CPU, and short enough to be computed by the set's own thread. */
bool set_is_for_this_thread(const struct set *set, const struct set_attempt *attempt);
/* As hyp_queue_submit_as, for such an attempt; returns 0 or an error. */
int set_compute_start(struct set *set, struct set_attempt *attempt, const hyp_job *job,
                      const struct hyp_submission *submission, uint64_t now_ns);
/* Computes until something is done, for some tens of microseconds at most, and takes back what is.
 * Returns whether it did either. */
bool set_compute_step(struct set *set, uint64_t now_ns);
/* Whether there is nothing for set_compute_step. */
bool set_compute_is_idle(const struct set *set);
/* Abandons what this thread computes. */
void set_compute_cancel(struct set *set);

/* schedule.c */

/* Whether the member has the op and has not failed for good. */
bool set_member_can(const struct set_member *member, uint32_t op);
/* Takes a run, for set_pump to cut and to start. Returns 0, HYP_EAGAIN where there is no room for
 * another job, or an error of hyp_batch_check. */
int set_job_begin(struct set *set, struct hyp_run *run);
/* Gives back the time of members that was set aside for a range, or a job, and is not needed. */
void set_range_unbook(struct set *set, struct set_range *range);
void set_job_unbook(struct set *set, struct set_job *job);
/* Cuts jobs over the members and starts every range that waits for one; fails jobs that no member
 * can finish: with HYP_ENOTSUP where none has the op, HYP_EDEVICE where none that has it is well,
 * HYP_ETOOBIG, HYP_ETIMEDOUT. Hands back the runs of jobs whose result is complete, or will never
 * be. */
void set_pump(struct set *set, uint64_t now_ns);
/* Forgets every job. */
void set_jobs_forget(struct set *set);

/* members.c */

/* Brings what other threads see up to date, and tells of a change. */
void set_member_show(struct set *set, struct set_member *member);
/* Takes back members whose pause is over, or for whom an operator has spoken. */
void set_members_admit(struct set *set, uint64_t now_ns);

/* calibrate.c */

/* Measures every op of a member that has nothing else to do. */
int set_member_calibrate(struct set_member *member);
/* A batch that ended at `now_ns` took the member so long. */
void set_member_learn(struct set_member *member, const hyp_batch_header *batch, uint64_t now_ns,
                      uint64_t ns);

/* feeding.c */

/* Processor time of this thread, and of the member's. */
uint64_t set_processor_ns(void);
uint64_t set_member_processor_ns(const struct set_member *member);
/* Feeding a member with such a batch has taken so much processor time. */
void set_feeding_learn(struct set_member *member, const hyp_batch_header *header, uint64_t now_ns,
                       uint64_t ns);
/* How much later the CPU ends, which does nothing else meanwhile, for giving a member this share of
 * a batch. */
double set_feeding_ns(const struct set_member *member, const hyp_batch_header *header,
                      double share);
/* Whether a member's help with this share of a batch saves the host more than it costs it; `tried`
 * are the members that have tried it, one bit each. */
bool set_is_worth_feeding(const struct set *set, const struct set_member *member,
                          const hyp_batch_header *header, double share, uint32_t tried);

/* explore.c */

/* Lets members that have had nothing for long do a little of this job beside those who are meant
 * to. */
void set_explore(struct set *set, struct set_job *job, uint64_t now_ns);

/* join.c */

/* Small ranges that one member is to do, on their way to be one attempt. */
struct set_join {
    struct set_range *ranges[SET_MOST_PARTS];
    unsigned count;
    unsigned member;
    double units_ns;   /* what their items should take */
    uint64_t since_ns; /* when the first began to wait */
    bool urgent;
};

enum { SET_MOST_JOINS = 8 }; /* open at once, while set_pump looks at the ranges that wait */

struct set_joins {
    struct set_join open[SET_MOST_JOINS];
    unsigned count;
};

/* Whether a range is to start on this member together with others. */
bool set_is_joinable(const struct set *set, const struct set_range *range, unsigned member,
                     uint64_t now_ns);
/* Puts a range with those it can start with; starts what is full. */
void set_join_add(struct set *set, struct set_joins *joins, struct set_range *range,
                  unsigned member, uint64_t now_ns);
/* Starts what has waited long enough, or has nothing to wait for; the rest waits on. */
void set_joins_start(struct set *set, struct set_joins *joins, uint64_t now_ns);

#endif
