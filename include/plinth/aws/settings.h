/*
 * settings.h - what an AWS client reads from the environment and the profile besides credentials.
 *
 * Layer:  aws.  A variable wins over the profile; of a profile that stands in both files, the
 *         credentials file wins over the config file.
 * Source: botocore's configprovider.py (names, order, defaults); AWS SDKs and Tools Reference Guide
 *         for AWS_REGION, which botocore does not read.
 */
#ifndef PLINTH_AWS_SETTINGS_H
#define PLINTH_AWS_SETTINGS_H

#include "plinth/aws/endpoints.h"
#include "plinth/base/err.h"

struct arena;             /* base/arena.h */
struct credentials_world; /* aws/credentials.h */

struct aws_settings {
    const char *profile;    /* --profile, AWS_DEFAULT_PROFILE, AWS_PROFILE, "default" */
    const char *region;     /* AWS_REGION, AWS_DEFAULT_REGION, region; NULL: none */
    const char *sts_region; /* where STS is asked; never NULL */
    struct aws_endpoints endpoints;
    const char *ca_bundle; /* AWS_CA_BUNDLE, ca_bundle; NULL: the system's */
    unsigned attempts_max; /* AWS_MAX_ATTEMPTS, max_attempts; 0: the client's own */
    const char *config_path, *credentials_path;
};

/* Only `variable`, `arg` and `profile` of `world` are looked at.  owns: `arena`.
 * err: ERR_CONFIG with file and line, or naming the variable; a chosen profile that does not exist.
 * ERR_IO, ERR_LIMIT.  yields: no. */
int aws_settings_load(const struct credentials_world *world, struct arena *arena,
                      struct aws_settings *out, struct err *err);

#endif
