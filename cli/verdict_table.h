/* verdict_table: verdicts on signatures as people read them: who, when, valid until, why not.
 *
 * Its rows are made from what scripts get, so that both say the same. */
#ifndef GODEPLOY_CLI_VERDICT_TABLE_H
#define GODEPLOY_CLI_VERDICT_TABLE_H

#include "base/json.h"
#include "cli/output.h"

/* Columns: file, verdict, who, when, valid until, why. NULL if out of memory. */
Table *verdict_table_new(void);

/* `name` is what was judged. Of `verdict` it reads ok, demanded (true where it is missing), key,
 * publisher, signer, time, time_source, valid_until, reason and note; see report.h. */
void verdict_table_row(Table *table, const char *name, const Json *verdict);

#endif
