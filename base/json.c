/* See json.h. A Json is a json_t under another name.
 *
 * What could not be put is marked inside the value itself, by a text that is no UTF-8: jansson
 * refuses to write that text, and so refuses every value that contains it. */
#include "base/json.h"
#include "base/file/file.h"
#include "base/text.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

enum { REAL_DIGITS = 15 }; /* 0.1 stays 0.1 */

static const char broken_mark[] = "\xff";
static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

static json_t *inner(const Json *json)
{
    union { /* jansson counts references in what it is only asked to read */
        const Json *json;
        json_t *value;
    } view = {.json = json};

    return view.value;
}

static Json *outer(json_t *value)
{
    return (Json *)value;
}

/* jansson quotes what it stumbled over: nothing of it may reach the terminal as it is. */
static void make_printable(char *text)
{
    if (text_printable(text))
        return;
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

bool json_parse(const char *bytes, size_t length, Json **out, Error *err)
{
    json_error_t problem;
    json_t *value = json_loadb(bytes, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);

    if (!value) {
        make_printable(problem.text);
        return error_set(err, ERR_JSON, "not valid JSON: line %d, column %d: %s", problem.line,
                         problem.column, problem.text);
    }
    *out = outer(value);
    return true;
}

bool json_read_file(const char *path, size_t limit, Json **out, Error *err)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;

    if (!file_read_all(path, limit, &bytes, &length, err))
        return false;
    if (!json_parse(bytes, length, out, err))
        return error_while(err, "reading %s", path);
    return true;
}

void json_free(Json *json)
{
    json_decref(inner(json));
}

static char *dump(const Json *json, size_t form)
{
    return json_dumps(inner(json), form | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));
}

char *json_line(const Json *json)
{
    return dump(json, JSON_COMPACT);
}

char *json_pretty(const Json *json)
{
    return dump(json, JSON_INDENT(2));
}

Json *json_new_object(void)
{
    return outer(json_object());
}

Json *json_new_array(void)
{
    return outer(json_array());
}

/* How many bytes at `c` are one well-formed character: jansson judges. 0 if they are none. */
static size_t character_length(const char *c, size_t left)
{
    for (size_t length = 1; length <= 4 && length <= left; length++) {
        json_t *value = json_stringn(c, length);

        json_decref(value);
        if (value)
            return length;
    }
    return 0;
}

static Json *text_with_replacements(const char *text)
{
    CLEANUP_TEXT Text mended = {0};
    size_t left = strlen(text);

    while (left > 0) {
        size_t length = character_length(text, left);

        if (length > 0)
            text_append_bytes(&mended, text, length);
        else
            text_append(&mended, replacement);
        length = length > 0 ? length : 1;
        text += length;
        left -= length;
    }
    return mended.failed ? NULL : outer(json_string(text_chars(&mended)));
}

Json *json_new_text(const char *text)
{
    json_t *value = json_string(text);

    return value || !text ? outer(value) : text_with_replacements(text);
}

static bool mark_broken(json_t *container)
{
    json_t *mark = json_string_nocheck(broken_mark);

    /* Either call accepts what is no container, and NULL, where memory is out for the mark too. */
    if (json_is_array(container))
        (void)json_array_append_new(container, mark);
    else
        (void)json_object_set_new_nocheck(container, broken_mark, mark);
    return false;
}

bool json_put(Json *object, const char *key, Json *value)
{
    assert(!object || object != value);
    if (object && key && value && json_object_set(inner(object), key, inner(value)) == 0) {
        json_free(value);
        return true;
    }
    json_free(value);
    return mark_broken(inner(object));
}

bool json_put_optional(Json *object, const char *key, Json *value)
{
    return value ? json_put(object, key, value) : json_put_text(object, key, NULL);
}

bool json_put_text(Json *object, const char *key, const char *text)
{
    return json_put(object, key, text ? json_new_text(text) : outer(json_null()));
}

bool json_put_integer(Json *object, const char *key, int64_t number)
{
    return json_put(object, key, outer(json_integer(number)));
}

bool json_put_real(Json *object, const char *key, double number)
{
    return json_put(object, key, outer(json_real(number)));
}

bool json_put_bool(Json *object, const char *key, bool value)
{
    return json_put(object, key, outer(json_boolean(value)));
}

bool json_push(Json *array, Json *value)
{
    assert(!array || array != value);
    if (array && value && json_array_append(inner(array), inner(value)) == 0) {
        json_free(value);
        return true;
    }
    json_free(value);
    return mark_broken(inner(array));
}

bool json_push_text(Json *array, const char *text)
{
    return json_push(array, text ? json_new_text(text) : outer(json_null()));
}

Json *json_copy_of(const Json *json)
{
    return outer(json_deep_copy(inner(json)));
}

JsonKind json_kind(const Json *json)
{
    if (!json)
        return JSON_KIND_NULL;
    switch (json_typeof(inner(json))) {
    case JSON_NULL:
        return JSON_KIND_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_INTEGER:
        return JSON_KIND_INTEGER;
    case JSON_REAL:
        return JSON_KIND_REAL;
    case JSON_STRING:
        return JSON_KIND_TEXT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    }
    return JSON_KIND_NULL;
}

const Json *json_get(const Json *object, const char *key)
{
    return outer(json_object_get(inner(object), key));
}

const char *json_get_text(const Json *object, const char *key)
{
    return json_as_text(json_get(object, key));
}

int64_t json_get_integer(const Json *object, const char *key, int64_t otherwise)
{
    return json_as_integer(json_get(object, key), otherwise);
}

double json_get_real(const Json *object, const char *key, double otherwise)
{
    json_t *value = json_object_get(inner(object), key);

    return json_is_number(value) ? json_number_value(value) : otherwise;
}

bool json_get_bool(const Json *object, const char *key, bool otherwise)
{
    json_t *value = json_object_get(inner(object), key);

    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

const char *json_as_text(const Json *json)
{
    return json_string_value(inner(json));
}

int64_t json_as_integer(const Json *json, int64_t otherwise)
{
    return json_is_integer(inner(json)) ? (int64_t)json_integer_value(inner(json)) : otherwise;
}

size_t json_count(const Json *array_or_object)
{
    json_t *value = inner(array_or_object);

    return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

const Json *json_item(const Json *array, size_t index)
{
    return outer(json_array_get(inner(array), index));
}

const char *json_key(const Json *object, size_t index)
{
    json_t *value = inner(object);
    void *at = json_object_iter(value);

    for (; at && index > 0; index--)
        at = json_object_iter_next(value, at);
    return at ? json_object_iter_key(at) : NULL;
}
