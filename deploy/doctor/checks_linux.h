/* checks_linux: the functions behind the rows of checks_linux.c, in check_NAME.c. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_CHECKS_LINUX_H
#define GODEPLOY_DEPLOY_DOCTOR_CHECKS_LINUX_H

#include "deploy/doctor/examination.h"

void check_limits(Examination *examination);

#endif
