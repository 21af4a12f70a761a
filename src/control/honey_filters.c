/*
 * honey_filters.c - control "honey_filters": the second detector of honey tokens: filters on the
 * log group of the organization's trail, and an alarm that tells the central topic.
 *
 * Baseline:  honey_tokens; log_archive: { log_group_days }
 * Source:    docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference, API version 2014-03-28
 *            (a pattern has at most 1,024 characters, a log group 100 filters);
 *            docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference, API version 2010-08-01;
 *            CloudWatch User Guide, "Using Amazon CloudWatch alarms"
 * Limits:    it comes with the trail, minutes after the call, and sees what no event rule does: a
 *            call in another account of the organization that names a token.  One alarm for all
 *            tokens: it tells once, when it begins, and which token it was is in the log group.
 */
#include "alarms_settings.h"
#include "honey_patterns.h"
#include "log_archive.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { STEP_FILTER, STEP_DELETE_FILTER, STEP_ALARM };
enum { PERIOD_S = 60 };

static const char metric_space[] = "plinth";

struct filter {
    const char *name, *pattern;
    const char *metric; /* as it is counted, as one text */
};

struct filters_seen {
    struct filter *filters;
    size_t filter_count;
    const struct json *alarm; /* NULL: there is none */
};

static const enum aws_op filter_ops[] = {
    AWS_LOGS_DESCRIBE_METRIC_FILTERS,      AWS_LOGS_PUT_METRIC_FILTER,
    AWS_LOGS_DELETE_METRIC_FILTER,         AWS_CLOUDWATCH_DESCRIBE_ALARMS,
    AWS_CLOUDWATCH_LIST_TAGS_FOR_RESOURCE, AWS_CLOUDWATCH_PUT_METRIC_ALARM,
    AWS_SSM_GET_PARAMETERS_BY_PATH,        AWS_OP_NONE,
};

/* Whether the baseline has a log group of the trail. */
static bool has_log_group(const struct control_ctx *ctx)
{
    const struct log_archive_spec *archive =
        control_settings(ctx->baseline, "log_archive", ctx->arena);

    return archive != NULL && archive->log_group_days > 0;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static const char *metric_text(const char *space, const char *name, const char *value,
                               struct arena *arena)
{
    return arena_printf(arena, "%s/%s by %s", space, name, value);
}

static int read_filters(struct control_ctx *ctx, struct filters_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *list;

    json_put_str(params, "logGroupName", TRAIL_LOGS_NAME);
    json_put_str(params, "filterNamePrefix", ALARMS_USE_NAME "-");
    if (aws_list(ctx->target, AWS_LOGS_DESCRIBE_METRIC_FILTERS, params, ctx->arena, &list, err) !=
        0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err); /* the log group is still to come */
        return 0;
    }
    seen->filters = arena_array(ctx->arena, list->count, sizeof *seen->filters);
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        const struct json *metric = json_first(json_get(it, "metricTransformations"));
        struct filter *filter = &seen->filters[seen->filter_count++];

        if (json_need_str(it, "filterName", &filter->name, err) != 0 ||
            json_need_str(it, "filterPattern", &filter->pattern, err) != 0)
            return -1;
        filter->metric =
            metric_text(json_str(metric, "metricNamespace"), json_str(metric, "metricName"),
                        json_str(metric, "metricValue"), ctx->arena);
    }
    return 0;
}

static int check_owner(struct control_ctx *ctx, const struct json *alarm, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;
    const char *arn;

    if (json_need_str(alarm, "AlarmArn", &arn, err) != 0)
        return -1;
    json_put_str(params, "ResourceARN", arn);
    if (aws_call(ctx->target, AWS_CLOUDWATCH_LIST_TAGS_FOR_RESOURCE, params, ctx->arena, &answer,
                 err) != 0)
        return -1;
    if (str_eq(control_tag(json_get(answer, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "alarm " ALARMS_USE_NAME
                   " exists and is not this baseline's (no tag %s=%s); delete it "
                   "or tag it",
                   CONTROL_TAG_KEY, ctx->baseline->name);
}

static int filters_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct filters_seen *seen = out_seen;
    struct json *params = json_object(ctx->arena);
    const struct json *list;

    if (!has_log_group(ctx))
        return 0;
    if (honey_names_learn(ctx, err) != 0)
        return -1;
    json_add_str(json_put_array(params, "AlarmNames"), ALARMS_USE_NAME);
    if (read_filters(ctx, seen, err) != 0 ||
        aws_list(ctx->target, AWS_CLOUDWATCH_DESCRIBE_ALARMS, params, ctx->arena, &list, err) != 0)
        return -1;
    seen->alarm = json_first(list);
    return seen->alarm == NULL ? 0 : check_owner(ctx, seen->alarm, err);
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

struct wanted {
    struct filter *items;
    size_t count, capacity;
};

static struct strings live_signs(const struct control_ctx *ctx, const struct filters_seen *seen)
{
    struct {
        const char **items;
        size_t count, capacity;
    } all = {0};

    for (size_t i = 0; i < seen->filter_count; i++) {
        struct strings own = honey_filter_signs(seen->filters[i].pattern, ctx->arena);

        for (size_t k = 0; k < own.count; k++)
            *VEC_ADD(ctx->arena, &all) = own.items[k];
    }
    return (struct strings){.items = all.items, .count = all.count};
}

/* As many filters as the signs need. */
static struct wanted wanted_filters(const struct control_ctx *ctx, const struct filters_seen *seen)
{
    bool known;
    const struct strings own = honey_signs(ctx, NULL, NULL, honey_filter_terms, &known);
    const struct strings live = live_signs(ctx, seen);
    struct strings rest = honey_merge(ctx, &own, &live);
    struct wanted wanted = {0};

    for (size_t number = 1; rest.count > 0; number++) {
        struct strings some = {
            rest.items, honey_pack(&rest, HONEY_FILTER_MOST - HONEY_FRAME_MOST, strlen(HONEY_OR))};

        *VEC_ADD(ctx->arena, &wanted) =
            (struct filter){.name = arena_printf(ctx->arena, ALARMS_USE_NAME "-%zu", number),
                            .pattern = known ? honey_filter_pattern(&some, ctx->arena) : NULL,
                            .metric = metric_text(metric_space, ALARMS_USE_NAME, "1", ctx->arena)};
        rest.items += some.count;
        rest.count -= some.count;
    }
    return wanted;
}

static const struct {
    const char *member, *text;
} alarm_texts[] = {
    {"AlarmDescription",
     "A honey token was used. `plinth honey check` says which; the calls are in "
     "log group " TRAIL_LOGS_NAME "."},
    {"Namespace", metric_space},
    {"MetricName", ALARMS_USE_NAME},
    {"Statistic", "Sum"},
    {"ComparisonOperator", "GreaterThanOrEqualToThreshold"},
    {"TreatMissingData", "notBreaching"},
};

static const struct {
    const char *member;
    int value;
} alarm_numbers[] = {{"Period", PERIOD_S}, {"EvaluationPeriods", 1}, {"Threshold", 1}};

enum {
    TEXT_COUNT = sizeof alarm_texts / sizeof alarm_texts[0],
    NUMBER_COUNT = sizeof alarm_numbers / sizeof alarm_numbers[0]
};

/* NULL while the security account does not exist. */
static struct json *wanted_alarm(const struct control_ctx *ctx)
{
    const char *topic = alarms_topic_arn(ctx);
    struct json *alarm = json_object(ctx->arena);

    if (topic == NULL)
        return NULL;
    for (size_t i = 0; i < TEXT_COUNT; i++)
        json_put_str(alarm, alarm_texts[i].member, alarm_texts[i].text);
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        json_put_number(alarm, alarm_numbers[i].member, alarm_numbers[i].value);
    json_put_bool(alarm, "ActionsEnabled", true);
    json_add_str(json_put_array(alarm, "AlarmActions"), topic);
    return alarm;
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static const struct filter *filter_in(const struct filter *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i].name, name))
            return &list[i];
    return NULL;
}

static void diff_filters(const struct control_ctx *ctx, const struct filters_seen *seen,
                         struct changes *out)
{
    const struct wanted wanted = wanted_filters(ctx, seen);

    for (const struct filter *it = wanted.items; it < wanted.items + wanted.count; it++) {
        const struct filter *live = filter_in(seen->filters, seen->filter_count, it->name);
        struct change *change;

        if (live != NULL && str_eq(live->pattern, it->pattern) && str_eq(live->metric, it->metric))
            continue;
        change = changes_add(out, live == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_FILTER, it,
                             "metric filter %s", it->name);
        change_field(change, "pattern", live == NULL ? NULL : live->pattern,
                     it->pattern == NULL ? change_unknown : it->pattern);
        change_field(change, "metric", live == NULL ? NULL : live->metric, it->metric);
    }
    for (size_t i = 0; i < seen->filter_count; i++) {
        const struct filter *it = &seen->filters[i];

        if (filter_in(wanted.items, wanted.count, it->name) != NULL)
            continue;
        if (ctx->prune)
            change_field(changes_add(out, CHANGE_DELETE, STEP_DELETE_FILTER, it, "metric filter %s",
                                     it->name),
                         "pattern", it->pattern, NULL);
        else
            changes_note(out, "metric filter %s is not wanted any more; --prune deletes it",
                         it->name);
    }
}

static void diff_alarm(const struct control_ctx *ctx, const struct filters_seen *seen,
                       struct changes *out)
{
    const struct json *want = wanted_alarm(ctx);
    struct json *live = json_object(ctx->arena);
    struct change *change;
    bool same = seen->alarm != NULL && want != NULL;

    for (const struct json *it = json_first(want); it != NULL && same; it = it->next)
        same = json_get(seen->alarm, it->key) != NULL &&
               json_equal(json_get(seen->alarm, it->key), it);
    if (same)
        return;
    for (const struct json *it = json_first(want); it != NULL; it = it->next)
        if (json_get(seen->alarm, it->key) != NULL)
            json_put(live, it->key, json_get(seen->alarm, it->key));
    change = changes_add(out, seen->alarm == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_ALARM, NULL,
                         "metric alarm %s", ALARMS_USE_NAME);
    change_field(change, "alarm", seen->alarm == NULL ? NULL : json_text(live, ctx->arena),
                 want == NULL ? change_unknown : json_text(want, ctx->arena));
}

static void filters_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    if (!has_log_group(ctx)) {
        changes_note(out, "the trail is no detector of honey tokens: log_archive has no "
                          "log_group_days");
        return;
    }
    diff_filters(ctx, have, out);
    diff_alarm(ctx, have, out);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static int apply_filter(struct control_ctx *ctx, const struct change *change, struct err *err)
{
    const struct filter *filter = change->subject;
    struct json *params = json_object(ctx->arena), *metric;

    json_put_str(params, "logGroupName", TRAIL_LOGS_NAME);
    json_put_str(params, "filterName", filter->name);
    if (change->step == STEP_DELETE_FILTER)
        return aws_call(ctx->target, AWS_LOGS_DELETE_METRIC_FILTER, params, ctx->arena, NULL, err);
    if (filter->pattern == NULL)
        return err_set(err, ERR_CONFLICT, "an account that %s names does not exist yet",
                       filter->name);
    json_put_str(params, "filterPattern", filter->pattern);
    metric = json_add_object(json_put_array(params, "metricTransformations"));
    json_put_str(metric, "metricNamespace", metric_space);
    json_put_str(metric, "metricName", ALARMS_USE_NAME);
    json_put_str(metric, "metricValue", "1");
    return aws_call(ctx->target, AWS_LOGS_PUT_METRIC_FILTER, params, ctx->arena, NULL, err);
}

/* An update takes no tags: it leaves those that are there. */
static int apply_alarm(struct control_ctx *ctx, const struct change *change, struct err *err)
{
    struct json *params = wanted_alarm(ctx);

    if (params == NULL)
        return err_set(err, ERR_CONFLICT, "the security account does not exist yet");
    json_put_str(params, "AlarmName", ALARMS_USE_NAME);
    if (change->kind == CHANGE_CREATE)
        control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    return aws_call(ctx->target, AWS_CLOUDWATCH_PUT_METRIC_ALARM, params, ctx->arena, NULL, err);
}

static int filters_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                         struct err *err)
{
    (void)have;
    return change->step == STEP_ALARM ? apply_alarm(ctx, change, err)
                                      : apply_filter(ctx, change, err);
}

static const char *const filters_after[] = {"accounts", "cloudtrail", "alarms", NULL};
static const char *const filters_follows[] = {"honey_map", NULL};

const struct control control_honey_filters = {
    .name = "honey_filters",
    .part_of = "honey_tokens",
    .title = "the trail as a detector of honey tokens",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .after = filters_after,
    .follows = filters_follows,
    .needs = ROLE_SECURITY,
    .ops = filter_ops,
    .seen_size = sizeof(struct filters_seen),
    .observe = filters_observe,
    .diff = filters_diff,
    .apply = filters_apply,
};
