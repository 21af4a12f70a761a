/*
 * cloudtrail_settings.c - whether a trail logs, what it logs, and its tags.
 *
 * Source: CloudTrail API Reference, version 2013-11-01; CloudTrail User Guide, "Filtering data
 *         events by using advanced event selectors".
 * Limits: no Insights.  Log files are delivered every five minutes.
 */
#include "cloudtrail_priv.h"

#include "plinth/base/time.h"

#include <string.h>

enum { SELECTORS_MOST = 5, VALUES_MOST = 500, DELIVERY_MS = 5 * 60 * 1000 };

/* --- Logging -------------------------------------------------------------------------------------
 */

static int set_logging(struct sim_call *call, bool on)
{
    struct json *trail = cloudtrail_open(call, sim_param(call, "Name"));

    if (trail == NULL)
        return -1;
    if (json_bool(trail, "_logging", false) == on)
        return 0;
    sim_set_bool(trail, "_logging", on);
    sim_set_number(trail, on ? "_started_ms" : "_stopped_ms", (double)call->now_ms);
    cloudtrail_put(call, trail);
    return 0;
}

static int start_logging(struct sim_call *call)
{
    return set_logging(call, true);
}

static int stop_logging(struct sim_call *call)
{
    return set_logging(call, false);
}

/* A time twice, as AWS has it: as a number and as text. */
static void put_time(struct sim_call *call, const char *key, const char *text_key, int64_t ms)
{
    char text[TIME_TEXT_BYTES] = "";

    if (ms > 0) {
        sim_put_time(call, call->answer, key, ms);
        time_rfc3339(ms, text);
    }
    json_put_str(call->answer, text_key, text);
}

static int get_trail_status(struct sim_call *call)
{
    const struct json *trail = cloudtrail_find(call, sim_param(call, "Name"));
    int64_t started, stopped, end;
    const char *wrong;
    bool on;

    if (trail == NULL)
        return -1;
    on = json_bool(trail, "_logging", false);
    started = (int64_t)json_number(trail, "_started_ms", 0);
    stopped = (int64_t)json_number(trail, "_stopped_ms", 0);
    end = on ? call->now_ms : stopped;
    wrong = on ? cloudtrail_delivery_error(call, trail) : NULL;
    json_put_bool(call->answer, "IsLogging", on);
    json_put_str(call->answer, "LatestDeliveryError", wrong);
    put_time(call, "StartLoggingTime", "TimeLoggingStarted", started);
    put_time(call, "StopLoggingTime", "TimeLoggingStopped", stopped);
    if (started == 0 || end - started < DELIVERY_MS)
        return 0;
    end -= (end - started) % DELIVERY_MS;
    if (wrong == NULL)
        put_time(call, "LatestDeliveryTime", "LatestDeliveryAttemptTime", end);
    if (cloudtrail_reaches_logs(call, trail))
        sim_put_time(call, call->answer, "LatestCloudWatchLogsDeliveryTime", end);
    return 0;
}

/* --- Event selectors -----------------------------------------------------------------------------
 */

static int invalid_selectors(struct sim_call *call, const char *why)
{
    return sim_error(call, "InvalidEventSelectorsException", 400, "%s", why);
}

static bool is_one_of(const char *text, const char *const *values)
{
    for (; *values != NULL; values++)
        if (str_eq(text, *values))
            return true;
    return false;
}

static int check_basic(struct sim_call *call, const struct json *selectors)
{
    static const char *const kinds[] = {"All", "ReadOnly", "WriteOnly", NULL};
    static const char *const types[] = {"AWS::S3::Object", "AWS::Lambda::Function",
                                        "AWS::DynamoDB::Table", NULL};
    size_t values = 0;

    if (selectors->count == 0 || selectors->count > SELECTORS_MOST)
        return invalid_selectors(call, "A trail has between 1 and 5 event selectors.");
    for (const struct json *it = json_first(selectors); it != NULL; it = it->next) {
        const char *kind = json_str(it, "ReadWriteType");

        if (kind != NULL && !is_one_of(kind, kinds))
            return invalid_selectors(call, "The ReadWriteType is not valid.");
        for (const struct json *data = json_first(json_get(it, "DataResources")); data != NULL;
             data = data->next) {
            if (!is_one_of(json_str(data, "Type"), types))
                return invalid_selectors(call, "The data resource type is not valid.");
            values += json_get(data, "Values") == NULL ? 0 : json_get(data, "Values")->count;
        }
    }
    return values > 250 ? invalid_selectors(call, "A trail has at most 250 data resources.") : 0;
}

static const struct json *field_of(const struct json *selector, const char *name)
{
    for (const struct json *it = json_first(json_get(selector, "FieldSelectors")); it != NULL;
         it = it->next)
        if (str_eq(json_str(it, "Field"), name))
            return it;
    return NULL;
}

static const char *equals(const struct json *field)
{
    const struct json *first = json_first(json_get(field, "Equals"));

    return first == NULL ? NULL : first->string;
}

/* eventCategory must say which kind of event it is about, and data events of which resources. */
static int check_advanced(struct sim_call *call, const struct json *selectors)
{
    static const char *const categories[] = {"Management", "Data", "NetworkActivity", NULL};
    size_t values = 0;

    if (selectors->count == 0 || selectors->count > VALUES_MOST)
        return invalid_selectors(call, "A trail has between 1 and 500 advanced event selectors.");
    for (const struct json *it = json_first(selectors); it != NULL; it = it->next) {
        const char *category = equals(field_of(it, "eventCategory"));

        if (category == NULL || !is_one_of(category, categories))
            return invalid_selectors(call, "The field eventCategory is required, with Equals.");
        if (str_eq(category, "Data") && equals(field_of(it, "resources.type")) == NULL)
            return invalid_selectors(call, "Data events need the field resources.type.");
        for (const struct json *field = json_first(json_get(it, "FieldSelectors")); field != NULL;
             field = field->next)
            for (const struct json *op = json_first(field); op != NULL; op = op->next)
                values += op->type == JSON_ARRAY ? op->count : 0;
    }
    return values > VALUES_MOST
               ? invalid_selectors(call, "A trail has at most 500 values in its selectors.")
               : 0;
}

static void show_selectors(struct sim_call *call, const struct json *trail)
{
    const struct json *basic = json_get(trail, "_selectors");
    const struct json *advanced = json_get(trail, "_advanced");
    struct json *plain;

    json_put_str(call->answer, "TrailARN", json_str(trail, "TrailARN"));
    if (advanced != NULL) {
        json_put(call->answer, "AdvancedEventSelectors", advanced);
        return;
    }
    if (basic != NULL) {
        json_put(call->answer, "EventSelectors", basic);
        return;
    }
    plain = json_add_object(json_put_array(call->answer, "EventSelectors"));
    json_put_str(plain, "ReadWriteType", "All");
    json_put_bool(plain, "IncludeManagementEvents", true);
    json_put(plain, "DataResources", json_array(call->arena));
    json_put(plain, "ExcludeManagementEventSources", json_array(call->arena));
}

static int get_event_selectors(struct sim_call *call)
{
    const struct json *trail = cloudtrail_find(call, sim_param(call, "TrailName"));

    if (trail == NULL)
        return -1;
    show_selectors(call, trail);
    return 0;
}

/* What AWS fills in where a selector is silent. */
static struct json *completed(const struct json *selectors, struct arena *arena)
{
    struct json *out = json_array(arena);

    for (const struct json *it = json_first(selectors); it != NULL; it = it->next) {
        struct json *item = json_add_object(out);
        const char *kind = json_str(it, "ReadWriteType");
        const struct json *data = json_get(it, "DataResources");
        const struct json *without = json_get(it, "ExcludeManagementEventSources");

        json_put_str(item, "ReadWriteType", kind == NULL ? "All" : kind);
        json_put_bool(item, "IncludeManagementEvents",
                      json_bool(it, "IncludeManagementEvents", true));
        json_put(item, "DataResources", data == NULL ? json_array(arena) : data);
        json_put(item, "ExcludeManagementEventSources",
                 without == NULL ? json_array(arena) : without);
    }
    return out;
}

static int put_event_selectors(struct sim_call *call)
{
    const struct json *basic = json_get(call->params, "EventSelectors");
    const struct json *advanced = json_get(call->params, "AdvancedEventSelectors");
    struct json *trail = cloudtrail_open(call, sim_param(call, "TrailName"));

    if (trail == NULL)
        return -1;
    if ((basic == NULL) == (advanced == NULL))
        return invalid_selectors(call, "Give either EventSelectors or AdvancedEventSelectors.");
    if (basic != NULL ? check_basic(call, basic) != 0 : check_advanced(call, advanced) != 0)
        return -1;
    json_remove(trail, "_selectors");
    json_remove(trail, "_advanced");
    if (basic != NULL)
        json_put(trail, "_selectors", completed(basic, call->arena));
    else
        json_put(trail, "_advanced", advanced);
    sim_set_bool(trail, "HasCustomEventSelectors", true);
    cloudtrail_put(call, trail);
    show_selectors(call, trail);
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

static int list_tags(struct sim_call *call)
{
    struct json *list = json_put_array(call->answer, "ResourceTagList");

    for (const struct json *it = json_first(json_get(call->params, "ResourceIdList")); it != NULL;
         it = it->next) {
        const struct json *trail;
        struct json *item;

        if (it->type != JSON_STRING || !str_starts(it->string, "arn:"))
            return sim_error(call, "CloudTrailARNInvalidException", 400,
                             "A resource is not a valid ARN.");
        trail = cloudtrail_find(call, it->string);
        if (trail == NULL)
            return sim_error(call, "ResourceNotFoundException", 400, "Resource %s not found.",
                             it->string);
        item = json_add_object(list);
        json_put_str(item, "ResourceId", it->string);
        json_put(item, "TagsList", json_get(trail, "_tags"));
    }
    return 0;
}

static int add_tags(struct sim_call *call)
{
    struct json *trail = cloudtrail_open(call, sim_param(call, "ResourceId"));
    const struct json *more = json_get(call->params, "TagsList");
    struct json *tags;

    if (trail == NULL)
        return -1;
    tags = sim_tags_with(call->arena, json_get(trail, "_tags"), more);
    if (cloudtrail_check_tags(call, tags) != 0)
        return -1;
    sim_set(trail, "_tags", tags);
    cloudtrail_put(call, trail);
    return 0;
}

static int remove_tags(struct sim_call *call)
{
    struct json *trail = cloudtrail_open(call, sim_param(call, "ResourceId"));
    struct json *keys = json_array(call->arena);

    if (trail == NULL)
        return -1;
    for (const struct json *it = json_first(json_get(call->params, "TagsList")); it != NULL;
         it = it->next)
        json_add_str(keys, json_str(it, "Key"));
    sim_set(trail, "_tags", sim_tags_without(call->arena, json_get(trail, "_tags"), keys));
    cloudtrail_put(call, trail);
    return 0;
}

#define TEXT(NAME)                                                                                 \
    {                                                                                              \
        .name = (NAME), .required = true, .min = 1                                                 \
    }
#define LIST(NAME)                                                                                 \
    {                                                                                              \
        .name = (NAME), .required = true                                                           \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule name_rules[] = {TEXT("Name"), END};
static const struct sim_rule trail_rules[] = {TEXT("TrailName"), END};
static const struct sim_rule list_rules[] = {LIST("ResourceIdList"), END};
static const struct sim_rule tag_rules[] = {TEXT("ResourceId"), LIST("TagsList"), END};

const struct sim_operation cloudtrail_setting_operations[] = {
    {.name = "StartLogging", .handler = start_logging, .access = SIM_WRITE, .rules = name_rules},
    {.name = "StopLogging", .handler = stop_logging, .access = SIM_WRITE, .rules = name_rules},
    {.name = "GetTrailStatus", .handler = get_trail_status, .rules = name_rules},
    {.name = "GetEventSelectors", .handler = get_event_selectors, .rules = trail_rules},
    {.name = "PutEventSelectors",
     .handler = put_event_selectors,
     .access = SIM_WRITE,
     .rules = trail_rules},
    {.name = "ListTags", .handler = list_tags, .rules = list_rules},
    {.name = "AddTags", .handler = add_tags, .access = SIM_WRITE, .rules = tag_rules},
    {.name = "RemoveTags", .handler = remove_tags, .access = SIM_WRITE, .rules = tag_rules},
    END,
};
