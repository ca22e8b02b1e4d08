/* app: one service on this host: its settings, folders, journal, traffic engine and runner.
 *
 * ROOT/APP/: journal.db, lock, releases/VERSION/, manifests/VERSION.json (our copy of release.json,
 * where the service cannot reach it), incoming/ (downloads), quarantine/ (the last archive
 * refused), logs/, run/. */
#ifndef GODEPLOY_DEPLOY_APP_H
#define GODEPLOY_DEPLOY_APP_H

#include "deploy/archive/archive.h"
#include "deploy/journal/journal.h"
#include "deploy/runner/runner.h"
#include "deploy/settings/settings.h"
#include "proxy/engine/engine.h"

typedef struct App {
    const Settings *settings; /* borrowed */
    char *folder;             /* ROOT/APP */
    char *run_folder;
    char *log_folder;
    Journal *journal; /* NULL when opened with JOURNAL_LOOK before the first deployment */
    const Engine *engine;
    EngineContext engine_context;
    const Runner *runner;
} App;

/* JOURNAL_CREATE makes the folders; JOURNAL_LOOK changes nothing on disk. `settings` must outlive
 * *out. */
bool app_open(const Settings *settings, JournalMode mode, App **out, Error *err);
void app_close(App *app);
DEFINE_CLEANUP(App *, app_close)

/* ROOT/APP/`name`, or ROOT/APP/`folder`/`name`. NULL if out of memory; caller frees. */
char *app_path(const App *app, const char *name);
char *app_path_in(const App *app, const char *folder, const char *name);

/* The route of this app with `active` answering (SLOT_NONE: nobody), by its settings alone: see
 * traffic.h for what is set. */
Route app_route(const App *app, Slot active, const char *release, const char *proof);

/* What the settings allow an archive to be. */
ArchiveLimits app_archive_limits(const App *app);

/* Where the runner finds what runs in `slot`; borrowed from `app`. */
InstancePlace app_instance_place(const App *app, Slot slot);

/* 127.0.0.1 and the slot's port. */
Address app_slot_address(const App *app, Slot slot);

#endif
