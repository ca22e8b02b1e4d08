/* See slot.h. */
#include "proxy/server/slot.h"

#include <stdlib.h>
#include <string.h>

Slot *slot_new(Connections *connections, const RouteSlot *from)
{
    Slot *slot = calloc(1, sizeof *slot);

    if (!slot)
        return NULL;
    memcpy(slot->name, from->name, sizeof slot->name);
    slot->address = from->address;
    (void)address_format(&from->address, slot->host);
    if (!endpoint_of(&from->address, &slot->endpoint)) {
        free(slot);
        return NULL;
    }
    slot->connections = connections;
    slot->references = 1;
    link_init(&slot->in_flight);
    link_init(&slot->upgraded);
    link_init(&slot->idle);
    return slot;
}

Slot *slot_keep(Slot *slot)
{
    slot->references++;
    return slot;
}

void slot_drop(Slot *slot)
{
    if (slot && --slot->references == 0)
        free(slot);
}

static Link *list_of(Slot *slot, SlotClass class_)
{
    return class_ == SLOT_IN_FLIGHT ? &slot->in_flight : &slot->upgraded;
}

static uint64_t *count_of(Slot *slot, SlotClass class_)
{
    return class_ == SLOT_IN_FLIGHT ? &slot->stats.in_flight : &slot->stats.upgraded;
}

void slot_enter(Slot *slot, SlotClass class_, Member *member)
{
    link_add_last(list_of(slot, class_), &member->link);
    (*count_of(slot, class_))++;
}

void slot_leave(Slot *slot, SlotClass class_, Member *member)
{
    if (link_alone(&member->link))
        return;
    link_remove(&member->link);
    (*count_of(slot, class_))--;
}

size_t slot_abort(Slot *slot, SlotClass class_)
{
    Link *list = list_of(slot, class_);
    size_t count = 0;

    (void)slot_keep(slot); /* the last of them may hold the last reference */
    while (!link_alone(list)) {
        Member *member = LINK_OWNER(list->next, Member, link);

        member->abort(member); /* leaves the list */
        count++;
    }
    slot_drop(slot);
    return count;
}
