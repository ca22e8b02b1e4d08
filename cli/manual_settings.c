/* godeploy.yaml(5); see manual.h. */
#include "cli/manual.h"
#include "cli/mdoc.h"
#include "deploy/settings/settings.h"
#include "deploy/settings/settings_table.h"
#include "deploy/settings/settings_value.h"

#include <string.h>

static const char description[] =
    "The settings of one app, in YAML. A wrong key or value is refused with its line and, where "
    "there is one, the key that was probably meant. `godeploy init` writes an example.\n\n"
    "Durations are 500ms, 30s, 5m, 2h or 1d; sizes 500MiB or 5GiB; shares 1% or 0.01. Relative "
    "paths start at the folder of the file. Keys that begin with x- are ignored. A dot in a name "
    "below means nesting.";

static void describe_kind(Text *out, const SettingRow *row)
{
    CLEANUP_TEXT Text words = {0};

    if (!row->words)
        text_append(&words, settings_kind_words(row->kind));
    for (size_t i = 0; row->words && row->words[i]; i++)
        text_appendf(&words, "%s%s", i > 0 ? " | " : "", row->words[i]);
    mdoc_argument(out, text_chars(&words));
}

static void describe_default(Text *out, const SettingRow *row)
{
    CLEANUP_TEXT Text line = {0};

    if (row->required)
        text_append(&line, "Required.");
    else if (row->initial)
        text_appendf(&line, "Default: %s", row->initial);
    if (row->placeholders)
        text_appendf(&line, "%sPlaceholders:", line.length > 0 ? "\n\n" : "");
    for (size_t i = 0; row->placeholders && row->placeholders[i]; i++)
        text_appendf(&line, " {%s%s}", row->placeholders[i],
                     text_ends_with(row->placeholders[i], ":") ? "NAME" : "");
    if (line.length == 0)
        return;
    text_append(out, ".Pp\n");
    mdoc_paragraphs(out, text_chars(&line));
}

/* "verify.rsa.keys" belongs to the section "verify"; "app" to none. */
static size_t section_length(const char *path)
{
    const char *dot = strchr(path, '.');

    return dot ? (size_t)(dot - path) : 0;
}

static void begin_section(Text *out, const char *path, size_t length)
{
    CLEANUP(free) char *name = text_copy_bytes(path, length);

    text_append(out, ".Ss ");
    mdoc_argument(out, name && length > 0 ? name : "The app");
    text_append(out, "\n.Bl -tag -width Ds\n");
}

static void describe_settings(Text *out)
{
    const char *before = NULL; /* the section that is open */

    text_append(out, ".Sh SETTINGS\n");
    for (size_t i = 0; i < settings_row_count(); i++) {
        const SettingRow *row = settings_row(i);
        size_t length = section_length(row->path);

        if (row->kind == SETTING_LACKING)
            continue;
        if (!before || section_length(before) != length || memcmp(before, row->path, length) != 0) {
            text_append(out, before ? ".El\n" : "");
            begin_section(out, row->path, length);
        }
        before = row->path;
        text_append(out, ".It Va ");
        mdoc_argument(out, row->path);
        text_append(out, " : Ar ");
        describe_kind(out, row);
        text_append(out, "\n");
        mdoc_paragraphs(out, row->help);
        describe_default(out, row);
    }
    text_append(out, ".El\n");
}

/* The lines of the example, as those of an example are shown. */
static void describe_example(Text *out)
{
    CLEANUP(free) char *example = settings_example("shop-api");

    text_append(out, ".Sh EXAMPLES\n.Bd -literal\n");
    for (char *line = example; line && *line;) {
        char *end = strchr(line, '\n');

        if (end)
            *end = '\0';
        mdoc_line(out, line);
        line = end ? end + 1 : line + strlen(line);
    }
    text_append(out, ".Ed\n");
    out->failed = out->failed || !example;
}

void manual_settings(Text *out)
{
    mdoc_begin(out, "godeploy.yaml", 5, "settings of godeploy");
    text_append(out, ".Sh DESCRIPTION\n");
    mdoc_paragraphs(out, description);
    describe_settings(out);
    describe_example(out);
    text_append(out, ".Sh SEE ALSO\n.Xr godeploy 1\n");
}
