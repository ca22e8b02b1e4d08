/* check_antivirus: will Defender let a new build start, and in time?
 *
 * Every build is a program it has never seen: the first start waits until it has been scanned, for
 * half a minute and more where the cloud is asked. */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

enum { FIRST_START_MS = 60000 };

void check_antivirus(Examination *examination)
{
    const Settings *settings = examination->settings;
    WindowsAntivirus antivirus = {0};
    Error why = {0};

    if (!windows_antivirus(&antivirus, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (antivirus.blocks_rare)
        say(examination, DOCTOR_RARE_BLOCKED,
            "Sign releases, or except the folder of releases from that rule.",
            "a rule of Defender (ASR 01443614-cd74-433a-b99e-2ecdc07bfc25) blocks programs that "
            "are new or rare, as every new build is");
    if (antivirus.scans && settings->check.deadline_ms < FIRST_START_MS)
        say(examination, DOCTOR_DEADLINE_SHORT,
            "Set check.deadline to 60s or more, or except the folder of releases from scanning.",
            "Defender scans a new program before its first start, which may take longer than "
            "check.deadline allows (%lld s)",
            (long long)(settings->check.deadline_ms / 1000));
    say_well(examination, antivirus.scans ? "Defender scans new programs; check.deadline has time "
                                            "for that"
                                          : "Defender does not scan what starts");
}
