/* See incoming.h. */
#include "deploy/release/incoming.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/text.h"
#include "verify/digest.h"

#include <string.h>

static bool name_files(Incoming *incoming, Error *err)
{
    incoming->archive = path_join(incoming->folder, "archive");
    incoming->archive_state = path_join(incoming->folder, "archive.state");
    incoming->signature = path_join(incoming->folder, "signature");
    incoming->checksums = path_join(incoming->folder, "checksums");
    incoming->description = path_join(incoming->folder, "description");
    if (incoming->archive && incoming->archive_state && incoming->signature &&
        incoming->checksums && incoming->description)
        return true;
    incoming_free(incoming);
    return error_memory(err);
}

bool incoming_of_source(const App *app, const char *source, Incoming *out, Error *err)
{
    Digest digest = {0};
    char hex[DIGEST_HEX_SIZE];

    memset(out, 0, sizeof *out);
    if (!digest_bytes(source, strlen(source), &digest, err))
        return false;
    (void)digest_to_hex(&digest, hex);
    hex[16] = '\0'; /* one app has few sources */
    out->folder = app_path_in(app, "incoming", hex);
    return out->folder ? name_files(out, err) : error_memory(err);
}

bool incoming_of_record(const DeploymentRecord *record, Incoming *out, Error *err)
{
    memset(out, 0, sizeof *out);
    out->folder = path_folder(record->archive);
    return out->folder ? name_files(out, err) : error_memory(err);
}

void incoming_free(Incoming *incoming)
{
    free(incoming->folder);
    free(incoming->archive);
    free(incoming->archive_state);
    free(incoming->signature);
    free(incoming->checksums);
    free(incoming->description);
    memset(incoming, 0, sizeof *incoming);
}

bool incoming_clear(const App *app, Error *err)
{
    CLEANUP(free) char *all = app_path(app, "incoming");

    if (!all)
        return error_memory(err);
    return folder_remove_tree(all, err) && folder_create(all, err);
}

bool incoming_quarantine(const App *app, const Incoming *incoming, Error *err)
{
    CLEANUP(free) char *quarantine = app_path(app, "quarantine");

    if (!quarantine)
        return error_memory(err);
    if (file_kind(incoming->folder) == FILE_MISSING)
        return true;
    return folder_remove_tree(quarantine, err) &&
           file_rename_durable(incoming->folder, quarantine, err);
}
