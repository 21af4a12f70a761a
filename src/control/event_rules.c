/*
 * event_rules.c - the event rules of one bus in one region whose names begin alike.
 */
#include "event_rules.h"

#include "alarms_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <string.h>

const char *event_rules_description(const struct control_ctx *ctx, const char *text)
{
    return arena_printf(ctx->arena, "%s=%s: %s", CONTROL_TAG_KEY, ctx->baseline->name, text);
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static bool belongs(const struct event_rules *of, const char *name)
{
    size_t len = strlen(of->name);

    if (name == NULL || !str_starts(name, of->name))
        return false;
    return name[len] == '\0' || (of->family && name[len] == '-');
}

/* Only where the description does not say it. */
static int check_owner(struct control_ctx *ctx, const struct json *rule, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const char *arn, *mark = event_rules_description(ctx, "");
    const char *description = json_str(rule, "Description");
    const struct json *answer;

    if (description != NULL && str_starts(description, mark))
        return 0;
    if (json_need_str(rule, "Arn", &arn, err) != 0)
        return -1;
    json_put_str(params, "ResourceARN", arn);
    if (aws_call(ctx->target, AWS_EVENTS_LIST_TAGS_FOR_RESOURCE, params, ctx->arena, &answer,
                 err) != 0)
        return -1;
    if (str_eq(control_tag(json_get(answer, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "rule %s exists and is not this baseline's (no tag %s=%s); delete it or tag it",
                   json_str(rule, "Name"), CONTROL_TAG_KEY, ctx->baseline->name);
}

static int read_rule(struct control_ctx *ctx, const struct event_rules *of, const struct json *rule,
                     struct event_rule_seen *out, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    *out = (struct event_rule_seen){.name = json_str(rule, "Name"),
                                    .pattern = json_str(rule, "EventPattern"),
                                    .state = json_str(rule, "State"),
                                    .description = json_str(rule, "Description")};
    if (check_owner(ctx, rule, err) != 0)
        return -1;
    json_put_str(params, "Rule", out->name);
    json_put_str(params, "EventBusName", of->bus);
    return aws_list(ctx->target, AWS_EVENTS_LIST_TARGETS_BY_RULE, params, ctx->arena, &out->targets,
                    err);
}

int event_rules_observe(struct control_ctx *ctx, const struct event_rules *of,
                        struct event_rules_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *list;

    json_put_str(params, "NamePrefix", of->name);
    json_put_str(params, "EventBusName", of->bus);
    if (aws_list(ctx->target, AWS_EVENTS_LIST_RULES, params, ctx->arena, &list, err) != 0) {
        if (of->bus == NULL || err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err); /* the bus is still to come */
        return 0;
    }
    seen->items = arena_array(ctx->arena, list->count, sizeof *seen->items);
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (belongs(of, json_str(it, "Name")) &&
            read_rule(ctx, of, it, &seen->items[seen->count++], err) != 0)
            return -1;
    return 0;
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static const struct event_rule_seen *seen_as(const struct event_rules_seen *seen, const char *name)
{
    for (size_t i = 0; i < seen->count; i++)
        if (str_eq(seen->items[i].name, name))
            return &seen->items[i];
    return NULL;
}

static void diff_rule(const struct control_ctx *ctx, const struct event_rule *want,
                      const struct event_rule_seen *seen, struct changes *out)
{
    bool same_pattern = seen != NULL && want->pattern != NULL &&
                        alarms_json_equal(seen->pattern, want->pattern, ctx->arena);
    struct change *change;

    if (same_pattern && str_eq(seen->state, want->state) &&
        str_eq(seen->description, want->description))
        return;
    change = changes_add(out, seen == NULL ? CHANGE_CREATE : CHANGE_UPDATE, EVENT_RULE_PUT, want,
                         "event rule %s", want->name);
    change_field(change, "state", seen == NULL ? NULL : seen->state, want->state);
    if (!same_pattern)
        change_field(change, "pattern", seen == NULL ? NULL : seen->pattern,
                     want->pattern == NULL ? change_unknown : want->pattern);
    change_field(change, "description", seen == NULL ? NULL : seen->description, want->description);
}

static void diff_target(const struct control_ctx *ctx, const struct event_rule *want,
                        const struct event_rule_seen *seen, struct changes *out)
{
    const struct json *ours = NULL;
    struct change *change;

    for (const struct json *it = seen == NULL ? NULL : json_first(seen->targets); it != NULL;
         it = it->next) {
        if (str_eq(json_str(it, "Id"), ALARMS_NAME))
            ours = it;
        else
            changes_note(out, "event rule %s also sends to %s", want->name, json_str(it, "Arn"));
    }
    if (ours != NULL && want->target != NULL && json_equal(ours, want->target))
        return;
    change = changes_add(out, ours == NULL ? CHANGE_CREATE : CHANGE_UPDATE, EVENT_RULE_TARGET, want,
                         "target of event rule %s", want->name);
    change_field(change, "target", ours == NULL ? NULL : json_text(ours, ctx->arena),
                 want->target == NULL ? change_unknown : json_text(want->target, ctx->arena));
}

/* A rule goes only when its targets are gone. */
static void diff_surplus(const struct control_ctx *ctx, const struct event_rule_seen *seen,
                         struct changes *out)
{
    if (!ctx->prune) {
        changes_note(out, "event rule %s is not wanted any more; --prune deletes it", seen->name);
        return;
    }
    if (json_first(seen->targets) != NULL)
        (void)changes_add(out, CHANGE_DELETE, EVENT_RULE_REMOVE_TARGETS, seen,
                          "targets of event rule %s", seen->name);
    change_field(
        changes_add(out, CHANGE_DELETE, EVENT_RULE_DELETE, seen, "event rule %s", seen->name),
        "pattern", seen->pattern, NULL);
}

void event_rules_diff(const struct control_ctx *ctx, const struct event_rules *of,
                      const struct event_rule *want, size_t count,
                      const struct event_rules_seen *seen, struct changes *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct event_rule_seen *live = seen_as(seen, want[i].name);

        diff_rule(ctx, &want[i], live, out);
        diff_target(ctx, &want[i], live, out);
    }
    for (size_t i = 0; of->family && i < seen->count; i++) {
        bool wanted = false;

        for (size_t k = 0; k < count; k++)
            wanted = wanted || str_eq(want[k].name, seen->items[i].name);
        if (!wanted && !str_eq(seen->items[i].name, of->name))
            diff_surplus(ctx, &seen->items[i], out);
    }
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static int put_rule(struct control_ctx *ctx, const struct event_rules *of,
                    const struct change *change, struct err *err)
{
    const struct event_rule *want = change->subject;
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Name", want->name);
    json_put_str(params, "EventBusName", of->bus);
    json_put_str(params, "EventPattern", want->pattern);
    json_put_str(params, "State", want->state);
    json_put_str(params, "Description", want->description);
    if (change->kind == CHANGE_CREATE) /* an update takes no tags */
        control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    return aws_call(ctx->target, AWS_EVENTS_PUT_RULE, params, ctx->arena, NULL, err);
}

static int take_away(struct control_ctx *ctx, const struct event_rules *of,
                     const struct change *change, struct err *err)
{
    const struct event_rule_seen *seen = change->subject;
    struct json *params = json_object(ctx->arena), *ids;

    json_put_str(params, "EventBusName", of->bus);
    if (change->step == EVENT_RULE_DELETE) {
        json_put_str(params, "Name", seen->name);
        return aws_call(ctx->target, AWS_EVENTS_DELETE_RULE, params, ctx->arena, NULL, err);
    }
    json_put_str(params, "Rule", seen->name);
    ids = json_put_array(params, "Ids");
    for (const struct json *it = json_first(seen->targets); it != NULL; it = it->next)
        json_add_str(ids, json_str(it, "Id"));
    return aws_call(ctx->target, AWS_EVENTS_REMOVE_TARGETS, params, ctx->arena, NULL, err);
}

int event_rules_apply(struct control_ctx *ctx, const struct event_rules *of,
                      const struct change *change, struct err *err)
{
    const struct event_rule *want = change->subject;

    if (change->step == EVENT_RULE_REMOVE_TARGETS || change->step == EVENT_RULE_DELETE)
        return take_away(ctx, of, change, err);
    if (want->target == NULL || want->pattern == NULL)
        return err_set(err, ERR_CONFLICT, "an account that rule %s names does not exist yet",
                       want->name);
    if (change->step == EVENT_RULE_PUT)
        return put_rule(ctx, of, change, err);
    return alarms_put_target(ctx, of->bus, want->name, want->target, err);
}
