/* See settings_check.h. */
#include "deploy/settings/settings_check.h"

#include "base/process/process.h"
#include "deploy/settings/settings_room.h"
#include "deploy/settings/settings_table.h"
#include "proxy/engine/engine.h"
#include "verify/authenticode/second_judge.h"

#include <inttypes.h>

typedef struct Checking {
    Settings *settings;
    const int *lines;
    SettingsProblems *problems;
} Checking;

static int line_of(const Checking *checking, const char *path)
{
    return checking->lines[settings_row_find(path)];
}

/* One socket would take the other's place. 0.0.0.0 and [::] are made apart from each other. */
static bool collide(const Address *a, const Address *b)
{
    if (a->port != b->port || a->is_ipv6 != b->is_ipv6)
        return false;
    return address_equal(a, b) || address_is_wildcard(a) || address_is_wildcard(b);
}

static void check_listen(const Checking *checking)
{
    const Address *listen = checking->settings->traffic.listen;
    char one[ADDRESS_TEXT_SIZE], other[ADDRESS_TEXT_SIZE];

    for (size_t i = 0; i < checking->settings->traffic.listen_count; i++)
        for (size_t j = 0; j < i; j++)
            if (collide(&listen[i], &listen[j]))
                settings_problem(checking->problems, line_of(checking, "traffic.listen"),
                                 "traffic.listen", "%s and %s would listen at the same place",
                                 address_format(&listen[j], one),
                                 address_format(&listen[i], other));
}

static void check_slots(const Checking *checking)
{
    const Settings *settings = checking->settings;
    int line = line_of(checking, "traffic.slots");

    if (line == 0)
        line = line_of(checking, "traffic.listen");
    if (settings->traffic.slots[0] == settings->traffic.slots[1])
        settings_problem(checking->problems, line, "traffic.slots",
                         "both slots have port %u; two instances run side by side",
                         (unsigned)settings->traffic.slots[0]);
    for (size_t i = 0; i < settings->traffic.listen_count; i++)
        for (size_t slot = 0; slot < SETTINGS_SLOTS; slot++)
            if (settings->traffic.listen[i].port == settings->traffic.slots[slot])
                settings_problem(checking->problems, line, "traffic.slots",
                                 "port %u is also in traffic.listen; the instances need their own",
                                 (unsigned)settings->traffic.slots[slot]);
}

static void refuse_engine(const Checking *checking)
{
    CLEANUP_TEXT Text here = {0};

    for (size_t i = 0; engine_at(i); i++)
        text_appendf(&here, "%s%s", i > 0 ? ", " : "", engine_at(i)->name);
    settings_problem(checking->problems, line_of(checking, "traffic.engine"), "traffic.engine",
                     "%s: this build has no such traffic engine",
                     checking->settings->traffic.engine);
    settings_problem_hint(checking->problems, "Use one of: %s.", text_chars(&here));
}

/* Where nobody says how traffic is carried, it is done as the engine can. */
static void check_engine(const Checking *checking)
{
    Settings *settings = checking->settings;
    const Engine *engine = NULL;
    Error unknown = {0};

    if (!engine_find(settings->traffic.engine, &engine, &unknown))
        refuse_engine(checking);
    else if (line_of(checking, "traffic.mode") == 0 && !(engine->can & ENGINE_PER_REQUEST))
        settings->traffic.mode = TRAFFIC_TCP;
}

/* A setting that nobody would read is a mistake somebody should hear of. */
static void check_read(const Checking *checking, const char *path, bool is_read, const char *kinds)
{
    if (line_of(checking, path) > 0 && !is_read)
        settings_problem(checking->problems, line_of(checking, path), path,
                         "nothing reads it; check.kind must be %s", kinds);
}

static void check_kind(const Checking *checking)
{
    CheckKind kind = checking->settings->check.kind;
    /* Where routes carry http, the flip is proved by a request too. */
    bool asks = kind == CHECK_HTTP || kind == CHECK_HTTPS ||
                checking->settings->traffic.mode == TRAFFIC_HTTP;

    check_read(checking, "check.path", asks, "http or https");
    check_read(checking, "check.host", asks, "http or https");
    check_read(checking, "check.expect", asks, "http or https");
    check_read(checking, "check.body", asks, "http or https");
    check_read(checking, "check.identity.header", asks, "http or https");
    check_read(checking, "check.exec", kind == CHECK_EXEC, "exec");
    check_read(checking, "check.ca", kind == CHECK_HTTPS, "https");
    check_read(checking, "check.insecure_tls", kind == CHECK_HTTPS, "https");
    if (kind == CHECK_EXEC && checking->settings->check.exec.count == 0)
        settings_problem(checking->problems, line_of(checking, "check.kind"), "check.exec",
                         "missing; check.kind is exec");
}

/* Checks speak to the instance without the header, which most servers then refuse to hear. */
static void check_proxy_header(const Checking *checking)
{
    const Settings *settings = checking->settings;
    CheckKind kind = settings->check.kind;
    int line = line_of(checking, "traffic.send_proxy_header");

    if (!settings->traffic.send_proxy_header)
        return;
    if (settings->traffic.mode != TRAFFIC_TCP)
        settings_problem(checking->problems, line, "traffic.send_proxy_header",
                         "found true; traffic.mode must be tcp");
    else if (kind != CHECK_TCP && kind != CHECK_EXEC)
        settings_problem(checking->problems, line, "traffic.send_proxy_header",
                         "found true; check.kind must be tcp or exec: checks send no header");
}

/* Whoever names an authority wants the certificate checked. */
static void check_tls(const Checking *checking)
{
    Settings *settings = checking->settings;
    int line = line_of(checking, "check.insecure_tls");

    if (!settings->check.ca)
        return;
    if (line > 0 && settings->check.insecure_tls)
        settings_problem(checking->problems, line, "check.insecure_tls",
                         "true does not go with check.ca, which asks for a checked certificate");
    settings->check.insecure_tls = false;
}

static void check_deadline(const Checking *checking)
{
    const Settings *settings = checking->settings;
    int64_t least = (settings->check.passes - 1) * settings->check.interval_ms;
    int line = line_of(checking, "check.deadline");
    char needed[TEXT_QUANTITY_SIZE], given[TEXT_QUANTITY_SIZE];

    if (settings->check.deadline_ms > least)
        return;
    if (line == 0)
        line = line_of(checking,
                       line_of(checking, "check.passes") > 0 ? "check.passes" : "check.interval");
    settings_problem(checking->problems, line, "check.deadline",
                     "%s is too short: %" PRId64 " passes, an interval apart, take %s",
                     text_duration(settings->check.deadline_ms, given), settings->check.passes,
                     text_duration(least, needed));
}

static void check_watch(const Checking *checking)
{
    const Settings *settings = checking->settings;

    if (settings->watch.refuse_inconclusive && settings->watch.for_ms == 0)
        settings_problem(checking->problems, line_of(checking, "watch.inconclusive"),
                         "watch.inconclusive",
                         "refuse does not go with watch.for 0, which can prove nothing");
}

/* What a strategy leaves no room for. */
static void check_strategy(const Checking *checking)
{
    const Settings *settings = checking->settings;
    int line = line_of(checking, "traffic.strategy");

    if (settings->traffic.strategy != STRATEGY_EXCLUSIVE)
        return;
    if (settings->canary.step_count > 0)
        settings_problem(checking->problems, line, "traffic.strategy",
                         "exclusive does not go with canary.steps, which needs two instances");
    if (settings->retire.keep_warm)
        settings_problem(checking->problems, line, "traffic.strategy",
                         "exclusive does not go with retire.keep_warm, which needs two instances");
}

/* Settings that one runner alone reads. */
static const struct {
    const char *section;
    const char *runner;
} runner_sections[] = {
    {"service.windows.",   "service"},
    {"service.hardening.", "systemd"},
    {"service.limits.",    "systemd"},
};

static const char *only_reader_of(const char *path)
{
    for (size_t i = 0; i < sizeof runner_sections / sizeof runner_sections[0]; i++)
        if (text_starts_with(path, runner_sections[i].section))
            return runner_sections[i].runner;
    return NULL;
}

/* Where the runner is left to us it may be that one on another day. */
static void check_runner(const Checking *checking)
{
    const char *runner = checking->settings->service.runner;

    for (size_t i = 0; i < settings_row_count(); i++) {
        const char *path = settings_row(i)->path;
        const char *reader = only_reader_of(path);

        if (reader && checking->lines[i] > 0 && !text_equal(runner, reader) &&
            !text_equal(runner, "auto"))
            settings_problem(checking->problems, checking->lines[i], path,
                             "nothing reads it; service.runner must be %s, and is %s", reader,
                             runner);
    }
    if (line_of(checking, "service.account") > 0 && text_equal(runner, "supervise"))
        settings_problem(checking->problems, line_of(checking, "service.account"),
                         "service.account",
                         "nothing reads it; supervise runs the service as the calling user");
}

/* The service manager starts it, and hands over what stands in its command. */
static void check_native_service(const Checking *checking)
{
    const Settings *settings = checking->settings;

    if (!settings->service.windows.native)
        return;
    if (settings->service.environment.count > 0)
        settings_problem(checking->problems, line_of(checking, "service.environment"),
                         "service.environment",
                         "does not reach a native service; say it in service.command");
    if (!text_equal(settings->service.preset, "none"))
        settings_problem(checking->problems, line_of(checking, "service.preset"), "service.preset",
                         "does not reach a native service, which gets no environment from us");
}

/* The default is short; and one character is the least that a version has. */
static void check_room(const Checking *checking)
{
    const Settings *settings = checking->settings;
    Error why = {0};

    if (!settings->root || !settings->app || settings_room_for(settings, "1", &why))
        return;
    settings_problem(checking->problems, line_of(checking, "root"), "root",
                     "leaves no room for any release: %s", why.message);
    settings_problem_hint(checking->problems, "%s", why.hint);
}

static void check_missing(const Checking *checking)
{
    CLEANUP_TEXT Text missing = {0};

    for (size_t i = 0; i < settings_row_count(); i++) {
        const SettingRow *row = settings_row(i);

        if (row->required && checking->lines[i] == 0)
            text_appendf(&missing, "%s%s", missing.length > 0 ? ", " : "", row->path);
    }
    if (missing.length == 0)
        return;
    settings_problem(checking->problems, 0, NULL, "missing: %s", text_chars(&missing));
    settings_problem_hint(
        checking->problems,
        "`godeploy init` writes an example; `godeploy help settings` lists them all.");
}

static void check_keys(const Checking *checking)
{
    if (line_of(checking, "verify.rsa.keys") > 0 && checking->settings->verify.rsa.keys.count == 0)
        settings_problem(checking->problems, line_of(checking, "verify.rsa.keys"),
                         "verify.rsa.keys", "at least one key is needed to verify a release");
}

static const char *const authenticode_paths[] = {
    "verify.authenticode.files",        "verify.authenticode.ca",
    "verify.authenticode.tsa_ca",       "verify.authenticode.crl",
    "verify.authenticode.publishers",   "verify.authenticode.partial_chain",
    "verify.authenticode.allow_sha1",   "verify.authenticode.require_timestamp",
    "verify.authenticode.also_windows", "verify.authenticode.windows_revocation",
};

static void check_reload(const Checking *checking)
{
    if (checking->settings->config.reload != CONFIG_RELOAD_SIGNAL || process_has_signals())
        return;
    settings_problem(checking->problems, line_of(checking, "config.reload.kind"),
                     "config.reload.kind", "signal: this system has no signals");
    settings_problem_hint(checking->problems,
                          "Let the service offer a URL: config.reload.kind: http.");
}

/* Whoever names publishers and forgets `require` believes that they are checked. */
static void check_authenticode_unread(const Checking *checking)
{
    for (size_t i = 0; i < sizeof authenticode_paths / sizeof authenticode_paths[0]; i++) {
        const char *path = authenticode_paths[i];

        if (line_of(checking, path) == 0)
            continue;
        settings_problem(checking->problems, line_of(checking, path), path,
                         "nothing reads it; verify.authenticode.require is none");
        settings_problem_hint(checking->problems, "Say which programs must be signed: "
                                                  "verify.authenticode.require: all.");
    }
}

static void check_second_judge(const Checking *checking)
{
    const Settings *settings = checking->settings;

    if (settings->verify.authenticode.also_windows && !second_judge_exists()) {
        settings_problem(checking->problems, line_of(checking, "verify.authenticode.also_windows"),
                         "verify.authenticode.also_windows",
                         "true: this system has no judge of its own for programs of Windows");
        settings_problem_hint(checking->problems,
                              "Leave it out here; signatures are judged the same without it.");
    }
    if (!settings->verify.authenticode.also_windows &&
        line_of(checking, "verify.authenticode.windows_revocation") > 0)
        settings_problem(checking->problems,
                         line_of(checking, "verify.authenticode.windows_revocation"),
                         "verify.authenticode.windows_revocation",
                         "nothing reads it; verify.authenticode.also_windows is false");
}

static void check_authenticode(const Checking *checking)
{
    const Settings *settings = checking->settings;
    ProgramDemand require = settings->verify.authenticode.require;
    int line = line_of(checking, "verify.authenticode.require");
    bool listed = require == PROGRAMS_LISTED;

    if (require == PROGRAMS_NONE) {
        check_authenticode_unread(checking);
        return;
    }
    if (settings->verify.authenticode.ca.count == 0) {
        settings_problem(checking->problems, line, "verify.authenticode.ca",
                         "missing; without it no signature could be believed");
        settings_problem_hint(checking->problems,
                              "Name the PEM file of the authority that issued the signer's "
                              "certificate; this system's own are not asked.");
    }
    if (listed && settings->verify.authenticode.files.count == 0)
        settings_problem(checking->problems, line, "verify.authenticode.files",
                         "missing; verify.authenticode.require is listed");
    if (!listed && line_of(checking, "verify.authenticode.files") > 0)
        settings_problem(checking->problems, line_of(checking, "verify.authenticode.files"),
                         "verify.authenticode.files",
                         "nothing reads it; verify.authenticode.require must be listed");
    check_second_judge(checking);
}

void settings_check(Settings *settings, const int *lines, SettingsProblems *problems)
{
    const Checking checking = {settings, lines, problems};
    bool values_are_whole = problems->count == 0;

    check_missing(&checking);
    if (!values_are_whole)
        return;
    check_keys(&checking);
    check_authenticode(&checking);
    check_engine(&checking);
    check_listen(&checking);
    check_slots(&checking);
    check_kind(&checking);
    check_proxy_header(&checking);
    check_tls(&checking);
    check_deadline(&checking);
    check_strategy(&checking);
    check_runner(&checking);
    check_native_service(&checking);
    check_room(&checking);
    check_watch(&checking);
    check_reload(&checking);
}
