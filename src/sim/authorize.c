/*
 * authorize.c - whether the caller's own policies allow the operation.
 *
 * Source: IAM User Guide, "Policy evaluation logic"; AWS Managed Policy Reference Guide,
 * "root-task". Limits: AWS-managed policies are told apart by name only (read-only, or everything),
 * and resources are not looked at.
 */
#include "sim_priv.h"

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

static enum sim_verdict attached_verdict(struct sim_call *call, const struct json *attached,
                                         const struct sim_question *question)
{
    const char *arn = json_str(attached, "PolicyArn");
    struct json *policy = sim_get(call, call->account, "", "policy", arn);
    const char *text = json_str(policy, "_document"), *why;

    if (policy == NULL)
        return managed_verdict(call, json_str(attached, "PolicyName"));
    return sim_policy_verdict(sim_policy_parse(text, false, call->arena, &why), question,
                              call->arena);
}

static enum sim_verdict combine(enum sim_verdict a, enum sim_verdict b)
{
    return a > b ? a : b; /* refused beats allowed beats silent */
}

enum sim_verdict sim_own_verdict(struct sim_call *call, const struct sim_question *question)
{
    const char *kind = call->principal.kind == SIM_ROLE ? "role" : "user";
    const char *name = sim_iam_key(call->arena, call->principal.name);
    enum sim_verdict verdict = SIM_SILENT;
    const struct sim_record *it;

    for (it = sim_first(call, call->account, "",
                        arena_printf(call->arena, "%s-attached/%s", kind, name));
         it != NULL; it = sim_store_next(it))
        verdict =
            combine(verdict, attached_verdict(call, sim_record_json(it, call->arena), question));
    for (it = sim_first(call, call->account, "",
                        arena_printf(call->arena, "%s-policy/%s", kind, name));
         it != NULL; it = sim_store_next(it)) {
        const char *why;
        const char *text = json_str(sim_record_json(it, call->arena), "PolicyDocument");

        verdict =
            combine(verdict, sim_policy_verdict(sim_policy_parse(text, false, call->arena, &why),
                                                question, call->arena));
    }
    return verdict;
}

/* --- The whole --- */

static struct json *context_of(struct sim_call *call)
{
    struct json *context = json_object(call->arena);

    json_put_str(context, "aws:PrincipalArn", call->principal.source_arn);
    json_put_str(context, "aws:PrincipalAccount", call->account);
    json_put_str(context, "aws:RequestedRegion", call->region);
    return context;
}

int sim_authorize(struct sim_call *call)
{
    const char *prefix =
        call->service->signing_name == NULL ? call->service->name : call->service->signing_name;
    struct sim_question question = {
        .action = arena_printf(call->arena, "%s:%s", prefix, call->operation->name),
        .principal = &call->principal,
    };

    if (call->operation->anonymous ||
        str_eq(question.action, "sts:GetCallerIdentity")) /* which cannot be denied */
        return 0;
    if (call->principal.kind == SIM_ROOT)
        return root_may(&call->principal, question.action)
                   ? 0
                   : sim_denied(call, question.action, NULL);
    question.context = context_of(call);
    if (sim_own_verdict(call, &question) == SIM_ALLOWED)
        return 0;
    return sim_denied(call, question.action, NULL);
}
