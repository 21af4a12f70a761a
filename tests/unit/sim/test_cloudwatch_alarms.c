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

static void test_it_rings_and_falls_silent(void **state)
{
    struct caller *caller = *state;
    struct sim_call call = {.sim = caller->sim,
                            .arena = caller->arena,
                            .service = caller->service,
                            .now_ms = env_wall_ms(&caller->env)};

    (void)ok(caller, "PutMetricAlarm", ALARM, ",'TreatMissingData':'notBreaching'");
    (void)ok(caller, "PutMetricData",
             "{'Namespace':'ns','MetricData':[{'MetricName':'n','Value':1}]}");
    assert_string_equal(alarm_state(caller), "ALARM");
    caller_wait(caller, 180);
    call.now_ms = env_wall_ms(&caller->env);
    sim_alarms_look(&call);
    assert_string_equal(alarm_state(caller), "OK");
}

static void test_missing_numbers(void **state)
{
    struct caller *caller = *state;
    struct sim_call call = {.sim = caller->sim,
                            .arena = caller->arena,
                            .service = caller->service,
                            .now_ms = env_wall_ms(&caller->env)};

    (void)ok(caller, "PutMetricAlarm", ALARM, "");
    sim_alarms_look(&call);
    assert_string_equal(alarm_state(caller), "INSUFFICIENT_DATA");
    (void)ok(caller, "PutMetricAlarm", ALARM, ",'TreatMissingData':'breaching'");
    sim_alarms_look(&call);
    assert_string_equal(alarm_state(caller), "ALARM");
}

static void test_other_numbers_do_not_count(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "PutMetricAlarm", ALARM, ",'TreatMissingData':'notBreaching'");
    (void)ok(caller, "PutMetricData",
             "{'Namespace':'ns','MetricData':[{'MetricName':'n','Value':1,"
             "'Dimensions':[{'Name':'a','Value':'b'}]}]}");
    (void)ok(caller, "PutMetricData",
             "{'Namespace':'ns','MetricData':[{'MetricName':'m','Value':1}]}");
    assert_string_not_equal(alarm_state(caller), "ALARM");
    (void)ok(caller, "PutMetricData",
             "{'Namespace':'ns','MetricData':[{'MetricName':'n','Value':0}]}");
    assert_string_equal(alarm_state(caller), "OK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_rings_and_falls_silent, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_missing_numbers, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_other_numbers_do_not_count, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
