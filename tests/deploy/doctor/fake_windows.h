/* fake_windows: a Windows host that is well, in place of windows_host.h, and what makes it ill.
 * Included once in a test program, by ward.h: with it the checks of every system are asked on every
 * system. */
#ifndef GODEPLOY_TESTS_DEPLOY_DOCTOR_FAKE_WINDOWS_H
#define GODEPLOY_TESTS_DEPLOY_DOCTOR_FAKE_WINDOWS_H

#include "deploy/doctor/checks_linux.h"
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"
#include "tests/deploy/app_scene.h"

typedef struct FakeWindows {
    WindowsToken token;
    WindowsDrive drive;
    size_t longest_folder; /* in which a program is started, in bytes; 0: any */
    bool short_paths;
    uint32_t ipv6_disabled;
    size_t portproxy_rules;
    const char *portproxy_trouble; /* NULL: none */
    uint16_t kept_port;            /* 0: none */
    const char *ranges;            /* as netsh lists them; NULL: none */
    int64_t waiting;
    bool firewall_is_on;
    const char *firewall_rules[4];
    int64_t handles;
    const char *marked; /* the end of the path of a file with the mark */
    WindowsAntivirus antivirus;
    bool has_exporter;
    const char *go_programs[3];
    const char *go_version;
} FakeWindows;

static FakeWindows fake_windows;

static inline void fake_windows_reset(void)
{
    /* IPv4 is preferred, so that `localhost` is an address that the scene listens on. */
    fake_windows = (FakeWindows){
        .token = {.elevated = true },
        .drive = { .name = "C:", .is_there = true},
        .ipv6_disabled = 0x20,
        .firewall_is_on = true,
        .handles = 312,
        .go_version = "go version go1.22.1 windows/amd64"
    };
}

bool windows_token(WindowsToken *out, Error *err)
{
    (void)err;
    *out = fake_windows.token;
    return true;
}

bool windows_drive(const char *path, WindowsDrive *out, Error *err)
{
    (void)path;
    (void)err;
    *out = fake_windows.drive;
    return true;
}

bool process_folder_fits(const char *folder, Error *err)
{
    return fake_windows.longest_folder == 0 || strlen(folder) <= fake_windows.longest_folder ||
           error_set(err, ERR_PROCESS, "%s is too long", folder);
}

bool process_service_program_fits(const char *program, Error *err)
{
    return process_folder_fits(program, err);
}

bool windows_long_paths(bool *on, Error *err)
{
    (void)err;
    *on = !fake_windows.short_paths;
    return true;
}

bool windows_ipv6_disabled(uint32_t *out, Error *err)
{
    (void)err;
    *out = fake_windows.ipv6_disabled;
    return true;
}

bool windows_antivirus(WindowsAntivirus *out, Error *err)
{
    (void)err;
    *out = fake_windows.antivirus;
    return true;
}

bool windows_firewall(bool *on, TextList *rules, Error *err)
{
    *on = fake_windows.firewall_is_on;
    for (int i = 0; fake_windows.firewall_rules[i]; i++)
        if (!text_list_add(rules, fake_windows.firewall_rules[i], err))
            return false;
    return true;
}

bool windows_portproxy(PortproxyFindings *out, Error *err)
{
    (void)err;
    out->rules = fake_windows.portproxy_rules;
    if (fake_windows.portproxy_trouble) {
        out->count = 1;
        (void)snprintf(out->items[0].text, sizeof out->items[0].text, "%s",
                       fake_windows.portproxy_trouble);
        (void)snprintf(out->items[0].fix, sizeof out->items[0].fix, "Start it.");
    }
    return true;
}

bool windows_keeps_port(uint16_t port, bool *kept, Error *err)
{
    (void)err;
    *kept = port == fake_windows.kept_port;
    return true;
}

bool windows_excluded_range(uint16_t port, bool is_ipv6, bool *found, PortRange *out, Error *err)
{
    (void)is_ipv6;
    (void)err;
    *found = fake_windows.ranges && port_range_find(fake_windows.ranges, port, out);
    return true;
}

bool windows_waiting(uint16_t port, int64_t *count, Error *err)
{
    (void)port;
    (void)err;
    *count = fake_windows.waiting;
    return true;
}

int windows_zone(const char *path)
{
    return fake_windows.marked && text_ends_with(path, fake_windows.marked) ? 3 : -1;
}

bool windows_handles(int64_t pid, WindowsHandles *out, Error *err)
{
    (void)pid;
    (void)err;
    *out = (WindowsHandles){
        .count = fake_windows.handles,
        .most = {{.name = "File", .count = fake_windows.handles - 100},
                 {.name = "Event", .count = 60}}
    };
    return true;
}

bool windows_exporter(bool *installed, Error *err)
{
    (void)err;
    *installed = fake_windows.has_exporter;
    return true;
}

char *windows_exporter_folder(void)
{
    return text_copy("/nowhere/textfile_inputs");
}

bool windows_go(WindowsGo *out, Error *err)
{
    *out = (WindowsGo){0};
    (void)snprintf(out->version, sizeof out->version, "%s", fake_windows.go_version);
    for (int i = 0; fake_windows.go_programs[i]; i++)
        if (!text_list_add(&out->programs, fake_windows.go_programs[i], err))
            return false;
    return true;
}

void windows_go_free(WindowsGo *go)
{
    text_list_free(&go->programs);
}

/* Those of every system but those that checks.c has. */
DoctorCheckList checks_of_this_system(void)
{
    enum { MOST = 32 };
    static const DoctorCheck of_linux = {"limits", NEEDS_SITUATION, check_limits};
    static DoctorCheck rows[MOST];
    DoctorCheckList windows = windows_checks();

    assert_true(windows.count < MOST);
    rows[0] = of_linux;
    memcpy(rows + 1, windows.rows, windows.count * sizeof rows[0]);
    return (DoctorCheckList){.rows = rows, .count = windows.count + 1};
}

/* ---- how each is brought about ---- */

static void writes_are_redirected(void)
{
    fake_windows.token.virtualised = true;
}

static void process_is_not_elevated(void)
{
    fake_windows.token.elevated = false;
    app_scene->engine.name = "portproxy";
}

static void drive_is_missing(void)
{
    fake_windows.drive = (WindowsDrive){.name = "Q:"};
}

static void drive_is_a_subst(void)
{
    fake_windows.drive = (WindowsDrive){.name = "Q:", .is_there = true, .folder = "C:\\srv"};
}

static void drive_is_mapped(void)
{
    fake_windows.drive =
        (WindowsDrive){.name = "Q:", .is_there = true, .is_share = true, .is_mapped = true};
}

static void root_is_a_share(void)
{
    fake_windows.drive = (WindowsDrive){.is_there = true, .is_share = true};
}

/* As if the root were so long that versions have this many. */
static void versions_may_have(size_t characters)
{
    fake_windows.longest_folder =
        strlen(app_scene->settings.root) + strlen("/shop/releases/") + characters;
}

static void versions_must_be_short(void)
{
    versions_may_have(12);
}

static void long_paths_are_off(void)
{
    fake_windows.short_paths = true;
}

static void listen_on(const char *host, bool is_ipv6)
{
    Address *listen = &app_scene->settings.traffic.listen[0];

    (void)snprintf(listen->host, sizeof listen->host, "%s", host);
    listen->is_ipv6 = is_ipv6;
}

static void ipv6_is_off(void)
{
    fake_windows.ipv6_disabled = 0xff;
    listen_on("::", true);
}

static void localhost_is_ipv6(void)
{
    fake_windows.ipv6_disabled = 0;
}

static void portproxy_is_dead(void)
{
    app_scene->engine.name = "portproxy";
    fake_windows.portproxy_trouble = "the service iphlpsvc does not run";
}

static void side_port_is_kept(void)
{
    fake_windows.kept_port = app_scene->settings.traffic.slots[SLOT_GREEN];
    fake_windows.ranges = "Start Port    End Port\r\n     18000       18099\r\n";
}

static void many_connections_wait(void)
{
    fake_windows.waiting = 9000;
}

static void firewall_says_nothing(void)
{
    app_scene->engine.name = "embedded";
    listen_on("0.0.0.0", false);
    fake_windows.firewall_rules[0] = "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=443|";
}

static void firewall_lets_some_in(void)
{
    firewall_says_nothing();
    fake_windows.firewall_rules[1] =
        "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=8080|Profile=Domain|";
}

static void firewall_blocks(void)
{
    firewall_says_nothing();
    fake_windows.firewall_rules[1] = "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=8080|";
    fake_windows.firewall_rules[2] = "v2.30|Action=Block|Active=TRUE|Dir=In|Protocol=6|LPort=8080|";
}

static void many_handles_are_held(void)
{
    fake_windows.handles = 60000;
}

static void a_file_is_marked(void)
{
    CLEANUP(free) char *path = app_path(&app_scene->app, "releases/1.0.0/shop.exe");

    assert_done(file_write_atomic(path, "MZ", 2, 0600, &app_scene->err));
    fake_windows.marked = "shop.exe";
}

static void rare_programs_are_blocked(void)
{
    fake_windows.antivirus = (WindowsAntivirus){.scans = false, .blocks_rare = true};
}

static void defender_scans_and_time_is_short(void)
{
    fake_windows.antivirus.scans = true;
    app_scene->settings.check.deadline_ms = 10000;
}

static void exporter_has_no_folder(void)
{
    fake_windows.has_exporter = true;
}

static void go_is_wanted(void)
{
    assert_done(
        text_list_add(&app_scene->settings.service.command, "C:/Go/bin/go.exe", &app_scene->err));
}

static void go_is_twice_there(void)
{
    go_is_wanted();
    fake_windows.go_programs[0] = "C:\\Go\\bin\\go.exe";
    fake_windows.go_programs[1] = "C:\\Go1.19\\bin\\go.exe";
}

#endif
