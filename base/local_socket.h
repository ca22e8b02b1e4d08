/* local_socket: one question and its answer over a local stream socket: godeploy-proxy's, and those
 * of other programs on this host.
 *
 * A socket path may be longer than sun_path allows (ROOT is the user's): the implementation reaches
 * it through its folder. Source: unix(7). */
#ifndef GODEPLOY_BASE_LOCAL_SOCKET_H
#define GODEPLOY_BASE_LOCAL_SOCKET_H

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

/* The answer is appended to *answer, without the end of its line. ERR_NETWORK if nobody listens or
 * the answer is too long; ERR_TIMEOUT if no whole answer came in time. */
bool local_socket_ask(const LocalQuestion *question, Text *answer, Error *err);

#endif
