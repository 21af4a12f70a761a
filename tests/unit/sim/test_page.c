#include "world.h"

extern const struct sim_service sim_service_iam;

static void fill(struct sim_client *client, int count)
{
    for (int i = 0; i < count; i++)
        sim_store_put(client->sim->store, "1", "", "thing", arena_printf(client->arena, "%02d", i),
                      json_object(client->arena));
}

/* One page of three; "id id id", and its token. */
static const char *list(struct sim_client *client, const char *token, const char **out_token)
{
    struct sim_call call = world_call(client, &sim_service_iam);
    struct sim_page page = {.list = "Things",
                            .size = 3,
                            .size_most = 10,
                            .size_param = "MaxItems",
                            .token_in = "Marker",
                            .token_out = "Marker",
                            .more_out = "IsTruncated"};
    char *out = arena_str(client->arena, "");

    json_put_str(call.params, "Marker", token);
    assert_int_equal(sim_page_open(&call, &page), 0);
    for (const struct sim_record *it = sim_page_first(&page, "1", "", "thing"); it != NULL;
         it = sim_page_next(&page, it)) {
        json_add_str(page.items, sim_record_id(it));
        out = arena_printf(client->arena, "%s%s ", out, sim_record_id(it));
    }
    *out_token = json_str(call.answer, "Marker");
    assert_int_equal(json_bool(call.answer, "IsTruncated", false), *out_token != NULL);
    assert_non_null(json_get(call.answer, "Things"));
    return out;
}

static void test_pages_follow_each_other(void **state)
{
    struct sim_client *client = *state;
    const char *token;

    fill(client, 7);
    assert_string_equal(list(client, NULL, &token), "00 01 02 ");
    assert_string_equal(list(client, token, &token), "03 04 05 ");
    assert_string_equal(list(client, token, &token), "06 ");
    assert_null(token);
}

static void test_a_full_last_page_has_no_token(void **state)
{
    struct sim_client *client = *state;
    const char *token;

    assert_string_equal(list(client, NULL, &token), "");
    assert_null(token);
    fill(client, 3);
    assert_string_equal(list(client, NULL, &token), "00 01 02 ");
    assert_null(token);
}

static void test_changes_between_pages_repeat_nothing(void **state)
{
    struct sim_client *client = *state;
    const char *token;

    fill(client, 7);
    (void)list(client, NULL, &token);
    (void)sim_store_delete(client->sim->store, "1", "", "thing", "02"); /* the last one seen */
    (void)sim_store_delete(client->sim->store, "1", "", "thing", "04");
    fill(client, 8);
    assert_string_equal(list(client, token, &token), "03 05 06 ");
    assert_string_equal(list(client, token, &token), "02 04 07 ");
}

static int open_with(struct sim_client *client, const char *name, const char *value)
{
    struct sim_call call = world_call(client, &sim_service_iam);
    struct sim_page page = {.list = "Things",
                            .size = 3,
                            .size_most = 10,
                            .size_param = "MaxItems",
                            .token_in = "Marker",
                            .token_out = "Marker"};

    json_put_str(call.params, name, value);
    if (sim_page_open(&call, &page) == 0)
        return (int)page.size;
    assert_string_equal(call.error_code, "ValidationError");
    return -1;
}

static void test_sizes_and_tokens_are_checked(void **state)
{
    struct sim_client *client = *state;

    assert_int_equal(open_with(client, "MaxItems", "10"), 10);
    assert_int_equal(open_with(client, "MaxItems", "11"), -1);
    assert_int_equal(open_with(client, "MaxItems", "0"), -1);
    assert_int_equal(open_with(client, "MaxItems", "x"), -1);
    assert_int_equal(open_with(client, "Marker", "x"), -1);
    assert_int_equal(open_with(client, "Marker", "eHl6"), -1);
    assert_int_equal(open_with(client, "Other", "x"), 3);
}

static void test_a_token_is_for_one_operation(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_iam);
    struct sim_page page = {
        .list = "Things", .size = 3, .token_in = "Marker", .token_out = "Marker"};
    const char *token;

    fill(client, 7);
    (void)list(client, NULL, &token);
    call.operation++;
    json_put_str(call.params, "Marker", token);
    assert_int_equal(sim_page_open(&call, &page), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_pages_follow_each_other),
        WORLD_TEST(test_a_full_last_page_has_no_token),
        WORLD_TEST(test_changes_between_pages_repeat_nothing),
        WORLD_TEST(test_sizes_and_tokens_are_checked),
        WORLD_TEST(test_a_token_is_for_one_operation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
