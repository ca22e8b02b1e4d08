/* godeploy-proxy, the embedded traffic engine: one process that owns what must not be lost
 * (parent.c), and workers that move the bytes (worker.c). This file reads the arguments. */
#include "base/arguments.h"
#include "base/path.h"
#include "base/text.h"
#include "proxy/server/parent/keeper.h"
#include "proxy/server/parent/parent.h"
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
    bool reserve;        /* by one that follows another and may not come to serve */
    int adopted;         /* started by an orphaned worker, with so many listeners; else -1 */
    int lent;            /* the first of those listeners belong to the service manager */
    int channels;        /* started by a parent that is to be followed, with so many; else -1 */
    int64_t dead_parent; /* of that worker; or that parent */
    const char *service; /* its name: started by the service manager of Windows */
    size_t workers;
    bool help, version;
} Arguments;

static bool read_flag(const char *word, Arguments *out)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"--foreground", &out->foreground},
        {"--worker",     &out->worker    },
        {"--reserve",    &out->reserve   },
        {"--help",       &out->help      },
        {"--version",    &out->version   }
    };

    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (text_equal(word, flags[i].name)) {
            *flags[i].flag = true;
            return true;
        }
    }
    return false;
}

static bool read_value(const char *word, char *value, Arguments *out)
{
    uint64_t number = 0;

    if (text_equal(word, "--folder")) {
        path_use_slashes(value);
        out->folder = value;
        return true;
    }
    if (text_equal(word, "--service")) {
        out->service = value;
        return true;
    }
    if (!text_parse_number(value, INT32_MAX, &number))
        return false;
    if (text_equal(word, "--workers") && number >= 1 && number <= WORKERS_MAX)
        out->workers = (size_t)number;
    else if (text_equal(word, "--adopt") && number <= INHERITED_LISTENERS_MAX)
        out->adopted = (int)number;
    else if (text_equal(word, "--lent") && number <= INHERITED_LISTENERS_MAX)
        out->lent = (int)number;
    else if (text_equal(word, "--channels") && number <= INHERITED_CHANNELS_MAX)
        out->channels = (int)number;
    else if (text_equal(word, "--orphan-of") || text_equal(word, "--successor-of"))
        out->dead_parent = (int64_t)number;
    else
        return false;
    return true;
}

static bool read_arguments(int count, char **words, Arguments *out)
{
    *out = (Arguments){.adopted = -1, .channels = -1, .workers = 1};
    for (int i = 1; i < count; i++) {
        if (read_flag(words[i], out))
            continue;
        if (i + 1 == count || !read_value(words[i], words[i + 1], out))
            return false;
        i++;
    }
    return out->folder || out->help || out->version;
}

static int fail(const Error *err)
{
    (void)fprintf(stderr, "godeploy-proxy: %s\n", err->message);
    return error_exit_status(err->code);
}

static int keep(const char *folder, const char *service)
{
    Error err = {0};

    return keeper_run(folder, service, &err) ? 0 : fail(&err);
}

static int run(const Arguments *arguments)
{
    CLEANUP(free) char *folder = NULL;
    ParentOptions options = {.workers = arguments->workers,
                             .foreground = arguments->foreground,
                             .adopted_listeners = arguments->adopted,
                             .lent_listeners = arguments->lent,
                             .handed_channels = arguments->channels,
                             .dead_parent = arguments->dead_parent};
    Error err = {0};

    if (!path_absolute(arguments->folder, &folder, &err))
        return fail(&err);
    options.folder = folder;
    if (arguments->service)
        return keep(folder, arguments->service);
    program_prepare();
    uv_disable_stdio_inheritance(); /* what we inherited goes to no child of ours by accident */
    return arguments->worker ? worker_run(folder, arguments->workers, arguments->reserve)
                             : parent_run(&options);
}

int main(int argc, char **argv)
{
    CLEANUP_TEXT_LIST TextList words = {0};
    Arguments arguments;
    Error err = {0};

    if (!arguments_read(argc, argv, &words, &err))
        return fail(&err);
    if (!read_arguments((int)words.count, words.items, &arguments)) {
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
