/* ask: questions to a godeploy-proxy, as the deployer asks them: each line of standard input is
 * one, and gets a line of standard output. That nobody answers is one, too: {"code":"nobody"}. */
#include "base/error.h"
#include "base/net/channel.h"

#include <stdio.h>
#include <string.h>

enum { LINE = 64 * 1024, PATIENCE_MS = 20000 };

static void ask(const char *pipe, const char *line)
{
    CLEANUP(json_free) Json *question = NULL;
    CLEANUP(json_free) Json *answer = NULL;
    CLEANUP(free) char *text = NULL;
    Error err = {0};

    if (!json_parse(line, strlen(line), &question, &err) ||
        !channel_ask(pipe, question, PATIENCE_MS, &answer, &err)) {
        answer = json_new_object();
        (void)json_put_text(answer, "code", "nobody"); /* a failure marks the value */
        (void)json_put_text(answer, "error", err.message);
    }
    text = json_line(answer);
    (void)printf("%s\n", text ? text : "{}");
    (void)fflush(stdout);
}

int main(int count, char **words)
{
    static char line[LINE];

    if (count != 2)
        return 2;
    while (fgets(line, sizeof line, stdin))
        ask(words[1], line);
    return 0;
}
