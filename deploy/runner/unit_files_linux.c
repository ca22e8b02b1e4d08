/* See unit_files.h. */
#include "deploy/runner/unit_files.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/service/systemd.h"
#include "deploy/runner/instance_unit.h"
#include "deploy/runner/supervised.h"
#include "deploy/runner/unit_record.h"
#include "deploy/slot.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNIT_LIMIT = 1024 * 1024 };

/* ---- whose they are ---- */

static char *environment_path(const InstancePlace *place)
{
    return text_formatted("%s/%s.environment", place->run_folder, place->slot);
}

static char *ladder_path(const InstancePlace *place)
{
    return text_formatted("%s/%s.ladder", place->run_folder, place->slot);
}

/* What unit_put() doubled is single again. */
static void undouble(char *value)
{
    char *to = value;

    for (const char *at = value; *at; at++) {
        *to++ = *at;
        if (at[0] == '%' && at[1] == '%')
            at++;
    }
    *to = '\0';
}

/* The variables of whatever was started last in this slot; NULL if nothing was. Caller frees. */
static bool read_environment_path(const InstancePlace *place, char **out, Error *err)
{
    static const char key[] = "\nEnvironmentFile=";
    CLEANUP(free) char *units = systemd_unit_folder(systemd_scope());
    CLEANUP(free) char *name = instance_unit_release(place);
    CLEANUP(free) char *path = units && name ? path_join(units, name) : NULL;
    CLEANUP(free) char *content = NULL;
    char *value = NULL;
    size_t length = 0;

    *out = NULL;
    if (!path)
        return error_memory(err);
    if (!file_exists(path))
        return true;
    if (!file_read_all(path, UNIT_LIMIT, &content, &length, err))
        return false;
    value = strstr(content, key);
    if (!value)
        return true;
    value += sizeof key - 1;
    value[strcspn(value, "\n")] = '\0';
    undouble(value);
    *out = text_copy(value);
    return *out || error_memory(err);
}

bool unit_files_check_owner(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *ours = environment_path(place);
    CLEANUP(free) char *found = NULL;

    if (!ours)
        return error_memory(err);
    if (!read_environment_path(place, &found, err))
        return false;
    if (!found || text_equal(found, ours) || !file_exists(found))
        return true;
    error_set(err, ERR_START, "unit godeploy-%s@%s belongs to another root: %s is there",
              place->app, place->slot, found);
    return error_hint(err, "Apps of two roots on one host need different names, or "
                           "service.runner: supervise.");
}

bool unit_files_check_user(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *record = unit_record_path(place);
    const struct passwd *user = NULL;
    struct stat there;

    if (!record)
        return error_memory(err);
    if (stat(record, &there) != 0 || there.st_uid == geteuid())
        return true;
    user = getpwuid(there.st_uid);
    if (user)
        error_set(err, ERR_PERMISSION, "slot %s of %s is kept by the systemd of user %s",
                  place->slot, place->app, user->pw_name);
    else
        error_set(err, ERR_PERMISSION, "slot %s of %s is kept by the systemd of user %u",
                  place->slot, place->app, (unsigned)there.st_uid);
    return error_hint(err, "Run godeploy as that user; or choose another `root` and other ports.");
}

/* ---- writing and removing ---- */

static bool remove_unit(char *name, Error *err)
{
    CLEANUP(free) char *owned = name;

    return owned ? systemd_remove(systemd_scope(), owned, err) : error_memory(err);
}

static bool write_unit(char *name, const Text *content, Error *err)
{
    CLEANUP(free) char *owned = name;

    return owned ? systemd_write(systemd_scope(), owned, content, err) : error_memory(err);
}

static bool write_environment(const InstanceSpec *spec, const char *path, Error *err)
{
    CLEANUP_TEXT Text lines = {0};

    return instance_unit_write_environment(spec, &lines, err) &&
           file_write_durable(path, text_chars(&lines), lines.length, 0600, err);
}

/* What stands beside the folders is not for whoever may pass: SQLite left that to the umask. */
static bool close_journal(const char *app_folder, Error *err)
{
    static const char *const names[] = {"journal.db", "journal.db-wal", "journal.db-shm"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CLEANUP(free) char *path = path_join(app_folder, names[i]);

        if (!path)
            return error_memory(err);
        if (file_exists(path) && !file_set_mode(path, 0600, err))
            return false;
    }
    return true;
}

/* Another user has to come to its release: through folders that he may pass, not list. */
static bool let_account_in(const InstanceSpec *spec, Error *err)
{
    enum { SEARCHABLE = 0711, READABLE = 0755, PARENTS = 3 }; /* releases, APP, ROOT */
    CLEANUP(free) char *folder = text_copy(spec->folder);

    if (!spec->settings->service.account)
        return true;
    if (!folder)
        return error_memory(err);
    if (!file_set_mode(folder, READABLE, err))
        return false;
    for (int i = 0; i < PARENTS; i++) {
        char *parent = path_folder(folder);

        free(folder);
        folder = parent;
        if (!folder)
            return error_memory(err);
        if (!close_journal(folder, err) || !file_set_mode(folder, SEARCHABLE, err))
            return false;
    }
    return true;
}

bool unit_files_write(const InstanceSpec *spec, Error *err)
{
    CLEANUP(free) char *environment = environment_path(&spec->place);
    CLEANUP(free) char *steps = ladder_path(&spec->place);
    CLEANUP(free) char *supervise = NULL;
    CLEANUP_TEXT Text template = {0};
    CLEANUP_TEXT Text release = {0};
    CLEANUP_TEXT Text ladder = {0};
    InstanceUnit unit = {.spec = spec,
                         .environment_file = environment,
                         .ladder_file = steps,
                         .of_user = systemd_scope() == SYSTEMD_USER};

    if (!environment || !steps)
        return error_memory(err);
    if (!supervised_program(&supervise, err))
        return false;
    unit.supervise = supervise;
    return instance_unit_write_template(&unit, &template, err) &&
           instance_unit_write_release(&unit, &release, err) &&
           instance_unit_write_ladder(&unit, &ladder, err) &&
           folder_create(spec->place.run_folder, err) && unit_record_write(spec, err) &&
           write_environment(spec, environment, err) && let_account_in(spec, err) &&
           remove_unit(instance_unit_good(&spec->place), err) &&
           remove_unit(instance_unit_stop(&spec->place), err) &&
           write_unit(instance_unit_template(&spec->place), &template, err) &&
           write_unit(instance_unit_release(&spec->place), &release, err) &&
           write_unit(instance_unit_ladder(&spec->place), &ladder, err);
}

/* An administrator's own drop-ins are none of ours. */
static bool remove_empty_folder(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *units = systemd_unit_folder(systemd_scope());
    CLEANUP(free) char *name = instance_unit_name(place);
    CLEANUP(free) char *folder = units && name ? text_formatted("%s/%s.d", units, name) : NULL;
    CLEANUP_TEXT_LIST TextList left = {0};

    if (!folder)
        return error_memory(err);
    if (file_kind(folder) != FILE_FOLDER)
        return true;
    return folder_list(folder, &left, err) && (left.count > 0 || folder_remove_tree(folder, err));
}

/* The other slot may still need it. */
static bool remove_template(const InstancePlace *place, Error *err)
{
    InstancePlace other = *place;

    other.slot = slot_name(slot_other(slot_by_name(place->slot)));
    return unit_record_exists(&other) || remove_unit(instance_unit_template(place), err);
}

/* The record last: by it the slot is remembered. */
bool unit_files_remove(const InstancePlace *place, Error *err)
{
    CLEANUP(free) char *environment = environment_path(place);
    CLEANUP(free) char *steps = ladder_path(place);

    if (!environment || !steps)
        return error_memory(err);
    return remove_unit(instance_unit_release(place), err) &&
           remove_unit(instance_unit_ladder(place), err) &&
           remove_unit(instance_unit_good(place), err) &&
           remove_unit(instance_unit_stop(place), err) && remove_empty_folder(place, err) &&
           remove_template(place, err) && file_remove(environment, err) &&
           file_remove(steps, err) && unit_record_remove(place, err);
}

bool unit_files_mark_good(const InstancePlace *place, Error *err)
{
    CLEANUP_TEXT Text good = {0};

    instance_unit_write_good(&good);
    return write_unit(instance_unit_good(place), &good, err);
}

/* A stop is no step of the ladder: the program that counts would only take its time. */
bool unit_files_prepare_stop(const InstancePlace *place, int64_t stop_timeout_ms, Error *err)
{
    CLEANUP_TEXT Text text = {0};
    UnitRecord record;

    if (!remove_unit(instance_unit_ladder(place), err) || !unit_record_read(place, &record, err))
        return false;
    if (record.stop_timeout_ms == stop_timeout_ms)
        return true;
    instance_unit_write_stop(stop_timeout_ms, &text);
    return write_unit(instance_unit_stop(place), &text, err);
}
