/*
 * resource_policy.c - policies that hang on a resource: who may use a bucket or a key.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS global condition context
 *         keys".
 * Limits: every request counts as one over TLS, so that the simulator can be used without.
 */
#include "resource_policy.h"

#include <string.h>

/* --- Principals ----------------------------------------------------------------------------------
 */

static bool is_account_id(const char *text)
{
    return strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* "*", an account, or the ARN of an account's root, role or user.  Accounts that the simulator does
 * not have may be real ones. */
static bool principal_exists(struct sim_call *call, const char *text)
{
    const char *account = strstr(text, ":iam::"), *name = strrchr(text, '/');
    const char *kind = strstr(text, ":role/") != NULL ? "role" : "user";
    const struct json *record;

    if (str_eq(text, "*") || is_account_id(text))
        return true;
    if (!str_starts(text, "arn:") || account == NULL || strlen(account) < 6 + 12 + 1)
        return str_starts(text, "arn:") && strstr(text, ":sts::") != NULL;
    if (str_ends(text, ":root"))
        return true;
    account = arena_strn(call->arena, account + 6, 12);
    if (name == NULL)
        return false;
    if (!sim_has(call, "", "", "account", account))
        return true;
    record = sim_get(call, account, "", kind, sim_iam_key(call->arena, name + 1));
    return record != NULL && sim_ready(call, record);
}

static bool principals_exist(struct sim_call *call, const struct json *statement)
{
    const struct json *principal = json_get(statement, "Principal"), *aws;

    if (principal == NULL)
        principal = json_get(statement, "NotPrincipal");
    if (principal->type == JSON_STRING)
        return str_eq(principal->string, "*");
    aws = json_get(principal, "AWS");
    if (aws == NULL || aws->type == JSON_STRING)
        return aws == NULL || principal_exists(call, aws->string);
    for (const struct json *it = json_first(aws); it != NULL; it = it->next)
        if (it->type != JSON_STRING || !principal_exists(call, it->string))
            return false;
    return true;
}

struct json *sim_resource_policy_parse(struct sim_call *call, const char *text,
                                       const char **out_why)
{
    struct json *policy = sim_policy_parse(text, true, call->arena, out_why);
    const struct json *statements = json_get(policy, "Statement");
    bool list = statements != NULL && statements->type == JSON_ARRAY;

    for (const struct json *it = list ? statements->first : statements; it != NULL;
         it = list ? it->next : NULL)
        if (!principals_exist(call, it)) {
            *out_why = "Invalid principal in policy";
            return NULL;
        }
    return policy;
}

/* --- Verdicts ------------------------------------------------------------------------------------
 */

static struct json *context_of(const struct sim_call *call, bool is_service)
{
    struct json *context = json_object(call->arena);

    json_put_str(context, "aws:SecureTransport", "true");
    json_put_str(context, "aws:PrincipalIsAWSService", is_service ? "true" : "false");
    return context;
}

enum sim_verdict sim_resource_policy_caller(struct sim_call *call, const char *text,
                                            const char *action, const char *resource)
{
    struct json *context = context_of(call, false);
    struct sim_question question = {
        .action = action, .resource = resource, .principal = &call->principal, .context = context};
    struct sim_organization organization;
    const char *why;

    if (text == NULL)
        return SIM_SILENT;
    json_put_str(context, "aws:PrincipalArn", call->principal.source_arn);
    json_put_str(context, "aws:PrincipalAccount", call->account);
    json_put_str(context, "aws:RequestedRegion", call->region);
    if (sim_organization_of(call, call->account, &organization))
        json_put_str(context, "aws:PrincipalOrgID", organization.id);
    return sim_policy_verdict(sim_policy_parse(text, true, call->arena, &why), &question,
                              call->arena);
}

enum sim_verdict sim_resource_policy_service(struct sim_call *call, const char *text,
                                             const struct sim_service_act *act)
{
    const struct sim_principal principal = {
        .kind = SIM_NOBODY, .account = "", .arn = act->service, .source_arn = act->service};
    struct json *context = context_of(call, true);
    struct sim_question question = {.action = act->action,
                                    .resource = act->resource,
                                    .principal = &principal,
                                    .context = context};
    struct sim_organization organization;
    const char *why;

    if (text == NULL)
        return SIM_SILENT;
    json_put_str(context, "aws:SourceArn", act->source_arn);
    json_put_str(context, "aws:SourceAccount", act->source_account);
    if (sim_organization_of(call, act->source_account, &organization))
        json_put_str(context, "aws:SourceOrgID", organization.id);
    for (const struct json *it = json_first(act->more); it != NULL; it = it->next)
        json_put(context, it->key, it);
    return sim_policy_verdict(sim_policy_parse(text, true, call->arena, &why), &question,
                              call->arena);
}
