/* The table of routes, and the file that keeps it. */
#include "base/file/file.h"
#include "base/path.h"
#include "proxy/server/routes.h"
#include "tests/support/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct Scene {
    char folder[TEMPORARY_FOLDER_SIZE];
    char *path;
} Scene;

static int set_up(void **state)
{
    Scene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    assert_true(temporary_folder_make(scene->folder, "routes"));
    scene->path = path_join(scene->folder, "routes.json");
    *state = scene;
    return scene->path ? 0 : -1;
}

static int tear_down(void **state)
{
    Scene *scene = *state;
    Error err = {0};

    assert_true(folder_remove_tree(scene->folder, &err));
    free(scene->path);
    free(scene);
    return 0;
}

static Route route_of(const char *app, const char *listen, const char *active)
{
    CLEANUP_TEXT Text text = {0};
    CLEANUP(json_free) Json *json = NULL;
    Error err = {0};
    Route route;

    text_appendf(&text,
                 "{\"app\":\"%s\",\"mode\":\"http\",\"listen\":[\"%s\"],\"active\":\"%s\","
                 "\"slots\":{\"blue\":\"127.0.0.1:1\",\"green\":\"127.0.0.1:2\"},"
                 "\"release\":\"2.4.0\",\"proof\":\"T\",\"limits\":{\"idle_ms\":7}}",
                 app, listen, active);
    assert_true(json_parse(text.bytes, text.length, &json, &err));
    if (!route_from_json(json, &route, &err))
        fail_msg("%s", err.message);
    return route;
}

static void what_was_saved_is_loaded(void **state)
{
    Scene *scene = *state;
    CLEANUP_ROUTES RouteTable empty = {0};
    CLEANUP_ROUTES RouteTable one = {0};
    CLEANUP_ROUTES RouteTable two = {0};
    CLEANUP_ROUTES RouteTable loaded = {0};
    CLEANUP_TEXT Text problem = {0};
    Route shop = route_of("shop", "0.0.0.0:8080", "green");
    Route other = route_of("other", "[::1]:8081", "blue");
    Error err = {0};

    assert_true(routes_with(&empty, &shop, &one, &err));
    assert_true(routes_with(&one, &other, &two, &err));
    assert_true(routes_save(scene->path, &two, &err));
    assert_true(routes_load(scene->path, &loaded, &problem, &err));
    assert_int_equal(problem.length, 0);
    assert_int_equal(loaded.generation, 2);
    assert_int_equal(loaded.count, 2);
    assert_string_equal(routes_at(&loaded, &other.listen[0])->app, "other");
    assert_int_equal(routes_find(&loaded, "shop")->active, 1);
    assert_string_equal(routes_find(&loaded, "shop")->proof, "T");
    assert_int_equal(routes_find(&loaded, "shop")->limits.idle_ms, 7);
}

static void a_missing_file_is_an_empty_table(void **state)
{
    Scene *scene = *state;
    CLEANUP_ROUTES RouteTable table = {0};
    CLEANUP_TEXT Text problem = {0};
    Error err = {0};

    assert_true(routes_load(scene->path, &table, &problem, &err));
    assert_int_equal(table.count, 0);
    assert_int_equal(problem.length, 0);
}

static void expect_moved_aside(const Scene *scene, const char *content, size_t length)
{
    CLEANUP_ROUTES RouteTable table = {0};
    CLEANUP_TEXT Text problem = {0};
    CLEANUP_TEXT_LIST TextList names = {0};
    CLEANUP(free) char *aside = NULL;
    CLEANUP(free) char *kept = NULL;
    size_t kept_length = 0;
    Error err = {0};

    assert_true(file_write_atomic(scene->path, content, length, 0600, &err));
    assert_true(routes_load(scene->path, &table, &problem, &err));
    assert_int_equal(table.count, 0);
    assert_non_null(strstr(problem.bytes, "was moved to"));
    assert_false(file_exists(scene->path));
    assert_true(folder_list(scene->folder, &names, &err));
    assert_int_equal(names.count, 1);
    assert_true(text_starts_with(names.items[0], "routes.json.bad-"));
    aside = path_join(scene->folder, names.items[0]);
    assert_true(file_read_all(aside, 65536, &kept, &kept_length, &err));
    assert_int_equal(kept_length, length);
    assert_true(file_remove(aside, &err));
}

static void a_torn_file_is_moved_aside_wherever_it_is_torn(void **state)
{
    Scene *scene = *state;
    CLEANUP_ROUTES RouteTable empty = {0};
    CLEANUP_ROUTES RouteTable one = {0};
    Route shop = route_of("shop", "0.0.0.0:8080", "green");
    CLEANUP(free) char *whole = NULL;
    size_t length = 0;
    Error err = {0};

    assert_true(routes_with(&empty, &shop, &one, &err));
    assert_true(routes_save(scene->path, &one, &err));
    assert_true(file_read_all(scene->path, 65536, &whole, &length, &err));
    while (whole[length - 1] == '\n')
        length--;
    for (size_t cut = 0; cut < length; cut += 1 + length / 40)
        expect_moved_aside(scene, whole, cut);
}

static void a_file_that_is_no_table_is_moved_aside(void **state)
{
    static const char *const contents[] = {"{}",
                                           "[]",
                                           "null",
                                           "{\"schema\":2,\"generation\":1,\"routes\":[]}",
                                           "{\"schema\":1,\"routes\":[]}",
                                           "{\"schema\":1,\"generation\":1,\"routes\":[{}]}",
                                           "\x7f"
                                           "ELF"};

    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
        expect_moved_aside(*state, contents[i], strlen(contents[i]));
}

static void an_address_belongs_to_one_app(void **state)
{
    CLEANUP_ROUTES RouteTable empty = {0};
    CLEANUP_ROUTES RouteTable one = {0};
    CLEANUP_ROUTES RouteTable two = {0};
    Route shop = route_of("shop", "0.0.0.0:8080", "blue");
    Route thief = route_of("thief", "0.0.0.0:8080", "blue");
    Route again = route_of("shop", "0.0.0.0:8080", "green");
    Error err = {0};

    (void)state;
    assert_true(routes_with(&empty, &shop, &one, &err));
    assert_false(routes_with(&one, &thief, &two, &err));
    assert_non_null(strstr(err.message, "belongs to shop"));
    assert_int_equal(two.count, 0);
    assert_true(routes_with(&one, &again, &two, &err));
    assert_int_equal(two.count, 1);
    assert_int_equal(two.items[0].active, 1);
    assert_int_equal(one.items[0].active, 0); /* the old table is as it was */
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
    CLEANUP_ROUTES RouteTable empty = {0};
    CLEANUP_ROUTES RouteTable one = {0};
    CLEANUP_ROUTES RouteTable two = {0};
    CLEANUP_ROUTES RouteTable three = {0};
    Route shop = route_of("shop", "0.0.0.0:8080", "blue");
    Error err = {0};

    (void)state;
    assert_true(routes_with(&empty, &shop, &one, &err));
    assert_true(routes_without(&one, "other", &two, &err));
    assert_int_equal(two.count, 1);
    assert_true(routes_without(&two, "shop", &three, &err));
    assert_int_equal(three.count, 0);
}

static void canary_and_gate_survive_the_file(void **state)
{
    Route before = route_of("shop", "0.0.0.0:8080", "green");
    CLEANUP(json_free) Json *json = NULL;
    Error err = {0};
    Route after;

    (void)state;
    before.candidate_ppm = 50000;
    memcpy(before.candidate_release, "2.5.0", 6);
    memcpy(before.salt, "00112233445566778899aabbccddeeff", ROUTE_SALT_SIZE);
    before.gate = ROUTE_MAINTENANCE;
    before.hold = (RouteHold){.requests = 3, .bytes = 4, .ms = 5};
    memcpy(before.page, "/srv/page.html", 15);
    memcpy(before.health_path, "/up", 4);
    json = route_to_json(&before);
    assert_true(route_from_json(json, &after, &err));
    assert_int_equal(after.candidate_ppm, 50000);
    assert_string_equal(after.candidate_release, "2.5.0");
    assert_string_equal(after.salt, before.salt);
    assert_int_equal(after.gate, ROUTE_MAINTENANCE);
    assert_int_equal(after.hold.requests, 3);
    assert_int_equal(after.hold.bytes, 4);
    assert_int_equal(after.hold.ms, 5);
    assert_string_equal(after.page, "/srv/page.html");
    assert_string_equal(after.health_path, "/up");
}

/* A table of a build that knew neither: what it says is what it meant. */
static void a_route_that_names_neither_canary_nor_gate_is_open(void **state)
{
    Route route = route_of("shop", "0.0.0.0:8080", "green");

    (void)state;
    assert_int_equal(route.candidate_ppm, 0);
    assert_int_equal(route.gate, ROUTE_OPEN);
    assert_string_equal(route.page, "");
    assert_string_equal(route.health_path, "");
    assert_false(route.send_proxy_header);
}

#define SLOTS  "\"slots\":{\"blue\":\"127.0.0.1:1\"}"
#define LISTEN "\"listen\":[\"127.0.0.1:80\"]"

#define SALT     "\"salt\":\"00112233445566778899aabbccddeeff\""
#define ONE_SLOT "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN "," SLOTS
#define TWO_SLOTS                                                                                  \
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN                                                      \
    ",\"slots\":{\"blue\":\"127.0.0.1:1\",\"green\":\"127.0.0.1:2\"}"

static const char *const wrong_routes[] = {
    "7",
    "{}",
    "{\"app\":\"a\",\"mode\":\"udp\"," LISTEN "," SLOTS ",\"active\":\"blue\"}",
    "{\"app\":\"../a\",\"mode\":\"tcp\"," LISTEN "," SLOTS ",\"active\":\"blue\"}",
    "{\"app\":\"\",\"mode\":\"tcp\"," LISTEN "," SLOTS ",\"active\":\"blue\"}",
    "{\"app\":\"a\",\"mode\":\"tcp\",\"listen\":[]," SLOTS ",\"active\":\"blue\"}",
    "{\"app\":\"a\",\"mode\":\"tcp\",\"listen\":[\"localhost:80\"]," SLOTS ",\"active\":null}",
    "{\"app\":\"a\",\"mode\":\"tcp\",\"listen\":[\"1.1.1.1:8\",\"1.1.1.1:8\"]," SLOTS "}",
    "{\"app\":\"a\",\"mode\":\"tcp\",\"listen\":[7]," SLOTS ",\"active\":\"blue\"}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN ",\"slots\":{},\"active\":null}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN ",\"slots\":{\"b\":\"x\"},\"active\":null}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN ",\"slots\":{\"b c\":\"1.1.1.1:8\"}}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN "," SLOTS ",\"active\":\"green\"}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN "," SLOTS ",\"active\":7}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN "," SLOTS
    ",\"active\":null,\"release\":\"a\\r\\nb\"}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN "," SLOTS ",\"active\":null,\"proof\":\"a b\"}",
    "{\"app\":\"a\",\"mode\":\"tcp\"," LISTEN "," SLOTS ",\"active\":null,"
    "\"limits\":{\"idle_ms\":-1}}",
    ONE_SLOT ",\"active\":\"blue\",\"canary\":{\"ppm\":1," SALT "}}",
    TWO_SLOTS ",\"active\":null,\"canary\":{\"ppm\":1," SALT "}}",
    TWO_SLOTS ",\"active\":\"blue\",\"canary\":{\"ppm\":-1," SALT "}}",
    TWO_SLOTS ",\"active\":\"blue\",\"canary\":{\"ppm\":1000001," SALT "}}",
    TWO_SLOTS ",\"active\":\"blue\",\"canary\":{\"ppm\":\"5%\"," SALT "}}",
    TWO_SLOTS ",\"active\":\"blue\",\"canary\":{\"ppm\":1}}",
    TWO_SLOTS ",\"active\":\"blue\",\"canary\":{\"ppm\":1,\"salt\":\"0123\"}}",
    TWO_SLOTS ",\"active\":\"blue\",\"canary\":{\"ppm\":0,\"release\":\"a b\"}}",
    ONE_SLOT ",\"gate\":\"ajar\"}",
    ONE_SLOT ",\"gate\":1}",
    ONE_SLOT ",\"hold\":{\"requests\":-1}}",
    ONE_SLOT ",\"hold\":{\"bytes\":-1}}",
    ONE_SLOT ",\"hold\":{\"ms\":-1}}",
    ONE_SLOT ",\"page\":\"page.html\"}",
    ONE_SLOT ",\"page\":\"/page\\n.html\"}",
    ONE_SLOT ",\"page\":7}",
    ONE_SLOT ",\"health_path\":\"healthz\"}",
    ONE_SLOT ",\"health_path\":\"/healthz?deep\"}",
    ONE_SLOT ",\"health_path\":\"/health z\"}",
    "{\"app\":\"a\",\"mode\":\"http\"," LISTEN "," SLOTS ",\"send_proxy_header\":true}",
};

static void a_route_with_a_mistake_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_routes / sizeof *wrong_routes; i++) {
        CLEANUP(json_free) Json *json = NULL;
        Error err = {0};
        Route route;

        if (!json_parse(wrong_routes[i], strlen(wrong_routes[i]), &json, &err))
            continue; /* a bare number need not be JSON to our reader */
        if (route_from_json(json, &route, &err))
            fail_msg("accepted: %s", wrong_routes[i]);
        assert_int_equal(err.code, ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_saved_is_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_file_is_an_empty_table, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_torn_file_is_moved_aside_wherever_it_is_torn, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_no_table_is_moved_aside, set_up, tear_down),
        cmocka_unit_test(an_address_belongs_to_one_app),
        cmocka_unit_test(removing_what_is_not_there_changes_nothing),
        cmocka_unit_test(canary_and_gate_survive_the_file),
        cmocka_unit_test(a_route_that_names_neither_canary_nor_gate_is_open),
        cmocka_unit_test(a_route_with_a_mistake_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
