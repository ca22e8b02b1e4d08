/* See quiet_socket.h. */
#include "proxy/server/quiet_socket.h"

#include <errno.h>
#include <sys/socket.h>

bool quiet_socket(uv_os_fd_t descriptor)
{
    char byte;

    return recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}
