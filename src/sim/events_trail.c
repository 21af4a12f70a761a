/*
 * events_trail.c - every call becomes what CloudTrail tells EventBridge of it.
 *
 * Nothing is built where no rule could see it: a rollout over ten thousand accounts makes millions
 * of calls.
 * Source: CloudTrail User Guide, "CloudTrail record contents"; EventBridge User Guide, "AWS service
 *         events delivered via AWS CloudTrail" (read-only calls reach only rules that ask for all
 *         management events).
 * Limits: a trail that logs is taken to log all management events; those of the caller's account;
 * no sign-in events.
 */
#include "events_priv.h"

#include "plinth/base/time.h"

#include <string.h>

/* Calls on data, which no trail records unless it is told to. */
static bool is_data_event(const struct sim_call *call)
{
    static const char *const calls[] = {
        "eventbridge:PutEvents", "sns:Publish",      "sqs:SendMessage",  "sqs:ReceiveMessage",
        "sqs:DeleteMessage",     "s3:GetObject",     "s3:PutObject",     "s3:DeleteObject",
        "s3:HeadObject",         "s3:ListObjectsV2", "s3:DeleteObjects",
    };
    const char *action = sim_action(call);

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (str_eq(calls[i], action))
            return true;
    return false;
}

/* --- The record ----------------------------------------------------------------------------------
 */

static const char *type_of(const struct sim_principal *principal)
{
    switch (principal->kind) {
    case SIM_ROOT:
        return "Root";
    case SIM_USER:
        return "IAMUser";
    case SIM_ROLE:
        return "AssumedRole";
    case SIM_NOBODY:
        break;
    }
    return "Unknown";
}

static void put_identity(const struct sim_call *call, struct json *detail)
{
    const struct sim_principal *principal = &call->principal;
    struct json *identity = json_put_object(detail, "userIdentity"), *issuer;

    json_put_str(identity, "type", type_of(principal));
    json_put_str(identity, "principalId", principal->user_id);
    json_put_str(identity, "arn", principal->arn);
    json_put_str(identity, "accountId", principal->account);
    json_put_str(identity, "accessKeyId", principal->access_key_id);
    if (principal->kind == SIM_USER)
        json_put_str(identity, "userName", principal->name);
    if (principal->kind != SIM_ROLE)
        return;
    issuer = json_put_object(json_put_object(identity, "sessionContext"), "sessionIssuer");
    json_put_str(issuer, "type", "Role");
    json_put_str(issuer, "arn", principal->source_arn);
    json_put_str(issuer, "accountId", principal->account);
    json_put_str(issuer, "userName", principal->name);
}

/* Reads leave no parameters behind here; names begin with a small letter there. */
static void put_parameters(struct sim_call *call, struct json *detail)
{
    struct json *out;

    if (call->operation->access == SIM_READ || call->params->count == 0)
        return;
    out = json_put_object(detail, "requestParameters");
    for (const struct json *it = call->params->first; it != NULL; it = it->next) {
        char *key = arena_str(call->arena, it->key);

        if (str_eq(key, "Action") || str_eq(key, "Version"))
            continue;
        if (key[0] >= 'A' && key[0] <= 'Z')
            key[0] = (char)(key[0] - 'A' + 'a');
        json_put(out, key, it);
    }
}

static const char *signing_name(const struct sim_call *call)
{
    const struct sim_service *service = call->service;

    return service->signing_name == NULL ? service->name : service->signing_name;
}

static void put_detail(struct sim_call *call, struct json *event, const char *id, const char *time)
{
    struct json *detail = json_put_object(event, "detail");
    bool is_ec2 = call->service->protocol == SIM_EC2;

    json_put_str(detail, "eventVersion", "1.11");
    put_identity(call, detail);
    json_put_str(detail, "eventTime", time);
    json_put_str(detail, "eventSource",
                 arena_printf(call->arena, "%s.amazonaws.com", signing_name(call)));
    json_put_str(detail, "eventName", call->operation->name);
    json_put_str(detail, "awsRegion", call->region);
    json_put_str(detail, "sourceIPAddress", "127.0.0.1");
    json_put_str(detail, "userAgent", http_header_get(&call->request->headers, "User-Agent"));
    if (call->error_code != NULL) {
        json_put_str(detail, "errorCode",
                     arena_printf(call->arena, "%s%s", is_ec2 ? "Client." : "", call->error_code));
        json_put_str(detail, "errorMessage", call->error_text);
    }
    put_parameters(call, detail);
    json_put_str(detail, "requestID", call->request_id);
    json_put_str(detail, "eventID", id);
    json_put_bool(detail, "readOnly", call->operation->access == SIM_READ);
    json_put_str(detail, "eventType", "AwsApiCall");
    json_put_bool(detail, "managementEvent", true);
    json_put_str(detail, "recipientAccountId", call->account);
    json_put_str(detail, "eventCategory", "Management");
}

static struct json *event_of(struct sim_call *call)
{
    struct json *event = json_object(call->arena);
    char id[37], time[TIME_TEXT_BYTES];

    rng_uuid(call->sim->env->rng, id);
    time_rfc3339(call->now_ms, time);
    json_put_str(event, "version", "0");
    json_put_str(event, "id", id);
    json_put_str(event, "detail-type", "AWS API Call via CloudTrail");
    json_put_str(event, "source", arena_printf(call->arena, "aws.%s", signing_name(call)));
    json_put_str(event, "account", call->account);
    json_put_str(event, "time", time);
    json_put_str(event, "region", call->region);
    (void)json_put_array(event, "resources");
    put_detail(call, event, id, time);
    return event;
}

/* --- Who hears of it -----------------------------------------------------------------------------
 */

static bool trail_records(const struct sim_call *call, const struct json *trail, bool is_own)
{
    return json_bool(trail, "_logging", false) &&
           (is_own || json_bool(trail, "IsOrganizationTrail", false)) &&
           (json_bool(trail, "IsMultiRegionTrail", false) ||
            str_eq(json_str(trail, "HomeRegion"), call->region));
}

static bool has_trail(struct sim_call *call, const char *owner)
{
    bool is_own = str_eq(owner, call->account);

    for (const struct sim_record *it = sim_first(call, owner, "", "trail"); it != NULL;
         it = sim_store_next(it))
        if (trail_records(call, sim_record_json(it, call->arena), is_own))
            return true;
    return false;
}

/* By a trail of the account, or of its organization. */
static bool is_recorded(struct sim_call *call)
{
    struct sim_organization organization;

    return has_trail(call, call->account) ||
           (sim_organization_of(call, call->account, &organization) &&
            has_trail(call, organization.management));
}

/* Services that are global sign in the one region of the partition, and are recorded there. */
void sim_trail_tell(struct sim_call *call)
{
    const struct event_bus bus = {call->account, call->region, "default"};
    bool is_read = call->operation->access == SIM_READ;
    const char *kind = is_read ? event_reader_kind(call, &bus) : event_rule_kind(call, &bus);
    const struct json *event;

    if (call->principal.kind == SIM_NOBODY ||
        sim_first(call, bus.account, bus.region, kind) == NULL || is_data_event(call))
        return;
    event = event_of(call);
    if (event_is_wanted(call, &bus, event, is_read) && is_recorded(call))
        event_deliver(call, &bus, event, is_read);
}
