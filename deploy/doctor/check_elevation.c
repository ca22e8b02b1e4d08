/* check_elevation: has this process the rights that a deployment needs, and do its writes go where
 * it sends them? */
#include "deploy/doctor/windows_checks.h"
#include "deploy/doctor/windows_host.h"

static bool needs_elevation(const App *app)
{
    return text_equal(app->engine->name, "portproxy") || text_equal(app->runner->name, "service");
}

void check_elevation(Examination *examination)
{
    const App *app = examination->app;
    WindowsToken token = {0};
    Error why = {0};

    if (!windows_token(&token, &why)) {
        say_error(examination, DOCTOR_LOOK_FAILED, "", &why);
        return;
    }
    if (token.virtualised)
        say(examination, DOCTOR_VIRTUALISED,
            "Run godeploy.exe as it was installed: its manifest switches that off. An antivirus or "
            "compatibility setting may switch it on again.",
            "Windows redirects what this process writes to protected folders (UAC virtualisation)");
    if (!token.elevated && needs_elevation(app))
        say(examination, DOCTOR_NOT_ELEVATED,
            "Deploy from a prompt that was opened with \"Run as administrator\".",
            "this process is not elevated: it may look, and not deploy with engine %s and runner "
            "%s",
            app->engine->name, app->runner->name);
    say_well(examination, token.elevated
                              ? "this process is elevated, and nothing it writes is redirected"
                              : "engine and runner need no elevation");
}
