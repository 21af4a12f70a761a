/*
 * alarm_role.c - control "alarm_role": in every account the role with which EventBridge hands its
 *                alarms to the central bus.
 *
 * Baseline:  alarms (see alarms_settings.c)
 * Source:    docs.aws.amazon.com/IAM/latest/APIReference, API version 2010-05-08; EventBridge User
 *            Guide, "Sending events between AWS accounts" (a bus of another account or region takes
 *            a role) and "Cross-service confused deputy prevention"
 * Limits:    a role of that name that plinth did not make is left alone and reported.  Further
 *            policies on it are not looked at: nobody but EventBridge can take it, and that only
 *            sends events.
 */
#include "alarms_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <string.h>

enum { STEP_CREATE, STEP_TRUST, STEP_POLICY };

static const char policy_name[] = "send-alarms";

struct alarm_role_seen {
    bool exists;
    const char *trust;  /* JSON */
    const char *policy; /* JSON; NULL: it has none of that name */
};

static const enum aws_op alarm_role_ops[] = {
    AWS_IAM_GET_ROLE,        AWS_IAM_GET_ROLE_POLICY,
    AWS_IAM_CREATE_ROLE,     AWS_IAM_UPDATE_ASSUME_ROLE_POLICY,
    AWS_IAM_PUT_ROLE_POLICY, AWS_OP_NONE,
};

/* --- Live ----------------------------------------------------------------------------------------
 */

/* IAM gives policies percent-encoded. */
static int need_document(const struct control_ctx *ctx, const struct json *json, const char *key,
                         const char **out, struct err *err)
{
    const char *text;

    if (json_need_str(json, key, &text, err) != 0)
        return -1;
    *out = uri_decode(text, strlen(text), 0, ctx->arena);
    if (*out == NULL)
        return err_set(err, ERR_PROTOCOL, "%s has a broken %% escape", key);
    return 0;
}

static int read_policy(struct control_ctx *ctx, struct alarm_role_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    json_put_str(params, "RoleName", ALARMS_NAME);
    json_put_str(params, "PolicyName", policy_name);
    if (aws_call(ctx->target, AWS_IAM_GET_ROLE_POLICY, params, ctx->arena, &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    return need_document(ctx, answer, "PolicyDocument", &seen->policy, err);
}

static int alarm_role_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct alarm_role_seen *seen = out_seen;
    struct json *params = json_object(ctx->arena);
    const struct json *answer, *role;

    json_put_str(params, "RoleName", ALARMS_NAME);
    if (aws_call(ctx->target, AWS_IAM_GET_ROLE, params, ctx->arena, &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    role = json_get(answer, "Role");
    if (!str_eq(control_tag(json_get(role, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return err_set(err, ERR_CONFLICT,
                       "role " ALARMS_NAME " exists and is not this baseline's (no tag %s=%s); "
                       "delete it or tag it",
                       CONTROL_TAG_KEY, ctx->baseline->name);
    if (need_document(ctx, role, "AssumeRolePolicyDocument", &seen->trust, err) != 0)
        return -1;
    seen->exists = true;
    return read_policy(ctx, seen, err);
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

static struct json *statement_of(struct json *document, const char *action)
{
    struct json *statement;

    json_put_str(document, "Version", "2012-10-17");
    statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(statement, "Effect", "Allow");
    json_put_str(statement, "Action", action);
    return statement;
}

/* EventBridge may take it for the account's own rules alone.  NULL while the account does not
 * exist. */
static const char *wanted_trust(const struct control_ctx *ctx)
{
    struct json *document = json_object(ctx->arena), *statement, *condition;

    if (ctx->account_id == NULL)
        return NULL;
    statement = statement_of(document, "sts:AssumeRole");
    json_put_str(json_put_object(statement, "Principal"), "Service", "events.amazonaws.com");
    condition = json_put_object(statement, "Condition");
    json_put_str(json_put_object(condition, "StringEquals"), "aws:SourceAccount", ctx->account_id);
    json_put_str(json_put_object(condition, "ArnLike"), "aws:SourceArn",
                 arena_printf(ctx->arena, "arn:%s:events:*:%s:rule/" ALARMS_NAME, ctx->partition,
                              ctx->account_id));
    return json_text(document, ctx->arena);
}

static const char *wanted_policy(const struct control_ctx *ctx)
{
    const char *bus = alarms_bus_arn(ctx);
    struct json *document = json_object(ctx->arena);

    if (bus == NULL)
        return NULL;
    json_put_str(statement_of(document, "events:PutEvents"), "Resource", bus);
    return json_text(document, ctx->arena);
}

static bool is_equal(const char *seen, const char *want)
{
    return seen != NULL && want != NULL && policy_text_equal(seen, want);
}

static void diff_document(struct changes *out, int step, const char *field, const char *seen,
                          const char *want)
{
    struct change *change = changes_add(out, CHANGE_UPDATE, step, NULL, "role %s", ALARMS_NAME);

    change_field(change, field, seen, want == NULL ? change_unknown : want);
}

static void alarm_role_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct alarm_role_seen *seen = have;
    const char *trust = wanted_trust(ctx), *policy = wanted_policy(ctx);

    if (!seen->exists)
        change_field(changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "role %s", ALARMS_NAME),
                     "trust policy", NULL, trust == NULL ? change_unknown : trust);
    else if (!is_equal(seen->trust, trust))
        diff_document(out, STEP_TRUST, "trust policy", seen->trust, trust);
    if (!is_equal(seen->policy, policy))
        diff_document(out, STEP_POLICY, "policy", seen->policy, policy);
}

static int alarm_role_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                            struct err *err)
{
    static const enum aws_op ops[] = {
        [STEP_CREATE] = AWS_IAM_CREATE_ROLE,
        [STEP_TRUST] = AWS_IAM_UPDATE_ASSUME_ROLE_POLICY,
        [STEP_POLICY] = AWS_IAM_PUT_ROLE_POLICY,
    };
    const char *trust = wanted_trust(ctx), *policy = wanted_policy(ctx);
    struct json *params = json_object(ctx->arena);

    (void)have;
    if (trust == NULL || policy == NULL)
        return err_set(err, ERR_CONFLICT, "the security account does not exist yet");
    json_put_str(params, "RoleName", ALARMS_NAME);
    switch (change->step) {
    case STEP_CREATE:
        json_put_str(params, "AssumeRolePolicyDocument", trust);
        json_put_str(params, "Description", "Hands security events to the security account.");
        control_put_tags(params, "Tags", ctx->baseline, NULL, true);
        break;
    case STEP_TRUST:
        json_put_str(params, "PolicyDocument", trust);
        break;
    default:
        json_put_str(params, "PolicyName", policy_name);
        json_put_str(params, "PolicyDocument", policy);
        break;
    }
    return aws_call(ctx->target, ops[change->step], params, ctx->arena, NULL, err);
}

static const char *const alarm_role_after[] = {"accounts", NULL};

const struct control control_alarm_role = {
    .name = "alarm_role",
    .part_of = "alarms",
    .title = "role that hands on alarms",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = alarm_role_after,
    .needs = ROLE_SECURITY, /* its policy names the bus there */
    .ops = alarm_role_ops,
    .seen_size = sizeof(struct alarm_role_seen),
    .observe = alarm_role_observe,
    .diff = alarm_role_diff,
    .apply = alarm_role_apply,
};
