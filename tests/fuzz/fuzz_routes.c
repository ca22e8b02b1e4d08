/* A routes.json of any bytes: what is accepted is written down again as something that means the
 * same. Target: proxy/server/routes.h. */
#include "tests/fuzz/fuzz.h"

#include "proxy/server/routes.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    CLEANUP(json_free) Json *json = NULL;
    CLEANUP(json_free) Json *told = NULL;
    CLEANUP(json_free) Json *again = NULL;
    CLEANUP(free) char *line = NULL;
    CLEANUP(free) char *same = NULL;
    CLEANUP_ROUTES RouteTable table = {0};
    CLEANUP_ROUTES RouteTable other = {0};
    Error err = {0};

    if (!json_parse((const char *)bytes, length, &json, &err))
        return 0;
    if (!routes_from_json(json, &table, &err)) {
        FUZZ_CHECK(err.code != ERR_NONE && err.message[0]);
        return 0;
    }
    for (size_t i = 0; i < table.count; i++)
        FUZZ_CHECK(routes_find(&table, table.items[i].app) == &table.items[i]);
    told = routes_to_json(&table);
    FUZZ_CHECK(told && routes_from_json(told, &other, &err));
    again = routes_to_json(&other);
    line = json_line(told);
    same = json_line(again);
    FUZZ_CHECK(line && same && strcmp(line, same) == 0);
    return 0;
}
