#include "storage_world.h"

#define VERSIONED "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
#define STATUS "<Status>Enabled</Status>"
#define SECOND                                                                                     \
    "<Priority>1</Priority><Filter><Prefix/></Filter>"                                             \
    "<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>"
#define TO "<Destination><Bucket>arn:aws:s3:::two</Bucket>%s</Destination>"

/* Put these rules on the bucket "one". */
static void rules(struct sim_client *client, const char *text)
{
    (void)s3(client, "PUT", "/one?replication",
             arena_printf(client->arena,
                          "<ReplicationConfiguration><Role>arn:aws:iam::%s:role/r</Role>%s"
                          "</ReplicationConfiguration>",
                          client->account, text));
}

static const char *rule(struct sim_client *client, const char *head, const char *destination)
{
    return arena_printf(client->arena, "<Rule>%s" TO "</Rule>", head, destination);
}

static int open_buckets(void **state)
{
    struct sim_client *client;

    if (world_open(state) != 0)
        return -1;
    client = *state;
    (void)world_role(client, "r", ANYBODY);
    (void)s3(client, "PUT", "/one", NULL);
    (void)s3(client, "PUT", "/two", NULL);
    put(client, "/one?versioning", VERSIONED);
    put(client, "/two?versioning", VERSIONED);
    return 0;
}

static void test_both_sides_and_the_role_must_be_there(void **state)
{
    struct sim_client *client = *state;

    put(client, "/two?versioning",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
    rules(client, rule(client, STATUS SECOND, ""));
    EXPECT(client, "InvalidRequest");
    put(client, "/two?versioning", VERSIONED);
    (void)s3(client, "PUT", "/one?replication",
             arena_printf(client->arena,
                          "<ReplicationConfiguration><Role>arn:aws:iam::%s:role/other</Role>%s"
                          "</ReplicationConfiguration>",
                          client->account, rule(client, STATUS SECOND, "")));
    EXPECT(client, "InvalidArgument");
    rules(client, rule(client, STATUS SECOND, ""));
    EXPECT(client, "");
    put(client, "/one?versioning",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
    EXPECT(client, "InvalidBucketState");
    (void)s3(client, "DELETE", "/one?replication", NULL);
    put(client, "/one?versioning",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
    EXPECT(client, "");
    rules(client, rule(client, STATUS SECOND, ""));
    EXPECT(client, "InvalidRequest");
}

static void test_what_a_rule_must_be(void **state)
{
    static const struct {
        const char *head, *destination, *code;
    } cases[] = {
        {STATUS "<Prefix/>", "", ""},
        {STATUS SECOND, "", ""},
        {SECOND, "", "MalformedXML"},
        {STATUS "<Filter><Prefix/></Filter>", "", "InvalidRequest"},
        {STATUS "<Prefix/>" SECOND, "", "MalformedXML"},
        {STATUS "<Priority>1</Priority><Filter><Prefix/></Filter>", "", "InvalidRequest"},
        {STATUS SECOND "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>"
                       "</SseKmsEncryptedObjects></SourceSelectionCriteria>",
         "", "InvalidRequest"},
        {STATUS SECOND,
         "<EncryptionConfiguration><ReplicaKmsKeyID>arn:k</ReplicaKmsKeyID>"
         "</EncryptionConfiguration>",
         "InvalidRequest"},
        {STATUS SECOND "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status>"
                       "</SseKmsEncryptedObjects></SourceSelectionCriteria>",
         "<EncryptionConfiguration><ReplicaKmsKeyID>arn:k</ReplicaKmsKeyID>"
         "</EncryptionConfiguration>",
         ""},
        {STATUS SECOND, "<Metrics><Status>Enabled</Status></Metrics>", ""},
        {STATUS SECOND,
         "<ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes></Time>"
         "</ReplicationTime>",
         "InvalidRequest"},
        {STATUS SECOND,
         "<ReplicationTime><Status>Enabled</Status><Time><Minutes>30</Minutes></Time>"
         "</ReplicationTime>",
         "InvalidArgument"},
        {STATUS SECOND,
         "<ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes></Time>"
         "</ReplicationTime><Metrics><Status>Enabled</Status><EventThreshold><Minutes>15</Minutes>"
         "</EventThreshold></Metrics>",
         ""},
        {STATUS SECOND,
         "<AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation>",
         "InvalidRequest"},
        {STATUS SECOND, "<Account>111122223333</Account>", "InvalidRequest"},
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rules(client, rule(client, cases[i].head, cases[i].destination));
        if (!str_eq(sim_client_code(client), cases[i].code))
            fail_msg("case %zu: %s, expected %s", i, sim_client_code(client), cases[i].code);
    }
}

static void test_rules_differ(void **state)
{
    struct sim_client *client = *state;
    const char *one = rule(client, STATUS SECOND "<ID>a</ID>", "");

    rules(client, arena_printf(client->arena, "%s%s", one, one));
    EXPECT(client, "InvalidArgument");
    (void)s3(client, "GET", "/one?replication", NULL);
    EXPECT(client, "ReplicationConfigurationNotFoundError");
}

#define REPLICATION_TEST(test) cmocka_unit_test_setup_teardown(test, open_buckets, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPLICATION_TEST(test_both_sides_and_the_role_must_be_there),
        REPLICATION_TEST(test_what_a_rule_must_be),
        REPLICATION_TEST(test_rules_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
