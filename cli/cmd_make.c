/* cmd_make: keygen, pack and sign: how a release comes to be, on the machine that builds it. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/path.h"
#include "base/platform.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/archive/pack.h"
#include "verify/config_statement.h"
#include "verify/key.h"
#include "verify/key_statement.h"
#include "verify/keypair.h"
#include "verify/scheme.h"
#include "verify/signer.h"

#include <stdio.h>
#include <string.h>

/* ---- keygen ---- */

static void say_keys(Session *session, const char *private_path, const char *public_path,
                     const char *id)
{
    CLEANUP(json_free) Json *document = json_new_object();

    (void)json_put_text(document, "private_key", private_path);
    (void)json_put_text(document, "public_key", public_path);
    (void)json_put_text(document, "key_id", id);
    if (output_style(session->output) == OUTPUT_JSON) {
        output_json(session->output, document);
        return;
    }
    output_line(session->output, "private key: %s (keep it secret, never on a host that deploys)",
                private_path);
    output_line(session->output, "public key:  %s (id %s; verify.rsa.keys)", public_path, id);
}

bool command_keygen(Session *session, Error *err)
{
    const Options *options = &session->options;
    const char *name = options->output ? options->output : "release";
    CLEANUP(free) char *private_path = text_formatted("%s.key", name);
    CLEANUP(free) char *public_path = text_formatted("%s.pem", name);
    CLEANUP(free) char *passphrase = NULL;
    CLEANUP(public_key_free) PublicKey *key = NULL;
    int bits = options->bits > 0 ? (int)options->bits : KEYPAIR_BITS_DEFAULT;

    if (!private_path || !public_path)
        return error_memory(err);
    if (!session_passphrase(session, &passphrase, err) ||
        !keypair_create(bits, private_path, public_path, passphrase, err) ||
        !public_key_load(public_path, &key, err))
        return false;
    say_keys(session, private_path, public_path, public_key_id(key));
    return true;
}

/* ---- pack ---- */

static bool need(const Options *options, OptionId id, const char *what, Error *err)
{
    return options->given[id] || error_set(err, ERR_USAGE, "pack needs %s", what);
}

static void say_packed(Session *session, const PackRequest *request, const PackReport *report)
{
    CLEANUP(json_free) Json *document = json_new_object();
    char size[TEXT_QUANTITY_SIZE], packed[TEXT_QUANTITY_SIZE];

    (void)json_put_text(document, "archive", request->out_path);
    (void)json_put_integer(document, "files", (int64_t)report->files);
    (void)json_put_integer(document, "bytes", (int64_t)report->bytes);
    (void)json_put_integer(document, "archive_bytes", (int64_t)report->archive_bytes);
    if (output_style(session->output) == OUTPUT_JSON) {
        output_json(session->output, document);
        return;
    }
    if (report->empty_folders > 0)
        output_note(session->output,
                    "%llu empty folders were left out: a release is a set of files",
                    (unsigned long long)report->empty_folders);
    output_line(session->output, "%s: %s %s for %s/%s, %llu files, %s, packed %s",
                request->out_path, request->name, request->version, request->os, request->arch,
                (unsigned long long)report->files, text_size(report->bytes, size),
                text_size(report->archive_bytes, packed));
}

bool command_pack(Session *session, Error *err)
{
    const Options *options = &session->options;
    Platform here = platform_here();
    PackReport report = {0};
    PackRequest request = {
        .folder = options->arguments[0],
        .out_path = options->output,
        .name = options->name,
        .version = options->version,
        .os = options->os ? options->os : here.os,
        .arch = options->arch ? options->arch : here.arch,
        .expires_ms = options->expires_ms,
        .command = options->command_line.count > 0 ? options->command_line.items : NULL,
    };

    if (!need(options, OPTION_OUTPUT, "-o FILE", err) ||
        !need(options, OPTION_NAME, "--name APP", err) ||
        !need(options, OPTION_VERSION, "--version V", err) || !pack_release(&request, &report, err))
        return false;
    say_packed(session, &request, &report);
    return true;
}

/* ---- sign ---- */

/* What is signed, and where the result goes. */
typedef struct Signing {
    const Signer *signer;
    SignatureScheme scheme;
    const char *file;
    const char *out;
} Signing;

static bool sign_config(const Options *options, const Signing *signing, Error *err)
{
    ConfigStatement statement = {.sequence = options->sequence,
                                 .created_ms = clock_wall_ms(),
                                 .expires_ms = options->expires_ms};

    if (!options->given[OPTION_NAME] || !options->given[OPTION_SEQUENCE])
        return error_set(err, ERR_USAGE, "sign --config needs --name APP and --sequence N");
    if (strlen(options->name) >= sizeof statement.app)
        return error_set(err, ERR_USAGE, "the name of the app is too long");
    (void)snprintf(statement.app, sizeof statement.app, "%s", options->name);
    return config_statement_measure(signing->file, &statement, err) &&
           config_statement_sign(signing->signer, signing->scheme, &statement, signing->out, err);
}

static bool sign_it(const Options *options, const Signing *signing, Error *err)
{
    if (text_equal(signing->file, signing->out))
        return error_set(err, ERR_USAGE, "what is made would overwrite %s itself", signing->file);
    if (options->announce)
        return key_statement_sign(signing->signer, signing->scheme, signing->file, signing->out,
                                  err);
    if (options->config)
        return sign_config(options, signing, err);
    return signer_sign_file(signing->signer, signing->scheme, signing->file, signing->out, err);
}

static bool check_what_is_signed(const Options *options, Error *err)
{
    const bool about_config = options->given[OPTION_NAME] || options->given[OPTION_SEQUENCE] ||
                              options->given[OPTION_EXPIRES];

    if (options->keys.count != 1)
        return error_set(err, ERR_USAGE, "sign needs one --key: the private key");
    if (options->announce && options->config)
        return error_set(err, ERR_USAGE, "--announce and --config exclude each other");
    if (about_config && !options->config)
        return error_set(err, ERR_USAGE, "--name, --sequence and --expires go with --config");
    if (!file_exists(options->arguments[0]))
        return error_set(err, ERR_USAGE, "%s does not exist: there is nothing to sign",
                         options->arguments[0]);
    return true;
}

bool command_sign(Session *session, Error *err)
{
    const Options *options = &session->options;
    const char *file = options->arguments[0];
    CLEANUP(free)
    char *beside = text_formatted("%s.%s", file, options->announce ? "statement" : "sig");
    CLEANUP(free) char *passphrase = NULL;
    CLEANUP(signer_free) Signer *signer = NULL;
    Signing signing = {.file = file, .out = options->output ? options->output : beside};

    if (!beside)
        return error_memory(err);
    if (!check_what_is_signed(options, err) ||
        (options->scheme && !scheme_parse(options->scheme, &signing.scheme, err)) ||
        !session_passphrase(session, &passphrase, err) ||
        !signer_load(options->keys.items[0], passphrase, &signer, err))
        return false;
    signing.signer = signer;
    if (!sign_it(options, &signing, err))
        return false;
    if (output_style(session->output) != OUTPUT_JSON)
        output_line(session->output, "%s: signed by key %s (%s)", signing.out,
                    signer_key_id(signer), scheme_name(signing.scheme));
    return true;
}
