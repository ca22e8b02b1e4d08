/* console: what stands at the other end of stdout and stderr. */
#ifndef GODEPLOY_BASE_CONSOLE_H
#define GODEPLOY_BASE_CONSOLE_H

#include <stdbool.h>

bool console_is_terminal(int stream); /* 1 stdout, 2 stderr */
int console_width(int stream);        /* columns; 80 if unknown */

#endif
