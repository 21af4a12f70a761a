/*
 * alarms_settings.c - what the baseline says of alarms, and which events are alarms.
 *
 * Source: CloudTrail User Guide, "CloudTrail record contents" and "AWS Management Console sign-in
 *         events"; GuardDuty User Guide, "Severity levels"; EventBridge User Guide, "Quotas" (a
 *         pattern has at most 2,048 characters) and "AWS service events delivered via CloudTrail".
 */
#include "alarms_settings.h"

#include "event_rules.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

/* --- Alarms --------------------------------------------------------------------------------------
 */

/* Where an event can happen. */
enum place { EVERYWHERE, GLOBAL_REGION, SECURITY_ACCOUNT };

struct alarm {
    const char *key;
    enum place place;
    bool reads;          /* it may be a read-only call */
    const char *pattern; /* %s is the least severity */
};

static const struct alarm alarms[] = {
    /* The delegated administrator gets the findings of all members, in each region. */
    {"findings", SECURITY_ACCOUNT, false,
     "{\"source\":[\"aws.guardduty\"],\"detail-type\":[\"GuardDuty Finding\"],"
     "\"detail\":{\"severity\":[{\"numeric\":[\">=\",%s]}]}}"},
    {"root", EVERYWHERE, true,
     "{\"source\":[{\"prefix\":\"aws.\"}],\"detail\":{\"userIdentity\":{\"type\":[\"Root\"]},"
     "\"eventType\":[\"AwsApiCall\",\"AwsConsoleSignIn\",\"AwsConsoleAction\"]}}"},
    /* People who come through single sign-on have their second factor there. */
    {"console_login_without_mfa", EVERYWHERE, false,
     "{\"detail-type\":[\"AWS Console Sign In via CloudTrail\"],\"detail\":{\"userIdentity\":{"
     "\"type\":[\"IAMUser\",\"Root\"]},\"responseElements\":{\"ConsoleLogin\":[\"Success\"]},"
     "\"additionalEventData\":{\"MFAUsed\":[{\"anything-but\":\"Yes\"}]}}}"},
    {"guards", EVERYWHERE, false,
     "{\"source\":[\"aws.cloudtrail\",\"aws.guardduty\",\"aws.access-analyzer\",\"aws.config\","
     "\"aws.events\",\"aws.securityhub\"],\"detail\":{\"eventName\":[\"StopLogging\","
     "\"DeleteTrail\",\"UpdateTrail\",\"PutEventSelectors\",\"DeleteDetector\",\"UpdateDetector\","
     "\"DeleteMembers\",\"DisassociateMembers\",\"StopMonitoringMembers\",\"CreateFilter\","
     "{\"prefix\":\"DisassociateFrom\"},\"DeletePublishingDestination\",\"DeleteAnalyzer\","
     "\"CreateArchiveRule\",\"StopConfigurationRecorder\",\"DeleteConfigurationRecorder\","
     "\"DeleteDeliveryChannel\",\"DeleteRule\",\"DisableRule\",\"RemoveTargets\","
     "\"DeleteEventBus\","
     "\"RemovePermission\",\"DisableSecurityHub\"]}}"},
    {"organization", GLOBAL_REGION, false,
     "{\"source\":[\"aws.organizations\"],\"detail\":{\"readOnly\":[false]}}"},
    {"iam_users_and_keys", GLOBAL_REGION, false,
     "{\"source\":[\"aws.iam\"],\"detail\":{\"eventName\":[\"CreateUser\",\"CreateAccessKey\","
     "\"CreateLoginProfile\",\"UpdateLoginProfile\",\"DeactivateMFADevice\","
     "{\"suffix\":\"SAMLProvider\"},\"CreateOpenIDConnectProvider\"],\"readOnly\":[false]}}"},
    {"denied", EVERYWHERE, true,
     "{\"source\":[{\"prefix\":\"aws.\"}],\"detail\":{\"errorCode\":[{\"prefix\":"
     "\"AccessDenied\"},{\"suffix\":\"UnauthorizedOperation\"}]}}"},
};

enum { ALARM_COUNT = sizeof alarms / sizeof alarms[0] };

static bool is_chosen(const struct alarms_spec *spec, const struct alarm *alarm)
{
    for (size_t i = 0; i < spec->events.count; i++)
        if (str_eq(spec->events.items[i], alarm->key))
            return true;
    return false;
}

static bool happens_here(const struct control_ctx *ctx, const struct alarm *alarm)
{
    const struct aws_partition *partition = aws_partition_find(ctx->partition);

    switch (alarm->place) {
    case GLOBAL_REGION:
        return partition != NULL && str_eq(ctx->region, partition->global_region);
    case SECURITY_ACCOUNT:
        return (ctx->account->roles & ROLE_SECURITY) != 0;
    case EVERYWHERE:
        break;
    }
    return true;
}

static const char *own_pattern(const struct control_ctx *ctx, const struct alarm *alarm)
{
    const struct alarms_spec *spec = ctx->spec;
    const char *gap = strstr(alarm->pattern, "%s");

    if (gap == NULL)
        return alarm->pattern;
    return arena_printf(ctx->arena, "%.*s%s%s", (int)(gap - alarm->pattern), alarm->pattern,
                        spec->severity, gap + 2);
}

/* A test event is always an alarm, so that the way can be tried. */
const char *alarms_pattern(const struct control_ctx *ctx)
{
    static const char test[] = "{\"source\":[\"" ALARMS_TEST_SOURCE "\"]}";
    const char *text = test;
    size_t count = 1;

    for (size_t i = 0; i < ALARM_COUNT; i++)
        if (is_chosen(ctx->spec, &alarms[i]) && happens_here(ctx, &alarms[i])) {
            text = arena_printf(ctx->arena, "%s,%s", text, own_pattern(ctx, &alarms[i]));
            count++;
        }
    return count == 1 ? text : arena_printf(ctx->arena, "{\"$or\":[%s]}", text);
}

/* Other rules hand events to the same bus, and put them in words of their own. */
const char *alarms_calls_pattern(const struct control_ctx *ctx)
{
    const char *text = NULL;
    size_t count = 0;

    for (size_t i = 0; i < ALARM_COUNT; i++) {
        const struct alarm *alarm = &alarms[i];

        if (!is_chosen(ctx->spec, alarm) || alarm->place == SECURITY_ACCOUNT)
            continue;
        text =
            text == NULL ? alarm->pattern : arena_printf(ctx->arena, "%s,%s", text, alarm->pattern);
        count++;
    }
    if (count == 0)
        return "{\"source\":[{\"prefix\":\"aws.\"}],\"detail\":{\"eventName\":[{\"exists\":true}]}"
               "}";
    return count == 1 ? text : arena_printf(ctx->arena, "{\"$or\":[%s]}", text);
}

/* A rule that is just ENABLED never sees read-only calls, not even those that were refused. */
const char *alarms_rule_state(const struct alarms_spec *spec)
{
    for (size_t i = 0; i < ALARM_COUNT; i++)
        if (alarms[i].reads && is_chosen(spec, &alarms[i]))
            return "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    return "ENABLED";
}

/* --- Names ---------------------------------------------------------------------------------------
 */

static const char *arn_in_security(const struct control_ctx *ctx, const char *service,
                                   const char *resource)
{
    const struct account *security = control_actor_account(ctx->baseline, ACTOR_SECURITY);
    const char *id = control_account_id(ctx, security);

    return id == NULL ? NULL
                      : arena_printf(ctx->arena, "arn:%s:%s:%s:%s:%s", ctx->partition, service,
                                     ctx->baseline->home_region, id, resource);
}

const char *alarms_bus_arn(const struct control_ctx *ctx)
{
    return arn_in_security(ctx, "events", "event-bus/" ALARMS_NAME);
}

const char *alarms_topic_arn(const struct control_ctx *ctx)
{
    return arn_in_security(ctx, "sns", ALARMS_NAME);
}

const char *alarms_role_arn(const struct control_ctx *ctx)
{
    return ctx->account_id == NULL ? NULL
                                   : arena_printf(ctx->arena, "arn:%s:iam::%s:role/" ALARMS_NAME,
                                                  ctx->partition, ctx->account_id);
}

bool alarms_json_equal(const char *a, const char *b, struct arena *arena)
{
    struct json *left, *right;
    struct err ignored = ERR_INIT;

    if (a == NULL || b == NULL)
        return a == b;
    return json_parse(a, strlen(a), arena, &left, &ignored) == 0 &&
           json_parse(b, strlen(b), arena, &right, &ignored) == 0 && json_equal(left, right);
}

const enum aws_op alarms_test_ops[] = {
    AWS_EVENTS_PUT_EVENTS, AWS_SQS_CREATE_QUEUE, AWS_SQS_RECEIVE_MESSAGE,
    AWS_SQS_DELETE_QUEUE,  AWS_SNS_SUBSCRIBE,    AWS_SNS_UNSUBSCRIBE,
    AWS_OP_NONE,
};

/* --- Targets -------------------------------------------------------------------------------------
 */

const char *alarms_rule_description(const struct control_ctx *ctx)
{
    return event_rules_description(ctx, "hands security events to the security account.");
}

struct json *alarms_bus_target(const struct control_ctx *ctx)
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

int alarms_put_target(struct control_ctx *ctx, const char *bus, const char *rule,
                      const struct json *target, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer, *failure;

    json_put_str(params, "Rule", rule);
    json_put_str(params, "EventBusName", bus);
    json_add(json_put_array(params, "Targets"), target);
    if (aws_call(ctx->target, AWS_EVENTS_PUT_TARGETS, params, ctx->arena, &answer, err) != 0) {
        /* EventBridge tries a role when it is named, and IAM shows new ones late. */
        if (strstr(err->text, "cannot be assumed") != NULL)
            err->code = ERR_CONFLICT;
        return -1;
    }
    if (json_number(answer, "FailedEntryCount", 0) > 0) {
        failure = json_at(json_get(answer, "FailedEntries"), 0);
        return err_set(err, ERR_CONFLICT, "the target was refused: %s",
                       json_text(failure, ctx->arena));
    }
    return 0;
}

/* --- Settings ------------------------------------------------------------------------------------
 */

static const struct choice event_choices[] = {
    {"findings", "findings"},
    {"root", "root"},
    {"console_login_without_mfa", "console_login_without_mfa"},
    {"guards", "guards"},
    {"organization", "organization"},
    {"iam_users_and_keys", "iam_users_and_keys"},
    {"denied", "denied"},
    {NULL, NULL},
};

static const struct choice severity_choices[] = {
    {"low", "1"}, {"medium", "4"}, {"high", "7"}, {"critical", "9"}, {NULL, NULL},
};

static const struct field alarms_fields[] = {
    {.key = "events",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct alarms_spec, events),
     .choices = event_choices,
     .fallback = "[findings, root, console_login_without_mfa, guards, organization, "
                 "iam_users_and_keys]",
     .max = 20,
     .doc =
         "What is an alarm: GuardDuty findings; what root users do; a console login of an IAM "
         "user or root without MFA; changes to trails, detectors, analyzers, recorders and event "
         "rules; every change to the organization and its policies; new IAM users, keys, "
         "passwords and identity providers; calls that were refused (in a busy organization: "
         "many)."},
    {.key = "severity",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct alarms_spec, severity),
     .choices = severity_choices,
     .fallback = "high",
     .doc = "From which severity on a finding is an alarm."},
    {.key = "emails",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct alarms_spec, emails),
     .format = FORMAT_EMAIL,
     .max = 50,
     .doc = "Who gets a mail. AWS asks each address once to confirm."},
    {.key = "webhooks",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct alarms_spec, webhooks),
     .max = 50,
     .doc = "`https://` addresses that get a POST. Each must confirm its subscription to SNS."},
    {.key = "queues",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct alarms_spec, queues),
     .format = FORMAT_NAME,
     .max = 50,
     .doc = "SQS queues of the security account in the home region, by name; their policies must "
            "let the topic `plinth-alarms` send."},
    {.key = "functions",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct alarms_spec, functions),
     .format = FORMAT_NAME,
     .max = 50,
     .doc = "Lambda functions likewise."},
    {.key = NULL},
};

const struct schema alarms_schema = {
    .name = "alarms",
    .doc = "Real-time alarms: rules in every account and region hand security events to one event "
           "bus in the security account, and from there people are told within seconds. `plinth "
           "alarms test` tries the way from end to end.",
    .size = sizeof(struct alarms_spec),
    .node_offset = offsetof(struct alarms_spec, node),
    .fields = alarms_fields,
};

void alarms_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct alarms_spec *spec = decoded;

    if (baseline_account_with_role(baseline, ROLE_SECURITY) == NULL)
        diags_add(diags, &spec->node->mark, "alarms needs an account with role security");
    if (spec->emails.count + spec->webhooks.count + spec->queues.count + spec->functions.count == 0)
        diags_add(diags, &spec->node->mark,
                  "alarms has nobody to tell: give it emails, webhooks, queues or functions");
    for (size_t i = 0; i < spec->webhooks.count; i++)
        if (!str_starts(spec->webhooks.items[i], "https://"))
            diags_add(diags, schema_mark(spec->node, "webhooks"),
                      "a webhook begins with https://, not '%s'", spec->webhooks.items[i]);
}
