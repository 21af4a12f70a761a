/* The tables of actions and condition keys: sorted, and found whatever the case. */
#include "iam_tables.h"

#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static void test_an_action_is_found_whatever_its_case(void **state)
{
    (void)state;
    assert_string_equal(iam_action_find("s3", "getOBJECT"), "GetObject");
    assert_null(iam_action_find("s3", "GetObjects"));
    assert_null(iam_action_find("s4", "GetObject"));
    assert_string_equal(iam_service("ec2")[0], "ec2");
    assert_string_equal(iam_service("ec2-instance-connect")[0], "ec2-instance-connect");
}

static void test_every_service_is_found_by_its_prefix(void **state)
{
    size_t count, actions = 0;
    const char *const *const *services = iam_services(&count);

    (void)state;
    assert_true(count > 400);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(iam_service(services[i][0]), services[i]);
        for (size_t k = 1; services[i][k] != NULL; k++)
            actions++;
    }
    assert_true(actions > 20000);
}

static void test_deprecated_actions(void **state)
{
    (void)state;
    assert_true(iam_action_deprecated("athena", "runquery"));
    assert_false(iam_action_deprecated("athena", "StartQueryExecution"));
    assert_false(iam_action_deprecated("s3", "RunQuery"));
}

static void test_a_key_is_found_with_what_the_account_chooses_in_it(void **state)
{
    const struct iam_key *key;

    (void)state;
    key = iam_key_find("AWS:requesttag/Team");
    assert_non_null(key);
    assert_string_equal(key->name, "aws:RequestTag/*");
    key = iam_key_find("s3:ExistingObjectTag/class");
    assert_non_null(key);
    assert_int_equal(key->type, IAM_KEY_STRING);
    key = iam_key_find("ec2:MetadataHttpPutResponseHopLimit");
    assert_non_null(key);
    assert_int_equal(key->type, IAM_KEY_NUMERIC);
    assert_null(iam_key_find("aws:RequestedRegions"));
    assert_null(iam_key_find("s3:Nothing"));
}

/* A key of the services is never one of all services, or the first table would hide it. */
static void test_the_tables_of_keys_are_sorted_and_apart(void **state)
{
    size_t count, global_count;
    const struct iam_key *keys = iam_keys(&count), *global = iam_global_keys(&global_count);

    (void)state;
    assert_true(count > 1400);
    for (size_t i = 0; i < count; i++)
        assert_true(strncasecmp(keys[i].name, "aws:", 4) != 0);
    for (size_t i = 1; i < count; i++)
        assert_true(strcasecmp(keys[i - 1].name, keys[i].name) != 0);
    for (size_t i = 0; i < global_count; i++)
        assert_ptr_equal(iam_key_find(global[i].name), &global[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_action_is_found_whatever_its_case),
        cmocka_unit_test(test_every_service_is_found_by_its_prefix),
        cmocka_unit_test(test_deprecated_actions),
        cmocka_unit_test(test_a_key_is_found_with_what_the_account_chooses_in_it),
        cmocka_unit_test(test_the_tables_of_keys_are_sorted_and_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
