/* http_meeting: is a server there, and is it the one that its certificate says? Name, connection
 * and TLS are tried; nothing is asked for. */
#ifndef GODEPLOY_BASE_HTTP_HTTP_MEETING_H
#define GODEPLOY_BASE_HTTP_HTTP_MEETING_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum HttpMeetingEnd {
    HTTP_MET,
    HTTP_UNKNOWN_HOST, /* its name leads nowhere */
    HTTP_NOT_REACHED,
    HTTP_NOT_TRUSTED /* its certificate was refused */
} HttpMeetingEnd;

enum { HTTP_MEETING_SHOWN_SIZE = 256, HTTP_MEETING_REASON_SIZE = 256 };

typedef struct HttpMeeting {
    HttpMeetingEnd end;
    char shown[HTTP_MEETING_SHOWN_SIZE];   /* "https://host:443" */
    char reason[HTTP_MEETING_REASON_SIZE]; /* "" where it was met */
    bool tls;
    int64_t certificate_ends_ms; /* the first in the chain that ends; 0: not known */
} HttpMeeting;

/* Proxies of the environment are used, as downloads use them. `ca_file` NULL: the system's.
 * ERR_USAGE for what is no URL of http or https, ERR_SYSTEM without libcurl. */
bool http_meet(const char *url, const char *ca_file, int64_t timeout_ms, HttpMeeting *out,
               Error *err);

#endif
