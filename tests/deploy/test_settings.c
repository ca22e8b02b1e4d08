/* Tests deploy/settings*.c: what is read, what is the default, and what every wrong file is told.
 */
#include "base/file/file.h"
#include "base/path.h"
#include "deploy/settings/settings.h"
#include "deploy/settings/settings_table.h"
#include "proxy/engine/engine.h"
#include "proxy/route_limits.h"
#include "tests/support/temporary_folder.h"
#include "verify/authenticode/second_judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Four lines that are enough; a case adds its own from line 5 on. */
#define HEAD                                                                                       \
    "app: shop-api\n"                                                                              \
    "release: { source: \"dist/{version}.zip\" }\n"                                                \
    "verify: { rsa: { keys: [keys/a.pem] } }\n"                                                    \
    "service: { command: [\"./shop-api\"] }\n"
#define NO_APP                                                                                     \
    "release: { source: a.zip }\nverify: { rsa: { keys: [a] } }\nservice: { command: [a] }\n"
#define NO_RELEASE "app: a\nverify: { rsa: { keys: [a] } }\nservice: { command: [a] }\n"
#define NO_VERIFY  "app: a\nrelease: { source: a.zip }\nservice: { command: [a] }\n"
#define NO_SERVICE "app: a\nrelease: { source: a.zip }\nverify: { rsa: { keys: [a] } }\n"

/* Every system is one that has no judge of its own. */
bool second_judge_exists(void)
{
    return false;
}

bool second_judge_ask(const char *path, bool revocation, SecondVerdict *out, Error *err)
{
    (void)revocation;
    (void)out;
    return error_set(err, ERR_SETTINGS, "%s: nobody should ask", path);
}

typedef struct Box {
    char folder[TEMPORARY_FOLDER_SIZE];
    char *path;
} Box;

static int open_box(void **state)
{
    Box *box = calloc(1, sizeof *box);

    if (!box)
        return -1;
    if (!temporary_folder_in_memory(box->folder, "settings"))
        return -1;
    box->path = path_join(box->folder, "godeploy.yaml");
    *state = box;
    return 0;
}

static int close_box(void **state)
{
    Box *box = *state;
    Error err = {0};

    if (!folder_remove_tree(box->folder, &err))
        return -1;
    free(box->path);
    free(box);
    return 0;
}

static bool read_bytes(const Box *box, const char *yaml, size_t length, Settings **out, Error *err)
{
    CLEANUP(file_close) File *file = NULL;

    /* in place: hundreds of files put aside would take seconds */
    assert_true(file_open(box->path, FILE_REPLACE, &file, err));
    assert_true(file_write(file, yaml, length, err));
    file_close(TAKE(file));
    return settings_read(box->path, out, err);
}

static Settings *read_good(const Box *box, const char *yaml)
{
    Settings *settings = NULL;
    Error err = {0};

    if (!read_bytes(box, yaml, strlen(yaml), &settings, &err))
        fail_msg("%s (%s)", err.message, err.hint);
    return settings;
}

typedef struct Wrong {
    const char *yaml;
    const char *message; /* stands in it, behind the folder of the file */
} Wrong;

#define WRONG(yaml, message)                                                                       \
    {                                                                                              \
        yaml, message                                                                              \
    }

static const Wrong wrong[] = {
    /* the table: unknown names */
    WRONG(HEAD "chekc:\n  path: /x\n",
          "godeploy.yaml:5: unknown setting 'chekc.path'; did you mean 'check.path'?"),
    WRONG(HEAD "check: { pth: /x }\n",
          "godeploy.yaml:5: unknown setting 'check.pth'; did you mean 'check.path'?"),
    WRONG(HEAD "check:\n  interval: 1s\n  pases: 1\n",
          "godeploy.yaml:7: unknown setting 'check.pases'; did you mean 'check.passes'?"),
    WRONG(HEAD "notifications: { slack: x }\n", "godeploy.yaml:5: unknown setting 'notifications'"),
    WRONG(HEAD "check.path: /x\n", "godeploy.yaml:5: unknown setting 'check.path'"),
    WRONG(HEAD "check: { identity.header: X }\n",
          "godeploy.yaml:5: unknown setting 'check.identity.header'"),
    WRONG(HEAD "verify2: 1\n", "godeploy.yaml:5: unknown setting 'verify2'"),
    WRONG(HEAD "\"a\\e[2J\": 1\n", "godeploy.yaml:5: unknown setting '(unprintable)'"),
    WRONG(HEAD "<<: { app: x }\n", "godeploy.yaml:5: unknown setting '<<"),
    /* missing ones, all at once */
    WRONG("", "godeploy.yaml: missing: app, release.source, verify.rsa.keys, service.command"),
    WRONG("# only a comment\n",
          "godeploy.yaml: missing: app, release.source, verify.rsa.keys, service.command"),
    WRONG(NO_APP, "godeploy.yaml: missing: app"),
    WRONG(NO_RELEASE, "godeploy.yaml: missing: release.source"),
    WRONG(NO_VERIFY, "godeploy.yaml: missing: verify.rsa.keys"),
    WRONG(NO_SERVICE, "godeploy.yaml: missing: service.command"),
    /* YAML */
    WRONG(HEAD "check: [\n", "godeploy.yaml:6: not valid YAML"),
    WRONG(HEAD "check:\n\tpath: /x\n", "godeploy.yaml:6: not valid YAML"),
    WRONG(HEAD "check: \"open\n", "godeploy.yaml:"),
    WRONG(HEAD "check: { path: /a, path: /b }\n",
          "godeploy.yaml:5: 'path' is set twice, first in line 5"),
    WRONG(HEAD "app: other\n", "godeploy.yaml:5: 'app' is set twice, first in line 1"),
    WRONG(HEAD "x-a: &a { path: /x }\n", "godeploy.yaml:5: anchors (&), aliases (*) and tags (!)"),
    WRONG(HEAD "check: *a\n", "godeploy.yaml:5: anchors (&), aliases (*) and tags (!)"),
    WRONG(HEAD "root: !!str 5\n", "godeploy.yaml:5: anchors (&), aliases (*) and tags (!)"),
    WRONG(HEAD "root: !include x\n", "godeploy.yaml:5: anchors (&), aliases (*) and tags (!)"),
    WRONG(HEAD "&a check: { path: /x }\n",
          "godeploy.yaml:5: anchors (&), aliases (*) and tags (!)"),
    WRONG(HEAD "---\napp: b\n", "godeploy.yaml:5: a second document begins"),
    WRONG(HEAD "{ a: 1 }: 2\n", "godeploy.yaml:"),
    WRONG(HEAD "? [a]\n: 2\n", "godeploy.yaml:5: a setting's name must be plain text"),
    WRONG(HEAD "root: \"a\\0b\"\n", "godeploy.yaml:5: text with a NUL character in it"),
    WRONG(HEAD "root: caf\xe9\n", "godeploy.yaml:5: not UTF-8 text"),
    WRONG(HEAD "x-deep: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]\n",
          "godeploy.yaml:5: lists and maps nested more than 16 deep"),
    WRONG("- a\n- b\n", "godeploy.yaml:1: settings are a map"),
    WRONG("just text\n", "godeploy.yaml:1: settings are a map"),
    /* kinds */
    WRONG(HEAD "check: /healthz\n", "godeploy.yaml:5: check: this is a section"),
    WRONG(HEAD "check: [a]\n", "godeploy.yaml:5: check: this is a section"),
    WRONG(HEAD "check: { path: [a] }\n",
          "godeploy.yaml:5: check.path: found a list; allowed: text"),
    WRONG(HEAD "check: { path: {port} }\n",
          "godeploy.yaml:5: check.path: found a map; allowed: text"),
    WRONG(HEAD "root:\n", "godeploy.yaml:5: root: found nothing; allowed: text"),
    WRONG(HEAD "root: ~\n", "godeploy.yaml:5: root: found nothing; allowed: text"),
    WRONG(HEAD "root: ''\n", "godeploy.yaml:5: root: found ''; allowed: text that is not empty"),
    WRONG(HEAD "root: ~/state\n",
          "godeploy.yaml:5: root: found '~/state'; allowed: a path; ~ is not expanded"),
    WRONG(HEAD "check: { body: \"a\\e[2J\" }\n",
          "godeploy.yaml:5: check.body: found '(unprintable)'"),
    /* app */
    WRONG("app: Shop\n" NO_APP, "godeploy.yaml:1: app: found 'Shop'; allowed: 1 to 63 of a-z"),
    WRONG("app: -shop\n" NO_APP, "godeploy.yaml:1: app: found '-shop'"),
    WRONG("app: ../shop\n" NO_APP, "godeploy.yaml:1: app: found '../shop'"),
    WRONG("app: proxy\n" NO_APP, "godeploy.yaml:1: app: found 'proxy'"),
    WRONG("app: con\n" NO_APP, "godeploy.yaml:1: app: found 'con'"),
    WRONG("app: lpt1\n" NO_APP, "godeploy.yaml:1: app: found 'lpt1'"),
    WRONG("app: a123456789012345678901234567890123456789012345678901234567890123\n" NO_APP,
          "godeploy.yaml:1: app: found 'a1234"),
    /* release */
    WRONG(
        "release: { source: \"{versoin}.zip\" }\n" NO_RELEASE,
        "godeploy.yaml:1: release.source: unknown placeholder {versoin}; did you mean {version}?"),
    WRONG("release: { source: \"{version.zip\" }\n" NO_RELEASE,
          "godeploy.yaml:1: release.source: '{' without its '}'"),
    WRONG("release: { source: \"{port}.zip\" }\n" NO_RELEASE,
          "godeploy.yaml:1: release.source: unknown placeholder {port}"),
    WRONG("release: { source: \"{}\" }\n" NO_RELEASE,
          "godeploy.yaml:1: release.source: unknown placeholder {}"),
    WRONG("release: { source: \"ftp://h/a.zip\" }\n" NO_RELEASE,
          "godeploy.yaml:1: release.source: found 'ftp://h/a.zip'; allowed: a http, https or file "
          "URL"),
    WRONG("release: { source: \"https://u:secret@h/a.zip\" }\n" NO_RELEASE,
          "godeploy.yaml:1: release.source: user and password do not belong into a URL"),
    WRONG("release: { source: a, keep: 0 }\n" NO_RELEASE,
          "godeploy.yaml:1: release.keep: found '0'; allowed: 1 to 10000"),
    WRONG("release: { source: a, keep: five }\n" NO_RELEASE,
          "godeploy.yaml:1: release.keep: found 'five'; allowed: a whole number"),
    WRONG("release: { source: a, keep: -1 }\n" NO_RELEASE,
          "godeploy.yaml:1: release.keep: found '-1'; allowed: a whole number"),
    WRONG("release: { source: a, keep_bytes: 5 GiB }\n" NO_RELEASE,
          "godeploy.yaml:1: release.keep_bytes: found '5 GiB'; allowed: a size"),
    WRONG("release: { source: a, max_size: 99999999999999999999 }\n" NO_RELEASE,
          "godeploy.yaml:1: release.max_size: found '99999999999999999999'; allowed: a size"),
    WRONG("release: { source: a, max_size: 0 }\n" NO_RELEASE,
          "godeploy.yaml:1: release.max_size: found '0'; allowed: 1.0 KiB to"),
    WRONG("release: { source: a, tries: 0 }\n" NO_RELEASE,
          "godeploy.yaml:1: release.tries: found '0'; allowed: 1 to 100"),
    WRONG("release: { source: a, backoff: 0s }\n" NO_RELEASE,
          "godeploy.yaml:1: release.backoff: found '0s'; allowed: 1 ms to 1 h 0 min"),
    WRONG("release: { source: a, headers: [\"Token secret\"] }\n" NO_RELEASE,
          "godeploy.yaml:1: release.headers: value not valid; allowed: \"Name: value\""),
    WRONG("release: { source: a, headers: [\"Na me: secret\"] }\n" NO_RELEASE,
          "godeploy.yaml:1: release.headers: value not valid"),
    WRONG("release: { source: a, headers: [\"A: b\\r\\nC: secret\"] }\n" NO_RELEASE,
          "godeploy.yaml:1: release.headers: value not valid"),
    WRONG("release: { source: a, headers: [\"A: {env:9}\"] }\n" NO_RELEASE,
          "godeploy.yaml:1: release.headers: unknown placeholder {env:9}"),
    WRONG("release: { source: a, headers: [\"A: {env:}\"] }\n" NO_RELEASE,
          "godeploy.yaml:1: release.headers: unknown placeholder {env:}"),
    WRONG("release: { source: a, headers: { A: b } }\n" NO_RELEASE,
          "godeploy.yaml:1: release.headers: found a map; allowed: a list of headers"),
    WRONG("release: { source: a, require_manifest: yes }\n" NO_RELEASE,
          "godeploy.yaml:1: release.require_manifest: found 'yes'; allowed: true, false"),
    /* verify */
    WRONG("verify: { rsa: { keys: a.pem } }\n" NO_VERIFY,
          "godeploy.yaml:1: verify.rsa.keys: found one value; allowed: a list of paths"),
    WRONG("verify: { rsa: { keys: [] } }\n" NO_VERIFY,
          "godeploy.yaml:1: verify.rsa.keys: at least one key is needed"),
    WRONG("verify: { rsa: { keys: } }\n" NO_VERIFY,
          "godeploy.yaml:1: verify.rsa.keys: found nothing"),
    WRONG("verify: { rsa: { keys: [a], scheme: md5 } }\n" NO_VERIFY,
          "godeploy.yaml:1: verify.rsa.scheme: found 'md5'; allowed: pkcs1-sha256, pss-sha256"),
    WRONG("verify: { rsa: { keys: [a], deny: [XYZ] } }\n" NO_VERIFY,
          "godeploy.yaml:1: verify.rsa.deny: found 'XYZ'; allowed: 16 digits"),
    WRONG("verify: { rsa: { keys: [a] }, downgrade: maybe }\n" NO_VERIFY,
          "godeploy.yaml:1: verify.downgrade: found 'maybe'; allowed: deny, allow"),
    WRONG("verify: { rsa: { keys: [a] }, checksums: \"{port}\" }\n" NO_VERIFY,
          "godeploy.yaml:1: verify.checksums: unknown placeholder {port}"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { require: some }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.require: found 'some'; allowed: none, all, "
          "executables, listed"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { require: all }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.ca: missing; without it no signature could be "
          "believed"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { require: all, ca: [] }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.ca: missing"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { require: listed, ca: [a] }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.files: missing"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { require: all, ca: [a], files: [a] "
          "}\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.files: nothing reads it"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { ca: [roots.pem] }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.ca: nothing reads it; verify.authenticode.require "
          "is none"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { publishers: [CN=A] }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.publishers: nothing reads it"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { publishers: CN=A }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.publishers: found one value; allowed: a list"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { files: [/a.exe] }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.files: found '/a.exe'; allowed: a path in the "
          "archive"),
    WRONG(
        "verify:\n  rsa: { keys: [a] }\n  authenticode: { files: [\"bin\\\\a.exe\"] }\n" NO_VERIFY,
        "godeploy.yaml:3: verify.authenticode.files: found 'bin\\a.exe'"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { files: [../*.exe] }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.files: found '../*.exe'"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { partial_chain: 7 }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.partial_chain: found '7'"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { require: all, ca: [a], also_windows: "
          "true }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.also_windows: true: this system has no judge"),
    WRONG("verify:\n  rsa: { keys: [a] }\n  authenticode: { require: all, ca: [a], "
          "windows_revocation: true }\n" NO_VERIFY,
          "godeploy.yaml:3: verify.authenticode.windows_revocation: nothing reads it; "
          "verify.authenticode.also_windows is false"),
    /* service */
    WRONG(
        "service: { command: ./a }\n" NO_SERVICE,
        "godeploy.yaml:1: service.command: found one value; allowed: a program and its arguments"),
    WRONG("service: { command: [] }\n" NO_SERVICE,
          "godeploy.yaml:1: service.command: found no program"),
    WRONG("service: { command: [''] }\n" NO_SERVICE,
          "godeploy.yaml:1: service.command: found no program"),
    WRONG("service: { command: [a, [b]] }\n" NO_SERVICE,
          "godeploy.yaml:1: service.command: found a list; allowed: text"),
    WRONG("service: { command: [a, \"{prot}\"] }\n" NO_SERVICE,
          "godeploy.yaml:1: service.command: unknown placeholder {prot}; did you mean {port}?"),
    WRONG("service: { command: [a, \"{env:X}\"] }\n" NO_SERVICE,
          "godeploy.yaml:1: service.command: unknown placeholder {env:X}"),
    WRONG("service: { command: [a], environment: [\"A=b\"] }\n" NO_SERVICE,
          "godeploy.yaml:1: service.environment: found a list; allowed: a map of variables"),
    WRONG("service: { command: [a], environment: { A-B: c } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.environment: A-B: not the name of a variable"),
    WRONG("service: { command: [a], environment: { PORT: 1 } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.environment: PORT: godeploy sets this variable itself"),
    WRONG("service: { command: [a], environment: { GODEPLOY_APP: b } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.environment: GODEPLOY_APP: godeploy sets"),
    WRONG("service: { command: [a], environment: { A: } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.environment: A: its value must be text"),
    WRONG("service: { command: [a], environment: { A: \"{nope}\" } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.environment: A: unknown placeholder {nope}"),
    WRONG("service: { command: [a], preset: fast }\n" NO_SERVICE,
          "godeploy.yaml:1: service.preset: found 'fast'; allowed: none, go-production"),
    WRONG("service: { command: [a], runner: supervise, account: shop }\n" NO_SERVICE,
          "godeploy.yaml:1: service.account: nothing reads it; supervise runs the service as the "
          "calling user"),
    WRONG(
        "service: { command: [a], runner: supervise, windows: { kind: native } }\n" NO_SERVICE,
        "godeploy.yaml:1: service.windows.kind: nothing reads it; service.runner must be service, "
        "and is supervise"),
    WRONG("service: { command: [a], windows: { kind: gui } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.windows.kind: found 'gui'; allowed: console, native"),
    WRONG(
        "service: { command: [a], windows: { kind: native }, environment: { A: b } }\n" NO_SERVICE,
        "godeploy.yaml:1: service.environment: does not reach a native service; say it in "
        "service.command"),
    WRONG(
        "service: { command: [a], windows: { kind: native }, preset: go-production }\n" NO_SERVICE,
        "godeploy.yaml:1: service.preset: does not reach a native service"),
    WRONG("service: { command: [a], hardening: { protect_system: some } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.hardening.protect_system: found 'some'; allowed: off, yes, "
          "full, strict"),
    WRONG("service: { command: [a], hardening: { capabilities: [cap_kill] } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.hardening.capabilities: found 'cap_kill'; allowed: "
          "capabilities(7)"),
    WRONG("service: { command: [a], hardening: { capabilities: [all, CAP_KILL] } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.hardening.capabilities: found 'all'"),
    WRONG(HEAD "notify: { webhook: { url: \"https://h/x\", on: [success, sometimes] } }\n",
          "godeploy.yaml:5: notify.webhook.on: found 'sometimes'; allowed: success, failure, "
          "rollback"),
    WRONG(HEAD "notify: { webhook: { url: \"https://u:p@h/x\" } }\n",
          "godeploy.yaml:5: notify.webhook.url: user and password do not belong"),
    WRONG("service: { command: [a], runner: supervise, limits: { memory: 1GiB } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.limits.memory: nothing reads it; service.runner must be "
          "systemd, and "
          "is supervise"),
    WRONG("service: { command: [a], runner: supervise, hardening: { private_tmp: true } "
          "}\n" NO_SERVICE,
          "godeploy.yaml:1: service.hardening.private_tmp: nothing reads it"),
    WRONG("service: { command: [a], stop_timeout: 0 }\n" NO_SERVICE,
          "godeploy.yaml:1: service.stop_timeout: found '0'; allowed: 1 ms to 1 d 0 h"),
    WRONG("service: { command: [a], restart: { times: many } }\n" NO_SERVICE,
          "godeploy.yaml:1: service.restart.times: found 'many'; allowed: a whole number"),
    /* traffic */
    WRONG(HEAD "traffic: { engine: nginx }\n",
          "godeploy.yaml:5: traffic.engine: found 'nginx'; allowed: auto, embedded, haproxy, "
          "caddy, nftables, portproxy"),
    WRONG(HEAD "traffic: { strategy: rolling }\n",
          "godeploy.yaml:5: traffic.strategy: found 'rolling'; allowed: blue-green, exclusive"),
    WRONG(HEAD "traffic: { strategy: exclusive }\ncanary: { steps: [5%] }\n",
          "godeploy.yaml:5: traffic.strategy: exclusive does not go with canary.steps"),
    WRONG(HEAD "traffic: { strategy: exclusive }\nretire: { keep_warm: true }\n",
          "godeploy.yaml:5: traffic.strategy: exclusive does not go with retire.keep_warm"),
    WRONG(HEAD "traffic: { hold: { for: 0s } }\n",
          "godeploy.yaml:5: traffic.hold.for: found '0s'; allowed: 1 ms to 1 h 0 min"),
    /* canary */
    WRONG(HEAD "canary: [5%, 25%]\n",
          "godeploy.yaml:5: canary: this is a section; its settings go below it, indented"),
    WRONG(HEAD "canary: { steps: 5% }\n",
          "godeploy.yaml:5: canary.steps: found one value; allowed: a list of shares"),
    WRONG(HEAD "canary: { steps: [25%, 5%] }\n",
          "godeploy.yaml:5: canary.steps: found '5%'; allowed: shares that rise, up to 100%"),
    WRONG(HEAD "canary: { steps: [0%] }\n",
          "godeploy.yaml:5: canary.steps: found '0%'; allowed: shares that rise, up to 100%"),
    WRONG(HEAD "canary: { steps: [101%] }\n",
          "godeploy.yaml:5: canary.steps: found '101%'; allowed: shares that rise, up to 100%"),
    WRONG(HEAD "canary: { steps: [1] }\n", /* 1 % or 100 %? */
          "godeploy.yaml:5: canary.steps: found '1'; allowed: shares that rise, up to 100%"),
    WRONG(HEAD "canary: { promote: never }\n",
          "godeploy.yaml:5: canary.promote: found 'never'; allowed: auto, manual"),
    WRONG(HEAD "watch: { for: 0s, inconclusive: refuse }\n",
          "godeploy.yaml:5: watch.inconclusive: refuse does not go with watch.for 0"),
    WRONG(HEAD "traffic: { mode: udp }\n",
          "godeploy.yaml:5: traffic.mode: found 'udp'; allowed: http, tcp"),
    WRONG(HEAD "traffic: { listen: \"0.0.0.0:80\" }\n",
          "godeploy.yaml:5: traffic.listen: found one value; allowed: a list of addresses"),
    WRONG(HEAD "traffic: { listen: [] }\n",
          "godeploy.yaml:5: traffic.listen: found 0 addresses; allowed: 1 to 8"),
    WRONG(HEAD "traffic: { listen: [\":80\"] }\n",
          "godeploy.yaml:5: traffic.listen: found ':80'; allowed: numeric host and port"),
    WRONG(HEAD "traffic: { listen: [\"example.com:80\"] }\n",
          "godeploy.yaml:5: traffic.listen: found 'example.com:80'"),
    WRONG(HEAD "traffic: { listen: [\"0.0.0.0:0\"] }\n",
          "godeploy.yaml:5: traffic.listen: found '0.0.0.0:0'"),
    WRONG(HEAD "traffic: { listen: [\"0.0.0.0:65536\"] }\n",
          "godeploy.yaml:5: traffic.listen: found '0.0.0.0:65536'"),
    WRONG(HEAD "traffic:\n  listen: [\"1.1.1.1:80\", \"1.1.1.1:80\"]\n",
          "godeploy.yaml:6: traffic.listen: 1.1.1.1:80 and 1.1.1.1:80 would listen at the same "
          "place"),
    WRONG(HEAD "traffic:\n  listen: [\"0.0.0.0:80\", \"127.0.0.1:80\"]\n",
          "godeploy.yaml:6: traffic.listen: 0.0.0.0:80 and 127.0.0.1:80 would"),
    WRONG(HEAD "traffic: { slots: [18081] }\n",
          "godeploy.yaml:5: traffic.slots: found 1 ports; allowed: two"),
    WRONG(HEAD "traffic: { slots: [18081, 18081] }\n",
          "godeploy.yaml:5: traffic.slots: both slots have port 18081"),
    WRONG(HEAD "traffic: { slots: [0, 18081] }\n",
          "godeploy.yaml:5: traffic.slots: found '0'; allowed: 1 to 65535"),
    WRONG(HEAD "traffic: { slots: [70000, 18081] }\n",
          "godeploy.yaml:5: traffic.slots: found '70000'; allowed: 1 to 65535"),
    WRONG(HEAD "traffic:\n  listen: [\"0.0.0.0:81\"]\n  slots: [81, 82]\n",
          "godeploy.yaml:7: traffic.slots: port 81 is also in traffic.listen"),
    WRONG(HEAD "traffic:\n  listen: [\"0.0.0.0:18081\"]\n",
          "godeploy.yaml:6: traffic.slots: port 18081 is also in traffic.listen"),
    WRONG(HEAD "traffic: { trusted: 10.0.0.0/8 }\n",
          "godeploy.yaml:5: traffic.trusted: found one value; allowed: a list of networks"),
    WRONG(HEAD "traffic: { trusted: [10.0.0.1/8] }\n",
          "godeploy.yaml:5: traffic.trusted: found '10.0.0.1/8'; allowed: networks such as"),
    WRONG(HEAD "traffic: { trusted: [lb.example.com] }\n",
          "godeploy.yaml:5: traffic.trusted: found 'lb.example.com'; allowed: networks"),
    WRONG(HEAD "traffic: { trust: [1.2.3.4] }\n",
          "godeploy.yaml:5: unknown setting 'traffic.trust'; did you mean 'traffic.trusted'?"),
    WRONG(
        HEAD "traffic: { limits: { head_bytes: 65KiB } }\n",
        "godeploy.yaml:5: traffic.limits.head_bytes: found '65KiB'; allowed: 1.0 KiB to 64.0 KiB"),
    WRONG(HEAD "traffic: { limits: { head_timeout: 0 } }\n",
          "godeploy.yaml:5: traffic.limits.head_timeout: found '0'; allowed: 1 ms to"),
    WRONG(HEAD "traffic: { limits: { connections: -1 } }\n",
          "godeploy.yaml:5: traffic.limits.connections: found '-1'"),
    /* check */
    WRONG(HEAD "check: { kind: grpc }\n",
          "godeploy.yaml:5: check.kind: found 'grpc'; allowed: http, https, tcp, exec"),
    WRONG(HEAD "check: { path: healthz }\n",
          "godeploy.yaml:5: check.path: found 'healthz'; allowed: a path such as /healthz"),
    WRONG(HEAD "check: { path: \"/a b\" }\n", "godeploy.yaml:5: check.path: found '/a b'"),
    WRONG(HEAD "check: { expect: 99 }\n",
          "godeploy.yaml:5: check.expect: found '99'; allowed: 200 to 599"),
    WRONG(HEAD "check: { interval: 200 ms }\n",
          "godeploy.yaml:5: check.interval: found '200 ms'; allowed: a duration such as 500ms"),
    WRONG(HEAD "check: { interval: 0ms }\n",
          "godeploy.yaml:5: check.interval: found '0ms'; allowed: 1 ms"),
    WRONG(HEAD "check: { timeout: 99999999999999999999s }\n",
          "godeploy.yaml:5: check.timeout: found '99999999999999999999s'"),
    WRONG(HEAD "check: { passes: 0 }\n",
          "godeploy.yaml:5: check.passes: found '0'; allowed: 1 to 10000"),
    WRONG(HEAD "check:\n  passes: 10\n  interval: 10s\n",
          "godeploy.yaml:6: check.deadline: 1 min 0 s is too short: 10 passes, an interval apart, "
          "take "
          "1 min 30 s"),
    WRONG(HEAD "check: { identity: { header: \"X Release\" } }\n",
          "godeploy.yaml:5: check.identity.header: found 'X Release'"),
    WRONG(HEAD "check: { kind: exec }\n",
          "godeploy.yaml:5: check.exec: missing; check.kind is exec"),
    WRONG(HEAD "check: { exec: [./c] }\n",
          "godeploy.yaml:5: check.exec: nothing reads it; check.kind must be exec"),
    WRONG(HEAD "check: { ca: c.pem }\n",
          "godeploy.yaml:5: check.ca: nothing reads it; check.kind must be https"),
    WRONG(HEAD "traffic: { mode: tcp }\ncheck: { kind: tcp, body: ok }\n",
          "godeploy.yaml:6: check.body: nothing reads it"),
    WRONG(HEAD "check: { kind: https, ca: c.pem, insecure_tls: true }\n",
          "godeploy.yaml:5: check.insecure_tls: true does not go with check.ca"),
    /* watch, drain, retire, hooks */
    WRONG(HEAD "watch: { max_error_rate: 1 }\n",
          "godeploy.yaml:5: watch.max_error_rate: found '1'; allowed: a share such as 1%"),
    WRONG(HEAD "watch: { max_error_rate: 101% }\n",
          "godeploy.yaml:5: watch.max_error_rate: found '101%'; allowed: 0% to 100%"),
    WRONG(HEAD "watch: { max_p95_increase: 25 }\n",
          "godeploy.yaml:5: watch.max_p95_increase: found '25'"),
    WRONG(HEAD "watch: { for: soon }\n",
          "godeploy.yaml:5: watch.for: found 'soon'; allowed: a duration"),
    WRONG(HEAD "drain: { in_flight: 2d }\n",
          "godeploy.yaml:5: drain.in_flight: found '2d'; allowed: 0 ms to 1 d 0 h"),
    WRONG(HEAD "retire: { keep_warm: 1 }\n",
          "godeploy.yaml:5: retire.keep_warm: found '1'; allowed: true, false"),
    WRONG(HEAD "hooks: { before_start: [\"./a\"] }\n",
          "godeploy.yaml:5: hooks.before_start: found one "
          "value; allowed: each hook is a list of its own"),
    WRONG(HEAD "hooks:\n  before_flip:\n    - [\"./a\"]\n    - [\"./b\", \"{ulr}\"]\n",
          "godeploy.yaml:8: hooks.before_flip: unknown placeholder {ulr}; did you mean {url}?"),
    WRONG(HEAD "hooks: { after_flip: [[]] }\n",
          "godeploy.yaml:5: hooks.after_flip: found no program"),
    WRONG(HEAD "hooks: { on_failure: ./a }\n",
          "godeploy.yaml:5: hooks.on_failure: found one value; allowed: a list of hooks"),
    WRONG(HEAD "hooks: { timeout: 0 }\n", "godeploy.yaml:5: hooks.timeout: found '0'"),
};

static void every_wrong_file_is_told_its_line_and_key(void **state)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Settings *settings = NULL;
        Error err = {0};

        if (read_bytes(*state, wrong[i].yaml, strlen(wrong[i].yaml), &settings, &err))
            fail_msg("this was taken as right:\n%s", wrong[i].yaml);
        assert_int_equal(err.code, ERR_SETTINGS);
        assert_int_equal(error_exit_status(err.code), 3);
        if (!strstr(err.message, wrong[i].message))
            fail_msg("%s\n    is told: %s\n    and not: %s", wrong[i].yaml, err.message,
                     wrong[i].message);
        assert_null(strstr(err.message, "secret"));
        assert_null(settings);
    }
}

/* The sample of design.md section 8, without what this build lacks. */
static const char sample[] =
    "app: shop-api\n"
    "root: /var/lib/godeploy             # default: per platform and user\n"
    "release:\n"
    "  source: https://releases.example.com/shop-api/{version}/shop-api_{version}_{os}_{arch}.zip\n"
    "  keep: 5                           # releases; and keep_bytes: 5GiB\n"
    "  max_size: 500MiB\n"
    "verify:\n"
    "  rsa: { keys: [keys/release-2026.pem], scheme: pkcs1-sha256 }\n"
    "  checksums: checksums.txt\n"
    "  authenticode: { require: all, ca: [roots.pem], tsa_ca: [tsa.pem], publishers: "
    "[\"CN=Example Ltd\"], partial_chain: false }\n"
    "  downgrade: deny\n"
    "service:\n"
    "  command: [\"./shop-api\", \"--listen\", \"127.0.0.1:{port}\"]\n"
    "  environment: { GOGC: \"50\" }\n"
    "  runner: auto\n"
    "  stop_timeout: 5s\n"
    "traffic: { engine: auto, mode: http, listen: [\"0.0.0.0:8080\", \"[::]:8080\"], slots: "
    "[18081, "
    "18082] }\n"
    "check: { path: /healthz, expect: 200, interval: 200ms, timeout: 2s, passes: 3, deadline: 60s, "
    "identity: { header: X-Release } }\n"
    "watch: { for: 10s, max_error_rate: 1%, max_p95_increase: 25%, max_handle_growth: 200 }\n"
    "drain: { in_flight: 30s, idle: 5s, upgraded: 60s }\n"
    "retire: { keep_warm: false }\n"
    "hooks: { before_start: [[\"./migrate\", \"--up\"]], before_flip: [[\"./smoke-test\", "
    "\"{url}\"]], after_flip: [], after_retire: [], on_failure: [] }\n";

static void the_sample_of_the_design_is_read(void **state)
{
    const Box *box = *state;
    CLEANUP(settings_free) Settings *settings = read_good(box, sample);
    CLEANUP(free) char *key = path_join(box->folder, "keys/release-2026.pem");
    CLEANUP(free) char *ca = path_join(box->folder, "roots.pem");
    CLEANUP(free) char *hook = path_join(box->folder, "./smoke-test");

    assert_string_equal(settings->app, "shop-api");
    assert_string_equal(settings->root, "/var/lib/godeploy");
    assert_string_equal(settings->file, box->path);
    assert_string_equal(settings->folder, box->folder);
    assert_true(text_starts_with(settings->release.source, "https://releases.example.com/"));
    assert_int_equal(settings->verify.rsa.keys.count, 1);
    assert_string_equal(settings->verify.rsa.keys.items[0], key);
    assert_string_equal(settings->verify.checksums, "checksums.txt");
    assert_int_equal(settings->verify.authenticode.require, PROGRAMS_ALL);
    assert_string_equal(settings->verify.authenticode.ca.items[0], ca);
    assert_int_equal(settings->verify.authenticode.tsa_ca.count, 1);
    assert_string_equal(settings->verify.authenticode.publishers.items[0], "CN=Example Ltd");
    assert_int_equal(settings->service.command.count, 3);
    assert_string_equal(settings->service.command.items[0], "./shop-api");
    assert_string_equal(settings->service.command.items[2], "127.0.0.1:{port}");
    assert_null(settings->service.command.items[3]);
    assert_string_equal(settings->service.environment.items[0], "GOGC=50");
    assert_int_equal(settings->service.stop_timeout_ms, 5000);
    assert_int_equal(settings->traffic.listen_count, 2);
    assert_string_equal(settings->traffic.listen[0].host, "0.0.0.0");
    assert_true(settings->traffic.listen[1].is_ipv6);
    assert_int_equal(settings->traffic.listen[1].port, 8080);
    assert_string_equal(settings->check.identity_header, "X-Release");
    assert_int_equal(settings->hooks.before_start.count, 1);
    assert_int_equal(settings->hooks.before_flip.count, 1);
    assert_string_equal(settings->hooks.before_flip.items[0].items[0], hook);
    assert_string_equal(settings->hooks.before_flip.items[0].items[1], "{url}");
    assert_int_equal(settings->hooks.on_failure.count, 0);
}

static void a_canary_and_a_gate_are_read(void **state)
{
    static const char yaml[] =
        HEAD "traffic: { strategy: blue-green, hold: { requests: 7, bytes: 1MiB, for: 5s }, page: "
             "down.html }\n"
             "canary: { steps: [0.5%, 5%, 0.25, 100%], interval: 2m, promote: manual }\n"
             "watch: { inconclusive: refuse }\n";
    const Box *box = *state;
    CLEANUP(settings_free) Settings *settings = read_good(box, yaml);
    CLEANUP(free) char *page = path_join(box->folder, "down.html");

    assert_int_equal(settings->traffic.strategy, STRATEGY_BLUE_GREEN);
    assert_int_equal(settings->traffic.hold.requests, 7);
    assert_int_equal(settings->traffic.hold.bytes, 1 << 20);
    assert_int_equal(settings->traffic.hold.for_ms, 5000);
    assert_string_equal(settings->traffic.page, page);
    assert_int_equal(settings->canary.step_count, 3); /* the last is the flip itself */
    assert_int_equal(settings->canary.steps_ppm[0], 5000);
    assert_int_equal(settings->canary.steps_ppm[1], 50000);
    assert_int_equal(settings->canary.steps_ppm[2], 250000);
    assert_int_equal(settings->canary.interval_ms, 120000);
    assert_true(settings->canary.by_hand);
    assert_true(settings->watch.refuse_inconclusive);
}

static void an_app_that_cannot_run_twice_is_read(void **state)
{
    CLEANUP(settings_free)
    Settings *settings = read_good(*state, HEAD "traffic: { strategy: exclusive }\n");

    assert_int_equal(settings->traffic.strategy, STRATEGY_EXCLUSIVE);
    assert_int_equal(settings->canary.step_count, 0);
    assert_int_equal(settings->traffic.hold.requests, 1000);
    assert_int_equal(settings->traffic.hold.for_ms, 30000);
    assert_false(settings->watch.refuse_inconclusive);
}

/* Of these two one is in a build, and both carry connections alone. */
static const char *engine_of_connections(bool here)
{
    const Engine *engine = NULL;
    Error err = {0};

    return engine_find("nftables", &engine, &err) == here ? "nftables" : "portproxy";
}

static TrafficMode mode_of(const Box *box, const char *engine, const char *more)
{
    CLEANUP(free)
    char *yaml = text_formatted(HEAD "traffic: { engine: %s%s }\n", engine, more);
    CLEANUP(settings_free) Settings *settings = read_good(box, yaml);

    return settings->traffic.mode;
}

static void traffic_is_carried_as_the_engine_can_where_nobody_says(void **state)
{
    const char *engine = engine_of_connections(true);

    assert_int_equal(mode_of(*state, engine, ""), TRAFFIC_TCP);
    assert_int_equal(mode_of(*state, "embedded", ""), TRAFFIC_HTTP);
    /* refused when the engine is looked at */
    assert_int_equal(mode_of(*state, engine, ", mode: http"), TRAFFIC_HTTP);
}

static void the_limits_of_traffic_default_to_those_of_the_proxy(void **state)
{
    CLEANUP(settings_free) Settings *s = read_good(*state, HEAD);
    const RouteLimits none = {0};
    RouteLimits limits = route_limits_in_force(&none);

    assert_int_equal(s->traffic.limits.head_ms, limits.head_ms);
    assert_int_equal(s->traffic.limits.idle_ms, limits.idle_ms);
    assert_int_equal(s->traffic.limits.connect_ms, limits.connect_ms);
    assert_int_equal(s->traffic.limits.response_ms, limits.first_byte_ms);
    assert_int_equal(s->traffic.limits.stall_ms, limits.stall_ms);
    assert_int_equal(s->traffic.limits.head_bytes, limits.head_bytes);
    assert_int_equal(s->traffic.limits.body, limits.body_bytes);
    assert_int_equal(s->traffic.limits.connections, limits.connections);
}

/* Of the engine that `auto` takes. */
static TrafficMode usual_mode(void)
{
    return engine_at(0)->can & ENGINE_PER_REQUEST ? TRAFFIC_HTTP : TRAFFIC_TCP;
}

static void what_is_not_set_has_its_documented_default(void **state)
{
    CLEANUP(settings_free) Settings *s = read_good(*state, HEAD);

    assert_string_equal(s->release.signature, "{source}.sig");
    assert_null(s->release.ca);
    assert_int_equal(s->release.headers.count, 0);
    assert_int_equal(s->release.keep, 5);
    assert_int_equal(s->release.keep_bytes, 0);
    assert_int_equal(s->release.max_size, UINT64_C(500) << 20);
    assert_int_equal(s->release.max_unpacked, UINT64_C(4) << 30);
    assert_int_equal(s->release.max_entries, 100000);
    assert_int_equal(s->release.max_ratio, 200);
    assert_int_equal(s->release.tries, 5);
    assert_int_equal(s->release.backoff_ms, 500);
    assert_int_equal(s->release.connect_timeout_ms, 10000);
    assert_int_equal(s->release.stall_timeout_ms, 30000);
    assert_true(s->release.require_manifest);
    assert_null(s->notify.webhook.url);
    assert_int_equal(s->notify.webhook.on.count, 3);
    assert_int_equal(s->notify.webhook.timeout_ms, 10000);
    assert_null(s->trace.otlp);
    assert_null(s->report.textfile);
    assert_string_equal(s->verify.rsa.scheme, "pkcs1-sha256");
    assert_int_equal(s->verify.rsa.deny.count, 0);
    assert_null(s->verify.checksums);
    assert_int_equal(s->verify.authenticode.require, PROGRAMS_NONE);
    assert_false(s->verify.authenticode.partial_chain);
    assert_false(s->verify.authenticode.allow_sha1);
    assert_false(s->verify.authenticode.require_timestamp);
    assert_false(s->verify.downgrade_allowed);
    assert_string_equal(s->service.preset, "none");
    assert_string_equal(s->service.runner, "auto");
    assert_null(s->service.account);
    assert_true(s->service.confinement.no_new_privileges);
    assert_true(s->service.confinement.private_tmp);
    assert_int_equal(s->service.confinement.protect_system, PROTECT_SYSTEM_FULL);
    assert_int_equal(s->service.confinement.capabilities.count, 7);
    assert_int_equal(s->service.confinement.memory, 0);
    assert_int_equal(s->service.confinement.cpu_ppm, 0);
    assert_int_equal(s->service.confinement.files, 65536);
    assert_int_equal(s->service.confinement.tasks, 0);
    assert_int_equal(s->service.stop_timeout_ms, 10000);
    assert_int_equal(s->service.restart.delay_ms, 60000);
    assert_int_equal(s->service.restart.times, 3);
    assert_int_equal(s->service.restart.reset_ms, 86400000);
    assert_string_equal(s->traffic.engine, "auto");
    assert_int_equal(s->traffic.mode, usual_mode());
    assert_int_equal(s->traffic.listen_count, 1);
    assert_string_equal(s->traffic.listen[0].host, "127.0.0.1");
    assert_int_equal(s->traffic.listen[0].port, 8080);
    assert_int_equal(s->traffic.slots[0], 18081);
    assert_int_equal(s->traffic.slots[1], 18082);
    assert_int_equal(s->traffic.trusted.count, 0);
    assert_int_equal(s->check.kind, CHECK_HTTP);
    assert_string_equal(s->check.path, "/healthz");
    assert_int_equal(s->check.expect, 200);
    assert_int_equal(s->check.interval_ms, 200);
    assert_int_equal(s->check.timeout_ms, 2000);
    assert_int_equal(s->check.passes, 3);
    assert_int_equal(s->check.deadline_ms, 60000);
    assert_null(s->check.identity_header);
    assert_true(s->check.insecure_tls);
    assert_int_equal(s->watch.for_ms, 10000);
    assert_int_equal(s->watch.max_error_ppm, 10000);
    assert_int_equal(s->watch.max_p95_increase_ppm, 250000);
    assert_int_equal(s->watch.max_handle_growth, 200);
    assert_int_equal(s->watch.min_requests, 20);
    assert_int_equal(s->drain.in_flight_ms, 30000);
    assert_int_equal(s->drain.idle_ms, 5000);
    assert_int_equal(s->drain.upgraded_ms, 60000);
    assert_false(s->retire.keep_warm);
    assert_int_equal(s->hooks.before_start.count, 0);
    assert_int_equal(s->hooks.timeout_ms, 60000);
    assert_true(path_is_absolute(s->root));
}

static void a_relative_source_is_beside_the_settings(void **state)
{
    const Box *box = *state;
    CLEANUP(settings_free) Settings *settings = read_good(box, HEAD);
    CLEANUP(free) char *expected = path_join(box->folder, "dist/{version}.zip");

    assert_string_equal(settings->release.source, expected);
}

static void a_brace_in_the_folders_name_is_no_placeholder(void **state)
{
    const Box *box = *state;
    CLEANUP(free) char *folder = path_join(box->folder, "{odd}");
    CLEANUP(free) char *path = path_join(folder, "godeploy.yaml");
    CLEANUP(free) char *expanded = NULL;
    CLEANUP(free) char *expected = path_join(folder, "dist/7.zip");
    CLEANUP(settings_free) Settings *settings = NULL;
    const Placeholder version = {"version", "7"};
    Error err = {0};

    assert_true(folder_create(folder, &err));
    assert_true(file_write_atomic(path, HEAD, strlen(HEAD), 0600, &err));
    assert_true(settings_read(path, &settings, &err));
    assert_true(text_expand(settings->release.source, &version, 1, &expanded, &err));
    assert_string_equal(expanded, expected);
}

static void extensions_are_ignored(void **state)
{
    CLEANUP(settings_free)
    Settings *settings = read_good(
        *state, HEAD "x-team: { pager: [1, 2] }\ncheck: { x-why: slow, path: /ready }\nwatch:\n");

    assert_string_equal(settings->check.path, "/ready");
    assert_int_equal(settings->watch.for_ms, 10000);
}

static void a_named_authority_means_a_checked_certificate(void **state)
{
    CLEANUP(settings_free)
    Settings *settings = read_good(*state, HEAD "check: { kind: https, ca: /etc/ca.pem }\n");

    assert_int_equal(settings->check.kind, CHECK_HTTPS);
    assert_string_equal(settings->check.ca, "/etc/ca.pem");
    assert_false(settings->check.insecure_tls);
}

static void variables_may_hold_lines_and_placeholders(void **state)
{
    CLEANUP(settings_free)
    Settings *settings = read_good(*state, NO_SERVICE "service:\n"
                                                      "  command: [a, \"\", \"{{literal}\"]\n"
                                                      "  environment:\n"
                                                      "    TOKEN: \"{env:TOKEN}:{port}\"\n"
                                                      "    LINES: \"a\\nb\"\n"
                                                      "    EMPTY: \"\"\n"
                                                      "    NUMBER: 5\n");
    const TextList *environment = &settings->service.environment;

    assert_int_equal(environment->count, 4);
    assert_string_equal(environment->items[0], "TOKEN={env:TOKEN}:{port}");
    assert_string_equal(environment->items[1], "LINES=a\nb");
    assert_string_equal(environment->items[2], "EMPTY=");
    assert_string_equal(environment->items[3], "NUMBER=5");
    assert_int_equal(settings->service.command.count, 3);
}

static void several_problems_are_named_in_one_run(void **state)
{
    static const char yaml[] = HEAD "check: { passes: 0, pth: /x }\nwatch: { for: x }\n";
    Settings *settings = NULL;
    Error err = {0};

    assert_false(read_bytes(*state, yaml, sizeof yaml - 1, &settings, &err));
    assert_non_null(strstr(err.message, ":5: check.passes: "));
    assert_non_null(strstr(err.message, "\n"));
    assert_non_null(strstr(err.message, ":5: unknown setting 'check.pth'"));
    assert_non_null(strstr(err.message, ":6: watch.for: "));
}

static void a_hundred_problems_are_counted_and_not_listed(void **state)
{
    CLEANUP_TEXT Text yaml = {0};
    Settings *settings = NULL;
    Error err = {0};

    text_append(&yaml, HEAD);
    for (int i = 0; i < 100; i++)
        text_appendf(&yaml, "unknown%d: 1\n", i);
    assert_false(read_bytes(*state, yaml.bytes, yaml.length, &settings, &err));
    assert_non_null(strstr(err.message, "and 92 more"));
}

static void an_engine_that_this_build_lacks_comes_with_those_it_has(void **state)
{
    const char *engine = engine_of_connections(false);
    CLEANUP(free) char *yaml = text_formatted(HEAD "traffic: { engine: %s }\n", engine);
    CLEANUP(free)
    char *said = text_formatted("godeploy.yaml:5: traffic.engine: %s: this build has no", engine);
    Settings *settings = NULL;
    Error err = {0};

    assert_false(read_bytes(*state, yaml, strlen(yaml), &settings, &err));
    assert_non_null(strstr(err.message, said));
    assert_non_null(strstr(err.hint, "embedded"));
}

static void a_missing_file_is_named_with_what_to_do(void **state)
{
    Settings *settings = NULL;
    Error err = {0};

    (void)state;
    assert_false(settings_read("/nowhere/godeploy.yaml", &settings, &err));
    assert_int_equal(err.code, ERR_SETTINGS);
    assert_non_null(strstr(err.message, "/nowhere/godeploy.yaml"));
    assert_non_null(strstr(err.hint, "godeploy init"));
}

static void a_file_too_large_is_refused(void **state)
{
    size_t length = (1U << 20) + 1;
    CLEANUP(free) char *bytes = malloc(length);
    Settings *settings = NULL;
    Error err = {0};

    assert_non_null(bytes);
    memset(bytes, '#', length);
    assert_false(read_bytes(*state, bytes, length, &settings, &err));
    assert_int_equal(err.code, ERR_SETTINGS);
}

static void too_many_values_are_refused(void **state)
{
    CLEANUP_TEXT Text yaml = {0};
    Settings *settings = NULL;
    Error err = {0};

    text_append(&yaml, HEAD "x-many: [");
    for (int i = 0; i < 10001; i++)
        text_append(&yaml, "1,");
    text_append(&yaml, "]\n");
    assert_false(read_bytes(*state, yaml.bytes, yaml.length, &settings, &err));
    assert_non_null(strstr(err.message, "more than 10000 values"));
}

static void a_utf16_file_is_refused(void **state)
{
    static const char yaml[] = "\xff\xfe"
                               "a\0p\0p\0:\0 \0a\0";
    Settings *settings = NULL;
    Error err = {0};

    assert_false(read_bytes(*state, yaml, sizeof yaml - 1, &settings, &err));
    assert_non_null(strstr(err.message, "godeploy.yaml:1: not UTF-8 text"));
}

static void a_byte_order_mark_and_windows_line_ends_are_read(void **state)
{
    CLEANUP(settings_free)
    Settings *settings =
        read_good(*state, "\xef\xbb\xbf"
                          "app: a\r\nrelease: { source: a.zip }\r\n"
                          "verify: { rsa: { keys: [a] } }\r\nservice: { command: [a] }\r\n");

    assert_string_equal(settings->app, "a");
}

static void every_prefix_of_a_right_file_ends_well(void **state)
{
    for (size_t length = 0; length < sizeof sample - 1; length += 3) {
        CLEANUP(settings_free) Settings *settings = NULL;
        Error err = {0};

        if (!read_bytes(*state, sample, length, &settings, &err))
            assert_int_equal(err.code, ERR_SETTINGS);
    }
}

static void the_example_of_init_is_read(void **state)
{
    CLEANUP(free) char *example = settings_example("shop-api");
    CLEANUP(settings_free) Settings *settings = NULL;

    assert_non_null(example);
    settings = read_good(*state, example);
    assert_string_equal(settings->app, "shop-api");
    assert_string_equal(settings->service.command.items[0], "./shop-api");
    /* what the engine of this system does not do would be refused at the first deployment */
    assert_int_equal(settings->traffic.mode, usual_mode());
}

/* A comment that begins with a small letter, or deeper, is a setting; others are sentences. */
static void open_comments(char *yaml)
{
    for (char *line = yaml; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        char *mark = line + strspn(line, " ");

        if (text_starts_with(mark, "# ") && (mark[2] == ' ' || (mark[2] >= 'a' && mark[2] <= 'z')))
            memmove(mark, mark + 2, strlen(mark + 2) + 1);
    }
}

static void what_the_example_leaves_out_is_read_too(void **state)
{
    CLEANUP(free) char *example = settings_example("shop-api");
    CLEANUP(settings_free) Settings *settings = NULL;

    assert_non_null(example);
    open_comments(example);
    settings = read_good(*state, example);
    assert_int_equal(settings->verify.authenticode.require, PROGRAMS_ALL);
    assert_int_equal(settings->canary.step_count, 2);
    assert_int_equal(settings->config.reload, CONFIG_RELOAD_HTTP);
    assert_string_equal(settings->check.identity_header, "X-Release");
    assert_int_equal(settings->hooks.before_flip.count, 1);
}

static void the_documentation_names_every_setting(void **state)
{
    CLEANUP(free) char *text = settings_describe();

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < settings_row_count(); i++) {
        const SettingRow *row = settings_row(i);

        if (row->kind == SETTING_LACKING)
            continue;
        assert_non_null(row->help);
        assert_non_null(strstr(text, row->path));
    }
    assert_non_null(strstr(text, "check.interval: duration (default 200ms)"));
    assert_non_null(strstr(text, "app: name (required)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_wrong_file_is_told_its_line_and_key),
        cmocka_unit_test(the_sample_of_the_design_is_read),
        cmocka_unit_test(a_canary_and_a_gate_are_read),
        cmocka_unit_test(an_app_that_cannot_run_twice_is_read),
        cmocka_unit_test(what_is_not_set_has_its_documented_default),
        cmocka_unit_test(traffic_is_carried_as_the_engine_can_where_nobody_says),
        cmocka_unit_test(the_limits_of_traffic_default_to_those_of_the_proxy),
        cmocka_unit_test(a_relative_source_is_beside_the_settings),
        cmocka_unit_test(a_brace_in_the_folders_name_is_no_placeholder),
        cmocka_unit_test(extensions_are_ignored),
        cmocka_unit_test(a_named_authority_means_a_checked_certificate),
        cmocka_unit_test(variables_may_hold_lines_and_placeholders),
        cmocka_unit_test(several_problems_are_named_in_one_run),
        cmocka_unit_test(a_hundred_problems_are_counted_and_not_listed),
        cmocka_unit_test(an_engine_that_this_build_lacks_comes_with_those_it_has),
        cmocka_unit_test(a_missing_file_is_named_with_what_to_do),
        cmocka_unit_test(a_file_too_large_is_refused),
        cmocka_unit_test(too_many_values_are_refused),
        cmocka_unit_test(a_utf16_file_is_refused),
        cmocka_unit_test(a_byte_order_mark_and_windows_line_ends_are_read),
        cmocka_unit_test(every_prefix_of_a_right_file_ends_well),
        cmocka_unit_test(the_example_of_init_is_read),
        cmocka_unit_test(what_the_example_leaves_out_is_read_too),
        cmocka_unit_test(the_documentation_names_every_setting),
    };

    return cmocka_run_group_tests(tests, open_box, close_box);
}
