/* Tests deploy/archive/archive_reader.c and archive_stream.c through deploy/archive/archive.h:
 * tar.gz and tar.zst that are refused, and the limits. */
#include "tests/deploy/archive_bytes.h"
#include "tests/deploy/archive_place.h"

static void put_gzip(const Place *place, const Text *tar)
{
    CLEANUP_TEXT Text gzip = {0};

    gzip_put(&gzip, tar->bytes, tar->length);
    place_archive(place, &gzip);
}

static void put_zstd(const Place *place, const Text *tar)
{
    CLEANUP_TEXT Text zstd = {0};

    zstd_put(&zstd, tar->bytes, tar->length);
    place_archive(place, &zstd);
}

typedef struct Refusal {
    const char *what;
    TarMember members[2];
    const char *words;
} Refusal;

static const Refusal refusals[] = {
    {"symbolic link inside",
     {{.name = "l", .type = '2', .link = "a"}},
     "entry l is a symbolic link"                                                                                                                         },
    {"symbolic link outside",
     {{.name = "l", .type = '2', .link = "/etc"}},
     "entry l is a symbolic link"                                                                                                                         },
    {"hard link",
     {{.name = "a", .content = "x"}, {.name = "l", .type = '1', .link = "a"}},
     "entry l is a hard link"                                                                                                                             },
    {"character device",          {{.name = "c", .type = '3'}},                                                  "entry c is a device, a pipe or a socket"},
    {"block device",              {{.name = "b", .type = '4'}},                                                  "entry b is a device, a pipe or a socket"},
    {"pipe",                      {{.name = "p", .type = '6'}},                                                  "entry p is a device, a pipe or a socket"},
    {"twice",
     {{.name = "a", .content = "x"}, {.name = "a", .content = "y"}},
     "entry a is there twice"                                                                                                                             },
    {"twice with a dot in front",
     {{.name = "a", .content = "x"}, {.name = "./a", .content = "y"}},
     "entry a is there twice"                                                                                                                             },
    {"folder twice",
     {{.name = "d/", .type = '5'}, {.name = "d", .type = '5'}},
     "entry d is there twice"                                                                                                                             },
    {"one file on Windows",
     {{.name = "Readme"}, {.name = "README"}},
     "entries Readme and README are one file on some systems"                                                                                             },
    {"one folder on Windows",
     {{.name = "Lib/a"}, {.name = "lib/b"}},
     "entries Lib and lib are one file on some systems"                                                                                                   },
    {"file as a folder",
     {{.name = "a"}, {.name = "a/b"}},
     "entry a is used as a file and as a folder"                                                                                                          },
    {"folder as a file",
     {{.name = "a/b"}, {.name = "a"}},
     "entry a is used as a file and as a folder"                                                                                                          },
    {"empty name",                {{.name = ""}},                                                                "archive"                                },
    {"the top as a file",         {{.name = "."}},                                                               "file name \".\""                        },
    {"..",                        {{.name = "../x"}},                                                            "file name \"../x\""                     },
    {".. inside",                 {{.name = "a/../../x"}},                                                       "file name \"a/../../x\""                },
    {".. behind a dot",           {{.name = "./../x"}},                                                          "file name \"../x\""                     },
    {"absolute",                  {{.name = "/x"}},                                                              "file name \"/x\""                       },
    {"absolute behind a dot",     {{.name = ".//x"}},                                                            "file name \"/x\""                       },
    {"drive",                     {{.name = "C:/x"}},                                                            "file name \"C:/x\""                     },
    {"UNC",                       {{.name = "//host/share/x"}},                                                  "file name \"//host/share/x\""           },
    {"UNC with backslashes",      {{.name = "\\\\host\\x"}},                                                     "file name"                              },
    {"backslash",                 {{.name = "..\\x"}},                                                           "file name"                              },
    {"stream",                    {{.name = "a:b"}},                                                             "file name \"a:b\""                      },
    {"device name",               {{.name = "dir/NUL.txt"}},                                                     "file name \"dir/NUL.txt\""              },
    {"trailing dot",              {{.name = "a."}},                                                              "file name \"a.\""                       },
    {"trailing space",            {{.name = "a /b"}},                                                            "file name \"a /b\""                     },
    {"control character",         {{.name = "a\x1b[2J"}},                                                        "file name \"a\\x1b[2J\""                },
    {"not UTF-8",                 {{.name = "a\xff"}},                                                           "name"                                   },
    {"PAX name",                  {{.name = "x", .type = 'x', .content = "14 path=../x\n\n"}, {.name = "fine"}}, ""                                       },
    {"PAX link",
     {{.name = "x", .type = 'x', .content = "16 linkpath=a/b\n"},
      {.name = "l", .type = '2', .link = "a"}},
     "entry l is a symbolic link"                                                                                                                         },
    {"GNU long name",
     {{.name = "././@LongLink", .type = 'L', .content = "../x"}, {.name = "fine"}},
     "file name \"../x\""                                                                                                                                 },
    {"PAX sparse map",
     {{.name = "x",
       .type = 'x',
       .content = "22 GNU.sparse.major=0\n22 GNU.sparse.minor=1\n"
                  "25 GNU.sparse.map=1,1,3,1\n24 GNU.sparse.size=1000\n"},
      {.name = "fine", .content = "ab"}},
     ""                                                                                                                                                   },
    {"size that is not there",
     {{.name = "a", .content = "x", .size_text = "00000010000"}},
     "damaged"                                                                                                                                            },
    {"huge size",
     {{.name = "a", .content = "x", .size_text = "77777777777"}},
     "entry a has 8.0 GiB, more than the 2.0 GiB allowed for one file"                                                                                    },
    {"no file at all",            {{.name = "d", .type = '5'}},                                                  "the archive has no file in it"          },
};

static void put_members(Text *tar, const TarMember *members)
{
    tar_put(tar, &members[0]);
    if (members[1].name)
        tar_put(tar, &members[1]);
    tar_end(tar);
}

static void every_refusal_names_the_entry(void **state)
{
    const Place *place = *state;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        CLEANUP_TEXT Text tar = {0};
        Error err = {0};

        put_members(&tar, refusals[i].members);
        put_gzip(place, &tar);
        place_empty(place);
        assert_refused(refusals[i].what, place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                       refusals[i].words);
        put_zstd(place, &tar);
        place_empty(place);
        assert_refused(refusals[i].what, place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                       refusals[i].words);
    }
}

static void good_tar(Text *tar)
{
    tar_put(tar, &(TarMember){.name = "a", .content = "hello"});
    tar_put(tar, &(TarMember){.name = "b", .content = "world"});
    tar_end(tar);
}

static void what_is_no_archive_of_ours_is_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *words;
    } cases[] = {
        {"",                   0,  "but empty"                       },
        {"<!DOCTYPE html>",    15, "but a web page or XML"           },
        {"\x7f"
         "ELF\x02",   5,  "but a program that is not packed"},
        {"7z\xbc\xaf\x27\x1c", 6,  "but a 7-Zip archive"             },
        {"\xfd"
         "7zXZ\0",    6,  "but compressed with xz"          },
        {"plain text",         10, "but something unknown"           },
        {"PK",                 2,  "but something unknown"           },
        {"\x1f\x8b\x08",       3,  "the archive is damaged"          },
        {"\x28\xb5\x2f\xfd",   4,  "the archive is damaged"          },
        {"PK\x03\x04",         4,  "it is too short"                 },
    };
    const Place *place = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Error err = {0};

        assert_true(file_write_atomic(place->archive, cases[i].bytes, cases[i].length, 0600, &err));
        assert_refused(cases[i].words, place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                       cases[i].words);
    }
}

static void a_missing_archive_is_trouble_with_a_file(void **state)
{
    const Place *place = *state;
    Error err = {0};

    assert_refused("missing", place_unpack(place, NULL, NULL, &err), &err, ERR_FILE, "archive");
}

static void a_plain_tar_and_one_compressed_twice_are_refused(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text once = {0};
    Error err = {0};

    good_tar(&tar);
    place_archive(place, &tar);
    assert_refused("plain", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "neither a zip nor");
    gzip_put(&once, tar.bytes, tar.length);
    put_gzip(place, &once);
    assert_refused("twice", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "compressed more than once");
}

static void a_mebibyte_of_zeros_is_no_empty_archive(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text zeros = {0};
    Error err = {0};

    put_zeros(&zeros, 1 << 20);
    put_gzip(place, &zeros);
    assert_refused("gzip", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "no file in it");
    put_zstd(place, &zeros);
    assert_refused("zstd", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "no file in it");
    place_archive(place, &zeros);
    assert_refused("plain", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "something unknown");
}

static void what_stands_behind_the_end_is_refused(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text hidden = {0};
    CLEANUP_TEXT Text gzip = {0};
    CLEANUP_TEXT Text zstd = {0};
    Error err = {0};

    good_tar(&tar);
    text_append_bytes(&hidden, tar.bytes, tar.length); /* a tar behind the end of a tar */
    text_append_bytes(&hidden, tar.bytes, tar.length);
    put_gzip(place, &hidden);
    assert_refused("tar", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "bytes follow the end of the tar");
    gzip_put(&gzip, tar.bytes, tar.length);
    text_append(&gzip, "more");
    place_archive(place, &gzip);
    place_empty(place);
    assert_refused("gzip", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "4 bytes follow the compressed data");
    zstd_put(&zstd, tar.bytes, tar.length);
    text_append(&zstd, "more");
    place_archive(place, &zstd);
    place_empty(place);
    assert_refused("zstd", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE, "");
}

static void zeros_behind_the_end_are_padding(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    Error err = {0};

    good_tar(&tar);
    put_zeros(&tar, 10240 - tar.length); /* as tar(1) fills its last record */
    put_gzip(place, &tar);
    assert_true(place_unpack(place, NULL, NULL, &err));
}

static void every_cut_is_refused(void **state)
{
    const Place *place = *state;

    for (int gzip = 0; gzip < 2; gzip++) {
        CLEANUP_TEXT Text tar = {0};
        CLEANUP_TEXT Text packed = {0};

        good_tar(&tar);
        if (gzip)
            gzip_put(&packed, tar.bytes, tar.length);
        else
            zstd_put(&packed, tar.bytes, tar.length);
        for (size_t cut = 1; cut < packed.length; cut += cut < 64 ? 1 : 61) {
            Error err = {0};

            place_archive_bytes(place, packed.bytes, packed.length - cut);
            place_empty(place);
            assert_refused("cut", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE, "");
        }
    }
}

static void a_tar_without_its_end_mark_is_cut(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    Error err = {0};

    good_tar(&tar);
    tar.length -= 2 * TAR_BLOCK;
    put_zstd(place, &tar);
    assert_refused("no end mark", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "the tar is cut short");
}

static void a_gzip_whose_checksum_is_wrong_is_damaged(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text gzip = {0};
    char *content = NULL;
    Error err = {0};

    good_tar(&tar);
    gzip_put(&gzip, tar.bytes, tar.length);
    content = memchr(gzip.bytes, 'w', gzip.length);
    assert_non_null(content);
    *content = 'W'; /* "World": tar itself has no checksum over content */
    place_archive(place, &gzip);
    assert_refused("checksum", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "its gzip checksum is");
}

typedef struct Limit {
    const char *what;
    ArchiveLimits limits;
    const char *words; /* NULL: allowed */
} Limit;

static void the_limits_are_kept_to_the_byte(void **state)
{
    static const Limit limits[] = {
        {"just enough",           {10, 5, 2, 1}, NULL                                        },
        {"one byte less in all",
         {9, 5, 2, 1},
         "with entry b the archive unpacks to more than the 9"                               },
        {"one byte less for one", {10, 4, 2, 1}, "entry a has 5 B, more than the 4 B allowed"},
        {"one entry less",        {10, 5, 1, 1}, "entries"                                   },
    };
    const Place *place = *state;
    static const ZipMember members[] = {
        {.name = "a", .content = "hello"},
        {.name = "b", .content = "world"}
    };

    for (size_t i = 0; i < 2 * sizeof limits / sizeof limits[0]; i++) {
        const Limit *limit = &limits[i / 2];
        CLEANUP_TEXT Text tar = {0};
        CLEANUP_TEXT Text zip = {0};
        Error err = {0};
        bool done = false;

        good_tar(&tar);
        zip_put(&zip, members, 2);
        if (i % 2)
            put_gzip(place, &tar);
        else
            place_archive(place, &zip);
        place_empty(place);
        done = place_unpack(place, &limit->limits, NULL, &err);
        if (limit->words)
            assert_refused(limit->what, done, &err, ERR_ARCHIVE, limit->words);
        else if (!done)
            fail_msg("%s: %s", limit->what, err.message);
    }
}

/* 4 MiB of zeros in some 260 bytes: as content, and behind the end mark, where no entry states it.
 */
static void a_bomb_is_stopped_wherever_it_hides(void **state)
{
    static const char size_text[] = "00020000000"; /* 4 MiB */
    const ArchiveLimits limits = {.max_total_bytes = 1 << 30,
                                  .max_entry_bytes = 1 << 30,
                                  .max_entries = 10,
                                  .max_ratio = 100};
    const ArchiveLimits small = {.max_total_bytes = 1 << 20,
                                 .max_entry_bytes = 1 << 20,
                                 .max_entries = 10,
                                 .max_ratio = 1 << 20};
    const Place *place = *state;
    CLEANUP_TEXT Text header = {0};
    CLEANUP_TEXT Text inside = {0};
    CLEANUP_TEXT Text behind = {0};
    CLEANUP_TEXT Text tar = {0};
    Error err = {0};

    tar_put(&header, &(TarMember){.name = "a", .size_text = size_text});
    zstd_put(&inside, header.bytes, header.length);
    zstd_put_zeros(&inside, (4 << 20) + 2 * TAR_BLOCK);
    place_archive(place, &inside);
    assert_refused("ratio inside", place_unpack(place, &limits, NULL, &err), &err, ERR_ARCHIVE,
                   "unpacks to more than 100 times its size");
    place_empty(place);
    assert_refused("size inside", place_unpack(place, &small, NULL, &err), &err, ERR_ARCHIVE,
                   "more than the");
    good_tar(&tar);
    zstd_put(&behind, tar.bytes, tar.length);
    zstd_put_zeros(&behind, 4 << 20);
    place_archive(place, &behind);
    place_empty(place);
    assert_refused("size behind", place_unpack(place, &small, NULL, &err), &err, ERR_ARCHIVE,
                   "the archive unpacks to more than the");
    assert_false(archive_space_needed(place->archive, &small, NULL, &(uint64_t){0}, &err));
}

static void a_zip_bomb_is_refused_by_what_it_states(void **state)
{
    const ArchiveLimits limits = {.max_total_bytes = 1 << 30,
                                  .max_entry_bytes = 1 << 30,
                                  .max_entries = 10,
                                  .max_ratio = 100};
    const Place *place = *state;
    CLEANUP_TEXT Text zip = {0};
    Error err = {0};

    zip_put(&zip, &(ZipMember){.name = "a", .content = "x"}, 1);
    for (int i = 0; i < 2; i++) { /* deflate, 16 MiB: in the local header, and in the directory */
        size_t method = i == 0 ? 8 : 32 + 10, size = i == 0 ? 22 : 32 + 24;

        zip.bytes[method] = 8;
        zip.bytes[size] = 0;
        zip.bytes[size + 3] = 1;
    }
    place_archive(place, &zip);
    assert_refused("zip bomb", place_unpack(place, &limits, NULL, &err), &err, ERR_ARCHIVE,
                   "unpacks to more than 100 times its size of");
}

/* Without a manifest a changed name or mode is another archive; but the gzip checksum must catch
 * it. */
static void no_flipped_bit_gets_other_content_through(void **state)
{
    enum { FRAME = 18, OFTEN = 3, SELDOM = 101 }; /* all of them take minutes on Wine */
    const Place *place = *state;
    CLEANUP_TEXT Text tar = {0};
    CLEANUP_TEXT Text good = {0};

    good_tar(&tar);
    gzip_put(&good, tar.bytes, tar.length);
    for (size_t bit = 0; bit < good.length * 8;
         bit += bit / 8 < FRAME || bit / 8 + FRAME > good.length ? OFTEN : SELDOM) {
        CLEANUP_TEXT Text gzip = {0};
        Error err = {0};

        text_append_bytes(&gzip, good.bytes, good.length);
        gzip.bytes[bit / 8] = (char)(gzip.bytes[bit / 8] ^ 1 << bit % 8);
        place_archive_bytes(place, gzip.bytes, gzip.length);
        place_empty(place);
        if (!place_unpack(place, NULL, NULL, &err)) {
            assert_int_equal(err.code, ERR_ARCHIVE);
            continue;
        }
        assert_content(place, "a", "hello");
        assert_content(place, "b", "world");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_refusal_names_the_entry),
        TEST(what_is_no_archive_of_ours_is_named),
        TEST(a_missing_archive_is_trouble_with_a_file),
        TEST(a_plain_tar_and_one_compressed_twice_are_refused),
        TEST(a_mebibyte_of_zeros_is_no_empty_archive),
        TEST(what_stands_behind_the_end_is_refused),
        TEST(zeros_behind_the_end_are_padding),
        TEST(every_cut_is_refused),
        TEST(a_tar_without_its_end_mark_is_cut),
        TEST(a_gzip_whose_checksum_is_wrong_is_damaged),
        TEST(the_limits_are_kept_to_the_byte),
        TEST(a_bomb_is_stopped_wherever_it_hides),
        TEST(a_zip_bomb_is_refused_by_what_it_states),
        TEST(no_flipped_bit_gets_other_content_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
