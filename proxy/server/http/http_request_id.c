/* See http_request_id.h. */
#include "proxy/server/http/http_request_id.h"

#include "base/random.h"
#include "base/text.h"

#include <string.h>

void http_request_ids_init(RequestIds *ids)
{
    uint64_t drawn[2] = {0};
    Error err = {0};

    /* Without randomness ids of two workers may be equal: no reason to serve nobody. */
    (void)random_bytes(drawn, sizeof drawn, &err);
    text_from_bytes((const uint8_t *)&drawn[0], sizeof drawn[0], ids->worker);
    ids->count = drawn[1];
}

/* What could be copied into any log without care. */
static bool is_proper(Span id)
{
    for (size_t i = 0; i < id.length; i++) {
        if (id.at[i] < 0x21 || id.at[i] > 0x7e)
            return false;
    }
    return id.length > 0 && id.length < HTTP_REQUEST_ID_SIZE;
}

void http_request_id_choose(RequestIds *ids, const HttpHead *head, bool trusted,
                            char out[HTTP_REQUEST_ID_SIZE])
{
    size_t worker_length = sizeof ids->worker - 1;

    for (size_t i = 0; i < head->field_count && trusted; i++) {
        Span value = head->fields[i].value;

        if (head->fields[i].known.name != NAME_X_REQUEST_ID || !is_proper(value))
            continue;
        memcpy(out, value.at, value.length);
        out[value.length] = '\0';
        return;
    }
    ids->count++;
    memcpy(out, ids->worker, worker_length);
    text_from_bytes((const uint8_t *)&ids->count, sizeof ids->count, out + worker_length);
}
