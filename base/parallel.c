/* See parallel.h. libuv levels the threads. */
#include "base/parallel.h"

#include <stdbool.h>
#include <uv.h>

enum { THREADS_MOST = 64 };

typedef struct Ring {
    const ParallelWork *work;
    uv_mutex_t lock;
    uv_cond_t moved; /* a result was handed on */
    size_t taken;    /* indexes that some thread works on, or has */
    size_t handed;   /* results that done() has */
    void *results[PARALLEL_WAITING_MOST];
    bool ready[PARALLEL_WAITING_MOST];
} Ring;

/* False: there are no more. */
static bool take(Ring *ring, size_t *index)
{
    bool more = false;

    uv_mutex_lock(&ring->lock);
    while (ring->taken < ring->work->count && ring->taken - ring->handed >= PARALLEL_WAITING_MOST)
        uv_cond_wait(&ring->moved, &ring->lock);
    more = ring->taken < ring->work->count;
    if (more)
        *index = ring->taken++;
    uv_mutex_unlock(&ring->lock);
    return more;
}

static void hand_on(Ring *ring, size_t index, void *result)
{
    uv_mutex_lock(&ring->lock);
    ring->results[index % PARALLEL_WAITING_MOST] = result;
    ring->ready[index % PARALLEL_WAITING_MOST] = true;
    while (ring->ready[ring->handed % PARALLEL_WAITING_MOST]) {
        size_t next = ring->handed % PARALLEL_WAITING_MOST;

        ring->ready[next] = false;
        ring->work->done(ring->work->context, ring->handed, ring->results[next]);
        ring->handed++;
    }
    uv_cond_broadcast(&ring->moved);
    uv_mutex_unlock(&ring->lock);
}

static void run(void *context)
{
    Ring *ring = context;
    size_t index = 0;

    while (take(ring, &index))
        hand_on(ring, index, ring->work->work(ring->work->context, index));
}

static void run_alone(const ParallelWork *work)
{
    for (size_t i = 0; i < work->count; i++)
        work->done(work->context, i, work->work(work->context, i));
}

static unsigned threads_for(size_t count)
{
    unsigned threads = uv_available_parallelism();

    threads = threads < THREADS_MOST ? threads : THREADS_MOST;
    return count < threads ? (unsigned)count : threads;
}

static void run_with(Ring *ring, unsigned threads)
{
    uv_thread_t others[THREADS_MOST];
    unsigned started = 0;

    while (started + 1 < threads && uv_thread_create(&others[started], run, ring) == 0)
        started++;
    run(ring);
    for (unsigned i = 0; i < started; i++)
        (void)uv_thread_join(&others[i]); /* it runs, and nobody else joins it */
}

void parallel_run(const ParallelWork *work)
{
    Ring ring = {.work = work};
    unsigned threads = threads_for(work->count);

    if (threads < 2 || uv_mutex_init(&ring.lock) != 0) {
        run_alone(work);
        return;
    }
    if (uv_cond_init(&ring.moved) == 0) {
        run_with(&ring, threads);
        uv_cond_destroy(&ring.moved);
    } else {
        run_alone(work);
    }
    uv_mutex_destroy(&ring.lock);
}
