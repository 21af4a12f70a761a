/*
 * alarm_role.c - control "alarm_role": in every account the role with which EventBridge hands its
 *                alarms to the central bus.
 *
 * Baseline:  alarms (see alarms_settings.c)
 * Source:    EventBridge User Guide, "Sending events between AWS accounts" (a bus of another
 * account or region takes a role) and "Cross-service confused deputy prevention" Limits:    see
 * service_role.h.
 */
#include "alarms_settings.h"
#include "service_role.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

static const char policy_name[] = "send-alarms";

static const enum aws_op alarm_role_ops[] = {SERVICE_ROLE_OPS, AWS_OP_NONE};

static int alarm_role_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    return service_role_observe(ctx, ALARMS_NAME, policy_name, out_seen, err);
}

/* EventBridge may take it for the account's own rules alone, those of that name and those that
 * begin with it.  NULL while the account does not exist. */
static const char *wanted_trust(const struct control_ctx *ctx)
{
    struct json *statement, *condition, *rules;
    struct json *document = service_role_document(ctx, "sts:AssumeRole", &statement);
    const char *rule;

    if (ctx->account_id == NULL)
        return NULL;
    rule = arena_printf(ctx->arena, "arn:%s:events:*:%s:rule/" ALARMS_NAME, ctx->partition,
                        ctx->account_id);
    json_put_str(json_put_object(statement, "Principal"), "Service", "events.amazonaws.com");
    condition = json_put_object(statement, "Condition");
    json_put_str(json_put_object(condition, "StringEquals"), "aws:SourceAccount", ctx->account_id);
    rules = json_put_array(json_put_object(condition, "ArnLike"), "aws:SourceArn");
    json_add_str(rules, rule);
    json_add_str(rules, arena_printf(ctx->arena, "%s-*", rule));
    return json_text(document, ctx->arena);
}

static const char *wanted_policy(const struct control_ctx *ctx)
{
    struct json *statement;
    struct json *document = service_role_document(ctx, "events:PutEvents", &statement);
    const char *bus = alarms_bus_arn(ctx);

    if (bus == NULL)
        return NULL;
    json_put_str(statement, "Resource", bus);
    return json_text(document, ctx->arena);
}

static struct service_role wanted_role(const struct control_ctx *ctx)
{
    return (struct service_role){.name = ALARMS_NAME,
                                 .description = "Hands security events to the security account.",
                                 .trust = wanted_trust(ctx),
                                 .policy_name = policy_name,
                                 .policy = wanted_policy(ctx)};
}

static void alarm_role_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct service_role want = wanted_role(ctx);

    service_role_diff(&want, have, out);
}

static int alarm_role_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                            struct err *err)
{
    const struct service_role want = wanted_role(ctx);

    (void)have;
    return service_role_apply(ctx, &want, change->step, err);
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
    .seen_size = sizeof(struct service_role_seen),
    .observe = alarm_role_observe,
    .diff = alarm_role_diff,
    .apply = alarm_role_apply,
};
