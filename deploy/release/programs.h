/* programs: the Windows programs among the files of a release: must they be signed, and are they?
 *
 * A program is a PE image by its content. verify.authenticode.require demands of
 *   all          every program, DLLs and drivers too; at least one must be there
 *   executables  every program that is no DLL (IMAGE_FILE_DLL); at least one must be there
 *   listed       the files that verify.authenticode.files names; each name must match a file, and
 *                each match must be a program
 * that it is validly signed by the policy of the settings. A name decides nothing but this: a file
 * that calls itself a program (.exe, .dll ...) where those are demanded, and is none, is refused.
 * "At least one", because a check that found nothing to look at must not read as one that passed.
 *
 * Programs that are not demanded get a verdict too, for the record. */
#ifndef GODEPLOY_DEPLOY_RELEASE_PROGRAMS_H
#define GODEPLOY_DEPLOY_RELEASE_PROGRAMS_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "deploy/settings/settings.h"
#include "verify/authenticode/authenticode.h"

#include <stdbool.h>
#include <stddef.h>

const char *program_demand_name(ProgramDemand demand); /* "all"; static */

/* What the settings say of signatures. Reads their files: ERR_KEY, ERR_FILE, ERR_SETTINGS. */
bool programs_policy(const Settings *settings, AuthenticodePolicy **out, Error *err);

typedef struct Programs Programs;

/* `settings` is borrowed; it demands something. */
bool programs_new(const Settings *settings, Programs **out, Error *err);
void programs_free(Programs *programs);
DEFINE_CLEANUP(Programs *, programs_free)

/* Gives one file its verdict. False only if that was not possible; a program that is refused is
 * kept for programs_finish(). Reads at least what the verdict needs. */
bool programs_judge(Programs *programs, const char *name, const AuthenticodeSource *source,
                    Error *err);

/* After the last file: true if everything that was demanded is there and valid; else ERR_SIGNATURE
 * names the first that is not, why, and how many others there are. */
bool programs_finish(Programs *programs, Error *err);

/* "3 programs signed by Example Ltd"; for people, after programs_finish(). */
void programs_summary(const Programs *programs, Text *out);

/* For scripts: ok, code, reason, require, files, programs, demanded, refused and `verdicts`, one
 * per program: path, demanded, ok, and what authenticode_report() adds. Caller owns it. */
Json *programs_detail(const Programs *programs);

#endif
