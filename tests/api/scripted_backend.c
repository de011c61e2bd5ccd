#include "tests/api/scripted_backend.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/src/fail.h"
#include "host/src/ops/op.h"
#include "host/src/result_check.h"

struct scripted_card scripted_cards[SCRIPTED_CARDS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void scripted_lock(void)
{
    pthread_mutex_lock(&lock);
}

void scripted_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

void scripted_clear(void)
{
    for (int i = 0; i < SCRIPTED_CARDS; i++) {
        if (scripted_cards[i].opens != scripted_cards[i].closes) {
            printf("Bail out! scripted:%d is still open\n", i);
            fflush(NULL);
            _exit(1);
        }
    }
    memset(scripted_cards, 0, sizeof scripted_cards);
}

void scripted_release(struct scripted_card *card)
{
    scripted_lock();
    card->release = true;
    pthread_cond_broadcast(&changed);
    scripted_unlock();
}

static struct timespec after_ms(long ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

bool scripted_wait_started(const struct scripted_card *card, unsigned count)
{
    struct timespec until = after_ms(10000);
    int failed = 0;

    scripted_lock();
    while (card->started < count && !failed) {
        failed = pthread_cond_timedwait(&changed, &lock, &until);
    }
    bool reached = card->started >= count;
    scripted_unlock();
    return reached;
}

static int list(const hyp_context *context, struct hyp_device_info *infos, size_t capacity,
                size_t *count, hyp_error *error)
{
    (void)context;
    (void)infos;
    (void)capacity;
    (void)count;
    (void)error;
    return HYP_OK;
}

static int open_card(hyp_context *context, unsigned index, const hyp_device_options *options,
                     void **card, struct hyp_device_info *info, hyp_error *error)
{
    (void)context;
    (void)options;
    if (index >= SCRIPTED_CARDS) {
        return hyp_fail(error, HYP_ENODEV, "there are %d scripted cards", SCRIPTED_CARDS);
    }
    struct scripted_card *scripted = &scripted_cards[index];
    *info = (struct hyp_device_info){
        .kind = HYP_DEVICE_CARD,
        .op_count = 1,
        .ops = {{.op = HYP_OP_KECCAK256,
                 .compute_units = scripted->told_units ? scripted->told_units : 1,
                 .max_items = 1000,
                 .max_input_bytes = 1 << 20}},
    };
    snprintf(info->name, sizeof info->name, "scripted:%u", index);
    memset(scripted->flying, 0, sizeof scripted->flying);
    scripted->woken = false;
    scripted->opens++;
    *card = scripted;
    return HYP_OK;
}

static void close_card(void *card)
{
    struct scripted_card *scripted = card;
    scripted->closes++;
}

static int memory_created(void *card, const struct hyp_memory *memory)
{
    struct scripted_card *scripted = card;
    (void)memory;
    scripted_lock();
    scripted->memories++;
    scripted_unlock();
    return HYP_OK;
}

static void memory_destroyed(void *card, const struct hyp_memory *memory)
{
    struct scripted_card *scripted = card;
    (void)memory;
    scripted_lock();
    scripted->memories--;
    scripted_unlock();
}

static uint64_t draw(uint64_t *random)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *random >> 33;
}

/* What happens to the run that is started now. In chaos a trial does not hang: that would be the
 * twenty seconds that known answers have. */
static enum scripted_fault next_fault(struct scripted_card *scripted, const struct hyp_run *run)
{
    const hyp_batch_header *batch = run->input->data;
    unsigned index = scripted->started++;

    if (!scripted->chaos.faults) {
        return scripted->fault_at[index % 64];
    }
    if (index < scripted->chaos.first || draw(&scripted->chaos.random) % scripted->chaos.one_in) {
        return SCRIPTED_NONE;
    }
    scripted->chaos.began++;
    enum scripted_fault fault =
        scripted->chaos.faults[draw(&scripted->chaos.random) % scripted->chaos.count];
    return fault == SCRIPTED_HANG && batch->sequence & HYP_SEQUENCE_TRIAL ? SCRIPTED_DIE : fault;
}

/* The right result of a run, and then what the fault makes of it. */
static void compute(struct hyp_run *run, enum scripted_fault fault)
{
    const hyp_batch_header *batch = run->input->data;
    const struct hyp_op_info *op = hyp_op_find(batch->op);
    uint8_t *output = run->output->data;
    hyp_result_header header = {
        .magic = HYP_BATCH_OUTPUT_MAGIC,
        .layout_version = HYP_BATCH_LAYOUT_VERSION,
        .op = batch->op,
        .kernel_id = op->kernel_id,
        .sequence = batch->sequence,
        .item_count = batch->item_count,
    };

    op->reference(run->input->data, run->input_bytes, NULL, output, 0, batch->item_count);
    for (uint32_t i = 0; i < batch->item_count; i++) {
        header.items_failed += output[HYP_STATUS_OFFSET + i] != HYP_STATUS_OK;
    }
    if (fault == SCRIPTED_WRONG_DIGEST) {
        output[hyp_results_offset(batch->item_count)] ^= 1;
    }
    header.crc32c = hyp_result_crc(batch, run->input->data, output);
    header.crc32c ^= fault == SCRIPTED_WRONG_CRC;
    hyp_input_crc(batch, run->input, NULL, UINT64_MAX, &header.input_crc32c);
    header.input_crc32c ^= fault == SCRIPTED_WRONG_INPUT_CRC;
    header.magic ^= fault == SCRIPTED_WRONG_MAGIC;
    header.sequence ^= fault == SCRIPTED_WRONG_SEQUENCE;
    header.items_failed += fault == SCRIPTED_WRONG_COUNT;
    memcpy(output, &header, sizeof header);
    memset(output + sizeof header, 0, sizeof(hyp_result_counters));
    run->result = fault == SCRIPTED_FAIL_RUN ? HYP_EDEVICE : HYP_OK;
}

static int start(void *card, struct hyp_run *run)
{
    struct scripted_card *scripted = card;
    scripted_lock();
    unsigned units = scripted->units ? scripted->units : 1;
    for (unsigned i = 0; i < units; i++) {
        if (!scripted->flying[i].run) {
            enum scripted_fault fault = next_fault(scripted, run);
            pthread_cond_broadcast(&changed);
            if (fault != SCRIPTED_REFUSE) {
                scripted->flying[i].run = run;
                scripted->flying[i].fault = fault;
                scripted->flying[i].ready_ns = hyp_clock_ns() + scripted->delay_ns;
                scripted->flying[i].is_done = scripted->is_done_at_once;
                if (scripted->is_done_at_once) {
                    compute(run, fault);
                }
            }
            scripted_unlock();
            return fault == SCRIPTED_REFUSE ? HYP_ETOOBIG : HYP_OK;
        }
    }
    scripted_unlock();
    return HYP_EAGAIN;
}

/* Takes every run off the card that can finish. Returns whether the card has died. */
static bool sweep(struct scripted_card *scripted, struct hyp_run **finished)
{
    for (unsigned i = 0; i < 8; i++) {
        struct hyp_run *run = scripted->flying[i].run;
        enum scripted_fault fault = scripted->flying[i].fault;
        if (run && fault == SCRIPTED_DIE) {
            return true;
        }
        if (!run || fault == SCRIPTED_HANG || (fault == SCRIPTED_HOLD && !scripted->release) ||
            hyp_clock_ns() < scripted->flying[i].ready_ns) {
            continue;
        }
        if (!scripted->flying[i].is_done) {
            compute(run, fault);
        }
        run->next = *finished;
        *finished = run;
        scripted->flying[i].run = NULL;
    }
    return false;
}

static int progress(void *card, uint64_t until_ns, struct hyp_run **finished, hyp_error *error)
{
    struct scripted_card *scripted = card;
    int result = HYP_OK;

    scripted_lock();
    for (;;) {
        if (sweep(scripted, finished)) {
            result = hyp_fail(error, HYP_EDEVICE, "scripted death");
        }
        if (result || *finished || scripted->woken || hyp_clock_ns() >= until_ns) {
            break;
        }
        struct timespec until = after_ms(2);
        pthread_cond_timedwait(&changed, &lock, &until);
    }
    scripted->woken = false;
    scripted_unlock();
    return result;
}

static void wake(void *card)
{
    struct scripted_card *scripted = card;
    scripted_lock();
    scripted->woken = true;
    pthread_cond_broadcast(&changed);
    scripted_unlock();
}

static int resident_reserve(void *card, const struct hyp_memory *shadow)
{
    struct scripted_card *scripted = card;
    (void)shadow;
    scripted_lock();
    struct timespec pause = {0, (long)scripted->reserve_ns};
    scripted->reserves++;
    scripted_unlock();
    nanosleep(&pause, NULL);
    return HYP_OK;
}

static int resident_write(void *card, uint64_t offset, uint64_t bytes)
{
    (void)card;
    (void)offset;
    (void)bytes;
    return HYP_OK;
}

static int reset(void *card, hyp_error *error)
{
    struct scripted_card *scripted = card;
    int result = HYP_OK;

    scripted_lock();
    scripted->resets++;
    memset(scripted->flying, 0, sizeof scripted->flying);
    if (scripted->failing_resets) {
        scripted->failing_resets--;
        result = hyp_fail(error, HYP_EDEVICE, "scripted: it stays dead");
    }
    scripted_unlock();
    return result;
}

static uint64_t batch_cost_ns(void *card, const hyp_batch_header *batch)
{
    struct scripted_card *scripted = card;
    scripted_lock();
    uint64_t cost = scripted->item_cost_ns * batch->item_count;
    scripted_unlock();
    return cost;
}

const struct hyp_backend scripted_backend = {
    .name = "scripted",
    .list = list,
    .open = open_card,
    .close = close_card,
    .memory_created = memory_created,
    .memory_destroyed = memory_destroyed,
    .resident_reserve = resident_reserve,
    .resident_write = resident_write,
    .start = start,
    .progress = progress,
    .wake = wake,
    .reset = reset,
    .batch_cost_ns = batch_cost_ns,
};
