/* Part of standin.h: the service iphlpsvc, as far as portproxy goes: one listener for each rule,
 * one thread for each connection. A rule that cannot be bound is silent, as the real one. */
#include "tests/wine/netsh/standin.h"

#include <winsock2.h>

#include <windows.h>

#include <ws2tcpip.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { GAP_MS = 400, CHUNK = 64 * 1024, STOP_WAIT_HINT_MS = 5000 };

#define SERVICE_NAME L"iphlpsvc"

typedef struct Listener {
    bool used;
    Rule rule;
    SOCKET socket;
} Listener;

/* A service program has no argument to carry state in. */
static struct {
    SERVICE_STATUS_HANDLE status;
    HANDLE stopped;
    CRITICAL_SECTION lock;
    Listener listeners[STANDIN_RULES_MOST];
} relay;

/* ---- one connection ---- */

typedef struct Pair {
    SOCKET client;
    Rule rule;
} Pair;

static bool resolve(const wchar_t *end, bool passive, struct addrinfo **out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | (passive ? AI_PASSIVE : 0)};
    char host[STANDIN_TEXT];
    char *slash = NULL;

    (void)snprintf(host, sizeof host, "%ls", end);
    slash = strrchr(host, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return getaddrinfo(host, slash + 1, &hints, out) == 0;
}

static SOCKET reach(const wchar_t *end)
{
    struct addrinfo *found = NULL;
    SOCKET server = INVALID_SOCKET;

    if (!resolve(end, false, &found))
        return INVALID_SOCKET;
    server = socket(found->ai_family, SOCK_STREAM, IPPROTO_TCP);
    if (server != INVALID_SOCKET && connect(server, found->ai_addr, (int)found->ai_addrlen) != 0) {
        (void)closesocket(server);
        server = INVALID_SOCKET;
    }
    freeaddrinfo(found);
    return server;
}

/* False once that direction has ended. */
static bool carry(SOCKET from, SOCKET to, char *buffer, bool *broken)
{
    int got = recv(from, buffer, CHUNK, 0);

    if (got <= 0) {
        *broken = got < 0;
        (void)shutdown(to, SD_SEND);
        return false;
    }
    for (int sent = 0, more = 0; sent < got; sent += more) {
        more = send(to, buffer + sent, got - sent, 0);
        if (more <= 0) {
            *broken = true;
            return false;
        }
    }
    return true;
}

static void carry_both(SOCKET client, SOCKET server)
{
    char *buffer = malloc(CHUNK);
    bool up = buffer != NULL, down = up, broken = false;

    while ((up || down) && !broken) {
        fd_set readable;

        FD_ZERO(&readable);
        if (up)
            FD_SET(client, &readable);
        if (down)
            FD_SET(server, &readable);
        if (select(0, &readable, NULL, NULL, NULL) <= 0)
            break;
        if (up && FD_ISSET(client, &readable))
            up = carry(client, server, buffer, &broken);
        if (down && !broken && FD_ISSET(server, &readable))
            down = carry(server, client, buffer, &broken);
    }
    free(buffer);
}

static DWORD WINAPI serve_pair(void *context)
{
    Pair *pair = context;
    SOCKET server = reach(pair->rule.data);

    if (server != INVALID_SOCKET) {
        carry_both(pair->client, server);
        (void)closesocket(server);
    }
    (void)closesocket(pair->client);
    free(pair);
    return 0;
}

static void begin_pair(SOCKET client, const Rule *rule)
{
    Pair *pair = malloc(sizeof *pair);
    HANDLE thread = NULL;

    if (pair) {
        *pair = (Pair){.client = client, .rule = *rule};
        thread = CreateThread(NULL, 0, serve_pair, pair, 0, NULL);
    }
    if (thread) {
        (void)CloseHandle(thread);
        return;
    }
    free(pair);
    (void)closesocket(client);
}

/* ---- listeners ---- */

/* Which rule holds is asked for each connection, so a change takes hold without a new listener. */
static DWORD WINAPI accept_all(void *context)
{
    Listener *listener = context;
    SOCKET socket = listener->socket;

    for (;;) {
        SOCKET client = accept(socket, NULL, NULL);
        Rule rule;

        if (client == INVALID_SOCKET)
            return 0;
        EnterCriticalSection(&relay.lock);
        rule = listener->rule;
        LeaveCriticalSection(&relay.lock);
        begin_pair(client, &rule);
    }
}

static bool same_place(const Rule *a, const Rule *b)
{
    return a->family == b->family && wcscmp(a->name, b->name) == 0;
}

static void close_listener(Listener *listener)
{
    if (listener->used)
        (void)closesocket(listener->socket);
    listener->used = false;
}

static void open_listener(Listener *listener, const Rule *rule)
{
    struct addrinfo *found = NULL;
    DWORD only = 1;
    HANDLE thread = NULL;

    if (!resolve(rule->name, true, &found))
        return;
    listener->socket = socket(found->ai_family, SOCK_STREAM, IPPROTO_TCP);
    if (found->ai_family == AF_INET6)
        (void)setsockopt(listener->socket, IPPROTO_IPV6, IPV6_V6ONLY, (const char *)&only,
                         sizeof only);
    if (bind(listener->socket, found->ai_addr, (int)found->ai_addrlen) != 0 ||
        listen(listener->socket, SOMAXCONN) != 0) {
        (void)closesocket(listener->socket);
    } else {
        listener->rule = *rule;
        listener->used = true;
        thread = CreateThread(NULL, 0, accept_all, listener, 0, NULL);
        if (thread)
            (void)CloseHandle(thread);
    }
    freeaddrinfo(found);
}

static Listener *listener_for(const Rule *rule)
{
    Listener *spare = NULL;

    for (int i = 0; i < STANDIN_RULES_MOST; i++) {
        if (relay.listeners[i].used && same_place(&relay.listeners[i].rule, rule))
            return &relay.listeners[i];
        if (!relay.listeners[i].used)
            spare = &relay.listeners[i];
    }
    return spare;
}

static void close_those_without(const Rule *rules, int count)
{
    for (int i = 0; i < STANDIN_RULES_MOST; i++) {
        bool wanted = false;

        for (int j = 0; j < count && relay.listeners[i].used; j++)
            wanted = wanted || same_place(&relay.listeners[i].rule, &rules[j]);
        if (!wanted)
            close_listener(&relay.listeners[i]);
    }
}

static void follow_rules(void)
{
    Rule rules[STANDIN_RULES_MOST];
    int count = rules_read(rules);

    if (standin_does(L"gap")) {
        close_those_without(rules, 0);
        Sleep(GAP_MS);
    }
    close_those_without(rules, count);
    for (int i = 0; i < count; i++) {
        Listener *listener = listener_for(&rules[i]);

        if (!listener)
            continue;
        EnterCriticalSection(&relay.lock);
        if (listener->used)
            listener->rule = rules[i];
        LeaveCriticalSection(&relay.lock);
        if (!listener->used)
            open_listener(listener, &rules[i]);
    }
}

/* ---- the service ---- */

static void report(DWORD state)
{
    SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS,
                             .dwCurrentState = state,
                             .dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PARAMCHANGE,
                             .dwWaitHint = STOP_WAIT_HINT_MS};

    (void)SetServiceStatus(relay.status, &status);
}

/* The rules are followed here, so that who told us may look as soon as he is answered. */
static DWORD WINAPI control(DWORD code, DWORD event, void *data, void *context)
{
    (void)event;
    (void)data;
    (void)context;
    if (code == SERVICE_CONTROL_PARAMCHANGE && !standin_does(L"deaf"))
        follow_rules();
    if (code == SERVICE_CONTROL_STOP)
        (void)SetEvent(relay.stopped);
    return NO_ERROR;
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
    WSADATA unused;

    (void)argc;
    (void)argv;
    relay.status = RegisterServiceCtrlHandlerExW(SERVICE_NAME, control, NULL);
    relay.stopped = CreateEventW(NULL, TRUE, FALSE, NULL);
    InitializeCriticalSection(&relay.lock);
    (void)WSAStartup(MAKEWORD(2, 2), &unused);
    follow_rules();
    report(SERVICE_RUNNING);
    (void)WaitForSingleObject(relay.stopped, INFINITE);
    close_those_without(NULL, 0);
    report(SERVICE_STOPPED);
}

bool relay_serve(void)
{
    wchar_t name[] = SERVICE_NAME;
    const SERVICE_TABLE_ENTRYW table[] = {
        {name, service_main},
        {NULL, NULL        }
    };

    return StartServiceCtrlDispatcherW(table);
}

bool relay_install(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    SC_HANDLE service = NULL;
    wchar_t own[MAX_PATH], command[MAX_PATH + 32];

    if (!manager || GetModuleFileNameW(NULL, own, MAX_PATH) == 0)
        return false;
    (void)swprintf(command, MAX_PATH + 32, L"\"%ls\" standin serve", own);
    service = CreateServiceW(manager, SERVICE_NAME, L"IP Helper", SERVICE_ALL_ACCESS,
                             SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                             command, NULL, NULL, NULL, NULL, NULL);
    return service && StartServiceW(service, 0, NULL);
}

void relay_notify(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service =
        manager ? OpenServiceW(manager, SERVICE_NAME, SERVICE_PAUSE_CONTINUE) : NULL;
    SERVICE_STATUS status;

    if (service)
        (void)ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status);
}
