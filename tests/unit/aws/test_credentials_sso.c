#include "credentials_priv.h"
#include "credentials_world.h"

#include "plinth/base/time.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"

#include "file_priv.h"

#define SESSION                                                                                    \
    "[sso-session corp]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n"
#define PROFILE                                                                                    \
    "[profile p]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
#define LEGACY                                                                                     \
    "[profile p]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\n"         \
    "sso_account_id = 111122223333\nsso_role_name = Admin\n"

static const char *token_name(struct cw *cw, const char *key)
{
    char digest[41];

    sha1_hex(key, strlen(key), digest);
    return arena_printf(cw->arena, ".aws/sso/cache/%s.json", digest);
}

/* A saved token that lasts `minutes` from now; `more` are further members. */
static void save_token(struct cw *cw, const char *key, int minutes, const char *more)
{
    char expires[TIME_TEXT_BYTES];

    time_rfc3339(NOW_MS + (int64_t)minutes * 60000, expires);
    (void)cw_write(
        cw, token_name(cw, key),
        arena_printf(cw->arena, "{\"accessToken\":\"old\",\"expiresAt\":\"%s\"%s}", expires, more));
}

#define RENEWABLE                                                                                  \
    ",\"refreshToken\":\"refresh\",\"clientId\":\"id\",\"clientSecret\":\"hush\","                 \
    "\"registrationExpiresAt\":\"2024-01-01T00:00:00Z\""

static int sso_answer(struct cw *cw, const struct http_request *request, struct http_response *out,
                      struct err *err)
{
    (void)err;
    out->status = 200;
    if (strstr(request->url, "/token") != NULL) {
        out->status = cw->step == 0 || cw->step == 200 ? 200 : 400;
        out->body = cw->step == 0 ? "{\"accessToken\":\"new\",\"expiresIn\":28800,"
                                    "\"refreshToken\":\"next\",\"tokenType\":\"Bearer\"}"
                                  : "{\"error\":\"invalid_grant\",\"error_description\":\"no\"}";
        return 0;
    }
    out->body = "{\"roleCredentials\":{\"accessKeyId\":\"ASIA\",\"secretAccessKey\":\"s\","
                "\"sessionToken\":\"t\",\"expiration\":1700003600000}}";
    return 0;
}

static void use(struct cw *cw, const char *config)
{
    cw->answer = sso_answer;
    cw_config(cw, config);
    cw_use(cw, credentials_sso_new(&cw->world, "p"));
}

static void test_the_older_form(void **state)
{
    struct cw *cw = *state;

    use(cw, LEGACY);
    save_token(cw, "https://d-1.awsapps.com/start", 1, RENEWABLE);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw->credentials->account_id, "111122223333");
    assert_int_equal(cw->credentials->expires_ms, 1700003600000);
    assert_int_equal(cw->request_count, 1); /* this form renews nothing */
    assert_string_equal(cw->requests[0].method, "GET");
    assert_string_equal(cw->requests[0].url,
                        "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials"
                        "?role_name=Admin&account_id=111122223333");
    assert_string_equal(cw_header(cw, 0, "x-amz-sso_bearer_token"), "old");
    assert_null(cw_header(cw, 0, "Authorization"));
}

static void test_a_session_whose_token_lasts(void **state)
{
    struct cw *cw = *state;

    use(cw, SESSION PROFILE);
    save_token(cw, "corp", 16, RENEWABLE);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->request_count, 1);
    assert_string_equal(cw_header(cw, 0, "x-amz-sso_bearer_token"), "old");
}

static void test_a_token_is_renewed_and_saved(void **state)
{
    struct cw *cw = *state;
    const char *path = arena_printf(cw->arena, "%s/%s", cw->home, token_name(cw, "corp"));
    struct json *saved = NULL;
    struct stat stat_of;
    size_t len = 0;
    char *text;

    use(cw, SESSION PROFILE);
    save_token(cw, "corp", 14, RENEWABLE);
    assert_int_equal(chmod(path, 0644), 0);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->request_count, 2);
    assert_string_equal(cw->requests[0].url, "https://oidc.eu-west-1.amazonaws.com/token");
    assert_string_equal(cw->requests[0].method, "POST");
    assert_null(cw_header(cw, 0, "Authorization"));
    cw_assert_body(cw, 0, "\"grantType\":\"refresh_token\"");
    cw_assert_body(cw, 0, "\"refreshToken\":\"refresh\"");
    cw_assert_body(cw, 0, "\"clientId\":\"id\"");
    cw_assert_body(cw, 0, "\"clientSecret\":\"hush\"");
    assert_string_equal(cw_header(cw, 1, "x-amz-sso_bearer_token"), "new");

    assert_int_equal(stat(path, &stat_of), 0);
    assert_int_equal(stat_of.st_mode & 0777, 0600);
    assert_int_equal(file_read(path, 4096, cw->arena, &text, &len, &cw->err), 0);
    assert_int_equal(json_parse(text, len, cw->arena, &saved, &cw->err), 0);
    assert_string_equal(json_str(saved, "accessToken"), "new");
    assert_string_equal(json_str(saved, "refreshToken"), "next");
    assert_string_equal(json_str(saved, "expiresAt"), "2023-11-15T06:13:20Z");
    assert_string_equal(json_str(saved, "clientSecret"), "hush");
    assert_string_equal(json_str(saved, "registrationExpiresAt"), "2024-01-01T00:00:00Z");
    assert_string_equal(json_str(saved, "startUrl"), "https://d-1.awsapps.com/start");
    assert_string_equal(json_str(saved, "region"), "eu-west-1");
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->request_count, 3); /* and it is used the next time */
}

static void test_a_failed_renewal_costs_nothing_while_the_token_lasts(void **state)
{
    struct cw *cw = *state;

    use(cw, SESSION PROFILE);
    cw->step = 400;
    save_token(cw, "corp", 14, RENEWABLE);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->warnings, 1);
    assert_string_equal(cw_header(cw, 1, "x-amz-sso_bearer_token"), "old");
    save_token(cw, "corp", 0, RENEWABLE);
    cw_assert_fails(cw, ERR_DENIED,
                    "profile \"p\": the sign-in has ended: run `aws sso login --profile p`");
    assert_int_equal(cw->warnings, 2);
    cw->step = 200; /* an answer, but without a token in it */
    save_token(cw, "corp", 14, RENEWABLE);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->warnings, 3);
}

static void test_what_cannot_be_renewed_is_not_tried(void **state)
{
    struct cw *cw = *state;

    use(cw, SESSION PROFILE);
    save_token(cw, "corp", -1, "");
    cw_assert_fails(cw, ERR_DENIED, "run `aws sso login --profile p`");
    save_token(cw, "corp", -1,
               ",\"refreshToken\":\"r\",\"clientId\":\"i\",\"clientSecret\":\"s\","
               "\"registrationExpiresAt\":\"2023-01-01T00:00:00Z\"");
    cw_assert_fails(cw, ERR_DENIED, "run `aws sso login --profile p`");
    assert_int_equal(cw->request_count, 0);
}

static void test_without_a_token_the_user_is_told_what_to_do(void **state)
{
    struct cw *cw = *state;

    use(cw, SESSION PROFILE);
    cw_assert_fails(cw, ERR_DENIED,
                    "profile \"p\": not signed in: run `aws sso login --profile p`");
    (void)cw_write(cw, token_name(cw, "corp"), "{\"accessToken\":");
    cw_assert_fails(cw, ERR_DENIED, "the token that was saved is not readable");
    (void)cw_write(cw, token_name(cw, "corp"), "{\"accessToken\":\"x\"}");
    cw_assert_fails(cw, ERR_DENIED, "the token that was saved is not readable");
}

static void test_times_of_older_clients(void **state)
{
    struct cw *cw = *state;

    use(cw, SESSION PROFILE);
    (void)cw_write(cw, token_name(cw, "corp"),
                   "{\"accessToken\":\"x\",\"expiresAt\":\"2023-11-15T22:13:20UTC\"}");
    cw_assert_gives(cw, "ASIA", "s", "t");
}

static int unauthorized(struct cw *cw, const struct http_request *request,
                        struct http_response *out, struct err *err)
{
    (void)err;
    (void)request;
    out->status = cw->step;
    http_header_add(&out->headers, cw->arena, "x-amzn-ErrorType",
                    cw->step == 401 ? "UnauthorizedException" : "ForbiddenException");
    out->body = "{\"message\":\"No access\"}";
    return 0;
}

static void test_refusals(void **state)
{
    struct cw *cw = *state;

    use(cw, SESSION PROFILE);
    save_token(cw, "corp", 60, "");
    cw->answer = unauthorized;
    cw->step = 401;
    cw_assert_fails(cw, ERR_DENIED, "not valid any more: run `aws sso login --profile p`");
    cw->step = 403;
    cw_assert_fails(cw, ERR_DENIED, "SSO role \"Admin\" in account 111122223333: ");
    assert_string_equal(cw->err.service_code, "ForbiddenException");
}

static void test_mistakes(void **state)
{
    struct cw *cw = *state;

    use(cw, "[profile p]\nregion = eu-west-1\n");
    cw_assert_fails(cw, ERR_NOTFOUND, "sso: not set up");
    cw_config(cw, PROFILE);
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/config:2: there is no section [sso-session corp]");
    cw_config(cw, "[profile p]\nsso_account_id = 1\nsso_role_name = r\nsso_region = x\n");
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/config:2: profile \"p\" is set up for SSO, but has no sso_start_url");
    cw_config(cw, SESSION PROFILE "sso_region = us-east-1\n");
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/config:8: sso_region is \"us-east-1\" in the profile and \"eu-west-1\" "
                    "in its sso-session");
    assert_int_equal(cw->request_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_the_older_form),
        CW_TEST(test_a_session_whose_token_lasts),
        CW_TEST(test_a_token_is_renewed_and_saved),
        CW_TEST(test_a_failed_renewal_costs_nothing_while_the_token_lasts),
        CW_TEST(test_what_cannot_be_renewed_is_not_tried),
        CW_TEST(test_without_a_token_the_user_is_told_what_to_do),
        CW_TEST(test_times_of_older_clients),
        CW_TEST(test_refusals),
        CW_TEST(test_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
