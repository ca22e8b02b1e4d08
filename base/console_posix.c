/* See console.h. */
#include "base/console.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

void console_prepare(ConsoleBefore *before)
{
    *before = (ConsoleBefore){0};
}

void console_restore(const ConsoleBefore *before)
{
    (void)before; /* nothing was changed */
}

bool console_is_terminal(int stream)
{
    return isatty(stream) == 1;
}

int console_width(int stream)
{
    struct winsize size = {0};

    if (ioctl(stream, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return USUAL_WIDTH;
    return size.ws_col;
}

const char *console_kind(void)
{
    return getenv("TERM");
}

const char *console_locale(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;

    for (size_t i = 0; i < sizeof variables / sizeof *variables && (!locale || !*locale); i++)
        locale = getenv(variables[i]);
    return locale;
}

void console_write(int stream, const char *bytes, size_t length)
{
    FILE *file = stream == 1 ? stdout : stderr;

    (void)fwrite(bytes, 1, length, file);
    (void)fflush(file);
}
