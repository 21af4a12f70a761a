/*
 * alarms.c - control "alarms": where alarms come together and who is told: in the security account
 *            an event bus that takes events of this organization, rules that put them in words, and
 *            a topic with its subscriptions.
 *
 * Baseline:  alarms (see alarms_settings.c)
 * Source:    docs.aws.amazon.com/eventbridge/latest/APIReference, API version 2015-10-07;
 *            docs.aws.amazon.com/sns/latest/api, API version 2010-03-31; EventBridge User Guide,
 *            "Using resource-based policies" (topics take no role, and no condition can be relied
 * on in what a topic lets EventBridge do) Limits:    bus and topic are encrypted with AWS's own
 * keys.  Mails and webhooks are silent until they are confirmed, which the plan notes.
 * Subscriptions that the baseline does not name get every alarm: they are noted, and end with
 * --prune unless they were not confirmed.
 */
#include "alarms_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <string.h>

enum {
    STEP_BUS,
    STEP_BUS_POLICY,
    STEP_TOPIC,
    STEP_TOPIC_POLICY,
    STEP_SUBSCRIBE,
    STEP_UNSUBSCRIBE,
    STEP_RULE,
    STEP_TARGET,
};

/* A rule of the central bus, and the words it makes of an event. */
struct words {
    const char *rule;
    const char *pattern; /* NULL: that of all alarms that are calls */
    const char *paths;   /* JSON */
    const char *text;
};

static const struct words words[] = {
    {"plinth-alarms-calls", NULL,
     "{\"name\":\"$.detail.eventName\",\"service\":\"$.detail.eventSource\",\"account\":"
     "\"$.account\",\"region\":\"$.region\",\"who\":\"$.detail.userIdentity.arn\",\"from\":"
     "\"$.detail.sourceIPAddress\",\"error\":\"$.detail.errorCode\",\"time\":\"$.time\",\"id\":"
     "\"$.detail.eventID\"}",
     "\"ALARM: <name> (<service>) in account <account>, <region>. By: <who>. From: <from>. At: "
     "<time>. Error: <error>. CloudTrail event: <id>\""},
    {"plinth-alarms-findings",
     "{\"source\":[\"aws.guardduty\"],\"detail-type\":[\"GuardDuty Finding\"]}",
     "{\"title\":\"$.detail.title\",\"type\":\"$.detail.type\",\"severity\":"
     "\"$.detail.severity\",\"account\":\"$.detail.accountId\",\"region\":\"$.detail.region\","
     "\"time\":\"$.time\",\"id\":\"$.detail.id\"}",
     "\"ALARM: <title> (<type>, severity <severity>) in account <account>, <region>. At: <time>. "
     "GuardDuty finding: <id>\""},
    {"plinth-alarms-test", "{\"source\":[\"" ALARMS_TEST_SOURCE "\"]}",
     "{\"account\":\"$.account\",\"region\":\"$.region\",\"token\":\"$.detail.token\"}",
     "\"Test of the alarms from account <account>, <region>: <token>\""},
};

enum { WORDS_COUNT = sizeof words / sizeof words[0] };

struct subscription {
    const char *protocol, *endpoint;
    const char *arn; /* "PendingConfirmation": not yet confirmed; NULL: a wanted one */
};

struct rule_seen {
    const char *pattern, *state; /* NULL: there is no such rule */
    const struct json *target;   /* NULL: it has none of ours */
};

struct alarms_seen {
    bool bus_exists, topic_exists;
    const char *bus_policy, *topic_policy;
    struct subscription *subscriptions;
    size_t subscription_count;
    struct rule_seen rules[WORDS_COUNT];
};

static const enum aws_op alarms_ops[] = {
    AWS_EVENTS_DESCRIBE_EVENT_BUS,
    AWS_EVENTS_LIST_TAGS_FOR_RESOURCE,
    AWS_EVENTS_LIST_RULES,
    AWS_EVENTS_LIST_TARGETS_BY_RULE,
    AWS_EVENTS_CREATE_EVENT_BUS,
    AWS_EVENTS_PUT_PERMISSION,
    AWS_EVENTS_PUT_RULE,
    AWS_EVENTS_PUT_TARGETS,
    AWS_SNS_GET_TOPIC_ATTRIBUTES,
    AWS_SNS_LIST_TAGS_FOR_RESOURCE,
    AWS_SNS_LIST_SUBSCRIPTIONS_BY_TOPIC,
    AWS_SNS_CREATE_TOPIC,
    AWS_SNS_SET_TOPIC_ATTRIBUTES,
    AWS_SNS_SUBSCRIBE,
    AWS_SNS_UNSUBSCRIBE,
    AWS_OP_NONE,
};

/* --- Live ----------------------------------------------------------------------------------------
 */

/* A read that may find nothing.  *out is NULL then. */
static int read_if_there(struct control_ctx *ctx, enum aws_op op, const struct json *params,
                         const struct json **out, struct err *err)
{
    *out = NULL;
    if (aws_call(ctx->target, op, params, ctx->arena, out, err) == 0)
        return 0;
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    *out = NULL;
    return 0;
}

static int check_owner(struct control_ctx *ctx, enum aws_op op, const char *key, const char *arn,
                       struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    json_put_str(params, key, arn);
    if (aws_call(ctx->target, op, params, ctx->arena, &answer, err) != 0)
        return -1;
    if (str_eq(control_tag(json_get(answer, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "%s exists and is not this baseline's (no tag %s=%s); delete it or tag it", arn,
                   CONTROL_TAG_KEY, ctx->baseline->name);
}

static int read_target(struct control_ctx *ctx, const char *rule, const struct json **out,
                       struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *list;

    json_put_str(params, "EventBusName", ALARMS_NAME);
    json_put_str(params, "Rule", rule);
    if (aws_list(ctx->target, AWS_EVENTS_LIST_TARGETS_BY_RULE, params, ctx->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(json_str(it, "Id"), ALARMS_NAME))
            *out = it;
    return 0;
}

static int read_rules(struct control_ctx *ctx, struct alarms_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *list;

    json_put_str(params, "EventBusName", ALARMS_NAME);
    json_put_str(params, "NamePrefix", ALARMS_NAME);
    if (aws_list(ctx->target, AWS_EVENTS_LIST_RULES, params, ctx->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        for (size_t i = 0; i < WORDS_COUNT; i++) {
            struct rule_seen *rule = &seen->rules[i];

            if (!str_eq(json_str(it, "Name"), words[i].rule))
                continue;
            rule->pattern = json_str(it, "EventPattern");
            if (json_need_str(it, "State", &rule->state, err) != 0 ||
                read_target(ctx, words[i].rule, &rule->target, err) != 0)
                return -1;
        }
    return 0;
}

static int read_bus(struct control_ctx *ctx, struct alarms_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *bus;
    const char *arn;

    json_put_str(params, "Name", ALARMS_NAME);
    if (read_if_there(ctx, AWS_EVENTS_DESCRIBE_EVENT_BUS, params, &bus, err) != 0)
        return -1;
    if (bus == NULL)
        return 0;
    if (json_need_str(bus, "Arn", &arn, err) != 0 ||
        check_owner(ctx, AWS_EVENTS_LIST_TAGS_FOR_RESOURCE, "ResourceARN", arn, err) != 0)
        return -1;
    seen->bus_exists = true;
    seen->bus_policy = json_str(bus, "Policy");
    return read_rules(ctx, seen, err);
}

static int read_subscriptions(struct control_ctx *ctx, struct alarms_seen *seen,
                              const struct json *params, struct err *err)
{
    const struct json *list;

    if (aws_list(ctx->target, AWS_SNS_LIST_SUBSCRIPTIONS_BY_TOPIC, params, ctx->arena, &list,
                 err) != 0)
        return -1;
    seen->subscriptions = arena_array(ctx->arena, list->count, sizeof *seen->subscriptions);
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        struct subscription *subscription = &seen->subscriptions[seen->subscription_count++];

        if (json_need_str(it, "Protocol", &subscription->protocol, err) != 0 ||
            json_need_str(it, "Endpoint", &subscription->endpoint, err) != 0 ||
            json_need_str(it, "SubscriptionArn", &subscription->arn, err) != 0)
            return -1;
    }
    return 0;
}

static int read_topic(struct control_ctx *ctx, struct alarms_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const char *arn = alarms_topic_arn(ctx);
    const struct json *answer;

    json_put_str(params, "TopicArn", arn);
    if (read_if_there(ctx, AWS_SNS_GET_TOPIC_ATTRIBUTES, params, &answer, err) != 0)
        return -1;
    if (answer == NULL)
        return 0;
    if (check_owner(ctx, AWS_SNS_LIST_TAGS_FOR_RESOURCE, "ResourceArn", arn, err) != 0)
        return -1;
    seen->topic_exists = true;
    for (const struct json *it = json_first(json_get(answer, "Attributes")); it != NULL;
         it = it->next)
        if (str_eq(json_str(it, "key"), "Policy"))
            seen->topic_policy = json_str(it, "value");
    return read_subscriptions(ctx, seen, params, err);
}

static int alarms_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct alarms_seen *seen = out_seen;

    if (read_bus(ctx, seen, err) != 0)
        return err_wrap(err, "event bus " ALARMS_NAME);
    if (read_topic(ctx, seen, err) != 0)
        return err_wrap(err, "topic " ALARMS_NAME);
    return 0;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

/* A policy; its statements go to *out_statements. */
static struct json *policy_of(const struct control_ctx *ctx, struct json **out_statements)
{
    struct json *document = json_object(ctx->arena);

    json_put_str(document, "Version", "2012-10-17");
    *out_statements = json_put_array(document, "Statement");
    return document;
}

static struct json *add_statement(struct json *statements, const char *sid, const char *action,
                                  const char *resource)
{
    struct json *statement = json_add_object(statements);

    json_put_str(statement, "Sid", sid);
    json_put_str(statement, "Effect", "Allow");
    json_put_str(statement, "Action", action);
    json_put_str(statement, "Resource", resource);
    return statement;
}

/* Who is in the organization may put events there, and nobody else.  NULL while there is no
 * organization or no security account. */
static const char *wanted_bus_policy(const struct control_ctx *ctx)
{
    const struct inventory *inventory = inventory_peek(ctx->inventory);
    const char *arn = alarms_bus_arn(ctx);
    struct json *statements, *document = policy_of(ctx, &statements), *statement;

    if (arn == NULL || inventory == NULL || !inventory->exists)
        return NULL;
    statement = add_statement(statements, "EventsOfThisOrganization", "events:PutEvents", arn);
    json_put_str(statement, "Principal", "*");
    json_put_str(json_put_object(json_put_object(statement, "Condition"), "StringEquals"),
                 "aws:PrincipalOrgID", inventory->id);
    return json_text(document, ctx->arena);
}

/* Metric alarms of the management account tell the topic of honey tokens. */
static void add_metric_alarms(const struct control_ctx *ctx, const char *topic_arn,
                              const char *management_id, struct json *statements)
{
    struct json *statement = add_statement(statements, "MetricAlarms", "sns:Publish", topic_arn);
    struct json *condition;

    json_put_str(json_put_object(statement, "Principal"), "Service", "cloudwatch.amazonaws.com");
    condition = json_put_object(statement, "Condition");
    json_put_str(json_put_object(condition, "StringEquals"), "aws:SourceAccount", management_id);
    json_put_str(json_put_object(condition, "ArnLike"), "aws:SourceArn",
                 arena_printf(ctx->arena, "arn:%s:cloudwatch:%s:%s:alarm:" ALARMS_NAME "*",
                              ctx->partition, ctx->baseline->home_region, management_id));
}

/* The account itself needs no mention: its own policies are enough. */
static const char *wanted_topic_policy(const struct control_ctx *ctx)
{
    const struct inventory *inventory = inventory_peek(ctx->inventory);
    bool honey = baseline_control_node(ctx->baseline, "honey_tokens", NULL) != NULL;
    const char *arn = alarms_topic_arn(ctx);
    struct json *statements, *document = policy_of(ctx, &statements), *statement;

    if (arn == NULL || inventory == NULL || !inventory->exists)
        return NULL;
    statement = add_statement(statements, "AlarmsOfEventRules", "sns:Publish", arn);
    json_put_str(json_put_object(statement, "Principal"), "Service", "events.amazonaws.com");
    if (honey)
        add_metric_alarms(ctx, arn, inventory->management_account_id, statements);
    return json_text(document, ctx->arena);
}

/* NULL while the security account does not exist. */
static struct json *wanted_target(const struct control_ctx *ctx, const struct words *of)
{
    const char *topic = alarms_topic_arn(ctx);
    struct json *target = json_object(ctx->arena), *transformer, *paths;
    struct err ignored = ERR_INIT;

    if (topic == NULL ||
        json_parse(of->paths, strlen(of->paths), ctx->arena, &paths, &ignored) != 0)
        return NULL;
    json_put_str(target, "Id", ALARMS_NAME);
    json_put_str(target, "Arn", topic);
    transformer = json_put_object(target, "InputTransformer");
    json_put(transformer, "InputPathsMap", paths);
    json_put_str(transformer, "InputTemplate", of->text);
    return target;
}

static const char *wanted_pattern(const struct control_ctx *ctx, const struct words *of)
{
    return of->pattern == NULL ? alarms_calls_pattern(ctx) : of->pattern;
}

struct wanted {
    struct subscription *items;
    size_t count, capacity;
};

static void want(const struct control_ctx *ctx, struct wanted *wanted, const char *protocol,
                 const struct strings *endpoints)
{
    for (size_t i = 0; i < endpoints->count; i++)
        *VEC_ADD(ctx->arena, wanted) =
            (struct subscription){.protocol = protocol, .endpoint = endpoints->items[i]};
}

/* By name: `prefix` is "function:" for Lambda. */
static void want_named(const struct control_ctx *ctx, struct wanted *wanted, const char *service,
                       const char *prefix, const struct strings *names)
{
    const struct account *security = control_actor_account(ctx->baseline, ACTOR_SECURITY);
    const char *id = control_account_id(ctx, security);

    for (size_t i = 0; i < names->count; i++)
        *VEC_ADD(ctx->arena, wanted) = (struct subscription){
            .protocol = service,
            .endpoint =
                id == NULL
                    ? names->items[i]
                    : arena_printf(ctx->arena, "arn:%s:%s:%s:%s:%s%s", ctx->partition, service,
                                   ctx->baseline->home_region, id, prefix, names->items[i])};
}

static struct wanted wanted_subscriptions(const struct control_ctx *ctx)
{
    const struct alarms_spec *spec = ctx->spec;
    struct wanted wanted = {0};

    want(ctx, &wanted, "email", &spec->emails);
    want(ctx, &wanted, "https", &spec->webhooks);
    want_named(ctx, &wanted, "sqs", "", &spec->queues);
    want_named(ctx, &wanted, "lambda", "function:", &spec->functions);
    return wanted;
}

static const struct subscription *subscription_in(const struct subscription *list, size_t count,
                                                  const struct subscription *like)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i].protocol, like->protocol) && str_eq(list[i].endpoint, like->endpoint))
            return &list[i];
    return NULL;
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static void diff_policy(struct changes *out, int step, const char *what, const char *seen,
                        const char *want)
{
    if (seen != NULL && want != NULL && policy_text_equal(seen, want))
        return;
    change_field(changes_add(out, CHANGE_UPDATE, step, NULL, "%s %s", what, ALARMS_NAME), "policy",
                 seen, want == NULL ? change_unknown : want);
}

static bool is_pending(const struct subscription *subscription)
{
    return !str_starts(subscription->arn, "arn:");
}

static void diff_subscriptions(const struct control_ctx *ctx, const struct alarms_seen *seen,
                               struct changes *out)
{
    const struct wanted wanted = wanted_subscriptions(ctx);
    const struct subscription *it, *other;

    for (it = wanted.items; it < wanted.items + wanted.count; it++) {
        other = subscription_in(seen->subscriptions, seen->subscription_count, it);
        if (other == NULL)
            change_field(changes_add(out, CHANGE_CREATE, STEP_SUBSCRIBE, it,
                                     "subscription to topic %s", ALARMS_NAME),
                         it->protocol, NULL, it->endpoint);
        else if (is_pending(other))
            changes_note(out, "%s has not confirmed the subscription to topic %s: it gets no alarm",
                         it->endpoint, ALARMS_NAME);
    }
    for (it = seen->subscriptions; it < seen->subscriptions + seen->subscription_count; it++) {
        if (subscription_in(wanted.items, wanted.count, it) != NULL)
            continue;
        if (ctx->prune && !is_pending(it))
            change_field(changes_add(out, CHANGE_DELETE, STEP_UNSUBSCRIBE, it,
                                     "subscription to topic %s", ALARMS_NAME),
                         it->protocol, it->endpoint, NULL);
        else
            changes_note(out,
                         "%s gets the alarms of topic %s too, and the baseline does not name "
                         "it",
                         it->endpoint, ALARMS_NAME);
    }
}

static void diff_rule(const struct control_ctx *ctx, const struct words *of,
                      const struct rule_seen *seen, struct changes *out)
{
    const struct json *target = wanted_target(ctx, of);
    const char *pattern = wanted_pattern(ctx, of);
    bool same = alarms_json_equal(seen->pattern, pattern, ctx->arena);
    struct change *change;

    if (!same || !str_eq(seen->state, "ENABLED")) {
        change = changes_add(out, seen->state == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_RULE,
                             of, "event rule %s", of->rule);
        change_field(change, "state", seen->state, "ENABLED");
        if (!same)
            change_field(change, "pattern", seen->pattern, pattern);
    }
    if (seen->target != NULL && target != NULL && json_equal(seen->target, target))
        return;
    change = changes_add(out, seen->target == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_TARGET, of,
                         "target of event rule %s", of->rule);
    change_field(change, "target",
                 seen->target == NULL ? NULL : json_text(seen->target, ctx->arena),
                 target == NULL ? change_unknown : json_text(target, ctx->arena));
}

static void alarms_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct alarms_seen *seen = have;
    const char *policy = wanted_topic_policy(ctx);

    if (!seen->bus_exists)
        (void)changes_add(out, CHANGE_CREATE, STEP_BUS, NULL, "event bus %s", ALARMS_NAME);
    diff_policy(out, STEP_BUS_POLICY, "event bus", seen->bus_policy, wanted_bus_policy(ctx));
    if (!seen->topic_exists)
        change_field(changes_add(out, CHANGE_CREATE, STEP_TOPIC, NULL, "topic %s", ALARMS_NAME),
                     "policy", NULL, policy == NULL ? change_unknown : policy);
    else
        diff_policy(out, STEP_TOPIC_POLICY, "topic", seen->topic_policy, policy);
    diff_subscriptions(ctx, seen, out);
    for (size_t i = 0; i < WORDS_COUNT; i++)
        diff_rule(ctx, &words[i], &seen->rules[i], out);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static int apply_bus(struct control_ctx *ctx, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Name", ALARMS_NAME);
    json_put_str(params, "Description", "Security events of the organization.");
    control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    return aws_call(ctx->target, AWS_EVENTS_CREATE_EVENT_BUS, params, ctx->arena, NULL, err);
}

static int apply_bus_policy(struct control_ctx *ctx, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "EventBusName", ALARMS_NAME);
    json_put_str(params, "Policy", wanted_bus_policy(ctx));
    return aws_call(ctx->target, AWS_EVENTS_PUT_PERMISSION, params, ctx->arena, NULL, err);
}

static int apply_topic(struct control_ctx *ctx, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Name", ALARMS_NAME);
    json_put_str(json_put_object(params, "Attributes"), "Policy", wanted_topic_policy(ctx));
    control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    return aws_call(ctx->target, AWS_SNS_CREATE_TOPIC, params, ctx->arena, NULL, err);
}

static int apply_topic_policy(struct control_ctx *ctx, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "TopicArn", alarms_topic_arn(ctx));
    json_put_str(params, "AttributeName", "Policy");
    json_put_str(params, "AttributeValue", wanted_topic_policy(ctx));
    return aws_call(ctx->target, AWS_SNS_SET_TOPIC_ATTRIBUTES, params, ctx->arena, NULL, err);
}

static int apply_subscription(struct control_ctx *ctx, const struct subscription *subscription,
                              struct err *err)
{
    struct json *params = json_object(ctx->arena);

    if (subscription->arn != NULL) {
        json_put_str(params, "SubscriptionArn", subscription->arn);
        return aws_call(ctx->target, AWS_SNS_UNSUBSCRIBE, params, ctx->arena, NULL, err);
    }
    json_put_str(params, "TopicArn", alarms_topic_arn(ctx));
    json_put_str(params, "Protocol", subscription->protocol);
    json_put_str(params, "Endpoint", subscription->endpoint);
    return aws_call(ctx->target, AWS_SNS_SUBSCRIBE, params, ctx->arena, NULL, err);
}

static int apply_rule(struct control_ctx *ctx, const struct words *of, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Name", of->rule);
    json_put_str(params, "EventBusName", ALARMS_NAME);
    json_put_str(params, "EventPattern", wanted_pattern(ctx, of));
    json_put_str(params, "State", "ENABLED");
    return aws_call(ctx->target, AWS_EVENTS_PUT_RULE, params, ctx->arena, NULL, err);
}

static int alarms_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                        struct err *err)
{
    (void)have;
    if (wanted_bus_policy(ctx) == NULL)
        return err_set(err, ERR_CONFLICT, "the organization does not exist yet");
    switch (change->step) {
    case STEP_BUS:
        return apply_bus(ctx, err);
    case STEP_BUS_POLICY:
        return apply_bus_policy(ctx, err);
    case STEP_TOPIC:
        return apply_topic(ctx, err);
    case STEP_TOPIC_POLICY:
        return apply_topic_policy(ctx, err);
    case STEP_SUBSCRIBE:
    case STEP_UNSUBSCRIBE:
        return apply_subscription(ctx, change->subject, err);
    case STEP_RULE:
        return apply_rule(ctx, change->subject, err);
    default:
        break;
    }
    return alarms_put_target(ctx, ALARMS_NAME, ((const struct words *)change->subject)->rule,
                             wanted_target(ctx, change->subject), err);
}

static const char *const alarms_after[] = {"accounts", NULL};

const struct control control_alarms = {
    .name = "alarms",
    .title = "alarms: bus, topic and who is told",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_SECURITY,
    .after = alarms_after,
    .needs = ROLE_SECURITY,
    .ops = alarms_ops,
    .schema = &alarms_schema,
    .seen_size = sizeof(struct alarms_seen),
    .check = alarms_check,
    .observe = alarms_observe,
    .diff = alarms_diff,
    .apply = alarms_apply,
};
