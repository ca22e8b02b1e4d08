/* See uv_status.h. On POSIX a status is an errno value with its sign turned; on Windows libuv has
 * numbers of its own, hence the list. */
#include "base/uv_status.h"

#include <errno.h>
#include <stddef.h>
#include <uv.h>

typedef struct StatusRow {
    int status;
    int number;
} StatusRow;

static const StatusRow rows[] = {
    {UV_EACCES,       EACCES      },
    {UV_EAGAIN,       EAGAIN      },
    {UV_EBADF,        EBADF       },
    {UV_EBUSY,        EBUSY       },
    {UV_EEXIST,       EEXIST      },
    {UV_EFBIG,        EFBIG       },
    {UV_EINVAL,       EINVAL      },
    {UV_EIO,          EIO         },
    {UV_EISDIR,       EISDIR      },
    {UV_ELOOP,        ELOOP       },
    {UV_EMFILE,       EMFILE      },
    {UV_ENAMETOOLONG, ENAMETOOLONG},
    {UV_ENOENT,       ENOENT      },
    {UV_ENOMEM,       ENOMEM      },
    {UV_ENOSPC,       ENOSPC      },
    {UV_ENOTDIR,      ENOTDIR     },
    {UV_ENOTEMPTY,    ENOTEMPTY   },
    {UV_EPERM,        EPERM       },
    {UV_EROFS,        EROFS       },
    {UV_EXDEV,        EXDEV       },
};

int uv_status_errno(int status)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status)
            return rows[i].number;
    return -status;
}
