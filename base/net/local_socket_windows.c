/* See local_socket.h: the client's side of a named pipe. Every wait is overlapped, so that each has
 * the deadline of the whole.
 *
 * Anybody may make a pipe of any free name, and ours can be guessed. So whoever made it may learn
 * who asks, but never act in his name (SECURITY_IDENTIFICATION), and is told nothing and believed
 * nothing before its owner is known: the system, administrators, this account, or who owns the file
 * at `path`, in a folder that only they can write to. Nobody else can make a thing theirs.
 * Source: Microsoft Learn, "Named Pipe Client", "Impersonation Levels", "Owner of a New Object". */
#include "base/net/local_socket.h"

#include "base/account_windows.h"
#include "base/clock.h"
#include "base/handle_windows.h"
#include "base/siphash.h"
#include "base/wide_windows.h"

#include <string.h>
#include <windows.h>

enum { PIECE = 16384, RETRY_MS = 5 };

static const char pipe_prefix[] = "\\\\.\\pipe\\";

/* ---- names ---- */

/* Windows ignores case in a path, and so must the name that is made of it. */
static bool hash_path(const char *path, uint64_t *out)
{
    static const uint8_t fixed[SIPHASH_KEY_BYTES] = "godeploy socket";
    CLEANUP(free) wchar_t *wide = NULL;
    Error ignored = {0};

    if (!wide_path(path, &wide, &ignored))
        return false;
    (void)CharUpperW(wide); /* returns its argument */
    *out = siphash(fixed, wide, wcslen(wide) * sizeof *wide);
    return true;
}

char *local_socket_name(const char *path)
{
    uint64_t hash = 0;

    if (text_starts_with(path, pipe_prefix))
        return text_copy(path);
    if (!hash_path(path, &hash))
        return NULL;
    return text_formatted("%sgodeploy-%016llx", pipe_prefix, (unsigned long long)hash);
}

/* ---- asking ---- */

typedef struct Asking {
    const LocalQuestion *question;
    int64_t deadline_ms;
    HANDLE pipe;
    OVERLAPPED overlapped; /* .hEvent is ours */
    Text *answer;
} Asking;

static bool took_too_long(const Asking *asking, const char *doing, Error *err)
{
    return error_set(err, ERR_TIMEOUT, "%s %s took more than %lld ms", doing,
                     asking->question->path, (long long)asking->question->timeout_ms);
}

static bool failed(const Asking *asking, const char *doing, DWORD number, Error *err)
{
    return error_set_windows(err, ERR_NETWORK, number, "%s %s", doing, asking->question->path);
}

/* 0 once the deadline is over. */
static DWORD left_ms(const Asking *asking)
{
    int64_t left = asking->deadline_ms - clock_monotonic_ms();

    if (left <= 0)
        return 0;
    return left > INT32_MAX ? INT32_MAX : (DWORD)left;
}

/* Between the end of one client and the next wait of the server there may be no instance free, or
 * for a moment none at all: the first is waited for, the second is "nobody listens". */
static bool connect_in_time(Asking *asking, const wchar_t *name, Error *err)
{
    const DWORD flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;

    for (;;) {
        DWORD number = 0;

        asking->pipe =
            CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, flags, NULL);
        if (handle_is_valid(asking->pipe))
            return true;
        number = GetLastError();
        if (number == ERROR_FILE_NOT_FOUND)
            return error_set(err, ERR_NETWORK, "nobody listens at %s", asking->question->path);
        if (number != ERROR_PIPE_BUSY)
            return failed(asking, "connecting to", number, err);
        if (left_ms(asking) == 0)
            return took_too_long(asking, "connecting to", err);
        if (!WaitNamedPipeW(name, left_ms(asking)) && !clock_sleep_ms(RETRY_MS))
            return error_set(err, ERR_INTERRUPTED, "interrupted");
    }
}

/* ---- who answers ---- */

static bool is_one_of(const char *owner, const char *const *believed, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (believed[i] && text_equal(owner, believed[i]))
            return true;
    return false;
}

/* NULL if there is none, as for a pipe that is named as such. Caller frees. */
static char *owner_of_mark(const char *path)
{
    CLEANUP(free) wchar_t *wide = NULL;
    Error no_file = {0};

    return wide_path(path, &wide, &no_file) ? account_that_owns_file(wide) : NULL;
}

static bool check_owner(const Asking *asking, Error *err)
{
    CLEANUP(free) char *owner = account_that_owns_pipe(asking->pipe);
    DWORD number = GetLastError();
    CLEANUP(free) char *self = account_of_process();
    CLEANUP(free) char *own = account_that_owns_new_things();
    CLEANUP(free) char *mark = owner_of_mark(asking->question->path);
    const char *const believed[] = {"S-1-5-18", "S-1-5-32-544", self, own, mark};

    if (!owner)
        return failed(asking, "finding the owner of the pipe of", number, err);
    if (is_one_of(owner, believed, sizeof believed / sizeof *believed))
        return true;
    (void)error_set(err, ERR_NETWORK, "the pipe of %s is somebody else's: its owner is %s",
                    asking->question->path, owner);
    return error_hint(err, "Nothing was sent to it. A program of that account took the name: find "
                           "it, end it, and try again.");
}

/* ---- talking ---- */

/* Waits for the call that was `begun`. A hang-up is success with 0 bytes. */
static bool finish(Asking *asking, bool begun, const char *doing, DWORD *count, Error *err)
{
    DWORD number = begun ? 0 : GetLastError();
    bool late = false;

    *count = 0;
    if (begun || number == ERROR_IO_PENDING) {
        late = WaitForSingleObject(asking->overlapped.hEvent, left_ms(asking)) != WAIT_OBJECT_0;
        if (late)
            (void)CancelIoEx(asking->pipe, &asking->overlapped); /* done meanwhile is as good */
        number = GetOverlappedResult(asking->pipe, &asking->overlapped, count, TRUE)
                     ? 0
                     : GetLastError();
    }
    if (number == 0 || number == ERROR_BROKEN_PIPE || number == ERROR_PIPE_NOT_CONNECTED)
        return true;
    return late ? took_too_long(asking, doing, err) : failed(asking, doing, number, err);
}

static bool send_all(Asking *asking, const char *bytes, size_t length, Error *err)
{
    while (length > 0) {
        DWORD sent = 0, piece = length > PIECE ? PIECE : (DWORD)length;

        if (!finish(asking, WriteFile(asking->pipe, bytes, piece, NULL, &asking->overlapped) != 0,
                    "asking", &sent, err))
            return false;
        if (sent == 0)
            return error_set(err, ERR_NETWORK, "%s hung up before it was asked",
                             asking->question->path);
        bytes += sent;
        length -= sent;
    }
    return true;
}

/* Keeps what came up to the end of the answer; *whole if that was it. */
static bool take_piece(const Asking *asking, const char *piece, size_t got, bool *whole, Error *err)
{
    const char *end = asking->question->one_line && got > 0 ? memchr(piece, '\n', got) : NULL;

    *whole = end || (got == 0 && !asking->question->one_line);
    if (got == 0 && !*whole)
        return error_set(err, ERR_NETWORK, "%s hung up before its answer was whole",
                         asking->question->path);
    text_append_bytes(asking->answer, piece, end ? (size_t)(end - piece) : got);
    return text_ok(asking->answer, err);
}

static bool receive(Asking *asking, Error *err)
{
    char piece[PIECE];
    bool whole = false;

    while (asking->answer->length <= asking->question->most_bytes) {
        DWORD got = 0;

        if (!finish(asking, ReadFile(asking->pipe, piece, PIECE, NULL, &asking->overlapped) != 0,
                    "waiting for the answer of", &got, err) ||
            !take_piece(asking, piece, got, &whole, err))
            return false;
        if (whole)
            return true;
    }
    return error_set(err, ERR_NETWORK, "the answer of %s is longer than %zu bytes",
                     asking->question->path, asking->question->most_bytes);
}

bool local_socket_ask(const LocalQuestion *question, Text *answer, Error *err)
{
    CLEANUP(free) char *name = local_socket_name(question->path);
    CLEANUP(free) wchar_t *wide = name ? wide_from_utf8(name) : NULL;
    CLEANUP(handle_close) HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    Asking asking = {.question = question,
                     .deadline_ms = clock_monotonic_ms() + question->timeout_ms,
                     .overlapped = {.hEvent = event},
                     .answer = answer};
    bool answered = false;

    if (!wide || !event)
        return error_set(err, ERR_NETWORK, "no pipe can have the name of %s", question->path);
    answered = connect_in_time(&asking, wide, err) && check_owner(&asking, err) &&
               send_all(&asking, question->bytes, question->length, err) && receive(&asking, err);
    handle_close(asking.pipe);
    return answered;
}
