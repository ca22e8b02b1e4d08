/* ward: an app that is well, on a host that is well, and what a test needs to make either ill.
 * Included once in a test program: what stands here takes the place of the doors in base/ through
 * which the doctor looks at the host. */
#ifndef GODEPLOY_TESTS_DEPLOY_DOCTOR_WARD_H
#define GODEPLOY_TESTS_DEPLOY_DOCTOR_WARD_H

#include "base/file/file_rights.h"
#include "base/file/folder_room.h"
#include "base/http/http_meeting.h"
#include "base/net/port_lending.h"
#include "base/process/open_files.h"
#include "base/process/process_program.h"
#include "deploy/doctor/checks.h"
#include "deploy/lock.h"
#include "tests/deploy/doctor/fake_windows.h"
#include "tests/deploy/doctor/public_keys.h"
#include "tests/deploy/fake_host.h"
#include "tests/support/authority.h"
#include "tests/support/revocation_list.h"
#include "verify/key.h"
#include "verify/manifest.h"

enum { STRANGER = 1 }; /* a process that is there, and no descendant of the test */

typedef struct Ward {
    bool no_settings, no_app; /* they cannot be read, opened, because of: */
    Error trouble;
    bool read_only;
    const char *hands; /* whose the files are besides ours; NULL: nobody's */
    FolderRoom room;
    bool lent;         /* all ports are */
    int64_t stray_pid; /* runs a program of a release; 0: none does */
    uint64_t open_files;
    HttpMeeting meeting;
    FileLock *lock;
    Diagnosis diagnosis;
} Ward;

static Ward ward;

bool file_may_write(const char *path)
{
    (void)path;
    return !ward.read_only;
}

bool file_hands_are_seen(void)
{
    return true;
}

const char *file_strange_hands(const char *path, char out[FILE_RIGHTS_SIZE])
{
    (void)path;
    (void)out;
    return ward.hands;
}

bool folder_room(const char *path, FolderRoom *out, Error *err)
{
    (void)path;
    (void)err;
    *out = ward.room;
    return true;
}

bool http_meet(const char *url, const char *ca_file, int64_t timeout_ms, HttpMeeting *out,
               Error *err)
{
    (void)url;
    (void)ca_file;
    (void)timeout_ms;
    (void)err;
    *out = ward.meeting;
    return true;
}

bool open_files_limit(int64_t pid, uint64_t *out, Error *err)
{
    (void)pid;
    (void)err;
    *out = ward.open_files;
    return true;
}

bool port_is_lent(uint16_t port, uint16_t *from, uint16_t *to)
{
    *from = *to = port;
    return ward.lent;
}

const char *process_name(int64_t pid, char out[PROCESS_NAME_SIZE])
{
    (void)pid;
    (void)snprintf(out, PROCESS_NAME_SIZE, "stranger");
    return out;
}

bool process_list_below(const char *folder, int64_t *pids, size_t most, size_t *count, Error *err)
{
    (void)folder;
    (void)most;
    (void)err;
    *count = 0;
    if (app_scene->instances[SLOT_BLUE].process.pid != 0)
        pids[(*count)++] = app_scene->instances[SLOT_BLUE].process.pid;
    if (ward.stray_pid != 0)
        pids[(*count)++] = ward.stray_pid;
    return true;
}

/* ---- into the ward and out ---- */

static inline char *ward_path(const char *name)
{
    char *path = path_join(app_scene->root, name);

    assert_non_null(path);
    return path;
}

static inline void ward_write(const char *name, const char *content)
{
    CLEANUP(free) char *path = ward_path(name);

    assert_done(file_write_atomic(path, content, strlen(content), 0600, &app_scene->err));
}

static inline void ward_trust_key(const char *name, const char *pem)
{
    CLEANUP(free) char *path = ward_path(name);

    ward_write(name, pem);
    assert_done(text_list_add(&app_scene->settings.verify.rsa.keys, path, &app_scene->err));
}

/* What release.json of the release that serves says of its time. */
static inline void ward_describe(int64_t created_ms, int64_t expires_ms)
{
    const ManifestFile file = {.path = "shop", .size_bytes = 10, .mode = 0755};
    const Manifest manifest = {.name = "shop",
                               .version = "1.0.0",
                               .os = "linux",
                               .arch = "amd64",
                               .created_ms = created_ms,
                               .expires_ms = expires_ms,
                               .files = &file,
                               .file_count = 1};
    CLEANUP(free) char *json = NULL;

    assert_done(manifest_format(&manifest, &json, &app_scene->err));
    ward_write("shop/manifests/1.0.0.json", json);
}

/* Half a year after this was built: the files that a test writes are not old then. */
static inline void ward_set_clock(void)
{
    fake_clock_reset();
    fake_clock.now_ms = manifest_earliest_clock_ms() + TEST_YEAR_MS / 2;
}

/* That key of the ward has signed 1.0.0. */
static inline void ward_sign(const char *key_name)
{
    CLEANUP(public_key_free) PublicKey *key = NULL;
    CLEANUP(free) char *path = ward_path(key_name);
    ReleaseRecord release = scene_find_release("1.0.0");

    assert_done(public_key_load(path, &key, &app_scene->err));
    (void)snprintf(release.key_id, sizeof release.key_id, "%s", public_key_id(key));
    assert_done(journal_save_release(app_scene->app.journal, &release, &app_scene->err));
}

static inline void ward_setup(void **state)
{
    static char engine[] = "embedded", runner[] = "supervise", file[] = "godeploy.yaml";

    assert_int_equal(host_setup(state), 0);
    ward_set_clock();
    fake_windows_reset();
    ward = (Ward){
        .room = {.free_bytes = UINT64_C(1) << 30, .free_entries = 1000000, .counts_entries = true},
        .open_files = 1 << 20,
        .meeting = {.tls = true,                               .shown = "https://releases.example.com:443"                                           }
    };
    app_scene->settings.traffic.engine = engine;
    app_scene->settings.service.runner = runner;
    app_scene->settings.file = file;
    ward_trust_key("good.pem", good_key);
    scene_release("1.0.0", RELEASE_GOOD, 10);
    ward_sign("good.pem");
    scene_serves("1.0.0", SLOT_BLUE);
    ward_describe(fake_clock.now_ms - TEST_DAY_MS, 0);
}

static inline void ward_teardown(void **state)
{
    file_lock_release(ward.lock);
    text_list_free(&app_scene->settings.verify.authenticode.ca);
    text_list_free(&app_scene->settings.verify.authenticode.crl);
    assert_int_equal(scene_teardown(state), 0);
}

static inline void ward_examine(void)
{
    Examination examination = {.diagnosis = &ward.diagnosis};
    Situation situation;

    if (ward.no_settings)
        examination.settings_trouble = ward.trouble;
    else
        examination.settings = &app_scene->settings;
    if (ward.no_settings || ward.no_app)
        examination.app_trouble = ward.trouble;
    else
        examination.app = &app_scene->app;
    if (examination.app &&
        situation_look(&app_scene->app, &situation, &examination.situation_trouble))
        examination.situation = &situation;
    examination_run(&examination);
}

static inline const Symptom *ward_find(DoctorCode code)
{
    for (size_t i = 0; i < ward.diagnosis.count; i++)
        if (ward.diagnosis.symptoms[i].code == code)
            return &ward.diagnosis.symptoms[i];
    return NULL;
}

/* Everything that was said, for a test that fails. */
static inline void ward_print(void)
{
    for (size_t i = 0; i < ward.diagnosis.count; i++)
        print_message("%s %s: %s\n", ward.diagnosis.symptoms[i].check,
                      doctor_code_name(ward.diagnosis.symptoms[i].code),
                      ward.diagnosis.symptoms[i].text);
}

#endif
