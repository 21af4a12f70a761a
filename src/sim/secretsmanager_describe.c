/*
 * secretsmanager_describe.c - what is told of secrets, their tags and their policies.
 *
 * Source: Secrets Manager API Reference, version 2017-10-17, "DescribeSecret", "ListSecrets",
 *         "PutResourcePolicy".
 * Limits: a public policy is one whose text names "*" as principal without a condition.
 */
#include "secretsmanager_priv.h"

#include <string.h>

/* --- Describe ------------------------------------------------------------------------------------
 */

static void put_moment(const struct sim_call *call, struct json *out, const char *name,
                       const struct json *secret, const char *from)
{
    if (json_get(secret, from) != NULL)
        sim_put_time(call, out, name, (int64_t)json_number(secret, from, 0));
}

/* `stages`: how the answer calls the map of versions. */
static void describe(const struct sim_call *call, const struct json *secret, const char *stages,
                     struct json *out)
{
    static const char *const texts[] = {"ARN", "Name", "Description", "KmsKeyId"};
    struct json *versions;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        json_put_str(out, texts[i], json_str(secret, texts[i]));
    put_moment(call, out, "CreatedDate", secret, "_created_ms");
    put_moment(call, out, "LastChangedDate", secret, "_changed_ms");
    put_moment(call, out, "LastAccessedDate", secret, "_accessed_ms");
    put_moment(call, out, "DeletedDate", secret, "_deleted_ms");
    json_put(out, "Tags", json_get(secret, "Tags"));
    if (json_get(secret, "_versions") == NULL)
        return;
    versions = json_put_object(out, stages);
    for (const struct json *it = json_first(json_get(secret, "_versions")); it != NULL;
         it = it->next)
        json_put(versions, it->key, json_get(it, "_stages"));
}

static int describe_secret(struct sim_call *call)
{
    const struct json *secret = secret_asked(call);

    if (secret == NULL)
        return -1;
    describe(call, secret, "VersionIdsToStages", call->answer);
    return 0;
}

/* --- List ----------------------------------------------------------------------------------------
 */

static bool any_tag(const struct json *secret, const char *member, const char *prefix)
{
    for (const struct json *it = json_first(json_get(secret, "Tags")); it != NULL; it = it->next)
        if (str_starts(json_str(it, member), prefix))
            return true;
    return false;
}

static bool fits_value(const struct json *secret, const char *key, const char *value)
{
    const char *description = json_str(secret, "Description");

    if (str_eq(key, "name"))
        return str_starts(json_str(secret, "Name"), value);
    if (str_eq(key, "description"))
        return description != NULL && str_starts(description, value);
    if (str_eq(key, "tag-key"))
        return any_tag(secret, "Key", value);
    if (str_eq(key, "tag-value"))
        return any_tag(secret, "Value", value);
    return fits_value(secret, "name", value) || fits_value(secret, "description", value) ||
           any_tag(secret, "Key", value) || any_tag(secret, "Value", value);
}

/* Filters are joined by AND, their values by OR; "!" before a value turns it round. */
static bool fits(const struct json *secret, const struct json *filters)
{
    for (const struct json *it = json_first(filters); it != NULL; it = it->next) {
        bool any = false;

        for (const struct json *value = json_first(json_get(it, "Values")); value != NULL;
             value = value->next) {
            bool negated = value->string[0] == '!';

            any =
                any || fits_value(secret, json_str(it, "Key"), value->string + negated) != negated;
        }
        if (!any)
            return false;
    }
    return true;
}

static const struct sim_rule filter_rules[] = {
    {.name = "Key", .required = true, .values = "name|description|tag-key|tag-value|all"},
    {.name = "Values", .required = true},
    {.name = NULL},
};

static int list_secrets(struct sim_call *call)
{
    struct sim_page page = {.list = "SecretList",
                            .size = 100,
                            .size_param = "MaxResults",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    const struct json *filters = json_get(call->params, "Filters");
    bool planned = json_bool(call->params, "IncludePlannedDeletion", false);

    for (const struct json *it = json_first(filters); it != NULL; it = it->next)
        if (sim_check_rules(call, filter_rules, it) != 0)
            return -1;
    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it = sim_page_first(&page, call->account, call->region, "secret");
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *secret = sim_record_json(it, call->arena);
        double gone_ms = json_number(secret, "_gone_ms", 0);

        if (gone_ms == 0 || (planned && gone_ms > (double)call->now_ms))
            if (fits(secret, filters))
                describe(call, secret, "SecretVersionsToStages", json_add_object(page.items));
    }
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

static int tag_resource(struct sim_call *call)
{
    struct json *secret = secret_open(call);
    struct json *tags;

    if (secret == NULL)
        return -1;
    tags = sim_tags_with(call->arena, json_get(secret, "Tags"), json_get(call->params, "Tags"));
    if (secret_check_tags(call, tags) != 0)
        return -1;
    sim_set(secret, "Tags", tags);
    secret_put(call, secret);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    struct json *secret = secret_open(call);

    if (secret == NULL)
        return -1;
    sim_set(
        secret, "Tags",
        sim_tags_without(call->arena, json_get(secret, "Tags"), json_get(call->params, "TagKeys")));
    secret_put(call, secret);
    return 0;
}

/* --- Policies ------------------------------------------------------------------------------------
 */

static bool is_public(struct sim_call *call, const struct json *policy)
{
    const struct json *statements = json_get(policy, "Statement");
    bool list = statements->type == JSON_ARRAY;

    (void)call;
    for (const struct json *it = list ? statements->first : statements; it != NULL;
         it = list ? it->next : NULL) {
        const struct json *principal = json_get(it, "Principal");
        const char *aws = json_str(principal, "AWS");

        if (str_eq(json_str(it, "Effect"), "Allow") && json_get(it, "Condition") == NULL &&
            (str_eq(json_str(it, "Principal"), "*") || str_eq(aws, "*")))
            return true;
    }
    return false;
}

static int put_resource_policy(struct sim_call *call)
{
    const char *text = sim_param(call, "ResourcePolicy"), *why;
    struct json *secret = secret_open(call);
    const struct json *policy;

    if (secret == NULL)
        return -1;
    policy = sim_resource_policy_parse(call, text, &why);
    if (policy == NULL)
        return sim_error(call, "MalformedPolicyDocumentException", 400,
                         "This resource policy contains a syntax error: %s", why);
    if (json_bool(call->params, "BlockPublicPolicy", false) && is_public(call, policy))
        return sim_error(call, "PublicPolicyException", 400,
                         "You can't put a resource policy that allows broad access to the secret "
                         "when BlockPublicPolicy is set.");
    sim_set_str(secret, "_policy", text);
    secret_put(call, secret);
    secret_say(call, secret);
    return 0;
}

static int get_resource_policy(struct sim_call *call)
{
    const struct json *secret = secret_asked(call);

    if (secret == NULL)
        return -1;
    secret_say(call, secret);
    json_put_str(call->answer, "ResourcePolicy", json_str(secret, "_policy"));
    return 0;
}

static int delete_resource_policy(struct sim_call *call)
{
    struct json *secret = secret_open(call);

    if (secret == NULL)
        return -1;
    json_remove(secret, "_policy");
    secret_put(call, secret);
    secret_say(call, secret);
    return 0;
}

#define SECRET_ID                                                                                  \
    {                                                                                              \
        .name = "SecretId", .required = true, .min = 1, .max = 2048                                \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule id_rules[] = {SECRET_ID, END};
static const struct sim_rule tag_rules[] = {SECRET_ID, {.name = "Tags", .required = true}, END};
static const struct sim_rule untag_rules[] = {
    SECRET_ID, {.name = "TagKeys", .required = true}, END};
static const struct sim_rule policy_rules[] = {
    SECRET_ID, {.name = "ResourcePolicy", .required = true, .min = 1, .max = 20480}, END};

const struct sim_operation secret_description_operations[] = {
    {.name = "DescribeSecret", .handler = describe_secret, .rules = id_rules},
    {.name = "ListSecrets", .handler = list_secrets},
    {.name = "TagResource", .handler = tag_resource, .access = SIM_WRITE, .rules = tag_rules},
    {.name = "UntagResource", .handler = untag_resource, .access = SIM_WRITE, .rules = untag_rules},
    {.name = "PutResourcePolicy",
     .handler = put_resource_policy,
     .access = SIM_WRITE,
     .rules = policy_rules},
    {.name = "GetResourcePolicy", .handler = get_resource_policy, .rules = id_rules},
    {.name = "DeleteResourcePolicy",
     .handler = delete_resource_policy,
     .access = SIM_WRITE,
     .rules = id_rules},
    END,
};
