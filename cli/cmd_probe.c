/* cmd_probe: open-loop load on a URL, and what was lost. */
#include "base/interrupt.h"
#include "base/text.h"
#include "cli/commands.h"
#include "proxy/load/load.h"

#include <stdio.h>

static bool read_plan(const Options *options, LoadPlan *plan, Error *err)
{
    *plan = load_plan_default();
    if (!load_plan_set_url(plan, options->arguments[0], err) ||
        (options->mix && !load_plan_set_mix(plan, options->mix, err)))
        return false;
    plan->rate_per_s = options->rate > 0 ? (uint32_t)options->rate : plan->rate_per_s;
    plan->duration_ms = options->for_ms > 0 ? options->for_ms : plan->duration_ms;
    plan->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : plan->timeout_ms;
    plan->post_bytes = options->post_bytes > 0 ? (size_t)options->post_bytes : plan->post_bytes;
    plan->post_path = options->post_path;
    plan->stream_path = options->stream;
    plan->identity_header = options->identity;
    return true;
}

static Json *latency_json(const LoadLatency *latency)
{
    Json *one = json_new_object();

    (void)json_put_integer(one, "p50_us", latency->p50_us);
    (void)json_put_integer(one, "p95_us", latency->p95_us);
    (void)json_put_integer(one, "p99_us", latency->p99_us);
    (void)json_put_integer(one, "max_us", latency->max_us);
    return one;
}

static Json *kinds_json(const LoadReport *report)
{
    Json *kinds = json_new_object();

    for (int kind = 0; kind < LOAD_KINDS; kind++) {
        Json *one = json_new_object();

        (void)json_put_integer(one, "sent", (int64_t)report->kinds[kind].sent);
        (void)json_put_integer(one, "ok", (int64_t)report->kinds[kind].ok);
        (void)json_put_integer(one, "failed", (int64_t)report->kinds[kind].failed);
        (void)json_put(one, "latency", latency_json(&report->kinds[kind].latency));
        (void)json_put(kinds, load_kind_name((LoadKind)kind), one);
    }
    return kinds;
}

static Json *identities_json(const LoadReport *report)
{
    Json *list = json_new_array();

    for (size_t i = 0; i < report->identity_count; i++) {
        Json *one = json_new_object();

        (void)json_put_text(one, "value", report->identities[i].value);
        (void)json_put_integer(one, "count", (int64_t)report->identities[i].count);
        (void)json_put_integer(one, "first_ms", report->identities[i].first_ms);
        (void)json_put_integer(one, "last_ms", report->identities[i].last_ms);
        (void)json_push(list, one);
    }
    return list;
}

static void print_json(Session *session, const LoadReport *report)
{
    CLEANUP(json_free) Json *document = json_new_object();

    (void)json_put_integer(document, "started_ms", report->started_wall_ms);
    (void)json_put_integer(document, "ms", report->elapsed_ms);
    (void)json_put_integer(document, "sent", (int64_t)report->sent);
    (void)json_put_integer(document, "ok", (int64_t)report->ok);
    (void)json_put_integer(document, "failed", (int64_t)report->failed);
    (void)json_put_integer(document, "unfinished", (int64_t)report->unfinished);
    (void)json_put_integer(document, "reset", (int64_t)report->reset);
    (void)json_put_integer(document, "refused", (int64_t)report->refused);
    (void)json_put_integer(document, "timeout", (int64_t)report->timeout);
    (void)json_put_integer(document, "status_4xx", (int64_t)report->status_4xx);
    (void)json_put_integer(document, "status_5xx", (int64_t)report->status_5xx);
    (void)json_put_integer(document, "longest_gap_ms", report->longest_gap_ms);
    (void)json_put_integer(document, "longest_gap_at_ms", report->longest_gap_at_ms);
    (void)json_put_integer(document, "own_lateness_us", report->own_lateness_us);
    (void)json_put(document, "latency", latency_json(&report->latency));
    (void)json_put(document, "kinds", kinds_json(report));
    (void)json_put(document, "identities", identities_json(report));
    (void)json_put_integer(document, "streams_whole", (int64_t)report->streams_whole);
    (void)json_put_integer(document, "streams_cut", (int64_t)report->streams_cut);
    (void)json_put_integer(document, "stream_bytes", (int64_t)report->stream_bytes);
    output_json(session->output, document);
}

static void print_people(Session *session, const LoadReport *report)
{
    output_line(session->output,
                "%llu sent, %llu ok, %llu failed (%llu reset, %llu refused, %llu timed out, "
                "%llu 4xx, %llu 5xx), %llu unfinished",
                (unsigned long long)report->sent, (unsigned long long)report->ok,
                (unsigned long long)report->failed, (unsigned long long)report->reset,
                (unsigned long long)report->refused, (unsigned long long)report->timeout,
                (unsigned long long)report->status_4xx, (unsigned long long)report->status_5xx,
                (unsigned long long)report->unfinished);
    output_line(session->output,
                "longest gap %lld ms; latency p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, max %.1f "
                "ms",
                (long long)report->longest_gap_ms, (double)report->latency.p50_us / 1000.0,
                (double)report->latency.p95_us / 1000.0, (double)report->latency.p99_us / 1000.0,
                (double)report->latency.max_us / 1000.0);
    for (size_t i = 0; i < report->identity_count; i++)
        output_line(session->output, "%s: %llu answers, from %.1f s to %.1f s",
                    report->identities[i].value, (unsigned long long)report->identities[i].count,
                    (double)report->identities[i].first_ms / 1000.0,
                    (double)report->identities[i].last_ms / 1000.0);
    if (report->streams_whole + report->streams_cut > 0)
        output_line(session->output, "streams: %llu whole, %llu cut",
                    (unsigned long long)report->streams_whole,
                    (unsigned long long)report->streams_cut);
}

static bool asked_to_stop(void *context)
{
    (void)context;
    return interrupt_requested();
}

bool command_probe(Session *session, Error *err)
{
    LoadHooks hooks = {.should_stop = asked_to_stop};
    LoadReport report = {0};
    LoadPlan plan;

    if (!read_plan(&session->options, &plan, err) || !load_run(&plan, &hooks, &report, err))
        return false;
    if (output_style(session->output) == OUTPUT_JSON)
        print_json(session, &report);
    else
        print_people(session, &report);
    session->exit_status = report.failed > 0 ? error_exit_status(ERR_UNHEALTHY) : 0;
    return true;
}
