/* Tests base/net/local_socket.h on Windows: this program is the other side of the pipe too. */
#include "base/net/local_socket.h"

#include "base/handle_windows.h"
#include "base/wide_windows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

#include <sddl.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60000, BUFFER = 4096 };

static const char socket_path[] = "C:/godeploy test/proxy/control.sock";

typedef struct Server {
    HANDLE pipe;
    const char *answer; /* NULL: none comes */
    char heard[64];
    uv_thread_t thread;
} Server;

static void serve(void *context)
{
    Server *server = context;
    DWORD count = 0;

    if (!ConnectNamedPipe(server->pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED)
        return;
    (void)ReadFile(server->pipe, server->heard, sizeof server->heard - 1, &count, NULL);
    if (server->answer)
        (void)WriteFile(server->pipe, server->answer, (DWORD)strlen(server->answer), &count, NULL);
    else
        (void)ReadFile(server->pipe, server->heard, 1, &count, NULL); /* until the client goes */
    (void)FlushFileBuffers(server->pipe);
}

/* `words` (SDDL) say who owns the pipe; where they do not, it is who makes it. */
static void *make_pipe(const char *path, const wchar_t *words)
{
    CLEANUP(free) char *name = local_socket_name(path);
    CLEANUP(free) wchar_t *wide = wide_from_utf8(name);
    CLEANUP(local_memory_free) PSECURITY_DESCRIPTOR descriptor = NULL;
    SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
    HANDLE pipe = NULL;

    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(words, SDDL_REVISION_1,
                                                                     &descriptor, NULL));
    security.lpSecurityDescriptor = descriptor;
    pipe = CreateNamedPipeW(wide, PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                            PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, BUFFER, BUFFER, 0,
                            &security);
    assert_true(handle_is_valid(pipe));
    return pipe;
}

static void start_server_owned_by(Server *server, const char *answer, const wchar_t *words)
{
    *server = (Server){.answer = answer, .pipe = make_pipe(socket_path, words)};
    assert_int_equal(uv_thread_create(&server->thread, serve, server), 0);
}

static void start_server(Server *server, const char *answer)
{
    start_server_owned_by(server, answer, L"D:(A;;GA;;;WD)");
}

static void end_server(Server *server)
{
    assert_int_equal(uv_thread_join(&server->thread), 0);
    handle_close(server->pipe);
}

static LocalQuestion ask_within(int64_t timeout_ms)
{
    return (LocalQuestion){.path = socket_path,
                           .bytes = "status\n",
                           .length = 7,
                           .one_line = true,
                           .most_bytes = 1000,
                           .timeout_ms = timeout_ms};
}

static void every_way_to_write_a_path_gives_one_name(void **state)
{
    static const char *const same[] = {
        "c:\\GODEPLOY TEST\\proxy\\control.sock",
        "C:/godeploy test/./proxy/x/../control.sock",
    };
    CLEANUP(free) char *name = local_socket_name(socket_path);
    CLEANUP(free) char *other = local_socket_name("C:/godeploy test/other/control.sock");
    CLEANUP(free) char *pipe = local_socket_name("\\\\.\\pipe\\somebody");

    (void)state;
    assert_true(text_starts_with(name, "\\\\.\\pipe\\godeploy-"));
    assert_string_not_equal(name, other);
    assert_string_equal(pipe, "\\\\.\\pipe\\somebody");
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        CLEANUP(free) char *again = local_socket_name(same[i]);

        assert_string_equal(again, name);
    }
}

static void a_question_gets_its_answer(void **state)
{
    LocalQuestion question = ask_within(PATIENCE_MS);
    CLEANUP_TEXT Text answer = {0};
    Server server;
    Error err = {0};

    (void)state;
    start_server(&server, "running\nand more");
    if (!local_socket_ask(&question, &answer, &err))
        fail_msg("%s", err.message);
    assert_string_equal(text_chars(&answer), "running");
    end_server(&server);
    assert_string_equal(server.heard, "status\n");
}

static void silence_is_a_timeout(void **state)
{
    LocalQuestion question = ask_within(100);
    CLEANUP_TEXT Text answer = {0};
    Server server;
    Error err = {0};

    (void)state;
    start_server(&server, NULL);
    assert_false(local_socket_ask(&question, &answer, &err));
    assert_int_equal(err.code, ERR_TIMEOUT);
    end_server(&server);
}

static void an_answer_longer_than_wanted_is_refused(void **state)
{
    LocalQuestion question = ask_within(PATIENCE_MS);
    CLEANUP_TEXT Text answer = {0};
    Server server;
    Error err = {0};

    (void)state;
    question.most_bytes = 3;
    start_server(&server, "runn");
    assert_false(local_socket_ask(&question, &answer, &err));
    assert_int_equal(err.code, ERR_NETWORK);
    end_server(&server);
}

/* O: is the owner. Wine lets us make pipes that look like others' (Windows asks for a privilege):
 * SY and BA are the system and administrators, LS is LocalService, BU are all users of the host,
 * the last one is the service TrustedInstaller. */
static void only_whom_we_believe_is_asked(void **state)
{
    static const struct {
        const wchar_t *words;
        bool believed;
    } cases[] = {
        {L"O:SYD:(A;;GA;;;WD)",                                                             true },
        {L"O:BAD:(A;;GA;;;WD)",                                                             true },
        {L"O:LSD:(A;;GA;;;WD)",                                                             false},
        {L"O:BUD:(A;;GA;;;WD)",                                                             false},
        {L"O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464D:(A;;GA;;;WD)", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        LocalQuestion question = ask_within(PATIENCE_MS);
        CLEANUP_TEXT Text answer = {0};
        Server server;
        Error err = {0};

        start_server_owned_by(&server, "running\n", cases[i].words);
        if (local_socket_ask(&question, &answer, &err) != cases[i].believed)
            fail_msg("%ls: %s", cases[i].words, err.message);
        end_server(&server);
        assert_string_equal(server.heard, cases[i].believed ? "status\n" : "");
        if (!cases[i].believed)
            assert_non_null(strstr(err.message, "somebody else's"));
    }
}

static void nobody_there_is_said(void **state)
{
    LocalQuestion question = ask_within(PATIENCE_MS);
    CLEANUP_TEXT Text answer = {0};
    Error err = {0};

    (void)state;
    assert_false(local_socket_ask(&question, &answer, &err));
    assert_int_equal(err.code, ERR_NETWORK);
    assert_non_null(strstr(err.message, "nobody listens"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_a_path_gives_one_name),
        cmocka_unit_test(nobody_there_is_said),
        cmocka_unit_test(a_question_gets_its_answer),
        cmocka_unit_test(only_whom_we_believe_is_asked),
        cmocka_unit_test(silence_is_a_timeout),
        cmocka_unit_test(an_answer_longer_than_wanted_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
