#include "events_world.h"

extern const struct sim_service sim_service_sqs;

static const char *create(struct sim_client *client)
{
    return json_str(sqs(client, "CreateQueue", "{'QueueName':'q'}"), "QueueUrl");
}

static void test_queues(void **state)
{
    struct sim_client *client = *state;
    const char *url = create(client);
    const struct json *answer;

    assert_true(str_ends(url, "/q"));
    assert_string_equal(create(client), url);
    (void)sqs(client, "CreateQueue", "{'QueueName':'q','Attributes':{'DelaySeconds':'5'}}");
    EXPECT(client, "QueueNameExists");
    (void)sqs(client, "CreateQueue", "{'QueueName':'q q'}");
    EXPECT(client, "InvalidParameterValue");
    (void)sqs(client, "CreateQueue", "{'QueueName':'r','Attributes':{'Colour':'red'}}");
    EXPECT(client, "InvalidAttributeName");
    (void)sqs(client, "CreateQueue", "{'QueueName':'r','Attributes':{'Policy':'no'}}");
    EXPECT(client, "InvalidAttributeValue");
    (void)sqs(client, "CreateQueue", "{'QueueName':'r','Attributes':{'DelaySeconds':'soon'}}");
    EXPECT(client, "InvalidAttributeValue");

    (void)sqs(client, "SetQueueAttributes",
              "{'QueueUrl':'%s','Attributes':{'VisibilityTimeout':'5'}}", url);
    answer = json_get(sqs(client, "GetQueueAttributes", "{'QueueUrl':'%s'}", url), "Attributes");
    assert_string_equal(json_str(answer, "VisibilityTimeout"), "5");
    assert_true(str_ends(json_str(answer, "QueueArn"), ":q"));
    assert_string_equal(json_str(sqs(client, "GetQueueUrl", "{'QueueName':'q'}"), "QueueUrl"), url);
    assert_int_equal(json_get(sqs(client, "ListQueues", "{}"), "QueueUrls")->count, 1);

    (void)sqs(client, "SendMessage", "{'QueueUrl':'%s','MessageBody':'m'}", url);
    (void)sqs(client, "DeleteQueue", "{'QueueUrl':'%s'}", url);
    EXPECT(client, "");
    (void)sqs(client, "DeleteQueue", "{'QueueUrl':'%s'}", url);
    EXPECT(client, "QueueDoesNotExist");
    assert_string_equal(http_header_get(&client->response.headers, "x-amzn-query-error"),
                        "AWS.SimpleQueueService.NonExistentQueue;Sender");
    (void)sqs(client, "GetQueueUrl", "{'QueueName':'q'}");
    EXPECT(client, "QueueDoesNotExist");
    url = create(client); /* with nothing left in it */
    assert_null(json_get(sqs(client, "ReceiveMessage", "{'QueueUrl':'%s'}", url), "Messages"));
}

static void test_messages(void **state)
{
    struct sim_client *client = *state;
    const char *url = create(client), *handle;
    const struct json *answer, *message;

    for (int i = 0; i < 3; i++)
        (void)sqs(client, "SendMessage", "{'QueueUrl':'%s','MessageBody':'m%d'}", url, i);
    answer = sqs(client, "ReceiveMessage", "{'QueueUrl':'%s','MaxNumberOfMessages':2}", url);
    assert_int_equal(json_get(answer, "Messages")->count, 2);
    message = json_at(json_get(answer, "Messages"), 0);
    assert_string_equal(json_str(message, "Body"), "m0");
    assert_string_equal(json_str(message, "MD5OfBody"), "ced6bfe1f650f6b338594d37eb7850d2");
    handle = json_str(message, "ReceiptHandle");
    (void)sqs(client, "DeleteMessage", "{'QueueUrl':'%s','ReceiptHandle':'%s'}", url, handle);
    EXPECT(client, "");
    (void)sqs(client, "DeleteMessage", "{'QueueUrl':'%s','ReceiptHandle':'%s'}", url, handle);
    EXPECT(client, "ReceiptHandleIsInvalid");
    answer = sqs(client, "ReceiveMessage", "{'QueueUrl':'%s','MaxNumberOfMessages':10}", url);
    assert_int_equal(json_get(answer, "Messages")->count, 1); /* the others are hidden, or gone */
    sim_client_wait(client, 31);
    answer = sqs(client, "ReceiveMessage", "{'QueueUrl':'%s','MaxNumberOfMessages':10}", url);
    assert_int_equal(json_get(answer, "Messages")->count, 2);
    (void)sqs(client, "ReceiveMessage", "{'QueueUrl':'%s','MaxNumberOfMessages':11}", url);
    EXPECT(client, "InvalidParameterValue");
    (void)sqs(client, "ReceiveMessage", "{'QueueUrl':'%s-not'}", url);
    EXPECT(client, "QueueDoesNotExist");
}

static void test_who_may_send(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_sqs);
    const char *arn = arena_printf(client->arena, "arn:aws:sqs:us-east-1:%s:q", client->account);
    struct sim_service_act act = {.service = "sns.amazonaws.com",
                                  .action = "sqs:SendMessage",
                                  .resource = arn,
                                  .source_arn = "arn:aws:sns:us-east-1:1:t",
                                  .source_account = "1"};
    const char *url = create(client);

    assert_false(sqs_send_for(&call, arn, "m", &act));
    (void)sqs(client, "SetQueueAttributes",
              "{'QueueUrl':'%s','Attributes':{'Policy':'{`Statement`:{`Effect`:`Allow`,"
              "`Principal`:{`Service`:`sns.amazonaws.com`},`Action`:`sqs:SendMessage`,`Resource`:"
              "`*`,`Condition`:{`ArnEquals`:{`aws:SourceArn`:`arn:aws:sns:us-east-1:1:t`}}}}'}}",
              url);
    EXPECT(client, "");
    assert_true(sqs_send_for(&call, arn, "m", &act));
    act.source_arn = "arn:aws:sns:us-east-1:1:u";
    assert_false(sqs_send_for(&call, arn, "m", &act));
    assert_false(sqs_send_for(&call, "arn:aws:sqs:us-east-1:1:none", "m", &act));
    assert_false(sqs_send_for(&call, "none", "m", &act));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_queues),
        WORLD_TEST(test_messages),
        WORLD_TEST(test_who_may_send),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
