/*
 * s3_policy.c - what a bucket policy must look like, and when it would make the bucket public.
 *
 * Source: S3 User Guide, "Bucket policies" and "The meaning of public".
 * Limits: a policy counts as public only for a statement that names everybody and no narrowing
 *         condition; wildcards in the condition's values are not looked at.
 */
#include "s3_priv.h"

#include "resource_policy.h"

#include <string.h>

enum { POLICY_BYTES_MOST = 20 * 1024 };

static int malformed_policy(struct sim_call *call, const char *why)
{
    return sim_error(call, "MalformedPolicy", 400, "%s", why);
}

static bool all_start(const struct json *texts, const char *a, const char *b)
{
    for (const struct json *it = s3_first(texts); it != NULL; it = s3_next(texts, it))
        if (it->type != JSON_STRING || (!str_starts(it->string, a) && !str_eq(it->string, b)))
            return false;
    return true;
}

/* Of the bucket itself, or of what is in it. */
static bool resources_fit(struct sim_call *call, const char *bucket, const struct json *statement)
{
    const char *arn = sim_arn(call, "s3", "", "", "%s", bucket);
    const struct json *resources = json_get(statement, "Resource");

    if (resources == NULL)
        resources = json_get(statement, "NotResource");
    if (resources == NULL)
        return false;
    for (const struct json *it = s3_first(resources); it != NULL; it = s3_next(resources, it))
        if (it->type != JSON_STRING ||
            !(str_eq(it->string, arn) ||
              str_starts(it->string, arena_printf(call->arena, "%s/", arn))))
            return false;
    return true;
}

static bool is_everybody(const struct json *principal)
{
    const struct json *aws = json_get(principal, "AWS");

    if (principal != NULL && principal->type == JSON_STRING)
        return str_eq(principal->string, "*");
    for (const struct json *it = s3_first(aws); it != NULL; it = s3_next(aws, it))
        if (it->type == JSON_STRING && str_eq(it->string, "*"))
            return true;
    return false;
}

/* A condition narrows it to known callers only by one of these keys. */
static bool is_narrowed(const struct json *condition)
{
    static const char *const keys[] = {
        "aws:PrincipalOrgID",    "aws:PrincipalAccount", "aws:PrincipalArn",
        "aws:PrincipalOrgPaths", "aws:SourceArn",        "aws:SourceAccount",
        "aws:SourceOrgID",       "aws:SourceVpc",        "aws:SourceVpce",
        "aws:SourceIp",          "s3:DataAccessPointArn"};

    for (const struct json *op = json_first(condition); op != NULL; op = op->next)
        for (const struct json *it = json_first(op); it != NULL; it = it->next)
            for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
                if (str_eq_nocase(it->key, keys[i]))
                    return true;
    return false;
}

int s3_check_policy(struct sim_call *call, const char *bucket, struct json *value)
{
    const struct json *block = s3_get(call, bucket, "public-access-block"), *statements;
    const char *text = json_str(value, "_text"), *why;
    const struct json *policy;

    if (strlen(text) > POLICY_BYTES_MOST)
        return malformed_policy(call, "Policy exceeds the maximum allowed document size.");
    policy = sim_resource_policy_parse(call, text, &why);
    if (policy == NULL)
        return malformed_policy(call, why);
    statements = json_get(policy, "Statement");
    for (const struct json *it = s3_first(statements); it != NULL; it = s3_next(statements, it)) {
        if (!all_start(json_get(it, "Action"), "s3:", "*") ||
            !all_start(json_get(it, "NotAction"), "s3:", "*"))
            return malformed_policy(call, "Policy has invalid action");
        if (!resources_fit(call, bucket, it))
            return malformed_policy(call, "Policy has invalid resource");
        if (json_bool(block, "BlockPublicPolicy", false) &&
            str_eq(json_str(it, "Effect"), "Allow") && is_everybody(json_get(it, "Principal")) &&
            !is_narrowed(json_get(it, "Condition")))
            return sim_error(call, "AccessDenied", 403,
                             "User: %s is not authorized to perform: s3:PutBucketPolicy because "
                             "public policies are prevented by the BlockPublicPolicy setting in S3 "
                             "Block Public Access.",
                             call->principal.arn);
    }
    return 0;
}
