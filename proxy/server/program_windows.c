/* See program.h. */
#include "proxy/server/program.h"

#include <stdint.h>
#include <stdio.h>

/* A pipe of Windows carries bytes alone; sockets go by their names (inheritance.h). */
const int program_channel_ipc = 0;

/* An .exe that runs cannot be overwritten, but it can be moved aside: what lies in its place then
 * is started. */
void program_find_own(char out[PROGRAM_PATH_SIZE])
{
    size_t size = PROGRAM_PATH_SIZE;

    if (uv_exepath(out, &size) < 0)
        (void)snprintf(out, PROGRAM_PATH_SIZE, "godeploy-proxy.exe");
}

void program_prepare(void)
{
    /* There is no limit to lift and no signal to ignore. */
}

size_t program_descriptors(void)
{
    return SIZE_MAX;
}
