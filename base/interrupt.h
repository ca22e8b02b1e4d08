/* interrupt: Ctrl-C, SIGTERM and a closed terminal, remembered until somebody asks.
 *
 * The one mutable global of the tree: a handler has no argument to carry state in. */
#ifndef GODEPLOY_BASE_INTERRUPT_H
#define GODEPLOY_BASE_INTERRUPT_H

#include "base/error.h"

void interrupt_install(void);

/* True since the first Ctrl-C (SIGINT, SIGTERM, SIGHUP; on Windows Ctrl-Break, a closed window, a
 * logoff and a shutdown too) after interrupt_install(). */
bool interrupt_requested(void);

/* How often, held ones among them. For work that follows on a Ctrl-C and is ended by the next. */
int interrupt_count(void);

/* For work that must finish although Ctrl-C was pressed, such as undoing: requests are kept aside
 * between hold and release, and counted again afterwards. */
void interrupt_hold(void);
void interrupt_release(void);

/* False with ERR_INTERRUPTED if one was requested. */
bool interrupt_check(Error *err);

#endif
