/* Tests deploy/archive/archive_walk.c: the files of an archive are read as unpack would write them.
 */
#include "deploy/archive/archive_walk.h"
#include "tests/deploy/archive_bytes.h"
#include "tests/deploy/archive_place.h"
#include "tests/support/special_file.h"

enum { LARGE = 5 * 1024 * 1024 }; /* more than is remembered */

typedef enum Kind { ZIP, TAR_GZIP, TAR_ZSTD, KINDS } Kind;

static const char *const kind_names[] = {"zip", "tar.gz", "tar.zst"};

static void put_archive(const Place *place, Kind kind, const TarMember *members, size_t count)
{
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text packed = {0};
    ZipMember zip[8] = {0};

    for (size_t i = 0; i < count; i++) {
        tar_put(&tar, &members[i]);
        zip[i] = (ZipMember){.name = members[i].name,
                             .content = members[i].content,
                             .mode = members[i].type == '5' ? 0040755 : 0};
    }
    tar_end(&tar);
    if (kind == ZIP)
        zip_put(&packed, zip, count);
    else if (kind == TAR_GZIP)
        gzip_put(&packed, tar.bytes, tar.length);
    else
        zstd_put(&packed, tar.bytes, tar.length);
    place_archive(place, &packed);
}

static ArchiveWalk *open_walk(const Place *place)
{
    ArchiveWalk *walk = NULL;
    Error err = {0};

    if (!archive_walk_open(place->archive, NULL, NULL, &walk, &err))
        fail_msg("%s", err.message);
    return walk;
}

static bool next(ArchiveWalk *walk, ArchiveEntry *entry)
{
    Error err = {0};
    bool more = false;

    if (!archive_walk_next(walk, entry, &more, &err))
        fail_msg("%s", err.message);
    return more;
}

/* Up to `most` bytes of the file, in odd pieces. */
static void read_some(ArchiveWalk *walk, Text *out, size_t most)
{
    char piece[777];
    size_t got = 1;
    Error err = {0};

    text_clear(out);
    while (got > 0 && out->length < most) {
        if (!archive_walk_read(walk, piece, sizeof piece, &got, &err))
            fail_msg("%s", err.message);
        text_append_bytes(out, piece, got);
    }
}

static void assert_reads(ArchiveWalk *walk, const char *content)
{
    CLEANUP_TEXT Text found = {0};

    read_some(walk, &found, SIZE_MAX);
    if (found.length != strlen(content) || memcmp(text_chars(&found), content, found.length) != 0)
        fail_msg("%zu bytes instead of %zu, or others", found.length, strlen(content));
}

/* Text of a length, no two blocks of it alike. */
static char *long_text(size_t length)
{
    CLEANUP_TEXT Text text = {0};

    for (unsigned i = 0; text.length < length; i++)
        text_appendf(&text, "%08x", i * 2654435761U);
    return text_take(&text);
}

static void files_come_in_order_and_folders_are_passed_over(void **state)
{
    static const TarMember members[] = {
        {.name = "bin/",     .type = '5'     },
        {.name = "bin/shop", .content = "one"},
        {.name = "empty",    .content = ""   },
        {.name = "readme",   .content = "two"},
    };

    for (Kind kind = ZIP; kind < KINDS; kind++) {
        CLEANUP(archive_walk_close) ArchiveWalk *walk = NULL;
        ArchiveEntry entry = {0};

        put_archive(*state, kind, members, 4);
        walk = open_walk(*state);
        assert_true(next(walk, &entry));
        assert_string_equal(entry.name, "bin/shop");
        assert_int_equal(entry.bytes, 3);
        assert_reads(walk, "one");
        assert_true(next(walk, &entry));
        assert_reads(walk, "");
        assert_true(next(walk, &entry)); /* not read: passed over */
        assert_string_equal(entry.name, "readme");
        assert_false(next(walk, &entry));
    }
}

static void a_file_is_read_again_from_its_start(void **state)
{
    CLEANUP(free) char *large = long_text(LARGE);
    CLEANUP(free) char *small = long_text(100000);
    const TarMember members[] = {
        {.name = "small", .content = small},
        {.name = "large", .content = large},
        {.name = "last",  .content = "end"},
    };

    for (Kind kind = ZIP; kind < KINDS; kind++) {
        CLEANUP(archive_walk_close) ArchiveWalk *walk = NULL;
        CLEANUP_TEXT Text some = {0};
        ArchiveEntry entry = {0};
        Error err = {0};

        put_archive(*state, kind, members, 3);
        walk = open_walk(*state);
        for (size_t i = 0; i < 2; i++) {
            assert_true(next(walk, &entry));
            read_some(walk, &some, 50000);
            assert_true(archive_walk_rewind(walk, &err));
            assert_reads(walk, members[i].content);
            assert_true(archive_walk_rewind(walk, &err));
            assert_true(archive_walk_rewind(walk, &err));
            assert_reads(walk, members[i].content);
            assert_reads(walk, ""); /* the end stays the end */
        }
        if (!next(walk, &entry) || strcmp(entry.name, "last") != 0)
            fail_msg("%s: the last file is lost", kind_names[kind]);
        assert_reads(walk, "end");
        assert_false(next(walk, &entry));
    }
}

/* Nobody can put another archive in its place between two readings. */
static void a_file_put_in_the_place_of_the_archive_is_not_seen(void **state)
{
    CLEANUP(free) char *large = long_text(LARGE);
    CLEANUP(free) char *other = long_text(LARGE);
    const TarMember member = {.name = "shop", .content = large};
    const TarMember changed = {.name = "shop", .content = other};

    if (!special_file_names_are_free())
        skip();
    other[0] = 'X';
    for (Kind kind = ZIP; kind < KINDS; kind++) {
        CLEANUP(archive_walk_close) ArchiveWalk *walk = NULL;
        ArchiveEntry entry = {0};
        Error err = {0};

        put_archive(*state, kind, &member, 1);
        walk = open_walk(*state);
        assert_true(next(walk, &entry));
        assert_reads(walk, large);
        put_archive(*state, kind, &changed, 1); /* a new file under the same name */
        assert_true(archive_walk_rewind(walk, &err));
        assert_reads(walk, large);
    }
}

typedef struct Refused {
    const char *what;
    TarMember members[2];
    const char *words;
} Refused;

#define REFUSED(...)                                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/* The rules of archive_unpack(), which has a test for each of them; here: that they are asked. */
static const Refused refused[] = {
    REFUSED("one name twice", {{.name = "a", .content = "1"}, {.name = "a", .content = "2"}          },
     "a"),
    REFUSED("one name for Windows", {{.name = "a", .content = "1"}, {.name = "A", .content = "2"}          },
            "one file on some systems"),
    REFUSED("a file as a folder", {{.name = "a", .content = "1"}, {.name = "a/b", .content = "2"}        },
            "a"),
    REFUSED("out of the folder", {{.name = "a", .content = "1"}, {.name = "../b", .content = "2"}       },
            "../b"),
    REFUSED("a link", {{.name = "a", .content = "1"}, {.name = "b", .type = '2', .link = "a"}},
            "symbolic link"),
};

static void what_unpack_refuses_is_refused_here(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        CLEANUP(archive_walk_close) ArchiveWalk *walk = NULL;
        ArchiveEntry entry = {0};
        Error err = {0};
        bool more = true;
        bool done = false;

        put_archive(*state, TAR_GZIP, refused[i].members, 2);
        walk = open_walk(*state);
        assert_true(next(walk, &entry));
        done = archive_walk_next(walk, &entry, &more, &err);
        assert_refused(refused[i].what, done, &err, ERR_ARCHIVE, refused[i].words);
    }
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(files_come_in_order_and_folders_are_passed_over),
        PLACE_TEST(a_file_is_read_again_from_its_start),
        PLACE_TEST(a_file_put_in_the_place_of_the_archive_is_not_seen),
        PLACE_TEST(what_unpack_refuses_is_refused_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
