/* temporary_folder: an empty folder for one test. */
#ifndef GODEPLOY_TESTS_SUPPORT_TEMPORARY_FOLDER_H
#define GODEPLOY_TESTS_SUPPORT_TEMPORARY_FOLDER_H

#include <stdbool.h>

enum { TEMPORARY_FOLDER_SIZE = 128 };

/* On the disk. `name` tells the reader of a listing whose it is. */
bool temporary_folder_make(char out[TEMPORARY_FOLDER_SIZE], const char *name);

/* In memory where the system has such a place: thousands of small fsyncs would wait for the disk.
 */
bool temporary_folder_in_memory(char out[TEMPORARY_FOLDER_SIZE], const char *name);

#endif
