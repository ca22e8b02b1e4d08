/* statement: a short document in JSON and the signature over its very bytes, in one file of two
 * lines:
 *
 *     {"schema": "godeploy-config/1", ...}
 *     <base64 of the raw RSA signature over the first line, without its line end>
 *
 * `schema` is the role of the document. It lies inside the signed bytes, so that a signed statement
 * of one kind is never taken for one of another, nor for an archive or a checksums file. The bytes
 * are verified before they are parsed. */
#ifndef GODEPLOY_VERIFY_STATEMENT_H
#define GODEPLOY_VERIFY_STATEMENT_H

#include "base/json.h"
#include "verify/keyring.h"
#include "verify/scheme.h"
#include "verify/signer.h"

enum { STATEMENT_LIMIT = 64 * 1024 };

/* Who is believed, and which members a statement of this kind has. */
typedef struct StatementRules {
    const Keyring *keyring;
    SignatureScheme scheme;
    const char *schema;
    const char *const *members; /* besides "schema", NULL-terminated; any other is refused */
} StatementRules;

/* One whose signature is good. */
typedef struct Statement {
    Json *body;               /* owned */
    char key_id[KEY_ID_SIZE]; /* who signed it */
} Statement;

/* ERR_SIGNATURE, ERR_KEY, or ERR_REFUSED for a form or role that is not the one asked for. */
bool statement_open(const char *bytes, size_t length, const StatementRules *rules, Statement *out,
                    Error *err);
/* The same from a file; ERR_SIGNATURE if there is none. */
bool statement_read_file(const char *path, const StatementRules *rules, Statement *out, Error *err);
void statement_free(Statement *statement);
#define CLEANUP_STATEMENT __attribute__((cleanup(statement_free)))

/* Signs `body`, which has its schema already, and writes both lines to `path`, durable. */
bool statement_write_file(const Signer *signer, SignatureScheme scheme, const Json *body,
                          const char *path, Error *err);

/* For who reads a body: ERR_REFUSED names the member. Texts are borrowed from the body. */
bool statement_get_text(const Json *body, const char *name, const char **out, Error *err);
bool statement_get_time(const Json *body, const char *name, int64_t *out_ms, Error *err);
bool statement_get_number(const Json *body, const char *name, int64_t least, int64_t *out,
                          Error *err);
bool statement_get_digest(const Json *body, const char *name, Digest *out, Error *err);

#endif
