#include "storage_world.h"

static const char *etag(struct sim_client *client)
{
    return http_header_get(&client->response.headers, "ETag");
}

/* One call with one more header. */
static void send_with(struct sim_client *client, const char *method, const char *path,
                      const char *name, const char *value)
{
    struct http_request request = {
        .method = method,
        .url = arena_printf(client->arena, "http://s3.us-east-1.amazonaws.com%s", path),
        .body = str_eq(method, "PUT") ? "x" : NULL,
        .body_len = str_eq(method, "PUT") ? 1 : 0,
    };

    http_header_add(&request.headers, client->arena, name, value);
    sim_client_send(client, &request, "s3");
}

static void test_a_body_that_is_xml_names_no_bucket(void **state)
{
    struct sim_client *client = *state;

    (void)s3(client, "PUT", "/mine", NULL);
    (void)s3(client, "PUT", "/other", NULL);
    put(client, "/mine/key", "<Bucket>other</Bucket>");
    EXPECT(client, "");
    (void)s3(client, "GET", "/other/key", NULL);
    EXPECT(client, "NoSuchKey");
    (void)s3(client, "GET", "/mine/key", NULL);
    assert_string_equal(client->response.body, "<Bucket>other</Bucket>");
}

static void test_conditions_let_one_through(void **state)
{
    struct sim_client *client = *state;
    const char *first, *second;

    (void)s3(client, "PUT", "/mine", NULL);
    send_with(client, "PUT", "/mine/lock", "If-Match", "\"0\"");
    EXPECT(client, "NoSuchKey");
    send_with(client, "PUT", "/mine/lock", "If-None-Match", "*");
    EXPECT(client, "");
    first = etag(client);
    send_with(client, "PUT", "/mine/lock", "If-None-Match", "*");
    EXPECT(client, "PreconditionFailed");
    assert_int_equal(client->response.status, 412);
    put(client, "/mine/lock", "other");
    second = etag(client);
    assert_string_not_equal(first, second);
    send_with(client, "PUT", "/mine/lock", "If-Match", first);
    EXPECT(client, "PreconditionFailed");
    send_with(client, "DELETE", "/mine/lock", "If-Match", first);
    EXPECT(client, "PreconditionFailed");
    send_with(client, "DELETE", "/mine/lock", "If-Match", second);
    EXPECT(client, "");
    (void)s3(client, "GET", "/mine/lock", NULL);
    EXPECT(client, "NoSuchKey");
}

static void test_sizes_are_bounded(void **state)
{
    struct sim_client *client = *state;
    char *key = arena_alloc(client->arena, 1100);

    (void)s3(client, "PUT", "/mine", NULL);
    memset(key, 'k', 1099);
    put(client, arena_printf(client->arena, "/mine/%s", key), "x");
    EXPECT(client, "KeyTooLongError");
    key = arena_alloc(client->arena, 1024 * 1024 + 2);
    memset(key, 'b', 1024 * 1024 + 1);
    (void)s3(client, "PUT", "/mine/big", key);
    EXPECT(client, "EntityTooLarge");
    key[1024 * 1024] = '\0';
    (void)s3(client, "PUT", "/mine/big", key);
    EXPECT(client, "");
}

static void test_a_bucket_with_objects_stays(void **state)
{
    struct sim_client *client = *state;

    (void)s3(client, "PUT", "/mine", NULL);
    put(client, "/mine?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    put(client, "/mine/key", "x");
    (void)s3(client, "DELETE", "/mine/key", NULL);
    EXPECT(client, "");
    (void)s3(client, "DELETE", "/mine", NULL); /* a version and a marker are left */
    EXPECT(client, "BucketNotEmpty");
    (void)s3(client, "GET", "/mine/key?acl", NULL);
    EXPECT(client, "NotImplemented");
}

static void test_locked_versions_stay_until_their_time(void **state)
{
    struct sim_client *client = *state;
    const char *version;

    send_with(client, "PUT", "/mine", "x-amz-bucket-object-lock-enabled", "true");
    put(client, "/mine?object-lock",
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
        "<DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
        "</ObjectLockConfiguration>");
    EXPECT(client, "");
    send_with(client, "PUT", "/mine/key", "x-a", "b"); /* a lock asks for a checksum */
    EXPECT(client, "InvalidRequest");
    put(client, "/mine/key", "x");
    EXPECT(client, "");
    version = arena_printf(client->arena, "/mine/key?versionId=%s",
                           http_header_get(&client->response.headers, "x-amz-version-id"));
    send_with(client, "DELETE", version, "x-amz-bypass-governance-retention", "true");
    EXPECT(client, "AccessDenied");
    sim_client_wait(client, 24L * 60 * 60 + 1);
    (void)s3(client, "DELETE", version, NULL);
    EXPECT(client, "");
    (void)s3(client, "DELETE", "/mine", NULL);
    EXPECT(client, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_a_body_that_is_xml_names_no_bucket),
        WORLD_TEST(test_conditions_let_one_through),
        WORLD_TEST(test_sizes_are_bounded),
        WORLD_TEST(test_a_bucket_with_objects_stays),
        WORLD_TEST(test_locked_versions_stay_until_their_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
