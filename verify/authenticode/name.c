/* See name.h. */
#include "verify/authenticode/name.h"

#include "base/text.h"
#include "verify/authenticode/trust.h"
#include "verify/utf8.h"

#include <stdio.h>
#include <string.h>

/* Copies the character at `bytes`, or one byte of it as \xNN. Bytes taken. */
static size_t show_character(const char *bytes, size_t length, char shown[8])
{
    uint32_t character = 0;
    const size_t taken = utf8_decode(bytes, length, &character);

    if (taken > 0) {
        memcpy(shown, bytes, taken);
        shown[taken] = '\0';
        if (text_printable(shown))
            return taken;
    }
    (void)snprintf(shown, 8, "\\x%02x", (unsigned char)bytes[0]);
    return 1;
}

static const char *show(const char *bytes, size_t length, char out[AUTHENTICODE_NAME_SIZE])
{
    const size_t room = AUTHENTICODE_NAME_SIZE - sizeof "\\x00...";
    size_t used = 0;
    size_t at = 0;
    char shown[8];

    while (at < length && used <= room) {
        at += show_character(bytes + at, length - at, shown);
        used += (size_t)snprintf(out + used, AUTHENTICODE_NAME_SIZE - used, "%s", shown);
    }
    (void)snprintf(out + used, AUTHENTICODE_NAME_SIZE - used, "%s", at < length ? "..." : "");
    return out;
}

const char *name_whole(const X509_NAME *name, char out[AUTHENTICODE_NAME_SIZE])
{
    CLEANUP(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
    char *bytes = NULL;
    long length = 0;

    /* Bytes above 127 stay: they are UTF-8, and show() looks after them. */
    if (bio &&
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned)ASN1_STRFLGS_ESC_MSB) >= 0)
        length = BIO_get_mem_data(bio, &bytes);
    return show(bytes, length > 0 ? (size_t)length : 0, out);
}

static const ASN1_STRING *last_common_name(const X509_NAME *name)
{
    const ASN1_STRING *found = NULL;

    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;)
        found = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    return found;
}

const char *name_common(const X509_NAME *name, char out[AUTHENTICODE_NAME_SIZE])
{
    const ASN1_STRING *common = last_common_name(name);
    CLEANUP(OPENSSL_free) unsigned char *bytes = NULL;
    const int length = common ? ASN1_STRING_to_UTF8(&bytes, common) : 0;

    if (length > 0)
        return show((const char *)bytes, (size_t)length, out);
    ERR_clear_error();
    return name_whole(name, out);
}

const char *trust_name(const X509 *certificate, char out[AUTHENTICODE_NAME_SIZE])
{
    return name_common(X509_get_subject_name(certificate), out);
}
