#include "caller.h"

extern const struct sim_service sim_service_secretsmanager;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_secretsmanager, false);
}

static void test_a_value_moves_on(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;

    (void)ok(caller, "CreateSecret", "{'Name':'a','SecretString':'1'}");
    (void)ok(caller, "PutSecretValue", "{'SecretId':'a','SecretString':'2'}");
    (void)ok(caller, "UpdateSecret", "{'SecretId':'a','SecretString':'3','Description':'d'}");
    answer = ok(caller, "GetSecretValue", "{'SecretId':'a'}");
    assert_string_equal(json_str(answer, "SecretString"), "3");
    answer = ok(caller, "GetSecretValue", "{'SecretId':'a','VersionStage':'AWSPREVIOUS'}");
    assert_string_equal(json_str(answer, "SecretString"), "2");
    fails(caller, "InvalidParameterException", "PutSecretValue",
          "{'SecretId':'a','SecretString':'1','SecretBinary':'MQ=='}");
    fails(caller, "InvalidParameterException", "CreateSecret", "{'Name':'no blanks'}");
}

static void test_the_window_ends(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "CreateSecret", "{'Name':'a','SecretString':'1'}");
    fails(caller, "InvalidParameterException", "DeleteSecret",
          "{'SecretId':'a','RecoveryWindowInDays':6}");
    (void)ok(caller, "DeleteSecret", "{'SecretId':'a','RecoveryWindowInDays':7}");
    fails(caller, "InvalidRequestException", "GetSecretValue", "{'SecretId':'a'}");
    fails(caller, "InvalidRequestException", "DeleteSecret", "{'SecretId':'a'}");
    caller_wait(caller, 7 * 24 * 60 * 60 - 1);
    fails(caller, "InvalidRequestException", "CreateSecret", "{'Name':'a'}");
    caller_wait(caller, 1);
    fails(caller, "ResourceNotFoundException", "RestoreSecret", "{'SecretId':'a'}");
    (void)ok(caller, "CreateSecret", "{'Name':'a'}");
}

static void test_another_account_needs_the_policy(void **state)
{
    struct caller *caller = *state;
    const char *arn =
        json_str(ok(caller, "CreateSecret", "{'Name':'a','SecretString':'1'}"), "ARN");

    caller->as = "111122223333";
    fails(caller, "ResourceNotFoundException", "GetSecretValue", "{'SecretId':'a'}");
    fails(caller, "AccessDeniedException", "GetSecretValue", "{'SecretId':'%s'}", arn);
    caller->as = caller->me;
    (void)ok(caller, "PutResourcePolicy",
             "{'SecretId':'a','ResourcePolicy':'{\\u0022Statement\\u0022:{\\u0022Effect\\u0022:"
             "\\u0022Allow\\u0022,\\u0022Principal\\u0022:{\\u0022AWS\\u0022:"
             "\\u0022111122223333\\u0022},\\u0022Action\\u0022:"
             "\\u0022secretsmanager:GetSecretValue\\u0022,\\u0022Resource\\u0022:"
             "\\u0022*\\u0022}}'}");
    caller->as = "111122223333";
    (void)ok(caller, "GetSecretValue", "{'SecretId':'%s'}", arn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_value_moves_on, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_the_window_ends, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_another_account_needs_the_policy, setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
