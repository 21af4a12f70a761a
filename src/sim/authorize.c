/*
 * authorize.c - whether the policies over the caller allow the call: SCPs, RCPs, the caller's own
 * policies, its permissions boundary and its session's policies.
 *
 * Source: IAM User Guide, "Policy evaluation logic", "Troubleshoot access denied error messages"
 * and "Permissions boundaries"; AWS Managed Policy Reference Guide, "root-task". Limits:
 * AWS-managed policies are told apart by name only (read-only, or everything).  The own policies
 * must allow even where a resource's policy would do; that one is asked where the resource is
 * (resource_policy.c).
 */
#include "policies.h"

#include <string.h>

/* --- Root, for a task --- */

static const struct {
    const char *task;
    const char *actions; /* a blank between them */
} root_tasks[] = {
    {"IAMAuditRootUserCredentials",
     "iam:GetUser iam:ListAccessKeys iam:GetAccessKeyLastUsed iam:GetAccountSummary "
     "iam:ListMFADevices iam:GetLoginProfile iam:ListSigningCertificates"},
    {"IAMCreateRootUserPassword", "iam:CreateLoginProfile iam:GetLoginProfile"},
    {"IAMDeleteRootUserCredentials",
     "iam:GetUser iam:ListAccessKeys iam:GetAccessKeyLastUsed iam:GetAccountSummary "
     "iam:ListMFADevices iam:GetLoginProfile iam:ListSigningCertificates iam:DeleteAccessKey "
     "iam:DeleteLoginProfile iam:DeleteSigningCertificate iam:DeactivateMFADevice"},
    {"S3UnlockBucketPolicy",
     "s3:DeleteBucketPolicy s3:PutBucketPolicy s3:GetBucketPolicy s3:ListAllMyBuckets"},
    {"SQSUnlockQueuePolicy",
     "sqs:SetQueueAttributes sqs:GetQueueAttributes sqs:ListQueues sqs:GetQueueUrl"},
};

enum { ROOT_TASK_COUNT = sizeof root_tasks / sizeof root_tasks[0] };

bool sim_root_task_exists(const char *task)
{
    for (size_t i = 0; i < ROOT_TASK_COUNT; i++)
        if (str_eq(root_tasks[i].task, task))
            return true;
    return false;
}

static bool names_action(const char *actions, const char *action)
{
    size_t wanted = strlen(action);

    while (*actions != '\0') {
        size_t len = strcspn(actions, " ");

        if (len == wanted && strncmp(actions, action, len) == 0)
            return true;
        actions += len;
        actions += *actions == ' ';
    }
    return false;
}

/* A root user may do everything; the session of an AssumeRoot only its task. */
static bool root_may(const struct sim_principal *root, const char *action)
{
    if (root->root_task == NULL)
        return true;
    for (size_t i = 0; i < ROOT_TASK_COUNT; i++)
        if (str_eq(root_tasks[i].task, root->root_task))
            return names_action(root_tasks[i].actions, action);
    return false;
}

/* --- Users and roles --- */

static enum sim_verdict managed_verdict(const struct sim_call *call, const char *name)
{
    static const char *const reads[] = {"ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess"};

    if (str_eq(name, "AWSDenyAll"))
        return SIM_REFUSED;
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        if (str_ends(name, reads[i]))
            return call->operation->access == SIM_READ ? SIM_ALLOWED : SIM_SILENT;
    return SIM_ALLOWED;
}

static enum sim_verdict attached_verdict(struct sim_call *call, const char *arn,
                                         const struct policy_request *request)
{
    const struct json *policy = sim_get(call, call->account, "", "policy", arn);

    if (policy == NULL)
        return managed_verdict(call, strrchr(arn, '/') == NULL ? arn : strrchr(arn, '/') + 1);
    return sim_policy_ask(call, json_str(policy, "_document"), request);
}

static enum sim_verdict combine(enum sim_verdict a, enum sim_verdict b)
{
    return a > b ? a : b; /* refused beats allowed beats silent */
}

static const char *entity_kind(const struct sim_call *call)
{
    return call->principal.kind == SIM_ROLE ? "role" : "user";
}

static enum sim_verdict own_verdict(struct sim_call *call, const struct policy_request *request)
{
    const char *kind = entity_kind(call);
    const char *name = sim_iam_key(call->arena, call->principal.name);
    enum sim_verdict verdict = SIM_SILENT;
    const struct sim_record *it;

    for (it = sim_first(call, call->account, "",
                        arena_printf(call->arena, "%s-attached/%s", kind, name));
         it != NULL; it = sim_store_next(it))
        verdict = combine(
            verdict, attached_verdict(call, json_str(sim_record_json(it, call->arena), "PolicyArn"),
                                      request));
    for (it = sim_first(call, call->account, "",
                        arena_printf(call->arena, "%s-policy/%s", kind, name));
         it != NULL; it = sim_store_next(it))
        verdict = combine(
            verdict,
            sim_policy_ask(call, json_str(sim_record_json(it, call->arena), "PolicyDocument"),
                           request));
    return verdict;
}

/* Allowed where there is no boundary. */
static enum sim_verdict boundary_verdict(struct sim_call *call,
                                         const struct policy_request *request)
{
    const char *arn =
        json_str(json_get(sim_entity(call), "PermissionsBoundary"), "PermissionsBoundaryArn");

    return arn == NULL ? SIM_ALLOWED : attached_verdict(call, arn, request);
}

/* Allowed where the session was made without policies. */
static enum sim_verdict session_verdict(struct sim_call *call, const struct policy_request *request)
{
    const struct json *policies = call->principal.session_policies;
    enum sim_verdict verdict = SIM_SILENT;

    if (policies == NULL)
        return SIM_ALLOWED;
    for (const struct json *it = json_first(policies); it != NULL; it = it->next)
        verdict = combine(verdict, str_starts(it->string, "arn:")
                                       ? attached_verdict(call, it->string, request)
                                       : sim_policy_ask(call, it->string, request));
    return verdict;
}

/* --- The whole --- */

/* How AWS names a kind of policy; it puts "an identity-based policy", and "no permissions
 * boundary". */
struct side {
    enum sim_verdict verdict;
    const char *article, *type;
};

static const char *objection(struct sim_call *call, const char *action, const struct side *sides,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sides[i].verdict == SIM_REFUSED)
            return arena_printf(call->arena, "with an explicit deny in %s %s", sides[i].article,
                                sides[i].type);
    for (size_t i = 0; i < count; i++)
        if (sides[i].verdict == SIM_SILENT)
            return arena_printf(call->arena, "because no %s allows the %s action", sides[i].type,
                                action);
    return NULL;
}

const char *sim_objection(struct sim_call *call, const char *action, const char *resource)
{
    const char *owner = sim_resource_owner(call, resource), *why;
    const struct sim_question question = {
        .action = action,
        .resource = resource,
        .resource_account = owner,
        .region = call->region,
        .principal = &call->principal,
        .context = sim_context(call, owner == NULL ? call->account : owner),
    };
    struct policy_request request = sim_policy_request(&question, call->arena);

    if (sim_guardrails_deny(call, &request, &why))
        return why;
    if (call->principal.kind == SIM_ROOT)
        return root_may(&call->principal, action)
                   ? NULL
                   : arena_printf(call->arena, "because no session policy allows the %s action",
                                  action);
    return objection(
        call, action,
        (const struct side[]){{own_verdict(call, &request), "an", "identity-based policy"},
                              {boundary_verdict(call, &request), "a", "permissions boundary"},
                              {session_verdict(call, &request), "a", "session policy"}},
        3);
}

int sim_authorize(struct sim_call *call)
{
    const char *action = sim_iam_action(call), *resource, *why;

    sim_policies_trim(call->sim->policies);
    if (call->operation->anonymous ||
        str_eq(action, "sts:GetCallerIdentity")) /* which cannot be denied */
        return 0;
    resource = sim_resource(call);
    why = sim_objection(call, action, resource);
    return why == NULL ? 0 : sim_denied_because(call, action, resource, why);
}
