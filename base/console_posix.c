/* See console.h. */
#include "base/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

/* Opened the wrong way round, so that whoever reads or writes it is told. */
static void keep_closed(int stream)
{
    int taken = -1;

    if (fcntl(stream, F_GETFD) >= 0)
        return;
    taken = open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY); /* the lowest that is free */
    if (taken > 2)
        (void)close(taken);
}

void console_prepare(ConsoleBefore *before)
{
    *before = (ConsoleBefore){0};
    for (int stream = 0; stream <= 2; stream++)
        keep_closed(stream);
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

bool console_write(int stream, const char *bytes, size_t length, Error *err)
{
    FILE *file = stream == 1 ? stdout : stderr;
    int number = 0;

    if (fwrite(bytes, 1, length, file) == length && fflush(file) == 0)
        return true;
    number = errno;
    clearerr(file);
    return number == EPIPE || error_set_errno(err, ERR_FILE, number, "writing to %s",
                                              stream == 1 ? "stdout" : "stderr");
}
