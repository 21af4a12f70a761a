#include "world.h"

static const struct sim_operation operations[] = {{.name = "DoIt"}, {.name = NULL}};
static const struct sim_service json_service = {.name = "thing",
                                                .protocol = SIM_JSON,
                                                .bad_input = "InvalidInputException",
                                                .operations = {operations}};
static const struct sim_service query_service = {.name = "thing",
                                                 .protocol = SIM_QUERY,
                                                 .denied = "UnauthorizedOperation",
                                                 .denied_status = 401,
                                                 .operations = {operations}};
static const struct sim_service rest_service = {
    .name = "thing", .protocol = SIM_REST_JSON, .operations = {operations}};

static void test_an_error_ends_a_call(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &json_service);

    assert_int_equal(sim_error(&call, "Gone", 410, "%s is gone", "x"), -1);
    sim_error_put(&call, "Reason", "AGE");
    assert_string_equal(call.error_code, "Gone");
    assert_string_equal(call.error_text, "x is gone");
    assert_int_equal(call.status, 410);
    assert_string_equal(json_str(call.error_members, "Reason"), "AGE");
    assert_int_equal(sim_error(&call, "Other", 400, "y"), -1);
    assert_null(call.error_members); /* they were the first one's */
}

static void test_bad_input_has_the_service_s_code(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &json_service);

    assert_int_equal(sim_bad_input(&call, "no %d", 5), -1);
    assert_string_equal(call.error_code, "InvalidInputException");
    assert_string_equal(call.error_text, "no 5");
    call = world_call(client, &query_service);
    (void)sim_bad_input(&call, "no");
    assert_string_equal(call.error_code, "ValidationException");
}

static void test_who_is_denied_is_told_what(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &json_service);

    call.principal.arn = "arn:me";
    assert_string_equal(sim_action(&call), "thing:DoIt");
    assert_int_equal(sim_denied(&call, sim_action(&call), NULL), -1);
    assert_string_equal(call.error_code, "AccessDeniedException");
    assert_int_equal(call.status, 400);
    assert_string_equal(call.error_text, "User: arn:me is not authorized to perform: thing:DoIt");
    call = world_call(client, &query_service);
    (void)sim_denied(&call, "thing:DoIt", "arn:x");
    assert_string_equal(call.error_code, "UnauthorizedOperation");
    assert_int_equal(call.status, 401);
    assert_string_equal(
        call.error_text,
        "User: anonymous is not authorized to perform: thing:DoIt on resource: arn:x");
    call = world_call(client, &rest_service);
    (void)sim_denied(&call, "thing:DoIt", NULL);
    assert_int_equal(call.status, 403);
}

static void test_the_store_of_a_call(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &json_service);
    struct json *record = json_object(client->arena);

    json_put_str(record, "Name", "n");
    sim_put(&call, "1", "r", "k", "a", record);
    assert_true(sim_has(&call, "1", "r", "k", "a"));
    assert_true(json_equal(sim_get(&call, "1", "r", "k", "a"), record));
    assert_string_equal(sim_record_id(sim_first(&call, "1", "r", "k")), "a");
    assert_true(sim_delete(&call, "1", "r", "k", "a"));
    assert_null(sim_first(&call, "1", "r", "k"));
    json_put_str(call.params, "P", "v");
    assert_string_equal(sim_param(&call, "P"), "v");
    assert_null(sim_param(&call, "Q"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_an_error_ends_a_call),
        WORLD_TEST(test_bad_input_has_the_service_s_code),
        WORLD_TEST(test_who_is_denied_is_told_what),
        WORLD_TEST(test_the_store_of_a_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
