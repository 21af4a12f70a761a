/*
 * baseline_digest.h - one number for everything a baseline asks for.
 *
 * Layer:  cli.  It is of the baseline as it was understood: after includes, variables, templates
 *         and packing.  Comments and the order of keys that mean nothing do not change it.
 */
#ifndef PLINTH_CLI_BASELINE_DIGEST_H
#define PLINTH_CLI_BASELINE_DIGEST_H

#include "plinth/base/err.h"
#include "plinth/codec/hash.h"

struct baseline; /* baseline/baseline.h */

/* SHA-256, in hex.  err: ERR_LIMIT.  yields: no. */
int baseline_digest(const struct baseline *baseline, char out[SHA256_HEX_BYTES], struct err *err);

#endif
