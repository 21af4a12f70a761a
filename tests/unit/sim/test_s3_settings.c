#include "storage_world.h"

static int open_one(void **state)
{
    return world_open(state) != 0 || s3(*state, "PUT", "/one", NULL) == NULL ? -1 : 0;
}

#define BUCKET_TEST(test) cmocka_unit_test_setup_teardown(test, open_one, world_close)

#define LOCK(RETENTION)                                                                            \
    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"                \
    "<DefaultRetention>" RETENTION "</DefaultRetention></Rule></ObjectLockConfiguration>"
#define VERSIONING(STATUS)                                                                         \
    "<VersioningConfiguration><Status>" STATUS "</Status></VersioningConfiguration>"

static void test_a_new_bucket_is_closed(void **state)
{
    const struct json *block = s3(*state, "GET", "/one?publicAccessBlock", NULL);
    const struct json *encryption = s3(*state, "GET", "/one?encryption", NULL);

    assert_true(json_bool(block, "RestrictPublicBuckets", false));
    assert_string_equal(
        json_str(json_path(encryption, "Rule", "ApplyServerSideEncryptionByDefault", NULL),
                 "SSEAlgorithm"),
        "AES256");
    assert_null(json_get(s3(*state, "GET", "/one?versioning", NULL), "Status"));
}

static void test_what_is_absent_has_a_code(void **state)
{
    static const struct {
        const char *query, *code;
    } absent[] = {
        {"policy", "NoSuchBucketPolicy"},
        {"lifecycle", "NoSuchLifecycleConfiguration"},
        {"object-lock", "ObjectLockConfigurationNotFoundError"},
        {"replication", "ReplicationConfigurationNotFoundError"},
        {"tagging", "NoSuchTagSet"},
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        (void)s3(client, "GET", arena_printf(client->arena, "/one?%s", absent[i].query), NULL);
        EXPECT(client, absent[i].code);
        assert_int_equal(client->response.status, 404);
    }
}

static void test_members_that_repeat_stay(void **state)
{
    const struct json *seen;
    size_t count = 0;

    put(*state, "/one?lifecycle",
        "<LifecycleConfiguration>"
        "<Rule><ID>a</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>"
        "<Expiration><Days>1</Days></Expiration></Rule>"
        "<Rule><ID>b</ID><Filter><Prefix>x</Prefix></Filter><Status>Disabled</Status>"
        "<Expiration><Days>2</Days></Expiration></Rule></LifecycleConfiguration>");
    EXPECT(*state, "");
    seen = s3(*state, "GET", "/one?lifecycle", NULL);
    for (const struct json *it = json_first(seen); it != NULL; it = it->next)
        count += str_eq(it->key, "Rule");
    assert_int_equal(count, 2);
}

static void test_lifecycle_rules_are_checked(void **state)
{
    static const char *const wrong[][2] = {
        {"<Status>Enabled</Status>", "MalformedXML"}, /* no filter */
        {"<Filter/><Status>On</Status>", "MalformedXML"},
        {"<Filter/><Status>Enabled</Status>", "InvalidRequest"},
        {"<Filter/><Status>Enabled</Status><Expiration><Days>0</Days></Expiration>",
         "InvalidArgument"},
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        put(*state, "/one?lifecycle",
            "<LifecycleConfiguration><Rule>%s</Rule></LifecycleConfiguration>", wrong[i][0]);
        EXPECT(*state, wrong[i][1]);
    }
}

static void test_a_lock_needs_versions_and_keeps_them(void **state)
{
    put(*state, "/one?object-lock", LOCK("<Mode>GOVERNANCE</Mode><Days>1</Days>"));
    EXPECT(*state, "InvalidBucketState");
    put(*state, "/one?versioning", VERSIONING("Sometimes"));
    EXPECT(*state, "IllegalVersioningConfigurationException");
    put(*state, "/one?versioning", VERSIONING("Enabled"));
    put(*state, "/one?object-lock", LOCK("<Mode>LOOSE</Mode><Days>1</Days>"));
    EXPECT(*state, "MalformedXML");
    put(*state, "/one?object-lock", LOCK("<Mode>COMPLIANCE</Mode><Days>0</Days>"));
    EXPECT(*state, "InvalidArgument");
    put(*state, "/one?object-lock", LOCK("<Mode>COMPLIANCE</Mode><Years>1</Years>"));
    EXPECT(*state, "");
    put(*state, "/one?versioning", VERSIONING("Suspended"));
    EXPECT(*state, "InvalidBucketState");
}

static void test_encryption_is_checked_and_falls_back(void **state)
{
    put(*state, "/one?encryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID>"
        "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>");
    EXPECT(*state, "InvalidArgument");
    put(*state, "/one?encryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
        "</ServerSideEncryptionConfiguration>");
    EXPECT(*state, "");
    (void)s3(*state, "DELETE", "/one?encryption", NULL);
    test_a_new_bucket_is_closed(state);
}

static void test_blocks_and_ownership(void **state)
{
    put(*state, "/one?publicAccessBlock",
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>"
        "</PublicAccessBlockConfiguration>");
    assert_string_equal(
        json_str(s3(*state, "GET", "/one?publicAccessBlock", NULL), "BlockPublicPolicy"), "false");
    put(*state, "/one?ownershipControls",
        "<OwnershipControls><Rule><ObjectOwnership>Nobody</ObjectOwnership></Rule>"
        "</OwnershipControls>");
    EXPECT(*state, "MalformedXML");
    (void)s3(*state, "DELETE", "/one?ownershipControls", NULL);
    (void)s3(*state, "GET", "/one?ownershipControls", NULL);
    EXPECT(*state, "OwnershipControlsNotFoundError");
}

static void test_tags_are_checked(void **state)
{
    static const char *const wrong[] = {
        "<Tag><Key>aws:x</Key><Value>1</Value></Tag>",
        "<Tag><Value>1</Value></Tag>",
        "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag>",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        put(*state, "/one?tagging", "<Tagging><TagSet>%s</TagSet></Tagging>", wrong[i]);
        EXPECT(*state, "InvalidTag");
    }
    put(*state, "/one?tagging", "<Tagging><Other>1</Other></Tagging>");
    EXPECT(*state, "MalformedXML");
}

static void test_a_checksum_must_be_there_and_right(void **state)
{
    static const char tagging[] = "<Tagging><TagSet></TagSet></Tagging>";
    struct sim_client *client = *state;
    struct http_request request = {.method = "PUT",
                                   .url = "http://s3.us-east-1.amazonaws.com/one?tagging",
                                   .body = tagging,
                                   .body_len = sizeof tagging - 1};

    sim_client_send(client, &request, "s3");
    EXPECT(client, "InvalidRequest");
    (void)s3(client, "PUT", "/one?tagging", NULL); /* nothing at all */
    EXPECT(client, "InvalidRequest");
    request.headers = (struct http_headers){0};
    http_header_add(&request.headers, client->arena, "Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==");
    sim_client_send(client, &request, "s3");
    EXPECT(client, "BadDigest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BUCKET_TEST(test_a_new_bucket_is_closed),
        BUCKET_TEST(test_what_is_absent_has_a_code),
        BUCKET_TEST(test_members_that_repeat_stay),
        BUCKET_TEST(test_lifecycle_rules_are_checked),
        BUCKET_TEST(test_a_lock_needs_versions_and_keeps_them),
        BUCKET_TEST(test_encryption_is_checked_and_falls_back),
        BUCKET_TEST(test_blocks_and_ownership),
        BUCKET_TEST(test_tags_are_checked),
        BUCKET_TEST(test_a_checksum_must_be_there_and_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
