/* See control_server.h. */
#include "proxy/server/parent/control_server.h"

#include "proxy/server/messages.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 * 1024, WAITING_MAX = 2 * CONTROL_LINE_MAX };

struct ControlClient {
    uv_pipe_t pipe; /* first */
    ControlServer *server;
    LineBuffer lines;
    bool busy;    /* a question waits for its answer: later ones wait behind it */
    bool hearing; /* hear_next() is on the stack */
    bool ended;   /* it will ask no more */
    bool gone;    /* freed when it is closed and not busy */
    bool closed;
    uv_shutdown_t goodbye;
    char block[BLOCK];
};

static void free_if_over(ControlClient *client)
{
    if (!client->closed || client->busy)
        return;
    line_buffer_free(&client->lines);
    free(client);
}

static void on_closed(uv_handle_t *handle)
{
    ControlClient *client = (ControlClient *)handle;

    client->closed = true;
    free_if_over(client);
}

static void leave(ControlClient *client)
{
    if (client->gone)
        return;
    client->gone = true;
    uv_close((uv_handle_t *)&client->pipe, on_closed);
}

static void hear_next(ControlClient *client);

static void hear(ControlClient *client, const char *line)
{
    CLEANUP(json_free) Json *question = NULL;
    Error err = {0};

    client->busy = true;
    if (!json_parse(line, strlen(line), &question, &err))
        control_refuse(client, "usage", err.message);
    else
        client->server->asked(client->server->owner, client, question);
}

static void on_goodbye(uv_shutdown_t *request, int status)
{
    (void)status;
    leave((ControlClient *)request->handle);
}

/* False once nothing is waiting. */
static bool hear_one(ControlClient *client)
{
    char *line = NULL;
    LineVerdict verdict = line_buffer_next(&client->lines, &line);
    CLEANUP(free) char *owned = line;

    if (verdict == LINE_WHOLE) {
        hear(client, owned);
    } else if (verdict == LINE_TOO_LONG) {
        client->busy = true;
        control_refuse(client, "usage", "a question may be 1 MiB long, no more");
    }
    return verdict != LINE_NONE;
}

static void hear_next(ControlClient *client)
{
    bool more = true;

    if (client->hearing)
        return; /* an answer given at once: the loop below goes on */
    client->hearing = true;
    while (more && !client->busy && !client->gone)
        more = hear_one(client);
    client->hearing = false;
    if (!more && client->ended && !client->gone)
        (void)uv_shutdown(&client->goodbye, (uv_stream_t *)&client->pipe, on_goodbye);
}

void control_answer(ControlClient *client, Json *answer)
{
    CLEANUP(json_free) Json *owned = answer;

    client->busy = false;
    if (client->gone) {
        free_if_over(client);
        return;
    }
    if (!message_send((uv_stream_t *)&client->pipe, owned, NULL))
        leave(client);
    else
        hear_next(client);
}

void control_hang_up(ControlClient *client)
{
    client->busy = false;
    if (client->gone)
        free_if_over(client);
    else
        leave(client);
}

void control_refuse(ControlClient *client, const char *code, const char *error)
{
    Json *answer = json_new_object();

    (void)json_put_bool(answer, "ok", false); /* a failure marks the value */
    (void)json_put_text(answer, "code", code);
    (void)json_put_text(answer, "error", error);
    control_answer(client, answer);
}

static void give_memory(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    (void)wanted;
    *out = uv_buf_init(((ControlClient *)handle)->block, BLOCK);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *block)
{
    ControlClient *client = (ControlClient *)stream;

    if (got == UV_EOF) {
        client->ended = true;
        (void)uv_read_stop(stream); /* never fails */
        hear_next(client);
    } else if (got < 0 || client->lines.bytes.length > WAITING_MAX ||
               (got > 0 && !line_buffer_add(&client->lines, block->base, (size_t)got))) {
        leave(client);
    } else {
        hear_next(client);
    }
}

static void on_client(void *owner)
{
    ControlServer *server = owner;
    ControlClient *client = calloc(1, sizeof *client);

    if (!client)
        return;
    client->server = server;
    client->lines.limit = CONTROL_LINE_MAX;
    (void)uv_pipe_init(server->loop, &client->pipe, 0); /* never fails */
    if (control_door_admit(server->door, &client->pipe) < 0)
        leave(client);
    else
        (void)uv_read_start((uv_stream_t *)&client->pipe, give_memory, on_read);
}

bool control_server_open(ControlServer *server, const char *folder, const char *name, Error *err)
{
    const ControlPlace place = {
        .folder = folder, .name = name, .knock = on_client, .owner = server};

    return control_door_open(server->loop, &place, &server->door, err);
}

void control_server_close(ControlServer *server)
{
    if (server->door)
        control_door_close(server->door);
    server->door = NULL;
}
