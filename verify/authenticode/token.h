/* token: an RFC 3161 timestamp token: a CMS message of a TSA over "this imprint existed at this
 * time". Nothing in it is believed yet.
 *
 * Read by CMS_*(): Microsoft's tokens carry an attribute certificate, which d2i_PKCS7() refuses.
 * Only for verify/authenticode: OpenSSL's types are seen. Source: RFC 3161, 5035, 5652, 5816. */
#ifndef GODEPLOY_VERIFY_AUTHENTICODE_TOKEN_H
#define GODEPLOY_VERIFY_AUTHENTICODE_TOKEN_H

#include "verify/authenticode/finding.h"
#include "verify/authenticode/tsa.h"
#include "verify/openssl.h"

#include <stddef.h>
#include <stdint.h>

enum {
    TOKEN_SIZE_MOST = 256 * 1024, /* real ones have 3 to 10 KiB */
    TOKEN_CERTIFICATES_MOST = 32  /* and up to six certificates */
};

typedef struct Token {
    CMS_ContentInfo *message; /* owned */
    CMS_SignerInfo *signer;   /* the only one; lives as long as `message` */
    TS_TST_INFO *info;        /* owned */
} Token;

bool token_parse(const uint8_t *bytes, size_t length, Token *out, Finding *finding);
void token_free(Token *token); /* its parts, not the struct */
#define CLEANUP_TOKEN __attribute__((cleanup(token_free)))

/* Is the token about this signature, and whole? Who says so, and whether he may, is for tsa.h. */
bool token_check(const Token *token, const TsaRules *rules, TsaStatement *out, Finding *finding);

#endif
