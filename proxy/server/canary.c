/* See canary.h. Cookies: RFC 6265 sections 4.1 and 4.2. */
#include "proxy/server/canary.h"

#include "base/random.h"
#include "base/siphash.h"

#include <string.h>

static const char cookie_name[] = "godeploy-client=";

ClientId client_id_new(void)
{
    ClientId client = {0};
    Error ignored = {0};

    (void)random_bytes(client.bytes, sizeof client.bytes, &ignored);
    return client;
}

bool canary_takes(const Route *route, const ClientId *client)
{
    uint8_t key[SIPHASH_KEY_BYTES];

    if (route->candidate_ppm == 0 || !text_to_bytes(route->salt, key, sizeof key))
        return false;
    /* The upper half of the hash, scaled: every number is as likely as any other. */
    return (int64_t)((siphash(key, client->bytes, sizeof client->bytes) >> 32) * ROUTE_MILLION >>
                     32) < route->candidate_ppm;
}

/* The next name=value of a Cookie field; moves *rest behind it. */
static bool next_pair(Span *rest, Span *pair)
{
    const char *end = NULL;

    if (rest->length == 0)
        return false;
    end = memchr(rest->at, ';', rest->length);
    pair->at = rest->at;
    pair->length = end ? (size_t)(end - rest->at) : rest->length;
    rest->at += pair->length + (end ? 1 : 0);
    rest->length -= pair->length + (end ? 1 : 0);
    *pair = span_trim(*pair);
    return true;
}

static bool is_ours(Span pair)
{
    return pair.length >= sizeof cookie_name - 1 &&
           memcmp(pair.at, cookie_name, sizeof cookie_name - 1) == 0;
}

static bool read_id(Span pair, ClientId *out)
{
    char hex[CLIENT_ID_SIZE];

    if (pair.length != sizeof cookie_name - 1 + sizeof hex - 1)
        return false;
    memcpy(hex, pair.at + sizeof cookie_name - 1, sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    return text_to_bytes(hex, out->bytes, sizeof out->bytes);
}

bool client_cookie_find(const HttpHead *head, ClientId *out)
{
    for (size_t i = 0; i < head->field_count; i++) {
        Span rest = head->fields[i].value;
        Span pair;

        if (head->fields[i].known.name != NAME_COOKIE)
            continue;
        while (next_pair(&rest, &pair)) {
            if (is_ours(pair) && read_id(pair, out))
                return true;
        }
    }
    return false;
}

bool client_cookie_is_in(Span value)
{
    Span pair;

    while (next_pair(&value, &pair)) {
        if (is_ours(pair))
            return true;
    }
    return false;
}

void client_cookie_append_rest(Span value, Text *out)
{
    bool began = false;
    Span pair;

    while (next_pair(&value, &pair)) {
        if (pair.length == 0 || is_ours(pair))
            continue;
        text_append(out, began ? "; " : "Cookie: ");
        text_append_bytes(out, pair.at, pair.length);
        began = true;
    }
    if (began)
        text_append(out, "\r\n");
}

void client_cookie_append_value(const ClientId *client, Text *out)
{
    char hex[CLIENT_ID_SIZE];

    text_from_bytes(client->bytes, sizeof client->bytes, hex);
    text_appendf(out, "%s%s; Path=/; HttpOnly; SameSite=Lax", cookie_name, hex);
}
