/* check_keys: are the keys that releases are signed with there, strong, and not too old?
 *
 * A public key bears no date: its age is that of its file. */
#include "base/clock.h"
#include "base/file/file.h"
#include "deploy/doctor/checks.h"
#include "deploy/release/release_keys.h"

enum { BITS_ENOUGH = 3072 }; /* NIST SP 800-57 part 1: for signatures that count beyond 2030 */
#define OLD_MS (INT64_C(3) * 365 * 24 * 3600 * 1000)

static void look_at_age(Examination *examination, const PublicKey *key)
{
    char since[CLOCK_ISO_SIZE];
    int64_t changed_ms = 0;
    Error gone = {0}; /* one that was announced is in no file of its own */

    if (file_changed_ms(public_key_path(key), &changed_ms, &gone) &&
        changed_ms < clock_wall_ms() - OLD_MS)
        say(examination, DOCTOR_KEY_OLD,
            "Make a new one with `godeploy keygen`, and hand it out with `godeploy sign "
            "--announce`.",
            "key %s (%s) has been in use since %.10s", public_key_id(key), public_key_path(key),
            clock_format_iso(changed_ms, since));
}

static void look_at_key(Examination *examination, const PublicKey *key)
{
    if (public_key_weakness(key))
        say(examination, DOCTOR_KEY_WEAK, "Sign with a key that `godeploy keygen` made.",
            "key %s (%s): %s", public_key_id(key), public_key_path(key), public_key_weakness(key));
    if (public_key_bits(key) < BITS_ENOUGH)
        say(examination, DOCTOR_KEY_SHORT, "Plan a longer one; `godeploy keygen` makes 3072 bits.",
            "key %s (%s) has %d bits, enough until about 2030", public_key_id(key),
            public_key_path(key), public_key_bits(key));
    look_at_age(examination, key);
}

void check_keys(Examination *examination)
{
    CLEANUP(keyring_free) Keyring *keyring = NULL;
    SignatureScheme scheme = SCHEME_PKCS1_SHA256;
    Error why = {0};

    if (!release_keys_load(examination->settings, &keyring, &scheme, &why)) {
        say_error(examination, DOCTOR_KEYS_REFUSED, "Correct verify.rsa in the settings.", &why);
        return;
    }
    for (size_t i = 0; i < keyring_count(keyring); i++)
        if (keyring_denies(keyring, i))
            say(examination, DOCTOR_KEY_DENIED, "Take its file out of verify.rsa.keys.",
                "key %s (%s) is on the deny list and trusted by the settings",
                public_key_id(keyring_key(keyring, i)), public_key_path(keyring_key(keyring, i)));
        else
            look_at_key(examination, keyring_key(keyring, i));
    say_well(examination, "%zu key%s, none weak, denied or old", keyring_count(keyring),
             text_plural((int64_t)keyring_count(keyring)));
}
