/* See parent_news.h. */
#include "proxy/server/parent/parent_news.h"

Json *news_routes(const Parent *parent)
{
    Json *message = json_new_object();

    (void)json_put_text(message, "do", "routes"); /* a failure marks the value */
    (void)json_put(message, "table", routes_to_json(&parent->table));
    return message;
}

static Json *page_message(const char *app, const char *html)
{
    Json *message = json_new_object();

    (void)json_put_text(message, "do", "page");
    (void)json_put_text(message, "app", app);
    (void)json_put_text(message, "html", html);
    return message;
}

void news_new_listeners(Parent *parent)
{
    LINK_EACH(at, &parent->listeners.list)
    {
        Listener *listener = LINK_OWNER(at, Listener, link);

        if (!listener->announced)
            workers_give(&parent->workers, &listener->tcp);
        listener->announced = true;
    }
}

void news_all_pages(Parent *parent)
{
    for (size_t i = 0; i < parent->pages.count; i++) {
        const Page *page = &parent->pages.items[i];
        CLEANUP(json_free) Json *message = page_message(page->app, page->html);

        workers_tell(&parent->workers, message);
    }
}

void news_listeners(const Parent *parent, WorkerProcess *worker)
{
    LINK_EACH(at, &parent->listeners.list)
    worker_give(worker, &LINK_OWNER(at, Listener, link)->tcp); /* it may have it already */
}

void news_everything(Parent *parent, WorkerProcess *worker)
{
    CLEANUP(json_free) Json *routes = news_routes(parent);

    news_listeners(parent, worker);
    for (size_t i = 0; i < parent->pages.count; i++) {
        const Page *page = &parent->pages.items[i];
        CLEANUP(json_free) Json *message = page_message(page->app, page->html);

        worker_tell(worker, message);
    }
    worker_tell(worker, routes);
}

/* ---- pages ---- */

static bool shows_page(const Route *route)
{
    return route->gate == ROUTE_MAINTENANCE && route->page[0] != '\0';
}

/* One that cannot be kept for want of memory leaves the plain sentence. */
static void change_page(Parent *parent, const char *app, const char *html)
{
    CLEANUP(json_free) Json *message = page_message(app, html);
    bool had_one = pages_find(&parent->pages, app).length > 0;
    Error err = {0};

    if (!html && !had_one)
        return;
    if (!pages_set(&parent->pages, app, html, &err))
        event_log(&parent->log, "the page of %s: %s", app, err.message);
    workers_tell(&parent->workers, message);
}

bool parent_read_page(const Route *route, char **out, Error *err)
{
    return !shows_page(route) || page_read(route->page, out, err);
}

/* Those of routes that are gone, too. */
void news_pages(Parent *parent, const ParentChange *change)
{
    if (change->route)
        change_page(parent, change->route->app, change->page);
    for (size_t i = parent->pages.count; i > 0; i--) {
        const char *app = parent->pages.items[i - 1].app;

        if (!routes_find(&parent->table, app))
            change_page(parent, app, NULL);
    }
}
