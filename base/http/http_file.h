/* http_file: a download whose URL is a file of this machine (file:///srv/releases/x.zip). */
#ifndef GODEPLOY_BASE_HTTP_HTTP_FILE_H
#define GODEPLOY_BASE_HTTP_HTTP_FILE_H

#include "base/http/http.h"

bool http_is_file_url(const char *url);
/* The path that it names. Caller frees. */
bool http_file_path(const char *url, char **out, Error *err);

/* As http_download(), in one try and always from the start. */
bool http_copy_file(const HttpDownload *download, HttpDownloaded *out, Error *err);

#endif
