/* checks: what the doctor looks at, one row each, and the functions behind them: the file
 * check_NAME.c has check_NAME(). Internal to deploy/doctor. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_CHECKS_H
#define GODEPLOY_DEPLOY_DOCTOR_CHECKS_H

#include "deploy/doctor/examination.h"

typedef struct DoctorCheckList {
    const DoctorCheck *rows;
    size_t count;
} DoctorCheckList;

DoctorCheckList checks_everywhere(void);
DoctorCheckList checks_of_this_system(void); /* checks_linux.c, checks_windows.c */

void check_settings(Examination *examination);
void check_variables(Examination *examination);
void check_rights(Examination *examination);
void check_lock(Examination *examination);
void check_journal(Examination *examination);
void check_state(Examination *examination);
void check_engine(Examination *examination);
void check_runner(Examination *examination);
void check_ports(Examination *examination);
void check_disk(Examination *examination);
void check_clock(Examination *examination);
void check_source(Examination *examination);
void check_keys(Examination *examination);
void check_authorities(Examination *examination);
void check_reports(Examination *examination);
void check_releases(Examination *examination);
void check_processes(Examination *examination);

#endif
