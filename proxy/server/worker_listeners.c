/* See worker_listeners.h. */
#include "proxy/server/worker_listeners.h"

#include "proxy/server/endpoint.h"
#include "proxy/server/http/http_session.h"
#include "proxy/server/program.h"
#include "proxy/server/tcp_session.h"

#include <stdlib.h>

typedef struct WorkerListener {
    Acceptor *acceptor;
    Link link;
    Address address;
    WorkerListeners *all;
    bool accepting;
    bool crowded; /* a client waits in its hand until there is room */
} WorkerListener;

enum { DESCRIPTORS_OF_OUR_OWN = 64, ROOM_LOOK_MS = 10 };

void worker_listeners_init(WorkerListeners *all, Traffic *traffic)
{
    size_t descriptors = program_descriptors();

    link_init(&all->list);
    all->count = 0;
    all->traffic = traffic;
    all->most_open = descriptors / 2 > DESCRIPTORS_OF_OUR_OWN
                         ? (descriptors - DESCRIPTORS_OF_OUR_OWN) / 2
                         : DESCRIPTORS_OF_OUR_OWN / 2;
    all->room.data = all;
    (void)uv_timer_init(traffic->connections.loop, &all->room); /* never fails */
}

static WorkerListener *find(const WorkerListeners *all, const Address *address)
{
    LINK_EACH(at, &all->list)
    {
        WorkerListener *listener = LINK_OWNER(at, WorkerListener, link);

        if (address_equal(&listener->address, address))
            return listener;
    }
    return NULL;
}

static void close_listener(WorkerListener *listener)
{
    acceptor_close(listener->acceptor);
    listener->all->count--;
    link_remove(&listener->link);
    free(listener);
}

static bool add(WorkerListeners *all, Acceptor *acceptor, const Address *address)
{
    WorkerListener *listener = calloc(1, sizeof *listener);

    if (!listener)
        return false;
    *listener = (WorkerListener){.acceptor = acceptor, .address = *address, .all = all};
    link_init(&listener->link);
    link_add_last(&all->list, &listener->link);
    all->count++;
    return true;
}

void worker_listeners_receive(WorkerListeners *all, uv_pipe_t *channel, const Json *message)
{
    Acceptor *acceptor = acceptor_receive(channel, message);
    Address address;

    if (!acceptor)
        abort(); /* the parent starts another worker; this one would leave a listener deaf */
    if (!acceptor_address(acceptor, &address) || find(all, &address))
        acceptor_close(acceptor);
    else if (!add(all, acceptor, &address))
        abort();
}

static void on_client_closed(void *gate)
{
    gate_exit(gate);
}

static bool enter(const LiveRoute *route, Connection *client)
{
    if (!gate_enter(route->gate, route->route.limits.connections))
        return false;
    connection_on_closed(client, on_client_closed, route->gate);
    return true;
}

static void take_client(WorkerListener *listener)
{
    Traffic *traffic = listener->all->traffic;
    const LiveRoute *route = live_routes_at(&traffic->routes, &listener->address);
    Connection *client = connection_accept(&traffic->connections, listener->acceptor);
    bool entered = false;

    if (!client)
        return;
    if (!route) {
        connection_reset(client);
        return;
    }
    entered = enter(route, client);
    if (route->route.mode == ROUTE_HTTP)
        http_session_start(traffic, client, &listener->address, !entered);
    else if (entered)
        tcp_session_start(traffic, client, &listener->address);
    else
        connection_reset(client);
}

/* ---- running out of descriptors ---- */

static bool has_room(const WorkerListeners *all)
{
    return all->traffic->connections.open < all->most_open;
}

/* Connections that rest make room first: with nobody else there they would keep everybody out. */
static void on_room_look(uv_timer_t *timer)
{
    WorkerListeners *all = timer->data;
    bool crowded = false;

    if (!has_room(all))
        live_routes_empty_pools(&all->traffic->routes); /* felt at the next look */

    LINK_EACH(at, &all->list)
    {
        WorkerListener *listener = LINK_OWNER(at, WorkerListener, link);

        if (listener->crowded && has_room(all)) {
            listener->crowded = false;
            take_client(listener); /* and the next ones are announced again */
        }
        crowded |= listener->crowded;
    }
    if (!crowded)
        (void)uv_timer_stop(timer); /* never fails */
}

/* While a client is not taken the others wait in the backlog, where without this each of them would
 * be accepted and closed as soon as descriptors run out. */
static void on_client(void *owner)
{
    WorkerListener *listener = owner;

    if (has_room(listener->all)) {
        take_client(listener);
        return;
    }
    listener->crowded = true;
    (void)uv_timer_start(&listener->all->room, on_room_look, ROOM_LOOK_MS, ROOM_LOOK_MS);
}

static void accept_on(WorkerListener *listener, Text *why)
{
    char text[ADDRESS_TEXT_SIZE];
    int status = 0;

    if (listener->accepting)
        return;
    status = acceptor_start(listener->acceptor, on_client, listener);
    listener->accepting = status == 0;
    if (status < 0 && why->length == 0)
        text_appendf(why, "%s: %s", address_format(&listener->address, text), uv_strerror(status));
}

void worker_listeners_follow(WorkerListeners *all, Text *why)
{
    LINK_EACH(at, &all->list)
    {
        WorkerListener *listener = LINK_OWNER(at, WorkerListener, link);

        if (live_routes_at(&all->traffic->routes, &listener->address))
            accept_on(listener, why);
        else
            close_listener(listener);
    }
}

void worker_listeners_close(WorkerListeners *all)
{
    LINK_EACH(at, &all->list)
    close_listener(LINK_OWNER(at, WorkerListener, link));
}

void worker_listeners_bequeath(const WorkerListeners *all, Inheritance *out)
{
    LINK_EACH(at, &all->list)
    {
        uv_os_sock_t socket;

        if (acceptor_socket(LINK_OWNER(at, WorkerListener, link)->acceptor, &socket))
            (void)inheritance_add_listener(out, socket); /* the rest is opened again */
    }
}
