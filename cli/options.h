/* options: what stands behind `godeploy` on the command line, read by one table.
 *
 * The rows of commands.c say which options a command takes; parsing, help, completion and the manual page are
 * made from these two tables: no second list to keep in step. */
#ifndef GODEPLOY_CLI_OPTIONS_H
#define GODEPLOY_CLI_OPTIONS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every option there is, in the order in which help shows them. The first ones are every command's. */
typedef enum OptionId {
    OPTION_FILE,     /* -f, --file FILE */
    OPTION_JSON,     /* --json */
    OPTION_PLAIN,    /* --plain */
    OPTION_QUIET,    /* -q, --quiet */
    OPTION_VERBOSE,  /* -v, --verbose */
    OPTION_NO_COLOR, /* --no-color */
    OPTION_YES,      /* -y, --yes */
    OPTION_HELP,     /* -h, --help */
    OPTION_RELEASE,  /* --release PATH|URL */
    OPTION_VERSION,  /* --version V */
    OPTION_RESUME,
    OPTION_ALLOW_DOWNGRADE,
    OPTION_WAIT,       /* --wait TIME: for the lock */
    OPTION_MESSAGE,    /* -m, --message TEXT */
    OPTION_SLOT,       /* --slot blue|green */
    OPTION_FOLLOW,     /* -f where a command takes it (logs), --follow */
    OPTION_LINES,      /* -n, --lines N */
    OPTION_KEY,        /* --key PEM */
    OPTION_SIGNATURE,  /* --sig FILE */
    OPTION_SCHEME,     /* --scheme pkcs1-sha256|pss-sha256 */
    OPTION_BITS,       /* --bits N */
    OPTION_PASSPHRASE_FILE, /* --passphrase-file FILE */
    OPTION_PASSPHRASE_ENV,  /* --passphrase-env NAME */
    OPTION_OUT,        /* -o, --out FILE */
    OPTION_NAME,       /* --name APP */
    OPTION_OS,
    OPTION_ARCH,
    OPTION_EXPIRES,    /* --expires TIME or duration */
    OPTION_RATE,       /* --rate R */
    OPTION_FOR,        /* --for TIME */
    OPTION_MIX,        /* --mix keepalive,fresh,post */
    OPTION_POST_PATH,  /* --post-path PATH */
    OPTION_POST_BYTES, /* --post-bytes SIZE */
    OPTION_STREAM,     /* --stream PATH */
    OPTION_IDENTITY,   /* --identity HEADER */
    OPTION_COUNT
} OptionId;

/* Values as given; NULL or 0 where the option was not. Text is borrowed from argv. */
typedef struct Options {
    bool given[OPTION_COUNT];
    const char *file, *release, *version, *message, *slot, *key, *signature, *scheme;
    const char *passphrase_file, *passphrase_env, *out, *name, *os, *arch, *expires, *mix;
    const char *post_path, *stream, *identity;
    bool json, plain, quiet, verbose, no_color, yes, help, resume, allow_downgrade, follow;
    int64_t wait_ms, for_ms;
    uint64_t lines, bits, rate, post_bytes;
    TextList arguments; /* owned copies; NULL-terminated */
} Options;
void options_free(Options *options);

struct Session;

/* One command. `least` and `most` count its arguments. */
typedef struct CommandRow {
    const char *name;            /* "deploy", "proxy start": a second word belongs to the name */
    bool (*run)(struct Session *session, Error *err);
    const OptionId *options;     /* besides those of every command; ends with OPTION_COUNT; NULL: none */
    const char *arguments;       /* "[VERSION]", "FILE..."; "" if it takes none */
    size_t least, most;
    const char *help;            /* one line, for the overview */
    const char *text;            /* paragraphs for `godeploy help NAME`; NULL if the line says it all */
} CommandRow;

/* Finds the row (two words before one) and reads everything behind it. `--help` anywhere behind a
 * command is help for it and never an argument. ERR_USAGE names what was wrong and the nearest that would
 * have been right. *row is NULL where no command was given at all. */
bool options_parse(const CommandRow *rows, size_t count, int argc, char **argv, const CommandRow **row,
                   Options *out, Error *err);

/* Help texts, made from the tables. */
void options_describe_all(const CommandRow *rows, size_t count, Text *out);
void options_describe(const CommandRow *row, Text *out);

#endif
