/* See windows_checks.h. */
#include "deploy/doctor/windows_checks.h"

static const DoctorCheck rows[] = {
    {"elevation",  NEEDS_APP,       check_elevation },
    {"root",       NEEDS_SETTINGS,  check_root      },
    {"long-paths", NEEDS_NOTHING,   check_long_paths},
    {"localhost",  NEEDS_SETTINGS,  check_localhost },
    {"portproxy",  NEEDS_APP,       check_portproxy },
    {"kept-ports", NEEDS_SETTINGS,  check_kept_ports},
    {"firewall",   NEEDS_APP,       check_firewall  },
    {"handles",    NEEDS_SITUATION, check_handles   },
    {"mark",       NEEDS_SITUATION, check_mark      },
    {"antivirus",  NEEDS_SETTINGS,  check_antivirus },
    {"exporter",   NEEDS_NOTHING,   check_exporter  },
    {"go",         NEEDS_SETTINGS,  check_go        },
};

DoctorCheckList windows_checks(void)
{
    return (DoctorCheckList){.rows = rows, .count = sizeof rows / sizeof rows[0]};
}
