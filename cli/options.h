/* options: what stands behind `godeploy` on the command line, read by one table.
 *
 * The rows of commands.c say which options a command takes; parsing, help, completion and the
 * manual page are made from these rows and from options_table.c: no second list to keep in step. */
#ifndef GODEPLOY_CLI_OPTIONS_H
#define GODEPLOY_CLI_OPTIONS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every option there is. OPTION_END ends a command's list; those up to OPTION_HELP every command
 * takes. */
typedef enum OptionId {
    OPTION_END = 0,
    OPTION_FILE,
    OPTION_JSON,
    OPTION_PLAIN,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_NO_COLOR,
    OPTION_YES,
    OPTION_HELP,
    OPTION_RELEASE,
    OPTION_VERSION,
    OPTION_RESUME,
    OPTION_ALLOW_DOWNGRADE,
    OPTION_WAIT,
    OPTION_DRAIN,
    OPTION_KEY,
    OPTION_SIG,
    OPTION_CHECKSUMS,
    OPTION_SCHEME,
    OPTION_CA,
    OPTION_TSA_CA,
    OPTION_PUBLISHER,
    OPTION_CRL,
    OPTION_PARTIAL_CHAIN,
    OPTION_ALLOW_SHA1,
    OPTION_REQUIRE_TIMESTAMP,
    OPTION_AT,
    OPTION_MESSAGE,
    OPTION_SLOT,
    OPTION_FOLLOW,
    OPTION_LINES,
    OPTION_RATE,
    OPTION_FOR,
    OPTION_MIX,
    OPTION_POST_BYTES,
    OPTION_POST_PATH,
    OPTION_STREAM,
    OPTION_IDENTITY,
    OPTION_TIMEOUT,
    OPTION_OUTPUT,
    OPTION_FOLDER,
    OPTION_BITS,
    OPTION_PASSPHRASE_FILE,
    OPTION_PASSPHRASE_ENV,
    OPTION_NAME,
    OPTION_OS,
    OPTION_ARCH,
    OPTION_EXPIRES,
    OPTION_ANNOUNCE,
    OPTION_CONFIG,
    OPTION_SEQUENCE,
    OPTION_COMMAND,
    OPTION_MAINTENANCE,
    OPTION_PAGE,
    OPTION_ALL,
    OPTION_REMOVE,
    OPTION_EXIT_CODE,
    OPTION_ALSO_WINDOWS,
    OPTION_COUNT
} OptionId;

enum { OPTIONS_MOST_REPEATS = 64 };

/* Values of an option that may be repeated; borrowed from argv, NULL-terminated. */
typedef struct OptionList {
    const char *items[OPTIONS_MOST_REPEATS + 1];
    size_t count;
} OptionList;

struct Session;

/* One command. */
typedef struct CommandRow {
    const char *name;
    const char *group; /* heading of the overview that begins with this row; NULL: as before */
    bool (*run)(struct Session *session, Error *err);
    const OptionId *options; /* besides those of every command; ends with OPTION_END; NULL: none */
    const char *arguments;   /* "[VERSION]", "FILE..."; NULL if it takes none */
    int least, most;         /* arguments; most -1: any number */
    const char *help;        /* one line, for the overview */
    const char *text;        /* paragraphs for `godeploy help NAME`; NULL if the line says it all */
} CommandRow;

typedef struct CommandList {
    const CommandRow *rows;
    size_t count;
} CommandList;

/* As given; NULL, 0 or false where an option was not. All text is borrowed from argv. */
typedef struct Options {
    const CommandRow *command; /* NULL where none was given */
    bool given[OPTION_COUNT];
    bool json, plain, quiet, verbose, no_color, yes, help, resume, allow_downgrade, follow;
    bool maintenance, all, remove, exit_code, announce, config, partial_chain, allow_sha1;
    bool also_windows;
    bool require_timestamp;
    const char *file, *release, *version, *signature, *checksums, *scheme, *message, *slot, *mix;
    const char *post_path, *stream, *identity, *output, *folder, *passphrase_file, *passphrase_env;
    const char *name, *os, *arch, *page;
    OptionList keys, ca, tsa_ca, publishers, crls, command_line;
    int64_t wait_ms, drain_ms, for_ms, timeout_ms, at_ms, expires_ms, lines, rate, bits, sequence;
    uint64_t post_bytes;
    const char **arguments; /* NULL-terminated; the array is owned */
    int argument_count;
} Options;

const char *option_name(OptionId id); /* without the dashes; static */

/* NULL if there is none of that name. */
const CommandRow *options_find_command(CommandList commands, const char *name);

/* `--help` anywhere is a question and never an argument: out->help, with the command if one is
 * named. ERR_USAGE names what was wrong and the nearest that would have been right; then out->json
 * alone is set, and says in which form to tell it. */
bool options_parse(int argc, const char *const *argv, CommandList commands, Options *out,
                   Error *err);
void options_free(Options *options); /* its parts, not the struct */
#define CLEANUP_OPTIONS __attribute__((cleanup(options_free)))

/* Help, `width` columns wide: of godeploy as a whole, and of one command. */
void options_describe(CommandList commands, int width, Text *out);
void options_describe_command(const CommandRow *command, int width, Text *out);

#endif
