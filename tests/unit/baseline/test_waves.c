#include "yaml.h"

static const char people[] = "organizational_units: {Work: {units: {Test: }}}\n"
                             "accounts:\n"
                             "  - {name: Boss, email: boss@example.com, roles: [management]}\n"
                             "  - {name: One, email: one@example.com, ou: Work}\n"
                             "  - {name: Two, email: two@example.com, ou: Work/Test}\n"
                             "  - {name: Three, email: 3@example.com, tags: {stage: test}}\n"
                             "  - {name: Four, email: 4@example.com, tags: {stage: prod}}\n";

static const struct rollout_spec *waves_of(struct world *world, const char *rollout)
{
    return load(world, arena_printf(world->arena, "%s%s", people, rollout))->rollout;
}

/* "One,Two" */
static const char *who(struct world *world, const struct wave *wave)
{
    const char *text = "";

    for (size_t i = 0; i < wave->account_count; i++)
        text = arena_printf(world->arena, "%s%s%s", text, *text == '\0' ? "" : ",",
                            wave->accounts[i]->name);
    return text;
}

static void test_each_account_is_in_one_wave(void **state)
{
    struct world *world = *state;
    const struct rollout_spec *rollout =
        waves_of(world, "rollout:\n"
                        "  waves:\n"
                        "    - {name: canary, accounts: [One], bake: 2h, max_failures: 50%}\n"
                        "    - {ou: Work}\n"
                        "    - {tag: stage=test, bake: 0s}\n"
                        "  max_failures: 1\n"
                        "  max_denied: 0\n");

    assert_int_equal(rollout->wave_count, 4);
    assert_string_equal(rollout->waves[0].name, "canary");
    assert_string_equal(who(world, &rollout->waves[0]), "One");
    assert_int_equal(rollout->waves[0].bake_ms, 2 * 3600 * 1000);
    assert_int_equal(baseline_share_of(&rollout->waves[0].failures_most, 5), 2);
    assert_string_equal(rollout->waves[1].name, "2");
    assert_string_equal(who(world, &rollout->waves[1]), "Two");
    assert_int_equal(rollout->waves[1].bake_ms, 30 * 60 * 1000);
    assert_int_equal(baseline_share_of(&rollout->waves[1].failures_most, 5), 1);
    assert_string_equal(who(world, &rollout->waves[2]), "Three");
    assert_int_equal(rollout->waves[2].bake_ms, 0);
    assert_string_equal(rollout->waves[3].name, "rest");
    assert_string_equal(who(world, &rollout->waves[3]), "Boss,Four");
    assert_int_equal(rollout->denied_most, 0);
    assert_false(rollout->detach_on_alarm);
}

static void test_without_waves_there_is_no_rollout(void **state)
{
    assert_null(waves_of(*state, ""));
}

/* Who is in a share hangs on the names alone. */
static void test_a_share_is_stable(void **state)
{
    static const char turned[] = "accounts:\n"
                                 "  - {name: C, email: c@example.com}\n"
                                 "  - {name: A, email: a@example.com}\n"
                                 "  - {name: B, email: b@example.com}\n";
    static const char straight[] = "accounts:\n"
                                   "  - {name: A, email: a@example.com}\n"
                                   "  - {name: B, email: b@example.com}\n"
                                   "  - {name: C, email: c@example.com}\n";
    static const char rollout[] = "rollout: {waves: [{percent: 34}, {rest: true}]}\n";
    struct world *world = *state;
    const struct rollout_spec *a =
        load(world, arena_printf(world->arena, "%s%s", turned, rollout))->rollout;
    const struct rollout_spec *b =
        load(world, arena_printf(world->arena, "%s%s", straight, rollout))->rollout;

    assert_int_equal(a->waves[0].account_count, 2); /* rounded up */
    assert_int_equal(a->waves[1].account_count, 1);
    assert_string_equal(a->waves[1].accounts[0]->name, b->waves[1].accounts[0]->name);
}

static void expect(struct world *world, const char *waves, const char *mistake)
{
    expect_mistakes(world, arena_printf(world->arena, "%srollout:\n  waves:\n%s", people, waves),
                    mistake);
}

static void test_mistakes(void **state)
{
    expect(*state, "    - {accounts: [Onne]}\n", "13:18: no account 'Onne'; did you mean 'One'?\n");
    expect(*state, "    - {ou: Work}\n    - {accounts: [One]}\n",
           "14:18: account 'One' is in wave '1' already\n");
    expect(*state, "    - {tag: stage=none}\n",
           "13:7: wave '1' names nobody: no account is meant, or all are in waves before\n");
    expect(*state, "    - {tag: stage}\n", "13:13: 'tag' must be KEY=VALUE, not 'stage'\n");
    expect(*state, "    - {rest: true}\n    - {percent: 10}\n",
           "14:7: wave '2' names nobody: a wave before takes the rest\n");
    expect(*state, "    - {bake: 1h}\n",
           "13:7: wave '1' needs exactly one of 'accounts', 'ou', 'tag', 'percent' and 'rest'\n");
    expect(*state, "    - {name: a, ou: Work/Test}\n    - {name: a, rest: true}\n",
           "14:14: wave 'a' stands here twice\n");
    expect(*state, "    - {rest: true, bake: 1w}\n",
           "13:26: 'bake' must be a time such as 90s, 30m, 2h or 1d (at most 5 characters), not "
           "'1w'\n");
}

static void test_numbers(void **state)
{
    struct share share;
    int64_t ms = 0;

    (void)state;
    assert_true(baseline_duration("90s", &ms));
    assert_int_equal(ms, 90 * 1000);
    assert_true(baseline_duration("1d", &ms));
    assert_int_equal(ms, 24 * 3600 * 1000);
    assert_false(baseline_duration("90", &ms));
    assert_false(baseline_duration(NULL, &ms));
    assert_true(baseline_share("7", &share));
    assert_int_equal(baseline_share_of(&share, 3), 7);
    assert_true(baseline_share("10%", &share));
    assert_int_equal(baseline_share_of(&share, 19), 1);
    assert_false(baseline_share("101%", &share));
    assert_false(baseline_share("-1", &share));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_each_account_is_in_one_wave),
        WORLD_TEST(test_without_waves_there_is_no_rollout),
        WORLD_TEST(test_a_share_is_stable),
        WORLD_TEST(test_mistakes),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
