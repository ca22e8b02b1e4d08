/* See listeners.h. */
#include "proxy/server/listeners.h"

#include "proxy/server/endpoint.h"
#include "proxy/server/listen_socket.h"
#include "proxy/server/parent/service_manager.h"

#include <stdlib.h>

void listeners_init(Listeners *all, uv_loop_t *loop)
{
    all->loop = loop;
    link_init(&all->list);
    link_init(&all->spare);
}

static Listener *find(const Link *list, const Address *address)
{
    LINK_EACH(at, list)
    {
        Listener *listener = LINK_OWNER(at, Listener, link);

        if (address_equal(&listener->address, address))
            return listener;
    }
    return NULL;
}

static bool is_open(const Listeners *all, const Address *address)
{
    return find(&all->list, address) != NULL;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle); /* the first member of a Listener */
}

static void close_one(Listener *listener)
{
    link_remove(&listener->link);
    uv_close((uv_handle_t *)&listener->tcp, on_closed);
}

/* Takes `socket`, also when it fails. */
static Listener *wrap(Listeners *all, uv_os_sock_t socket)
{
    Listener *listener = calloc(1, sizeof *listener);

    if (!listener || uv_tcp_init(all->loop, &listener->tcp) < 0) {
        free(listener);
        listen_socket_close(socket);
        return NULL;
    }
    link_init(&listener->link);
    if (uv_tcp_open(&listener->tcp, socket) < 0) {
        listen_socket_close(socket);
        close_one(listener);
        return NULL;
    }
    return listener;
}

static bool use_spare(Listeners *all, const Address *address)
{
    Listener *listener = find(&all->spare, address);

    if (!listener)
        return false;
    link_remove(&listener->link);
    link_add_last(&all->list, &listener->link);
    return true;
}

static bool open_one(Listeners *all, const Address *address, Error *err)
{
    uv_os_sock_t socket;
    Listener *listener = NULL;

    if (use_spare(all, address))
        return true;
    if (!listen_socket_open(address, LISTEN_BACKLOG, &socket, err))
        return false;
    service_manager_keep(address, socket);
    listener = wrap(all, socket);
    if (!listener)
        return error_memory(err);
    listener->address = *address;
    link_add_last(&all->list, &listener->link);
    return true;
}

bool listeners_open(Listeners *all, const Route *route, Error *err)
{
    for (size_t i = 0; i < route->listen_count; i++) {
        if (!is_open(all, &route->listen[i]) && !open_one(all, &route->listen[i], err))
            return false;
    }
    return true;
}

static Listener *take(Listeners *all, uv_os_sock_t socket, Link *into)
{
    Listener *listener = wrap(all, socket);

    if (!listener)
        return NULL;
    if (!endpoint_of_listener(&listener->tcp, &listener->address) ||
        is_open(all, &listener->address) || find(&all->spare, &listener->address)) {
        close_one(listener);
        return NULL;
    }
    link_add_last(into, &listener->link);
    return listener;
}

void listeners_adopt(Listeners *all, uv_os_sock_t socket)
{
    (void)take(all, socket, &all->list); /* one that is of no use was closed */
}

void listeners_borrow(Listeners *all, uv_os_sock_t socket)
{
    Listener *listener = take(all, socket, &all->spare);

    if (listener)
        listener->lent = true;
}

/* The workers have closed theirs, or will when they get the routes. */
static void put_aside(Listeners *all, Listener *listener)
{
    link_remove(&listener->link);
    listener->announced = false;
    link_add_last(&all->spare, &listener->link);
}

void listeners_close_unused(Listeners *all, const RouteTable *table)
{
    LINK_EACH(at, &all->list)
    {
        Listener *listener = LINK_OWNER(at, Listener, link);

        if (routes_at(table, &listener->address))
            continue;
        if (listener->lent) {
            put_aside(all, listener);
            continue;
        }
        service_manager_forget(&listener->address);
        close_one(listener);
    }
}

void listeners_close_all(Listeners *all)
{
    LINK_EACH(at, &all->list)
    close_one(LINK_OWNER(at, Listener, link));
    LINK_EACH(at, &all->spare)
    close_one(LINK_OWNER(at, Listener, link));
}

bool listeners_have_all(const Listeners *all, const RouteTable *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t k = 0; k < table->items[i].listen_count; k++) {
            if (!is_open(all, &table->items[i].listen[k]))
                return false;
        }
    }
    return true;
}

static void bequeath(const Link *list, bool lent, Inheritance *out)
{
    LINK_EACH(at, list)
    {
        Listener *listener = LINK_OWNER(at, Listener, link);
        uv_os_fd_t descriptor;

        if (listener->lent == lent)
            listener->bequeathed =
                uv_fileno((const uv_handle_t *)&listener->tcp, &descriptor) == 0 &&
                inheritance_add_listener(out, (uv_os_sock_t)(intptr_t)descriptor);
    }
}

void listeners_bequeath(Listeners *all, Inheritance *out)
{
    bequeath(&all->spare, true, out);
    bequeath(&all->list, true, out);
    out->lent_count = out->listener_count;
    bequeath(&all->list, false, out);
}

/* One that no route uses may be opened again by whoever needs it. */
bool listeners_are_bequeathed(const Listeners *all)
{
    LINK_EACH(at, &all->list)
    {
        if (!LINK_OWNER(at, Listener, link)->bequeathed)
            return false;
    }
    return true;
}
