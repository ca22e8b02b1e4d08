/* See signature.h. The order of the steps: what length could it have, which key made it, and only
 * for a signature that is already refused, what it may be instead. */
#include "verify/signature.h"

#include "base/file/file.h"
#include "base/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes the verdict and the error at once, so that they cannot differ. */
static bool refuse(SignatureVerdict *verdict, Error *err, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);

static bool refuse(SignatureVerdict *verdict, Error *err, const char *code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    verdict->ok = false;
    verdict->code = code;
    (void)vsnprintf(verdict->reason, sizeof verdict->reason, format, arguments);
    va_end(arguments);
    return error_set(err, ERR_SIGNATURE, "%s", verdict->reason);
}

static bool could_not_judge(SignatureVerdict *verdict, const Error *err)
{
    verdict->code = "crypto";
    (void)snprintf(verdict->reason, sizeof verdict->reason, "%.255s", err->message);
    return false;
}

typedef struct KeySizes {
    size_t least, most; /* bytes of a signature, over all keys */
    bool fits;          /* a key has exactly the size asked for */
} KeySizes;

static KeySizes sizes_of(const Keyring *keyring, size_t length)
{
    KeySizes sizes = {SIZE_MAX, 0, false};

    for (size_t i = 0; i < keyring_count(keyring); i++) {
        const size_t size = public_key_signature_size(keyring_key(keyring, i));

        sizes.least = size < sizes.least ? size : sizes.least;
        sizes.most = size > sizes.most ? size : sizes.most;
        sizes.fits = sizes.fits || size == length;
    }
    return sizes;
}

static bool ends_with_newline(const SignatureClaim *claim, size_t *without)
{
    size_t length = claim->length;

    if (length == 0 || claim->bytes[length - 1] != '\n')
        return false;
    length--;
    if (length > 0 && claim->bytes[length - 1] == '\r')
        length--;
    *without = length;
    return true;
}

/* Text of this many characters is never a signature by chance: 1 in 2^100 at most. */
enum { TEXT_LEAST = 64 };

static bool looks_like_text(const SignatureClaim *claim)
{
    for (size_t i = 0; i < claim->length; i++) {
        const uint8_t byte = claim->bytes[i];

        if ((byte < 0x20 || byte > 0x7e) && byte != '\n' && byte != '\r' && byte != '\t')
            return false;
    }
    return claim->length >= TEXT_LEAST;
}

static bool refuse_text(const SignatureClaim *claim, SignatureVerdict *verdict, Error *err)
{
    static const char begin[] = "-----BEGIN ";
    const bool pem = memcmp(claim->bytes, begin, sizeof begin - 1) == 0;

    refuse(verdict, err, "text", "the signature is text (it looks like %s), expected raw bytes",
           pem ? "PEM" : "base64 or hex");
    return error_hint(err, pem ? "Sign with `openssl dgst -sha256 -sign KEY -out FILE.sig FILE`."
                               : "`openssl base64 -d` turns base64 into the raw bytes.");
}

static bool refuse_length(const SignatureClaim *claim, const KeySizes *sizes,
                          SignatureVerdict *verdict, Error *err)
{
    size_t without = 0;

    if (looks_like_text(claim))
        return refuse_text(claim, verdict, err);
    if (claim->length < sizes->least)
        return refuse(verdict, err, "short", "the signature has %zu bytes, expected %zu",
                      claim->length, sizes->least);
    if (ends_with_newline(claim, &without) && (without == sizes->least || without == sizes->most))
        return refuse(verdict, err, "trailing-newline",
                      "the signature has a line end behind its %zu bytes", without);
    if (claim->length > sizes->most)
        return refuse(verdict, err, "long", "the signature has %zu bytes, expected %zu",
                      claim->length, sizes->most);
    return refuse(verdict, err, "wrong-size",
                  "the signature has %zu bytes, and no key of the keyring makes that many",
                  claim->length);
}

/* Index of the key that made it, or the count of keys. False only if OpenSSL could not judge. */
static bool find_key(const Keyring *keyring, const SignatureClaim *claim, size_t *index, Error *err)
{
    for (size_t i = 0; i < keyring_count(keyring); i++) {
        const PublicKey *key = keyring_key(keyring, i);
        bool good = false;

        if (public_key_signature_size(key) != claim->length)
            continue;
        if (!public_key_verify(key, claim, &good, err))
            return false;
        if (good) {
            *index = i;
            return true;
        }
    }
    *index = keyring_count(keyring);
    return true;
}

/* For the hint alone: a signature under the other scheme stays refused. */
static bool made_under_other_scheme(const Keyring *keyring, const SignatureClaim *claim)
{
    SignatureClaim other = *claim;
    size_t index = 0;
    Error ignored = {0};

    other.scheme = claim->scheme == SCHEME_PKCS1_SHA256 ? SCHEME_PSS_SHA256 : SCHEME_PKCS1_SHA256;
    return find_key(keyring, &other, &index, &ignored) && index < keyring_count(keyring);
}

static bool refuse_no_key(const Keyring *keyring, const SignatureClaim *claim,
                          SignatureVerdict *verdict, Error *err)
{
    CLEANUP(free) char *ids = NULL;

    if (looks_like_text(claim))
        return refuse_text(claim, verdict, err);
    ids = keyring_ids(keyring);
    refuse(verdict, err, "no-key",
           "no key of the keyring (%.100s) made this signature over this content with %s",
           ids ? ids : "?", scheme_name(claim->scheme));
    if (made_under_other_scheme(keyring, claim))
        return error_hint(err,
                          "It is a signature of the other scheme; sign with %s, or change "
                          "verify.rsa.scheme.",
                          scheme_name(claim->scheme));
    return error_hint(err, "Fetch the file and its signature again; if they still do not match, do "
                           "not deploy it.");
}

static bool accept(const Keyring *keyring, size_t index, SignatureVerdict *verdict)
{
    verdict->ok = true;
    verdict->code = "ok";
    (void)snprintf(verdict->reason, sizeof verdict->reason, "signed by key %s (%d bits)",
                   verdict->key_id, public_key_bits(keyring_key(keyring, index)));
    return true;
}

bool signature_check(const Keyring *keyring, const SignatureClaim *claim, SignatureVerdict *verdict,
                     Error *err)
{
    const KeySizes sizes = sizes_of(keyring, claim->length);
    size_t index = 0;

    *verdict = (SignatureVerdict){.code = "crypto"};
    if (claim->length == 0)
        return refuse(verdict, err, "empty", "the signature is empty");
    if (!sizes.fits)
        return refuse_length(claim, &sizes, verdict, err);
    if (!find_key(keyring, claim, &index, err))
        return could_not_judge(verdict, err);
    if (index == keyring_count(keyring))
        return refuse_no_key(keyring, claim, verdict, err);
    memcpy(verdict->key_id, public_key_id(keyring_key(keyring, index)), KEY_ID_SIZE);
    if (keyring_denies(keyring, index)) {
        refuse(verdict, err, "denied-key", "signed by key %s, which is on the deny list",
               verdict->key_id);
        return error_hint(err, "Have it signed by a key that is still trusted.");
    }
    return accept(keyring, index, verdict);
}

static bool read_signature(const char *path, SignatureVerdict *verdict, Error *err, Text *out)
{
    uint64_t size = 0;
    size_t length = 0;

    if (!file_exists(path)) {
        refuse(verdict, err, "missing", "there is no signature at %.200s", path);
        return error_hint(err, "The settings demand a signature; godeploy sign makes one.");
    }
    if (file_size_of(path, &size, err) && size > SIGNATURE_FILE_LIMIT) {
        refuse(verdict, err, "too-big", "the signature file has %llu bytes, expected at most %d",
               (unsigned long long)size, SIGNATURE_FILE_LIMIT);
        return error_while(err, "%s", path);
    }
    if (file_read_all(path, SIGNATURE_FILE_LIMIT, &out->bytes, &length, err)) {
        out->length = length;
        return true;
    }
    verdict->code = "unreadable";
    (void)snprintf(verdict->reason, sizeof verdict->reason, "%.255s", err->message);
    return error_as(err, ERR_SIGNATURE);
}

bool signature_check_file(const Keyring *keyring, const SignatureClaim *claim,
                          const char *signature_path, SignatureVerdict *verdict, Error *err)
{
    CLEANUP_TEXT Text bytes = {0};
    SignatureClaim whole = *claim;

    *verdict = (SignatureVerdict){.code = "crypto"};
    if (!read_signature(signature_path, verdict, err, &bytes))
        return false;
    whole.bytes = (const uint8_t *)bytes.bytes;
    whole.length = bytes.length;
    return signature_check(keyring, &whole, verdict, err) || error_while(err, "%s", signature_path);
}
