/*
 * guardduty_destinations.c - where GuardDuty exports its findings to.
 *
 * Source: GuardDuty API Reference, CreatePublishingDestination and its kin; user guide, "Exporting
 *         generated findings to Amazon S3".
 * Limits: nothing is written; whether it could be shows as soon as it changes.  The folder that a
 *         destination may name need not exist.
 */
#include "guardduty_priv.h"
#include "kms_priv.h"
#include "resource_policy.h"
#include "s3_priv.h"

#include <string.h>

enum { VERIFIED_AFTER_S = 30 };

static struct json *destination_get(struct sim_call *call)
{
    const char *id = sim_param(call, "DestinationId");

    return sim_get(call, call->account, call->region, "guardduty/destination", id);
}

/* -1: the error is set. */
static int open_destination(struct sim_call *call, struct json **out)
{
    struct json *detector;

    if (guardduty_open(call, &detector) != 0)
        return -1;
    *out = destination_get(call);
    if (*out != NULL)
        return 0;
    return guardduty_reject(call,
                            "The request is rejected because the publishing destination ID is "
                            "not valid for the current account.");
}

/* --- Whether it can be written to ----------------------------------------------------------------
 */

/* Regions that are opted in to have a service principal of their own. */
static const char *principal_of(const struct sim_call *call)
{
    const struct sim_region *region = sim_region_find(call->region);

    return region != NULL && region->opt_in
               ? arena_printf(call->arena, "guardduty.%s.amazonaws.com", call->region)
               : "guardduty.amazonaws.com";
}

static bool key_serves(struct sim_call *call, const char *bucket, const char *name,
                       struct sim_service_act act)
{
    const char *region = s3_region_of(call, bucket);
    const struct json *key = region == NULL ? NULL : kms_find(call, region, name);

    if (key == NULL || !kms_is_enabled(key))
        return false;
    act.action = "kms:GenerateDataKey";
    act.resource = json_str(key, "Arn");
    return kms_service_may(call, key, &act);
}

static bool can_publish(struct sim_call *call, const struct json *properties)
{
    static const char s3[] = ":s3:::";
    const char *arn = json_str(properties, "destinationArn"), *at = strstr(arn, s3), *bucket;
    const char *detector = sim_param(call, "DetectorId");
    struct sim_service_act act = {.service = principal_of(call),
                                  .source_arn = sim_arn(call, "guardduty", call->region,
                                                        call->account, "detector/%s", detector),
                                  .source_account = call->account};

    if (at == NULL)
        return false;
    at += strlen(s3);
    bucket = arena_strn(call->arena, at, strcspn(at, "/"));
    act.action = "s3:GetBucketLocation";
    act.resource = sim_arn(call, "s3", "", "", "%s", bucket);
    if (!s3_service_may(call, bucket, &act))
        return false;
    act.action = "s3:PutObject";
    act.resource =
        arena_printf(call->arena, "%s/AWSLogs/%s/GuardDuty/%s/x", arn, call->account, call->region);
    return s3_service_may(call, bucket, &act) &&
           key_serves(call, bucket, json_str(properties, "kmsKeyArn"), act);
}

/* --- Operations ----------------------------------------------------------------------------------
 */

/* Put the parameter destinationProperties in place.  -1: the error is set. */
static int read_properties(struct sim_call *call, struct json *destination)
{
    const struct json *given = json_get(call->params, "destinationProperties");
    struct json *properties = json_object(call->arena);

    for (const struct json *it = json_first(json_get(destination, "destinationProperties"));
         it != NULL; it = it->next)
        json_put_str(properties, it->key, it->string);
    for (const struct json *it = json_first(given); it != NULL; it = it->next)
        if (it->string != NULL)
            sim_set_str(properties, it->key, it->string);
    if (json_str(properties, "destinationArn") == NULL || json_str(properties, "kmsKeyArn") == NULL)
        return guardduty_invalid(call);
    if (!can_publish(call, properties))
        return guardduty_reject(call, "The request failed because the GuardDuty service principal "
                                      "does not have permission to the KMS key or the resource "
                                      "specified by the destinationArn parameter.");
    sim_set(destination, "destinationProperties", properties);
    sim_set_number(destination, "_ready_ms", (double)sim_due_ms(call, VERIFIED_AFTER_S));
    return 0;
}

static bool is_there(struct sim_call *call, const struct json *destination)
{
    const char *arn = json_str(json_get(destination, "destinationProperties"), "destinationArn");

    for (const struct sim_record *it =
             sim_first(call, call->account, call->region, "guardduty/destination");
         it != NULL; it = sim_store_next(it))
        if (str_eq(json_str(json_get(sim_record_json(it, call->arena), "destinationProperties"),
                            "destinationArn"),
                   arn))
            return true;
    return false;
}

static int create_destination(struct sim_call *call)
{
    const char *token = sim_param(call, "clientToken");
    const char *id = sim_id(call, "", 32, SIM_HEX_DIGITS);
    struct json *detector, *destination = json_object(call->arena);

    if (guardduty_open(call, &detector) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_first(call, call->account, call->region, "guardduty/destination");
         token != NULL && it != NULL; it = sim_store_next(it))
        if (str_eq(json_str(sim_record_json(it, call->arena), "_token"), token)) {
            json_put_str(call->answer, "destinationId", sim_record_id(it));
            return 0;
        }
    json_put_str(destination, "destinationId", id);
    json_put_str(destination, "destinationType", sim_param(call, "destinationType"));
    json_put_str(destination, "_token", token);
    if (json_get(call->params, "tags") != NULL)
        json_put(destination, "tags", json_get(call->params, "tags"));
    if (read_properties(call, destination) != 0)
        return -1;
    if (is_there(call, destination))
        return guardduty_reject(call, "The request is rejected because a publishing destination "
                                      "with these properties already exists.");
    sim_put(call, call->account, call->region, "guardduty/destination", id, destination);
    json_put_str(call->answer, "destinationId", id);
    return 0;
}

static const char *status_of(struct sim_call *call, const struct json *destination)
{
    if (!sim_ready(call, destination))
        return "PENDING_VERIFICATION";
    return can_publish(call, json_get(destination, "destinationProperties"))
               ? "PUBLISHING"
               : "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY";
}

static int list_destinations(struct sim_call *call)
{
    struct sim_page page = GUARDDUTY_PAGE_OF("destinations");
    const struct sim_record *record;
    struct json *detector;

    if (guardduty_open(call, &detector) != 0 || sim_page_open(call, &page) != 0)
        return -1;
    for (record = sim_page_first(&page, call->account, call->region, "guardduty/destination");
         record != NULL; record = sim_page_next(&page, record)) {
        const struct json *destination = sim_record_json(record, call->arena);
        struct json *item = json_add_object(page.items);

        json_put_str(item, "destinationId", json_str(destination, "destinationId"));
        json_put_str(item, "destinationType", json_str(destination, "destinationType"));
        json_put_str(item, "status", status_of(call, destination));
    }
    return 0;
}

static int describe_destination(struct sim_call *call)
{
    struct json *destination;

    if (open_destination(call, &destination) != 0)
        return -1;
    for (const struct json *it = json_first(destination); it != NULL; it = it->next)
        json_put(call->answer, it->key, it);
    json_put_str(call->answer, "status", status_of(call, destination));
    json_put_number(call->answer, "publishingFailureStartTimestamp", 0);
    return 0;
}

static int update_destination(struct sim_call *call)
{
    struct json *destination;

    if (open_destination(call, &destination) != 0 || read_properties(call, destination) != 0)
        return -1;
    sim_put(call, call->account, call->region, "guardduty/destination",
            sim_param(call, "DestinationId"), destination);
    return 0;
}

static int delete_destination(struct sim_call *call)
{
    struct json *destination;

    if (open_destination(call, &destination) != 0)
        return -1;
    sim_delete(call, call->account, call->region, "guardduty/destination",
               sim_param(call, "DestinationId"));
    return 0;
}

static const struct sim_rule create_rules[] = {
    {.name = "destinationType", .required = true, .values = "S3"},
    {.name = "destinationProperties", .required = true},
    {.name = "clientToken", .max = 64},
    GUARDDUTY_END,
};
static const struct sim_rule list_rules[] = {GUARDDUTY_RULE_PAGE, GUARDDUTY_END};

#define DESTINATIONS "/detector/{DetectorId}/publishingDestination"

const struct sim_operation guardduty_destination_operations[] = {
    GUARDDUTY_OPERATION("CreatePublishingDestination", "POST", DESTINATIONS, create_destination,
                        SIM_WRITE, create_rules),
    GUARDDUTY_OPERATION("ListPublishingDestinations", "GET", DESTINATIONS, list_destinations,
                        SIM_READ, list_rules),
    GUARDDUTY_OPERATION("DescribePublishingDestination", "GET", DESTINATIONS "/{DestinationId}",
                        describe_destination, SIM_READ, NULL),
    GUARDDUTY_OPERATION("UpdatePublishingDestination", "POST", DESTINATIONS "/{DestinationId}",
                        update_destination, SIM_WRITE, NULL),
    GUARDDUTY_OPERATION("DeletePublishingDestination", "DELETE", DESTINATIONS "/{DestinationId}",
                        delete_destination, SIM_WRITE, NULL),
    GUARDDUTY_END,
};
