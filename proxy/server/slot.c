/* See slot.h. */
#include "proxy/server/slot.h"

#include "base/text.h"

#include <stdio.h>
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
    slot->pool_max = SLOT_POOL_MAX;
    for (int class_ = 0; class_ < SLOT_CLASSES; class_++) {
        link_init(&slot->members[class_].staying);
        link_init(&slot->members[class_].leaving);
        link_init(&slot->members[class_].told);
    }
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

static uint64_t *count_of(Slot *slot, SlotClass class_)
{
    return class_ == SLOT_IN_FLIGHT ? &slot->stats.in_flight : &slot->stats.upgraded;
}

void slot_enter(Slot *slot, SlotClass class_, Member *member)
{
    link_add_last(&slot->members[class_].staying, &member->link);
    (*count_of(slot, class_))++;
}

void slot_leave(Slot *slot, SlotClass class_, Member *member)
{
    if (link_alone(&member->link))
        return;
    link_remove(&member->link);
    (*count_of(slot, class_))--;
}

/* ---- closing ---- */

static void move_all(Link *from, Link *to)
{
    while (!link_alone(from)) {
        Link *first = from->next;

        link_remove(first);
        link_add_last(to, first);
    }
}

static size_t length_of(const Link *list)
{
    size_t count = 0;

    LINK_EACH(at, list)
    count++;
    return count;
}

static void tell_first(SlotMembers *members)
{
    Member *member = LINK_OWNER(members->leaving.next, Member, link);

    link_remove(&member->link);
    link_add_last(&members->told, &member->link);
    members->told_count++;
    member->abort(member);
}

/* How many of them should know by now: the first at once, the last at the end. */
static uint64_t due(const SlotMembers *members, int64_t now_ms)
{
    int64_t whole_ms = members->until_ms - members->from_ms;
    int64_t gone_ms = now_ms - members->from_ms;

    if (gone_ms >= whole_ms || members->to_tell < 2)
        return members->to_tell;
    return 1 + (members->to_tell - 1) * (uint64_t)gone_ms / (uint64_t)whole_ms;
}

/* Who left of his own accord was not told, but his turn passes all the same. */
static bool tell_due(Slot *slot, SlotMembers *members)
{
    uint64_t wanted = due(members, (int64_t)uv_now(slot->connections->loop));
    bool more = false;

    (void)slot_keep(slot); /* the last of them may hold the last reference */
    while (members->told_count < wanted && !link_alone(&members->leaving))
        tell_first(members);
    more = !link_alone(&members->leaving);
    slot_drop(slot);
    return more;
}

size_t slot_close(Slot *slot, SlotClass class_, int64_t over_ms)
{
    SlotMembers *members = &slot->members[class_];
    size_t count = 0;

    move_all(&members->staying, &members->leaving);
    members->to_tell = length_of(&members->leaving);
    members->told_count = 0;
    members->from_ms = (int64_t)uv_now(slot->connections->loop);
    members->until_ms = members->from_ms + over_ms;
    count = members->to_tell;
    if (over_ms == 0)
        (void)tell_due(slot, members);
    return count;
}

bool slot_tick(Slot *slot)
{
    bool more = false;

    (void)slot_keep(slot);
    for (int class_ = 0; class_ < SLOT_CLASSES; class_++) {
        if (!link_alone(&slot->members[class_].leaving))
            more |= tell_due(slot, &slot->members[class_]);
    }
    slot_drop(slot);
    return more;
}

void slot_serve(Slot *slot, const char *release)
{
    slot->active = true;
    for (int class_ = 0; class_ < SLOT_CLASSES; class_++)
        move_all(&slot->members[class_].leaving, &slot->members[class_].staying);
    if (release[0] == '\0' || text_equal(release, slot->release))
        return;
    stats_begin_anew(&slot->stats);
    (void)snprintf(slot->release, sizeof slot->release, "%s", release);
}

void slot_hurry(Slot *slot)
{
    (void)slot_keep(slot);
    for (int class_ = 0; class_ < SLOT_CLASSES; class_++) {
        while (!link_alone(&slot->members[class_].leaving))
            tell_first(&slot->members[class_]);
    }
    slot_drop(slot);
}
