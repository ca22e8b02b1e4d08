/* second_opinion: a program that our own judge found good, held before Windows' own:
 * verify.authenticode.also_windows. Both must agree. */
#ifndef GODEPLOY_DEPLOY_SECOND_OPINION_H
#define GODEPLOY_DEPLOY_SECOND_OPINION_H

#include "base/error.h"
#include "deploy/settings/settings.h"
#include "verify/authenticode/authenticode.h"

/* Turns a valid verdict into an invalid one ("windows-refuses") where Windows disagrees. Reads
 * `source` once more from its start, into a file of its own below `incoming` of the app, since
 * Windows judges nothing but files: it is judged before anything of the release is unpacked, and
 * gone afterwards. Whoever runs this holds the app's lock. */
bool second_opinion_get(const Settings *settings, const AuthenticodeSource *source,
                        AuthenticodeVerdict *verdict, Error *err);

#endif
