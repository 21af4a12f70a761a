/*
 * cloudtrail_logs.c - what a trail records goes into its CloudWatch Logs group.
 *
 * ("", "", "trail-log", number) -> {arn, stream, message, _ready_ms}: on the way
 *
 * Source: CloudTrail User Guide, "Sending events to CloudWatch Logs", "Role policy document for
 *         CloudTrail to use CloudWatch Logs for monitoring" (an organization's streams begin with
 *         its id).
 * Limits: every event takes DELIVERY_S.  What the role may not write is lost.
 */
#include "cloudtrail_priv.h"
#include "logs_priv.h"
#include "resource_policy.h"

#include <string.h>

enum { DELIVERY_S = 60 };

/* --- Group and role ------------------------------------------------------------------------------
 */

static const char *stream_of(struct sim_call *call, const struct json *trail, const char *account,
                             const char *region)
{
    struct sim_organization organization;
    const char *stream = arena_printf(call->arena, "%s_CloudTrail_%s", account, region);

    if (json_bool(trail, "IsOrganizationTrail", false) &&
        sim_organization_of(call, cloudtrail_owner(call, trail), &organization))
        return arena_printf(call->arena, "%s_%s", organization.id, stream);
    return stream;
}

/* The group of "arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*".  False: it is none of `region`. */
static bool group_of(struct sim_call *call, const char *arn, const char *region,
                     struct log_group_name *out)
{
    return arn != NULL && str_ends(arn, ":*") && log_group_of_arn(call, arn, out) &&
           str_eq(out->region, region);
}

static bool role_may_write(struct sim_call *call, const struct json *trail,
                           const struct log_group_name *group, const char *stream)
{
    static const char *const actions[] = {"logs:CreateLogStream", "logs:PutLogEvents"};
    const struct sim_service_act act = {.service = "cloudtrail.amazonaws.com",
                                        .source_arn = json_str(trail, "TrailARN"),
                                        .source_account = group->account};
    const char *resource = sim_arn(call, "logs", group->region, group->account,
                                   "log-group:%s:log-stream:%s", group->name, stream);
    struct sim_call as;

    if (!sim_service_assume(call, &act, group->region, json_str(trail, "CloudWatchLogsRoleArn"),
                            &as))
        return false;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (sim_objection(&as, actions[i], resource) != NULL)
            return false;
    return true;
}

int cloudtrail_check_logs(struct sim_call *call, const struct json *trail)
{
    const char *arn = json_str(trail, "CloudWatchLogsLogGroupArn");
    const char *role = json_str(trail, "CloudWatchLogsRoleArn");
    struct log_group_name group;

    if (arn == NULL && role == NULL)
        return 0;
    if (arn == NULL || role == NULL)
        return sim_error(call, "InvalidParameterCombinationException", 400,
                         "CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn are given together.");
    if (!group_of(call, arn, call->region, &group) || !str_eq(group.account, call->account) ||
        !log_group_exists(call, &group))
        return sim_error(call, "InvalidCloudWatchLogsLogGroupArnException", 400,
                         "CloudTrail cannot validate the specified log group ARN.");
    if (!role_may_write(call, trail, &group, stream_of(call, trail, call->account, call->region)))
        return sim_error(call, "InvalidCloudWatchLogsRoleArnException", 400,
                         "Access denied. Check the permissions for your role.");
    return 0;
}

bool cloudtrail_reaches_logs(struct sim_call *call, const struct json *trail)
{
    struct log_group_name group;

    return group_of(call, json_str(trail, "CloudWatchLogsLogGroupArn"),
                    json_str(trail, "HomeRegion"), &group) &&
           log_group_exists(call, &group) &&
           role_may_write(call, trail, &group, stream_of(call, trail, call->account, call->region));
}

/* --- Delivery ------------------------------------------------------------------------------------
 */

static void deliver(struct sim_call *call, const struct trail_event *told, const struct json *trail,
                    const struct json *record)
{
    const char *arn = json_str(trail, "CloudWatchLogsLogGroupArn"), *stream;
    int64_t due_ms = sim_due_ms(call, DELIVERY_S);
    struct log_group_name group;
    struct json *later;

    if (!group_of(call, arn, json_str(trail, "HomeRegion"), &group) ||
        !log_group_exists(call, &group))
        return;
    stream = stream_of(call, trail, told->recipient, call->region);
    if (!role_may_write(call, trail, &group, stream))
        return;
    if (due_ms <= call->now_ms) {
        log_event_add(call, &group, stream, json_text(record, call->arena), call->now_ms);
        return;
    }
    later = json_object(call->arena);
    json_put_str(later, "arn", arn);
    json_put_str(later, "stream", stream);
    json_put_str(later, "message", json_text(record, call->arena));
    json_put_number(later, "_ready_ms", (double)due_ms);
    sim_put(call, "", "", "trail-log", json_str(record, "eventID"), later);
}

void cloudtrail_to_logs(struct sim_call *call, const struct trail_event *told,
                        const struct json *record)
{
    (void)cloudtrail_each_recording(call, told, deliver, record);
}

static void arrive(struct sim_call *call, const struct json *later)
{
    struct log_group_name group;

    if (log_group_of_arn(call, json_str(later, "arn"), &group) && log_group_exists(call, &group))
        log_event_add(call, &group, json_str(later, "stream"), json_str(later, "message"),
                      (int64_t)json_number(later, "_ready_ms", 0));
}

/* After a pause very many arrive at once, in a call that has nothing to do with them. */
void sim_trail_arrive(struct sim_call *call)
{
    const struct sim_record *it = sim_first(call, "", "", "trail-log");
    struct sim_call each = *call;

    if (it == NULL || !sim_ready(call, sim_record_json(it, call->arena)))
        return;
    each.arena = arena_new("an event's arrival");
    while ((it = sim_first(&each, "", "", "trail-log")) != NULL) {
        const struct json *later = sim_record_json(it, each.arena);

        if (!sim_ready(&each, later))
            break;
        arrive(&each, later);
        (void)sim_delete(&each, "", "", "trail-log", sim_record_id(it));
        arena_reset(each.arena);
    }
    arena_free(each.arena);
}
