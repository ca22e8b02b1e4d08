/* godeploy(1); see manual.h. */
#include "cli/manual.h"

#include "cli/mdoc.h"
#include "cli/options_table.h"

#include <string.h>

/* ---- options ---- */

static void describe_option(Text *out, const CommandRow *command, const OptionRow *row)
{
    bool has_letter = row->letter && option_find_letter(command, row->letter) == row;

    text_append(out, ".It ");
    if (has_letter)
        text_appendf(out, "Fl %c , ", row->letter);
    text_appendf(out, "Fl \\-%s", row->name);
    if (row->argument) {
        text_append(out, " Ar ");
        mdoc_argument(out, row->argument);
    }
    text_append(out, "\n");
    mdoc_paragraphs(out, row->help);
}

static void describe_common_options(Text *out)
{
    text_append(out, ".Sh OPTIONS\nEvery command takes these, before its name or behind it:\n"
                     ".Bl -tag -width Ds\n");
    for (OptionId id = OPTION_FILE; id <= OPTION_HELP; id++)
        describe_option(out, NULL, option_row(id));
    text_append(out, ".El\n.Pp\n");
    mdoc_paragraphs(out, "A value follows as the next word or behind an equals sign. Durations are "
                         "500ms, 30s, 5m, 2h or 1d, sizes 64KiB or 5GB.");
}

/* ---- commands ---- */

static void describe_command(Text *out, const CommandRow *row)
{
    bool has_own = row->options && row->options[0] != OPTION_END;

    text_append(out, ".It Ic ");
    mdoc_argument(out, row->name);
    if (has_own)
        text_append(out, " Op Ar options");
    if (row->arguments) {
        text_append(out, " Ar ");
        mdoc_argument(out, row->arguments);
    }
    text_append(out, "\n");
    mdoc_paragraphs(out, row->help);
    if (row->text) {
        text_append(out, ".Pp\n");
        mdoc_paragraphs(out, row->text);
    }
    if (!has_own)
        return;
    text_append(out, ".Pp\n.Bl -tag -width Ds -compact\n");
    for (const OptionId *id = row->options; *id != OPTION_END; id++)
        describe_option(out, row, option_row(*id));
    text_append(out, ".El\n");
}

static void describe_commands(Text *out, CommandList commands)
{
    text_append(out, ".Sh COMMANDS\n");
    for (size_t i = 0; i < commands.count; i++) {
        const CommandRow *row = &commands.rows[i];

        if (row->group || i == 0) {
            text_append(out, i > 0 ? ".El\n" : "");
            text_append(out, ".Ss ");
            mdoc_argument(out, row->group ? row->group : "Commands");
            text_append(out, "\n.Bl -tag -width Ds\n");
        }
        describe_command(out, row);
    }
    text_append(out, ".El\n");
}

/* ---- what stands around ---- */

typedef struct Entry {
    const char *macro;
    const char *name;
    const char *text;
} Entry;

static void describe_entries(Text *out, const Entry *entries, size_t count)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < count; i++) {
        text_appendf(out, ".It %s ", entries[i].macro);
        mdoc_argument(out, entries[i].name);
        text_append(out, "\n");
        mdoc_paragraphs(out, entries[i].text);
    }
    text_append(out, ".El\n");
}

static const Entry environment[] = {
    {"Ev", "NO_COLOR",          "No colors, as with `--no-color`."            },
    {"Ev", "CI",                "Progress as plain lines, whatever stderr is."},
    {"Ev", "GODEPLOY_LIBEXEC",
     "The folder that holds godeploy-proxy and godeploy-supervise, where it is neither the one of "
     "godeploy nor ../libexec/godeploy beside it."                            },
    {"Ev", "SOURCE_DATE_EPOCH",
     "The time that `pack` writes into archives, in seconds since 1970."      },
};

static const Entry files[] = {
    {"Pa", "godeploy.yaml",           "The settings: godeploy.yaml(5)."                        },
    {"Pa", "/var/lib/godeploy",
     "What godeploy keeps for root: journal, releases, logs, and the routes of godeploy-proxy."},
    {"Pa", "~/.local/state/godeploy", "The same for everybody else."                           },
};

/* A status that several codes share is told once, by the words of each. */
static void describe_exit_statuses(Text *out)
{
    static const struct {
        int status;
        const char *words;
    } codes[] = {
#define MANUAL_CODE(name, status, words) {status, words},
        ERROR_CODES(MANUAL_CODE)
#undef MANUAL_CODE
    };
    const size_t count = sizeof codes / sizeof *codes;

    text_append(out, ".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (int status = 0; status <= UINT8_MAX; status++) {
        CLEANUP_TEXT Text words = {0};

        for (size_t i = 0; i < count; i++)
            if (codes[i].status == status)
                text_appendf(&words, "%s%s", words.length > 0 ? "; " : "", codes[i].words);
        if (words.length == 0)
            continue;
        text_appendf(out, ".It %d\n", status);
        mdoc_paragraphs(out, text_chars(&words));
    }
    text_append(out, ".El\n");
}

static const char description[] =
    "Replaces a running service by its next version, and loses no request. One command fetches a "
    "signed release, verifies it, unpacks it, starts it on a side port, checks that it is healthy, "
    "sends the traffic to it, watches it, and retires the old one. Whatever breaks, at whatever "
    "instant, either the old release serves or the new one does, and the next command knows which."
    "\n\n"
    "Results go to stdout, progress and errors to stderr.";

static const char examples[] = "Once, on the machine that builds releases:\n\n"
                               "    godeploy keygen -o release\n\n"
                               "For each release there:\n\n"
                               "    godeploy pack build/ -o shop_2.4.0_linux_amd64.tar.zst "
                               "--name shop --version 2.4.0\n"
                               "    godeploy sign shop_2.4.0_linux_amd64.tar.zst --key "
                               "release.key\n\n"
                               "On the host that serves:\n\n"
                               "    godeploy plan --version 2.4.0\n"
                               "    godeploy deploy --version 2.4.0\n"
                               "    godeploy rollback";

void manual_commands(CommandList commands, Text *out)
{
    mdoc_begin(out, "godeploy", 1, "zero-downtime deployments");
    text_append(out, ".Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar options\n.Op Ar argument ...\n"
                     ".Sh DESCRIPTION\n");
    mdoc_paragraphs(out, description);
    describe_common_options(out);
    describe_commands(out, commands);
    text_append(out, ".Sh ENVIRONMENT\n");
    describe_entries(out, environment, sizeof environment / sizeof *environment);
    text_append(out, ".Sh FILES\n");
    describe_entries(out, files, sizeof files / sizeof *files);
    describe_exit_statuses(out);
    text_append(out, ".Sh EXAMPLES\n");
    mdoc_paragraphs(out, examples);
    text_append(out, ".Sh SEE ALSO\n.Xr godeploy.yaml 5\n");
}
