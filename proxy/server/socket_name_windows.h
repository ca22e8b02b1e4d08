/* socket_name: a socket under a name that one other process can open it by. Both have it then. For
 * *_windows.c files only.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaduplicatesocketw */
#ifndef GODEPLOY_PROXY_SERVER_SOCKET_NAME_WINDOWS_H
#define GODEPLOY_PROXY_SERVER_SOCKET_NAME_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum { SOCKET_NAME_SIZE = 2 * sizeof(WSAPROTOCOL_INFOW) + 1 };

/* False: WSAGetLastError() says why. */
bool socket_name(uv_os_sock_t socket, int64_t pid, char out[SOCKET_NAME_SIZE]);
/* INVALID_SOCKET: the name is none (NULL is none), or was made for another process. */
uv_os_sock_t socket_of_name(const char *name);

#endif
