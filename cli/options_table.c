/* See options_table.h. */
#include "cli/options_table.h"

#include <string.h>

/* Macros and not braces: clang-format 14 falls over rows of unequal length. */
#define ROW(key, word, short_name, type, member, ...)                                              \
    [OPTION_##key] = {.id = OPTION_##key,                                                          \
                      .name = (word),                                                              \
                      .letter = (short_name),                                                      \
                      .kind = OPTION_IS_##type,                                                    \
                      .offset = offsetof(Options, member),                                         \
                      __VA_ARGS__}
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { DAY_MS = 86400000 };

static const OptionRow rows[OPTION_COUNT] = {
    ROW(FILE, "file", 'f', TEXT, file, .argument = "FILE",
        .help = "settings; default godeploy.yaml"),
    ROW(JSON, "json", '\0', FLAG, json, .help = "JSON on stdout, one line for each event"),
    ROW(PLAIN, "plain", '\0', FLAG, plain, .help = "plain lines, as if stderr were no terminal"),
    ROW(QUIET, "quiet", 'q', FLAG, quiet, .help = "only results, warnings and errors"),
    ROW(VERBOSE, "verbose", 'v', FLAG, verbose, .help = "more about each stage"),
    ROW(NO_COLOR, "no-color", '\0', FLAG, no_color, .help = "no colors (as NO_COLOR=1)"),
    ROW(YES, "yes", 'y', FLAG, yes, .help = "do not ask"),
    ROW(HELP, "help", 'h', FLAG, help, .help = "this text"),
    ROW(RELEASE, "release", '\0', TEXT, release, .argument = "PATH|URL",
        .help = "the archive; default release.source of the settings"),
    ROW(VERSION, "version", '\0', TEXT, version, .argument = "V", .help = "version of the release"),
    ROW(RESUME, "resume", '\0', FLAG, resume, .help = "go on with the deployment that is open"),
    ROW(ALLOW_DOWNGRADE, "allow-downgrade", '\0', FLAG, allow_downgrade,
        .help = "take a version older than the newest that served"),
    ROW(WAIT, "wait", '\0', DURATION, wait_ms, .argument = "T", .most = DAY_MS,
        .help = "wait so long for the lock; default: not at all"),
    ROW(DRAIN, "drain", '\0', DURATION, drain_ms, .argument = "T", .most = DAY_MS,
        .help = "time for what is under way; default 30s"),
    ROW(KEY, "key", '\0', LIST, keys, .argument = "PEM", .help = "key file; may be repeated"),
    ROW(SIG, "sig", '\0', TEXT, signature, .argument = "FILE",
        .help = "signature; default FILE.sig beside it"),
    ROW(CHECKSUMS, "checksums", '\0', TEXT, checksums, .argument = "FILE",
        .help = "checksums file that is signed in place of the files"),
    ROW(SCHEME, "scheme", '\0', WORD, scheme, .argument = "SCHEME",
        .words = WORDS("pkcs1-sha256", "pss-sha256"),
        .help = "pkcs1-sha256 (default) or pss-sha256"),
    ROW(CA, "ca", '\0', LIST, ca, .argument = "PEM",
        .help = "authorities that may vouch for the signer of a program; may be repeated"),
    ROW(TSA_CA, "tsa-ca", '\0', LIST, tsa_ca, .argument = "PEM",
        .help = "authorities that may vouch for its timestamp; default: those of --ca"),
    ROW(PUBLISHER, "publisher", '\0', LIST, publishers, .argument = "WHO",
        .help = "who may have signed: \"CN=Example Ltd\", spki:HEX or cert:HEX; may be repeated"),
    ROW(CRL, "crl", '\0', LIST, crls, .argument = "FILE",
        .help = "revocation list, PEM or DER; may be repeated"),
    ROW(PARTIAL_CHAIN, "partial-chain", '\0', FLAG, partial_chain,
        .help = "--ca may hold an intermediate authority without its root"),
    ROW(ALLOW_SHA1, "allow-sha1", '\0', FLAG, allow_sha1,
        .help = "take SHA-1 in signatures, for old programs; never MD5"),
    ROW(REQUIRE_TIMESTAMP, "require-timestamp", '\0', FLAG, require_timestamp,
        .help = "refuse what does not prove when it was signed"),
    ROW(ALSO_WINDOWS, "also-windows", '\0', FLAG, also_windows,
        .help = "on Windows: its own judge (WinVerifyTrust) must agree"),
    ROW(AT, "at", '\0', TIME, at_ms, .argument = "TIME",
        .help = "judge as of then (2026-11-23T00:00:00Z)"),
    ROW(MESSAGE, "message", 'm', TEXT, message, .argument = "TEXT", .help = "why, for others"),
    ROW(SLOT, "slot", '\0', WORD, slot, .argument = "SLOT", .words = WORDS("blue", "green"),
        .help = "blue or green; default: the one that serves"),
    ROW(FOLLOW, "follow", 'f', FLAG, follow, .help = "go on with what comes, until Ctrl-C"),
    ROW(LINES, "lines", 'n', NUMBER, lines, .argument = "N", .least = 1, .most = 1000000,
        .help = "how many of the last lines"),
    ROW(RATE, "rate", '\0', NUMBER, rate, .argument = "R", .least = 1, .most = 1000000,
        .help = "requests per second"),
    ROW(FOR, "for", '\0', DURATION, for_ms, .argument = "T", .least = 1, .most = DAY_MS,
        .help = "how long (10s, 5m)"),
    ROW(MIX, "mix", '\0', TEXT, mix, .argument = "KINDS",
        .help = "keepalive,fresh,post: what is sent"),
    ROW(POST_BYTES, "post-bytes", '\0', SIZE, post_bytes, .argument = "SIZE",
        .most = INT64_C(1) << 30, .help = "body of a POST; default 4KiB"),
    ROW(POST_PATH, "post-path", '\0', TEXT, post_path, .argument = "PATH",
        .help = "where POST goes; default: the URL's path"),
    ROW(STREAM, "stream", '\0', TEXT, stream, .argument = "PATH",
        .help = "keep one long answer open there"),
    ROW(IDENTITY, "identity", '\0', TEXT, identity, .argument = "HEADER",
        .help = "count answers by the value of this header"),
    ROW(TIMEOUT, "timeout", '\0', DURATION, timeout_ms, .argument = "T", .least = 1, .most = DAY_MS,
        .help = "for one request"),
    ROW(OUTPUT, "output", 'o', TEXT, output, .argument = "FILE", .help = "where the result goes"),
    ROW(FOLDER, "folder", '\0', TEXT, folder, .argument = "DIR", .help = "folder to work in"),
    ROW(BITS, "bits", '\0', NUMBER, bits, .argument = "N", .least = 2048, .most = 16384,
        .help = "size of the key; default 3072"),
    ROW(PASSPHRASE_FILE, "passphrase-file", '\0', TEXT, passphrase_file, .argument = "FILE",
        .help = "its first line is the private key's passphrase"),
    ROW(PASSPHRASE_ENV, "passphrase-env", '\0', TEXT, passphrase_env, .argument = "NAME",
        .help = "the variable that holds it"),
    ROW(NAME, "name", '\0', TEXT, name, .argument = "APP", .help = "name of the app"),
    ROW(OS, "os", '\0', TEXT, os, .argument = "OS", .help = "as Go says it: linux, windows"),
    ROW(ARCH, "arch", '\0', TEXT, arch, .argument = "ARCH", .help = "as Go says it: amd64, arm64"),
    ROW(EXPIRES, "expires", '\0', TIME, expires_ms, .argument = "TIME",
        .help = "refuse what is made here after then"),
    ROW(ANNOUNCE, "announce", '\0', FLAG, announce,
        .help = "FILE is a new public key: say that it may sign from now on"),
    ROW(CONFIG, "config", '\0', FLAG, config, .help = "FILE is a configuration of the app --name"),
    ROW(SEQUENCE, "sequence", '\0', NUMBER, sequence, .argument = "N", .least = 1,
        .most = INT64_C(1) << 53,
        .help = "number of the configuration, higher than the last one's"),
    ROW(MAINTENANCE, "maintenance", '\0', FLAG, maintenance,
        .help = "answer with 503 and a page instead of letting requests wait"),
    ROW(PAGE, "page", '\0', TEXT, page, .argument = "FILE",
        .help = "HTML file of that page; default traffic.page"),
    ROW(REMOVE, "remove", '\0', FLAG, remove, .help = "take away what was registered"),
    ROW(ALL, "all", '\0', FLAG, all, .help = "skip the steps that are left"),
    ROW(EXIT_CODE, "exit-code", '\0', FLAG, exit_code,
        .help = "17 where a deployment would change something"),
    ROW(COMMAND, "command", '\0', LIST, command_line, .argument = "WORD",
        .help = "program and arguments, one --command each"),
};

const OptionRow *option_row(OptionId id)
{
    return &rows[id];
}

const char *option_name(OptionId id)
{
    return rows[id].name;
}

bool option_is_common(OptionId id)
{
    return id >= OPTION_FILE && id <= OPTION_HELP;
}

bool option_is_taken(const CommandRow *command, OptionId id)
{
    if (option_is_common(id))
        return true;
    if (!command || !command->options)
        return false;
    for (const OptionId *taken = command->options; *taken != OPTION_END; taken++)
        if (*taken == id)
            return true;
    return false;
}

const OptionRow *option_find_letter(const CommandRow *command, char letter)
{
    const OptionRow *found = NULL;

    for (size_t i = OPTION_FILE; i < OPTION_COUNT; i++) {
        if (rows[i].letter != letter)
            continue;
        if (!option_is_common(rows[i].id) && option_is_taken(command, rows[i].id))
            return &rows[i];
        if (!found)
            found = &rows[i];
    }
    return found;
}

const OptionRow *option_find_name(const char *name, size_t length)
{
    for (size_t i = OPTION_FILE; i < OPTION_COUNT; i++)
        if (strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return &rows[i];
    return NULL;
}

const char *option_nearest(const CommandRow *command, const char *name)
{
    const char *taken[OPTION_COUNT], *all[OPTION_COUNT];
    const char *nearest = NULL;
    size_t taken_count = 0, all_count = 0;

    for (size_t i = OPTION_FILE; i < OPTION_COUNT; i++) {
        all[all_count++] = rows[i].name;
        if (option_is_taken(command, rows[i].id))
            taken[taken_count++] = rows[i].name;
    }
    nearest = text_nearest(name, taken, taken_count);
    return (nearest || command) ? nearest : text_nearest(name, all, all_count);
}
