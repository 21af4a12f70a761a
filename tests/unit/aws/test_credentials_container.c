#include "credentials_priv.h"
#include "credentials_world.h"

/* `step` refusals first. */
static int container_answer(struct cw *cw, const struct http_request *request,
                            struct http_response *out, struct err *err)
{
    (void)request;
    if (cw->step > 0) {
        cw->step--;
        if (cw->step % 2 == 0)
            return err_set(err, ERR_TRANSIENT, "nobody is there");
        out->body = "busy";
        return 0;
    }
    out->status = 200;
    out->body = "{\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"s\",\"Token\":\"t\","
                "\"Expiration\":\"2023-11-14T23:13:20Z\",\"AccountId\":\"111122223333\"}";
    return 0;
}

static void use(struct cw *cw)
{
    cw->answer = container_answer;
    cw_use(cw, credentials_container_new(&cw->world));
}

static void test_ecs(void **state)
{
    struct cw *cw = *state;

    use(cw);
    cw_assert_fails(cw, ERR_NOTFOUND, "container: not set up");
    cw_set(cw, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/full");
    cw_set(cw, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x?a=b");
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw->credentials->account_id, "111122223333");
    assert_int_equal(cw->credentials->expires_ms, NOW_MS + 3600 * 1000);
    assert_string_equal(cw->requests[0].method, "GET");
    assert_string_equal(cw->requests[0].url, "http://169.254.170.2/v2/credentials/x?a=b");
    assert_string_equal(cw_header(cw, 0, "Accept"), "application/json");
    assert_null(cw_header(cw, 0, "Authorization"));
    assert_int_equal(cw->requests[0].timeout_ms, 2000);
}

static void test_the_token_file_is_read_at_each_fetch(void **state)
{
    struct cw *cw = *state;

    use(cw);
    cw_set(cw, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials");
    cw_set(cw, "AWS_CONTAINER_AUTHORIZATION_TOKEN", "variable");
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw_header(cw, 0, "Authorization"), "variable");
    cw_set(cw, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", cw_write(cw, "token", "one"));
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw_header(cw, 1, "Authorization"), "one");
    (void)cw_write(cw, "token", "two");
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw_header(cw, 2, "Authorization"), "two");
    (void)cw_write(cw, "token", "two\r\nX-Forged: yes");
    cw_assert_fails(cw, ERR_CONFIG, "the authorization token has a line break in it");
    cw_set(cw, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nonexistent/token");
    cw_assert_fails(cw, ERR_CONFIG, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: /nonexistent/token");
    assert_int_equal(cw->request_count, 3);
}

static void test_only_some_hosts_are_asked(void **state)
{
    static const struct {
        const char *url;
        bool allowed;
    } cases[] = {
        {"http://127.0.0.1:8080/x", true},
        {"http://127.9.8.7/x", true},
        {"http://localhost/x", true},
        {"http://LOCALHOST/x", true},
        {"http://[::1]:80/x", true},
        {"http://[0:0:0:0:0:0:0:1]/x", true},
        {"http://169.254.170.2/x", true},
        {"http://169.254.170.23/x", true},
        {"http://[fd00:ec2::23]/x", true},
        {"https://credentials.example.com/x", true},
        {"http://credentials.example.com/x", false},
        {"http://169.254.169.254/x", false},
        {"http://127.0.0.1.example.com/x", false},
        {"http://10.0.0.1/x", false},
        {"http://[fd00:ec2::254]/x", false},
        {"http://128.0.0.1/x", false},
        {"ftp://localhost/x", false},
    };
    struct cw *cw = *state;

    use(cw);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cw->variable_count = 0;
        cw->request_count = 0;
        cw_set(cw, "AWS_CONTAINER_CREDENTIALS_FULL_URI", cases[i].url);
        if (cases[i].allowed) {
            cw_assert_gives(cw, "ASIA", "s", "t");
        } else {
            cw_assert_fails(cw, ERR_CONFIG, "AWS_CONTAINER_CREDENTIALS_FULL_URI: ");
            assert_int_equal(cw->request_count, 0);
        }
    }
}

static void test_it_is_asked_three_times(void **state)
{
    struct cw *cw = *state;

    use(cw);
    cw_set(cw, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    cw->step = 2;
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->request_count, 3);
    cw->step = 4;
    cw_assert_fails(cw, ERR_TRANSIENT,
                    "container credentials at http://169.254.170.2/x: the answer has status 500");
    assert_int_equal(cw->request_count, 6);
    assert_int_equal(env_mono_us(&cw->env), 4 * 1000 * 1000); /* a second between attempts */
}

static int nonsense(struct cw *cw, const struct http_request *request, struct http_response *out,
                    struct err *err)
{
    (void)cw;
    (void)request;
    (void)err;
    out->status = 200;
    out->body = cw->step == 0 ? "<html>" : "{\"AccessKeyId\":\"ASIA\"}";
    return 0;
}

static void test_answers_that_make_no_sense(void **state)
{
    struct cw *cw = *state;

    use(cw);
    cw->answer = nonsense;
    cw_set(cw, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    cw_assert_fails(cw, ERR_PROTOCOL, "the answer is not JSON");
    cw->step = 1;
    cw_assert_fails(cw, ERR_PROTOCOL, "SecretAccessKey");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_ecs),
        CW_TEST(test_the_token_file_is_read_at_each_fetch),
        CW_TEST(test_only_some_hosts_are_asked),
        CW_TEST(test_it_is_asked_three_times),
        CW_TEST(test_answers_that_make_no_sense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
