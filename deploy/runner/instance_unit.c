/* See instance_unit.h. */
#include "deploy/runner/instance_unit.h"

#include "base/path.h"
#include "base/service/unit_file.h"
#include "deploy/supervise/ladder.h"

#include <inttypes.h>
#include <string.h>

enum { START_TIMEOUT_S = 60, PPM_OF_A_PERCENT = 10000 };

/* ---- names ---- */

char *instance_unit_name(const InstancePlace *place)
{
    return text_formatted("godeploy-%s@%s.service", place->app, place->slot);
}

char *instance_unit_template(const InstancePlace *place)
{
    return text_formatted("godeploy-%s@.service", place->app);
}

static char *drop_in(const InstancePlace *place, const char *name)
{
    return text_formatted("godeploy-%s@%s.service.d/%s", place->app, place->slot, name);
}

char *instance_unit_release(const InstancePlace *place)
{
    return drop_in(place, "50-release.conf");
}

char *instance_unit_ladder(const InstancePlace *place)
{
    return drop_in(place, "55-ladder.conf");
}

char *instance_unit_good(const InstancePlace *place)
{
    return drop_in(place, "60-good.conf");
}

char *instance_unit_stop(const InstancePlace *place)
{
    return drop_in(place, "70-stop.conf");
}

/* ---- the template ---- */

bool instance_unit_write_template(const InstanceUnit *unit, Text *out, Error *err)
{
    text_append(out, "# Written by godeploy. What runs in a slot stands in its drop-ins.\n");
    unit_section(out, "Unit");
    text_appendf(out, "Description=%s, slot %%i (godeploy)\n", unit->spec->place.app);
    if (!unit->of_user)
        text_append(out, "After=network.target\n");
    unit_section(out, "Service");
    text_append(out, "Type=exec\n");
    /* Without a release nothing runs; systemd refuses a service that has no command. */
    text_append(out, "ExecStart=/bin/false\n");
    unit_section(out, "Install");
    text_appendf(out, "WantedBy=%s\n", unit->of_user ? "default.target" : "multi-user.target");
    return text_ok(out, err);
}

/* ---- the release ---- */

/* systemd takes whole paths, or names on its own search path. */
static char *program_of(const InstanceSpec *spec)
{
    const char *program = spec->command[0];

    if (path_is_absolute(program) || !strchr(program, '/'))
        return text_copy(program);
    if (text_starts_with(program, "./"))
        program += 2;
    return path_join(spec->folder, program);
}

/* Before a path these mean something to systemd; here they would be a name on its search path. */
static bool is_plain(const char *program, Error *err)
{
    if (program[0] == '\0' || !strchr("@-:+!|", program[0]))
        return true;
    error_set(err, ERR_SETTINGS, "service.command: systemd would take %s for an order of its own",
              program);
    return error_hint(err, "Give its whole path, or ./%s for one in the release.", program);
}

static bool put_command(const InstanceSpec *spec, Text *out, Error *err)
{
    CLEANUP(free) char *program = program_of(spec);
    CLEANUP_TEXT_LIST TextList words = {0};

    if (!program)
        return error_memory(err);
    if (!is_plain(program, err) || !text_list_add(&words, program, err))
        return false;
    for (size_t i = 1; spec->command[i]; i++)
        if (!text_list_add(&words, spec->command[i], err))
            return false;
    text_append(out, "ExecStart=\n"); /* forgets the template's */
    return unit_put_words(out, "ExecStart", (const char *const *)words.items, err);
}

static void put_life(const InstanceSpec *spec, Text *out)
{
    text_append(out, "Restart=no\n"); /* on trial; see 60-good.conf */
    text_appendf(out, "RestartSec=%" PRId64 "ms\n", spec->restart_delay_ms);
    text_appendf(out, "TimeoutStartSec=%ds\n", START_TIMEOUT_S);
    text_appendf(out, "TimeoutStopSec=%" PRId64 "ms\n", spec->stop_timeout_ms);
    text_append(out, "KillMode=control-group\n");
}

static bool put_account(const InstanceUnit *unit, Text *out, Error *err)
{
    const char *account = unit->spec->settings->service.account;

    if (!account)
        return true;
    if (unit->of_user) {
        error_set(err, ERR_SETTINGS,
                  "service.account: %s: a user's own systemd cannot run a "
                  "service as another user",
                  account);
        return error_hint(err, "Run godeploy as root, or as that user.");
    }
    if (text_equal(account, "dynamic")) {
        text_append(out, "DynamicUser=yes\n"); /* one for both slots: named as the template */
        text_appendf(out, "StateDirectory=godeploy-%s\n", unit->spec->place.app);
        return true;
    }
    return unit_put(out, "User", account, err);
}

static void put_capabilities(const TextList *names, Text *out)
{
    if (names->count == 1 && text_equal(names->items[0], "all"))
        return;
    text_append(out, "CapabilityBoundingSet="); /* nothing behind it: none */
    for (size_t i = 0; i < names->count; i++)
        text_appendf(out, "%s%s", i > 0 ? " " : "", names->items[i]);
    text_append(out, "\n");
}

static void put_hardening(const InstanceUnit *unit, Text *out)
{
    static const char *const protections[] = {[PROTECT_SYSTEM_OFF] = "no",
                                              [PROTECT_SYSTEM_YES] = "yes",
                                              [PROTECT_SYSTEM_FULL] = "full",
                                              [PROTECT_SYSTEM_STRICT] = "strict"};
    const Confinement *confinement = &unit->spec->settings->service.confinement;

    text_appendf(out, "NoNewPrivileges=%s\n", confinement->no_new_privileges ? "yes" : "no");
    if (unit->of_user)
        return; /* the rest needs rights that its manager has not */
    text_appendf(out, "ProtectSystem=%s\n", protections[confinement->protect_system]);
    text_appendf(out, "PrivateTmp=%s\n", confinement->private_tmp ? "yes" : "no");
    put_capabilities(&confinement->capabilities, out);
}

static void put_limits(const InstanceUnit *unit, Text *out)
{
    const Confinement *confinement = &unit->spec->settings->service.confinement;

    if (confinement->files > 0 && !unit->of_user) /* a user cannot raise his own */
        text_appendf(out, "LimitNOFILE=%" PRId64 "\n", confinement->files);
    if (confinement->memory > 0)
        text_appendf(out, "MemoryMax=%" PRIu64 "\n", confinement->memory);
    if (confinement->cpu_ppm > 0)
        text_appendf(out, "CPUQuota=%" PRId64 "%%\n",
                     (confinement->cpu_ppm + PPM_OF_A_PERCENT - 1) / PPM_OF_A_PERCENT);
    if (confinement->tasks > 0)
        text_appendf(out, "TasksMax=%" PRId64 "\n", confinement->tasks);
}

/* By this its lines are told from those of the release before. */
static bool put_identity(const InstanceSpec *spec, Text *out, Error *err)
{
    CLEANUP(free) char *instance = text_formatted("GODEPLOY_INSTANCE=%s", spec->instance);
    CLEANUP(free) char *release = text_formatted("GODEPLOY_RELEASE=%s", spec->release);

    if (!instance || !release)
        return error_memory(err);
    return unit_put(out, "SyslogIdentifier", spec->place.app, err) &&
           unit_put(out, "LogExtraFields", instance, err) &&
           unit_put(out, "LogExtraFields", release, err);
}

/* What it would find in its own empty /tmp is no release. */
static bool can_see_its_folder(const InstanceUnit *unit, Error *err)
{
    const char *folder = unit->spec->folder;
    const char *account = unit->spec->settings->service.account;
    bool dynamic = account && text_equal(account, "dynamic"); /* has one of its own in any case */

    if (unit->of_user || !(unit->spec->settings->service.confinement.private_tmp || dynamic) ||
        (!text_starts_with(folder, "/tmp/") && !text_starts_with(folder, "/var/tmp/")))
        return true;
    error_set(err, ERR_SETTINGS, "%s hides %s from the service, which is to run there",
              dynamic ? "service.account: dynamic" : "service.hardening.private_tmp", folder);
    return error_hint(err, dynamic ? "Choose another `root`, or another account."
                                   : "Choose another `root`, or set "
                                     "service.hardening.private_tmp: false.");
}

bool instance_unit_write_release(const InstanceUnit *unit, Text *out, Error *err)
{
    const InstanceSpec *spec = unit->spec;

    text_append(out, "# Written by godeploy when it starts a release in this slot.\n");
    unit_section(out, "Service");
    if (!can_see_its_folder(unit, err) || !put_command(spec, out, err) ||
        !unit_put_path(out, "WorkingDirectory", spec->folder, err) ||
        !unit_put_path(out, "EnvironmentFile", unit->environment_file, err) ||
        !put_account(unit, out, err) || !put_identity(spec, out, err))
        return false;
    put_life(spec, out);
    put_hardening(unit, out);
    put_limits(unit, out);
    return text_ok(out, err);
}

/* ---- the ladder ---- */

/* systemd's own limit counts the starts by hand and at boot too, and forgets its count whenever
 * units are read again. It stands behind ours, for a host on which ours cannot run. */
static void put_limit_of_systemd(const InstanceSpec *spec, Text *out)
{
    enum { FIRST_START = 1, BY_HAND = 10 };

    unit_section(out, "Unit");
    text_appendf(out, "StartLimitIntervalSec=%" PRId64 "ms\n", spec->restart_reset_ms);
    text_appendf(out, "StartLimitBurst=%d\n", spec->restart_times + FIRST_START + BY_HAND);
}

/* It is asked before each restart, whatever account and variables the instance has. */
bool instance_unit_write_ladder(const InstanceUnit *unit, Text *out, Error *err)
{
    const InstanceSpec *spec = unit->spec;
    CLEANUP(free) char *name = instance_unit_name(&spec->place);
    CLEANUP(free) char *times = text_formatted("%d", spec->restart_times);
    CLEANUP(free) char *reset_ms = text_formatted("%" PRId64, spec->restart_reset_ms);
    const char *const words[] = {unit->of_user ? "/usr/bin/env" : "+/usr/bin/env",
                                 "-i",
                                 unit->supervise,
                                 "--ladder",
                                 name,
                                 unit->ladder_file,
                                 times,
                                 reset_ms,
                                 NULL};

    if (!name || !times || !reset_ms)
        return error_memory(err);
    text_append(out, "# Written by godeploy: how often it may be restarted.\n");
    put_limit_of_systemd(spec, out);
    if (spec->restart_times > LADDER_MOST_TIMES)
        return text_ok(out, err); /* for ever, as good as */
    unit_section(out, "Service");
    return unit_put_words(out, "ExecStopPost", words, err) && text_ok(out, err);
}

/* ---- its life after the trial ---- */

void instance_unit_write_good(Text *out)
{
    text_append(out, "# Written by godeploy: this release has proven itself.\n");
    unit_section(out, "Service");
    text_append(out, "Restart=always\n");
}

void instance_unit_write_stop(int64_t stop_timeout_ms, Text *out)
{
    text_append(out, "# Written by godeploy, which stops this instance.\n");
    unit_section(out, "Service");
    text_appendf(out, "TimeoutStopSec=%" PRId64 "ms\n", stop_timeout_ms);
}

/* ---- its variables ---- */

static bool is_of_the_account(const char *variable)
{
    return text_starts_with(variable, "HOME=") || text_starts_with(variable, "USER=") ||
           text_starts_with(variable, "LOGNAME=");
}

bool instance_unit_write_environment(const InstanceSpec *spec, Text *out, Error *err)
{
    for (size_t i = 0; spec->environment[i]; i++) {
        if (spec->settings->service.account && is_of_the_account(spec->environment[i]))
            continue;
        if (!unit_put_variable(out, spec->environment[i], err))
            return false;
    }
    return text_ok(out, err);
}
