/*
 * events.c - EventBridge's buses, their policies, and tags.
 *
 * Source: EventBridge API Reference, version 2015-10-07; EventBridge User Guide, "Quotas".
 * Limits: no partner buses, archives, pipes or schedules; keys and dead-letter queues of a bus are
 *         kept and not used.
 */
#include "events_priv.h"

#include <string.h>

enum { BUSES_MOST = 100, POLICY_BYTES_MOST = 10240 };

#define BUS_NAME_CHARS "/._a-zA-Z0-9-"

/* --- Names ---------------------------------------------------------------------------------------
 */

bool event_bus_of_arn(struct sim_call *call, const char *arn, struct event_bus *out)
{
    struct sim_arn_parts parts;

    if (!sim_arn_split(arn, call->arena, &parts) || !str_eq(parts.service, "events") ||
        !str_starts(parts.resource, "event-bus/"))
        return false;
    *out = (struct event_bus){parts.account, parts.region, parts.resource + strlen("event-bus/")};
    return true;
}

int event_bus_named(struct sim_call *call, const char *name, struct event_bus *out)
{
    *out = (struct event_bus){call->account, call->region, name == NULL ? "default" : name};
    if (name != NULL && str_starts(name, "arn:") && !event_bus_of_arn(call, name, out))
        return sim_bad_input(call, "EventBusName %s is no ARN of an event bus.", name);
    return 0;
}

bool event_bus_exists(struct sim_call *call, const struct event_bus *bus)
{
    return str_eq(bus->name, "default") ||
           sim_has(call, bus->account, bus->region, "event-bus", bus->name);
}

const char *event_bus_arn(const struct sim_call *call, const struct event_bus *bus)
{
    return sim_arn(call, "events", bus->region, bus->account, "event-bus/%s", bus->name);
}

int event_bus_missing(struct sim_call *call, const char *name)
{
    return sim_error(call, "ResourceNotFoundException", 400, "Event bus %s does not exist.", name);
}

/* The bus that a parameter names, in the caller's account.  NULL: the error is set. */
static struct json *bus_asked(struct sim_call *call, const char *name, struct event_bus *out)
{
    struct json *bus;

    if (event_bus_named(call, name, out) != 0)
        return NULL;
    bus = sim_get(call, call->account, call->region, "event-bus", out->name);
    if (bus == NULL && str_eq(out->name, "default")) {
        bus = json_object(call->arena); /* every account has it, in every region */
        json_put_str(bus, "Name", "default");
        json_put_str(bus, "Arn", event_bus_arn(call, out));
    }
    if (bus == NULL || !str_eq(out->account, call->account)) {
        (void)event_bus_missing(call, out->name);
        return NULL;
    }
    return bus;
}

const char *event_bus_policy(struct sim_call *call, const struct event_bus *bus)
{
    return json_str(sim_get(call, bus->account, bus->region, "event-bus", bus->name), "Policy");
}

/* --- Buses ---------------------------------------------------------------------------------------
 */

static const struct sim_rule name_rules[] = {
    {.name = "Name", .required = true, .min = 1, .max = 256, .chars = BUS_NAME_CHARS},
    {.name = "Description", .max = 512},
    {.name = NULL},
};

static int create_event_bus(struct sim_call *call)
{
    static const char *const kept[] = {"Description", "KmsKeyIdentifier", "DeadLetterConfig"};
    const char *name = sim_param(call, "Name");
    const struct event_bus bus = {call->account, call->region, name};
    const struct json *tags = json_get(call->params, "Tags");
    struct json *record = json_object(call->arena);

    if (strchr(name, '/') != NULL)
        return sim_bad_input(call, "Event bus name %s must not contain '/'.", name);
    if (event_bus_exists(call, &bus))
        return sim_error(call, "ResourceAlreadyExistsException", 400,
                         "Event bus %s already exists.", name);
    if (sim_store_count(call->sim->store, call->account, call->region, "event-bus") >= BUSES_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "The requested resource exceeds the maximum number allowed.");
    json_put_str(record, "Name", name);
    json_put_str(record, "Arn", event_bus_arn(call, &bus));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const struct json *value = json_get(call->params, kept[i]);

        if (value == NULL)
            continue;
        json_put(record, kept[i], value);
        json_put(call->answer, kept[i], value);
    }
    sim_put_time(call, record, "CreationTime", call->now_ms);
    sim_put_time(call, record, "LastModifiedTime", call->now_ms);
    json_put(record, "_tags", sim_tags_with(call->arena, NULL, tags));
    sim_put(call, call->account, call->region, "event-bus", name, record);
    json_put_str(call->answer, "EventBusArn", event_bus_arn(call, &bus));
    return 0;
}

static const struct sim_rule describe_rules[] = {
    {.name = "Name", .min = 1, .max = 1600, .chars = ":" BUS_NAME_CHARS},
    {.name = NULL},
};

static int describe_event_bus(struct sim_call *call)
{
    struct event_bus bus;
    struct json *record = bus_asked(call, sim_param(call, "Name"), &bus);

    if (record == NULL)
        return -1;
    for (const struct json *it = record->first; it != NULL; it = it->next)
        json_put(call->answer, it->key, it);
    return 0;
}

static int list_event_buses(struct sim_call *call)
{
    struct sim_page page = {.list = "EventBuses",
                            .size = 100,
                            .size_param = "Limit",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    const char *prefix = sim_param(call, "NamePrefix");
    struct event_bus bus;

    if (sim_page_open(call, &page) != 0)
        return -1;
    if (page.after == 0 && (prefix == NULL || str_starts("default", prefix)))
        json_add(page.items, bus_asked(call, NULL, &bus));
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "event-bus");
         it != NULL; it = sim_page_next(&page, it))
        if (!str_eq(sim_record_id(it), "default") &&
            (prefix == NULL || str_starts(sim_record_id(it), prefix)))
            json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

static int delete_event_bus(struct sim_call *call)
{
    const char *name = sim_param(call, "Name");
    const struct event_bus bus = {call->account, call->region, name};

    if (str_eq(name, "default"))
        return sim_bad_input(call, "Cannot delete event bus default.");
    if (sim_first(call, call->account, call->region, event_rule_kind(call, &bus)) != NULL)
        return sim_bad_input(call, "Cannot delete event bus %s: it has rules.", name);
    (void)sim_delete(call, call->account, call->region, "event-bus", name);
    return 0;
}

/* --- Policies ------------------------------------------------------------------------------------
 */

static int policy_put(struct sim_call *call, const struct event_bus *bus, struct json *record,
                      const char *text)
{
    const char *why;

    if (strlen(text) > POLICY_BYTES_MOST)
        return sim_error(call, "PolicyLengthExceededException", 400,
                         "The event bus policy is too long.");
    if (sim_resource_policy_parse(call, text, &why) == NULL)
        return sim_bad_input(call, "Invalid policy document: %s", why);
    sim_set_str(record, "Policy", text);
    sim_put_time(call, record, "LastModifiedTime", call->now_ms);
    sim_put(call, call->account, call->region, "event-bus", bus->name, record);
    return 0;
}

/* {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-..."} in policy language. */
static void put_condition(struct json *statement, const struct json *condition)
{
    const char *type = json_str(condition, "Type"), *key = json_str(condition, "Key");

    if (type != NULL && key != NULL)
        json_put_str(json_put_object(json_put_object(statement, "Condition"), type), key,
                     json_str(condition, "Value"));
}

static struct json *policy_without(struct sim_call *call, const struct json *record,
                                   const char *sid, bool *out_found)
{
    struct json *policy = json_object(call->arena), *statements;
    const char *text = json_str(record, "Policy"), *why;
    const struct json *before =
        text == NULL ? NULL : sim_policy_parse(text, true, call->arena, &why);

    json_put_str(policy, "Version", "2012-10-17");
    statements = json_put_array(policy, "Statement");
    *out_found = false;
    for (const struct json *it = json_first(json_get(before, "Statement")); it != NULL;
         it = it->next) {
        if (str_eq(json_str(it, "Sid"), sid))
            *out_found = true;
        else
            json_add(statements, it);
    }
    return policy;
}

static const struct sim_rule permission_rules[] = {
    {.name = "EventBusName", .min = 1, .max = 256, .chars = BUS_NAME_CHARS},
    {.name = "StatementId", .min = 1, .max = 64, .chars = "a-zA-Z0-9_-"},
    {.name = NULL},
};

static int put_permission(struct sim_call *call)
{
    const char *sid = sim_param(call, "StatementId"), *principal = sim_param(call, "Principal");
    const char *action = sim_param(call, "Action"), *policy = sim_param(call, "Policy");
    struct event_bus bus;
    struct json *record = bus_asked(call, sim_param(call, "EventBusName"), &bus);
    struct json *document, *statement;
    bool found;

    if (record == NULL)
        return -1;
    if (policy != NULL)
        return policy_put(call, &bus, record, policy);
    if (sid == NULL || principal == NULL || action == NULL)
        return sim_bad_input(call, "Action, Principal and StatementId are required without "
                                   "Policy.");
    document = policy_without(call, record, sid, &found);
    statement = json_add_object((struct json *)json_get(document, "Statement"));
    json_put_str(statement, "Sid", sid);
    json_put_str(statement, "Effect", "Allow");
    if (str_eq(principal, "*"))
        json_put_str(statement, "Principal", "*");
    else
        json_put_str(json_put_object(statement, "Principal"), "AWS",
                     sim_arn(call, "iam", "", principal, "root"));
    json_put_str(statement, "Action", action);
    json_put_str(statement, "Resource", event_bus_arn(call, &bus));
    put_condition(statement, json_get(call->params, "Condition"));
    return policy_put(call, &bus, record, json_text(document, call->arena));
}

static int remove_permission(struct sim_call *call)
{
    struct event_bus bus;
    struct json *record = bus_asked(call, sim_param(call, "EventBusName"), &bus), *document;
    bool all = json_bool(call->params, "RemoveAllPermissions", false), found = false;

    if (record == NULL)
        return -1;
    document = policy_without(call, record, sim_param(call, "StatementId"), &found);
    if (!all && !found)
        return sim_error(call, "ResourceNotFoundException", 400,
                         "Statement with the provided id does not exist.");
    json_remove(record, "Policy");
    if (!all && json_get(document, "Statement")->count > 0)
        json_put_str(record, "Policy", json_text(document, call->arena));
    sim_put(call, call->account, call->region, "event-bus", bus.name, record);
    return 0;
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

struct tagged {
    struct json *record;
    const char *kind, *id;
};

/* The bus or rule of an ARN.  -1: the error is set. */
static int tagged_find(struct sim_call *call, struct tagged *out)
{
    const char *arn = sim_param(call, "ResourceARN"), *slash;
    struct event_bus bus = {call->account, call->region, "default"};
    struct sim_arn_parts parts;

    *out = (struct tagged){.record = NULL};
    if (event_bus_of_arn(call, arn, &bus)) {
        *out = (struct tagged){.kind = "event-bus", .id = bus.name};
    } else if (sim_arn_split(arn, call->arena, &parts) && str_starts(parts.resource, "rule/")) {
        out->id = parts.resource + strlen("rule/");
        slash = strchr(out->id, '/');
        if (slash != NULL) {
            bus.name = arena_strn(call->arena, out->id, (size_t)(slash - out->id));
            out->id = slash + 1;
        }
        out->kind = event_rule_kind(call, &bus);
    }
    if (out->id != NULL)
        out->record = sim_get(call, call->account, call->region, out->kind, out->id);
    if (out->record == NULL)
        return sim_error(call, "ResourceNotFoundException", 400, "Resource %s does not exist.",
                         arn);
    return 0;
}

static int tags_put(struct sim_call *call, const struct tagged *tagged, const struct json *tags)
{
    sim_set(tagged->record, "_tags", tags);
    sim_put(call, call->account, call->region, tagged->kind, tagged->id, tagged->record);
    return 0;
}

static const struct sim_rule tag_rules[] = {
    {.name = "ResourceARN", .required = true, .min = 1, .max = 1600},
    {.name = "Tags", .required = true},
    {.name = NULL},
};

static int tag_resource(struct sim_call *call)
{
    struct tagged tagged;

    if (tagged_find(call, &tagged) != 0)
        return -1;
    return tags_put(call, &tagged,
                    sim_tags_with(call->arena, json_get(tagged.record, "_tags"),
                                  json_get(call->params, "Tags")));
}

static const struct sim_rule untag_rules[] = {
    {.name = "ResourceARN", .required = true, .min = 1, .max = 1600},
    {.name = "TagKeys", .required = true},
    {.name = NULL},
};

static int untag_resource(struct sim_call *call)
{
    struct tagged tagged;

    if (tagged_find(call, &tagged) != 0)
        return -1;
    return tags_put(call, &tagged,
                    sim_tags_without(call->arena, json_get(tagged.record, "_tags"),
                                     json_get(call->params, "TagKeys")));
}

static const struct sim_rule arn_rules[] = {
    {.name = "ResourceARN", .required = true, .min = 1, .max = 1600},
    {.name = NULL},
};

static int list_tags(struct sim_call *call)
{
    struct tagged tagged;

    if (tagged_find(call, &tagged) != 0)
        return -1;
    json_put(call->answer, "Tags",
             sim_tags_with(call->arena, NULL, json_get(tagged.record, "_tags")));
    return 0;
}

static const struct sim_operation operations[] = {
    {.name = "CreateEventBus",
     .handler = create_event_bus,
     .access = SIM_WRITE,
     .rules = name_rules},
    {.name = "DescribeEventBus", .handler = describe_event_bus, .rules = describe_rules},
    {.name = "ListEventBuses", .handler = list_event_buses},
    {.name = "DeleteEventBus",
     .handler = delete_event_bus,
     .access = SIM_WRITE,
     .rules = name_rules},
    {.name = "PutPermission",
     .handler = put_permission,
     .access = SIM_WRITE,
     .rules = permission_rules},
    {.name = "RemovePermission",
     .handler = remove_permission,
     .access = SIM_WRITE,
     .rules = permission_rules},
    {.name = "TagResource", .handler = tag_resource, .access = SIM_WRITE, .rules = tag_rules},
    {.name = "UntagResource", .handler = untag_resource, .access = SIM_WRITE, .rules = untag_rules},
    {.name = "ListTagsForResource", .handler = list_tags, .rules = arn_rules},
    {.name = NULL},
};

const struct sim_service sim_service_events = {
    .name = "eventbridge",
    .signing_name = "events",
    .endpoint = "events",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "AWSEvents",
    .bad_input = "ValidationException",
    .operations = {operations, event_rule_operations, event_target_operations,
                   event_put_operations},
};
