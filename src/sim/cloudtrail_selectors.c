/*
 * cloudtrail_selectors.c - which trails record a call.
 *
 * Source: CloudTrail User Guide, "Logging management events", "Logging data events", "Filtering
 *         data events by using advanced event selectors".
 */
#include "cloudtrail_priv.h"

#include <string.h>

/* --- Basic selectors -----------------------------------------------------------------------------
 */

static bool names_text(const struct json *list, const char *text)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(it->string, text))
            return true;
    return false;
}

/* "arn:aws:s3" is every object, "arn:aws:s3:::bucket/a" those that begin so. */
static bool names_resource(const struct json *selector, const struct trail_event *told)
{
    for (const struct json *it = json_first(json_get(selector, "DataResources")); it != NULL;
         it = it->next) {
        if (!str_eq(json_str(it, "Type"), told->resource_type))
            continue;
        for (const struct json *value = json_first(json_get(it, "Values")); value != NULL;
             value = value->next)
            if (str_starts(told->resource_arn, value->string))
                return true;
    }
    return false;
}

static bool basic_selects(const struct json *selector, const struct trail_event *told)
{
    const char *kind = json_str(selector, "ReadWriteType");

    if (str_eq(kind, told->is_read ? "WriteOnly" : "ReadOnly"))
        return false;
    if (told->is_data)
        return names_resource(selector, told);
    return json_bool(selector, "IncludeManagementEvents", true) &&
           !names_text(json_get(selector, "ExcludeManagementEventSources"), told->source);
}

/* --- Advanced selectors --------------------------------------------------------------------------
 */

static const char *field_value(const struct trail_event *told, const char *field)
{
    if (str_eq(field, "eventCategory"))
        return told->is_data ? "Data" : "Management";
    if (str_eq(field, "readOnly"))
        return told->is_read ? "true" : "false";
    if (str_eq(field, "eventName"))
        return told->name;
    if (str_eq(field, "eventSource"))
        return told->source;
    if (str_eq(field, "resources.type"))
        return told->resource_type;
    return str_eq(field, "resources.ARN") ? told->resource_arn : NULL;
}

static bool any_value(const struct json *list, const char *text,
                      bool (*fits)(const char *text, const char *value))
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (it->type == JSON_STRING && fits(text, it->string))
            return true;
    return false;
}

static bool field_selects(const struct json *field, const struct trail_event *told)
{
    static const struct {
        const char *name;
        bool (*fits)(const char *text, const char *value);
        bool wanted;
    } tests[] = {
        {"Equals", str_eq, true},
        {"StartsWith", str_starts, true},
        {"EndsWith", str_ends, true},
        {"NotEquals", str_eq, false},
        {"NotStartsWith", str_starts, false},
        {"NotEndsWith", str_ends, false},
    };
    const char *text = field_value(told, json_str(field, "Field"));

    if (text == NULL)
        return false;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        const struct json *list = json_get(field, tests[i].name);

        if (list != NULL && any_value(list, text, tests[i].fits) != tests[i].wanted)
            return false;
    }
    return true;
}

static bool advanced_selects(const struct json *selector, const struct trail_event *told)
{
    for (const struct json *it = json_first(json_get(selector, "FieldSelectors")); it != NULL;
         it = it->next)
        if (!field_selects(it, told))
            return false;
    return true;
}

/* Without selectors: all management events. */
static bool selects(const struct json *trail, const struct trail_event *told)
{
    const struct json *basic = json_get(trail, "_selectors");
    const struct json *advanced = json_get(trail, "_advanced");

    for (const struct json *it = json_first(advanced); it != NULL; it = it->next)
        if (advanced_selects(it, told))
            return true;
    for (const struct json *it = json_first(basic); it != NULL; it = it->next)
        if (basic_selects(it, told))
            return true;
    return advanced == NULL && basic == NULL && !told->is_data;
}

/* --- Trails --------------------------------------------------------------------------------------
 */

static bool records(const struct sim_call *call, const struct trail_event *told,
                    const struct json *trail, const char *owner)
{
    return json_bool(trail, "_logging", false) &&
           (str_eq(owner, told->recipient) || json_bool(trail, "IsOrganizationTrail", false)) &&
           (json_bool(trail, "IsMultiRegionTrail", false) ||
            str_eq(json_str(trail, "HomeRegion"), call->region)) &&
           selects(trail, told);
}

static bool any_of(struct sim_call *call, const struct trail_event *told, const char *owner,
                   cloudtrail_fn each, const struct json *record)
{
    bool found = false;

    for (const struct sim_record *it = sim_first(call, owner, "", "trail"); it != NULL;
         it = sim_store_next(it)) {
        const struct json *trail = sim_record_json(it, call->arena);

        if (!records(call, told, trail, owner))
            continue;
        found = true;
        if (each == NULL)
            break;
        each(call, told, trail, record);
    }
    return found;
}

bool cloudtrail_each_recording(struct sim_call *call, const struct trail_event *told,
                               cloudtrail_fn each, const struct json *record)
{
    struct sim_organization organization;
    bool found = any_of(call, told, told->recipient, each, record);

    if (sim_organization_of(call, told->recipient, &organization) &&
        !str_eq(organization.management, told->recipient) && (each != NULL || !found))
        found = any_of(call, told, organization.management, each, record) || found;
    return found;
}

bool cloudtrail_is_recorded(struct sim_call *call, const struct trail_event *told)
{
    return cloudtrail_each_recording(call, told, NULL, NULL);
}
