/* A signature of any bytes, on a program that has a good one: accepted only if it signs what the
 * good one signs, with the same signature. Target: verify/authenticode/authenticode.h, and with it
 * signatures.h, signed_data.h, indirect_data.h. */
#include "tests/fuzz/authenticode_fixture.h"

#include "tests/support/pe_builder.h"

typedef struct Memory {
    const PeFile *file;
    size_t at;
} Memory;

static bool read_memory(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    Memory *memory = context;
    const size_t left = memory->file->length - memory->at;

    (void)err;
    *got = size < left ? size : left;
    memcpy(buffer, memory->file->bytes + memory->at, *got);
    memory->at += *got;
    return true;
}

static bool rewind_memory(void *context, Error *err)
{
    (void)err;
    ((Memory *)context)->at = 0;
    return true;
}

/* The program with `bytes` as its signature. */
static PeFile sign_with(const AuthenticodeFixture *fixture, const uint8_t *bytes, size_t length)
{
    PeFile file = {.bytes = fuzz_copy(fixture->program, fixture->program_length),
                   .length = fixture->program_length};
    const size_t header_at = pe_get32(&file, 60);

    file.directory_at = header_at + 24 + 144; /* PE32+ */
    pe_attach_signature(&file, bytes, length);
    return file;
}

static bool same(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

/* Of what nobody signed (unsigned attributes, more certificates) anything may be different. */
static void check_not_forged(const AuthenticodeFixture *fixture, const uint8_t *bytes,
                             size_t length)
{
    CLEANUP_SIGNED_DATA SignedData good = {0};
    CLEANUP_SIGNED_DATA SignedData other = {0};
    Finding finding = {.code = CODE_OK};

    fixture_parse(fixture, &good);
    FUZZ_CHECK(signed_data_parse(bytes, length, &other, &finding));
    FUZZ_CHECK(same(good.content, good.content_length, other.content, other.content_length));
    FUZZ_CHECK(ASN1_STRING_cmp(good.signer->enc_digest, other.signer->enc_digest) == 0);
}

static AuthenticodeVerdict judge(const AuthenticodeFixture *fixture, const uint8_t *bytes,
                                 size_t length)
{
    CLEANUP_PE_FILE PeFile file = sign_with(fixture, bytes, length);
    Memory memory = {.file = &file};
    const AuthenticodeSource source = {.read = read_memory,
                                       .rewind = rewind_memory,
                                       .context = &memory,
                                       .size_bytes = file.length};
    AuthenticodeVerdict verdict;
    Error err = {0};

    FUZZ_CHECK(authenticode_check(fixture->policy, &source, &verdict, &err));
    return verdict;
}

/* Read once: libFuzzer has no place for it. */
static const AuthenticodeFixture *the_fixture(void)
{
    static AuthenticodeFixture fixture;

    if (!fixture.policy) {
        fixture_load(&fixture);
        /* Or nothing here means anything. */
        FUZZ_CHECK(
            judge(&fixture, (const uint8_t *)fixture.signature, fixture.signature_length).status ==
            AUTHENTICODE_VALID);
    }
    return &fixture;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const AuthenticodeFixture *fixture = the_fixture();
    const AuthenticodeVerdict verdict = judge(fixture, bytes, length);

    FUZZ_CHECK(verdict.status == AUTHENTICODE_VALID || verdict.status == AUTHENTICODE_INVALID);
    FUZZ_CHECK(verdict.code && verdict.reason[0]);
    if (verdict.status == AUTHENTICODE_VALID && verdict.counted == 0)
        check_not_forged(fixture, bytes, length);
    return 0;
}
