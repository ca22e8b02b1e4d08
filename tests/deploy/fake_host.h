/* fake_host: ports and health as a test wants them. Included once in a test program: what stands
 * here takes the place of proxy/probe.c, base/process/process_listening_linux.c and
 * base/net/address_posix.c. Left alone, every instance that runs listens on its side port and is
 * healthy. */
#ifndef GODEPLOY_TESTS_DEPLOY_FAKE_HOST_H
#define GODEPLOY_TESTS_DEPLOY_FAKE_HOST_H

#include "proxy/probe.h"
#include "tests/deploy/app_scene.h"
#include "tests/deploy/fake_clock.h"

typedef struct FakeHost {
    int probes;               /* asked so far */
    int sick_from, sick_to;   /* which of them find it ill, counted from 1; to 0: none */
    const char *sick_release; /* ... and this release, once it has been found well... */
    int well;                 /* so often */
    bool deaf;                /* no instance listens */
    uint16_t elsewhere;       /* ... but on this port; 0: on none */
    int64_t stranger;         /* the process that listens on every port; 0: none */
    const char *cannot_bind;  /* why; NULL: it can */
    ProbeCheck last_check;    /* what was asked last; only its numbers are still there */
    char last_identity[64];
} FakeHost;

static FakeHost fake_host;

bool process_listening_on(uint16_t port, int64_t *pid, Error *err)
{
    (void)err;
    *pid = fake_host.stranger;
    for (int slot = SLOT_BLUE; slot < SLOT_COUNT && !fake_host.deaf; slot++)
        if (app_scene->settings.traffic.slots[slot] == port &&
            app_scene->instances[slot].process.pid != 0)
            *pid = app_scene->instances[slot].process.pid;
    return true;
}

bool process_listens(const ProcessId *process, uint16_t port, bool *listens, Error *err)
{
    int64_t holder = 0;

    (void)process_listening_on(port, &holder, err);
    *listens = holder == process->pid && !fake_host.deaf;
    return true;
}

bool process_find_listener(const ProcessId *process, uint16_t *port, Error *err)
{
    (void)process;
    (void)err;
    *port = fake_host.elsewhere;
    return true;
}

bool address_can_bind(const Address *address, const char **why)
{
    (void)address;
    *why = fake_host.cannot_bind;
    return !fake_host.cannot_bind;
}

bool address_can_connect(const Address *address, int64_t timeout_ms, Error *err)
{
    (void)address;
    (void)timeout_ms;
    (void)err;
    return true;
}

bool probe_once(const ProbeCheck *check, ProbeAnswer *answer, Error *err)
{
    int number = ++fake_host.probes;

    fake_host.last_check = *check;
    (void)snprintf(fake_host.last_identity, sizeof fake_host.last_identity, "%s", check->identity);
    *answer = (ProbeAnswer){.ok = number < fake_host.sick_from || number >= fake_host.sick_to};
    if (fake_host.sick_release && text_equal(check->identity, fake_host.sick_release) &&
        fake_host.well-- <= 0)
        answer->ok = false;
    (void)snprintf(answer->seen, sizeof answer->seen, "HTTP %d", answer->ok ? 200 : 500);
    return interrupt_check(err);
}

bool probe_until_healthy(const ProbeCheck *check, const ProbeRepeat *repeat, ProbeAnswer *last,
                         int *tries, Error *err)
{
    *tries = repeat->passes;
    if (!probe_once(check, last, err))
        return false;
    if (repeat->still_alive && !repeat->still_alive(repeat->context))
        return error_set(err, ERR_UNHEALTHY, "it has ended");
    return last->ok || error_set(err, ERR_UNHEALTHY, "the last answer was %s", last->seen);
}

static inline int host_setup(void **state)
{
    fake_clock_reset();
    fake_host = (FakeHost){0};
    return scene_setup(state);
}

#define HOST_TEST(test) cmocka_unit_test_setup_teardown(test, host_setup, scene_teardown)

/* 1.0.0 serves from blue; 2.0.0 runs in green as the deployment started it. */
static inline Deployment host_deployment(void)
{
    scene_release("1.0.0", RELEASE_GOOD, 100);
    scene_release("2.0.0", RELEASE_UNPACKED, 1);
    scene_serves("1.0.0", SLOT_BLUE);
    scene_run(SLOT_GREEN, "2.0.0", "i-2.0.0");
    scene_record_instance(SLOT_GREEN, "2.0.0", "i-2.0.0");
    return scene_deployment();
}

#endif
