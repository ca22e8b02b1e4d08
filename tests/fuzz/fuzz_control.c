/* What comes over the control socket, of any bytes: lines are found the same in pieces of any size,
 * and a route that is accepted is one that can be told again. Target: proxy/server/messages.h,
 * proxy/route.h. */
#include "tests/fuzz/fuzz.h"

#include "proxy/route.h"
#include "proxy/server/messages.h"

#include <string.h>

enum { LINE_MOST = 2048, PIECE = 7 };

static void check_route(const Json *question)
{
    CLEANUP(json_free) Json *told = NULL;
    CLEANUP(json_free) Json *again = NULL;
    CLEANUP(free) char *line = NULL;
    CLEANUP(free) char *same = NULL;
    Route route = {0};
    Route other = {0};
    Error err = {0};

    if (!route_from_json(json_get(question, "route"), &route, &err)) {
        FUZZ_CHECK(err.code != ERR_NONE && err.message[0]);
        return;
    }
    FUZZ_CHECK(route.slot_count <= ROUTE_SLOTS_MAX && route.listen_count <= ROUTE_LISTEN_MAX);
    FUZZ_CHECK(route.active >= ROUTE_NO_SLOT && route.active < (int)route.slot_count);
    told = route_to_json(&route);
    FUZZ_CHECK(told && route_from_json(told, &other, &err));
    again = route_to_json(&other);
    line = json_line(told);
    same = json_line(again);
    FUZZ_CHECK(line && same && strcmp(line, same) == 0);
}

/* How many lines there were; one that is too long counts as a million. */
static size_t take_lines(LineBuffer *buffer, bool look)
{
    size_t count = 0;

    for (;;) {
        CLEANUP(free) char *line = NULL;
        CLEANUP(json_free) Json *question = NULL;
        const LineVerdict verdict = line_buffer_next(buffer, &line);
        Error err = {0};

        if (verdict == LINE_NONE)
            return count;
        count += verdict == LINE_TOO_LONG ? 1000000 : 1;
        if (!look || verdict != LINE_WHOLE)
            continue;
        FUZZ_CHECK(strlen(line) <= LINE_MOST);
        if (json_parse(line, strlen(line), &question, &err))
            check_route(question);
    }
}

static size_t read_lines(const uint8_t *bytes, size_t length, size_t step, bool look)
{
    LineBuffer buffer = {.limit = LINE_MOST};
    size_t count = 0;

    for (size_t at = 0; at < length; at += step) {
        const size_t size = step < length - at ? step : length - at;

        FUZZ_CHECK(line_buffer_add(&buffer, (const char *)bytes + at, size));
        count += take_lines(&buffer, look);
    }
    line_buffer_free(&buffer);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const size_t whole = read_lines(bytes, length, length + 1, true);

    FUZZ_CHECK(read_lines(bytes, length, PIECE, false) == whole);
    return 0;
}
