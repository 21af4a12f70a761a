#include "world.h"

extern const struct sim_service sim_service_iam, sim_service_events, sim_service_kms,
    sim_service_sqs, sim_service_s3control, sim_service_accessanalyzer, sim_service_organizations;

static struct sim_call call_of(struct sim_client *client, const struct sim_service *service,
                               const char *operation, const char *params)
{
    struct sim_call call = world_call(client, service);

    call.operation = NULL;
    for (size_t i = 0; service->operations[i] != NULL && call.operation == NULL; i++)
        for (const struct sim_operation *it = service->operations[i]; it->name != NULL; it++)
            if (str_eq(it->name, operation))
                call.operation = it;
    assert_non_null(call.operation);
    call.account = "111122223333";
    call.params = world_json(client, params);
    return call;
}

static void test_actions(void **state)
{
    struct sim_call call;

    call = call_of(*state, &sim_service_iam, "GetRole", "{}");
    assert_string_equal(sim_iam_action(&call), "iam:GetRole");
    call = call_of(*state, &sim_service_s3control, "PutPublicAccessBlock", "{}");
    assert_string_equal(sim_iam_action(&call), "s3:PutAccountPublicAccessBlock");
    call = call_of(*state, &sim_service_accessanalyzer, "ListAnalyzers", "{}");
    assert_string_equal(sim_iam_action(&call), "access-analyzer:ListAnalyzers");
}

static void test_resources(void **state)
{
    static const struct {
        const struct sim_service *service;
        const char *operation, *params, *resource;
    } cases[] = {
        {&sim_service_iam, "GetRole", "{'RoleName':'r'}", "arn:aws:iam::111122223333:role/r"},
        {&sim_service_iam, "CreateRole", "{'RoleName':'r','Path':'/p/'}",
         "arn:aws:iam::111122223333:role/p/r"},
        {&sim_service_iam, "AttachRolePolicy", "{'RoleName':'r','PolicyArn':'arn:x'}",
         "arn:aws:iam::111122223333:role/r"},
        {&sim_service_iam, "GetPolicy", "{'PolicyArn':'arn:aws:iam::aws:policy/x'}",
         "arn:aws:iam::aws:policy/x"},
        {&sim_service_iam, "ListUsers", "{}", "*"},
        {&sim_service_events, "PutRule", "{'Name':'n'}",
         "arn:aws:events:us-east-1:111122223333:rule/n"},
        {&sim_service_events, "PutRule", "{'Name':'n','EventBusName':'default'}",
         "arn:aws:events:us-east-1:111122223333:rule/n"},
        {&sim_service_events, "PutTargets", "{'Rule':'n','EventBusName':'b'}",
         "arn:aws:events:us-east-1:111122223333:rule/b/n"},
        {&sim_service_events, "PutTargets",
         "{'Rule':'n','EventBusName':'arn:aws:events:us-east-1:111122223333:event-bus/b'}",
         "arn:aws:events:us-east-1:111122223333:rule/b/n"},
        {&sim_service_kms, "DescribeKey", "{'KeyId':'k'}",
         "arn:aws:kms:us-east-1:111122223333:key/k"},
        {&sim_service_kms, "DescribeKey", "{'KeyId':'arn:aws:kms:us-east-1:999999999999:key/k'}",
         "arn:aws:kms:us-east-1:999999999999:key/k"},
        {&sim_service_kms, "DescribeKey", "{'KeyId':'alias/a'}", "*"},
        {&sim_service_sqs, "GetQueueAttributes", "{'QueueUrl':'https://sqs/111122223333/q'}",
         "arn:aws:sqs:us-east-1:111122223333:q"},
        {&sim_service_organizations, "ListRoots", "{}", "*"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sim_call call =
            call_of(*state, cases[i].service, cases[i].operation, cases[i].params);

        assert_string_equal(sim_resource(&call), cases[i].resource);
    }
}

static void test_owners(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = call_of(client, &sim_service_iam, "ListUsers", "{}");
    struct json *bucket = json_object(client->arena);

    json_put_str(bucket, "_account", "999999999999");
    sim_put(&call, "", "", "bucket", "b", bucket);
    assert_string_equal(sim_resource_owner(&call, "arn:aws:s3:::b/key"), "999999999999");
    assert_null(sim_resource_owner(&call, "arn:aws:s3:::other"));
    assert_string_equal(sim_resource_owner(&call, "arn:aws:iam::111122223333:role/r"),
                        "111122223333");
    assert_null(sim_resource_owner(&call, "*"));
    assert_null(sim_resource_owner(&call, NULL));
}

static void test_condition_keys(void **state)
{
    struct sim_call call = call_of(*state, &sim_service_iam, "AttachRolePolicy",
                                   "{'PolicyArn':'arn:x','Tags':[{'Key':'k','Value':'v'}]}");
    const struct json *context = sim_context(&call, NULL);

    assert_string_equal(json_str(context, "iam:PolicyARN"), "arn:x");
    assert_string_equal(json_str(context, "aws:RequestTag/k"), "v");
    assert_string_equal(json_get(context, "aws:TagKeys")->first->string, "k");
    assert_string_equal(json_str(context, "aws:SecureTransport"), "true");
    assert_null(json_get(context, "aws:PrincipalOrgID"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_actions),
        WORLD_TEST(test_resources),
        WORLD_TEST(test_owners),
        WORLD_TEST(test_condition_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
