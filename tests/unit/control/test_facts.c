/* Facts: what controls tell each other. */
#include "plinth/control/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void test_set_get_replace_remove(void **state)
{
    struct facts *facts = facts_new();
    char value[] = "arn:aws:s3:::logs";

    (void)state;
    assert_null(facts_get(facts, "log_bucket.arn"));
    facts_set(facts, "log_bucket.arn", value);
    value[0] = 'X';
    assert_string_equal(facts_get(facts, "log_bucket.arn"), "arn:aws:s3:::logs");
    facts_set(facts, "log_bucket.arn", "other");
    assert_string_equal(facts_get(facts, "log_bucket.arn"), "other");
    facts_set(facts, "log_bucket.arn", NULL);
    assert_null(facts_get(facts, "log_bucket.arn"));
    assert_null(facts_get(facts, "log_bucket"));
    facts_free(facts);
    facts_free(NULL);
}

static void test_many(void **state)
{
    struct facts *facts = facts_new();
    char name[16], value[16];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "f.%d", i);
        (void)snprintf(value, sizeof value, "%d", i * i);
        facts_set(facts, name, value);
    }
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "f.%d", i);
        (void)snprintf(value, sizeof value, "%d", i * i);
        assert_string_equal(facts_get(facts, name), value);
    }
    facts_free(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_get_replace_remove),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
