/* pack_mode: is a file of the folder that is packed meant to be executed? */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_PACK_MODE_H
#define GODEPLOY_DEPLOY_ARCHIVE_PACK_MODE_H

#include "base/error.h"

/* By the x bits where the system has them; elsewhere by what the file begins with. */
bool pack_mode_is_program(const char *path, bool *out, Error *err);

#endif
