/* load_plan: what load to send, as the operator writes it. */
#include "proxy/load/load.h"

#include "base/text.h"

#include <string.h>

static const char *const kind_names[LOAD_KINDS] = {"keepalive", "fresh", "post"};

enum { MOST_WEIGHT = 1000, MOST_PORT = 65535, HTTP_PORT = 80 };

const char *load_kind_name(LoadKind kind)
{
    return kind_names[kind];
}

LoadPlan load_plan_default(void)
{
    return (LoadPlan){
        .port = HTTP_PORT,
        .path = "/",
        .identity_header = "X-Release",
        .rate_per_s = 50,
        .duration_ms = 10000,
        .timeout_ms = 5000,
        .weights = {[LOAD_KEEPALIVE] = 1, [LOAD_FRESH] = 1},
        .post_bytes = 4096,
        .keepalive_connections = 8,
        .most_connections = 512,
    };
}

static bool copy_part(const char *from, size_t length, char *to, size_t size)
{
    if (length == 0 || length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return text_printable(to) && !memchr(to, ' ', length);
}

static bool set_port(LoadPlan *plan, const char *digits, size_t length)
{
    char text[8];
    uint64_t port;

    if (!copy_part(digits, length, text, sizeof(text)) ||
        !text_parse_number(text, MOST_PORT, &port) || port == 0)
        return false;
    plan->port = (uint16_t)port;
    return true;
}

/* HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. */
static bool set_authority(LoadPlan *plan, const char *text, size_t length)
{
    const char *end = text + length;
    const char *host_end;
    const char *behind;

    if (length == 0 || memchr(text, '@', length))
        return false;
    if (*text == '[') {
        text++;
        host_end = memchr(text, ']', (size_t)(end - text));
        behind = host_end ? host_end + 1 : NULL;
    } else {
        host_end = memchr(text, ':', length);
        host_end = host_end ? host_end : end;
        behind = host_end;
    }
    if (!host_end || !copy_part(text, (size_t)(host_end - text), plan->host, sizeof(plan->host)))
        return false;
    plan->port = HTTP_PORT;
    return behind == end ||
           (*behind == ':' && set_port(plan, behind + 1, (size_t)(end - behind - 1)));
}

bool load_plan_set_url(LoadPlan *plan, const char *url, Error *err)
{
    static const char scheme[] = "http://";
    const char *authority = url + sizeof(scheme) - 1;
    size_t length;

    if (text_starts_with(url, "https://")) {
        error_set(err, ERR_USAGE, "load is sent over plain http, not to %s", url);
        return error_hint(err, "name the plain http address, such as the instance's own port");
    }
    if (!text_starts_with(url, scheme)) {
        error_set(err, ERR_USAGE, "'%s' is not an http URL", url);
        return error_hint(err, "write it as http://127.0.0.1:8080/path");
    }
    length = strcspn(authority, "/?#");
    if (!set_authority(plan, authority, length))
        return error_set(err, ERR_USAGE, "'%s' has no usable host and port", url);
    if (authority[length] == '\0' || authority[length] == '#') {
        memcpy(plan->path, "/", 2);
        return true;
    }
    if (authority[length] != '/' || !copy_part(authority + length, strcspn(authority + length, "#"),
                                               plan->path, sizeof(plan->path)))
        return error_set(err, ERR_USAGE, "'%s' has no usable path", url);
    return true;
}

/* One word of the mix: "fresh" or "fresh:3". */
static bool set_weight(uint32_t weights[LOAD_KINDS], const char *word, Error *err)
{
    size_t length = strcspn(word, ":");
    uint64_t weight = 1;
    const char *near;

    if (word[length] == ':' && !text_parse_number(word + length + 1, MOST_WEIGHT, &weight))
        return error_set(err, ERR_USAGE, "the weight in '%s' is not a number up to %d", word,
                         MOST_WEIGHT);
    for (size_t i = 0; i < LOAD_KINDS; i++) {
        if (strlen(kind_names[i]) == length && memcmp(kind_names[i], word, length) == 0) {
            weights[i] = (uint32_t)weight;
            return true;
        }
    }
    error_set(err, ERR_USAGE, "'%s' is no kind of request", word);
    near = text_nearest(word, kind_names, LOAD_KINDS);
    return near ? error_hint(err, "Did you mean '%s'?", near)
                : error_hint(err, "The kinds are keepalive, fresh and post.");
}

bool load_plan_set_mix(LoadPlan *plan, const char *mix, Error *err)
{
    uint32_t weights[LOAD_KINDS] = {0};
    uint64_t sum = 0;

    for (const char *word = mix;; word++) {
        char one[32];
        size_t length = strcspn(word, ",");

        if (!copy_part(word, length, one, sizeof(one)))
            return error_set(err, ERR_USAGE, "'%s' is not a list of kinds of requests", mix);
        if (!set_weight(weights, one, err))
            return false;
        word += length;
        if (*word == '\0')
            break;
    }
    for (size_t i = 0; i < LOAD_KINDS; i++)
        sum += weights[i];
    if (sum == 0)
        return error_set(err, ERR_USAGE, "the mix '%s' sends nothing", mix);
    memcpy(plan->weights, weights, sizeof(weights));
    return true;
}
