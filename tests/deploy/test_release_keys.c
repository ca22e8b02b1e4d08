/* Tests deploy/release/release_keys.c: a key counts as long as the settings vouch for it, if only
 * through keys that announced it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file/file.h"
#include "deploy/release/release_keys.h"
#include "tests/support/temporary_folder.h"
#include "verify/key_statement.h"
#include "verify/keypair.h"

#include <stdio.h>
#include <string.h>

typedef struct KeyFiles {
    char private[300], public[300], id[KEY_ID_SIZE];
} KeyFiles;

/* Made once: it takes longer than a test. `old` has announced `next`; `other` stands alone. */
static struct {
    char folder[TEMPORARY_FOLDER_SIZE];
    KeyFiles old, next, other;
    char statement[300];
} made;

static bool make(const char *name, KeyFiles *out, Error *err)
{
    CLEANUP(public_key_free) PublicKey *key = NULL;

    (void)snprintf(out->private, sizeof out->private, "%s/%s.key", made.folder, name);
    (void)snprintf(out->public, sizeof out->public, "%s/%s.pem", made.folder, name);
    if (!keypair_create(2048, out->private, out->public, NULL, err) ||
        !public_key_load(out->public, &key, err))
        return false;
    (void)snprintf(out->id, sizeof out->id, "%s", public_key_id(key));
    return true;
}

static int keys_make(void **state)
{
    CLEANUP(signer_free) Signer *signer = NULL;
    Error err = {0};

    (void)state;
    if (!temporary_folder_make(made.folder, "keys"))
        return -1;
    (void)snprintf(made.statement, sizeof made.statement, "%s/next.statement", made.folder);
    return make("old", &made.old, &err) && make("next", &made.next, &err) &&
                   make("other", &made.other, &err) &&
                   signer_load(made.old.private, NULL, &signer, &err) &&
                   key_statement_sign(signer, SCHEME_PKCS1_SHA256, made.next.public, made.statement,
                                      &err)
               ? 0
               : -1;
}

static int keys_remove(void **state)
{
    Error err = {0};

    (void)state;
    return folder_remove_tree(made.folder, &err) ? 0 : -1;
}

/* Settings as an operator has them; NULL: not there. */
typedef struct Trust {
    const char *key, *second_key; /* verify.rsa.keys */
    const char *announced, *deny;
} Trust;

static void add(TextList *list, const char *item)
{
    Error err = {0};

    if (item)
        assert_true(text_list_add(list, item, &err));
}

static bool ask(const Trust *trust, const char *key_id, Error *err)
{
    static char scheme[] = "pkcs1-sha256";
    Settings settings = {.verify.rsa.scheme = scheme};
    bool counts = false;

    add(&settings.verify.rsa.keys, trust->key);
    add(&settings.verify.rsa.keys, trust->second_key);
    add(&settings.verify.rsa.announced, trust->announced);
    add(&settings.verify.rsa.deny, trust->deny);
    counts = release_key_counts(&settings, key_id, err);
    text_list_free(&settings.verify.rsa.keys);
    text_list_free(&settings.verify.rsa.announced);
    text_list_free(&settings.verify.rsa.deny);
    return counts;
}

static void must_count(Trust trust, const KeyFiles *key)
{
    Error err = {0};

    if (!ask(&trust, key->id, &err))
        fail_msg("%s does not count: %s", key->public, err.message);
}

static void must_not_count(Trust trust, const KeyFiles *key, const char *words)
{
    Error err = {0};

    assert_false(ask(&trust, key->id, &err));
    assert_int_equal(err.code, ERR_KEY);
    if (!strstr(err.message, key->id) || !strstr(err.message, words) || err.hint[0] == '\0')
        fail_msg("\"%s\" does not say \"%s\" of %s", err.message, words, key->id);
}

static void a_key_of_the_settings_counts_and_so_does_one_that_it_announced(void **state)
{
    const Trust trust = {.key = made.old.public, .announced = made.statement};

    (void)state;
    must_count(trust, &made.old);
    must_count(trust, &made.next);
    must_not_count(trust, &made.other, "counts no more");
}

static void a_denied_key_takes_with_it_what_it_announced(void **state)
{
    Trust trust = {.key = made.old.public,
                   .second_key = made.other.public,
                   .announced = made.statement,
                   .deny = made.old.id};

    (void)state;
    must_not_count(trust, &made.old, "has been denied since");
    must_not_count(trust, &made.next, made.statement);
    trust.announced = NULL; /* as the doctor says to do */
    must_not_count(trust, &made.next, "no key that counts has announced it");
    trust.key = NULL;
    must_not_count(trust, &made.next, "no key that counts has announced it");
}

static void what_a_denied_key_announced_speaks_against_no_other(void **state)
{
    (void)state;
    must_count((Trust){.key = made.other.public, .announced = made.statement, .deny = made.old.id},
               &made.other);
    must_count((Trust){.key = made.next.public, .announced = made.statement, .deny = made.old.id},
               &made.next);
}

static void a_denied_key_is_denied_where_none_can_be_read(void **state)
{
    const Trust trust = {.key = "/nowhere/key.pem", .deny = made.old.id};
    Error err = {0};

    (void)state;
    must_not_count(trust, &made.old, "has been denied since");
    assert_false(ask(&trust, made.other.id, &err));
    assert_non_null(strstr(err.message, "/nowhere/key.pem"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_of_the_settings_counts_and_so_does_one_that_it_announced),
        cmocka_unit_test(a_denied_key_takes_with_it_what_it_announced),
        cmocka_unit_test(what_a_denied_key_announced_speaks_against_no_other),
        cmocka_unit_test(a_denied_key_is_denied_where_none_can_be_read),
    };

    return cmocka_run_group_tests(tests, keys_make, keys_remove);
}
