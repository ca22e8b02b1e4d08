/* journal: what was intended, what was done, and what serves. The door to SQLite (WAL,
 * synchronous=FULL): when a call that writes returns true, the record survives a power cut.
 *
 * The crash rule stands on it: write the intent, do the effect, write the outcome. Between
 * journal_begin() and journal_commit() several records become durable together, which is how the
 * outcome of one stage and the intent of the next cost one fsync. Errors are ERR_JOURNAL. */
#ifndef GODEPLOY_DEPLOY_JOURNAL_JOURNAL_H
#define GODEPLOY_DEPLOY_JOURNAL_JOURNAL_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "deploy/slot.h"

#include <stddef.h>
#include <stdint.h>

enum {
    JOURNAL_VERSION_SIZE = 104, /* of a release's version */
    JOURNAL_DIGEST_SIZE = 65,
    JOURNAL_KEY_SIZE = 17,
    JOURNAL_TOKEN_SIZE = 33,
    JOURNAL_STAGE_SIZE = 16,
    JOURNAL_LINE_SIZE = 512,
};

typedef enum DeploymentKind { KIND_DEPLOY, KIND_ROLLBACK } DeploymentKind;
typedef enum DeploymentState {
    DEPLOYMENT_OPEN,
    DEPLOYMENT_DONE,
    DEPLOYMENT_FAILED, /* undone after a stage failed */
    DEPLOYMENT_ABORTED /* undone by the operator */
} DeploymentState;

typedef enum SourceOrigin {
    SOURCE_OF_SETTINGS,
    SOURCE_GIVEN,       /* by --release; `source` is all of it */
    SOURCE_GIVEN_SECRET /* by --release, with a secret that is not kept: it must be given again */
} SourceOrigin;

/* One run of the stages, with what its stages have to know of each other. */
typedef struct DeploymentRecord {
    int64_t id;
    DeploymentKind kind;
    DeploymentState state;
    char version[JOURNAL_VERSION_SIZE];      /* "" until verify has read it out of the archive */
    char from_version[JOURNAL_VERSION_SIZE]; /* "" if nothing served before */
    Slot slot;                               /* SLOT_NONE until start */
    Slot from_slot;
    char source[2048]; /* URL or path of the archive, without user, password and query */
    SourceOrigin origin;
    char archive[1024];               /* its path on this host; "" until fetched */
    char digest[JOURNAL_DIGEST_SIZE]; /* SHA-256 of the archive, hex */
    char key_id[JOURNAL_KEY_SIZE];    /* of the key whose signature counted */
    char instance[JOURNAL_TOKEN_SIZE];
    char proof[JOURNAL_TOKEN_SIZE]; /* token by which the engine answers who served */
    bool attested;                  /* release.json was there and signed */
    bool allow_downgrade;
    int64_t started_ms;
    int64_t ended_ms;                /* 0 while open */
    char by[128];                    /* user@host */
    char message[JOURNAL_LINE_SIZE]; /* why it failed */
} DeploymentRecord;

typedef enum StepState { STEP_INTENT, STEP_DONE, STEP_FAILED, STEP_UNDONE } StepState;
typedef struct StepRecord {
    char stage[JOURNAL_STAGE_SIZE];
    StepState state;
    int64_t started_ms;
    int64_t took_ms;              /* -1 while it is only an intent */
    char text[JOURNAL_LINE_SIZE]; /* the proof, or the error */
} StepRecord;

typedef enum ReleaseState {
    RELEASE_UNPACKED, /* verified and on disk, never proven */
    RELEASE_GOOD,     /* has passed its watch */
    RELEASE_BAD,      /* left by a rollback */
    RELEASE_REMOVED   /* no longer on disk; kept for the record */
} ReleaseState;
typedef struct ReleaseRecord {
    char version[JOURNAL_VERSION_SIZE];
    ReleaseState state;
    char digest[JOURNAL_DIGEST_SIZE];   /* of the archive */
    char manifest[JOURNAL_DIGEST_SIZE]; /* of the kept copy of its release.json */
    char key_id[JOURNAL_KEY_SIZE];
    bool attested;
    uint64_t size_bytes; /* unpacked */
    int64_t unpacked_ms;
    int64_t served_ms; /* when it last began to serve; 0 never */
} ReleaseRecord;

/* What the public address answers with, as far as we have brought it about. */
typedef struct ServingRecord {
    char version[JOURNAL_VERSION_SIZE]; /* "" if nothing does */
    Slot slot;
    char instance[JOURNAL_TOKEN_SIZE];
    int64_t since_ms;
} ServingRecord;

/* Which release was started in a slot; version "" once it was stopped. */
typedef struct SlotRecord {
    char version[JOURNAL_VERSION_SIZE];
    char instance[JOURNAL_TOKEN_SIZE];
} SlotRecord;

/* A hold that an operator put on the app with `godeploy lock`. */
typedef struct FreezeRecord {
    char by[128];
    char message[JOURNAL_LINE_SIZE];
    int64_t since_ms; /* 0: none */
} FreezeRecord;

/* A gate that an operator shut with `godeploy pause`. */
typedef struct PauseRecord {
    char by[128];
    char message[JOURNAL_LINE_SIZE];
    bool maintenance; /* new requests get 503 and a page; else they are held */
    char page[JOURNAL_LINE_SIZE];
    int64_t wait_ms;  /* a held request waits this long at most; 0: traffic.hold.for */
    int64_t since_ms; /* 0: not paused */
} PauseRecord;

/* How one deployment moves its traffic, whatever the settings say meanwhile. */
typedef struct RolloutRecord {
    int64_t deployment;
    bool exclusive;    /* the old instance stops before the new one starts */
    int64_t share_ppm; /* of the clients, meant for the new release before the flip; 0: no canary */
    bool waits;        /* that share was watched and is well: the operator has the next word */
    char salt[JOURNAL_TOKEN_SIZE]; /* of its canary; hexadecimal */
} RolloutRecord;

enum { CONFIG_NOWHERE = -1 };

/* The configuration of the service, as `godeploy config push` brings it about. */
typedef struct ConfigRecord {
    int64_t sequence; /* in place; 0: one that was there before us */
    int64_t previous; /* what `config rollback` brings back; CONFIG_NOWHERE: nothing */
    int64_t highest;  /* ever proven: the next must be higher; 0: none */
    int64_t trying;   /* put in place and not proven yet; CONFIG_NOWHERE: none */
    char digest[JOURNAL_DIGEST_SIZE]; /* of what is in place, hex; "" for sequence 0 */
    char key_id[JOURNAL_KEY_SIZE];    /* who signed it */
    char by[128];                     /* who pushed it */
    int64_t since_ms;                 /* 0: nothing was ever pushed */
} ConfigRecord;

typedef struct EventRecord {
    int64_t wall_ms;
    char stage[JOURNAL_STAGE_SIZE];
    char kind[24];
    char text[JOURNAL_LINE_SIZE];
} EventRecord;

typedef struct Journal Journal;

/* What to do about one that is damaged. */
extern const char journal_restore_hint[];

typedef enum JournalMode { JOURNAL_CREATE, JOURNAL_LOOK } JournalMode;
/* JOURNAL_LOOK changes nothing and gives *out NULL, with success, where there is no journal yet. */
bool journal_open(const char *path, JournalMode mode, Journal **out, Error *err);
void journal_close(Journal *journal);
/* Reads every page and looks whether it is sound: ERR_JOURNAL says what is not. Source: SQLite,
 * PRAGMA quick_check. */
bool journal_check(Journal *journal, Error *err);
DEFINE_CLEANUP(Journal *, journal_close)

bool journal_begin(Journal *journal, Error *err);
bool journal_commit(Journal *journal, Error *err); /* on failure everything since begin is undone */
void journal_rollback(Journal *journal);           /* forgets what was written since begin */

/* Deployments. At most one is open: opening a second is ERR_STATE. */
bool journal_open_deployment(Journal *journal, DeploymentRecord *record, Error *err); /* sets id */
bool journal_save_deployment(Journal *journal, const DeploymentRecord *record, Error *err);
bool journal_find_open(Journal *journal, DeploymentRecord *out, bool *found, Error *err);
bool journal_has_open(Journal *journal); /* false also where that cannot be read */
bool journal_find_deployment(Journal *journal, int64_t id, DeploymentRecord *out, bool *found,
                             Error *err);
/* Newest first. Caller frees *out. */
bool journal_list_deployments(Journal *journal, size_t most, DeploymentRecord **out, size_t *count,
                              Error *err);

/* How many there were, by DeploymentKind and DeploymentState. */
typedef struct DeploymentCounts {
    int64_t of[KIND_ROLLBACK + 1][DEPLOYMENT_ABORTED + 1];
} DeploymentCounts;
bool journal_count_deployments(Journal *journal, DeploymentCounts *out, Error *err);

/* Steps. `detail` may be NULL. */
bool journal_save_step(Journal *journal, int64_t deployment, const StepRecord *step,
                       const Json *detail, Error *err);
/* One that was never begun is as one undone, without a stage. */
bool journal_find_step(Journal *journal, int64_t deployment, const char *stage, StepRecord *out,
                       Error *err);
/* In the order they were begun. Caller frees *out. */
bool journal_list_steps(Journal *journal, int64_t deployment, StepRecord **out, size_t *count,
                        Error *err);
bool journal_step_detail(Journal *journal, int64_t deployment, const char *stage, Json **out,
                         Error *err); /* NULL if none */

bool journal_add_event(Journal *journal, int64_t deployment, const EventRecord *event, Error *err);
bool journal_list_events(Journal *journal, int64_t deployment, EventRecord **out, size_t *count,
                         Error *err); /* caller frees */

/* Releases, newest served first. */
bool journal_save_release(Journal *journal, const ReleaseRecord *release, Error *err);
bool journal_find_release(Journal *journal, const char *version, ReleaseRecord *out, bool *found,
                          Error *err);
bool journal_list_releases(Journal *journal, ReleaseRecord **out, size_t *count, Error *err);

bool journal_serving(Journal *journal, ServingRecord *out, Error *err);
bool journal_save_serving(Journal *journal, const ServingRecord *serving, Error *err);
bool journal_instance(Journal *journal, Slot slot, SlotRecord *out, Error *err);
bool journal_save_instance(Journal *journal, Slot slot, const SlotRecord *instance, Error *err);
bool journal_freeze(Journal *journal, FreezeRecord *out, Error *err);
bool journal_save_freeze(Journal *journal, const FreezeRecord *freeze, Error *err);
bool journal_pause(Journal *journal, PauseRecord *out, Error *err);
bool journal_save_pause(Journal *journal, const PauseRecord *pause, Error *err);
/* That of this deployment: a plain one, without canary, where none was saved for it. */
bool journal_rollout(Journal *journal, int64_t deployment, RolloutRecord *out, Error *err);
bool journal_save_rollout(Journal *journal, const RolloutRecord *rollout, Error *err);
/* TRACEPARENT of who began this deployment (deploy/report/trace.h); "" if there was none. */
bool journal_trace(Journal *journal, int64_t deployment, char out[JOURNAL_LINE_SIZE], Error *err);
bool journal_save_trace(Journal *journal, int64_t deployment, const char *traceparent, Error *err);
bool journal_config(Journal *journal, ConfigRecord *out, Error *err);
bool journal_save_config(Journal *journal, const ConfigRecord *config, Error *err);
/* The highest version that was ever proven good; "" if none. */
bool journal_high_water(Journal *journal, char out[JOURNAL_VERSION_SIZE], Error *err);
bool journal_save_high_water(Journal *journal, const char *version, Error *err);

const char *deployment_kind_name(DeploymentKind kind);    /* "deploy"; static */
const char *deployment_state_name(DeploymentState state); /* "open"; static */
const char *step_state_name(StepState state);
const char *release_state_name(ReleaseState state);

#endif
