/* sign.h -- signatures of webhooks as the Standard Webhooks specification has them, and how long to wait after a failure. Pure. */
#ifndef QL_NOTIFY_SIGN_H
#define QL_NOTIFY_SIGN_H

#include <stdint.h>
#include "base/err.h"

#define SIGN_KEY_MIN 24 /* bytes behind whsec_, as the specification wants */
#define SIGN_KEY_MAX 64
#define SIGN_MAX     64 /* "v1," and 44 characters, with NUL */

/* "v1,<base64>" over id.timestamp.body. QL_REJECT: secret is not whsec_ with base64 of 24 to 64 bytes. */
QL_MUSTCHECK enum ql_rc sign_webhook(const char *secret, const char *id, int64_t timestamp, const char *body, size_t len, char out[SIGN_MAX],
                                     struct ql_err *err);

/* Milliseconds until the next try after so many failures: base doubled each time, an hour at most, a fifth more or less by
 * chance (0 to UINT32_MAX) so that many who failed together do not come back together. */
int64_t retry_after_ms(int failures, int64_t base_ms, uint32_t chance);

#endif
