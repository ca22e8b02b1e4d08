/* A stand-in for Windows' netsh and for its service iphlpsvc, for tests under Wine, whose own netsh
 * does nothing: one program, netsh.exe.
 *
 *     netsh interface portproxy add|set|delete|show ...    writes and reads the real registry
 * values, prints what the real one prints netsh standin install makes and starts a service iphlpsvc
 *     netsh standin serve                                  is that service: listens and relays as
 *                                                          the rules say, from start and
 * PARAMCHANGE
 *
 * HKLM\SOFTWARE\netsh-standin tells it what to do wrong ("mode") and in which "language".
 * That a real relay goes on carrying connections to the old target when a rule changes is assumed
 * here, and not proved. */
#ifndef GODEPLOY_TESTS_WINE_NETSH_STANDIN_H
#define GODEPLOY_TESTS_WINE_NETSH_STANDIN_H

#include <stdbool.h>
#include <stdint.h>

enum { STANDIN_TEXT = 256, STANDIN_RULES_MOST = 64 };

typedef struct Rule {
    int family;                                     /* index of families */
    wchar_t name[STANDIN_TEXT], data[STANDIN_TEXT]; /* "0.0.0.0/8080", "127.0.0.1/18081" */
} Rule;

extern const wchar_t *const families[4]; /* "v4tov4", ... */

/* How many there are. */
int rules_read(Rule rules[STANDIN_RULES_MOST]);
bool rule_write(const Rule *rule);
bool rule_delete(const Rule *rule); /* false if there is none */

/* Whether "mode" is `mode`. */
bool standin_does(const wchar_t *mode);
void standin_setting(const wchar_t *name, wchar_t out[STANDIN_TEXT]);

bool relay_install(void);
/* As the service; returns once it has been stopped. */
bool relay_serve(void);
/* Tells the service that the rules changed. */
void relay_notify(void);

#endif
