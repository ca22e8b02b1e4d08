/* See channel.h. */
#include "base/channel.h"
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

enum { LONGEST_ANSWER = 4 << 20, PIECE = 16384, RETRY_MS = 5 };

typedef struct Channel {
    const char *path;
    int64_t timeout_ms;
    int64_t deadline_ms;
    int socket;
} Channel;

static bool took_too_long(const Channel *channel, const char *doing, Error *err)
{
    return error_set(err, ERR_TIMEOUT, "%s %s took more than %lld ms", doing, channel->path,
                     (long long)channel->timeout_ms);
}

static bool failed(const Channel *channel, const char *doing, int number, Error *err)
{
    return error_set_errno(err, ERR_NETWORK, number, "%s %s", doing, channel->path);
}

static bool wait_for(const Channel *channel, short events, const char *doing, Error *err)
{
    struct pollfd ready = {.fd = channel->socket, .events = events};

    for (;;) {
        int64_t left_ms = channel->deadline_ms - clock_monotonic_ms();
        int count = 0;

        if (left_ms <= 0)
            return took_too_long(channel, doing, err);
        count = poll(&ready, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms);
        if (count > 0)
            return true;
        if (count < 0 && errno != EINTR)
            return failed(channel, doing, errno, err);
    }
}

/* 0, or an errno value. */
static int connect_short(const Channel *channel, const char *path)
{
    struct sockaddr_un where = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof where.sun_path)
        return ENAMETOOLONG;
    memcpy(where.sun_path, path, strlen(path) + 1);
    return connect(channel->socket, (const struct sockaddr *)&where, sizeof where) == 0 ? 0 : errno;
}

/* Past the limit of sun_path the socket is reached through its open folder. */
static int connect_once(const Channel *channel)
{
    CLEANUP(free) char *folder_path = path_folder(channel->path);
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path];
    int number = connect_short(channel, channel->path), folder = -1, length = 0;

    if (number != ENAMETOOLONG)
        return number;
    if (!folder_path)
        return ENOMEM;
    folder = open(folder_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return errno;
    length =
        snprintf(path, sizeof path, "/proc/self/fd/%d/%s", folder, path_file_name(channel->path));
    number = length < (int)sizeof path ? connect_short(channel, path) : ENAMETOOLONG;
    (void)close(folder);
    return number;
}

/* EAGAIN: the queue of the listener is full. */
static bool connect_in_time(const Channel *channel, Error *err)
{
    int number = connect_once(channel);

    while (number == EAGAIN || number == EINTR) {
        if (clock_monotonic_ms() >= channel->deadline_ms)
            return took_too_long(channel, "connecting to", err);
        if (!clock_sleep_ms(RETRY_MS))
            return error_set(err, ERR_INTERRUPTED, "interrupted");
        number = connect_once(channel);
    }
    if (number == ENOENT || number == ECONNREFUSED)
        return error_set(err, ERR_NETWORK, "nobody listens at %s", channel->path);
    return number == 0 || failed(channel, "connecting to", number, err);
}

static bool send_all(const Channel *channel, const char *bytes, size_t length, Error *err)
{
    while (length > 0) {
        ssize_t sent = send(channel->socket, bytes, length, MSG_NOSIGNAL);

        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            return failed(channel, "asking", errno, err);
        } else if (!wait_for(channel, POLLOUT, "asking", err)) {
            return false;
        }
    }
    return true;
}

static bool receive_line(const Channel *channel, Text *line, Error *err)
{
    char piece[PIECE];

    while (line->length <= LONGEST_ANSWER) {
        const char *end = NULL;
        ssize_t got = 0;

        if (!wait_for(channel, POLLIN, "waiting for the answer of", err))
            return false;
        got = recv(channel->socket, piece, sizeof piece, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got < 0)
            return failed(channel, "reading the answer of", errno, err);
        if (got == 0)
            return error_set(err, ERR_NETWORK, "%s hung up before its answer was whole",
                             channel->path);
        end = memchr(piece, '\n', (size_t)got);
        text_append_bytes(line, piece, end ? (size_t)(end - piece) : (size_t)got);
        if (end || line->failed)
            return text_ok(line, err);
    }
    return error_set(err, ERR_NETWORK, "the answer of %s is longer than %d bytes", channel->path,
                     LONGEST_ANSWER);
}

static bool exchange(const Channel *channel, Text *question, Json **answer, Error *err)
{
    CLEANUP_TEXT Text line = {0};

    if (!connect_in_time(channel, err) ||
        !send_all(channel, text_chars(question), question->length, err) ||
        !receive_line(channel, &line, err))
        return false;
    if (!json_parse(text_chars(&line), line.length, answer, err))
        return error_while(err, "reading the answer of %s", channel->path);
    return true;
}

bool channel_ask(const char *path, const Json *question, int64_t timeout_ms, Json **answer,
                 Error *err)
{
    Channel channel = {.path = path,
                       .timeout_ms = timeout_ms,
                       .deadline_ms = clock_monotonic_ms() + timeout_ms,
                       .socket = -1};
    CLEANUP(free) char *line = json_line(question);
    CLEANUP_TEXT Text bytes = {0};
    bool answered = false;

    if (!line)
        return error_memory(err);
    text_appendf(&bytes, "%s\n", line);
    if (!text_ok(&bytes, err))
        return false;
    channel.socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (channel.socket < 0)
        return error_set_errno(err, ERR_SYSTEM, errno, "making a socket");
    answered = exchange(&channel, &bytes, answer, err);
    (void)close(channel.socket);
    return answered;
}
