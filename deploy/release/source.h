/* source: where a release's files are fetched from, worked out of settings and request.
 *
 * Holds secrets (a presigned URL's query): never print `archive` and its siblings, only what
 * DeploymentRecord.source keeps. */
#ifndef GODEPLOY_DEPLOY_RELEASE_SOURCE_H
#define GODEPLOY_DEPLOY_RELEASE_SOURCE_H

#include "deploy/settings/settings.h"

typedef struct Source {
    char *archive;   /* http, https or file URL */
    char *signature; /* the same, of the detached signature */
    char *checksums; /* NULL where settings name none */
} Source;

/* `given` is a URL or path (NULL: release.source); `version` may be NULL or "" where no pattern
 * needs it. ERR_USAGE if one does. */
bool source_resolve(const Settings *settings, const char *given, const char *version, Source *out,
                    Error *err);
/* The URL of what --release named: a path is relative to the current folder. Caller frees. */
bool source_of_given(const char *given, char **out, Error *err);
void source_free(Source *source);
#define CLEANUP_SOURCE __attribute__((cleanup(source_free)))

/* The last part of a URL's path: the archive's name, as a checksums file lists it. Caller frees. */
char *source_file_name(const char *url);

/* The part that may be kept and shown: no user, no password, no query. */
void source_write_public(const char *url, char *out, size_t size);

#endif
