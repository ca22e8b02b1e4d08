/* See process_launch_windows.h. */
#include "base/process/process_launch_windows.h"

#include "base/file/file.h"
#include "base/handle_windows.h"
#include "base/path.h"
#include "base/process/command_line.h"
#include "base/process/environment_windows.h"
#include "base/process/own_environment.h"
#include "base/process/process_identity_windows.h"
#include "base/wide_windows.h"

#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { ATTRIBUTES = 2, STANDARD_HANDLES = 2 };
/* ERROR_VIRUS_INFECTED and ERROR_ELEVATION_REQUIRED of winerror.h, which MinGW's does not have. */
enum { VIRUS_INFECTED = 225, ELEVATION_REQUIRED = 740 };

void launch_close(Launch *launch)
{
    free(launch->program);
    free(launch->line);
    free(launch->environment);
    free(launch->folder);
    handle_close(launch->input);
    handle_close(launch->output);
}

/* ---- the program ---- */

static bool is_path(const char *name)
{
    return strpbrk(name, "/\\:") != NULL;
}

/* The program's own, if it has one, else ours. NULL: none, or out of memory. Caller frees. */
static char *path_variable(const Spawn *spawn)
{
    for (size_t i = 0; spawn->environment && spawn->environment[i]; i++)
        if (text_starts_with_ignoring_case(spawn->environment[i], "PATH="))
            return text_copy(spawn->environment[i] + strlen("PATH="));
    return own_environment_get("PATH");
}

/* `path` itself, or with the ending that people leave away. *out stays NULL if neither is there. */
static bool try_endings(const char *path, char **out, Error *err)
{
    CLEANUP(free) char *with_ending = text_formatted("%s.exe", path);

    if (!with_ending)
        return error_memory(err);
    if (file_kind(path) == FILE_REGULAR)
        *out = text_copy(path);
    else if (file_kind(with_ending) == FILE_REGULAR)
        *out = TAKE(with_ending);
    else
        return true;
    return *out ? true : error_memory(err);
}

/* Relative folders in PATH are passed over: where they lead depends on who asks. */
static bool find_on_path(const char *name, const Spawn *spawn, char **out, Error *err)
{
    CLEANUP(free) char *variable = path_variable(spawn);
    const char *path = variable ? variable : "";

    while (*path && !*out) {
        size_t length = strcspn(path, ";");
        CLEANUP(free) char *folder = text_copy_bytes(path, length);
        CLEANUP(free) char *found = NULL;

        if (!folder)
            return error_memory(err);
        path_use_slashes(folder);
        found = path_join(folder, name);
        if (!found)
            return error_memory(err);
        if (path_is_absolute(folder) && !try_endings(found, out, err))
            return false;
        path += length;
        path += *path == ';';
    }
    if (*out)
        return true;
    error_set(err, ERR_PROCESS, "there is no program %s in any folder of PATH", name);
    return error_hint(err, "Give its whole path, or a path from the release such as ./%s.", name);
}

static bool find_in_folder(const Spawn *spawn, char **out, Error *err)
{
    CLEANUP(free) char *name = text_copy(spawn->argv[0]);
    CLEANUP(free) char *joined = NULL;
    CLEANUP(free) char *whole = NULL;

    if (!name)
        return error_memory(err);
    path_use_slashes(name);
    joined = spawn->folder ? path_join(spawn->folder, name) : text_copy(name);
    if (!joined)
        return error_memory(err);
    if (!path_absolute(joined, &whole, err) || !try_endings(whole, out, err))
        return false;
    if (*out)
        return true;
    error_set(err, ERR_PROCESS, "the file does not exist: %s", whole);
    return error_hint(err, "Compare service.command with what the release holds.");
}

/* Behind \\?\ only where it must be: a program sees the name it was started by, and not every one
 * understands that. */
static bool program_path(const char *path, wchar_t **out, Error *err)
{
    CLEANUP(free) wchar_t *plain = NULL;

    if (!wide_plain_path(path, &plain, err))
        return false;
    if (wcslen(plain) >= MAX_PATH)
        return wide_path(path, out, err);
    *out = TAKE(plain);
    return true;
}

static bool find_program(const Spawn *spawn, wchar_t **out, Error *err)
{
    const char *name = spawn->argv[0];
    CLEANUP(free) char *found = NULL;

    if (!(is_path(name) ? find_in_folder(spawn, &found, err)
                        : find_on_path(name, spawn, &found, err)))
        return false;
    if (command_line_runs_a_shell(found)) {
        error_set(err, ERR_PROCESS, "%s is a batch file, which only a shell can run", found);
        return error_hint(err, "Name a program, or the shell itself: powershell.exe with -File.");
    }
    return program_path(found, out, err);
}

/* ---- before the start ---- */

static bool make_line(const Spawn *spawn, wchar_t **out, Error *err)
{
    CLEANUP(free) char *line = NULL;

    if (!command_line_join(spawn->argv, &line, err)) {
        err->code = ERR_PROCESS; /* it is not the usage of godeploy that is wrong */
        return false;
    }
    *out = wide_from_utf8(line);
    return *out ? true : error_set(err, ERR_PROCESS, "an argument is no UTF-8");
}

static bool open_null(DWORD access, void **out, Error *err)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};

    *out = CreateFileW(L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                       OPEN_EXISTING, 0, NULL);
    return handle_is_valid(*out) || error_set_os(err, ERR_PROCESS, "opening NUL");
}

bool launch_prepare(Launch *launch, const Spawn *spawn, Error *err)
{
    return find_program(spawn, &launch->program, err) && make_line(spawn, &launch->line, err) &&
           environment_block(spawn->environment, &launch->environment, err) &&
           (!spawn->folder || (process_folder_fits(spawn->folder, err) &&
                               wide_plain_path(spawn->folder, &launch->folder, err))) &&
           open_null(GENERIC_READ, &launch->input, err);
}

/* Programs look at what their output is (fstat() and the like): they may, and append, no more. */
bool launch_open_output(Launch *launch, const Spawn *spawn, Error *err)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    CLEANUP(free) wchar_t *path = NULL;

    if (!spawn->output_path)
        return open_null(GENERIC_WRITE, &launch->output, err);
    if (!wide_path(spawn->output_path, &path, err))
        return false;
    launch->output = CreateFileW(path, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, &inherited,
                                 OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    return handle_is_valid(launch->output) ||
           error_set_os(err, ERR_PROCESS, "opening %s", spawn->output_path);
}

/* ---- the start ---- */

/* A session over SSH, a CI agent or a terminal may hold all it starts in a job object that ends
 * with it. *flag is what lets the new process out of it. */
static bool leave_our_job(DWORD *flag, Error *err)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
    BOOL in_job = FALSE;
    DWORD rules;

    *flag = 0;
    if (!IsProcessInJob(GetCurrentProcess(), NULL, &in_job) || !in_job ||
        !QueryInformationJobObject(NULL, JobObjectExtendedLimitInformation, &limits, sizeof limits,
                                   NULL))
        return true;
    rules = limits.BasicLimitInformation.LimitFlags;
    if (rules & JOB_OBJECT_LIMIT_BREAKAWAY_OK)
        *flag = CREATE_BREAKAWAY_FROM_JOB;
    if ((rules & (JOB_OBJECT_LIMIT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK)) ||
        !(rules & JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE))
        return true;
    error_set(err, ERR_PROCESS,
              "this session is a job object that ends all it started, and lets nothing out");
    return error_hint(err, "Run godeploy as an administrator with service.runner: service, or from "
                           "a scheduled task.");
}

static bool explain(const Launch *launch, DWORD number, Error *err)
{
    CLEANUP(free) char *program = wide_to_utf8(launch->program);

    error_set_windows(err, ERR_PROCESS, number, "executing %s", program ? program : "it");
    switch (number) {
    case ERROR_ACCESS_DENIED:
    case VIRUS_INFECTED:
    case ERROR_ACCESS_DISABLED_BY_POLICY:
        return error_hint(
            err, "May this account execute it? Else look into the event logs of Microsoft Defender "
                 "(a new binary that is not signed may fall under an attack surface reduction "
                 "rule) and of AppLocker.");
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_EXE_MACHINE_TYPE_MISMATCH:
        return error_hint(err, "Is it built for this system (GOOS=windows, GOARCH=amd64)?");
    case ELEVATION_REQUIRED:
        return error_hint(err, "Its manifest demands an administrator: run godeploy as one.");
    case ERROR_DIRECTORY:
        return error_hint(err, "Is the folder there that it shall run in?");
    default:
        return false;
    }
}

typedef struct Attributes {
    LPPROC_THREAD_ATTRIBUTE_LIST list; /* owned */
    HANDLE inherited[STANDARD_HANDLES];
    HANDLE job;
} Attributes;

static void attributes_free(Attributes *attributes)
{
    if (attributes->list)
        DeleteProcThreadAttributeList(attributes->list);
    free(attributes->list);
}
#define CLEANUP_ATTRIBUTES __attribute__((cleanup(attributes_free)))

static bool fill_attributes(const Launch *launch, Attributes *out, Error *err)
{
    LPPROC_THREAD_ATTRIBUTE_LIST list;
    SIZE_T size = 0;

    (void)InitializeProcThreadAttributeList(NULL, ATTRIBUTES, 0, &size); /* tells the size only */
    list = calloc(1, size);
    if (!list)
        return error_memory(err);
    if (!InitializeProcThreadAttributeList(list, ATTRIBUTES, 0, &size)) {
        free(list);
        return error_set_os(err, ERR_PROCESS, "preparing a process");
    }
    out->list = list;
    out->inherited[0] = launch->input;
    out->inherited[1] = launch->output;
    out->job = launch->job;
    if (!UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, out->inherited,
                                   sizeof out->inherited, NULL, NULL) ||
        (out->job && !UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, &out->job,
                                                sizeof out->job, NULL, NULL)))
        return error_set_os(err, ERR_PROCESS, "preparing a process");
    return true;
}

bool launch_run(const Launch *launch, void **process, ProcessId *out, Error *err)
{
    CLEANUP_ATTRIBUTES Attributes attributes = {0};
    STARTUPINFOEXW start = {
        .StartupInfo = {.cb = sizeof start,
                        .dwFlags = STARTF_USESTDHANDLES,
                        .hStdInput = launch->input,
                        .hStdOutput = launch->output,
                        .hStdError = launch->output}
    };
    PROCESS_INFORMATION made = {0};
    DWORD leave = 0;

    if ((launch->detached && !leave_our_job(&leave, err)) ||
        !fill_attributes(launch, &attributes, err))
        return false;
    start.lpAttributeList = attributes.list;
    if (!CreateProcessW(launch->program, launch->line, NULL, NULL, TRUE,
                        EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT |
                            CREATE_NO_WINDOW | leave,
                        launch->environment, launch->folder, &start.StartupInfo, &made))
        return explain(launch, GetLastError(), err);
    handle_close(made.hThread);
    *out = (ProcessId){.pid = made.dwProcessId, .stamp = process_stamp_of(made.hProcess)};
    *process = made.hProcess;
    return true;
}
