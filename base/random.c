/* See random.h. */
#include "base/random.h"
#include "base/uv_status.h"

#include <uv.h>

bool random_bytes(void *out, size_t length, Error *err)
{
    int status = uv_random(NULL, NULL, out, length, 0, NULL); /* no loop: answered at once */

    if (status != 0)
        return error_set_errno(err, ERR_SYSTEM, uv_status_errno(status), "reading random bytes");
    return true;
}

uint64_t random_below(uint64_t below)
{
    uint64_t number = 0, unfair = 0;
    Error ignored;

    if (below < 2)
        return 0;
    unfair =
        (UINT64_MAX % below + 1) % below; /* that many numbers at the top would come too often */
    do {
        if (!random_bytes(&number, sizeof number, &ignored))
            return 0; /* no jitter is better than no work */
    } while (number > UINT64_MAX - unfair);
    return number % below;
}

bool random_token(char *out, size_t length, Error *err)
{
    static const char symbols[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    enum { SYMBOLS = sizeof symbols - 1, FAIR = 256 / SYMBOLS * SYMBOLS };
    size_t done = 0;

    while (done < length) {
        uint8_t bytes[32];

        if (!random_bytes(bytes, sizeof bytes, err))
            return false;
        for (size_t i = 0; i < sizeof bytes && done < length; i++)
            if (bytes[i] < FAIR)
                out[done++] = symbols[bytes[i] % SYMBOLS];
    }
    out[length] = '\0';
    return true;
}
