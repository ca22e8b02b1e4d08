/* See arguments.h. Source: GetCommandLineW, CommandLineToArgvW. */
#include "base/arguments.h"
#include "base/handle_windows.h"
#include "base/wide_windows.h"

#include <windows.h>

#include <shellapi.h>

static bool add(TextList *list, const wchar_t *wide, Error *err)
{
    CLEANUP(free) char *argument = wide_to_utf8(wide);

    if (!argument)
        return error_set(err, ERR_USAGE, "an argument is not Unicode text");
    return text_list_add(list, argument, err);
}

bool arguments_read(int argc, char **argv, TextList *out, Error *err)
{
    int count = 0;
    CLEANUP(local_memory_free) wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    TextList list = {0};

    (void)argc, (void)argv;
    if (!wide)
        return error_set_os(err, ERR_SYSTEM, "reading the command line");
    for (int i = 0; i < count; i++)
        if (!add(&list, wide[i], err)) {
            text_list_free(&list);
            return false;
        }
    *out = list;
    return true;
}
