/* See process_output.h. */
#include "base/process/process_output.h"

#include <string.h>

void process_output_keep(ProcessResult *result, size_t *length, const char *bytes, size_t count)
{
    const size_t most = sizeof result->output - 1;
    char *output = result->output;
    size_t drop;

    if (count > most) {
        bytes += count - most;
        count = most;
    }
    drop = *length + count > most ? *length + count - most : 0;
    memmove(output, output + drop, *length - drop);
    *length -= drop;
    memcpy(output + *length, bytes, count);
    for (size_t end = *length + count; *length < end; ++*length)
        if (output[*length] == '\0')
            output[*length] = ' ';
    output[*length] = '\0';
}
