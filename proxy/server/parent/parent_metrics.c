/* See parent_metrics.h. */
#include "proxy/server/parent/parent_metrics.h"

#include "proxy/server/metrics.h"
#include "proxy/server/parent/control_pending.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- answering ---- */

/* A scraper that waits for the workers. */
typedef struct Scrape {
    Parent *parent;
    MetricsClient *client;
} Scrape;

static void answer(void *context, const Json *answers)
{
    CLEANUP(free) Scrape *scrape = context;
    CLEANUP_TEXT Text text = {0};

    for (size_t i = 0; i < json_count(answers); i++)
        figures_take(&scrape->parent->figures, json_item(answers, i));
    metrics_append(scrape->parent, &text);
    metrics_answer(scrape->client, &text);
}

void parent_metrics_asked(void *parent, MetricsClient *client)
{
    CLEANUP(json_free) Json *message = json_new_object();
    Scrape *scrape = calloc(1, sizeof *scrape);
    const Text nothing = {.failed = true};

    (void)json_put_text(message, "do", "stats"); /* a failure marks the value */
    if (scrape)
        *scrape = (Scrape){.parent = parent, .client = client};
    if (scrape && workers_ask(&scrape->parent->workers, message, answer, scrape))
        return;
    free(scrape);
    metrics_answer(client, &nothing);
}

/* ---- listening ---- */

void parent_metrics_mend(Parent *parent)
{
    Address address;
    Error err = {0};

    if (parent->table.metrics[0] == '\0' || parent->metrics.listener)
        return;
    if (address_parse(parent->table.metrics, &address, &err) &&
        metrics_server_listen(&parent->metrics, &address, &err))
        event_log(&parent->log, "metrics are at http://%s/metrics", parent->table.metrics);
}

static bool save(Parent *parent, const char *text, Error *err)
{
    char before[ADDRESS_TEXT_SIZE];

    (void)snprintf(before, sizeof before, "%s", parent->table.metrics);
    (void)snprintf(parent->table.metrics, sizeof parent->table.metrics, "%s", text);
    if (routes_save(parent->routes_path, &parent->table, err))
        return true;
    (void)snprintf(parent->table.metrics, sizeof parent->table.metrics, "%s", before);
    return false;
}

/* What is listened on and what is saved go together; the save is undone where nobody can listen. */
static bool move_to(Parent *parent, const Address *address, const char *text, Error *err)
{
    CLEANUP(free) char *before = text_copy(parent->table.metrics);
    Error ignored = {0};

    if (!before)
        return error_memory(err);
    if (!save(parent, text, err))
        return false;
    if (text[0] == '\0') {
        metrics_server_close(&parent->metrics);
        return true;
    }
    if (metrics_server_listen(&parent->metrics, address, err))
        return true;
    (void)save(parent, before, &ignored); /* at worst the next parent tries in vain */
    return false;
}

static bool change(Parent *parent, const char *wanted, Error *err)
{
    Address address;
    char text[ADDRESS_TEXT_SIZE] = "";
    bool listens = parent->metrics.listener != NULL;

    if (wanted[0] != '\0') {
        if (!address_parse(wanted, &address, err))
            return false;
        (void)address_format(&address, text);
    }
    if (text_equal(text, parent->table.metrics) && listens == (text[0] != '\0'))
        return true;
    if (!move_to(parent, &address, text, err))
        return false;
    event_log(&parent->log, "metrics are at %s", text[0] ? text : "no address");
    return true;
}

void parent_metrics_command(Parent *parent, ControlClient *client, const Json *question)
{
    const char *wanted = json_get_text(question, "address");
    Error err = {0};

    if (!wanted)
        control_refuse(client, "usage", "\"address\" is missing");
    else if (!change(parent, wanted, &err))
        control_refuse(client, "listen", err.message);
    else
        control_answer(client, pending_yes());
}
