/* cmd_make: keygen, pack and sign: how a release comes to be, on the machine that builds it. */
#include "base/path.h"
#include "base/platform.h"
#include "base/text.h"
#include "cli/commands.h"
#include "deploy/pack.h"
#include "verify/key.h"
#include "verify/keypair.h"
#include "verify/scheme.h"
#include "verify/signer.h"

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

bool command_sign(Session *session, Error *err)
{
    const Options *options = &session->options;
    const char *file = options->arguments[0];
    CLEANUP(free) char *beside = text_formatted("%s.sig", file);
    CLEANUP(free) char *passphrase = NULL;
    CLEANUP(signer_free) Signer *signer = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;

    if (!beside)
        return error_memory(err);
    if (options->keys.count != 1)
        return error_set(err, ERR_USAGE, "sign needs one --key: the private key");
    if ((options->scheme && !scheme_parse(options->scheme, &scheme, err)) ||
        !session_passphrase(session, &passphrase, err) ||
        !signer_load(options->keys.items[0], passphrase, &signer, err) ||
        !signer_sign_file(signer, scheme, file, options->output ? options->output : beside, err))
        return false;
    if (output_style(session->output) != OUTPUT_JSON)
        output_line(session->output, "%s: signed by key %s (%s)",
                    options->output ? options->output : beside, signer_key_id(signer),
                    scheme_name(scheme));
    return true;
}
