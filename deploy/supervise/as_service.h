/* as_service: godeploy-supervise as the program of a Windows service
 * (deploy/runner/runner_service.c). */
#ifndef GODEPLOY_DEPLOY_SUPERVISE_AS_SERVICE_H
#define GODEPLOY_DEPLOY_SUPERVISE_AS_SERVICE_H

#include "base/error.h"

/* What stands behind SPEC.json on its command line: --service NAME ENVIRONMENT OUTPUT. */
typedef struct ServiceArguments {
    const char *spec_path;
    const char *name;
    const char *environment_path; /* a JSON list of "NAME=value": the instance gets them */
    const char *output_path;      /* what the supervisor itself has to say */
} ServiceArguments;

/* Comes back when the service was stopped, or when the instance has ended on trial. An instance
 * that a killed supervisor left running is adopted: the service manager started us again. */
bool supervise_as_service(const ServiceArguments *arguments, Error *err);

#endif
