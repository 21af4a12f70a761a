#include "storage_world.h"

static void test_names_are_global(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client);

    (void)s3(client, "PUT", "/mine", NULL);
    EXPECT(client, "");
    become(client, member);
    (void)s3(client, "PUT", "/mine", NULL);
    EXPECT(client, "BucketAlreadyExists");
    (void)s3(client, "GET", "/mine?versioning", NULL);
    EXPECT(client, "AccessDenied");
    assert_null(json_first(json_get(s3(client, "GET", "/", NULL), "Buckets")));
}

static void test_names_have_rules(void **state)
{
    static const char *const bad[] = {"/ab",        "/Abc",  "/a_b",   "/-abc",     "/abc-",
                                      "/192.0.2.1", "/a..b", "/xn--a", "/abc--x-s3"};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)s3(client, "PUT", bad[i], NULL);
        EXPECT(client, "InvalidBucketName");
    }
}

static void test_a_bucket_is_made_where_it_is_to_be(void **state)
{
    struct sim_client *client = *state;

    client->region = "eu-west-1";
    (void)s3(client, "PUT", "/here", NULL);
    EXPECT(client, "IllegalLocationConstraintException");
    put(client, "/here",
        "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint>"
        "</CreateBucketConfiguration>");
    EXPECT(client, "IllegalLocationConstraintException");
    put(client, "/here",
        "<CreateBucketConfiguration><LocationConstraint>moon-1</LocationConstraint>"
        "</CreateBucketConfiguration>");
    EXPECT(client, "InvalidLocationConstraint");
    put(client, "/here",
        "<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint>"
        "<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>");
    EXPECT(client, "");
    assert_string_equal(
        json_str(json_path(s3(client, "GET", "/here?tagging", NULL), "TagSet", "Tag", NULL), "Key"),
        "a");
    put(client, "/here",
        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
        "</CreateBucketConfiguration>");
    EXPECT(client, "BucketAlreadyOwnedByYou");
}

static void test_another_region_sends_away(void **state)
{
    struct sim_client *client = *state;

    (void)s3(client, "PUT", "/there", NULL);
    client->region = "eu-west-1";
    (void)s3(client, "GET", "/there?versioning", NULL);
    EXPECT(client, "PermanentRedirect");
    assert_int_equal(client->response.status, 301);
    assert_string_equal(http_header_get(&client->response.headers, "x-amz-bucket-region"),
                        "us-east-1");
    (void)s3(client, "HEAD", "/there", NULL);
    assert_int_equal(client->response.status, 301);
    (void)s3(client, "GET", "/there?location", NULL);
    EXPECT(client, "");
    (void)sim_client_rest(client, "s3", "GET", "/there?versioning", NULL); /* s3.amazonaws.com */
    EXPECT(client, "AuthorizationHeaderMalformed");
}

static void test_the_end_of_a_bucket(void **state)
{
    struct sim_client *client = *state;

    open_bucket(client, "short-lived");
    (void)s3(client, "DELETE", "/short-lived?analytics", NULL);
    EXPECT(client, "NotImplemented");
    (void)s3(client, "DELETE", "/short-lived", NULL);
    EXPECT(client, "");
    (void)s3(client, "GET", "/short-lived?policy", NULL);
    EXPECT(client, "NoSuchBucket");
    (void)s3(client, "PUT", "/short-lived", NULL);
    (void)s3(client, "GET", "/short-lived?policy", NULL);
    EXPECT(client, "NoSuchBucketPolicy");
}

static void test_a_list_has_pages(void **state)
{
    struct sim_client *client = *state;
    const struct json *page;

    (void)s3(client, "PUT", "/list-b", NULL);
    (void)s3(client, "PUT", "/list-a", NULL);
    (void)s3(client, "PUT", "/other", NULL);
    page = s3(client, "GET", "/?prefix=list-&max-buckets=1", NULL);
    assert_string_equal(json_str(json_path(page, "Buckets", "Bucket", NULL), "Name"), "list-a");
    page = s3(client, "GET", "/?prefix=list-&max-buckets=1&continuation-token=list-a", NULL);
    assert_string_equal(json_str(json_path(page, "Buckets", "Bucket", NULL), "Name"), "list-b");
    assert_null(json_get(page, "ContinuationToken"));
}

static void test_the_owner_is_checked(void **state)
{
    struct sim_client *client = *state;
    struct http_request request = {.method = "GET",
                                   .url = "http://s3.us-east-1.amazonaws.com/mine?versioning"};

    (void)s3(client, "PUT", "/mine", NULL);
    http_header_add(&request.headers, client->arena, "x-amz-expected-bucket-owner", "111122223333");
    sim_client_send(client, &request, "s3");
    EXPECT(client, "AccessDenied");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_names_are_global),
        WORLD_TEST(test_names_have_rules),
        WORLD_TEST(test_a_bucket_is_made_where_it_is_to_be),
        WORLD_TEST(test_another_region_sends_away),
        WORLD_TEST(test_the_end_of_a_bucket),
        WORLD_TEST(test_a_list_has_pages),
        WORLD_TEST(test_the_owner_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
