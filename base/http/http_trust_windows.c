/* See http_trust.h: the certificates of a server are shown to Windows, which judges them as it does
 * for a browser; libcurl still compares the name.
 *
 * libcurl could read the store of roots instead (CURLSSLOPT_NATIVE_CA). But Windows fetches a root
 * when a chain first needs it: on a fresh server that store is nearly empty. And what Windows has
 * learnt to distrust stands in another one. An https proxy beside a file of authorities is the one
 * case where only the store can be had: libcurl gives both connections the same hook.
 *
 * Revocation is not looked up, as on other systems. Sources:
 * https://learn.microsoft.com/windows/win32/api/wincrypt/nf-wincrypt-certgetcertificatechain
 * https://docs.openssl.org/3.0/man3/SSL_CTX_set_cert_verify_callback/ */
#define CERT_CHAIN_PARA_HAS_EXTRA_FIELDS /* dwUrlRetrievalTimeout; <curl/curl.h> reads it too */
#include "base/http/http_trust.h"

#include <windows.h>

#include <wincrypt.h>

#define ERR_STATE OPENSSL_ERR_STATE /* base/error.h has a code of that name */
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#undef ERR_STATE

/* How long Windows may fetch a root or an intermediate that it lacks. */
enum { RETRIEVAL_TIMEOUT_MS = 10000 };

/* ---- what the server sent ---- */

static const CERT_CONTEXT *add(HCERTSTORE store, const X509 *certificate)
{
    unsigned char *der = NULL;
    int length = i2d_X509(certificate, &der);
    const CERT_CONTEXT *added = NULL;

    if (length > 0)
        (void)CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, (DWORD)length,
                                               CERT_STORE_ADD_ALWAYS, &added);
    OPENSSL_free(der);
    return added;
}

/* An intermediate that Windows cannot read is left out: it may do without. */
static void add_all(HCERTSTORE store, const STACK_OF(X509) * certificates)
{
    for (int i = 0; i < sk_X509_num(certificates); i++) {
        const CERT_CONTEXT *added = add(store, sk_X509_value(certificates, i));

        if (added)
            (void)CertFreeCertificateContext(added); /* always TRUE */
    }
}

/* ---- what Windows says of it ---- */

/* The words of OpenSSL, so that one flaw has one name on every system. The first that fits. */
static int in_words_of_openssl(DWORD trouble)
{
    static const struct {
        DWORD trouble;
        int words;
    } table[] = {
        {CERT_TRUST_IS_EXPLICIT_DISTRUST,      X509_V_ERR_CERT_REJECTED                    },
        {CERT_TRUST_IS_REVOKED,                X509_V_ERR_CERT_REVOKED                     },
        {CERT_TRUST_IS_NOT_SIGNATURE_VALID,    X509_V_ERR_CERT_SIGNATURE_FAILURE           },
        {CERT_TRUST_IS_UNTRUSTED_ROOT,         X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN        },
        {CERT_TRUST_IS_PARTIAL_CHAIN,          X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
        {CERT_TRUST_IS_NOT_TIME_VALID,         X509_V_ERR_CERT_HAS_EXPIRED                 },
        {CERT_TRUST_IS_NOT_VALID_FOR_USAGE,    X509_V_ERR_INVALID_PURPOSE                  },
        {CERT_TRUST_INVALID_BASIC_CONSTRAINTS, X509_V_ERR_INVALID_CA                       },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (trouble & table[i].trouble)
            return table[i].words;
    return X509_V_ERR_CERT_REJECTED;
}

/* What the chain alone does not show: whether the root may vouch for servers, as of when. */
static int judge_by_policy(const CERT_CHAIN_CONTEXT *chain)
{
    SSL_EXTRA_CERT_CHAIN_POLICY_PARA of_a_server = {.cbSize = sizeof of_a_server,
                                                    .dwAuthType = AUTHTYPE_SERVER};
    CERT_CHAIN_POLICY_PARA policy = {.cbSize = sizeof policy, .pvExtraPolicyPara = &of_a_server};
    CERT_CHAIN_POLICY_STATUS status = {.cbSize = sizeof status};

    if (!CertVerifyCertificateChainPolicy(CERT_CHAIN_POLICY_SSL, chain, &policy, &status) ||
        status.dwError != 0)
        return X509_V_ERR_CERT_REJECTED;
    return X509_V_OK;
}

static int judge_chain(const CERT_CONTEXT *server, HCERTSTORE sent)
{
    char for_servers[] = szOID_PKIX_KP_SERVER_AUTH;
    char *usages[] = {for_servers};
    CERT_CHAIN_PARA wanted = {
        .cbSize = sizeof wanted,
        .RequestedUsage = {.dwType = USAGE_MATCH_TYPE_OR,
                           .Usage = {.cUsageIdentifier = 1, .rgpszUsageIdentifier = usages}},
        .dwUrlRetrievalTimeout = RETRIEVAL_TIMEOUT_MS
    };
    const CERT_CHAIN_CONTEXT *chain = NULL;
    int verdict = X509_V_OK;

    if (!CertGetCertificateChain(NULL, server, NULL, sent, &wanted, 0, NULL, &chain))
        return X509_V_ERR_UNSPECIFIED;
    if (chain->TrustStatus.dwErrorStatus != CERT_TRUST_NO_ERROR)
        verdict = in_words_of_openssl(chain->TrustStatus.dwErrorStatus);
    else
        verdict = judge_by_policy(chain);
    CertFreeCertificateChain(chain);
    return verdict;
}

/* ---- where libcurl and OpenSSL ask ---- */

static int judge(X509_STORE_CTX *asked, void *context)
{
    HCERTSTORE sent = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    const CERT_CONTEXT *server = sent ? add(sent, X509_STORE_CTX_get0_cert(asked)) : NULL;
    int verdict = X509_V_ERR_UNSPECIFIED;

    (void)context;
    if (server) {
        add_all(sent, X509_STORE_CTX_get0_untrusted(asked));
        verdict = judge_chain(server, sent);
        (void)CertFreeCertificateContext(server); /* always TRUE */
    }
    if (sent)
        (void)CertCloseStore(sent, 0); /* memory only */
    X509_STORE_CTX_set_error(asked, verdict);
    return verdict == X509_V_OK;
}

static CURLcode before_handshake(CURL *easy, void *tls, void *context)
{
    (void)easy;
    (void)context;
    SSL_CTX_set_cert_verify_callback(tls, judge, NULL);
    return CURLE_OK;
}

void http_trust_system(HttpSession *session)
{
    CURLcode code =
        session->curl.easy_setopt(session->easy, CURLOPT_SSL_CTX_FUNCTION, before_handshake);

    if (session->refused == CURLE_OK)
        session->refused = code;
}

void http_trust_system_for_proxy(HttpSession *session)
{
    http_session_number(session, CURLOPT_PROXY_SSL_OPTIONS, CURLSSLOPT_NATIVE_CA);
}
