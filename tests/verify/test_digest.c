/* Tests verify/digest.c. Vectors: FIPS 180-4 examples by NIST (SHA256.pdf), the empty one by NIST
 * CAVP. */
#include "tests/verify/box.h"

#include "verify/digest.h"

#define EMPTY_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC_HEX   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void assert_digest(const Digest *digest, const char *expected)
{
    char hex[DIGEST_HEX_SIZE];

    assert_string_equal(digest_to_hex(digest, hex), expected);
}

static void bytes_have_the_digest_of_the_standard(void **state)
{
    Digest digest;
    Error err = {0};

    (void)state;
    assert_true(digest_bytes("abc", 3, &digest, &err));
    assert_digest(&digest, ABC_HEX);
    assert_true(digest_bytes("", 0, &digest, &err));
    assert_digest(&digest, EMPTY_HEX);
}

static void pieces_hash_like_the_whole(void **state)
{
    CLEANUP(hasher_free) Hasher *hasher = NULL;
    char thousand[1000];
    Digest digest;
    Error err = {0};

    (void)state;
    memset(thousand, 'a', sizeof thousand);
    assert_true(hasher_new(&hasher, &err));
    for (int i = 0; i < 1000; i++)
        assert_true(hasher_update(hasher, thousand, sizeof thousand, &err));
    assert_true(hasher_finish(hasher, &digest, &err));
    assert_digest(&digest, MILLION_A);
}

static void a_reset_hasher_has_forgotten_what_came_before(void **state)
{
    CLEANUP(hasher_free) Hasher *hasher = NULL;
    Digest digest;
    Error err = {0};

    (void)state;
    assert_true(hasher_new(&hasher, &err));
    assert_true(hasher_update(hasher, "xyz", 3, &err));
    assert_true(hasher_reset(hasher, &err));
    assert_true(hasher_update(hasher, "abc", 3, &err));
    assert_true(hasher_finish(hasher, &digest, &err));
    assert_digest(&digest, ABC_HEX);
    assert_true(hasher_reset(hasher, &err));
    assert_true(hasher_finish(hasher, &digest, &err));
    assert_digest(&digest, EMPTY_HEX);
}

static void a_file_larger_than_the_buffer_is_hashed_whole(void **state)
{
    CLEANUP_BOX Box box = box_open();
    CLEANUP(free) char *million = malloc(1000000);
    Digest digest;
    Error err = {0};

    (void)state;
    assert_non_null(million);
    memset(million, 'a', 1000000);
    assert_true(digest_file(box_write(&box, "a", million, 1000000), &digest, &err));
    assert_digest(&digest, MILLION_A);
    assert_true(digest_file(box_write(&box, "empty", "", 0), &digest, &err));
    assert_digest(&digest, EMPTY_HEX);
}

static void a_missing_file_is_named(void **state)
{
    CLEANUP_BOX Box box = box_open();
    Digest digest;
    Error err = {0};

    (void)state;
    assert_false(digest_file(box_path(&box, "nothing"), &digest, &err));
    assert_says(&err, ERR_FILE, "nothing");
}

static void digests_that_differ_in_one_bit_are_not_equal(void **state)
{
    Digest a = {
        {1, 2, 3}
    };
    Digest b = a;

    (void)state;
    assert_true(digest_equal(&a, &b));
    b.bytes[31] ^= 0x80;
    assert_false(digest_equal(&a, &b));
}

static void hex_is_read_in_one_spelling_only(void **state)
{
    static const char *const refused[] = {
        "",
        "ba78",
        ABC_HEX "0",
        ABC_HEX " ",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
        " ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
    };
    Digest digest;

    (void)state;
    assert_true(digest_from_hex(ABC_HEX, &digest));
    assert_digest(&digest, ABC_HEX);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (digest_from_hex(refused[i], &digest))
            fail_msg("accepted: %s", refused[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_have_the_digest_of_the_standard),
        cmocka_unit_test(pieces_hash_like_the_whole),
        cmocka_unit_test(a_reset_hasher_has_forgotten_what_came_before),
        cmocka_unit_test(a_file_larger_than_the_buffer_is_hashed_whole),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(digests_that_differ_in_one_bit_are_not_equal),
        cmocka_unit_test(hex_is_read_in_one_spelling_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
