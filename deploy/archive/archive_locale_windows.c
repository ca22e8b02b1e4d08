/* See archive_locale.h. libarchive keeps names as UTF-16 on Windows. It makes them of the bytes in
 * an archive by the locale, and Windows' C library has none for UTF-8: each byte would be a
 * character. Source: archive_read_set_options(3), hdrcharset. */
#include "deploy/archive/archive_locale.h"

ArchiveLocale *archive_locale_enter(void)
{
    return NULL;
}

void archive_locale_leave(ArchiveLocale *locale)
{
    (void)locale;
}

const char *archive_locale_options(void)
{
    return "hdrcharset=UTF-8";
}
