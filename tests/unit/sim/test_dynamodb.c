#include "caller.h"
#define TABLE                                                                                      \
    "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':" \
    "'id','AttributeType':'S'}],'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}"

extern const struct sim_service sim_service_dynamodb;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_dynamodb, true);
}

static void test_the_states_of_a_table(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;

    (void)ok(caller, "CreateTable", TABLE);
    fails(caller, "ResourceInUseException", "CreateTable", TABLE);
    fails(caller, "ResourceInUseException", "DeleteTable", "{'TableName':'tab'}");
    fails(caller, "ResourceNotFoundException", "PutItem",
          "{'TableName':'tab','Item':{'id':{'S':'1'}}}");
    caller_wait(caller, 10);
    answer = json_get(ok(caller, "DescribeTable", "{'TableName':'tab'}"), "Table");
    assert_string_equal(json_str(answer, "TableStatus"), "ACTIVE");
    (void)ok(caller, "UpdateTable", "{'TableName':'tab','DeletionProtectionEnabled':true}");
    caller_wait(caller, 5);
    fails(caller, "ValidationException", "DeleteTable", "{'TableName':'tab'}");
    (void)ok(caller, "UpdateTable", "{'TableName':'tab','DeletionProtectionEnabled':false}");
    caller_wait(caller, 5);
    (void)ok(caller, "PutItem", "{'TableName':'tab','Item':{'id':{'S':'1'}}}");
    answer = json_get(ok(caller, "DeleteTable", "{'TableName':'tab'}"), "TableDescription");
    assert_string_equal(json_str(answer, "TableStatus"), "DELETING");
    caller_wait(caller, 5);
    fails(caller, "ResourceNotFoundException", "DescribeTable", "{'TableName':'tab'}");
    (void)ok(caller, "CreateTable", TABLE);
    caller_wait(caller, 10);
    assert_int_equal(items(ok(caller, "Scan", "{'TableName':'tab'}"), "Items"), 0);
}

static void test_keys_are_checked(void **state)
{
    struct caller *caller = *state;
    fails(caller, "ValidationException", "CreateTable",
          "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[],"
          "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}");
    fails(caller, "ValidationException", "CreateTable",
          "{'TableName':'tab','AttributeDefinitions':[{'AttributeName':'id','AttributeType':'S'}],"
          "'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_states_of_a_table, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_keys_are_checked, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
