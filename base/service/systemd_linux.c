/* See systemd.h. */
#include "base/service/systemd.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/process/process.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_TIMEOUT_MS = 20000, UNIT_LIMIT = 1024 * 1024 };

/* ---- which one ---- */

SystemdScope systemd_scope(void)
{
    return geteuid() == 0 ? SYSTEMD_SYSTEM : SYSTEMD_USER;
}

/* Where the sockets of a user's manager are; a login gives it in the environment, a CI job may not.
 */
static char *runtime_folder(void)
{
    const char *given = getenv("XDG_RUNTIME_DIR");

    return given && path_is_absolute(given)
               ? text_copy(given)
               : text_formatted("/run/user/%lu", (unsigned long)getuid());
}

static bool manager_of_user_runs(void)
{
    CLEANUP(free) char *runtime = runtime_folder();
    CLEANUP(free) char *manager = runtime ? path_join(runtime, "systemd/private") : NULL;

    return manager && file_exists(manager);
}

bool systemd_runs(SystemdScope scope)
{
    return file_kind("/run/systemd/system") == FILE_FOLDER &&
           (scope == SYSTEMD_SYSTEM ? geteuid() == 0 : manager_of_user_runs());
}

bool systemd_outlives_sessions(SystemdScope scope)
{
    const struct passwd *user = scope == SYSTEMD_USER ? getpwuid(getuid()) : NULL;
    CLEANUP(free)
    char *mark = user ? text_formatted("/var/lib/systemd/linger/%s", user->pw_name) : NULL;

    return scope == SYSTEMD_SYSTEM || (mark && file_exists(mark));
}

bool systemd_usable(SystemdScope scope)
{
    return systemd_runs(scope) && systemd_outlives_sessions(scope);
}

static char *home_folder(void)
{
    const char *given = getenv("HOME");
    const struct passwd *user = NULL;

    if (given && path_is_absolute(given))
        return text_copy(given);
    user = getpwuid(getuid());
    return text_copy(user ? user->pw_dir : "/");
}

char *systemd_unit_folder(SystemdScope scope)
{
    const char *given = getenv("XDG_CONFIG_HOME");
    CLEANUP(free) char *home = NULL;

    if (scope == SYSTEMD_SYSTEM)
        return text_copy("/etc/systemd/system");
    if (given && path_is_absolute(given))
        return text_formatted("%s/systemd/user", given);
    home = home_folder();
    return home ? text_formatted("%s/.config/systemd/user", home) : NULL;
}

/* ---- asking ---- */

bool systemd_program(SystemdScope scope, const char *program, TextList *out, Error *err)
{
    CLEANUP(free) char *runtime = NULL;
    CLEANUP(free) char *variable = NULL;

    if (scope == SYSTEMD_SYSTEM)
        return text_list_add(out, program, err);
    runtime = runtime_folder();
    variable = runtime ? text_formatted("XDG_RUNTIME_DIR=%s", runtime) : NULL;
    if (!variable)
        return error_memory(err);
    return text_list_add(out, "env", err) && text_list_add(out, variable, err) &&
           text_list_add(out, program, err) && text_list_add(out, "--user", err);
}

/* The last line of what it said, which is the reason. */
static const char *last_line(char *output)
{
    char *end = output + strlen(output);
    char *line = NULL;

    while (end > output && end[-1] == '\n')
        *--end = '\0';
    line = strrchr(output, '\n');
    return line ? line + 1 : output;
}

bool systemd_do(SystemdScope scope, const char *verb, const char *unit, int64_t timeout_ms,
                Error *err)
{
    CLEANUP_TEXT_LIST TextList words = {0};
    ProcessResult result = {0};
    Spawn spawn = {0};

    if (!systemd_program(scope, "systemctl", &words, err) ||
        !text_list_add(&words, "--no-ask-password", err) ||
        !text_list_add(&words, "--quiet", err) ||
        (timeout_ms == 0 && !text_list_add(&words, "--no-block", err)) ||
        !text_list_add(&words, verb, err) || (unit && !text_list_add(&words, unit, err)))
        return false;
    spawn.argv = (const char *const *)words.items;
    if (timeout_ms == 0)
        timeout_ms = LOOK_TIMEOUT_MS;
    if (!process_run(&spawn, timeout_ms, &result, err))
        return false;
    if (result.timed_out)
        return error_set(err, ERR_TIMEOUT, "systemctl %s %s: no answer within %lld ms", verb,
                         unit ? unit : "", (long long)timeout_ms);
    if (result.exit_status == 0)
        return true;
    error_set(err, ERR_SYSTEM, "systemctl %s %s: %s", verb, unit ? unit : "",
              last_line(result.output));
    return unit ? error_hint(err, "See `systemctl status %s`.", unit) : false;
}

/* ---- looking ---- */

static void take_word(char out[SYSTEMD_WORD_SIZE], const char *value)
{
    (void)snprintf(out, SYSTEMD_WORD_SIZE, "%s", value);
}

static void take_number(int64_t *out, const char *value)
{
    uint64_t number = 0;

    *out = text_parse_number(value, INT64_MAX, &number) ? (int64_t)number : 0;
}

static void take_property(SystemdUnit *unit, const char *name, const char *value)
{
    const struct {
        const char *name;
        char *word;
        int64_t *number;
    } known[] = {
        {"LoadState",                       unit->load,    NULL              },
        {"UnitFileState",                   unit->file,    NULL              },
        {"ActiveState",                     unit->active,  NULL              },
        {"SubState",                        unit->sub,     NULL              },
        {"Result",                          unit->result,  NULL              },
        {"Restart",                         unit->restart, NULL              },
        {"MainPID",                         NULL,          &unit->main_pid   },
        {"NRestarts",                       NULL,          &unit->restarts   },
        {"ExecMainStartTimestampMonotonic", NULL,          &unit->started_us },
        {"StateChangeTimestampMonotonic",   NULL,          &unit->changed_us },
        {"ExecMainCode",                    NULL,          &unit->exit_code  },
        {"ExecMainStatus",                  NULL,          &unit->exit_status},
        {"Job",                             NULL,          &unit->job        },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!text_equal(known[i].name, name))
            continue;
        if (known[i].word)
            take_word(known[i].word, value);
        else
            take_number(known[i].number, value);
    }
}

static void take_properties(SystemdUnit *unit, char *lines)
{
    char *rest = NULL;

    for (char *line = strtok_r(lines, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, '=');

        if (!value)
            continue;
        *value = '\0';
        take_property(unit, line, value + 1);
    }
}

bool systemd_look(SystemdScope scope, const char *unit, SystemdUnit *out, Error *err)
{
    static const char properties[] =
        "--property=LoadState,UnitFileState,ActiveState,SubState,Result,Restart,MainPID,NRestarts,"
        "ExecMainStartTimestampMonotonic,ExecMainCode,ExecMainStatus,Job,"
        "StateChangeTimestampMonotonic";
    CLEANUP_TEXT_LIST TextList words = {0};
    CLEANUP_TEXT Text lines = {0};
    Spawn spawn = {0};

    if (!systemd_program(scope, "systemctl", &words, err) || !text_list_add(&words, "show", err) ||
        !text_list_add(&words, properties, err) || !text_list_add(&words, unit, err))
        return false;
    spawn.argv = (const char *const *)words.items;
    if (!process_read(&spawn, LOOK_TIMEOUT_MS, UNIT_LIMIT, &lines, err))
        return error_while(err, "looking at unit %s", unit);
    *out = (SystemdUnit){0};
    if (lines.length > 0)
        take_properties(out, lines.bytes);
    if (out->active[0] == '\0')
        return error_set(err, ERR_SYSTEM, "systemctl does not say in which state unit %s is", unit);
    return true;
}

/* ---- units on disk ---- */

static char *unit_path(SystemdScope scope, const char *name)
{
    CLEANUP(free) char *folder = systemd_unit_folder(scope);

    return folder ? path_join(folder, name) : NULL;
}

static bool stands_there(const char *path, const Text *content)
{
    CLEANUP(free) char *there = NULL;
    size_t length = 0;
    Error ignored = {0};

    return file_exists(path) && file_read_all(path, UNIT_LIMIT, &there, &length, &ignored) &&
           length == content->length && memcmp(there, text_chars(content), length) == 0;
}

bool systemd_write(SystemdScope scope, const char *name, const Text *content, Error *err)
{
    CLEANUP(free) char *path = unit_path(scope, name);
    CLEANUP(free) char *folder = path ? path_folder(path) : NULL;

    if (!folder)
        return error_memory(err);
    return stands_there(path, content) ||
           (folder_create(folder, err) && file_set_mode(folder, 0755, err) &&
            file_write_durable(path, text_chars(content), content->length, 0644, err));
}

bool systemd_remove(SystemdScope scope, const char *name, Error *err)
{
    CLEANUP(free) char *path = unit_path(scope, name);

    return path ? file_remove(path, err) : error_memory(err);
}
