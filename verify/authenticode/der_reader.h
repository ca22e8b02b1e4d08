/* der_reader: one element of DER after the other, out of bytes that may be hostile.
 *
 * For the few structures that OpenSSL has no type for, and for the question that d2i_*() does not
 * answer: where does it end, and is it DER at all? Nothing is copied. Source: ITU-T X.690. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_DER_READER_H
#define GODEPLOY_VERIFY_AUTHENTICODE_DER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DER_TAG_BIT_STRING = 0x03,
    DER_TAG_OCTET_STRING = 0x04,
    DER_TAG_OID = 0x06,
    DER_TAG_SEQUENCE = 0x30,
    DER_TAG_SET = 0x31,
    DER_TAG_CONTEXT_CONSTRUCTED = 0xa0, /* [0]; + n is [n] */
    DER_LENGTH_INDEFINITE = 0x80
};

typedef struct DerReader {
    const uint8_t *at;
    size_t left;
} DerReader;

/* Borrowed from the bytes read. */
typedef struct DerElement {
    int tag; /* identifier octet: class, constructed bit and number */
    const uint8_t *content;
    size_t content_length;
    const uint8_t *whole; /* with tag and length */
    size_t whole_length;
} DerElement;

/* False at the end, and for whatever is no DER: an indefinite length, a length in more octets than
 * it needs, a tag number above 30, content that reaches past the end. The reader then stays. */
bool der_read(DerReader *reader, DerElement *out);
/* The same, and false if the next element has another tag. */
bool der_read_tag(DerReader *reader, int tag, DerElement *out);
DerReader der_inside(const DerElement *element);

/* True if the element, and every one inside it, has a definite length and ends where its parent
 * says. More than 64 levels are refused. */
bool der_is_definite(const DerElement *element);

#endif
