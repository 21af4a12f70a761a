/* What is waited for, how long, and what ends it. */
#include "engine_priv.h"

#include "plinth/base/env.h"
#include "plinth/fiber/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PATIENCE_MS = 60 * 1000 };

static bool fits(enum err_code code, const char *text)
{
    struct err err = ERR_INIT;

    (void)err_set(&err, code, "%s", text);
    return patience_fits(&err);
}

static void test_what_is_new_refuses_like_this(void **state)
{
    (void)state;
    assert_true(fits(ERR_DENIED, "sts AssumeRole: AccessDenied"));
    assert_true(fits(ERR_PENDING, "SubscriptionRequiredException"));
    assert_false(fits(ERR_DENIED, "with an explicit deny in a service control policy"));
    assert_false(fits(ERR_NOTFOUND, "NoSuchEntity"));
}

struct waiting {
    struct engine engine;
    int64_t waited_ms;
    size_t waits;
    struct err err;
};

static void wait_to_the_end(void *arg)
{
    struct waiting *waiting = arg;

    while (patience_wait(&waiting->engine, &waiting->waited_ms, &waiting->err))
        waiting->waits++;
}

static struct waiting wait_on(bool stopped)
{
    struct env env = {.clock = clock_virtual_new(0), .rng = rng_system()};
    struct err err = ERR_INIT;
    struct sched *sched = sched_new(&env, &err);
    struct waiting waiting = {.err = ERR_INIT};

    assert_non_null(sched);
    waiting.engine.options.sched = sched;
    waiting.engine.options.patience_ms = PATIENCE_MS;
    if (stopped)
        sched_stop(sched);
    sched_run(sched, wait_to_the_end, &waiting);
    assert_true(env_mono_us(&env) / 1000 >= (stopped ? 0 : PATIENCE_MS));
    sched_free(sched);
    clock_virtual_free(env.clock);
    return waiting;
}

static void test_it_ends(void **state)
{
    struct waiting waiting = wait_on(false);

    (void)state;
    assert_true(waiting.waits > 3);
    assert_in_range(waiting.waited_ms, PATIENCE_MS, PATIENCE_MS + 20 * 1000);
    assert_int_equal(waiting.err.code, ERR_NONE);
}

static void test_a_stop_ends_it(void **state)
{
    struct waiting waiting = wait_on(true);

    (void)state;
    assert_int_equal(waiting.waits, 0);
    assert_int_equal(waiting.err.code, ERR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_new_refuses_like_this),
        cmocka_unit_test(test_it_ends),
        cmocka_unit_test(test_a_stop_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
