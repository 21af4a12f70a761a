#include "caller.h"

extern const struct sim_service sim_service_ssm;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_ssm, false);
}

static void test_versions(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;

    (void)ok(caller, "PutParameter", "{'Name':'/a','Value':'1','Type':'String'}");
    fails(caller, "ParameterAlreadyExists", "PutParameter", "{'Name':'/a','Value':'2'}");
    (void)ok(caller, "PutParameter", "{'Name':'/a','Value':'2','Overwrite':true}");
    answer = json_get(ok(caller, "GetParameter", "{'Name':'/a'}"), "Parameter");
    assert_string_equal(json_str(answer, "Value"), "2");
    answer = json_get(ok(caller, "GetParameter", "{'Name':'/a:1'}"), "Parameter");
    assert_string_equal(json_str(answer, "Value"), "1");
    assert_true(json_number(answer, "Version", 0) == 1);
    fails(caller, "ParameterVersionNotFound", "GetParameter", "{'Name':'/a:3'}");
    (void)ok(caller, "DeleteParameter", "{'Name':'/a'}");
    fails(caller, "ParameterNotFound", "GetParameter", "{'Name':'/a'}");
}

static void test_a_sealed_value(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;

    (void)ok(caller, "PutParameter", "{'Name':'a','Value':'hush','Type':'SecureString'}");
    answer = ok(caller, "GetParameters", "{'Names':['a','b']}");
    assert_null(strstr(json_text(answer, caller->arena), "hush"));
    assert_int_equal(items(answer, "InvalidParameters"), 1);
    answer = ok(caller, "GetParameters", "{'Names':['a'],'WithDecryption':true}");
    assert_non_null(strstr(json_text(answer, caller->arena), "hush"));
}

static void test_names_and_paths(void **state)
{
    struct caller *caller = *state;
    fails(caller, "ValidationException", "PutParameter",
          "{'Name':'/AWS/x','Value':'1','Type':'String'}");
    fails(caller, "ValidationException", "PutParameter",
          "{'Name':'a/b','Value':'1','Type':'String'}");
    fails(caller, "ValidationException", "PutParameter", "{'Name':'/a/b','Value':'1'}");
    (void)ok(caller, "PutParameter", "{'Name':'/a/b','Value':'1','Type':'String'}");
    (void)ok(caller, "PutParameter", "{'Name':'/a/b/c','Value':'1','Type':'String'}");
    (void)ok(caller, "PutParameter", "{'Name':'/ab','Value':'1','Type':'String'}");
    assert_int_equal(items(ok(caller, "GetParametersByPath", "{'Path':'/a'}"), "Parameters"), 1);
    assert_int_equal(
        items(ok(caller, "GetParametersByPath", "{'Path':'/a','Recursive':true}"), "Parameters"),
        2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_versions, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_a_sealed_value, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_names_and_paths, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
