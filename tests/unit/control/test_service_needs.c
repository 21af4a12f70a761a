/* What services need of the policies of an account: only where they work, and where they do. */
#include "../../support/baseline_text.h"

#include "plinth/control/service_needs.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char text[] =
    "apiVersion: plinth/v1\nname: test\nhome_region: eu-central-1\n"
    "regions: [eu-central-1, eu-west-1, us-east-1]\n"
    "organization: {trusted_access: [backup.amazonaws.com]}\n"
    "organizational_units: {Work: , Play: }\n"
    "accounts:\n"
    "  - {name: Management, email: m@example.com, roles: [management]}\n"
    "  - {name: Vaults, email: v@example.com, roles: [backup]}\n"
    "  - {name: Shop, email: shop@example.com, ou: Work}\n"
    "  - {name: Toys, email: toys@example.com, ou: Play}\n"
    "controls:\n"
    "  backup:\n"
    "    region: eu-west-1\n"
    "    source_regions: [eu-central-1, us-east-1]\n"
    "    plans:\n"
    "      far: {schedule: 'cron(0 3 * * ? *)', copies: true, values: [a], attach: [Work]}\n"
    "      here: {schedule: 'cron(0 3 * * ? *)', copies: false, values: [b], attach: [Play]}\n"
    "  s3_replication:\n"
    "    region: eu-west-1\n"
    "    buckets: [{account: Shop, bucket: orders, region: us-east-1}]\n";

static struct baseline *load(struct arena *arena)
{
    return baseline_without_mistakes(arena, text);
}

/* How often an account needs that, there. */
static size_t times(const struct service_needs *needs, const char *action, const char *region,
                    bool in_backup)
{
    size_t count = 0;

    for (size_t i = 0; i < needs->count; i++)
        count += str_eq(needs->items[i].action, action) && str_eq(needs->items[i].region, region) &&
                 needs->items[i].in_backup == in_backup;
    return count;
}

static void test_who_copies(void **state)
{
    struct arena *arena = arena_new("test");
    const struct baseline *baseline = load(arena);
    struct service_needs needs;

    (void)state;
    service_needs(baseline, baseline_account(baseline, "Shop"), arena, &needs);
    assert_int_equal(times(&needs, "backup:CopyFromBackupVault", "eu-central-1", false), 1);
    assert_int_equal(times(&needs, "backup:CopyFromBackupVault", "us-east-1", false), 1);
    assert_int_equal(times(&needs, "backup:CopyFromBackupVault", "eu-west-1", false), 0);
    assert_int_equal(times(&needs, "backup:CopyIntoBackupVault", "eu-west-1", true), 1);
    assert_int_equal(times(&needs, "kms:CreateGrant", "eu-central-1", false), 1);
    assert_int_equal(times(&needs, "kms:CreateGrant", "eu-west-1", true), 1);
    assert_int_equal(times(&needs, "s3:ReplicateObject", "eu-west-1", true), 1);
    assert_int_equal(times(&needs, "s3:ListBucket", "us-east-1", false), 1);
    assert_int_equal(times(&needs, "s3:ListBucket", "eu-central-1", false), 0);
    assert_int_equal(times(&needs, "s3:ReplicateDelete", "eu-west-1", true), 0);
    arena_free(arena);
}

/* A plan that copies nothing needs no copy, and whom nothing binds needs nothing. */
static void test_who_does_not(void **state)
{
    struct arena *arena = arena_new("test");
    const struct baseline *baseline = load(arena);
    struct service_needs needs;

    (void)state;
    service_needs(baseline, baseline_account(baseline, "Toys"), arena, &needs);
    assert_int_equal(times(&needs, "ec2:CreateSnapshot", "us-east-1", false), 1);
    for (size_t i = 0; i < needs.count; i++) {
        assert_false(needs.items[i].in_backup);
        assert_null(strstr(needs.items[i].action, "Copy"));
    }
    service_needs(baseline, baseline_account(baseline, "Vaults"), arena, &needs);
    assert_int_equal(needs.count, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_copies),
        cmocka_unit_test(test_who_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
