/* unit_file: the text of a systemd unit, a drop-in or an environment file. Pure text: what a value
 * means to systemd is taken away from it, and what cannot be written is refused (ERR_SETTINGS).
 *
 * Source: systemd.syntax(7), systemd.unit(5) SPECIFIERS, systemd.service(5) COMMAND LINES,
 * systemd.exec(5) EnvironmentFile, systemd-escape(1). */
#ifndef GODEPLOY_BASE_SERVICE_UNIT_FILE_H
#define GODEPLOY_BASE_SERVICE_UNIT_FILE_H

#include "base/error.h"
#include "base/text.h"

/* "[Service]", with an empty line before it where something stands above. */
void unit_section(Text *unit, const char *name);

/* KEY=VALUE, VALUE taken literally: % is no specifier. Control characters, a blank at either end, a
 * backslash at the end and what is no UTF-8 are refused. */
bool unit_put(Text *unit, const char *key, const char *value, Error *err);

/* The same for a path of which systemd would expand wildcards: those are refused too. */
bool unit_put_path(Text *unit, const char *key, const char *path, Error *err);

/* KEY="PROGRAM" "WORD"..., each word literally: neither variables nor specifiers nor quotes mean
 * anything. A tab may be in it, no other control character. */
bool unit_put_words(Text *unit, const char *key, const char *const *words, Error *err);

/* One line of an environment file, of "NAME=value"; NAME of letters, digits and _. A value may hold
 * anything but NUL and what is no UTF-8; the message names only NAME. */
bool unit_put_variable(Text *file, const char *variable, Error *err);

/* "/var/lib/x" as the name of an instance: "var-lib-x". NULL if out of memory; caller frees. */
char *unit_escape_path(const char *path);

#endif
