/* archive_locale: lets libarchive see names as UTF-8, whatever the locale of the process.
 *
 * libarchive converts names to the current locale; services run in "C", where "é" is lost. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_LOCALE_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_LOCALE_H

#include "base/cleanup.h"

typedef struct ArchiveLocale ArchiveLocale;

/* For the calling thread, until archive_locale_leave() in the same thread. NULL where there is no
 * such locale: names beyond ASCII are refused then, as names that cannot be read. */
ArchiveLocale *archive_locale_enter(void);
void archive_locale_leave(ArchiveLocale *locale);
DEFINE_CLEANUP(ArchiveLocale *, archive_locale_leave)

/* What a reader must be told where no locale says it; NULL: nothing. */
const char *archive_locale_options(void);

#endif
