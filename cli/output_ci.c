/* See output_ci.h. */
#include "cli/output_ci.h"

#include <string.h>

/* One service's words. A group's title and an annotation's words stand behind what begins them. */
typedef struct CiWords {
    const char *group, *end_group;
    const char *annotation[CI_ERROR + 1];
    const char *percent; /* what stands for %; the services disagree */
} CiWords;

static const CiWords services[] = {
    [CI_NONE] = {.group = NULL      },
    [CI_GITHUB] = { .group = "::group::",
                 .end_group = "::endgroup::",
                 .annotation = {"::warning title=godeploy::", "::error title=godeploy::"},
                 .percent = "%25"},
    [CI_AZURE] = {    .group = "##[group]",
                 .end_group = "##[endgroup]",
                 .annotation = {"##vso[task.logissue type=warning]",
                                 "##vso[task.logissue type=error]"},
                 .percent = "%AZP25"},
};

/* One line, whatever is in it. */
static void append_escaped(Text *out, const CiWords *words, const char *text)
{
    for (; *text; text++) {
        if (*text == '%')
            text_append(out, words->percent);
        else if (*text == '\r')
            text_append(out, "%0D");
        else if (*text == '\n')
            text_append(out, "%0A");
        else
            text_append_bytes(out, text, 1);
    }
    text_append(out, "\n");
}

void output_ci_begin_group(Text *out, CiService service, const char *title)
{
    const CiWords *words = &services[service];

    if (!words->group)
        return;
    text_append(out, words->group);
    append_escaped(out, words, title);
}

void output_ci_end_group(Text *out, CiService service)
{
    if (services[service].end_group)
        text_appendf(out, "%s\n", services[service].end_group);
}

void output_ci_annotate(Text *out, CiService service, CiLevel level, const char *words)
{
    CLEANUP_TEXT Text harmless = {0};

    if (!services[service].group)
        return;
    output_ci_append_harmless(&harmless, words, strlen(words), false);
    text_append(out, services[service].annotation[level]);
    append_escaped(out, &services[service], text_chars(&harmless));
}

/* What stands between two characters of a command does not count unless it is ASCII: the runners
 * compare by the rules of a language, which skip such as U+200B and U+00AD. */
static char next_ascii(const char *at, const char *end)
{
    for (at++; at < end; at++)
        if ((unsigned char)*at < 0x80)
            return *at;
    return '\0';
}

/* GitHub looks behind blanks at the beginning of a line; `##[` and `##vso[` are found anywhere. */
static bool opens_command(const char *at, const char *end, bool at_line_begin)
{
    return (at[0] == '#' && next_ascii(at, end) == '#') ||
           (at_line_begin && at[0] == ':' && next_ascii(at, end) == ':');
}

/* A runner ends a line at \r as at \n, and takes blanks of every language for blanks. */
static bool is_line_begin_after(char c, bool before)
{
    if (c == '\n' || c == '\r')
        return true;
    return before && ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7F);
}

void output_ci_append_harmless(Text *out, const char *bytes, size_t length, bool json)
{
    const char *const end = bytes + length;
    bool at_line_begin = true;

    for (const char *at = bytes; at < end; at++) {
        if (opens_command(at, end, at_line_begin))
            text_appendf(out, json ? "\\u%04x" : "\\x%02x", (unsigned)(unsigned char)*at);
        else
            text_append_bytes(out, at, 1);
        at_line_begin = is_line_begin_after(*at, at_line_begin);
    }
}
