#include "storage_world.h"

static const char create[] = "{'Name':'mine','S3BucketName':'logs'%s}";

/* Lets CloudTrail look at the bucket, and write below `folder`. */
static void let_write(struct sim_client *client, const char *folder)
{
    put(client, "/logs?policy",
        "{'Statement':[{'Effect':'Allow','Principal':{'Service':'cloudtrail.amazonaws.com'},"
        "'Action':'s3:GetBucketAcl','Resource':'arn:aws:s3:::logs'},"
        "{'Effect':'Allow','Principal':{'Service':'cloudtrail.amazonaws.com'},"
        "'Action':'s3:PutObject','Resource':'arn:aws:s3:::logs/%s/*','Condition':{'StringEquals':"
        "{'s3:x-amz-acl':'bucket-owner-full-control',"
        "'aws:SourceArn':'arn:aws:cloudtrail:us-east-1:%s:trail/mine'}}}]}",
        folder, client->account);
    EXPECT(client, "");
}

static void let_encrypt(struct sim_client *client, const char *key)
{
    const char *policy = arena_printf(
        client->arena,
        "{\\'Statement\\':[{\\'Effect\\':\\'Allow\\',\\'Principal\\':{\\'AWS\\':\\'%s\\'},"
        "\\'Action\\':\\'kms:*\\',\\'Resource\\':\\'*\\'},{\\'Effect\\':\\'Allow\\',"
        "\\'Principal\\':{\\'Service\\':\\'cloudtrail.amazonaws.com\\'},\\'Action\\':"
        "[\\'kms:GenerateDataKey*\\',\\'kms:DescribeKey\\'],\\'Resource\\':\\'*\\'}]}",
        client->account);

    (void)kms(client, "PutKeyPolicy", "{'KeyId':'%s','Policy':'%s'}", key, policy);
    EXPECT(client, "");
}

static const char *own_folder(struct sim_client *client)
{
    return arena_printf(client->arena, "AWSLogs/%s", client->account);
}

static const char *delivery_error(struct sim_client *client)
{
    return json_str(trail(client, "GetTrailStatus", "{'Name':'mine'}"), "LatestDeliveryError");
}

static void test_the_bucket_must_let_it_write(void **state)
{
    struct sim_client *client = *state;

    (void)trail(client, "CreateTrail", create, "");
    EXPECT(client, "S3BucketDoesNotExistException");
    (void)s3(client, "PUT", "/logs", NULL);
    (void)trail(client, "CreateTrail", create, "");
    EXPECT(client, "InsufficientS3BucketPolicyException");
    let_write(client, "AWSLogs/111122223333");
    (void)trail(client, "CreateTrail", create, "");
    EXPECT(client, "InsufficientS3BucketPolicyException");
    let_write(client, own_folder(client));
    (void)trail(client, "CreateTrail", create, ",'S3KeyPrefix':'deep'");
    EXPECT(client, "InsufficientS3BucketPolicyException");
    (void)trail(client, "CreateTrail", create, "");
    EXPECT(client, "");
}

static void test_an_organization_writes_to_its_own_folder(void **state)
{
    struct sim_client *client = *state;
    const char *id;

    (void)world_organization(client);
    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.EnableAWSServiceAccess",
                          "{\"ServicePrincipal\":\"cloudtrail.amazonaws.com\"}");
    id = json_str(json_get(sim_client_json(client, "organizations",
                                           "AWSOrganizationsV20161128.DescribeOrganization", "{}"),
                           "Organization"),
                  "Id");
    (void)s3(client, "PUT", "/logs", NULL);
    let_write(client, own_folder(client));
    (void)trail(client, "CreateTrail", create, ",'IsOrganizationTrail':true");
    EXPECT(client, "InsufficientS3BucketPolicyException");
    let_write(client, arena_printf(client->arena, "AWSLogs/%s", id));
    (void)trail(client, "CreateTrail", create, ",'IsOrganizationTrail':true");
    EXPECT(client, "");
}

static void test_the_key_must_let_it_encrypt(void **state)
{
    struct sim_client *client = *state;
    const char *key = new_key(client), *with, *far_key;

    with = arena_printf(client->arena, ",'KmsKeyId':'%s'", key);
    open_bucket(client, "logs");
    (void)trail(client, "CreateTrail", create, with);
    EXPECT(client, "InsufficientEncryptionPolicyException");
    (void)trail(client, "CreateTrail", create, ",'KmsKeyId':'alias/none'");
    EXPECT(client, "KmsKeyNotFoundException");
    client->region = "eu-west-1";
    far_key = new_key(client);
    client->region = "us-east-1";
    (void)trail(client, "CreateTrail", create,
                arena_printf(client->arena, ",'KmsKeyId':'%s'", far_key));
    EXPECT(client, "KmsKeyNotFoundException"); /* not where the bucket is */
    let_encrypt(client, key);
    (void)kms(client, "DisableKey", "{'KeyId':'%s'}", key);
    (void)trail(client, "CreateTrail", create, with);
    EXPECT(client, "KmsException");
    (void)kms(client, "EnableKey", "{'KeyId':'%s'}", key);
    (void)kms(client, "CreateAlias", "{'AliasName':'alias/logs','TargetKeyId':'%s'}", key);
    assert_string_equal(
        json_str(trail(client, "CreateTrail", create, ",'KmsKeyId':'alias/logs'"), "KmsKeyId"),
        key);
}

static void test_what_breaks_later_shows_in_the_status(void **state)
{
    struct sim_client *client = *state;
    const char *key = new_key(client);

    open_bucket(client, "logs");
    let_encrypt(client, key);
    (void)trail(client, "CreateTrail", create,
                arena_printf(client->arena, ",'KmsKeyId':'%s'", key));
    EXPECT(client, "");
    (void)trail(client, "StartLogging", "{'Name':'mine'}");
    assert_null(delivery_error(client));
    (void)kms(client, "DisableKey", "{'KeyId':'%s'}", key);
    assert_string_equal(delivery_error(client), "KMS.DisabledException");
    (void)kms(client, "ScheduleKeyDeletion", "{'KeyId':'%s'}", key);
    assert_string_equal(delivery_error(client), "KMS.KMSInvalidStateException");
    (void)s3(client, "DELETE", "/logs?policy", NULL);
    assert_string_equal(delivery_error(client), "AccessDenied");
    (void)s3(client, "DELETE", "/logs", NULL);
    assert_string_equal(delivery_error(client), "NoSuchBucket");
    (void)trail(client, "StopLogging", "{'Name':'mine'}");
    assert_null(delivery_error(client)); /* it does not try */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_the_bucket_must_let_it_write),
        WORLD_TEST(test_an_organization_writes_to_its_own_folder),
        WORLD_TEST(test_the_key_must_let_it_encrypt),
        WORLD_TEST(test_what_breaks_later_shows_in_the_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
