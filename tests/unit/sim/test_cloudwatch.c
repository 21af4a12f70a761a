#include "caller.h"
#define ALARM                                                                                      \
    "{'AlarmName':'a','Namespace':'ns','MetricName':'n','Statistic':'Sum','Period':60,"            \
    "'EvaluationPeriods':1,'Threshold':1,'ComparisonOperator':'GreaterThanOrEqualToThreshold'%s}"

static const char *alarm_state(struct caller *caller)
{
    const struct json *answer = ok(caller, "DescribeAlarms", "{'AlarmNames':['a']}");

    return json_str(json_first(json_get(answer, "MetricAlarms")), "StateValue");
}

extern const struct sim_service sim_service_cloudwatch;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_cloudwatch, false);
}

static void test_an_alarm(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "PutMetricAlarm", ALARM, ",'Tags':[{'Key':'k','Value':'v'}]");
    assert_string_equal(alarm_state(caller), "INSUFFICIENT_DATA");
    assert_int_equal(
        items(ok(caller, "ListTagsForResource",
                 "{'ResourceARN':'arn:aws:cloudwatch:us-east-1:%s:alarm:a'}", caller->me),
              "Tags"),
        1);
    (void)ok(caller, "SetAlarmState", "{'AlarmName':'a','StateValue':'OK','StateReason':'r'}");
    (void)ok(caller, "PutMetricAlarm", ALARM, ""); /* which keeps the state */
    assert_string_equal(alarm_state(caller), "OK");
    (void)ok(caller, "DeleteAlarms", "{'AlarmNames':['a']}");
    fails(caller, "ResourceNotFound", "DeleteAlarms", "{'AlarmNames':['a']}");
}

static void test_what_is_refused(void **state)
{
    struct caller *caller = *state;
    fails(caller, "ValidationError", "PutMetricAlarm", ALARM,
          ",'AlarmActions':['arn:aws:sns:eu-west-1:111122223333:t']");
    fails(caller, "ValidationError", "PutMetricAlarm", ALARM, ",'DatapointsToAlarm':2");
    fails(caller, "ValidationError", "PutMetricAlarm", "{'AlarmName':'a'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_alarm, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
