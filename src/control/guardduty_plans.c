/*
 * guardduty_plans.c - GuardDuty's protection plans: their keys in the baseline, and AWS's lists of
 *                     them.
 *
 * Source:    docs.aws.amazon.com/guardduty/latest/APIReference, API version 2017-11-28,
 *            DetectorFeatureConfiguration and its kin.
 * Limits:    EKS_RUNTIME_MONITORING is what RUNTIME_MONITORING replaced; AI_ANALYST is for the
 *            administrator's own use; RDS_DATA_RISK is not documented.
 */
#include "guardduty_shared.h"

#include "plinth/base/str.h"
#include "plinth/codec/json.h"

/* An additional configuration follows the feature that it belongs to. */
static const struct {
    const char *key, *feature, *part;
} plans[GUARDDUTY_PLANS] = {
    [GUARDDUTY_S3] = {"s3_data_events", "S3_DATA_EVENTS", NULL},
    [GUARDDUTY_EKS] = {"eks_audit_logs", "EKS_AUDIT_LOGS", NULL},
    [GUARDDUTY_EBS] = {"ebs_malware_protection", "EBS_MALWARE_PROTECTION", NULL},
    [GUARDDUTY_RDS] = {"rds_login_events", "RDS_LOGIN_EVENTS", NULL},
    [GUARDDUTY_LAMBDA] = {"lambda_network_logs", "LAMBDA_NETWORK_LOGS", NULL},
    [GUARDDUTY_RUNTIME] = {"runtime_monitoring", "RUNTIME_MONITORING", NULL},
    [GUARDDUTY_RUNTIME_EKS] = {"runtime_monitoring_eks", "RUNTIME_MONITORING",
                               "EKS_ADDON_MANAGEMENT"},
    [GUARDDUTY_RUNTIME_FARGATE] = {"runtime_monitoring_fargate", "RUNTIME_MONITORING",
                                   "ECS_FARGATE_AGENT_MANAGEMENT"},
    [GUARDDUTY_RUNTIME_EC2] = {"runtime_monitoring_ec2", "RUNTIME_MONITORING",
                               "EC2_AGENT_MANAGEMENT"},
    [GUARDDUTY_AI] = {"ai_protection", "AI_PROTECTION", NULL},
};

/* --- Settings ------------------------------------------------------------------------------------
 */

static const struct choice switches[] = {
    {"enabled", "ENABLED"},
    {"disabled", "DISABLED"},
    {NULL, NULL},
};

#define PLAN(KEY, PLAN, DOC)                                                                       \
    {                                                                                              \
        .key = (KEY), .type = FIELD_CHOICE, .choices = switches,                                   \
        .offset = offsetof(struct guardduty_protection, wanted) + (PLAN) * sizeof(char *),         \
        .doc = (DOC)                                                                               \
    }

static const struct field protection_fields[] = {
    PLAN("s3_data_events", GUARDDUTY_S3, "What is read and written in S3."),
    PLAN("eks_audit_logs", GUARDDUTY_EKS, "Audit logs of Kubernetes."),
    PLAN("ebs_malware_protection", GUARDDUTY_EBS,
         "Scans the volumes of instances that something was found about. Needs trusted access of "
         "`malware-protection.guardduty.amazonaws.com`."),
    PLAN("rds_login_events", GUARDDUTY_RDS, "Logins to Aurora and RDS databases."),
    PLAN("lambda_network_logs", GUARDDUTY_LAMBDA, "What Lambda functions talk to."),
    PLAN("runtime_monitoring", GUARDDUTY_RUNTIME,
         "What runs in containers and instances, as an agent in them sees it."),
    PLAN("runtime_monitoring_eks", GUARDDUTY_RUNTIME_EKS, "GuardDuty installs the agent in EKS."),
    PLAN("runtime_monitoring_fargate", GUARDDUTY_RUNTIME_FARGATE,
         "GuardDuty installs the agent in ECS on Fargate."),
    PLAN("runtime_monitoring_ec2", GUARDDUTY_RUNTIME_EC2, "GuardDuty installs the agent in EC2."),
    PLAN("ai_protection", GUARDDUTY_AI, "Calls of AI services such as Bedrock."),
    {.key = NULL},
};

const struct schema guardduty_protection_schema = {
    .name = "guardduty_protection",
    .doc = "Protection plans, each at its own price. `enabled`: in every account, and in new ones "
           "by themselves; `disabled`: in none; left out: as it is.",
    .size = sizeof(struct guardduty_protection),
    .node_offset = offsetof(struct guardduty_protection, node),
    .fields = protection_fields,
};

const char *guardduty_plan_key(enum guardduty_plan plan)
{
    return plans[plan].key;
}

void guardduty_plans_check(const struct guardduty_protection *protection, struct diags *diags)
{
    for (enum guardduty_plan plan = 0; protection != NULL && plan < GUARDDUTY_PLANS; plan++) {
        const char *whole = protection->wanted[GUARDDUTY_RUNTIME];

        if (plans[plan].part != NULL && protection->wanted[plan] != NULL &&
            (whole == NULL ||
             (str_eq(protection->wanted[plan], "ENABLED") && !str_eq(whole, "ENABLED"))))
            diags_add(diags, schema_mark(protection->node, plans[plan].key),
                      "%s needs runtime_monitoring: %s", plans[plan].key,
                      str_eq(protection->wanted[plan], "ENABLED") ? "enabled"
                                                                  : "disabled (or enabled)");
    }
}

/* --- AWS's lists of features ---------------------------------------------------------------------
 */

static const struct json *item_named(const struct json *list, const char *name)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(json_str(it, "name"), name))
            return it;
    return NULL;
}

const struct json *guardduty_plan_in(const struct json *features, enum guardduty_plan plan)
{
    const struct json *feature = item_named(features, plans[plan].feature);

    return plans[plan].part == NULL
               ? feature
               : item_named(json_get(feature, "additionalConfiguration"), plans[plan].part);
}

const char *guardduty_plan_spelled(const char *key, const char *value)
{
    if (value == NULL || !str_eq(key, "autoEnable"))
        return value;
    return str_eq(value, "ENABLED") ? "ALL" : "NONE";
}

/* The additional configuration of `feature` to write to. */
static struct json *add_part(struct json *feature, const char *name)
{
    struct json *item;

    /* The list is the last member: everything else was put before. */
    if (json_get(feature, "additionalConfiguration") == NULL)
        (void)json_put_array(feature, "additionalConfiguration");
    item = json_add_object(feature->last);
    json_put_str(item, "name", name);
    return item;
}

void guardduty_plans_put(const struct guardduty_protection *protection, const struct json *seen,
                         const char *key, struct json *params)
{
    struct json *list = json_put_array(params, "features"), *feature = NULL;

    for (enum guardduty_plan plan = 0; plan < GUARDDUTY_PLANS; plan++) {
        const char *wanted = protection == NULL ? NULL : protection->wanted[plan];
        struct json *item;

        if (plans[plan].part == NULL)
            feature = NULL;
        if (wanted == NULL || guardduty_plan_in(seen, plan) == NULL)
            continue;
        if (feature == NULL) {
            feature = json_add_object(list);
            json_put_str(feature, "name", plans[plan].feature);
        }
        item = plans[plan].part == NULL ? feature : add_part(feature, plans[plan].part);
        json_put_str(item, key, guardduty_plan_spelled(key, wanted));
    }
}
