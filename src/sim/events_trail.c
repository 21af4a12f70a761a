/*
 * events_trail.c - every call becomes what CloudTrail tells of it: to EventBridge, to log groups
 *                  and to LookupEvents.
 *
 * Source: CloudTrail User Guide, "Understanding CloudTrail events"; EventBridge User Guide, "AWS
 *         service events delivered via AWS CloudTrail" (read-only management events reach only
 *         rules that ask for all of them); IAM User Guide, "Logging IAM and AWS STS API calls"
 *         (AssumeRole is told in the role's account too).
 * Limits: EventBridge hears at once; no sign-in events; of the resource owner's events AssumeRole's
 *         alone.
 */
#include "cloudtrail_priv.h"
#include "events_priv.h"

#include "plinth/base/time.h"

#include <string.h>

/* --- Data events ---------------------------------------------------------------------------------
 */

/* Calls on data, which no trail records unless it is told to.  NULL: no trail ever does, as for
 * what is sent to a bus or written to a log. */
static const struct {
    const char *action, *type;
} data_calls[] = {
    {"eventbridge:PutEvents", NULL},
    {"cloudwatch-logs:PutLogEvents", NULL},
    {"cloudwatch:PutMetricData", "AWS::CloudWatch::Metric"},
    {"sns:Publish", "AWS::SNS::Topic"},
    {"sqs:SendMessage", "AWS::SQS::Queue"},
    {"sqs:ReceiveMessage", "AWS::SQS::Queue"},
    {"sqs:DeleteMessage", "AWS::SQS::Queue"},
    {"s3:GetObject", "AWS::S3::Object"},
    {"s3:PutObject", "AWS::S3::Object"},
    {"s3:DeleteObject", "AWS::S3::Object"},
    {"s3:HeadObject", "AWS::S3::Object"},
    {"s3:ListObjectsV2", "AWS::S3::Object"},
    {"s3:DeleteObjects", "AWS::S3::Object"},
    {"dynamodb:PutItem", "AWS::DynamoDB::Table"},
    {"dynamodb:GetItem", "AWS::DynamoDB::Table"},
    {"dynamodb:UpdateItem", "AWS::DynamoDB::Table"},
    {"dynamodb:DeleteItem", "AWS::DynamoDB::Table"},
    {"dynamodb:Query", "AWS::DynamoDB::Table"},
    {"dynamodb:Scan", "AWS::DynamoDB::Table"},
};

static const char *resource_arn(const struct sim_call *call)
{
    const char *bucket = sim_param(call, "Bucket"), *key = sim_param(call, "Key");
    const char *table = sim_param(call, "TableName");

    if (bucket != NULL)
        return sim_arn(call, "s3", "", "", "%s/%s", bucket, key == NULL ? "" : key);
    if (table != NULL)
        return sim_arn(call, "dynamodb", call->region, call->account, "table/%s", table);
    return sim_param(call, "TopicArn");
}

/* What is told in the caller's account.  False: nothing ever is. */
static bool event_begin(struct sim_call *call, struct trail_event *out)
{
    const char *action = sim_action(call);

    *out = (struct trail_event){
        .recipient = call->account,
        .is_read = call->operation->access == SIM_READ,
        .source = arena_printf(call->arena, "%s.amazonaws.com", sim_signing_name(call)),
        .name = call->operation->name,
    };
    for (size_t i = 0; i < sizeof data_calls / sizeof data_calls[0]; i++)
        if (str_eq(data_calls[i].action, action)) {
            out->is_data = true;
            out->resource_type = data_calls[i].type;
            out->resource_arn = resource_arn(call);
            /* A text message to a telephone has no topic, and no event of any kind. */
            return out->resource_type != NULL && out->resource_arn != NULL;
        }
    return true;
}

/* --- EventBridge ---------------------------------------------------------------------------------
 */

static struct json *event_of(struct sim_call *call, const struct trail_event *told,
                             const struct json *record)
{
    struct json *event = json_object(call->arena);

    json_put_str(event, "version", "0");
    json_put_str(event, "id", json_str(record, "eventID"));
    json_put_str(event, "detail-type", "AWS API Call via CloudTrail");
    json_put_str(event, "source", arena_printf(call->arena, "aws.%s", sim_signing_name(call)));
    json_put_str(event, "account", told->recipient);
    json_put_str(event, "time", json_str(record, "eventTime"));
    json_put_str(event, "region", call->region);
    (void)json_put_array(event, "resources");
    json_put(event, "detail", record);
    return event;
}

static void tell_bus(struct sim_call *call, const struct trail_event *told,
                     const struct json *record)
{
    const struct event_bus bus = {told->recipient, call->region, "default"};
    bool readers_only = told->is_read && !told->is_data;
    const char *kind = readers_only ? event_reader_kind(call, &bus) : event_rule_kind(call, &bus);
    const struct json *event;

    if (sim_first(call, bus.account, bus.region, kind) == NULL)
        return;
    event = event_of(call, told, record);
    if (event_is_wanted(call, &bus, event, readers_only) && cloudtrail_is_recorded(call, told))
        event_deliver(call, &bus, event, readers_only);
}

/* --- All of them ---------------------------------------------------------------------------------
 */

static void tell(struct sim_call *call, const struct trail_event *told)
{
    struct json *record = cloudtrail_record(call, told);

    tell_bus(call, told, record);
    cloudtrail_to_logs(call, told, record);
    if (!told->is_data)
        cloudtrail_remember(call, told, record);
}

/* The account of a role that a stranger took; NULL: it is none, or the caller's own. */
static const char *account_entered(const struct sim_call *call)
{
    struct sim_arn_parts parts;

    return str_eq(call->service->name, "sts") && call->error_code == NULL &&
                   sim_param(call, "RoleArn") != NULL &&
                   sim_arn_split(sim_param(call, "RoleArn"), call->arena, &parts) &&
                   !str_eq(parts.account, call->account)
               ? parts.account
               : NULL;
}

/* Services that are global sign in the one region of the partition, and are recorded there. */
void sim_trail_tell(struct sim_call *call)
{
    struct trail_event told;

    if (call->principal.kind == SIM_NOBODY || !event_begin(call, &told))
        return;
    tell(call, &told);
    told.recipient = account_entered(call);
    if (told.recipient != NULL)
        tell(call, &told);
}
