#include "host/src/pending.h"

void hyp_pending_init(struct hyp_pending *pending)
{
    for (unsigned op = 0; op < HYP_MAX_OPS; op++) {
        hyp_slot_list_clear(&pending->ops[op].slots);
        pending->ops[op].last_order = 0;
    }
    pending->count = 0;
    pending->first_deadline = UINT64_MAX;
}

static unsigned op_of(const struct hyp_slot *slot)
{
    return slot->run.op % HYP_MAX_OPS;
}

static void count(struct hyp_pending *pending, const struct hyp_slot *slot)
{
    uint64_t deadline = slot->run.deadline_ns;

    pending->count++;
    pending->first_deadline =
        deadline < pending->first_deadline ? deadline : pending->first_deadline;
}

static void insert(struct hyp_slot_list *list, struct hyp_slot **link, struct hyp_slot *slot)
{
    slot->next = *link;
    *link = slot;
    if (!slot->next) {
        list->tail = &slot->next;
    }
}

/* Most come behind all that wait; others are looked for from where the one before them went. */
void hyp_pending_add(struct hyp_pending *pending, struct hyp_slot_list *slots)
{
    struct hyp_slot **links[HYP_MAX_OPS] = {NULL};
    uint64_t before[HYP_MAX_OPS] = {0};
    struct hyp_slot *slot = slots->head;

    while (slot) {
        struct hyp_slot *next = slot->next;
        unsigned op = op_of(slot);
        struct hyp_slot_list *list = &pending->ops[op].slots;
        uint64_t order = slot->run.order;
        struct hyp_slot **link = links[op] && order >= before[op] ? links[op] : &list->head;

        if (order >= pending->ops[op].last_order) {
            pending->ops[op].last_order = order;
            link = list->tail;
        }
        while (*link && (*link)->run.order <= order) {
            link = &(*link)->next;
        }
        insert(list, link, slot);
        count(pending, slot);
        links[op] = &slot->next;
        before[op] = order;
        slot = next;
    }
    hyp_slot_list_clear(slots);
}

struct hyp_slot *hyp_pending_first(const struct hyp_pending *pending,
                                   const bool left_out[HYP_MAX_OPS])
{
    struct hyp_slot *first = NULL;

    for (unsigned op = 0; op < HYP_MAX_OPS; op++) {
        struct hyp_slot *slot = pending->ops[op].slots.head;
        if (slot && !left_out[op] && (!first || slot->run.order < first->run.order)) {
            first = slot;
        }
    }
    return first;
}

void hyp_pending_remove_first(struct hyp_pending *pending, struct hyp_slot *slot)
{
    struct hyp_slot_list *list = &pending->ops[op_of(slot)].slots;

    list->head = slot->next;
    if (!list->head) {
        hyp_slot_list_clear(list);
    }
    pending->count--;
    if (pending->count == 0) {
        pending->first_deadline = UINT64_MAX;
    }
}

void hyp_pending_take(struct hyp_pending *pending,
                      bool (*matches)(const struct hyp_slot *, const void *), const void *argument,
                      struct hyp_slot_list *taken)
{
    pending->count = 0;
    pending->first_deadline = UINT64_MAX;
    for (unsigned op = 0; op < HYP_MAX_OPS; op++) {
        struct hyp_slot_list *list = &pending->ops[op].slots;
        struct hyp_slot *slot = list->head;
        hyp_slot_list_clear(list);
        while (slot) {
            struct hyp_slot *next = slot->next;
            bool is_taken = matches(slot, argument);
            hyp_slot_list_append(is_taken ? taken : list, slot);
            if (!is_taken) {
                count(pending, slot);
            }
            slot = next;
        }
    }
}
