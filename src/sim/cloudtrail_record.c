/*
 * cloudtrail_record.c - what CloudTrail writes of a call.
 *
 * Source: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element".
 * Limits: no responseElements; every call comes from 127.0.0.1.
 */
#include "cloudtrail_priv.h"

#include "plinth/base/time.h"

#include <string.h>

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

static void put_identity(const struct sim_call *call, const char *recipient, struct json *detail)
{
    const struct sim_principal *principal = &call->principal;
    struct json *identity = json_put_object(detail, "userIdentity"), *issuer;
    bool own = str_eq(principal->account, recipient);

    json_put_str(identity, "type", own ? type_of(principal) : "AWSAccount");
    json_put_str(identity, "principalId", principal->user_id);
    if (!own) { /* a stranger is told by the account alone */
        json_put_str(identity, "accountId", principal->account);
        return;
    }
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

/* --- Parameters ----------------------------------------------------------------------------------
 */

/* What a service keeps out of its records. */
static bool is_secret(const struct sim_call *call, const char *name)
{
    static const char *const names[] = {
        "SecretString", "SecretBinary", "Password", "NewPassword",      "OldPassword",
        "Plaintext",    "MessageBody",  "Message",  "WebIdentityToken",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_eq(names[i], name))
            return true;
    return str_eq(call->service->name, "ssm") && str_eq(name, "Value");
}

static bool is_s3(const struct sim_call *call)
{
    return str_eq(call->service->name, "s3");
}

/* Of an object's content nothing is written; S3's own names differ from its parameters'. */
static const char *record_name(const struct sim_call *call, const char *name)
{
    char *out = arena_str(call->arena, name);

    if (is_s3(call))
        return str_eq(name, "Bucket") ? "bucketName" : str_eq(name, "Key") ? "key" : NULL;
    if (str_eq(name, "Action") || str_eq(name, "Version"))
        return NULL;
    if (call->operation->access == SIM_WRITE && str_eq(call->service->name, "dynamodb") &&
        (str_eq(name, "Item") || str_eq(name, "ExpressionAttributeValues")))
        return NULL;
    if (out[0] >= 'A' && out[0] <= 'Z')
        out[0] = (char)(out[0] - 'A' + 'a');
    return out;
}

static void put_parameters(struct sim_call *call, struct json *detail)
{
    struct json *out;

    if (call->params->count == 0)
        return;
    out = json_put_object(detail, "requestParameters");
    for (const struct json *it = call->params->first; it != NULL; it = it->next) {
        const char *name = record_name(call, it->key);

        if (name != NULL && is_secret(call, it->key))
            json_put_str(out, name, "HIDDEN_DUE_TO_SECURITY_REASONS");
        else if (name != NULL)
            json_put(out, name, it);
    }
}

static void put_resource(const struct trail_event *told, struct json *detail)
{
    struct json *resource;

    if (told->resource_arn == NULL)
        return;
    resource = json_add_object(json_put_array(detail, "resources"));
    json_put_str(resource, "ARN", told->resource_arn);
    json_put_str(resource, "accountId", told->recipient);
    json_put_str(resource, "type", told->resource_type);
}

struct json *cloudtrail_record(struct sim_call *call, const struct trail_event *told)
{
    struct json *detail = json_object(call->arena);
    char id[37], time[TIME_TEXT_BYTES];
    bool is_ec2 = call->service->protocol == SIM_EC2;

    rng_uuid(call->sim->env->rng, id);
    time_rfc3339(call->now_ms, time);
    json_put_str(detail, "eventVersion", "1.11");
    put_identity(call, told->recipient, detail);
    json_put_str(detail, "eventTime", time);
    json_put_str(detail, "eventSource", told->source);
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
    put_resource(told, detail);
    json_put_str(detail, "requestID", call->request_id);
    json_put_str(detail, "eventID", id);
    json_put_bool(detail, "readOnly", told->is_read);
    json_put_str(detail, "eventType", "AwsApiCall");
    json_put_bool(detail, "managementEvent", !told->is_data);
    json_put_str(detail, "recipientAccountId", told->recipient);
    json_put_str(detail, "eventCategory", told->is_data ? "Data" : "Management");
    return detail;
}
