/* See event_text.h. */
#include "base/service/event_text.h"

#include "base/text.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char *event_text(const char *text)
{
    CLEANUP_TEXT Text out = {0};

    text_append(&out, "");
    for (; *text; text++) {
        text_append_bytes(&out, text, 1);
        if (text[0] == '%' && is_digit(text[1]))
            text_append(&out, " ");
    }
    return text_take(&out);
}
