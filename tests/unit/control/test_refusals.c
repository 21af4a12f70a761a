/* What was refused to a service, told until it goes well. */
#include "plinth/control/refusals.h"

#include "plinth/base/arena.h"
#include "plinth/control/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CONFIG "config.amazonaws.com"

static void test_each_service_for_itself(void **state)
{
    struct arena *arena = arena_new("test");
    struct facts *facts = facts_new();
    struct err err = ERR_INIT;

    (void)state;
    (void)err_set(&err, ERR_DENIED, "no");
    assert_null(refusals_of(facts, REFUSAL_TRUSTED_ACCESS, CONFIG, arena));
    assert_int_equal(refusals_note(facts, REFUSAL_TRUSTED_ACCESS, CONFIG, -1, &err), -1);
    assert_string_equal(refusals_of(facts, REFUSAL_TRUSTED_ACCESS, CONFIG, arena),
                        "trusted access for " CONFIG ", which was refused: no");
    assert_null(refusals_of(facts, REFUSAL_ADMINISTRATOR, CONFIG, arena));
    assert_null(refusals_of(facts, REFUSAL_TRUSTED_ACCESS, "iam.amazonaws.com", arena));
    assert_int_equal(refusals_note(facts, REFUSAL_ADMINISTRATOR, CONFIG, 0, &err), 0);
    assert_non_null(refusals_of(facts, REFUSAL_TRUSTED_ACCESS, CONFIG, arena));
    assert_int_equal(refusals_note(facts, REFUSAL_TRUSTED_ACCESS, CONFIG, 0, &err), 0);
    assert_null(refusals_of(facts, REFUSAL_TRUSTED_ACCESS, CONFIG, arena));
    facts_free(facts);
    arena_free(arena);
}

static void test_what_is_to_be_turned_on(void **state)
{
    struct facts *facts = facts_new();

    (void)state;
    assert_false(refusals_is_awaited(facts, CONFIG));
    refusals_await(facts, CONFIG, true);
    assert_true(refusals_is_awaited(facts, CONFIG));
    assert_false(refusals_is_awaited(facts, "iam.amazonaws.com"));
    refusals_await(facts, CONFIG, false);
    assert_false(refusals_is_awaited(facts, CONFIG));
    facts_free(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_service_for_itself),
        cmocka_unit_test(test_what_is_to_be_turned_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
