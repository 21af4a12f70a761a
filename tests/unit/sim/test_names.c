#include "world.h"

extern const struct sim_service sim_service_iam, sim_service_organizations;

static void test_ids_have_their_shape(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_iam);
    const char *first = sim_id(&call, "o-", 10, SIM_LOWER_DIGITS);
    const char *second = sim_id(&call, "o-", 10, SIM_LOWER_DIGITS);

    assert_true(str_starts(first, "o-"));
    assert_int_equal(strlen(first), 12);
    assert_int_equal(strspn(first + 2, SIM_LOWER_DIGITS), 10);
    assert_string_not_equal(first, second);
}

static void test_an_access_key_id_holds_its_account(void **state)
{
    static const char *const accounts[] = {"000000000000", "123456789012", "999999999999"};
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        const char *id = sim_access_key_id(client->sim, client->arena, "AKIA", accounts[i]);

        assert_int_equal(strlen(id), 20);
        assert_string_equal(sim_access_key_account(id, client->arena), accounts[i]);
    }
    /* AWS's own example of the documentation names no account of ours, but it has the shape. */
    assert_string_equal(sim_access_key_account("ASIAQNZGKIQY56JQ7WML", client->arena),
                        "029608264753");
    assert_null(sim_access_key_account("AKIA1", client->arena));
    assert_null(sim_access_key_account("AKIA0000000000000000", client->arena));
}

static void test_a_secret_has_forty_characters(void **state)
{
    struct sim_client *client = *state;

    const char *secret = sim_secret_key(client->sim, "AKIA1", client->arena);
    const struct json *dump = json_get(sim_dump(client->sim, client->arena), "records");

    assert_int_equal(strlen(secret), 40);
    assert_string_equal(sim_secret_key(client->sim, "AKIA1", client->arena), secret);
    assert_string_not_equal(sim_secret_key(client->sim, "AKIA2", client->arena), secret);
    assert_null(strstr(json_text(dump, client->arena), sim_login(client->sim).secret_access_key));
}

static void test_arns(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_iam);

    assert_string_equal(sim_arn(&call, "iam", "", "1", "role/%s", "x"), "arn:aws:iam::1:role/x");
}

static void test_times_as_the_protocol_writes_them(void **state)
{
    struct sim_client *client = *state;
    struct sim_call xml = world_call(client, &sim_service_iam);
    struct sim_call json = world_call(client, &sim_service_organizations);
    struct json *object = json_object(client->arena);

    sim_put_time(&xml, object, "a", SIM_CLIENT_START_MS);
    sim_put_time(&json, object, "b", SIM_CLIENT_START_MS);
    sim_put_time(&json, object, "b", SIM_CLIENT_START_MS + 1000); /* replaces */
    assert_string_equal(json_text(object, client->arena),
                        "{\"a\":\"2026-11-24T12:00:00Z\",\"b\":1795521601}");
}

static void test_what_takes_time(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_iam);
    struct json *record = json_object(client->arena);

    assert_int_equal(sim_due_ms(&call, 10), call.now_ms);
    client->sim->options.delays = true;
    client->sim->options.time_scale = 0.5;
    assert_int_equal(sim_due_ms(&call, 10), call.now_ms + 5000);
    assert_true(sim_ready(&call, record));
    json_put_number(record, "_ready_ms", (double)sim_due_ms(&call, 10));
    assert_false(sim_ready(&call, record));
    call.now_ms += 5000;
    assert_true(sim_ready(&call, record));
}

static void test_members_are_replaced(void **state)
{
    struct sim_client *client = *state;
    struct json *object = json_object(client->arena);

    for (int i = 1; i <= 2; i++) {
        sim_set_number(object, "n", i);
        sim_set_bool(object, "b", i == 2);
        sim_set_str(object, "s", i == 1 ? "x" : "y");
        sim_set(object, "o", json_object(client->arena));
    }
    assert_string_equal(json_text(object, client->arena),
                        "{\"n\":2,\"b\":true,\"s\":\"y\",\"o\":{}}");
}

static void test_tags(void **state)
{
    struct sim_client *client = *state;
    struct json *tags = world_json(client, "[{'Key':'a','Value':'1'},{'Key':'b','Value':'2'}]");
    struct json *add = world_json(client, "[{'Key':'b','Value':'3'},{'Key':'c'}]");

    tags = sim_tags_with(client->arena, tags, add);
    assert_string_equal(json_text(tags, client->arena),
                        "[{\"Key\":\"a\",\"Value\":\"1\"},{\"Key\":\"b\",\"Value\":\"3\"},"
                        "{\"Key\":\"c\",\"Value\":\"\"}]");
    tags = sim_tags_without(client->arena, tags, world_json(client, "['a','c','z']"));
    assert_string_equal(json_text(tags, client->arena), "[{\"Key\":\"b\",\"Value\":\"3\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_ids_have_their_shape),
        WORLD_TEST(test_an_access_key_id_holds_its_account),
        WORLD_TEST(test_a_secret_has_forty_characters),
        WORLD_TEST(test_arns),
        WORLD_TEST(test_times_as_the_protocol_writes_them),
        WORLD_TEST(test_what_takes_time),
        WORLD_TEST(test_members_are_replaced),
        WORLD_TEST(test_tags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
