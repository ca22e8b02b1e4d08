/* winsock_windows: the few steps with sockets that the deployer itself takes on Windows; the proxy
 * has libuv's. Results are Winsock's numbers, 0 for success, so that the caller says what failed.
 *
 * A socket is passed as the number that it is. Source:
 * https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse */
#ifndef GODEPLOY_BASE_NET_WINSOCK_WINDOWS_H
#define GODEPLOY_BASE_NET_WINSOCK_WINDOWS_H

#include "base/net/address.h"

/* Winsock counts who uses it: each success is ended once. */
int winsock_begin(void);
void winsock_end(void);

/* Binds for itself alone, and lets go at once: to listen would take a connection away from
 * somebody.
 */
int winsock_try_to_bind(const Address *address);

/* *out is open and does not block. WSAETIMEDOUT if it takes too long. */
int winsock_connect(const Address *address, int64_t timeout_ms, uintptr_t *out);
void winsock_close(uintptr_t socket);

#endif
