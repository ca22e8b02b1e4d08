/* slot: one of the two side ports that take turns. */
#ifndef GODEPLOY_DEPLOY_SLOT_H
#define GODEPLOY_DEPLOY_SLOT_H

typedef enum Slot { SLOT_NONE = -1, SLOT_BLUE = 0, SLOT_GREEN = 1 } Slot;
enum { SLOT_COUNT = 2 };

const char *slot_name(Slot slot);    /* "blue", "green", "none"; static */
Slot slot_by_name(const char *name); /* SLOT_NONE for NULL or anything else */
Slot slot_other(Slot slot);          /* the other one; SLOT_BLUE for SLOT_NONE */

#endif
