/* traffic: what everything that moves bytes in a worker shares: the connections, the routes, and
 * the clock that ends what takes too long. */
#ifndef GODEPLOY_PROXY_SERVER_TRAFFIC_H
#define GODEPLOY_PROXY_SERVER_TRAFFIC_H

#include "proxy/server/connection.h"
#include "proxy/server/http/http_request_id.h"
#include "proxy/server/live_routes.h"
#include "proxy/server/pages.h"

#include <uv.h>

/* Anything with a deadline; the first member of what it times. */
typedef struct Timed {
    Link link;
    int64_t deadline_ms; /* of traffic_now_ms() */
    void (*expired)(struct Timed *timed);
    void (*draining)(struct Timed *timed); /* end now if nothing is going on. May be NULL */
} Timed;

typedef struct Traffic {
    Connections connections;
    LiveRoutes routes;
    Pages pages; /* of apps in maintenance */
    RequestIds request_ids;
    Link timed;
    Link buried;
    bool draining;         /* no new connections, and each answer is a client's last */
    int64_t drain_idle_ms; /* then: in which an idle client may ask once more; 0: it is ended */
    uv_timer_t sweeper;
    uv_timer_t pacer; /* runs while something is to happen little by little */
    uv_check_t undertaker;
} Traffic;

bool traffic_init(Traffic *traffic, uv_loop_t *loop); /* false: out of memory */
/* After the loop has ended for good. */
void traffic_free(Traffic *traffic);

int64_t traffic_now_ms(const Traffic *traffic);
void traffic_watch(Traffic *traffic, Timed *timed, int64_t first_deadline_ms);
void traffic_expect_within(const Traffic *traffic, Timed *timed, int64_t ms);
/* free(timed) once no event is on the stack any more. */
void traffic_bury(Traffic *traffic, Timed *timed);

/* After a change of the routes, or the beginning of a closing: see live_routes_tick(). */
void traffic_pace(Traffic *traffic);

void traffic_drain(Traffic *traffic, int64_t idle_ms);
bool traffic_is_over(const Traffic *traffic); /* nothing is going on any more */

#endif
