/* Tests verify/authenticode/page_hashes.c against the table that osslsigncode -ph writes. */
#include "tests/support/authority.h"
#include "tests/support/find_bytes.h"
#include "tests/verify/authenticode/page_scene.h"

static void run_osslsigncode(Box *box, const char *digest)
{
    const char *const argv[] = {"osslsigncode", "sign",     "-ph",        "-h",      digest,
                                "-certs",       "cert.pem", "-key",       "key.pem", "-in",
                                "plain.exe",    "-out",     "signed.exe", NULL};
    const Spawn spawn = {.argv = argv, .folder = box->folder};
    Error err = {0};

    assert_true(file_remove(box_path(box, "signed.exe"), &err));
    if (!process_run(&spawn, BOX_OPENSSL_TIMEOUT_MS, &box->last, &err))
        fail_msg("osslsigncode: %s", err.message);
    if (box->last.exit_status != 0)
        fail_msg("osslsigncode says: %s", box->last.output);
}

/* What the DER value at `at`, whose length must fit in two bytes, holds. */
static const uint8_t *content_of(const uint8_t *at, uint8_t tag, size_t *length)
{
    assert_int_equal(at[0], tag);
    assert_in_range(at[1], 0, 0x82);
    *length = at[1] < 0x80 ? at[1] : at[1] == 0x81 ? at[2] : (size_t)at[2] << 8 | at[3];
    return at + (at[1] < 0x80 ? 2 : at[1] == 0x81 ? 3 : 4);
}

/* The table in the signature: an octet string in a set behind the OID 1.3.6.1.4.1.311.2.3.N. */
static const uint8_t *find_table(const PeImage *image, uint8_t number, size_t *length)
{
    const uint8_t oid[] = {0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 2, 3, number};
    const uint8_t *at = find_bytes(image->signature, image->signature_length, oid, sizeof oid);

    assert_non_null(at);
    return content_of(content_of(at + sizeof oid, 0x31, length), 0x04, length);
}

static void assert_same_as_osslsigncode(Box *box, const PePlan *plan)
{
    CLEANUP_PE_FILE PeFile file = pe_build(plan);

    box_write(box, "plain.exe", file.bytes, file.length);
    for (uint8_t number = 1; number <= 2; number++) {
        CLEANUP(free) char *bytes = NULL;
        CLEANUP_PE_IMAGE PeImage image = {0};
        PeFile written = {0};
        const uint8_t *table;
        size_t length = 0;

        run_osslsigncode(box, number == 1 ? "sha1" : "sha256");
        bytes = box_read(box, "signed.exe", &written.length);
        written.bytes = (uint8_t *)bytes;
        image = scan_pages(&written, 4000);
        assert_image(&image, PE_SIGNED, "ok");
        assert_false(image.checksum_differs);
        table = find_table(&image, number, &length);
        assert_digest_of(number == 1 ? &image.page_table_sha1 : &image.page_table_sha256, table,
                         length);
    }
}

static void osslsigncode_writes_the_same_table(void **state)
{
    static const PePlan plans[] = {
        PLAN(.section_size = 9000, .overlay = 3),
        PLAN(.plus = true, .sections = 3, .section_size = 20000),
    };
    CLEANUP_BOX Box box = box_open();
    CLEANUP_AUTHORITY Authority authority = authority_make();

    (void)state;
    certificate_write(box_path(&box, "cert.pem"), &authority.signer);
    key_write(box_path(&box, "key.pem"), &authority.signer);
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
        assert_same_as_osslsigncode(&box, &plans[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(osslsigncode_writes_the_same_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
