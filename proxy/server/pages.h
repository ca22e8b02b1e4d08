/* pages: what the operator shows while an app is in maintenance, one page an app. The parent reads
 * them when a route is set, so that a file that is missing is noticed then, and hands them to the
 * workers, which never look at the disk. */
#ifndef GODEPLOY_PROXY_SERVER_PAGES_H
#define GODEPLOY_PROXY_SERVER_PAGES_H

#include "base/error.h"
#include "proxy/route.h"
#include "proxy/server/span.h"

enum { PAGE_MAX_BYTES = 1024 * 1024 };

typedef struct Page {
    char app[ROUTE_APP_SIZE];
    char *html; /* owned */
} Page;

typedef struct Pages {
    Page *items;
    size_t count;
} Pages;

void pages_free(Pages *pages);

/* Reads a file of at most PAGE_MAX_BYTES; ERR_USAGE where it cannot be read, is empty or is not
 * UTF-8 text. Caller frees. */
bool page_read(const char *path, char **out, Error *err);

/* In place of the one that was there. `html` is copied; NULL: the app has none any more. */
bool pages_set(Pages *pages, const char *app, const char *html, Error *err);
Span pages_find(const Pages *pages, const char *app); /* length 0: none. Until the next change */

#endif
