#include "plinth/aws/credentials.h"

#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/secret.h"
#include "plinth/fiber/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MINUTE_MS = 60 * 1000, STAMPEDE = 200 };

/* A source that takes 50 ms, counts, and can be told to fail. */
struct source {
    struct credentials_provider base;
    struct sched *sched;
    int fetches;
    int64_t lifetime_ms; /* 0: they never end */
    bool failing;
    bool freed;
};

static int source_fetch(struct credentials_provider *provider, struct credentials **out,
                        struct err *err)
{
    struct source *source = (struct source *)provider;
    int64_t now_ms = env_wall_ms(sched_env(source->sched));
    char key[32];

    source->fetches++;
    if (fiber_sleep_ms(source->sched, 50, err) != 0)
        return -1;
    if (source->failing)
        return err_set(err, ERR_TRANSIENT, "the source is down");
    (void)snprintf(key, sizeof key, "AKIA%d", source->fetches);
    *out = credentials_new(key, secret_new("s", 1), NULL,
                           source->lifetime_ms == 0 ? 0 : now_ms + source->lifetime_ms);
    return 0;
}

static void source_free(struct credentials_provider *provider)
{
    ((struct source *)provider)->freed = true;
}

struct world {
    struct env env;
    struct sched *sched;
    struct source source;
    struct credentials_provider *cache;
    int served, refused;
    int warnings;
};

static void count_line(void *arg, enum log_level level, const char *line, size_t len)
{
    (void)line;
    (void)len;
    if (level == LOG_WARN)
        ((struct world *)arg)->warnings++;
}

static int setup(void **state)
{
    static struct world world; /* one test at a time */
    struct err err = ERR_INIT;

    world = (struct world){.env = {.clock = clock_virtual_new(1700000000000), .rng = rng_system()}};
    world.env.log = log_new(&(struct log_options){.sink = count_line, .sink_arg = &world});
    world.sched = sched_new(&world.env, &err);
    world.source = (struct source){
        .base = {.name = "source", .fetch = source_fetch, .free = source_free},
        .sched = world.sched,
    };
    world.cache = credentials_cache_new(world.sched, &world.source.base);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    credentials_provider_free(world->cache);
    assert_true(world->source.freed);
    sched_free(world->sched);
    log_free(world->env.log);
    clock_virtual_free(world->env.clock);
    return 0;
}

/* The key id that the cache gives now, checked. */
static void assert_key(struct world *world, const char *key)
{
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(credentials_get(world->cache, &credentials, &err), 0);
    assert_string_equal(credentials->access_key_id, key);
    assert_int_equal(err.code, ERR_NONE);
    credentials_unref(credentials);
}

static void wait_ms(struct world *world, int64_t ms)
{
    struct err err = ERR_INIT;

    assert_int_equal(fiber_sleep_ms(world->sched, ms, &err), 0);
}

/* --- One set, and the fixed source ---------------------------------------------------------------
 */

static void test_a_set_copies_and_counts_references(void **state)
{
    char key[] = "AKIAEXAMPLE", account[] = "111122223333";
    struct credentials *credentials =
        credentials_new(key, secret_new("secret", 6), secret_new("token", 5), 42);

    (void)state;
    credentials_set_account(credentials, account);
    memset(key, 'x', sizeof key - 1);
    memset(account, 'x', sizeof account - 1);
    assert_ptr_equal(credentials_ref(credentials), credentials);
    credentials_unref(credentials);
    assert_string_equal(credentials->access_key_id, "AKIAEXAMPLE");
    assert_string_equal(credentials->account_id, "111122223333");
    assert_string_equal(secret_reveal(credentials->secret_access_key), "secret");
    assert_string_equal(secret_reveal(credentials->session_token), "token");
    assert_int_equal(credentials->expires_ms, 42);
    credentials_unref(credentials);
    credentials_unref(NULL);
}

static void test_the_fixed_source_holds_its_own_reference(void **state)
{
    struct credentials *credentials = credentials_new("AKIA", secret_new("s", 1), NULL, 0), *out;
    struct credentials_provider *provider = credentials_static_new(credentials);
    struct err err = ERR_INIT;

    (void)state;
    credentials_unref(credentials);
    assert_int_equal(credentials_get(provider, &out, &err), 0);
    credentials_provider_free(provider);
    assert_string_equal(out->access_key_id, "AKIA"); /* outlives its source */
    credentials_unref(out);
    credentials_provider_free(NULL);
}

/* --- The cache -----------------------------------------------------------------------------------
 */

static void ask_once(void *arg)
{
    struct world *world = arg;
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;

    if (credentials_get(world->cache, &credentials, &err) != 0) {
        assert_string_equal(err.text, "the source is down");
        world->refused++;
        return;
    }
    world->served++;
    credentials_unref(credentials);
}

static void stampede(void *arg)
{
    struct world *world = arg;

    for (int i = 0; i < STAMPEDE; i++)
        fiber_spawn(world->sched, "caller", ask_once, world);
}

static void test_a_stampede_is_one_fetch(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, stampede, world);
    assert_int_equal(world->served, STAMPEDE);
    assert_int_equal(world->source.fetches, 1);
}

static void test_a_stampede_on_a_source_that_is_down_is_one_fetch(void **state)
{
    struct world *world = *state;

    world->source.failing = true;
    sched_run(world->sched, stampede, world);
    assert_int_equal(world->refused, STAMPEDE);
    assert_int_equal(world->source.fetches, 1);
    /* Nothing is remembered for those who come later. */
    world->source.failing = false;
    sched_run(world->sched, ask_once, world);
    assert_int_equal(world->served, 1);
    assert_int_equal(world->source.fetches, 2);
}

static void live_through_renewals(void *arg)
{
    struct world *world = arg;

    world->source.lifetime_ms = 60 * MINUTE_MS;
    assert_key(world, "AKIA1");
    wait_ms(world, 54 * MINUTE_MS);
    assert_key(world, "AKIA1");
    wait_ms(world, 1 * MINUTE_MS);
    assert_key(world, "AKIA2"); /* five minutes before the end */
    world->source.lifetime_ms = 10 * MINUTE_MS;
    wait_ms(world, 58 * MINUTE_MS);
    assert_key(world, "AKIA3");
    wait_ms(world, 8 * MINUTE_MS);
    assert_key(world, "AKIA3");
    wait_ms(world, 1 * MINUTE_MS);
    assert_key(world, "AKIA4"); /* a tenth before the end */
}

static void test_credentials_are_renewed_before_they_end(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, live_through_renewals, world);
    assert_int_equal(world->source.fetches, 4);
}

static void renew_for_many(void *arg)
{
    struct world *world = arg;

    world->source.lifetime_ms = 60 * MINUTE_MS;
    assert_key(world, "AKIA1");
    wait_ms(world, 56 * MINUTE_MS);
    stampede(world);
}

static void test_a_renewal_is_one_fetch_whoever_waits(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, renew_for_many, world);
    assert_int_equal(world->served, STAMPEDE);
    assert_int_equal(world->source.fetches, 2);
}

static void never_renew(void *arg)
{
    struct world *world = arg;

    assert_key(world, "AKIA1");
    wait_ms(world, (int64_t)365 * 24 * 60 * MINUTE_MS);
    assert_key(world, "AKIA1");
}

static void test_credentials_without_an_end_are_fetched_once(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, never_renew, world);
    assert_int_equal(world->source.fetches, 1);
}

static void fail_to_renew(void *arg)
{
    struct world *world = arg;
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;

    world->source.lifetime_ms = 60 * MINUTE_MS;
    assert_key(world, "AKIA1");
    wait_ms(world, 56 * MINUTE_MS);
    world->source.failing = true;
    assert_key(world, "AKIA1");
    assert_int_equal(world->warnings, 1);
    assert_key(world, "AKIA1"); /* too soon to try again */
    assert_int_equal(world->source.fetches, 2);
    wait_ms(world, MINUTE_MS);
    assert_key(world, "AKIA1");
    assert_int_equal(world->source.fetches, 3);
    wait_ms(world, 4 * MINUTE_MS);
    assert_int_equal(credentials_get(world->cache, &credentials, &err), -1);
    assert_int_equal(err.code, ERR_TRANSIENT);
}

static void test_old_credentials_serve_until_their_end(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, fail_to_renew, world);
}

static void hold_over_a_renewal(void *arg)
{
    struct world *world = arg;
    struct credentials *held = NULL;
    struct err err = ERR_INIT;

    world->source.lifetime_ms = MINUTE_MS;
    assert_int_equal(credentials_get(world->cache, &held, &err), 0);
    wait_ms(world, 2 * MINUTE_MS);
    assert_key(world, "AKIA2");
    assert_string_equal(held->access_key_id, "AKIA1");
    assert_string_equal(secret_reveal(held->secret_access_key), "s");
    credentials_unref(held);
}

static void test_a_renewal_does_not_free_what_is_in_use(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, hold_over_a_renewal, world);
}

static void be_given_expired(void *arg)
{
    struct world *world = arg;
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;

    world->source.lifetime_ms = 20; /* less than the fetch takes */
    assert_int_equal(credentials_get(world->cache, &credentials, &err), -1);
    assert_int_equal(err.code, ERR_DENIED);
    assert_string_equal(err.text, "source gave credentials that have expired already");
}

static void test_expired_credentials_are_an_error(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, be_given_expired, world);
}

static void ask_while_stopping(void *arg)
{
    struct world *world = arg;
    struct credentials *credentials = NULL;
    struct err err = ERR_INIT;

    sched_stop(world->sched);
    assert_int_equal(credentials_get(world->cache, &credentials, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
}

static void test_a_stop_ends_the_wait(void **state)
{
    struct world *world = *state;

    sched_run(world->sched, ask_while_stopping, world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_set_copies_and_counts_references),
        cmocka_unit_test(test_the_fixed_source_holds_its_own_reference),
        cmocka_unit_test_setup_teardown(test_a_stampede_is_one_fetch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stampede_on_a_source_that_is_down_is_one_fetch,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_credentials_are_renewed_before_they_end, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_renewal_is_one_fetch_whoever_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_credentials_without_an_end_are_fetched_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_old_credentials_serve_until_their_end, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_renewal_does_not_free_what_is_in_use, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_expired_credentials_are_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stop_ends_the_wait, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
