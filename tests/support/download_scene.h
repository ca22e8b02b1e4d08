/* download_scene: what a test of downloads needs: a folder, a server with a file, and what the
 * download was seen to do. Asserts with cmocka. */
#ifndef GODEPLOY_TESTS_SUPPORT_DOWNLOAD_SCENE_H
#define GODEPLOY_TESTS_SUPPORT_DOWNLOAD_SCENE_H

#include "base/http/http.h"
#include "tests/support/http_server.h"
#include "tests/support/temporary_folder.h"

enum { CONTENT_BYTES = 300 * 1000 };

typedef struct DownloadScene {
    char folder[TEMPORARY_FOLDER_SIZE];
    char file_url[TEMPORARY_FOLDER_SIZE + 8]; /* of the folder */
    char path[TEMPORARY_FOLDER_SIZE + 32];
    char state_path[TEMPORARY_FOLDER_SIZE + 32];
    unsigned char *content; /* what the server has */
    HttpServer *server;
    char url[256];
    HttpDownload download;
    HttpDownloaded done;
    Text seen; /* what content() was given since the last reset */
    int resets;
    int retries;
    int64_t longest_wait_ms;
    char why[512];
    int progress_calls;
    bool stop_at_progress;
    Error err;
} DownloadScene;

int scene_set(void **state); /* cmocka's setup: 3 tries, 1 ms between them */
int scene_clear(void **state);
#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, scene_set, scene_clear)
/* A proxy of the environment must not see what is meant for the server of the test. */
void scene_forget_proxies(void);

/* Starts a server whose answers come from `answering`, with the scene as context. */
void scene_serve(DownloadScene *scene, HttpAnswering answering);
bool scene_fetch(DownloadScene *scene);
/* As a second run of the program: it has seen nothing yet. */
bool scene_fetch_again(DownloadScene *scene);

/* The same two, which must bring the whole content. */
void scene_must_fetch(DownloadScene *scene);
void scene_must_fetch_again(DownloadScene *scene);
void scene_assert_says(const DownloadScene *scene, const char *part); /* message or hint */

/* The content with ETag "v1"; sent whole; cut after 100000 bytes at the first request. */
HttpServedFile scene_file(const DownloadScene *scene);
void scene_answer_whole(HttpReply *reply, const HttpAsked *asked, void *context);
void scene_answer_cut_first(HttpReply *reply, const HttpAsked *asked, void *context);

#endif
