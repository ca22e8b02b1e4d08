/* pipeline_table: the rows of the table in pipeline.c, for the files of the pipeline alone. */
#ifndef GODEPLOY_DEPLOY_PIPELINE_TABLE_H
#define GODEPLOY_DEPLOY_PIPELINE_TABLE_H

#include "deploy/deployment.h"

typedef enum AfterFailure {
    UNDO_ALL, /* the old release serves on as if nothing had happened */
    KEEP_NEW  /* the new one has proven itself; what is left can be finished later */
} AfterFailure;

/* What the functions promise is in stage.h. */
typedef struct Stage {
    const char *name;
    bool (*run)(Deployment *deployment, Error *err);
    bool (*record)(Deployment *deployment, Error *err);
    bool (*undo)(Deployment *deployment, Error *err);
    bool (*holds)(Deployment *deployment);
    AfterFailure after;
    ErrorCode failure; /* the exit status of what has no clearer one */
} Stage;

/* Counted from 0; below pipeline_stage_count(). Static. */
const Stage *pipeline_stage(size_t index);

#endif
