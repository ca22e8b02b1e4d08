/* See archive_locale.h. Source: uselocale(3). */
#include "deploy/archive/archive_locale.h"

#include <locale.h>

struct ArchiveLocale {
    locale_t utf8;
    locale_t before;
};

ArchiveLocale *archive_locale_enter(void)
{
    ArchiveLocale *locale = calloc(1, sizeof *locale);

    if (!locale)
        return NULL;
    locale->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (locale->utf8 == (locale_t)0) {
        free(locale);
        return NULL;
    }
    locale->before = uselocale(locale->utf8);
    return locale;
}

void archive_locale_leave(ArchiveLocale *locale)
{
    if (!locale)
        return;
    (void)uselocale(locale->before); /* cannot fail: it was in use */
    freelocale(locale->utf8);
    free(locale);
}

const char *archive_locale_options(void)
{
    return NULL;
}
