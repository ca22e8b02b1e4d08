/* See console.h. */
#include "base/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80 };

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
