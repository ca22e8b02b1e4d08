/* acceptor: a listening socket in the hands of a worker, which the parent and other workers have
 * too. What nobody has taken waits in its backlog, and outlives every one of them.
 *
 * acceptor_posix.c leaves it to libuv. acceptor_windows.c asks for one client at a time by AcceptEx
 * itself: libuv would ask for several in advance, and reset those that it has not heard of when the
 * worker lets go of the socket. */
#ifndef GODEPLOY_PROXY_SERVER_ACCEPTOR_H
#define GODEPLOY_PROXY_SERVER_ACCEPTOR_H

#include "base/json.h"
#include "base/net/address.h"

#include <stdbool.h>
#include <uv.h>

typedef struct Acceptor Acceptor;

/* A client waits: acceptor_take() it now or later. Until then there is no other call. */
typedef void AcceptorKnock(void *owner);

/* The socket that came over `channel` with `message`. NULL: none came, or no memory. */
Acceptor *acceptor_receive(uv_pipe_t *channel, const Json *message);
bool acceptor_address(const Acceptor *acceptor, Address *out);

/* 0, or why it cannot. */
int acceptor_start(Acceptor *acceptor, AcceptorKnock *knock, void *owner);
/* Into `client`, which is initialised. 0, or why not. */
int acceptor_take(Acceptor *acceptor, uv_tcp_t *client);

/* False: it is closed, or was never open. */
bool acceptor_socket(const Acceptor *acceptor, uv_os_sock_t *out);

/* Frees it. A client that has got past the backlog in the same moment is announced first: take it.
 */
void acceptor_close(Acceptor *acceptor);

#endif
