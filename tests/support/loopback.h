/* loopback: TCP sockets of 127.0.0.1 for the servers of tests. None of them blocks.
 * Sources: loopback_posix.c, loopback_windows.c. */
#ifndef GODEPLOY_TESTS_SUPPORT_LOOPBACK_H
#define GODEPLOY_TESTS_SUPPORT_LOOPBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef intptr_t Loopback; /* the system's number of a socket */
enum { NO_LOOPBACK = -1 };

Loopback loopback_listen(uint16_t *port); /* on a free port */
Loopback loopback_accept(Loopback listener);
void loopback_close(Loopback loopback); /* accepts NO_LOOPBACK */

/* Whether there is something to read (a connection, bytes, the end), or room to write, by then. */
bool loopback_readable(Loopback loopback, int patience_ms);
bool loopback_writable(Loopback loopback, int patience_ms);

/* Bytes; 0 is the end, negative is trouble, or that it would have had to wait. */
long loopback_send(Loopback loopback, const void *bytes, size_t length);
long loopback_receive(Loopback loopback, void *bytes, size_t room);
bool loopback_at_end(Loopback loopback); /* the other side left, and nothing is unread */

void loopback_say_end(Loopback loopback);        /* we write no more */
void loopback_reset_on_close(Loopback loopback); /* the other side shall see a TCP reset */

#endif
