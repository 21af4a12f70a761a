/* A rollout survives its process; one of another baseline is refused. */
#include "plinth/engine/rollout.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct account someone = {.name = "One"};
static const struct account *accounts[] = {&someone};
static struct wave waves[] = {{.name = "canary", .accounts = accounts, .account_count = 1}};
static const struct rollout_spec spec = {.waves = waves, .wave_count = 1};

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void test_there_and_back(void **state)
{
    static const struct share most = {5, true};
    struct arena *arena = *state;
    struct rollout *from = rollout_new(&spec, "run-1", "abc", arena);
    struct rollout *to = rollout_new(&spec, "run-2", "abc", arena);
    struct err err = ERR_INIT;

    from->state = ROLLOUT_STOPPED;
    from->phase = ROLLOUT_BAKE;
    from->bake_since_ms = 1764000000123;
    from->why = "because";
    from->detached = true;
    from->detach_on_alarm = true;
    from->failures_most = &most;
    from->waves[0] = (struct rollout_progress){1764000000001, 2, 3, 4};
    assert_int_equal(rollout_parse(rollout_document(from, arena), to, &err), 0);
    assert_string_equal(to->id, "run-1");
    assert_int_equal(to->state, ROLLOUT_STOPPED);
    assert_int_equal(to->phase, ROLLOUT_BAKE);
    assert_int_equal(to->bake_since_ms, 1764000000123);
    assert_string_equal(to->why, "because");
    assert_true(to->detached && to->detach_on_alarm);
    assert_int_equal(to->failures_most->value, 5);
    assert_true(to->failures_most->percent);
    assert_int_equal(to->waves[0].began_ms, 1764000000001);
    assert_int_equal(to->waves[0].failed, 2);
    assert_int_equal(to->waves[0].denied_before, 3);
    assert_int_equal(to->waves[0].denied, 4);
}

static enum err_code refusal(struct arena *arena, const struct json *document, const char *digest)
{
    struct err err = ERR_INIT;

    return rollout_parse(document, rollout_new(&spec, "x", digest, arena), &err) == 0 ? ERR_NONE
                                                                                      : err.code;
}

static void test_refusals(void **state)
{
    struct arena *arena = *state;
    struct json *document = rollout_document(rollout_new(&spec, "run-1", "abc", arena), arena);

    assert_int_equal(refusal(arena, document, "abc"), ERR_NONE);
    assert_int_equal(refusal(arena, document, "abd"), ERR_GATE);
    json_remove(document, "wave");
    json_put_number(document, "wave", 7); /* past the last one, and it is not settling */
    assert_int_equal(refusal(arena, document, "abc"), ERR_PROTOCOL);
    json_remove(document, "wave");
    json_put_number(document, "wave", -1);
    assert_int_equal(refusal(arena, document, "abc"), ERR_PROTOCOL);
    json_remove(document, "state");
    json_put_str(document, "state", "lost");
    assert_int_equal(refusal(arena, document, "abc"), ERR_PROTOCOL);
    assert_int_equal(refusal(arena, NULL, "abc"), ERR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_there_and_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
