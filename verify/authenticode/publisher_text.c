/* See publisher_text.h. */
#include "verify/authenticode/publisher_text.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void publisher_name_free(PublisherName *name)
{
    for (size_t i = 0; i < name->count; i++) {
        ASN1_OBJECT_free(name->parts[i].type);
        free(name->parts[i].value);
    }
    *name = (PublisherName){0};
}

static bool refuse(const char *text, const char *why, Error *err)
{
    error_set(err, ERR_SETTINGS, "publisher \"%.200s\" %s", text, why);
    return error_hint(err, "Write parts of the certificate's subject, such as \"CN=Example Ltd, "
                           "O=Example\", or spki: or cert: and a SHA-256.");
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " ");
}

/* ---- the type ---- */

/* How Windows writes what OpenSSL calls otherwise, and what people write in small letters. */
static int type_nid(const char *type)
{
    static const struct {
        const char *word;
        int nid;
    } words[] = {
        {"CN",           NID_commonName            },
        {"O",            NID_organizationName      },
        {"OU",           NID_organizationalUnitName},
        {"C",            NID_countryName           },
        {"L",            NID_localityName          },
        {"ST",           NID_stateOrProvinceName   },
        {"S",            NID_stateOrProvinceName   },
        {"STREET",       NID_streetAddress         },
        {"PostalCode",   NID_postalCode            },
        {"SERIALNUMBER", NID_serialNumber          },
        {"E",            NID_pkcs9_emailAddress    },
        {"emailAddress", NID_pkcs9_emailAddress    },
        {"DC",           NID_domainComponent       },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (text_equal_ignoring_case(type, words[i].word))
            return words[i].nid;
    return NID_undef;
}

static bool parse_type(const char **at, ASN1_OBJECT **out)
{
    const size_t length = strcspn(*at, "= ,+\"\\");
    CLEANUP(free) char *type = text_copy_bytes(*at, length);
    const char *behind = skip_blanks(*at + length);

    if (!type || length == 0 || *behind != '=')
        return false;
    if (type_nid(type) != NID_undef)
        *out = OBJ_nid2obj(type_nid(type));
    else
        *out = OBJ_txt2obj(type, 0); /* a name of OpenSSL's, or 1.2.3 */
    ERR_clear_error();
    *at = skip_blanks(behind + 1);
    return *out != NULL;
}

/* ---- the value ---- */

/* Behind a backslash: two hexadecimal digits, or the character itself. */
static bool take_escaped(const char **at, Text *value)
{
    const int high = text_hex_digit((*at)[0]);
    const int low = high >= 0 ? text_hex_digit((*at)[1]) : -1;
    const char byte = (char)(high * 16 + low);

    if (low >= 0) {
        text_append_bytes(value, &byte, 1);
        *at += 2;
        return byte != '\0';
    }
    if ((*at)[0] == '\0' || !strchr(" \"#+,;<=>\\", (*at)[0]))
        return false;
    text_append_bytes(value, *at, 1);
    *at += 1;
    return true;
}

static bool take_quoted(const char **at, Text *value)
{
    while (**at != '"') {
        const char c = **at;

        if (c == '\0')
            return false;
        *at += 1;
        if (c == '\\' && !take_escaped(at, value))
            return false;
        if (c != '\\')
            text_append_bytes(value, &c, 1);
    }
    *at = skip_blanks(*at + 1);
    return true;
}

/* Blanks at the end belong to it only if they are escaped. */
static bool take_plain(const char **at, Text *value)
{
    size_t kept = 0;

    while (**at != '\0' && **at != ',' && **at != '+') {
        const char c = **at;

        if (strchr("\";<>", c))
            return false;
        *at += 1;
        if (c == '\\' && !take_escaped(at, value))
            return false;
        if (c != '\\')
            text_append_bytes(value, &c, 1);
        if (c != ' ')
            kept = value->length;
    }
    value->length = kept;
    return true;
}

static bool parse_value(const char **at, Text *value)
{
    if (**at == '#') /* hexadecimal BER of RFC 2253: nobody pins a publisher like this */
        return false;
    if (**at == '"') {
        *at += 1;
        return take_quoted(at, value) && value->length > 0;
    }
    return take_plain(at, value) && value->length > 0;
}

/* ---- the parts ---- */

static bool parse_part(const char *text, const char **at, PublisherPart *part, Error *err)
{
    CLEANUP_TEXT Text value = {0};

    if (!parse_type(at, &part->type))
        return refuse(text, "has a part that does not begin with a known type and \"=\"", err);
    if (!parse_value(at, &value))
        return refuse(text, "has a part without a value, or with one that is not escaped well",
                      err);
    if (!text_ok(&value, err))
        return false;
    part->value = text_copy_bytes(value.bytes, value.length);
    part->length = value.length;
    return part->value || error_memory(err);
}

bool publisher_name_parse(const char *text, PublisherName *out, Error *err)
{
    const char *at = skip_blanks(text);

    while (out->count < PUBLISHER_PARTS_MOST) {
        if (!parse_part(text, &at, &out->parts[out->count++], err))
            return false;
        if (*at == '\0')
            return true;
        if (*at != ',' && *at != '+')
            return refuse(text, "has something behind a quoted value", err);
        at = skip_blanks(at + 1);
    }
    return refuse(text, "has too many parts", err);
}
