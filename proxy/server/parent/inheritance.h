/* inheritance: what a parent-to-be gets from the process that starts it: the listening sockets, and
 * the channels of the workers that it is to follow the parent of.
 *
 * inheritance_posix.c: descriptors that it has from its first instruction on.
 * inheritance_windows.c: the first words on its channel, as the names of duplicates can only be
 * made once its process is there; the rest of the channel is not touched. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_INHERITANCE_H
#define GODEPLOY_PROXY_SERVER_PARENT_INHERITANCE_H

#include "base/error.h"
#include "base/json.h"

#include <stddef.h>
#include <uv.h>

enum { INHERITED_LISTENERS_MAX = 256, INHERITED_CHANNELS_MAX = 64 };

/* What goes beyond that is left behind. */
typedef struct Inheritance {
    uv_os_sock_t listeners[INHERITED_LISTENERS_MAX];
    size_t listener_count;
    size_t lent_count; /* the first of them belong to the service manager */
    uv_os_fd_t channels[INHERITED_CHANNELS_MAX];
    size_t channel_count;
} Inheritance;

bool inheritance_add_listener(Inheritance *inheritance, uv_os_sock_t socket); /* false: no room */
bool inheritance_add_channel(Inheritance *inheritance, const uv_pipe_t *channel); /* likewise */

/* At the start of who was told that it inherits so many. */
bool inheritance_receive(size_t listeners, size_t channels, Inheritance *out, Error *err);
/* 0, or why the channel cannot be used. */
int inheritance_open_channel(uv_pipe_t *pipe, uv_os_fd_t channel);

/* ---- for program.c ---- */

/* The descriptors, in their order behind PROGRAM_CHANNEL; how many, at most `room`. None where they
 * are given later. */
size_t inheritance_descriptors(const Inheritance *inheritance, int *out, size_t room);
/* Once process `pid` is there: says the rest on its channel. */
bool inheritance_give(const Inheritance *inheritance, int64_t pid, uv_pipe_t *channel, Error *err);

/* ---- one listening socket, for a worker that is there already ---- */

/* Makes `message` bring `listener` to process `pid`: *rider has to travel with it (NULL: nothing
 * has). False if the system will not. */
bool inheritance_wrap(uv_tcp_t *listener, int64_t pid, Json *message, uv_stream_t **rider);

#endif
