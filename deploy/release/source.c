/* See source.h. */
#include "deploy/release/source.h"

#include "base/path.h"
#include "base/platform.h"
#include "base/text.h"
#include "deploy/settings/placeholder.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_url(const char *source)
{
    return strstr(source, "://") != NULL;
}

/* file:///a%20b; a file system's names may hold any byte. file:///C:/a and file:////server/share
 * on Windows (RFC 8089, appendix E). */
static bool url_of_path(const char *folder, const char *path, char **out, Error *err)
{
    CLEANUP(free)
    char *absolute = path_is_absolute(path) ? text_copy(path) : path_join(folder, path);
    CLEANUP_TEXT Text url = {0};

    if (!absolute)
        return error_memory(err);
    text_append(&url, absolute[0] == '/' ? "file://" : "file:///");
    for (const char *at = absolute; *at != '\0'; at++)
        if (isalnum((unsigned char)*at) || strchr("/-._~+:", *at))
            text_append_bytes(&url, at, 1);
        else
            text_appendf(&url, "%%%02X", (unsigned)(unsigned char)*at);
    if (!text_ok(&url, err))
        return false;
    *out = text_take(&url);
    return true;
}

static bool as_url(const char *folder, const char *source, char **out, Error *err)
{
    if (!is_url(source))
        return url_of_path(folder, source, out, err);
    *out = text_copy(source);
    return *out || error_memory(err);
}

/* What was typed is relative to where it was typed, not to the settings file. */
bool source_of_given(const char *given, char **out, Error *err)
{
    CLEANUP(free) char *absolute = NULL;

    if (is_url(given))
        return as_url(NULL, given, out, err);
    return path_absolute(given, &absolute, err) && url_of_path(NULL, absolute, out, err);
}

/* Where the last part of a URL's path begins. */
static size_t name_start(const char *url)
{
    size_t start = strcspn(url, "?#");

    while (start > 0 && url[start - 1] != '/')
        start--;
    return start;
}

/* `name` in the place of the last part of `url`'s path; what the query said was about the archive.
 */
static char *beside(const char *url, const char *name)
{
    return text_formatted("%.*s%s", (int)name_start(url), url, name);
}

/* What the patterns of one resolution have in common. */
typedef struct Patterns {
    const Settings *settings;
    const char *version; /* NULL: not known */
    const char *source;  /* NULL while the archive's own is worked out */
} Patterns;

/* `pattern` is the value of `setting`. */
static bool expand(const Patterns *patterns, const char *setting, const char *pattern, char **out,
                   Error *err)
{
    Platform here = platform_here();
    const Placeholder values[] = {
        {"app",     patterns->settings->app},
        {"version", patterns->version      },
        {"os",      here.os                },
        {"arch",    here.arch              },
        {"source",  patterns->source       },
    };

    if (!patterns->version && strstr(pattern, "{version}")) {
        (void)error_set(err, ERR_USAGE, "%s needs a version and none was given", setting);
        return error_hint(err, "Say which: `--version 2.4.0`%s",
                          patterns->source ? "." : ", or `--release PATH|URL` for an archive.");
    }
    return placeholder_expand(pattern, values, sizeof values / sizeof values[0], out, err);
}

static bool resolve_archive(const Patterns *patterns, const char *given, Source *out, Error *err)
{
    const Settings *settings = patterns->settings;
    CLEANUP(free) char *expanded = NULL;

    if (given)
        return source_of_given(given, &out->archive, err);
    return expand(patterns, "release.source", settings->release.source, &expanded, err) &&
           as_url(settings->folder, expanded, &out->archive, err);
}

static bool resolve_checksums(Patterns *patterns, Source *out, Error *err)
{
    const Settings *settings = patterns->settings;
    CLEANUP(free) char *name = NULL;

    if (!settings->verify.checksums)
        return true;
    patterns->source = out->archive;
    if (!expand(patterns, "verify.checksums", settings->verify.checksums, &name, err))
        return false;
    if (is_url(name) || path_is_absolute(name))
        return as_url(settings->folder, name, &out->checksums, err);
    out->checksums = beside(out->archive, name);
    return out->checksums || error_memory(err);
}

/* "{source}.sig" goes in front of a query: https://host/a.zip?token=x is signed by
 * a.zip.sig?token=x. */
static bool resolve_signature(Patterns *patterns, Source *out, Error *err)
{
    const Settings *settings = patterns->settings;
    const char *of = out->checksums ? out->checksums : out->archive;
    size_t length = is_url(of) && !text_starts_with(of, "file:") ? strcspn(of, "?#") : strlen(of);
    CLEANUP(free) char *path = text_copy_bytes(of, length);
    CLEANUP(free) char *signature = NULL;

    if (!path)
        return error_memory(err);
    patterns->source = path;
    if (!expand(patterns, "release.signature", settings->release.signature, &signature, err))
        return false;
    if (!text_starts_with(signature, path))
        return as_url(settings->folder, signature, &out->signature, err);
    out->signature = text_formatted("%s%s", signature, of + length);
    return out->signature || error_memory(err);
}

bool source_resolve(const Settings *settings, const char *given, const char *version, Source *out,
                    Error *err)
{
    Patterns patterns = {.settings = settings,
                         .version = version && version[0] != '\0' ? version : NULL};

    memset(out, 0, sizeof *out);
    if (resolve_archive(&patterns, given, out, err) && resolve_checksums(&patterns, out, err) &&
        resolve_signature(&patterns, out, err))
        return true;
    source_free(out);
    return false;
}

void source_free(Source *source)
{
    free(source->archive);
    free(source->signature);
    free(source->checksums);
    memset(source, 0, sizeof *source);
}

/* %20 is a blank; a % that begins nothing is itself. In place: the result is never longer. */
static void decode(char *name)
{
    char *to = name;

    for (const char *from = name; *from != '\0'; to++) {
        char hex[3] = "";
        uint8_t byte = 0;

        if (from[0] == '%')
            memcpy(hex, from + 1, strnlen(from + 1, 2));
        if (text_to_bytes(hex, &byte, 1) && byte != 0) {
            *to = (char)byte;
            from += 3;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

char *source_file_name(const char *url)
{
    size_t start = name_start(url);
    char *name = text_copy_bytes(url + start, strcspn(url, "?#") - start);

    if (name)
        decode(name);
    return name;
}

/* Where the host begins. User and password end at the last @: some passwords hold one. */
static const char *host_of(const char *authority)
{
    size_t end = strcspn(authority, "/?#");

    for (size_t i = end; i > 0; i--)
        if (authority[i - 1] == '@')
            return authority + i;
    return authority;
}

void source_write_public(const char *url, char *out, size_t size)
{
    const char *scheme = strstr(url, "://");
    const char *authority = scheme ? scheme + 3 : url;
    const char *host = scheme ? host_of(authority) : url;

    (void)snprintf(out, size, "%.*s%.*s", (int)(authority - url), url,
                   (int)(scheme ? strcspn(host, "?#") : strlen(host)), host);
}
