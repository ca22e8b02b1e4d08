/* See port_lending.h. Of the network namespace that this process is in. */
#include "base/net/port_lending.h"

#include "base/cleanup.h"
#include "base/file/file.h"

#include <stdlib.h>

#define RANGE_FILE    "/proc/sys/net/ipv4/ip_local_port_range"
#define RESERVED_FILE "/proc/sys/net/ipv4/ip_local_reserved_ports"

enum { RESERVED_MOST = 512 * 1024 }; /* every second port by itself */

static char *read_setting(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    Error unseen = {0};

    return file_read_all(path, RESERVED_MOST, &text, &length, &unseen) ? text : NULL;
}

/* "8080,9148-9150" */
static bool is_in_list(const char *list, unsigned long port)
{
    char *end = NULL;

    for (const char *at = list; *at != '\0'; at = *end == ',' ? end + 1 : end) {
        unsigned long first = strtoul(at, &end, 10), last = first;

        if (end == at)
            return false;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        if (port >= first && port <= last)
            return true;
        if (*end != ',')
            return false;
    }
    return false;
}

bool port_is_lent(uint16_t port, uint16_t *from, uint16_t *to)
{
    CLEANUP(free) char *range = read_setting(RANGE_FILE);
    CLEANUP(free) char *reserved = read_setting(RESERVED_FILE);
    char *second = NULL;

    if (!range)
        return false;
    *from = (uint16_t)strtoul(range, &second, 10);
    *to = (uint16_t)strtoul(second, NULL, 10);
    return port >= *from && port <= *to && !(reserved && is_in_list(reserved, port));
}
