/* settings_table: every setting there is, one row each. Reading, defaults, errors and the
 * documentation are made from it; a new setting is a new row and its place in Settings. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_TABLE_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_TABLE_H

#include "deploy/settings/settings.h"

#include <stddef.h>
#include <stdint.h>

typedef enum SettingKind {
    SETTING_TEXT,        /* char * */
    SETTING_APP,         /* char * */
    SETTING_PATH,        /* char *, made absolute */
    SETTING_LOCATION,    /* char *: URL pattern, or path pattern made absolute */
    SETTING_PATTERN,     /* char * */
    SETTING_URL_PATH,    /* char *: begins with a slash */
    SETTING_TOKEN,       /* char *: name of an HTTP header */
    SETTING_WORD,        /* char *: one of `words` */
    SETTING_CHOICE,      /* enum: the index in `words` */
    SETTING_EITHER,      /* bool: the second of two `words` is true */
    SETTING_BOOL,        /* bool */
    SETTING_NUMBER,      /* int64_t */
    SETTING_SIZE,        /* uint64_t bytes */
    SETTING_DURATION,    /* int64_t ms */
    SETTING_SHARE,       /* int64_t parts per million */
    SETTING_PATHS,       /* TextList, made absolute */
    SETTING_KEY_IDS,     /* TextList */
    SETTING_RANGES,      /* TextList of networks and hosts */
    SETTING_TEXTS,       /* TextList */
    SETTING_RIGHTS,      /* TextList of capabilities, or "all" alone */
    SETTING_ENTRIES,     /* TextList of names in the archive, "*" for any part of a segment */
    SETTING_HEADERS,     /* TextList of "Name: value" */
    SETTING_COMMAND,     /* TextList: the program belongs to the release */
    SETTING_HOOK,        /* TextList: the program is found from the settings' folder */
    SETTING_HOOKS,       /* HookList of the same */
    SETTING_ENVIRONMENT, /* TextList of "NAME=value", written as a map */
    SETTING_WORDS,       /* TextList of some of `words` */
    SETTING_ADDRESSES,   /* traffic.listen */
    SETTING_PORTS,       /* traffic.slots */
    SETTING_SHARES,      /* canary.steps */
    SETTING_LACKING,     /* known, but nothing that this build could honour */
} SettingKind;

typedef struct SettingRow {
    const char *path;
    size_t offset;              /* in Settings */
    const char *initial;        /* as it would be written; lists with ", " between; NULL: none */
    const char *const *words;   /* allowed; NULL-terminated */
    const char *const *lacking; /* of the field, but not in this build: refused with `lacks` */
    const char *lacks;
    const char *hint;
    const char *const *placeholders; /* NULL: braces mean nothing here */
    int64_t least, most;             /* of numbers, sizes, durations and shares, both allowed */
    const char *help;
    SettingKind kind;
    bool required;
    bool secret; /* its value is never shown */
} SettingRow;

/* NULL behind the last. */
const SettingRow *settings_row(size_t index);
size_t settings_row_count(void);
/* settings_row_count() if there is none. */
size_t settings_row_find(const char *path);
/* True if some row's path begins with "SECTION.". */
bool settings_is_section(const char *path);
/* The known path that was probably meant, or NULL. */
const char *settings_row_nearest(const char *path);

#endif
