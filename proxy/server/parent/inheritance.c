/* See inheritance.h: filling it in. */
#include "proxy/server/parent/inheritance.h"

bool inheritance_add_listener(Inheritance *inheritance, uv_os_sock_t socket)
{
    if (inheritance->listener_count == INHERITED_LISTENERS_MAX)
        return false;
    inheritance->listeners[inheritance->listener_count++] = socket;
    return true;
}

bool inheritance_add_channel(Inheritance *inheritance, const uv_pipe_t *channel)
{
    uv_os_fd_t descriptor;

    if (inheritance->channel_count == INHERITED_CHANNELS_MAX ||
        uv_fileno((const uv_handle_t *)channel, &descriptor) != 0)
        return false;
    inheritance->channels[inheritance->channel_count++] = descriptor;
    return true;
}
