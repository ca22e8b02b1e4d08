/* See archive_library.h. */
#include "deploy/archive/archive_library.h"

#ifdef GODEPLOY_STATIC_ARCHIVE

bool archive_library_load(ArchiveLibrary *out, Error *err)
{
    (void)err;
#define ARCHIVE_LIBRARY_LINKED(name) out->name = archive_##name;
    ARCHIVE_LIBRARY_FUNCTIONS(ARCHIVE_LIBRARY_LINKED)
#undef ARCHIVE_LIBRARY_LINKED
    return true;
}

#else

#include "base/library.h"

static const LibraryFunction archive_functions[] = {
#define ARCHIVE_LIBRARY_AS_ROW(name) {"archive_" #name, offsetof(ArchiveLibrary, name)},
    ARCHIVE_LIBRARY_FUNCTIONS(ARCHIVE_LIBRARY_AS_ROW)
#undef ARCHIVE_LIBRARY_AS_ROW
};

static const Library archive_library = {
    .name = "libarchive",
    .file = "libarchive.so.13",
    .hint = "Install libarchive 3.6 or later (Debian and Ubuntu: libarchive13, Fedora: libarchive, "
            "Alpine: libarchive).",
    .functions = archive_functions,
    .function_count = sizeof archive_functions / sizeof *archive_functions,
};

bool archive_library_load(ArchiveLibrary *out, Error *err)
{
    ArchiveLibrary table;

    if (!library_load(&archive_library, &table, err))
        return false;
    *out = table;
    return true;
}

#endif
