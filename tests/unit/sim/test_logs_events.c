#include "caller.h"

extern const struct sim_service sim_service_logs;

static void say(struct caller *caller, const char *message)
{
    (void)ok(
        caller, "PutLogEvents",
        "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':1,'message':'%s'}]}",
        message);
}

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_logs, false);
}

static void test_events(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "CreateLogGroup", "{'logGroupName':'g'}");
    fails(caller, "ResourceNotFoundException", "PutLogEvents",
          "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':1,'message':'a'}]}");
    (void)ok(caller, "CreateLogStream", "{'logGroupName':'g','logStreamName':'s'}");
    say(caller, "one error");
    say(caller, "two");
    assert_int_equal(items(ok(caller, "FilterLogEvents", "{'logGroupName':'g'}"), "events"), 2);
    assert_int_equal(
        items(ok(caller, "FilterLogEvents", "{'logGroupName':'g','filterPattern':'error'}"),
              "events"),
        1);
    assert_int_equal(
        items(ok(caller, "FilterLogEvents", "{'logGroupName':'g','startTime':2}"), "events"), 0);
    assert_int_equal(items(ok(caller, "DescribeLogStreams", "{'logGroupName':'g'}"), "logStreams"),
                     1);
    fails(caller, "InvalidParameterException", "FilterLogEvents",
          "{'logGroupName':'g','filterPattern':'{ $.a }'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
