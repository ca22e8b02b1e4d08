/* See options.h. */
#include "cli/options.h"

#include "base/clock.h"
#include "cli/options_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The words of the command line and how far they are read. */
typedef struct Words {
    const char *const *items;
    int count;
    int next;
    CommandList commands;
    bool only_arguments; /* `--` was there */
} Words;

const CommandRow *options_find_command(CommandList commands, const char *name)
{
    for (size_t i = 0; i < commands.count; i++)
        if (text_equal(commands.rows[i].name, name))
            return &commands.rows[i];
    return NULL;
}

static const char *shown(const char *word)
{
    return text_printable(word) ? word : "(unprintable)";
}

static bool refuse_command(CommandList commands, const char *name, Error *err)
{
    const char *names[128];
    const char *nearest = NULL;
    size_t count = 0;

    for (; count < commands.count && count < sizeof names / sizeof *names; count++)
        names[count] = commands.rows[count].name;
    nearest = text_nearest(name, names, count);
    error_set(err, ERR_USAGE, "unknown command %s%s%s%s", shown(name),
              nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return error_hint(err, "`godeploy help` lists the commands.");
}

static bool refuse_option(const CommandRow *command, const char *word, Error *err)
{
    char name[64];
    const char *nearest = NULL;

    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(word + 1 + (word[1] == '-'), "="),
                   word + 1 + (word[1] == '-'));
    if (word[1] == '-')
        nearest = option_nearest(command, name);
    error_set(err, ERR_USAGE, "unknown option %.*s%s%s%s", (int)strcspn(shown(word), "="),
              shown(word), nearest ? "; did you mean --" : "", nearest ? nearest : "",
              nearest ? "?" : "");
    if (word[1] != '-' && word[2] != '\0')
        return error_hint(err, "Short options stand alone: -q -v, not -qv; a value follows behind "
                               "a blank.");
    return error_hint(err, "`godeploy help%s%s` lists the options.", command ? " " : "",
                      command ? command->name : "");
}

static bool refuse_value(const OptionRow *row, const char *value, const char *allowed, Error *err)
{
    return error_set(err, ERR_USAGE, "--%s: found '%s'; allowed: %s", row->name, shown(value),
                     allowed);
}

static bool refuse_bounds(const OptionRow *row, const char *value, Error *err)
{
    char allowed[96], least[TEXT_QUANTITY_SIZE], most[TEXT_QUANTITY_SIZE];

    if (row->kind == OPTION_IS_DURATION)
        (void)snprintf(allowed, sizeof allowed, "a duration such as 500ms, 30s or 5m, %s to %s",
                       text_duration(row->least, least), text_duration(row->most, most));
    else if (row->kind == OPTION_IS_SIZE)
        (void)snprintf(allowed, sizeof allowed, "a size such as 64KiB or 5MB, up to %s",
                       text_size((uint64_t)row->most, most));
    else
        (void)snprintf(allowed, sizeof allowed, "%" PRId64 " to %" PRId64, row->least, row->most);
    return refuse_value(row, value, allowed, err);
}

static bool read_quantity(const OptionRow *row, const char *value, void *place, Error *err)
{
    uint64_t number = 0;
    int64_t duration = 0;
    bool valid = false;

    if (row->kind == OPTION_IS_DURATION) {
        valid = text_parse_duration_ms(value, &duration);
        number = (uint64_t)duration;
    } else if (row->kind == OPTION_IS_SIZE) {
        valid = text_parse_size_bytes(value, &number);
    } else {
        valid = text_parse_number(value, INT64_MAX, &number);
    }
    if (!valid || number < (uint64_t)row->least || number > (uint64_t)row->most)
        return refuse_bounds(row, value, err);
    if (row->kind == OPTION_IS_SIZE)
        *(uint64_t *)place = number;
    else
        *(int64_t *)place = (int64_t)number;
    return true;
}

static bool read_word(const OptionRow *row, const char *value, void *place, Error *err)
{
    for (size_t i = 0; row->words[i]; i++) {
        if (!text_equal(row->words[i], value))
            continue;
        *(const char **)place = value;
        return true;
    }
    return refuse_value(row, value, row->help, err);
}

static bool read_list(const OptionRow *row, const char *value, OptionList *list, Error *err)
{
    if (list->count == OPTIONS_MOST_REPEATS)
        return error_set(err, ERR_USAGE, "--%s is given more than %d times", row->name,
                         (int)OPTIONS_MOST_REPEATS);
    list->items[list->count++] = value;
    return true;
}

static bool read_time(const OptionRow *row, const char *value, void *place, Error *err)
{
    if (clock_parse_iso(value, place))
        return true;
    return refuse_value(row, value, "a time such as 2026-11-23T00:00:00Z", err);
}

static bool read_value(const OptionRow *row, const char *value, Options *options, Error *err)
{
    void *place = (char *)options + row->offset;

    switch (row->kind) {
    case OPTION_IS_FLAG:
        *(bool *)place = true;
        return true;
    case OPTION_IS_TEXT:
        *(const char **)place = value;
        return true;
    case OPTION_IS_WORD:
        return read_word(row, value, place, err);
    case OPTION_IS_LIST:
        return read_list(row, value, place, err);
    case OPTION_IS_NUMBER:
    case OPTION_IS_SIZE:
    case OPTION_IS_DURATION:
        return read_quantity(row, value, place, err);
    case OPTION_IS_TIME:
        return read_time(row, value, place, err);
    }
    return false;
}

/* The value of an option: behind its '=', or the next word. A word with a dash in front is rather
 * the next option than a value: whoever means it writes '='. */
static bool take_value(Words *words, const OptionRow *row, const char *attached, const char **value,
                       Error *err)
{
    const char *next = words->next < words->count ? words->items[words->next] : NULL;

    if (row->kind == OPTION_IS_FLAG) {
        if (attached)
            return error_set(err, ERR_USAGE, "--%s takes no value", row->name);
        return true;
    }
    if (!attached && next && (next[0] != '-' || next[1] == '\0')) {
        attached = next;
        words->next++;
    }
    if (!attached || attached[0] == '\0') {
        error_set(err, ERR_USAGE, "--%s needs a value: --%s %s", row->name, row->name,
                  row->argument);
        return error_hint(err, "If the value begins with a dash, write --%s=VALUE.", row->name);
    }
    *value = attached;
    return true;
}

static bool refuse_untaken(const CommandRow *command, const OptionRow *row, Error *err)
{
    error_set(err, ERR_USAGE, "%s takes no option --%s", command->name, row->name);
    return error_hint(err, "`godeploy help %s` lists what it takes.", command->name);
}

static bool read_option(Words *words, const char *word, Options *options, Error *err)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const OptionRow *row = NULL;
    const char *value = NULL;

    if (word[1] == '-')
        row = option_find_name(word + 2, length - 2);
    else if (word[2] == '\0')
        row = option_find_letter(options->command, word[1]);
    if (!row)
        return refuse_option(options->command, word, err);
    if (options->command && !option_is_taken(options->command, row->id))
        return refuse_untaken(options->command, row, err);
    if (options->given[row->id] && row->kind != OPTION_IS_LIST && row->kind != OPTION_IS_FLAG)
        return error_set(err, ERR_USAGE, "--%s is given twice", row->name);
    if (!take_value(words, row, equals ? equals + 1 : NULL, &value, err))
        return false;
    options->given[row->id] = true;
    return read_value(row, value, options, err);
}

static bool read_argument(const Words *words, const char *word, Options *options, Error *err)
{
    if (!options->command) {
        options->command = options_find_command(words->commands, word);
        return options->command || refuse_command(words->commands, word, err);
    }
    options->arguments[options->argument_count++] = word;
    return true;
}

static bool read_words(Words *words, Options *options, Error *err)
{
    while (words->next < words->count) {
        const char *word = words->items[words->next++];
        bool is_option = !words->only_arguments && word[0] == '-' && word[1] != '\0';

        if (is_option && text_equal(word, "--"))
            words->only_arguments = true;
        else if (is_option ? !read_option(words, word, options, err)
                           : !read_argument(words, word, options, err))
            return false;
    }
    return true;
}

/* Also the mistake is told in the form that was asked for. */
static bool wants_json(const Words *words)
{
    for (int i = 1; i < words->count && !text_equal(words->items[i], "--"); i++)
        if (text_equal(words->items[i], "--json"))
            return true;
    return false;
}

/* Help is asked for by people who do not know the rest: no other mistake may hide it. */
static bool wants_help(const Words *words, Options *options)
{
    for (int i = 1; i < words->count && !text_equal(words->items[i], "--"); i++) {
        if (text_equal(words->items[i], "--help") || text_equal(words->items[i], "-h"))
            options->help = true;
        else if (!options->command)
            options->command = options_find_command(words->commands, words->items[i]);
    }
    return options->help;
}

static bool check_arguments(const Options *options, Error *err)
{
    const CommandRow *command = options->command;
    const char *wanted = command->arguments ? command->arguments : "no arguments";

    if (options->argument_count < command->least) {
        error_set(err, ERR_USAGE, "%s needs %s", command->name, wanted);
        return error_hint(err, "`godeploy help %s` tells more.", command->name);
    }
    if (command->most >= 0 && options->argument_count > command->most) {
        error_set(err, ERR_USAGE, "%s takes %s; found '%s'", command->name, wanted,
                  shown(options->arguments[command->most]));
        if (command->most == 0 && option_is_taken(command, OPTION_VERSION))
            return error_hint(err, "A release is named so: `godeploy %s --version %s`.",
                              command->name, shown(options->arguments[0]));
        return error_hint(err, "`godeploy help %s` tells more.", command->name);
    }
    return true;
}

/* Options before the command were read before it was known. */
static bool check_taken(const Options *options, Error *err)
{
    for (OptionId id = OPTION_FILE; id < OPTION_COUNT; id++)
        if (options->given[id] && !option_is_taken(options->command, id))
            return refuse_untaken(options->command, option_row(id), err);
    if (options->quiet && options->verbose)
        return error_set(err, ERR_USAGE, "--quiet and --verbose contradict each other");
    return true;
}

static bool parse(Words *words, Options *options, Error *err)
{
    if (words->count == 2 && text_equal(words->items[1], "--version")) {
        options->command = options_find_command(words->commands, "version");
        return true;
    }
    if (!read_words(words, options, err))
        return false;
    return !options->command || (check_taken(options, err) && check_arguments(options, err));
}

bool options_parse(int argc, const char *const *argv, CommandList commands, Options *out,
                   Error *err)
{
    Words words = {.items = argv, .count = argc, .next = 1, .commands = commands};
    CLEANUP_OPTIONS Options options = {0};

    options.arguments = calloc((size_t)argc + 1, sizeof *options.arguments);
    if (!options.arguments)
        return error_memory(err);
    if (!wants_help(&words, &options)) {
        options.command = NULL;
        if (!parse(&words, &options, err)) {
            out->json = wants_json(&words);
            return false;
        }
    }
    *out = options;
    options.arguments = NULL;
    return true;
}

void options_free(Options *options)
{
    free(options->arguments);
    options->arguments = NULL;
}
