/* check_engine: is the traffic engine there, and is its route the one of the journal? */
#include "deploy/doctor/checks.h"
#include "proxy/engine/engine_embedded.h"

static bool is_embedded(const App *app)
{
    return text_equal(app->engine->name, "embedded");
}

static void look_at_program(Examination *examination)
{
    CLEANUP(free) char *program = NULL;
    Error why = {0};

    if (is_embedded(examination->app) && !engine_embedded_program(&program, &why))
        say_error(examination, DOCTOR_PROGRAM_MISSING, "Install godeploy anew.", &why);
}

/* Asking is all that ensure() does where the engine is somebody else's. */
static bool answers(const App *app, EngineView *view, Error *err)
{
    return ((app->engine->can & ENGINE_OPENS_PORT) ||
            app->engine->ensure(&app->engine_context, err)) &&
           app->engine->show(&app->engine_context, view, err);
}

void check_engine(Examination *examination)
{
    const App *app = examination->app;
    EngineView view = {0};
    Error why = {0};

    look_at_program(examination);
    if (!answers(app, &view, &why))
        say_error(examination, DOCTOR_ENGINE_UNUSABLE, "Start it, and let this user speak to it.",
                  &why);
    if (examination->situation)
        say_findings(examination);
    if (view.known && view.active != ROUTE_NO_SLOT)
        say_well(examination, "%s routes to slot %s, as the journal says", app->engine->name,
                 slot_name((Slot)view.active));
    say_well(examination, "%s %s", app->engine->name,
             view.running ? "runs, and has no route for this app yet"
                          : "is started by the first deployment");
}
