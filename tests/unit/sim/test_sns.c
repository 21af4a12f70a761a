#include "events_world.h"

static const char *create(struct sim_client *client, const char *name, const char *more)
{
    return json_str(sns(client, "Action=CreateTopic&Name=%s%s", name, more), "TopicArn");
}

/* An attribute of the topic; NULL if it is absent. */
static const char *attribute(struct sim_client *client, const char *arn, const char *name)
{
    const struct json *answer =
        sns(client, "Action=GetTopicAttributes&TopicArn=%s", sim_client_escape(client, arn));

    for (const struct json *it = json_first(json_get(answer, "Attributes")); it != NULL;
         it = it->next)
        if (str_eq(json_str(it, "key"), name))
            return json_str(it, "value");
    return NULL;
}

static void test_topics(void **state)
{
    struct sim_client *client = *state;
    const char *arn = create(client, "t", "&Tags.member.1.Key=a&Tags.member.1.Value=1");

    assert_true(str_ends(arn, ":t"));
    assert_string_equal(create(client, "t", ""), arn);
    (void)create(client, "t", "&Tags.member.1.Key=a&Tags.member.1.Value=2");
    EXPECT(client, "InvalidParameter");
    (void)create(client, "t", "&Attributes.entry.1.key=DisplayName&Attributes.entry.1.value=other");
    EXPECT(client, "InvalidParameter");
    (void)create(client, "t.t", "");
    EXPECT(client, "InvalidParameter");
    (void)create(client, "u", "&Attributes.entry.1.key=Colour&Attributes.entry.1.value=red");
    EXPECT(client, "InvalidParameter");
    assert_string_equal(attribute(client, arn, "Owner"), client->account);
    assert_non_null(strstr(attribute(client, arn, "Policy"), "SourceOwner"));
    assert_string_equal(attribute(client, arn, "SubscriptionsPending"), "0");
    assert_int_equal(json_get(sns(client, "Action=ListTopics"), "Topics")->count, 1);
    (void)sns(client, "Action=DeleteTopic&TopicArn=%s", sim_client_escape(client, arn));
    EXPECT(client, "");
    (void)sns(client, "Action=DeleteTopic&TopicArn=%s", sim_client_escape(client, arn));
    EXPECT(client, "");
    (void)attribute(client, arn, "Owner");
    EXPECT(client, "NotFound");
}

static void test_attributes(void **state)
{
    struct sim_client *client = *state;
    const char *arn = create(client, "t", "");
    const char *set = arena_printf(client->arena, "Action=SetTopicAttributes&TopicArn=%s",
                                   sim_client_escape(client, arn));

    (void)sns(client, "%s&AttributeName=DisplayName&AttributeValue=x", set);
    assert_string_equal(attribute(client, arn, "DisplayName"), "x");
    (void)sns(client, "%s&AttributeName=Policy&AttributeValue=x", set);
    EXPECT(client, "InvalidParameter");
    (void)sns(client, "%s&AttributeName=Owner&AttributeValue=x", set);
    EXPECT(client, "InvalidParameter");
    (void)sns(client, "%s", set);
    EXPECT(client, "InvalidParameter");
}

static size_t tags(struct sim_client *client, const char *arn)
{
    return json_get(sns(client, "Action=ListTagsForResource&ResourceArn=%s",
                        sim_client_escape(client, arn)),
                    "Tags")
        ->count;
}

static void test_tags(void **state)
{
    struct sim_client *client = *state;
    const char *arn = create(client, "t", "&Tags.member.1.Key=a&Tags.member.1.Value=1");
    const char *escaped = sim_client_escape(client, arn);

    assert_int_equal(tags(client, arn), 1);
    (void)sns(client, "Action=TagResource&ResourceArn=%s&Tags.member.1.Key=b&Tags.member.1.Value=2",
              escaped);
    assert_int_equal(tags(client, arn), 2);
    (void)sns(client, "Action=UntagResource&ResourceArn=%s&TagKeys.member.1=a", escaped);
    assert_int_equal(tags(client, arn), 1);
    (void)sns(client, "Action=ListTagsForResource&ResourceArn=%s-not", escaped);
    EXPECT(client, "ResourceNotFound");
}

static void test_another_account(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client), *arn = create(client, "t", "");
    struct sign_key mine = client->key;
    const char *role =
        arena_printf(client->arena, "arn:aws:iam::%s:role/OrganizationAccountAccessRole", member);

    world_use(client, world_assume(client, role));
    (void)sns(client, "Action=Publish&Message=m&TopicArn=%s", sim_client_escape(client, arn));
    EXPECT(client, "AuthorizationError");
    client->key = mine;
    (void)sns(
        client, "Action=SetTopicAttributes&TopicArn=%s&AttributeName=Policy&AttributeValue=%s",
        sim_client_escape(client, arn),
        world_policy(client, arena_printf(client->arena,
                                          "{'Statement':{'Effect':'Allow','Principal':{'AWS':'%s'},"
                                          "'Action':'sns:Publish','Resource':'*'}}",
                                          member)));
    EXPECT(client, "");
    world_use(client, world_assume(client, role));
    (void)sns(client, "Action=Publish&Message=m&TopicArn=%s", sim_client_escape(client, arn));
    EXPECT(client, "");
    (void)sns(client, "Action=GetTopicAttributes&TopicArn=%s", sim_client_escape(client, arn));
    EXPECT(client, "AuthorizationError");
}

static void test_publish(void **state)
{
    struct sim_client *client = *state;
    const char *arn = create(client, "t", ""), *queue = events_listen(client, arn);
    const struct json *answer;

    answer = sns(client, "Action=Publish&Message=hello&Subject=s&TopicArn=%s",
                 sim_client_escape(client, arn));
    assert_non_null(json_str(answer, "MessageId"));
    assert_string_equal(events_heard(client, queue), "hello");
    (void)sns(client, "Action=Publish&TopicArn=%s", sim_client_escape(client, arn));
    EXPECT(client, "InvalidParameter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_topics),          WORLD_TEST(test_attributes), WORLD_TEST(test_tags),
        WORLD_TEST(test_another_account), WORLD_TEST(test_publish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
