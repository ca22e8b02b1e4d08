/* The lists and the map among the settings, except commands; see settings_place.h. */
#include "deploy/settings/settings_place.h"

#include "deploy/settings/settings_pattern.h"
#include "proxy/route_trust.h"
#include "verify/entry_name.h"

#include <string.h>

enum { MOST_ITEMS = 256, KEY_ID_LENGTH = 16, MILLION = 1000000 };

void place_free_list(void *list)
{
    text_list_free(list);
}

void place_add(const Place *place, TextList *list, const char *item)
{
    Error err = {0};

    if (!item || !text_list_add(list, item, &err))
        place->problems->out_of_memory = true;
}

bool place_check_list(const Place *place, const SettingsNode *node, const char *wanted)
{
    if (node->kind == NODE_LIST && node->count <= MOST_ITEMS)
        return true;
    place_refuse_kind(place, node, wanted);
    return false;
}

void place_read_paths(const Place *place, const SettingsNode *node)
{
    if (!place_check_list(place, node, "a list of paths, such as [\"keys/release.pem\"]"))
        return;
    for (size_t i = 0; i < node->count; i++) {
        CLEANUP(free) char *path = NULL;

        if (!place_check_text(place, &node->items[i]))
            continue;
        path = place_absolute(place, &node->items[i]);
        if (path)
            place_add(place, place_address(place), path);
    }
}

void place_read_texts(const Place *place, const SettingsNode *node)
{
    if (!place_check_list(place, node, "a list, such as [\"CN=Example Ltd\"]"))
        return;
    for (size_t i = 0; i < node->count; i++)
        if (place_check_text(place, &node->items[i]))
            place_add(place, place_address(place), node->items[i].text);
}

void place_read_words(const Place *place, const SettingsNode *node)
{
    CLEANUP_TEXT Text allowed = {0};

    for (size_t i = 0; place->row->words[i]; i++)
        text_appendf(&allowed, "%s%s", i > 0 ? ", " : "", place->row->words[i]);
    if (!place_check_list(place, node, "a list of words"))
        return;
    for (size_t i = 0; i < node->count; i++) {
        const SettingsNode *item = &node->items[i];
        size_t word = 0;

        if (!place_check_text(place, item))
            continue;
        while (place->row->words[word] && !text_equal(place->row->words[word], item->text))
            word++;
        if (place->row->words[word])
            place_add(place, place_address(place), item->text);
        else
            place_refuse_value(place, item, text_chars(&allowed));
    }
}

/* ---- lists whose items have to fit ---- */

typedef bool (*ItemFits)(const char *item);

static void read_items(const Place *place, const SettingsNode *node, ItemFits fits,
                       const char *allowed)
{
    for (size_t i = 0; i < node->count; i++) {
        const SettingsNode *item = &node->items[i];

        if (!place_check_text(place, item))
            continue;
        if (fits(item->text))
            place_add(place, place_address(place), item->text);
        else
            place_refuse_value(place, item, allowed);
    }
}

static bool is_key_id(const char *item)
{
    return strlen(item) == KEY_ID_LENGTH && strspn(item, "0123456789abcdef") == KEY_ID_LENGTH;
}

void place_read_key_ids(const Place *place, const SettingsNode *node)
{
    if (place_check_list(place, node, "a list of key ids"))
        read_items(place, node, is_key_id, "16 digits of 0-9 and a-f in quotes");
}

static bool is_range(const char *item)
{
    AddressRange range;
    Error none = {0}; /* what is allowed is said instead */

    return address_range_parse(item, &range, &none);
}

void place_read_ranges(const Place *place, const SettingsNode *node)
{
    if (!place_check_list(place, node, "a list of networks, such as [\"10.0.0.0/8\"]"))
        return;
    if (node->count <= ROUTE_TRUST_MAX)
        read_items(place, node, is_range,
                   "networks such as 10.0.0.0/8 without bits behind the prefix, or numeric hosts");
    else
        settings_problem(place->problems, node->line, place->row->path,
                         "found %zu networks; allowed: at most %d", node->count,
                         (int)ROUTE_TRUST_MAX);
}

static bool is_capability(const char *item)
{
    return text_starts_with(item, "CAP_") &&
           strspn(item, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == strlen(item);
}

static bool is_capability_or_all(const char *item)
{
    return text_equal(item, "all") || is_capability(item);
}

void place_read_rights(const Place *place, const SettingsNode *node)
{
    if (place_check_list(place, node, "a list of capabilities, such as [CAP_NET_BIND_SERVICE]"))
        read_items(place, node, node->count == 1 ? is_capability_or_all : is_capability,
                   "capabilities(7), such as CAP_NET_BIND_SERVICE, or \"all\" alone");
}

/* Held to the rules of names in archives: a pattern that none of them can match is a mistake. */
static bool could_be_entry(const char *item)
{
    CLEANUP(free) char *name = text_copy(item);
    Error ignored = {0};

    for (char *at = name; at && *at; at++)
        if (*at == '*')
            *at = 'x';
    return name && entry_name_check(name, strlen(name), &ignored);
}

void place_read_entries(const Place *place, const SettingsNode *node)
{
    if (place_check_list(place, node, "a list of paths in the archive, such as [\"bin/*.exe\"]"))
        read_items(place, node, could_be_entry, "a path in the archive, such as bin/shop.exe");
}

static bool is_header(const char *item)
{
    const char *colon = strchr(item, ':');

    return colon && place_is_token(item, (size_t)(colon - item)) &&
           colon[1 + strspn(colon + 1, " ")] != '\0';
}

void place_read_headers(const Place *place, const SettingsNode *node)
{
    if (place_check_list(place, node, "a list of headers, such as [\"Accept: application/zip\"]"))
        read_items(place, node, is_header, "\"Name: value\"");
}

/* ---- variables ---- */

static bool check_variable(const Place *place, const SettingsNode *item)
{
    char why[SETTINGS_WHY_SIZE], hint[SETTINGS_WHY_SIZE], shown[SETTINGS_SHOWN_SIZE];
    const char *complaint = NULL;

    if (!settings_is_variable_name(item->key))
        complaint = "not the name of a variable; allowed: A-Z, a-z, 0-9 and _";
    else if (text_equal(item->key, "PORT") || text_starts_with(item->key, "GODEPLOY_"))
        complaint = "godeploy sets this variable itself";
    else if (item->kind != NODE_TEXT)
        complaint = "its value must be text; write \"\" for an empty one";
    else if (!settings_pattern_valid(item->text, place->row->placeholders, why, hint))
        complaint = why;
    if (!complaint)
        return true;
    settings_problem(place->problems, item->line, place->row->path, "%s: %s",
                     settings_shown(item->key, shown), complaint);
    if (complaint == why)
        settings_problem_hint(place->problems, "%s", hint);
    return false;
}

void place_read_environment(const Place *place, const SettingsNode *node)
{
    if (node->kind != NODE_MAP || node->count > MOST_ITEMS) {
        place_refuse_kind(place, node, "a map of variables, such as { GOGC: \"50\" }");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        CLEANUP(free) char *variable = NULL;

        if (!check_variable(place, &node->items[i]))
            continue;
        variable = text_formatted("%s=%s", node->items[i].key, node->items[i].text);
        place_add(place, place_address(place), variable);
    }
}

/* ---- addresses, ports, shares ---- */

void place_read_addresses(const Place *place, const SettingsNode *node)
{
    Settings *settings = place->settings;

    if (!place_check_list(place, node, "a list of addresses, such as [\"0.0.0.0:8080\"]"))
        return;
    if (node->count == 0 || node->count > SETTINGS_MOST_LISTEN) {
        settings_problem(place->problems, node->line, place->row->path,
                         "found %zu addresses; allowed: 1 to %d", node->count,
                         (int)SETTINGS_MOST_LISTEN);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        Address *address = &settings->traffic.listen[settings->traffic.listen_count];
        Error err = {0};

        if (!place_check_text(place, &node->items[i]))
            continue;
        if (address_parse(node->items[i].text, address, &err) && address->port != 0)
            settings->traffic.listen_count++;
        else
            place_refuse_value(place, &node->items[i],
                               "numeric host and port, such as \"0.0.0.0:8080\" or \"[::]:8080\"");
    }
}

void place_read_ports(const Place *place, const SettingsNode *node)
{
    if (!place_check_list(place, node, "two ports, such as [18081, 18082]"))
        return;
    if (node->count != SETTINGS_SLOTS) {
        settings_problem(place->problems, node->line, place->row->path,
                         "found %zu ports; allowed: two, such as [18081, 18082]", node->count);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        uint64_t port = 0;

        if (!place_check_text(place, &node->items[i]))
            continue;
        if (text_parse_number(node->items[i].text, UINT16_MAX, &port) && port > 0)
            place->settings->traffic.slots[i] = (uint16_t)port;
        else
            place_refuse_value(place, &node->items[i], "1 to 65535");
    }
}

/* A share as it is written; false, and noted, where it is none or does not rise. */
static bool read_step(const Place *place, const SettingsNode *item, int64_t before, int64_t *out)
{
    if (!place_check_text(place, item))
        return false;
    if (text_parse_share_ppm(item->text, out) && !text_equal(item->text, "1") && *out > before &&
        *out <= MILLION)
        return true;
    place_refuse_value(place, item, "shares that rise, up to 100%, such as [5%, 25%, 100%]");
    return false;
}

/* The last step, 100 %, is the flip itself; it may be left out. */
void place_read_shares(const Place *place, const SettingsNode *node)
{
    Settings *settings = place->settings;
    int64_t step = 0;

    if (!place_check_list(place, node, "a list of shares, such as [5%, 25%, 100%]"))
        return;
    if (node->count > SETTINGS_MOST_CANARY_STEPS) {
        settings_problem(place->problems, node->line, place->row->path,
                         "found %zu steps; allowed: up to %d", node->count,
                         (int)SETTINGS_MOST_CANARY_STEPS);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!read_step(place, &node->items[i], step, &step))
            return;
        if (step < MILLION)
            settings->canary.steps_ppm[settings->canary.step_count++] = step;
    }
}
