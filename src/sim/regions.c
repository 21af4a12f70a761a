/*
 * regions.c - the regions there are, and which of them an account has turned on.
 *
 * Source: AWS Account Management, "Enable or disable AWS Regions in your account".
 */
#include "sim_priv.h"

static const struct sim_region regions[] = {
    {"us-east-1", "aws", false},
    {"us-east-2", "aws", false},
    {"us-west-1", "aws", false},
    {"us-west-2", "aws", false},
    {"ap-south-1", "aws", false},
    {"ap-northeast-1", "aws", false},
    {"ap-northeast-2", "aws", false},
    {"ap-northeast-3", "aws", false},
    {"ap-southeast-1", "aws", false},
    {"ap-southeast-2", "aws", false},
    {"ca-central-1", "aws", false},
    {"eu-central-1", "aws", false},
    {"eu-west-1", "aws", false},
    {"eu-west-2", "aws", false},
    {"eu-west-3", "aws", false},
    {"eu-north-1", "aws", false},
    {"sa-east-1", "aws", false},
    {"af-south-1", "aws", true},
    {"ap-east-1", "aws", true},
    {"ap-east-2", "aws", true},
    {"ap-south-2", "aws", true},
    {"ap-southeast-3", "aws", true},
    {"ap-southeast-4", "aws", true},
    {"ap-southeast-5", "aws", true},
    {"ap-southeast-6", "aws", true},
    {"ap-southeast-7", "aws", true},
    {"ca-west-1", "aws", true},
    {"eu-central-2", "aws", true},
    {"eu-south-1", "aws", true},
    {"eu-south-2", "aws", true},
    {"il-central-1", "aws", true},
    {"me-central-1", "aws", true},
    {"me-south-1", "aws", true},
    {"mx-central-1", "aws", true},
    {"cn-north-1", "aws-cn", false},
    {"cn-northwest-1", "aws-cn", false},
    {"us-gov-west-1", "aws-us-gov", false},
    {"us-gov-east-1", "aws-us-gov", false},
};

const struct sim_region *sim_region_at(size_t index)
{
    return index < sizeof regions / sizeof regions[0] ? &regions[index] : NULL;
}

const struct sim_region *sim_region_find(const char *name)
{
    const struct sim_region *region;

    for (size_t i = 0; (region = sim_region_at(i)) != NULL; i++)
        if (str_eq(region->name, name))
            return region;
    return NULL;
}

const char *sim_global_region(const char *partition)
{
    const struct sim_region *region;

    for (size_t i = 0; (region = sim_region_at(i)) != NULL; i++)
        if (str_eq(region->partition, partition))
            return region->name; /* the first of its partition in the table */
    return NULL;
}

bool sim_region_is_optional(const struct sim *sim, const struct sim_region *region)
{
    const char *const *on = sim->options.default_regions;

    for (size_t i = 0; on != NULL && on[i] != NULL; i++)
        if (str_eq(on[i], region->name))
            return false;
    return on != NULL || region->opt_in;
}

const char *sim_region_name(size_t index)
{
    const struct sim_region *region = sim_region_at(index);

    /* Those of other partitions are last in the table. */
    return region == NULL || !str_eq(region->partition, "aws") ? NULL : region->name;
}

const char *sim_region_status(struct sim_call *call, const char *account,
                              const struct sim_region *region)
{
    const struct json *record;
    bool enabled;

    if (!sim_region_is_optional(call->sim, region))
        return "ENABLED_BY_DEFAULT";
    record = sim_get(call, account, "", "region", region->name);
    if (record == NULL)
        return "DISABLED";
    enabled = str_eq(json_str(record, "RegionOptStatus"), "ENABLED");
    if (sim_ready(call, record))
        return enabled ? "ENABLED" : "DISABLED";
    return enabled ? "ENABLING" : "DISABLING";
}
