#include "credentials_priv.h"
#include "sts_peer.h"

static void test_the_token_is_sent_unsigned(void **state)
{
    struct cw *cw = *state;

    cw->answer = sts_answer;
    cw_set(cw, "AWS_WEB_IDENTITY_TOKEN_FILE", cw_write(cw, "token", "jwt.one\n"));
    cw_set(cw, "AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r");
    cw_set(cw, "AWS_ROLE_SESSION_NAME", "session");
    cw_set(cw, "AWS_REGION", "eu-west-1");
    cw_use(cw, credentials_web_identity_new(&cw->world, "default", true));
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    assert_string_equal(cw->credentials->account_id, "111122223333");
    assert_string_equal(cw->requests[0].url, "https://sts.eu-west-1.amazonaws.com/");
    assert_null(cw_header(cw, 0, "Authorization"));
    cw_assert_body(cw, 0, "Action=AssumeRoleWithWebIdentity&");
    cw_assert_body(cw, 0, "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr");
    cw_assert_body(cw, 0, "RoleSessionName=session");
    cw_assert_body(cw, 0, "WebIdentityToken=jwt.one");
    assert_null(strstr(cw->requests[0].body, "%0A"));
}

static void test_the_token_is_read_at_each_fetch(void **state)
{
    struct cw *cw = *state;

    cw->answer = sts_answer;
    cw_config(cw, arena_printf(cw->arena,
                               "[profile p]\nweb_identity_token_file = %s\nregion = eu-west-1\n"
                               "role_arn = arn:aws:iam::1:role/r\n",
                               cw_write(cw, "token", "one")));
    cw_use(cw, credentials_web_identity_new(&cw->world, "p", false));
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    cw_assert_body(cw, 0, "WebIdentityToken=one");
    cw_assert_body(cw, 0, "RoleSessionName=plinth-1700000000");
    (void)cw_write(cw, "token", "two");
    cw_assert_gives(cw, "ASIA2", "secret2", "token2");
    cw_assert_body(cw, 1, "WebIdentityToken=two");
}

static void test_variables_count_only_where_they_are_wanted(void **state)
{
    struct cw *cw = *state;

    cw_set(cw, "AWS_WEB_IDENTITY_TOKEN_FILE", cw_write(cw, "token", "x"));
    cw_set(cw, "AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    cw_use(cw, credentials_web_identity_new(&cw->world, "p", false));
    cw_assert_fails(cw, ERR_NOTFOUND, "web identity: not set up");
    assert_int_equal(cw->request_count, 0);
}

static void test_mistakes(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\nweb_identity_token_file = ~/absent\n");
    cw_use(cw, credentials_web_identity_new(&cw->world, "p", true));
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/config:2: a web identity token file, but no role");
    cw_set(cw, "AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    cw_assert_fails(cw, ERR_CONFIG, "web identity token: ~/absent does not exist");
    (void)cw_write(cw, "absent", "now there");
    cw->answer = sts_refuse;
    cw_assert_fails(cw, ERR_DENIED, "assume arn:aws:iam::1:role/r with a web identity: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_the_token_is_sent_unsigned),
        CW_TEST(test_the_token_is_read_at_each_fetch),
        CW_TEST(test_variables_count_only_where_they_are_wanted),
        CW_TEST(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
