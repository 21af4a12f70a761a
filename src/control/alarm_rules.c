/*
 * alarm_rules.c - control "alarm_rules": in every account and region one rule that hands alarms to
 *                 the central bus.
 *
 * Baseline:  alarms (see alarms_settings.c)
 * Source:    docs.aws.amazon.com/eventbridge/latest/APIReference, API version 2015-10-07;
 *            EventBridge User Guide, "AWS service events delivered via AWS CloudTrail"
 * Limits:    one rule for all alarms: rules are read for each account and region, by two calls
 * each, as AWS has no bulk read of them.  Events of calls need a trail that logs.  Targets that
 *            somebody else put on the rule are reported and left.
 */
#include "alarms_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { STEP_RULE, STEP_TARGET };

struct rule_seen {
    bool exists;
    const char *pattern, *state, *description;
    const struct json *targets;
};

static const enum aws_op rule_ops[] = {
    AWS_EVENTS_LIST_RULES,           AWS_EVENTS_LIST_TAGS_FOR_RESOURCE,
    AWS_EVENTS_LIST_TARGETS_BY_RULE, AWS_EVENTS_PUT_RULE,
    AWS_EVENTS_PUT_TARGETS,          AWS_OP_NONE,
};

/* Says whose the rule is: a listing shows it, while tags would take another call for each rule. */
static const char *wanted_description(const struct control_ctx *ctx)
{
    return arena_printf(ctx->arena, "%s=%s: hands security events to the security account.",
                        CONTROL_TAG_KEY, ctx->baseline->name);
}

/* --- Live ----------------------------------------------------------------------------------------
 */

/* Only where the description does not say it. */
static int check_owner(struct control_ctx *ctx, const struct json *rule, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;
    const char *arn;

    if (str_eq(json_str(rule, "Description"), wanted_description(ctx)))
        return 0;
    if (json_need_str(rule, "Arn", &arn, err) != 0)
        return -1;
    json_put_str(params, "ResourceARN", arn);
    if (aws_call(ctx->target, AWS_EVENTS_LIST_TAGS_FOR_RESOURCE, params, ctx->arena, &answer,
                 err) != 0)
        return -1;
    if (str_eq(control_tag(json_get(answer, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "rule " ALARMS_NAME " exists and is not this baseline's (no tag %s=%s); delete "
                   "it or tag it",
                   CONTROL_TAG_KEY, ctx->baseline->name);
}

static int rule_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct rule_seen *seen = out_seen;
    struct json *params = json_object(ctx->arena);
    const struct json *list, *rule = NULL;

    json_put_str(params, "NamePrefix", ALARMS_NAME);
    if (aws_list(ctx->target, AWS_EVENTS_LIST_RULES, params, ctx->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(json_str(it, "Name"), ALARMS_NAME))
            rule = it;
    if (rule == NULL)
        return 0;
    if (check_owner(ctx, rule, err) != 0)
        return -1;
    params = json_object(ctx->arena);
    json_put_str(params, "Rule", ALARMS_NAME);
    if (aws_list(ctx->target, AWS_EVENTS_LIST_TARGETS_BY_RULE, params, ctx->arena, &seen->targets,
                 err) != 0)
        return -1;
    seen->pattern = json_str(rule, "EventPattern");
    seen->state = json_str(rule, "State");
    seen->description = json_str(rule, "Description");
    seen->exists = true;
    return 0;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

/* NULL while one of the accounts does not exist. */
static struct json *wanted_target(const struct control_ctx *ctx)
{
    const char *bus = alarms_bus_arn(ctx), *role = alarms_role_arn(ctx);
    struct json *target = json_object(ctx->arena);

    if (bus == NULL || role == NULL)
        return NULL;
    json_put_str(target, "Id", ALARMS_NAME);
    json_put_str(target, "Arn", bus);
    json_put_str(target, "RoleArn", role);
    return target;
}

static void diff_rule(const struct control_ctx *ctx, const struct rule_seen *seen,
                      struct changes *out)
{
    const struct alarms_spec *spec = ctx->spec;
    const char *pattern = alarms_pattern(ctx), *state = alarms_rule_state(spec);
    bool same_pattern = alarms_json_equal(seen->pattern, pattern, ctx->arena);
    struct change *change;

    if (seen->exists && same_pattern && str_eq(seen->state, state) &&
        str_eq(seen->description, wanted_description(ctx)))
        return;
    change = changes_add(out, seen->exists ? CHANGE_UPDATE : CHANGE_CREATE, STEP_RULE, NULL,
                         "event rule %s", ALARMS_NAME);
    change_field(change, "state", seen->state, state);
    if (!same_pattern)
        change_field(change, "pattern", seen->pattern, pattern);
    change_field(change, "description", seen->description, wanted_description(ctx));
}

static void diff_target(const struct control_ctx *ctx, const struct rule_seen *seen,
                        struct changes *out)
{
    const struct json *want = wanted_target(ctx), *ours = NULL;
    struct change *change;

    for (const struct json *it = json_first(seen->targets); it != NULL; it = it->next) {
        if (str_eq(json_str(it, "Id"), ALARMS_NAME))
            ours = it;
        else
            changes_note(out, "event rule %s also sends to %s", ALARMS_NAME, json_str(it, "Arn"));
    }
    if (ours != NULL && want != NULL && json_equal(ours, want))
        return;
    change = changes_add(out, ours == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_TARGET, NULL,
                         "target of event rule %s", ALARMS_NAME);
    change_field(change, "target", ours == NULL ? NULL : json_text(ours, ctx->arena),
                 want == NULL ? change_unknown : json_text(want, ctx->arena));
}

static void rule_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    diff_rule(ctx, have, out);
    diff_target(ctx, have, out);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static int put_rule(struct control_ctx *ctx, const struct rule_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Name", ALARMS_NAME);
    json_put_str(params, "EventPattern", alarms_pattern(ctx));
    json_put_str(params, "State", alarms_rule_state(ctx->spec));
    json_put_str(params, "Description", wanted_description(ctx));
    if (!seen->exists) /* an update takes no tags */
        control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    return aws_call(ctx->target, AWS_EVENTS_PUT_RULE, params, ctx->arena, NULL, err);
}

static int rule_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                      struct err *err)
{
    struct json *target = wanted_target(ctx);

    if (change->step == STEP_RULE)
        return put_rule(ctx, have, err);
    if (target == NULL)
        return err_set(err, ERR_CONFLICT, "the security account does not exist yet");
    return alarms_put_target(ctx, NULL, ALARMS_NAME, target, err);
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
    .seen_size = sizeof(struct rule_seen),
    .observe = rule_observe,
    .diff = rule_diff,
    .apply = rule_apply,
};
