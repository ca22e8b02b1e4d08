/* config_statement: FILE.sig of a configuration file: whose it is, which one in the row, and what
 * its bytes are. See statement.h for its form.
 *
 *     {"schema": "godeploy-config/1", "app": "shop-api", "sequence": 7,
 *      "created": "2026-11-23T00:00:00.000Z", "expires": "...", "size": 120, "sha256": "<64 hex>"}
 *
 * `expires` may be missing. App and sequence are inside the signed bytes: a file of another app or
 * one from last year is signed just as well, and must not be believed again. */
#ifndef GODEPLOY_VERIFY_CONFIG_STATEMENT_H
#define GODEPLOY_VERIFY_CONFIG_STATEMENT_H

#include "verify/statement.h"

enum { CONFIG_FILE_LIMIT = 16 * 1024 * 1024, CONFIG_APP_SIZE = 64 };

typedef struct ConfigStatement {
    char app[CONFIG_APP_SIZE];
    int64_t sequence; /* 1 and up */
    int64_t created_ms;
    int64_t expires_ms; /* 0: never */
    uint64_t size_bytes;
    Digest digest;
    char key_id[KEY_ID_SIZE]; /* who signed it */
} ConfigStatement;

typedef struct ConfigExpectation {
    const char *app;
    int64_t after;  /* the highest sequence accepted so far; 0: none */
    int64_t now_ms; /* clock_wall_ms() */
} ConfigExpectation;

bool config_statement_read(const char *path, const Keyring *keyring, SignatureScheme scheme,
                           ConfigStatement *out, Error *err);

/* Is it for this app, newer than what was accepted, and not expired? ERR_REFUSED, ERR_DOWNGRADE or
 * ERR_EXPIRED with both values. */
bool config_statement_check(const ConfigStatement *statement, const ConfigExpectation *expected,
                            Error *err);
/* Is this the content that was signed? ERR_DIGEST_MISMATCH. */
bool config_statement_matches(const ConfigStatement *statement, const void *bytes, size_t length,
                              Error *err);

/* Puts size and digest of the configuration in `file` into the statement. */
bool config_statement_measure(const char *file, ConfigStatement *statement, Error *err);
/* Of a statement that is filled in, but for its key. */
bool config_statement_sign(const Signer *signer, SignatureScheme scheme,
                           const ConfigStatement *statement, const char *path, Error *err);

#endif
