/* See archive_limits.h. Division instead of multiplication: nothing here can overflow. */
#include "deploy/archive/archive_limits.h"

#include "base/text.h"
#include "verify/entry_name.h"

#include <assert.h>
#include <string.h>

static const uint64_t ratio_free_bytes = 1ULL << 20;

ArchiveLimits archive_default_limits(void)
{
    return (ArchiveLimits){.max_total_bytes = 4ULL << 30,
                           .max_entry_bytes = 2ULL << 30,
                           .max_entries = 100000,
                           .max_ratio = 200};
}

bool archive_ratio_check(const ArchiveLimits *limits, uint64_t unpacked, uint64_t packed,
                         Error *err)
{
    assert(limits->max_ratio > 0);
    if (unpacked <= ratio_free_bytes || unpacked / limits->max_ratio <= packed)
        return true;
    (void)error_set(err, ERR_ARCHIVE,
                    "the archive unpacks to more than %llu times its size of %llu bytes",
                    (unsigned long long)limits->max_ratio, (unsigned long long)packed);
    return error_hint(err, "If it is meant to be so, raise release.max_ratio in the settings.");
}

bool archive_size_check(const ArchiveLimits *limits, const char *name, uint64_t bytes,
                        uint64_t before, Error *err)
{
    char shown[ENTRY_PRINTABLE_SIZE], size[TEXT_QUANTITY_SIZE], most[TEXT_QUANTITY_SIZE];

    if (bytes > limits->max_entry_bytes) {
        (void)error_set(err, ERR_ARCHIVE, "entry %s has %s, more than the %s allowed for one file",
                        entry_name_printable(name, strlen(name), shown), text_size(bytes, size),
                        text_size(limits->max_entry_bytes, most));
        return error_hint(err, "If it is meant to be so, raise release.max_unpacked.");
    }
    if (before > limits->max_total_bytes || bytes > limits->max_total_bytes - before) {
        (void)error_set(err, ERR_ARCHIVE,
                        "with entry %s the archive unpacks to more than the %s allowed",
                        entry_name_printable(name, strlen(name), shown),
                        text_size(limits->max_total_bytes, most));
        return error_hint(err, "If it is meant to be so, raise release.max_unpacked.");
    }
    return true;
}
