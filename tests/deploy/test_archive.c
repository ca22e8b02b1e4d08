/* Tests deploy/archive/archive.h: what a good archive becomes, and how the manifest binds it. */
#include "tests/deploy/archive_bytes.h"
#include "tests/deploy/archive_place.h"

typedef enum Packing { AS_ZIP, AS_GZIP, AS_ZSTD, PACKINGS } Packing;

static const char *const packing_names[PACKINGS] = {"zip", "tar.gz", "tar.zst"};

static const TarMember usual[] = {
    {.name = "release.json", .content = "{}"},
    { .name = "bin",           .type = '5',    .mode = 0700},
    { .name = "bin/app",    .content = "hello",    .mode = 0700},
    { .name = "share/doc/Z\xc3\xa9.txt",        .content = "z",    .mode = 0666},
};
enum { USUAL = sizeof usual / sizeof usual[0] };

static void put_as_zip(Text *out, const TarMember *members, size_t count)
{
    ZipMember zip[16] = {{0}};
    char names[16][64];

    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++) {
        bool folder = members[i].type == '5';
        unsigned mode = members[i].mode ? members[i].mode : 0644U;

        (void)snprintf(names[i], sizeof names[i], "%.60s%s", members[i].name, folder ? "/" : "");
        zip[i] = (ZipMember){.name = names[i],
                             .content = members[i].content,
                             .mode = mode | (folder ? 0040000U : 0100000U),
                             .flags = 0x800};
    }
    zip_put(out, zip, count);
}

static void put(const Place *place, Packing packing, const TarMember *members, size_t count)
{
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text out = {0};

    for (size_t i = 0; i < count; i++)
        tar_put(&tar, &members[i]);
    tar_end(&tar);
    if (packing == AS_ZIP)
        put_as_zip(&out, members, count);
    if (packing == AS_GZIP)
        gzip_put(&out, tar.bytes, tar.length);
    if (packing == AS_ZSTD)
        zstd_put(&out, tar.bytes, tar.length);
    place_archive(place, &out);
}

static void every_format_becomes_the_same_tree(void **state)
{
    const Place *place = *state;

    for (int packing = 0; packing < PACKINGS; packing++) {
        ArchiveUnpack request = {.path = place->archive, .into = place->into};
        ArchiveReport report = {0};
        Error err = {0};

        place_empty(place);
        put(place, (Packing)packing, usual, USUAL);
        if (!archive_unpack(&request, &report, &err))
            fail_msg("%s: %s", packing_names[packing], err.message);
        assert_content(place, "release.json", "{}");
        assert_content(place, "bin/app", "hello");
        assert_content(place, "share/doc/Z\xc3\xa9.txt", "z");
        assert_int_equal(report.entries, USUAL);
        assert_int_equal(report.files, 3);
        assert_int_equal(report.bytes, 2 + 5 + 1);
    }
}

static void modes_are_two_and_the_umask_does_not_matter(void **state)
{
    const Place *place = *state;
    int before = file_mode_mask(077);
    Error err = {0};

    put(place, AS_GZIP, usual, USUAL);
    assert_true(place_unpack(place, NULL, NULL, &err));
    (void)file_mode_mask(before);
    assert_mode(place, "release.json", 0644);
    assert_mode(place, "bin", 0755);
    assert_mode(place, "bin/app", 0755);
    assert_mode(place, "share", 0755);
    assert_mode(place, "share/doc/Z\xc3\xa9.txt", 0644);
}

static void a_leading_dot_folder_as_tar_writes_it_is_dropped(void **state)
{
    static const TarMember members[] = {
        {.name = "./",        .type = '5'       },
        {.name = "./bin/",    .type = '5'       },
        {.name = "./bin/app", .content = "hello"},
    };
    const Place *place = *state;
    Error err = {0};

    put(place, AS_ZSTD, members, 3);
    assert_true(place_unpack(place, NULL, NULL, &err));
    assert_content(place, "bin/app", "hello");
}

static void several_gzip_members_and_zstd_frames_are_one_archive(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text gzip = {0};
    CLEANUP_TEXT Text zstd = {0};
    Error err = {0};

    tar_put(&tar, &usual[2]);
    tar_end(&tar);
    gzip_put(&gzip, tar.bytes, 700);
    gzip_put(&gzip, tar.bytes + 700, tar.length - 700);
    place_archive(place, &gzip);
    assert_true(place_unpack(place, NULL, NULL, &err));
    zstd_put(&zstd, tar.bytes, 700);
    zstd_put(&zstd, tar.bytes + 700, tar.length - 700);
    place_archive(place, &zstd);
    place_empty(place);
    assert_true(place_unpack(place, NULL, NULL, &err));
    assert_content(place, "bin/app", "hello");
}

static void names_beyond_a_header_come_from_pax(void **state)
{
    static const TarMember members[] = {
        {.name = "PaxHeaders/x", .type = 'x', .content = "20 path=d/\xc3\xa9\xc3\xa9/file\n"},
        {.name = "short",                      .content = "long"                  },
    };
    const Place *place = *state;
    Error err = {0};

    put(place, AS_GZIP, members, 2);
    if (!place_unpack(place, NULL, NULL, &err))
        fail_msg("%s", err.message);
    assert_content(place, "d/\xc3\xa9\xc3\xa9/file", "long");
}

static void the_manifest_is_found_wherever_it_stands(void **state)
{
    static const TarMember last[] = {
        {.name = "./a",            .content = "a"           },
        {.name = "d/release.json", .content = "not this one"},
        {.name = "./release.json", .content = "{\"this\":1}"},
    };
    const Place *place = *state;
    Error err = {0};

    for (int packing = 1; packing < PACKINGS; packing++) {
        char *json = NULL;
        size_t length = 0;

        put(place, (Packing)packing, last, 3);
        assert_true(archive_read_manifest(place->archive, NULL, &json, &length, &err));
        assert_string_equal(json, "{\"this\":1}");
        assert_int_equal(length, strlen(json));
        free(json);
    }
}

static void no_manifest_is_no_error(void **state)
{
    const Place *place = *state;
    Error err = {0};

    for (int packing = 0; packing < PACKINGS; packing++) {
        char *json = text_copy("untouched");
        char *before = json;
        size_t length = 1;

        put(place, (Packing)packing, usual + 1, USUAL - 1);
        assert_true(archive_read_manifest(place->archive, NULL, &json, &length, &err));
        assert_null(json);
        assert_int_equal(length, 0);
        free(before);
    }
}

static void a_manifest_above_its_limit_is_refused_before_it_is_read(void **state)
{
    static const TarMember huge = {.name = "release.json", .size_text = "00100000001"};
    const Place *place = *state;
    char *json = NULL;
    size_t length = 0;
    Error err = {0};

    put(place, AS_GZIP, &huge, 1);
    assert_refused("reading", archive_read_manifest(place->archive, NULL, &json, &length, &err),
                   &err, ERR_ARCHIVE, "entry release.json is larger than 16 MiB");
    assert_refused("unpacking", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "entry release.json is larger than 16 MiB");
}

/* Promises bin/app and share/doc/Zé.txt, as `usual` holds them. */
static Manifest *promise(const char *app_content, int mode, bool one_more)
{
    ManifestFile files[3] = {
        {.path = "bin/app",                 .size_bytes = strlen(app_content), .mode = mode},
        {.path = "share/doc/Z\xc3\xa9.txt", .size_bytes = 1,                   .mode = 0644},
        {.path = "zz-missing",              .size_bytes = 1,                   .mode = 0644},
    };
    Manifest manifest = {.name = "app",
                         .version = "1.0.0",
                         .os = "linux",
                         .arch = "amd64",
                         .created_ms = 1000,
                         .files = files,
                         .file_count = one_more ? 3 : 2};
    Manifest *parsed = NULL;
    char *json = NULL;
    Error err = {0};

    assert_true(digest_bytes(app_content, strlen(app_content), &files[0].digest, &err));
    assert_true(digest_bytes("z", 1, &files[1].digest, &err));
    assert_true(digest_bytes("m", 1, &files[2].digest, &err));
    if (!manifest_format(&manifest, &json, &err) ||
        !manifest_parse(json, strlen(json), &parsed, &err))
        fail_msg("%s", err.message);
    free(json);
    return parsed;
}

static void what_the_manifest_lists_is_unpacked_with_its_modes(void **state)
{
    const Place *place = *state;
    Manifest *manifest = promise("hello", 0644, false);
    Error err = {0};

    put(place, AS_ZIP, usual, USUAL);
    assert_true(place_unpack(place, NULL, manifest, &err));
    assert_content(place, "bin/app", "hello");
    assert_mode(place, "bin/app", 0644); /* the archive says 0700 */
    manifest_free(manifest);
}

typedef struct BrokenPromise {
    const char *what;
    const char *app_content;
    bool one_more;
    size_t members;
    ErrorCode code;
    const char *words;
} BrokenPromise;

static void an_archive_that_differs_from_its_manifest_is_refused(void **state)
{
    static const BrokenPromise cases[] = {
        {"other content of the same size", "hellO",  false, 4, ERR_DIGEST_MISMATCH,
         "entry bin/app has the SHA-256 "
         "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b"
         "9824 instead of "                                       },
        {"another size",                   "hello!", false, 4, ERR_DIGEST_MISMATCH,
         "entry bin/app has 5 bytes instead of 6"                 },
        {"a missing file",                 "hello",  true,  4, ERR_ARCHIVE,
         "entry zz-missing is listed in release.json, but missing"},
        {"an unlisted file",               "hello",  false, 5, ERR_ARCHIVE,
         "entry unlisted.dll is not listed in release.json"       },
    };
    const Place *place = *state;
    TarMember members[USUAL + 1];

    memcpy(members, usual, sizeof usual);
    members[USUAL] = (TarMember){.name = "unlisted.dll", .content = "x"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0] * PACKINGS; i++) {
        const BrokenPromise *broken = &cases[i / PACKINGS];
        Manifest *manifest = promise(broken->app_content, 0755, broken->one_more);
        Error err = {0};

        place_empty(place);
        put(place, (Packing)(i % PACKINGS), members, broken->members);
        assert_refused(broken->what, place_unpack(place, NULL, manifest, &err), &err, broken->code,
                       broken->words);
        manifest_free(manifest);
    }
}

static void space_is_counted_from_the_manifest_or_the_archive(void **state)
{
    const Place *place = *state;
    Manifest *manifest = promise("hello", 0755, false);
    uint64_t promised = 0, counted = 0;
    Error err = {0};

    assert_true(archive_space_needed("/nonexistent", NULL, manifest, &promised, &err));
    assert_true(promised >= 2 * 4096 && promised <= 4 * 4096 * 2);
    for (int packing = 0; packing < PACKINGS; packing++) {
        put(place, (Packing)packing, usual, USUAL);
        assert_true(archive_space_needed(place->archive, NULL, NULL, &counted, &err));
        assert_true(counted > promised && counted <= 2 * promised);
    }
    manifest_free(manifest);
}

static bool stop_at_once(void *context, uint64_t done, uint64_t total)
{
    int *calls = context;

    assert_true(done <= total);
    (*calls)++;
    return false;
}

static void progress_can_end_it(void **state)
{
    const Place *place = *state;

    for (int packing = 0; packing < PACKINGS; packing++) {
        int calls = 0;
        ArchiveProgress progress = {.progress = stop_at_once, .context = &calls};
        ArchiveUnpack request = {
            .path = place->archive, .into = place->into, .progress = &progress};
        ArchiveReport report = {0};
        Error err = {0};

        place_empty(place);
        put(place, (Packing)packing, usual, USUAL);
        assert_refused(packing_names[packing], archive_unpack(&request, &report, &err), &err,
                       ERR_INTERRUPTED, "interrupted");
        assert_int_equal(calls, 1);
    }
}

typedef struct Seen {
    uint64_t done;
    uint64_t total;
} Seen;

static bool never_backwards(void *context, uint64_t done, uint64_t total)
{
    Seen *seen = context;

    assert_true(done >= seen->done);
    assert_true(done <= total);
    *seen = (Seen){.done = done, .total = total};
    return true;
}

static void progress_runs_from_nothing_to_the_size_of_the_archive(void **state)
{
    const Place *place = *state;

    for (int packing = 0; packing < PACKINGS; packing++) {
        Seen seen = {0};
        ArchiveProgress progress = {.progress = never_backwards, .context = &seen};
        ArchiveUnpack request = {
            .path = place->archive, .into = place->into, .progress = &progress};
        ArchiveReport report = {0};
        uint64_t bytes = 0;
        Error err = {0};

        place_empty(place);
        put(place, (Packing)packing, usual, USUAL);
        assert_true(file_size_of(place->archive, &bytes, &err));
        assert_true(archive_unpack(&request, &report, &err));
        assert_int_equal(seen.total, bytes);
        assert_int_equal(seen.done, bytes);
    }
}

static void a_folder_that_is_not_empty_is_left_alone(void **state)
{
    const Place *place = *state;
    char path[PLACE_PATH_SIZE + 8];
    Error err = {0};

    (void)snprintf(path, sizeof path, "%s/there", place->into);
    assert_true(file_write_atomic(path, "x", 1, 0600, &err));
    put(place, AS_ZIP, usual, USUAL);
    assert_refused("not empty", place_unpack(place, NULL, NULL, &err), &err, ERR_FILE,
                   "is not empty");
}

static void many_files_are_unpacked_too(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text gzip = {0};
    Error err = {0};

    for (int i = 0; i < 700; i++) {
        char name[64];

        (void)snprintf(name, sizeof name, "d%d/f%d", i % 7, i);
        tar_put(&tar, &(TarMember){.name = name, .content = name});
    }
    tar_end(&tar);
    gzip_put(&gzip, tar.bytes, tar.length);
    place_archive(place, &gzip);
    assert_true(place_unpack(place, NULL, NULL, &err));
    assert_content(place, "d0/f0", "d0/f0");
    assert_content(place, "d6/f699", "d6/f699");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_format_becomes_the_same_tree),
        TEST(modes_are_two_and_the_umask_does_not_matter),
        TEST(a_leading_dot_folder_as_tar_writes_it_is_dropped),
        TEST(several_gzip_members_and_zstd_frames_are_one_archive),
        TEST(names_beyond_a_header_come_from_pax),
        TEST(the_manifest_is_found_wherever_it_stands),
        TEST(no_manifest_is_no_error),
        TEST(a_manifest_above_its_limit_is_refused_before_it_is_read),
        TEST(what_the_manifest_lists_is_unpacked_with_its_modes),
        TEST(an_archive_that_differs_from_its_manifest_is_refused),
        TEST(space_is_counted_from_the_manifest_or_the_archive),
        TEST(progress_can_end_it),
        TEST(progress_runs_from_nothing_to_the_size_of_the_archive),
        TEST(a_folder_that_is_not_empty_is_left_alone),
        TEST(many_files_are_unpacked_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
