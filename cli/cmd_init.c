/* cmd_init: an example godeploy.yaml to begin with. */
#include "base/file/file.h"
#include "base/text.h"
#include "cli/commands.h"

#include <string.h>

bool command_init(Session *session, Error *err)
{
    const char *path = session->options.file ? session->options.file : "godeploy.yaml";
    const char *app = session->options.name ? session->options.name : "shop-api";
    CLEANUP(free) char *text = settings_example(app);

    if (!text)
        return error_memory(err);
    if (file_kind(path) != FILE_MISSING) {
        (void)error_set(err, ERR_USAGE, "%s exists and is left as it is", path);
        return error_hint(err, "Write elsewhere with --file.");
    }
    if (!file_write_durable(path, text, strlen(text), 0644, err))
        return false;
    output_line(session->output,
                "%s written: set release.source, verify.rsa.keys and service.command, "
                "then `godeploy plan`",
                path);
    return true;
}
