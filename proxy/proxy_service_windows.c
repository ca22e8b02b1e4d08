/* See proxy_service.h. */
#include "proxy/proxy_service.h"

bool proxy_service_start(const char *root, const char *program, Error *err)
{
    (void)root;
    return error_set(err, ERR_ENGINE, "%s cannot be a service on this system", program);
}

bool proxy_service_update(const char *root, const char *program, Error *err)
{
    (void)root;
    (void)program;
    (void)err;
    return true;
}

bool proxy_service_stop(const char *root, Error *err)
{
    (void)root;
    (void)err;
    return true;
}
