/* windows_checks: what the doctor looks at on Windows alone: the functions behind those rows, in
 * check_NAME.c. They ask windows_host.h, and so are compiled and tested on every system. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_WINDOWS_CHECKS_H
#define GODEPLOY_DEPLOY_DOCTOR_WINDOWS_CHECKS_H

#include "deploy/doctor/checks.h"

DoctorCheckList windows_checks(void);

void check_elevation(Examination *examination);
void check_root(Examination *examination);
void check_long_paths(Examination *examination);
void check_localhost(Examination *examination);
void check_portproxy(Examination *examination);
void check_kept_ports(Examination *examination);
void check_firewall(Examination *examination);
void check_handles(Examination *examination);
void check_mark(Examination *examination);
void check_antivirus(Examination *examination);
void check_exporter(Examination *examination);
void check_go(Examination *examination);

#endif
