/*
 * sigv4.h - AWS Signature Version 4.
 *
 * Layer:  aws.
 * Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html;
 *         held against botocore's signer by tests/interop/sigv4_differential.py.
 */
#ifndef PLINTH_AWS_SIGV4_H
#define PLINTH_AWS_SIGV4_H

#include "plinth/codec/http.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;       /* base/arena.h */
struct credentials; /* aws/credentials.h */

/* Derived signing keys of the last scopes, so that a run does not derive one for each request.
 * They are secrets, and are kept and wiped as such.  owns: caller, sigv4_cache_free().
 * yields: no. */
struct sigv4_cache;
struct sigv4_cache *sigv4_cache_new(void);
void sigv4_cache_free(struct sigv4_cache *cache); /* NULL is a no-op */

struct sigv4_scope {
    const char *region;
    const char *service; /* the signing name */
    int64_t wall_ms;
    bool s3;                   /* S3's rules: the path is not encoded twice nor normalized, and
                                * x-amz-content-sha256 is sent */
    struct sigv4_cache *cache; /* NULL: the key is derived each time */
};

/* Add X-Amz-Date, X-Amz-Security-Token, (S3) x-amz-content-sha256 and Authorization to `request`,
 * which must hold every other header by then; those of an earlier signature are replaced.
 * owns: `arena`.  err: ERR_CONFIG for a URL that cannot be signed.  yields: no. */
int sigv4_sign(const struct sigv4_scope *scope, const struct credentials *credentials,
               struct http_request *request, struct arena *arena, struct err *err);

#endif
