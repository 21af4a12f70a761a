/* The table of policy types. */
#include "plinth/policy/organization.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_each_row_is_whole(void **state)
{
    (void)state;
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++) {
        /* The key is the API's name in small letters. */
        assert_true(str_eq_nocase(type->key, type->api_name));
        for (const char *at = type->key; *at != '\0'; at++)
            assert_true(*at == tolower((unsigned char)*at));
        assert_true(type->title[0] != '\0');
        assert_true(type->reserved < type->per_target_max);
        assert_true(type->characters_max > 0 && type->per_organization_max > 0);
        for (const struct policy_type *other = policy_types(); other != type; other++)
            assert_false(str_eq(other->key, type->key) || str_eq(other->title, type->title));
    }
}

static void test_found_by_either_name(void **state)
{
    (void)state;
    assert_string_equal(policy_type_find("s3_policy")->api_name, "S3_POLICY");
    assert_string_equal(policy_type_find("S3_POLICY")->key, "s3_policy");
    assert_null(policy_type_find("s3"));
    assert_null(policy_type_find(NULL));
}

/* The quotas that changed in 2026, and those that an RCP lives with. */
static void test_quotas_are_the_published_ones(void **state)
{
    const struct policy_type *scp = policy_type_find("service_control_policy");
    const struct policy_type *rcp = policy_type_find("resource_control_policy");

    (void)state;
    assert_int_equal(scp->per_target_max, 10);
    assert_int_equal(scp->characters_max, 10240);
    assert_int_equal(rcp->per_target_max, 5);
    assert_int_equal(rcp->characters_max, 5120);
    assert_int_equal(policy_type_find("aiservices_opt_out_policy")->characters_max, 2500);
}

static int check(const char *type, const char *text)
{
    struct arena *arena = arena_new("test");
    struct json *document = NULL;
    struct err err = ERR_INIT;
    int result;

    assert_int_equal(json_parse(text, strlen(text), arena, &document, &err), 0);
    result = policy_type_check(policy_type_find(type), document, &err);
    arena_free(arena);
    return result;
}

static void test_check_is_the_one_of_the_type(void **state)
{
    const char *scp = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
                      "\"Action\":\"a:B\",\"Resource\":\"*\"}}";
    const char *rcp = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
                      "\"Principal\":\"*\",\"Action\":\"a:B\",\"Resource\":\"*\"}}";

    (void)state;
    assert_int_equal(check("service_control_policy", scp), 0);
    assert_int_equal(check("service_control_policy", rcp), -1);
    assert_int_equal(check("resource_control_policy", rcp), 0);
    assert_int_equal(check("resource_control_policy", scp), -1);
    assert_int_equal(check("tag_policy", "{\"tags\":{}}"), 0);
    assert_int_equal(check("tag_policy", "{}"), -1);
    assert_int_equal(check("tag_policy", "[1]"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_row_is_whole),
        cmocka_unit_test(test_found_by_either_name),
        cmocka_unit_test(test_quotas_are_the_published_ones),
        cmocka_unit_test(test_check_is_the_one_of_the_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
