/* rolling_cut: takes the head out of a file that others append to. Inner part of rolling.c; differs
 * by system. */
#ifndef GODEPLOY_BASE_FILE_ROLLING_CUT_H
#define GODEPLOY_BASE_FILE_ROLLING_CUT_H

#include "base/error.h"

#include <stdint.h>

/* The head may be cut at multiples of this. 0: not on this file system. */
uint64_t rolling_cut_unit(const char *path);

/* Removes the first `length` bytes (a multiple of the unit, smaller than the file) at once: an
 * append comes before it or after it. False, with the file as it was, if the file system cannot. */
bool rolling_cut_head(const char *path, uint64_t length);

/* Empties it. */
bool rolling_cut_all(const char *path, Error *err);

#endif
