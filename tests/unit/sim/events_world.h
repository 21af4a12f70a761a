/*
 * events_world.h - EventBridge, SNS and SQS for tests: rules, and somebody who listens.
 *
 * Parameters are JSON with ' in place of ".
 */
#ifndef PLINTH_TESTS_EVENTS_WORLD_H
#define PLINTH_TESTS_EVENTS_WORLD_H

#include "events_priv.h"
#include "world.h"

/* Text that stands for JSON: a member whose value is JSON as a text is written with `. */
static inline const char *events_text(struct sim_client *client, const char *format, va_list args)
{
    char *text = arena_vprintf(client->arena, format, args);
    const char *out;
    struct buf buf;

    buf_init(&buf, 64 * 1024);
    for (const char *at = text; *at != '\0'; at++)
        if (*at == '\'')
            buf_char(&buf, '"');
        else if (*at == '`')
            buf_str(&buf, "\\\"");
        else
            buf_char(&buf, *at);
    out = arena_str(client->arena, buf_text(&buf));
    buf_fini(&buf);
    return out;
}

__attribute__((format(printf, 3, 4))) static inline const struct json *
events(struct sim_client *client, const char *operation, const char *format, ...)
{
    const char *body;
    va_list args;

    va_start(args, format);
    body = events_text(client, format, args);
    va_end(args);
    return sim_client_json(client, "events", arena_printf(client->arena, "AWSEvents.%s", operation),
                           body);
}

__attribute__((format(printf, 3, 4))) static inline const struct json *
sqs(struct sim_client *client, const char *operation, const char *format, ...)
{
    const char *body;
    va_list args;

    va_start(args, format);
    body = events_text(client, format, args);
    va_end(args);
    return sim_client_json(client, "sqs", arena_printf(client->arena, "AmazonSQS.%s", operation),
                           body);
}

__attribute__((format(printf, 2, 3))) static inline const struct json *
sns(struct sim_client *client, const char *format, ...)
{
    const char *fields;
    va_list args;

    va_start(args, format);
    fields = arena_vprintf(client->arena, format, args);
    va_end(args);
    return sim_client_query(client, "sns", "2010-03-31", fields);
}

/* A topic that EventBridge may publish to; returns its ARN. */
static inline const char *events_topic(struct sim_client *client)
{
    const struct json *answer =
        sns(client,
            "Action=CreateTopic&Name=alarms&Attributes.entry.1.key=Policy"
            "&Attributes.entry.1.value=%s",
            world_policy(client, "{'Version':'2012-10-17','Statement':[{'Effect':"
                                 "'Allow','Principal':{'Service':'events.amazonaws"
                                 ".com'},'Action':'sns:Publish','Resource':'*'}]}"));

    EXPECT(client, "");
    return json_str(answer, "TopicArn");
}

/* A queue under the topic; returns its URL. */
static inline const char *events_listen(struct sim_client *client, const char *topic_arn)
{
    const struct json *answer =
        sqs(client, "CreateQueue",
            "{'QueueName':'ear','Attributes':{'Policy':'{`Version`:`2012-10-17`,`Statement`:[{"
            "`Effect`:`Allow`,`Principal`:{`Service`:`sns.amazonaws.com`},`Action`:"
            "`sqs:SendMessage`,`Resource`:`*`}]}'}}");
    const char *url = json_str(answer, "QueueUrl");

    EXPECT(client, "");
    (void)sns(client, "Action=Subscribe&Protocol=sqs&TopicArn=%s&Endpoint=%s",
              sim_client_escape(client, topic_arn),
              sim_client_escape(client, arena_printf(client->arena, "arn:aws:sqs:%s:%s:ear",
                                                     client->region, client->account)));
    EXPECT(client, "");
    return url;
}

/* The Message that came to the queue next; NULL: none did. */
static inline const char *events_heard(struct sim_client *client, const char *queue_url)
{
    const struct json *answer = sqs(client, "ReceiveMessage", "{'QueueUrl':'%s'}", queue_url);
    const struct json *message = json_at(json_get(answer, "Messages"), 0);
    const char *body = json_str(message, "Body");

    EXPECT(client, "");
    if (message == NULL)
        return NULL;
    (void)sqs(client, "DeleteMessage", "{'QueueUrl':'%s','ReceiptHandle':'%s'}", queue_url,
              json_str(message, "ReceiptHandle"));
    EXPECT(client, "");
    return json_str(world_json(client, body), "Message");
}

/* A rule of the default bus that hands all of an event to the topic. */
static inline void events_rule(struct sim_client *client, const char *state, const char *pattern,
                               const char *target_arn)
{
    (void)events(client, "PutRule", "{'Name':'watch','State':'%s','EventPattern':'%s'}", state,
                 pattern);
    EXPECT(client, "");
    (void)events(client, "PutTargets", "{'Rule':'watch','Targets':[{'Id':'1','Arn':'%s'}]}",
                 target_arn);
    EXPECT(client, "");
}

#endif
