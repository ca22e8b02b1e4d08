/* See parent_service.h. */
#include "proxy/server/parent/parent_service.h"

#include "base/process/process.h"
#include "proxy/server/parent/service_manager.h"
#include "proxy/server/program.h"

void parent_service_take_sockets(Parent *parent)
{
    HandedSocket handed[INHERITED_LISTENERS_MAX];
    size_t count = service_manager_sockets(handed, INHERITED_LISTENERS_MAX);

    for (size_t i = 0; i < count; i++) {
        if (handed[i].ours)
            listeners_adopt(&parent->listeners, handed[i].socket);
        else
            listeners_borrow(&parent->listeners, handed[i].socket);
    }
    parent->sockets_stay = count > 0;
    if (count > 0)
        event_log(&parent->log, "the service manager handed %zu listening sockets", count);
}

bool parent_service_sockets_stay(const Parent *parent)
{
    return parent->sockets_stay || service_manager_listens();
}

/* Also who we are: the service may have been another process until now. */
void parent_service_ready(Parent *parent)
{
    CLEANUP(free) char *news = NULL;

    if (parent->told_ready || !service_manager_listens())
        return;
    news = text_formatted("READY=1\nMAINPID=%lld", (long long)process_own_pid());
    if (!news)
        return; /* with the next worker, then */
    service_manager_tell(news);
    parent->told_ready = true;
}

void parent_service_followed(int64_t pid)
{
    CLEANUP(free) char *news = text_formatted("MAINPID=%lld", (long long)pid);

    if (news)
        service_manager_tell(news);
}

void parent_service_stopping(void)
{
    service_manager_tell("STOPPING=1");
}
