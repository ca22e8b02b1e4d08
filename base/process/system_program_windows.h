/* system_program: a program of Windows' own, by its path, so that no other one of that name is run.
 * For *_windows.c files only. */
#ifndef GODEPLOY_BASE_PROCESS_SYSTEM_PROGRAM_WINDOWS_H
#define GODEPLOY_BASE_PROCESS_SYSTEM_PROGRAM_WINDOWS_H

/* "netsh.exe" in the system's folder. NULL if that cannot be found; caller frees. */
char *system_program_path(const char *name);

#endif
