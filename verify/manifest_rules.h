/* manifest_rules: what holds for every manifest, read or about to be written. Only for verify/. */
#ifndef GODEPLOY_VERIFY_MANIFEST_RULES_H
#define GODEPLOY_VERIFY_MANIFEST_RULES_H

#include "verify/manifest.h"

/* ERR_MANIFEST with the place and the rule. The files may come in any order. */
bool manifest_rules_check(const Manifest *manifest, Error *err);

/* By path, byte by byte: the order in which manifest_find() searches and manifest_format() writes.
 */
void manifest_sort_files(ManifestFile *files, size_t count);

#endif
