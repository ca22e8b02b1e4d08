/* See download_scene.h. */
#include "tests/support/download_scene.h"
#include "base/file/file.h"
#include "tests/support/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool on_content(void *context, const void *bytes, size_t length, bool reset, Error *err)
{
    DownloadScene *scene = context;

    (void)err;
    if (reset) {
        text_clear(&scene->seen);
        scene->resets++;
    }
    if (length > 0)
        text_append_bytes(&scene->seen, bytes, length);
    return true;
}

static bool on_progress(void *context, uint64_t done_bytes, uint64_t total_bytes)
{
    DownloadScene *scene = context;

    assert_true(total_bytes == 0 || done_bytes <= total_bytes);
    scene->progress_calls++;
    return !scene->stop_at_progress;
}

static void on_retrying(void *context, int next_try, int64_t wait_ms, const char *why)
{
    DownloadScene *scene = context;

    scene->retries++;
    assert_int_equal(next_try, scene->retries + 1);
    if (wait_ms > scene->longest_wait_ms)
        scene->longest_wait_ms = wait_ms;
    (void)snprintf(scene->why, sizeof scene->why, "%s", why);
}

int scene_set(void **state)
{
    DownloadScene *scene = calloc(1, sizeof *scene);

    assert_non_null(scene);
    assert_true(temporary_folder_make(scene->folder, "http"));
    (void)snprintf(scene->file_url, sizeof scene->file_url, "file://%s%s",
                   scene->folder[0] == '/' ? "" : "/", scene->folder); /* or with a drive */
    (void)snprintf(scene->path, sizeof scene->path, "%s/x.zip", scene->folder);
    (void)snprintf(scene->state_path, sizeof scene->state_path, "%s/x.zip.state", scene->folder);
    scene->content = malloc(CONTENT_BYTES);
    assert_non_null(scene->content);
    for (size_t i = 0; i < CONTENT_BYTES; i++)
        scene->content[i] = (unsigned char)(i * 2654435761U >> 24);
    scene->download = (HttpDownload){.url = scene->url,
                                     .path = scene->path,
                                     .state_path = scene->state_path,
                                     .most_bytes = 10 * 1000 * 1000,
                                     .connect_timeout_ms = 2000,
                                     .stall_timeout_ms = 5000,
                                     .tries = 3,
                                     .backoff_ms = 1,
                                     .progress = on_progress,
                                     .retrying = on_retrying,
                                     .content = on_content,
                                     .context = scene};
    *state = scene;
    return 0;
}

int scene_clear(void **state)
{
    DownloadScene *scene = *state;
    Error ignored = {0};

    http_server_stop(scene->server);
    (void)folder_remove_tree(scene->folder, &ignored);
    text_free(&scene->seen);
    free(scene->content);
    free(scene);
    return 0;
}

void scene_serve(DownloadScene *scene, HttpAnswering answering)
{
    scene->server = http_server_start(answering, scene);
    assert_non_null(scene->server);
    (void)snprintf(scene->url, sizeof scene->url, "http://127.0.0.1:%d/a/x.zip",
                   http_server_port(scene->server));
}

bool scene_fetch(DownloadScene *scene)
{
    memset(&scene->err, 0, sizeof scene->err);
    scene->retries = 0;
    return http_download(&scene->download, &scene->done, &scene->err);
}

bool scene_fetch_again(DownloadScene *scene)
{
    text_clear(&scene->seen);
    scene->resets = 0;
    return scene_fetch(scene);
}

static void assert_whole(const DownloadScene *scene, bool fetched)
{
    CLEANUP(free) char *bytes = NULL;
    size_t length = 0;
    Error err = {0};

    assert_string_equal(scene->err.message, "");
    assert_true(fetched);
    assert_int_equal(scene->done.size_bytes, CONTENT_BYTES);
    assert_true(file_read_all(scene->path, CONTENT_BYTES + 1, &bytes, &length, &err));
    assert_int_equal(length, CONTENT_BYTES);
    assert_memory_equal(bytes, scene->content, CONTENT_BYTES);
    assert_int_equal(scene->seen.length, CONTENT_BYTES);
    assert_memory_equal(scene->seen.bytes, scene->content, CONTENT_BYTES);
    assert_false(file_exists(scene->state_path)); /* nothing is left to continue */
}

void scene_must_fetch(DownloadScene *scene)
{
    assert_whole(scene, scene_fetch(scene));
}

void scene_must_fetch_again(DownloadScene *scene)
{
    assert_whole(scene, scene_fetch_again(scene));
}

void scene_assert_says(const DownloadScene *scene, const char *part)
{
    if (!strstr(scene->err.message, part) && !strstr(scene->err.hint, part))
        fail_msg("\"%s\" is neither in \"%s\" nor in \"%s\"", part, scene->err.message,
                 scene->err.hint);
}

HttpServedFile scene_file(const DownloadScene *scene)
{
    return (HttpServedFile){.bytes = scene->content, .length = CONTENT_BYTES, .etag = "\"v1\""};
}

void scene_answer_whole(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);

    http_reply_file(reply, asked, &file);
}

void scene_answer_cut_first(HttpReply *reply, const HttpAsked *asked, void *context)
{
    HttpServedFile file = scene_file(context);

    file.cut_after = asked->number == 1 ? 100 * 1000 : 0;
    http_reply_file(reply, asked, &file);
}

void scene_forget_proxies(void)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                        "ALL_PROXY"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)environment_unset(names[i]);
}
