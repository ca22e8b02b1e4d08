/* See pipe_windows.h: libuv wants a descriptor of the C library. */
#include "proxy/server/pipe_windows.h"

#include <io.h>
#include <windows.h>

int pipe_open_handle(uv_pipe_t *pipe, void *handle)
{
    int descriptor = _open_osfhandle((intptr_t)handle, 0);
    int status = 0;

    if (descriptor < 0) {
        (void)CloseHandle(handle);
        return UV_EMFILE;
    }
    status = uv_pipe_open(pipe, descriptor);
    if (status < 0)
        (void)_close(descriptor); /* and the handle */
    return status;
}
