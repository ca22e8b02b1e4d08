/* See loopback.h. */
#include "tests/support/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static bool ready(Loopback loopback, short events, int patience_ms)
{
    struct pollfd one = {.fd = (int)loopback, .events = events};

    return poll(&one, 1, patience_ms) > 0;
}

Loopback loopback_listen(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener, 16) == 0 &&
        getsockname(listener, (struct sockaddr *)&address, &length) == 0) {
        *port = ntohs(address.sin_port);
        (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL cannot be told not to raise it */
        return listener;
    }
    loopback_close(listener);
    return NO_LOOPBACK;
}

Loopback loopback_accept(Loopback listener)
{
    return accept4((int)listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void loopback_close(Loopback loopback)
{
    if (loopback != NO_LOOPBACK)
        (void)close((int)loopback);
}

bool loopback_readable(Loopback loopback, int patience_ms)
{
    return ready(loopback, POLLIN, patience_ms);
}

bool loopback_writable(Loopback loopback, int patience_ms)
{
    return ready(loopback, POLLOUT, patience_ms);
}

long loopback_send(Loopback loopback, const void *bytes, size_t length)
{
    return send((int)loopback, bytes, length, 0);
}

long loopback_receive(Loopback loopback, void *bytes, size_t room)
{
    return recv((int)loopback, bytes, room, 0);
}

bool loopback_at_end(Loopback loopback)
{
    char byte = 0;

    return ready(loopback, POLLIN, 0) && recv((int)loopback, &byte, 1, MSG_PEEK) <= 0;
}

void loopback_say_end(Loopback loopback)
{
    (void)shutdown((int)loopback, SHUT_WR);
}

void loopback_reset_on_close(Loopback loopback)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt((int)loopback, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}
