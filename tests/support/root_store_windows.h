/* root_store: the roots that this host trusts (on Wine: this prefix), changed by another process:
 * one that has judged a chain has read them for good. main() begins with
 *
 *     if (count == 3)
 *         return root_store_change(words[1], words[2]);
 *
 * Asserts with cmocka. */
#ifndef GODEPLOY_TESTS_SUPPORT_ROOT_STORE_WINDOWS_H
#define GODEPLOY_TESTS_SUPPORT_ROOT_STORE_WINDOWS_H

#include "tests/support/authority.h"

void root_store_trust(const Identity *root, const char *folder); /* for a file of its own */
void root_store_forget(const Identity *root, const char *folder);

/* TEST.exe trust|forget ROOT.pem; the exit status. */
int root_store_change(const char *word, const char *path);

#endif
