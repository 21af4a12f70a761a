/*
 * cloudwatch_alarms.c - numbers of metrics, and alarms that look at them.
 *
 * Nothing runs between two calls: what became due meanwhile is done, in its order and with its
 * time, before the next call is answered.
 * Source: CloudWatch User Guide, "Alarm evaluation", "Configuring how CloudWatch alarms treat
 *         missing data"; "Alarm events and notifications" (the message of an SNS action).
 * Limits: a new number is looked at within a minute, in the period that it fell in; periods are
 *         shortened by the simulator's time scale; SNS actions alone are carried out.
 */
#include "cloudwatch_priv.h"
#include "events_priv.h"

#include "plinth/base/time.h"

#include <stdlib.h>
#include <string.h>

enum { SLOT_S = 10, LOOK_S = 60, KEPT_S = 24 * 60 * 60, LOOKS_MOST = 1000 };

/* --- Numbers -------------------------------------------------------------------------------------
 */

static int64_t scaled_ms(const struct sim_call *call, double seconds)
{
    double ms = seconds * 1000 * call->sim->options.time_scale;

    return ms < 1 ? 1 : (int64_t)ms;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The order of dimensions means nothing. */
static const char *series_of(const struct sim_call *call, const struct metric *metric)
{
    size_t count = metric->dimensions == NULL ? 0 : metric->dimensions->count, i = 0;
    const char **parts = arena_array(call->arena, count + 1, sizeof *parts);
    char *text = arena_printf(call->arena, "metric/%s/%s", metric->namespace, metric->name);

    for (const struct json *it = json_first(metric->dimensions); it != NULL; it = it->next)
        parts[i++] =
            arena_printf(call->arena, "%s=%s", json_str(it, "Name"), json_str(it, "Value"));
    qsort(parts, count, sizeof *parts, by_text);
    for (i = 0; i < count; i++)
        text = arena_printf(call->arena, "%s/%s", text, parts[i]);
    return text;
}

static void forget_old(struct sim_call *call, const char *account, const char *region,
                       const char *series, int64_t slot)
{
    const struct sim_record *it, *next;

    for (it = sim_first(call, account, region, series); it != NULL; it = next) {
        next = sim_store_next(it);
        if (json_number(sim_record_json(it, call->arena), "_slot", 0) >=
            (double)(slot - KEPT_S / SLOT_S))
            return;
        (void)sim_delete(call, account, region, series, sim_record_id(it));
    }
}

static void number_put(struct sim_call *call, const char *account, const char *region,
                       const char *series, double value, int64_t at_ms)
{
    int64_t slot = at_ms / scaled_ms(call, SLOT_S);
    const char *id = arena_printf(call->arena, "%lld", (long long)slot);
    struct json *point = sim_get(call, account, region, series, id);

    forget_old(call, account, region, series, slot);
    if (point == NULL)
        point = json_object(call->arena);
    sim_set_number(point, "_slot", (double)slot);
    sim_set_number(point, "Sum", json_number(point, "Sum", 0) + value);
    sim_set_number(point, "SampleCount", json_number(point, "SampleCount", 0) + 1);
    if (value <= json_number(point, "Minimum", value))
        sim_set_number(point, "Minimum", value);
    if (value >= json_number(point, "Maximum", value))
        sim_set_number(point, "Maximum", value);
    sim_put(call, account, region, series, id, point);
}

/* --- What an alarm sees --------------------------------------------------------------------------
 */

static struct metric metric_of(const struct json *alarm)
{
    return (struct metric){json_str(alarm, "Namespace"), json_str(alarm, "MetricName"),
                           json_get(alarm, "Dimensions")};
}

/* The statistic of the numbers of one period; false: there are none. */
static bool period_value(struct sim_call *call, const char *account, const char *region,
                         const struct json *alarm, int64_t from_ms, int64_t to_ms, double *out)
{
    const struct metric metric = metric_of(alarm);
    const char *statistic = json_str(alarm, "Statistic");
    double sum = 0, count = 0, low = 0, high = 0;

    for (const struct sim_record *it = sim_first(call, account, region, series_of(call, &metric));
         it != NULL; it = sim_store_next(it)) {
        const struct json *point = sim_record_json(it, call->arena);
        int64_t at_ms = (int64_t)json_number(point, "_slot", 0) * scaled_ms(call, SLOT_S);

        if (at_ms < from_ms || at_ms >= to_ms)
            continue;
        if (count == 0 || json_number(point, "Minimum", 0) < low)
            low = json_number(point, "Minimum", 0);
        if (count == 0 || json_number(point, "Maximum", 0) > high)
            high = json_number(point, "Maximum", 0);
        sum += json_number(point, "Sum", 0);
        count += json_number(point, "SampleCount", 0);
    }
    *out = str_eq(statistic, "Sum")           ? sum
           : str_eq(statistic, "SampleCount") ? count
           : str_eq(statistic, "Minimum")     ? low
           : str_eq(statistic, "Maximum")     ? high
                                              : sum / (count == 0 ? 1 : count);
    return count > 0;
}

static bool breaches(const struct json *alarm, double value)
{
    const char *op = json_str(alarm, "ComparisonOperator");
    double threshold = json_number(alarm, "Threshold", 0);

    if (str_eq(op, "GreaterThanOrEqualToThreshold"))
        return value >= threshold;
    if (str_eq(op, "GreaterThanThreshold"))
        return value > threshold;
    if (str_eq(op, "LessThanThreshold"))
        return value < threshold;
    return value <= threshold;
}

struct sight {
    size_t periods, breaching, missing;
};

/* The periods up to now; the one that is not over counts once it has numbers. */
static struct sight look_back(struct sim_call *call, const char *account, const char *region,
                              const struct json *alarm, int64_t at_ms)
{
    int64_t period_ms = scaled_ms(call, json_number(alarm, "Period", 60));
    struct sight sight = {.periods = (size_t)json_number(alarm, "EvaluationPeriods", 1)};
    int64_t last = at_ms / period_ms;
    double value;

    if (!period_value(call, account, region, alarm, last * period_ms, (last + 1) * period_ms,
                      &value))
        last--;
    for (size_t i = 0; i < sight.periods; i++) {
        int64_t from_ms = (last - (int64_t)i) * period_ms;

        if (!period_value(call, account, region, alarm, from_ms, from_ms + period_ms, &value))
            sight.missing++;
        else
            sight.breaching += breaches(alarm, value);
    }
    return sight;
}

/* NULL: it stays as it is. */
static const char *verdict(const struct json *alarm, const struct sight *sight)
{
    const char *treat = json_str(alarm, "TreatMissingData");
    size_t needed = (size_t)json_number(alarm, "DatapointsToAlarm", (double)sight->periods);
    size_t breaching = sight->breaching + (str_eq(treat, "breaching") ? sight->missing : 0);

    if (breaching >= needed)
        return "ALARM";
    if (sight->missing < sight->periods || str_eq(treat, "notBreaching"))
        return "OK";
    return str_eq(treat, "ignore") ? NULL : "INSUFFICIENT_DATA";
}

/* --- States --------------------------------------------------------------------------------------
 */

static const char *message_of(struct sim_call *call, const char *account, const char *region,
                              const struct json *alarm, const char *before, int64_t at_ms)
{
    static const char *const actions[] = {"OKActions", "AlarmActions", "InsufficientDataActions"};
    static const char *const trigger[] = {"MetricName", "Namespace",         "Statistic",
                                          "Period",     "EvaluationPeriods", "ComparisonOperator",
                                          "Threshold",  "TreatMissingData"};
    struct json *out = json_object(call->arena), *about;
    char time[TIME_TEXT_BYTES];

    time_rfc3339(at_ms, time);
    json_put_str(out, "AlarmName", json_str(alarm, "AlarmName"));
    json_put_str(out, "AlarmDescription", json_str(alarm, "AlarmDescription"));
    json_put_str(out, "AWSAccountId", account);
    json_put_str(out, "NewStateValue", json_str(alarm, "StateValue"));
    json_put_str(out, "NewStateReason", json_str(alarm, "StateReason"));
    json_put_str(out, "StateChangeTime", time);
    json_put_str(out, "Region", region);
    json_put_str(out, "AlarmArn", json_str(alarm, "AlarmArn"));
    json_put_str(out, "OldStateValue", before);
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        json_put(out, actions[i], json_get(alarm, actions[i]));
    about = json_put_object(out, "Trigger");
    for (size_t i = 0; i < sizeof trigger / sizeof trigger[0]; i++)
        if (json_get(alarm, trigger[i]) != NULL)
            json_put(about, trigger[i], json_get(alarm, trigger[i]));
    return json_text(out, call->arena);
}

static void act(struct sim_call *call, const char *account, const char *region,
                const struct json *alarm, const char *before, int64_t at_ms)
{
    const char *state = json_str(alarm, "StateValue");
    const char *list = str_eq(state, "ALARM") ? "AlarmActions"
                       : str_eq(state, "OK")  ? "OKActions"
                                              : "InsufficientDataActions";
    struct json *more = json_object(call->arena);

    if (!json_bool(alarm, "ActionsEnabled", true))
        return;
    json_put_str(more, "AWS:SourceOwner", account); /* what a topic's default policy asks for */
    for (const struct json *it = json_first(json_get(alarm, list)); it != NULL; it = it->next) {
        const struct sim_service_act publish = {.service = "cloudwatch.amazonaws.com",
                                                .action = "sns:Publish",
                                                .resource = it->string,
                                                .source_arn = json_str(alarm, "AlarmArn"),
                                                .source_account = account,
                                                .more = more};

        (void)sns_publish_for(call, it->string,
                              message_of(call, account, region, alarm, before, at_ms), &publish);
    }
}

void alarm_enter(struct sim_call *call, const char *account, const char *region, struct json *alarm,
                 const char *state, const char *reason, int64_t at_ms)
{
    const char *before = arena_str(call->arena, json_str(alarm, "StateValue"));
    bool changed = !str_eq(before, state);

    sim_set_str(alarm, "StateValue", state);
    sim_set_str(alarm, "StateReason", reason);
    sim_set_number(alarm, "StateUpdatedTimestamp", (double)at_ms / 1000);
    if (changed)
        sim_set_number(alarm, "StateTransitionedTimestamp", (double)at_ms / 1000);
    sim_put(call, account, region, "alarm", json_str(alarm, "AlarmName"), alarm);
    if (changed)
        act(call, account, region, alarm, before, at_ms);
}

/* --- When an alarm is looked at ------------------------------------------------------------------
 */

void alarm_schedule(struct sim_call *call, const char *account, const char *region,
                    const struct json *alarm, int64_t due_ms)
{
    const char *arn = json_str(alarm, "AlarmArn");
    const struct json *there = sim_get(call, "", "", "alarm-look", arn);
    struct json *turn = json_object(call->arena);

    if (there != NULL && json_number(there, "_ready_ms", 0) <= (double)due_ms)
        return;
    json_put_str(turn, "account", account);
    json_put_str(turn, "region", region);
    json_put_str(turn, "name", json_str(alarm, "AlarmName"));
    json_put_number(turn, "_ready_ms", (double)due_ms);
    sim_put(call, "", "", "alarm-look", arn, turn);
}

/* As of `at_ms`; while there are numbers in sight, the end of this period is the next turn. */
static void look(struct sim_call *call, const char *account, const char *region, struct json *alarm,
                 int64_t at_ms)
{
    int64_t period_ms = scaled_ms(call, json_number(alarm, "Period", 60));
    const struct sight sight = look_back(call, account, region, alarm, at_ms);
    const char *state = verdict(alarm, &sight);

    if (sight.missing < sight.periods)
        alarm_schedule(call, account, region, alarm, (at_ms / period_ms + 1) * period_ms);
    if (state != NULL && !str_eq(state, json_str(alarm, "StateValue")))
        alarm_enter(call, account, region, alarm, state,
                    arena_printf(call->arena,
                                 "Threshold Crossed: %zu of %zu datapoints %s the threshold",
                                 sight.breaching, sight.periods,
                                 str_eq(state, "ALARM") ? "crossed" : "did not cross"),
                    at_ms);
}

static bool same_metric(const struct sim_call *call, const struct json *alarm, const char *series)
{
    const struct metric metric = metric_of(alarm);

    return str_eq(series_of(call, &metric), series);
}

void metric_add(struct sim_call *call, const char *account, const char *region,
                const struct metric *metric, double value, int64_t at_ms)
{
    const char *series = series_of(call, metric);

    number_put(call, account, region, series, value, at_ms);
    for (const struct sim_record *it = sim_first(call, account, region, "alarm"); it != NULL;
         it = sim_store_next(it)) {
        struct json *alarm = sim_record_json(it, call->arena);

        if (!same_metric(call, alarm, series))
            continue;
        if (sim_due_ms(call, LOOK_S) <= call->now_ms)
            look(call, account, region, alarm, at_ms);
        else
            alarm_schedule(call, account, region, alarm,
                           (at_ms / scaled_ms(call, LOOK_S) + 1) * scaled_ms(call, LOOK_S));
    }
}

/* The turn that came first of those that are due; NULL: none is. */
static struct json *next_turn(struct sim_call *call)
{
    struct json *first = NULL;

    for (const struct sim_record *it = sim_first(call, "", "", "alarm-look"); it != NULL;
         it = sim_store_next(it)) {
        struct json *turn = sim_record_json(it, call->arena);

        if (sim_ready(call, turn) && (first == NULL || json_number(turn, "_ready_ms", 0) <
                                                           json_number(first, "_ready_ms", 0)))
            first = turn;
    }
    return first;
}

void sim_alarms_look(struct sim_call *call)
{
    const struct json *turn;

    for (int i = 0; i < LOOKS_MOST && (turn = next_turn(call)) != NULL; i++) {
        const char *account = json_str(turn, "account"), *region = json_str(turn, "region");
        const char *name = json_str(turn, "name");
        struct json *alarm = sim_get(call, account, region, "alarm", name);
        const char *arn = sim_arn(call, "cloudwatch", region, account, "alarm:%s", name);

        (void)sim_delete(call, "", "", "alarm-look", arn);
        if (alarm != NULL)
            look(call, account, region, alarm, (int64_t)json_number(turn, "_ready_ms", 0));
    }
}
