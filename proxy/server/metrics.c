/* See metrics.h. */
#include "proxy/server/metrics.h"

#include <inttypes.h>

/* Latency from 128 microseconds to 134 seconds, each bound twice the one before. */
enum { LEAST_POWER = 7, MOST_POWER = 27 };

/* What all lines of one slot share: app="shop",slot="blue",release="2.4.0" */
typedef struct Series {
    const SlotFigures *slot;
    Text labels;
} Series;

typedef struct Writer {
    Text *out;
    const Parent *parent;
    const AppFigures **apps; /* one for each route of the table; NULL: nothing is known */
} Writer;

static void append_head(Text *out, const char *name, const char *type, const char *help)
{
    text_appendf(out, "# HELP godeploy_proxy_%s %s\n# TYPE godeploy_proxy_%s %s\n", name, help,
                 name, type);
}

/* The names of apps and slots hold nothing that means something here, a release may. */
static void append_escaped(Text *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            text_append(out, "\\");
        text_append_bytes(out, text, 1);
    }
}

/* ---- families of slots ---- */

typedef void AppendSlot(Text *out, const Series *series);

static void for_each_slot(const Writer *writer, AppendSlot *append)
{
    for (size_t i = 0; i < writer->parent->table.count; i++) {
        const Route *route = &writer->parent->table.items[i];

        for (size_t k = 0; writer->apps[i] && k < route->slot_count; k++) {
            CLEANUP_TEXT Text labels = {0};
            Series series = {.slot = &writer->apps[i]->of[k]};

            text_appendf(&labels, "app=\"%s\",slot=\"%s\",release=\"", route->app,
                         route->slots[k].name);
            append_escaped(&labels, series.slot->release);
            text_append(&labels, "\"");
            series.labels = labels;
            append(writer->out, &series);
        }
    }
}

static void append_number(Text *out, const char *name, const Series *series, uint64_t value)
{
    text_appendf(out, "godeploy_proxy_%s{%s} %" PRIu64 "\n", name, text_chars(&series->labels),
                 value);
}

static void append_requests(Text *out, const Series *series)
{
    append_number(out, "requests_total", series, series->slot->total.requests);
}

static void append_responses(Text *out, const Series *series)
{
    for (int class_ = 2; class_ < STATUS_CLASSES; class_++)
        text_appendf(out, "godeploy_proxy_responses_total{%s,class=\"%dxx\"} %" PRIu64 "\n",
                     text_chars(&series->labels), class_, series->slot->total.status[class_]);
}

static void append_failures(Text *out, const Series *series)
{
    for (int kind = 0; kind < FAILURES; kind++)
        text_appendf(out, "godeploy_proxy_failures_total{%s,kind=\"%s\"} %" PRIu64 "\n",
                     text_chars(&series->labels), failure_name((Failure)kind),
                     series->slot->total.failures[kind]);
}

static void append_connections(Text *out, const Series *series)
{
    append_number(out, "upstream_connections_total", series, series->slot->total.connections);
}

static void append_in_flight(Text *out, const Series *series)
{
    append_number(out, "in_flight", series, series->slot->total.in_flight);
}

static void append_idle(Text *out, const Series *series)
{
    append_number(out, "idle_connections", series, series->slot->total.idle);
}

static void append_upgraded(Text *out, const Series *series)
{
    append_number(out, "upgraded_connections", series, series->slot->total.upgraded);
}

static void append_latency(Text *out, const Series *series)
{
    const Latency *latency = &series->slot->total.latency;
    const char *labels = text_chars(&series->labels);

    for (unsigned power = LEAST_POWER; power <= MOST_POWER; power++)
        text_appendf(out, "godeploy_proxy_response_seconds_bucket{%s,le=\"%.6f\"} %" PRIu64 "\n",
                     labels, (double)((uint64_t)1 << power) / 1e6, latency_below(latency, power));
    text_appendf(out, "godeploy_proxy_response_seconds_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n",
                 labels, latency->count);
    text_appendf(out, "godeploy_proxy_response_seconds_sum{%s} %.6f\n", labels,
                 (double)latency->sum_us / 1e6);
    text_appendf(out, "godeploy_proxy_response_seconds_count{%s} %" PRIu64 "\n", labels,
                 latency->count);
}

typedef struct SlotFamily {
    const char *name;
    const char *type;
    const char *help;
    AppendSlot *append;
} SlotFamily;

#define FAMILY(name, type, help, append)                                                           \
    {                                                                                              \
        name, type, help, append                                                                   \
    }

static const SlotFamily slot_families[] = {
    FAMILY("requests_total", "counter", "Requests routed to the slot; connections in tcp mode.",
           append_requests),
    FAMILY("responses_total", "counter", "Answers of the slot by the class of their status.",
           append_responses),
    FAMILY("failures_total", "counter", "Requests without a whole answer, by why.",
           append_failures),
    FAMILY("upstream_connections_total", "counter", "Connections opened to the slot.",
           append_connections),
    FAMILY("in_flight", "gauge", "Requests whose answer is not finished; connections in tcp mode.",
           append_in_flight),
    FAMILY("idle_connections", "gauge", "Connections to the slot that rest in the pool.",
           append_idle),
    FAMILY("upgraded_connections", "gauge", "Tunnels behind a 101, such as WebSockets.",
           append_upgraded),
    FAMILY("response_seconds", "histogram",
           "From the end of a request's head to the head of its answer.", append_latency),
};

/* ---- families of apps ---- */

typedef struct GateFamily {
    const char *name;
    const char *type;
    const char *help;
    size_t at; /* in GateStats */
} GateFamily;

/* Macros and not braces: clang-format 14 tears long rows apart. */
#define COUNTER(name, help, member)                                                                \
    {                                                                                              \
        name, "counter", help, offsetof(GateStats, member)                                         \
    }
#define LEVEL(name, help, member)                                                                  \
    {                                                                                              \
        name, "gauge", help, offsetof(GateStats, member)                                           \
    }

static const GateFamily gate_families[] = {
    LEVEL("held", "Requests that wait at the gate.", waiting),
    COUNTER("held_total", "Requests that had to wait at the gate.", held),
    COUNTER("held_refused_total", "Requests that found no room to wait.", refused),
    COUNTER("held_timed_out_total", "Requests that waited for as long as one may.", timed_out),
    COUNTER("held_left_total", "Clients that went away while they waited.", left),
    COUNTER("maintenance_answers_total", "Requests that got the page of a maintenance.",
            turned_away),
    LEVEL("clients", "Connections of clients that are open.", clients),
    COUNTER("crowded_total", "Connections that found too many others.", crowded),
};

static void append_gate_family(const Writer *writer, const GateFamily *family)
{
    append_head(writer->out, family->name, family->type, family->help);
    for (size_t i = 0; i < writer->parent->table.count; i++) {
        const char *at = writer->apps[i] ? (const char *)&writer->apps[i]->held + family->at : NULL;

        if (at)
            text_appendf(writer->out, "godeploy_proxy_%s{app=\"%s\"} %" PRIu64 "\n", family->name,
                         writer->parent->table.items[i].app, *(const uint64_t *)(const void *)at);
    }
}

static void append_canary(const Writer *writer)
{
    append_head(writer->out, "canary_ratio", "gauge",
                "Share of new clients that see the candidate.");
    for (size_t i = 0; i < writer->parent->table.count; i++) {
        const Route *route = &writer->parent->table.items[i];

        text_appendf(writer->out, "godeploy_proxy_canary_ratio{app=\"%s\"} %.6f\n", route->app,
                     (double)route->candidate_ppm / ROUTE_MILLION);
    }
}

static void append_process(const Writer *writer)
{
    append_head(writer->out, "info", "gauge", "The build that runs.");
    text_appendf(writer->out, "godeploy_proxy_info{version=\"%s\"} 1\n", GODEPLOY_VERSION);
    append_head(writer->out, "worker_restarts_total", "counter",
                "Workers that died and were replaced.");
    text_appendf(writer->out, "godeploy_proxy_worker_restarts_total %lld\n",
                 (long long)writer->parent->workers.restarts);
    append_head(writer->out, "route_generation", "gauge", "Grows with each change of the routes.");
    text_appendf(writer->out, "godeploy_proxy_route_generation %lld\n",
                 (long long)writer->parent->table.generation);
}

void metrics_append(Parent *parent, Text *out)
{
    CLEANUP(free)
    const AppFigures **apps = calloc(parent->table.count + 1, sizeof(const AppFigures *));
    Writer writer = {.out = out, .parent = parent, .apps = apps};

    if (!apps) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < parent->table.count; i++)
        apps[i] = figures_of(&parent->figures, parent->table.items[i].app);
    append_process(&writer);
    for (size_t i = 0; i < sizeof slot_families / sizeof *slot_families; i++) {
        append_head(out, slot_families[i].name, slot_families[i].type, slot_families[i].help);
        for_each_slot(&writer, slot_families[i].append);
    }
    for (size_t i = 0; i < sizeof gate_families / sizeof *gate_families; i++)
        append_gate_family(&writer, &gate_families[i]);
    append_canary(&writer);
}
