/* See acceptor.h. */
#include "proxy/server/acceptor.h"

#include "proxy/server/connection.h"
#include "proxy/server/endpoint.h"
#include "proxy/server/listen_socket.h"

#include <stdint.h>
#include <stdlib.h>

struct Acceptor {
    uv_tcp_t tcp; /* first */
    AcceptorKnock *knock;
    void *owner;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle); /* the first member of an Acceptor */
}

/* Its socket came with the first byte of the message. Source: unix(7), SCM_RIGHTS. */
Acceptor *acceptor_receive(uv_pipe_t *channel, const Json *message)
{
    Acceptor *acceptor = uv_pipe_pending_count(channel) > 0 ? calloc(1, sizeof *acceptor) : NULL;

    (void)message;
    if (!acceptor || uv_tcp_init(channel->loop, &acceptor->tcp) < 0) {
        free(acceptor);
        return NULL;
    }
    if (uv_accept((uv_stream_t *)channel, (uv_stream_t *)&acceptor->tcp) == 0)
        return acceptor;
    acceptor_close(acceptor);
    return NULL;
}

bool acceptor_address(const Acceptor *acceptor, Address *out)
{
    return endpoint_of_listener(&acceptor->tcp, out);
}

/* A client that is not taken keeps libuv from accepting more. */
static void on_client(uv_stream_t *stream, int status)
{
    Acceptor *acceptor = (Acceptor *)stream;

    if (status == 0)
        acceptor->knock(acceptor->owner);
}

int acceptor_start(Acceptor *acceptor, AcceptorKnock *knock, void *owner)
{
    acceptor->knock = knock;
    acceptor->owner = owner;
    connection_tune(&acceptor->tcp);
    return uv_listen((uv_stream_t *)&acceptor->tcp, LISTEN_BACKLOG, on_client);
}

int acceptor_take(Acceptor *acceptor, uv_tcp_t *client)
{
    return uv_accept((uv_stream_t *)&acceptor->tcp, (uv_stream_t *)client);
}

bool acceptor_socket(const Acceptor *acceptor, uv_os_sock_t *out)
{
    uv_os_fd_t descriptor;

    if (uv_fileno((const uv_handle_t *)&acceptor->tcp, &descriptor) < 0)
        return false;
    *out = descriptor;
    return true;
}

void acceptor_close(Acceptor *acceptor)
{
    uv_close((uv_handle_t *)&acceptor->tcp, on_closed);
}
