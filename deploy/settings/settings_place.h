/* settings_place: where a value goes, and what its readers share. Internal to settings_value.c,
 * settings_lists.c and settings_commands.c; the last two have the place_read_ and place_free_
 * functions. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_PLACE_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_PLACE_H

#include "deploy/settings/settings_problems.h"
#include "deploy/settings/settings_table.h"
#include "deploy/settings/settings_yaml.h"

typedef struct Place {
    Settings *settings;
    const SettingRow *row;
    SettingsProblems *problems;
} Place;

void *place_address(const Place *place);
void place_refuse_kind(const Place *place, const SettingsNode *node, const char *wanted);
void place_refuse_value(const Place *place, const SettingsNode *node, const char *allowed);

/* True if it is text, not empty, printable, and with known placeholders; else the problem is noted.
 */
bool place_check_text(const Place *place, const SettingsNode *node);
/* Against the settings' folder. NULL if it is refused or out of memory, which is noted. Caller
 * frees. */
char *place_absolute(const Place *place, const SettingsNode *node);
/* The same for a pattern with placeholders. NULL if out of memory. */
char *place_absolute_pattern(const Place *place, const SettingsNode *node);
bool place_is_token(const char *text, size_t length); /* as HTTP header names are */

/* True if it is a list, and no longer than lists may be; else the problem is noted. */
bool place_check_list(const Place *place, const SettingsNode *node, const char *wanted);
/* A copy of `item`, NULL if there was no memory for it, to a list of the settings. */
void place_add(const Place *place, TextList *list, const char *item);

void place_read_paths(const Place *place, const SettingsNode *node);
void place_read_key_ids(const Place *place, const SettingsNode *node);
void place_read_ranges(const Place *place, const SettingsNode *node);
void place_read_texts(const Place *place, const SettingsNode *node);
void place_read_words(const Place *place, const SettingsNode *node);
void place_read_rights(const Place *place, const SettingsNode *node);
void place_read_entries(const Place *place, const SettingsNode *node);
void place_read_headers(const Place *place, const SettingsNode *node);
void place_read_command(const Place *place, const SettingsNode *node);
void place_read_hook(const Place *place, const SettingsNode *node);
void place_read_hooks(const Place *place, const SettingsNode *node);
void place_read_environment(const Place *place, const SettingsNode *node);
void place_read_addresses(const Place *place, const SettingsNode *node);
void place_read_ports(const Place *place, const SettingsNode *node);
void place_read_shares(const Place *place, const SettingsNode *node);

void place_free_list(void *list);  /* TextList */
void place_free_hooks(void *list); /* HookList */

#endif
