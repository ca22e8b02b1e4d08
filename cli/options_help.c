/* Help, made from the rows of commands and options; see options.h. */
#include "cli/options_table.h"
#include "cli/output_text.h"

#include <stdio.h>
#include <string.h>

enum { NAME_COLUMN = 2, HELP_COLUMN = 26 };

/* "  name        what it does" */
static void describe(Text *out, const char *name, const char *help, int width)
{
    int length = NAME_COLUMN + (int)strlen(name);

    text_appendf(out, "%*s%s", NAME_COLUMN, "", name);
    if (length + 2 > HELP_COLUMN)
        text_appendf(out, "\n%*s", HELP_COLUMN, "");
    else
        text_appendf(out, "%*s", HELP_COLUMN - length, "");
    output_append_wrapped(out, help, HELP_COLUMN, HELP_COLUMN, width);
}

static void describe_option(Text *out, const OptionRow *row, int width)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s%c%s--%s%s%s", row->letter ? "-" : " ",
                   row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
                   row->argument ? " " : "", row->argument ? row->argument : "");
    describe(out, name, row->help, width);
}

static void describe_common(Text *out, const CommandRow *command, int width)
{
    text_append(out, "\nOptions of every command:\n");
    for (OptionId id = OPTION_FILE; id <= OPTION_HELP; id++) {
        OptionRow row = *option_row(id);

        if (row.letter && option_find_letter(command, row.letter)->id != id)
            row.letter = '\0'; /* the command means something else by it */
        describe_option(out, &row, width);
    }
}

void options_describe(CommandList commands, int width, Text *out)
{
    text_append(out, "usage: godeploy COMMAND [OPTIONS]\n\n"
                     "Zero-downtime deployments of a service behind one public port.\n");
    for (size_t i = 0; i < commands.count; i++) {
        const CommandRow *row = &commands.rows[i];

        if (row->group || i == 0)
            text_appendf(out, "\n%s:\n", row->group ? row->group : "Commands");
        describe(out, row->name, row->help, width);
    }
    describe_common(out, NULL, width);
    text_append(out, "\n");
    output_append_wrapped(
        out, "`godeploy help COMMAND` tells more; `godeploy help settings` lists godeploy.yaml.", 0,
        0, width);
}

static void describe_paragraphs(Text *out, const char *text, int width)
{
    while (*text) {
        const char *end = strstr(text, "\n\n");
        size_t length = end ? (size_t)(end - text) : strlen(text);
        char paragraph[2048];

        (void)snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, text);
        text_append(out, "\n");
        if (paragraph[0] == ' ') /* an example: as it is */
            text_appendf(out, "%s\n", paragraph);
        else
            output_append_wrapped(out, paragraph, 0, 0, width);
        text += length + strspn(text + length, "\n");
    }
}

void options_describe_command(const CommandRow *command, int width, Text *out)
{
    bool has_own = command->options && command->options[0] != OPTION_END;

    text_appendf(out, "usage: godeploy %s%s%s%s\n\n", command->name, has_own ? " [OPTIONS]" : "",
                 command->arguments ? " " : "", command->arguments ? command->arguments : "");
    output_append_wrapped(out, command->help, 0, 0, width);
    if (command->text)
        describe_paragraphs(out, command->text, width);
    if (has_own)
        text_append(out, "\nOptions:\n");
    for (const OptionId *id = command->options; has_own && *id != OPTION_END; id++)
        describe_option(out, option_row(*id), width);
    describe_common(out, command, width);
}
