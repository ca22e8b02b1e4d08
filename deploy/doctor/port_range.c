/* See port_range.h. */
#include "deploy/doctor/port_range.h"

#include <stdlib.h>
#include <string.h>

enum { PORT_MOST = 65535 };

static bool read_number(const char **at, uint16_t *out)
{
    unsigned long number;
    char *end = NULL;

    *at += strspn(*at, " \t");
    if (strspn(*at, "0123456789") == 0)
        return false;
    number = strtoul(*at, &end, 10);
    *at = end;
    *out = (uint16_t)number;
    return number <= PORT_MOST;
}

/* "  50000   50059   *" up to its end, and nothing else. */
static bool read_line(const char *line, PortRange *out)
{
    PortRange range = {0};

    if (!read_number(&line, &range.first) || !read_number(&line, &range.last))
        return false;
    line += strspn(line, " \t");
    range.of_administrator = *line == '*';
    line += range.of_administrator;
    line += strspn(line, " \t\r");
    *out = range;
    return *line == '\n' || *line == '\0';
}

bool port_range_find(const char *listed, uint16_t port, PortRange *out)
{
    bool found = false;

    for (const char *line = listed; *line != '\0';) {
        PortRange range;

        if (read_line(line, &range) && port >= range.first && port <= range.last &&
            (!found || out->of_administrator)) {
            *out = range;
            found = true;
        }
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return found;
}
