/*
 * guardduty_features.c - the protection plans of GuardDuty: which there are, and what a call says
 * about them.
 *
 * Source: GuardDuty API Reference, DetectorFeatureConfiguration and its kin; CreateDetector for
 * what a new detector has; user guide, "Amazon GuardDuty Regions and endpoints", and AWS Config's
 *         guardduty-*-enabled rules for what some regions lack.
 * Limits: AI_ANALYST and RDS_DATA_RISK are not there.  AWS Config's pages are all that says where
 *         Lambda Protection is missing.
 */
#include "guardduty_priv.h"

#include <string.h>

#include <string.h>

static const struct feature {
    const char *name;
    const char *part; /* the additional configuration that this row is about; NULL: the feature */
    bool foundation;  /* always on, and never a parameter */
    bool from_start;  /* on in a new detector */
    const char *lacking; /* regions that do not have it */
} features[] = {
    {.name = "CLOUD_TRAIL", .foundation = true},
    {.name = "DNS_LOGS", .foundation = true},
    {.name = "FLOW_LOGS", .foundation = true},
    {.name = "S3_DATA_EVENTS", .from_start = true},
    {.name = "EKS_AUDIT_LOGS", .from_start = true},
    {.name = "EBS_MALWARE_PROTECTION", .from_start = true},
    {.name = "RDS_LOGIN_EVENTS", .from_start = true, .lacking = "ap-east-2"},
    {.name = "LAMBDA_NETWORK_LOGS",
     .from_start = true,
     .lacking = "ap-east-2 ap-southeast-7 mx-central-1"},
    {.name = "EKS_RUNTIME_MONITORING"},
    {.name = "EKS_RUNTIME_MONITORING", .part = "EKS_ADDON_MANAGEMENT"},
    {.name = "RUNTIME_MONITORING"},
    {.name = "RUNTIME_MONITORING", .part = "EKS_ADDON_MANAGEMENT"},
    {.name = "RUNTIME_MONITORING", .part = "ECS_FARGATE_AGENT_MANAGEMENT"},
    {.name = "RUNTIME_MONITORING", .part = "EC2_AGENT_MANAGEMENT"},
    {.name = "AI_PROTECTION", .from_start = true},
};

enum { FEATURE_COUNT = sizeof features / sizeof features[0] };

static const char *value_key(enum guardduty_use use)
{
    return use == GUARDDUTY_OF_ORGANIZATION ? "autoEnable" : "status";
}

static bool is_here(const struct sim_call *call, const struct feature *feature)
{
    return feature->lacking == NULL || strstr(feature->lacking, call->region) == NULL;
}

static const char *key_of(struct sim_call *call, const struct feature *feature)
{
    return feature->part == NULL ? feature->name
                                 : arena_printf(call->arena, "%s/%s", feature->name, feature->part);
}

struct json *guardduty_features_new(struct sim_call *call, enum guardduty_use use)
{
    struct json *out = json_object(call->arena);

    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        const char *value = features[i].from_start ? "ENABLED" : "DISABLED";

        if (!features[i].foundation && is_here(call, &features[i]))
            json_put_str(out, key_of(call, &features[i]),
                         use == GUARDDUTY_OF_ORGANIZATION ? "NONE" : value);
    }
    return out;
}

/* --- Reading -------------------------------------------------------------------------------------
 */

/* NULL with the error set: nobody knows it, or the region lacks it. */
static const struct feature *feature_find(struct sim_call *call, const char *name, const char *part)
{
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (!features[i].foundation && str_eq(features[i].name, name) &&
            str_eq(features[i].part, part) && is_here(call, &features[i]))
            return &features[i];
    (void)guardduty_invalid(call);
    return NULL;
}

static int read_one(struct sim_call *call, enum guardduty_use use, const struct json *item,
                    const char *name, const char *part, struct json *out)
{
    const struct sim_rule rule = {
        .name = value_key(use),
        .values = use == GUARDDUTY_OF_ORGANIZATION ? "NEW|NONE|ALL" : "ENABLED|DISABLED",
    };
    const struct feature *feature = feature_find(call, name, part);
    const struct json *value = json_get(item, value_key(use));

    if (feature == NULL || sim_check(call, &rule, value) != 0)
        return -1;
    if (value != NULL)
        sim_set_str(out, key_of(call, feature), value->string);
    return 0;
}

int guardduty_features_read(struct sim_call *call, enum guardduty_use use, struct json *out)
{
    struct json *read = json_copy(out, call->arena);
    bool eks = false, all = false;

    for (const struct json *it = json_first(json_get(call->params, "features")); it != NULL;
         it = it->next) {
        const char *name = json_str(it, "name");

        if (read_one(call, use, it, name, NULL, read) != 0)
            return -1;
        eks = eks || str_eq(name, "EKS_RUNTIME_MONITORING");
        all = all || str_eq(name, "RUNTIME_MONITORING");
        for (const struct json *part = json_first(json_get(it, "additionalConfiguration"));
             part != NULL; part = part->next)
            if (json_str(part, "name") == NULL)
                return guardduty_invalid(call);
            else if (read_one(call, use, part, name, json_str(part, "name"), read) != 0)
                return -1;
    }
    if (eks && all)
        return guardduty_reject(call, "The request is rejected because EKS_RUNTIME_MONITORING and "
                                      "RUNTIME_MONITORING cannot be specified together.");
    for (const struct json *it = json_first(read); it != NULL; it = it->next)
        sim_set_str(out, it->key, it->string);
    return 0;
}

/* --- Showing -------------------------------------------------------------------------------------
 */

static void put_value(struct sim_call *call, enum guardduty_use use, struct json *out,
                      const char *name, const char *value, int64_t updated_ms)
{
    json_put_str(out, "name", name);
    json_put_str(out, value_key(use), value);
    if (use != GUARDDUTY_OF_ORGANIZATION)
        sim_put_time(call, out, "updatedAt", updated_ms);
}

void guardduty_features_put(struct sim_call *call, enum guardduty_use use, struct json *out,
                            const struct json *values, int64_t updated_ms)
{
    struct json *list = json_put_array(out, "features"), *last = NULL, *parts = NULL;

    for (size_t i = 0; i < FEATURE_COUNT; i++) {
        const struct feature *feature = &features[i];
        const char *value =
            feature->foundation ? "ENABLED" : json_str(values, key_of(call, feature));

        if (value == NULL || (feature->foundation && use != GUARDDUTY_OF_DETECTOR))
            continue;
        if (feature->part == NULL) {
            last = json_add_object(list);
            parts = NULL;
            put_value(call, use, last, feature->name, value, updated_ms);
            continue;
        }
        if (parts == NULL)
            parts = json_put_array(last, "additionalConfiguration");
        put_value(call, use, json_add_object(parts), feature->part, value, updated_ms);
    }
}
