/*
 * logs.c - CloudWatch Logs: groups, how long they keep, their tags, and resource policies.
 *
 * Source: CloudWatch Logs API Reference, version 2014-03-28; CloudWatch Logs User Guide,
 *         "CloudWatch Logs quotas".
 * Limits: no subscriptions, no export, no queries; keys are kept, not used.
 */
#include "logs_priv.h"
#include "resource_policy.h"

#include <string.h>

enum { POLICIES_MOST = 10, TAGS_MOST = 50 };

/* --- Which group ---------------------------------------------------------------------------------
 */

const char *log_kind(const struct sim_call *call, const char *what, const char *group)
{
    return arena_printf(call->arena, "%s/%s", what, group);
}

bool log_group_of_arn(struct sim_call *call, const char *arn, struct log_group_name *out)
{
    struct sim_arn_parts parts;
    const char *name;

    if (!sim_arn_split(arn, call->arena, &parts) || !str_eq(parts.service, "logs") ||
        !str_starts(parts.resource, "log-group:"))
        return false;
    name = parts.resource + strlen("log-group:");
    *out = (struct log_group_name){parts.account, parts.region,
                                   arena_strn(call->arena, name, strcspn(name, ":"))};
    return true;
}

bool log_group_exists(const struct sim_call *call, const struct log_group_name *group)
{
    return sim_has(call, group->account, group->region, "log-group", group->name);
}

static int not_found(struct sim_call *call)
{
    return sim_error(call, "ResourceNotFoundException", 400,
                     "The specified log group does not exist.");
}

struct json *log_group_asked(struct sim_call *call, const char *member)
{
    const char *name = sim_param(call, member);
    struct log_group_name parts = {call->account, call->region, name};
    struct json *group = NULL;

    if (!str_starts(name, "arn:") || log_group_of_arn(call, name, &parts))
        group = sim_get(call, call->account, call->region, "log-group", parts.name);
    if (group == NULL || !str_eq(parts.account, call->account))
        (void)not_found(call);
    return str_eq(parts.account, call->account) ? group : NULL;
}

static void group_put(struct sim_call *call, const struct json *group)
{
    sim_put(call, call->account, call->region, "log-group", json_str(group, "logGroupName"), group);
}

/* --- Create, delete, list ------------------------------------------------------------------------
 */

/* A map of texts, as tags are here. */
static int check_tags(struct sim_call *call, const struct json *tags)
{
    for (const struct json *it = json_first(tags); it != NULL; it = it->next)
        if (it->key == NULL || it->key[0] == '\0' || strlen(it->key) > 128 ||
            str_starts(it->key, "aws:") || it->type != JSON_STRING)
            return sim_bad_input(call, "The tag key or value is not valid.");
    return tags != NULL && tags->count > TAGS_MOST
               ? sim_error(call, "TooManyTagsException", 400, "Too many tags.")
               : 0;
}

static int create_log_group(struct sim_call *call)
{
    const char *name = sim_param(call, "logGroupName");
    const struct json *tags = json_get(call->params, "tags");
    struct json *group;
    const char *arn;

    if (check_tags(call, tags) != 0)
        return -1;
    if (sim_has(call, call->account, call->region, "log-group", name))
        return sim_error(call, "ResourceAlreadyExistsException", 400,
                         "The specified log group already exists");
    arn = sim_arn(call, "logs", call->region, call->account, "log-group:%s", name);
    group = json_object(call->arena);
    json_put_str(group, "logGroupName", name);
    json_put_number(group, "creationTime", (double)call->now_ms);
    json_put_number(group, "metricFilterCount", 0);
    json_put_str(group, "arn", arena_printf(call->arena, "%s:*", arn));
    json_put_str(group, "logGroupArn", arn);
    json_put_number(group, "storedBytes", 0);
    json_put_str(group, "kmsKeyId", sim_param(call, "kmsKeyId"));
    json_put_str(group, "logGroupClass", "STANDARD");
    json_put(group, "_tags", tags == NULL ? json_object(call->arena) : tags);
    group_put(call, group);
    return 0;
}

static void drop_all(struct sim_call *call, const char *kind)
{
    const struct sim_record *it, *next;

    for (it = sim_first(call, call->account, call->region, kind); it != NULL; it = next) {
        next = sim_store_next(it);
        (void)sim_delete(call, call->account, call->region, kind, sim_record_id(it));
    }
}

static int delete_log_group(struct sim_call *call)
{
    const struct json *group = log_group_asked(call, "logGroupName");
    const char *name = json_str(group, "logGroupName");

    if (group == NULL)
        return -1;
    drop_all(call, log_kind(call, "log-stream", name));
    drop_all(call, log_kind(call, "log-event", name));
    drop_all(call, log_kind(call, "log-filter", name));
    (void)sim_delete(call, call->account, call->region, "log-group", name);
    return 0;
}

static int describe_log_groups(struct sim_call *call)
{
    struct sim_page page = {.list = "logGroups",
                            .size = 50,
                            .size_param = "limit",
                            .token_in = "nextToken",
                            .token_out = "nextToken"};
    const char *prefix = sim_param(call, "logGroupNamePrefix");
    const char *part = sim_param(call, "logGroupNamePattern");

    if (prefix != NULL && part != NULL)
        return sim_bad_input(call, "LogGroup name prefix and LogGroup name pattern are mutually "
                                   "exclusive parameters.");
    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "log-group");
         it != NULL; it = sim_page_next(&page, it)) {
        struct json *group = sim_record_json(it, call->arena);
        const char *name = json_str(group, "logGroupName");

        if ((prefix != NULL && !str_starts(name, prefix)) ||
            (part != NULL && strstr(name, part) == NULL))
            continue;
        sim_set_number(group, "metricFilterCount",
                       (double)sim_store_count(call->sim->store, call->account, call->region,
                                               log_kind(call, "log-filter", name)));
        json_add(page.items, group);
    }
    return 0;
}

/* --- Retention -----------------------------------------------------------------------------------
 */

static int put_retention(struct sim_call *call)
{
    static const double days[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                  365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
    double wanted = json_number(call->params, "retentionInDays", 0);
    struct json *group = log_group_asked(call, "logGroupName");
    bool known = false;

    if (group == NULL)
        return -1;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        known = known || days[i] == wanted;
    if (!known)
        return sim_bad_input(call,
                             "1 validation error detected: Value '%.0f' at "
                             "'retentionInDays' failed to satisfy constraint",
                             wanted);
    sim_set_number(group, "retentionInDays", wanted);
    group_put(call, group);
    return 0;
}

static int delete_retention(struct sim_call *call)
{
    struct json *group = log_group_asked(call, "logGroupName");

    if (group == NULL)
        return -1;
    json_remove(group, "retentionInDays");
    group_put(call, group);
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

static int tag_resource(struct sim_call *call)
{
    struct json *group = log_group_asked(call, "resourceArn"), *tags;

    if (group == NULL)
        return -1;
    tags = json_copy(json_get(group, "_tags"), call->arena);
    for (const struct json *it = json_first(json_get(call->params, "tags")); it != NULL;
         it = it->next)
        sim_set(tags, it->key, it);
    if (check_tags(call, tags) != 0)
        return -1;
    sim_set(group, "_tags", tags);
    group_put(call, group);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    struct json *group = log_group_asked(call, "resourceArn"), *tags;

    if (group == NULL)
        return -1;
    tags = json_copy(json_get(group, "_tags"), call->arena);
    for (const struct json *it = json_first(json_get(call->params, "tagKeys")); it != NULL;
         it = it->next)
        json_remove(tags, it->string);
    sim_set(group, "_tags", tags);
    group_put(call, group);
    return 0;
}

static int list_tags(struct sim_call *call)
{
    const struct json *group = log_group_asked(call, "resourceArn");

    if (group == NULL)
        return -1;
    json_put(call->answer, "tags", json_get(group, "_tags"));
    return 0;
}

/* --- Resource policies ---------------------------------------------------------------------------
 */

static int put_policy(struct sim_call *call)
{
    const char *name = sim_param(call, "policyName"), *text = sim_param(call, "policyDocument");
    struct json *policy = json_object(call->arena);
    const char *why;

    if (sim_resource_policy_parse(call, text, &why) == NULL)
        return sim_bad_input(call, "Invalid resource policy: %s", why);
    if (!sim_has(call, call->account, call->region, "log-policy", name) &&
        sim_store_count(call->sim->store, call->account, call->region, "log-policy") >=
            POLICIES_MOST)
        return sim_error(call, "LimitExceededException", 400, "Resource limit exceeded.");
    json_put_str(policy, "policyName", name);
    json_put_str(policy, "policyDocument", text);
    json_put_number(policy, "lastUpdatedTime", (double)call->now_ms);
    sim_put(call, call->account, call->region, "log-policy", name, policy);
    json_put(call->answer, "resourcePolicy", policy);
    return 0;
}

static int describe_policies(struct sim_call *call)
{
    struct sim_page page = {.list = "resourcePolicies",
                            .size = 50,
                            .size_param = "limit",
                            .token_in = "nextToken",
                            .token_out = "nextToken"};

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "log-policy");
         it != NULL; it = sim_page_next(&page, it))
        json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

#define GROUP                                                                                      \
    {                                                                                              \
        .name = "logGroupName", .required = true, .min = 1, .max = 512, .chars = "._/#A-Za-z0-9-"  \
    }
#define RESOURCE                                                                                   \
    {                                                                                              \
        .name = "resourceArn", .required = true, .min = 1, .max = 1011                             \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule group_rules[] = {GROUP, END};
static const struct sim_rule retention_rules[] = {
    GROUP, {.name = "retentionInDays", .required = true, .number = true, .min = 1}, END};
static const struct sim_rule tag_rules[] = {RESOURCE, {.name = "tags", .required = true}, END};
static const struct sim_rule untag_rules[] = {RESOURCE, {.name = "tagKeys", .required = true}, END};
static const struct sim_rule arn_rules[] = {RESOURCE, END};
static const struct sim_rule policy_rules[] = {
    {.name = "policyName", .required = true, .min = 1},
    {.name = "policyDocument", .required = true, .min = 1, .max = 5120},
    END,
};

static const struct sim_operation operations[] = {
    {.name = "CreateLogGroup",
     .handler = create_log_group,
     .access = SIM_WRITE,
     .rules = group_rules},
    {.name = "DeleteLogGroup",
     .handler = delete_log_group,
     .access = SIM_WRITE,
     .rules = group_rules},
    {.name = "DescribeLogGroups", .handler = describe_log_groups},
    {.name = "PutRetentionPolicy",
     .handler = put_retention,
     .access = SIM_WRITE,
     .rules = retention_rules},
    {.name = "DeleteRetentionPolicy",
     .handler = delete_retention,
     .access = SIM_WRITE,
     .rules = group_rules},
    {.name = "TagResource", .handler = tag_resource, .access = SIM_WRITE, .rules = tag_rules},
    {.name = "UntagResource", .handler = untag_resource, .access = SIM_WRITE, .rules = untag_rules},
    {.name = "ListTagsForResource", .handler = list_tags, .rules = arn_rules},
    {.name = "PutResourcePolicy",
     .handler = put_policy,
     .access = SIM_WRITE,
     .rules = policy_rules},
    {.name = "DescribeResourcePolicies", .handler = describe_policies},
    END,
};

const struct sim_service sim_service_logs = {
    .name = "cloudwatch-logs",
    .signing_name = "logs",
    .endpoint = "logs",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "Logs_20140328",
    .bad_input = "InvalidParameterException",
    .operations = {operations, log_event_operations, log_filter_operations},
};
