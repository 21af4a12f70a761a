#include "storage_world.h"

static int open_one(void **state)
{
    return world_open(state) != 0 || s3(*state, "PUT", "/one", NULL) == NULL ? -1 : 0;
}

#define BUCKET_TEST(test) cmocka_unit_test_setup_teardown(test, open_one, world_close)
#define ALLOW(REST) "{'Statement':{'Effect':'Allow'," REST "}}"

static void test_what_is_no_policy_of_the_bucket(void **state)
{
    static const char *const wrong[] = {
        "no JSON",
        ALLOW("'Action':'s3:*','Resource':'arn:aws:s3:::one'"), /* nobody */
        ALLOW("'Principal':{'AWS':'arn:aws:s3:::x'},'Action':'s3:*','Resource':'arn:aws:s3:::one'"),
        ALLOW("'Principal':{'AWS':'111122223333'},'Action':'ec2:*','Resource':'arn:aws:s3:::one'"),
        ALLOW("'Principal':{'AWS':'111122223333'},'Action':'s3:*','Resource':'arn:aws:s3:::two'"),
        ALLOW("'Principal':{'AWS':'111122223333'},'Action':'s3:*','Resource':'*'"),
        ALLOW("'Principal':{'AWS':'111122223333'},'Action':'s3:*'"),
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        put(*state, "/one?policy", "%s", wrong[i]);
        EXPECT(*state, "MalformedPolicy");
    }
}

static void test_nothing_is_no_policy(void **state)
{
    (void)s3(*state, "PUT", "/one?policy", NULL);
    EXPECT(*state, "MalformedPolicy");
}

static void test_a_policy_can_be_too_long(void **state)
{
    struct sim_client *client = *state;
    size_t len = 21 * 1024;
    char *blanks = arena_alloc(client->arena, len + 1);

    memset(blanks, ' ', len);
    put(client, "/one?policy", "%s{'Statement':[]}", blanks);
    EXPECT(client, "MalformedPolicy");
}

static void test_public_policies_are_blocked_while_the_block_stands(void **state)
{
    static const char everybody[] =
        ALLOW("'Principal':'*','Action':'s3:GetObject','Resource':'arn:aws:s3:::one/*'");
    static const char organization[] =
        ALLOW("'Principal':{'AWS':'*'},'Action':'s3:GetObject','Resource':'arn:aws:s3:::one/*',"
              "'Condition':{'StringEquals':{'aws:PrincipalOrgID':'o-1234567890'}}");

    put(*state, "/one?policy", "%s", everybody);
    EXPECT(*state, "AccessDenied");
    put(*state, "/one?policy", "%s", organization);
    EXPECT(*state, "");
    (void)s3(*state, "DELETE", "/one?publicAccessBlock", NULL);
    put(*state, "/one?policy", "%s", everybody);
    EXPECT(*state, "");
}

static void test_a_policy_comes_back_as_it_was_given(void **state)
{
    struct sim_client *client = *state;
    const char *text = "{ \"Statement\" : [{\"Effect\":\"Deny\",\"Principal\":\"*\","
                       "\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::one/*\"}] }";

    (void)s3(client, "PUT", "/one?policy", text);
    EXPECT(client, "");
    (void)s3(client, "GET", "/one?policy", NULL);
    assert_string_equal(client->response.body, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUCKET_TEST(test_what_is_no_policy_of_the_bucket),
        BUCKET_TEST(test_nothing_is_no_policy),
        BUCKET_TEST(test_a_policy_can_be_too_long),
        BUCKET_TEST(test_public_policies_are_blocked_while_the_block_stands),
        BUCKET_TEST(test_a_policy_comes_back_as_it_was_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
