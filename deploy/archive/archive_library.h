/* archive_library: libarchive behind a table. Only archive_*.c include it.
 *
 * libarchive brings libxml2, ICU and the C++ runtime: linked, it would cost every `godeploy status`
 * 2 ms before main(). It is therefore opened when the first archive is. Built with
 * GODEPLOY_STATIC_ARCHIVE (Windows) it is linked like any other library. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_LIBRARY_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_LIBRARY_H

#include "base/error.h"

#include <archive.h>
#include <archive_entry.h>

/* One row per function that is used. */
#define ARCHIVE_LIBRARY_FUNCTIONS(X)                                                               \
    X(error_string)                                                                                \
    X(set_error)                                                                                   \
    X(filter_bytes)                                                                                \
    X(filter_count)                                                                                \
    X(read_new)                                                                                    \
    X(read_free)                                                                                   \
    X(read_support_filter_gzip)                                                                    \
    X(read_support_filter_zstd)                                                                    \
    X(read_support_format_raw)                                                                     \
    X(read_support_format_tar)                                                                     \
    X(read_support_format_zip_seekable)                                                            \
    X(read_set_options)                                                                            \
    X(read_set_read_callback)                                                                      \
    X(read_set_skip_callback)                                                                      \
    X(read_set_seek_callback)                                                                      \
    X(read_set_callback_data)                                                                      \
    X(read_open)                                                                                   \
    X(read_open1)                                                                                  \
    X(read_next_header)                                                                            \
    X(read_header_position)                                                                        \
    X(read_data_block)                                                                             \
    X(write_new)                                                                                   \
    X(write_free)                                                                                  \
    X(write_fail)                                                                                  \
    X(write_set_format_by_name)                                                                    \
    X(write_add_filter_by_name)                                                                    \
    X(write_set_options)                                                                           \
    X(write_set_bytes_in_last_block)                                                               \
    X(write_open)                                                                                  \
    X(write_header)                                                                                \
    X(write_data)                                                                                  \
    X(write_close)                                                                                 \
    X(entry_new2)                                                                                  \
    X(entry_free)                                                                                  \
    X(entry_filetype)                                                                              \
    X(entry_hardlink)                                                                              \
    X(entry_is_encrypted)                                                                          \
    X(entry_pathname_utf8)                                                                         \
    X(entry_perm)                                                                                  \
    X(entry_size)                                                                                  \
    X(entry_size_is_set)                                                                           \
    X(entry_sparse_count)                                                                          \
    X(entry_set_filetype)                                                                          \
    X(entry_set_gid)                                                                               \
    X(entry_set_mtime)                                                                             \
    X(entry_set_pathname_utf8)                                                                     \
    X(entry_set_perm)                                                                              \
    X(entry_set_size)                                                                              \
    X(entry_set_uid)

typedef struct ArchiveLibrary {
#define ARCHIVE_LIBRARY_AS_MEMBER(name) __typeof__(archive_##name) *(name);
    ARCHIVE_LIBRARY_FUNCTIONS(ARCHIVE_LIBRARY_AS_MEMBER)
#undef ARCHIVE_LIBRARY_AS_MEMBER
} ArchiveLibrary;

/* Fills the table. Cheap after the first time. ERR_SYSTEM if there is no libarchive, or one too
 * old.
 */
bool archive_library_load(ArchiveLibrary *out, Error *err);

#endif
