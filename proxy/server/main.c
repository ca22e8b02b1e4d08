/* godeploy-proxy, the embedded traffic engine: one process that owns what must not be lost
 * (parent.c), and workers that move the bytes (worker.c). This file reads the arguments. */
#include "base/path.h"
#include "base/text.h"
#include "proxy/server/parent.h"
#include "proxy/server/program.h"
#include "proxy/server/worker.h"

#include <stdio.h>

enum { EXIT_USAGE = 2 };

static const char usage[] =
    "usage: godeploy-proxy --folder FOLDER [--foreground] [--workers N]\n"
    "\n"
    "The traffic engine of godeploy, which starts it by itself. FOLDER holds its\n"
    "routes, its control socket, its lock and its log.\n";

typedef struct Arguments {
    const char *folder;
    bool foreground;
    bool worker;         /* started by a parent */
    int adopted;         /* started by an orphaned worker, with so many listeners; else -1 */
    int64_t dead_parent; /* of that worker */
    size_t workers;
    bool help, version;
} Arguments;

static bool read_number(const char *text, uint64_t most, uint64_t *out)
{
    return text && text_parse_number(text, most, out);
}

static bool read_arguments(int count, char **words, Arguments *out)
{
    uint64_t number = 0;

    *out = (Arguments){.adopted = -1, .workers = 1};
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : NULL;

        if (text_equal(words[i], "--foreground"))
            out->foreground = true;
        else if (text_equal(words[i], "--worker"))
            out->worker = true;
        else if (text_equal(words[i], "--help"))
            out->help = true;
        else if (text_equal(words[i], "--version"))
            out->version = true;
        else if (text_equal(words[i], "--folder") && value)
            out->folder = words[++i];
        else if (text_equal(words[i], "--workers") && read_number(words[++i], WORKERS_MAX, &number))
            out->workers = number > 0 ? (size_t)number : 1;
        else if (text_equal(words[i], "--adopt") &&
                 read_number(words[++i], PROGRAM_LISTENERS_MAX, &number))
            out->adopted = (int)number;
        else if (text_equal(words[i], "--orphan-of") && read_number(words[++i], INT32_MAX, &number))
            out->dead_parent = (int64_t)number;
        else
            return false;
    }
    return out->folder || out->help || out->version;
}

static int run(const Arguments *arguments)
{
    CLEANUP(free) char *folder = NULL;
    ParentOptions options = {.workers = arguments->workers,
                             .foreground = arguments->foreground,
                             .adopted_listeners = arguments->adopted,
                             .dead_parent = arguments->dead_parent};
    Error err = {0};

    if (!path_absolute(arguments->folder, &folder, &err)) {
        (void)fprintf(stderr, "godeploy-proxy: %s\n", err.message);
        return 1;
    }
    options.folder = folder;
    program_prepare();
    return arguments->worker ? worker_run(folder, arguments->workers) : parent_run(&options);
}

int main(int count, char **words)
{
    Arguments arguments;

    if (!read_arguments(count, words, &arguments)) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    if (arguments.help) {
        (void)fputs(usage, stdout);
        return 0;
    }
    if (arguments.version) {
        (void)printf("godeploy-proxy %s\n", GODEPLOY_VERSION);
        return 0;
    }
    return run(&arguments);
}
