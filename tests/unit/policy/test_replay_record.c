/* What is taken from one record. */
#include "replay_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *read(const char *text, struct replay_event *out)
{
    struct json_scan scan = {.at = text + 1, .end = text + strlen(text)};

    if (!replay_record_read(&scan, out))
        return scan.why;
    assert_ptr_equal(scan.at, scan.end);
    return NULL;
}

static void expect(const struct replay_event *event, enum event_field field, const char *text)
{
    if (text == NULL)
        assert_null(event->fields[field].bytes);
    else
        assert_true(json_slice_eq(&event->fields[field], text));
}

static void test_fields(void **state)
{
    struct replay_event event;

    (void)state;
    assert_null(read("{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"AssumedRole\","
                     "\"arn\":\"A\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\","
                     "\"arn\":\"I\"},\"attributes\":{\"mfaAuthenticated\":\"true\"}}},"
                     "\"eventTime\":\"2026-11-24T00:00:01Z\",\"eventSource\":\"s\","
                     "\"eventName\":\"n\",\"errorCode\":null,\"requestParameters\":{\"arn\":\"no\","
                     "\"deep\":{\"bucketName\":\"no\"},\"bucketName\":\"b\"},"
                     "\"responseElements\":{\"eventName\":\"no\"},\"tlsDetails\":{\"tlsVersion\":"
                     "\"T\"},\"vpcEndpointId\":7}",
                     &event));
    assert_null(replay_record_lacks(&event));
    assert_int_equal(event.time_ms, 1795478401000);
    assert_true(event.has_identity && event.has_session);
    expect(&event, IDENTITY_TYPE, "AssumedRole");
    expect(&event, IDENTITY_ARN, "A");
    expect(&event, ISSUER_ARN, "I");
    expect(&event, SESSION_MFA, "true");
    expect(&event, EVENT_NAME, "n");
    expect(&event, EVENT_ERROR, NULL);
    expect(&event, PARAMETER_BUCKET, "b");
    expect(&event, EVENT_TLS, "T");
    expect(&event, EVENT_VPC_ENDPOINT, NULL);
}

static void test_resources(void **state)
{
    static const struct {
        const char *list, *arn;
        bool many;
    } cases[] = {
        {"[]", NULL, false},
        {"null", NULL, false},
        {"[7,{\"accountId\":\"1\"}]", NULL, false},
        {"[{\"ARN\":\"arn:aws:kms:x:1:key/k\"}]", "arn:aws:kms:x:1:key/k", false},
        {"[{\"ARN\":\"arn:aws:s3:::b/k\"},{\"ARN\":\"arn:aws:s3:::b\"}]", "arn:aws:s3:::b/k",
         false},
        {"[{\"ARN\":\"arn:aws:s3:::b\"},{\"ARN\":\"arn:aws:s3:::b/k\"}]", "arn:aws:s3:::b/k",
         false},
        {"[{\"ARN\":\"arn:aws:s3:::b\"},{\"ARN\":\"arn:aws:s3:::c\"}]", "arn:aws:s3:::b", true},
        {"[{\"ARN\":\"arn:x\"},{\"ARN\":\"arn:y\"}]", "arn:x", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct replay_event event;
        char text[256];

        (void)snprintf(text, sizeof text, "{\"resources\":%s}", cases[i].list);
        assert_null(read(text, &event));
        expect(&event, RESOURCE_ARN, cases[i].arn);
        assert_int_equal(event.many_resources, cases[i].many);
    }
}

static void test_lacks(void **state)
{
    static const struct {
        const char *text, *lacks;
    } cases[] = {
        {"{}", "a record without eventTime"},
        {"{\"eventTime\":\"x\"}", "a record without eventSource"},
        {"{\"eventTime\":\"x\",\"eventSource\":\"s\",\"eventName\":3}",
         "a record without eventName"},
        {"{\"eventTime\":\"x\",\"eventSource\":\"s\",\"eventName\":\"n\",\"userIdentity\":null}",
         "a record without userIdentity"},
        {"{\"eventTime\":\"x\",\"eventSource\":\"s\",\"eventName\":\"n\",\"userIdentity\":{}}",
         "a record whose eventTime is no time"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct replay_event event;

        assert_null(read(cases[i].text, &event));
        assert_string_equal(replay_record_lacks(&event), cases[i].lacks);
    }
}

static void test_cut(void **state)
{
    struct replay_event event;

    (void)state;
    assert_ptr_equal(read("{\"userIdentity\":{\"type\":\"Ro", &event), json_scan_more);
    assert_ptr_equal(read("{\"resources\":[{\"ARN\":\"a\"}", &event), json_scan_more);
    assert_string_equal(read("{\"resources\":[{\"ARN\" 1}]}", &event), "no colon behind a key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_resources),
        cmocka_unit_test(test_lacks),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
