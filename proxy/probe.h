/* probe: is this instance healthy? One question over HTTP, HTTPS or TCP, or to a program, and what
 * was answered, said so that an operator sees at once why traffic did not move.
 *
 * Redirects are never followed and never healthy unless expected: a login page that answers 200 is
 * not a healthy service. */
#ifndef GODEPLOY_PROXY_PROBE_H
#define GODEPLOY_PROXY_PROBE_H

#include "base/error.h"
#include "base/net/address.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum ProbeKind { PROBE_HTTP, PROBE_HTTPS, PROBE_TCP, PROBE_EXEC } ProbeKind;

/* Borrows all it points to. */
typedef struct ProbeCheck {
    ProbeKind kind;
    Address address;                /* of the listener; a wildcard is reached over loopback */
    const char *path;               /* with its leading slash; NULL: "/" */
    const char *host;               /* NULL, or the Host header; for https also the name that the
                                       certificate must carry */
    int expect_status;              /* 0: any 2xx */
    const char *expect_body;        /* NULL, or what the first 64 KiB of the body must contain */
    const char *identity_header;    /* NULL, or the header that names the release */
    const char *identity;           /* the value it must have */
    int64_t timeout_ms;             /* for one question and its whole answer */
    const char *ca_file;            /* https: NULL is the system's */
    bool insecure;                  /* https: any certificate will do */
    const char *const *argv;        /* exec: NULL-terminated; exit status 0 is healthy */
    const char *const *environment; /* exec: "NAME=value", NULL-terminated; NULL: our own */
} ProbeCheck;

typedef struct ProbeAnswer {
    bool ok;
    int status; /* of HTTP, or the exit status; 0 if there was no answer */
    int64_t took_us;
    bool late;           /* there was none within timeout_ms */
    bool identity_wrong; /* healthy, but another release (or none) answered */
    char identity[256];  /* what the identity header said; "" if it did not come */
    char seen[512];      /* the answer in one printable line: "HTTP 500: database is down" */
} ProbeAnswer;

/* Asks once. False only for trouble of our own (memory, Ctrl-C, a check program that cannot be
 * started); an unhealthy answer, or none, is success with answer->ok false. */
bool probe_once(const ProbeCheck *check, ProbeAnswer *answer, Error *err);

typedef struct ProbeRepeat {
    int64_t interval_ms;                /* between two questions */
    int passes;                         /* in a row */
    int64_t deadline_ms;                /* for all of it, from now */
    bool (*still_alive)(void *context); /* NULL, or false once the instance has ended */
    void *context;
    const char *log; /* NULL, or the command that shows what the instance wrote, for hints */
} ProbeRepeat;

/* Asks until `passes` answers in a row were healthy. ERR_UNHEALTHY with the last answer in its
 * message at the deadline, or at once when the instance has ended; ERR_INTERRUPTED. *last and
 * *tries are written in every case. */
bool probe_until_healthy(const ProbeCheck *check, const ProbeRepeat *repeat, ProbeAnswer *last,
                         int *tries, Error *err);

#endif
