/*
 * alarm_rules.c - control "alarm_rules": in every account and region one rule that hands alarms to
 *                 the central bus.
 *
 * Baseline:  alarms (see alarms_settings.c)
 * Source:    EventBridge User Guide, "AWS service events delivered via AWS CloudTrail"
 * Limits:    one rule for all alarms; see event_rules.h.  Events of calls need a trail that logs.
 */
#include "alarms_settings.h"
#include "event_rules.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

static const struct event_rules the_rule = {.name = ALARMS_NAME};

static const enum aws_op rule_ops[] = {EVENT_RULES_OPS, AWS_OP_NONE};

static int rule_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    return event_rules_observe(ctx, &the_rule, out_seen, err);
}

static void rule_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    struct event_rule *want = arena_alloc(ctx->arena, sizeof *want);

    *want = (struct event_rule){.name = ALARMS_NAME,
                                .description = alarms_rule_description(ctx),
                                .pattern = alarms_pattern(ctx),
                                .state = alarms_rule_state(ctx->spec),
                                .target = alarms_bus_target(ctx)};
    event_rules_diff(ctx, &the_rule, want, 1, have, out);
}

static int rule_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                      struct err *err)
{
    (void)have;
    return event_rules_apply(ctx, &the_rule, change, err);
}

static const char *const rule_after[] = {"accounts", "alarms", "alarm_role", NULL};

const struct control control_alarm_rules = {
    .name = "alarm_rules",
    .part_of = "alarms",
    .title = "rules that hand on alarms",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = rule_after,
    .needs = ROLE_SECURITY,
    .ops = rule_ops,
    .seen_size = sizeof(struct event_rules_seen),
    .observe = rule_observe,
    .diff = rule_diff,
    .apply = rule_apply,
};
