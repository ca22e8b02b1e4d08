/* See settings_table.h. */
#include "deploy/settings/settings_table.h"

#include "proxy/route_limits.h"

#include <string.h>

/* Macros and not braces: clang-format 14 falls over rows of unequal length. */
#define SETTING(name, type, member, ...)                                                           \
    {                                                                                              \
        .path = (name), .kind = SETTING_##type, .offset = offsetof(Settings, member), __VA_ARGS__  \
    }
#define NOWHERE(name, type, ...)                                                                   \
    {                                                                                              \
        .path = (name), .kind = SETTING_##type, __VA_ARGS__                                        \
    }
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

#define KIB INT64_C(1024)
#define MIB (INT64_C(1024) * KIB)
#define GIB (INT64_C(1024) * MIB)
#define PIB (INT64_C(1024) * 1024 * GIB)

/* Placeholders. */
#define OF_A_RELEASE   WORDS("version", "os", "arch", "app")
#define OF_A_SIGNATURE WORDS("source", "version", "os", "arch", "app")
#define OF_AN_INSTANCE WORDS("port", "release", "slot", "instance", "folder", "app")
#define OF_ENVIRONMENT WORDS("port", "release", "slot", "instance", "folder", "app", "env:")
#define OF_A_HOOK      WORDS("url", "port", "release", "slot", "instance", "folder", "app")
#define OF_A_HEADER    WORDS("env:")

static const SettingRow rows[] = {
    SETTING("app", APP, app, .required = true, .help = "name of the service: a-z, 0-9 and '-'"),
    SETTING("root", PATH, root,
            .help = "folder of godeploy's state; default /var/lib/godeploy for root, else "
                    "~/.local/state/godeploy"),

    SETTING("release.source", LOCATION, release.source, .required = true,
            .placeholders = OF_A_RELEASE,
            .help = "where the archive is: http, https or file URL, or path"),
    SETTING("release.signature", LOCATION, release.signature, .initial = "{source}.sig",
            .placeholders = OF_A_SIGNATURE,
            .help =
                "where its RSA signature is; {source} is the checksums file where that is used"),
    SETTING("release.headers", HEADERS, release.headers, .secret = true,
            .placeholders = OF_A_HEADER,
            .help = "sent to the source's host: [\"Authorization: Bearer {env:TOKEN}\"]"),
    SETTING("release.ca", PATH, release.ca,
            .help = "PEM file of the authorities for https; default: the system's"),
    SETTING("release.keep", NUMBER, release.keep, .initial = "5", .least = 1, .most = 10000,
            .help = "releases kept for rollback"),
    SETTING("release.keep_bytes", SIZE, release.keep_bytes, .initial = "0", .most = PIB,
            .help = "bytes that kept releases may take; 0: no limit"),
    SETTING("release.max_size", SIZE, release.max_size, .initial = "500MiB", .least = KIB,
            .most = PIB, .help = "largest archive that is fetched"),
    SETTING("release.max_unpacked", SIZE, release.max_unpacked, .initial = "4GiB", .least = KIB,
            .most = PIB, .help = "largest sum of unpacked files"),
    SETTING("release.max_entries", NUMBER, release.max_entries, .initial = "100000", .least = 1,
            .most = 10000000, .help = "most files and folders in an archive"),
    SETTING("release.max_ratio", NUMBER, release.max_ratio, .initial = "200", .least = 1,
            .most = 1000000, .help = "largest ratio of unpacked to packed bytes"),
    SETTING("release.tries", NUMBER, release.tries, .initial = "5", .least = 1, .most = 100,
            .help = "how often a fetch is tried"),
    SETTING("release.backoff", DURATION, release.backoff_ms, .initial = "500ms", .least = 1,
            .most = HOUR, .help = "wait before the second try; doubled each time"),
    SETTING("release.connect_timeout", DURATION, release.connect_timeout_ms, .initial = "10s",
            .least = 1, .most = HOUR, .help = "for a connection to the source"),
    SETTING("release.stall_timeout", DURATION, release.stall_timeout_ms, .initial = "30s",
            .least = 1, .most = HOUR, .help = "without a byte for this long, a try has failed"),
    SETTING("release.require_manifest", BOOL, release.require_manifest, .initial = "true",
            .help = "the archive must hold release.json"),

    SETTING("verify.rsa.keys", PATHS, verify.rsa.keys, .required = true,
            .help = "PEM files of the public keys that may sign a release"),
    SETTING("verify.rsa.deny", KEY_IDS, verify.rsa.deny,
            .help = "ids of keys that may no longer sign"),
    SETTING("verify.rsa.announced", PATHS, verify.rsa.announced,
            .help =
                "files in which a key above announces a further one (godeploy sign --announce)"),
    SETTING("verify.rsa.scheme", WORD, verify.rsa.scheme, .initial = "pkcs1-sha256",
            .words = WORDS("pkcs1-sha256", "pss-sha256"), .help = "how signatures are made"),
    SETTING("verify.checksums", PATTERN, verify.checksums, .placeholders = OF_A_RELEASE,
            .help = "name or URL of a checksums file that is signed in place of the archive"),
    SETTING("verify.authenticode.require", CHOICE, verify.authenticode.require, .initial = "none",
            .words = WORDS("none", "all", "executables", "listed"),
            .help = "which Windows programs in the archive, told by their content, must carry a "
                    "valid signature: every one (DLLs too), those that can be started, or `files`; "
                    "an archive without such a program is refused"),
    SETTING("verify.authenticode.files", ENTRIES, verify.authenticode.files,
            .help = "for `listed`: their paths in the archive; * stands for any part of a name. "
                    "Each must be there, and be a program"),
    SETTING("verify.authenticode.ca", PATHS, verify.authenticode.ca,
            .help = "PEM files of the authorities that may vouch for a signer; this system's own "
                    "are not asked"),
    SETTING("verify.authenticode.tsa_ca", PATHS, verify.authenticode.tsa_ca,
            .help = "PEM files of those that may vouch for a timestamp; default: those of ca"),
    SETTING("verify.authenticode.crl", PATHS, verify.authenticode.crl,
            .help =
                "PEM or DER files of revocation lists; without one revocation is not looked at"),
    SETTING("verify.authenticode.publishers", TEXTS, verify.authenticode.publishers,
            .help = "who may have signed: [\"CN=Example Ltd, O=Example Ltd\"] (all of these parts "
                    "are in the subject), \"spki:\" or \"cert:\" and a SHA-256; default: whoever "
                    "ca vouches for"),
    SETTING("verify.authenticode.partial_chain", BOOL, verify.authenticode.partial_chain,
            .initial = "false", .help = "ca may hold intermediate authorities without their root"),
    SETTING("verify.authenticode.allow_sha1", BOOL, verify.authenticode.allow_sha1,
            .initial = "false", .help = "take SHA-1 in signatures, for old programs; never MD5"),
    SETTING("verify.authenticode.require_timestamp", BOOL, verify.authenticode.require_timestamp,
            .initial = "false", .help = "refuse what does not prove when it was signed"),
    SETTING("verify.authenticode.also_windows", BOOL, verify.authenticode.also_windows,
            .initial = "false",
            .help = "on Windows: its own judge (WinVerifyTrust, the certificate store of this "
                    "host) must agree"),
    SETTING("verify.authenticode.windows_revocation", BOOL, verify.authenticode.windows_revocation,
            .initial = "false",
            .help = "for also_windows: Windows also asks whether a certificate is revoked, over "
                    "the network where it must; no answer is a refusal"),
    SETTING("verify.downgrade", EITHER, verify.downgrade_allowed, .initial = "deny",
            .words = WORDS("deny", "allow"), .help = "a version older than the newest that served"),

    SETTING("service.command", COMMAND, service.command, .required = true,
            .placeholders = OF_AN_INSTANCE,
            .help =
                "how a release is started: [\"./shop-api\", \"--listen\", \"127.0.0.1:{port}\"]"),
    SETTING("service.environment", ENVIRONMENT, service.environment, .secret = true,
            .placeholders = OF_ENVIRONMENT, .help = "variables of the service: { NAME: value }"),
    SETTING("service.preset", WORD, service.preset, .initial = "none",
            .words = WORDS("none", "go-production"),
            .help = "variables set unless environment sets them; go-production: GOMAXPROCS, the "
                    "processors, 8 at most (more only add to the cost of collections); GOGC=50 "
                    "(during a flip two releases share the memory); GODEBUG=madvdontneed=1 (freed "
                    "memory leaves the figures at once)"),
    SETTING("service.runner", WORD, service.runner, .initial = "auto",
            .words = WORDS("auto", "supervise", "systemd", "service"),
            .help = "what keeps an instance alive; systemd: a unit per slot, "
                    "godeploy-APP@blue and godeploy-APP@green; service: two Windows services "
                    "per app, godeploy-APP-blue and godeploy-APP-green; auto: one of these where "
                    "we may, else supervise"),
    SETTING("service.account", TEXT, service.account,
            .help =
                "runner systemd: a user, or `dynamic` for one that systemd makes up, who can write "
                "to $STATE_DIRECTORY and a /tmp of its own alone; default: root; runner service: "
                "LocalService, NetworkService, LocalSystem, or a group managed "
                "account DOMAIN\\NAME$; default: the virtual account of each service"),
    SETTING("service.windows.kind", EITHER, service.windows.native, .initial = "console",
            .words = WORDS("console", "native"),
            .help = "runner service: a console program (kept by godeploy-supervise, which is the "
                    "service), or one that speaks to the service manager itself and takes its "
                    "settings from its arguments"),
    SETTING("service.windows.delayed_start", BOOL, service.windows.delayed_start, .initial = "true",
            .help = "runner service: at boot, the active slot starts after the services that start "
                    "at once"),
    SETTING("service.windows.data", PATHS, service.windows.data,
            .help = "runner service: folders that the service may write to, besides its logs"),
    SETTING("service.hardening.no_new_privileges", BOOL, service.confinement.no_new_privileges,
            .initial = "true", .help = "runner systemd: no setuid program gives it more rights"),
    SETTING("service.hardening.protect_system", CHOICE, service.confinement.protect_system,
            .initial = "full", .words = WORDS("off", "yes", "full", "strict"),
            .help = "runner systemd: what it cannot write: /usr and /boot, and /etc, and all else"),
    SETTING("service.hardening.private_tmp", BOOL, service.confinement.private_tmp,
            .initial = "true", .help = "runner systemd: a /tmp of its own"),
    SETTING("service.hardening.capabilities", RIGHTS, service.confinement.capabilities,
            .initial = "CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_NET_BIND_SERVICE, "
                       "CAP_SETGID, CAP_SETUID",
            .help = "runner systemd: the most that it can ever have, also as root; [all]: no "
                    "bound; []: none"),
    SETTING("service.limits.memory", SIZE, service.confinement.memory, .initial = "0", .most = PIB,
            .help = "runner systemd: bytes, then the system kills it; 0: no limit"),
    SETTING("service.limits.cpu", SHARE, service.confinement.cpu_ppm, .initial = "0%", .least = 0,
            .most = INT64_C(1000000) * 10000,
            .help = "runner systemd: of one processor; 200% are two; 0%: no limit"),
    SETTING("service.limits.files", NUMBER, service.confinement.files, .initial = "65536",
            .most = 1073741816, .help = "runner systemd: open files and connections; 0: systemd's"),
    SETTING("service.limits.tasks", NUMBER, service.confinement.tasks, .initial = "0",
            .most = 4194304, .help = "runner systemd: processes and threads; 0: systemd's"),
    SETTING("service.stop_timeout", DURATION, service.stop_timeout_ms, .initial = "10s", .least = 1,
            .most = DAY, .help = "between asking an instance to stop and killing it"),
    SETTING("service.restart.delay", DURATION, service.restart.delay_ms, .initial = "60s",
            .least = 0, .most = DAY, .help = "wait before an instance that died is started again"),
    SETTING("service.restart.times", NUMBER, service.restart.times, .initial = "3", .least = 0,
            .most = 1000000, .help = "how often that is done"),
    SETTING("service.restart.reset", DURATION, service.restart.reset_ms, .initial = "86400s",
            .least = 1, .most = 365 * (int64_t)DAY,
            .help = "after this long alive, counted from 0 again"),

    SETTING("traffic.engine", WORD, traffic.engine, .initial = "auto",
            .words = WORDS("auto", "embedded", "haproxy", "caddy", "nftables", "portproxy"),
            .help = "what holds the public port; auto: embedded, which is godeploy-proxy, and on "
                    "Windows portproxy"),
    SETTING("traffic.haproxy.socket", PATH, traffic.haproxy.socket,
            .initial = "/run/haproxy/admin.sock", .help = "HAProxy's stats socket, of level admin"),
    SETTING("traffic.haproxy.backend", TEXT, traffic.haproxy.backend,
            .help = "backend with the servers blue and green; default: named as the app"),
    SETTING("traffic.haproxy.state_file", PATH, traffic.haproxy.state_file,
            .help = "HAProxy's server-state-file: written after each change, so that a reload of "
                    "HAProxy keeps it"),
    SETTING("traffic.caddy.admin", TEXT, traffic.caddy.admin, .initial = "127.0.0.1:2019",
            .help = "where Caddy's admin API listens"),
    SETTING("traffic.caddy.server", TEXT, traffic.caddy.server,
            .help = "server of apps.http.servers that has the reverse_proxy; default: any"),
    SETTING("traffic.nftables.table", TEXT, traffic.nftables.table,
            .help = "table of the family inet that is godeploy's alone; default: godeploy-APP"),
    SETTING("traffic.portproxy.take_over", BOOL, traffic.portproxy.take_over, .initial = "false",
            .help = "a portproxy rule of somebody else's for a public address is taken over, and "
                    "set again if the first deployment is undone; a program that listens on one "
                    "address of it may go on beside the rule until it is stopped"),
    SETTING("traffic.portproxy.replaces", TEXT, traffic.portproxy.replaces,
            .help = "the service of Windows that holds a public address itself until the first "
                    "deployment: the flip stops it and sets the rule in its place, and meanwhile "
                    "connections are refused; it is started again if that deployment is undone"),
    SETTING("traffic.strategy", CHOICE, traffic.strategy, .initial = "blue-green",
            .words = WORDS("blue-green", "exclusive"),
            .help = "how the new instance takes over; exclusive: for apps that cannot run twice, "
                    "requests wait while the old instance ends and the new one starts"),
    SETTING("traffic.mode", CHOICE, traffic.mode, .initial = "http", .words = WORDS("http", "tcp"),
            .help = "http: each request on its own; tcp: each connection; default: tcp where the "
                    "engine does no other (nftables, portproxy)"),
    SETTING("traffic.send_proxy_header", BOOL, traffic.send_proxy_header, .initial = "false",
            .help = "mode tcp: the app is told the client's address, PROXY protocol version 2"),
    SETTING("traffic.listen", ADDRESSES, traffic.listen, .initial = "127.0.0.1:8080",
            .help = "public addresses: [\"0.0.0.0:8080\", \"[::]:8080\"]"),
    SETTING("traffic.slots", PORTS, traffic.slots, .initial = "18081, 18082",
            .help = "the two side ports on 127.0.0.1 (blue, green)"),
    SETTING("traffic.trusted", RANGES, traffic.trusted,
            .help = "proxies before us whose X-Forwarded-*, Forwarded and X-Request-Id are "
                    "believed: [10.0.0.0/8]"),
    SETTING("traffic.limits.head_timeout", DURATION, traffic.limits.head_ms, .initial = "30s",
            .least = 1, .most = DAY, .help = "for a client to send a request head; then 408"),
    SETTING("traffic.limits.idle_timeout", DURATION, traffic.limits.idle_ms, .initial = "120s",
            .least = 1, .most = DAY, .help = "for a keep-alive client to stay silent"),
    SETTING("traffic.limits.connect_timeout", DURATION, traffic.limits.connect_ms, .initial = "10s",
            .least = 1, .most = DAY, .help = "for an instance to take a connection; then 504"),
    SETTING("traffic.limits.response_timeout", DURATION, traffic.limits.response_ms,
            .initial = "60s", .least = 1, .most = DAY,
            .help = "for an instance to begin its answer; then 504"),
    SETTING("traffic.limits.stall_timeout", DURATION, traffic.limits.stall_ms, .initial = "60s",
            .least = 1, .most = DAY,
            .help = "for a body, or for who should take one, to stand still"),
    SETTING("traffic.limits.head_bytes", SIZE, traffic.limits.head_bytes, .initial = "64KiB",
            .least = KIB, .most = ROUTE_HEAD_BYTES_MAX,
            .help = "largest request head; 431 above it, 414 for its first line"),
    SETTING("traffic.limits.body", SIZE, traffic.limits.body, .initial = "0", .most = PIB,
            .help = "largest request body, 413 above it; 0: no limit"),
    SETTING("traffic.limits.connections", NUMBER, traffic.limits.connections, .initial = "0",
            .most = 1000000, .help = "most clients at once, 503 for others; 0: no limit"),
    SETTING("traffic.hold.requests", NUMBER, traffic.hold.requests, .initial = "1000", .least = 1,
            .most = 1000000, .help = "requests that may wait at a gate that is shut"),
    SETTING("traffic.hold.bytes", SIZE, traffic.hold.bytes, .initial = "16MiB", .least = KIB,
            .most = 16 * GIB, .help = "bytes of theirs that may be kept meanwhile"),
    SETTING("traffic.hold.for", DURATION, traffic.hold.for_ms, .initial = "30s", .least = 1,
            .most = HOUR, .help = "how long a request may wait there; then it gets 503"),
    SETTING("traffic.page", PATH, traffic.page,
            .help = "HTML file shown by `pause --maintenance`; default: a plain sentence"),

    SETTING("canary.steps", SHARES, canary,
            .help = "shares of new clients that get the new release first: [5%, 25%, 100%]"),
    SETTING("canary.interval", DURATION, canary.interval_ms, .initial = "1m", .least = 1,
            .most = DAY, .help = "how long each share is watched"),
    SETTING("canary.promote", EITHER, canary.by_hand, .initial = "auto",
            .words = WORDS("auto", "manual"),
            .help = "who takes the next step; manual: `godeploy promote`"),

    SETTING("check.kind", CHOICE, check.kind, .initial = "http",
            .words = WORDS("http", "https", "tcp", "exec"), .help = "how health is asked"),
    SETTING("check.path", URL_PATH, check.path, .initial = "/healthz",
            .help = "asked by http checks, and through the public port when traffic is flipped"),
    SETTING("check.host", TEXT, check.host, .help = "Host header; default: the address"),
    SETTING("check.expect", NUMBER, check.expect, .initial = "200", .least = 200, .most = 599,
            .help = "status of a healthy answer"),
    SETTING("check.body", TEXT, check.body, .help = "text that must be in the answer"),
    SETTING("check.exec", HOOK, check.exec, .placeholders = OF_A_HOOK,
            .help = "kind exec: program and arguments; exit status 0 is healthy"),
    SETTING("check.interval", DURATION, check.interval_ms, .initial = "200ms", .least = 1,
            .most = HOUR, .help = "between two checks"),
    SETTING("check.timeout", DURATION, check.timeout_ms, .initial = "2s", .least = 1, .most = HOUR,
            .help = "for one check"),
    SETTING("check.passes", NUMBER, check.passes, .initial = "3", .least = 1, .most = 10000,
            .help = "healthy answers in a row that are enough"),
    SETTING("check.deadline", DURATION, check.deadline_ms, .initial = "60s", .least = 1,
            .most = DAY, .help = "for all of them"),
    SETTING("check.identity.header", TOKEN, check.identity_header,
            .help = "header of the answer that must hold the release's version"),
    SETTING("check.ca", PATH, check.ca,
            .help = "kind https: PEM file; with it the certificate is checked"),
    SETTING(
        "check.insecure_tls", BOOL, check.insecure_tls, .initial = "true",
        .help =
            "kind https: take any certificate of the local instance; false where check.ca is set"),

    SETTING("watch.for", DURATION, watch.for_ms, .initial = "10s", .least = 0, .most = DAY,
            .help = "how long the new release is watched under traffic; 0: not"),
    SETTING("watch.max_error_rate", SHARE, watch.max_error_ppm, .initial = "1%", .least = 0,
            .most = 1000000, .help = "answers with 5xx, or none; above it traffic goes back"),
    SETTING("watch.max_p95_increase", SHARE, watch.max_p95_increase_ppm, .initial = "25%",
            .least = 0, .most = 1000000000, .help = "95th percentile against the old release"),
    SETTING("watch.max_handle_growth", NUMBER, watch.max_handle_growth, .initial = "200",
            .least = 0, .most = 10000000, .help = "open handles gained while watched"),
    SETTING("watch.min_requests", NUMBER, watch.min_requests, .initial = "20", .least = 0,
            .most = 1000000000,
            .help = "with fewer, rates prove nothing and are called inconclusive"),
    SETTING("watch.inconclusive", EITHER, watch.refuse_inconclusive, .initial = "accept",
            .words = WORDS("accept", "refuse"),
            .help = "what comes of a watch that could not judge; refuse: as a bad figure"),

    SETTING("drain.in_flight", DURATION, drain.in_flight_ms, .initial = "30s", .least = 0,
            .most = DAY, .help = "for requests under way on the old instance"),
    SETTING("drain.idle", DURATION, drain.idle_ms, .initial = "5s", .least = 0, .most = DAY,
            .help = "for idle keep-alive connections"),
    SETTING("drain.upgraded", DURATION, drain.upgraded_ms, .initial = "60s", .least = 0,
            .most = DAY,
            .help = "for WebSockets and other upgraded connections; in its second half "
                    "they are closed one by one"),

    SETTING("retire.keep_warm", BOOL, retire.keep_warm, .initial = "false",
            .help = "the old instance stays up, out of traffic, until the next deployment"),

    SETTING("config.file", PATH, config.file,
            .help = "configuration that the service reads; `godeploy config push` replaces it"),
    SETTING("config.reload.kind", CHOICE, config.reload, .initial = "none",
            .words = WORDS("none", "signal", "http"),
            .help = "how the service is told; none: it looks by itself"),
    SETTING("config.reload.signal", CHOICE, config.signal, .initial = "HUP",
            .words = WORDS("HUP", "USR1", "USR2"), .help = "kind signal: sent to its process"),
    SETTING("config.reload.url", PATTERN, config.url, .placeholders = OF_A_HOOK,
            .initial = "http://127.0.0.1:{port}/reload",
            .help = "kind http: gets a POST; an answer 2xx is success"),
    SETTING("config.reload.timeout", DURATION, config.timeout_ms, .initial = "5s", .least = 1,
            .most = HOUR, .help = "kind http: for that answer"),
    SETTING("config.watch", DURATION, config.watch_ms, .initial = "5s", .least = 0, .most = DAY,
            .help = "how long the service must stay healthy with a new configuration"),

    SETTING("hooks.before_start", HOOKS, hooks.before_start, .placeholders = OF_A_HOOK,
            .help =
                "run before the new instance starts: [[\"./migrate\", \"--up\"]]; with strategy "
                "exclusive when the old one has ended"),
    SETTING("hooks.before_flip", HOOKS, hooks.before_flip, .placeholders = OF_A_HOOK,
            .help = "run when it is healthy; {url} is its side port"),
    SETTING("hooks.after_flip", HOOKS, hooks.after_flip, .placeholders = OF_A_HOOK,
            .help = "run when it has the traffic; can only warn"),
    SETTING("hooks.after_retire", HOOKS, hooks.after_retire, .placeholders = OF_A_HOOK,
            .help = "run when the old instance is gone; can only warn"),
    SETTING("hooks.on_failure", HOOKS, hooks.on_failure, .placeholders = OF_A_HOOK,
            .help = "run when a deployment failed; can only warn"),
    SETTING("hooks.timeout", DURATION, hooks.timeout_ms, .initial = "60s", .least = 1, .most = DAY,
            .help = "for one hook"),

    SETTING("notify.webhook.url", PATTERN, notify.webhook.url, .secret = true,
            .placeholders = OF_A_HEADER,
            .help = "told when a deployment ends, by a POST of JSON: \"{env:WEBHOOK_URL}\"; what "
                    "becomes of it changes nothing"),
    SETTING("notify.webhook.kind", CHOICE, notify.webhook.kind, .initial = "json",
            .words = WORDS("json", "slack", "teams"),
            .help = "what its receiver reads; teams: an Adaptive Card, as Workflows take it"),
    SETTING("notify.webhook.on", WORDS, notify.webhook.on, .initial = "success, failure, rollback",
            .words = WORDS("success", "failure", "rollback"),
            .help = "of what it is told; a watch that flips back is a failure and a rollback"),
    SETTING("notify.webhook.headers", HEADERS, notify.webhook.headers, .secret = true,
            .placeholders = OF_A_HEADER,
            .help = "sent with it: [\"Authorization: Bearer {env:TOKEN}\"]"),
    SETTING("notify.webhook.timeout", DURATION, notify.webhook.timeout_ms, .initial = "10s",
            .least = 1, .most = MINUTE,
            .help = "for all tries together; the deployment is over and unlocked meanwhile"),
    SETTING("notify.webhook.tries", NUMBER, notify.webhook.tries, .initial = "3", .least = 1,
            .most = 20, .help = "again after no answer, 408, 429 and 5xx"),

    SETTING("trace.otlp", PATTERN, trace.otlp, .secret = true, .placeholders = OF_A_HEADER,
            .help = "URL that takes OTLP/HTTP traces as JSON: http://127.0.0.1:4318/v1/traces; a "
                    "span per stage, below that of TRACEPARENT if the environment has one"),
    SETTING("trace.headers", HEADERS, trace.headers, .secret = true, .placeholders = OF_A_HEADER,
            .help = "sent with it: [\"Authorization: Bearer {env:TOKEN}\"]"),
    SETTING("trace.timeout", DURATION, trace.timeout_ms, .initial = "5s", .least = 1,
            .most = MINUTE, .help = "for both tries together"),

    SETTING("report.textfile", PATH, report.textfile,
            .help = "folder where a Prometheus exporter reads *.prom: godeploy_APP.prom is written "
                    "there after each change"),
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

const SettingRow *settings_row(size_t index)
{
    return index < ROW_COUNT ? &rows[index] : NULL;
}

size_t settings_row_count(void)
{
    return ROW_COUNT;
}

size_t settings_row_find(const char *path)
{
    size_t index = 0;

    while (index < ROW_COUNT && !text_equal(rows[index].path, path))
        index++;
    return index;
}

bool settings_is_section(const char *path)
{
    size_t length = strlen(path);

    for (size_t i = 0; i < ROW_COUNT; i++)
        if (text_starts_with(rows[i].path, path) && rows[i].path[length] == '.')
            return true;
    return false;
}

const char *settings_row_nearest(const char *path)
{
    const char *paths[ROW_COUNT];

    for (size_t i = 0; i < ROW_COUNT; i++)
        paths[i] = rows[i].path;
    return text_nearest(path, paths, ROW_COUNT);
}
