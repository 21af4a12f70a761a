#include "credentials_priv.h"
#include "credentials_world.h"

/* What the service is like; `cw->step` holds one of these. */
enum {
    IMDS_PLAIN,
    IMDS_VERSION_1,    /* no tokens: 404 */
    IMDS_SILENT_TOKEN, /* the answer to PUT never comes (a hop limit) */
    IMDS_BAD_TOKEN,    /* 400 */
    IMDS_NO_ROLE,      /* 404 */
    IMDS_REFUSED_ROLE,
    IMDS_EXPIRED,
    IMDS_NONSENSE,
    IMDS_FLAKY, /* the first of each kind of request fails */
};

static int imds_answer(struct cw *cw, const struct http_request *request, struct http_response *out,
                       struct err *err)
{
    const char *token = http_header_get(&request->headers, "x-aws-ec2-metadata-token");

    if (cw->step == IMDS_FLAKY && cw->request_count % 2 == 1)
        return err_set(err, ERR_TRANSIENT, "nobody is there");
    out->status = 200;
    if (strcmp(request->method, "PUT") == 0) {
        assert_non_null(strstr(request->url, "/latest/api/token"));
        assert_string_equal(
            http_header_get(&request->headers, "x-aws-ec2-metadata-token-ttl-seconds"), "21600");
        if (cw->step == IMDS_SILENT_TOKEN)
            return err_set(err, ERR_LOST, "no answer in time");
        out->status = cw->step == IMDS_VERSION_1 ? 404 : cw->step == IMDS_BAD_TOKEN ? 400 : 200;
        out->body = "imds-token";
        return 0;
    }
    if (cw->step != IMDS_VERSION_1 && cw->step != IMDS_SILENT_TOKEN)
        assert_string_equal(token, "imds-token");
    else
        assert_null(token);
    if (strstr(request->url, "/security-credentials/role") == NULL) {
        out->status = cw->step == IMDS_NO_ROLE ? 404 : 200;
        out->body = "role";
    } else if (cw->step == IMDS_NONSENSE) {
        out->body = "<html>";
    } else if (cw->step == IMDS_REFUSED_ROLE) {
        out->body = "{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"EC2 cannot assume\"}";
    } else {
        out->body = arena_printf(
            cw->arena,
            "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIA\",\"SecretAccessKey\":\"s\","
            "\"Token\":\"t\",\"Expiration\":\"%s\"}",
            cw->step == IMDS_EXPIRED ? "2023-11-14T22:00:00Z" : "2023-11-15T04:13:20Z");
    }
    return 0;
}

static void use(struct cw *cw, int step)
{
    cw->answer = imds_answer;
    cw->step = step;
    cw->request_count = 0;
    cw_use(cw, credentials_imds_new(&cw->world));
}

static void test_version_2(void **state)
{
    struct cw *cw = *state;

    use(cw, IMDS_PLAIN);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->credentials->expires_ms, NOW_MS + 6 * 3600 * 1000);
    assert_int_equal(cw->request_count, 3);
    assert_string_equal(cw->requests[0].url, "http://169.254.169.254/latest/api/token");
    assert_string_equal(cw->requests[1].url,
                        "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
    assert_string_equal(cw->requests[2].url,
                        "http://169.254.169.254/latest/meta-data/iam/security-credentials/role");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(cw->requests[i].timeout_ms, 1000);
}

static void test_version_1_is_asked_only_if_it_may_be(void **state)
{
    struct cw *cw = *state;

    use(cw, IMDS_VERSION_1);
    cw_assert_gives(cw, "ASIA", "s", "t");
    use(cw, IMDS_SILENT_TOKEN);
    cw_assert_gives(cw, "ASIA", "s", "t");
    cw_set(cw, "AWS_EC2_METADATA_V1_DISABLED", "true");
    use(cw, IMDS_VERSION_1);
    cw_assert_fails(cw, ERR_NOTFOUND, "it gave no token, and version 1 is disabled");
    assert_int_equal(cw->request_count, 1);
    use(cw, IMDS_PLAIN);
    cw_assert_gives(cw, "ASIA", "s", "t");
}

static void test_whatever_goes_wrong_is_not_found(void **state)
{
    struct cw *cw = *state;

    use(cw, IMDS_BAD_TOKEN);
    cw_assert_fails(cw, ERR_NOTFOUND, "the token request was refused as malformed");
    use(cw, IMDS_NO_ROLE);
    cw_assert_fails(cw, ERR_NOTFOUND, "/latest/meta-data/iam/security-credentials/: status 404");
    use(cw, IMDS_REFUSED_ROLE);
    cw_assert_fails(cw, ERR_NOTFOUND, "role role: EC2 cannot assume");
    use(cw, IMDS_NONSENSE);
    cw_assert_fails(cw, ERR_NOTFOUND, "the answer is not JSON");
    use(cw, IMDS_PLAIN);
    cw->answer = NULL;
    cw_assert_fails(cw, ERR_NOTFOUND, "instance metadata at http://169.254.169.254: nobody");
    assert_int_equal(cw->request_count, 1); /* no second wait where nobody is */
}

static void test_it_can_be_disabled(void **state)
{
    struct cw *cw = *state;

    cw_set(cw, "AWS_EC2_METADATA_DISABLED", "True");
    use(cw, IMDS_PLAIN);
    cw_assert_fails(cw, ERR_NOTFOUND, "AWS_EC2_METADATA_DISABLED is set");
    assert_int_equal(cw->request_count, 0);
}

static void test_the_endpoint(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nimds_use_ipv6 = true\n");
    use(cw, IMDS_PLAIN);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw->requests[0].url, "http://[fd00:ec2::254]/latest/api/token");
    cw_set(cw, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv4");
    use(cw, IMDS_PLAIN);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw->requests[0].url, "http://169.254.169.254/latest/api/token");
    cw_config(cw, "[default]\nec2_metadata_service_endpoint = http://localhost:1338/\n");
    use(cw, IMDS_PLAIN);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw->requests[0].url, "http://localhost:1338/latest/api/token");
    cw_set(cw, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://localhost:1339");
    use(cw, IMDS_PLAIN);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw->requests[0].url, "http://localhost:1339/latest/api/token");
    cw->world.imds_endpoint = "http://localhost:1340";
    use(cw, IMDS_PLAIN);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_string_equal(cw->requests[0].url, "http://localhost:1340/latest/api/token");
    cw_set(cw, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipx");
    cw_assert_fails(cw, ERR_CONFIG, "\"ipx\" is neither ipv4 nor ipv6");
}

static void test_attempts_and_time_out(void **state)
{
    struct cw *cw = *state;

    use(cw, IMDS_FLAKY);
    cw_assert_fails(cw, ERR_NOTFOUND, "nobody is there");
    cw_set(cw, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2");
    cw_set(cw, "AWS_METADATA_SERVICE_TIMEOUT", "5");
    use(cw, IMDS_FLAKY);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_int_equal(cw->request_count, 6);
    assert_int_equal(cw->requests[5].timeout_ms, 5000);
    cw_set(cw, "AWS_METADATA_SERVICE_TIMEOUT", "0");
    cw_assert_fails(cw, ERR_CONFIG, "AWS_METADATA_SERVICE_TIMEOUT: \"0\" is not a number");
}

static void test_credentials_that_the_service_cannot_renew_are_used(void **state)
{
    struct cw *cw = *state;

    use(cw, IMDS_EXPIRED);
    cw_assert_gives(cw, "ASIA", "s", "t");
    assert_in_range(cw->credentials->expires_ms, NOW_MS + 17 * 60000, NOW_MS + 25 * 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_version_2),
        CW_TEST(test_version_1_is_asked_only_if_it_may_be),
        CW_TEST(test_whatever_goes_wrong_is_not_found),
        CW_TEST(test_it_can_be_disabled),
        CW_TEST(test_the_endpoint),
        CW_TEST(test_attempts_and_time_out),
        CW_TEST(test_credentials_that_the_service_cannot_renew_are_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
