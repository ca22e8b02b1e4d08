/* See pages.h. */
#include "proxy/server/pages.h"

#include "base/file/file.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pages_free(Pages *pages)
{
    for (size_t i = 0; i < pages->count; i++)
        free(pages->items[i].html);
    free(pages->items);
    *pages = (Pages){0};
}

bool page_read(const char *path, char **out, Error *err)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;

    if (!file_read_all(path, PAGE_MAX_BYTES, &bytes, &length, err)) {
        (void)error_while(err, "reading the page of the maintenance");
        return error_as(err, ERR_USAGE);
    }
    if (length == 0 || strlen(bytes) != length || !text_is_utf8(bytes))
        return error_set(err, ERR_USAGE, "the page %s is empty, or not UTF-8 text", path);
    *out = TAKE(bytes);
    return true;
}

static Page *find(const Pages *pages, const char *app)
{
    for (size_t i = 0; i < pages->count; i++) {
        if (text_equal(pages->items[i].app, app))
            return &pages->items[i];
    }
    return NULL;
}

static void take_out(Pages *pages, Page *page)
{
    free(page->html);
    *page = pages->items[--pages->count];
}

static bool add(Pages *pages, const char *app, char *html, Error *err)
{
    Page *grown = realloc(pages->items, (pages->count + 1) * sizeof *grown);
    Page *page = NULL;

    if (!grown)
        return error_memory(err);
    pages->items = grown;
    page = &grown[pages->count++];
    page->html = html;
    (void)snprintf(page->app, sizeof page->app, "%s", app);
    return true;
}

bool pages_set(Pages *pages, const char *app, const char *html, Error *err)
{
    CLEANUP(free) char *copy = html ? text_copy(html) : NULL;
    Page *old = find(pages, app);

    if (html && !copy)
        return error_memory(err);
    if (old)
        take_out(pages, old);
    if (html && !add(pages, app, copy, err))
        return false;
    copy = NULL; /* owned by `pages` */
    return true;
}

Span pages_find(const Pages *pages, const char *app)
{
    const Page *page = find(pages, app);

    return page ? (Span){page->html, strlen(page->html)} : (Span){"", 0};
}
