#include "caller.h"

extern const struct sim_service sim_service_ssm;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_ssm, false);
}

static void test_filters(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;

    (void)ok(
        caller, "PutParameter",
        "{'Name':'/a/b','Value':'hush','Type':'SecureString','Tags':[{'Key':'k','Value':'v'}]}");
    (void)ok(caller, "PutParameter", "{'Name':'c','Value':'2','Type':'String'}");
    answer = ok(caller, "DescribeParameters",
                "{'ParameterFilters':[{'Key':'Type','Values':['SecureString']}]}");
    assert_int_equal(items(answer, "Parameters"), 1);
    assert_null(strstr(json_text(answer, caller->arena), "hush"));
    assert_int_equal(items(ok(caller, "DescribeParameters",
                              "{'ParameterFilters':[{'Key':'tag:k','Values':['v']}]}"),
                           "Parameters"),
                     1);
    assert_int_equal(items(ok(caller, "DescribeParameters",
                              "{'ParameterFilters':[{'Key':'Path','Option':'Recursive',"
                              "'Values':['/a']}]}"),
                           "Parameters"),
                     1);
    fails(caller, "InvalidFilterKey", "DescribeParameters",
          "{'ParameterFilters':[{'Key':'colour','Values':['v']}]}");
}

static void test_tags(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "PutParameter", "{'Name':'a','Value':'1','Type':'String'}");
    (void)ok(caller, "AddTagsToResource",
             "{'ResourceType':'Parameter','ResourceId':'a','Tags':[{'Key':'k','Value':'v'}]}");
    assert_int_equal(
        items(ok(caller, "ListTagsForResource", "{'ResourceType':'Parameter','ResourceId':'a'}"),
              "TagList"),
        1);
    (void)ok(caller, "RemoveTagsFromResource",
             "{'ResourceType':'Parameter','ResourceId':'a','TagKeys':['k']}");
    assert_int_equal(
        items(ok(caller, "ListTagsForResource", "{'ResourceType':'Parameter','ResourceId':'a'}"),
              "TagList"),
        0);
    fails(caller, "InvalidResourceId", "ListTagsForResource",
          "{'ResourceType':'Parameter','ResourceId':'b'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_filters, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_tags, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
