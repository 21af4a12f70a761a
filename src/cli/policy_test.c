#include "policy_test.h"

#include "load.h"
#include "policy_cases.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/baseline/guardrails.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { TEXT_BYTES_MOST = 64 * 1024 * 1024 };

#define POLICY_FORMAT "plinth/policy-test/v1"

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

static void put_doubts(const struct test *test)
{
    const struct diags *doubts = &test->cases.doubts;

    for (size_t i = 0; i < doubts->count; i++) {
        const struct diag *doubt = &doubts->items[i];

        put_warning(&test->options->common,
                    arena_printf(test->arena, "%s:%d:%d: %s", doubt->mark.file, doubt->mark.line,
                                 doubt->mark.column, doubt->text));
    }
}

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
    put_doubts(test);
    if (ask_all(test, &err) != 0)
        return fail(&test->options->common, &err);
    ok = put_results(test);
    return ok && test->failed == 0 ? EXIT_DONE : EXIT_ERROR;
}

int policy_test_run(const struct baseline_opts *options, const char *file, const char *baseline)
{
    struct test test = {.options = options, .arena = arena_new("policy test")};
    int code = test_policies(&test, file, baseline);

    arena_free(test.arena);
    return code;
}
