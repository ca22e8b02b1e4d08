/* See slot.h. */
#include "deploy/slot.h"

#include "base/text.h"

const char *slot_name(Slot slot)
{
    switch (slot) {
    case SLOT_BLUE:
        return "blue";
    case SLOT_GREEN:
        return "green";
    case SLOT_NONE:
        break;
    }
    return "none";
}

Slot slot_by_name(const char *name)
{
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT; slot++)
        if (name && text_equal(name, slot_name((Slot)slot)))
            return (Slot)slot;
    return SLOT_NONE;
}

Slot slot_other(Slot slot)
{
    return slot == SLOT_BLUE ? SLOT_GREEN : SLOT_BLUE;
}
