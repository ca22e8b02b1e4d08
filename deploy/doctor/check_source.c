/* check_source: can a release be fetched from where the settings say?
 *
 * No release is asked for: the pattern may need a version that nobody has named yet. */
#include "base/clock.h"
#include "base/file/file.h"
#include "base/http/http_meeting.h"
#include "base/path.h"
#include "deploy/doctor/checks.h"
#include "deploy/doctor/soon.h"
#include "deploy/release/source.h"

#include <string.h>

enum { MEETING_TIMEOUT_MS = 5000 };

/* Stands for a version in the pattern; what is looked at does not depend on it. */
static const char any_version[] = "0";
static const char file_url[] = "file://";

/* The folder that must be there, whatever stands for the placeholders. */
static void look_at_folder(Examination *examination, const Settings *settings)
{
    const char *source = settings->release.source;
    bool is_url = text_starts_with(source, file_url);
    CLEANUP(free)
    char *pattern =
        is_url ? text_copy(source + sizeof file_url - 1) : path_join(settings->folder, source);
    CLEANUP(free) char *folder = NULL;

    if (pattern)
        pattern[strcspn(pattern, "{")] = '\0';
    folder = pattern ? path_folder(pattern) : NULL;
    if (folder && !file_exists(folder))
        say(examination, DOCTOR_SOURCE_MISSING,
            "Mount it, or correct release.source in the settings.",
            "release.source is in %s, which is not there", folder);
    if (folder)
        say_well(examination, "releases come from %s", folder);
}

static void tell_trouble(Examination *examination, const HttpMeeting *meeting)
{
    switch (meeting->end) {
    case HTTP_MET:
        return;
    case HTTP_UNKNOWN_HOST:
        say(examination, DOCTOR_SOURCE_UNKNOWN_HOST,
            "Check the host in release.source and the DNS of this machine.", "%s: %s",
            meeting->shown, meeting->reason);
        return;
    case HTTP_NOT_REACHED:
        say(examination, DOCTOR_SOURCE_NOT_REACHED,
            "Check that the server is up and that this host may reach it; a proxy is taken from "
            "https_proxy, http_proxy and no_proxy.",
            "%s: %s", meeting->shown, meeting->reason);
        return;
    case HTTP_NOT_TRUSTED:
        say(examination, DOCTOR_SOURCE_NOT_TRUSTED,
            "Renew the server's certificate; if it comes from an authority of your own, set "
            "release.ca to the file with its certificate.",
            "%s: %s", meeting->shown, meeting->reason);
        return;
    }
}

static void tell_end(Examination *examination, const HttpMeeting *meeting)
{
    char when[CLOCK_ISO_SIZE];

    if (meeting->end == HTTP_MET && meeting->certificate_ends_ms != 0 &&
        meeting->certificate_ends_ms < clock_wall_ms() + SOON_MS)
        say(examination, DOCTOR_SOURCE_ENDS, "Have it renewed by whoever runs the server.",
            "the certificate of %s ends on %s", meeting->shown,
            clock_format_local(meeting->certificate_ends_ms, when));
}

static void look_at_server(Examination *examination, const char *url)
{
    HttpMeeting meeting;
    Error why = {0};

    if (!http_meet(url, examination->settings->release.ca, MEETING_TIMEOUT_MS, &meeting, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    tell_trouble(examination, &meeting);
    tell_end(examination, &meeting);
    if (!meeting.tls)
        say(examination, DOCTOR_SOURCE_IN_CLEAR,
            "Take https where you can: the signature keeps releases from being changed, not from "
            "being seen or held back.",
            "%s is spoken to without TLS", meeting.shown);
    say_well(examination, "%s answers, and its certificate is good", meeting.shown);
}

void check_source(Examination *examination)
{
    const Settings *settings = examination->settings;
    CLEANUP_SOURCE Source source = {0};
    Error why = {0};

    if (!settings->release.source)
        say_well(examination, "--release names it");
    else if (!source_resolve(settings, NULL, any_version, &source, &why))
        say_error(examination, DOCTOR_SOURCE_MISSING, "Correct release.source in the settings.",
                  &why);
    else if (text_starts_with(source.archive, "file:"))
        look_at_folder(examination, settings);
    else
        look_at_server(examination, source.archive);
}
