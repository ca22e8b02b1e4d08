/* See listeners.h. */
#include "proxy/server/listeners.h"

#include "proxy/server/endpoint.h"
#include "proxy/server/listen_socket.h"
#include "proxy/server/worker_listeners.h"

#include <stdlib.h>

void listeners_init(Listeners *all, uv_loop_t *loop)
{
    all->loop = loop;
    link_init(&all->list);
}

static bool is_open(const Listeners *all, const Address *address)
{
    LINK_EACH(at, &all->list)
    {
        if (address_equal(&LINK_OWNER(at, Listener, link)->address, address))
            return true;
    }
    return false;
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

static bool open_one(Listeners *all, const Address *address, Error *err)
{
    uv_os_sock_t socket;
    Listener *listener = NULL;

    if (!listen_socket_open(address, LISTEN_BACKLOG, &socket, err))
        return false;
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

void listeners_adopt(Listeners *all, uv_os_sock_t socket)
{
    Listener *listener = wrap(all, socket);

    if (!listener)
        return;
    if (!endpoint_of_listener(&listener->tcp, &listener->address) ||
        is_open(all, &listener->address))
        close_one(listener);
    else
        link_add_last(&all->list, &listener->link);
}

void listeners_close_unused(Listeners *all, const RouteTable *table)
{
    LINK_EACH(at, &all->list)
    {
        Listener *listener = LINK_OWNER(at, Listener, link);

        if (!routes_at(table, &listener->address))
            close_one(listener);
    }
}

void listeners_close_all(Listeners *all)
{
    LINK_EACH(at, &all->list)
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
