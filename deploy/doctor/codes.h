/* codes: everything that the doctor can say, one row each: how bad it is, and its name for scripts.
 *
 * DOCTOR.md, beside this file, has a row for each with its meaning and its cure (a test sees to
 * that), and tests/deploy/doctor has a fixture for each that brings it about. Append only. */
#ifndef GODEPLOY_DEPLOY_DOCTOR_CODES_H
#define GODEPLOY_DEPLOY_DOCTOR_CODES_H

typedef enum DoctorLevel {
    LEVEL_OK,
    LEVEL_NOTE,    /* worth knowing */
    LEVEL_WARNING, /* will hurt one day */
    LEVEL_PROBLEM, /* the next deployment, restart or rollback fails by it */
    LEVEL_STATE    /* a problem of what was done so far: --resume, abort or any command mends it */
} DoctorLevel;

#define DOCTOR_CODES(X)                                                                            \
    X(DOCTOR_WELL, OK, "well")                                                                     \
    X(DOCTOR_NOT_LOOKED_AT, NOTE, "not-looked-at")                                                 \
    X(DOCTOR_LOOK_FAILED, WARNING, "look-failed")                                                  \
    X(DOCTOR_SETTINGS_REFUSED, PROBLEM, "settings-refused")                                        \
    X(DOCTOR_SETTINGS_UNMET, PROBLEM, "settings-unmet")                                            \
    X(DOCTOR_ROOT_NOT_WRITABLE, PROBLEM, "root-not-writable")                                      \
    X(DOCTOR_STRANGE_HANDS, WARNING, "strange-hands")                                              \
    X(DOCTOR_LOCK_HELD, NOTE, "lock-held")                                                         \
    X(DOCTOR_LOCK_HELD_LONG, WARNING, "lock-held-long")                                            \
    X(DOCTOR_APP_HELD, NOTE, "app-held")                                                           \
    X(DOCTOR_APP_PAUSED, NOTE, "app-paused")                                                       \
    X(DOCTOR_JOURNAL_UNREADABLE, PROBLEM, "journal-unreadable")                                    \
    X(DOCTOR_JOURNAL_DAMAGED, PROBLEM, "journal-damaged")                                          \
    X(DOCTOR_JOURNAL_LOST, STATE, "journal-lost")                                                  \
    X(DOCTOR_DEPLOYMENT_OPEN, STATE, "deployment-open")                                            \
    X(DOCTOR_CONFIG_UNPROVEN, STATE, "config-unproven")                                            \
    X(DOCTOR_ENGINE_UNUSABLE, PROBLEM, "engine-unusable")                                          \
    X(DOCTOR_ENGINE_DOWN, STATE, "engine-down")                                                    \
    X(DOCTOR_ROUTE_WRONG, STATE, "route-wrong")                                                    \
    X(DOCTOR_GATE_WRONG, STATE, "gate-wrong")                                                      \
    X(DOCTOR_PROGRAM_MISSING, PROBLEM, "program-missing")                                          \
    X(DOCTOR_INSTANCE_DOWN, STATE, "instance-down")                                                \
    X(DOCTOR_INSTANCE_UNSUPERVISED, STATE, "instance-unsupervised")                                \
    X(DOCTOR_INSTANCE_LEFT_OVER, STATE, "instance-left-over")                                      \
    X(DOCTOR_INSTANCE_RESTARTED, WARNING, "instance-restarted")                                    \
    X(DOCTOR_RUNNER_HINDERED, PROBLEM, "runner-hindered")                                          \
    X(DOCTOR_SIDE_PORT_TAKEN, PROBLEM, "side-port-taken")                                          \
    X(DOCTOR_PUBLIC_PORT_TAKEN, PROBLEM, "public-port-taken")                                      \
    X(DOCTOR_PORT_LENT, WARNING, "port-lent")                                                      \
    X(DOCTOR_OPEN_FILES_FEW, WARNING, "open-files-few")                                            \
    X(DOCTOR_DISK_FULL, PROBLEM, "disk-full")                                                      \
    X(DOCTOR_DISK_LOW, WARNING, "disk-low")                                                        \
    X(DOCTOR_DISK_BELOW_KEEP, WARNING, "disk-below-keep")                                          \
    X(DOCTOR_INODES_LOW, WARNING, "inodes-low")                                                    \
    X(DOCTOR_CLOCK_BEFORE_BUILD, PROBLEM, "clock-before-build")                                    \
    X(DOCTOR_CLOCK_BEFORE_JOURNAL, PROBLEM, "clock-before-journal")                                \
    X(DOCTOR_CLOCK_BEFORE_RELEASE, WARNING, "clock-before-release")                                \
    X(DOCTOR_SOURCE_MISSING, PROBLEM, "source-missing")                                            \
    X(DOCTOR_SOURCE_UNKNOWN_HOST, PROBLEM, "source-unknown-host")                                  \
    X(DOCTOR_SOURCE_NOT_REACHED, PROBLEM, "source-not-reached")                                    \
    X(DOCTOR_SOURCE_NOT_TRUSTED, PROBLEM, "source-not-trusted")                                    \
    X(DOCTOR_SOURCE_ENDS, WARNING, "source-certificate-ends")                                      \
    X(DOCTOR_SOURCE_IN_CLEAR, NOTE, "source-in-clear")                                             \
    X(DOCTOR_KEYS_REFUSED, PROBLEM, "keys-refused")                                                \
    X(DOCTOR_KEY_WEAK, WARNING, "key-weak")                                                        \
    X(DOCTOR_KEY_SHORT, NOTE, "key-short")                                                         \
    X(DOCTOR_KEY_OLD, WARNING, "key-old")                                                          \
    X(DOCTOR_KEY_DENIED, WARNING, "key-denied")                                                    \
    X(DOCTOR_AUTHORITIES_REFUSED, PROBLEM, "authorities-refused")                                  \
    X(DOCTOR_AUTHORITY_ENDED, PROBLEM, "authority-ended")                                          \
    X(DOCTOR_AUTHORITY_ENDS, WARNING, "authority-ends")                                            \
    X(DOCTOR_RELEASE_MISSING, STATE, "release-missing")                                            \
    X(DOCTOR_RELEASE_EXPIRES, WARNING, "release-expires")                                          \
    X(DOCTOR_RELEASE_KEY_DENIED, WARNING, "release-key-denied")                                    \
    X(DOCTOR_RELEASE_STRAY, NOTE, "release-stray")                                                 \
    X(DOCTOR_DOWNLOAD_STRAY, NOTE, "download-stray")                                               \
    X(DOCTOR_FILE_STRAY, NOTE, "file-stray")                                                       \
    X(DOCTOR_QUARANTINED, NOTE, "quarantined")                                                     \
    X(DOCTOR_PROCESS_STRAY, WARNING, "process-stray")                                              \
    X(DOCTOR_VIRTUALISED, PROBLEM, "virtualised")                                                  \
    X(DOCTOR_NOT_ELEVATED, WARNING, "not-elevated")                                                \
    X(DOCTOR_LONG_PATHS_OFF, NOTE, "long-paths-off")                                               \
    X(DOCTOR_IPV6_OFF, WARNING, "ipv6-off")                                                        \
    X(DOCTOR_LOCALHOST_IPV6, NOTE, "localhost-ipv6")                                               \
    X(DOCTOR_PORTPROXY_WRONG, WARNING, "portproxy-wrong")                                          \
    X(DOCTOR_PORT_KEPT, PROBLEM, "port-kept")                                                      \
    X(DOCTOR_WAITING_MANY, WARNING, "time-wait-many")                                              \
    X(DOCTOR_FIREWALL_CLOSED, WARNING, "firewall-closed")                                          \
    X(DOCTOR_FIREWALL_BLOCKS, WARNING, "firewall-blocks")                                          \
    X(DOCTOR_FIREWALL_PARTLY, NOTE, "firewall-partly")                                             \
    X(DOCTOR_HANDLES_MANY, WARNING, "handles-many")                                                \
    X(DOCTOR_MARKED, WARNING, "mark-of-the-web")                                                   \
    X(DOCTOR_RARE_BLOCKED, WARNING, "rare-blocked")                                                \
    X(DOCTOR_DEADLINE_SHORT, WARNING, "deadline-short")                                            \
    X(DOCTOR_EXPORTER_FOLDER, NOTE, "exporter-folder")                                             \
    X(DOCTOR_GO_MISSING, WARNING, "go-missing")                                                    \
    X(DOCTOR_GO_SEVERAL, NOTE, "go-several")                                                       \
    X(DOCTOR_DRIVE_MISSING, PROBLEM, "drive-missing")                                              \
    X(DOCTOR_DRIVE_OF_SESSION, WARNING, "drive-of-session")                                        \
    X(DOCTOR_ROOT_ON_SHARE, WARNING, "root-on-share")                                              \
    X(DOCTOR_VERSIONS_SHORT, NOTE, "versions-short")                                               \
    X(DOCTOR_VARIABLE_UNSET, PROBLEM, "variable-unset")                                            \
    X(DOCTOR_REPORT_VARIABLE_UNSET, WARNING, "report-variable-unset")                              \
    X(DOCTOR_TEXTFILE_FOLDER, WARNING, "textfile-folder")

typedef enum DoctorCode {
#define DOCTOR_AS_ENUM(name, level, word) name,
    DOCTOR_CODES(DOCTOR_AS_ENUM)
#undef DOCTOR_AS_ENUM
        DOCTOR_CODE_COUNT
} DoctorCode;

const char *doctor_code_name(DoctorCode code); /* "disk-full"; static */
DoctorLevel doctor_code_level(DoctorCode code);
const char *doctor_level_name(DoctorLevel level); /* "warning"; LEVEL_STATE is a "problem" */

#endif
