/*
 * honey_test.c - plinth honey test: use each token once, and wait until every detector told of it.
 *
 * events    the rule of the token on the central bus: heard at the topic, by the token's name
 * trail     found in the trail's log group by a metric filter that is there, and the metric alarm
 *           heard at the topic (or on already)
 * last use  what AWS says of the key, role or secret
 *
 * A stop (Ctrl-C) ends the waiting: what was used until then is noted and told, so that the alarms
 * that still come surprise nobody.
 */
#include "ear.h"
#include "honey.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"
#include "plinth/control/alarms.h"
#include "plinth/fiber/fiber.h"

#include <inttypes.h>
#include <string.h>

enum { PAUSE_MS = 500, LOOKS_MS = 3000 };
enum { REPORT_BYTES_MOST = 1024 * 1024 };

enum detector { EVENTS, TRAIL, LAST_USE, DETECTOR_COUNT };

static const char *const detector_names[DETECTOR_COUNT] = {"events", "trail", "last use"};
static const char *const detector_keys[DETECTOR_COUNT] = {"events", "trail", "last_use"};

/* One token that was used. */
struct trial {
    struct honey_row *row;
    const char *untried; /* why it was not used; NULL: it was */
    bool begun;          /* untried, but its use was under way: it may have been seen */
    bool refused;        /* it was, and AWS refused it */
    int64_t wall_ms;     /* when */
    bool logged;         /* a filter finds it in the log group */
    int64_t after_ms[DETECTOR_COUNT]; /* -1: nothing was heard (yet) */
};

struct test {
    struct honey_run *run;
    struct ear ear;
    struct trial *trials;
    int64_t start_us;
    int64_t alarm_ms;   /* since the start: when the metric alarm was heard; -1: it was not */
    bool known;         /* that these uses are our own was noted */
    bool stopped;       /* it did not come to its end */
    struct err unknown; /* why it could not be noted */
};

/* --- Who should tell -----------------------------------------------------------------------------
 */

static bool is_due(const struct trial *trial, enum detector detector)
{
    enum honey_kind kind = trial->row->entry->kind;

    if (trial->untried != NULL || detector != LAST_USE)
        return trial->untried == NULL;
    /* A key that is refused was used; a role or a secret was not. */
    return honey_has_last_use(kind) && (kind == HONEY_ACCESS_KEY || !trial->refused);
}

static bool is_missing(const struct trial *trial, enum detector detector)
{
    return is_due(trial, detector) && trial->after_ms[detector] < 0;
}

static bool is_complete(const struct test *test)
{
    for (size_t i = 0; i < test->run->count; i++)
        for (int detector = 0; detector < DETECTOR_COUNT; detector++)
            if (is_missing(&test->trials[i], (enum detector)detector))
                return false;
    return true;
}

static int64_t elapsed_ms(const struct test *test)
{
    return (env_mono_us(&test->run->session->env) - test->start_us) / 1000;
}

/* --- Using ---------------------------------------------------------------------------------------
 */

static void begin_trials(struct test *test)
{
    struct honey_run *run = test->run;
    struct trial *trials = arena_array(run->arena, run->count, sizeof *trials);

    for (size_t i = 0; i < run->count; i++)
        trials[i] = (struct trial){.row = &run->rows[i],
                                   .untried = "stopped before its turn",
                                   .wall_ms = env_wall_ms(&run->session->env),
                                   .after_ms = {-1, -1, -1}};
    test->trials = trials;
}

static int use_all(struct test *test, struct err *err)
{
    for (size_t i = 0; i < test->run->count; i++) {
        struct trial *trial = &test->trials[i];

        trial->wall_ms = env_wall_ms(&test->run->session->env);
        trial->untried = NULL;
        if (honey_fire(test->run, trial->row, &trial->refused, err) == 0)
            continue;
        trial->begun = err->code == ERR_CANCELLED;
        trial->untried = trial->begun ? "stopped while it was used; an alarm may come"
                                      : arena_str(test->run->arena, err->text);
        if (trial->begun)
            return -1;
        err_clear(err);
    }
    return 0;
}

/* --- The topic -----------------------------------------------------------------------------------
 */

static void note_message(struct test *test, const char *body)
{
    if (strstr(body, "AlarmName") != NULL && strstr(body, ALARMS_USE_NAME) != NULL &&
        test->alarm_ms < 0)
        test->alarm_ms = elapsed_ms(test);
    for (size_t i = 0; i < test->run->count; i++) {
        struct trial *trial = &test->trials[i];
        const char *words =
            arena_printf(test->run->arena, "HONEY TOKEN %s was used (", trial->row->entry->label);

        if (trial->after_ms[EVENTS] < 0 && strstr(body, words) != NULL)
            trial->after_ms[EVENTS] = elapsed_ms(test);
    }
}

static int listen_once(struct test *test, struct arena *scratch, struct err *err)
{
    const struct json *messages;

    if (ear_hear(&test->ear, scratch, &messages, err) != 0)
        return -1;
    for (const struct json *it = json_first(messages); it != NULL; it = it->next)
        if (json_str(it, "Body") != NULL)
            note_message(test, json_str(it, "Body"));
    return 0;
}

/* --- The log group -------------------------------------------------------------------------------
 */

static int management_target(const struct test *test, struct aws_target *out, struct err *err)
{
    const struct baseline *baseline = test->run->session->loaded.baseline;

    return honey_target(test->run, baseline_account_with_role(baseline, ROLE_MANAGEMENT)->name,
                        baseline->home_region, out, err);
}

/* An alarm that is on says nothing when it would go on again. */
static int look_at_alarm(struct test *test, struct err *err)
{
    struct json *params = json_object(test->run->arena);
    const struct json *list;
    struct aws_target target;

    json_add_str(json_put_array(params, "AlarmNames"), ALARMS_USE_NAME);
    if (management_target(test, &target, err) != 0 ||
        aws_list(&target, AWS_CLOUDWATCH_DESCRIBE_ALARMS, params, test->run->arena, &list, err) !=
            0)
        return -1;
    test->alarm_ms = str_eq(json_str(json_first(list), "StateValue"), "ALARM") ? 0 : -1;
    return 0;
}

/* Its name stands in every record of its use; a secret's ARN in the map ends in '?'s. */
static void note_record(struct test *test, const char *record)
{
    for (size_t i = 0; i < test->run->count; i++) {
        struct trial *trial = &test->trials[i];

        if (is_due(trial, TRAIL) && strstr(record, trial->row->entry->name) != NULL)
            trial->logged = true;
    }
}

static int search(struct test *test, const struct aws_target *target, const char *pattern,
                  struct arena *scratch, struct err *err)
{
    struct json *params = json_object(scratch);
    const struct json *list;

    json_put_str(params, "logGroupName", TRAIL_LOGS_NAME);
    json_put_str(params, "filterPattern", pattern);
    json_put_number(params, "startTime", (double)(test->trials[0].wall_ms - 1000));
    if (aws_list(target, AWS_LOGS_FILTER_LOG_EVENTS, params, scratch, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (json_str(it, "message") != NULL)
            note_record(test, json_str(it, "message"));
    return 0;
}

/* The filters are asked as they are, not as they should be. */
static int look_at_logs(struct test *test, struct arena *scratch, struct err *err)
{
    struct json *params = json_object(scratch);
    const struct json *filters;
    struct aws_target target;

    json_put_str(params, "logGroupName", TRAIL_LOGS_NAME);
    json_put_str(params, "filterNamePrefix", ALARMS_USE_NAME);
    if (management_target(test, &target, err) != 0 ||
        aws_list(&target, AWS_LOGS_DESCRIBE_METRIC_FILTERS, params, scratch, &filters, err) != 0)
        return -1;
    for (const struct json *it = json_first(filters); it != NULL; it = it->next)
        if (json_str(it, "filterPattern") != NULL &&
            search(test, &target, json_str(it, "filterPattern"), scratch, err) != 0)
            return -1;
    for (size_t i = 0; i < test->run->count; i++) {
        struct trial *trial = &test->trials[i];

        if (trial->logged && test->alarm_ms >= 0 && is_missing(trial, TRAIL))
            trial->after_ms[TRAIL] = elapsed_ms(test);
    }
    return 0;
}

/* --- Last use ------------------------------------------------------------------------------------
 */

/* AWS tells the day of some uses; of others it notes one a minute at most. */
static bool is_recent(const struct trial *trial)
{
    const struct honey_row *row = trial->row;
    int64_t grain_ms = row->used_that_day ? INT64_C(86400000) : 60000;

    return row->used_ms >= 0 && row->used_ms + grain_ms > trial->wall_ms;
}

static int look_at_uses(struct test *test, struct err *err)
{
    for (size_t i = 0; i < test->run->count; i++) {
        struct trial *trial = &test->trials[i];

        if (!is_missing(trial, LAST_USE))
            continue;
        if (honey_read_use(test->run, trial->row, err) != 0)
            return -1;
        if (is_recent(trial))
            trial->after_ms[LAST_USE] = elapsed_ms(test);
    }
    return 0;
}

/* --- Waiting -------------------------------------------------------------------------------------
 */

/* What cannot be looked at has not told: it is looked at again until the time is over. */
static int look(struct test *test, struct arena *scratch, struct err *err)
{
    if (look_at_logs(test, scratch, err) != 0) {
        if (err->code == ERR_CANCELLED)
            return -1;
        err_clear(err);
    }
    if (look_at_uses(test, err) != 0) {
        if (err->code == ERR_CANCELLED)
            return -1;
        err_clear(err);
    }
    return 0;
}

static int wait_for_all(struct test *test, struct err *err)
{
    int64_t most_ms = test->run->options->wait_s * INT64_C(1000), next_look_ms = 0;
    struct arena *scratch = arena_new_wiping("poll");
    int result = 0;

    while (result == 0 && !is_complete(test) && elapsed_ms(test) < most_ms) {
        arena_reset(scratch);
        result = listen_once(test, scratch, err);
        if (result == 0 && elapsed_ms(test) >= next_look_ms) {
            result = look(test, scratch, err);
            next_look_ms = elapsed_ms(test) + LOOKS_MS;
        }
        if (result == 0 && !is_complete(test))
            result = fiber_sleep_ms(test->run->session->sched, PAUSE_MS, err);
    }
    arena_free(scratch);
    return result;
}

/* Uses of our own are no news for the next check. */
static int remember(struct test *test, struct err *err)
{
    struct session *session = test->run->session;

    /* After a stop the session is a new one. */
    if (session->identity.account_id == NULL &&
        engine_identify(session->engine, &session->identity, err) != 0)
        return -1;
    for (size_t i = 0; i < test->run->count; i++) {
        const struct trial *trial = &test->trials[i];

        if ((trial->untried == NULL || trial->begun) &&
            honey_has_last_use(trial->row->entry->kind) &&
            honey_write_known(test->run, trial->row, env_wall_ms(&session->env), err) != 0)
            return -1;
    }
    test->known = true;
    return 0;
}

static void remember_fiber(void *arg)
{
    struct test *test = arg;

    (void)remember(test, &test->unknown);
}

static int try_all(struct test *test, struct err *err)
{
    struct session *session = test->run->session;

    if (honey_prepare(test->run, err) != 0 || look_at_alarm(test, err) != 0 ||
        ear_open(&test->ear, err) != 0)
        return -1;
    begin_trials(test);
    test->start_us = env_mono_us(&session->env);
    progress_say(&session->progress,
                 arena_printf(test->run->arena, "%zu honey tokens are used; waiting for the alarms",
                              test->run->count));
    if (use_all(test, err) != 0 || wait_for_all(test, err) != 0)
        return -1;
    return remember(test, err);
}

static void test_fiber(void *arg)
{
    struct test *test = arg;

    test->run->failed = try_all(test, &test->run->err);
}

/* --- Report --------------------------------------------------------------------------------------
 */

static void put_trial(const struct test *test, const struct trial *trial, struct buf *out)
{
    const struct honey_entry *entry = trial->row->entry;
    const char *between = "";
    bool missing = false;

    for (int detector = 0; detector < DETECTOR_COUNT; detector++)
        missing = missing || is_missing(trial, (enum detector)detector);
    if (trial->untried != NULL) {
        buf_printf(out, "untried  %s: %s\n", entry->label, trial->untried);
        return;
    }
    buf_printf(out, "%-8s %s:",
               !missing        ? "arrived"
               : test->stopped ? "stopped"
                               : "missing",
               entry->label);
    for (int detector = 0; detector < DETECTOR_COUNT; detector++) {
        if (!is_due(trial, (enum detector)detector))
            continue;
        if (is_missing(trial, (enum detector)detector))
            buf_printf(out, "%s %s %s", between, detector_names[detector],
                       test->stopped ? "had not told yet" : "DID NOT TELL");
        else
            buf_printf(out, "%s %s after %.1f s", between, detector_names[detector],
                       (double)trial->after_ms[detector] / 1000);
        between = ",";
    }
    buf_char(out, '\n');
}

/* What a test that was stopped leaves behind, beside what ear_close names. */
static void put_stopped(const struct test *test, struct buf *out)
{
    size_t used = 0;

    for (size_t i = 0; test->trials != NULL && i < test->run->count; i++)
        used += test->trials[i].untried == NULL || test->trials[i].begun;
    if (used == 0) {
        buf_printf(out, "stopped before any token was used\n");
        return;
    }
    buf_printf(out,
               "stopped: %zu of %zu tokens were used; alarms of these may still come\n"
               "%s\n",
               used, test->run->count,
               test->known ? "that these uses were a test is noted: plinth honey check tells "
                             "nothing of them"
                           : arena_printf(test->run->arena,
                                          "that these uses were a test could not be noted, and "
                                          "plinth honey check will tell of them: %s",
                                          test->unknown.text));
}

static struct json *as_json(const struct test *test)
{
    struct json *out = json_object(test->run->arena), *list;

    json_put_str(out, "format", REPORT_FORMAT);
    json_put_bool(out, "interrupted", test->stopped);
    json_put_bool(out, "known", test->known);
    list = json_put_array(out, "honey_test");
    for (size_t i = 0; test->trials != NULL && i < test->run->count; i++) {
        const struct trial *trial = &test->trials[i];
        struct json *item = json_add_object(list), *detectors;

        json_put_str(item, "token", trial->row->entry->label);
        json_put_str(item, "untried", trial->untried);
        if (trial->begun)
            json_put_bool(item, "begun", true);
        detectors = json_put_object(item, "detectors");
        for (int detector = 0; detector < DETECTOR_COUNT; detector++) {
            struct json *told;

            if (!is_due(trial, (enum detector)detector))
                continue;
            told = json_put_object(detectors, detector_keys[detector]);
            json_put_bool(told, "arrived", trial->after_ms[detector] >= 0);
            if (trial->after_ms[detector] >= 0)
                json_put_number(told, "elapsed_ms", (double)trial->after_ms[detector]);
        }
    }
    return out;
}

static bool report(const struct test *test)
{
    struct buf text;
    bool ok;

    if (wants_json(&test->run->options->run.baseline))
        return put_json(as_json(test));
    buf_init(&text, REPORT_BYTES_MOST);
    for (size_t i = 0; test->trials != NULL && i < test->run->count; i++)
        put_trial(test, &test->trials[i], &text);
    if (test->stopped)
        put_stopped(test, &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

static int conclude(const struct test *test)
{
    for (size_t i = 0; i < test->run->count; i++)
        if (test->trials[i].untried != NULL)
            return EXIT_PARTIAL;
    return is_complete(test) ? EXIT_DONE : EXIT_PARTIAL;
}

/* Told in any case: tokens were used, and alarms of that may be on their way. */
int honey_test(struct honey_run *run)
{
    struct test test = {
        .run = run,
        .ear = {.session = run->session, .baseline = run->baseline_path, .arena = run->arena},
        .unknown = ERR_INIT};
    int code;

    sched_run(run->session->sched, test_fiber, &test);
    test.stopped = run->failed != 0;
    code = ear_close(&test.ear);
    if (test.trials != NULL && !test.known && code != EXIT_ERROR)
        sched_run(run->session->sched, remember_fiber, &test);
    if ((test.trials != NULL || code == EXIT_INTERRUPTED) && !report(&test))
        return EXIT_ERROR;
    if (code != EXIT_DONE)
        return code;
    return run->failed != 0 ? session_failed(run->session, &run->err) : conclude(&test);
}
