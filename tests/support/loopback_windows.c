/* See loopback.h. select() rather than WSAPoll(), which had flaws of its own until Windows 10 2004.
 */
#include "tests/support/loopback.h"

#include <winsock2.h>

static bool ready(Loopback loopback, bool to_write, int patience_ms)
{
    fd_set wanted = {.fd_count = 1, .fd_array = {(SOCKET)loopback}};
    struct timeval patience = {.tv_sec = patience_ms / 1000, .tv_usec = patience_ms % 1000 * 1000};

    return select(0, to_write ? NULL : &wanted, to_write ? &wanted : NULL, NULL, &patience) > 0;
}

static bool stop_blocking(Loopback loopback)
{
    u_long yes = 1;

    return ioctlsocket((SOCKET)loopback, (long)FIONBIO, &yes) == 0;
}

Loopback loopback_listen(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.S_un.S_addr = htonl(INADDR_LOOPBACK)};
    int length = sizeof address;
    WSADATA ignored;
    Loopback listener = NO_LOOPBACK;

    if (WSAStartup(MAKEWORD(2, 2), &ignored) != 0) /* the end of the test ends it */
        return NO_LOOPBACK;
    listener = (Loopback)socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (listener != NO_LOOPBACK && stop_blocking(listener) &&
        bind((SOCKET)listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen((SOCKET)listener, 16) == 0 &&
        getsockname((SOCKET)listener, (struct sockaddr *)&address, &length) == 0) {
        *port = ntohs(address.sin_port);
        return listener;
    }
    loopback_close(listener);
    return NO_LOOPBACK;
}

Loopback loopback_accept(Loopback listener)
{
    Loopback accepted = (Loopback)accept((SOCKET)listener, NULL, NULL);

    if (accepted != NO_LOOPBACK && stop_blocking(accepted))
        return accepted;
    loopback_close(accepted);
    return NO_LOOPBACK;
}

void loopback_close(Loopback loopback)
{
    if (loopback != NO_LOOPBACK)
        (void)closesocket((SOCKET)loopback);
}

bool loopback_readable(Loopback loopback, int patience_ms)
{
    return ready(loopback, false, patience_ms);
}

bool loopback_writable(Loopback loopback, int patience_ms)
{
    return ready(loopback, true, patience_ms);
}

long loopback_send(Loopback loopback, const void *bytes, size_t length)
{
    return send((SOCKET)loopback, bytes, (int)length, 0);
}

long loopback_receive(Loopback loopback, void *bytes, size_t room)
{
    return recv((SOCKET)loopback, bytes, (int)room, 0);
}

bool loopback_at_end(Loopback loopback)
{
    char byte = 0;

    return ready(loopback, false, 0) && recv((SOCKET)loopback, &byte, 1, MSG_PEEK) <= 0;
}

void loopback_say_end(Loopback loopback)
{
    (void)shutdown((SOCKET)loopback, SD_SEND);
}

void loopback_reset_on_close(Loopback loopback)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt((SOCKET)loopback, SOL_SOCKET, SO_LINGER, (const char *)&at_once,
                     sizeof at_once);
}
