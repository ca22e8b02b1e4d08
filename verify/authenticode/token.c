/* See token.h. */
#include "verify/authenticode/token.h"

#include "verify/authenticode/der_reader.h"
#include "verify/authenticode/signing_certificate.h"
#include "verify/authenticode/stated_time.h"

#include <string.h>

#define OID_TST_INFO "1.2.840.113549.1.9.16.1.4"

/* CMS_signed_get0_data_by_OBJ(): the attribute is there once, and has one value. */
enum { ONLY_ONE = -3 };

void token_free(Token *token)
{
    CMS_ContentInfo_free(token->message);
    TS_TST_INFO_free(token->info);
    *token = (Token){0};
}

/* ---- reading ---- */

static bool decode_message(const uint8_t *bytes, size_t length, Token *token, Finding *finding)
{
    const unsigned char *end = bytes;
    DerReader reader = {bytes, length};
    DerElement whole;

    if (length > TOKEN_SIZE_MOST)
        return finding_set(finding, CODE_TOO_MANY,
                           "the timestamp has %zu bytes, at most %d are looked at", length,
                           TOKEN_SIZE_MOST);
    if (!der_read_tag(&reader, DER_TAG_SEQUENCE, &whole))
        return finding_set(finding, CODE_MALFORMED, "the timestamp is no DER sequence");
    if (reader.left != 0)
        return finding_set(finding, CODE_TRAILING_DATA, "%zu bytes follow the timestamp",
                           reader.left);
    token->message = d2i_CMS_ContentInfo(NULL, &end, (long)length);
    if (!token->message || end != bytes + length ||
        OBJ_obj2nid(CMS_get0_type(token->message)) != NID_pkcs7_signed)
        return finding_set(finding, CODE_MALFORMED, "the timestamp is no CMS SignedData");
    return true;
}

static bool decode_info(Token *token, Finding *finding)
{
    ASN1_OCTET_STRING **content = NULL;
    const unsigned char *end = NULL;

    if (!oid_is(CMS_get0_eContentType(token->message), OID_TST_INFO))
        return finding_set(finding, CODE_CONTENT_TYPE, "the timestamp is not over a TSTInfo");
    content = CMS_get0_content(token->message);
    if (!content || !*content)
        return finding_set(finding, CODE_DETACHED, "the timestamp does not hold what it states");
    end = ASN1_STRING_get0_data(*content);
    token->info = d2i_TS_TST_INFO(NULL, &end, ASN1_STRING_length(*content));
    if (!token->info)
        return finding_set(finding, CODE_MALFORMED, "what the timestamp states is no TSTInfo");
    if (end != ASN1_STRING_get0_data(*content) + ASN1_STRING_length(*content))
        return finding_set(finding, CODE_TRAILING_DATA, "bytes follow the TSTInfo");
    if (TS_TST_INFO_get_version(token->info) != 1)
        return finding_set(finding, CODE_MALFORMED, "the TSTInfo has version %ld, expected 1",
                           TS_TST_INFO_get_version(token->info));
    if (TS_TST_INFO_get_ext_by_critical(token->info, 1, -1) >= 0)
        return finding_set(finding, CODE_CRITICAL_EXTENSION,
                           "the TSTInfo has a critical extension that is not known");
    return true;
}

static bool take_signer(Token *token, Finding *finding)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(token->message);
    const int count = sk_CMS_SignerInfo_num(signers);

    if (count != 1)
        return finding_set(finding, CODE_SIGNER_COUNT,
                           "the timestamp has %d signers, expected exactly one",
                           count > 0 ? count : 0);
    token->signer = sk_CMS_SignerInfo_value(signers, 0);
    return true;
}

bool token_parse(const uint8_t *bytes, size_t length, Token *out, Finding *finding)
{
    CLEANUP_TOKEN Token token = {0};

    if (!decode_message(bytes, length, &token, finding) || !decode_info(&token, finding) ||
        !take_signer(&token, finding))
        return false;
    *out = token;
    token = (Token){0};
    return true;
}

/* ---- is it about this signature? ---- */

static bool check_imprint(const Token *token, const TsaRules *rules, Finding *finding)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(token->info);
    const DigestAlgorithm *digest = tsa_digest(rules, TS_MSG_IMPRINT_get_algo(imprint), finding);
    bool same = false;

    if (!digest ||
        !tsa_stamped_this(rules, digest, TS_MSG_IMPRINT_get_msg(imprint), &same, finding))
        return false;
    return same || finding_set(finding, CODE_IMPRINT_MISMATCH,
                               "the timestamp is over another signature than this one");
}

/* ---- who signed it ---- */

static bool check_content_type(const Token *token, Finding *finding)
{
    const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(
        token->signer, OBJ_nid2obj(NID_pkcs9_contentType), ONLY_ONE, V_ASN1_OBJECT);

    if (!type || !oid_is(type, OID_TST_INFO))
        return finding_set(finding, CODE_ATTRIBUTES,
                           "the signed attributes of the timestamp do not say that it is one");
    return true;
}

/* OpenSSL's own reason for a refusal is thrown away by finding_set(): hostile text may be in it. */
static bool check_signature(const Token *token, STACK_OF(X509) * helpers, Finding *finding)
{
    const unsigned flags = CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY | CMS_NOCRL;

    if (CMS_set1_signers_certs(token->message, helpers, 0) != 1)
        return finding_set(finding, CODE_CERTIFICATE_MISSING,
                           "the certificate of the timestamp's authority is not there");
    if (CMS_verify(token->message, helpers, NULL, NULL, NULL, flags) != 1)
        return finding_set(finding, CODE_SIGNATURE_WRONG,
                           "the signature of the timestamp does not hold");
    return true;
}

static bool collect_helpers(const Token *token, const TsaRules *rules, TsaStatement *statement,
                            Finding *finding)
{
    statement->helpers = CMS_get1_certs(token->message);
    if (!statement->helpers)
        statement->helpers = sk_X509_new_null();
    if (sk_X509_num(statement->helpers) > TOKEN_CERTIFICATES_MOST)
        return finding_set(finding, CODE_TOO_MANY,
                           "the timestamp has %d certificates, at most %d are looked at",
                           sk_X509_num(statement->helpers), TOKEN_CERTIFICATES_MOST);
    return tsa_add_helpers(rules, statement, finding);
}

static bool take_certificate(const Token *token, TsaStatement *statement, Finding *finding)
{
    X509 *certificate = NULL;

    CMS_SignerInfo_get0_algs(token->signer, NULL, &certificate, NULL, NULL);
    if (!certificate || X509_up_ref(certificate) != 1)
        return finding_memory(finding);
    statement->certificate = certificate;
    return true;
}

static bool check_digest(const Token *token, const TsaRules *rules, Finding *finding)
{
    X509_ALGOR *identifier = NULL;

    CMS_SignerInfo_get0_algs(token->signer, NULL, NULL, &identifier, NULL);
    return tsa_digest(rules, identifier, finding) != NULL;
}

bool token_check(const Token *token, const TsaRules *rules, TsaStatement *out, Finding *finding)
{
    CLEANUP_TSA_STATEMENT TsaStatement statement = {.source = TIME_RFC3161};

    if (!collect_helpers(token, rules, &statement, finding) ||
        !check_imprint(token, rules, finding) || !check_content_type(token, finding) ||
        !check_digest(token, rules, finding) ||
        !check_signature(token, statement.helpers, finding) ||
        !take_certificate(token, &statement, finding) ||
        !signing_certificate_check(token->signer, statement.certificate, finding) ||
        !stated_time_ms(TS_TST_INFO_get_time(token->info), &statement.time_ms, finding))
        return false;
    *out = statement;
    statement = (TsaStatement){0};
    return true;
}
