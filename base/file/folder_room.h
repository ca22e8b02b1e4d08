/* folder_room: how much may still be put on the file system of a folder. */
#ifndef GODEPLOY_BASE_FILE_FOLDER_ROOM_H
#define GODEPLOY_BASE_FILE_FOLDER_ROOM_H

#include "base/error.h"

#include <stdint.h>

typedef struct FolderRoom {
    uint64_t free_bytes;   /* that an ordinary user may still write */
    uint64_t free_entries; /* files and folders that may still be made */
    bool counts_entries;   /* false where the file system has no bound but its bytes */
} FolderRoom;

/* Of `path`, or of its nearest parent that exists. */
bool folder_room(const char *path, FolderRoom *out, Error *err);

#endif
