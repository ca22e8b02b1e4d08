/* See worker_questions.h. */
#include "proxy/server/parent/worker_questions.h"

#include <stdlib.h>

typedef struct Question {
    Link link;
    int64_t id;
    int64_t waited_ms;
    const WorkerProcess *waiting[WORKERS_MAX]; /* who owes an answer */
    size_t count;
    Json *answers;
    WorkersAnswered *done;
    void *context;
} Question;

static void conclude(Question *question)
{
    link_remove(&question->link);
    question->done(question->context, question->answers);
    json_free(question->answers);
    free(question);
}

static void no_longer_owed(Question *question, const WorkerProcess *worker)
{
    for (size_t i = 0; i < question->count; i++) {
        if (question->waiting[i] == worker) {
            question->waiting[i] = question->waiting[--question->count];
            break;
        }
    }
    if (question->count == 0)
        conclude(question);
}

void questions_take_answer(WorkerProcess *worker, const Json *message)
{
    int64_t id = json_get_integer(message, "id", 0);

    LINK_EACH(at, &worker->all->questions)
    {
        Question *question = LINK_OWNER(at, Question, link);

        if (question->id != id)
            continue;
        (void)json_push(question->answers, json_copy_of(message));
        no_longer_owed(question, worker);
        return;
    }
}

bool workers_ask(Workers *all, Json *question, WorkersAnswered *done, void *context)
{
    Question *asked = calloc(1, sizeof *asked);

    if (!asked)
        return false;
    *asked = (Question){
        .id = ++all->next_id, .answers = json_new_array(), .done = done, .context = context};
    link_init(&asked->link);
    link_add_last(&all->questions, &asked->link);
    (void)json_put_integer(question, "id", asked->id);
    LINK_EACH(at, &all->list)
    {
        WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

        if (!worker->greeted || asked->count == WORKERS_MAX)
            continue; /* it will be told everything when it arrives */
        asked->waiting[asked->count++] = worker;
        worker_tell(worker, question);
    }
    if (asked->count == 0)
        conclude(asked);
    return true;
}

void questions_forgive(const WorkerProcess *worker)
{
    LINK_EACH(at, &worker->all->questions)
    no_longer_owed(LINK_OWNER(at, Question, link), worker);
}

static void end_late(Workers *all, Question *question)
{
    for (size_t i = 0; i < question->count; i++) {
        LINK_EACH(at, &all->list)
        {
            WorkerProcess *worker = LINK_OWNER(at, WorkerProcess, link);

            if (worker != question->waiting[i])
                continue;
            event_log(all->log, "worker %lld did not answer within %d ms and is killed",
                      (long long)worker->pid, WORKER_ANSWER_MS);
            worker_end_at_once(worker);
        }
    }
    question->waited_ms = 0; /* its death concludes the question */
}

void questions_wait(Workers *all, int64_t listened_ms)
{
    LINK_EACH(at, &all->questions)
    {
        Question *question = LINK_OWNER(at, Question, link);

        question->waited_ms += listened_ms;
        if (question->waited_ms > WORKER_ANSWER_MS)
            end_late(all, question);
    }
}
