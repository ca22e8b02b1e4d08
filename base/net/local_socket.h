/* local_socket: one question and its answer over a local stream socket: godeploy-proxy's, and those
 * of other programs on this host.
 *
 * On Linux it is a Unix socket. Its path may be longer than sun_path allows (ROOT is the user's):
 * it is reached through its folder then. Source: unix(7). On Windows it is a named pipe, which has
 * no place in a folder: local_socket_name() makes its name out of the path. Sources:
 * local_socket_posix.c, local_socket_windows.c. */
#ifndef GODEPLOY_BASE_NET_LOCAL_SOCKET_H
#define GODEPLOY_BASE_NET_LOCAL_SOCKET_H

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

typedef struct LocalQuestion {
    const char *path;
    const char *bytes;
    size_t length;
    bool one_line; /* the answer ends with its first line, else when the other side hangs up */
    size_t most_bytes;
    int64_t timeout_ms; /* for the whole of it */
} LocalQuestion;

/* Under which name the system knows the socket of `path`: `path` itself, or \\.\pipe\godeploy-HASH,
 * the same for every way to write that path; a \\.\pipe\ name is left as it is. NULL if out of
 * memory, or if Windows cannot have such a path. Caller frees. */
char *local_socket_name(const char *path);

/* The answer is appended to *answer, without the end of its line. ERR_NETWORK if nobody listens,
 * the answer is too long, or (Windows) the pipe is neither the system's, administrators', our own
 * nor of who owns the file at `path`; ERR_TIMEOUT if no whole answer came in time. */
bool local_socket_ask(const LocalQuestion *question, Text *answer, Error *err);

#endif
