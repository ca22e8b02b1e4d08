/* check_authorities: do the certificates and revocation lists that the settings name still count,
 * and for how long? */
#include "base/clock.h"
#include "deploy/doctor/checks.h"
#include "deploy/doctor/soon.h"
#include "verify/authenticode/pem_expiry.h"

typedef bool (*ReadExpiry)(const char *path, PemExpiry *out, Error *err);

static const char renew[] = "Put its successor into that file beside it, before it ends.";

static void look_at_file(Examination *examination, const char *path, ReadExpiry read)
{
    PemExpiry expiry = {0};
    char when[CLOCK_ISO_SIZE];
    int64_t now_ms = clock_wall_ms();
    Error why = {0};

    if (!path)
        return;
    if (!read(path, &expiry, &why)) {
        say_error(examination, DOCTOR_AUTHORITIES_REFUSED, "Correct the setting that names it.",
                  &why);
        return;
    }
    if (expiry.ends_ms == 0 || expiry.ends_ms > now_ms + SOON_MS)
        return;
    say(examination, expiry.ends_ms <= now_ms ? DOCTOR_AUTHORITY_ENDED : DOCTOR_AUTHORITY_ENDS,
        renew, "%s: %s %s on %s", path, expiry.name, expiry.ends_ms <= now_ms ? "ended" : "ends",
        clock_format_local(expiry.ends_ms, when));
}

static void look_at_list(Examination *examination, const TextList *paths, ReadExpiry read)
{
    for (size_t i = 0; i < paths->count; i++)
        look_at_file(examination, paths->items[i], read);
}

void check_authorities(Examination *examination)
{
    const Settings *settings = examination->settings;
    size_t count = settings->verify.authenticode.ca.count +
                   settings->verify.authenticode.tsa_ca.count +
                   settings->verify.authenticode.crl.count + (settings->release.ca ? 1 : 0) +
                   (settings->check.ca ? 1 : 0);

    look_at_list(examination, &settings->verify.authenticode.ca, pem_expiry_of_certificates);
    look_at_list(examination, &settings->verify.authenticode.tsa_ca, pem_expiry_of_certificates);
    look_at_list(examination, &settings->verify.authenticode.crl, pem_expiry_of_lists);
    look_at_file(examination, settings->release.ca, pem_expiry_of_certificates);
    look_at_file(examination, settings->check.ca, pem_expiry_of_certificates);
    if (count == 0)
        say_well(examination, "the settings name none");
    say_well(examination, "%zu file%s, nothing in them ends within 30 days", count,
             text_plural((int64_t)count));
}
