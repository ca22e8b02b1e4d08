/* Tests of verify/authenticode/publisher.c and publisher_text.c: who is wanted, and who that is.
 * Source of the spellings: RFC 4514 sections 3 and 4, RFC 2253 (quotes), and what certutil and
 * signtool print. */
#include "verify/authenticode/publisher.h"

#include "tests/support/authority.h"
#include "tests/verify/box.h"

/* The signer that the pins are held against: O=Example, Ltd.; C=DE; CN=Jim "Grasshopper"
 * Sm\303\255th. */
static Identity jim(void)
{
    const CertificatePlan plan = {.role = ROLE_SIGNER,
                                  .name = "Jim \"Grasshopper\" Sm\xc3\xadth",
                                  .organization = "Example, Ltd. + Sons",
                                  .country = "DE"};

    return identity_make(&plan, NULL);
}

static bool pin_fits(const char *pin, const X509 *certificate)
{
    CLEANUP(publisher_free) Publisher *publisher = NULL;
    Error err = {0};

    if (!publisher_parse(pin, &publisher, &err))
        fail_msg("%s: %s", pin, err.message);
    return publisher_is(publisher, certificate);
}

typedef struct PinCase {
    const char *pin;
    bool fits;
} PinCase;

static const PinCase pin_cases[] = {
    {"CN=Jim \\\"Grasshopper\\\" Sm\xc3\xadth",     true },
    {"CN=Jim \\22Grasshopper\\22 Sm\\C3\\ADth",     true },
    {"CN=\"Jim \\\"Grasshopper\\\" Sm\xc3\xadth\"", true },
    {"O=Example\\, Ltd. \\+ Sons",                  true },
    {"O=\"Example, Ltd. + Sons\"",                  true },
    {"o=\"Example, Ltd. + Sons\" , c = DE",         true },
    {"C=DE+O=\"Example, Ltd. + Sons\"",             true },
    {"2.5.4.6=DE",                                  true },
    {"countryName=DE",                              true },
    {"  C=DE",                                      true },
    {"C=DE ",                                       true },
    {"C=DE\\ ",                                     false},
    {"C=de",                                        false},
    {"C=D",                                         false},
    {"C=DEU",                                       false},
    {"O=DE",                                        false},
    {"OU=DE",                                       false},
    {"C=DE, O=Example",                             false},
    {"CN=Example Root",                             false},
};

static void a_pin_fits_if_every_part_of_it_is_in_the_subject(void **state)
{
    CLEANUP_IDENTITY Identity signer = jim();

    (void)state;
    for (size_t i = 0; i < sizeof pin_cases / sizeof pin_cases[0]; i++)
        if (pin_fits(pin_cases[i].pin, signer.certificate) != pin_cases[i].fits)
            fail_msg("%s: expected %s", pin_cases[i].pin, pin_cases[i].fits ? "to fit" : "not to");
}

typedef struct BadPin {
    const char *pin;
    const char *says;
} BadPin;

static const BadPin bad_pins[] = {
    {"",                                                                       "does not begin with a known type"},
    {"Example Ltd",                                                            "does not begin with a known type"},
    {"=Example",                                                               "does not begin with a known type"},
    {"XX=Example",                                                             "does not begin with a known type"},
    {"1.2.x=Example",                                                          "does not begin with a known type"},
    {"CN",                                                                     "does not begin with a known type"},
    {"CN=A,",                                                                  "does not begin with a known type"},
    {"CN=A,,O=B",                                                              "does not begin with a known type"},
    {"CN=",                                                                    "without a value"                 },
    {"CN= ",                                                                   "without a value"                 },
    {"CN=,O=B",                                                                "without a value"                 },
    {"CN=\"\"",                                                                "without a value"                 },
    {"CN=\"A",                                                                 "without a value"                 },
    {"CN=A\"B",                                                                "not escaped well"                },
    {"CN=A;O=B",                                                               "not escaped well"                },
    {"CN=A\\",                                                                 "not escaped well"                },
    {"CN=A\\q",                                                                "not escaped well"                },
    {"CN=A\\00B",                                                              "not escaped well"                },
    {"CN=#0C0141",                                                             "not escaped well"                },
    {"CN=\"A\" B",                                                             "behind a quoted value"           },
    {"C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A,C=A",    "too many parts"                  },
    {"spki:",                                                                  "no SHA-256"                      },
    {"spki:00",                                                                "no SHA-256"                      },
    {"cert:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",   "no SHA-256"                      },
    {"cert:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0", "no SHA-256"                      },
    {"cert:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",  "no SHA-256"                      },
    {"cert: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "no SHA-256"                      },
};

static void a_pin_that_cannot_be_read_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_pins / sizeof bad_pins[0]; i++) {
        CLEANUP(publisher_free) Publisher *publisher = NULL;
        Error err = {0};

        if (publisher_parse(bad_pins[i].pin, &publisher, &err))
            fail_msg("\"%s\" was accepted", bad_pins[i].pin);
        assert_says(&err, ERR_SETTINGS, bad_pins[i].says);
        assert_says(&err, ERR_SETTINGS, bad_pins[i].pin);
        assert_true(strlen(err.hint) > 0);
    }
}

/* The figures are made as the hint says: by openssl. */
static void a_certificate_or_its_key_can_be_pinned_by_sha_256(void **state)
{
    CLEANUP_BOX Box box = box_open();
    CLEANUP_IDENTITY Identity signer = jim();
    CLEANUP_IDENTITY Identity other = jim();
    CLEANUP(free) char *certificate_pin = NULL;
    CLEANUP(free) char *key_pin = NULL;

    (void)state;
    certificate_write(box_path(&box, "cert.pem"), &signer);
    assert_int_equal(
        box_openssl(&box, "x509", "-in", "cert.pem", "-outform", "DER", "-out", "cert.der", NULL),
        0);
    assert_int_equal(box_openssl(&box, "dgst", "-sha256", "-r", "cert.der", NULL), 0);
    certificate_pin = text_formatted("cert:%.64s", box.last.output);
    assert_int_equal(
        box_openssl(&box, "x509", "-in", "cert.pem", "-noout", "-pubkey", "-out", "key.pem", NULL),
        0);
    assert_int_equal(box_openssl(&box, "pkey", "-pubin", "-in", "key.pem", "-outform", "DER",
                                 "-out", "key.der", NULL),
                     0);
    assert_int_equal(box_openssl(&box, "dgst", "-sha256", "-r", "key.der", NULL), 0);
    key_pin = text_formatted("spki:%.64s", box.last.output);

    assert_true(pin_fits(certificate_pin, signer.certificate));
    assert_true(pin_fits(key_pin, signer.certificate));
    assert_false(pin_fits(certificate_pin, other.certificate));
    assert_false(pin_fits(key_pin, other.certificate));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pin_fits_if_every_part_of_it_is_in_the_subject),
        cmocka_unit_test(a_pin_that_cannot_be_read_is_refused_by_name),
        cmocka_unit_test(a_certificate_or_its_key_can_be_pinned_by_sha_256),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
