/* delivery: a POST of JSON to a service that somebody looks at, within a budget of time.
 *
 * URL and headers are secret: nothing of them is shown but the server. */
#ifndef GODEPLOY_DEPLOY_REPORT_DELIVERY_H
#define GODEPLOY_DEPLOY_REPORT_DELIVERY_H

#include "base/text.h"

typedef struct Delivery {
    const char *url;         /* with {env:NAME} still in it, as the headers are */
    const TextList *headers; /* "Name: value" */
    const char *body;
    int64_t budget_ms; /* for all tries and the waits between them */
    int64_t tries;     /* at most; no answer, 408, 429 and 5xx are worth another, not before their
                          Retry-After */
} Delivery;

/* ERR_SETTINGS where the environment lacks a name, ERR_NETWORK or ERR_TIMEOUT where no try was
 * answered with a 2xx, ERR_INTERRUPTED within about a second of a Ctrl-C. After one that came
 * before (a deployment that it undid is told of) there is one try alone. */
bool delivery_post(const Delivery *delivery, Error *err);

#endif
