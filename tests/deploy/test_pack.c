/* Tests deploy/archive/pack.h: the same folder is the same archive, and what is packed can be
 * unpacked. */
#include "deploy/archive/pack.h"
#include "tests/deploy/archive_place.h"
#include "tests/support/environment.h"
#include "tests/support/special_file.h"
#include "verify/tree.h"

#include <time.h>
#include <uv.h>

static const char *const suffixes[] = {".zip", ".tar.gz", ".tgz", ".tar.zst"};
enum { SUFFIXES = sizeof suffixes / sizeof suffixes[0] };

static void put_file(const Place *place, const char *folder, const char *name, const char *content,
                     int mode)
{
    char path[2 * PLACE_PATH_SIZE];
    char *parent = NULL;
    Error err = {0};

    (void)snprintf(path, sizeof path, "%s/%s/%s", place->folder, folder, name);
    parent = path_folder(path);
    assert_true(folder_create(parent, &err));
    free(parent);
    assert_true(file_write_atomic(path, content, strlen(content), 0600, &err));
    assert_true(file_set_mode(path, mode, &err));
}

static void fill(const Place *place, const char *folder)
{
    put_file(place, folder, "shop-api", "#!/bin/sh\n", 0750);
    put_file(place, folder, "share/Z\xc3\xa9.txt", "z", 0640);
    put_file(place, folder, "share/empty", "", 0604);
    put_file(place, folder, "etc/a.conf", "a = 1\n", 0600);
}

/* "/tmp/.../NAME", in a buffer of its own for each use. */
typedef struct Path {
    char text[2 * PLACE_PATH_SIZE];
} Path;

static Path in_place(const Place *place, const char *name, const char *suffix)
{
    Path path;

    (void)snprintf(path.text, sizeof path.text, "%s/%s%s", place->folder, name, suffix);
    return path;
}

static bool pack(const Place *place, const char *folder, const char *out_path, Error *err)
{
    static const char *const command[] = {"./shop-api", "--listen", "127.0.0.1:{port}", NULL};
    Path source = in_place(place, folder, "");
    PackRequest request = {.folder = source.text,
                           .out_path = out_path,
                           .name = "shop-api",
                           .version = "2.4.0",
                           .os = "linux",
                           .arch = "amd64",
                           .created_ms = 1700000000000,
                           .command = command};
    PackReport report = {0};

    return pack_release(&request, &report, err);
}

static void must_pack(const Place *place, const char *folder, const char *out_path)
{
    Error err = {0};

    if (!pack(place, folder, out_path, &err))
        fail_msg("%s: %s", out_path, err.message);
}

static void what_is_packed_is_unpacked_by_its_own_manifest(void **state)
{
    const Place *place = *state;

    fill(place, "in");
    for (size_t i = 0; i < SUFFIXES; i++) {
        Path out = in_place(place, "out", suffixes[i]);
        ArchiveUnpack request = {.path = out.text, .into = place->into};
        ArchiveReport report = {0};
        Manifest *manifest = NULL;
        char *json = NULL;
        size_t length = 0;
        Error err = {0};

        must_pack(place, "in", out.text);
        place_empty(place);
        assert_true(archive_read_manifest(out.text, NULL, &json, &length, &err));
        assert_true(manifest_parse(json, length, &manifest, &err));
        request.manifest = manifest;
        if (!archive_unpack(&request, &report, &err))
            fail_msg("%s: %s", suffixes[i], err.message);
        assert_true(tree_check(place->into, manifest, &err));
        assert_int_equal(manifest->file_count, 4);
        assert_string_equal(manifest->version, "2.4.0");
        assert_content(place, "share/Z\xc3\xa9.txt", "z");
        assert_mode(place, "shop-api", 0755);
        assert_mode(place, "etc/a.conf", 0644);
        manifest_free(manifest);
        free(json);
    }
}

static void read_whole(const char *path, char **out, size_t *length)
{
    Error err = {0};

    assert_true(file_read_all(path, 1 << 20, out, length, &err));
}

static void assert_same_bytes(const char *a, const char *b)
{
    char *left = NULL, *right = NULL;
    size_t left_length = 0, right_length = 0;

    read_whole(a, &left, &left_length);
    read_whole(b, &right, &right_length);
    assert_int_equal(left_length, right_length);
    assert_memory_equal(left, right, left_length);
    free(left);
    free(right);
}

/* The same files made in another order, at another time, with other modes of the same meaning. */
static void fill_differently(const Place *place, const char *folder)
{
    Path path = in_place(place, folder, "/shop-api");
    uv_fs_t request;

    put_file(place, folder, "etc/a.conf", "a = 1\n", 0644);
    put_file(place, folder, "share/empty", "", 0444);
    put_file(place, folder, "share/Z\xc3\xa9.txt", "z", 0666);
    put_file(place, folder, "shop-api", "#!/bin/sh\n", 0711);
    assert_int_equal(uv_fs_utime(NULL, &request, path.text, 1e9, 1e9, NULL), 0);
    uv_fs_req_cleanup(&request);
}

static void the_same_files_are_the_same_bytes(void **state)
{
    const Place *place = *state;

    fill(place, "in");
    fill_differently(place, "other");
    for (size_t i = 0; i < SUFFIXES; i++) {
        Path first = in_place(place, "first", suffixes[i]);
        Path second = in_place(place, "second", suffixes[i]);
        int before = file_mode_mask(022);

        assert_true(environment_set("TZ", "America/New_York"));
        tzset();
        must_pack(place, "in", first.text);
        (void)file_mode_mask(077);
        assert_true(environment_set("TZ", "Asia/Tokyo"));
        tzset();
        must_pack(place, "other", second.text);
        (void)file_mode_mask(before);
        assert_same_bytes(first.text, second.text);
    }
    assert_true(environment_unset("TZ"));
    tzset();
}

static void another_content_is_another_archive(void **state)
{
    const Place *place = *state;
    Path first = in_place(place, "first", ".tar.zst");
    Path second = in_place(place, "second", ".tar.zst");
    char *left = NULL, *right = NULL;
    size_t left_length = 0, right_length = 0;

    fill(place, "in");
    must_pack(place, "in", first.text);
    put_file(place, "in", "etc/a.conf", "a = 2\n", 0644);
    must_pack(place, "in", second.text);
    read_whole(first.text, &left, &left_length);
    read_whole(second.text, &right, &right_length);
    assert_true(left_length != right_length || memcmp(left, right, left_length) != 0);
    free(left);
    free(right);
}

static void an_old_description_is_replaced_in_the_archive_only(void **state)
{
    const Place *place = *state;
    Path first = in_place(place, "first", ".zip");
    Path second = in_place(place, "second", ".zip");
    Path old = in_place(place, "in/release.json", "");
    char *kept = NULL;
    size_t length = 0;

    fill(place, "in");
    must_pack(place, "in", first.text);
    put_file(place, "in", "release.json", "{\"old\":true}", 0644);
    must_pack(place, "in", second.text);
    assert_same_bytes(first.text, second.text);
    read_whole(old.text, &kept, &length);
    assert_string_equal(kept, "{\"old\":true}");
    free(kept);
}

static int64_t created_of(const char *path)
{
    Manifest *manifest = NULL;
    char *json = NULL;
    size_t length = 0;
    int64_t created_ms = 0;
    Error err = {0};

    assert_true(archive_read_manifest(path, NULL, &json, &length, &err));
    assert_true(manifest_parse(json, length, &manifest, &err));
    created_ms = manifest->created_ms;
    manifest_free(manifest);
    free(json);
    return created_ms;
}

static void the_creation_time_comes_from_source_date_epoch(void **state)
{
    const Place *place = *state;
    Path source = in_place(place, "in", "");
    Path out = in_place(place, "out", ".tar.gz");
    PackRequest request = {.folder = source.text,
                           .out_path = out.text,
                           .name = "a",
                           .version = "1",
                           .os = "linux",
                           .arch = "amd64"};
    PackReport report = {0};
    Error err = {0};

    fill(place, "in");
    assert_true(environment_set("SOURCE_DATE_EPOCH", "1600000000"));
    assert_true(pack_release(&request, &report, &err));
    assert_int_equal(created_of(out.text), 1600000000000);
    assert_true(environment_set("SOURCE_DATE_EPOCH", "yesterday"));
    assert_refused("epoch", pack_release(&request, &report, &err), &err, ERR_USAGE, "yesterday");
    assert_true(environment_unset("SOURCE_DATE_EPOCH"));
    assert_true(pack_release(&request, &report, &err));
    assert_int_equal(created_of(out.text), 315532800000);
}

static void the_report_counts_what_was_packed(void **state)
{
    const Place *place = *state;
    Path source = in_place(place, "in", "");
    Path empty = in_place(place, "in/empty", "");
    Path out = in_place(place, "out", ".tar.zst");
    PackRequest request = {.folder = source.text,
                           .out_path = out.text,
                           .name = "a",
                           .version = "1",
                           .os = "linux",
                           .arch = "amd64"};
    PackReport report = {0};
    uint64_t bytes = 0;
    Error err = {0};

    fill(place, "in");
    assert_true(folder_create(empty.text, &err));
    assert_true(pack_release(&request, &report, &err));
    assert_true(file_size_of(out.text, &bytes, &err));
    assert_int_equal(report.files, 4);
    assert_int_equal(report.bytes, 10 + 1 + 0 + 6);
    assert_int_equal(report.archive_bytes, bytes);
    assert_int_equal(report.empty_folders, 1);
}

/* Nothing but what was there before the call: no archive, no half one aside. */
static void assert_left_alone(const Place *place, size_t names)
{
    TextList list = {0};
    Error err = {0};

    assert_true(folder_list(place->folder, &list, &err));
    assert_int_equal(list.count, names);
    text_list_free(&list);
}

static void links_and_special_files_are_refused(void **state)
{
    const Place *place = *state;
    Path out = in_place(place, "out", ".zip");
    Path link = in_place(place, "in/link", "");
    Path pipe = in_place(place, "in/pipe", "");
    Error err = {0};

    fill(place, "in");
    if (!special_file_link("shop-api", link.text))
        skip();
    assert_refused("link", pack(place, "in", out.text, &err), &err, ERR_ARCHIVE,
                   "link is a symbolic link");
    assert_int_equal(remove(link.text), 0);
    assert_true(special_file_pipe(pipe.text));
    assert_refused("pipe", pack(place, "in", out.text, &err), &err, ERR_ARCHIVE,
                   "pipe is neither a file nor a folder");
    assert_left_alone(place, 2);
}

static void names_that_some_system_refuses_are_refused_here(void **state)
{
    static const char *const names[] = {"aux.txt", "a:b", "a\\b", "dot.", "a\nb"};
    const Place *place = *state;
    Path out = in_place(place, "out", ".zip");

    if (!special_file_names_are_free())
        skip();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Path path = in_place(place, "in/", names[i]);
        Error err = {0};

        fill(place, "in");
        put_file(place, "in", names[i], "x", 0644);
        assert_refused(names[i], pack(place, "in", out.text, &err), &err, ERR_REFUSED, "file name");
        assert_int_equal(unlink(path.text), 0);
    }
}

static void names_that_some_system_takes_for_one_are_refused(void **state)
{
    static const char *const pairs[][2] = {
        {"Readme", "README"      },
        {"Lib/a",  "lib/b"       },
        {"x",      "Release.json"}
    };
    const Place *place = *state;
    Path out = in_place(place, "out", ".zip");

    if (!special_file_names_are_free())
        skip();
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char folder[8];
        Error err = {0};

        (void)snprintf(folder, sizeof folder, "in%zu", i);
        put_file(place, folder, pairs[i][0], "x", 0644);
        put_file(place, folder, pairs[i][1], "x", 0644);
        assert_refused(pairs[i][1], pack(place, folder, out.text, &err), &err, ERR_ARCHIVE,
                       "are one file on some systems");
    }
}

static void a_name_that_reading_would_change_is_refused(void **state)
{
    const Place *place = *state;

    put_file(place, "in", "Ze\xcc\x81.txt", "x", 0644);
    for (size_t i = 0; i < SUFFIXES; i++) {
        Path out = in_place(place, "out", suffixes[i]);
        Error err = {0};

        assert_refused(suffixes[i], pack(place, "in", out.text, &err), &err, ERR_ARCHIVE,
                       "has another name");
        assert_non_null(strstr(err.hint, "decomposed"));
    }
    assert_left_alone(place, 2);
}

static void wrong_requests_are_usage(void **state)
{
    const Place *place = *state;
    Path rar = in_place(place, "out", ".rar");
    Path inside = in_place(place, "in/out", ".zip");
    Path out = in_place(place, "out", ".zip");
    Path empty = in_place(place, "empty", "");
    Error err = {0};

    fill(place, "in");
    assert_true(folder_create(empty.text, &err));
    assert_refused("rar", pack(place, "in", rar.text, &err), &err, ERR_USAGE,
                   "must end in .zip, .tar.gz, .tgz or .tar.zst");
    assert_refused("inside", pack(place, "in", inside.text, &err), &err, ERR_USAGE,
                   "lies in the folder that is packed");
    assert_refused("no folder", pack(place, "nowhere", out.text, &err), &err, ERR_USAGE,
                   "there is no folder");
    assert_refused("empty", pack(place, "empty", out.text, &err), &err, ERR_ARCHIVE,
                   "there is no file in it");
    assert_left_alone(place, 3);
}

static void a_failed_pack_keeps_the_old_archive(void **state)
{
    const Place *place = *state;
    Path out = in_place(place, "out", ".zip");
    Path source = in_place(place, "in", "");
    PackRequest request = {.folder = source.text,
                           .out_path = out.text,
                           .name = "a",
                           .version = "../1",
                           .os = "linux",
                           .arch = "amd64"};
    PackReport report = {0};
    char *kept = NULL;
    size_t length = 0;
    Error err = {0};

    fill(place, "in");
    assert_true(file_write_atomic(out.text, "old", 3, 0644, &err));
    assert_false(pack_release(&request, &report, &err));
    read_whole(out.text, &kept, &length);
    assert_string_equal(kept, "old");
    free(kept);
    assert_left_alone(place, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_packed_is_unpacked_by_its_own_manifest),
        TEST(the_same_files_are_the_same_bytes),
        TEST(another_content_is_another_archive),
        TEST(an_old_description_is_replaced_in_the_archive_only),
        TEST(the_creation_time_comes_from_source_date_epoch),
        TEST(the_report_counts_what_was_packed),
        TEST(links_and_special_files_are_refused),
        TEST(names_that_some_system_refuses_are_refused_here),
        TEST(names_that_some_system_takes_for_one_are_refused),
        TEST(a_name_that_reading_would_change_is_refused),
        TEST(wrong_requests_are_usage),
        TEST(a_failed_pack_keeps_the_old_archive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
