/* Lint: a Deny that a wider one makes needless. */
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
    table_run("shadow", covered);
}

/* All statements but one, by its number from 1. */
static struct json *without(const struct json *document, size_t number, struct arena *arena)
{
    struct json *rest = json_object(arena), *list;
    size_t at = 1;

    json_put_str(rest, "Version", "2012-10-17");
    list = json_put_array(rest, "Statement");
    for (const struct json *it = json_first(json_get(document, "Statement")); it != NULL;
         it = it->next)
        if (at++ != number)
            json_add(list, it);
    return rest;
}

/* By the second opinion of judge.h: what is told as needless changes no answer when it goes. */
static void test_what_is_shadowed_may_go(void **state)
{
    struct rng *rng = rng_seeded_new(20261125);
    size_t shadowed = 0;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct arena *arena = arena_new("round");
        struct json *document = random_policy(rng, false, arena);
        const struct lint_document linted = {.name = "random", .document = document};
        struct lint_result result;
        struct err err = ERR_INIT;

        assert_int_equal(policy_lint(&linted, 1, arena, &result, &err), 0);
        for (size_t i = 0; i < result.count; i++) {
            const struct json *rest;

            if (result.findings[i].code != LINT_SHADOWED)
                continue;
            rest = without(document, result.findings[i].statement, arena);
            shadowed++;
            for (size_t k = 0; k < REQUESTS; k++) {
                struct request request = request_by_number(k);

                assert_int_equal(judge(rest, &request), judge(document, &request));
            }
        }
        arena_free(arena);
    }
    rng_seeded_free(rng);
    assert_true(shadowed > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_finding_and_the_nearest_document_without_it),
        cmocka_unit_test(test_what_is_shadowed_may_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
