/*
 * evaluate.c - from single statements to an answer.
 *
 * An explicit Deny anywhere wins.  Else the request must be granted: by every level of SCPs, and by
 * the identity side, the resource's policy, or both, as the accounts and the principal want it.
 * "Granted" is a formula of and and or over three values, each with what made it so: the answer
 * names the part that decided.
 */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <string.h>
#include <strings.h>

/* A statement, and why it is not certain. */
struct found {
    const struct policy_compiled *policy; /* NULL: none */
    size_t statement;
    const char *level;
    const char *missing;
};

/* What a set of policies says. */
struct tally {
    struct found denies, may_deny; /* the first of each */
    struct found allows, may_allow;
};

/* One part of the formula. */
struct grant {
    enum truth truth;
    struct found by; /* unless truth is TRUTH_NO */
    enum policy_reason reason;
    const char *level;
    const char *missing; /* of TRUTH_MAYBE without a statement */
};

/* --- Statements ----------------------------------------------------------------------------------
 */

static enum truth match_any(const struct patterns *patterns, const char *text,
                            struct context *context)
{
    const char *missing = context->missing;
    enum truth any = TRUTH_NO;

    for (size_t i = 0; i < patterns->count && any != TRUTH_YES; i++) {
        enum truth one = pattern_match(&patterns->items[i], text, context);

        any = one > any ? one : any;
    }
    if (any != TRUTH_MAYBE)
        context->missing = missing;
    return patterns->negated ? truth_not(any) : any;
}

/* Of a resource that was not given only "*" is certain. */
static enum truth match_resource(const struct patterns *patterns, struct context *context)
{
    const char *resource = context->request->resource;

    if (patterns->items == NULL)
        return TRUTH_YES;
    if (resource != NULL)
        return match_any(patterns, resource, context);
    for (size_t i = 0; i < patterns->count; i++) {
        const struct pattern *pattern = &patterns->items[i];

        context->steps++;
        if (pattern->count == 1 && pattern->units[0] == UNIT_ANY)
            return truth_of(!patterns->negated);
    }
    return evaluate_context_miss(context, "the resource");
}

/* All but the principal.  What is cheap and mostly says no comes first. */
static enum truth match_rest(const struct statement *statement, struct context *context)
{
    enum truth all = match_any(&statement->actions, context->request->action, context);

    if (all != TRUTH_NO) {
        enum truth resource = match_resource(&statement->resources, context);

        all = resource < all ? resource : all;
    }
    for (size_t i = 0; i < statement->condition_count && all != TRUTH_NO; i++) {
        enum truth one = condition_match(&statement->conditions[i], context);

        all = one < all ? one : all;
    }
    return all;
}

static void keep_first(struct found *found, const struct found *candidate)
{
    if (found->policy == NULL)
        *found = *candidate;
}

/* --- Sets ----------------------------------------------------------------------------------------
 */

static void tally_statement(struct tally *tally, bool deny, enum truth truth,
                            const struct found *where)
{
    if (truth == TRUTH_YES)
        keep_first(deny ? &tally->denies : &tally->allows, where);
    else if (truth == TRUTH_MAYBE)
        keep_first(deny ? &tally->may_deny : &tally->may_allow, where);
}

/* SCPs, identity policies, boundaries and session policies name no principal; RCPs name everyone.
 * None of these asks how a principal is meant. */
static void tally_set(const struct policy_set *set, const char *level, struct context *context,
                      struct tally *tally)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct policy_compiled *policy = set->items[i];

        for (size_t j = 0; j < policy->count; j++) {
            struct found where = {policy, j, level, NULL};
            enum truth truth;

            context->missing = NULL;
            truth = match_rest(&policy->statements[j], context);
            where.missing = context->missing;
            tally_statement(tally, policy->statements[j].deny, truth, &where);
        }
    }
}

static void tally_denies(struct tally *all, const struct tally *part)
{
    keep_first(&all->denies, &part->denies);
    keep_first(&all->may_deny, &part->may_deny);
}

/* --- The formula ---------------------------------------------------------------------------------
 */

static struct grant grant_of(const struct tally *tally, enum policy_reason otherwise,
                             const char *level)
{
    if (tally->allows.policy != NULL)
        return (struct grant){TRUTH_YES, tally->allows, REASON_STATEMENT, level, NULL};
    if (tally->may_allow.policy != NULL)
        return (struct grant){TRUTH_MAYBE, tally->may_allow, REASON_STATEMENT, level,
                              tally->may_allow.missing};
    return (struct grant){.truth = TRUTH_NO, .reason = otherwise, .level = level};
}

static struct grant grant_unbound(void)
{
    return (struct grant){.truth = TRUTH_YES, .reason = REASON_UNBOUND};
}

/* Of two that are equal: the one that names a statement. */
static struct grant grant_and(struct grant a, struct grant b)
{
    if (a.truth != b.truth)
        return a.truth < b.truth ? a : b;
    return a.reason == REASON_UNBOUND ? b : a;
}

static struct grant grant_or(struct grant a, struct grant b)
{
    return b.truth > a.truth ? b : a;
}

/* --- The parts -----------------------------------------------------------------------------------
 */

static bool scps_bind(const struct policy_attached *attached, enum principal_kind kind)
{
    return !attached->management_principal &&
           (kind == PRINCIPAL_USER || kind == PRINCIPAL_ROLE || kind == PRINCIPAL_ROOT ||
            kind == PRINCIPAL_FEDERATED_USER);
}

/* Every level must allow. */
static struct grant ask_scps(const struct policy_attached *attached, struct context *context,
                             struct tally *all)
{
    struct grant grant = grant_unbound();

    if (!scps_bind(attached, context->request->principal.kind))
        return grant;
    for (size_t i = 0; i < attached->scps.count; i++) {
        const struct policy_level *level = &attached->scps.items[i];
        struct tally tally = {0};

        tally_set(&level->policies, level->name, context, &tally);
        tally_denies(all, &tally);
        grant = grant_and(grant, grant_of(&tally, REASON_SCP, level->name));
    }
    return grant;
}

/* Retiring a grant is its holder's right: an RCP cannot take it.  KMS Developer Guide, "Resource
 * control policies". */
static bool rcps_bind(const struct policy_attached *attached, const struct policy_request *request)
{
    return !attached->management_resource &&
           request->principal.kind != PRINCIPAL_SERVICE_LINKED_ROLE &&
           !str_eq_nocase(request->action, "kms:RetireGrant");
}

static void ask_rcps(const struct policy_attached *attached, struct context *context,
                     struct tally *all)
{
    if (!rcps_bind(attached, context->request))
        return;
    for (size_t i = 0; i < attached->rcps.count; i++) {
        const struct policy_level *level = &attached->rcps.items[i];
        struct tally tally = {0};

        tally_set(&level->policies, level->name, context, &tally);
        tally_denies(all, &tally);
    }
}

/* A set that is not there limits nothing. */
static struct grant ask_limit(const struct policy_set *set, enum policy_reason otherwise,
                              struct context *context, struct tally *all)
{
    struct tally tally = {0};

    if (set->count == 0)
        return grant_unbound();
    tally_set(set, NULL, context, &tally);
    tally_denies(all, &tally);
    return grant_of(&tally, otherwise, NULL);
}

/* A root user needs no policy in its own account. */
static struct grant ask_identity(const struct policy_attached *attached, struct context *context,
                                 struct tally *all)
{
    struct tally tally = {0};

    if (context->request->principal.kind == PRINCIPAL_ROOT)
        return grant_unbound();
    tally_set(&attached->identity, NULL, context, &tally);
    tally_denies(all, &tally);
    return grant_of(&tally, REASON_IDENTITY, NULL);
}

/* What a resource's policy says, by the way in which it means the principal. */
struct resource_side {
    struct grant direct, entity, account;
};

static void tally_meant(struct tally *tally, enum truth meant, enum truth rest,
                        const struct found *where)
{
    tally_statement(tally, false, meant < rest ? meant : rest, where);
}

static struct resource_side ask_resource(const struct policy_compiled *policy,
                                         struct context *context, struct tally *all)
{
    struct tally direct = {0}, entity = {0}, account = {0};

    for (size_t i = 0; policy != NULL && i < policy->count; i++) {
        const struct statement *statement = &policy->statements[i];
        struct principal_match match = {TRUTH_YES, TRUTH_NO, TRUTH_NO};
        struct found where = {policy, i, NULL, NULL};
        enum truth rest, most;

        context->missing = NULL;
        if (statement->not_principal && statement->has_principal)
            match.direct = principal_not_match(statement->principals, statement->principal_count,
                                               statement->deny, context);
        else if (statement->has_principal)
            principal_match(statement->principals, statement->principal_count, context, &match);
        most = match.direct > match.entity ? match.direct : match.entity;
        most = match.account > most ? match.account : most;
        if (most == TRUTH_NO)
            continue;
        rest = match_rest(statement, context);
        where.missing = context->missing;
        if (statement->deny) {
            tally_statement(all, true, most < rest ? most : rest, &where);
            continue;
        }
        tally_meant(&direct, match.direct, rest, &where);
        tally_meant(&entity, match.entity, rest, &where);
        tally_meant(&account, match.account, rest, &where);
    }
    return (struct resource_side){grant_of(&direct, REASON_RESOURCE, NULL),
                                  grant_of(&entity, REASON_RESOURCE, NULL),
                                  grant_of(&account, REASON_RESOURCE, NULL)};
}

/* Roles and KMS keys always have a policy of their own, and it must allow even within the account:
 * IAM User Guide, "Roles terms and concepts"; KMS Developer Guide, "Key policies". */
static bool needs_resource_policy(const struct policy_request *request)
{
    if (strncasecmp(request->action, "sts:AssumeRole", strlen("sts:AssumeRole")) == 0)
        return true;
    return request->resource != NULL && str_starts(request->resource, "arn:") &&
           strstr(request->resource, ":kms:") != NULL && strstr(request->resource, ":key/") != NULL;
}

static bool is_same_account(const struct policy_request *request)
{
    return request->resource_account == NULL ||
           str_eq(request->resource_account, request->principal.account);
}

static bool has_identity(enum principal_kind kind)
{
    return kind != PRINCIPAL_SERVICE && kind != PRINCIPAL_PROVIDER && kind != PRINCIPAL_ANONYMOUS;
}

static struct grant ask_account_policies(const struct policy_attached *attached,
                                         struct context *context, struct tally *all)
{
    const struct policy_request *request = context->request;
    struct grant identity = ask_identity(attached, context, all);
    struct grant limits = grant_and(ask_limit(&attached->boundary, REASON_BOUNDARY, context, all),
                                    ask_limit(&attached->session, REASON_SESSION, context, all));
    struct resource_side resource = ask_resource(attached->resource, context, all);
    struct grant any = grant_or(grant_or(resource.direct, resource.entity), resource.account);

    /* Which policy of a role or key is missing, nobody can tell from the outside. */
    if (attached->resource == NULL && needs_resource_policy(request))
        any = resource.account = (struct grant){
            .truth = TRUTH_MAYBE, .reason = REASON_RESOURCE, .missing = "the resource's policy"};
    if (!has_identity(request->principal.kind))
        return any;
    if (!is_same_account(request))
        return grant_and(any, grant_and(identity, limits));
    if (needs_resource_policy(request))
        return grant_or(
            resource.direct,
            grant_and(grant_or(resource.entity, grant_and(resource.account, identity)), limits));
    return grant_or(grant_and(grant_or(identity, resource.entity), limits), resource.direct);
}

/* --- Answers -------------------------------------------------------------------------------------
 */

static void answer_by(struct policy_answer *out, enum policy_outcome outcome,
                      const struct found *found)
{
    out->outcome = outcome;
    out->reason = REASON_STATEMENT;
    out->policy = found->policy;
    out->statement = found->statement;
    out->sid = found->policy->statements[found->statement].sid;
    out->level = found->level;
    out->missing = outcome == POLICY_UNKNOWN ? found->missing : NULL;
}

static void answer(struct policy_answer *out, const struct tally *denials,
                   const struct grant *granted)
{
    if (denials->denies.policy != NULL) {
        answer_by(out, POLICY_DENIED, &denials->denies);
        return;
    }
    if (granted->truth == TRUTH_NO) {
        out->outcome = POLICY_DENIED;
        out->reason = granted->reason;
        out->level = granted->level;
        return;
    }
    if (denials->may_deny.policy != NULL) {
        answer_by(out, POLICY_UNKNOWN, &denials->may_deny);
        out->may_deny = true;
        return;
    }
    if (granted->by.policy != NULL) {
        answer_by(out, granted->truth == TRUTH_YES ? POLICY_ALLOWED : POLICY_UNKNOWN, &granted->by);
        return;
    }
    out->outcome = granted->truth == TRUTH_YES ? POLICY_ALLOWED : POLICY_UNKNOWN;
    out->reason = granted->reason;
    out->missing = granted->missing;
}

void policy_evaluate(const struct policy_attached *attached, const struct policy_request *request,
                     struct policy_answer *out)
{
    struct tally denials = {0};
    struct context context;
    struct grant granted;

    *out = (struct policy_answer){0};
    evaluate_context_init(&context, request);
    context.has_boundary = attached->boundary.count > 0;
    granted = ask_scps(attached, &context, &denials);
    ask_rcps(attached, &context, &denials);
    if (!attached->guardrails_only)
        granted = grant_and(ask_account_policies(attached, &context, &denials), granted);
    answer(out, &denials, &granted);
    out->steps = context.steps;
}

void policy_evaluate_alone(const struct policy_compiled *policy,
                           const struct policy_request *request, struct policy_answer *out)
{
    struct tally denials = {0};
    struct context context;
    struct resource_side says;
    struct grant granted;

    *out = (struct policy_answer){0};
    evaluate_context_init(&context, request);
    says = ask_resource(policy, &context, &denials);
    granted = grant_or(grant_or(says.direct, says.entity), says.account);
    answer(out, &denials, &granted);
    out->steps = context.steps;
}

const char *policy_outcome_name(enum policy_outcome outcome)
{
    static const char *const names[] = {"allowed", "denied", "unknown"};

    return names[outcome];
}

const char *policy_answer_source(const struct policy_answer *answer, struct arena *arena)
{
    const struct policy_compiled *policy = answer->policy;

    if (policy == NULL)
        return NULL;
    if (answer->sid != NULL)
        return arena_printf(arena, "%s %s statement %s", policy->label.title, policy->label.name,
                            answer->sid);
    return arena_printf(arena, "%s %s statement %zu", policy->label.title, policy->label.name,
                        answer->statement + 1);
}

static const char *reason_text(const struct policy_answer *answer, const char *what,
                               struct arena *arena)
{
    switch (answer->reason) {
    case REASON_SCP:
        return arena_printf(arena, "no SCP attached to %s allows %s", answer->level, what);
    case REASON_IDENTITY:
        return arena_printf(arena, "no identity policy allows %s", what);
    case REASON_BOUNDARY:
        return arena_printf(arena, "the permissions boundary does not allow %s", what);
    case REASON_SESSION:
        return arena_printf(arena, "no session policy allows %s", what);
    case REASON_RESOURCE:
        return arena_printf(arena, "the resource's policy does not allow %s", what);
    case REASON_UNBOUND:
    case REASON_STATEMENT:
        break;
    }
    return arena_printf(arena, "no policy is in the way of %s", what);
}

const char *policy_answer_text(const struct policy_answer *answer, const char *what,
                               struct arena *arena)
{
    const char *source = policy_answer_source(answer, arena);

    if (answer->outcome == POLICY_UNKNOWN && source == NULL)
        return arena_printf(arena, "%s: %s was not given", what, answer->missing);
    if (answer->outcome == POLICY_UNKNOWN)
        return arena_printf(arena, "%s may %s %s: it hangs on %s, which was not given", source,
                            answer->may_deny ? "deny" : "allow", what, answer->missing);
    if (source == NULL)
        return reason_text(answer, what, arena);
    return arena_printf(arena, "%s %s %s", source,
                        answer->outcome == POLICY_DENIED ? "denies" : "allows", what);
}
