/* parent_news: what a parent tells its workers: the listeners, the pages, the routes, in this
 * order, so that whoever learns of a route can follow it. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_PARENT_NEWS_H
#define GODEPLOY_PROXY_SERVER_PARENT_PARENT_NEWS_H

#include "proxy/server/parent/parent.h"

Json *news_routes(const Parent *parent); /* the message; caller frees */
void news_new_listeners(Parent *parent);
/* The page of the route that changes, and the end of those whose route is gone. */
void news_pages(Parent *parent, const ParentChange *change);
void news_listeners(const Parent *parent, WorkerProcess *worker); /* of one that may have them */
void news_all_pages(Parent *parent);                              /* to all, as they are */
/* To one that has just arrived. */
void news_everything(Parent *parent, WorkerProcess *worker);

#endif
