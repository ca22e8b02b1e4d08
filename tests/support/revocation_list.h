/* revocation_list: CRLs of our own authority. Asserts with cmocka. Source: RFC 5280, 5. */
#ifndef GODEPLOY_TESTS_SUPPORT_REVOCATION_LIST_H
#define GODEPLOY_TESTS_SUPPORT_REVOCATION_LIST_H

#include "tests/support/authority.h"

enum {
    REASON_UNSPECIFIED = 0,
    REASON_KEY_COMPROMISE = 1,
    REASON_CA_COMPROMISE = 2,
    REASON_SUPERSEDED = 4,
    REASON_CESSATION = 5,
    REASON_REMOVE = 8
};

typedef struct Revocation {
    const Identity *who;
    int64_t date_ms;
    int reason;            /* REASON_UNSPECIFIED: the entry gives none */
    int64_t invalidity_ms; /* invalidityDate; 0: none */
} Revocation;

typedef struct RevocationListPlan {
    const Identity *issuer;
    const Revocation *entries;
    size_t count;
    int64_t this_update_ms;    /* 0: a day before TEST_NOW_MS */
    int64_t next_update_ms;    /* 0: a week after it */
    const char *digest;        /* NULL: SHA256 */
    const Identity *forged_by; /* whose key signs it in the issuer's name; NULL: the issuer's own */
    bool der;                  /* the file is DER, not PEM */
} RevocationListPlan;

void revocation_list_write(const char *path, const RevocationListPlan *plan);

#endif
