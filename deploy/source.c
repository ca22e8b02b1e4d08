/* See source.h. */
#include "deploy/source.h"

#include "base/path.h"
#include "base/platform.h"
#include "base/text.h"
#include "deploy/placeholder.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_url(const char *source)
{
    return strstr(source, "://") != NULL;
}

/* file:///a%20b; a file system's names may hold any byte. */
static bool url_of_path(const char *folder, const char *path, char **out, Error *err)
{
    CLEANUP(free)
    char *absolute = path_is_absolute(path) ? text_copy(path) : path_join(folder, path);
    CLEANUP_TEXT Text url = {0};

    if (!absolute)
        return error_memory(err);
    text_append(&url, "file://");
    for (const char *at = absolute; *at != '\0'; at++)
        if (isalnum((unsigned char)*at) || strchr("/-._~+", *at))
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

/* `name` in the place of the last part of `url`'s path; what the query said was about the archive.
 */
static char *beside(const char *url, const char *name)
{
    size_t length = strcspn(url, "?#");

    while (length > 0 && url[length - 1] != '/')
        length--;
    return text_formatted("%.*s%s", (int)length, url, name);
}

static bool resolve_archive(const Settings *settings, const char *given, const char *version,
                            Source *out, Error *err)
{
    Platform here = platform_here();
    const Placeholder values[] = {
        {"app",     settings->app                                 },
        {"version", version && version[0] != '\0' ? version : NULL},
        {"os",      here.os                                       },
        {"arch",    here.arch                                     }
    };
    CLEANUP(free) char *expanded = NULL;

    if (given)
        return source_of_given(given, &out->archive, err);
    if (strstr(settings->release.source, "{version}") && !values[1].value) {
        (void)error_set(err, ERR_USAGE, "release.source needs a version and none was given");
        return error_hint(err,
                          "Say which: `--version 2.4.0`, or `--release PATH|URL` for an archive.");
    }
    return placeholder_expand(settings->release.source, values, 4, &expanded, err) &&
           as_url(settings->folder, expanded, &out->archive, err);
}

static bool resolve_checksums(const Settings *settings, const char *version, Source *out,
                              Error *err)
{
    Platform here = platform_here();
    const Placeholder values[] = {
        {"app",     settings->app},
        {"version", version      },
        {"os",      here.os      },
        {"arch",    here.arch    },
        {"source",  out->archive }
    };
    CLEANUP(free) char *name = NULL;

    if (!settings->verify.checksums)
        return true;
    if (!placeholder_expand(settings->verify.checksums, values, 5, &name, err))
        return false;
    if (is_url(name) || path_is_absolute(name))
        return as_url(settings->folder, name, &out->checksums, err);
    out->checksums = beside(out->archive, name);
    return out->checksums || error_memory(err);
}

/* "{source}.sig" goes in front of a query: https://host/a.zip?token=x is signed by
 * a.zip.sig?token=x. */
static bool resolve_signature(const Settings *settings, const char *version, Source *out,
                              Error *err)
{
    const char *of = out->checksums ? out->checksums : out->archive;
    size_t length = is_url(of) && !text_starts_with(of, "file:") ? strcspn(of, "?#") : strlen(of);
    CLEANUP(free) char *path = text_copy_bytes(of, length);
    CLEANUP(free) char *signature = NULL;
    Platform here = platform_here();
    const Placeholder values[] = {
        {"app",     settings->app},
        {"version", version      },
        {"os",      here.os      },
        {"arch",    here.arch    },
        {"source",  path         }
    };

    if (!path)
        return error_memory(err);
    if (!placeholder_expand(settings->release.signature, values, 5, &signature, err))
        return false;
    if (!text_starts_with(signature, path))
        return as_url(settings->folder, signature, &out->signature, err);
    out->signature = text_formatted("%s%s", signature, of + length);
    return out->signature || error_memory(err);
}

bool source_resolve(const Settings *settings, const char *given, const char *version, Source *out,
                    Error *err)
{
    memset(out, 0, sizeof *out);
    if (resolve_archive(settings, given, version, out, err) &&
        resolve_checksums(settings, version, out, err) &&
        resolve_signature(settings, version, out, err))
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

char *source_file_name(const char *url)
{
    size_t length = strcspn(url, "?#");
    size_t start = length;

    while (start > 0 && url[start - 1] != '/')
        start--;
    return text_copy_bytes(url + start, length - start);
}

void source_write_public(const char *url, char *out, size_t size)
{
    const char *scheme = strstr(url, "://");
    const char *host = scheme ? scheme + 3 : url;
    const char *at = scheme ? memchr(host, '@', strcspn(host, "/?#")) : NULL;
    const char *rest = at ? at + 1 : host;

    (void)snprintf(out, size, "%.*s%.*s", (int)(host - url), url,
                   (int)(scheme ? strcspn(rest, "?#") : strlen(rest)), rest);
}
