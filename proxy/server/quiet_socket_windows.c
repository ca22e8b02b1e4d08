/* See quiet_socket.h. libuv's sockets do not block. */
#include "proxy/server/quiet_socket.h"

#include <stdint.h>

bool quiet_socket(uv_os_fd_t descriptor)
{
    char byte;

    return recv((SOCKET)(uintptr_t)descriptor, &byte, 1, MSG_PEEK) < 0 &&
           WSAGetLastError() == WSAEWOULDBLOCK;
}
