/* page: one deployment as a page of HTML: what `godeploy show --json` knows, to be read by people
 * and attached to a ticket. One file: it loads nothing, runs nothing, and needs no network. */
#ifndef GODEPLOY_DEPLOY_REPORT_PAGE_H
#define GODEPLOY_DEPLOY_REPORT_PAGE_H

#include "base/json.h"
#include "base/text.h"

/* `deployment` is the document of `show`. Nothing in it becomes markup. */
void page_format(const char *app, const Json *deployment, Text *out);

#endif
