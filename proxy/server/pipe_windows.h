/* pipe: an end of a named pipe that somebody else has opened, for libuv. For *_windows.c files
 * only.
 */
#ifndef GODEPLOY_PROXY_SERVER_PIPE_WINDOWS_H
#define GODEPLOY_PROXY_SERVER_PIPE_WINDOWS_H

#include <uv.h>

/* Takes `handle`, also when it fails. 0, or why not. */
int pipe_open_handle(uv_pipe_t *pipe, void *handle);

#endif
