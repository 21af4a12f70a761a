#include "credentials_priv.h"
#include "sts_peer.h"

#include "plinth/codec/json.h"

static struct credentials_provider *source_of_keys(void)
{
    struct credentials *credentials = credentials_new("AKIASOURCE", secret_of("s"), NULL, 0);
    struct credentials_provider *provider = credentials_static_new(credentials);

    credentials_unref(credentials);
    return provider;
}

static void use(struct cw *cw, struct credentials_provider *source,
                const struct assume_role_options *options)
{
    cw_use(cw, credentials_assume_role_new(&cw->world, source, options));
}

static void test_a_role_is_assumed(void **state)
{
    struct cw *cw = *state;
    struct credentials_provider *source = source_of_keys();

    cw->answer = sts_answer;
    use(cw, source,
        &(struct assume_role_options){
            .role_arn = "arn:aws:iam::111122223333:role/r",
            .session_name = "session",
            .external_id = "external",
            .session_policy = "{}",
            .duration_s = 900,
            .region = "eu-west-1",
        });
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    assert_string_equal(cw->credentials->account_id, "111122223333");
    assert_int_equal(cw->credentials->expires_ms, NOW_MS + 3600 * 1000);
    assert_string_equal(cw->requests[0].url, "https://sts.eu-west-1.amazonaws.com/");
    cw_assert_body(cw, 0, "Action=AssumeRole&");
    cw_assert_body(cw, 0, "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr");
    cw_assert_body(cw, 0, "RoleSessionName=session");
    cw_assert_body(cw, 0, "ExternalId=external");
    cw_assert_body(cw, 0, "Policy=%7B%7D");
    cw_assert_body(cw, 0, "DurationSeconds=900");
    sts_assert_signed(cw, 0, "AKIASOURCE");
    cw_use(cw, NULL);
    credentials_provider_free(source);
}

static void test_what_is_left_out_is_not_sent(void **state)
{
    struct cw *cw = *state;
    struct credentials_provider *source = source_of_keys();

    cw->answer = sts_answer;
    use(cw, source,
        &(struct assume_role_options){.role_arn = "arn:aws:iam::1:role/r", .region = "eu-west-1"});
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    cw_assert_body(cw, 0, "RoleSessionName=plinth-1700000000");
    assert_null(strstr(cw->requests[0].body, "ExternalId"));
    assert_null(strstr(cw->requests[0].body, "Policy"));
    assert_null(strstr(cw->requests[0].body, "DurationSeconds"));
    assert_null(strstr(cw->requests[0].body, "SerialNumber"));
    cw_use(cw, NULL);
    credentials_provider_free(source);
}

static void renew(void *arg)
{
    struct cw *cw = arg;

    for (int i = 0; i < 2; i++) {
        cw_fetch_fiber(cw);
        assert_string_equal(cw->credentials->access_key_id, "ASIA1");
        credentials_unref(cw->credentials);
    }
    assert_int_equal(fiber_sleep_ms(cw->sched, 56 * 60 * 1000, &cw->err), 0);
    cw_fetch_fiber(cw);
}

static void test_it_is_cached_and_renewed(void **state)
{
    struct cw *cw = *state;
    struct credentials_provider *source = source_of_keys();

    cw->answer = sts_answer;
    use(cw, source,
        &(struct assume_role_options){.role_arn = "arn:aws:iam::1:role/r", .region = "eu-west-1"});
    sched_run(cw->sched, renew, cw);
    assert_string_equal(cw->credentials->access_key_id, "ASIA2");
    assert_int_equal(cw->request_count, 2);
    cw_use(cw, NULL);
    credentials_provider_free(source);
}

static void test_the_code_of_an_mfa_device_is_asked_for(void **state)
{
    struct cw *cw = *state;
    struct credentials_provider *source = source_of_keys();

    cw->answer = sts_answer;
    use(cw, source,
        &(struct assume_role_options){.role_arn = "arn:aws:iam::1:role/r",
                                      .mfa_serial = "arn:aws:iam::1:mfa/m",
                                      .region = "eu-west-1"});
    cw_assert_fails(cw, ERR_IO,
                    "assume arn:aws:iam::1:role/r: MFA device arn:aws:iam::1:mfa/m: no terminal");
    assert_int_equal(cw->request_count, 0);
    cw->mfa_code = "123456";
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    assert_string_equal(cw->question, "MFA code for arn:aws:iam::1:mfa/m: ");
    cw_assert_body(cw, 0, "SerialNumber=arn%3Aaws%3Aiam%3A%3A1%3Amfa%2Fm");
    cw_assert_body(cw, 0, "TokenCode=123456");
    cw_use(cw, NULL);
    credentials_provider_free(source);
}

static void test_without_a_prompt_there_is_no_mfa(void **state)
{
    struct cw *cw = *state;
    struct credentials_provider *source = source_of_keys();

    cw->world.prompt = NULL;
    use(cw, source,
        &(struct assume_role_options){
            .role_arn = "arn:aws:iam::1:role/r", .mfa_serial = "m", .region = "eu-west-1"});
    cw_assert_fails(cw, ERR_IO, "MFA device m: there is no terminal to ask for its code");
    cw_use(cw, NULL);
    credentials_provider_free(source);
}

static void test_the_account_is_that_of_the_assumed_role(void **state)
{
    static const char *const cases[][2] = {
        {"arn:aws-cn:sts::111122223333:assumed-role/r/s", "111122223333"},
        {"arn:aws:sts", NULL},
        {"nonsense", NULL},
    };
    struct cw *cw = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json *answer = json_object(cw->arena), *part;

        part = json_put_object(answer, "Credentials");
        json_put_str(part, "AccessKeyId", "ASIA");
        json_put_str(part, "SecretAccessKey", "s");
        json_put_str(json_put_object(answer, "AssumedRoleUser"), "Arn", cases[i][0]);
        assert_int_equal(assumed_credentials(answer, cw->arena, &cw->credentials, &cw->err), 0);
        if (cases[i][1] == NULL)
            assert_null(cw->credentials->account_id);
        else
            assert_string_equal(cw->credentials->account_id, cases[i][1]);
        assert_string_equal(json_str(json_get(answer, "Credentials"), "SecretAccessKey"), "");
        credentials_unref(cw->credentials);
        cw->credentials = NULL;
    }
}

static void test_a_refusal_names_the_role(void **state)
{
    struct cw *cw = *state;
    struct credentials_provider *source = source_of_keys();

    cw->answer = sts_refuse;
    use(cw, source,
        &(struct assume_role_options){.role_arn = "arn:aws:iam::1:role/r", .region = "eu-west-1"});
    cw_assert_fails(cw, ERR_DENIED, "assume arn:aws:iam::1:role/r: ");
    assert_string_equal(cw->err.service_code, "AccessDenied");
    cw_use(cw, NULL);
    credentials_provider_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_a_role_is_assumed),
        CW_TEST(test_what_is_left_out_is_not_sent),
        CW_TEST(test_it_is_cached_and_renewed),
        CW_TEST(test_the_code_of_an_mfa_device_is_asked_for),
        CW_TEST(test_without_a_prompt_there_is_no_mfa),
        CW_TEST(test_the_account_is_that_of_the_assumed_role),
        CW_TEST(test_a_refusal_names_the_role),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
