/*
 * security_role.c - control "security_role": a role in every account that lets the security account
 * look at everything and change nothing.
 *
 * Baseline:  security_role: { name, policies, max_session, trusted_roles }
 * Source:    docs.aws.amazon.com/IAM/latest/APIReference, API version 2010-05-08
 * Limits:    policies that somebody else attached to the role or wrote into it are taken away: it
 *            is a view role, and a policy more could make it another one.  A permissions boundary
 *            only narrows it; it is told of and stays.  A role of that name that plinth did not
 * make is left alone and reported.  One that an earlier name of the baseline made stays, and is not
 * known any more.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/policy/document.h"

#include <string.h>

enum { STEP_CREATE, STEP_TRUST, STEP_SESSION, STEP_ATTACH, STEP_DETACH, STEP_DELETE_INLINE };

struct role_spec {
    const struct node *node;
    const char *name;
    struct strings policies;      /* names under arn:PARTITION:iam::aws:policy/ */
    struct strings trusted_roles; /* role names in the security account; none: the whole account */
    int64_t max_session_s;
};

struct role_seen {
    bool exists;
    const char *trust; /* JSON */
    int64_t max_session_s;
    const char **attached; /* policy ARNs */
    size_t attached_count;
    const struct json *inline_policies; /* their names */
    const char *boundary;               /* policy ARN; NULL: none */
};

static const enum aws_op role_ops[] = {
    AWS_IAM_GET_ROLE,
    AWS_IAM_LIST_ATTACHED_ROLE_POLICIES,
    AWS_IAM_LIST_ROLE_POLICIES,
    AWS_IAM_CREATE_ROLE,
    AWS_IAM_UPDATE_ASSUME_ROLE_POLICY,
    AWS_IAM_UPDATE_ROLE,
    AWS_IAM_ATTACH_ROLE_POLICY,
    AWS_IAM_DETACH_ROLE_POLICY,
    AWS_IAM_DELETE_ROLE_POLICY,
    AWS_OP_NONE,
};

static const struct field role_fields[] = {
    {.key = "name",
     .type = FIELD_STRING,
     .offset = offsetof(struct role_spec, name),
     .fallback = "SecurityView",
     .uniform = true, /* policies spare the role by its name */
     .format = FORMAT_ROLE_NAME,
     .doc = "The role's name."},
    {.key = "policies",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct role_spec, policies),
     .fallback = "[SecurityAudit, job-function/ViewOnlyAccess]",
     .max = 20,
     .doc = "AWS managed policies to attach, by their name behind `arn:aws:iam::aws:policy/`."},
    {.key = "trusted_roles",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct role_spec, trusted_roles),
     .format = FORMAT_ROLE_NAME,
     .doc = "Roles of the security account that may assume it. None: whoever that account's own "
            "policies allow."},
    {.key = "max_session",
     .type = FIELD_INT,
     .offset = offsetof(struct role_spec, max_session_s),
     .fallback = "3600",
     .min = 3600,
     .max = 43200,
     .doc = "Longest session, in seconds."},
    {.key = NULL},
};

static const struct schema role_schema = {
    .name = "security_role",
    .doc = "View access for the security account: a role in every account that trusts it and holds "
           "read-only policies.",
    .size = sizeof(struct role_spec),
    .node_offset = offsetof(struct role_spec, node),
    .fields = role_fields,
};

static void role_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct role_spec *spec = decoded;

    if (baseline_account_with_role(baseline, ROLE_SECURITY) == NULL)
        diags_add(diags, &spec->node->mark, "security_role needs an account with role security");
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static int read_attached(struct control_ctx *ctx, const struct json *params, struct role_seen *seen,
                         struct err *err)
{
    const struct json *list;

    if (aws_list(ctx->target, AWS_IAM_LIST_ATTACHED_ROLE_POLICIES, params, ctx->arena, &list,
                 err) != 0)
        return -1;
    seen->attached = arena_array(ctx->arena, list->count, sizeof *seen->attached);
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (json_need_str(it, "PolicyArn", &seen->attached[seen->attached_count++], err) != 0)
            return -1;
    return 0;
}

static int role_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct role_spec *spec = ctx->spec;
    struct role_seen *seen = out_seen;
    struct json *params = json_object(ctx->arena);
    const struct json *answer, *role;
    const char *trust, *owner;

    json_put_str(params, "RoleName", spec->name);
    if (aws_call(ctx->target, AWS_IAM_GET_ROLE, params, ctx->arena, &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    role = json_get(answer, "Role");
    owner = control_tag(json_get(role, "Tags"), CONTROL_TAG_KEY);
    if (!str_eq(owner, ctx->baseline->name))
        return err_set(err, ERR_CONFLICT,
                       "role %s exists and is not this baseline's (no tag %s=%s); delete it, tag "
                       "it, or give security_role another name",
                       spec->name, CONTROL_TAG_KEY, ctx->baseline->name);
    if (json_need_str(role, "AssumeRolePolicyDocument", &trust, err) != 0)
        return -1;
    seen->trust = uri_decode(trust, strlen(trust), 0, ctx->arena);
    seen->max_session_s = (int64_t)json_number(role, "MaxSessionDuration", 3600);
    seen->boundary = json_str(json_get(role, "PermissionsBoundary"), "PermissionsBoundaryArn");
    seen->exists = true;
    if (read_attached(ctx, params, seen, err) != 0)
        return -1;
    return aws_list(ctx->target, AWS_IAM_LIST_ROLE_POLICIES, params, ctx->arena,
                    &seen->inline_policies, err);
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

/* NULL while the security account does not exist. */
static const char *wanted_trust(const struct control_ctx *ctx)
{
    const struct role_spec *spec = ctx->spec;
    const struct account *security = control_actor_account(ctx->baseline, ACTOR_SECURITY);
    const char *id = control_account_id(ctx, security);
    struct json *document, *statement, *principals;

    if (id == NULL)
        return NULL;
    document = json_object(ctx->arena);
    json_put_str(document, "Version", "2012-10-17");
    statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "AWS",
                 arena_printf(ctx->arena, "arn:%s:iam::%s:root", ctx->partition, id));
    json_put_str(statement, "Action", "sts:AssumeRole");
    if (spec->trusted_roles.count > 0) {
        /* By condition and not as principals: a principal must exist when the policy is written,
         * and turns into a dead id when its role is deleted. */
        principals =
            json_put_array(json_put_object(json_put_object(statement, "Condition"), "ArnEquals"),
                           "aws:PrincipalArn");
        for (size_t i = 0; i < spec->trusted_roles.count; i++)
            json_add_str(principals,
                         arena_printf(ctx->arena, "arn:%s:iam::%s:role/%s", ctx->partition, id,
                                      spec->trusted_roles.items[i]));
    }
    return json_text(document, ctx->arena);
}

static const char *policy_arn(const struct control_ctx *ctx, const char *name)
{
    return arena_printf(ctx->arena, "arn:%s:iam::aws:policy/%s", ctx->partition, name);
}

static bool is_attached(const struct role_seen *seen, const char *arn)
{
    for (size_t i = 0; i < seen->attached_count; i++)
        if (str_eq(seen->attached[i], arn))
            return true;
    return false;
}

static bool is_wanted(const struct control_ctx *ctx, const char *arn)
{
    const struct role_spec *spec = ctx->spec;

    for (size_t i = 0; i < spec->policies.count; i++)
        if (str_eq(policy_arn(ctx, spec->policies.items[i]), arn))
            return true;
    return false;
}

static void diff_role(const struct control_ctx *ctx, const struct role_seen *seen,
                      struct changes *out)
{
    const struct role_spec *spec = ctx->spec;
    const char *trust = wanted_trust(ctx);
    struct change *change;

    if (!seen->exists) {
        change = changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "role %s", spec->name);
        change_field(change, "trust policy", NULL, trust == NULL ? change_unknown : trust);
        return;
    }
    if (trust == NULL || !policy_text_equal(seen->trust, trust)) {
        change = changes_add(out, CHANGE_UPDATE, STEP_TRUST, NULL, "role %s", spec->name);
        change_field(change, "trust policy", seen->trust, trust == NULL ? change_unknown : trust);
    }
    if (seen->max_session_s != spec->max_session_s) {
        change = changes_add(out, CHANGE_UPDATE, STEP_SESSION, NULL, "role %s", spec->name);
        change_field(change, "max_session",
                     arena_printf(ctx->arena, "%lld", (long long)seen->max_session_s),
                     arena_printf(ctx->arena, "%lld", (long long)spec->max_session_s));
    }
}

static void diff_foreign(const struct control_ctx *ctx, const struct role_seen *seen,
                         struct changes *out)
{
    const struct role_spec *spec = ctx->spec;

    for (size_t i = 0; i < seen->attached_count; i++)
        if (!is_wanted(ctx, seen->attached[i]))
            change_field(changes_add(out, CHANGE_DELETE, STEP_DETACH, seen->attached[i], "role %s",
                                     spec->name),
                         "managed policy", seen->attached[i], NULL);
    for (const struct json *it = json_first(seen->inline_policies); it != NULL; it = it->next)
        change_field(
            changes_add(out, CHANGE_DELETE, STEP_DELETE_INLINE, it->string, "role %s", spec->name),
            "inline policy", it->string, NULL);
    if (seen->boundary != NULL)
        changes_note(out,
                     "role %s has the permissions boundary %s, which is not plinth's: it may keep "
                     "the security account from what it should see",
                     spec->name, seen->boundary);
}

static void role_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct role_spec *spec = ctx->spec;
    const struct role_seen *seen = have;

    diff_role(ctx, seen, out);
    for (size_t i = 0; i < spec->policies.count; i++) {
        const char *arn = policy_arn(ctx, spec->policies.items[i]);

        if (!is_attached(seen, arn))
            change_field(changes_add(out, CHANGE_UPDATE, STEP_ATTACH, arn, "role %s", spec->name),
                         "managed policy", NULL, arn);
    }
    diff_foreign(ctx, seen, out);
}

static int role_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                      struct err *err)
{
    static const enum aws_op ops[] = {
        [STEP_CREATE] = AWS_IAM_CREATE_ROLE,
        [STEP_TRUST] = AWS_IAM_UPDATE_ASSUME_ROLE_POLICY,
        [STEP_SESSION] = AWS_IAM_UPDATE_ROLE,
        [STEP_ATTACH] = AWS_IAM_ATTACH_ROLE_POLICY,
        [STEP_DETACH] = AWS_IAM_DETACH_ROLE_POLICY,
        [STEP_DELETE_INLINE] = AWS_IAM_DELETE_ROLE_POLICY,
    };
    const struct role_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena);
    const char *trust = wanted_trust(ctx);

    (void)have;
    if (trust == NULL)
        return err_set(err, ERR_CONFLICT, "the security account does not exist yet");
    json_put_str(params, "RoleName", spec->name);
    switch (change->step) {
    case STEP_CREATE:
        json_put_str(params, "AssumeRolePolicyDocument", trust);
        json_put_str(params, "Description", "View access for the security account.");
        json_put_number(params, "MaxSessionDuration", (double)spec->max_session_s);
        control_put_tags(params, "Tags", ctx->baseline, NULL, true);
        break;
    case STEP_TRUST:
        json_put_str(params, "PolicyDocument", trust);
        break;
    case STEP_SESSION:
        json_put_number(params, "MaxSessionDuration", (double)spec->max_session_s);
        break;
    case STEP_DELETE_INLINE:
        json_put_str(params, "PolicyName", change->subject);
        break;
    default:
        json_put_str(params, "PolicyArn", change->subject);
        break;
    }
    return aws_call(ctx->target, ops[change->step], params, ctx->arena, NULL, err);
}

static const char *const role_after[] = {"accounts", NULL};

const struct control control_security_role = {
    .name = "security_role",
    .title = "view access for the security account",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = role_after,
    .needs = ROLE_SECURITY, /* every role trusts it, by its id */
    .ops = role_ops,
    .schema = &role_schema,
    .seen_size = sizeof(struct role_seen),
    .check = role_check,
    .observe = role_observe,
    .diff = role_diff,
    .apply = role_apply,
};
