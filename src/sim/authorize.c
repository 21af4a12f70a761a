/*
 * authorize.c - whether the caller's own policies allow the operation.
 *
 * Limits: AWS-managed policies are told apart by name only (read-only, or everything), and
 *         resources are not looked at.
 */
#include "sim_priv.h"

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

static enum sim_verdict own_verdict(struct sim_call *call, const struct sim_question *question)
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

    if (call->operation->anonymous || call->principal.kind == SIM_ROOT ||
        str_eq(question.action, "sts:GetCallerIdentity")) /* which cannot be denied */
        return 0;
    question.context = context_of(call);
    if (own_verdict(call, &question) == SIM_ALLOWED)
        return 0;
    return sim_denied(call, question.action, NULL);
}
