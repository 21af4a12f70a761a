#include "caller.h"
#define FILTER                                                                                     \
    "{'logGroupName':'g','filterName':'f','filterPattern':'bad','metricTransformations':"          \
    "[{'metricName':'n','metricNamespace':'ns','metricValue':'2'%s}]}"

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

static void test_a_number_for_each_match(void **state)
{
    struct caller *caller = *state;
    const struct sim_record *record;

    (void)ok(caller, "CreateLogGroup", "{'logGroupName':'g'}");
    (void)ok(caller, "CreateLogStream", "{'logGroupName':'g','logStreamName':'s'}");
    (void)ok(caller, "PutMetricFilter", FILTER, "");
    say(caller, "good");
    assert_null(sim_store_first(caller->sim->store, caller->me, "us-east-1", "metric/ns/n"));
    say(caller, "bad");
    say(caller, "bad");
    record = sim_store_first(caller->sim->store, caller->me, "us-east-1", "metric/ns/n");
    assert_true(json_number(sim_record_json(record, caller->arena), "Sum", 0) == 4);
    assert_int_equal(items(ok(caller, "DescribeMetricFilters", "{}"), "metricFilters"), 1);
    (void)ok(caller, "DeleteMetricFilter", "{'logGroupName':'g','filterName':'f'}");
    fails(caller, "ResourceNotFoundException", "DeleteMetricFilter",
          "{'logGroupName':'g','filterName':'f'}");
}

static void test_what_is_refused(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "CreateLogGroup", "{'logGroupName':'g'}");
    fails(caller, "InvalidParameterException", "PutMetricFilter", FILTER,
          ",'defaultValue':0,'dimensions':{'a':'$.b'}");
    fails(caller, "InvalidParameterException", "PutMetricFilter",
          "{'logGroupName':'g','filterName':'f','filterPattern':'','metricTransformations':[]}");
    for (int i = 0; i < 100; i++)
        (void)ok(caller, "PutMetricFilter",
                 "{'logGroupName':'g','filterName':'%d','filterPattern':'','metricTransformations':"
                 "[{'metricName':'n','metricNamespace':'ns','metricValue':'1'}]}",
                 i);
    fails(caller, "LimitExceededException", "PutMetricFilter", FILTER, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_number_for_each_match, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
