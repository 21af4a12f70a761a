/*
 * guardduty.c - Amazon GuardDuty: detectors and their tags.
 *
 * Source: docs.aws.amazon.com/guardduty/latest/APIReference, API version 2017-11-28; the messages
 *         are those that users of the service quote.
 * Limits: nothing is ever found.  Invitations, filters, lists and malware scans are not there; the
 *         service-linked role is named but not made.
 */
#include "guardduty_priv.h"

#include "plinth/base/time.h"

#include <string.h>

int guardduty_reject(struct sim_call *call, const char *text)
{
    (void)sim_error(call, "BadRequestException", 400, "%s", text);
    sim_error_put(call, "__type", "InvalidInputException");
    return -1;
}

int guardduty_invalid(struct sim_call *call)
{
    return guardduty_reject(call, "The request is rejected because an invalid or out-of-range "
                                  "value is specified as an input parameter.");
}

const char *guardduty_now(const struct sim_call *call)
{
    char text[TIME_TEXT_BYTES];

    time_rfc3339(call->now_ms, text);
    return arena_str(call->arena, text);
}

/* --- The record ----------------------------------------------------------------------------------
 */

struct json *guardduty_detector(struct sim_call *call, const char *account)
{
    return sim_get(call, account, call->region, "guardduty/detector", "self");
}

void guardduty_detector_put(struct sim_call *call, const char *account, struct json *detector)
{
    sim_set_str(detector, "updatedAt", guardduty_now(call));
    sim_set_number(detector, "_updated_ms", (double)call->now_ms);
    sim_put(call, account, call->region, "guardduty/detector", "self", detector);
}

struct json *guardduty_detector_new(struct sim_call *call)
{
    struct json *detector = json_object(call->arena);

    json_put_str(detector, "detectorId", sim_id(call, "", 32, SIM_HEX_DIGITS));
    json_put_str(detector, "status", "ENABLED");
    json_put_str(detector, "findingPublishingFrequency", "SIX_HOURS");
    json_put_str(detector, "createdAt", guardduty_now(call));
    json_put(detector, "_features", guardduty_features_new(call, GUARDDUTY_OF_DETECTOR));
    return detector;
}

int guardduty_open(struct sim_call *call, struct json **out_detector)
{
    *out_detector = guardduty_detector(call, call->account);
    if (str_eq(json_str(*out_detector, "detectorId"), sim_param(call, "DetectorId")))
        return 0;
    return guardduty_reject(call, "The request is rejected because the input detectorId is not "
                                  "owned by the current account.");
}

void guardduty_put_data_sources(struct json *out, const struct json *detector)
{
    static const char *const foundation[] = {"cloudTrail", "dnsLogs", "flowLogs"};
    const struct json *features = json_get(detector, "_features");
    struct json *sources = json_put_object(out, "dataSources");

    for (size_t i = 0; i < sizeof foundation / sizeof foundation[0]; i++)
        json_put_str(json_put_object(sources, foundation[i]), "status",
                     json_str(detector, "status"));
    json_put_str(json_put_object(sources, "s3Logs"), "status",
                 json_str(features, "S3_DATA_EVENTS"));
    json_put_str(json_put_object(json_put_object(sources, "kubernetes"), "auditLogs"), "status",
                 json_str(features, "EKS_AUDIT_LOGS"));
}

/* --- Detectors -----------------------------------------------------------------------------------
 */

static int list_detectors(struct sim_call *call)
{
    struct json *list = json_put_array(call->answer, "detectorIds");
    const struct json *detector = guardduty_detector(call, call->account);

    if (detector != NULL)
        json_add_str(list, json_str(detector, "detectorId"));
    return 0;
}

/* What CreateDetector and UpdateDetector have in common. */
static int read_settings(struct sim_call *call, struct json *detector)
{
    const struct json *enable = json_get(call->params, "enable");
    const char *frequency = sim_param(call, "findingPublishingFrequency");
    struct json *features = json_copy(json_get(detector, "_features"), call->arena);

    if (guardduty_features_read(call, GUARDDUTY_OF_DETECTOR, features) != 0)
        return -1;
    sim_set(detector, "_features", features);
    if (enable != NULL)
        sim_set_str(detector, "status", enable->boolean ? "ENABLED" : "DISABLED");
    if (frequency != NULL)
        sim_set_str(detector, "findingPublishingFrequency", frequency);
    return 0;
}

static int create_detector(struct sim_call *call)
{
    const char *token = sim_param(call, "clientToken");
    struct json *detector = guardduty_detector(call, call->account);

    if (detector != NULL && token != NULL && str_eq(json_str(detector, "_token"), token)) {
        json_put_str(call->answer, "detectorId", json_str(detector, "detectorId"));
        return 0;
    }
    if (detector != NULL)
        return guardduty_reject(call, "The request is rejected because a detector already exists "
                                      "for the current account.");
    detector = guardduty_detector_new(call);
    if (read_settings(call, detector) != 0)
        return -1;
    if (json_get(call->params, "tags") != NULL)
        json_put(detector, "tags", json_get(call->params, "tags"));
    json_put_str(detector, "_token", token);
    guardduty_detector_put(call, call->account, detector);
    json_put_str(call->answer, "detectorId", json_str(detector, "detectorId"));
    return 0;
}

static int get_detector(struct sim_call *call)
{
    static const char *const members[] = {"createdAt", "findingPublishingFrequency", "status",
                                          "updatedAt"};
    struct json *detector;

    if (guardduty_open(call, &detector) != 0)
        return -1;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_put_str(call->answer, members[i], json_str(detector, members[i]));
    json_put_str(call->answer, "serviceRole",
                 sim_arn(call, "iam", "", call->account,
                         "role/aws-service-role/guardduty.amazonaws.com/"
                         "AWSServiceRoleForAmazonGuardDuty"));
    if (json_get(detector, "tags") != NULL)
        json_put(call->answer, "tags", json_get(detector, "tags"));
    else
        (void)json_put_object(call->answer, "tags");
    guardduty_put_data_sources(call->answer, detector);
    guardduty_features_put(call, GUARDDUTY_OF_DETECTOR, call->answer,
                           json_get(detector, "_features"),
                           (int64_t)json_number(detector, "_updated_ms", 0));
    return 0;
}

/* Members may not switch off what their administrator switched on; the management account of the
 * organization may. */
static bool is_bound(struct sim_call *call)
{
    return guardduty_administrator_of(call, call->account) != NULL && !sim_is_management(call);
}

static int update_detector(struct sim_call *call)
{
    struct json *detector;

    if (guardduty_open(call, &detector) != 0)
        return -1;
    if (is_bound(call))
        return guardduty_reject(call, "The request is rejected because the current account is a "
                                      "member account and cannot change its own detector.");
    if (read_settings(call, detector) != 0)
        return -1;
    guardduty_detector_put(call, call->account, detector);
    return 0;
}

static int delete_detector(struct sim_call *call)
{
    struct json *detector;

    if (guardduty_open(call, &detector) != 0)
        return -1;
    if (guardduty_administrator_of(call, call->account) != NULL ||
        guardduty_associated_count(call, call->account) > 0)
        return guardduty_reject(call, "The request is rejected because the current account cannot "
                                      "delete detector while it has invited or associated "
                                      "members.");
    sim_delete(call, call->account, call->region, "guardduty/detector", "self");
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

/* The detector that the parameter ResourceArn names.  -1: the error is set. */
static int open_tagged(struct sim_call *call, struct json **out_detector)
{
    *out_detector = guardduty_detector(call, call->account);
    if (*out_detector != NULL &&
        str_eq(sim_param(call, "ResourceArn"),
               sim_arn(call, "guardduty", call->region, call->account, "detector/%s",
                       json_str(*out_detector, "detectorId"))))
        return 0;
    return guardduty_reject(call, "The request is rejected because the resource ARN is not valid "
                                  "or the resource does not exist.");
}

static int tag_resource(struct sim_call *call)
{
    struct json *detector, *tags;

    if (open_tagged(call, &detector) != 0)
        return -1;
    tags = json_object(call->arena);
    for (const struct json *it = json_first(json_get(detector, "tags")); it != NULL; it = it->next)
        json_put_str(tags, it->key, it->string);
    for (const struct json *it = json_first(json_get(call->params, "tags")); it != NULL;
         it = it->next)
        sim_set_str(tags, it->key, it->string);
    sim_set(detector, "tags", tags);
    guardduty_detector_put(call, call->account, detector);
    call->status = 204;
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    const struct json *keys = json_get(call->params, "tagKeys");
    struct json *detector, *tags;

    if (open_tagged(call, &detector) != 0)
        return -1;
    tags = json_object(call->arena);
    for (const struct json *it = json_first(json_get(detector, "tags")); it != NULL; it = it->next)
        json_put_str(tags, it->key, it->string);
    if (keys->type == JSON_STRING) /* one key in the query is no list */
        json_remove(tags, keys->string);
    for (const struct json *it = json_first(keys); it != NULL; it = it->next)
        json_remove(tags, it->string);
    sim_set(detector, "tags", tags);
    guardduty_detector_put(call, call->account, detector);
    call->status = 204;
    return 0;
}

static int list_tags(struct sim_call *call)
{
    struct json *detector;

    if (open_tagged(call, &detector) != 0)
        return -1;
    if (json_get(detector, "tags") != NULL)
        json_put(call->answer, "tags", json_get(detector, "tags"));
    else
        (void)json_put_object(call->answer, "tags");
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

#define FREQUENCY                                                                                  \
    {                                                                                              \
        .name = "findingPublishingFrequency", .values = "FIFTEEN_MINUTES|ONE_HOUR|SIX_HOURS"       \
    }

static const struct sim_rule page_rules[] = {GUARDDUTY_RULE_PAGE, GUARDDUTY_END};
static const struct sim_rule create_rules[] = {
    {.name = "enable", .required = true},
    {.name = "clientToken", .max = 64},
    FREQUENCY,
    GUARDDUTY_END,
};
static const struct sim_rule update_rules[] = {FREQUENCY, GUARDDUTY_END};
static const struct sim_rule tag_rules[] = {{.name = "tags", .required = true}, GUARDDUTY_END};
static const struct sim_rule untag_rules[] = {{.name = "tagKeys", .required = true}, GUARDDUTY_END};

static const struct sim_operation operations[] = {
    GUARDDUTY_OPERATION("ListDetectors", "GET", "/detector", list_detectors, SIM_READ, page_rules),
    GUARDDUTY_OPERATION("CreateDetector", "POST", "/detector", create_detector, SIM_WRITE,
                        create_rules),
    GUARDDUTY_OPERATION("GetDetector", "GET", "/detector/{DetectorId}", get_detector, SIM_READ,
                        NULL),
    GUARDDUTY_OPERATION("UpdateDetector", "POST", "/detector/{DetectorId}", update_detector,
                        SIM_WRITE, update_rules),
    GUARDDUTY_OPERATION("DeleteDetector", "DELETE", "/detector/{DetectorId}", delete_detector,
                        SIM_WRITE, NULL),
    GUARDDUTY_OPERATION("TagResource", "POST", "/tags/{ResourceArn}", tag_resource, SIM_WRITE,
                        tag_rules),
    GUARDDUTY_OPERATION("UntagResource", "DELETE", "/tags/{ResourceArn}", untag_resource, SIM_WRITE,
                        untag_rules),
    GUARDDUTY_OPERATION("ListTagsForResource", "GET", "/tags/{ResourceArn}", list_tags, SIM_READ,
                        NULL),
    GUARDDUTY_END,
};

const struct sim_service sim_service_guardduty = {
    .name = "guardduty",
    .protocol = SIM_REST_JSON,
    .bad_input = "BadRequestException",
    .throttled = "TooManyRequestsException",
    .throttled_status = 429,
    .operations = {operations, guardduty_organization_operations, guardduty_member_operations,
                   guardduty_destination_operations},
};
