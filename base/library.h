/* library: a shared library that is opened when it is first needed.
 *
 * What is linked is loaded before main(), whatever the command: libcurl and libarchive, with all
 * that they bring, take longer than most commands do. */
#ifndef GODEPLOY_BASE_LIBRARY_H
#define GODEPLOY_BASE_LIBRARY_H

#include "base/error.h"

#include <stddef.h>

typedef struct LibraryFunction {
    const char *symbol;
    size_t offset; /* in the table: where the pointer to the function goes */
} LibraryFunction;

typedef struct Library {
    const char *name; /* "libcurl" */
    const char *file; /* "libcurl.so.4"; looked for where the system looks for libraries */
    const char *hint; /* how one comes by it */
    const LibraryFunction *functions;
    size_t function_count;
} Library;

/* Fills `table`; half of it when it fails. The library is never closed: the system counts, and what
 * is in use stays where it is. Cheap after the first time, so that nothing need be kept between
 * calls. ERR_SYSTEM if there is no such library, or one that lacks a function. */
bool library_load(const Library *library, void *table, Error *err);

#endif
