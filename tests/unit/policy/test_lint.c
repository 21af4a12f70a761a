/* Lint: documents as a whole, documents beside each other, places, and the price of hostile ones.
 */
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/policy/evaluate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lint_table.h"

enum { HOSTILE_BYTES = 4 * 1024 * 1024, STATEMENTS = 1000 };

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct json *parse(struct arena *arena, const char *text, size_t len)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (json_parse(text, len, arena, &json, &err) != 0)
        fail_msg("%s", err.text);
    return json;
}

static struct lint_result lint(struct arena *arena, const struct lint_document *documents,
                               size_t count)
{
    struct lint_result result;
    struct err err = ERR_INIT;

    if (policy_lint(documents, count, arena, &result, &err) != 0)
        fail_msg("%s", err.text);
    return result;
}

static bool has(const struct lint_result *result, enum lint_code code)
{
    for (size_t i = 0; i < result->count; i++)
        if (result->findings[i].code == code)
            return true;
    return false;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

/* A kind of finding that no document proves is one that nobody may rely on. */
static void test_every_kind_of_finding_has_a_document(void **state)
{
    static const char *const tables[] = {"document",  "action",        "resource",
                                         "condition", "contradiction", "shadow"};
    bool covered[LINT_CODE_COUNT] = {false};

    (void)state;
    covered[LINT_SIZE] = covered[LINT_TOO_COMPLEX] = true; /* too large for a table: below */
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        table_run(tables[i], covered);
    for (int i = 0; i < LINT_CODE_COUNT; i++)
        if (!covered[i])
            fail_msg("no document for %s", lint_rule((enum lint_code)i)->name);
}

/* A Deny of an action that is listed twice, for a resource of that many characters more. */
static struct json *padded(struct arena *arena, size_t count)
{
    struct json *document;
    struct buf text;

    buf_init(&text, HOSTILE_BYTES);
    buf_str(&text, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":"
                   "[\"s3:GetObject\",\"s3:GetObject\"],\"Resource\":\"arn:aws:s3:::x");
    for (size_t i = 0; i < count; i++)
        buf_char(&text, 'x');
    buf_str(&text, "\"}]}");
    document = parse(arena, buf_text(&text), text.len);
    buf_fini(&text);
    return document;
}

static void test_a_document_is_measured_as_it_is_minified(void **state)
{
    struct lint_document document = {
        .name = "a", .kind = POLICY_SCP, .type = policy_type_find("service_control_policy")};
    size_t room = document.type->characters_max -
                  strlen(policy_document_minify(padded(*state, 0), false, *state));
    struct lint_result result;

    document.document = padded(*state, room);
    result = lint(*state, &document, 1);
    assert_int_equal(result.count, 0);
    document.document = padded(*state, room + 1);
    result = lint(*state, &document, 1);
    assert_int_equal(result.count, 1);
    assert_true(has(&result, LINT_SIZE));
    assert_string_equal(result.findings[0].text,
                        "10241 characters when minified; SCP has 10240 at the most");
}

/* --- Beside each other ---------------------------------------------------------------------------
 */

static void test_a_deny_of_the_root_is_over_one_of_a_unit(void **state)
{
    static const char wide[] = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"All\","
                               "\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\"}]}";
    static const char narrow[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":"
        "\"s3:PutObject\",\"Resource\":\"*\"}]}";
    struct lint_document documents[2] = {
        {.name = "wide", .kind = POLICY_SCP, .targets = "root"},
        {.name = "narrow", .kind = POLICY_SCP, .targets = "Work"},
    };
    struct lint_result result;

    documents[0].document = parse(*state, wide, strlen(wide));
    documents[1].document = parse(*state, narrow, strlen(narrow));
    result = lint(*state, documents, 2);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.findings[0].code, LINT_SHADOWED);
    assert_int_equal(result.findings[0].document, 1);
    assert_string_equal(result.findings[0].text, "All of wide denies all of it already");

    documents[0].targets = "Work";
    documents[1].targets = "root";
    assert_int_equal(lint(*state, documents, 2).count, 0);
    documents[1].targets = NULL;
    assert_int_equal(lint(*state, documents, 2).count, 0);
    documents[1].targets = "Work";
    assert_int_equal(lint(*state, documents, 2).count, 1);
    documents[1].kind = POLICY_ANY;
    assert_int_equal(lint(*state, documents, 2).count, 0);
}

/* --- Places --------------------------------------------------------------------------------------
 */

static void test_a_finding_has_its_place_in_the_file(void **state)
{
    static const char yaml[] = "Version: \"2012-10-17\"\n"
                               "Statement:\n"
                               "  - {Effect: Deny, Action: \"s3:*\", Resource: \"*\"}\n"
                               "  - Effect: Deny\n"
                               "    Action:\n"
                               "      - ec2:RunInstances\n"
                               "      - ec2:RunInstance\n"
                               "    Resource: \"*\"\n";
    struct lint_document document = {.name = "a"};
    struct lint_result result;
    struct err err = ERR_INIT;
    struct node *root;
    struct json *json;

    assert_int_equal(node_parse(yaml, strlen(yaml), "a.yaml", *state, &root, &err), 0);
    assert_int_equal(policy_node_to_json(root, *state, &json, &err), 0);
    document.document = json;
    result = lint(*state, &document, 1);
    assert_int_equal(result.count, 1);
    assert_int_equal(result.findings[0].statement, 2);
    assert_string_equal(lint_path_text(&result.findings[0], *state), "Statement[2].Action[2]");
    assert_int_equal(lint_node(&result.findings[0], root)->mark.line, 7);
    assert_int_equal(lint_node(&result.findings[0], root)->mark.column, 9);
    /* What is not there any more: the innermost value that is. */
    assert_int_equal(lint_node(&result.findings[0], root->items[0])->mark.line, 1);
}

/* --- Hostile documents ---------------------------------------------------------------------------
 */

/* `count` times `item`, with a number in it, as one list of actions; `rest` stands behind. */
static struct json *hostile(struct arena *arena, size_t count, const char *item, const char *rest)
{
    struct json *json;
    struct buf text;

    buf_init(&text, HOSTILE_BYTES);
    buf_str(&text, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Resource\":"
                   "\"*\",\"Action\":[");
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, "%s\"%s%zu\"", i == 0 ? "" : ",", item, i);
    buf_printf(&text, "]%s}]}", rest);
    assert_false(text.overflow);
    json = parse(arena, buf_text(&text), text.len);
    buf_fini(&text);
    return json;
}

/* The price of a lint, and of one evaluation, for that many of them. */
static void price(size_t count, const char *item, uint64_t *out_lint, uint64_t *out_evaluate)
{
    static const struct policy_label label = {"SCP", "hostile"};
    struct arena *arena = arena_new("price");
    struct lint_document document = {.name = "a", .document = hostile(arena, count, item, "")};
    const struct policy_request request = {
        .principal = {.kind = PRINCIPAL_ROLE,
                      .arn = "arn:aws:iam::111122223333:role/x",
                      .account = "111122223333"},
        .action = "ec2:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        .resource = "*"};
    struct lint_result result = lint(arena, &document, 1);
    const struct policy_compiled *compiled;
    struct policy_answer answer;
    struct err err = ERR_INIT;
    size_t bytes = strlen(json_text(document.document, arena));

    assert_true(result.steps <= LINT_STEPS_BASE + (uint64_t)bytes * LINT_STEPS_PER_BYTE);
    assert_true(result.count <= LIMIT_LINT_FINDINGS);
    assert_int_equal(policy_compile(document.document, POLICY_ANY, &label, arena, &compiled, &err),
                     0);
    policy_evaluate_alone(compiled, &request, &answer);
    *out_lint = result.steps;
    *out_evaluate = answer.steps;
    arena_free(arena);
}

/* Steps are counted, and not time.  Four times the document may cost four times as much, and what
 * little there is besides. */
static void test_ten_thousand_wildcards_cost_in_proportion(void **state)
{
    static const char *const items[] = {"ec2:*a*a*a*a*a*a*a*b", "ec2:*", "ec2:Nothing",
                                        "ec2:?*?*?*?*?*?*?*zz", "nothing:*"};

    (void)state;
    for (size_t i = 0; i < sizeof items / sizeof items[0]; i++) {
        uint64_t lint_few, lint_many, evaluate_few, evaluate_many;

        price(2500, items[i], &lint_few, &evaluate_few);
        price(10000, items[i], &lint_many, &evaluate_many);
        if (lint_many > 5 * lint_few + LINT_STEPS_BASE || evaluate_many > 5 * evaluate_few + 1000)
            fail_msg("%s: lint %llu to %llu, evaluate %llu to %llu", items[i],
                     (unsigned long long)lint_few, (unsigned long long)lint_many,
                     (unsigned long long)evaluate_few, (unsigned long long)evaluate_many);
    }
}

/* What compares each with each stops, and says so. */
static void test_what_would_cost_more_is_told(void **state)
{
    struct lint_document document = {.name = "a"};
    struct lint_result result;
    struct json *statements = json_object(*state), *list;

    json_put_str(statements, "Version", "2012-10-17");
    list = json_put_array(statements, "Statement");
    for (size_t i = 0; i < STATEMENTS; i++) {
        struct json *statement = json_add_object(list);

        json_put_str(statement, "Effect", "Deny");
        json_put_str(statement, "Action", "*");
        json_put_str(statement, "Resource",
                     arena_printf(*state, "arn:aws:s3:::*a*a*a*a*a*a*a*a*a*a*a*b%zu", i));
    }
    document.document = statements;
    result = lint(*state, &document, 1);
    assert_int_equal(result.count, 1);
    assert_true(has(&result, LINT_TOO_COMPLEX));
    assert_int_equal(lint_count(&result, LINT_WARNING), 1);
    assert_true(result.steps > LINT_STEPS_BASE);
}

static void test_what_is_too_large_is_refused(void **state)
{
    struct lint_document document = {.name = "huge.json",
                                     .document = hostile(*state, 60 * 1000, "s3:GetObject", "")};
    struct lint_result result;
    struct err err = ERR_INIT;

    assert_int_equal(policy_lint(&document, 1, *state, &result, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(str_starts(err.text, "huge.json: too large to lint"));
}

static void test_findings_past_the_limit_are_counted(void **state)
{
    struct lint_document document = {.name = "a",
                                     .document = hostile(*state, 1500, "s3:Nothing", "")};
    struct lint_result result = lint(*state, &document, 1);

    assert_int_equal(result.count, LIMIT_LINT_FINDINGS);
    assert_true(result.dropped >= 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_of_finding_has_a_document),
        cmocka_unit_test_setup_teardown(test_a_document_is_measured_as_it_is_minified, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_deny_of_the_root_is_over_one_of_a_unit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_finding_has_its_place_in_the_file, setup, teardown),
        cmocka_unit_test(test_ten_thousand_wildcards_cost_in_proportion),
        cmocka_unit_test_setup_teardown(test_what_would_cost_more_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_too_large_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_findings_past_the_limit_are_counted, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
