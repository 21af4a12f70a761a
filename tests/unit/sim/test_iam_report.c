#include "caller.h"
#include "plinth/codec/hash.h"

extern const struct sim_service sim_service_iam;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_iam, true);
}

static void test_a_report(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;
    unsigned char *text;
    size_t len;

    fails(caller, "ReportNotPresent", "GetCredentialReport", "{}");
    (void)ok(caller, "CreateUser", "{'UserName':'svc'}");
    (void)ok(caller, "CreateAccessKey", "{'UserName':'svc'}");
    answer = ok(caller, "GenerateCredentialReport", "{}");
    assert_string_equal(json_str(answer, "State"), "STARTED");
    fails(caller, "ReportInProgress", "GetCredentialReport", "{}");
    caller_wait(caller, 5);
    answer = ok(caller, "GenerateCredentialReport", "{}");
    assert_string_equal(json_str(answer, "State"), "COMPLETE");
    answer = ok(caller, "GetCredentialReport", "{}");
    text = base64_decode(json_str(answer, "Content"), strlen(json_str(answer, "Content")),
                         caller->arena, &len);
    assert_non_null(strstr((char *)text, "<root_account>,arn:aws:iam::"));
    assert_non_null(strstr((char *)text, "\nsvc,arn:aws:iam::"));
    assert_non_null(strstr((char *)text, ",false,true,"));
    caller_wait(caller, 4 * 60 * 60 + 1);
    fails(caller, "ReportExpired", "GetCredentialReport", "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_report, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
