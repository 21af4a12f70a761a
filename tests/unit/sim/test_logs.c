#include "caller.h"

extern const struct sim_service sim_service_logs;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_logs, false);
}

static void test_groups(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "CreateLogGroup", "{'logGroupName':'a','tags':{'k':'v'}}");
    fails(caller, "ResourceAlreadyExistsException", "CreateLogGroup", "{'logGroupName':'a'}");
    (void)ok(caller, "PutRetentionPolicy", "{'logGroupName':'a','retentionInDays':365}");
    fails(caller, "InvalidParameterException", "PutRetentionPolicy",
          "{'logGroupName':'a','retentionInDays':364}");
    assert_true(json_number(item_with(ok(caller, "DescribeLogGroups", "{'logGroupNamePrefix':'a'}"),
                                      "logGroups", "logGroupName", "a"),
                            "retentionInDays", 0) == 365);
    assert_int_equal(
        items(ok(caller, "DescribeLogGroups", "{'logGroupNamePrefix':'b'}"), "logGroups"), 0);
    (void)ok(caller, "DeleteLogGroup", "{'logGroupName':'a'}");
    fails(caller, "ResourceNotFoundException", "DeleteLogGroup", "{'logGroupName':'a'}");
}

static void test_tags(void **state)
{
    struct caller *caller = *state;
    const char *arn =
        arena_printf(caller->arena, "arn:aws:logs:us-east-1:%s:log-group:a", caller->me);

    (void)ok(caller, "CreateLogGroup", "{'logGroupName':'a','tags':{'k':'v'}}");
    (void)ok(caller, "TagResource", "{'resourceArn':'%s','tags':{'l':'w'}}", arn);
    (void)ok(caller, "UntagResource", "{'resourceArn':'%s','tagKeys':['k']}", arn);
    assert_string_equal(
        json_text(json_get(ok(caller, "ListTagsForResource", "{'resourceArn':'%s'}", arn), "tags"),
                  caller->arena),
        "{\"l\":\"w\"}");
    fails(caller, "ResourceNotFoundException", "ListTagsForResource", "{'resourceArn':'%sb'}", arn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_groups, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_tags, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
