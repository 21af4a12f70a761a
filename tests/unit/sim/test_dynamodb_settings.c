#include "caller.h"
#define TABLE                                                                                      \
    "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':" \
    "'id','AttributeType':'S'}],'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}"

extern const struct sim_service sim_service_dynamodb;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_dynamodb, false);
}

static void test_tags_and_backups(void **state)
{
    struct caller *caller = *state;
    const struct json *answer = ok(caller, "CreateTable", TABLE);
    const char *arn = json_str(json_get(answer, "TableDescription"), "TableArn");

    (void)ok(caller, "TagResource", "{'ResourceArn':'%s','Tags':[{'Key':'k','Value':'v'}]}", arn);
    assert_int_equal(items(ok(caller, "ListTagsOfResource", "{'ResourceArn':'%s'}", arn), "Tags"),
                     1);
    (void)ok(caller, "UntagResource", "{'ResourceArn':'%s','TagKeys':['k']}", arn);
    assert_int_equal(items(ok(caller, "ListTagsOfResource", "{'ResourceArn':'%s'}", arn), "Tags"),
                     0);
    fails(caller, "ValidationException", "ListTagsOfResource", "{'ResourceArn':'tab'}");
    answer = ok(caller, "UpdateContinuousBackups",
                "{'TableName':'tab','PointInTimeRecoverySpecification':"
                "{'PointInTimeRecoveryEnabled':true}}");
    assert_string_equal(json_str(json_path(answer, "ContinuousBackupsDescription",
                                           "PointInTimeRecoveryDescription", NULL),
                                 "PointInTimeRecoveryStatus"),
                        "ENABLED");
    fails(caller, "TableNotFoundException", "DescribeContinuousBackups", "{'TableName':'none'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tags_and_backups, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
