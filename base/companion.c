/* See companion.h. */
#include "base/companion.h"

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

#include <stdlib.h>

bool companion_find(const char *name, char **out, Error *err)
{
    const char *elsewhere = getenv("GODEPLOY_LIBEXEC");
    bool is_elsewhere = elsewhere && elsewhere[0] != '\0';
    CLEANUP(free) char *folder = is_elsewhere ? text_copy(elsewhere) : NULL;
    CLEANUP(free) char *program = NULL;

    if (!is_elsewhere && !path_of_program(&folder, err))
        return false;
    program = folder ? text_formatted("%s/%s%s", folder, name, path_program_ending()) : NULL;
    if (!program)
        return error_memory(err);
    if (!file_exists(program)) {
        (void)error_set(err, ERR_PROCESS, "%s is missing", program);
        return error_hint(err, "Install %s beside godeploy.", name);
    }
    *out = TAKE(program);
    return true;
}
