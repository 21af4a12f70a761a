/*
 * cmd_alarms.c - plinth alarms test: a harmless event from accounts and regions, and how long it
 *                takes to the central topic.
 */
#include "ear.h"
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

enum { TIMEOUT_S = 300, TIMEOUT_MOST_S = 3600, PAUSE_MS = 500 };
enum { REPORT_BYTES_MOST = 1024 * 1024 };

struct alarms_opts {
    struct run_opts run;
    long timeout_s;
};

static const struct opt test_options[] = {
    {"account", 0, OPT_WORDS, offsetof(struct run_opts, accounts), "NAME|ID",
     "send from this account; else from one of the members"},
    {"region", 0, OPT_WORDS, offsetof(struct run_opts, regions), "REGION",
     "send in this region; else in the home region and where global services are recorded"},
    {"timeout", 0, OPT_NUMBER, offsetof(struct alarms_opts, timeout_s), "SECONDS",
     "how long to wait; 300 if not given", .least = 1, .most = TIMEOUT_MOST_S,
     .fallback = TIMEOUT_S},
    PROFILE_OPT,
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
    struct session *session;
    struct arena *arena; /* outlives the session */
    VEC(struct probe) probes;
    struct ear ear;
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
                       .token = ear_random(&test->ear),
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

/* Only the end of the time counts. */
static int wait_for_all(struct test *test, struct err *err)
{
    long timeout_s = test->options->timeout_s;
    int64_t deadline_us = now_us(test) + timeout_s * INT64_C(1000000);
    struct arena *scratch = arena_new("poll");
    int result = 0;

    while (result == 0 && is_worth_waiting(test) && now_us(test) < deadline_us) {
        const struct json *messages;

        arena_reset(scratch);
        result = ear_hear(&test->ear, scratch, &messages, err);
        if (result == 0)
            note_arrivals(test, messages);
        if (result == 0 && is_worth_waiting(test))
            result = fiber_sleep_ms(test->session->sched, PAUSE_MS, err);
    }
    arena_free(scratch);
    return result;
}

static int try_the_way(struct test *test, struct err *err)
{
    struct session *session = test->session;

    if (engine_identify(session->engine, &session->identity, err) != 0 ||
        engine_check_selection(session->engine, err) != 0 || choose(test, err) != 0 ||
        ear_open(&test->ear, err) != 0)
        return -1;
    progress_say(&session->progress,
                 arena_printf(test->arena, "%zu test events; waiting for them at topic %s",
                              test->probes.count, ALARMS_NAME));
    return send_all(test, err) != 0 ? -1 : wait_for_all(test, err);
}

static void test_fiber(void *arg)
{
    struct test *test = arg;

    test->failed = try_the_way(test, &test->err);
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
                        .session = &session,
                        .arena = arena_new("alarms test"),
                        .err = ERR_INIT};
    int code = session_open(&session, &options->run, baseline);

    test.ear = (struct ear){.session = &session, .baseline = baseline, .arena = test.arena};
    if (code == EXIT_DONE) {
        sched_run(session.sched, test_fiber, &test);
        code = ear_close(&test.ear);
        if (code == EXIT_DONE)
            code = conclude(&test);
    }
    session_close(&session);
    arena_free(test.arena);
    return code;
}

static int test_run(const void *options, const struct words *positional)
{
    return test_alarms(options, word_at(positional, 0));
}

static const struct command verb_test = {
    .name = "alarms test",
    .summary = "send a harmless event, and wait until it arrives",
    .usage = "[BASELINE]",
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
    .opts = test_options,
    .options_size = sizeof(struct alarms_opts),
    .positional_most = 1,
    .ops = alarms_test_ops,
    .run = test_run,
};

static const struct command *const alarms_verbs[] = {&verb_test, NULL};

const struct command command_alarms = {
    .name = "alarms",
    .summary = "try whether alarms arrive",
    .text = "Tries whether what alarms tell of reaches who should hear of it.",
    .examples = "  plinth alarms test\n",
    .control = "alarms",
    .verbs = alarms_verbs,
};
