#include "credentials_priv.h"
#include "credentials_world.h"

#include "plinth/codec/hash.h"

/* One answer for each service, told apart by the key id. */
static int answer_all(struct cw *cw, const struct http_request *request, struct http_response *out,
                      struct err *err)
{
    const char *key_id = "ASIAIMDS";

    (void)err;
    out->status = 200;
    out->body = "role";
    if (strstr(request->url, "https://sts.") != NULL) {
        const char *action = strstr(request->body, "Action=AssumeRole&") != NULL
                                 ? "AssumeRole"
                                 : "AssumeRoleWithWebIdentity";

        out->body = arena_printf(
            cw->arena,
            "<%sResponse><%sResult><Credentials><AccessKeyId>%s</AccessKeyId>"
            "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
            "<Expiration>2033-05-18T03:33:20Z</Expiration></Credentials></%sResult></%sResponse>",
            action, action, strcmp(action, "AssumeRole") == 0 ? "ASIAROLE" : "ASIAWEB", action,
            action);
    } else if (strstr(request->url, "portal.sso") != NULL) {
        out->body = "{\"roleCredentials\":{\"accessKeyId\":\"ASIASSO\",\"secretAccessKey\":\"s\","
                    "\"sessionToken\":\"t\",\"expiration\":2000000000000}}";
    } else if (strstr(request->url, "169.254.170.2/") != NULL ||
               strstr(request->url, "security-credentials/role") != NULL) {
        if (strstr(request->url, "169.254.170.2/") != NULL)
            key_id = "ASIACONTAINER";
        out->body = arena_printf(cw->arena,
                                 "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"s\",\"Token\":"
                                 "\"t\",\"Expiration\":\"2033-05-18T03:33:20Z\"}",
                                 key_id);
    }
    return 0;
}

/* The key id that a new chain gives. */
static const char *first(struct cw *cw)
{
    struct credentials_provider *chain = credentials_chain_new(&cw->world, &cw->err);

    if (chain == NULL)
        fail_msg("%s", cw->err.text);
    cw_use(cw, chain);
    if (cw_fetch(cw) != 0)
        fail_msg("%s", cw->err.text);
    return cw->credentials->access_key_id;
}

static void save_sso_token(struct cw *cw)
{
    char digest[41];

    sha1_hex("https://start", strlen("https://start"), digest);
    (void)cw_write(cw, arena_printf(cw->arena, ".aws/sso/cache/%s.json", digest),
                   "{\"accessToken\":\"x\",\"expiresAt\":\"2033-05-18T03:33:20Z\"}");
}

static const char *helper(struct cw *cw)
{
    const char *path = cw_write(
        cw, "helper",
        "#!/bin/sh\n"
        "echo '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"s\"}'");

    assert_int_equal(chmod(path, 0700), 0);
    return path;
}

#define ROLE "role_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
#define SSO                                                                                        \
    "sso_start_url = https://start\nsso_region = eu-west-1\nsso_account_id = 1\n"                  \
    "sso_role_name = r\n"

static void config(struct cw *cw, const char *role, const char *sso, const char *login,
                   const char *process, const char *key)
{
    cw_config(cw, arena_printf(cw->arena,
                               "[profile base]\naws_access_key_id = AKIABASE\n"
                               "aws_secret_access_key = s\n"
                               "[default]\n%s%s%s%s%s",
                               role, sso, login, process, key));
}

/* Everything is set up; what answers is taken away, and the next must answer. */
static void test_the_order_is_botocores(void **state)
{
    struct cw *cw = *state;
    const char *process = arena_printf(cw->arena, "credential_process = %s\n", helper(cw));
    const char *key = "aws_access_key_id = AKIACONFIG\naws_secret_access_key = s\n";

    cw->answer = answer_all;
    save_sso_token(cw);
    cw_set(cw, "AWS_REGION", "eu-west-1");
    cw_set(cw, "AWS_ACCESS_KEY_ID", "AKIAENV");
    cw_set(cw, "AWS_SECRET_ACCESS_KEY", "s");
    cw_set(cw, "AWS_WEB_IDENTITY_TOKEN_FILE", cw_write(cw, "token", "jwt"));
    cw_set(cw, "AWS_ROLE_ARN", "arn:aws:iam::1:role/web");
    cw_set(cw, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
    cw_credentials(cw, "[default]\naws_access_key_id = AKIASHARED\naws_secret_access_key = s\n");
    config(cw, ROLE, SSO, "login_session = arn\n", process, key);
    assert_string_equal(first(cw), "AKIAENV");
    cw_set(cw, "AWS_ACCESS_KEY_ID", NULL);
    assert_string_equal(first(cw), "ASIAROLE");
    config(cw, "", SSO, "login_session = arn\n", process, key);
    assert_string_equal(first(cw), "ASIAWEB");
    cw_set(cw, "AWS_WEB_IDENTITY_TOKEN_FILE", NULL);
    assert_string_equal(first(cw), "ASIASSO");
    config(cw, "", "", "login_session = arn\n", process, key);
    assert_string_equal(first(cw), "AKIASHARED");
    cw_credentials(cw, "");
    cw_use(cw, credentials_chain_new(&cw->world, &cw->err));
    cw_assert_fails(cw, ERR_CONFIG, "profile \"default\" has a login_session");
    config(cw, "", "", "", process, key);
    assert_string_equal(first(cw), "AKIAPROCESS");
    config(cw, "", "", "", "", key);
    assert_string_equal(first(cw), "AKIACONFIG");
    config(cw, "", "", "", "", "");
    assert_string_equal(first(cw), "ASIACONTAINER");
    cw_set(cw, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", NULL);
    assert_string_equal(first(cw), "ASIAIMDS");
    cw_set(cw, "AWS_EC2_METADATA_DISABLED", "true");
    cw_use(cw, credentials_chain_new(&cw->world, &cw->err));
    cw_assert_fails(cw, ERR_NOTFOUND, "no AWS credentials: set AWS_ACCESS_KEY_ID");
}

static void test_a_profile_by_option_leaves_the_environment_out(void **state)
{
    struct cw *cw = *state;

    cw->answer = answer_all;
    cw_set(cw, "AWS_ACCESS_KEY_ID", "AKIAENV");
    cw_set(cw, "AWS_SECRET_ACCESS_KEY", "s");
    cw_set(cw, "AWS_WEB_IDENTITY_TOKEN_FILE", cw_write(cw, "token", "jwt"));
    cw_set(cw, "AWS_ROLE_ARN", "arn:aws:iam::1:role/web");
    cw_credentials(cw, "[p]\naws_access_key_id = AKIAP\naws_secret_access_key = s\n");
    cw_set(cw, "AWS_PROFILE", "p"); /* a variable is not an option */
    assert_string_equal(first(cw), "AKIAENV");
    cw->world.profile = "p";
    assert_string_equal(first(cw), "AKIAP");
}

static void test_a_source_that_fails_ends_the_search(void **state)
{
    struct cw *cw = *state;

    cw->answer = answer_all;
    cw_config(cw, "[default]\ncredential_process = /nonexistent/helper\n"
                  "aws_access_key_id = AKIA\naws_secret_access_key = s\n");
    cw_use(cw, credentials_chain_new(&cw->world, &cw->err));
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/config:2: credential_process");
    assert_int_equal(cw->request_count, 0);
}

static void test_mistakes_in_files_show_at_once(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nnonsense\n");
    assert_null(credentials_chain_new(&cw->world, &cw->err));
    assert_int_equal(cw->err.code, ERR_CONFIG);
    cw_config(cw, "");
    cw->world.profile = "absent";
    assert_null(credentials_chain_new(&cw->world, &cw->err));
    assert_int_equal(cw->err.code, ERR_CONFIG);
}

static void test_the_chain_is_cached(void **state)
{
    struct cw *cw = *state;

    cw->answer = answer_all;
    assert_string_equal(first(cw), "ASIAIMDS");
    cw_assert_gives(cw, "ASIAIMDS", "s", "t");
    assert_int_equal(cw->request_count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* On the real clock where a process is waited for. */
        CW_REAL_TEST(test_the_order_is_botocores),
        CW_TEST(test_a_profile_by_option_leaves_the_environment_out),
        CW_REAL_TEST(test_a_source_that_fails_ends_the_search),
        CW_TEST(test_mistakes_in_files_show_at_once),
        CW_TEST(test_the_chain_is_cached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
