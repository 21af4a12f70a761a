/*
 * honey_alerts.c - control "honey_alerts": in the security account, for each honey token the rule
 * of the central bus that says which token was used, and where it was planted.
 *
 * Baseline:  honey_tokens
 * Source:    EventBridge User Guide, "Transforming input"
 * Limits:    one mail for each call.  The place is the baseline's: where an earlier key was planted
 *            is in the map of the honey tokens.
 */
#include "alarms_settings.h"
#include "event_rules.h"
#include "honey_patterns.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"

#include <string.h>

static const struct event_rules rules = {
    .bus = ALARMS_NAME, .name = ALARMS_USE_NAME, .family = true};

static const enum aws_op honey_alert_ops[] = {EVENT_RULES_OPS, EVENT_RULES_PRUNE_OPS,
                                              AWS_SSM_GET_PARAMETERS_BY_PATH, AWS_OP_NONE};

static int honey_alerts_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    return honey_names_learn(ctx, err) == 0 ? event_rules_observe(ctx, &rules, out_seen, err) : -1;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

/* A rule's name has 64 characters, and a label may have more. */
static const char *rule_name(const struct control_ctx *ctx, const char *label)
{
    enum { LABEL_MOST = 46, HEAD = 37, MARK = 8 };
    char hex[SHA256_HEX_BYTES];

    if (strlen(label) <= LABEL_MOST)
        return arena_printf(ctx->arena, ALARMS_USE_NAME "-%s", label);
    sha256_hex(label, strlen(label), hex);
    return arena_printf(ctx->arena, ALARMS_USE_NAME "-%.*s-%.*s", HEAD, label, MARK, hex);
}

static const struct {
    const char *name, *path;
} paths[] = {
    {"name", "$.detail.eventName"},
    {"service", "$.detail.eventSource"},
    {"account", "$.account"},
    {"region", "$.region"},
    {"who", "$.detail.userIdentity.arn"},
    {"key", "$.detail.userIdentity.accessKeyId"},
    {"from", "$.detail.sourceIPAddress"},
    {"agent", "$.detail.userAgent"},
    {"error", "$.detail.errorCode"},
    {"time", "$.time"},
    {"id", "$.detail.eventID"},
};

/* What stands for a value in a template begins with '<': a place must not. */
static const char *plain(const char *text, struct arena *arena)
{
    char *copy = arena_str(arena, text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '<' || *at == '>')
            *at = '_';
    return copy;
}

static const char *alert_text(const struct control_ctx *ctx, const struct honey_token *token,
                              const struct honey_identity *identity)
{
    const char *place = honey_place(ctx->baseline, token, ctx->arena);
    const char *where = place == NULL
                            ? arena_printf(ctx->arena, "in account %s",
                                           honey_account(ctx->baseline, ctx->spec, token)->name)
                            : arena_printf(ctx->arena, "planted in %s", place);
    const char *what =
        arena_printf(ctx->arena, "HONEY TOKEN %s was used (%s %s, %s): ", token->label,
                     honey_kind_name(identity->kind), identity->name, where);
    const char *text = arena_printf(
        ctx->arena,
        "%s<name> (<service>) in account <account>, <region>. From: <from>, <agent>. At: "
        "<time>. By: <who>, key <key>. Error: <error>. CloudTrail event: <id>",
        plain(what, ctx->arena));
    struct json *quoted = json_object(ctx->arena);

    json_put_str(quoted, "text", text);
    return json_text(json_get(quoted, "text"), ctx->arena);
}

/* NULL while the security account does not exist, or the name is to come. */
static struct json *wanted_target(const struct control_ctx *ctx, const struct honey_token *token,
                                  const struct honey_identity *identity)
{
    const char *topic = alarms_topic_arn(ctx);
    struct json *target = json_object(ctx->arena), *transformer, *map;

    if (topic == NULL || !identity->known)
        return NULL;
    json_put_str(target, "Id", ALARMS_NAME);
    json_put_str(target, "Arn", topic);
    transformer = json_put_object(target, "InputTransformer");
    map = json_put_object(transformer, "InputPathsMap");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        json_put_str(map, paths[i].name, paths[i].path);
    json_put_str(transformer, "InputTemplate", alert_text(ctx, token, identity));
    return target;
}

static void honey_alerts_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct honey_spec *spec = ctx->spec;
    struct event_rule *wanted = arena_array(ctx->arena, spec->tokens.count, sizeof *wanted);
    size_t count = 0;

    if (baseline_control_node(ctx->baseline, "alarms", NULL) == NULL) {
        changes_note(out, "nobody is told of the use of honey tokens: the baseline has no alarms");
        return;
    }
    for (size_t i = 0; i < spec->tokens.count; i++) {
        const struct honey_token *token = honey_token_at(spec, i);
        const struct honey_identity identity = honey_identify(ctx, token);
        const struct strings patterns = honey_event_patterns(&identity, ctx->arena);

        if (!identity.exists) {
            changes_note(out, "token %s has no name in the map, and is not watched", token->label);
            continue;
        }
        wanted[count++] = (struct event_rule){
            .name = rule_name(ctx, token->label),
            .description = event_rules_description(ctx, "puts the use of a honey token in words."),
            .pattern = identity.known
                           ? honey_event_pattern(&patterns, identity.account_id, ctx->arena)
                           : NULL,
            .state = "ENABLED",
            .target = wanted_target(ctx, token, &identity)};
    }
    event_rules_diff(ctx, &rules, wanted, count, have, out);
}

static int honey_alerts_apply(struct control_ctx *ctx, const void *have,
                              const struct change *change, struct err *err)
{
    (void)have;
    return event_rules_apply(ctx, &rules, change, err);
}

static const char *const honey_alerts_after[] = {"accounts", "alarms", NULL};
static const char *const honey_alerts_follows[] = {"honey_map", NULL};

const struct control control_honey_alerts = {
    .name = "honey_alerts",
    .part_of = "honey_tokens",
    .title = "alarms that name the honey token and its place",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_SECURITY,
    .after = honey_alerts_after,
    .follows = honey_alerts_follows,
    .needs = ROLE_SECURITY,
    .ops = honey_alert_ops,
    .seen_size = sizeof(struct event_rules_seen),
    .observe = honey_alerts_observe,
    .diff = honey_alerts_diff,
    .apply = honey_alerts_apply,
};
