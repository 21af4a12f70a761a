#include "plinth/aws/settings.h"

#include "credentials_world.h"

static struct aws_settings load(struct cw *cw)
{
    struct aws_settings settings;

    if (aws_settings_load(&cw->world, cw->arena, &settings, &cw->err) != 0)
        fail_msg("%s", cw->err.text);
    return settings;
}

static void assert_fails(struct cw *cw, const char *text)
{
    struct aws_settings settings;

    assert_int_equal(aws_settings_load(&cw->world, cw->arena, &settings, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_CONFIG);
    if (strstr(cw->err.text, text) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", text, cw->err.text);
}

static void test_nothing_set(void **state)
{
    struct cw *cw = *state;
    struct aws_settings settings = load(cw);

    assert_string_equal(settings.profile, "default");
    assert_null(settings.region);
    assert_string_equal(settings.sts_region, "us-east-1");
    assert_null(settings.ca_bundle);
    assert_int_equal(settings.attempts_max, 0);
    assert_null(settings.endpoints.url);
    assert_false(settings.endpoints.fips);
    for (int i = 0; i < AWS_SERVICE_COUNT; i++)
        assert_null(settings.endpoints.service_url[i]);
    assert_string_equal(settings.config_path, arena_printf(cw->arena, "%s/.aws/config", cw->home));
    assert_string_equal(settings.credentials_path,
                        arena_printf(cw->arena, "%s/.aws/credentials", cw->home));
}

static void test_region(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nregion = eu-west-1\n[profile x]\nregion = eu-south-2\n");
    assert_string_equal(load(cw).region, "eu-west-1");
    cw->world.profile = "x";
    assert_string_equal(load(cw).region, "eu-south-2");
    cw_set(cw, "AWS_DEFAULT_REGION", "eu-west-2");
    assert_string_equal(load(cw).region, "eu-west-2");
    cw_set(cw, "AWS_REGION", "eu-west-3");
    assert_string_equal(load(cw).region, "eu-west-3");
    assert_string_equal(load(cw).sts_region, "eu-west-3");
}

static void test_sts_of_old_regions_can_be_the_global_one(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nsts_regional_endpoints = legacy\n");
    cw_set(cw, "AWS_REGION", "eu-west-3");
    assert_string_equal(load(cw).sts_region, "us-east-1");
    cw_set(cw, "AWS_REGION", "eu-south-1");
    assert_string_equal(load(cw).sts_region, "eu-south-1");
    cw_set(cw, "AWS_REGION", "eu-west-3");
    cw_set(cw, "AWS_STS_REGIONAL_ENDPOINTS", "regional");
    assert_string_equal(load(cw).sts_region, "eu-west-3");
}

static void test_endpoints_in_botocores_order(void **state)
{
    struct cw *cw = *state;
    struct aws_endpoints endpoints;

    cw_config(cw, "[default]\nendpoint_url = http://profile\nservices = local\n"
                  "[services local]\nsts =\n  endpoint_url = http://profile-sts\n"
                  "service_quotas =\n  endpoint_url = http://profile-quotas\n");
    endpoints = load(cw).endpoints;
    assert_string_equal(endpoints.url, "http://profile");
    assert_string_equal(endpoints.service_url[AWS_SERVICE_STS], "http://profile-sts");
    assert_string_equal(endpoints.service_url[AWS_SERVICE_SERVICE_QUOTAS], "http://profile-quotas");
    assert_null(endpoints.service_url[AWS_SERVICE_IAM]);

    cw_set(cw, "AWS_ENDPOINT_URL_SERVICE_QUOTAS", "http://variable-quotas");
    endpoints = load(cw).endpoints;
    assert_string_equal(endpoints.service_url[AWS_SERVICE_STS], "http://profile-sts");
    assert_string_equal(endpoints.service_url[AWS_SERVICE_SERVICE_QUOTAS],
                        "http://variable-quotas");

    /* The variable for all wins over all of the profile. */
    cw_set(cw, "AWS_ENDPOINT_URL", "http://variable");
    endpoints = load(cw).endpoints;
    assert_string_equal(endpoints.url, "http://variable");
    assert_null(endpoints.service_url[AWS_SERVICE_STS]);
    assert_string_equal(endpoints.service_url[AWS_SERVICE_SERVICE_QUOTAS],
                        "http://variable-quotas");

    cw_set(cw, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True");
    endpoints = load(cw).endpoints;
    assert_null(endpoints.url);
    assert_null(endpoints.service_url[AWS_SERVICE_SERVICE_QUOTAS]);
}

static void test_a_services_section_must_exist(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nservices = absent\n");
    assert_fails(cw, "/.aws/config:2: there is no section [services absent]");
    cw_config(cw, "[default]\nservices = absent\nignore_configured_endpoint_urls = true\n");
    assert_null(load(cw).endpoints.url);
}

static void test_fips(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nuse_fips_endpoint = true\n");
    assert_true(load(cw).endpoints.fips);
    cw_set(cw, "AWS_USE_FIPS_ENDPOINT", "false");
    assert_false(load(cw).endpoints.fips);
    cw_set(cw, "AWS_USE_FIPS_ENDPOINT", "TRUE");
    assert_true(load(cw).endpoints.fips);
}

static void test_ca_bundle(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nca_bundle = ~/ca.pem\n");
    assert_string_equal(load(cw).ca_bundle, arena_printf(cw->arena, "%s/ca.pem", cw->home));
    cw_set(cw, "AWS_CA_BUNDLE", "/etc/ca.pem");
    assert_string_equal(load(cw).ca_bundle, "/etc/ca.pem");
}

static void test_attempts(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[default]\nmax_attempts = 3\n");
    assert_int_equal(load(cw).attempts_max, 3);
    cw_set(cw, "AWS_MAX_ATTEMPTS", "5");
    assert_int_equal(load(cw).attempts_max, 5);
    cw_set(cw, "AWS_MAX_ATTEMPTS", "many");
    assert_fails(cw, "AWS_MAX_ATTEMPTS: \"many\" is not a number of attempts");
    cw_set(cw, "AWS_MAX_ATTEMPTS", NULL);
    cw_config(cw, "[default]\nmax_attempts = 0\n");
    assert_fails(cw, "/.aws/config:2: \"0\" is not a number of attempts");
}

static void test_a_chosen_profile_must_exist(void **state)
{
    struct cw *cw = *state;

    cw_set(cw, "AWS_PROFILE", "absent");
    assert_fails(cw, "profile \"absent\" is neither in");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_nothing_set),
        CW_TEST(test_region),
        CW_TEST(test_sts_of_old_regions_can_be_the_global_one),
        CW_TEST(test_endpoints_in_botocores_order),
        CW_TEST(test_a_services_section_must_exist),
        CW_TEST(test_fips),
        CW_TEST(test_ca_bundle),
        CW_TEST(test_attempts),
        CW_TEST(test_a_chosen_profile_must_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
