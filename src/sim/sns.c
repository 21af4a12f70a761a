/*
 * sns.c - SNS: topics, their policies, subscriptions, and messages to queues.
 *
 * Source: SNS API Reference, version 2010-03-31; SNS Developer Guide, "Default topic policy",
 *         "Raw message delivery", "Fanout to Amazon SQS queues".
 * Limits: nobody confirms a subscription of an address or a URL, so that it stays pending; of what
 *         goes to other confirmed subscriptions than queues only the number and the last message
 *         are kept.  No filters, no FIFO topics, nothing is delivered again.
 */
#include "events_priv.h"

#include "plinth/base/time.h"

#include <string.h>

enum { MESSAGE_BYTES_MOST = 256 * 1024 };

/* --- Topics --------------------------------------------------------------------------------------
 */

const char *sns_subscription_kind(const struct sim_call *call, const char *topic)
{
    return arena_printf(call->arena, "sns-subscription/%s", topic);
}

struct json *sns_topic_of_arn(struct sim_call *call, const char *arn)
{
    struct sim_arn_parts parts;

    if (!sim_arn_split(arn, call->arena, &parts) || !str_eq(parts.service, "sns"))
        return NULL;
    return sim_get(call, parts.account, parts.region, "sns-topic", parts.resource);
}

struct json *sns_topic_asked(struct sim_call *call, const char *member, const char *action)
{
    const char *arn = sim_param(call, member);
    struct json *topic = sns_topic_of_arn(call, arn);
    const char *policy = json_str(json_get(topic, "_attributes"), "Policy");

    if (topic == NULL) {
        (void)sim_error(call, "NotFound", 404, "Topic does not exist");
        return NULL;
    }
    if (!str_eq(json_str(topic, "_account"), call->account) &&
        sim_resource_policy_caller(call, policy, action, arn) != SIM_ALLOWED) {
        (void)sim_denied(call, arena_printf(call->arena, "SNS:%s", call->operation->name), arn);
        return NULL;
    }
    return topic;
}

static void topic_put(struct sim_call *call, const struct json *topic)
{
    sim_put(call, json_str(topic, "_account"), json_str(topic, "_region"), "sns-topic",
            json_str(topic, "_name"), topic);
}

/* What a new topic lets: everything, its own account. */
static const char *default_policy(const struct sim_call *call, const char *arn)
{
    return arena_printf(
        call->arena,
        "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":"
        "\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":["
        "\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\","
        "\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\","
        "\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Resource\":\"%s\",\"Condition\":{"
        "\"StringEquals\":{\"AWS:SourceOwner\":\"%s\"}}}]}",
        arn, call->account);
}

int sns_invalid(struct sim_call *call, const char *format, ...)
{
    va_list args;
    const char *text;

    va_start(args, format);
    text = arena_vprintf(call->arena, format, args);
    va_end(args);
    return sim_error(call, "InvalidParameter", 400, "Invalid parameter: %s", text);
}

static int attribute_check(struct sim_call *call, const char *name, const char *value)
{
    static const char *const known[] = {"Policy",         "DisplayName",   "DeliveryPolicy",
                                        "KmsMasterKeyId", "TracingConfig", "SignatureVersion"};
    const char *why;
    bool found = false;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        found = found || str_eq(known[i], name);
    if (!found)
        return sns_invalid(call, "AttributeName");
    if (str_eq(name, "Policy") &&
        (value == NULL || sim_resource_policy_parse(call, value, &why) == NULL))
        return sns_invalid(call, "Policy Error: null");
    return 0;
}

/* Attributes as they travel, [{key, value}], as an object.  -1: the error is set. */
static int attributes_asked(struct sim_call *call, struct json *out)
{
    for (const struct json *it = json_first(json_path(call->params, "Attributes", "entry", NULL));
         it != NULL; it = it->next) {
        const char *name = json_str(it, "key"), *value = json_str(it, "value");

        if (attribute_check(call, name, value) != 0)
            return -1;
        sim_set_str(out, name, value);
    }
    return 0;
}

static const struct sim_rule create_rules[] = {
    {.name = "Name", .required = true, .min = 1, .max = 256, .chars = "a-zA-Z0-9_-"},
    {.name = NULL},
};

/* One that is there already is given back, if it is as asked for. */
static int create_existing(struct sim_call *call, const struct json *topic,
                           const struct json *attributes)
{
    const struct json *tags = json_get(call->params, "Tags");

    for (const struct json *it = json_first(attributes); it != NULL; it = it->next)
        if (!str_eq(json_str(json_get(topic, "_attributes"), it->key), it->string))
            return sns_invalid(call, "Attributes Reason: Topic already exists with different "
                                     "attributes");
    if (tags != NULL &&
        !json_equal(sim_tags_with(call->arena, NULL, tags), json_get(topic, "_tags")))
        return sns_invalid(call, "Tags Reason: Topic already exists with different tags");
    json_put_str(call->answer, "TopicArn", json_str(topic, "TopicArn"));
    return 0;
}

static int create_topic(struct sim_call *call)
{
    const char *name = sim_param(call, "Name");
    const char *arn = sim_arn(call, "sns", call->region, call->account, "%s", name);
    struct json *topic = sns_topic_of_arn(call, arn), *attributes = json_object(call->arena);

    if (attributes_asked(call, attributes) != 0)
        return -1;
    if (topic != NULL)
        return create_existing(call, topic, attributes);
    topic = json_object(call->arena);
    if (json_get(attributes, "Policy") == NULL)
        json_put_str(attributes, "Policy", default_policy(call, arn));
    json_put_str(topic, "TopicArn", arn);
    json_put_str(topic, "_account", call->account);
    json_put_str(topic, "_region", call->region);
    json_put_str(topic, "_name", name);
    json_put(topic, "_attributes", attributes);
    json_put(topic, "_tags", sim_tags_with(call->arena, NULL, json_get(call->params, "Tags")));
    topic_put(call, topic);
    json_put_str(call->answer, "TopicArn", arn);
    return 0;
}

static const struct sim_rule topic_rules[] = {
    {.name = "TopicArn", .required = true, .min = 1, .max = 512},
    {.name = NULL},
};

static int delete_topic(struct sim_call *call)
{
    struct json *topic = sns_topic_of_arn(call, sim_param(call, "TopicArn"));
    const struct sim_record *it, *next;
    const char *kind;

    if (topic == NULL)
        return 0; /* which is no error */
    topic = sns_topic_asked(call, "TopicArn", "sns:DeleteTopic");
    if (topic == NULL)
        return -1;
    kind = sns_subscription_kind(call, json_str(topic, "_name"));
    for (it = sim_first(call, call->account, call->region, kind); it != NULL; it = next) {
        next = sim_store_next(it);
        (void)sim_delete(call, call->account, call->region, kind, sim_record_id(it));
    }
    (void)sim_delete(call, call->account, call->region, "sns-topic", json_str(topic, "_name"));
    return 0;
}

static void put_entry(struct json *entries, const char *key, const char *value)
{
    struct json *entry = json_add_object(entries);

    json_put_str(entry, "key", key);
    json_put_str(entry, "value", value);
}

static int get_topic_attributes(struct sim_call *call)
{
    const struct json *topic = sns_topic_asked(call, "TopicArn", "sns:GetTopicAttributes");
    size_t pending = 0, confirmed = 0;
    struct json *entries;

    if (topic == NULL)
        return -1;
    entries = json_put_array(json_put_object(call->answer, "Attributes"), "entry");
    put_entry(entries, "TopicArn", json_str(topic, "TopicArn"));
    put_entry(entries, "Owner", json_str(topic, "_account"));
    for (const struct json *it = json_first(json_get(topic, "_attributes")); it != NULL;
         it = it->next)
        put_entry(entries, it->key, it->string);
    for (const struct sim_record *it =
             sim_first(call, json_str(topic, "_account"), json_str(topic, "_region"),
                       sns_subscription_kind(call, json_str(topic, "_name")));
         it != NULL; it = sim_store_next(it)) {
        bool is_pending = json_bool(sim_record_json(it, call->arena), "_pending", false);

        pending += is_pending;
        confirmed += !is_pending;
    }
    put_entry(entries, "SubscriptionsPending", arena_printf(call->arena, "%zu", pending));
    put_entry(entries, "SubscriptionsConfirmed", arena_printf(call->arena, "%zu", confirmed));
    put_entry(entries, "SubscriptionsDeleted", "0");
    return 0;
}

static const struct sim_rule set_rules[] = {
    {.name = "TopicArn", .required = true, .min = 1, .max = 512},
    {.name = "AttributeName", .required = true, .min = 1, .max = 64},
    {.name = NULL},
};

static int set_topic_attributes(struct sim_call *call)
{
    const char *name = sim_param(call, "AttributeName");
    const char *value = sim_param(call, "AttributeValue");
    struct json *topic = sns_topic_asked(call, "TopicArn", "sns:SetTopicAttributes"), *attributes;

    if (topic == NULL || attribute_check(call, name, value) != 0)
        return -1;
    attributes = json_copy(json_get(topic, "_attributes"), call->arena);
    sim_set_str(attributes, name, value);
    sim_set(topic, "_attributes", attributes);
    topic_put(call, topic);
    return 0;
}

static int list_topics(struct sim_call *call)
{
    struct sim_page page = {
        .list = "Topics", .size = 100, .token_in = "NextToken", .token_out = "NextToken"};

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "sns-topic");
         it != NULL; it = sim_page_next(&page, it))
        json_put_str(json_add_object(page.items), "TopicArn",
                     json_str(sim_record_json(it, call->arena), "TopicArn"));
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

static const struct sim_rule tag_rules[] = {
    {.name = "ResourceArn", .required = true, .min = 1, .max = 1011},
    {.name = NULL},
};

static struct json *tagged(struct sim_call *call)
{
    struct json *topic = sns_topic_of_arn(call, sim_param(call, "ResourceArn"));

    if (topic == NULL || !str_eq(json_str(topic, "_account"), call->account)) {
        (void)sim_error(call, "ResourceNotFound", 404, "Resource does not exist");
        return NULL;
    }
    return topic;
}

static int tag_resource(struct sim_call *call)
{
    struct json *topic = tagged(call);

    if (topic == NULL)
        return -1;
    sim_set(topic, "_tags",
            sim_tags_with(call->arena, json_get(topic, "_tags"), json_get(call->params, "Tags")));
    topic_put(call, topic);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    struct json *topic = tagged(call);

    if (topic == NULL)
        return -1;
    sim_set(
        topic, "_tags",
        sim_tags_without(call->arena, json_get(topic, "_tags"), json_get(call->params, "TagKeys")));
    topic_put(call, topic);
    return 0;
}

static int list_tags(struct sim_call *call)
{
    const struct json *topic = tagged(call);

    if (topic == NULL)
        return -1;
    json_put(call->answer, "Tags", json_get(topic, "_tags"));
    return 0;
}

/* --- Publish -------------------------------------------------------------------------------------
 */

/* What a queue gets that did not ask for raw messages. */
static const char *envelope(struct sim_call *call, const struct json *topic, const char *id,
                            const char *message, const char *subject)
{
    struct json *out = json_object(call->arena);
    char time[TIME_TEXT_BYTES];

    time_rfc3339(call->now_ms, time);
    json_put_str(out, "Type", "Notification");
    json_put_str(out, "MessageId", id);
    json_put_str(out, "TopicArn", json_str(topic, "TopicArn"));
    json_put_str(out, "Subject", subject);
    json_put_str(out, "Message", message);
    json_put_str(out, "Timestamp", time);
    json_put_str(out, "SignatureVersion", "1");
    return json_text(out, call->arena);
}

static void note_sent(struct sim_call *call, const struct json *topic, const char *id,
                      const char *message)
{
    const char *account = json_str(topic, "_account"), *region = json_str(topic, "_region");
    struct json *sent = sim_get(call, account, region, "sns-sent", id);

    if (sent == NULL)
        sent = json_object(call->arena);
    sim_set_number(sent, "Count", json_number(sent, "Count", 0) + 1);
    sim_set_str(sent, "Message", message);
    sim_put(call, account, region, "sns-sent", id, sent);
}

const char *sns_fan_out(struct sim_call *call, const struct json *topic, const char *message,
                        const char *subject)
{
    struct sim_service_act act = {.service = "sns.amazonaws.com",
                                  .action = "sqs:SendMessage",
                                  .source_arn = json_str(topic, "TopicArn"),
                                  .source_account = json_str(topic, "_account")};
    char *id = arena_alloc(call->arena, 37);

    rng_uuid(call->sim->env->rng, id);
    for (const struct sim_record *it =
             sim_first(call, json_str(topic, "_account"), json_str(topic, "_region"),
                       sns_subscription_kind(call, json_str(topic, "_name")));
         it != NULL; it = sim_store_next(it)) {
        const struct json *subscription = sim_record_json(it, call->arena);
        const char *endpoint = json_str(subscription, "Endpoint");

        if (json_bool(subscription, "_pending", false))
            continue;
        act.resource = endpoint;
        if (!str_eq(json_str(subscription, "Protocol"), "sqs"))
            note_sent(call, topic, sim_record_id(it), message);
        else
            (void)sqs_send_for(call, endpoint,
                               json_bool(subscription, "_raw", false)
                                   ? message
                                   : envelope(call, topic, id, message, subject),
                               &act);
    }
    return id;
}

bool sns_publish_for(struct sim_call *call, const char *topic_arn, const char *message,
                     const struct sim_service_act *act)
{
    const struct json *topic = sns_topic_of_arn(call, topic_arn);
    const char *policy = json_str(json_get(topic, "_attributes"), "Policy");

    if (topic == NULL || sim_resource_policy_service(call, policy, act) != SIM_ALLOWED)
        return false;
    (void)sns_fan_out(call, topic, message, NULL);
    return true;
}

static const struct sim_rule publish_rules[] = {
    {.name = "TopicArn", .required = true, .min = 1, .max = 512},
    {.name = "Message", .required = true, .min = 1},
    {.name = "Subject", .min = 1, .max = 100},
    {.name = NULL},
};

static int publish(struct sim_call *call)
{
    const char *message = sim_param(call, "Message");
    const struct json *topic = sns_topic_asked(call, "TopicArn", "sns:Publish");

    if (topic == NULL)
        return -1;
    if (strlen(message) > MESSAGE_BYTES_MOST)
        return sns_invalid(call, "Message too long");
    json_put_str(call->answer, "MessageId",
                 sns_fan_out(call, topic, message, sim_param(call, "Subject")));
    return 0;
}

static const struct sim_operation operations[] = {
    {.name = "CreateTopic", .handler = create_topic, .access = SIM_WRITE, .rules = create_rules},
    {.name = "DeleteTopic", .handler = delete_topic, .access = SIM_WRITE, .rules = topic_rules},
    {.name = "GetTopicAttributes", .handler = get_topic_attributes, .rules = topic_rules},
    {.name = "SetTopicAttributes",
     .handler = set_topic_attributes,
     .access = SIM_WRITE,
     .rules = set_rules},
    {.name = "ListTopics", .handler = list_topics},
    {.name = "TagResource",
     .handler = tag_resource,
     .access = SIM_WRITE,
     .rules = tag_rules,
     .empty_result = true},
    {.name = "UntagResource",
     .handler = untag_resource,
     .access = SIM_WRITE,
     .rules = tag_rules,
     .empty_result = true},
    {.name = "ListTagsForResource", .handler = list_tags, .rules = tag_rules},
    {.name = "Publish", .handler = publish, .access = SIM_WRITE, .rules = publish_rules},
    {.name = NULL},
};

const struct sim_service sim_service_sns = {
    .name = "sns",
    .protocol = SIM_QUERY,
    .api_version = "2010-03-31",
    .xmlns = "http://sns.amazonaws.com/doc/2010-03-31/",
    .bad_input = "InvalidParameter",
    .throttled = "Throttling",
    .denied = "AuthorizationError",
    .denied_status = 403,
    .operations = {operations, sns_subscription_operations},
};
