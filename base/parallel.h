/* parallel: one kind of work on many things, a thread for each processor, results in order.
 *
 * However many things there are, only a bounded number of results waits for its turn. */
#ifndef GODEPLOY_BASE_PARALLEL_H
#define GODEPLOY_BASE_PARALLEL_H

#include <stddef.h>

/* Results that may wait for an earlier one: a large thing among small ones holds up few threads. */
enum { PARALLEL_WAITING_MOST = 256 };

typedef struct ParallelWork {
    size_t count;
    /* Called once for each index below count, in several threads at a time. */
    void *(*work)(void *context, size_t index);
    /* Takes what work() returned: one call at a time, in the order of the index. */
    void (*done)(void *context, size_t index, void *result);
    void *context;
} ParallelWork;

/* Returns when everything is done. A system that gives no more threads makes it slower, not fail.
 */
void parallel_run(const ParallelWork *work);

#endif
