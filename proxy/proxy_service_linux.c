/* See proxy_service.h. What the unit says, and why:
 *
 * Type=notify            `systemctl start` comes back when it serves
 * FileDescriptorStoreMax systemd keeps a copy of each listening socket while the process is another
 *                        one: who connects meanwhile waits, and nobody is refused
 * KillMode=process       workers that have no parent any more finish what they have, and end
 * Restart, StartLimit    without it nobody is served: it is started again at once, and always; not
 *                        where another godeploy-proxy has the folder
 *
 * Source: systemd.service(5), systemd.kill(5), sd_notify(3). */
#include "proxy/proxy_service.h"

#include "base/file/file.h"
#include "base/path.h"
#include "base/service/systemd.h"
#include "base/service/unit_file.h"

enum { CALL_TIMEOUT_MS = 90000, EXIT_LOCKED = 4, LISTENERS_MAX = 256 };

static char *unit_name(const char *root)
{
    CLEANUP(free) char *instance = unit_escape_path(root);

    return instance ? text_formatted("godeploy-proxy@%s.service", instance) : NULL;
}

static const char *wanted_by(void)
{
    return systemd_scope() == SYSTEMD_USER ? "default.target" : "multi-user.target";
}

static void put_life(Text *out)
{
    text_append(out, "Type=notify\nNotifyAccess=main\n");
    text_appendf(out, "FileDescriptorStoreMax=%d\n", LISTENERS_MAX);
    text_append(out, "KillMode=process\nRestart=on-failure\nRestartSec=20ms\n");
    text_appendf(out, "RestartPreventExitStatus=%d\n", EXIT_LOCKED);
}

static bool write_text(const char *root, const char *program, Text *out, Error *err)
{
    bool of_user = systemd_scope() == SYSTEMD_USER;
    CLEANUP(free) char *folder = path_join(root, "proxy");
    CLEANUP(free) char *description = text_formatted("godeploy-proxy of %s", root);
    const char *const words[] = {program, "--folder", folder, NULL};

    if (!folder || !description)
        return error_memory(err);
    text_append(out, "# Written by godeploy, which starts it where a route is set.\n");
    unit_section(out, "Unit");
    if (!unit_put(out, "Description", description, err))
        return false;
    text_appendf(out, "%sStartLimitIntervalSec=0\n", of_user ? "" : "After=network.target\n");
    unit_section(out, "Service");
    if (!unit_put_words(out, "ExecStart", words, err))
        return false;
    put_life(out);
    text_append(out, "NoNewPrivileges=yes\n");
    unit_section(out, "Install");
    text_appendf(out, "WantedBy=%s\n", wanted_by());
    return text_ok(out, err);
}

static bool write_unit(const char *root, const char *name, const char *program, Error *err)
{
    CLEANUP_TEXT Text unit = {0};

    return write_text(root, program, &unit, err) &&
           systemd_write(systemd_scope(), name, &unit, err);
}

/* `systemctl enable` made this link, and "disable" takes it away. */
static bool starts_at_boot(const char *name)
{
    CLEANUP(free) char *folder = systemd_unit_folder(systemd_scope());
    CLEANUP(free)
    char *link = folder ? text_formatted("%s/%s.wants/%s", folder, wanted_by(), name) : NULL;

    return link && file_exists(link);
}

bool proxy_service_install(const char *root, const char *program, Error *err)
{
    CLEANUP(free) char *name = unit_name(root);

    if (!name)
        return error_memory(err);
    return starts_at_boot(name) ||
           (write_unit(root, name, program, err) &&
            systemd_do(systemd_scope(), "enable", name, CALL_TIMEOUT_MS, err));
}

bool proxy_service_start(const char *root, const char *program, Error *err)
{
    CLEANUP(free) char *name = unit_name(root);

    if (!name)
        return error_memory(err);
    return write_unit(root, name, program, err) &&
           systemd_do(systemd_scope(), "enable", name, CALL_TIMEOUT_MS, err) &&
           systemd_do(systemd_scope(), "start", name, CALL_TIMEOUT_MS, err);
}

/* The unit of `root`; caller frees. *known is whether systemd has it. */
static bool find_unit(const char *root, char **out, bool *known, Error *err)
{
    CLEANUP(free) char *name = unit_name(root);
    SystemdUnit unit;

    if (!name)
        return error_memory(err);
    *known = false;
    if (systemd_usable(systemd_scope())) {
        if (!systemd_look(systemd_scope(), name, &unit, err))
            return false;
        *known = text_equal(unit.load, "loaded");
    }
    *out = TAKE(name);
    return true;
}

bool proxy_service_update(const char *root, const char *program, Error *err)
{
    CLEANUP(free) char *name = NULL;
    bool known = false;

    if (!find_unit(root, &name, &known, err))
        return false;
    return !known || (write_unit(root, name, program, err) &&
                      systemd_do(systemd_scope(), "daemon-reload", NULL, CALL_TIMEOUT_MS, err));
}

bool proxy_service_stop(const char *root, Error *err)
{
    CLEANUP(free) char *name = NULL;
    bool known = false;

    if (!find_unit(root, &name, &known, err))
        return false;
    return !known || (systemd_do(systemd_scope(), "disable", name, CALL_TIMEOUT_MS, err) &&
                      systemd_do(systemd_scope(), "stop", name, CALL_TIMEOUT_MS, err));
}
