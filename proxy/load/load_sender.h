/* load_sender: sends each request when it is due, on the connection its kind asks for. */
#ifndef GODEPLOY_PROXY_LOAD_LOAD_SENDER_H
#define GODEPLOY_PROXY_LOAD_LOAD_SENDER_H

#include "proxy/load/load_connection.h"
#include "proxy/load/load_message.h"

typedef struct LoadSender LoadSender;

typedef struct LoadSenderParts {
    const LoadPlan *plan;     /* outlives the sender, as all of these */
    const LoadTarget *target; /* without owner and callbacks: the sender has its own */
    const LoadMessages *messages;
    LoadTally *tally;
    int64_t start_us;
} LoadSenderParts;

bool load_sender_new(const LoadSenderParts *parts, LoadSender **out, Error *err);
/* Only once the loop has closed all connections. */
void load_sender_free(LoadSender *sender);
DEFINE_CLEANUP(LoadSender *, load_sender_free)

/* Sends what is due by now, and gives up what waited too long. False if out of memory. */
bool load_sender_work(LoadSender *sender, int64_t now_us);
/* When load_sender_work() has something to do again, should no answer come before. INT64_MAX:
 * never. */
int64_t load_sender_next_us(const LoadSender *sender);
bool load_sender_is_done(const LoadSender *sender);
/* When the last of all requests is due. */
int64_t load_sender_end_us(const LoadSender *sender);
/* Forgets what is under way and closes all connections. */
void load_sender_stop(LoadSender *sender);

#endif
