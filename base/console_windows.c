/* See console.h. A console takes UTF-16, whatever its code page; a pipe takes bytes, of which the C
 * library would make "\r\n". Source: WriteConsoleW,
 * https://learn.microsoft.com/windows/console/console-virtual-terminal-sequences */
#include "base/console.h"
#include "base/error_windows.h"

#include <stdint.h>
#include <stdlib.h>
#include <windows.h>

enum { USUAL_WIDTH = 80, MOST_AT_ONCE = 8 * 1024, VT_PROCESSING = 0x0004 };

static HANDLE handle_of(int stream)
{
    static const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};

    return GetStdHandle(names[stream]);
}

void console_prepare(ConsoleBefore *before)
{
    *before = (ConsoleBefore){0};
    for (int stream = 1; stream <= 2; stream++) {
        HANDLE console = handle_of(stream);
        DWORD mode = 0;

        if (!GetConsoleMode(console, &mode) || (mode & VT_PROCESSING) != 0)
            continue;
        before->mode[stream - 1] = mode;
        before->changed[stream - 1] = SetConsoleMode(console, mode | VT_PROCESSING);
    }
}

void console_restore(const ConsoleBefore *before)
{
    for (int stream = 2; stream >= 1; stream--) /* both may be one console */
        if (before->changed[stream - 1])
            (void)SetConsoleMode(handle_of(stream), before->mode[stream - 1]);
}

bool console_is_terminal(int stream)
{
    DWORD mode = 0;

    return GetConsoleMode(handle_of(stream), &mode);
}

int console_width(int stream)
{
    CONSOLE_SCREEN_BUFFER_INFO screen;

    if (!GetConsoleScreenBufferInfo(handle_of(stream), &screen) ||
        screen.srWindow.Right < screen.srWindow.Left)
        return USUAL_WIDTH;
    return screen.srWindow.Right - screen.srWindow.Left + 1;
}

const char *console_kind(void)
{
    DWORD mode = 0;

    if (!GetConsoleMode(handle_of(2), &mode))
        return getenv("TERM"); /* a pipe, as mintty's, or a file */
    return (mode & VT_PROCESSING) != 0 ? "windows" : "dumb";
}

const char *console_locale(void)
{
    return getenv("WT_SESSION") ? "C.UTF-8" : NULL; /* set by Windows Terminal */
}

/* ---- writing ---- */

static bool write_bytes(HANDLE out, const char *bytes, size_t length)
{
    while (length > 0) {
        DWORD written = 0, piece = length < MOST_AT_ONCE ? (DWORD)length : MOST_AT_ONCE;

        if (!WriteFile(out, bytes, piece, &written, NULL) || written == 0)
            return false;
        bytes += written;
        length -= written;
    }
    return true;
}

/* As many bytes as fit at once and end with a whole character. */
static size_t whole_piece(const char *bytes, size_t length)
{
    size_t piece = length;

    if (length <= MOST_AT_ONCE)
        return length;
    for (piece = MOST_AT_ONCE; piece > MOST_AT_ONCE - 4; piece--)
        if (((unsigned char)bytes[piece] & 0xc0) != 0x80)
            return piece;
    return MOST_AT_ONCE; /* no UTF-8 */
}

static bool write_text(HANDLE console, const char *bytes, size_t length)
{
    wchar_t wide[MOST_AT_ONCE]; /* never more than there are bytes */

    while (length > 0) {
        size_t piece = whole_piece(bytes, length);
        int count = MultiByteToWideChar(CP_UTF8, 0, bytes, (int)piece, wide, MOST_AT_ONCE);
        DWORD written = 0;

        if (count <= 0 || !WriteConsoleW(console, wide, (DWORD)count, &written, NULL))
            return false;
        bytes += piece;
        length -= piece;
    }
    return true;
}

/* Whoever is started without a console, as by a service, has none of the streams. */
bool console_write(int stream, const char *bytes, size_t length, Error *err)
{
    HANDLE out = handle_of(stream);
    DWORD number = 0;

    if (!out || out == INVALID_HANDLE_VALUE ||
        (console_is_terminal(stream) ? write_text(out, bytes, length)
                                     : write_bytes(out, bytes, length)))
        return true;
    number = GetLastError();
    return number == ERROR_BROKEN_PIPE || number == ERROR_NO_DATA ||
           error_set_windows(err, ERR_FILE, number, "writing to %s",
                             stream == 1 ? "stdout" : "stderr");
}
