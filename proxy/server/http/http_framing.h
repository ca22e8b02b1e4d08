/* http_framing: a body's bytes on their way out, framed as their head promised. */
#ifndef GODEPLOY_PROXY_SERVER_HTTP_HTTP_FRAMING_H
#define GODEPLOY_PROXY_SERVER_HTTP_HTTP_FRAMING_H

#include "proxy/server/connection.h"
#include "proxy/server/http/http_body.h"

/* Data of `body`, which has been read so far: as it is, or as one chunk, with the last chunk behind
 * it if the body is done. `bytes` has BLOCK_MARGIN free bytes on both sides, which hold the
 * framing.
 */
void http_write_body(Connection *to, const HttpBody *body, bool chunked, char *bytes,
                     size_t length);
/* The end of a chunked body, with the trailers of the one that was read. */
void http_write_last_chunk(Connection *to, const HttpBody *body);

#endif
