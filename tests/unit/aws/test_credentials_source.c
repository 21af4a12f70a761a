#include "credentials_priv.h"
#include "credentials_world.h"

#include "plinth/codec/http.h"
#include "plinth/codec/json.h"

#include "plinth/aws/call.h"

/* --- A source ------------------------------------------------------------------------------------
 */

struct counting {
    struct source source;
    int fetches;
    enum err_code code;
    int http_status;
};

static int counting_fetch(struct source *source, struct arena *scratch, struct credentials **out,
                          struct err *err)
{
    struct counting *counting = (struct counting *)source;

    counting->fetches++;
    if (counting->code != ERR_NONE) {
        (void)err_set(err, counting->code, "as told");
        err->http_status = counting->http_status;
        return -1;
    }
    *out = credentials_new(arena_printf(scratch, "AKIA%d", counting->fetches), secret_of("s"), NULL,
                           0);
    return 0;
}

static void test_a_source_fetches_with_a_scratch_arena(void **state)
{
    struct cw *cw = *state;
    char profile[] = "p";
    struct source *source =
        source_new(sizeof(struct counting), "counting", &cw->world, profile, counting_fetch);

    profile[0] = 'x';
    assert_string_equal(source->profile, "p");
    cw_use(cw, &source->base);
    cw_assert_gives(cw, "AKIA1", "s", NULL);
    cw_assert_gives(cw, "AKIA2", "s", NULL);
}

static void test_only_what_is_not_set_up_lets_the_chain_go_on(void **state)
{
    struct cw *cw = *state;
    struct source *source =
        source_new(sizeof(struct counting), "counting", &cw->world, NULL, counting_fetch);
    struct counting *counting = (struct counting *)source;

    cw_use(cw, &source->base);
    counting->code = ERR_NOTFOUND;
    cw_assert_fails(cw, ERR_NOTFOUND, "as told");
    counting->http_status = 404; /* a service said so, so there is one to ask */
    cw_assert_fails(cw, ERR_DENIED, "as told");
    assert_int_equal(source_absent(source, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_NOTFOUND);
    assert_string_equal(cw->err.text, "counting: not set up");
}

static void test_the_client_is_the_worlds_or_its_own(void **state)
{
    struct cw *cw = *state;
    struct source *source =
        source_new(sizeof(struct counting), "counting", &cw->world, NULL, counting_fetch);
    struct aws_client *own, *shared;

    cw_use(cw, &source->base);
    own = source_client(source);
    assert_non_null(own);
    assert_ptr_equal(source_client(source), own);
    shared = aws_client_new(&(struct aws_client_options){
        .sched = cw->sched, .transport = cw->transport, .endpoints = &cw->endpoints});
    cw->world.client = shared;
    assert_ptr_equal(source_client(source), shared);
    cw_use(cw, NULL);
    aws_client_free(shared);
}

/* --- Answers -------------------------------------------------------------------------------------
 */

static int from_json(struct cw *cw, const char *text)
{
    struct json *json = NULL;

    assert_int_equal(json_parse(text, strlen(text), cw->arena, &json, &cw->err), 0);
    return credentials_from_json(json, "Token", &cw->credentials, &cw->err);
}

static void test_credentials_from_json(void **state)
{
    struct cw *cw = *state;

    assert_int_equal(from_json(cw, "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\",\"Token\":"
                                   "\"t\",\"Expiration\":\"2023-11-14T22:13:20Z\","
                                   "\"AccountId\":\"1\"}"),
                     0);
    assert_string_equal(cw->credentials->access_key_id, "A");
    assert_string_equal(secret_reveal(cw->credentials->secret_access_key), "hush");
    assert_string_equal(secret_reveal(cw->credentials->session_token), "t");
    assert_string_equal(cw->credentials->account_id, "1");
    assert_int_equal(cw->credentials->expires_ms, NOW_MS);
    credentials_unref(cw->credentials);
    cw->credentials = NULL;
    assert_int_equal(from_json(cw, "{\"AccessKeyId\":\"A\",\"secret\":\"hush\"}"), -1);
    assert_int_equal(cw->err.code, ERR_PROTOCOL);
    assert_null(strstr(cw->err.text, "hush"));
    assert_int_equal(from_json(cw, "{\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"hush\","
                                   "\"Expiration\":\"never\"}"),
                     -1);
    assert_string_equal(cw->err.text, "Expiration is not a time");
}

static void test_secrets_of_text(void **state)
{
    struct secret *secret = secret_of("text");

    (void)state;
    assert_string_equal(secret_reveal(secret), "text");
    assert_null(secret_of(NULL));
    secret_free(secret);
}

static void test_wiping_reaches_every_string(void **state)
{
    struct cw *cw = *state;
    const char *text = "{\"a\":\"one\",\"b\":[\"two\",{\"c\":\"three\"}],\"d\":4}";
    struct http_headers headers = {0};
    struct json *json = NULL;

    assert_int_equal(json_parse(text, strlen(text), cw->arena, &json, &cw->err), 0);
    json_wipe(json);
    assert_string_equal(json_text(json, cw->arena),
                        "{\"a\":\"\",\"b\":[\"\",{\"c\":\"\"}],\"d\":4}");
    json_wipe(NULL);
    http_header_add(&headers, cw->arena, "Authorization", "hush");
    http_headers_wipe(&headers);
    assert_string_equal(http_header_get(&headers, "authorization"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_a_source_fetches_with_a_scratch_arena),
        CW_TEST(test_only_what_is_not_set_up_lets_the_chain_go_on),
        CW_TEST(test_the_client_is_the_worlds_or_its_own),
        CW_TEST(test_credentials_from_json),
        CW_TEST(test_secrets_of_text),
        CW_TEST(test_wiping_reaches_every_string),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
