/* Tests deploy/archive/zip_layout.c and zip_end.c through deploy/archive/archive.h: no zip is
 * unpacked that another reader could see otherwise. */
#include "deploy/archive/zip_end.h"
#include "tests/deploy/archive_bytes.h"
#include "tests/deploy/archive_place.h"

static const ZipMember two[] = {
    {.name = "a.txt",     .content = "hello"  },
    { .name = "b.txt", .content = "world", .sizes_behind = true},
};

/* Where things stand in the zip of `two`, each local header 30 bytes and a name of 5 long. */
enum {
    LOCAL_A = 0,
    CONTENT_A = LOCAL_A + 35,
    LOCAL_B = CONTENT_A + 5,
    CONTENT_B = LOCAL_B + 35,
    DESCRIPTOR_B = CONTENT_B + 5,
    RECORD_A = DESCRIPTOR_B + 16,
    RECORD_B = RECORD_A + 51,
    END = RECORD_B + 51,
    WHOLE = END + 22,
};

static void put(const Place *place, const ZipMember *members, size_t count)
{
    CLEANUP_TEXT Text zip = {0};

    zip_put(&zip, members, count);
    place_archive(place, &zip);
}

static void sizes_may_stand_behind_the_content(void **state)
{
    const Place *place = *state;
    Error err = {0};

    put(place, two, 2);
    if (!place_unpack(place, NULL, NULL, &err))
        fail_msg("%s", err.message);
    assert_content(place, "a.txt", "hello");
    assert_content(place, "b.txt", "world");
}

typedef struct Patch {
    const char *what;
    size_t offset;
    const char *bytes; /* what stands there instead */
    size_t length;
    const char *words;
} Patch;

static const Patch patches[] = {
    {"local name",                       LOCAL_A + 30,      "A",                1, "zip entry a.txt has a name that differs"        },
    {"local name length",                LOCAL_A + 26,      "\x04",             1, "zip entry a.txt has a name that differs"        },
    {"local method",                     LOCAL_A + 8,       "\x08",             1, "zip entry a.txt has a method that differs"      },
    {"local flags",                      LOCAL_A + 6,       "\x02",             1, "zip entry a.txt has flags that differ"          },
    {"local checksum",                   LOCAL_A + 14,      "\x01",             1, "zip entry a.txt has a size or checksum that"    },
    {"local packed size",                LOCAL_A + 18,      "\x06",             1, "zip entry a.txt has a size or checksum that"    },
    {"local size",                       LOCAL_A + 22,      "\x06",             1, "zip entry a.txt has a size or checksum that"    },
    {"local size, where it may be 0",    LOCAL_B + 22,      "\x06",             1, "zip entry b.txt has a size or"                  },
    {"local signature",                  LOCAL_B,           "x",                1, "zip entry b.txt does not begin where"           },
    {"local extra field",                LOCAL_A + 28,      "\x01",             1, "zip entry a.txt has a broken extra field"       },
    {"descriptor's signature",           DESCRIPTOR_B,      "x",                1, "b.txt has a data descriptor that differs"       },
    {"descriptor's checksum",            DESCRIPTOR_B + 4,  "x",                1, "b.txt has a data descriptor that differs"       },
    {"descriptor's size",                DESCRIPTOR_B + 12, "x",                1, "b.txt has a data descriptor that differs"       },
    {"encrypted",                        RECORD_A + 8,      "\x01",             1, "zip entry a.txt is encrypted"                   },
    {"strongly encrypted",               RECORD_A + 8,      "\x40",             1, "zip entry a.txt is encrypted"                   },
    {"patch data",                       RECORD_A + 8,      "\x20",             1, "zip entry a.txt has flags of an unknown meaning"},
    {"method bzip2",                     RECORD_A + 10,     "\x0c",             1,
     "a.txt is compressed by a method other than deflate"                                                                           },
    {"stored with two sizes",            RECORD_A + 20,     "\x04",             1, "a.txt is stored, but states two sizes"          },
    {"NUL in a name",                    RECORD_A + 47,     "\0",               1, "the name of an entry has a NUL character in it" },
    {"name that is not marked as UTF-8", RECORD_A + 46,     "\xe9",             1, "is not marked as UTF-8"                         },
    {"record's disk",                    RECORD_A + 34,     "\x01",             1, "zip entry a.txt is on another disk"             },
    {"record's signature",               RECORD_B,          "x",                1, "its central directory is broken"                },
    {"record's length",                  RECORD_B + 28,     "\xff",             1, "its central directory is broken"                },
    {"record's comment",                 RECORD_B + 32,     "\x01",             1, "its central directory is broken"                },
    {"ZIP64 size",                       RECORD_A + 24,     "\xff\xff\xff\xff", 4, "the zip uses ZIP64"                             },
    {"ZIP64 offset",                     RECORD_A + 42,     "\xff\xff\xff\xff", 4, "the zip uses ZIP64"                             },
    {"both entries at one offset",       RECORD_B + 42,     "\0",               1, "zip entry"                                      },
    {"entry within another",             RECORD_B + 42,     "\x20",             1, "zip entry a.txt reaches into what follows"      },
    {"count too small",                  END + 8,           "\x01\0\x01\0",     4,
     "its central directory has more than it states"                                                                                },
    {"count too large",                  END + 8,           "\x03\0\x03\0",     4, "its central directory is broken"                },
    {"count of this disk",               END + 8,           "\x01",             1, "it is one of several disks"                     },
    {"ZIP64 count",                      END + 8,           "\xff\xff\xff\xff", 4, "the zip uses ZIP64"                             },
    {"directory's size",                 END + 12,          "\x01",             1, "its central directory does not end where"       },
    {"directory's offset",               END + 16,          "\x01",             1, "its central directory does not end where"       },
    {"comment's length",                 END + 20,          "\x01",             1, "bytes follow its end"                           },
    {"content",                          CONTENT_A,         "H",                1, "CRC"                                            },
};

static void what_the_two_descriptions_do_not_agree_on_is_refused(void **state)
{
    const Place *place = *state;

    for (size_t i = 0; i < sizeof patches / sizeof patches[0]; i++) {
        CLEANUP_TEXT Text zip = {0};
        Error err = {0};

        zip_put(&zip, two, 2);
        assert_int_equal(zip.length, WHOLE);
        memcpy(zip.bytes + patches[i].offset, patches[i].bytes, patches[i].length);
        place_archive(place, &zip);
        place_empty(place);
        assert_refused(patches[i].what, place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                       patches[i].words);
    }
}

static void a_member_that_the_directory_does_not_list_is_refused(void **state)
{
    static const ZipMember hidden[] = {
        {.name = "a.txt", .content = "hello"},
        {.name = "evil",  .content = "x",     .unlisted = true},
        {.name = "b.txt",               .content = "world"                  }
    };
    const Place *place = *state;
    Error err = {0};

    put(place, hidden, 3);
    assert_refused("hidden in the middle", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "zip entry a.txt is followed by bytes of no entry");
    put(place, hidden + 1, 2);
    assert_refused("hidden in front", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "bytes stand before its first entry");
    put(place, hidden, 2);
    assert_refused("hidden at the end", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "zip entry a.txt is followed by bytes of no entry");
}

static void every_cut_is_refused(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text zip = {0};

    zip_put(&zip, two, 2);
    for (; zip.length > 0; zip.length--) {
        bool cut = zip.length < WHOLE;
        Error err = {0};

        if (!cut)
            continue;
        place_archive_bytes(place, zip.bytes, zip.length);
        assert_refused("cut", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE, "");
    }
}

static void bytes_around_a_zip_are_refused(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text zip = {0};
    CLEANUP_TEXT Text before = {0};
    CLEANUP_TEXT Text again = {0};
    Error err = {0};

    zip_put(&zip, two, 2);
    text_append_bytes(&before, zip.bytes, LOCAL_B); /* a local file without a record, in front */
    text_append_bytes(&before, zip.bytes, zip.length);
    place_archive(place, &before);
    assert_refused("before", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "does not end where its end record begins");
    text_append_bytes(&again, zip.bytes, zip.length); /* a zip behind a zip */
    text_append_bytes(&again, zip.bytes, zip.length);
    place_archive(place, &again);
    assert_refused("twice", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "does not end where its end record begins");
    text_append_bytes(&zip, "\0", 1);
    place_archive(place, &zip);
    assert_refused("after", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "bytes follow its end");
}

static void a_short_comment_is_allowed_and_a_long_one_is_not(void **state)
{
    const Place *place = *state;
    CLEANUP_TEXT Text zip = {0};
    Error err = {0};

    zip_put(&zip, two, 2);
    zip.bytes[END + 20] = (char)(ZIP_COMMENT_MOST & 0xff);
    zip.bytes[END + 21] = (char)(ZIP_COMMENT_MOST >> 8);
    put_zeros(&zip, ZIP_COMMENT_MOST);
    place_archive(place, &zip);
    assert_true(place_unpack(place, NULL, NULL, &err));
    place_empty(place);
    zip.bytes[END + 20] = 1;
    put_zeros(&zip, 1);
    place_archive(place, &zip);
    assert_refused("long comment", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "no central directory at its end");
}

typedef struct BadMember {
    const char *what;
    ZipMember member;
    const char *words;
} BadMember;

static const BadMember bad_members[] = {
    {"symbolic link",
     {.name = "l", .content = "/etc/passwd", .mode = 0120777},
     "entry l is a symbolic link"                                                                                                        },
    {"pipe",                    {.name = "p", .mode = 0010644},                          "zip entry p is a device, a pipe or a socket"   },
    {"device",                  {.name = "d", .mode = 0020644},                          "entry d is a device, a pipe or a socket"       },
    {"socket",                  {.name = "s", .mode = 0140644},                          "entry s is a device, a pipe or a socket"       },
    {"folder by its mode only",
     {.name = "f", .mode = 0040755},
     "zip entry f is a file by its name and a folder by its mode"                                                                        },
    {"second name",
     {.name = "a", .extra = "\x75\x70\x01\0x", .extra_length = 5},
     "zip entry a has a second name in an extra field"                                                                                   },
    {"ZIP64 field",             {.name = "a", .extra = "\x01\0\0\0", .extra_length = 4}, "the zip uses ZIP64"                            },
    {"AES field",
     {.name = "a", .extra = "\x01\x99\0\0", .extra_length = 4},
     "zip entry a is encrypted"                                                                                                          },
    {"broken field",
     {.name = "a", .extra = "\x55\x54\x09\0x", .extra_length = 5},
     "zip entry a has a broken extra field"                                                                                              },
    {"rest of a field",
     {.name = "a", .extra = "\0\0\0", .extra_length = 3},
     "zip entry a has a broken extra field"                                                                                              },
    {"folder with content",
     {.name = "f/", .content = "x", .mode = 0040755},
     "entry f/ is a folder, but has content"                                                                                             },
    {"..",                      {.name = "../x"},                                        "file name"                                     },
    {"absolute",                {.name = "/x"},                                          "file name"                                     },
    {"drive",                   {.name = "C:x"},                                         "file name"                                     },
    {"backslash",               {.name = "a\\b"},                                        "entry a\\b has another name for another reader"},
    {"device name",             {.name = "aux.txt"},                                     "file name"                                     },
};

static void a_member_that_is_no_plain_file_or_folder_is_refused(void **state)
{
    const Place *place = *state;

    for (size_t i = 0; i < sizeof bad_members / sizeof bad_members[0]; i++) {
        ZipMember members[2] = {two[0], bad_members[i].member};
        Error err = {0};

        put(place, members, 2);
        place_empty(place);
        assert_refused(bad_members[i].what, place_unpack(place, NULL, NULL, &err), &err,
                       ERR_ARCHIVE, bad_members[i].words);
    }
}

static void a_zip64_end_is_refused_by_name(void **state)
{
    static const char locator[20] = {'P', 'K', 6, 7};
    char end[WHOLE - END];
    const Place *place = *state;
    CLEANUP_TEXT Text zip = {0};
    Error err = {0};

    zip_put(&zip, two, 2);
    assert_int_equal(zip.length, WHOLE);
    memcpy(end, zip.bytes + END, sizeof end);
    zip.length = END;
    text_append_bytes(&zip, locator, sizeof locator);
    text_append_bytes(&zip, end, sizeof end);
    place_archive(place, &zip);
    assert_refused("ZIP64 locator", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "the zip uses ZIP64");
}

static void a_zip_without_entries_is_refused(void **state)
{
    const Place *place = *state;
    Error err = {0};

    put(place, NULL, 0);
    assert_refused("empty", place_unpack(place, NULL, NULL, &err), &err, ERR_ARCHIVE,
                   "an empty zip");
}

/* In each byte of the zip of `two`: what is accepted must be what was packed. */
static void no_flipped_bit_gets_other_content_through(void **state)
{
    enum { STEP = 5 }; /* odd: each bit has its turn; all of them take half a minute on Wine */
    const Place *place = *state;
    CLEANUP_TEXT Text good = {0};

    zip_put(&good, two, 2);
    for (size_t bit = 0; bit < good.length * 8; bit += STEP) {
        CLEANUP_TEXT Text zip = {0};
        Error err = {0};

        text_append_bytes(&zip, good.bytes, good.length);
        zip.bytes[bit / 8] = (char)(zip.bytes[bit / 8] ^ 1 << bit % 8);
        place_archive_bytes(place, zip.bytes, zip.length);
        place_empty(place);
        if (!place_unpack(place, NULL, NULL, &err)) {
            assert_int_equal(err.code, ERR_ARCHIVE);
            continue;
        }
        assert_content(place, "a.txt", "hello");
        assert_content(place, "b.txt", "world");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sizes_may_stand_behind_the_content),
        TEST(what_the_two_descriptions_do_not_agree_on_is_refused),
        TEST(a_member_that_the_directory_does_not_list_is_refused),
        TEST(every_cut_is_refused),
        TEST(bytes_around_a_zip_are_refused),
        TEST(a_short_comment_is_allowed_and_a_long_one_is_not),
        TEST(a_member_that_is_no_plain_file_or_folder_is_refused),
        TEST(a_zip64_end_is_refused_by_name),
        TEST(a_zip_without_entries_is_refused),
        TEST(no_flipped_bit_gets_other_content_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
