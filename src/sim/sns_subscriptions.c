/*
 * sns_subscriptions.c - who gets what is published to a topic.
 *
 * Source: SNS API Reference, version 2010-03-31, "Subscribe", "ListSubscriptionsByTopic",
 *         "Unsubscribe".
 * Limits: see sns.c.  A subscription that nobody confirms stays; AWS drops it after three days.
 */
#include "events_priv.h"

#include <string.h>

/* Who owns the endpoint and asks for it himself needs to confirm nothing. */
static bool is_pending(struct sim_call *call, const char *protocol, const char *endpoint)
{
    struct sim_arn_parts parts;

    if (!str_eq(protocol, "sqs") && !str_eq(protocol, "lambda") && !str_eq(protocol, "firehose"))
        return !str_eq(protocol, "sms");
    return !sim_arn_split(endpoint, call->arena, &parts) || !str_eq(parts.account, call->account);
}

static int endpoint_check(struct sim_call *call, const char *protocol, const char *endpoint)
{
    bool fits = endpoint != NULL;

    if (fits && str_starts(protocol, "email"))
        fits = strchr(endpoint, '@') != NULL;
    else if (fits && str_starts(protocol, "http"))
        fits = str_starts(endpoint, arena_printf(call->arena, "%s://", protocol));
    else if (fits && !str_eq(protocol, "sms"))
        fits = str_starts(endpoint, "arn:");
    return fits ? 0 : sns_invalid(call, "Endpoint");
}

static struct json *find_same(struct sim_call *call, const struct json *topic, const char *protocol,
                              const char *endpoint)
{
    for (const struct sim_record *it =
             sim_first(call, json_str(topic, "_account"), json_str(topic, "_region"),
                       sns_subscription_kind(call, json_str(topic, "_name")));
         it != NULL; it = sim_store_next(it)) {
        struct json *record = sim_record_json(it, call->arena);

        if (str_eq(json_str(record, "Protocol"), protocol) &&
            str_eq(json_str(record, "Endpoint"), endpoint))
            return record;
    }
    return NULL;
}

static bool asks_for(const struct sim_call *call, const char *name)
{
    const struct json *entries = json_path(call->params, "Attributes", "entry", NULL);

    for (const struct json *it = json_first(entries); it != NULL; it = it->next)
        if (str_eq(json_str(it, "key"), name))
            return json_bool(it, "value", false);
    return false;
}

static const struct sim_rule subscribe_rules[] = {
    {.name = "TopicArn", .required = true, .min = 1, .max = 512},
    {.name = "Protocol",
     .required = true,
     .values = "http|https|email|email-json|sms|sqs|lambda|firehose"},
    {.name = NULL},
};

static int subscribe(struct sim_call *call)
{
    const char *protocol = sim_param(call, "Protocol"), *endpoint = sim_param(call, "Endpoint");
    const struct json *topic = sns_topic_asked(call, "TopicArn", "sns:Subscribe");
    struct json *record;
    const char *id;

    if (topic == NULL || endpoint_check(call, protocol, endpoint) != 0)
        return -1;
    record = find_same(call, topic, protocol, endpoint);
    if (record == NULL) {
        id = sim_id(call, "", 32, SIM_HEX_DIGITS);
        record = json_object(call->arena);
        json_put_str(record, "SubscriptionArn",
                     arena_printf(call->arena, "%s:%s", json_str(topic, "TopicArn"), id));
        json_put_str(record, "Owner", call->account);
        json_put_str(record, "Protocol", protocol);
        json_put_str(record, "Endpoint", endpoint);
        json_put_str(record, "TopicArn", json_str(topic, "TopicArn"));
        json_put_bool(record, "_pending", is_pending(call, protocol, endpoint));
        json_put_bool(record, "_raw", asks_for(call, "RawMessageDelivery"));
        sim_put(call, json_str(topic, "_account"), json_str(topic, "_region"),
                sns_subscription_kind(call, json_str(topic, "_name")), id, record);
    }
    json_put_str(call->answer, "SubscriptionArn",
                 json_bool(record, "_pending", false) &&
                         !json_bool(call->params, "ReturnSubscriptionArn", false)
                     ? "pending confirmation"
                     : json_str(record, "SubscriptionArn"));
    return 0;
}

static const struct sim_rule unsubscribe_rules[] = {
    {.name = "SubscriptionArn", .required = true, .min = 1, .max = 512},
    {.name = NULL},
};

/* One that is gone is no error. */
static int unsubscribe(struct sim_call *call)
{
    const char *arn = sim_param(call, "SubscriptionArn"), *colon;
    struct sim_arn_parts parts;
    const struct json *record;
    const char *kind;

    if (!sim_arn_split(arn, call->arena, &parts) || strchr(parts.resource, ':') == NULL)
        return sns_invalid(call,
                           "SubscriptionArn Reason: An ARN must have at least 6 elements, "
                           "not %s",
                           arn);
    colon = strchr(parts.resource, ':');
    kind = sns_subscription_kind(
        call, arena_strn(call->arena, parts.resource, (size_t)(colon - parts.resource)));
    record = sim_get(call, parts.account, parts.region, kind, colon + 1);
    if (record == NULL)
        return 0;
    if (!str_eq(json_str(record, "Owner"), call->account) && !str_eq(parts.account, call->account))
        return sim_denied(call, "SNS:Unsubscribe", arn);
    (void)sim_delete(call, parts.account, parts.region, kind, colon + 1);
    return 0;
}

static const struct sim_rule topic_rules[] = {
    {.name = "TopicArn", .required = true, .min = 1, .max = 512},
    {.name = NULL},
};

static int list_subscriptions(struct sim_call *call)
{
    struct sim_page page = {
        .list = "Subscriptions", .size = 100, .token_in = "NextToken", .token_out = "NextToken"};
    const struct json *topic = sns_topic_asked(call, "TopicArn", "sns:ListSubscriptionsByTopic");

    if (topic == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, json_str(topic, "_account"), json_str(topic, "_region"),
                            sns_subscription_kind(call, json_str(topic, "_name")));
         it != NULL; it = sim_page_next(&page, it)) {
        struct json *record = sim_record_json(it, call->arena);

        if (json_bool(record, "_pending", false))
            sim_set_str(record, "SubscriptionArn", "PendingConfirmation");
        json_add(page.items, record);
    }
    return 0;
}

const struct sim_operation sns_subscription_operations[] = {
    {.name = "Subscribe", .handler = subscribe, .access = SIM_WRITE, .rules = subscribe_rules},
    {.name = "Unsubscribe",
     .handler = unsubscribe,
     .access = SIM_WRITE,
     .rules = unsubscribe_rules},
    {.name = "ListSubscriptionsByTopic", .handler = list_subscriptions, .rules = topic_rules},
    {.name = NULL},
};
