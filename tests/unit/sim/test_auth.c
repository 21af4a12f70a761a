#include "world.h"

static const char body[] = "Action=GetCallerIdentity&Version=2011-06-15";

static struct http_request whoami(void)
{
    return (struct http_request){.method = "POST",
                                 .url = "http://sts.amazonaws.com/",
                                 .body = body,
                                 .body_len = sizeof body - 1};
}

static void set_header(struct http_request *request, const char *name, const char *value)
{
    for (size_t i = 0; i < request->headers.count; i++)
        if (str_eq_nocase(request->headers.items[i].name, name))
            request->headers.items[i].value = value;
}

static void handle(struct sim_client *client, struct http_request *request)
{
    sim_handle(client->sim, request, client->arena, &client->response);
}

static struct http_request signed_whoami(struct sim_client *client)
{
    struct http_request request = whoami();

    sign_request(&request, &client->key, client->region, "sts", env_wall_ms(&client->env),
                 client->arena);
    return request;
}

static void test_a_good_signature_is_taken(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = signed_whoami(client);

    handle(client, &request);
    EXPECT(client, "");
}

static void test_anything_changed_is_seen(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = signed_whoami(client);

    request.url = "http://sts.amazonaws.com/?x=1";
    handle(client, &request);
    EXPECT(client, "SignatureDoesNotMatch");
    request = signed_whoami(client);
    request.url = "http://sts.amazonaws.com/a";
    handle(client, &request);
    EXPECT(client, "SignatureDoesNotMatch");
    request = signed_whoami(client);
    request.body = "Action=GetCallerIdentity&Version=2011-06-15&x=1";
    request.body_len = strlen(request.body);
    handle(client, &request);
    EXPECT(client, "SignatureDoesNotMatch");
    request = signed_whoami(client);
    request.method = "GET";
    handle(client, &request);
    EXPECT(client, "SignatureDoesNotMatch");
    request = signed_whoami(client);
    set_header(&request, "Host", "sts.eu-west-1.amazonaws.com");
    handle(client, &request);
    EXPECT(client, "SignatureDoesNotMatch");
}

static void test_headers_that_are_not_signed(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = signed_whoami(client);

    http_header_add(&request.headers, client->arena, "Accept", "*/*");
    handle(client, &request);
    EXPECT(client, ""); /* not one that must be signed */
    http_header_add(&request.headers, client->arena, "X-Amz-Security-Token", "x");
    handle(client, &request);
    assert_int_not_equal(client->response.status, 200);
    request = signed_whoami(client);
    http_header_add(&request.headers, client->arena, "X-Amz-Meta", "x");
    handle(client, &request);
    EXPECT(client, "SignatureDoesNotMatch");
}

static void test_query_and_blanks_are_made_canonical(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = whoami();

    request.url = "http://sts.amazonaws.com/?b=2&a=%2F&empty&b=1";
    http_header_add(&request.headers, client->arena, "X-Amz-Note", "one two");
    sign_request(&request, &client->key, "us-east-1", "sts", env_wall_ms(&client->env),
                 client->arena);
    set_header(&request, "X-Amz-Note", "  one   two ");
    handle(client, &request);
    EXPECT(client, "");
}

static void test_a_header_that_is_incomplete(void **state)
{
    static const char *const broken[] = {
        "Basic abc",
        "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00",
        "AWS4-HMAC-SHA256 Credential=AKIA/20261124/us-east-1/sts, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=A/20261124/us-east-1/sts/aws4_request, Signature=00",
        "AWS4-HMAC-SHA256 Credential=A/20261124/us-east-1/sts/aws4_request, SignedHeaders=host",
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct http_request request = signed_whoami(client);

        set_header(&request, "Authorization", broken[i]);
        handle(client, &request);
        EXPECT(client, "IncompleteSignature");
    }
}

static void test_no_signature_at_all(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = whoami();

    handle(client, &request);
    EXPECT(client, "MissingAuthenticationToken");
    assert_int_equal(client->response.status, 403);
    request.url = "http://somewhere.example.com/"; /* the API's version tells the service */
    handle(client, &request);
    EXPECT(client, "MissingAuthenticationToken");
}

static void test_the_clock_may_be_off_by_a_quarter_of_an_hour(void **state)
{
    static const struct {
        int64_t off_s;
        const char *code;
    } cases[] = {{0, ""},
                 {-899, ""},
                 {899, ""},
                 {-901, "SignatureDoesNotMatch"},
                 {901, "SignatureDoesNotMatch"}};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request = whoami();

        sign_request(&request, &client->key, "us-east-1", "sts",
                     env_wall_ms(&client->env) + cases[i].off_s * 1000, client->arena);
        handle(client, &request);
        EXPECT(client, cases[i].code);
    }
    assert_non_null(strstr(client->response.body, "Signature not yet current"));
}

static void test_the_date_of_the_scope_is_the_date_of_the_request(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = signed_whoami(client);

    set_header(&request, "X-Amz-Date", "20261125T000000Z");
    handle(client, &request);
    EXPECT(client, "SignatureDoesNotMatch");
    set_header(&request, "X-Amz-Date", "20261124");
    handle(client, &request);
    EXPECT(client, "IncompleteSignature");
}

static void test_keys_and_tokens(void **state)
{
    struct sim_client *client = *state;
    struct sign_key login = client->key;

    client->key.access_key_id = "AKIAAAAAAAAAAAAAAAAA";
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "InvalidClientTokenId");
    client->key = login;
    client->key.session_token = "made-up";
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "InvalidClientTokenId");
    client->key = login;
    client->key.secret_access_key = "guessed";
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "SignatureDoesNotMatch");
}

static void test_a_session_ends(void **state)
{
    struct sim_client *client = *state;

    world_use(client, sts(client, "Action=GetSessionToken&DurationSeconds=900"));
    sim_client_wait(client, 899);
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "");
    sim_client_wait(client, 1);
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "ExpiredToken");
    client->key.session_token = NULL;
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "InvalidClientTokenId");
}

static void test_regions(void **state)
{
    struct sim_client *client = *state;

    client->region = "eu-west-1";
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "");
    (void)iam(client, "Action=ListRoles"); /* signs in one region */
    EXPECT(client, "SignatureDoesNotMatch");
    client->region = "nowhere-1";
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "SignatureDoesNotMatch");
    client->region = "cn-north-1"; /* another partition */
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "SignatureDoesNotMatch");
    client->region = "af-south-1"; /* not turned on */
    (void)sts(client, "Action=GetCallerIdentity");
    EXPECT(client, "InvalidClientTokenId");
}

static void test_a_foreign_host_may_sign_a_global_service_anywhere(void **state)
{
    struct sim_client *client = *state;
    const char list[] = "Action=ListRoles&Version=2010-05-08";
    struct http_request request = {.method = "POST",
                                   .url = "http://127.0.0.1:4600/",
                                   .body = list,
                                   .body_len = sizeof list - 1};

    client->region = "eu-west-1";
    sim_client_send(client, &request, "iam");
    EXPECT(client, "");
}

static void test_each_protocol_has_its_own_codes(void **state)
{
    struct sim_client *client = *state;

    client->key.secret_access_key = "guessed";
    (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    EXPECT(client, "AuthFailure");
    (void)sim_client_json(client, "organizations", "AWSOrganizationsV20161128.ListRoots", "{}");
    EXPECT(client, "InvalidSignatureException");
    assert_int_equal(client->response.status, 400);
    (void)sim_client_rest(client, "account", "POST", "/listRegions", "{}");
    EXPECT(client, "InvalidSignatureException");
    assert_int_equal(client->response.status, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_good_signature_is_taken),
        WORLD_TEST(test_anything_changed_is_seen),
        WORLD_TEST(test_headers_that_are_not_signed),
        WORLD_TEST(test_query_and_blanks_are_made_canonical),
        WORLD_TEST(test_a_header_that_is_incomplete),
        WORLD_TEST(test_no_signature_at_all),
        WORLD_TEST(test_the_clock_may_be_off_by_a_quarter_of_an_hour),
        WORLD_TEST(test_the_date_of_the_scope_is_the_date_of_the_request),
        WORLD_TEST(test_keys_and_tokens),
        WORLD_TEST(test_a_session_ends),
        WORLD_TEST(test_regions),
        WORLD_TEST(test_a_foreign_host_may_sign_a_global_service_anywhere),
        WORLD_TEST(test_each_protocol_has_its_own_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
