#include "proxy/load/load_message.h"

#include "base/text.h"

#include <string.h>

static void free_message(LoadMessage *message)
{
    free(message->parts[0].base);
    free(message->parts[1].base);
    *message = (LoadMessage){0};
}

void load_messages_free(LoadMessages *messages)
{
    for (size_t i = 0; i < LOAD_KINDS; i++)
        free_message(&messages->kinds[i]);
    free_message(&messages->stream);
}

static void append_head(Text *head, const LoadPlan *plan, const char *method, const char *path)
{
    bool is_ipv6 = strchr(plan->host, ':') != NULL;

    text_appendf(head, "%s %s HTTP/1.1\r\nHost: %s%s%s:%u\r\n", method, path, is_ipv6 ? "[" : "",
                 plan->host, is_ipv6 ? "]" : "", plan->port);
    text_append(head, "User-Agent: godeploy-probe\r\nAccept: */*\r\n");
}

static bool keep_head(Text *head, LoadMessage *message, Error *err)
{
    size_t length = head->length;

    if (!text_ok(head, err))
        return false;
    message->parts[0] = uv_buf_init(text_take(head), (unsigned int)length);
    message->part_count = 1;
    return true;
}

static bool make_get(const LoadPlan *plan, const char *path, bool is_last, LoadMessage *out,
                     Error *err)
{
    CLEANUP_TEXT Text head = {0};

    append_head(&head, plan, "GET", path);
    text_append(&head, is_last ? "Connection: close\r\n\r\n" : "\r\n");
    out->is_last = is_last;
    return keep_head(&head, out, err);
}

static bool make_post(const LoadPlan *plan, LoadMessage *out, Error *err)
{
    CLEANUP_TEXT Text head = {0};

    append_head(&head, plan, "POST", plan->post_path ? plan->post_path : plan->path);
    text_appendf(&head, "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n\r\n",
                 plan->post_bytes);
    if (!keep_head(&head, out, err))
        return false;
    if (plan->post_bytes == 0)
        return true;
    out->parts[1] = uv_buf_init(malloc(plan->post_bytes), (unsigned)plan->post_bytes);
    if (!out->parts[1].base)
        return error_memory(err);
    memset(out->parts[1].base, 'g', plan->post_bytes);
    out->part_count = 2;
    return true;
}

bool load_messages_make(const LoadPlan *plan, LoadMessages *out, Error *err)
{
    LoadMessages made = {0};

    if (make_get(plan, plan->path, false, &made.kinds[LOAD_KEEPALIVE], err) &&
        make_get(plan, plan->path, true, &made.kinds[LOAD_FRESH], err) &&
        make_post(plan, &made.kinds[LOAD_POST], err) &&
        (!plan->stream_path || make_get(plan, plan->stream_path, true, &made.stream, err))) {
        *out = made;
        return true;
    }
    load_messages_free(&made);
    return false;
}
