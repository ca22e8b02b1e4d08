/* arguments: what stands behind the name of the program on its command line, as UTF-8. */
#ifndef GODEPLOY_BASE_ARGUMENTS_H
#define GODEPLOY_BASE_ARGUMENTS_H

#include "base/text.h"

/* All of main()'s argv, its first included. On Windows asked of the system instead: before Windows
 * 10 1903 (Server 2019 too) argv has lost what the code page of the host lacks. */
bool arguments_read(int argc, char **argv, TextList *out, Error *err);

#endif
