/* See service_program.h: here no service manager talks to a program. */
#include "base/service/service_program.h"

bool service_program_run(const ServiceWork *work, Error *err)
{
    return error_set(err, ERR_USAGE, "not started as a service: %s is one of Windows alone",
                     work->name);
}

void service_program_ready(ServiceProgram *program)
{
    (void)program;
}
