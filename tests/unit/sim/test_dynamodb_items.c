#include "caller.h"
#define TABLE                                                                                      \
    "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':[{'AttributeName':" \
    "'id','AttributeType':'S'}],'KeySchema':[{'AttributeName':'id','KeyType':'HASH'}]}"

extern const struct sim_service sim_service_dynamodb;

static int setup(void **state)
{
    return caller_setup_with(state, &sim_service_dynamodb, false);
}

static void test_one_item(void **state)
{
    struct caller *caller = *state;
    (void)ok(caller, "CreateTable", TABLE);
    (void)ok(caller, "PutItem", "{'TableName':'tab','Item':{'id':{'S':'1'},'n':{'N':'1'}}}");
    fails(caller, "ConditionalCheckFailedException", "PutItem",
          "{'TableName':'tab','Item':{'id':{'S':'1'}},"
          "'ConditionExpression':'attribute_not_exists(id)'}");
    (void)ok(caller, "UpdateItem",
             "{'TableName':'tab','Key':{'id':{'S':'1'}},'UpdateExpression':'SET n = :v',"
             "'ExpressionAttributeValues':{':v':{'N':'2'}}}");
    assert_string_equal(
        json_str(json_path(ok(caller, "GetItem", "{'TableName':'tab','Key':{'id':{'S':'1'}}}"),
                           "Item", "n", NULL),
                 "N"),
        "2");
    fails(caller, "ValidationException", "GetItem",
          "{'TableName':'tab','Key':{'id':{'S':'1'},'n':{'N':'1'}}}");
    fails(caller, "ValidationException", "PutItem", "{'TableName':'tab','Item':{'id':{'M':{}}}}");
}

static void test_pages_and_what_is_not_known(void **state)
{
    struct caller *caller = *state;
    const struct json *answer;

    (void)ok(caller, "CreateTable", TABLE);
    for (int i = 0; i < 3; i++)
        (void)ok(caller, "PutItem", "{'TableName':'tab','Item':{'id':{'S':'%d'}}}", i);
    answer = ok(caller, "Scan", "{'TableName':'tab','Limit':2}");
    assert_int_equal(items(answer, "Items"), 2);
    assert_string_equal(json_str(json_path(answer, "LastEvaluatedKey", "id", NULL), "S"), "1");
    answer = ok(caller, "Scan", "{'TableName':'tab','ExclusiveStartKey':{'id':{'S':'1'}}}");
    assert_int_equal(items(answer, "Items"), 1);
    assert_null(json_get(answer, "LastEvaluatedKey"));
    fails(caller, "ValidationException", "Scan", "{'TableName':'tab','FilterExpression':'a = :b'}");
    fails(caller, "ValidationException", "Query", "{'TableName':'tab'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_item, setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_pages_and_what_is_not_known, setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
