/*
 * resource_policy.c - policies that hang on a resource: who may use a bucket or a key.
 *
 * Source: IAM User Guide, "AWS JSON policy elements: Principal" and "AWS global condition context
 *         keys".
 * Limits: every request counts as one over TLS, so that the simulator can be used without.
 */
#include "resource_policy.h"

#include "policies.h"

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

enum sim_verdict sim_resource_policy_caller(struct sim_call *call, const char *text,
                                            const char *action, const char *resource)
{
    const char *owner = sim_resource_owner(call, resource);
    struct sim_question question = {
        .action = action,
        .resource = resource,
        .resource_account = owner,
        .region = call->region,
        .principal = &call->principal,
        .context = sim_context(call, owner == NULL ? call->account : owner),
    };

    return sim_policy_verdict(call, text, &question);
}

static struct json *service_context(struct sim_call *call, const struct sim_service_act *act,
                                    const char *owner)
{
    struct json *context = json_object(call->arena);
    const struct sim_guardrails *source = sim_guardrails_of(call, act->source_account);
    const struct sim_guardrails *resource = owner == NULL ? NULL : sim_guardrails_of(call, owner);

    json_put_str(context, "aws:SecureTransport", "true");
    json_put_str(context, "aws:SourceArn", act->source_arn);
    json_put_str(context, "aws:SourceAccount", act->source_account);
    json_put_str(context, "aws:SourceOrgID", source->organization);
    json_put_str(context, "aws:ResourceOrgID", resource == NULL ? NULL : resource->organization);
    for (const struct json *it = json_first(act->more); it != NULL; it = it->next)
        json_put(context, it->key, it);
    return context;
}

enum sim_verdict sim_resource_policy_service(struct sim_call *call, const char *text,
                                             const struct sim_service_act *act)
{
    const struct sim_principal principal = {
        .kind = SIM_NOBODY, .account = "", .arn = act->service, .source_arn = act->service};
    const char *owner = sim_resource_owner(call, act->resource), *why;
    struct sim_question question = {
        .action = act->action,
        .resource = act->resource,
        .resource_account = owner,
        .principal = &principal,
        .context = service_context(call, act, owner),
    };
    struct policy_request request = sim_policy_request(&question, call->arena);

    if (sim_rcps_deny(call, &request, &why))
        return SIM_REFUSED;
    return sim_policy_ask(call, text, &request);
}

/* --- Roles of services ---------------------------------------------------------------------------
 */

bool sim_service_assume(struct sim_call *call, const struct sim_service_act *act,
                        const char *region, const char *role_arn, struct sim_call *out_as)
{
    const char *name = strrchr(role_arn, '/'), *account = act->source_account;
    struct sim_service_act take = *act;
    const struct json *role =
        name == NULL ? NULL
                     : sim_get(call, account, "", "role", sim_iam_key(call->arena, name + 1));

    take.action = "sts:AssumeRole";
    take.resource = role_arn;
    if (role == NULL || !str_eq(json_str(role, "Arn"), role_arn) ||
        sim_resource_policy_service(call, json_str(role, "AssumeRolePolicyDocument"), &take) !=
            SIM_ALLOWED)
        return false;
    *out_as = *call;
    out_as->account = account;
    out_as->region = region;
    out_as->principal = (struct sim_principal){.kind = SIM_ROLE,
                                               .account = account,
                                               .arn = role_arn,
                                               .source_arn = role_arn,
                                               .name = json_str(role, "RoleName"),
                                               .session = true};
    return true;
}
