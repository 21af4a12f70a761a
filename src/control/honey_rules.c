/*
 * honey_rules.c - control "honey_rules": in every account that holds honey tokens, in every region,
 *                 the event rules that hand their use to the central bus.
 *
 * Baseline:  honey_tokens
 * Source:    EventBridge User Guide, "AWS service events delivered via AWS CloudTrail": only a rule
 *            in this state gets read-only calls, and the first call of a stolen key is one;
 *            "Quotas" (a pattern has at most 2,048 characters, a bus 300 rules)
 * Limits:    whoever can list rules there reads the names that they look for, which tells what is
 *            watched; where a key is planted stands in the security account only.  An account that
 *            holds no token any more keeps its rules.
 */
#include "alarms_settings.h"
#include "event_rules.h"
#include "honey_patterns.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

static const struct event_rules rules = {.name = ALARMS_USE_NAME, .family = true};

static const enum aws_op honey_rule_ops[] = {EVENT_RULES_OPS, EVENT_RULES_PRUNE_OPS,
                                             AWS_SSM_GET_PARAMETERS_BY_PATH, AWS_OP_NONE};

static int honey_rules_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    return honey_names_learn(ctx, err) == 0 ? event_rules_observe(ctx, &rules, out_seen, err) : -1;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

struct wanted {
    struct event_rule *items;
    size_t count, capacity;
};

static struct strings live_signs(const struct control_ctx *ctx, const struct event_rules_seen *seen)
{
    struct {
        const char **items;
        size_t count, capacity;
    } all = {0};

    for (size_t i = 0; i < seen->count; i++) {
        struct strings own = honey_event_signs(seen->items[i].pattern, ctx->arena);

        for (size_t k = 0; k < own.count; k++)
            *VEC_ADD(ctx->arena, &all) = own.items[k];
    }
    return (struct strings){.items = all.items, .count = all.count};
}

/* As many rules as the signs need. */
static struct wanted wanted_rules(const struct control_ctx *ctx,
                                  const struct event_rules_seen *seen)
{
    bool known;
    const struct strings own =
        honey_signs(ctx, ctx->account, ctx->region, honey_event_patterns, &known);
    const struct strings live = live_signs(ctx, seen);
    struct strings rest = honey_merge(ctx, &own, &live);
    struct wanted wanted = {0};

    for (size_t number = 1; rest.count > 0; number++) {
        struct strings some = {rest.items,
                               honey_pack(&rest, HONEY_PATTERN_MOST - HONEY_FRAME_MOST, 1)};

        *VEC_ADD(ctx->arena, &wanted) = (struct event_rule){
            .name = arena_printf(ctx->arena, ALARMS_USE_NAME "-%zu", number),
            .description = alarms_rule_description(ctx),
            .pattern = known ? honey_event_pattern(&some, NULL, ctx->arena) : NULL,
            .state = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
            .target = alarms_bus_target(ctx)};
        rest.items += some.count;
        rest.count -= some.count;
    }
    return wanted;
}

static void honey_rules_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    struct wanted wanted;

    if (baseline_control_node(ctx->baseline, "alarms", ctx->account) == NULL)
        return; /* there is no bus to hand anything to, which honey_alerts says */
    wanted = wanted_rules(ctx, have);
    event_rules_diff(ctx, &rules, wanted.items, wanted.count, have, out);
}

static int honey_rules_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                             struct err *err)
{
    (void)have;
    return event_rules_apply(ctx, &rules, change, err);
}

static const char *const honey_rules_after[] = {"accounts", "alarms", "alarm_role", NULL};
static const char *const honey_rules_follows[] = {"honey_map", NULL};

const struct control control_honey_rules = {
    .name = "honey_rules",
    .part_of = "honey_tokens",
    .title = "rules that see the use of honey tokens",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = honey_rules_after,
    .follows = honey_rules_follows,
    .needs = ROLE_SECURITY,
    .ops = honey_rule_ops,
    .seen_size = sizeof(struct event_rules_seen),
    .concerns = honey_concerns,
    .observe = honey_rules_observe,
    .diff = honey_rules_diff,
    .apply = honey_rules_apply,
};
