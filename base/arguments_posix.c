/* See arguments.h. */
#include "base/arguments.h"

bool arguments_read(int argc, char **argv, TextList *out, Error *err)
{
    TextList list = {0};

    for (int i = 0; i < argc; i++)
        if (!text_list_add(&list, argv[i], err)) {
            text_list_free(&list);
            return false;
        }
    *out = list;
    return true;
}
