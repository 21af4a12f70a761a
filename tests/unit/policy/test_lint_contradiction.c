/* Lint: conditions that cannot hold together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lint_table.h"
#include "random_policy.h"

static void test_each_finding_and_the_nearest_document_without_it(void **state)
{
    bool covered[LINT_CODE_COUNT] = {false};

    (void)state;
    table_run("contradiction", covered);
}

static void check_silent(const struct json *document, size_t number, struct arena *arena)
{
    struct json *alone = json_object(arena);

    json_put_str(alone, "Version", "2012-10-17");
    json_add(json_put_array(alone, "Statement"),
             json_at(json_get(document, "Statement"), number - 1));
    for (size_t k = 0; k < REQUESTS; k++) {
        struct request request = request_by_number(k);

        assert_int_equal(judge(alone, &request), SILENT);
    }
}

/* By the second opinion of judge.h: neither with the key nor without it. */
static void test_what_never_matches_never_does(void **state)
{
    struct rng *rng = rng_seeded_new(20261126);
    size_t never = 0;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct arena *arena = arena_new("round");
        struct json *document = random_policy(rng, true, arena);
        const struct lint_document linted = {.name = "random", .document = document};
        struct lint_result result;
        struct err err = ERR_INIT;

        assert_int_equal(policy_lint(&linted, 1, arena, &result, &err), 0);
        for (size_t i = 0; i < result.count; i++) {
            enum lint_code code = result.findings[i].code;

            if (code != LINT_NEVER_MATCHES && code != LINT_VOID)
                continue;
            never++;
            check_silent(document, result.findings[i].statement, arena);
        }
        arena_free(arena);
    }
    rng_seeded_free(rng);
    assert_true(never > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_finding_and_the_nearest_document_without_it),
        cmocka_unit_test(test_what_never_matches_never_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
