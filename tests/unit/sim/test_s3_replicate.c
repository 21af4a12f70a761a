/* What arrives in the bucket that a replication names, and what does not. */
#include "storage_world.h"

#define VERSIONED "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
#define TRUST                                                                                      \
    "{'Statement':{'Effect':'Allow','Principal':{'Service':'s3.amazonaws.com'},"                   \
    "'Action':'sts:AssumeRole'}}"

static void may(struct sim_client *client, const char *text)
{
    (void)iam(client, "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
              world_policy(client, text));
    EXPECT(client, "");
}

/* Replicate what begins with "logs/" of "one" to "two". */
static void replicate(struct sim_client *client, const char *markers, const char *selection,
                      const char *encryption)
{
    (void)s3(client, "PUT", "/one?replication",
             arena_printf(client->arena,
                          "<ReplicationConfiguration><Role>arn:aws:iam::%s:role/r</Role><Rule>"
                          "<Status>Enabled</Status><Priority>1</Priority>"
                          "<Filter><Prefix>logs/</Prefix></Filter>%s"
                          "<DeleteMarkerReplication><Status>%s</Status></DeleteMarkerReplication>"
                          "<Destination><Bucket>arn:aws:s3:::two</Bucket>%s</Destination></Rule>"
                          "</ReplicationConfiguration>",
                          client->account, selection, markers, encryption));
    EXPECT(client, "");
}

static int fill(struct sim_client *client)
{
    (void)world_role(client, "r", TRUST);
    may(client, EVERYTHING);
    (void)s3(client, "PUT", "/one", NULL);
    (void)s3(client, "PUT", "/two", NULL);
    put(client, "/one?versioning", VERSIONED);
    put(client, "/two?versioning", VERSIONED);
    replicate(client, "Disabled", "", "");
    return 0;
}

static int open_pair(void **state)
{
    return world_open(state) == 0 ? fill(*state) : -1;
}

static int open_slow_pair(void **state)
{
    return world_open_slow(state) == 0 ? fill(*state) : -1;
}

static const char *status_of(struct sim_client *client, const char *path)
{
    const char *status;

    (void)s3(client, "HEAD", path, NULL);
    status = http_header_get(&client->response.headers, "x-amz-replication-status");
    return status == NULL ? "" : status;
}

static const char *version_of(struct sim_client *client, const char *path)
{
    (void)s3(client, "HEAD", path, NULL);
    return arena_str(client->arena, http_header_get(&client->response.headers, "x-amz-version-id"));
}

static void test_it_arrives_as_it_was(void **state)
{
    struct sim_client *client = *state;

    put(client, "/one/logs/a", "hello");
    put(client, "/one/other", "not this");
    assert_string_equal(status_of(client, "/one/logs/a"), "COMPLETED");
    assert_string_equal(status_of(client, "/one/other"), "");
    assert_string_equal(status_of(client, "/two/logs/a"), "REPLICA");
    assert_string_equal(version_of(client, "/two/logs/a"), version_of(client, "/one/logs/a"));
    (void)s3(client, "GET", "/two/logs/a", NULL);
    assert_string_equal(client->response.body, "hello");
    (void)s3(client, "GET", "/two/other", NULL);
    EXPECT(client, "NoSuchKey");
}

/* Each right of the role that is taken away alone stops it. */
static void test_the_role_needs_its_rights(void **state)
{
    static const char *const needed[] = {
        "s3:GetReplicationConfiguration",    "s3:ListBucket",
        "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",        "s3:ReplicateObject"};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        may(client, arena_printf(client->arena,
                                 "{'Statement':[{'Effect':'Allow','Action':'*','Resource':'*'},"
                                 "{'Effect':'Deny','Action':'%s','Resource':'*'}]}",
                                 needed[i]));
        put(client, "/one/logs/a", "hello");
        if (!str_eq(status_of(client, "/one/logs/a"), "FAILED"))
            fail_msg("without %s it is %s", needed[i], status_of(client, "/one/logs/a"));
    }
    (void)s3(client, "GET", "/two/logs/a", NULL);
    EXPECT(client, "NoSuchKey");
}

static void test_both_buckets_have_a_say(void **state)
{
    static const char *const denies[] = {
        "/one?policy {'Version':'2012-10-17','Statement':{'Effect':'Deny','Principal':'*',"
        "'Action':'s3:GetObjectVersionForReplication','Resource':'arn:aws:s3:::one/*'}}",
        "/two?policy {'Version':'2012-10-17','Statement':{'Effect':'Deny','Principal':'*',"
        "'Action':'s3:ReplicateObject','Resource':'arn:aws:s3:::two/*'}}"};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof denies / sizeof denies[0]; i++) {
        const char *path = arena_strn(client->arena, denies[i], strcspn(denies[i], " "));

        put(client, path, "%s", strchr(denies[i], ' ') + 1);
        EXPECT(client, "");
        put(client, "/one/logs/a", "hello");
        assert_string_equal(status_of(client, "/one/logs/a"), "FAILED");
        (void)s3(client, "DELETE", path, NULL);
    }
    put(client, "/one/logs/a", "hello");
    assert_string_equal(status_of(client, "/one/logs/a"), "COMPLETED");
}

static void test_nobody_but_s3_takes_the_role(void **state)
{
    struct sim_client *client = *state;

    (void)iam(client, "Action=UpdateAssumeRolePolicy&RoleName=r&PolicyDocument=%s",
              world_policy(client, "{'Statement':{'Effect':'Allow','Principal':{'Service':"
                                   "'ec2.amazonaws.com'},'Action':'sts:AssumeRole'}}"));
    EXPECT(client, "");
    put(client, "/one/logs/a", "hello");
    assert_string_equal(status_of(client, "/one/logs/a"), "FAILED");
}

static void test_markers_go_over_if_they_are_to(void **state)
{
    struct sim_client *client = *state;

    put(client, "/one/logs/a", "hello");
    (void)s3(client, "DELETE", "/one/logs/a", NULL);
    (void)s3(client, "GET", "/two/logs/a", NULL);
    EXPECT(client, "");
    replicate(client, "Enabled", "", "");
    put(client, "/one/logs/a", "again");
    (void)s3(client, "DELETE", "/one/logs/a", NULL);
    (void)s3(client, "GET", "/two/logs/a", NULL);
    EXPECT(client, "NoSuchKey");
}

static void encrypt(struct sim_client *client, const char *key)
{
    put(client, "/one?encryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>%s</KMSMasterKeyID>"
        "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
        key);
    EXPECT(client, "");
}

static void test_what_kms_encrypted(void **state)
{
    struct sim_client *client = *state;
    const char *from = new_key(client), *to = new_key(client);

    encrypt(client, from);
    put(client, "/one/logs/a", "hello");
    assert_string_equal(status_of(client, "/one/logs/a"), ""); /* it was not selected */
    replicate(client, "Disabled",
              "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>"
              "</SseKmsEncryptedObjects></SourceSelectionCriteria>",
              arena_printf(client->arena,
                           "<EncryptionConfiguration><ReplicaKmsKeyID>%s</ReplicaKmsKeyID>"
                           "</EncryptionConfiguration>",
                           to));
    put(client, "/one/logs/a", "hello");
    assert_string_equal(status_of(client, "/one/logs/a"), "COMPLETED");
    (void)s3(client, "HEAD", "/two/logs/a", NULL);
    assert_string_equal(
        http_header_get(&client->response.headers, "x-amz-server-side-encryption-aws-kms-key-id"),
        to);
    (void)kms(client, "DisableKey", "{'KeyId':'%s'}", to);
    put(client, "/one/logs/a", "more");
    assert_string_equal(status_of(client, "/one/logs/a"), "FAILED");
}

/* By the context of the bucket's objects, and through S3 only. */
static void test_a_key_sees_for_what_it_is_used(void **state)
{
    static const char policy[] =
        "{'Statement':[{'Effect':'Allow','NotAction':'kms:Decrypt','Resource':'*'},"
        "{'Effect':'Allow','Action':'kms:Decrypt','Resource':'*','Condition':{'StringLike':"
        "{'kms:ViaService':'s3.us-east-1.amazonaws.com',"
        "'kms:EncryptionContext:aws:s3:arn':'arn:aws:s3:::%s/*'}}}]}";
    struct sim_client *client = *state;
    const char *key = new_key(client);

    encrypt(client, key);
    replicate(client, "Disabled",
              "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>"
              "</SseKmsEncryptedObjects></SourceSelectionCriteria>",
              arena_printf(client->arena,
                           "<EncryptionConfiguration><ReplicaKmsKeyID>%s</ReplicaKmsKeyID>"
                           "</EncryptionConfiguration>",
                           key));
    may(client, arena_printf(client->arena, policy, "three"));
    put(client, "/one/logs/a", "hello");
    assert_string_equal(status_of(client, "/one/logs/a"), "FAILED");
    may(client, arena_printf(client->arena, policy, "one"));
    put(client, "/one/logs/a", "hello");
    assert_string_equal(status_of(client, "/one/logs/a"), "COMPLETED");
}

static void test_it_takes_a_while(void **state)
{
    struct sim_client *client = *state;

    put(client, "/one/logs/a", "hello");
    assert_string_equal(status_of(client, "/one/logs/a"), "PENDING");
    (void)s3(client, "GET", "/two/logs/a", NULL);
    EXPECT(client, "NoSuchKey");
    sim_client_wait(client, 60);
    assert_string_equal(status_of(client, "/one/logs/a"), "COMPLETED");
    assert_string_equal(status_of(client, "/two/logs/a"), "REPLICA");
}

#define PAIR_TEST(test) cmocka_unit_test_setup_teardown(test, open_pair, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_it_arrives_as_it_was),
        PAIR_TEST(test_the_role_needs_its_rights),
        PAIR_TEST(test_both_buckets_have_a_say),
        PAIR_TEST(test_nobody_but_s3_takes_the_role),
        PAIR_TEST(test_markers_go_over_if_they_are_to),
        PAIR_TEST(test_what_kms_encrypted),
        PAIR_TEST(test_a_key_sees_for_what_it_is_used),
        cmocka_unit_test_setup_teardown(test_it_takes_a_while, open_slow_pair, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
