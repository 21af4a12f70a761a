#include "lock_test.h"

static const struct json *ask(struct two *two, enum aws_op op)
{
    struct aws_target target = lock_process_target(&two->b);
    struct json *params = json_object(two->world.arena);
    const struct json *answer = NULL;
    struct err err = ERR_INIT;

    json_put_str(params, "Bucket", "plinth-lock-test");
    assert_int_equal(aws_call(&target, op, params, two->world.arena, &answer, &err), 0);
    return answer;
}

static void check_settings(struct two *two)
{
    assert_string_equal(json_str(ask(two, AWS_S3_GET_BUCKET_VERSIONING), "Status"), "Enabled");
    assert_true(json_bool(ask(two, AWS_S3_GET_PUBLIC_ACCESS_BLOCK), "BlockPublicPolicy", false));
    assert_non_null(
        strstr(json_str(ask(two, AWS_S3_GET_BUCKET_POLICY), "Policy"), "aws:SecureTransport"));
    assert_non_null(json_get(ask(two, AWS_S3_GET_BUCKET_LIFECYCLE_CONFIGURATION), "Rule"));
    assert_non_null(json_get(ask(two, AWS_S3_GET_BUCKET_TAGGING), "TagSet"));
}

static void the_first_run_makes_it(struct two *two)
{
    struct lock_state state;
    struct err err = ERR_INIT;

    assert_int_equal(lock_look(two->a.lock, two->world.arena, &state, &err), 0);
    assert_true(state.no_bucket && !state.held);
    assert_int_equal(lock_take(two->a.lock, &err), 0);
    assert_int_equal(two->a.events[LOCK_MADE], 1);
    check_settings(two);
}

/* Whatever write the first run dies at, the next one leaves the bucket as it must be. */
static void killed_while_it_is_made(struct two *two)
{
    struct err err = ERR_INIT;

    sim_inject(two->world.sim, SIM_REFUSE_ONE, 3);
    assert_int_equal(lock_take(two->a.lock, &err), -1);
    assert_int_equal(err.code, ERR_DENIED);
    err_clear(&err);
    assert_int_equal(lock_take(two->b.lock, &err), 0);
    check_settings(two);
}

TWO_TEST(the_first_run_makes_it)
TWO_TEST(killed_while_it_is_made)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_run_makes_it),
        cmocka_unit_test(test_killed_while_it_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
