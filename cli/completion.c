/* See completion.h. */
#include "cli/completion.h"

#include "cli/options_table.h"

#include <string.h>

/* The command line so far, and where the answer goes. */
typedef struct Line {
    CommandList commands;
    const CompletionHost *host;
    const char *file;          /* of --file; NULL: not given */
    const CommandRow *command; /* NULL: not named yet */
    const OptionRow *waiting;  /* for its value, which is the word under the cursor; or NULL */
    bool given[OPTION_COUNT];
    bool only_arguments;  /* `--` was there */
    const char *argument; /* the first; NULL if there is none yet */
    size_t argument_count;
    size_t offered;
    Text *out;
} Line;

/* ---- what stands before the cursor ---- */

static const OptionRow *find_option(const Line *line, const char *word)
{
    if (word[1] == '-')
        return option_find_name(word + 2, strcspn(word + 2, "="));
    return option_find_letter(line->command, word[1]);
}

static void read_option(Line *line, const char *word)
{
    const OptionRow *row = find_option(line, word);

    if (!row)
        return;
    line->given[row->id] = row->kind != OPTION_IS_LIST;
    if (row->kind != OPTION_IS_FLAG && !strchr(word, '='))
        line->waiting = row;
    else if (row->id == OPTION_FILE)
        line->file = strchr(word, '=') + 1;
}

static void read_word(Line *line, const char *word)
{
    if (line->waiting) {
        if (line->waiting->id == OPTION_FILE)
            line->file = word;
        line->waiting = NULL;
    } else if (!line->only_arguments && text_equal(word, "--")) {
        line->only_arguments = true;
    } else if (!line->only_arguments && word[0] == '-' && word[1] != '\0') {
        read_option(line, word);
    } else if (!line->command) {
        line->command = options_find_command(line->commands, word);
    } else {
        if (line->argument_count++ == 0)
            line->argument = word;
    }
}

/* ---- what is offered ---- */

static void offer(Line *line, const char *word, const char *description)
{
    text_appendf(line->out, "%s%s%s\n", word, description ? "\t" : "",
                 description ? description : "");
    line->offered++;
}

static void offer_names(Line *line, CompletionName what, const char *stem)
{
    CLEANUP_TEXT_LIST TextList names = {0};

    line->host->list(line->host->context, what, line->file, &names);
    for (size_t i = 0; i < names.count; i++) {
        text_append(line->out, stem);
        offer(line, names.items[i], NULL);
    }
}

static void offer_commands(Line *line)
{
    for (size_t i = 0; i < line->commands.count; i++)
        offer(line, line->commands.rows[i].name, line->commands.rows[i].help);
}

static void offer_option(Line *line, OptionId id)
{
    if (line->given[id])
        return;
    text_append(line->out, "--");
    offer(line, option_row(id)->name, option_row(id)->help);
}

/* The command's own come first. */
static void offer_options(Line *line)
{
    const OptionId *own = line->command ? line->command->options : NULL;

    for (; own && *own != OPTION_END; own++)
        offer_option(line, *own);
    for (OptionId id = OPTION_FILE; id <= OPTION_HELP; id++)
        offer_option(line, id);
}

/* `stem` stands in front of each word: "--scheme=" where the shell sees all of that as one word. */
static void offer_values(Line *line, const OptionRow *row, const char *stem)
{
    static const char *const on_disk[] = {"FILE", "PEM", "PATH|URL"};

    for (size_t i = 0; row->words && row->words[i]; i++) {
        text_append(line->out, stem);
        offer(line, row->words[i], NULL);
    }
    for (size_t i = 0; row->argument && i < sizeof on_disk / sizeof *on_disk; i++)
        if (text_equal(row->argument, on_disk[i]))
            offer(line, COMPLETION_FILES, NULL);
    if (row->argument && text_equal(row->argument, "DIR"))
        offer(line, COMPLETION_FOLDERS, NULL);
    if (row->id == OPTION_VERSION)
        offer_names(line, COMPLETION_RELEASES, stem);
    if (row->id == OPTION_NAME)
        offer_names(line, COMPLETION_APP, stem);
}

/* ---- arguments, read from the line that help shows ---- */

typedef struct Slice {
    const char *start;
    size_t length;
} Slice;

static bool slice_equal(Slice slice, const char *text)
{
    return strlen(text) == slice.length && memcmp(slice.start, text, slice.length) == 0;
}

static bool is_literal(Slice word)
{
    return word.length > 0 && word.start[0] >= 'a' && word.start[0] <= 'z';
}

static bool is_repeated(Slice word)
{
    return word.length > 3 && memcmp(word.start + word.length - 3, "...", 3) == 0;
}

/* Takes what stands before the next `separator` outside of brackets. False at the end. */
static bool next_part(Slice *rest, char separator, Slice *part)
{
    size_t length = 0;
    int depth = 0;

    if (rest->length == 0)
        return false;
    for (; length < rest->length && (depth > 0 || rest->start[length] != separator); length++)
        depth += (rest->start[length] == '[') - (rest->start[length] == ']');
    *part = (Slice){rest->start, length};
    length += length < rest->length;
    *rest = (Slice){rest->start + length, rest->length - length};
    return true;
}

static Slice without_brackets(Slice text)
{
    if (text.length < 2 || text.start[0] != '[' || text.start[text.length - 1] != ']')
        return text;
    return (Slice){text.start + 1, text.length - 2};
}

/* `ways` is "FILE..." or "blue|green". */
static void offer_word(Line *line, Slice ways)
{
    Slice word;

    ways = without_brackets(ways);
    while (next_part(&ways, '|', &word)) {
        if (is_repeated(word))
            word.length -= 3;
        if (is_literal(word)) {
            text_append_bytes(line->out, word.start, word.length);
            offer(line, "", NULL);
        } else if (slice_equal(word, "FILE")) {
            offer(line, COMPLETION_FILES, NULL);
        } else if (slice_equal(word, "FOLDER")) {
            offer(line, COMPLETION_FOLDERS, NULL);
        } else if (slice_equal(word, "VERSION")) {
            offer_names(line, COMPLETION_GOOD_RELEASES, "");
        } else if (slice_equal(word, "ID")) {
            offer_names(line, COMPLETION_DEPLOYMENTS, "");
        } else if (slice_equal(word, "COMMAND")) {
            offer_commands(line);
        }
    }
}

/* One way to give arguments, such as "push FILE". What is typed already may have left it. */
static void offer_way(Line *line, Slice way)
{
    Slice word;

    for (size_t place = 0; next_part(&way, ' ', &word); place++) {
        if (place == line->argument_count || (place < line->argument_count && is_repeated(word)))
            offer_word(line, word);
        else if (place == 0 && is_literal(word) && !slice_equal(word, line->argument))
            return;
    }
}

static void offer_arguments(Line *line)
{
    const char *text = line->command->arguments ? line->command->arguments : "";
    Slice ways = without_brackets((Slice){text, strlen(text)});
    Slice way;

    while (next_part(&ways, '|', &way))
        offer_way(line, way);
}

void completion_offer(CommandList commands, const CompletionHost *host, const char *const *before,
                      const char *typed, Text *out)
{
    Line line = {.commands = commands, .host = host, .out = out};
    const char *equals = typed[0] == '-' ? strchr(typed, '=') : NULL;
    CLEANUP(free) char *stem = NULL;

    while (*before)
        read_word(&line, *before++);
    if (line.waiting) {
        offer_values(&line, line.waiting, "");
    } else if (!line.only_arguments && equals) {
        const OptionRow *row = find_option(&line, typed);

        stem = text_copy_bytes(typed, (size_t)(equals + 1 - typed));
        if (row && stem)
            offer_values(&line, row, stem);
    } else if (!line.only_arguments && typed[0] == '-') {
        offer_options(&line);
    } else if (!line.command) {
        offer_commands(&line);
    } else {
        offer_arguments(&line);
        /* Options are long lists: they come by themselves only where nothing else can. */
        if (line.offered == 0 && !line.only_arguments && typed[0] == '\0')
            offer_options(&line);
    }
}
