/* soon: how long before its end something is told. Internal to deploy/doctor. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_SOON_H
#define GODEPLOY_DEPLOY_DOCTOR_SOON_H

#include <stdint.h>

/* Time enough to get a new certificate where somebody has to sign for it. */
#define SOON_MS (INT64_C(30) * 24 * 3600 * 1000)

#endif
