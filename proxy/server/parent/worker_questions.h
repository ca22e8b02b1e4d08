/* worker_questions: what all workers were asked, until each has answered or is gone. The asking is
 * workers_ask(). Only for workers*.c and worker_process.c. */
#ifndef GODEPLOY_PROXY_SERVER_PARENT_WORKER_QUESTIONS_H
#define GODEPLOY_PROXY_SERVER_PARENT_WORKER_QUESTIONS_H

#include "proxy/server/parent/worker_process.h"

void questions_take_answer(WorkerProcess *worker, const Json *message);
/* It is gone, and owes no answer any more. */
void questions_forgive(const WorkerProcess *worker);
/* So long was listened since the last time. Kills who has not answered by now: its death concludes
 * the question. */
void questions_wait(Workers *all, int64_t listened_ms);

#endif
