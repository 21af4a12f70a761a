#include "lock_test.h"

/* Its answer is lost, but the lock was written: that is found out, and it is ours. */
static void an_answer_that_is_lost(struct two *two)
{
    struct lock_state state;
    struct err err = ERR_INIT;

    assert_int_equal(lock_take(two->b.lock, &err), 0); /* makes the bucket */
    lock_release(two->b.lock);
    sim_inject(two->world.sim, SIM_LOSE_ONE, 1);
    assert_int_equal(lock_take(two->a.lock, &err), 0);
    assert_int_equal(lock_check(two->a.lock, &err), 0);
    assert_int_equal(lock_look(two->a.lock, two->world.arena, &state, &err), 0);
    assert_true(state.held && state.fence == 2);
    assert_string_equal(state.run, "run-a");
}

static void what_is_no_lock_is_left_alone(struct two *two)
{
    struct aws_target target = lock_process_target(&two->b);
    struct json *params = json_object(two->world.arena);
    struct err err = ERR_INIT;

    assert_int_equal(lock_take(two->b.lock, &err), 0);
    lock_release(two->b.lock);
    json_put_str(params, "Bucket", "plinth-lock-test");
    json_put_str(params, "Key", "lock.json");
    json_put_str(params, "Body", "{\"somebody\": \"else's\"}");
    assert_int_equal(aws_call(&target, AWS_S3_PUT_OBJECT, params, two->world.arena, NULL, &err), 0);
    assert_int_equal(lock_take(two->a.lock, &err), -1);
    assert_int_equal(err.code, ERR_PROTOCOL);
}

TWO_TEST(an_answer_that_is_lost)
TWO_TEST(what_is_no_lock_is_left_alone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_that_is_lost),
        cmocka_unit_test(test_what_is_no_lock_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
