/*
 * events_targets.c - where the rules of EventBridge send events, and what they make of them.
 *
 * Source: EventBridge API Reference, version 2015-10-07; EventBridge User Guide, "Input
 *         transformation" and "Sending events between AWS accounts" (a bus of another account or
 *         region takes a role).
 * Limits: JSON paths of names and indexes only.
 */
#include "events_priv.h"

#include "plinth/base/time.h"

#include <stdlib.h>
#include <string.h>

enum { TARGETS_MOST = 5, TARGETS_OF_A_CALL = 100, INPUT_BYTES_MOST = 256 * 1024 };

#define RULE_NAME                                                                                  \
    {                                                                                              \
        .name = "Rule", .required = true, .min = 1, .max = 64, .chars = "._a-zA-Z0-9-"             \
    }

/* --- PutTargets ----------------------------------------------------------------------------------
 */

static const struct sim_rule put_rules[] = {
    RULE_NAME,
    {.name = "Targets", .required = true},
    {.name = "EventBusName", .min = 1, .max = 1600},
    {.name = NULL},
};

static const struct sim_rule target_rules[] = {
    {.name = "Id", .required = true, .min = 1, .max = 64, .chars = "._a-zA-Z0-9-"},
    {.name = "Arn", .required = true, .min = 1, .max = 1600},
    {.name = "RoleArn", .min = 1, .max = 1600},
    {.name = "Input", .max = 8192},
    {.name = "InputPath", .max = 256},
    {.name = NULL},
};

static const struct sim_rule transformer_rules[] = {
    {.name = "InputTemplate", .required = true, .min = 1, .max = 8192},
    {.name = NULL},
};

static int target_check(struct sim_call *call, const struct json *target)
{
    const char *arn = json_str(target, "Arn");
    const struct json *transformer = json_get(target, "InputTransformer");
    struct sim_arn_parts parts;
    struct event_bus bus;
    int inputs = (json_get(target, "Input") != NULL) + (json_get(target, "InputPath") != NULL) +
                 (transformer != NULL);

    if (sim_check_rules(call, target_rules, target) != 0 ||
        (transformer != NULL && sim_check_rules(call, transformer_rules, transformer) != 0))
        return -1;
    if (!sim_arn_split(arn, call->arena, &parts))
        return sim_bad_input(call,
                             "Parameter %s is not valid. Reason: Provided Arn is not in "
                             "correct format.",
                             arn);
    if (inputs > 1)
        return sim_bad_input(call,
                             "Only one of Input, InputPath, or InputTransformer must be "
                             "provided for target %s.",
                             json_str(target, "Id"));
    if (event_bus_of_arn(call, arn, &bus) && json_str(target, "RoleArn") == NULL &&
        (!str_eq(bus.account, call->account) || !str_eq(bus.region, call->region)))
        return sim_bad_input(call, "RoleArn is required for target %s.", arn);
    return 0;
}

/* A bus of the caller's own that is not there; what is elsewhere cannot be known. */
static bool is_dead_end(struct sim_call *call, const struct json *target)
{
    struct event_bus bus;

    return event_bus_of_arn(call, json_str(target, "Arn"), &bus) &&
           str_eq(bus.account, call->account) && !event_bus_exists(call, &bus);
}

static void add_failure(struct json *failures, const char *id, const char *code, const char *text)
{
    struct json *failure = json_add_object(failures);

    json_put_str(failure, "TargetId", id);
    json_put_str(failure, "ErrorCode", code);
    json_put_str(failure, "ErrorMessage", text);
}

static struct json *targets_without(struct sim_call *call, const struct json *targets,
                                    const char *id)
{
    struct json *out = json_array(call->arena);

    for (const struct json *it = json_first(targets); it != NULL; it = it->next)
        if (!str_eq(json_str(it, "Id"), id))
            json_add(out, it);
    return out;
}

static int put_targets(struct sim_call *call)
{
    const struct json *wanted = json_get(call->params, "Targets");
    struct event_bus bus;
    struct json *rule = event_rule_asked(call, sim_param(call, "Rule"), &bus);
    struct json *failures = json_array(call->arena), *targets;

    if (rule == NULL)
        return -1;
    if (wanted->type != JSON_ARRAY || wanted->count == 0 || wanted->count > TARGETS_OF_A_CALL)
        return sim_bad_input(call,
                             "1 validation error detected: Value at 'targets' failed to "
                             "satisfy constraint: Member must have length between 1 and %d",
                             TARGETS_OF_A_CALL);
    targets = json_copy(json_get(rule, "_targets"), call->arena);
    for (const struct json *it = wanted->first; it != NULL; it = it->next) {
        if (target_check(call, it) != 0)
            return -1;
        if (is_dead_end(call, it)) {
            add_failure(
                failures, json_str(it, "Id"), "ResourceNotFoundException",
                arena_printf(call->arena, "Event bus %s does not exist.", json_str(it, "Arn")));
            continue;
        }
        targets = targets_without(call, targets, json_str(it, "Id"));
        json_add(targets, it);
    }
    if (targets->count > TARGETS_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "The requested resource exceeds the maximum number allowed.");
    sim_set(rule, "_targets", targets);
    event_rule_put(call, &bus, rule);
    json_put_number(call->answer, "FailedEntryCount", (double)failures->count);
    json_put(call->answer, "FailedEntries", failures);
    return 0;
}

static const struct sim_rule remove_rules[] = {
    RULE_NAME,
    {.name = "Ids", .required = true},
    {.name = "EventBusName", .min = 1, .max = 1600},
    {.name = NULL},
};

static int remove_targets(struct sim_call *call)
{
    struct event_bus bus;
    struct json *rule = event_rule_asked(call, sim_param(call, "Rule"), &bus);
    struct json *failures = json_array(call->arena), *targets;

    if (rule == NULL)
        return -1;
    targets = json_copy(json_get(rule, "_targets"), call->arena);
    for (const struct json *it = json_first(json_get(call->params, "Ids")); it != NULL;
         it = it->next) {
        size_t before = targets->count;

        if (it->type != JSON_STRING)
            return sim_bad_input(call, "Ids must be texts.");
        targets = targets_without(call, targets, it->string);
        if (targets->count == before)
            add_failure(failures, it->string, "ResourceNotFoundException",
                        arena_printf(call->arena, "Rule does not have target %s.", it->string));
    }
    sim_set(rule, "_targets", targets);
    event_rule_put(call, &bus, rule);
    json_put_number(call->answer, "FailedEntryCount", (double)failures->count);
    json_put(call->answer, "FailedEntries", failures);
    return 0;
}

static const struct sim_rule list_rules[] = {
    RULE_NAME,
    {.name = "EventBusName", .min = 1, .max = 1600},
    {.name = "Limit", .number = true, .min = 1, .max = 100},
    {.name = NULL},
};

/* A rule has few: the token is the number of those that were shown. */
static int list_targets_by_rule(struct sim_call *call)
{
    const char *token = sim_param(call, "NextToken");
    size_t limit = (size_t)json_number(call->params, "Limit", 100), index = 0;
    struct event_bus bus;
    const struct json *rule = event_rule_asked(call, sim_param(call, "Rule"), &bus);
    struct json *out;
    uint64_t from = 0;

    if (rule == NULL)
        return -1;
    if (token != NULL && !str_to_u64(token, &from))
        return sim_bad_input(call, "You specified an invalid value for NextToken.");
    out = json_put_array(call->answer, "Targets");
    for (const struct json *it = json_first(json_get(rule, "_targets")); it != NULL;
         it = it->next, index++) {
        if (index >= from && out->count == limit) {
            json_put_str(call->answer, "NextToken", arena_printf(call->arena, "%zu", index));
            break;
        }
        if (index >= from)
            json_add(out, it);
    }
    return 0;
}

const struct sim_operation event_target_operations[] = {
    {.name = "PutTargets", .handler = put_targets, .access = SIM_WRITE, .rules = put_rules},
    {.name = "RemoveTargets",
     .handler = remove_targets,
     .access = SIM_WRITE,
     .rules = remove_rules},
    {.name = "ListTargetsByRule", .handler = list_targets_by_rule, .rules = list_rules},
    {.name = NULL},
};

/* --- Input ---------------------------------------------------------------------------------------
 */

/* "$.detail.resources[0].arn"; NULL: nothing is there. */
static const struct json *at_path(const struct json *event, const char *path, struct arena *arena)
{
    const struct json *at = event;

    if (*path++ != '$')
        return NULL;
    while (at != NULL && *path != '\0') {
        size_t len = strcspn(path + 1, ".[]");
        const char *part = arena_strn(arena, path + 1, len);
        uint64_t index;

        if (*path == '.')
            at = json_get(at, part);
        else if (*path == '[' && str_to_u64(part, &index))
            at = json_at(at, (size_t)index);
        else
            return NULL;
        path += 1 + len;
        path += *path == ']';
    }
    return at;
}

/* What <name> in a template stands for: a path of InputPathsMap, or one of AWS's own.  NULL: it is
 * not there, and leaves nothing behind. */
static const struct json *variable(struct sim_call *call, const struct json *rule,
                                   const struct json *event, const struct json *paths,
                                   const char *name)
{
    const char *path = json_str(paths, name);

    if (path != NULL)
        return at_path(event, path, call->arena);
    if (str_eq(name, "aws.events.rule-arn"))
        return json_get(rule, "Arn");
    if (str_eq(name, "aws.events.rule-name"))
        return json_get(rule, "Name");
    if (str_eq(name, "aws.events.event.ingestion-time"))
        return json_get(event, "time");
    return str_eq(name, "aws.events.event.json") || str_eq(name, "aws.events.event") ? event : NULL;
}

/* Inside of quotes a text stands without its own; everything else as JSON, and there escaped. */
static void put_variable(struct sim_call *call, const struct json *value, bool quoted,
                         struct buf *out)
{
    const char *text;

    if (value == NULL)
        return;
    text = value->type == JSON_STRING ? value->string : json_text(value, call->arena);
    if (!quoted) {
        json_print(value, JSON_COMPACT, out);
        return;
    }
    text = json_text(json_string(call->arena, text), call->arena);
    buf_add(out, text + 1, strlen(text) - 2);
}

static const char *transformed(struct sim_call *call, const struct json *transformer,
                               const struct json *rule, const struct json *event)
{
    const struct json *paths = json_get(transformer, "InputPathsMap");
    const char *at = json_str(transformer, "InputTemplate"), *copy;
    bool quoted = false;
    struct buf out;

    buf_init(&out, INPUT_BYTES_MOST);
    while (*at != '\0') {
        const char *end = *at == '<' ? strchr(at, '>') : NULL;

        if (end != NULL) {
            const char *name = arena_strn(call->arena, at + 1, (size_t)(end - at) - 1);

            put_variable(call, variable(call, rule, event, paths, name), quoted, &out);
            at = end + 1;
            continue;
        }
        if (*at == '\\' && at[1] != '\0')
            buf_char(&out, *at++);
        else if (*at == '"')
            quoted = !quoted;
        buf_char(&out, *at++);
    }
    copy = arena_str(call->arena, buf_text(&out));
    buf_fini(&out);
    return copy;
}

const char *event_input(struct sim_call *call, const struct json *target, const struct json *rule,
                        const struct json *event)
{
    const struct json *transformer = json_get(target, "InputTransformer"), *part;
    const char *input = json_str(target, "Input"), *path = json_str(target, "InputPath");

    if (input != NULL)
        return input;
    if (transformer != NULL)
        return transformed(call, transformer, rule, event);
    part = path == NULL ? event : at_path(event, path, call->arena);
    return part == NULL ? "{}" : json_text(part, call->arena);
}
