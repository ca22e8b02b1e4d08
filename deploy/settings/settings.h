/* settings: godeploy.yaml, read once and const from then on.
 *
 * One table (settings_table.c) holds every setting with its place here, kind, default and bounds;
 * reading, defaults, errors and the documentation are made from it. Errors are ERR_SETTINGS and
 * name file, line and key. Relative paths are relative to the file's folder and absolute here. What
 * this build lacks (the rows with `lacks`) is refused, never ignored. */
#ifndef GODEPLOY_DEPLOY_SETTINGS_SETTINGS_H
#define GODEPLOY_DEPLOY_SETTINGS_SETTINGS_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/net/address.h"
#include "base/text.h"
#include "deploy/runner/confinement.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SETTINGS_MOST_LISTEN = 8, SETTINGS_SLOTS = 2, SETTINGS_MOST_CANARY_STEPS = 16 };

typedef enum CheckKind { CHECK_HTTP, CHECK_HTTPS, CHECK_TCP, CHECK_EXEC } CheckKind;
/* Which Windows programs in an archive must be signed. What each demands: programs.h. */
typedef enum ProgramDemand {
    PROGRAMS_NONE,
    PROGRAMS_ALL,
    PROGRAMS_EXECUTABLES,
    PROGRAMS_LISTED
} ProgramDemand;
typedef enum TrafficMode { TRAFFIC_HTTP, TRAFFIC_TCP } TrafficMode;
typedef enum TrafficStrategy {
    STRATEGY_BLUE_GREEN, /* old and new run side by side for a moment */
    STRATEGY_EXCLUSIVE   /* the old one ends before the new one starts; requests wait meanwhile */
} TrafficStrategy;

/* How the service is told that its configuration is another one. */
typedef enum ConfigReload {
    CONFIG_RELOAD_NONE,
    CONFIG_RELOAD_SIGNAL,
    CONFIG_RELOAD_HTTP
} ConfigReload;
typedef enum ConfigSignal {
    CONFIG_SIGNAL_HUP,
    CONFIG_SIGNAL_USR1,
    CONFIG_SIGNAL_USR2
} ConfigSignal;

/* What a webhook's receiver reads. */
typedef enum WebhookKind { WEBHOOK_JSON, WEBHOOK_SLACK, WEBHOOK_TEAMS } WebhookKind;

/* One hook: an argument list; placeholders still in it. */
typedef struct HookList {
    TextList *items;
    size_t count;
} HookList;

#define SETTINGS_RELEASES "releases" /* folder of ROOT/APP: one folder per version */

typedef struct Settings {
    char *file;   /* the path it was read from, absolute */
    char *folder; /* of the file */

    char *app;
    char *root; /* absolute */

    struct {
        char *source;     /* pattern: {app} {version} {os} {arch}; URL or path */
        char *signature;  /* pattern; default "{source}.sig" (of checksums where those are used) */
        TextList headers; /* "Name: value", {env:NAME} in the value */
        char *ca;         /* PEM file; NULL: the system's */
        int64_t keep;     /* releases; default 5 */
        uint64_t keep_bytes;        /* 0: no limit, the default */
        uint64_t max_size;          /* of the archive; default 500MiB */
        uint64_t max_unpacked;      /* default 4GiB */
        int64_t max_entries;        /* default 100000 */
        int64_t max_ratio;          /* unpacked / packed; default 200 */
        int64_t tries;              /* default 5 */
        int64_t backoff_ms;         /* default 500ms */
        int64_t connect_timeout_ms; /* default 10s */
        int64_t stall_timeout_ms;   /* default 30s */
        bool require_manifest;      /* default true: release.json must be there */
    } release;

    struct {
        struct {
            TextList keys;      /* PEM files, absolute */
            TextList deny;      /* key ids */
            TextList announced; /* statements that name further keys, absolute */
            char *scheme;       /* "pkcs1-sha256" (default) or "pss-sha256" */
        } rsa;
        char *
            checksums; /* NULL, or pattern of the checksums file: name beside the archive, or URL */
        struct {
            ProgramDemand require;    /* default PROGRAMS_NONE; then nothing below is set */
            TextList files;           /* names in the archive, "*" for any part of a segment */
            TextList ca, tsa_ca, crl; /* PEM files, absolute */
            TextList publishers;      /* as authenticode.h says */
            bool partial_chain, allow_sha1, require_timestamp;
            bool also_windows;       /* Windows' own judge must agree */
            bool windows_revocation; /* it asks whether the chain is revoked */
        } authenticode;
        bool downgrade_allowed; /* verify.downgrade: deny (default) | allow */
    } verify;

    struct {
        TextList command; /* {port} {release} {slot} {instance} {folder} {app} still in it */
        TextList
            environment; /* "NAME=value"; {env:NAME} and the placeholders of command still in it */
        char *preset;    /* "none" (default) or "go-production" */
        char *runner;    /* "auto" | a name of deploy/runner/runner.h */
        char *account;   /* whose processes it runs as; NULL: the runner's choice */
        struct {         /* runner service */
            bool native; /* service.windows.kind: console (default) | native */
            bool delayed_start;
            TextList data; /* folders that it may write to, absolute */
        } windows;
        Confinement confinement; /* service.hardening and service.limits: runner systemd */
        int64_t stop_timeout_ms; /* default 10s */
        struct {
            int64_t delay_ms; /* default 60s; */
            int64_t times;    /* default 3 */
            int64_t reset_ms; /* default 86400s */
        } restart;
    } service;

    struct {
        char *engine; /* "auto", or the name of an engine of proxy/engine/engine.h */
        TrafficMode mode;
        bool send_proxy_header;
        Address listen[SETTINGS_MOST_LISTEN];
        size_t listen_count;
        uint16_t slots[SETTINGS_SLOTS]; /* ports on 127.0.0.1; default 18081, 18082 */
        struct {
            char *socket;     /* default /run/haproxy/admin.sock */
            char *backend;    /* NULL: named as the app */
            char *state_file; /* NULL: none */
        } haproxy;
        struct {
            char *admin;  /* default 127.0.0.1:2019 */
            char *server; /* NULL: any */
        } caddy;
        struct {
            char *table; /* NULL: godeploy-APP */
        } nftables;
        struct {
            bool take_over;
            char *replaces; /* NULL: nobody */
        } portproxy;
        TextList trusted; /* ranges as base/net/address_range.h reads them */
        struct {          /* see proxy/route_limits.h, which has the same defaults */
            int64_t head_ms, idle_ms, connect_ms, response_ms, stall_ms;
            uint64_t head_bytes, body; /* 0: no limit */
            int64_t connections;       /* 0: no limit */
        } limits;
        TrafficStrategy strategy;
        struct {
            int64_t requests; /* default 1000 */
            uint64_t bytes;   /* default 16MiB */
            int64_t for_ms;   /* default 30s */
        } hold;               /* what may wait at a gate that is shut */
        char *page;           /* HTML file of `pause --maintenance`; NULL: a plain sentence */
    } traffic;

    struct {
        int64_t steps_ppm[SETTINGS_MOST_CANARY_STEPS]; /* rising, each below 100 % */
        size_t step_count;                             /* 0: no canary */
        int64_t interval_ms;                           /* default 1m */
        bool by_hand;                                  /* canary.promote: auto (default) | manual */
    } canary;

    struct {
        CheckKind kind;
        char *path;     /* default /healthz; also the path of the flip's proof */
        char *host;     /* Host header; NULL: the address */
        int64_t expect; /* default 200 */
        char *body;     /* NULL, or text that must be in the answer */
        TextList exec;  /* kind exec: argument list */
        int64_t interval_ms, timeout_ms, passes, deadline_ms; /* 200ms 2s 3 60s */
        char *identity_header; /* NULL: not configured; its value must be the release's version */
        char *ca;              /* kind https */
        bool insecure_tls; /* kind https: default true, a loopback instance has its own certificate
                            */
    } check;

    struct {
        int64_t for_ms;               /* default 10s */
        int64_t max_error_ppm;        /* default 1% */
        int64_t max_p95_increase_ppm; /* default 25% */
        int64_t max_handle_growth;    /* default 200 */
        int64_t min_requests; /* below it error rate and latency are "inconclusive"; default 20 */
        bool refuse_inconclusive; /* watch.inconclusive: accept (default) | refuse */
    } watch;

    struct {
        int64_t in_flight_ms, idle_ms, upgraded_ms; /* 30s 5s 60s */
    } drain;

    struct {
        bool keep_warm;
    } retire;

    struct {
        char *file;          /* NULL: godeploy does not look after the service's configuration */
        ConfigReload reload; /* default CONFIG_RELOAD_NONE */
        ConfigSignal signal; /* default HUP */
        char *url;           /* {port} and the like still in it; kind http */
        int64_t timeout_ms;  /* for its answer; default 5s */
        int64_t watch_ms;    /* default 5s */
    } config;

    struct {
        HookList before_start, before_flip, after_flip, after_retire, on_failure;
        int64_t timeout_ms; /* default 60s */
    } hooks;

    struct {
        struct {
            char *url; /* pattern: {env:NAME}; NULL: none. Secret: whoever has it may post there */
            WebhookKind kind;
            TextList on;        /* "success", "failure", "rollback" */
            TextList headers;   /* as release.headers */
            int64_t timeout_ms; /* for all tries together; default 10s */
            int64_t tries;      /* default 3 */
        } webhook;
    } notify;

    struct {
        char *otlp;         /* pattern: {env:NAME}; NULL: none */
        TextList headers;   /* as release.headers */
        int64_t timeout_ms; /* default 5s */
    } trace;

    struct {
        char *textfile; /* folder for deploy/report/textfile.h; NULL: none */
    } report;
} Settings;

/* `path` NULL: ./godeploy.yaml. */
bool settings_read(const char *path, Settings **out, Error *err);
void settings_free(Settings *settings);
DEFINE_CLEANUP(Settings *, settings_free)

/* Every setting with default and meaning, for `godeploy help settings`. Caller frees. */
char *settings_describe(void);

/* A commented example with the four required settings filled in, for `godeploy init`. Caller frees.
 */
char *settings_example(const char *app);

#endif
