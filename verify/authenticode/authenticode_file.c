/* Part of authenticode.h: a file on disk as a source, opened once. */
#include "base/file/file.h"
#include "verify/authenticode/authenticode.h"

static bool read_file(void *context, void *buffer, size_t size, size_t *got, Error *err)
{
    return file_read(context, buffer, size, got, err);
}

static bool rewind_file(void *context, Error *err)
{
    return file_seek(context, 0, err);
}

bool authenticode_check_file(const AuthenticodePolicy *policy, const char *path,
                             AuthenticodeVerdict *out, Error *err)
{
    CLEANUP(file_close) File *file = NULL;
    AuthenticodeSource source = {.read = read_file, .rewind = rewind_file};

    if (!file_open(path, FILE_READ, &file, err) || !file_size(file, &source.size_bytes, err))
        return false;
    source.context = file;
    return authenticode_check(policy, &source, out, err);
}
