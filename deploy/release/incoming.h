/* incoming: where the files of one download are on this host: ROOT/APP/incoming/KEY/, KEY made of
 * the source, so that a later try continues what an earlier one left. */
#ifndef GODEPLOY_DEPLOY_RELEASE_INCOMING_H
#define GODEPLOY_DEPLOY_RELEASE_INCOMING_H

#include "base/cleanup.h"
#include "deploy/deployment.h"

typedef struct Incoming {
    char *folder;
    char *archive;
    char *archive_state; /* what a continued download has to know */
    char *signature;     /* of the archive, or of the checksums file where those are used */
    char *checksums;
    char *description; /* that verify made, where the archive holds none */
} Incoming;

/* Where the archive of `source` goes. */
bool incoming_of_source(const App *app, const char *source, Incoming *out, Error *err);
/* The same from a record's `archive`. */
bool incoming_of_record(const DeploymentRecord *record, Incoming *out, Error *err);
void incoming_free(Incoming *incoming);
#define CLEANUP_INCOMING __attribute__((cleanup(incoming_free)))

/* Removes all downloads: at most one deployment is open, and they are its own or nobody's. */
bool incoming_clear(const App *app, Error *err);

/* Moves the folder to ROOT/APP/quarantine, where the last archive refused can be looked at and is
 * never unpacked from. */
bool incoming_quarantine(const App *app, const Incoming *incoming, Error *err);

#endif
