/* cmd_verify: files by themselves, without a deployment: who signed them, and does that count? */
#include "base/file/file.h"
#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/file_verdict.h"
#include "cli/verdict_table.h"
#include "deploy/release/programs.h"
#include "deploy/release/release_keys.h"
#include "verify/authenticode/second_judge.h"
#include "verify/keyring.h"
#include "verify/scheme.h"

#include <string.h>

/* ---- by whom ---- */

/* What signatures are held against; whom_free() ends it. */
typedef struct Whom {
    Keyring *keyring;
    AuthenticodePolicy *policy;
    SignatureScheme scheme;
    bool also_windows, windows_revocation; /* FileJudge's */
} Whom;

static void whom_free(Whom *whom)
{
    keyring_free(whom->keyring);
    authenticode_policy_free(whom->policy);
}
#define CLEANUP_WHOM __attribute__((cleanup(whom_free)))

static bool copy_list(const OptionList *from, TextList *to, Error *err)
{
    for (size_t i = 0; i < from->count; i++)
        if (!text_list_add(to, from->items[i], err))
            return false;
    return true;
}

static bool load_keys(const Options *options, Whom *whom, Error *err)
{
    CLEANUP_TEXT_LIST TextList keys = {0};

    if (options->keys.count == 0)
        return true;
    return copy_list(&options->keys, &keys, err) && keyring_load(&keys, NULL, &whom->keyring, err);
}

static bool load_policy(const Options *options, Whom *whom, Error *err)
{
    CLEANUP_TEXT_LIST TextList ca = {0};
    CLEANUP_TEXT_LIST TextList tsa_ca = {0};
    CLEANUP_TEXT_LIST TextList crls = {0};
    CLEANUP_TEXT_LIST TextList publishers = {0};
    const AuthenticodeOptions wanted = {.ca = &ca,
                                        .tsa_ca = &tsa_ca,
                                        .crls = &crls,
                                        .publishers = &publishers,
                                        .partial_chain = options->partial_chain,
                                        .allow_sha1 = options->allow_sha1,
                                        .require_timestamp = options->require_timestamp,
                                        .at_ms = options->at_ms};

    if (options->ca.count == 0)
        return true;
    return copy_list(&options->ca, &ca, err) && copy_list(&options->tsa_ca, &tsa_ca, err) &&
           copy_list(&options->crls, &crls, err) &&
           copy_list(&options->publishers, &publishers, err) &&
           authenticode_policy_load(&wanted, &whom->policy, err);
}

static bool refuse_nobody(Error *err)
{
    (void)error_set(err, ERR_USAGE, "neither --ca nor --key was given, and there are no settings");
    return error_hint(err, "--ca PEM names who may vouch for the signer of a Windows program, "
                           "--key PEM who may have signed anything else.");
}

static bool load_settings(Session *session, Whom *whom, Error *err)
{
    const Options *options = &session->options;
    const Settings *settings = NULL;
    SignatureScheme pinned = SCHEME_PKCS1_SHA256;

    if (!options->file && !file_exists("godeploy.yaml"))
        return refuse_nobody(err);
    if (!session_settings(session, err))
        return false;
    settings = session->settings;
    if (!release_keys_load(settings, &whom->keyring, &pinned, err))
        return false;
    if (!options->scheme)
        whom->scheme = pinned;
    whom->also_windows = whom->also_windows || settings->verify.authenticode.also_windows;
    whom->windows_revocation = settings->verify.authenticode.windows_revocation;
    return (settings->verify.authenticode.require == PROGRAMS_NONE ||
            programs_policy(settings, &whom->policy, err));
}

/* What the command line names, and nothing else; the settings where it names nobody. */
static bool load(Session *session, Whom *whom, Error *err)
{
    const Options *options = &session->options;

    if (options->scheme && !scheme_parse(options->scheme, &whom->scheme, err))
        return false;
    if (options->keys.count == 0 && options->ca.count == 0)
        return load_settings(session, whom, err);
    return load_keys(options, whom, err) && load_policy(options, whom, err);
}

static void warn_of_weak_keys(Session *session, const Keyring *keyring)
{
    for (size_t i = 0; keyring && i < keyring_count(keyring); i++) {
        const PublicKey *key = keyring_key(keyring, i);

        if (public_key_weakness(key))
            output_note(session->output, "warning: %s: %s", public_key_path(key),
                        public_key_weakness(key));
    }
}

/* ---- the files ---- */

typedef struct Verifying {
    Session *session;
    FileJudge judge;
    Table *table; /* NULL with --json */
    size_t refused;
    size_t printed; /* as JSON */
    bool out_of_memory;
} Verifying;

static void *judge_file(void *context, size_t index)
{
    const Verifying *verifying = context;

    return interrupt_requested()
               ? NULL
               : file_verdict(&verifying->judge, verifying->session->options.arguments[index]);
}

static void print_verdict(void *context, size_t index, void *result)
{
    Verifying *verifying = context;
    CLEANUP(json_free) Json *verdict = result;

    verifying->out_of_memory = verifying->out_of_memory || !verdict;
    verifying->refused += json_get_bool(verdict, "ok", false) ? 0 : 1;
    if (verdict && !verifying->table)
        output_json_item(verifying->session->output, verifying->printed++, verdict);
    else if (verdict)
        verdict_table_row(verifying->table, verifying->session->options.arguments[index], verdict);
}

static bool conclude(const Verifying *verifying, Error *err)
{
    if (!interrupt_check(err))
        return false;
    if (verifying->out_of_memory)
        return error_memory(err);
    if (verifying->refused == 0)
        return true;
    (void)error_set(err, ERR_REFUSED, "%zu of %d files refused", verifying->refused,
                    verifying->session->options.argument_count);
    if (!verifying->judge.policy)
        (void)error_hint(err, "Only signatures beside the files were looked at. For those inside "
                              "Windows programs name an authority: --ca PEM.");
    return false;
}

/* Every file is judged, and each gets its line; one refused is enough for exit status 6. */
static bool verify_files(Verifying *verifying, Error *err)
{
    Output *output = verifying->session->output;
    const ParallelWork work = {.count = (size_t)verifying->session->options.argument_count,
                               .work = judge_file,
                               .done = print_verdict,
                               .context = verifying};

    if (output_style(output) != OUTPUT_JSON && !(verifying->table = verdict_table_new()))
        return error_memory(err);
    parallel_run(&work);
    if (verifying->table)
        output_table_print(output, verifying->table);
    else
        output_json_item(output, verifying->printed, NULL);
    output_table_free(verifying->table);
    return conclude(verifying, err);
}

/* ---- what was asked ---- */

/* For the stage the settings say it. */
static bool check_stage(const Options *options, Error *err)
{
    static const OptionId of_files[] = {OPTION_KEY,    OPTION_SIG, OPTION_CHECKSUMS,
                                        OPTION_SCHEME, OPTION_CA,  OPTION_ALSO_WINDOWS,
                                        OPTION_END};

    for (const OptionId *id = of_files; *id != OPTION_END; id++)
        if (options->given[*id])
            return error_set(err, ERR_USAGE,
                             "--%s is for files by themselves, and no FILE is named",
                             option_name(*id));
    return true;
}

static const OptionId of_authorities[] = {
    OPTION_TSA_CA,     OPTION_PUBLISHER,         OPTION_CRL, OPTION_PARTIAL_CHAIN,
    OPTION_ALLOW_SHA1, OPTION_REQUIRE_TIMESTAMP, OPTION_AT,  OPTION_END};

/* Whoever asks for a publisher must not be told "good" by a check that looked at none. */
static bool check_asked(const Options *options, Error *err)
{
    if (options->signature && !options->checksums && options->argument_count > 1)
        return error_set(err, ERR_USAGE, "--sig names one signature, and there are %d files",
                         options->argument_count);
    for (const OptionId *id = of_authorities; options->ca.count == 0 && *id != OPTION_END; id++)
        if (options->given[*id])
            return error_set(err, ERR_USAGE, "--%s needs --ca", option_name(*id));
    if ((options->signature || options->checksums) && options->ca.count > 0 &&
        options->keys.count == 0)
        return error_set(err, ERR_USAGE, "--%s needs --key",
                         option_name(options->signature ? OPTION_SIG : OPTION_CHECKSUMS));
    return true;
}

/* Whoever asks for two judges must not be told "good" by one. */
static bool check_windows(const Whom *whom, Error *err)
{
    if (!whom->also_windows)
        return true;
    if (!second_judge_exists())
        return error_set(err, ERR_USAGE,
                         "--also-windows: this system does not judge programs of Windows");
    return whom->policy ||
           error_set(err, ERR_USAGE,
                     "--also-windows needs --ca, or settings with verify.authenticode");
}

bool command_verify(Session *session, Error *err)
{
    const Options *options = &session->options;
    CLEANUP_WHOM Whom whom = {.scheme = SCHEME_PKCS1_SHA256, .also_windows = options->also_windows};
    Verifying verifying = {.session = session};

    if (options->argument_count == 0)
        return check_stage(options, err) && check_asked(options, err) &&
               command_stage(session, err);
    if (!check_asked(options, err) || !load(session, &whom, err) || !check_windows(&whom, err))
        return false;
    warn_of_weak_keys(session, whom.keyring);
    verifying.judge = (FileJudge){.keyring = whom.keyring,
                                  .policy = whom.policy,
                                  .also_windows = whom.also_windows,
                                  .windows_revocation = whom.windows_revocation,
                                  .scheme = whom.scheme,
                                  .signature = options->signature,
                                  .checksums = options->checksums};
    return verify_files(&verifying, err);
}
