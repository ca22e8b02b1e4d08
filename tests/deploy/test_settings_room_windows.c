/* Tests deploy/settings/settings_room.c with base/process/process_room_windows.c. Figures: MAX_PATH
 * is 260; SetCurrentDirectory and CreateProcessW of Microsoft's documentation. */
#include "deploy/settings/settings_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

enum { LONGEST_FOLDER = 258, LONGEST_PROGRAM = 259 };

typedef struct Case {
    const char *what;
    const char *before; /* of the root, which is filled up with letters */
    bool native;
    size_t length; /* of the folder of release 2.0.0, or of the program in it */
    bool fits;
} Case;

static const Case cases[] = {
    {"longest folder",   "C:/",              false, LONGEST_FOLDER,      true },
    {"longer folder",    "C:/",              false, LONGEST_FOLDER + 1,  false},
    {"longest of share", "//server/share/",  false, LONGEST_FOLDER,      true },
    {"longer of share",  "//server/share/",  false, LONGEST_FOLDER + 1,  false},
    {"by characters",    "C:/\xe6\x9d\xb1/", false, LONGEST_FOLDER,      true },
    {"longest program",  "C:/",              true,  LONGEST_PROGRAM,     true },
    {"longer program",   "C:/",              true,  LONGEST_PROGRAM + 1, false},
};

/* Characters of UTF-8 that are one of UTF-16. */
static size_t characters_of(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

static char *root_of(const Case *one)
{
    const char *behind = one->native ? "/shop/releases/2.0.0/service.exe" : "/shop/releases/2.0.0";
    CLEANUP_TEXT Text root = {0};

    text_append(&root, one->before);
    for (size_t i = characters_of(one->before) + strlen(behind); i < one->length; i++)
        text_append(&root, "x");
    return text_take(&root);
}

static void a_release_has_room_up_to_the_last_character(void **state)
{
    static char app[] = "shop", program[] = "service.exe";
    static char *words[] = {program, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP(free) char *root = root_of(&cases[i]);
        Settings settings = {.app = app, .root = root};
        Error err = {0};

        settings.service.windows.native = cases[i].native;
        settings.service.command = (TextList){.items = words, .count = 1};
        if (settings_room_for(&settings, "2.0.0", &err) != cases[i].fits)
            fail_msg("%s: %s", cases[i].what, err.message);
        if (cases[i].fits)
            continue;
        assert_int_equal(err.code, ERR_SETTINGS);
        assert_non_null(strstr(err.message, cases[i].native ? "has 260 characters, and Windows "
                                                              "takes 259 at most"
                                                            : "has 259 characters, and Windows "
                                                              "takes 258 at most"));
        assert_non_null(strstr(err.hint, "`root`"));
    }
}

static void what_is_left_for_versions_is_counted(void **state)
{
    static char app[] = "shop";

    (void)state;
    for (size_t left = 0; left <= 3; left++) {
        const Case one = {.before = "C:/", .length = LONGEST_FOLDER + strlen("2.0.0") - left};
        CLEANUP(free) char *root = root_of(&one);
        const Settings settings = {.app = app, .root = root};
        size_t most = SIZE_MAX;
        Error err = {0};

        assert_true(settings_room_for_versions(&settings, 2, &most, &err));
        assert_int_equal(most, left < 2 ? left : 2);
        assert_int_equal(err.code, ERR_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_release_has_room_up_to_the_last_character),
        cmocka_unit_test(what_is_left_for_versions_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
