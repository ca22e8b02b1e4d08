/* See archive_locale.h. libarchive keeps names as UTF-16 on Windows and takes no locale for it. */
#include "deploy/archive/archive_locale.h"

ArchiveLocale *archive_locale_enter(void)
{
    return NULL;
}

void archive_locale_leave(ArchiveLocale *locale)
{
    (void)locale;
}
