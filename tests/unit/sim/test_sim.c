#include "sim_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char whoami[] = "Action=GetCallerIdentity";

static int open_plain(void **state)
{
    static struct sim_client client;

    *state = &client;
    return sim_client_open(&client, (struct sim_options){0});
}

static int close_client(void **state)
{
    sim_client_close(*state);
    return 0;
}

static void test_login_is_an_administrator(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer = sim_client_sts(client, whoami);

    assert_int_equal(client->response.status, 200);
    assert_string_equal(json_str(answer, "Account"), client->account);
    assert_string_equal(
        json_str(answer, "Arn"),
        arena_printf(client->arena, "arn:aws:iam::%s:user/administrator", client->account));
    assert_int_equal(strlen(client->account), 12);
}

static void test_options_are_checked(void **state)
{
    struct sim_client *client = *state;
    const struct sim_options broken[] = {
        {.env = &client->env, .partition = "aws-mars"}, {.env = &client->env, .fault_rate = 1.5},
        {.env = &client->env, .lost_rate = -0.1},       {.env = &client->env, .time_scale = -1},
        {.env = &client->env, .latency_ms = -1},
    };

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct err err = ERR_INIT;

        assert_null(sim_new(&broken[i], &err));
        assert_int_equal(err.code, ERR_CONFIG);
    }
}

static void test_other_partition(void **state)
{
    struct sim_client client;

    (void)state;
    assert_int_equal(sim_client_open(&client, (struct sim_options){.partition = "aws-cn"}), 0);
    client.region = "cn-north-1";
    assert_true(str_starts(json_str(sim_client_sts(&client, whoami), "Arn"), "arn:aws-cn:iam::"));
    client.region = "us-east-1";
    (void)sim_client_sts(&client, whoami);
    assert_string_equal(sim_client_code(&client), "SignatureDoesNotMatch");
    sim_client_close(&client);
}

static void test_calls_and_writes_are_counted(void **state)
{
    struct sim_client *client = *state;

    (void)sim_client_sts(client, whoami);
    (void)sim_client_sts(client, whoami);
    (void)sim_client_iam(client, "Action=CreateUser&UserName=a");
    (void)sim_client_iam(client, "Action=CreateUser&UserName=a"); /* refused, and still a write */
    (void)sim_client_iam(client, "Action=NoSuchThing");
    assert_int_equal(sim_calls(client->sim, "sts", "GetCallerIdentity"), 2);
    assert_int_equal(sim_calls(client->sim, "iam", "CreateUser"), 2);
    assert_int_equal(sim_calls(client->sim, "iam", NULL), 2);
    assert_int_equal(sim_calls(client->sim, "sts", "CreateUser"), 0);
    assert_int_equal(sim_calls(client->sim, NULL, NULL), 4);
    assert_int_equal(sim_writes(client->sim), 2);
}

static void test_unknown_service_and_operation(void **state)
{
    struct sim_client *client = *state;

    (void)sim_client_query(client, "gamelift", "2015-10-01", "Action=Play");
    assert_string_equal(sim_client_code(client), "UnknownOperationException");
    (void)sim_client_sts(client, "Action=Nonsense");
    assert_string_equal(sim_client_code(client), "InvalidAction");
    assert_int_equal(client->response.status, 400);
    (void)sim_client_query(client, "sts", "1999-01-01", whoami);
    assert_string_equal(sim_client_code(client), "InvalidAction");
    (void)sim_client_sts(client, "Nothing=1");
    assert_string_equal(sim_client_code(client), "MissingAction");
}

/* --- Injected faults: what a caller sees, and what happened --- */

static const char *create_user(struct sim_client *client, const char *name)
{
    (void)sim_client_iam(client,
                         arena_printf(client->arena, "Action=CreateUser&UserName=%s", name));
    return sim_client_code(client);
}

static bool user_exists(struct sim_client *client, const char *name)
{
    (void)sim_client_iam(client, arena_printf(client->arena, "Action=GetUser&UserName=%s", name));
    return client->response.status == 200;
}

static void test_kill_before_a_write(void **state)
{
    struct sim_client *client = *state;

    sim_inject(client->sim, SIM_KILL_BEFORE, 2);
    assert_string_equal(create_user(client, "a"), "");
    assert_string_equal(create_user(client, "b"), "lost");
    assert_string_equal(create_user(client, "c"), "lost");
    assert_false(user_exists(client, "a")); /* reads are lost, too */
    sim_inject(client->sim, SIM_NO_FAULT, 0);
    assert_true(user_exists(client, "a"));
    assert_false(user_exists(client, "b"));
    assert_false(user_exists(client, "c"));
}

static void test_kill_after_a_write(void **state)
{
    struct sim_client *client = *state;

    sim_inject(client->sim, SIM_KILL_AFTER, 2);
    assert_string_equal(create_user(client, "a"), "");
    assert_string_equal(create_user(client, "b"), "lost");
    assert_string_equal(create_user(client, "c"), "lost");
    sim_inject(client->sim, SIM_NO_FAULT, 0);
    assert_true(user_exists(client, "b"));
    assert_false(user_exists(client, "c"));
}

static void test_faults_that_happen_once(void **state)
{
    static const struct {
        enum sim_fault fault;
        const char *code;
        bool done;
    } cases[] = {
        {SIM_LOSE_ONE, "lost", true},
        {SIM_THROTTLE_ONE, "Throttling", false},
        {SIM_REFUSE_ONE, "AccessDenied", false},
        {SIM_ERROR_ONE, "InternalFailure", false},
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *hit = arena_printf(client->arena, "hit%zu", i);
        const char *later = arena_printf(client->arena, "later%zu", i);

        sim_inject(client->sim, cases[i].fault, 1);
        assert_false(user_exists(client, hit)); /* a read does not count */
        assert_string_equal(create_user(client, hit), cases[i].code);
        assert_string_equal(create_user(client, later), "");
        assert_int_equal(user_exists(client, hit), cases[i].done);
    }
}

/* --- Observer, dump --- */

struct seen {
    int calls, writes;
    char last[64];
    int status;
};

static void observe(void *arg, const char *service, const char *operation,
                    const struct http_request *request, const struct http_response *response,
                    bool is_write)
{
    struct seen *seen = arg;

    assert_string_equal(request->method, "POST");
    seen->calls++;
    seen->writes += is_write;
    seen->status = response->status;
    (void)snprintf(seen->last, sizeof seen->last, "%s:%s", service, operation);
}

static void test_observer_sees_every_request(void **state)
{
    struct sim_client *client = *state;
    struct seen seen = {0};

    sim_observe(client->sim, observe, &seen);
    (void)create_user(client, "a");
    assert_string_equal(seen.last, "iam:CreateUser");
    assert_int_equal(seen.status, 200);
    (void)sim_client_sts(client, "Action=Nonsense");
    assert_string_equal(seen.last, "sts:");
    sim_inject(client->sim, SIM_LOSE_ONE, 1);
    (void)create_user(client, "b");
    assert_int_equal(seen.status, 0);
    assert_int_equal(seen.calls, 3);
    assert_int_equal(seen.writes, 2);
    sim_observe(client->sim, NULL, NULL);
    (void)create_user(client, "c");
    assert_int_equal(seen.calls, 3);
}

static void test_dump_and_load_give_the_same_simulator(void **state)
{
    struct sim_client *client = *state, other;
    struct json *dump;
    struct err err = ERR_INIT;

    (void)create_user(client, "a");
    dump = sim_dump(client->sim, client->arena);
    assert_int_equal(sim_client_open(&other, (struct sim_options){0}), 0);
    assert_int_equal(sim_load(other.sim, dump, &err), 0);
    assert_true(json_equal(sim_dump(other.sim, other.arena), dump));
    sim_client_login(&other);
    assert_string_equal(other.account, client->account);
    assert_true(user_exists(&other, "a"));
    sim_client_close(&other);
}

static void test_a_broken_dump_is_refused(void **state)
{
    struct sim_client *client = *state;
    const char *const broken[] = {
        "{}",
        "{\"login\":{\"account_id\":\"1\",\"access_key_id\":\"A\",\"secret_access_key\":\"s\"},"
        "\"partition\":\"aws-cn\",\"records\":[]}",
        "{\"login\":{\"account_id\":\"1\",\"access_key_id\":\"A\",\"secret_access_key\":\"s\"},"
        "\"partition\":\"aws\",\"records\":[{\"account\":\"1\"}]}",
    };

    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct json *state_json;
        struct err err = ERR_INIT;

        assert_int_equal(json_parse(broken[i], strlen(broken[i]), client->arena, &state_json, &err),
                         0);
        assert_int_equal(sim_load(client->sim, state_json, &err), -1);
        assert_int_equal(err.code, ERR_CONFIG);
    }
    assert_string_equal(create_user(client, "a"), ""); /* it goes on with what it had */
}

#define SIM_TEST(test) cmocka_unit_test_setup_teardown(test, open_plain, close_client)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIM_TEST(test_login_is_an_administrator),
        SIM_TEST(test_options_are_checked),
        SIM_TEST(test_other_partition),
        SIM_TEST(test_calls_and_writes_are_counted),
        SIM_TEST(test_unknown_service_and_operation),
        SIM_TEST(test_kill_before_a_write),
        SIM_TEST(test_kill_after_a_write),
        SIM_TEST(test_faults_that_happen_once),
        SIM_TEST(test_observer_sees_every_request),
        SIM_TEST(test_dump_and_load_give_the_same_simulator),
        SIM_TEST(test_a_broken_dump_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
