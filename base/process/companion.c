/* See companion.h. */
#include "base/process/companion.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/process/own_environment.h"
#include "base/text.h"

#include <stdlib.h>

/* The folders where it may be, the most likely first. */
static bool find_folders(TextList *out, Error *err)
{
    CLEANUP(free) char *elsewhere = own_environment_get("GODEPLOY_LIBEXEC");
    CLEANUP(free) char *own = NULL;
    CLEANUP(free) char *parent = NULL;
    CLEANUP(free) char *libexec = NULL;

    if (elsewhere && elsewhere[0] != '\0')
        return text_list_add(out, elsewhere, err);
    if (!path_of_program(&own, err))
        return false;
    parent = path_folder(own);
    libexec = parent ? path_join(parent, "libexec/godeploy") : NULL;
    if (!libexec)
        return error_memory(err);
    return text_list_add(out, own, err) && text_list_add(out, libexec, err);
}

bool companion_find(const char *name, char **out, Error *err)
{
    CLEANUP_TEXT_LIST TextList folders = {0};

    if (!find_folders(&folders, err))
        return false;
    for (size_t i = 0; i < folders.count; i++) {
        CLEANUP(free)
        char *program = text_formatted("%s/%s%s", folders.items[i], name, path_program_ending());

        if (!program)
            return error_memory(err);
        if (file_exists(program)) {
            *out = TAKE(program);
            return true;
        }
    }
    (void)error_set(err, ERR_PROCESS, "%s/%s%s is missing", folders.items[0], name,
                    path_program_ending());
    return error_hint(err, "Install %s beside godeploy.", name);
}
