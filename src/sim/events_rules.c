/*
 * events_rules.c - EventBridge's rules.
 *
 * Source: EventBridge API Reference, version 2015-10-07; EventBridge User Guide, "Quotas" (300
 * rules of a bus, patterns of 2,048 characters). Limits: a schedule is kept and never fires.
 */
#include "events_priv.h"

#include <string.h>

enum { RULES_MOST = 300, PATTERN_BYTES_MOST = 2048 };

#define ALL_CALLS "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
#define RULE_NAME(key)                                                                             \
    {                                                                                              \
        .name = (key), .required = true, .min = 1, .max = 64, .chars = "._a-zA-Z0-9-"              \
    }

const char *event_rule_kind(const struct sim_call *call, const struct event_bus *bus)
{
    return arena_printf(call->arena, "event-rule/%s", bus->name);
}

const char *event_reader_kind(const struct sim_call *call, const struct event_bus *bus)
{
    return arena_printf(call->arena, "event-reader/%s", bus->name);
}

int event_rule_missing(struct sim_call *call, const char *rule, const char *bus)
{
    return sim_error(call, "ResourceNotFoundException", 400,
                     "Rule %s does not exist on EventBus %s.", rule, bus);
}

/* The bus that EventBusName means, which must be there.  -1: the error is set. */
static int bus_asked(struct sim_call *call, struct event_bus *out)
{
    if (event_bus_named(call, sim_param(call, "EventBusName"), out) != 0)
        return -1;
    if (!str_eq(out->account, call->account) || !event_bus_exists(call, out))
        return event_bus_missing(call, out->name);
    return 0;
}

struct json *event_rule_asked(struct sim_call *call, const char *name, struct event_bus *out_bus)
{
    struct json *rule;

    if (bus_asked(call, out_bus) != 0)
        return NULL;
    rule = sim_get(call, call->account, call->region, event_rule_kind(call, out_bus), name);
    if (rule == NULL)
        (void)event_rule_missing(call, name, out_bus->name);
    return rule;
}

void event_rule_put(struct sim_call *call, const struct event_bus *bus, const struct json *rule)
{
    const char *name = json_str(rule, "Name"), *text = json_str(rule, "EventPattern"), *why;
    struct json *reader = json_object(call->arena);

    sim_put(call, bus->account, bus->region, event_rule_kind(call, bus), name, rule);
    if (text == NULL || !str_eq(json_str(rule, "State"), ALL_CALLS)) {
        (void)sim_delete(call, bus->account, bus->region, event_reader_kind(call, bus), name);
        return;
    }
    json_put(reader, "Pattern", event_pattern_parse(text, call->arena, &why));
    sim_put(call, bus->account, bus->region, event_reader_kind(call, bus), name, reader);
}

/* --- PutRule -------------------------------------------------------------------------------------
 */

static const struct sim_rule put_rules[] = {
    RULE_NAME("Name"),
    {.name = "ScheduleExpression", .max = 256},
    {.name = "EventPattern", .max = 4096},
    {.name = "State", .values = "ENABLED|DISABLED|" ALL_CALLS},
    {.name = "Description", .max = 512},
    {.name = "RoleArn", .min = 1, .max = 1600},
    {.name = "EventBusName", .min = 1, .max = 1600},
    {.name = NULL},
};

static int pattern_check(struct sim_call *call)
{
    const char *pattern = sim_param(call, "EventPattern"), *why;

    if (pattern == NULL && sim_param(call, "ScheduleExpression") == NULL)
        return sim_bad_input(call, "Parameter(s) EventPattern or ScheduleExpression must be "
                                   "specified.");
    if (pattern == NULL)
        return 0;
    if (event_pattern_parse(pattern, call->arena, &why) == NULL)
        return sim_error(call, "InvalidEventPatternException", 400,
                         "Event pattern is not valid. Reason: %s", why);
    if (strlen(pattern) > PATTERN_BYTES_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "The event pattern is longer than %d characters.", PATTERN_BYTES_MOST);
    return 0;
}

static const char *rule_arn(const struct sim_call *call, const struct event_bus *bus,
                            const char *name)
{
    bool is_default = str_eq(bus->name, "default");

    return sim_arn(call, "events", bus->region, bus->account, "rule/%s%s%s",
                   is_default ? "" : bus->name, is_default ? "" : "/", name);
}

/* What is not given again is gone, but for targets and tags. */
static int put_rule(struct sim_call *call)
{
    static const char *const kept[] = {"EventPattern", "ScheduleExpression", "Description",
                                       "RoleArn"};
    const char *name = sim_param(call, "Name"), *state = sim_param(call, "State");
    struct json *before, *rule = json_object(call->arena);
    struct event_bus bus;

    if (bus_asked(call, &bus) != 0 || pattern_check(call) != 0)
        return -1;
    before = sim_get(call, call->account, call->region, event_rule_kind(call, &bus), name);
    if (before == NULL && sim_store_count(call->sim->store, call->account, call->region,
                                          event_rule_kind(call, &bus)) >= RULES_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "The requested resource exceeds the maximum number allowed.");
    json_put_str(rule, "Name", name);
    json_put_str(rule, "Arn", rule_arn(call, &bus, name));
    json_put_str(rule, "State", state == NULL ? "ENABLED" : state);
    json_put_str(rule, "EventBusName", bus.name);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        json_put_str(rule, kept[i], sim_param(call, kept[i]));
    json_put(rule, "_targets",
             before == NULL ? json_array(call->arena) : json_get(before, "_targets"));
    json_put(rule, "_tags",
             before == NULL ? sim_tags_with(call->arena, NULL, json_get(call->params, "Tags"))
                            : json_get(before, "_tags"));
    event_rule_put(call, &bus, rule);
    json_put_str(call->answer, "RuleArn", rule_arn(call, &bus, name));
    return 0;
}

/* --- One rule ------------------------------------------------------------------------------------
 */

static const struct sim_rule name_rules[] = {
    RULE_NAME("Name"),
    {.name = "EventBusName", .min = 1, .max = 1600},
    {.name = NULL},
};

static int describe_rule(struct sim_call *call)
{
    struct event_bus bus;
    const struct json *rule = event_rule_asked(call, sim_param(call, "Name"), &bus);

    if (rule == NULL)
        return -1;
    for (const struct json *it = rule->first; it != NULL; it = it->next)
        json_put(call->answer, it->key, it);
    json_put_str(call->answer, "CreatedBy", call->account);
    return 0;
}

static int set_state(struct sim_call *call, const char *state)
{
    struct event_bus bus;
    struct json *rule = event_rule_asked(call, sim_param(call, "Name"), &bus);

    if (rule == NULL)
        return -1;
    sim_set_str(rule, "State", state);
    event_rule_put(call, &bus, rule);
    return 0;
}

static int enable_rule(struct sim_call *call)
{
    return set_state(call, "ENABLED");
}

static int disable_rule(struct sim_call *call)
{
    return set_state(call, "DISABLED");
}

/* One that is not there is no error. */
static int delete_rule(struct sim_call *call)
{
    const char *name = sim_param(call, "Name");
    struct event_bus bus;
    const struct json *rule;

    if (bus_asked(call, &bus) != 0)
        return -1;
    rule = sim_get(call, call->account, call->region, event_rule_kind(call, &bus), name);
    if (rule != NULL && json_get(rule, "_targets")->count > 0)
        return sim_bad_input(call, "Rule can't be deleted since it has targets.");
    (void)sim_delete(call, call->account, call->region, event_rule_kind(call, &bus), name);
    (void)sim_delete(call, call->account, call->region, event_reader_kind(call, &bus), name);
    return 0;
}

/* --- All rules -----------------------------------------------------------------------------------
 */

static const struct sim_rule list_rules_rules[] = {
    {.name = "NamePrefix", .min = 1, .max = 64, .chars = "._a-zA-Z0-9-"},
    {.name = "EventBusName", .min = 1, .max = 1600},
    {.name = NULL},
};

static int list_rules(struct sim_call *call)
{
    struct sim_page page = {.list = "Rules",
                            .size = 100,
                            .size_param = "Limit",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    const char *prefix = sim_param(call, "NamePrefix");
    struct event_bus bus;

    if (bus_asked(call, &bus) != 0 || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, event_rule_kind(call, &bus));
         it != NULL; it = sim_page_next(&page, it))
        if (prefix == NULL || str_starts(sim_record_id(it), prefix))
            json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

const struct sim_operation event_rule_operations[] = {
    {.name = "PutRule", .handler = put_rule, .access = SIM_WRITE, .rules = put_rules},
    {.name = "DescribeRule", .handler = describe_rule, .rules = name_rules},
    {.name = "EnableRule", .handler = enable_rule, .access = SIM_WRITE, .rules = name_rules},
    {.name = "DisableRule", .handler = disable_rule, .access = SIM_WRITE, .rules = name_rules},
    {.name = "DeleteRule", .handler = delete_rule, .access = SIM_WRITE, .rules = name_rules},
    {.name = "ListRules", .handler = list_rules, .rules = list_rules_rules},
    {.name = NULL},
};
