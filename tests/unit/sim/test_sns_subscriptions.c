#include "events_world.h"

static int with_topic(void **state)
{
    if (world_open(state) != 0)
        return -1;
    (void)sns(*state, "Action=CreateTopic&Name=t");
    return 0;
}

static const char *topic(struct sim_client *client)
{
    return sim_client_escape(
        client, arena_printf(client->arena, "arn:aws:sns:us-east-1:%s:t", client->account));
}

static const char *subscribe(struct sim_client *client, const char *protocol, const char *endpoint)
{
    return json_str(sns(client, "Action=Subscribe&TopicArn=%s&Protocol=%s&Endpoint=%s",
                        topic(client), protocol, sim_client_escape(client, endpoint)),
                    "SubscriptionArn");
}

/* "protocol:arn " of each; the arn only as far as it is pending. */
static const char *listed(struct sim_client *client)
{
    const struct json *answer =
        sns(client, "Action=ListSubscriptionsByTopic&TopicArn=%s", topic(client));
    const char *out = "";

    for (const struct json *it = json_first(json_get(answer, "Subscriptions")); it != NULL;
         it = it->next)
        out = arena_printf(client->arena, "%s%s:%s ", out, json_str(it, "Protocol"),
                           str_starts(json_str(it, "SubscriptionArn"), "arn:") ? "on" : "pending");
    return out;
}

static void test_who_must_confirm(void **state)
{
    struct sim_client *client = *state;
    const char *own = arena_printf(client->arena, "arn:aws:sqs:us-east-1:%s:q", client->account);

    assert_string_equal(subscribe(client, "email", "a@example.com"), "pending confirmation");
    assert_string_equal(subscribe(client, "https", "https://example.com/x"),
                        "pending confirmation");
    assert_string_equal(subscribe(client, "sqs", "arn:aws:sqs:us-east-1:111122223333:q"),
                        "pending confirmation");
    assert_true(str_starts(subscribe(client, "sqs", own), "arn:"));
    assert_string_equal(subscribe(client, "sqs", own), subscribe(client, "sqs", own));
    assert_string_equal(listed(client), "email:pending https:pending sqs:pending sqs:on ");
}

static void test_what_is_refused(void **state)
{
    struct sim_client *client = *state;

    (void)subscribe(client, "email", "nobody");
    EXPECT(client, "InvalidParameter");
    (void)subscribe(client, "https", "http://example.com/x");
    EXPECT(client, "InvalidParameter");
    (void)subscribe(client, "sqs", "queue");
    EXPECT(client, "InvalidParameter");
    (void)subscribe(client, "pigeon", "coop");
    EXPECT(client, "InvalidParameter");
    (void)sns(client, "Action=Subscribe&TopicArn=%s-not&Protocol=email&Endpoint=a@b.c",
              topic(client));
    EXPECT(client, "NotFound");
    (void)sns(client, "Action=Unsubscribe&SubscriptionArn=PendingConfirmation");
    EXPECT(client, "InvalidParameter");
}

static void test_the_end(void **state)
{
    struct sim_client *client = *state;
    const char *own =
        arena_printf(client->arena, "arn:aws:lambda:us-east-1:%s:function:f", client->account);
    const char *arn = sim_client_escape(client, subscribe(client, "lambda", own));

    (void)sns(client, "Action=Publish&Message=m&TopicArn=%s", topic(client));
    (void)sns(client, "Action=Publish&Message=n&TopicArn=%s", topic(client));
    assert_int_equal(sim_store_count(client->sim->store, client->account, "us-east-1", "sns-sent"),
                     1);
    (void)sns(client, "Action=Unsubscribe&SubscriptionArn=%s", arn);
    EXPECT(client, "");
    (void)sns(client, "Action=Unsubscribe&SubscriptionArn=%s", arn);
    EXPECT(client, "");
    assert_string_equal(listed(client), "");
}

static void test_raw_messages(void **state)
{
    struct sim_client *client = *state;
    const char *url = events_listen(client, events_topic(client));
    const struct json *answer;

    (void)sns(client,
              "Action=Subscribe&TopicArn=%s&Protocol=sqs&Endpoint=%s"
              "&Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true",
              topic(client),
              sim_client_escape(client, arena_printf(client->arena, "arn:aws:sqs:us-east-1:%s:ear",
                                                     client->account)));
    (void)sns(client, "Action=Publish&Message=plain&TopicArn=%s", topic(client));
    answer = sqs(client, "ReceiveMessage", "{'QueueUrl':'%s'}", url);
    assert_string_equal(json_str(json_at(json_get(answer, "Messages"), 0), "Body"), "plain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_must_confirm, with_topic, world_close),
        cmocka_unit_test_setup_teardown(test_what_is_refused, with_topic, world_close),
        cmocka_unit_test_setup_teardown(test_the_end, with_topic, world_close),
        cmocka_unit_test_setup_teardown(test_raw_messages, with_topic, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
