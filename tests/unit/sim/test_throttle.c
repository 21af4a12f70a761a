#include "world.h"

static const struct sim_service organizations = {.name = "organizations"};
static const struct sim_operation create = {.name = "CreateAccount"}, roots = {.name = "ListRoots"};

static struct sim_call call_of(const struct sim_operation *operation)
{
    return (struct sim_call){.service = &organizations,
                             .operation = operation,
                             .account = "1",
                             .region = "us-east-1",
                             .now_ms = 1000000};
}

/* How many calls in a row pass. */
static int burst(struct sim_rates *rates, const struct sim_call *call)
{
    int count = 0;

    while (count < 10000 && sim_rates_take(rates, call))
        count++;
    return count;
}

static void test_a_bucket_empties_and_fills(void **state)
{
    struct sim_rates *rates = sim_rates_new();
    struct sim_call call = call_of(&create);

    (void)state;
    assert_int_equal(burst(rates, &call), 5);
    call.now_ms += 1000; /* half a token */
    assert_false(sim_rates_take(rates, &call));
    call.now_ms += 1000;
    assert_true(sim_rates_take(rates, &call));
    assert_false(sim_rates_take(rates, &call));
    call.now_ms += 3600 * 1000; /* no more than the bucket holds */
    assert_int_equal(burst(rates, &call), 5);
    call.now_ms -= 1000; /* the clock is set back */
    assert_false(sim_rates_take(rates, &call));
    sim_rates_free(rates);
    sim_rates_free(NULL);
}

static void test_accounts_and_regions_have_their_own(void **state)
{
    struct sim_rates *rates = sim_rates_new();
    struct sim_call call = call_of(&create);

    (void)state;
    assert_int_equal(burst(rates, &call), 5);
    call.account = "2";
    assert_int_equal(burst(rates, &call), 5);
    call.region = "eu-west-1";
    assert_int_equal(burst(rates, &call), 5);
    sim_rates_free(rates);
}

static void test_an_operation_also_counts_for_its_service(void **state)
{
    struct sim_rates *rates = sim_rates_new();
    struct sim_call call = call_of(&create), other = call_of(&roots);

    (void)state;
    assert_int_equal(burst(rates, &call), 5);
    assert_int_equal(burst(rates, &other), 35); /* of the service's 40 */
    sim_rates_free(rates);
}

static void test_what_has_no_row_has_no_limit(void **state)
{
    static const struct sim_service service = {.name = "unlimited"};
    struct sim_rates *rates = sim_rates_new();
    struct sim_call call = call_of(&roots);

    (void)state;
    call.service = &service;
    assert_int_equal(burst(rates, &call), 10000);
    sim_rates_free(rates);
}

/* Many accounts: full buckets are dropped, and those in use are kept. */
static void test_sweeping_forgets_no_debt(void **state)
{
    struct sim_rates *rates = sim_rates_new();
    struct sim_call call = call_of(&create), busy = call_of(&create);
    char account[16];

    (void)state;
    call.account = account;
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(account, sizeof account, "a%d", i);
        assert_true(sim_rates_take(rates, &call));
        call.now_ms += 10;
        if (i == 19990)
            busy.now_ms = call.now_ms, assert_int_equal(burst(rates, &busy), 5);
    }
    assert_false(sim_rates_take(rates, &busy));
    sim_rates_free(rates);
}

static int open_throttled(void **state)
{
    return world_open_with(state, (struct sim_options){.throttle = true});
}

static void test_the_service_says_so_in_its_way(void **state)
{
    struct sim_client *client = *state;

    for (int i = 0; i < 101; i++)
        (void)iam(client, "Action=ListRoles");
    EXPECT(client, "Throttling");
    sim_client_wait(client, 1);
    (void)iam(client, "Action=ListRoles");
    EXPECT(client, "");
    for (int i = 0; i < 101; i++)
        (void)sim_client_query(client, "ec2", "2016-11-15", "Action=DescribeRegions");
    EXPECT(client, "RequestLimitExceeded");
    assert_int_equal(client->response.status, 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bucket_empties_and_fills),
        cmocka_unit_test(test_accounts_and_regions_have_their_own),
        cmocka_unit_test(test_an_operation_also_counts_for_its_service),
        cmocka_unit_test(test_what_has_no_row_has_no_limit),
        cmocka_unit_test(test_sweeping_forgets_no_debt),
        cmocka_unit_test_setup_teardown(test_the_service_says_so_in_its_way, open_throttled,
                                        world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
