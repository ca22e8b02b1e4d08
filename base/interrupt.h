/* interrupt: Ctrl-C, SIGTERM and a closed terminal, remembered until somebody asks.
 *
 * The one mutable global of the tree: a handler has no argument to carry state in. */
#ifndef GODEPLOY_BASE_INTERRUPT_H
#define GODEPLOY_BASE_INTERRUPT_H

#include "base/error.h"

void interrupt_install(void);

/* True since the first Ctrl-C (SIGINT, SIGTERM, SIGHUP; on Windows Ctrl-Break and a closed window
 * too) after interrupt_install(). Windows ends the programs of a desktop that is logged off, and
 * those of a system that goes down, without a word that reaches us: that is a power cut. */
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
