/* See engine_needs.h. */
#include "deploy/engine_needs.h"

/* An ability that some setting asks for: a new setting is a new row. */
typedef struct Need {
    unsigned ability; /* of ENGINE_ */
    bool (*asked)(const Settings *settings);
    const char *wanted; /* as it stands in godeploy.yaml */
} Need;

static bool routes_requests(const Settings *settings)
{
    return settings->traffic.mode == TRAFFIC_HTTP;
}

static bool routes_connections(const Settings *settings)
{
    return settings->traffic.mode == TRAFFIC_TCP;
}

static bool is_exclusive(const Settings *settings)
{
    return settings->traffic.strategy == STRATEGY_EXCLUSIVE;
}

static bool has_canary(const Settings *settings)
{
    return settings->canary.step_count > 0;
}

/* Where nothing is counted every watch would be inconclusive. */
static bool wants_figures(const Settings *settings)
{
    return settings->watch.refuse_inconclusive;
}

static bool sends_proxy_header(const Settings *settings)
{
    return settings->traffic.send_proxy_header;
}

static const Need needs[] = {
    {ENGINE_PER_REQUEST,             routes_requests,    "traffic.mode: http"         },
    {ENGINE_PER_CONNECTION,          routes_connections, "traffic.mode: tcp"          },
    {ENGINE_PROXY_HEADER,            sends_proxy_header, "traffic.send_proxy_header"  },
    {ENGINE_PAUSE,                   is_exclusive,       "traffic.strategy: exclusive"},
    {ENGINE_WEIGHTS,                 has_canary,         "canary.steps"               },
    {ENGINE_STATUS | ENGINE_LATENCY, wants_figures,      "watch.inconclusive: refuse" },
};

/* In words, behind "which engine X does not do: ". */
static const char *ability_words(unsigned ability)
{
    switch (ability) {
    case ENGINE_PER_REQUEST:
        return "routing each request on its own";
    case ENGINE_PER_CONNECTION:
        return "carrying connections of any protocol";
    case ENGINE_PROXY_HEADER:
        return "telling the app the client's address by the PROXY protocol";
    case ENGINE_WEIGHTS:
        return "giving each release a share of the traffic";
    case ENGINE_PAUSE:
        return "holding requests";
    case ENGINE_STATUS | ENGINE_LATENCY:
        return "counting requests and measuring latency";
    }
    return "something else";
}

bool engine_must(const Engine *engine, unsigned ability, const char *wanted, Error *err)
{
    CLEANUP_TEXT Text able = {0};

    if ((engine->can & ability) == ability)
        return true;
    for (size_t i = 0; engine_at(i); i++)
        if ((engine_at(i)->can & ability) == ability)
            text_appendf(&able, "%s%s", able.length > 0 ? ", " : "", engine_at(i)->name);
    (void)error_set(err, ERR_SETTINGS, "%s needs %s, which traffic engine %s does not do", wanted,
                    ability_words(ability), engine->name);
    return error_hint(err, "Engines that can: %s.", able.length > 0 ? text_chars(&able) : "none");
}

bool engine_meets(const Engine *engine, const Settings *settings, Error *err)
{
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (needs[i].asked(settings) &&
            !engine_must(engine, needs[i].ability, needs[i].wanted, err))
            return error_while(err, "%s", settings->file);
    return true;
}
