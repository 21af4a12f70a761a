#include "world.h"

extern const struct sim_service sim_service_iam;

static const struct sim_rule rules[] = {
    {.name = "Name", .required = true, .min = 2, .max = 5, .chars = "a-z_-", .pattern = "[a-z_-]+"},
    {.name = "Kind", .values = "A|BB"},
    {.name = "Count", .number = true, .min = 1, .max = 9},
    {.name = "Anything"},
    {.name = NULL},
};

/* What is said about the parameters; "" if they are fine. */
static const char *check(struct sim_client *client, const char *params)
{
    struct sim_call call = world_call(client, &sim_service_iam);

    if (sim_check_rules(&call, rules, world_json(client, params)) == 0) {
        assert_null(call.error_code);
        return "";
    }
    assert_string_equal(call.error_code, "ValidationError");
    assert_int_equal(call.status, 400);
    return call.error_text;
}

static void test_what_is_fine(void **state)
{
    assert_string_equal(check(*state, "{'Name':'ab'}"), "");
    assert_string_equal(check(*state, "{'Name':'a-_bc','Kind':'BB','Count':9,'More':1}"), "");
    assert_string_equal(check(*state, "{'Name':'ab','Count':'3','Anything':[1]}"), "");
    assert_string_equal(check(*state, "{'Name':'ab','Kind':null}"), "");
}

static void test_a_member_that_must_be_there(void **state)
{
    assert_string_equal(check(*state, "{}"),
                        "1 validation error detected: Value null at 'name' failed to satisfy "
                        "constraint: Member must not be null");
}

static void test_lengths_and_characters(void **state)
{
    assert_non_null(strstr(check(*state, "{'Name':'a'}"),
                           "Value 'a' at 'name' failed to satisfy constraint: Member must have "
                           "length greater than or equal to 2"));
    assert_non_null(strstr(check(*state, "{'Name':'abcdef'}"), "less than or equal to 5"));
    assert_non_null(strstr(check(*state, "{'Name':'aB'}"), "pattern: [a-z_-]+"));
    assert_non_null(strstr(check(*state, "{'Name':7}"), "be a string"));
}

static void test_enums(void **state)
{
    assert_non_null(strstr(check(*state, "{'Name':'ab','Kind':'B'}"), "enum value set: [A|BB]"));
    assert_string_not_equal(check(*state, "{'Name':'ab','Kind':''}"), "");
    assert_string_not_equal(check(*state, "{'Name':'ab','Kind':'A|BB'}"), "");
}

static void test_numbers(void **state)
{
    assert_non_null(strstr(check(*state, "{'Name':'ab','Count':0}"), "greater than or equal to 1"));
    assert_non_null(strstr(check(*state, "{'Name':'ab','Count':'10'}"), "less than or equal to 9"));
    assert_non_null(strstr(check(*state, "{'Name':'ab','Count':'x'}"), "Value 'x' at 'count'"));
    assert_non_null(strstr(check(*state, "{'Name':'ab','Count':[]}"), "be a whole number"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_what_is_fine),
        WORLD_TEST(test_a_member_that_must_be_there),
        WORLD_TEST(test_lengths_and_characters),
        WORLD_TEST(test_enums),
        WORLD_TEST(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
