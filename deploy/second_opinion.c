/* See second_opinion.h. */
#include "deploy/second_opinion.h"

#include "base/file/file.h"
#include "base/path.h"
#include "verify/authenticode/second_rule.h"

#include <stdlib.h>

enum { PIECE_SIZE = 64 * 1024 };

/* In a folder that `deploy` clears, should we be killed meanwhile. Caller frees. */
static bool find_place(const Settings *settings, char **out, Error *err)
{
    CLEANUP(free)
    char *folder = text_formatted("%s/%s/incoming/judged", settings->root, settings->app);

    if (!folder)
        return error_memory(err);
    if (!folder_create(folder, err))
        return false;
    *out = path_join(folder, "program.exe");
    return *out || error_memory(err);
}

static bool write_all(const AuthenticodeSource *source, File *file, Error *err)
{
    CLEANUP(free) char *piece = malloc(PIECE_SIZE);
    size_t got = 1;

    if (!piece)
        return error_memory(err);
    if (!source->rewind(source->context, err))
        return false;
    while (got > 0)
        if (!source->read(source->context, piece, PIECE_SIZE, &got, err) ||
            !file_write(file, piece, got, err))
            return false;
    return true;
}

static bool copy_to(const AuthenticodeSource *source, const char *path, Error *err)
{
    CLEANUP(file_close) File *file = NULL;

    return file_remove(path, err) && file_open(path, FILE_CREATE_NEW, &file, err) &&
           write_all(source, file, err);
}

bool second_opinion_get(const Settings *settings, const AuthenticodeSource *source,
                        AuthenticodeVerdict *verdict, Error *err)
{
    CLEANUP(free) char *path = NULL;
    SecondVerdict second = {0};
    bool asked = false;
    Error left = {0};

    if (!find_place(settings, &path, err))
        return error_while(err, "asking Windows");
    asked = copy_to(source, path, err) &&
            second_judge_ask(path, settings->verify.authenticode.windows_revocation, &second, err);
    (void)file_remove(path, &left); /* the next deployment clears what is left */
    if (!asked)
        return error_while(err, "asking Windows");
    second_rule_apply(&second, verdict);
    return true;
}
