/* Tests base/platform.c. The words are those of Go's GOOS and GOARCH, which names of archives have.
 */
#include "base/platform.h"
#include "tests/base/scratch.h"

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && !text_equal(*words, word))
        words++;
    return *words != NULL;
}

static void the_host_is_called_as_archives_call_it(void **state)
{
    static const char *const systems[] = {"linux", "windows", "darwin", "freebsd", NULL};
    static const char *const processors[] = {"amd64", "arm64", "386", "arm", NULL};
    Platform here = platform_here();

    (void)state;
    assert_true(is_one_of(here.os, systems));
    assert_true(is_one_of(here.arch, processors));
    assert_true(here.processors >= 1);
}

static void who_works_here_has_a_name_and_a_host(void **state)
{
    char who[PLATFORM_WHO_SIZE];
    const char *at = strchr(platform_who(who), '@');

    (void)state;
    assert_non_null(at);
    assert_true(at > who);
    assert_true(at[1] != '\0');
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_is_called_as_archives_call_it),
        cmocka_unit_test(who_works_here_has_a_name_and_a_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
