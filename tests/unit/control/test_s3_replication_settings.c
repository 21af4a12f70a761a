/* What the baseline may say of the replication of buckets, and what it may not. */
#include "../../support/baseline_text.h"

#include "s3_replication_settings.h"

#include "bucket.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BACKUP "  - {name: Vault, email: b@example.com, roles: [backup]}\n"
#define ORDERS "buckets: [{account: Prod, bucket: orders}]"

static struct baseline *load(struct arena *arena, const char *accounts, const char *settings,
                             const char *more, struct diags *diags)
{
    const char *text =
        arena_printf(arena,
                     "apiVersion: plinth/v1\n"
                     "name: test\n"
                     "home_region: eu-central-1\n"
                     "regions: [eu-central-1, eu-west-1, us-east-1]\n"
                     "organization: {trusted_access: [backup.amazonaws.com]}\n"
                     "accounts:\n"
                     "  - {name: Main, email: a@example.com, roles: [management]}\n"
                     "  - {name: Prod, email: c@example.com}\n"
                     "  - {name: Off, email: d@example.com, controls: {s3_replication: false}}\n"
                     "%s"
                     "controls:\n"
                     "  s3_replication: {%s}\n%s",
                     accounts, settings, more);

    return baseline_of_text(arena, text, diags);
}

static void expect_mistake(const char *accounts, const char *settings, const char *wanted)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    (void)load(arena, accounts, settings, "", &diags);
    if (diags.count != 1 || strstr(diags.items[0].text, wanted) == NULL)
        fail_msg("%s: %zu mistakes, \"%s\" and not \"%s\"", settings, diags.count,
                 diags.count == 0 ? "" : diags.items[0].text, wanted);
    assert_true(diags.items[0].mark.line > 0);
    arena_free(arena);
}

static void test_places(void **state)
{
    (void)state;
    expect_mistake("", "region: eu-west-1, " ORDERS, "needs an account with role backup");
    expect_mistake(BACKUP, ORDERS, "needs a region for the replicas");
    expect_mistake(BACKUP, "region: eu-central-1, " ORDERS, "replicated within eu-central-1");
    expect_mistake(BACKUP,
                   "region: eu-west-1, buckets: [{account: Prod, bucket: abc, region: eu-west-1}]",
                   "replicated within eu-west-1");
    expect_mistake(BACKUP, "region: eu-west-1, tag: t, source_regions: [eu-central-1, eu-west-1]",
                   "replicated within eu-west-1");
    expect_mistake(BACKUP, "region: ap-south-1, " ORDERS, "not among the baseline's regions");
    expect_mistake(BACKUP, "region: eu-west-1, buckets: [{account: Vault, bucket: abc}]",
                   "replicated within account Vault");
}

static void test_sources(void **state)
{
    (void)state;
    expect_mistake(BACKUP, "region: eu-west-1", "replicates nothing");
    expect_mistake(BACKUP, "region: eu-west-1, logs: true", "needs the control log_archive");
    expect_mistake(BACKUP, "region: eu-west-1, " ORDERS ", values: [a]", "needs a 'tag'");
    expect_mistake(BACKUP, "region: eu-west-1, " ORDERS ", source_regions: [us-east-1]",
                   "buckets with a 'tag'");
    expect_mistake(BACKUP, "region: eu-west-1, buckets: [{account: Prd, bucket: abc}]",
                   "no account 'Prd'");
    expect_mistake(BACKUP, "region: eu-west-1, buckets: [{account: Off, bucket: abc}]",
                   "switched off for account Off");
    expect_mistake(BACKUP, "region: eu-west-1, buckets: [{account: Prod, bucket: A}]",
                   "no bucket name");
    expect_mistake(BACKUP,
                   "region: eu-west-1, buckets: [{account: Prod, bucket: abc}, {account: Main, "
                   "bucket: abc}]",
                   "named twice");
    expect_mistake(BACKUP,
                   "region: eu-west-1, " ORDERS
                   ", keep_noncurrent_days: 6, object_lock: {mode: governance, days: 7}",
                   "may hold them for 7");
}

static void test_the_region_is_that_of_backups_by_default(void **state)
{
    static const struct {
        const char *settings, *region;
    } cases[] = {{ORDERS, "us-east-1"}, {"region: eu-west-1, " ORDERS, "eu-west-1"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new("test");
        struct diags diags;
        const struct baseline *baseline =
            load(arena, BACKUP, cases[i].settings, "  backup: {region: us-east-1}\n", &diags);
        const struct replication_spec *spec;

        assert_int_equal(diags.count, 0);
        spec = control_settings(baseline, "s3_replication", arena);
        assert_string_equal(replication_region(baseline, spec), cases[i].region);
        assert_true(replication_in_region(baseline, NULL, spec, cases[i].region));
        assert_false(replication_in_region(baseline, NULL, spec, "eu-central-1"));
        arena_free(arena);
    }
}

static void test_whom_it_concerns(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;
    const struct baseline *baseline = load(arena, BACKUP, "region: eu-west-1, " ORDERS, "", &diags);
    struct replication_spec spec;

    (void)state;
    assert_int_equal(diags.count, 0);
    spec = *(const struct replication_spec *)control_settings(baseline, "s3_replication", arena);
    assert_true(replication_concerns(baseline, &spec, baseline_account(baseline, "Prod")));
    assert_false(replication_concerns(baseline, &spec, baseline_account(baseline, "Main")));
    spec.tag = "replicate";
    assert_true(replication_concerns(baseline, &spec, baseline_account(baseline, "Main")));
    assert_false(replication_concerns(baseline, &spec, baseline_account(baseline, "Vault")));
    arena_free(arena);
}

static void test_each_source_has_a_replica_of_its_own(void **state)
{
    static const char *const sources[] = {
        "orders", "a.b.c", "a-b-c",
        "a-name-that-is-as-long-as-the-name-of-a-bucket-may-be-in-aws-01",
        "a-name-that-is-as-long-as-the-name-of-a-bucket-may-be-in-aws-02"};
    enum { COUNT = sizeof sources / sizeof sources[0] };
    struct arena *arena = arena_new("test");
    const char *names[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        names[i] = replication_replica_name(sources[i], "111122223333", arena);
        assert_true(bucket_name_is_valid(names[i]));
        assert_true(str_ends(names[i], "-replica-111122223333"));
        assert_null(strchr(names[i], '.'));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(names[i], names[k]);
    }
    assert_string_equal(names[0], "orders-replica-111122223333");
    assert_string_equal(names[2], "a-b-c-replica-111122223333");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_the_region_is_that_of_backups_by_default),
        cmocka_unit_test(test_whom_it_concerns),
        cmocka_unit_test(test_each_source_has_a_replica_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
