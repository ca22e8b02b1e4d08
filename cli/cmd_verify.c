/* cmd_verify: files by themselves, without a deployment: who signed them, and does that count? */
#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "cli/commands.h"
#include "verify/checksums.h"
#include "verify/digest.h"
#include "verify/keyring.h"
#include "verify/scheme.h"
#include "verify/signature.h"

#include <stdio.h>
#include <string.h>

typedef struct FileCheck {
    const Keyring *keyring;
    SignatureScheme scheme;
    const char *signature; /* NULL: beside the file */
    const char *checksums; /* NULL: the signature is over the file itself */
} FileCheck;

/* Keys of the command line, else those of the settings. */
static bool load_keys(Session *session, Keyring **keyring, SignatureScheme *scheme, Error *err)
{
    const Options *options = &session->options;
    TextList keys = {0};
    const char *name = options->scheme;
    bool loaded = true;

    if (options->keys.count == 0) {
        if (!session_settings(session, err)) {
            (void)error_while(err, "no --key was given, and the settings name none");
            return false;
        }
        name = name ? name : session->settings->verify.rsa.scheme;
        return (!name || scheme_parse(name, scheme, err)) &&
               keyring_load(&session->settings->verify.rsa.keys,
                            &session->settings->verify.rsa.deny, keyring, err);
    }
    for (size_t i = 0; loaded && i < options->keys.count; i++)
        loaded = text_list_add(&keys, options->keys.items[i], err);
    loaded = loaded && (!name || scheme_parse(name, scheme, err)) &&
             keyring_load(&keys, NULL, keyring, err);
    text_list_free(&keys);
    return loaded;
}

static bool check_listed(const char *checksums, const char *file, const Digest *digest, Error *err)
{
    CLEANUP(free) char *text = NULL;
    size_t length = 0;
    Digest promised = {0};

    if (!file_read_all(checksums, CHECKSUMS_LIMIT, &text, &length, err) ||
        !checksums_find(text, length, path_file_name(file), &promised, err))
        return false;
    return digest_equal(&promised, digest) ||
           error_set(err, ERR_DIGEST_MISMATCH, "%s is not the file that %s lists", file, checksums);
}

static bool check_file(const FileCheck *check, const char *file, SignatureVerdict *verdict,
                       Error *err)
{
    const char *is_signed = check->checksums ? check->checksums : file;
    CLEANUP(free) char *beside = text_formatted("%s.sig", is_signed);
    SignatureClaim claim = {.scheme = check->scheme};
    Digest digest = {0}, signed_digest = {0};

    if (!beside)
        return error_memory(err);
    if (!digest_file(file, &digest, err) || !digest_file(is_signed, &signed_digest, err))
        return false;
    claim.content = &signed_digest;
    return signature_check_file(check->keyring, &claim,
                                check->signature ? check->signature : beside, verdict, err) &&
           (!check->checksums || check_listed(check->checksums, file, &digest, err));
}

static Json *verdict_json(const char *file, bool good, const SignatureVerdict *verdict,
                          const Error *why)
{
    Json *one = json_new_object();

    (void)json_put_text(one, "file", file);
    (void)json_put_bool(one, "ok", good);
    (void)json_put_text(one, "code", verdict->code);
    (void)json_put_text(one, "key", verdict->key_id[0] != '\0' ? verdict->key_id : NULL);
    (void)json_put_text(one, "reason", good ? verdict->reason : why->message);
    return one;
}

/* Every file is judged, and each gets its line; one refused is enough for exit status 6. */
static bool verify_files(Session *session, const FileCheck *check, Error *err)
{
    static const char *const headings[] = {"file", "verdict", "key", "reason"};
    CLEANUP(json_free) Json *list = json_new_array();
    Table *table = output_table_new(headings, 4);
    int refused = 0;

    for (int i = 0; i < session->options.argument_count; i++) {
        const char *file = session->options.arguments[i];
        SignatureVerdict verdict = {.code = "unreadable"};
        Error why = {0};
        bool good = check_file(check, file, &verdict, &why);
        const char *const cells[] = {file, good ? "good" : "REFUSED", verdict.key_id,
                                     good ? verdict.reason : why.message};

        refused += good ? 0 : 1;
        output_table_row(table, cells);
        (void)json_push(list, verdict_json(file, good, &verdict, &why));
    }
    if (output_style(session->output) == OUTPUT_JSON)
        output_json(session->output, list);
    else
        output_table_print(session->output, table);
    output_table_free(table);
    return refused == 0 || error_set(err, ERR_REFUSED, "%d of %d files refused", refused,
                                     session->options.argument_count);
}

bool command_verify(Session *session, Error *err)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    FileCheck check = {.scheme = SCHEME_PKCS1_SHA256,
                       .signature = session->options.signature,
                       .checksums = session->options.checksums};

    if (session->options.argument_count == 0)
        return command_stage(session, err);
    if (check.signature && !check.checksums && session->options.argument_count > 1)
        return error_set(err, ERR_USAGE, "--sig names one signature, and there are %d files",
                         session->options.argument_count);
    if (!load_keys(session, &keyring, &check.scheme, err))
        return false;
    check.keyring = keyring;
    return verify_files(session, &check, err);
}
