/* portproxy_host: what the engine portproxy needs of Windows: rules, netsh, the service iphlpsvc
 * that carries connections, and who holds which port. A struct of functions, so that the protocol
 * above it is tested where there is no Windows.
 *
 * Every function takes `context` first. Errors are ERR_ENGINE, or ERR_PERMISSION where this process
 * may not. */
#ifndef GODEPLOY_PROXY_ENGINE_PORTPROXY_HOST_H
#define GODEPLOY_PROXY_ENGINE_PORTPROXY_HOST_H

#include "proxy/engine/portproxy_rule.h"

/* The service IP Helper, which reads the rules and carries the connections. */
typedef struct PortproxyService {
    bool installed;
    bool disabled; /* it may not be started */
    bool running;
    int64_t pid; /* 0 where it does not run */
} PortproxyService;

enum { PORTPROXY_HOLDERS_MOST = 32, PORTPROXY_NAME_SIZE = 64, PORTPROXY_SERVICE_SIZE = 257 };

typedef enum PortproxyStart {
    PORTPROXY_STARTS_ON_DEMAND,
    PORTPROXY_STARTS_AT_BOOT,
    PORTPROXY_STARTS_LATER /* "delayed", behind those that start at boot */
} PortproxyStart;

/* A service of the operator's. */
typedef struct PortproxyLegacy {
    bool installed;
    bool running; /* or on its way there, or to its end */
    PortproxyStart start;
} PortproxyLegacy;

/* Who listens. */
typedef struct PortproxyHolder {
    Address at;
    int64_t pid;                    /* 0: it cannot be seen who it is */
    char name[PORTPROXY_NAME_SIZE]; /* of the program; "" if it cannot be seen */
} PortproxyHolder;

typedef struct PortproxyHolders {
    PortproxyHolder items[PORTPROXY_HOLDERS_MOST];
    size_t count;
} PortproxyHolders;

/* Ports of this host from which connections to a slot are open: a bit each. */
typedef struct PortproxyPeers {
    uint8_t bits[(UINT16_MAX + 1) / 8];
} PortproxyPeers;

/* An open TCP connection. */
typedef struct PortproxyConnection PortproxyConnection;

typedef struct PortproxyHost {
    void *context;
    /* All families; no key is no rule. What is left in *out is the caller's to free. */
    bool (*read_rules)(void *context, PortproxyRules *out, Error *err);
    /* False with ERR_PERMISSION where this process may not change rules. Changes nothing. */
    bool (*may_change)(void *context, Error *err);
    /* `arguments` stand behind netsh's name. False where it did not exit with 0; that it did says
     * only that the rule was written. */
    bool (*run_netsh)(void *context, const TextList *arguments, Error *err);
    bool (*look_at_service)(void *context, PortproxyService *out, Error *err);
    /* Has the service read the rules again (SERVICE_CONTROL_PARAMCHANGE); it ends no connection. */
    bool (*remind)(void *context, Error *err);
    bool (*find_holders)(void *context, uint16_t port, PortproxyHolders *out, Error *err);
    /* The service that a process belongs to; "" if to none, or it cannot be seen. */
    bool (*service_of)(void *context, int64_t pid, char out[PORTPROXY_SERVICE_SIZE], Error *err);
    bool (*look_at_legacy)(void *context, const char *name, PortproxyLegacy *out, Error *err);
    /* Asks it to stop; it may be asked again. */
    bool (*stop_legacy)(void *context, const char *name, Error *err);
    bool (*start_legacy)(void *context, const char *name, Error *err);
    bool (*set_legacy_start)(void *context, const char *name, PortproxyStart start, Error *err);
    /* Of the process `pid`, or of anybody: quicker, with `pid` 0. One whose owner cannot be seen is
     * of everybody. */
    bool (*find_peers)(void *context, uint16_t slot_port, int64_t pid, PortproxyPeers *out,
                       Error *err);
    /* Which stacks IPv6's DisabledComponents switches off; 0: none. */
    bool (*read_ipv6_disabled)(void *context, uint32_t *out, Error *err);
    bool (*connect)(void *context, const Address *address, int64_t timeout_ms,
                    PortproxyConnection **out, Error *err);
    void (*disconnect)(void *context, PortproxyConnection *connection); /* NULL is accepted */
    bool (*can_bind)(void *context, const Address *address, const char **why);
    int64_t (*now_ms)(void *context);
    void (*pause)(void *context, int64_t ms);
} PortproxyHost;

#endif
