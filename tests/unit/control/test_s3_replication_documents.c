/* What is written to sources, replicas and the role between them. */
#include "s3_replication_documents.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct replication_names known = {
    .partition = "aws-us-gov",
    .account_id = "111111111111",
    .backup_id = "222222222222",
    .region = "us-gov-east-1",
    .key_arn = "arn:aws-us-gov:kms:us-gov-east-1:222222222222:key/1",
    .role = "replicates"};

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static const char *role_policy(const struct replication_names *names, struct arena *arena)
{
    const char *items[] = {"orders"};

    return replication_role_policy(names, &(struct strings){.items = items, .count = 1}, arena);
}

static void test_all_are_policies(void **state)
{
    const struct {
        const char *text;
        enum policy_kind kind;
    } cases[] = {{replication_bucket_policy(&known, "r", *state), POLICY_RESOURCE},
                 {replication_role_trust(*state), POLICY_TRUST},
                 {role_policy(&known, *state), POLICY_IDENTITY}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = ERR_INIT;
        struct json *document;

        assert_int_equal(json_parse(cases[i].text, strlen(cases[i].text), *state, &document, &err),
                         0);
        if (policy_document_check_kind(document, cases[i].kind, &err) != 0)
            fail_msg("case %zu: %s", i, err.text);
    }
}

/* Markers come over only if they are to. */
static void test_deleting_is_a_choice(void **state)
{
    struct replication_names markers = known;

    markers.delete_markers = true;
    assert_null(strstr(role_policy(&known, *state), "ReplicateDelete"));
    assert_null(strstr(replication_bucket_policy(&known, "r", *state), "ReplicateDelete"));
    assert_non_null(strstr(role_policy(&markers, *state), "ReplicateDelete"));
    assert_non_null(strstr(replication_bucket_policy(&markers, "r", *state), "ReplicateDelete"));
}

static void test_what_is_not_known_gives_nothing(void **state)
{
    const struct replication_spec spec = {.metrics = true};
    struct replication_names names = known;

    names.key_arn = NULL;
    assert_null(role_policy(&names, *state));
    assert_null(replication_rule(&spec, &names, "r", 1, *state));
    names = known;
    names.account_id = NULL;
    assert_null(role_policy(&names, *state));
    assert_null(replication_role_arn(&names, *state));
    assert_null(replication_bucket_policy(&names, "r", *state));
    assert_null(replication_bucket_policy(&known, NULL, *state));
    assert_null(replication_rule(&spec, &known, NULL, 1, *state));
}

static const char *text_at(const struct json *rule, const char *object, const char *member)
{
    return json_str(json_path(rule, "Destination", object, NULL), member);
}

static void test_a_rule_and_its_metrics(void **state)
{
    struct replication_spec spec = {.metrics = true};
    const struct json *rule = replication_rule(&spec, &known, "r", 3, *state);

    assert_int_equal(json_number(rule, "Priority", 0), 3);
    assert_string_equal(json_str(json_get(rule, "Destination"), "Bucket"), "arn:aws-us-gov:s3:::r");
    assert_string_equal(json_str(json_get(rule, "DeleteMarkerReplication"), "Status"), "Disabled");
    assert_string_equal(text_at(rule, "AccessControlTranslation", "Owner"), "Destination");
    assert_string_equal(text_at(rule, "EncryptionConfiguration", "ReplicaKmsKeyID"),
                        "arn:aws-us-gov:kms:us-gov-east-1:222222222222:key/1");
    assert_string_equal(text_at(rule, "Metrics", "Status"), "Enabled");
    assert_null(json_path(rule, "Destination", "ReplicationTime", NULL));
    spec = (struct replication_spec){.delete_markers = true};
    rule = replication_rule(&spec, &known, "r", 1, *state);
    assert_string_equal(json_str(json_get(rule, "DeleteMarkerReplication"), "Status"), "Enabled");
    assert_null(json_path(rule, "Destination", "Metrics", NULL));
    spec.time_control = true; /* which is measured in any case */
    rule = replication_rule(&spec, &known, "r", 1, *state);
    assert_non_null(json_path(rule, "Destination", "Metrics", "EventThreshold", NULL));
    assert_non_null(json_path(rule, "Destination", "ReplicationTime", "Time", NULL));
}

/* No rule deletes the newest version of anything. */
static void test_replicas_stay(void **state)
{
    const struct replication_spec spec = {.keep_noncurrent_days = 9, .archive_after_days = 2};
    const struct json *rules = json_get(replication_lifecycle(&spec, *state), "Rule");
    const struct replication_spec for_ever = {0};

    assert_int_equal(rules->count, 3);
    for (const struct json *it = json_first(rules); it != NULL; it = it->next)
        assert_null(json_get(it, "Expiration"));
    assert_int_equal(json_get(replication_lifecycle(&for_ever, *state), "Rule")->count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_are_policies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deleting_is_a_choice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_known_gives_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_rule_and_its_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replicas_stay, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
