#include "base/clock.h"
#include "base/net/channel.h"
#include "tests/base/scratch_posix.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static Json *question(void)
{
    Json *json = json_new_object();

    (void)json_put_text(json, "do", "status");
    return json;
}

/* Binds through the folder, for the path may be longer than the system takes. */
static int listen_at(const char *path, int backlog)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    CLEANUP(free) char *folder_path = path_folder(path);
    int folder = open(folder_path, O_PATH | O_DIRECTORY), listener = -1;

    assert_true(folder >= 0);
    (void)snprintf(where.sun_path, sizeof where.sun_path, "/proc/self/fd/%d/%s", folder,
                   path_file_name(path));
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(listener, backlog), 0);
    close(folder);
    return listener;
}

/* One connection, in a child: what comes up to the newline is given to `answer`. */
static pid_t serve_once(const char *path, void (*answer)(int peer, const char *asked))
{
    int listener = listen_at(path, 5);
    pid_t child = fork();

    if (child == 0) {
        char asked[4096];
        size_t length = 0;
        int peer = -1;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGPIPE, SIG_IGN);
        peer = accept(listener, NULL, NULL);
        while (length < sizeof asked - 1 && read(peer, asked + length, 1) == 1 &&
               asked[length] != '\n')
            length++;
        asked[length] = '\0';
        answer(peer, asked);
        _exit(0);
    }
    close(listener);
    return child;
}

static void end_server(pid_t server)
{
    kill(server, SIGKILL);
    assert_int_equal(waitpid(server, NULL, 0), server);
}

static void send_text(int peer, const char *text)
{
    size_t length = strlen(text);

    while (length > 0) {
        ssize_t sent = write(peer, text, length);

        if (sent <= 0)
            _exit(1);
        text += sent;
        length -= (size_t)sent;
    }
}

static void echo(int peer, const char *asked)
{
    send_text(peer, "{\"asked\":");
    send_text(peer, asked);
    send_text(peer, "}\nmore that is not ours\n");
    pause();
}

static void answer_in_drops(int peer, const char *asked)
{
    (void)asked;
    for (const char *c = "{\"slow\":true}\n"; *c != '\0'; c++) {
        usleep(2000);
        if (write(peer, c, 1) != 1)
            _exit(1);
    }
    pause();
}

static void answer_nothing(int peer, const char *asked)
{
    (void)peer;
    (void)asked;
    pause();
}

static void drip_for_ever(int peer, const char *asked)
{
    (void)asked;
    for (;;) {
        send_text(peer, " ");
        usleep(5000);
    }
}

static void hang_up_halfway(int peer, const char *asked)
{
    (void)asked;
    send_text(peer, "{\"whole\":");
}

static void answer_no_json(int peer, const char *asked)
{
    (void)asked;
    send_text(peer, "hello\n");
    pause();
}

static void answer_too_much(int peer, const char *asked)
{
    static char much[65537];

    (void)asked;
    memset(much, ' ', sizeof much - 1);
    for (int i = 0; i < 200; i++)
        send_text(peer, much);
}

static void answer_much(int peer, const char *asked)
{
    static char much[65537];

    (void)asked;
    memset(much, 'x', sizeof much - 1);
    send_text(peer, "{\"much\":\"");
    for (int i = 0; i < 60; i++)
        send_text(peer, much);
    send_text(peer, "\"}\n");
    pause();
}

static ErrorCode ask(const char *path, int64_t timeout_ms, Json **answer, Error *err)
{
    CLEANUP(json_free) Json *asked = question();

    return channel_ask(path, asked, timeout_ms, answer, err) ? ERR_NONE : err->code;
}

static void a_question_gets_its_answer(void **state)
{
    const char *path = scratch_path(state, "socket");
    pid_t server = serve_once(path, echo);
    CLEANUP(json_free) Json *answer = NULL;
    Error err = {0};

    assert_int_equal(ask(path, 10000, &answer, &err), ERR_NONE);
    assert_string_equal(json_get_text(json_get(answer, "asked"), "do"), "status");
    end_server(server);
}

static void an_answer_may_come_in_drops_or_in_bulk(void **state)
{
    void (*const answers[])(int, const char *) = {answer_in_drops, answer_much};

    for (size_t i = 0; i < 2; i++) {
        const char *path = scratch_path(state, i == 0 ? "drops" : "bulk");
        pid_t server = serve_once(path, answers[i]);
        CLEANUP(json_free) Json *answer = NULL;
        Error err = {0};

        assert_int_equal(ask(path, 20000, &answer, &err), ERR_NONE);
        assert_int_equal(json_count(answer), 1);
        end_server(server);
    }
}

static void a_path_may_be_longer_than_a_socket_address(void **state)
{
    char name[201];
    CLEANUP(free) char *path = NULL;
    CLEANUP(free) char *folder = NULL;
    CLEANUP(json_free) Json *answer = NULL;
    pid_t server = 0;
    Error err = {0};

    memset(name, 'n', 200);
    name[200] = '\0';
    folder = path_join(name, name);
    assert_true(folder_create(scratch_path(state, folder), &err));
    path = path_join(scratch_path(state, folder), "socket");
    server = serve_once(path, echo);
    assert_int_equal(ask(path, 10000, &answer, &err), ERR_NONE);
    end_server(server);
    assert_int_equal(ask(path, 10000, &answer, &err), ERR_NETWORK);
}

static void nobody_listening_is_said_at_once(void **state)
{
    const char *path = scratch_path(state, "socket");
    Json *answer = NULL;
    Error err = {0};

    assert_int_equal(ask(path, 60000, &answer, &err), ERR_NETWORK);
    assert_non_null(strstr(err.message, "nobody listens at"));
    assert_non_null(strstr(err.message, path));
    close(listen_at(path, 1)); /* left behind by one who died */
    assert_int_equal(ask(path, 60000, &answer, &err), ERR_NETWORK);
    assert_non_null(strstr(err.message, "nobody listens at"));
    assert_int_equal(ask(scratch_path(state, "no/such/folder"), 60000, &answer, &err), ERR_NETWORK);
    assert_null(answer);
}

static void an_answer_that_does_not_end_in_time_is_a_timeout(void **state)
{
    void (*const answers[])(int, const char *) = {answer_nothing, drip_for_ever};

    for (size_t i = 0; i < 2; i++) {
        const char *path = scratch_path(state, i == 0 ? "nothing" : "drip");
        pid_t server = serve_once(path, answers[i]);
        int64_t start_ms = clock_monotonic_ms();
        Json *answer = NULL;
        Error err = {0};

        assert_int_equal(ask(path, 100, &answer, &err), ERR_TIMEOUT);
        assert_true(clock_monotonic_ms() - start_ms >= 100);
        assert_non_null(strstr(err.message, "100 ms"));
        assert_null(answer);
        end_server(server);
    }
}

static void a_listener_too_busy_to_accept_is_a_timeout(void **state)
{
    const char *path = scratch_path(state, "socket");
    int listener = listen_at(path, 0);
    Json *answer = NULL;
    Error err = {0};

    for (int i = 0; i < 3; i++) /* the first ones wait in its queue, the last for a place there */
        assert_int_equal(ask(path, 100, &answer, &err), ERR_TIMEOUT);
    close(listener);
}

static void half_an_answer_is_none(void **state)
{
    const char *path = scratch_path(state, "socket");
    pid_t server = serve_once(path, hang_up_halfway);
    Json *answer = NULL;
    Error err = {0};

    assert_int_equal(ask(path, 10000, &answer, &err), ERR_NETWORK);
    assert_non_null(strstr(err.message, "hung up"));
    end_server(server);
}

static void an_answer_that_is_no_json_is_refused(void **state)
{
    const char *path = scratch_path(state, "socket");
    pid_t server = serve_once(path, answer_no_json);
    Json *answer = NULL;
    Error err = {0};

    assert_int_equal(ask(path, 10000, &answer, &err), ERR_JSON);
    assert_non_null(strstr(err.message, path));
    end_server(server);
}

static void an_answer_has_a_largest_size(void **state)
{
    const char *path = scratch_path(state, "socket");
    pid_t server = serve_once(path, answer_too_much);
    Json *answer = NULL;
    Error err = {0};

    assert_int_equal(ask(path, 20000, &answer, &err), ERR_NETWORK);
    assert_non_null(strstr(err.message, "longer than 4194304 bytes"));
    end_server(server);
}

static void a_broken_question_is_not_sent(void **state)
{
    CLEANUP(json_free) Json *broken = json_new_object();
    Json *answer = NULL;
    Error err = {0};

    (void)json_put(broken, "x", NULL);
    assert_false(channel_ask(scratch_path(state, "socket"), broken, 100, &answer, &err));
    assert_int_equal(err.code, ERR_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_question_gets_its_answer),
        SCRATCH_TEST(an_answer_may_come_in_drops_or_in_bulk),
        SCRATCH_TEST(a_path_may_be_longer_than_a_socket_address),
        SCRATCH_TEST(nobody_listening_is_said_at_once),
        SCRATCH_TEST(an_answer_that_does_not_end_in_time_is_a_timeout),
        SCRATCH_TEST(a_listener_too_busy_to_accept_is_a_timeout),
        SCRATCH_TEST(half_an_answer_is_none),
        SCRATCH_TEST(an_answer_that_is_no_json_is_refused),
        SCRATCH_TEST(an_answer_has_a_largest_size),
        SCRATCH_TEST(a_broken_question_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
