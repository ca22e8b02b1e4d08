/* See checks.h. The order is that of the table people read: what stands in the way of all else
 * comes first. */
#include "deploy/doctor/checks.h"

static const DoctorCheck rows[] = {
    {"settings",    NEEDS_NOTHING,   check_settings   },
    {"rights",      NEEDS_SETTINGS,  check_rights     },
    {"journal",     NEEDS_SETTINGS,  check_journal    },
    {"lock",        NEEDS_APP,       check_lock       },
    {"state",       NEEDS_SITUATION, check_state      },
    {"engine",      NEEDS_APP,       check_engine     },
    {"runner",      NEEDS_SITUATION, check_runner     },
    {"ports",       NEEDS_SITUATION, check_ports      },
    {"disk",        NEEDS_APP,       check_disk       },
    {"clock",       NEEDS_APP,       check_clock      },
    {"source",      NEEDS_SETTINGS,  check_source     },
    {"variables",   NEEDS_SETTINGS,  check_variables  },
    {"keys",        NEEDS_SETTINGS,  check_keys       },
    {"authorities", NEEDS_SETTINGS,  check_authorities},
    {"reports",     NEEDS_SETTINGS,  check_reports    },
    {"releases",    NEEDS_SITUATION, check_releases   },
    {"processes",   NEEDS_SITUATION, check_processes  },
};

DoctorCheckList checks_everywhere(void)
{
    return (DoctorCheckList){.rows = rows, .count = sizeof rows / sizeof rows[0]};
}
