#include "load.h"
#include "policy_cases.h"
#include "policy_lint.h"
#include "policy_replay.h"
#include "policy_views.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/baseline/guardrails.h"
#include "plinth/codec/json.h"

#include <stddef.h>
#include <string.h>

enum { TEXT_BYTES_MOST = 64 * 1024 * 1024, PATHS_MOST = 1000 * 1000 };

#define POLICY_FORMAT "plinth/policy-test/v1"

static const struct opt policy_options[] = {
    BASELINE_OPTS,
    {"output", 0, OPT_CHOICE, offsetof(struct common, output), "text|json|tap|junit|sarif",
     "what to print on standard output; tap and junit: of test; sarif: of lint"},
    {"baseline", 0, OPT_TEXT, offsetof(struct policy_opts, against), "BASELINE",
     "(replay) the baseline whose policies are tried; else ./plinth.yaml"},
    {"since", 0, OPT_TEXT, offsetof(struct policy_opts, since), "TIME",
     "(replay) events from then on: 2026-11-24, or 2026-11-24T14:00:00Z"},
    {"until", 0, OPT_TEXT, offsetof(struct policy_opts, until), "TIME", "(replay) events before"},
    {"account", 0, OPT_WORDS, offsetof(struct run_opts, accounts), "NAME|ID",
     "(replay) only what this account did; (who-can) the account that it is done in"},
    {"lookup", 0, OPT_FLAG, offsetof(struct policy_opts, lookup), NULL,
     "(replay) ask CloudTrail's event history in every account, instead of reading files"},
    {"region", 0, OPT_WORDS, offsetof(struct run_opts, regions), "REGION",
     "(replay --lookup) only in this region; (who-can) aws:RequestedRegion, else home_region"},
    {"profile", 0, OPT_TEXT, offsetof(struct run_opts, profile), "NAME",
     "(replay --lookup, who-can --live) profile of ~/.aws/config; else AWS_PROFILE"},
    {"resource", 0, OPT_TEXT, offsetof(struct policy_opts, resource), "ARN",
     "(who-can) the resource; else it is not known"},
    {"live", 0, OPT_FLAG, offsetof(struct policy_opts, live), NULL,
     "(who-can) ask about what hangs in AWS now, whoever made it, and not about the baseline"},
    {"kind", 0, OPT_CHOICE, offsetof(struct policy_opts, kind),
     "any|identity|resource|trust|scp|rcp", "(lint) what kind of policies the JSON documents are"},
    {"top", 0, OPT_NUMBER, offsetof(struct policy_opts, top), "N",
     "(replay) show so many kinds; 50 if not given, all of them in JSON"},
    {0},
};

struct test {
    const struct baseline_opts *options;
    struct arena *arena;
    struct loaded file; /* the cases; its path and mistakes */
    struct loaded loaded;
    struct policy_cases cases;
    struct policy_answer *answers; /* of each case */
    size_t failed;
};

/* --- Asking --------------------------------------------------------------------------------------
 */

/* A principal of another account is bound by SCPs that are not here: what is over the resource is
 * asked alone. */
static bool is_foreign(const struct policy_request *request)
{
    return request->principal.account != NULL &&
           !str_eq(request->principal.account, request->resource_account);
}

static bool passes(const struct policy_case *tested, const struct policy_answer *answer)
{
    if (!str_eq(policy_outcome_name(answer->outcome), tested->expect))
        return false;
    return tested->by == NULL || str_eq(tested->by, answer->sid) ||
           (answer->policy != NULL && str_eq(tested->by, policy_compiled_name(answer->policy)));
}

static int ask_all(struct test *test, struct err *err)
{
    struct guardrails *guardrails;

    if (guardrails_new(test->loaded.baseline, test->arena, &guardrails, err) != 0)
        return -1;
    test->answers = arena_array(test->arena, test->cases.count + 1, sizeof *test->answers);
    for (size_t i = 0; i < test->cases.count; i++) {
        const struct policy_case *tested = &test->cases.items[i];
        struct policy_attached over;

        guardrails_over(guardrails, tested->ou, tested->account, &over);
        over.management_principal = over.management_principal || is_foreign(&tested->request);
        policy_evaluate(&over, &tested->request, &test->answers[i]);
        test->failed += !passes(tested, &test->answers[i]);
    }
    return 0;
}

/* --- What it came to -----------------------------------------------------------------------------
 */

static void put_case_text(const struct test *test, size_t index, struct buf *out)
{
    const struct policy_case *tested = &test->cases.items[index];
    const struct policy_answer *answer = &test->answers[index];
    bool ok = passes(tested, answer);

    if (ok && !test->options->common.verbose)
        return;
    buf_printf(out, "%s %s:%d: ", ok ? "ok  " : "FAIL", tested->node->mark.file,
               tested->node->mark.line);
    if (tested->name != NULL)
        buf_printf(out, "%s: ", tested->name);
    if (!ok)
        buf_printf(out, "must be %s%s%s, but ", tested->expect, tested->by == NULL ? "" : " by ",
                   tested->by == NULL ? "" : tested->by);
    buf_printf(out, "%s\n", policy_answer_text(answer, tested->what, test->arena));
}

static bool put_text(const struct test *test)
{
    struct buf out;
    bool ok;

    buf_init(&out, TEXT_BYTES_MOST);
    for (size_t i = 0; i < test->cases.count; i++)
        put_case_text(test, i, &out);
    buf_printf(&out, "%zu passed, %zu failed\n", test->cases.count - test->failed, test->failed);
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok;
}

static bool put_document(const struct test *test)
{
    struct json *document = json_object(test->arena), *list;

    json_put_str(document, "format", POLICY_FORMAT);
    json_put_str(document, "baseline", test->loaded.path);
    json_put_number(document, "passed", (double)(test->cases.count - test->failed));
    json_put_number(document, "failed", (double)test->failed);
    list = json_put_array(document, "cases");
    for (size_t i = 0; i < test->cases.count; i++) {
        const struct policy_case *tested = &test->cases.items[i];
        const struct policy_answer *answer = &test->answers[i];
        struct json *item = json_add_object(list);

        json_put_str(item, "file", tested->node->mark.file);
        json_put_number(item, "line", tested->node->mark.line);
        json_put_str(item, "name", tested->name);
        json_put_str(item, "action", tested->request.action);
        json_put_bool(item, "passed", passes(tested, answer));
        json_put_str(item, "expected", tested->expect);
        json_put_str(item, "outcome", policy_outcome_name(answer->outcome));
        if (answer->policy != NULL)
            json_put_str(item, "policy", policy_compiled_name(answer->policy));
        if (answer->policy != NULL)
            json_put_number(item, "statement", (double)(answer->statement + 1));
        json_put_str(item, "sid", answer->sid);
        json_put_str(item, "missing", answer->missing);
        json_put_str(item, "text", policy_answer_text(answer, tested->what, test->arena));
    }
    return put_json(document);
}

/* --- For test runners ----------------------------------------------------------------------------
 */

/* What the case is called: its name, or what it asks. */
static const char *title_of(const struct test *test, size_t index)
{
    const struct policy_case *tested = &test->cases.items[index];

    return tested->name == NULL ? tested->what
                                : arena_printf(test->arena, "%s: %s", tested->name, tested->what);
}

static const char *failure_of(const struct test *test, size_t index)
{
    const struct policy_case *tested = &test->cases.items[index];

    return arena_printf(test->arena, "must be %s%s%s, but %s", tested->expect,
                        tested->by == NULL ? "" : " by ", tested->by == NULL ? "" : tested->by,
                        policy_answer_text(&test->answers[index], tested->what, test->arena));
}

/* Test Anything Protocol 13: a description holds no "#", which begins a directive. */
static void put_tap(const struct test *test, struct buf *out)
{
    buf_printf(out, "TAP version 13\n1..%zu\n", test->cases.count);
    for (size_t i = 0; i < test->cases.count; i++) {
        const struct mark *mark = &test->cases.items[i].node->mark;
        bool ok = passes(&test->cases.items[i], &test->answers[i]);
        char *title = arena_str(test->arena, title_of(test, i));
        char *failure = arena_str(test->arena, failure_of(test, i));

        str_defang(title, ' ');
        str_defang(failure, ' ');
        for (char *at = title; *at != '\0'; at++)
            if (*at == '#')
                *at = ' ';
        buf_printf(out, "%s %zu - %s\n", ok ? "ok" : "not ok", i + 1, title);
        if (!ok)
            buf_printf(out, "# %s:%d: %s\n", mark->file, mark->line, failure);
    }
}

/* In an attribute; control characters are not allowed in XML at all. */
static void put_attribute(const char *name, const char *value, struct arena *arena, struct buf *out)
{
    char *text = arena_str(arena, value);

    str_defang(text, ' ');
    buf_printf(out, " %s=\"", name);
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            buf_str(out, "&amp;");
            break;
        case '<':
            buf_str(out, "&lt;");
            break;
        case '"':
            buf_str(out, "&quot;");
            break;
        default:
            buf_char(out, *text);
        }
    buf_char(out, '"');
}

static void put_junit(const struct test *test, struct buf *out)
{
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<testsuite tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\"",
               test->cases.count, test->failed);
    put_attribute("name", test->file.path, test->arena, out);
    buf_str(out, ">\n");
    for (size_t i = 0; i < test->cases.count; i++) {
        const struct mark *mark = &test->cases.items[i].node->mark;

        buf_printf(out, "  <testcase line=\"%d\"", mark->line);
        put_attribute("file", mark->file, test->arena, out);
        put_attribute("classname", test->loaded.path, test->arena, out);
        put_attribute("name", title_of(test, i), test->arena, out);
        if (passes(&test->cases.items[i], &test->answers[i])) {
            buf_str(out, "/>\n");
            continue;
        }
        buf_str(out, ">\n    <failure");
        put_attribute("message", failure_of(test, i), test->arena, out);
        buf_str(out, "/>\n  </testcase>\n");
    }
    buf_str(out, "</testsuite>\n");
}

static bool put_for_runner(const struct test *test, void (*put)(const struct test *, struct buf *))
{
    struct buf out;
    bool ok;

    buf_init(&out, TEXT_BYTES_MOST);
    put(test, &out);
    ok = put_result(buf_text(&out), out.len);
    buf_fini(&out);
    return ok;
}

static bool put_results(const struct test *test)
{
    const char *output = test->options->common.output;

    if (str_eq(output, "tap"))
        return put_for_runner(test, put_tap);
    if (str_eq(output, "junit"))
        return put_for_runner(test, put_junit);
    return wants_json(test->options) ? put_document(test) : put_text(test);
}

/* --- The command ---------------------------------------------------------------------------------
 */

static int test_policies(struct test *test, const char *file, const char *baseline)
{
    struct err err = ERR_INIT;
    bool ok;

    test->file.path = file;
    diags_init(&test->file.diags, test->arena);
    if (policy_cases_read(file, test->arena, &test->cases, &test->file.diags, &err) != 0)
        return load_failed(&test->file, test->options, &err);
    if (load_baseline(baseline == NULL ? test->cases.baseline : baseline, &test->options->variables,
                      test->arena, &test->loaded, &err) != 0)
        return load_failed(&test->loaded, test->options, &err);
    if (policy_cases_resolve(&test->cases, test->loaded.baseline, test->arena, &test->file.diags,
                             &err) != 0)
        return load_failed(&test->file, test->options, &err);
    if (ask_all(test, &err) != 0)
        return fail(&test->options->common, &err);
    ok = put_results(test);
    return ok && test->failed == 0 ? EXIT_DONE : EXIT_ERROR;
}

/* plinth policy test: FILE [BASELINE] */
static int test_run(const struct policy_opts *options, const char *const *words)
{
    struct test test = {.options = &options->run.baseline, .arena = arena_new("policy")};
    int code = test_policies(&test, words[0], words[1]);

    arena_free(test.arena);
    return code;
}

static int check_test(const struct policy_opts *options, const struct words *words, struct err *err)
{
    const char *output = options->run.baseline.common.output;

    if (words->count == 1)
        return err_set(err, ERR_USAGE, "policy test: which file?");
    if (words->count > 3)
        return err_set(err, ERR_USAGE, "policy test: too many arguments: \"%s\"", words->items[3]);
    if (str_eq(output, "sarif"))
        return err_set(err, ERR_USAGE,
                       "policy test: --output is text|json|tap|junit, not \"sarif\"");
    return 0;
}

static int check_replay(const struct policy_opts *options, const struct words *words,
                        struct err *err)
{
    const char *output = options->run.baseline.common.output;

    if (str_eq(output, "tap") || str_eq(output, "junit") || str_eq(output, "sarif"))
        return err_set(err, ERR_USAGE, "policy replay: --output is text|json, not \"%s\"", output);
    if (options->lookup && words->count > 1)
        return err_set(err, ERR_USAGE, "policy replay: --lookup takes no files");
    if (!options->lookup && words->count == 1)
        return err_set(err, ERR_USAGE, "policy replay: which files or folders?");
    return 0;
}

static int check_lint(const struct policy_opts *options, struct err *err)
{
    const char *output = options->run.baseline.common.output;

    if (str_eq(output, "tap") || str_eq(output, "junit"))
        return err_set(err, ERR_USAGE, "policy lint: --output is text|json|sarif, not \"%s\"",
                       output);
    return 0;
}

static int check_who_can(const struct policy_opts *options, const struct words *words,
                         struct err *err)
{
    if (words->count == 1 || strchr(words->items[1], ':') == NULL)
        return err_set(err, ERR_USAGE, "policy who-can: which action?  It reads service:Action");
    if (strpbrk(words->items[1], "*?") != NULL)
        return err_set(err, ERR_USAGE, "policy who-can: one action, not the pattern \"%s\"",
                       words->items[1]);
    if (words->count > 3)
        return err_set(err, ERR_USAGE, "policy who-can: too many arguments: \"%s\"",
                       words->items[3]);
    if (options->run.accounts.count != 1 || options->run.regions.count > 1)
        return err_set(err, ERR_USAGE,
                       "policy who-can: needs one --account, and takes one --region");
    return 0;
}

static int check_effective(const struct policy_opts *options, const struct words *words,
                           struct err *err)
{
    if (words->count == 1)
        return err_set(err, ERR_USAGE, "policy effective: of which account or unit?");
    if (words->count > 3)
        return err_set(err, ERR_USAGE, "policy effective: too many arguments: \"%s\"",
                       words->items[3]);
    if (options->live)
        return err_set(err, ERR_USAGE, "policy effective: --live is for who-can");
    return 0;
}

static int check_view(const struct policy_opts *options, const struct words *words, struct err *err)
{
    const char *output = options->run.baseline.common.output, *what = words->items[0];

    if (output != NULL && !str_eq(output, "text") && !str_eq(output, "json"))
        return err_set(err, ERR_USAGE, "policy %s: --output is text|json, not \"%s\"", what,
                       output);
    return str_eq(what, "who-can") ? check_who_can(options, words, err)
                                   : check_effective(options, words, err);
}

static int policy_run(const void *options, const struct words *positional)
{
    const struct policy_opts *opts = options;
    const char *what = positional->count == 0 ? NULL : positional->items[0];
    struct err err = ERR_INIT;

    if (str_eq(what, "test") && check_test(opts, positional, &err) == 0)
        return test_run(opts, positional->items + 1);
    if (str_eq(what, "replay") && check_replay(opts, positional, &err) == 0)
        return policy_replay_run(opts, positional->items + 1);
    if (str_eq(what, "lint") && check_lint(opts, &err) == 0)
        return policy_lint_run(opts, positional->items + 1, positional->count - 1);
    if (str_eq(what, "who-can") && check_view(opts, positional, &err) == 0)
        return policy_who_can_run(opts, positional->items[1],
                                  positional->count > 2 ? positional->items[2] : NULL);
    if (str_eq(what, "effective") && check_view(opts, positional, &err) == 0)
        return policy_effective_run(opts, positional->items[1],
                                    positional->count > 2 ? positional->items[2] : NULL);
    if (err.code == ERR_NONE)
        (void)err_set(&err, ERR_USAGE,
                      "policy: say what: plinth policy lint FILE, plinth policy test FILE, plinth "
                      "policy replay PATH, plinth policy who-can ACTION, plinth policy effective "
                      "ACCOUNT");
    return fail(&opts->run.baseline.common, &err);
}

const struct command command_policy = {
    .name = "policy",
    .summary = "lint policies, and try what a baseline's policies allow and deny",
    .usage = "lint [FILE|BASELINE]... | test FILE [BASELINE] | replay PATH... | replay --lookup | "
             "who-can ACTION --account NAME [BASELINE] | effective ACCOUNT|OU [BASELINE]",
    .text =
        "Evaluates the SCPs and RCPs of a baseline as AWS would, from the root to the account.\n"
        "Identity policies are taken to allow everything.  What a request does not tell "
        "is "
        "never\n"
        "guessed: if the outcome hangs on it, it is unknown.\n\n"
        "lint: what is wrong, useless or dangerous in policy documents (JSON, or - for standard "
        "input),\n"
        "templates and baselines: unknown actions and condition keys, statements that never match, "
        "a\n"
        "Deny that is void or that a wider one makes needless.  Exits with 2 for warnings and 65 "
        "for "
        "errors.\n\n"
        "test: for the requests of a YAML file, compared with what it expects of each: allow, deny "
        "or\n"
        "unknown.  Prints what differs, with --verbose all of it, and exits with 1 if any did.  "
        "The\n"
        "baseline is the one that FILE names, else ./plinth.yaml.\n\n"
        "replay: for past events, as CloudTrail writes them: folders, .json and .json.gz files, "
        "tar and\n"
        "zip archives of them, one record a line, or - for standard input.  Prints what would be "
        "denied\n"
        "newly, by principal, action, region and account, and the statement that does it; exits "
        "with 2\n"
        "if anything would, else with 4 if something could not be read.  --lookup asks CloudTrail "
        "instead, for what it keeps of the last day, "
        "or since\n"
        "--since (90 days at the most; management events, some hundred in a second).\n\n"
        "who-can: for the roles that the baseline knows, any other role, service-linked roles and "
        "the root\n"
        "user: whether the SCPs and RCPs let them do ACTION in the account, by which statement "
        "not, and\n"
        "what that hangs on.\n\n"
        "effective: which policies are over an account or unit, from the root down, with what they "
        "say in\n"
        "words, their sizes and the quotas.",
    .examples = "  plinth policy lint guardrail.json --kind scp\n"
                "  plinth policy test policies.test.yaml\n"
                "  plinth policy test policies.test.yaml startup --verbose\n"
                "  plinth policy replay AWSLogs/ --since 2026-11-01\n"
                "  plinth policy who-can s3:DeleteBucketPolicy --account Security\n"
                "  plinth policy effective Workloads/Prod startup\n",
    .opts = policy_options,
    .options_size = sizeof(struct policy_opts),
    .positional_most = PATHS_MOST,
    .ops = policy_lookup_ops,
    .run = policy_run,
};
