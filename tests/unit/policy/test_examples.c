/* Guardrails of the kinds that others publish: parsed, linted, minified and evaluated. */
#include "plinth/base/arena.h"
#include "plinth/policy/evaluate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lint_table.h"

#define EXAMPLES PLINTH_SOURCEDIR "/tests/policy/examples/"
#define DEVELOPER "arn:aws:iam::111122223333:role/Developer"

enum { EXAMPLES_LEAST = 25, KEYS_MOST = 8 };

static struct node *read_yaml(const char *path, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct node *root = NULL;

    if (node_parse_file(path, arena, &root, &err) != 0)
        fail_msg("%s", err.text);
    return root;
}

/* --- Lint ----------------------------------------------------------------------------------------
 */

/* The findings are those of the row, in its order. */
static void check_lint(const struct node *row, const struct json *document, struct arena *arena)
{
    const struct node *codes = node_get(row, "lint");
    const struct lint_document linted = {.name = node_get(row, "file")->text,
                                         .document = document,
                                         .kind = table_kind(node_get(row, "kind")->text)};
    struct lint_result result;
    struct err err = ERR_INIT;

    if (policy_lint(&linted, 1, arena, &result, &err) != 0)
        fail_msg("%s", err.text);
    if (result.count != codes->count)
        fail_msg("%s: %zu findings and not %zu: %s", linted.name, result.count, codes->count,
                 result.count == 0 ? "" : result.findings[0].text);
    for (size_t i = 0; i < result.count; i++)
        assert_string_equal(lint_rule(result.findings[i].code)->name, codes->items[i]->text);
}

/* --- Requests ------------------------------------------------------------------------------------
 */

static void read_request(const struct node *node, struct policy_request *out,
                         struct policy_key *keys, struct arena *arena)
{
    const struct node *given = node_get(node, "keys");

    *out = (struct policy_request){.action = table_text(node, "action", NULL),
                                   .resource = table_text(node, "resource", "*"),
                                   .region = table_text(node, "region", "eu-west-1"),
                                   .resource_account = "111122223333",
                                   .keys = keys,
                                   .keys_complete = true};
    assert_true(
        policy_principal_parse(table_text(node, "principal", DEVELOPER), arena, &out->principal));
    for (size_t i = 0; given != NULL && i < given->count; i++) {
        const char **value = arena_alloc(arena, sizeof *value);

        assert_true(i < KEYS_MOST);
        *value = given->items[i]->text;
        keys[out->key_count++] = (struct policy_key){given->keys[i]->text, value, 1};
    }
}

static bool denies(const struct json *document, const struct node *node, enum policy_kind kind,
                   struct arena *arena)
{
    static const struct policy_label label = {"example", "tested"};
    const struct policy_compiled *policy;
    struct policy_key keys[KEYS_MOST];
    struct policy_request request;
    struct policy_answer answer;
    struct err err = ERR_INIT;

    if (policy_compile(document, kind, &label, arena, &policy, &err) != 0)
        fail_msg("%s", err.text);
    read_request(node, &request, keys, arena);
    policy_evaluate_alone(policy, &request, &answer);
    if (answer.outcome == POLICY_UNKNOWN)
        fail_msg("%s: hangs on %s", mark_text(&node->mark, arena), answer.missing);
    return answer.outcome == POLICY_DENIED && answer.reason == REASON_STATEMENT;
}

static void check_requests(const struct node *row, const struct json *document, struct arena *arena)
{
    const struct node *denied = node_get(row, "denied"), *spared = node_get(row, "spared");
    enum policy_kind kind = table_kind(node_get(row, "kind")->text);

    if (denied != NULL && !denies(document, denied, kind, arena))
        fail_msg("%s: does not deny it", mark_text(&denied->mark, arena));
    if (denies(document, spared, kind, arena))
        fail_msg("%s: denies it", mark_text(&spared->mark, arena));
}

/* --- All of them ---------------------------------------------------------------------------------
 */

static void check_example(const struct node *row, struct arena *arena)
{
    const char *path = arena_printf(arena, "%s%s", EXAMPLES, node_get(row, "file")->text);
    const char *minified;
    struct json *document, *again;
    struct err err = ERR_INIT;

    if (policy_node_to_json(read_yaml(path, arena), arena, &document, &err) != 0)
        fail_msg("%s", err.text);
    check_lint(row, document, arena);
    check_requests(row, document, arena);
    minified = policy_document_minify(document, false, arena);
    assert_true(strlen(minified) <= strlen(json_text(document, arena)));
    assert_int_equal(json_parse(minified, strlen(minified), arena, &again, &err), 0);
    assert_true(policy_document_equal(document, again));
    check_lint(row, again, arena);
    check_requests(row, again, arena);
}

static void test_each_is_linted_minified_and_evaluated(void **state)
{
    struct arena *arena = arena_new("examples");
    const struct node *rows = read_yaml(EXAMPLES "requests.yaml", arena);

    (void)state;
    assert_true(rows->count >= EXAMPLES_LEAST);
    for (size_t i = 0; i < rows->count; i++)
        check_example(rows->items[i], arena);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_is_linted_minified_and_evaluated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
