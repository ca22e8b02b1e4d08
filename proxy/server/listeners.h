/* listeners: the listening sockets as the parent holds them: open as long as a route uses them,
 * never accepted on. Those of a service manager's .socket unit stay open: it has a copy, so that
 * nobody could open them again. */
#ifndef GODEPLOY_PROXY_SERVER_LISTENERS_H
#define GODEPLOY_PROXY_SERVER_LISTENERS_H

#include "proxy/server/link.h"
#include "proxy/server/parent/inheritance.h"
#include "proxy/server/routes.h"

#include <uv.h>

typedef struct Listener {
    uv_tcp_t tcp; /* first */
    Link link;
    Address address;
    bool announced;  /* the workers have it */
    bool lent;       /* by the service manager */
    bool bequeathed; /* the parent that comes has it */
} Listener;

typedef struct Listeners {
    uv_loop_t *loop;
    Link list;  /* of Listener: what routes use */
    Link spare; /* of Listener: lent, and used by no route */
} Listeners;

void listeners_init(Listeners *all, uv_loop_t *loop);
/* Opens what `route` needs and is not open yet. On failure what was opened stays, for
 * listeners_close_unused() to take back. */
bool listeners_open(Listeners *all, const Route *route, Error *err);
/* Takes a listening socket that a worker handed over; one that says nothing useful is closed. */
void listeners_adopt(Listeners *all, uv_os_sock_t socket);
void listeners_borrow(Listeners *all, uv_os_sock_t socket); /* the same, of one that is lent */
void listeners_close_unused(Listeners *all, const RouteTable *table);
void listeners_close_all(Listeners *all);
bool listeners_have_all(const Listeners *all, const RouteTable *table);
void listeners_bequeath(Listeners *all, Inheritance *out);
bool listeners_are_bequeathed(const Listeners *all); /* each of them: none has come since */

#endif
