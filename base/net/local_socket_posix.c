/* See local_socket.h. */
#include "base/net/local_socket.h"

#include "base/clock.h"
#include "base/path.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PIECE = 16384, RETRY_MS = 5 };

typedef struct Asking {
    const LocalQuestion *question;
    int64_t deadline_ms;
    int socket;
    Text *answer;
} Asking;

static bool took_too_long(const Asking *asking, const char *doing, Error *err)
{
    return error_set(err, ERR_TIMEOUT, "%s %s took more than %lld ms", doing,
                     asking->question->path, (long long)asking->question->timeout_ms);
}

static bool failed(const Asking *asking, const char *doing, int number, Error *err)
{
    return error_set_errno(err, ERR_NETWORK, number, "%s %s", doing, asking->question->path);
}

static bool wait_for(const Asking *asking, short events, const char *doing, Error *err)
{
    struct pollfd ready = {.fd = asking->socket, .events = events};

    for (;;) {
        int64_t left_ms = asking->deadline_ms - clock_monotonic_ms();
        int count = 0;

        if (left_ms <= 0)
            return took_too_long(asking, doing, err);
        count = poll(&ready, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
        if (count > 0)
            return true;
        if (count < 0 && errno != EINTR)
            return failed(asking, doing, errno, err);
    }
}

/* 0, or an errno value. */
static int connect_short(const Asking *asking, const char *path)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof where.sun_path)
        return ENAMETOOLONG;
    memcpy(where.sun_path, path, strlen(path) + 1);
    return connect(asking->socket, (const struct sockaddr *)&where, sizeof where) == 0 ? 0 : errno;
}

/* Past the limit of sun_path the socket is reached through its open folder. */
static int connect_once(const Asking *asking)
{
    CLEANUP(free) char *folder_path = path_folder(asking->question->path);
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    int number = connect_short(asking, asking->question->path), folder = -1, length = 0;

    if (number != ENAMETOOLONG)
        return number;
    if (!folder_path)
        return ENOMEM;
    folder = open(folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno;
    length = snprintf(path, sizeof path, "/proc/self/fd/%d/%s", folder,
                      path_file_name(asking->question->path));
    number = length < (int)sizeof path ? connect_short(asking, path) : ENAMETOOLONG;
    (void)close(folder);
    return number;
}

/* EAGAIN: the queue of the listener is full. */
static bool connect_in_time(const Asking *asking, Error *err)
{
    int number = connect_once(asking);

    while (number == EAGAIN || number == EINTR) {
        if (clock_monotonic_ms() >= asking->deadline_ms)
            return took_too_long(asking, "connecting to", err);
        if (!clock_sleep_ms(RETRY_MS))
            return error_set(err, ERR_INTERRUPTED, "interrupted");
        number = connect_once(asking);
    }
    if (number == ENOENT || number == ECONNREFUSED)
        return error_set(err, ERR_NETWORK, "nobody listens at %s", asking->question->path);
    return number == 0 || failed(asking, "connecting to", number, err);
}

static bool send_all(const Asking *asking, const char *bytes, size_t length, Error *err)
{
    while (length > 0) {
        ssize_t sent = send(asking->socket, bytes, length, MSG_NOSIGNAL);

        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return failed(asking, "asking", errno, err);
        } else if (!wait_for(asking, POLLOUT, "asking", err)) {
            return false;
        }
    }
    return true;
}

/* Keeps what came up to the end of the answer; *whole if that was it. */
static bool take_piece(const Asking *asking, const char *piece, ssize_t got, bool *whole,
                       Error *err)
{
    const char *end =
        asking->question->one_line && got > 0 ? memchr(piece, '\n', (size_t)got) : NULL;

    *whole = end || (got == 0 && !asking->question->one_line);
    if (got < 0)
        return failed(asking, "reading the answer of", errno, err);
    if (got == 0 && !*whole)
        return error_set(err, ERR_NETWORK, "%s hung up before its answer was whole",
                         asking->question->path);
    text_append_bytes(asking->answer, piece, end ? (size_t)(end - piece) : (size_t)got);
    return text_ok(asking->answer, err);
}

static bool receive(const Asking *asking, Error *err)
{
    char piece[PIECE];
    bool whole = false;

    while (asking->answer->length <= asking->question->most_bytes) {
        ssize_t got = 0;

        if (!wait_for(asking, POLLIN, "waiting for the answer of", err))
            return false;
        got = recv(asking->socket, piece, sizeof piece, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (!take_piece(asking, piece, got, &whole, err))
            return false;
        if (whole)
            return true;
    }
    return error_set(err, ERR_NETWORK, "the answer of %s is longer than %zu bytes",
                     asking->question->path, asking->question->most_bytes);
}

char *local_socket_name(const char *path)
{
    return text_copy(path);
}

bool local_socket_ask(const LocalQuestion *question, Text *answer, Error *err)
{
    Asking asking = {.question = question,
                     .deadline_ms = clock_monotonic_ms() + question->timeout_ms,
                     .socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                     .answer = answer};
    bool answered = false;

    if (asking.socket < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "making a socket");
    answered = connect_in_time(&asking, err) &&
               send_all(&asking, question->bytes, question->length, err) && receive(&asking, err);
    (void)close(asking.socket); /* what was asked is answered, or failed already */
    return answered;
}
