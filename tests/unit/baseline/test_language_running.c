/* The keys that say how plinth runs. */
#include "yaml.h"

static void test_the_lock(void **state)
{
    const struct lock_spec *lock = load(*state, "lock: {bucket: locks, region: us-east-1}\n")->lock;

    assert_null(lock->kind);
    assert_string_equal(lock->bucket, "locks");
    assert_string_equal(lock->region, "us-east-1");
}

static void test_the_lock_in_a_word(void **state)
{
    assert_string_equal(load(*state, "lock: none\n")->lock->kind, "none");
}

static void test_the_rollout_by_default(void **state)
{
    const struct rollout_spec *rollout =
        load(*state, "accounts: [{name: a, email: a@example.com}]\n"
                     "rollout: {waves: [{rest: true}]}\n")
            ->rollout;

    assert_int_equal(rollout->denied_most, 10);
    assert_int_equal(rollout->waves[0].bake_ms, 30 * 60 * 1000);
    assert_int_equal(baseline_share_of(&rollout->waves[0].failures_most, 1000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_the_lock),
        WORLD_TEST(test_the_lock_in_a_word),
        WORLD_TEST(test_the_rollout_by_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
