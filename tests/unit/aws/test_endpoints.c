/* Hosts of each kind; tests/interop/endpoints_differential.py compares all services and regions. */
#include "plinth/aws/endpoints.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_partitions(void **state)
{
    static const char *const regions[][2] = {
        {"eu-central-1", "aws"},
        {"us-gov-east-1", "aws-us-gov"},
        {"cn-north-1", "aws-cn"},
        {"us-isob-east-1", "aws-iso-b"},
        {"us-iso-east-1", "aws-iso"},
        {"eusc-de-east-1", "aws-eusc"},
        {"cn-north", "aws"},
        {"cn-north-1x", "aws"},
        {"", "aws"},
        {"us-gov-", "aws"},
        {"cn--1", "aws"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        assert_string_equal(aws_partition_of_region(regions[i][0])->name, regions[i][1]);
    assert_string_equal(aws_partition_find("aws-cn")->dns_suffix, "amazonaws.com.cn");
    assert_null(aws_partition_find("aws-mars"));
    assert_null(aws_partition_find(NULL));
}

static void test_regions(void **state)
{
    (void)state;
    assert_true(aws_region_is_known("eu-central-1"));
    assert_true(aws_region_is_known("us-gov-west-1"));
    assert_false(aws_region_is_known("eu-central-9"));
    assert_false(aws_region_is_known("aws-global"));
    assert_false(aws_region_is_known(""));
    assert_string_equal(aws_region_nearest("eu-centrl-1"), "eu-central-1");
    assert_null(aws_region_nearest("Frankfurt"));
}

struct row {
    enum aws_service service;
    const char *region;
    bool fips;
    const char *url, *signing_region;
};

static void test_hosts(void **state)
{
    static const struct row rows[] = {
        {AWS_SERVICE_ORGANIZATIONS, "eu-central-1", false,
         "https://organizations.us-east-1.amazonaws.com", "us-east-1"},
        {AWS_SERVICE_ORGANIZATIONS, "us-gov-east-1", true,
         "https://organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1"},
        {AWS_SERVICE_IAM, "ap-south-1", false, "https://iam.amazonaws.com", "us-east-1"},
        {AWS_SERVICE_IAM, "cn-northwest-1", false, "https://iam.cn-north-1.amazonaws.com.cn",
         "cn-north-1"},
        {AWS_SERVICE_STS, "eu-west-3", false, "https://sts.eu-west-3.amazonaws.com", "eu-west-3"},
        {AWS_SERVICE_STS, "us-west-2", true, "https://sts-fips.us-west-2.amazonaws.com",
         "us-west-2"},
        {AWS_SERVICE_S3CONTROL, "eu-west-1", false,
         "https://111122223333.s3-control.eu-west-1.amazonaws.com", "eu-west-1"},
        {AWS_SERVICE_SSO, "eu-west-1", false, "https://portal.sso.eu-west-1.amazonaws.com",
         "eu-west-1"},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct aws_endpoints endpoints = {.fips = rows[i].fips};
        struct aws_endpoint endpoint;
        struct err err = ERR_INIT;

        assert_int_equal(aws_endpoint_resolve(&endpoints, rows[i].service, rows[i].region,
                                              "111122223333", arena, &endpoint, &err),
                         0);
        assert_string_equal(endpoint.url, rows[i].url);
        assert_string_equal(endpoint.signing_region, rows[i].signing_region);
    }
    arena_free(arena);
}

static void test_overrides(void **state)
{
    struct aws_endpoints endpoints = {.url = "http://127.0.0.1:4566/", .fips = true};
    struct arena *arena = arena_new("test");
    struct aws_endpoint endpoint;
    struct err err = ERR_INIT;

    (void)state;
    endpoints.service_url[AWS_SERVICE_IAM] = "https://iam.example.com/base";
    assert_int_equal(aws_endpoint_resolve(&endpoints, AWS_SERVICE_S3CONTROL, "cn-north-1", NULL,
                                          arena, &endpoint, &err),
                     0);
    assert_string_equal(endpoint.url, "http://127.0.0.1:4566");
    assert_string_equal(endpoint.signing_region, "cn-north-1");
    assert_int_equal(aws_endpoint_resolve(&endpoints, AWS_SERVICE_IAM, "eu-west-1", NULL, arena,
                                          &endpoint, &err),
                     0);
    assert_string_equal(endpoint.url, "https://iam.example.com/base");
    assert_string_equal(endpoint.signing_region, "us-east-1");
    arena_free(arena);
}

static void assert_refused(const struct aws_endpoints *endpoints, enum aws_service service,
                           const char *region, const char *account_id)
{
    struct arena *arena = arena_new("test");
    struct aws_endpoint endpoint = {"untouched", "untouched"};
    struct err err = ERR_INIT;

    assert_int_equal(
        aws_endpoint_resolve(endpoints, service, region, account_id, arena, &endpoint, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(endpoint.url, "untouched");
    arena_free(arena);
}

/* A region from a baseline must not be able to name another host. */
static void test_refusals(void **state)
{
    static const struct aws_endpoints plain, fips = {.fips = true}, ftp = {.url = "ftp://x/"},
                                             query = {.url = "http://localhost/?a=b"};
    static const char *const regions[] = {"",    "eu west 1", "evil.example.com/",
                                          "a@b", "-x",        "EU-WEST-1"};

    (void)state;
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
        assert_refused(&plain, AWS_SERVICE_STS, regions[i], NULL);
    assert_refused(&plain, AWS_SERVICE_S3CONTROL, "eu-west-1", NULL);
    assert_refused(&plain, AWS_SERVICE_S3CONTROL, "eu-west-1", "");
    assert_refused(&plain, AWS_SERVICE_S3CONTROL, "eu-west-1", "evil.example.com/");
    assert_refused(&fips, AWS_SERVICE_STS, "cn-north-1", NULL);
    assert_refused(&ftp, AWS_SERVICE_STS, "eu-west-1", NULL);
    assert_refused(&query, AWS_SERVICE_STS, "eu-west-1", NULL);
}

static void test_whose_endpoint(void **state)
{
    static const struct {
        const char *url;
        bool is_aws;
    } rows[] = {
        {NULL, true},
        {"https://vpce-1-2.sts.eu-west-1.vpce.amazonaws.com", true},
        {"https://sts.cn-north-1.amazonaws.com.cn/", true},
        {"http://127.0.0.1:4566", false},
        {"http://localhost:4566", false},
        {"https://evilamazonaws.com", false},
        {"https://amazonaws.com.example.com", false},
        {"nonsense", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct aws_endpoints endpoints = {.url = rows[i].url};

        assert_int_equal(aws_endpoint_is_aws(&endpoints, AWS_SERVICE_STS), rows[i].is_aws);
        endpoints.service_url[AWS_SERVICE_STS] = "http://127.0.0.1:1";
        assert_false(aws_endpoint_is_aws(&endpoints, AWS_SERVICE_STS));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions), cmocka_unit_test(test_regions),
        cmocka_unit_test(test_hosts),      cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_refusals),   cmocka_unit_test(test_whose_endpoint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
