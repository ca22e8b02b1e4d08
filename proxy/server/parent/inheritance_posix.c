/* See inheritance.h. Source: fork(2), dup2(2); unix(7), SCM_RIGHTS. */
#include "proxy/server/parent/inheritance.h"

#include "proxy/server/program.h"

size_t inheritance_descriptors(const Inheritance *inheritance, int *out, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < inheritance->listener_count && count < room; i++)
        out[count++] = inheritance->listeners[i];
    for (size_t i = 0; i < inheritance->channel_count && count < room; i++)
        out[count++] = inheritance->channels[i];
    return count;
}

bool inheritance_give(const Inheritance *inheritance, int64_t pid, uv_pipe_t *channel, Error *err)
{
    (void)inheritance;
    (void)pid;
    (void)channel;
    (void)err;
    return true;
}

bool inheritance_receive(size_t listeners, size_t channels, Inheritance *out, Error *err)
{
    int next = PROGRAM_CHANNEL + 1;

    (void)err;
    *out = (Inheritance){0};
    while (out->listener_count < listeners && out->listener_count < INHERITED_LISTENERS_MAX)
        out->listeners[out->listener_count++] = next++;
    while (out->channel_count < channels && out->channel_count < INHERITED_CHANNELS_MAX)
        out->channels[out->channel_count++] = next++;
    return true;
}

int inheritance_open_channel(uv_pipe_t *pipe, uv_os_fd_t channel)
{
    return uv_pipe_open(pipe, channel);
}

/* It rides along as it is. */
bool inheritance_wrap(uv_tcp_t *listener, int64_t pid, Json *message, uv_stream_t **rider)
{
    (void)pid;
    (void)message;
    *rider = (uv_stream_t *)listener;
    return true;
}
