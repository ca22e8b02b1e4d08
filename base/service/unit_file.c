/* See unit_file.h. */
#include "base/service/unit_file.h"

#include <ctype.h>
#include <string.h>

/* ---- refusing ---- */

static bool has_control(const char *value, bool tabs)
{
    for (const char *at = value; *at; at++)
        if (((unsigned char)*at < ' ' && !(tabs && *at == '\t')) || *at == '\x7f')
            return true;
    return false;
}

static bool refuse(const char *key, const char *why, Error *err)
{
    error_set(err, ERR_SETTINGS, "%s cannot be written into a systemd unit: it holds %s", key, why);
    return error_hint(err, "Choose another value, or use service.runner: supervise.");
}

static bool is_clean(const char *key, const char *value, bool tabs, Error *err)
{
    if (has_control(value, tabs))
        return refuse(key, "a line break or another control character", err);
    if (!text_is_utf8(value))
        return refuse(key, "bytes that are no UTF-8", err);
    return true;
}

/* systemd would take blanks at the ends away, and read on in the next line behind a backslash. */
static bool keeps_its_ends(const char *key, const char *value, Error *err)
{
    size_t length = strlen(value);

    if (length == 0)
        return true;
    if (value[0] == ' ' || value[length - 1] == ' ')
        return refuse(key, "a blank at its begin or end", err);
    return value[length - 1] != '\\' || refuse(key, "a backslash at its end", err);
}

/* ---- writing ---- */

void unit_section(Text *unit, const char *name)
{
    text_appendf(unit, "%s[%s]\n", unit->length > 0 ? "\n" : "", name);
}

static void append_doubled(Text *unit, const char *value, const char *special)
{
    for (const char *at = value; *at; at++) {
        text_append_bytes(unit, at, 1);
        if (strchr(special, *at))
            text_append_bytes(unit, at, 1);
    }
}

bool unit_put(Text *unit, const char *key, const char *value, Error *err)
{
    if (!is_clean(key, value, false, err) || !keeps_its_ends(key, value, err))
        return false;
    text_appendf(unit, "%s=", key);
    append_doubled(unit, value, "%");
    text_append(unit, "\n");
    return text_ok(unit, err);
}

bool unit_put_path(Text *unit, const char *key, const char *path, Error *err)
{
    if (strpbrk(path, "*?[\\"))
        return refuse(key, "a wildcard", err);
    return unit_put(unit, key, path, err);
}

/* systemd looks for variables in every word but the first, which is the program. */
static void append_word(Text *unit, const char *word, bool is_program)
{
    text_append(unit, "\"");
    for (const char *at = word; *at; at++) {
        if (*at == '\t') {
            text_append(unit, "\\t");
            continue;
        }
        if (*at == '"' || *at == '\\')
            text_append(unit, "\\");
        if (*at == '%' || (*at == '$' && !is_program))
            text_append_bytes(unit, at, 1);
        text_append_bytes(unit, at, 1);
    }
    text_append(unit, "\"");
}

bool unit_put_words(Text *unit, const char *key, const char *const *words, Error *err)
{
    text_appendf(unit, "%s=", key);
    for (size_t i = 0; words[i]; i++) {
        if (!is_clean(key, words[i], true, err))
            return false;
        if (i > 0)
            text_append(unit, " ");
        append_word(unit, words[i], i == 0);
    }
    text_append(unit, "\n");
    return text_ok(unit, err);
}

/* systemd drops every other with a line in its journal. */
static bool is_name(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (name[i] != '_' && !isalpha((unsigned char)name[i]) &&
            (i == 0 || !isdigit((unsigned char)name[i])))
            return false;
    return length > 0;
}

static bool refuse_name(const char *variable, size_t length, Error *err)
{
    error_set(err, ERR_SETTINGS,
              "the variable %.*s cannot be given by systemd: its name holds other than letters, "
              "digits and _",
              (int)length, variable);
    return error_hint(err, "Choose another name, or use service.runner: supervise.");
}

bool unit_put_variable(Text *file, const char *variable, Error *err)
{
    const char *value = strchr(variable, '=');

    if (!value)
        return error_set(err, ERR_SETTINGS, "%s is no NAME=value", variable);
    if (!is_name(variable, (size_t)(value - variable)))
        return refuse_name(variable, (size_t)(value - variable), err);
    if (!text_is_utf8(value))
        return error_set(err, ERR_SETTINGS,
                         "the variable %.*s holds bytes that are no UTF-8, which systemd drops",
                         (int)(value - variable), variable);
    text_append_bytes(file, variable, (size_t)(value - variable));
    text_append(file, "=\"");
    for (const char *at = value + 1; *at; at++) {
        if (strchr("\"\\$`", *at))
            text_append(file, "\\");
        text_append_bytes(file, at, 1);
    }
    text_append(file, "\"\n");
    return text_ok(file, err);
}

/* ---- names ---- */

static bool stands_for_itself(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '_' || c == '.';
}

char *unit_escape_path(const char *path)
{
    Text name = {0};

    for (const char *at = path; *at; at++) {
        if (*at == '/') {
            if (name.length > 0 && at[1] != '/' && at[1] != '\0')
                text_append(&name, "-");
        } else if (stands_for_itself(*at) && !(*at == '.' && name.length == 0)) {
            text_append_bytes(&name, at, 1);
        } else {
            text_appendf(&name, "\\x%02x", (unsigned)(unsigned char)*at);
        }
    }
    if (name.length == 0)
        text_append(&name, "-");
    return text_take(&name);
}
