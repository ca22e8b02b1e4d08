/* See channel.h. */
#include "base/net/channel.h"

#include "base/net/local_socket.h"
#include "base/text.h"

enum { LONGEST_ANSWER = 4 << 20 };

bool channel_ask(const char *path, const Json *question, int64_t timeout_ms, Json **answer,
                 Error *err)
{
    CLEANUP(free) char *line = json_line(question);
    CLEANUP_TEXT Text bytes = {0};
    CLEANUP_TEXT Text heard = {0};
    LocalQuestion asked = {
        .path = path, .one_line = true, .most_bytes = LONGEST_ANSWER, .timeout_ms = timeout_ms};

    if (!line)
        return error_memory(err);
    text_appendf(&bytes, "%s\n", line);
    if (!text_ok(&bytes, err))
        return false;
    asked.bytes = text_chars(&bytes);
    asked.length = bytes.length;
    if (!local_socket_ask(&asked, &heard, err))
        return false;
    if (!json_parse(text_chars(&heard), heard.length, answer, err))
        return error_while(err, "reading the answer of %s", path);
    return true;
}
