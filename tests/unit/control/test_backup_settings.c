/* What vaults are called, and where they and their tests are. */
#include "backup_settings.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
    struct arena *arena = arena_new("test");
    struct backup_air_gapped gapped = {.min_days = 7, .max_days = 8};
    struct backup_spec spec = {.air_gapped = &gapped};
    struct baseline baseline = {.name = "My test"};

    (void)state;
    assert_string_equal(backup_vault_name(&baseline, arena), "my-test-backup");
    assert_string_equal(backup_central_name(&baseline, arena), "my-test-central");
    assert_string_equal(backup_air_gapped_name(&baseline, &spec, arena), "my-test-airgap");
    gapped.name = "deep";
    assert_string_equal(backup_air_gapped_name(&baseline, &spec, arena), "deep");
    baseline.name = "a-name-of-fifty-characters-which-is-the-longest-of";
    gapped.name = NULL;
    assert_true(strlen(backup_central_name(&baseline, arena)) <= 50);
    assert_true(strlen(backup_air_gapped_name(&baseline, &spec, arena)) <= 50);
    arena_free(arena);
}

static void test_regions(void **state)
{
    const char *more[] = {"us-east-1", "us-west-2"};
    struct backup_air_gapped gapped = {.min_days = 7, .max_days = 8};
    struct backup_restore_test test = {.name = "weekly"};
    struct backup_spec spec = {.region = "eu-west-1"};
    const struct baseline baseline = {.home_region = "eu-central-1"};

    (void)state;
    assert_true(backup_in_source_region(&baseline, NULL, &spec, "eu-central-1"));
    assert_false(backup_in_source_region(&baseline, NULL, &spec, "eu-west-1"));
    assert_true(backup_in_central_region(&baseline, NULL, &spec, "eu-west-1"));
    assert_false(backup_in_air_gapped_region(&baseline, NULL, &spec, "eu-west-1"));
    assert_false(backup_in_restore_region(&baseline, NULL, &spec, "eu-central-1"));
    spec.air_gapped = &gapped;
    spec.restore_tests = (struct objects){.items = &test, .count = 1};
    spec.source_regions = (struct strings){.items = more, .count = 2};
    assert_true(backup_in_air_gapped_region(&baseline, NULL, &spec, "eu-west-1"));
    assert_false(backup_in_air_gapped_region(&baseline, NULL, &spec, "us-east-1"));
    assert_true(backup_in_restore_region(&baseline, NULL, &spec, "us-west-2"));
    assert_false(backup_in_restore_region(&baseline, NULL, &spec, "eu-central-1"));
}

static void test_accounts(void **state)
{
    const char *names[] = {"Prod"};
    struct backup_restore_test test = {.name = "weekly"};
    const struct account prod = {.name = "Prod"}, dev = {.name = "Dev"};

    (void)state;
    assert_true(backup_restore_concerns(&test, &dev));
    test.accounts = (struct strings){.items = names, .count = 1};
    assert_true(backup_restore_concerns(&test, &prod));
    assert_false(backup_restore_concerns(&test, &dev));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_accounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
