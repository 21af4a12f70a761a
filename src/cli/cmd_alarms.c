/*
 * cmd_alarms.c - plinth alarms test: a harmless event from accounts and regions, and how long it
 *                takes to the central topic.
 *
 * It listens with a queue of its own under the topic.  The queue goes away whatever happens: after
 * Ctrl-C, when a scheduler that was stopped sends nothing any more, in a session of its own.
 */
#include "session.h"

#include "plinth/aws/call.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/control/alarms.h"
#include "plinth/fiber/fiber.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_S = 300, TIMEOUT_MOST_S = 3600, PAUSE_MS = 500, WAIT_S = 2, TOKEN_CHARS = 16 };
enum { REPORT_BYTES_MOST = 1024 * 1024 };

struct alarms_opts {
    struct run_opts run;
    long timeout_s;
};

static const struct opt alarms_options[] = {
    {"account", 0, OPT_WORDS, offsetof(struct run_opts, accounts), "NAME|ID",
     "send from this account; else from one of the members"},
    {"region", 0, OPT_WORDS, offsetof(struct run_opts, regions), "REGION",
     "send in this region; else in the home region and where global services are recorded"},
    {"timeout", 0, OPT_NUMBER, offsetof(struct alarms_opts, timeout_s), "SECONDS",
     "how long to wait; 300 if not given"},
    {"profile", 0, OPT_TEXT, offsetof(struct run_opts, profile), "NAME",
     "profile of ~/.aws/config; else AWS_PROFILE"},
    BASELINE_OPTS,
    OUTPUT_OPT,
    {0},
};

/* One event on its way. */
struct probe {
    const struct account *account;
    const char *account_id, *region;
    const char *token;   /* known again by it */
    const char *failure; /* NULL: it was sent */
    int64_t sent_us;
    int64_t elapsed_ms; /* -1: it did not arrive */
};

struct test {
    const struct alarms_opts *options;
    const char *baseline; /* as the command line names it; NULL */
    struct session *session;
    struct arena *arena; /* outlives the session */
    VEC(struct probe) probes;
    const char *queue_name, *queue_url; /* NULL: there is none (any more) */
    const char *subscription_arn;
    struct err err;
    int failed;
};

/* --- Who and where -------------------------------------------------------------------------------
 */

static const struct baseline *baseline_of(const struct test *test)
{
    return test->session->loaded.baseline;
}

static bool is_named(const char *const *words, const char *word)
{
    for (size_t i = 0; words != NULL && word != NULL && words[i] != NULL; i++)
        if (str_eq(words[i], word))
            return true;
    return false;
}

/* Who watches does not stand for who is watched: a workload if there is one. */
static const struct account *default_account(const struct baseline *baseline)
{
    for (size_t i = 0; i < baseline->account_count; i++)
        if ((baseline->accounts[i].roles & (ROLE_MANAGEMENT | ROLE_SECURITY)) == 0)
            return &baseline->accounts[i];
    return baseline_account_with_role(baseline, ROLE_SECURITY);
}

static const char *random_text(struct test *test)
{
    char *uuid = arena_alloc(test->arena, 37);

    rng_uuid(test->session->env.rng, uuid);
    uuid[TOKEN_CHARS + 2] = '\0'; /* with its two dashes */
    return uuid;
}

static int add_probe(struct test *test, const struct account *account, const char *region,
                     struct err *err)
{
    struct aws_target target;

    if (!engine_enter(test->session->engine, account, region, &target))
        return err_set(err, ERR_NOTFOUND, "account %s does not exist yet", account->name);
    *VEC_ADD(test->arena, &test->probes) =
        (struct probe){.account = account,
                       .account_id = arena_str(test->arena, target.account_id),
                       .region = arena_str(test->arena, region),
                       .token = random_text(test),
                       .elapsed_ms = -1};
    return 0;
}

static int add_account(struct test *test, const struct account *account, struct err *err)
{
    const struct baseline *baseline = baseline_of(test);
    const char *const *regions = test->options->run.regions.items;
    const char *global = aws_partition_find(test->session->identity.partition) == NULL
                             ? baseline->home_region
                             : aws_partition_find(test->session->identity.partition)->global_region;

    for (size_t i = 0; regions != NULL && regions[i] != NULL; i++)
        if (add_probe(test, account, regions[i], err) != 0)
            return -1;
    if (regions != NULL && regions[0] != NULL)
        return 0;
    if (add_probe(test, account, baseline->home_region, err) != 0)
        return -1;
    return str_eq(global, baseline->home_region) ? 0 : add_probe(test, account, global, err);
}

static int choose(struct test *test, struct err *err)
{
    const struct baseline *baseline = baseline_of(test);
    const char *const *names = test->options->run.accounts.items;

    if (baseline_control_node(baseline, "alarms", NULL) == NULL)
        return err_set(err, ERR_USAGE, "this baseline has no `alarms` under `controls`");
    if (names == NULL || names[0] == NULL)
        return add_account(test, default_account(baseline), err);
    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];
        struct aws_target target;
        bool exists = engine_enter(test->session->engine, account, baseline->home_region, &target);

        if ((is_named(names, account->name) || (exists && is_named(names, target.account_id))) &&
            add_account(test, account, err) != 0)
            return -1;
    }
    return 0;
}

/* --- The ear -------------------------------------------------------------------------------------
 */

/* Where everything comes together. */
static int central(const struct test *test, struct aws_target *out, struct err *err)
{
    const struct baseline *baseline = baseline_of(test);
    const struct account *security = baseline_account_with_role(baseline, ROLE_SECURITY);

    if (!engine_enter(test->session->engine, security, baseline->home_region, out))
        return err_set(err, ERR_NOTFOUND, "account %s does not exist yet", security->name);
    out->allowed = alarms_test_ops;
    return 0;
}

static const char *arn_of(const struct test *test, const struct aws_target *target,
                          const char *service, const char *name)
{
    return arena_printf(test->arena, "arn:%s:%s:%s:%s:%s", test->session->identity.partition,
                        service, target->region, target->account_id, name);
}

static const char *queue_policy(const struct test *test, const struct aws_target *target)
{
    struct json *document = json_object(test->arena), *statement;

    json_put_str(document, "Version", "2012-10-17");
    statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "Service", "sns.amazonaws.com");
    json_put_str(statement, "Action", "sqs:SendMessage");
    json_put_str(statement, "Resource", arn_of(test, target, "sqs", test->queue_name));
    json_put_str(json_put_object(json_put_object(statement, "Condition"), "ArnEquals"),
                 "aws:SourceArn", arn_of(test, target, "sns", ALARMS_NAME));
    return json_text(document, test->arena);
}

/* Creating it once more finds it, so a lost answer is asked for again. */
static int create_queue(struct test *test, const struct aws_target *target, struct err *err)
{
    struct json *params = json_object(test->arena);
    const struct json *answer;
    int result;

    test->queue_name = arena_printf(test->arena, ALARMS_NAME "-test-%s", random_text(test));
    json_put_str(params, "QueueName", test->queue_name);
    json_put_str(json_put_object(params, "Attributes"), "Policy", queue_policy(test, target));
    result = aws_call(target, AWS_SQS_CREATE_QUEUE, params, test->arena, &answer, err);
    if (result != 0 && err->code == ERR_LOST) {
        err_clear(err);
        result = aws_call(target, AWS_SQS_CREATE_QUEUE, params, test->arena, &answer, err);
    }
    return result != 0 ? -1 : json_need_str(answer, "QueueUrl", &test->queue_url, err);
}

static int listen_on(struct test *test, const struct aws_target *target, struct err *err)
{
    struct json *params = json_object(test->arena);
    const struct json *answer;

    if (create_queue(test, target, err) != 0)
        return -1;
    json_put_str(params, "TopicArn", arn_of(test, target, "sns", ALARMS_NAME));
    json_put_str(params, "Protocol", "sqs");
    json_put_str(params, "Endpoint", arn_of(test, target, "sqs", test->queue_name));
    json_put_bool(params, "ReturnSubscriptionArn", true);
    if (aws_call(target, AWS_SNS_SUBSCRIBE, params, test->arena, &answer, err) != 0)
        return err->code == ERR_NOTFOUND
                   ? err_wrap(err, "the alarms are not there yet (plinth apply)")
                   : -1;
    return json_need_str(answer, "SubscriptionArn", &test->subscription_arn, err);
}

/* --- Sending and waiting -------------------------------------------------------------------------
 */

static int64_t now_us(const struct test *test)
{
    return env_mono_us(&test->session->env);
}

static const char *put_event(struct test *test, const struct probe *probe,
                             const struct aws_target *target, struct err *err)
{
    struct json *params = json_object(test->arena), *detail = json_object(test->arena), *entry;
    const struct json *answer;

    json_put_str(detail, "token", probe->token);
    entry = json_add_object(json_put_array(params, "Entries"));
    json_put_str(entry, "Source", ALARMS_TEST_SOURCE);
    json_put_str(entry, "DetailType", ALARMS_TEST_TYPE);
    json_put_str(entry, "Detail", json_text(detail, test->arena));
    if (aws_call(target, AWS_EVENTS_PUT_EVENTS, params, test->arena, &answer, err) != 0)
        return arena_str(test->arena, err->text);
    if (json_number(answer, "FailedEntryCount", 0) > 0)
        return json_text(json_get(answer, "Entries"), test->arena);
    return NULL;
}

/* What cannot be sent does not arrive, and does not stop the others. */
static int send_all(struct test *test, struct err *err)
{
    for (size_t i = 0; i < test->probes.count; i++) {
        struct probe *probe = &test->probes.items[i];
        struct aws_target target;

        if (!engine_enter(test->session->engine, probe->account, probe->region, &target))
            continue;
        target.allowed = alarms_test_ops;
        probe->sent_us = now_us(test);
        probe->failure = put_event(test, probe, &target, err);
        if (err->code == ERR_CANCELLED)
            return -1;
        err_clear(err);
    }
    return 0;
}

static size_t missing(const struct test *test)
{
    size_t count = 0;

    for (size_t i = 0; i < test->probes.count; i++)
        count += test->probes.items[i].elapsed_ms < 0;
    return count;
}

static bool is_worth_waiting(const struct test *test)
{
    for (size_t i = 0; i < test->probes.count; i++)
        if (test->probes.items[i].elapsed_ms < 0 && test->probes.items[i].failure == NULL)
            return true;
    return false;
}

static void note_arrivals(struct test *test, const struct json *messages)
{
    for (const struct json *it = json_first(messages); it != NULL; it = it->next)
        for (size_t i = 0; i < test->probes.count; i++) {
            struct probe *probe = &test->probes.items[i];
            const char *body = json_str(it, "Body");

            if (probe->elapsed_ms < 0 && body != NULL && strstr(body, probe->token) != NULL)
                probe->elapsed_ms = (now_us(test) - probe->sent_us) / 1000;
        }
}

/* A poll that fails is followed by the next one: only the end of the time counts. */
static int wait_for_all(struct test *test, const struct aws_target *target, struct err *err)
{
    long timeout_s = test->options->timeout_s == 0 ? TIMEOUT_S : test->options->timeout_s;
    int64_t deadline_us = now_us(test) + timeout_s * INT64_C(1000000);
    struct json *params = json_object(test->arena);
    struct arena *scratch = arena_new("poll");
    int result = 0;

    json_put_str(params, "QueueUrl", test->queue_url);
    json_put_number(params, "MaxNumberOfMessages", 10);
    json_put_number(params, "WaitTimeSeconds", WAIT_S);
    while (result == 0 && is_worth_waiting(test) && now_us(test) < deadline_us) {
        const struct json *answer;

        arena_reset(scratch);
        if (aws_call(target, AWS_SQS_RECEIVE_MESSAGE, params, scratch, &answer, err) == 0)
            note_arrivals(test, json_get(answer, "Messages"));
        else if (err->code != ERR_CANCELLED)
            err_clear(err);
        if (err->code == ERR_CANCELLED ||
            (is_worth_waiting(test) && fiber_sleep_ms(test->session->sched, PAUSE_MS, err) != 0))
            result = -1;
    }
    arena_free(scratch);
    return result;
}

static int try_the_way(struct test *test, struct err *err)
{
    struct session *session = test->session;
    struct aws_target target;

    if (engine_identify(session->engine, &session->identity, err) != 0 ||
        engine_check_selection(session->engine, err) != 0 || choose(test, err) != 0 ||
        central(test, &target, err) != 0 || listen_on(test, &target, err) != 0)
        return -1;
    progress_say(&session->progress,
                 arena_printf(test->arena, "%zu test events; waiting for them at topic %s",
                              test->probes.count, ALARMS_NAME));
    return send_all(test, err) != 0 ? -1 : wait_for_all(test, &target, err);
}

static void test_fiber(void *arg)
{
    struct test *test = arg;

    test->failed = try_the_way(test, &test->err);
}

/* --- Cleaning up ---------------------------------------------------------------------------------
 */

/* A lost answer is no matter: both may be done again. */
static int forget(const struct test *test, const struct aws_target *target, enum aws_op op,
                  const char *key, const char *value, struct err *err)
{
    struct json *params = json_object(test->arena);

    json_put_str(params, key, value);
    for (int attempt = 0; attempt < 2; attempt++) {
        err_clear(err);
        if (aws_call(target, op, params, test->arena, NULL, err) == 0 || err->code == ERR_NOTFOUND)
            return 0;
    }
    return -1;
}

static int clean_up(struct test *test, struct err *err)
{
    struct session *session = test->session;
    struct aws_target target;

    if ((session->identity.account_id == NULL &&
         engine_identify(session->engine, &session->identity, err) != 0) ||
        central(test, &target, err) != 0)
        return -1;
    if (test->subscription_arn != NULL &&
        forget(test, &target, AWS_SNS_UNSUBSCRIBE, "SubscriptionArn", test->subscription_arn,
               err) != 0)
        return -1;
    test->subscription_arn = NULL;
    if (forget(test, &target, AWS_SQS_DELETE_QUEUE, "QueueUrl", test->queue_url, err) != 0)
        return -1;
    test->queue_url = NULL;
    return 0;
}

struct cleaning {
    struct test *test;
    struct err err;
    int failed;
};

static void clean_fiber(void *arg)
{
    struct cleaning *cleaning = arg;

    cleaning->failed = clean_up(cleaning->test, &cleaning->err);
}

/* False: something stays behind, and is named. */
static bool take_away(struct test *test)
{
    struct cleaning cleaning = {.test = test, .err = ERR_INIT};

    if (test->queue_url == NULL)
        return true;
    sched_run(test->session->sched, clean_fiber, &cleaning);
    if (cleaning.failed == 0)
        return true;
    (void)err_wrap(&cleaning.err,
                   "queue %s stays in the security account: delete it, and its "
                   "subscription to topic %s",
                   test->queue_name, ALARMS_NAME);
    put_error(&test->options->run.baseline.common, &cleaning.err);
    return false;
}

/* After Ctrl-C: the session that was stopped calls nobody. */
static bool take_away_anew(struct test *test)
{
    struct session session;
    bool done = false;

    session_close(test->session);
    test->session = &session;
    if (session_open(&session, &test->options->run, test->baseline) == EXIT_DONE)
        done = take_away(test);
    session_close(&session);
    return done;
}

/* --- Report --------------------------------------------------------------------------------------
 */

static void put_text(const struct test *test, struct buf *out)
{
    for (size_t i = 0; i < test->probes.count; i++) {
        const struct probe *probe = &test->probes.items[i];

        buf_printf(out, "%-8s %s (%s) %s", probe->elapsed_ms < 0 ? "missing" : "arrived",
                   probe->account->name, probe->account_id, probe->region);
        if (probe->elapsed_ms >= 0)
            buf_printf(out, " after %.1f s", (double)probe->elapsed_ms / 1000);
        else if (probe->failure != NULL)
            buf_printf(out, ": could not be sent: %s", probe->failure);
        buf_char(out, '\n');
    }
}

static struct json *as_json(const struct test *test)
{
    struct json *out = json_object(test->arena), *list;

    json_put_str(out, "format", REPORT_FORMAT);
    list = json_put_array(out, "alarms_test");
    for (size_t i = 0; i < test->probes.count; i++) {
        const struct probe *probe = &test->probes.items[i];
        struct json *item = json_add_object(list);

        json_put_str(item, "account", probe->account->name);
        json_put_str(item, "account_id", probe->account_id);
        json_put_str(item, "region", probe->region);
        json_put_bool(item, "arrived", probe->elapsed_ms >= 0);
        if (probe->elapsed_ms >= 0)
            json_put_number(item, "elapsed_ms", (double)probe->elapsed_ms);
        json_put_str(item, "error", probe->failure);
    }
    return out;
}

static bool report(const struct test *test)
{
    struct buf text;
    bool ok;

    if (wants_json(&test->options->run.baseline))
        return put_json(as_json(test));
    buf_init(&text, REPORT_BYTES_MOST);
    put_text(test, &text);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

static int conclude(const struct test *test)
{
    size_t lost = missing(test);

    if (test->failed != 0)
        return session_failed(test->session, &test->err);
    if (!report(test))
        return EXIT_ERROR;
    if (lost == 0)
        return EXIT_DONE;
    return lost == test->probes.count ? EXIT_ERROR : EXIT_PARTIAL;
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int test_alarms(const struct alarms_opts *options, const char *baseline)
{
    struct session session;
    struct test test = {.options = options,
                        .baseline = baseline,
                        .session = &session,
                        .arena = arena_new("alarms test"),
                        .err = ERR_INIT};
    int code = session_open(&session, &options->run, baseline);

    if (code == EXIT_DONE) {
        sched_run(session.sched, test_fiber, &test);
        if (sched_stopping(session.sched)) {
            code = take_away_anew(&test) ? EXIT_INTERRUPTED : EXIT_ERROR;
            arena_free(test.arena);
            return code;
        }
        code = take_away(&test) ? EXIT_DONE : EXIT_ERROR;
        if (code == EXIT_DONE)
            code = conclude(&test);
    }
    session_close(&session);
    arena_free(test.arena);
    return code;
}

static int alarms_run(const void *options, const struct words *positional)
{
    const struct alarms_opts *own = options;
    struct err err = ERR_INIT;

    if (positional->count == 0 || !str_eq(positional->items[0], "test"))
        (void)err_set(&err, ERR_USAGE, "alarms: say what: plinth alarms test");
    else if (own->timeout_s < 0 || own->timeout_s > TIMEOUT_MOST_S)
        (void)err_set(&err, ERR_USAGE, "alarms: --timeout is from 1 to %d", TIMEOUT_MOST_S);
    if (err.code != ERR_NONE)
        return fail(options, &err);
    return test_alarms(own, positional->count == 1 ? NULL : positional->items[1]);
}

const struct command command_alarms = {
    .name = "alarms",
    .summary = "try whether alarms arrive",
    .usage = "test [BASELINE]",
    .text =
        "Sends a harmless event (source " ALARMS_TEST_SOURCE
        ") in a member account, in the home region and in\n"
        "the one where global services are recorded, or where --account and --region say.  "
        "Waits until\n"
        "each arrives at the central topic, and says how long it took.  It listens with a queue "
        "in the\n"
        "security account, which it deletes again.  Who is subscribed to the alarms gets the "
        "events too.\n"
        "Exits with 0 when all arrived, with 4 when some did not, and with 1 when none did.",
    .examples = "  plinth alarms test\n"
                "  plinth alarms test --account prod --region eu-west-1 --timeout 60 startup\n",
    .opts = alarms_options,
    .options_size = sizeof(struct alarms_opts),
    .positional_most = 2,
    .run = alarms_run,
};
