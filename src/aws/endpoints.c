#include "plinth/aws/endpoints.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"

#include <string.h>

struct partition_row {
    const char *shape;
    struct aws_partition partition;
};

static const struct partition_row partitions[] = {
#define PARTITION(name, shape, suffix, global_region, fips)                                        \
    {shape, {name, suffix, global_region, fips}},
#include "partitions.def"
#undef PARTITION
};

enum { PARTITIONS = sizeof partitions / sizeof partitions[0] };

struct host_row {
    enum aws_service service;
    const char *partition;
    const char *host, *fips_host; /* NULL: the rule */
    const char *signing_region;   /* NULL: the rule */
};

static const struct host_row hosts[] = {
#define HOST(service, partition, host, fips_host, region)                                          \
    {AWS_SERVICE_##service, partition, host, fips_host, region},
#include "endpoints.def"
#undef HOST
};

/* --- Partitions --- */

/* "<prefix>word-number" */
static bool has_shape(const char *region, const char *shape)
{
    size_t prefix = strlen(shape) - 1, word, number;

    if (strncmp(region, shape, prefix) != 0)
        return false;
    region += prefix;
    word = strspn(region, "abcdefghijklmnopqrstuvwxyz");
    if (word == 0 || region[word] != '-')
        return false;
    region += word + 1;
    number = strspn(region, "0123456789");
    return number > 0 && region[number] == '\0';
}

const struct aws_partition *aws_partition_of_region(const char *region)
{
    for (size_t i = 1; i < PARTITIONS; i++)
        if (has_shape(region, partitions[i].shape))
            return &partitions[i].partition;
    return &partitions[0].partition;
}

const struct aws_partition *aws_partition_find(const char *name)
{
    for (size_t i = 0; i < PARTITIONS; i++)
        if (str_eq(partitions[i].partition.name, name))
            return &partitions[i].partition;
    return NULL;
}

/* --- Regions --- */

static const char *const regions[] = {
#define REGION(name) name,
#include "regions.def"
#undef REGION
};

enum { REGIONS = sizeof regions / sizeof regions[0] };

bool aws_region_is_known(const char *region)
{
    for (size_t i = 0; i < REGIONS; i++)
        if (str_eq(regions[i], region))
            return true;
    return false;
}

const char *aws_region_nearest(const char *region)
{
    return str_nearest(region, regions, REGIONS);
}

/* --- Endpoints --- */

static const struct host_row *find_host(enum aws_service service, const char *partition)
{
    static const struct host_row by_rule = {.service = AWS_SERVICE_NONE};

    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (hosts[i].service == service && strcmp(hosts[i].partition, partition) == 0)
            return &hosts[i];
    return &by_rule;
}

/* A region or an account id becomes part of a host name, so nothing else may be in it. */
static bool is_label(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len <= 63 && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static const char *fill_in(const char *host, const char *region, struct arena *arena)
{
    const char *at = strstr(host, "{}");

    return at == NULL ? host
                      : arena_printf(arena, "%.*s%s%s", (int)(at - host), host, region, at + 2);
}

/* Without slashes at the end; NULL if it cannot be one. */
static const char *override_url(const char *url, struct arena *arena, struct err *err)
{
    size_t len = strlen(url);
    struct http_url parsed;

    if (http_url_parse(url, arena, &parsed, err) != 0) {
        (void)err_wrap(err, "endpoint URL");
        return NULL;
    }
    if (parsed.query[0] != '\0') {
        (void)err_set(err, ERR_CONFIG, "endpoint URL: \"%s\" has a query", url);
        return NULL;
    }
    while (len > 0 && url[len - 1] == '/')
        len--;
    return arena_strn(arena, url, len);
}

static const char *override_of(const struct aws_endpoints *endpoints, enum aws_service service)
{
    const char *own = endpoints->service_url[service];

    return own != NULL ? own : endpoints->url;
}

static const char *service_host(const struct aws_service_info *info, const struct host_row *row,
                                const struct aws_partition *partition, const char *region,
                                bool fips, struct arena *arena)
{
    const char *host = fips ? row->fips_host : row->host;

    if (host != NULL)
        return fill_in(host, region, arena);
    return arena_printf(arena, "%s%s.%s.%s", info->endpoint, fips ? "-fips" : "", region,
                        partition->dns_suffix);
}

int aws_endpoint_resolve(const struct aws_endpoints *endpoints, enum aws_service service,
                         const char *region, const char *account_id, struct arena *arena,
                         struct aws_endpoint *out, struct err *err)
{
    const struct aws_service_info *info = aws_service_info(service);
    const struct aws_partition *partition = aws_partition_of_region(region);
    const struct host_row *row = find_host(service, partition->name);
    const char *override = override_of(endpoints, service);
    const char *host, *url;

    if (!is_label(region))
        return err_set(err, ERR_CONFIG, "\"%s\" is not the name of a region", region);
    if (info->global)
        region = row->signing_region != NULL ? row->signing_region : partition->global_region;
    if (override != NULL) {
        url = override_url(override, arena, err);
        if (url == NULL)
            return -1;
        *out = (struct aws_endpoint){url, arena_str(arena, region)};
        return 0;
    }
    if (endpoints->fips && !partition->fips)
        return err_set(err, ERR_CONFIG, "partition %s has no FIPS endpoints", partition->name);

    host = service_host(info, row, partition, region, endpoints->fips, arena);
    if (service == AWS_SERVICE_S3CONTROL) {
        if (account_id == NULL || !is_label(account_id))
            return err_set(err, ERR_CONFIG, "%s needs an account id", info->name);
        host = arena_printf(arena, "%s.%s", account_id, host);
    }
    *out = (struct aws_endpoint){arena_printf(arena, "https://%s", host), arena_str(arena, region)};
    return 0;
}

static bool is_under(const char *host, const char *suffix)
{
    size_t len = strlen(host), suffix_len = strlen(suffix);

    return len > suffix_len && host[len - suffix_len - 1] == '.' && str_ends(host, suffix);
}

bool aws_endpoint_is_aws(const struct aws_endpoints *endpoints, enum aws_service service)
{
    const char *override = override_of(endpoints, service);
    struct arena *arena;
    struct http_url url;
    struct err ignored = ERR_INIT;
    bool result = false;

    if (override == NULL)
        return true;
    arena = arena_new("endpoint");
    if (http_url_parse(override, arena, &url, &ignored) == 0)
        for (size_t i = 0; i < PARTITIONS && !result; i++)
            result = is_under(url.host, partitions[i].partition.dns_suffix);
    arena_free(arena);
    return result;
}
