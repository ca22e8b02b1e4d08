/* See settings_value.h. Lists are in settings_lists.c. */
#include "deploy/settings/settings_value.h"

#include "base/windows_name.h"
#include "deploy/settings/settings_place.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void put_text(const Place *place, char *text)
{
    if (!text)
        place->problems->out_of_memory = true;
    else
        *(char **)place_address(place) = text;
}

static void read_plain(const Place *place, const SettingsNode *node)
{
    if (place_check_text(place, node))
        put_text(place, text_copy(node->text));
}

/* ROOT/APP is a folder beside ROOT/proxy, and one on every system. */
static void read_app(const Place *place, const SettingsNode *node)
{
    static const char *const rule =
        "1 to 63 of a-z, 0-9 and '-', not '-' first, not 'proxy', no device of Windows";
    size_t length = 0;

    if (!place_check_text(place, node))
        return;
    length = strspn(node->text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (node->text[length] != '\0' || length > 63 || node->text[0] == '-' ||
        text_equal(node->text, "proxy") || windows_name_is_device(node->text, strlen(node->text)))
        place_refuse_value(place, node, rule);
    else
        put_text(place, text_copy(node->text));
}

static void read_path(const Place *place, const SettingsNode *node)
{
    char *path = NULL;

    if (!place_check_text(place, node))
        return;
    path = place_absolute(place, node);
    if (path)
        put_text(place, path);
}

static bool has_password(const char *url)
{
    const char *authority = strstr(url, "://") + 3;
    const char *at = strpbrk(authority, "@/?#");

    return at && *at == '@';
}

/* True unless it is a URL that cannot be fetched, or one with a password in it. */
static bool check_url(const Place *place, const SettingsNode *node)
{
    if (!strstr(node->text, "://"))
        return true;
    if (has_password(node->text)) {
        settings_problem(place->problems, node->line, place->row->path,
                         "user and password do not belong into a URL");
        settings_problem_hint(place->problems, "Use release.headers: [\"Authorization: Basic "
                                               "{env:TOKEN}\"]; the environment holds the secret.");
        return false;
    }
    if (text_starts_with(node->text, "http://") || text_starts_with(node->text, "https://") ||
        text_starts_with(node->text, "file://"))
        return true;
    place_refuse_value(place, node, "a http, https or file URL, or a path");
    return false;
}

static void read_location(const Place *place, const SettingsNode *node)
{
    if (!place_check_text(place, node) || !check_url(place, node))
        return;
    if (strstr(node->text, "://") || text_starts_with(node->text, "{source}"))
        put_text(place, text_copy(node->text));
    else
        put_text(place, place_absolute_pattern(place, node));
}

static void read_pattern(const Place *place, const SettingsNode *node)
{
    if (place_check_text(place, node) && check_url(place, node))
        put_text(place, text_copy(node->text));
}

static void read_url_path(const Place *place, const SettingsNode *node)
{
    if (!place_check_text(place, node))
        return;
    if (node->text[0] != '/' || strpbrk(node->text, " #"))
        place_refuse_value(place, node, "a path such as /healthz, without blanks and '#'");
    else
        put_text(place, text_copy(node->text));
}

static void read_token(const Place *place, const SettingsNode *node)
{
    if (!place_check_text(place, node))
        return;
    if (!place_is_token(node->text, strlen(node->text)))
        place_refuse_value(place, node, "the name of a header, such as X-Release");
    else
        put_text(place, text_copy(node->text));
}

static size_t word_index(const char *const *words, const char *word)
{
    size_t index = 0;

    while (words && words[index] && !text_equal(words[index], word))
        index++;
    return index;
}

static void refuse_lacking(const Place *place, const SettingsNode *node, const char *value)
{
    settings_problem(place->problems, node->line, place->row->path, "%s%s%s", value ? value : "",
                     value ? ": " : "", place->row->lacks);
    settings_problem_hint(place->problems, "%s", place->row->hint);
}

static void refuse_word(const Place *place, const SettingsNode *node)
{
    const SettingRow *row = place->row;
    char allowed[128] = "";
    size_t length = 0;

    if (row->lacking && row->lacking[word_index(row->lacking, node->text)]) {
        refuse_lacking(place, node, node->text);
        return;
    }
    for (size_t i = 0; row->words[i] && length < sizeof allowed; i++)
        length += (size_t)snprintf(allowed + length, sizeof allowed - length, "%s%s",
                                   i > 0 ? ", " : "", row->words[i]);
    place_refuse_value(place, node, allowed);
}

/* True with the index in row->words. */
static bool read_index(const Place *place, const SettingsNode *node, size_t *index)
{
    if (!place_check_text(place, node))
        return false;
    *index = word_index(place->row->words, node->text);
    if (place->row->words[*index])
        return true;
    refuse_word(place, node);
    return false;
}

static void read_word(const Place *place, const SettingsNode *node)
{
    size_t index = 0;

    if (read_index(place, node, &index))
        put_text(place, text_copy(node->text));
}

_Static_assert(sizeof(CheckKind) == sizeof(TrafficMode) &&
                   sizeof(CheckKind) == sizeof(TrafficStrategy),
               "read_choice writes any of them");

static void read_choice(const Place *place, const SettingsNode *node)
{
    size_t index = 0;
    CheckKind kind = CHECK_HTTP;

    if (!read_index(place, node, &index))
        return;
    kind = (CheckKind)index;
    memcpy(place_address(place), &kind, sizeof kind);
}

static void read_either(const Place *place, const SettingsNode *node)
{
    size_t index = 0;

    if (read_index(place, node, &index))
        *(bool *)place_address(place) = index == 1;
}

static void read_bool(const Place *place, const SettingsNode *node)
{
    if (!place_check_text(place, node))
        return;
    if (text_equal(node->text, "true") || text_equal(node->text, "false"))
        *(bool *)place_address(place) = node->text[0] == 't';
    else
        place_refuse_value(place, node, "true, false");
}

static void format_bound(SettingKind kind, int64_t value, char out[TEXT_QUANTITY_SIZE])
{
    if (kind == SETTING_SIZE)
        (void)text_size((uint64_t)value, out);
    else if (kind == SETTING_DURATION)
        (void)text_duration(value, out);
    else if (kind == SETTING_SHARE)
        (void)text_share(value, out);
    else
        (void)snprintf(out, TEXT_QUANTITY_SIZE, "%" PRId64, value);
}

/* True if it lies within the row's bounds. */
static bool check_bounds(const Place *place, const SettingsNode *node, int64_t value)
{
    char least[TEXT_QUANTITY_SIZE], most[TEXT_QUANTITY_SIZE], allowed[2 * TEXT_QUANTITY_SIZE + 8];

    if (value >= place->row->least && value <= place->row->most)
        return true;
    format_bound(place->row->kind, place->row->least, least);
    format_bound(place->row->kind, place->row->most, most);
    (void)snprintf(allowed, sizeof allowed, "%s to %s", least, most);
    place_refuse_value(place, node, allowed);
    return false;
}

static void read_number(const Place *place, const SettingsNode *node)
{
    uint64_t value = 0;

    if (!place_check_text(place, node))
        return;
    if (!text_parse_number(node->text, INT64_MAX, &value))
        place_refuse_value(place, node, "a whole number");
    else if (check_bounds(place, node, (int64_t)value))
        *(int64_t *)place_address(place) = (int64_t)value;
}

static void read_size(const Place *place, const SettingsNode *node)
{
    uint64_t value = 0;

    if (!place_check_text(place, node))
        return;
    if (!text_parse_size_bytes(node->text, &value) || value > INT64_MAX)
        place_refuse_value(place, node, "a size such as 500MiB, 5GiB, 10MB or a number of bytes");
    else if (check_bounds(place, node, (int64_t)value))
        *(uint64_t *)place_address(place) = value;
}

static void read_duration(const Place *place, const SettingsNode *node)
{
    int64_t value = 0;

    if (!place_check_text(place, node))
        return;
    if (!text_parse_duration_ms(node->text, &value))
        place_refuse_value(place, node, "a duration such as 500ms, 30s, 5m, 2h or 1d");
    else if (check_bounds(place, node, value))
        *(int64_t *)place_address(place) = value;
}

static void read_share(const Place *place, const SettingsNode *node)
{
    int64_t value = 0;

    if (!place_check_text(place, node))
        return;
    if (!text_parse_share_ppm(node->text, &value) ||
        (value > 0 && text_equal(node->text, "1"))) /* 1% or 100%? */
        place_refuse_value(place, node, "a share such as 1%, 0.5% or 0.01");
    else if (check_bounds(place, node, value))
        *(int64_t *)place_address(place) = value;
}

static void read_lacking(const Place *place, const SettingsNode *node)
{
    refuse_lacking(place, node, NULL);
}

typedef struct KindRow {
    const char *words;
    void (*read)(const Place *place, const SettingsNode *node);
    void (*free)(void *address); /* NULL: nothing to free */
} KindRow;

static void free_text(void *address)
{
    free(*(char **)address);
}

/* clang-format off */
static const KindRow kinds[] = {
    [SETTING_TEXT] = {"text", read_plain, free_text},
    [SETTING_APP] = {"name", read_app, free_text},
    [SETTING_PATH] = {"path", read_path, free_text},
    [SETTING_LOCATION] = {"URL or path", read_location, free_text},
    [SETTING_PATTERN] = {"name or URL", read_pattern, free_text},
    [SETTING_URL_PATH] = {"path of a URL", read_url_path, free_text},
    [SETTING_TOKEN] = {"name of a header", read_token, free_text},
    [SETTING_WORD] = {"word", read_word, free_text},
    [SETTING_CHOICE] = {"word", read_choice, NULL},
    [SETTING_EITHER] = {"word", read_either, NULL},
    [SETTING_BOOL] = {"true or false", read_bool, NULL},
    [SETTING_NUMBER] = {"number", read_number, NULL},
    [SETTING_SIZE] = {"size", read_size, NULL},
    [SETTING_DURATION] = {"duration", read_duration, NULL},
    [SETTING_SHARE] = {"share", read_share, NULL},
    [SETTING_PATHS] = {"list of paths", place_read_paths, place_free_list},
    [SETTING_KEY_IDS] = {"list of key ids", place_read_key_ids, place_free_list},
    [SETTING_RANGES] = {"list of networks", place_read_ranges, place_free_list},
    [SETTING_TEXTS] = {"list of texts", place_read_texts, place_free_list},
    [SETTING_RIGHTS] = {"list of capabilities", place_read_rights, place_free_list},
    [SETTING_ENTRIES] = {"list of names", place_read_entries, place_free_list},
    [SETTING_HEADERS] = {"list of headers", place_read_headers, place_free_list},
    [SETTING_COMMAND] = {"program and arguments", place_read_command, place_free_list},
    [SETTING_HOOK] = {"program and arguments", place_read_hook, place_free_list},
    [SETTING_HOOKS] = {"list of programs and arguments", place_read_hooks, place_free_hooks},
    [SETTING_ENVIRONMENT] = {"map of variables", place_read_environment, place_free_list},
    [SETTING_WORDS] = {"list of words", place_read_words, place_free_list},
    [SETTING_ADDRESSES] = {"list of addresses", place_read_addresses, NULL},
    [SETTING_PORTS] = {"two ports", place_read_ports, NULL},
    [SETTING_SHARES] = {"list of shares", place_read_shares, NULL},
    [SETTING_LACKING] = {"", read_lacking, NULL},
};
/* clang-format on */

const char *settings_kind_words(SettingKind kind)
{
    return kinds[kind].words;
}

void settings_value_read(Settings *settings, const SettingRow *row, const SettingsNode *node,
                         SettingsProblems *problems)
{
    const Place place = {settings, row, problems};

    kinds[row->kind].read(&place, node);
}

static bool is_list(SettingKind kind)
{
    return kind == SETTING_ADDRESSES || kind == SETTING_PORTS || kind == SETTING_RIGHTS ||
           kind == SETTING_WORDS;
}

/* Defaults go the way of what is written: they are held to the same rules. */
void settings_value_initial(Settings *settings, const SettingRow *row, SettingsProblems *problems)
{
    CLEANUP(free) char *text = row->initial ? text_copy(row->initial) : NULL;
    SettingsNode items[SETTINGS_MOST_LISTEN] = {0};
    SettingsNode node = {.kind = NODE_TEXT, .text = text};

    if (!row->initial)
        return;
    if (!text) {
        problems->out_of_memory = true;
        return;
    }
    if (is_list(row->kind)) {
        node = (SettingsNode){.kind = NODE_LIST, .items = items};
        for (char *at = text; at && node.count < SETTINGS_MOST_LISTEN; node.count++) {
            char *comma = strstr(at, ", ");

            items[node.count] = (SettingsNode){.kind = NODE_TEXT, .text = at};
            if (comma)
                *comma = '\0';
            at = comma ? comma + 2 : NULL;
        }
    }
    settings_value_read(settings, row, &node, problems);
}

void settings_value_free(Settings *settings, const SettingRow *row)
{
    if (kinds[row->kind].free)
        kinds[row->kind].free((char *)settings + row->offset);
}
