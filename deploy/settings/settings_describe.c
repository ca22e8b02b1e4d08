/* The documentation of the settings, made from their table; see settings.h. */
#include "deploy/settings/settings.h"
#include "deploy/settings/settings_table.h"
#include "deploy/settings/settings_value.h"

static void describe_words(Text *text, const SettingRow *row)
{
    if (!row->words) {
        text_append(text, settings_kind_words(row->kind));
        return;
    }
    for (size_t i = 0; row->words[i]; i++)
        text_appendf(text, "%s%s", i > 0 ? " | " : "", row->words[i]);
}

static void describe_placeholders(Text *text, const SettingRow *row)
{
    if (!row->placeholders)
        return;
    text_append(text, "\n      placeholders:");
    for (size_t i = 0; row->placeholders[i]; i++)
        text_appendf(text, " {%s%s}", row->placeholders[i],
                     text_ends_with(row->placeholders[i], ":") ? "NAME" : "");
}

static void describe_row(Text *text, const SettingRow *row)
{
    text_appendf(text, "  %s: ", row->path);
    describe_words(text, row);
    if (row->required)
        text_append(text, " (required)");
    else if (row->initial)
        text_appendf(text, " (default %s)", row->initial);
    text_appendf(text, "\n      %s", row->help);
    describe_placeholders(text, row);
    text_append(text, "\n");
}

char *settings_describe(void)
{
    Text text = {0};

    text_append(&text,
                "godeploy.yaml. Durations are 500ms, 30s, 5m, 2h or 1d; sizes 500MiB or 5GiB; "
                "shares 1% or 0.01.\nRelative paths start at the file's folder. Keys that "
                "begin with x- are ignored. A dot means nesting.\n\n");
    for (size_t i = 0; i < settings_row_count(); i++)
        if (settings_row(i)->kind != SETTING_LACKING)
            describe_row(&text, settings_row(i));
    return text_take(&text);
}

static const char example_head[] =
    "# The settings of one app. `godeploy help settings` lists them all with their defaults.\n";

static const char example_body[] =
    "\n"
    "release:\n"
    "  # Also a path: dist/{app}_{version}_{os}_{arch}.tar.gz\n"
    "  source: https://releases.example.com/{app}/{version}/{app}_{version}_{os}_{arch}.tar.gz\n"
    "  keep: 5 # releases, for rollback\n"
    "\n"
    "verify:\n"
    "  rsa:\n"
    "    keys: [keys/release.pem] # the public key; `godeploy keygen` makes a pair\n"
    "  # authenticode: { require: all, ca: [keys/publishers.pem] } # of Windows programs in it\n"
    "\n"
    "service:\n"
    "  # Run without a shell, in the folder of the release. PORT is in its environment too.\n";

static const char example_tail[] =
    "  # environment: { GOGC: \"50\" }\n"
    "\n"
    "traffic:\n"
    "  # mode: http # each request on its own; tcp: each connection; unset: as the engine can\n"
    "  listen: [\"127.0.0.1:8080\"] # the public addresses\n"
    "  slots: [18081, 18082] # side ports of the old and the new instance\n"
    "\n"
    "check:\n"
    "  path: /healthz\n"
    "  expect: 200\n"
    "  # identity: { header: X-Release } # the answer's header that holds the version\n"
    "\n"
    "watch:\n"
    "  for: 10s # after the flip; the old instance stays ready meanwhile\n"
    "  max_error_rate: 1%\n"
    "\n"
    "# canary: { steps: [5%, 25%, 100%], interval: 1m } # shares of new clients, before all\n"
    "\n"
    "# What `godeploy config push` replaces, and takes back if the service turns ill.\n"
    "# config: { file: service.conf, reload: { kind: http } } # or kind: signal, on Linux\n"
    "\n"
    "# hooks:\n"
    "#   before_flip: [[\"./smoke-test\", \"{url}\"]]\n";

char *settings_example(const char *app)
{
    Text text = {0};

    text_append(&text, example_head);
    text_appendf(&text, "app: %s\n", app);
    text_append(&text, example_body);
    text_appendf(&text, "  command: [\"./%s\", \"--listen\", \"127.0.0.1:{port}\"]\n", app);
    text_append(&text, example_tail);
    return text_take(&text);
}
