/* windows_host: what the checks of Windows ask of the host. Looks and changes nothing.
 *
 * Done in windows_host_windows.c, windows_drive_windows.c, windows_firewall_windows.c,
 * windows_handles_windows.c and windows_sockets_windows.c; tests define these functions themselves,
 * so that what the doctor makes of an answer is tested where there is no Windows. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_WINDOWS_HOST_H
#define GODEPLOY_DEPLOY_DOCTOR_WINDOWS_HOST_H

#include "base/error.h"
#include "base/text.h"
#include "deploy/doctor/port_range.h"
#include "proxy/engine/portproxy_findings.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- this process ---- */

typedef struct WindowsToken {
    bool elevated;
    bool virtualised; /* UAC redirects what it writes where it may not: to VirtualStore */
} WindowsToken;

bool windows_token(WindowsToken *out, Error *err);

/* ---- the registry ---- */

bool windows_long_paths(bool *on, Error *err); /* LongPathsEnabled */

/* DisabledComponents of Tcpip6; 0: all of IPv6 is on. Source:
 * learn.microsoft.com/troubleshoot/windows-server/networking/configure-ipv6-in-windows */
bool windows_ipv6_disabled(uint32_t *out, Error *err);

typedef struct WindowsAntivirus {
    bool scans;       /* Defender's service runs, and its real-time protection is not off */
    bool blocks_rare; /* the rule against programs that are new or rare (ASR 01443614-...) */
} WindowsAntivirus;

bool windows_antivirus(WindowsAntivirus *out, Error *err);

/* What stands in the registry as [MS-GPFAS] 2.2.2.19 describes it; *on: in at least one profile.
 * Rules of group policies too. The caller frees the list. */
bool windows_firewall(bool *on, TextList *rules, Error *err);

/* ---- sockets ---- */

/* Every portproxy rule of this host. */
bool windows_portproxy(PortproxyFindings *out, Error *err);

/* Whether Windows refuses the port to everybody (error 10013) though nobody listens on it: it lies
 * in an excluded range, such as those that Hyper-V and WinNAT reserve anew at each boot. */
bool windows_keeps_port(uint16_t port, bool *kept, Error *err);

/* The excluded range that `port` lies in, of IPv4 or IPv6. What netsh lists is read, its last 4
 * KiB, about 140 ranges. */
bool windows_excluded_range(uint16_t port, bool is_ipv6, bool *found, PortRange *out, Error *err);

/* Connections to `port` whose own port is not given back yet (TIME_WAIT). */
bool windows_waiting(uint16_t port, int64_t *count, Error *err);

/* ---- files and processes ---- */

/* Where a path leads by its drive letter, or by the share it names. A link on the way is not
 * followed. */
typedef struct WindowsDrive {
    char name[4];      /* "Q:"; "" for the path of a share */
    bool is_there;     /* in this logon session */
    bool is_share;     /* on another host, or asked for as if it were */
    bool is_mapped;    /* a letter for a share (net use) */
    char folder[1024]; /* what SUBST made it stand for: "C:\srv", "UNC\server\share"; else "" */
} WindowsDrive;

bool windows_drive(const char *path, WindowsDrive *out, Error *err);

/* What Zone.Identifier, the mark of the web, says of a file: 3 is the Internet; -1: no mark. */
int windows_zone(const char *path);

/* Handles of one kind: "File", "Event", "Key". */
typedef struct WindowsHandleKind {
    char name[32];
    int64_t count;
} WindowsHandleKind;

enum { WINDOWS_HANDLE_KINDS = 3 };

typedef struct WindowsHandles {
    int64_t count;
    WindowsHandleKind most[WINDOWS_HANDLE_KINDS]; /* those it has most of; empty where the system
                                                     does not tell kinds to us */
} WindowsHandles;

bool windows_handles(int64_t pid, WindowsHandles *out, Error *err);

/* Whether the service windows_exporter is installed. */
bool windows_exporter(bool *installed, Error *err);

/* Where it looks for files of metrics, unless it is told otherwise. Caller frees; NULL if out of
 * memory. */
char *windows_exporter_folder(void);

typedef struct WindowsGo {
    TextList programs;  /* every go.exe of PATH, as `where go` lists them */
    char version[128];  /* of the first: "go version go1.22.1 windows/amd64"; "" if it fails */
    char folders[1024]; /* its GOROOT, GOPATH and GOBIN, with ", " between */
} WindowsGo;

bool windows_go(WindowsGo *out, Error *err); /* none is an answer */
void windows_go_free(WindowsGo *go);
#define CLEANUP_WINDOWS_GO __attribute__((cleanup(windows_go_free)))

#endif
