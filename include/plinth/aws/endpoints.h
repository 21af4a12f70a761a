/*
 * endpoints.h - where a service answers: partitions, global services, FIPS, overrides.
 *
 * Layer:  aws.
 * Source: botocore's partitions.json and endpoint rule sets; AWS General Reference.
 */
#ifndef PLINTH_AWS_ENDPOINTS_H
#define PLINTH_AWS_ENDPOINTS_H

#include "plinth/aws/ops.h"
#include "plinth/base/err.h"

#include <stdbool.h>

struct arena; /* base/arena.h */

struct aws_partition {
    const char *name;          /* "aws" */
    const char *dns_suffix;    /* "amazonaws.com" */
    const char *global_region; /* signs for most global services: "us-east-1" */
    bool fips;                 /* it has FIPS endpoints */
};

/* The partition of a region by its name's shape ("cn-north-1" is aws-cn; unknown shapes are "aws").
 * Static storage.  yields: no. */
const struct aws_partition *aws_partition_of_region(const char *region);
const struct aws_partition *aws_partition_find(const char *name); /* NULL: unknown */

/* Whether src/aws/regions.def has it, and the nearest of it for "did you mean" (NULL: none is
 * near). Static storage.  yields: no. */
bool aws_region_is_known(const char *region);
const char *aws_region_nearest(const char *region);

/* AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_<SERVICE>, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS and
 * AWS_USE_FIPS_ENDPOINT, resolved by whoever reads the environment and the profile. */
struct aws_endpoints {
    const char *url;                            /* for all services; NULL */
    const char *service_url[AWS_SERVICE_COUNT]; /* each wins over `url`; NULL */
    bool fips;
};

struct aws_endpoint {
    const char *url; /* "https://organizations.us-east-1.amazonaws.com", no trailing slash */
    const char *signing_region;
};

/* Buckets travel in the path (ops.def's "/{Bucket}"), never in the host: that holds for names with
 * dots too, and an override needs no DNS.  `account_id` goes in front of s3control's host, but not
 * of an override; it may be NULL elsewhere.  STS is always regional.  owns: `arena`. err:
 * ERR_CONFIG for an override that is no http(s) URL, for a region or an account that cannot be part
 * of a host name, and for FIPS in a partition without it.  yields: no. */
int aws_endpoint_resolve(const struct aws_endpoints *endpoints, enum aws_service service,
                         const char *region, const char *account_id, struct arena *arena,
                         struct aws_endpoint *out, struct err *err);

/* Whether AWS answers for a service: there is no override, or one to a host under a DNS suffix of
 * AWS (a VPC endpoint).  AWS's rates hold only there.  yields: no. */
bool aws_endpoint_is_aws(const struct aws_endpoints *endpoints, enum aws_service service);

#endif
