/* situation: what the journal says beside what is seen, and every difference between the two.
 *
 * Looks and changes nothing. `godeploy status` shows it; reconcile.c repairs what it finds. */
#ifndef GODEPLOY_DEPLOY_SITUATION_H
#define GODEPLOY_DEPLOY_SITUATION_H

#include "deploy/app.h"
#include "deploy/lock.h"

enum { SITUATION_FINDINGS_MOST = 16 };

typedef enum FindingKind {
    FINDING_PROXY_DOWN,      /* a release should serve, and the traffic engine does not run */
    FINDING_ROUTE_WRONG,     /* the engine routes elsewhere, or not at all */
    FINDING_SERVING_DOWN,    /* the release that should serve does not run */
    FINDING_UNSUPERVISED,    /* an instance runs without its supervisor */
    FINDING_LEFT_OVER,       /* an instance that should have been stopped runs */
    FINDING_RELEASE_MISSING, /* a release of the journal is not on disk */
    FINDING_OPEN_DEPLOYMENT, /* begun, not finished, and nobody works on it */
    FINDING_GATE_WRONG,      /* requests wait and should not, or the other way */
    FINDING_CONFIG_UNPROVEN, /* a configuration was put in place, and nobody saw it work */
    FINDING_JOURNAL_LOST,    /* a release answers, and the journal has never heard of any */
} FindingKind;

typedef struct Finding {
    FindingKind kind;
    Slot slot;      /* SLOT_NONE where it concerns none */
    char text[384]; /* what is wrong */
    char fix[192];  /* what to do */
} Finding;

typedef struct Situation {
    ServingRecord serving;
    SlotRecord records[SLOT_COUNT];      /* who should run in the slots */
    InstanceState instances[SLOT_COUNT]; /* who does */
    EngineView route;
    bool has_open;
    DeploymentRecord open;
    const char *next_stage; /* of the open deployment; static; NULL if all are done */
    int64_t stage_until_ms; /* somebody works on it: when it is over at the latest; 0: not known */
    RolloutRecord rollout;  /* of the open deployment */
    bool handed_over;       /* it is exclusive, and its old instance is down on purpose */
    bool canary_waits;      /* its canary stands as it should: the operator has the next word */
    PauseRecord pause;
    ConfigRecord config;
    LockHolder lock;
    FreezeRecord freeze;
    Finding findings[SITUATION_FINDINGS_MOST];
    size_t finding_count;
} Situation;

/* Without a journal there is only what is seen; before the first deployment not even that. */
bool situation_look(const App *app, Situation *out, Error *err);

/* The slot whose instance answers although the journal knows of none; SLOT_NONE: nobody does. */
Slot situation_unrecorded(const Situation *situation);

const char *finding_kind_name(FindingKind kind); /* "proxy_down"; static; for --json */

#endif
