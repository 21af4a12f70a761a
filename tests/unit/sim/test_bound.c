#include "plinth/sim/bound.h"

#include "world.h"

enum { LATENCY_MS = 80 };

static int world_open_far(void **state)
{
    return world_open_with(state, (struct sim_options){.latency_ms = LATENCY_MS});
}

static const struct json *organizations(struct sim_client *client, const char *operation,
                                        const char *params)
{
    return sim_client_json(client, "organizations",
                           arena_printf(client->arena, "AWSOrganizationsV20161128.%s", operation),
                           params);
}

static struct sim_bound bound_of(struct sim_client *client)
{
    struct sim_bound bound;

    sim_bound(client->sim, client->arena, &bound);
    return bound;
}

static void test_nothing_is_measured_before_it_begins(void **state)
{
    struct sim_bound bound = bound_of(*state);

    assert_int_equal(bound.least_ms, 0);
    assert_int_equal(bound.calls, 0);
    assert_int_equal(bound.limit_count, 0);
}

/* 45 calls at 20 a second from a bucket of 40, and the same 45 at a rate of their own. */
static void test_the_slowest_bucket_counts(void **state)
{
    struct sim_client *client = *state;
    struct sim_bound bound;

    (void)organizations(client, "CreateOrganization", "{\"FeatureSet\":\"ALL\"}");
    sim_bound_begin(client->sim);
    for (int i = 0; i < 45; i++)
        assert_non_null(organizations(client, "ListAccounts", "{}"));
    bound = bound_of(client);
    assert_int_equal(bound.calls, 45);
    assert_int_equal(bound.limit_count, 2);
    assert_string_equal(bound.limits[0].operation, "ListAccounts");
    assert_int_equal(bound.limits[0].least_ms, (45 - 15) * 1000 / 8);
    assert_string_equal(bound.limits[1].operation, "*");
    assert_int_equal(bound.limits[1].least_ms, (45 - 40) * 1000 / 20);
    assert_int_equal(bound.least_ms, bound.limits[0].least_ms);
    sim_bound_begin(client->sim);
    assert_int_equal(bound_of(client).calls, 0);
}

static void test_a_refused_write_is_no_work(void **state)
{
    struct sim_client *client = *state;

    sim_bound_begin(client->sim);
    (void)organizations(client, "CreateOrganization", "{\"FeatureSet\":\"ALL\"}");
    assert_int_equal(bound_of(client).calls, 1);
    (void)organizations(client, "CreateOrganization", "{\"FeatureSet\":\"ALL\"}");
    assert_int_equal(bound_of(client).calls, 1);
}

/* Six accounts of at least half a minute each, in five places. */
static void test_creations_take_turns(void **state)
{
    enum { ACCOUNTS = 6 };
    struct sim_client *client = *state;
    struct sim_bound bound;

    (void)organizations(client, "CreateOrganization", "{\"FeatureSet\":\"ALL\"}");
    sim_client_wait(client, 3600);
    sim_bound_begin(client->sim);
    for (int i = 0; i < ACCOUNTS; i++) {
        (void)organizations(client, "CreateAccount",
                            arena_printf(client->arena,
                                         "{\"Email\":\"a+%d@example.com\",\"AccountName\":\"A%d\"}",
                                         i, i));
        assert_string_equal(sim_client_code(client), "");
        sim_client_wait(client, 100);
    }
    bound = bound_of(client);
    assert_int_equal(bound.creations, ACCOUNTS);
    assert_in_range(bound.creations_ms, ACCOUNTS * 30 * 1000 / 5, ACCOUNTS * 90 * 1000 / 5);
    assert_int_equal(bound.least_ms, bound.creations_ms);
}

/* A session needs its AssumeRole, and what it assumes with that the two before. */
static void test_a_chain_of_answers(void **state)
{
    struct sim_client *client = *state;
    const struct json *credentials;

    (void)sim_client_iam(
        client,
        "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22"
        "%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22sts%3AAssumeRole"
        "%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22*%22%7D%7D%5D%7D");
    sim_bound_begin(client->sim);
    credentials = json_get(
        sim_client_sts(client, arena_printf(client->arena,
                                            "Action=AssumeRole&RoleArn=arn:aws:iam::%s:role/r&"
                                            "RoleSessionName=session",
                                            client->account)),
        "Credentials");
    assert_non_null(credentials);
    assert_int_equal(bound_of(client).chain_calls, 1);
    client->key = (struct sign_key){json_str(credentials, "AccessKeyId"),
                                    json_str(credentials, "SecretAccessKey"),
                                    json_str(credentials, "SessionToken")};
    for (int i = 0; i < 3; i++)
        (void)sim_client_sts(client, "Action=GetCallerIdentity");
    assert_int_equal(bound_of(client).chain_calls, 2);
    assert_int_equal(bound_of(client).chain_ms, 2 * LATENCY_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_nothing_is_measured_before_it_begins),
        WORLD_TEST(test_the_slowest_bucket_counts),
        WORLD_TEST(test_a_refused_write_is_no_work),
        SLOW_TEST(test_creations_take_turns),
        cmocka_unit_test_setup_teardown(test_a_chain_of_answers, world_open_far, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
