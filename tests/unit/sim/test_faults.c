#include "world.h"

static const struct sim_operation get_operation = {.name = "Get"},
                                  put_operation = {.name = "Put", .access = SIM_WRITE};

static struct sim_fate next(struct sim_faults *faults, const struct sim_operation *operation)
{
    const struct sim_call call = {.operation = operation};

    return sim_faults_next(faults, &call);
}

static bool is_normal(struct sim_fate fate)
{
    return !fate.lost && !fate.nothing;
}

static void test_nothing_happens_unasked(void **state)
{
    struct sim_faults *faults = sim_faults_new(&(struct sim_options){0});

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(is_normal(next(faults, &put_operation)));
    assert_int_equal(sim_faults_latency_ms(faults), 0);
    sim_faults_free(faults);
    sim_faults_free(NULL);
}

static void test_an_injected_fault_counts_writes(void **state)
{
    struct sim_faults *faults = sim_faults_new(&(struct sim_options){0});

    (void)state;
    sim_faults_inject(faults, SIM_REFUSE_ONE, 3);
    assert_true(is_normal(next(faults, &put_operation)));
    assert_true(is_normal(next(faults, &get_operation)));
    assert_true(is_normal(next(faults, &put_operation)));
    assert_true(is_normal(next(faults, &get_operation)));
    assert_true(next(faults, &put_operation).denied);
    assert_true(is_normal(next(faults, &put_operation)));
    sim_faults_free(faults);
}

static void test_nothing_lives_after_a_kill(void **state)
{
    struct sim_faults *faults = sim_faults_new(&(struct sim_options){0});
    struct sim_fate fate;

    (void)state;
    sim_faults_inject(faults, SIM_KILL_AFTER, 1);
    fate = next(faults, &put_operation);
    assert_true(fate.lost && !fate.nothing);
    fate = next(faults, &get_operation);
    assert_true(fate.lost && fate.nothing);
    sim_faults_inject(faults, SIM_NO_FAULT, 1);
    assert_true(is_normal(next(faults, &put_operation)));
    sim_faults_free(faults);
}

static void test_rates_are_kept_and_repeat(void **state)
{
    const struct sim_options options = {.fault_rate = 0.2, .lost_rate = 0.1, .fault_seed = 5};
    struct sim_faults *a = sim_faults_new(&options), *b = sim_faults_new(&options);
    int failed = 0, lost = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        struct sim_fate fate = next(a, &put_operation), same = next(b, &put_operation);

        assert_int_equal(fate.nothing, same.nothing);
        assert_int_equal(fate.lost, same.lost);
        assert_false(fate.nothing && fate.lost);
        failed += fate.nothing;
        lost += fate.lost;
    }
    assert_in_range(failed, 1800, 2200);
    assert_in_range(lost, 650, 950); /* a tenth of those that did not fail */
    sim_faults_free(a);
    sim_faults_free(b);
}

static void test_a_rate_of_one_is_always(void **state)
{
    struct sim_faults *faults = sim_faults_new(&(struct sim_options){.fault_rate = 1});

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct sim_fate fate = next(faults, &get_operation);

        assert_true(fate.nothing);
        assert_true(fate.throttled || fate.status >= 500);
    }
    sim_faults_free(faults);
}

static void test_latency_is_around_its_mean(void **state)
{
    struct sim_faults *faults = sim_faults_new(&(struct sim_options){.latency_ms = 100});
    int64_t sum = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t ms = sim_faults_latency_ms(faults);

        assert_in_range(ms, 50, 150);
        sum += ms;
    }
    assert_in_range(sum / 1000, 90, 110);
    sim_faults_free(faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_happens_unasked),
        cmocka_unit_test(test_an_injected_fault_counts_writes),
        cmocka_unit_test(test_nothing_lives_after_a_kill),
        cmocka_unit_test(test_rates_are_kept_and_repeat),
        cmocka_unit_test(test_a_rate_of_one_is_always),
        cmocka_unit_test(test_latency_is_around_its_mean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
