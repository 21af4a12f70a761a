/*
 * sqs.c - SQS: as much of queues as it takes to listen to a topic.
 *
 * Source: SQS API Reference, version 2012-11-05 (JSON 1.0); SQS Developer Guide, "Visibility
 *         timeout", "Queue types".
 * Limits: standard queues.  A receiver never waits, whatever WaitTimeSeconds says; messages do not
 *         expire; the name of a deleted queue is free at once, not after a minute.
 */
#include "events_priv.h"

#include "plinth/codec/hash.h"

#include <string.h>

enum { BODY_BYTES_MOST = 1024 * 1024, VISIBILITY_S = 30 };

/* Two services hand a message on before it is there. */
static const double delivery_s = 1.5;

/* --- Queues --------------------------------------------------------------------------------------
 */

static const char *message_kind(const struct sim_call *call, const char *queue)
{
    return arena_printf(call->arena, "sqs-message/%s", queue);
}

/* Clients of the query protocol knew other codes; a header still says them. */
static int missing(struct sim_call *call)
{
    http_header_add(&call->headers, call->arena, "x-amzn-query-error",
                    "AWS.SimpleQueueService.NonExistentQueue;Sender");
    return sim_error(call, "QueueDoesNotExist", 400, "The specified queue does not exist.");
}

/* The queue of the caller's that QueueUrl means.  NULL: the error is set. */
static struct json *queue_asked(struct sim_call *call)
{
    const char *url = sim_param(call, "QueueUrl"), *slash = strrchr(url, '/');
    struct json *queue =
        slash == NULL ? NULL : sim_get(call, call->account, call->region, "sqs-queue", slash + 1);

    if (queue == NULL || !str_eq(json_str(queue, "QueueUrl"), url)) {
        (void)missing(call);
        return NULL;
    }
    return queue;
}

static int attributes_check(struct sim_call *call, const struct json *attributes)
{
    static const char *const numbers[] = {"DelaySeconds", "MaximumMessageSize",
                                          "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds",
                                          "VisibilityTimeout"};
    static const char *const texts[] = {"KmsMasterKeyId", "RedrivePolicy", "SqsManagedSseEnabled"};
    const char *why;
    uint64_t number;

    for (const struct json *it = json_first(attributes); it != NULL; it = it->next) {
        bool known = str_eq(it->key, "Policy"), fits = it->type == JSON_STRING;

        if (known && fits)
            fits = sim_resource_policy_parse(call, it->string, &why) != NULL;
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
            if (str_eq(numbers[i], it->key)) {
                known = true;
                fits = fits && str_to_u64(it->string, &number);
            }
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            known = known || str_eq(texts[i], it->key);
        if (!known)
            return sim_error(call, "InvalidAttributeName", 400, "Unknown Attribute %s.", it->key);
        if (!fits)
            return sim_error(call, "InvalidAttributeValue", 400,
                             "Invalid value for the parameter %s.", it->key);
    }
    return 0;
}

static const struct sim_rule create_rules[] = {
    {.name = "QueueName", .required = true, .min = 1, .max = 80, .chars = "a-zA-Z0-9_-"},
    {.name = NULL},
};

static int create_queue(struct sim_call *call)
{
    const char *name = sim_param(call, "QueueName");
    const struct json *asked = json_get(call->params, "Attributes");
    struct json *queue = sim_get(call, call->account, call->region, "sqs-queue", name);

    if (attributes_check(call, asked) != 0)
        return -1;
    for (const struct json *it = queue == NULL ? NULL : json_first(asked); it != NULL;
         it = it->next)
        if (!str_eq(json_str(json_get(queue, "Attributes"), it->key), it->string))
            return sim_error(call, "QueueNameExists", 400,
                             "A queue already exists with the same name and a different value for "
                             "attribute %s",
                             it->key);
    if (queue == NULL) {
        queue = json_object(call->arena);
        json_put_str(queue, "QueueUrl",
                     arena_printf(call->arena, "https://sqs.%s.amazonaws.com/%s/%s", call->region,
                                  call->account, name));
        json_put(queue, "Attributes", asked == NULL ? json_object(call->arena) : asked);
        json_put(queue, "tags", json_get(call->params, "tags"));
        sim_put(call, call->account, call->region, "sqs-queue", name, queue);
    }
    json_put_str(call->answer, "QueueUrl", json_str(queue, "QueueUrl"));
    return 0;
}

static int get_queue_url(struct sim_call *call)
{
    const struct json *queue =
        sim_get(call, call->account, call->region, "sqs-queue", sim_param(call, "QueueName"));

    if (queue == NULL)
        return missing(call);
    json_put_str(call->answer, "QueueUrl", json_str(queue, "QueueUrl"));
    return 0;
}

static const char *name_of(const struct json *queue)
{
    return strrchr(json_str(queue, "QueueUrl"), '/') + 1;
}

static const struct sim_rule url_rules[] = {
    {.name = "QueueUrl", .required = true, .min = 1, .max = 512},
    {.name = NULL},
};

static int delete_queue(struct sim_call *call)
{
    const struct json *queue = queue_asked(call);
    const struct sim_record *it, *next;
    const char *kind;

    if (queue == NULL)
        return -1;
    kind = message_kind(call, name_of(queue));
    for (it = sim_first(call, call->account, call->region, kind); it != NULL; it = next) {
        next = sim_store_next(it);
        (void)sim_delete(call, call->account, call->region, kind, sim_record_id(it));
    }
    (void)sim_delete(call, call->account, call->region, "sqs-queue", name_of(queue));
    return 0;
}

static int list_queues(struct sim_call *call)
{
    struct sim_page page = {.list = "QueueUrls",
                            .size = 1000,
                            .size_param = "MaxResults",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    const char *prefix = sim_param(call, "QueueNamePrefix");

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "sqs-queue");
         it != NULL; it = sim_page_next(&page, it))
        if (prefix == NULL || str_starts(sim_record_id(it), prefix))
            json_add_str(page.items, json_str(sim_record_json(it, call->arena), "QueueUrl"));
    return 0;
}

static const struct sim_rule set_rules[] = {
    {.name = "QueueUrl", .required = true, .min = 1, .max = 512},
    {.name = "Attributes", .required = true},
    {.name = NULL},
};

static int set_queue_attributes(struct sim_call *call)
{
    const struct json *asked = json_get(call->params, "Attributes");
    struct json *queue = queue_asked(call), *attributes;

    if (queue == NULL || attributes_check(call, asked) != 0)
        return -1;
    attributes = json_copy(json_get(queue, "Attributes"), call->arena);
    for (const struct json *it = json_first(asked); it != NULL; it = it->next)
        sim_set_str(attributes, it->key, it->string);
    sim_set(queue, "Attributes", attributes);
    sim_put(call, call->account, call->region, "sqs-queue", name_of(queue), queue);
    return 0;
}

/* All of them, whichever were asked for by name. */
static int get_queue_attributes(struct sim_call *call)
{
    const struct json *queue = queue_asked(call);
    struct json *out;

    if (queue == NULL)
        return -1;
    json_put(call->answer, "Attributes", json_get(queue, "Attributes"));
    out = (struct json *)json_get(call->answer, "Attributes");
    json_put_str(out, "QueueArn",
                 sim_arn(call, "sqs", call->region, call->account, "%s", name_of(queue)));
    json_put_str(out, "ApproximateNumberOfMessages",
                 arena_printf(call->arena, "%zu",
                              sim_store_count(call->sim->store, call->account, call->region,
                                              message_kind(call, name_of(queue)))));
    return 0;
}

/* --- Messages ------------------------------------------------------------------------------------
 */

static const char *md5_of(const struct sim_call *call, const char *text)
{
    unsigned char digest[16];
    char *hex = arena_alloc(call->arena, 33);

    md5(text, strlen(text), digest);
    hex_encode(digest, sizeof digest, hex);
    return hex;
}

static const char *message_add(struct sim_call *call, const char *account, const char *region,
                               const char *queue, const char *body, double delay_s)
{
    struct json *message = json_object(call->arena);
    char *id = arena_alloc(call->arena, 37);

    rng_uuid(call->sim->env->rng, id);
    json_put_str(message, "MessageId", id);
    json_put_str(message, "Body", body);
    json_put_str(message, "MD5OfBody", md5_of(call, body));
    json_put_number(message, "_ready_ms", (double)sim_due_ms(call, delay_s));
    sim_put(call, account, region, message_kind(call, queue), id, message);
    return id;
}

bool sqs_send_for(struct sim_call *call, const char *queue_arn, const char *body,
                  const struct sim_service_act *act)
{
    struct sim_arn_parts parts;
    const struct json *queue;
    const char *policy;

    if (!sim_arn_split(queue_arn, call->arena, &parts) || !str_eq(parts.service, "sqs"))
        return false;
    queue = sim_get(call, parts.account, parts.region, "sqs-queue", parts.resource);
    policy = json_str(json_get(queue, "Attributes"), "Policy");
    if (queue == NULL || sim_resource_policy_service(call, policy, act) != SIM_ALLOWED)
        return false;
    (void)message_add(call, parts.account, parts.region, parts.resource, body, delivery_s);
    return true;
}

static const struct sim_rule send_rules[] = {
    {.name = "QueueUrl", .required = true, .min = 1, .max = 512},
    {.name = "MessageBody", .required = true, .min = 1, .max = BODY_BYTES_MOST},
    {.name = NULL},
};

static int send_message(struct sim_call *call)
{
    const char *body = sim_param(call, "MessageBody");
    const struct json *queue = queue_asked(call);

    if (queue == NULL)
        return -1;
    json_put_str(call->answer, "MessageId",
                 message_add(call, call->account, call->region, name_of(queue), body, 0));
    json_put_str(call->answer, "MD5OfMessageBody", md5_of(call, body));
    return 0;
}

static const struct sim_rule receive_rules[] = {
    {.name = "QueueUrl", .required = true, .min = 1, .max = 512},
    {.name = "MaxNumberOfMessages", .number = true, .min = 1, .max = 10},
    {.name = "WaitTimeSeconds", .number = true, .min = 0, .max = 20},
    {.name = "VisibilityTimeout", .number = true, .min = 0, .max = 43200},
    {.name = NULL},
};

static int receive_message(struct sim_call *call)
{
    const struct json *queue = queue_asked(call);
    size_t most = (size_t)json_number(call->params, "MaxNumberOfMessages", 1);
    double hidden_s;
    struct json *out;

    if (queue == NULL)
        return -1;
    hidden_s = json_number(json_get(queue, "Attributes"), "VisibilityTimeout", VISIBILITY_S);
    hidden_s = json_number(call->params, "VisibilityTimeout", hidden_s);
    out = json_array(call->arena);
    for (const struct sim_record *it =
             sim_first(call, call->account, call->region, message_kind(call, name_of(queue)));
         it != NULL && out->count < most; it = sim_store_next(it)) {
        struct json *message = sim_record_json(it, call->arena);

        if (!sim_ready(call, message))
            continue;
        sim_set_number(message, "_ready_ms", (double)call->now_ms + hidden_s * 1000);
        sim_set_str(message, "ReceiptHandle", sim_id(call, "", 64, SIM_LOWER_DIGITS));
        sim_put(call, call->account, call->region, message_kind(call, name_of(queue)),
                json_str(message, "MessageId"), message);
        json_add(out, message);
    }
    if (out->count > 0) /* an empty list is left out */
        json_put(call->answer, "Messages", out);
    return 0;
}

static const struct sim_rule delete_message_rules[] = {
    {.name = "QueueUrl", .required = true, .min = 1, .max = 512},
    {.name = "ReceiptHandle", .required = true, .min = 1, .max = 1024},
    {.name = NULL},
};

static int delete_message(struct sim_call *call)
{
    const char *handle = sim_param(call, "ReceiptHandle");
    const struct json *queue = queue_asked(call);

    if (queue == NULL)
        return -1;
    for (const struct sim_record *it =
             sim_first(call, call->account, call->region, message_kind(call, name_of(queue)));
         it != NULL; it = sim_store_next(it))
        if (str_eq(json_str(sim_record_json(it, call->arena), "ReceiptHandle"), handle)) {
            (void)sim_delete(call, call->account, call->region, message_kind(call, name_of(queue)),
                             sim_record_id(it));
            return 0;
        }
    return sim_error(call, "ReceiptHandleIsInvalid", 400, "The input receipt handle is invalid.");
}

static const struct sim_operation operations[] = {
    {.name = "CreateQueue", .handler = create_queue, .access = SIM_WRITE, .rules = create_rules},
    {.name = "GetQueueUrl", .handler = get_queue_url, .rules = create_rules},
    {.name = "DeleteQueue", .handler = delete_queue, .access = SIM_WRITE, .rules = url_rules},
    {.name = "ListQueues", .handler = list_queues},
    {.name = "SetQueueAttributes",
     .handler = set_queue_attributes,
     .access = SIM_WRITE,
     .rules = set_rules},
    {.name = "GetQueueAttributes", .handler = get_queue_attributes, .rules = url_rules},
    {.name = "SendMessage", .handler = send_message, .access = SIM_WRITE, .rules = send_rules},
    {.name = "ReceiveMessage",
     .handler = receive_message,
     .access = SIM_WRITE,
     .rules = receive_rules},
    {.name = "DeleteMessage",
     .handler = delete_message,
     .access = SIM_WRITE,
     .rules = delete_message_rules},
    {.name = NULL},
};

const struct sim_service sim_service_sqs = {
    .name = "sqs",
    .protocol = SIM_JSON,
    .json_version = "1.0",
    .target_prefix = "AmazonSQS",
    .bad_input = "InvalidParameterValue",
    .throttled = "RequestThrottled",
    .denied = "AccessDeniedException",
    .operations = {operations},
};
