/* archive_limits: how much an archive may ask of us. */
#ifndef GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_LIMITS_H
#define GODEPLOY_DEPLOY_ARCHIVE_ARCHIVE_LIMITS_H

#include "base/error.h"
#include "deploy/archive/archive.h"

#include <stdint.h>

/* ERR_ARCHIVE if `unpacked` bytes came out of `packed` ones by more than the ratio. The first MiB
 * is free: small text compresses well. */
bool archive_ratio_check(const ArchiveLimits *limits, uint64_t unpacked, uint64_t packed,
                         Error *err);

/* A file that states `bytes`, after `before` bytes of other files. */
bool archive_size_check(const ArchiveLimits *limits, const char *name, uint64_t bytes,
                        uint64_t before, Error *err);

#endif
