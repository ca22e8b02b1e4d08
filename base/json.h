/* json: JSON values. The door to jansson: its types stay behind it.
 *
 * A Json belongs to whoever made it until it is put into another one. Getters borrow: what they
 * return lives as long as the Json they were called on. */
#ifndef GODEPLOY_BASE_JSON_H
#define GODEPLOY_BASE_JSON_H

#include "base/cleanup.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Json Json;

typedef enum JsonKind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INTEGER,
    JSON_KIND_REAL,
    JSON_KIND_TEXT,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
} JsonKind;

/* Duplicate keys, NUL characters, invalid UTF-8 and trailing bytes are refused (ERR_JSON). */
bool json_parse(const char *bytes, size_t length, Json **out, Error *err);
bool json_read_file(const char *path, size_t limit, Json **out, Error *err);
void json_free(Json *json);
DEFINE_CLEANUP(Json *, json_free)

/* One line, or indented for people and files. Keys in the order they were put. Caller frees. NULL
 * only if out of memory. */
char *json_line(const Json *json);
char *json_pretty(const Json *json);

/* NULL if out of memory. The json_put_* and json_push functions accept NULL anywhere and then do
 * nothing but mark failure, so that a whole value is built first and looked at once: they return
 * false, and json_line() of a broken value is NULL. */
Json *json_new_object(void);
Json *json_new_array(void);
Json *json_new_text(const char *text);
bool json_put(Json *object, const char *key, Json *value); /* takes ownership, also when it fails */
bool json_put_optional(Json *object, const char *key, Json *value);  /* the same; NULL: JSON null */
bool json_put_text(Json *object, const char *key, const char *text); /* NULL text: JSON null */
bool json_put_integer(Json *object, const char *key, int64_t number);
bool json_put_real(Json *object, const char *key, double number);
bool json_put_bool(Json *object, const char *key, bool value);
bool json_push(Json *array, Json *value); /* takes ownership, also when it fails */
bool json_push_text(Json *array, const char *text);
Json *json_copy_of(const Json *json); /* deep */

JsonKind json_kind(const Json *json);                           /* JSON_KIND_NULL for NULL */
const Json *json_get(const Json *object, const char *key);      /* NULL if missing or no object */
const char *json_get_text(const Json *object, const char *key); /* NULL if missing or no text */
int64_t json_get_integer(const Json *object, const char *key, int64_t otherwise);
double json_get_real(const Json *object, const char *key, double otherwise); /* integers too */
bool json_get_bool(const Json *object, const char *key, bool otherwise);
const char *json_as_text(const Json *json); /* NULL if it is no text */
int64_t json_as_integer(const Json *json, int64_t otherwise);
size_t json_count(const Json *array_or_object);
const Json *json_item(const Json *array, size_t index);
/* The keys of an object in order: index below json_count(). Borrowed. */
const char *json_key(const Json *object, size_t index);

#endif
