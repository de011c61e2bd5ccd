/* Cards behind XRT: real ones, and the simulated one that XRT's hardware emulation starts out of an
 * xclbin. Two backends, which differ in what the helper speaks to the card: XRT's own interface
 * (xrt:N) or OpenCL (opencl:N).
 *
 * XRT itself lives in a helper process, one a card (host/card-host): it may hang, crash or sleep
 * without the library noticing more than a deadline. This file keeps the books: which compute unit
 * runs what, which memory the helper knows, and when the helper is to be believed no longer.
 * docs/xrt-emulation.md explains the shape. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver/xclbin/xclbin.h"
#include "host/card-host/protocol.h"
#include "host/src/backend/backend.h"
#include "host/src/backend/xrt_channel.h"
#include "host/src/backend/xrt_find.h"
#include "host/src/backend/xrt_presence.h"
#include "host/src/backend/xrt_process.h"
#include "host/src/backend/xrt_signature.h"
#include "host/src/context.h"
#include "host/src/fail.h"
#include "host/src/faults.h"
#include "host/src/ops/op.h"

/* Programming a card takes seconds; the helper itself gives up on a simulated one earlier. */
#define LOAD_NS UINT64_C(60000000000)
/* The helper may be busy so long before it takes weights; then they have 32 MiB a second. */
#define LISTEN_NS        UINT64_C(10000000000)
#define RESIDENT_BYTE_NS 30
/* The bus in sysfs. */
#define PCI_FOLDER "/sys/bus/pci"

/* A compute unit, and the run that is on it. */
struct unit {
    uint32_t op; /* 0: of a kernel that this library does not know */
    uint64_t run_id;
    struct hyp_run *run;
};

/* Ids of memories. */
struct id_list {
    uint64_t *ids;
    size_t count;
    size_t capacity;
};

/* One of the two. */
struct way {
    const char *name; /* of its devices */
    enum card_host_runtime runtime;
    const char *simulated; /* description of a simulated card */
    const char *real;      /* what stands behind a real one's address */
};

static const struct way xrt_way = {"xrt", CARD_HOST_XRT,
                                   "simulated card (Verilator behind XRT hw_emu)", "XRT"};
static const struct way opencl_way = {
    "opencl", CARD_HOST_OPENCL, "simulated card (Verilator behind OpenCL on XRT hw_emu)", "OpenCL"};

struct xrt_card {
    hyp_context *context;
    const struct way *way;
    char name[32];
    char program[PATH_MAX];
    char bitstream[PATH_MAX];
    struct hyp_xrt_address address; /* empty: no real card */
    struct card_host_load load;     /* what every load says: signature and key */
    int xclbin;                     /* open for the card's whole life: every reset loads the same */
    bool uuid_known;                /* not of a file that the helper will refuse */
    uint8_t uuid[16];               /* of the xclbin */
    char faults[HYP_FAULTS_BYTES];  /* ordered of a simulated card */
    uint64_t seed;
    uint64_t batches; /* given to the card; those of before a reset too */
    uint64_t loads;
    int presence;          /* on the PCI bus: a descriptor of xrt_presence.h, or -1 */
    uint64_t next_look_ns; /* when to look whether it is still there */
    int wake;
    struct hyp_xrt_process process;
    uint64_t deaf_since_ns; /* since when the helper takes no messages; 0: it does */
    uint64_t next_run;
    uint32_t unit_count;
    struct unit units[CARD_HOST_MAX_UNITS];
    const struct hyp_memory *resident; /* what stays on the card, or NULL */
    bool lost;
    hyp_error loss; /* why */

    pthread_mutex_t lock; /* guards process.socket and what follows: memories go in any thread */
    struct id_list known; /* memories that the helper has */
    struct id_list gone;  /* the same, of which it has not been told yet that they are gone */
};

/* ---- listing ---- */

static void append(hyp_device_info *infos, size_t capacity, size_t *count,
                   const hyp_device_info *info)
{
    if (*count < capacity)
        infos[*count] = *info;
    (*count)++;
}

static const char *pci_folder(const hyp_context *context)
{
    return context->pci_folder ? context->pci_folder : PCI_FOLDER;
}

static size_t find_cards(const hyp_context *context,
                         struct hyp_xrt_address cards[HYP_XRT_MAX_CARDS])
{
    char drivers[PATH_MAX];
    int length = snprintf(drivers, sizeof(drivers), "%s/drivers/xocl", pci_folder(context));
    return length < PATH_MAX ? hyp_xrt_find_cards(drivers, cards) : 0;
}

static void list_cards(const hyp_context *context, const struct way *way, hyp_device_info *infos,
                       size_t capacity, size_t *count)
{
    struct hyp_xrt_address cards[HYP_XRT_MAX_CARDS];
    char path[PATH_MAX];
    size_t cards_count = find_cards(context, cards);
    for (size_t i = 0; i < cards_count; i++) {
        hyp_device_info info = {.kind = HYP_DEVICE_CARD};
        snprintf(info.name, sizeof(info.name), "%s:%zu", way->name, i);
        snprintf(info.description, sizeof(info.description), "card at PCI address %s (%s)",
                 cards[i].text, way->real);
        append(infos, capacity, count, &info);
    }
    if (cards_count == 0 && hyp_xrt_find_host(path, NULL) == 0 &&
        hyp_xrt_find_bitstream(NULL, true, path, NULL) == 0 && access(path, R_OK) == 0) {
        hyp_device_info info = {.kind = HYP_DEVICE_SIMULATED_CARD};
        snprintf(info.name, sizeof(info.name), "%s:0", way->name);
        snprintf(info.description, sizeof(info.description), "%s", way->simulated);
        snprintf(info.bitstream, sizeof(info.bitstream), "%.255s", path);
        append(infos, capacity, count, &info);
    }
}

static int list_xrt(const hyp_context *context, hyp_device_info *infos, size_t capacity,
                    size_t *count, hyp_error *error)
{
    (void)error;
    list_cards(context, &xrt_way, infos, capacity, count);
    return HYP_OK;
}

static int list_opencl(const hyp_context *context, hyp_device_info *infos, size_t capacity,
                       size_t *count, hyp_error *error)
{
    (void)error;
    list_cards(context, &opencl_way, infos, capacity, count);
    return HYP_OK;
}

/* ---- the helper ---- */

/* The card is lost: the next progress says so. Keeps the first reason. */
__attribute__((format(printf, 3, 4))) static int lose(struct xrt_card *card, int code,
                                                      const char *format, ...)
{
    if (!card->lost) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(card->loss.message, sizeof(card->loss.message), format, arguments);
        va_end(arguments);
        card->loss.code = code;
        card->lost = true;
    }
    return card->loss.code;
}

/* What the log said of an error, in brackets, where the cause is often to be found. */
static int lose_with_log(struct xrt_card *card, int code, const char *reason)
{
    hyp_xrt_process_read_log(&card->process);
    const char *complaint = card->process.complaint;
    return complaint[0] ? lose(card, code, "%s (%s)", reason, complaint)
                        : lose(card, code, "%s", reason);
}

static int lose_helper(struct xrt_card *card)
{
    char fate[64], reason[128];
    hyp_xrt_process_fate(&card->process, fate, sizeof(fate));
    snprintf(reason, sizeof(reason), "the card's process, hyperion-card-host, %s", fate);
    return lose_with_log(card, HYP_EDEVICE, reason);
}

static int lose_to_nonsense(struct xrt_card *card, const char *what)
{
    return lose(card, HYP_EDEVICE,
                "the card's process, hyperion-card-host, sent %s: are it and this library of the "
                "same version?",
                what);
}

/* Codes from the helper are as little trusted as the rest. */
static int checked_code(int32_t code)
{
    return code < 0 && code >= HYP_ERROR_LAST && code != HYP_EAGAIN ? code : HYP_EDEVICE;
}

/* A run has ended. Returns false if no unit runs it. */
static bool take_done(struct xrt_card *card, const struct card_host_run_done *done,
                      struct hyp_run **finished)
{
    uint32_t i = 0;
    while (i < card->unit_count && (!card->units[i].run || card->units[i].run_id != done->id))
        i++;
    if (i == card->unit_count)
        return false;
    struct hyp_run *run = card->units[i].run;
    card->units[i].run = NULL;
    run->result = done->result == 0 ? HYP_OK : checked_code(done->result);
    run->transfer_ns = done->to_card_ns + done->from_card_ns;
    if (run->result != HYP_OK)
        hyp_log(card->context, HYP_LOG_WARNING, "%s: %s", card->name, done->message);
    else
        hyp_log(
            card->context, HYP_LOG_DEBUG, "%s: %llu us to the card, %llu us running, %llu us back",
            card->name, (unsigned long long)done->to_card_ns / 1000,
            (unsigned long long)done->run_ns / 1000, (unsigned long long)done->from_card_ns / 1000);
    run->next = *finished;
    *finished = run;
    return true;
}

static void take_message(struct xrt_card *card, const union card_host_message *message,
                         struct hyp_run **finished)
{
    switch (message->header.type) {
    case CARD_HOST_FAILED:
        lose_with_log(card, checked_code(message->failed.code), message->failed.message);
        break;
    case CARD_HOST_RUN_DONE:
        if (!take_done(card, &message->run_done, finished))
            lose_to_nonsense(card, "the end of a run that was not started");
        break;
    default:
        lose_to_nonsense(card, "a message that has no place here");
        break;
    }
}

/* Takes one message, where there is one. Returns false where there is none, or the card is lost. */
static bool receive(struct xrt_card *card, union card_host_message *message)
{
    int fd;
    int result = hyp_card_host_receive(card->process.socket, message, &fd);
    if (result == 1 && fd < 0)
        return true;
    if (fd >= 0) {
        close(fd);
        lose_to_nonsense(card, "a file descriptor");
    } else if (result == -EPROTO) {
        lose_to_nonsense(card, "bytes that are no message");
    } else if (result != -EAGAIN) {
        lose_helper(card);
    }
    return false;
}

/* Milliseconds for poll, rounded up, so that a deadline has passed when poll says so. */
static int poll_timeout(uint64_t until_ns)
{
    uint64_t now = hyp_clock_ns();
    if (now >= until_ns)
        return 0;
    uint64_t ms = (until_ns - now + 999999) / 1000000;
    return ms > 60000 ? 60000 : (int)ms;
}

/* A card that is off the bus never ends what runs on it, and XRT never says so. */
static void look_for_card(struct xrt_card *card)
{
    uint64_t now = hyp_clock_ns();
    if (card->presence < 0 || now < card->next_look_ns)
        return;
    card->next_look_ns = now + HYP_XRT_PRESENCE_NS;
    if (hyp_xrt_presence_is_lost(card->presence))
        lose(card, HYP_EDEVICE,
             "the card at PCI address %s is off the bus (see `hyperion examine`)",
             card->address.text);
}

/* Waits until the helper sends something, prints something, wake was called, or the card is to be
 * looked for. Returns false when `until_ns` has passed or wake was called. */
static bool wait_for_helper(struct xrt_card *card, uint64_t until_ns)
{
    struct pollfd files[] = {
        {card->process.socket, POLLIN, 0}, {card->process.log, POLLIN, 0}, {card->wake, POLLIN, 0}};
    uint64_t look_ns = card->presence < 0 ? UINT64_MAX : hyp_clock_ns() + HYP_XRT_PRESENCE_NS;
    if (poll(files, 3, poll_timeout(until_ns < look_ns ? until_ns : look_ns)) < 0)
        return errno == EINTR;
    if (files[1].revents)
        hyp_xrt_process_read_log(&card->process);
    if (files[2].revents & POLLIN) {
        eventfd_t value;
        eventfd_read(card->wake, &value);
        return false;
    }
    return hyp_clock_ns() < until_ns;
}

static int wait_loaded(struct xrt_card *card, union card_host_message *message)
{
    uint64_t until = hyp_clock_ns() + LOAD_NS;
    for (;;) {
        if (receive(card, message)) {
            if (message->header.type == CARD_HOST_LOADED &&
                message->loaded.unit_count <= CARD_HOST_MAX_UNITS)
                return HYP_OK;
            struct hyp_run *none = NULL;
            take_message(card, message, &none);
        }
        if (card->lost)
            return card->loss.code;
        if (hyp_clock_ns() >= until)
            return lose_with_log(card, HYP_ETIMEDOUT, "the card was not ready within 60 s");
        wait_for_helper(card, until);
    }
}

static uint32_t op_of_kernel(const char *kernel)
{
    for (const struct hyp_op_info *const *op = hyp_ops; *op; op++)
        if (strcmp((*op)->name, kernel) == 0)
            return (*op)->op;
    return 0;
}

static void forget(struct xrt_card *card)
{
    card->known.count = 0;
    card->gone.count = 0;
    card->unit_count = 0;
    memset(card->units, 0, sizeof(card->units));
    card->lost = false;
    card->deaf_since_ns = 0;
    card->resident = NULL; /* the engine reserves it again */
}

static void fill_load(struct xrt_card *card, bool abandoned, struct card_host_load *load)
{
    *load = card->load;
    load->reset = abandoned;
    load->runtime = card->way->runtime;
    load->seed = card->seed;
    load->batches = card->batches;
    load->loads = card->loads++;
    snprintf(load->bdf, sizeof(load->bdf), "%s", card->address.text);
    snprintf(load->path, sizeof(load->path), "%.255s", card->bitstream);
    snprintf(load->faults, sizeof(load->faults), "%s", card->faults);
}

/* Whether the card says that it holds what was loaded. */
static int check_uuid(const struct xrt_card *card, const struct card_host_loaded *loaded,
                      hyp_error *error)
{
    char said[37], wanted[37];
    if (!card->uuid_known || memcmp(loaded->uuid, card->uuid, sizeof(card->uuid)) == 0)
        return HYP_OK;
    xclbin_format_uuid(loaded->uuid, said);
    xclbin_format_uuid(card->uuid, wanted);
    return hyp_fail(error, HYP_EBITSTREAM, "%s says that it holds bitstream %s, not %s (%.100s)",
                    card->name, said, wanted, card->bitstream);
}

/* Starts the helper and has it load the xclbin, after a reset of the card if runs were abandoned on
 * it; `loaded` receives its description of the card. */
static int bring_up(struct xrt_card *card, bool abandoned, struct card_host_loaded *loaded,
                    hyp_error *error)
{
    union card_host_message message;
    struct hyp_xrt_process process;
    int result = hyp_xrt_process_start(&process, card->context, card->program, error);
    if (result != HYP_OK)
        return result;
    pthread_mutex_lock(&card->lock);
    forget(card);
    card->process = process;
    pthread_mutex_unlock(&card->lock);

    if (card->presence >= 0)
        close(card->presence);
    card->presence = hyp_xrt_presence_open(pci_folder(card->context), &card->address);
    fill_load(card, abandoned, &message.load);
    if (hyp_card_host_send(card->process.socket, CARD_HOST_LOAD, &message, card->xclbin) != 0)
        lose_helper(card);
    result = wait_loaded(card, &message);
    if (result != HYP_OK)
        return hyp_fail(error, result, "%s", card->loss.message);
    *loaded = message.loaded;
    result = check_uuid(card, loaded, error);
    if (result != HYP_OK)
        return result;
    card->unit_count = loaded->unit_count;
    for (uint32_t i = 0; i < card->unit_count; i++)
        card->units[i].op = op_of_kernel(loaded->units[i].kernel);
    return HYP_OK;
}

static void take_down(struct xrt_card *card)
{
    pthread_mutex_lock(&card->lock);
    hyp_xrt_process_kill(&card->process);
    forget(card);
    pthread_mutex_unlock(&card->lock);
}

/* ---- opening ---- */

static int find_parts(struct xrt_card *card, unsigned index, const hyp_device_options *options,
                      hyp_error *error)
{
    struct hyp_xrt_address cards[HYP_XRT_MAX_CARDS];
    size_t count = find_cards(card->context, cards);
    if (count > 0 && index >= count)
        return hyp_fail(error, HYP_ENODEV, "there is no card %s: XRT drives %zu here", card->name,
                        count);
    if (count == 0 && index > 0)
        return hyp_fail(error, HYP_ENODEV,
                        "there is no card %s: XRT drives none here, and the simulated one is %s:0",
                        card->name, card->way->name);
    if (count > 0)
        card->address = cards[index];
    int result = hyp_xrt_find_host(card->program, error);
    if (result == HYP_OK)
        result = hyp_xrt_find_bitstream(options ? options->bitstream : NULL, count == 0,
                                        card->bitstream, error);
    if (result == HYP_OK)
        result = hyp_xrt_read_signature(options, card->bitstream, &card->load, error);
    if (result != HYP_OK)
        return result;
    /* Of a pipe nobody waits for the writer. */
    card->xclbin = open(card->bitstream, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (card->xclbin < 0)
        return hyp_fail(error, HYP_EBITSTREAM, "cannot open xclbin %s: %s", card->bitstream,
                        strerror(errno));
    card->uuid_known = hyp_xrt_read_uuid(card->xclbin, card->uuid);
    return HYP_OK;
}

static void free_card(struct xrt_card *card)
{
    if (card->xclbin >= 0)
        close(card->xclbin);
    if (card->presence >= 0)
        close(card->presence);
    if (card->wake >= 0)
        close(card->wake);
    pthread_mutex_destroy(&card->lock);
    free(card->known.ids);
    free(card->gone.ids);
    free(card);
}

static void fill_capability(const struct xrt_card *card, const struct card_host_loaded *loaded,
                            const struct hyp_op_info *op, hyp_device_info *info)
{
    hyp_op_capability capability = {.op = op->op,
                                    .max_items = HYP_BATCH_MAX_ITEMS,
                                    /* an output buffer must find room beside it */
                                    .max_input_bytes = loaded->memory_bytes / 2};
    for (uint32_t i = 0; i < card->unit_count; i++) {
        if (card->units[i].op != op->op)
            continue;
        capability.compute_units++;
        capability.kernel_version = loaded->units[i].kernel_version;
    }
    if (capability.compute_units > 0 && info->op_count < HYP_MAX_OPS)
        info->ops[info->op_count++] = capability;
}

static int fill_info(const struct xrt_card *card, const struct card_host_loaded *loaded,
                     hyp_device_info *info, hyp_error *error)
{
    memset(info, 0, sizeof(*info));
    memcpy(info->name, card->name, sizeof(info->name));
    info->kind = loaded->simulated ? HYP_DEVICE_SIMULATED_CARD : HYP_DEVICE_CARD;
    if (loaded->simulated)
        snprintf(info->description, sizeof(info->description), "%s", card->way->simulated);
    else
        snprintf(info->description, sizeof(info->description), "card at PCI address %s (%.50s)",
                 card->address.text, loaded->platform);
    memcpy(info->bitstream_uuid, loaded->uuid, sizeof(info->bitstream_uuid));
    snprintf(info->bitstream, sizeof(info->bitstream), "%.255s", card->bitstream);
    info->memory_bytes = loaded->memory_bytes;
    for (const struct hyp_op_info *const *op = hyp_ops; *op; op++)
        fill_capability(card, loaded, *op, info);
    if (info->op_count == 0)
        return hyp_fail(error, HYP_EBITSTREAM,
                        "%s has no kernel that this library knows (its first is \"%s\")",
                        card->bitstream, loaded->units[0].kernel);
    return HYP_OK;
}

static struct xrt_card *make_card(hyp_context *context, const struct way *way, unsigned index,
                                  const hyp_device_options *options)
{
    struct xrt_card *card = calloc(1, sizeof(*card));
    if (!card)
        return NULL;
    card->context = context;
    card->way = way;
    card->xclbin = -1;
    card->presence = -1;
    card->process = (struct hyp_xrt_process){.socket = -1, .log = -1, .folder = {.lock = -1}};
    pthread_mutex_init(&card->lock, NULL);
    snprintf(card->name, sizeof(card->name), "%s:%u", way->name, index);
    card->seed = options ? options->seed : 0;
    hyp_faults_select(options ? options->faults : NULL, card->name, false, card->faults);
    card->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return card;
}

static int open_card(hyp_context *context, const struct way *way, unsigned index,
                     const hyp_device_options *options, void **opened, struct hyp_device_info *info,
                     hyp_error *error)
{
    struct card_host_loaded loaded;
    struct xrt_card *card = make_card(context, way, index, options);
    if (!card)
        return hyp_fail(error, HYP_ENOMEM, "no memory for a card");
    int result = card->wake < 0 ? hyp_fail(error, HYP_EIO, "no eventfd: %s", strerror(errno))
                                : find_parts(card, index, options, error);
    if (result == HYP_OK)
        result = bring_up(card, false, &loaded, error);
    if (result == HYP_OK)
        result = fill_info(card, &loaded, info, error);
    if (result != HYP_OK) {
        take_down(card);
        free_card(card);
        return result;
    }
    *opened = card;
    return HYP_OK;
}

static int open_xrt(hyp_context *context, unsigned index, const hyp_device_options *options,
                    void **opened, struct hyp_device_info *info, hyp_error *error)
{
    return open_card(context, &xrt_way, index, options, opened, info, error);
}

static int open_opencl(hyp_context *context, unsigned index, const hyp_device_options *options,
                       void **opened, struct hyp_device_info *info, hyp_error *error)
{
    return open_card(context, &opencl_way, index, options, opened, info, error);
}

static void close_card(void *opened)
{
    take_down(opened);
    free_card(opened);
}

/* ---- memory ---- */

static size_t find_id(const struct id_list *list, uint64_t id)
{
    size_t i = 0;
    while (i < list->count && list->ids[i] != id)
        i++;
    return i;
}

static int add_id(struct id_list *list, uint64_t id)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        uint64_t *ids = realloc(list->ids, capacity * sizeof(*ids));
        if (!ids)
            return -ENOMEM;
        list->ids = ids;
        list->capacity = capacity;
    }
    list->ids[list->count++] = id;
    return 0;
}

/* Tells the helper of some memories that are gone, if its socket has room: it may be busy, and the
 * next run needs room too. With the lock held. */
static void tell_gone(struct xrt_card *card)
{
    enum { MOST_AT_ONCE = 16 };
    union card_host_message message;
    bool told = true;
    for (int i = 0; i < MOST_AT_ONCE && card->gone.count > 0 && told; i++) {
        message.memory.id = card->gone.ids[card->gone.count - 1];
        message.memory.size = 0;
        told = hyp_card_host_send(card->process.socket, CARD_HOST_MEMORY_REMOVE, &message, -1) == 0;
        card->gone.count -= told;
    }
}

/* The helper learns of a memory when a run first needs it, so that a fresh helper needs no telling.
 * Returns 0 or a negative errno value. */
static int make_known(struct xrt_card *card, const struct hyp_memory *memory)
{
    union card_host_message message;
    pthread_mutex_lock(&card->lock);
    int result = 0;
    if (find_id(&card->known, memory->id) == card->known.count) {
        result = add_id(&card->known, memory->id);
        if (result == 0) {
            message.memory.id = memory->id;
            message.memory.size = memory->size;
            result = hyp_card_host_send(card->process.socket, CARD_HOST_MEMORY_ADD, &message,
                                        memory->fd);
            card->known.count -= result != 0;
        }
    }
    pthread_mutex_unlock(&card->lock);
    return result;
}

/* Where there is no memory for a note of it, the helper keeps the pages until it is killed. */
static void memory_destroyed(void *opened, const struct hyp_memory *memory)
{
    struct xrt_card *card = opened;
    pthread_mutex_lock(&card->lock);
    size_t i = find_id(&card->known, memory->id);
    if (i < card->known.count) {
        card->known.ids[i] = card->known.ids[--card->known.count];
        add_id(&card->gone, memory->id);
        tell_gone(card);
    }
    pthread_mutex_unlock(&card->lock);
}

/* ---- what stays on the card ---- */

/* The helper may be busy with copying what it was told before. */
static int send_patiently(struct xrt_card *card, enum card_host_type type,
                          union card_host_message *message)
{
    const uint64_t until = hyp_clock_ns() + LISTEN_NS;
    int result;
    while ((result = hyp_card_host_send(card->process.socket, type, message, -1)) == -EAGAIN &&
           hyp_clock_ns() < until) {
        struct pollfd socket = {card->process.socket, POLLOUT, 0};
        poll(&socket, 1, 100);
    }
    return result;
}

/* Nothing runs while weights travel. Who calls wake meanwhile finds that out by himself. */
static int wait_resident(struct xrt_card *card)
{
    union card_host_message message;
    /* All of it may travel, where there was no room before. */
    const uint64_t until = hyp_clock_ns() + LISTEN_NS + card->resident->size * RESIDENT_BYTE_NS;
    while (!card->lost && hyp_clock_ns() < until) {
        struct hyp_run *none = NULL;
        struct pollfd files[] = {{card->process.socket, POLLIN, 0}, {card->process.log, POLLIN, 0}};
        if (receive(card, &message)) {
            if (message.header.type == CARD_HOST_RESIDENT_DONE)
                return HYP_OK;
            take_message(card, &message, &none);
        } else if (!card->lost && poll(files, 2, poll_timeout(until)) > 0 && files[1].revents) {
            hyp_xrt_process_read_log(&card->process);
        }
    }
    if (!card->lost)
        lose_with_log(card, HYP_ETIMEDOUT, "weights did not get to the card in time");
    return HYP_EDEVICE;
}

static int resident_write(void *opened, uint64_t offset, uint64_t bytes)
{
    struct xrt_card *card = opened;
    union card_host_message message;
    if (card->process.socket < 0 || card->lost || !card->resident)
        return HYP_EDEVICE;
    if (bytes == 0)
        return HYP_OK;
    memset(&message, 0, sizeof(message.resident));
    message.resident.id = card->resident->id;
    message.resident.offset = offset;
    message.resident.bytes = bytes;
    if (send_patiently(card, CARD_HOST_RESIDENT, &message) == 0)
        return wait_resident(card);
    lose_helper(card);
    return HYP_EDEVICE;
}

/* Whether the card has room for it shows when a run uses it. */
static int resident_reserve(void *opened, const struct hyp_memory *shadow)
{
    struct xrt_card *card = opened;
    if (card->process.socket < 0 || card->lost)
        return HYP_EDEVICE;
    int result = make_known(card, shadow);
    if (result == -ENOMEM)
        return HYP_ENOMEM;
    if (result != 0) {
        lose_helper(card);
        return HYP_EDEVICE;
    }
    card->resident = shadow;
    return resident_write(card, 0, shadow->size);
}

/* ---- runs ---- */

static struct unit *free_unit(struct xrt_card *card, uint32_t op, bool *exists)
{
    *exists = false;
    for (uint32_t i = 0; i < card->unit_count; i++) {
        if (card->units[i].op != op)
            continue;
        *exists = true;
        if (!card->units[i].run)
            return &card->units[i];
    }
    return NULL;
}

static int send_run(struct xrt_card *card, const struct unit *unit, const struct hyp_run *run)
{
    union card_host_message message;
    memset(&message, 0, sizeof(message.run));
    message.run.id = unit->run_id;
    message.run.unit = (uint32_t)(unit - card->units);
    message.run.input = run->input->id;
    message.run.output = run->output->id;
    message.run.input_bytes = run->input_bytes;
    message.run.output_bytes = run->output_bytes;
    int result = make_known(card, run->input);
    if (result == 0)
        result = make_known(card, run->output);
    if (result == 0 && run->resident) {
        message.run.resident = run->resident->id;
        message.run.resident_bytes = run->resident->size;
        result = make_known(card, run->resident);
    }
    if (result == 0)
        result = hyp_card_host_send(card->process.socket, CARD_HOST_RUN, &message, -1);
    if (result == 0) {
        pthread_mutex_lock(&card->lock);
        tell_gone(card);
        pthread_mutex_unlock(&card->lock);
    }
    return result;
}

/* A helper that has nothing to do and takes no message for long hangs, and nothing else would tell.
 * Waits for it a little, because its caller asks again at once. */
static bool is_deaf(struct xrt_card *card)
{
    enum { A_LITTLE_MS = 10 };
    struct pollfd socket = {card->process.socket, POLLOUT, 0};
    uint64_t now = hyp_clock_ns();
    for (uint32_t i = 0; i < card->unit_count; i++)
        if (card->units[i].run)
            return false;
    if (!card->deaf_since_ns)
        card->deaf_since_ns = now;
    poll(&socket, 1, A_LITTLE_MS);
    return now - card->deaf_since_ns >= LISTEN_NS;
}

static int start_run(void *opened, struct hyp_run *run)
{
    struct xrt_card *card = opened;
    bool exists;
    if (card->process.socket < 0)
        return HYP_EDEVICE;
    if (card->lost) /* by a run just before this one: progress tells, and this one may try again */
        return HYP_EAGAIN;
    struct unit *unit = free_unit(card, run->op, &exists);
    if (!unit)
        return exists ? HYP_EAGAIN : HYP_ENOTSUP;
    unit->run_id = ++card->next_run;
    int result = send_run(card, unit, run);
    if (result == -EAGAIN && !is_deaf(card))
        return HYP_EAGAIN;
    if (result == -ENOMEM)
        return HYP_ENOMEM;
    unit->run = run;
    card->batches += !hyp_run_is_trial(run);
    if (result == 0)
        card->deaf_since_ns = 0;
    else if (result == -EAGAIN) /* progress tells */
        lose_with_log(card, HYP_EDEVICE, "the card's process, hyperion-card-host, hangs");
    else
        lose_helper(card);
    return HYP_OK;
}

static int progress(void *opened, uint64_t until_ns, struct hyp_run **finished, hyp_error *error)
{
    struct xrt_card *card = opened;
    union card_host_message message;
    *finished = NULL;
    if (card->process.socket < 0)
        return hyp_fail(error, HYP_EDEVICE, "the card's process could not be started again");
    for (;;) {
        while (!card->lost && receive(card, &message))
            take_message(card, &message, finished);
        look_for_card(card);
        if (card->lost)
            return hyp_fail(error, card->loss.code, "%s", card->loss.message);
        if (*finished || !wait_for_helper(card, until_ns))
            return HYP_OK;
    }
}

static void wake(void *opened)
{
    struct xrt_card *card = opened;
    eventfd_write(card->wake, 1);
}

static int reset(void *opened, hyp_error *error)
{
    struct xrt_card *card = opened;
    struct card_host_loaded loaded;
    take_down(card);
    int result = bring_up(card, true, &loaded, error);
    if (result != HYP_OK)
        take_down(card);
    return result;
}

const struct hyp_backend hyp_backend_xrt = {
    .name = "xrt",
    .needs_shared_memory = true,
    .list = list_xrt,
    .open = open_xrt,
    .close = close_card,
    .memory_destroyed = memory_destroyed,
    .resident_reserve = resident_reserve,
    .resident_write = resident_write,
    .start = start_run,
    .progress = progress,
    .wake = wake,
    .reset = reset,
};

const struct hyp_backend hyp_backend_opencl = {
    .name = "opencl",
    .needs_shared_memory = true,
    .same_cards = true,
    .list = list_opencl,
    .open = open_opencl,
    .close = close_card,
    .memory_destroyed = memory_destroyed,
    .resident_reserve = resident_reserve,
    .resident_write = resident_write,
    .start = start_run,
    .progress = progress,
    .wake = wake,
    .reset = reset,
};
