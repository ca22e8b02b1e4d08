/* See socket_name_windows.h. */
#include "proxy/server/socket_name_windows.h"

#include "base/text.h"

bool socket_name(uv_os_sock_t socket, int64_t pid, char out[SOCKET_NAME_SIZE])
{
    WSAPROTOCOL_INFOW duplicate;

    if (WSADuplicateSocketW(socket, (DWORD)pid, &duplicate) != 0)
        return false;
    text_from_bytes((const uint8_t *)&duplicate, sizeof duplicate, out);
    return true;
}

uv_os_sock_t socket_of_name(const char *name)
{
    WSAPROTOCOL_INFOW duplicate;

    if (!name || !text_to_bytes(name, (uint8_t *)&duplicate, sizeof duplicate))
        return INVALID_SOCKET;
    return WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &duplicate, 0,
                      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
}
