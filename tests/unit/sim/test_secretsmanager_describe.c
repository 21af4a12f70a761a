#include "caller.h"

extern const struct sim_service sim_service_secretsmanager;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_secretsmanager, false);
}

static void test_what_is_told(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;

    (void)ok(caller, "CreateSecret",
             "{'Name':'a','SecretString':'hush','Tags':[{'Key':'k','Value':'v'}]}");
    answer = ok(caller, "DescribeSecret", "{'SecretId':'a'}");
    assert_null(strstr(json_text(answer, caller->arena), "hush"));
    assert_int_equal(items(answer, "Tags"), 1);
    assert_non_null(json_get(answer, "VersionIdsToStages"));
    (void)ok(caller, "TagResource", "{'SecretId':'a','Tags':[{'Key':'l','Value':'w'}]}");
    (void)ok(caller, "UntagResource", "{'SecretId':'a','TagKeys':['k']}");
    answer = ok(caller, "DescribeSecret", "{'SecretId':'a'}");
    assert_null(item_with(answer, "Tags", "Key", "k"));
    fails(caller, "InvalidParameterException", "TagResource",
          "{'SecretId':'a','Tags':[{'Key':'aws:x','Value':'w'}]}");
}

static void test_filters(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "CreateSecret", "{'Name':'a/1','Description':'one'}");
    (void)ok(caller, "CreateSecret", "{'Name':'b/1'}");
    (void)ok(caller, "CreateSecret", "{'Name':'a/gone'}");
    (void)ok(caller, "DeleteSecret", "{'SecretId':'a/gone'}");
    assert_int_equal(items(ok(caller, "ListSecrets", "{}"), "SecretList"), 2);
    assert_int_equal(
        items(ok(caller, "ListSecrets", "{'IncludePlannedDeletion':true}"), "SecretList"), 3);
    assert_int_equal(
        items(ok(caller, "ListSecrets", "{'Filters':[{'Key':'name','Values':['a/']}]}"),
              "SecretList"),
        1);
    assert_int_equal(
        items(ok(caller, "ListSecrets", "{'Filters':[{'Key':'name','Values':['!a/']}]}"),
              "SecretList"),
        1);
    fails(caller, "InvalidParameterException", "ListSecrets",
          "{'Filters':[{'Key':'colour','Values':['a/']}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_told, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_filters, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
