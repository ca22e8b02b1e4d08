/* See public_address.h. */
#include "deploy/public_address.h"

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/process/process.h"
#include "base/process/process_words.h"

/* A proxy that was just stopped, or an outgoing connection that the system gave this very port. */
enum { PATIENCE_MS = 2000, POLL_MS = 50 };

/* Asks the system, not the engine: what the engine has is not free either. */
static bool is_free(const Address *listen, Error *err)
{
    char address[ADDRESS_TEXT_SIZE], holder[PROCESS_WORDS_SIZE];
    const char *reason = NULL;
    int64_t pid = 0;
    Error unseen = {0};

    if (address_can_bind(listen, &reason))
        return true;
    (void)address_format(listen, address);
    if (!process_listening_on(listen->port, &pid, &unseen) || pid == 0) {
        (void)error_set(err, ERR_ENGINE, "public address %s: %s", address, reason);
        return error_hint(
            err, "Choose another address in traffic.listen, or let this user listen there.");
    }
    (void)error_set(err, ERR_ENGINE, "public address %s: %s: %s", address, reason,
                    process_words(pid, holder));
    return error_hint(err, "Choose another address in traffic.listen, end it if nobody needs it, "
                           "or take `traffic.engine: nftables`, which takes over from a program "
                           "that listens already.");
}

bool public_address_is_ours(const EngineView *view, const Address *listen, Error *err)
{
    return engine_listens_on(view, listen) || is_free(listen, err);
}

static bool becomes_ours(const EngineView *view, const Address *listen, Error *err)
{
    int64_t deadline = clock_monotonic_ms() + PATIENCE_MS;

    do {
        *err = (Error){0}; /* of the try before */
        if (!interrupt_check(err))
            return false;
        if (public_address_is_ours(view, listen, err))
            return true;
        (void)clock_sleep_ms(POLL_MS); /* Ctrl-C is looked at above */
    } while (clock_monotonic_ms() < deadline);
    return false;
}

bool public_addresses_are_ours(const App *app, Error *err)
{
    const Settings *settings = app->settings;
    EngineView view = {0};

    if (!app->engine->show(&app->engine_context, &view, err))
        return false;
    for (size_t i = 0; i < settings->traffic.listen_count; i++)
        if (!becomes_ours(&view, &settings->traffic.listen[i], err))
            return false;
    return true;
}
