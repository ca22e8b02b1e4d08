/* See library.h. */
#include "base/library.h"

#include <string.h>
#include <uv.h>

static bool not_loaded(const Library *library, uv_lib_t *handle, Error *err)
{
    (void)error_set(err, ERR_SYSTEM, "%s cannot be loaded: %s", library->name, uv_dlerror(handle));
    uv_dlclose(handle); /* frees the words of the failure too */
    return error_hint(err, "%s", library->hint);
}

bool library_load(const Library *library, void *table, Error *err)
{
    uv_lib_t handle;

    if (uv_dlopen(library->file, &handle) != 0)
        return not_loaded(library, &handle, err);
    for (size_t i = 0; i < library->function_count; i++) {
        void *function = NULL;

        if (uv_dlsym(&handle, library->functions[i].symbol, &function) != 0)
            return not_loaded(library, &handle, err);
        /* Copied, because ISO C has no cast from an object's pointer to a function's. */
        memcpy((char *)table + library->functions[i].offset, &function, sizeof function);
    }
    return true;
}
