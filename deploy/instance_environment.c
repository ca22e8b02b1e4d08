/* See instance_environment.h. */
#include "deploy/instance_environment.h"

#include "base/platform.h"
#include "base/process/own_environment.h"
#include "base/text.h"
#include "deploy/release/release.h"
#include "deploy/settings/placeholder.h"

#include <stdio.h>
#include <string.h>

enum { PORT_TEXT_SIZE = 8 };

/* ---- words for it ---- */

typedef struct InstanceWords {
    char port[PORT_TEXT_SIZE];
    char url[64];
    char *folder; /* owned */
} InstanceWords;

static bool find_words(const App *app, const Instance *instance, InstanceWords *out, Error *err)
{
    unsigned port = app->settings->traffic.slots[instance->slot];

    (void)snprintf(out->port, sizeof out->port, "%u", port);
    (void)snprintf(out->url, sizeof out->url, "http%s://127.0.0.1:%u",
                   app->settings->check.kind == CHECK_HTTPS ? "s" : "", port);
    out->folder = release_folder(app, instance->version);
    return out->folder || error_memory(err);
}

static bool expand_all(const Placeholder *values, size_t count, const TextList *patterns,
                       TextList *out, Error *err)
{
    for (size_t i = 0; i < patterns->count; i++) {
        CLEANUP(free) char *expanded = NULL;

        if (!placeholder_expand(patterns->items[i], values, count, &expanded, err) ||
            !text_list_add(out, expanded, err))
            return false;
    }
    return true;
}

bool instance_expand(const App *app, const Instance *instance, const TextList *patterns,
                     TextList *out, Error *err)
{
    InstanceWords words = {0};
    bool done = find_words(app, instance, &words, err);
    const Placeholder values[] = {
        {"port",     words.port               },
        {"url",      words.url                },
        {"release",  instance->version        },
        {"slot",     slot_name(instance->slot)},
        {"instance", instance->id             },
        {"folder",   words.folder             },
        {"app",      app->settings->app       },
    };

    done = done && expand_all(values, sizeof values / sizeof values[0], patterns, out, err);
    free(words.folder);
    return done;
}

/* ---- its environment ---- */

static bool add_variable(TextList *out, const char *name, const char *value, Error *err)
{
    CLEANUP(free) char *line = text_formatted("%s=%s", name, value);

    return line ? text_list_add(out, line, err) : error_memory(err);
}

/* What a service may take over from whoever runs godeploy. A whole environment would carry a CI
 * job's secrets into the service, and make it start differently by hand than from CI. */
static bool add_kept(const char *const *names, TextList *out, Error *err)
{
    for (; *names; names++) {
        CLEANUP(free) char *value = own_environment_get(*names);

        if (value && !add_variable(out, *names, value, err))
            return false;
    }
    return true;
}

static bool add_own(const App *app, const Instance *instance, TextList *out, Error *err)
{
    char port[PORT_TEXT_SIZE];

    (void)snprintf(port, sizeof port, "%u", (unsigned)app->settings->traffic.slots[instance->slot]);
    return add_variable(out, "PORT", port, err) &&
           add_variable(out, "GODEPLOY_APP", app->settings->app, err) &&
           add_variable(out, "GODEPLOY_RELEASE", instance->version, err) &&
           add_variable(out, "GODEPLOY_SLOT", slot_name(instance->slot), err) &&
           add_variable(out, "GODEPLOY_INSTANCE", instance->id, err);
}

/* go-production, for Go services that share a host, each variable overridable by
 * service.environment:
 *   GOMAXPROCS  one thread per processor that we may use (the container's share, not the host's),
 *               and 8 at most: beyond that garbage collection and scheduling of a service that
 *               waits most of its time cost more than they bring; during a flip two of them run
 *   GODEBUG     madvdontneed=1: freed memory leaves the figures at once, so that what the watch
 *               sees is what is used (Linux; the default since Go 1.16, pinned for older ones)
 *   GOGC        50: half the room between live memory and the next collection, as two releases are
 *               in memory at a time */
enum { GO_THREADS_MOST = 8 };

static bool add_preset(const App *app, TextList *out, Error *err)
{
    unsigned threads = platform_here().processors;
    char number[16];

    if (!text_equal(app->settings->service.preset, "go-production"))
        return true;
    (void)snprintf(number, sizeof number, "%u",
                   threads < GO_THREADS_MOST ? threads : GO_THREADS_MOST);
    return add_variable(out, "GOMAXPROCS", number, err) && add_variable(out, "GOGC", "50", err) &&
           add_variable(out, "GODEBUG", "madvdontneed=1", err);
}

/* A later line of the same name wins, as in every shell; execve(2) would hand both on. */
static void drop_overridden(TextList *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++) {
        size_t name = strcspn(list->items[i], "=") + 1;
        bool overridden = false;

        for (size_t j = i + 1; j < list->count && !overridden; j++)
            overridden = strncmp(list->items[i], list->items[j], name) == 0;
        if (overridden)
            free(list->items[i]);
        else
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
    if (list->items)
        list->items[kept] = NULL;
}

static bool add_given(const App *app, const Instance *instance, TextList *out, Error *err)
{
    if (!add_preset(app, out, err) ||
        !instance_expand(app, instance, &app->settings->service.environment, out, err) ||
        !add_own(app, instance, out, err))
        return false;
    drop_overridden(out);
    return true;
}

bool instance_environment(const App *app, const Instance *instance, TextList *out, Error *err)
{
    static const char *const certificates[] = {"SSL_CERT_FILE", "SSL_CERT_DIR", NULL};

    return add_kept(own_environment_usual(), out, err) && add_kept(certificates, out, err) &&
           add_given(app, instance, out, err);
}

bool instance_environment_for_runner(const App *app, const Instance *instance, TextList *out,
                                     Error *err)
{
    return app->runner->gives_environment ? add_given(app, instance, out, err)
                                          : instance_environment(app, instance, out, err);
}
