/* uv_status: what libuv answers, as an errno value, so that error_set_errno() can explain it.
 * Inside base/ only. */
#ifndef GODEPLOY_BASE_UV_STATUS_H
#define GODEPLOY_BASE_UV_STATUS_H

/* `status` is negative, such as UV_ENOENT. */
int uv_status_errno(int status);

#endif
