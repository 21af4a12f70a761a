/*
 * ec2.c - the regions that an account sees, and what it has set for each of them.
 *
 * Records: (account, region, "ec2-default", "ebs-encryption") -> {}, if it is on.
 * Source: Amazon EC2 API Reference, version 2016-11-15.
 * Limits: of the filters, endpoint, opt-in-status and region-name.
 */
#include "ec2_priv.h"

static const char *opt_in_status(struct sim_call *call, const struct sim_region *region)
{
    if (!sim_region_is_optional(call->sim, region))
        return "opt-in-not-required";
    return str_eq(sim_region_status(call, call->account, region), "ENABLED") ? "opted-in"
                                                                             : "not-opted-in";
}

static bool in_list(const struct json *list, const char *text)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (it->type == JSON_STRING && sim_glob(it->string, text, false))
            return true;
    return false;
}

/* -1: a filter that is not known. */
static int filters_check(struct sim_call *call)
{
    for (const struct json *it = json_first(json_get(call->params, "Filter")); it != NULL;
         it = it->next) {
        const char *name = json_str(it, "Name");

        if (!str_eq(name, "endpoint") && !str_eq(name, "opt-in-status") &&
            !str_eq(name, "region-name"))
            return sim_bad_input(call, "The filter '%s' is invalid", name == NULL ? "null" : name);
    }
    return 0;
}

static bool filters_pass(struct sim_call *call, const struct json *shown)
{
    for (const struct json *it = json_first(json_get(call->params, "Filter")); it != NULL;
         it = it->next) {
        const char *name = json_str(it, "Name");
        const char *member = str_eq(name, "endpoint")        ? "regionEndpoint"
                             : str_eq(name, "opt-in-status") ? "optInStatus"
                                                             : "regionName";

        if (!in_list(json_get(it, "Value"), json_str(shown, member)))
            return false;
    }
    return true;
}

static struct json *region_shown(struct sim_call *call, const struct sim_region *region)
{
    struct json *out = json_object(call->arena);
    const char *suffix = str_eq(region->partition, "aws-cn") ? "amazonaws.com.cn" : "amazonaws.com";

    json_put_str(out, "regionName", region->name);
    json_put_str(out, "regionEndpoint",
                 arena_printf(call->arena, "ec2.%s.%s", region->name, suffix));
    json_put_str(out, "optInStatus", opt_in_status(call, region));
    return out;
}

static int names_check(struct sim_call *call, const struct json *names)
{
    for (const struct json *it = json_first(names); it != NULL; it = it->next) {
        const struct sim_region *region = sim_region_find(it->string);

        if (region == NULL || !str_eq(region->partition, call->sim->partition))
            return sim_bad_input(call, "Invalid region provided: %s", it->string);
    }
    return 0;
}

/* Without AllRegions only those that can be used. */
static int describe_regions(struct sim_call *call)
{
    const struct json *names = json_get(call->params, "RegionName");
    bool all = json_bool(call->params, "AllRegions", false) || names != NULL;
    struct json *out = json_put_array(call->answer, "regionInfo");
    const struct sim_region *region;

    if (filters_check(call) != 0 || names_check(call, names) != 0)
        return -1;
    for (size_t i = 0; (region = sim_region_at(i)) != NULL; i++) {
        const struct json *shown = region_shown(call, region);

        if (str_eq(region->partition, call->sim->partition) &&
            (all || !str_eq(json_str(shown, "optInStatus"), "not-opted-in")) &&
            (names == NULL || in_list(names, region->name)) && filters_pass(call, shown))
            json_add(out, shown);
    }
    return 0;
}

/* --- Encryption of EBS volumes ----------------------------------------------------------------
 */

static int show_ebs_encryption(struct sim_call *call)
{
    json_put_bool(call->answer, "ebsEncryptionByDefault",
                  sim_has(call, call->account, call->region, "ec2-default", "ebs-encryption"));
    return 0;
}

static int enable_ebs_encryption(struct sim_call *call)
{
    sim_put(call, call->account, call->region, "ec2-default", "ebs-encryption",
            json_object(call->arena));
    return show_ebs_encryption(call);
}

static int disable_ebs_encryption(struct sim_call *call)
{
    (void)sim_delete(call, call->account, call->region, "ec2-default", "ebs-encryption");
    return show_ebs_encryption(call);
}

static const struct sim_operation operations[] = {
    {.name = "DescribeRegions", .handler = describe_regions},
    {.name = "GetEbsEncryptionByDefault", .handler = show_ebs_encryption},
    {.name = "EnableEbsEncryptionByDefault", .handler = enable_ebs_encryption, .access = SIM_WRITE},
    {.name = "DisableEbsEncryptionByDefault",
     .handler = disable_ebs_encryption,
     .access = SIM_WRITE},
    {.name = NULL},
};

const struct sim_service sim_service_ec2 = {
    .name = "ec2",
    .protocol = SIM_EC2,
    .api_version = "2016-11-15",
    .xmlns = "http://ec2.amazonaws.com/doc/2016-11-15/",
    .bad_input = "InvalidParameterValue",
    .throttled = "RequestLimitExceeded",
    .throttled_status = 503,
    .denied = "UnauthorizedOperation",
    .operations = {operations, ec2_default_operations, ec2_vpc_operations},
};
