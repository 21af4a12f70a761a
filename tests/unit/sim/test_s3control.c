#include "world.h"

#define URI "/v20180820/configuration/publicAccessBlock"
#define BODY(POLICY)                                                                               \
    "<PublicAccessBlockConfiguration xmlns=\"http://awss3control.amazonaws.com/doc/2018-08-20/\">" \
    "<BlockPublicAcls>true</BlockPublicAcls><BlockPublicPolicy>" POLICY                            \
    "</BlockPublicPolicy></PublicAccessBlockConfiguration>"

/* S3 Control as `account` would name itself. */
static const struct json *control(struct sim_client *client, const char *method, const char *body,
                                  const char *account)
{
    struct http_request request = {
        .method = method,
        .url = arena_printf(client->arena, "http://%s.s3-control.us-east-1.amazonaws.com%s",
                            client->account, URI),
        .body = body,
        .body_len = body == NULL ? 0 : strlen(body),
    };

    if (account != NULL)
        http_header_add(&request.headers, client->arena, "x-amz-account-id", account);
    sim_client_send(client, &request, "s3");
    return sim_client_tree(client);
}

static void test_one_setting_for_the_account(void **state)
{
    struct sim_client *client = *state;
    const struct json *block;

    (void)control(client, "GET", NULL, client->account);
    EXPECT(client, "NoSuchPublicAccessBlockConfiguration");
    assert_int_equal(client->response.status, 404);
    (void)control(client, "PUT", BODY("false"), client->account);
    EXPECT(client, "");
    client->region = "eu-west-1"; /* whatever the region */
    block = control(client, "GET", NULL, client->account);
    assert_string_equal(block->key, "PublicAccessBlockConfiguration");
    assert_true(json_bool(block, "BlockPublicAcls", false));
    assert_false(json_bool(block, "BlockPublicPolicy", true));
    assert_false(json_bool(block, "RestrictPublicBuckets", true)); /* not named: off */
    (void)control(client, "DELETE", NULL, client->account);
    assert_int_equal(client->response.status, 204);
    (void)control(client, "DELETE", NULL, client->account);
    assert_int_equal(client->response.status, 204);
    (void)control(client, "GET", NULL, client->account);
    EXPECT(client, "NoSuchPublicAccessBlockConfiguration");
}

static void test_refusals(void **state)
{
    struct sim_client *client = *state;

    (void)control(client, "GET", NULL, NULL);
    EXPECT(client, "InvalidRequest");
    (void)control(client, "GET", NULL, "111122223333");
    EXPECT(client, "AccessDenied");
    (void)control(client, "PUT", BODY("true"), "111122223333");
    EXPECT(client, "AccessDenied");
    (void)control(client, "PUT", NULL, client->account);
    EXPECT(client, "MalformedXML");
    assert_int_equal(sim_store_count(client->sim->store, client->account, "", "s3-account"), 0);
}

/* What organizations.c does when a policy is attached to the root, for the login's account. */
static void attach(struct sim_client *client, const char *value)
{
    const char *root, *policy;

    (void)world_organization(client);
    root = json_str(json_at(json_get(sim_client_json(client, "organizations",
                                                     "AWSOrganizationsV20161128.ListRoots", "{}"),
                                     "Roots"),
                            0),
                    "Id");
    (void)sim_client_json(
        client, "organizations", "AWSOrganizationsV20161128.EnablePolicyType",
        arena_printf(client->arena, "{\"RootId\":\"%s\",\"PolicyType\":\"S3_POLICY\"}", root));
    EXPECT(client, "");
    policy = json_str(
        json_path(sim_client_json(
                      client, "organizations", "AWSOrganizationsV20161128.CreatePolicy",
                      arena_printf(client->arena,
                                   "{\"Name\":\"s3\",\"Description\":\"\",\"Type\":\"S3_POLICY\","
                                   "\"Content\":\"{\\\"s3_attributes\\\":"
                                   "{\\\"public_access_block_configuration\\\":"
                                   "{\\\"@@assign\\\":\\\"%s\\\"}}}\"}",
                                   value)),
                  "Policy", "PolicySummary", NULL),
        "Id");
    EXPECT(client, "");
    (void)sim_client_json(
        client, "organizations", "AWSOrganizationsV20161128.AttachPolicy",
        arena_printf(client->arena, "{\"PolicyId\":\"%s\",\"TargetId\":\"%s\"}", policy, root));
    EXPECT(client, "");
}

static void test_held_by_the_organization(void **state)
{
    struct sim_client *client = *state;
    const struct json *block;

    attach(client, "all");
    block = control(client, "GET", NULL, client->account);
    EXPECT(client, "");
    assert_true(json_bool(block, "RestrictPublicBuckets", false));
    (void)control(client, "PUT", BODY("true"), client->account);
    EXPECT(client, "AccessDenied");
    assert_int_equal(client->response.status, 403);
    (void)control(client, "DELETE", NULL, client->account);
    EXPECT(client, "AccessDenied");
}

static void test_held_open(void **state)
{
    struct sim_client *client = *state;
    const struct json *block;

    (void)control(client, "PUT", BODY("true"), client->account);
    attach(client, "none");
    block = control(client, "GET", NULL, client->account);
    assert_false(json_bool(block, "BlockPublicAcls", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_one_setting_for_the_account),
        WORLD_TEST(test_refusals),
        WORLD_TEST(test_held_by_the_organization),
        WORLD_TEST(test_held_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
