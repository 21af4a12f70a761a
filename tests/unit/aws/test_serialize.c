/* One request of each protocol, and what is refused; tests/interop/serialize_differential.py
 * compares every operation with botocore. */
#include "call_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int serialize(enum aws_op op, const char *params, struct arena *arena,
                     struct http_request *out, struct err *err)
{
    struct json *tree = NULL;

    if (params != NULL)
        assert_int_equal(json_parse(params, strlen(params), arena, &tree, err), 0);
    return serialize_request(aws_op_info(op), tree, "https://example.com", arena, out, err);
}

struct row {
    enum aws_op op;
    const char *params, *method, *url, *type, *body;
};

static void test_protocols(void **state)
{
    static const struct row rows[] = {
        {AWS_ORGANIZATIONS_DESCRIBE_ORGANIZATION, NULL, "POST", "https://example.com/",
         "application/x-amz-json-1.1", "{}"},
        {AWS_ORGANIZATIONS_LIST_CHILDREN, "{\"ParentId\":\"r-1\",\"MaxResults\":20}", "POST",
         "https://example.com/", "application/x-amz-json-1.1",
         "{\"ParentId\":\"r-1\",\"MaxResults\":20}"},
        {AWS_STS_GET_CALLER_IDENTITY, NULL, "POST", "https://example.com/",
         "application/x-www-form-urlencoded; charset=utf-8",
         "Action=GetCallerIdentity&Version=2011-06-15"},
        {AWS_GUARDDUTY_UPDATE_DETECTOR, "{\"DetectorId\":\"d/1\",\"enable\":true}", "POST",
         "https://example.com/detector/d%2F1", "application/json", "{\"enable\":true}"},
        {AWS_ACCOUNT_LIST_REGIONS, "{\"MaxResults\":null}", "POST",
         "https://example.com/listRegions", "application/json", "{}"},
        {AWS_GUARDDUTY_UNTAG_RESOURCE,
         "{\"ResourceArn\":\"arn:aws:guardduty:eu-west-1:1:detector/x\",\"tagKeys\":[\"a "
         "b\",\"c\"]}",
         "DELETE",
         "https://example.com/tags/arn%3Aaws%3Aguardduty%3Aeu-west-1%3A1%3Adetector%2Fx"
         "?tagKeys=a%20b&tagKeys=c",
         NULL, NULL},
        {AWS_GUARDDUTY_LIST_MEMBERS,
         "{\"DetectorId\":\"d\",\"maxResults\":50,\"onlyAssociated\":false}", "GET",
         "https://example.com/detector/d/member?maxResults=50&onlyAssociated=false", NULL, NULL},
        {AWS_S3_PUT_BUCKET_POLICY, "{\"Bucket\":\"b.c\",\"Policy\":\"{}\"}", "PUT",
         "https://example.com/b.c?policy", "application/octet-stream", "{}"},
        {AWS_S3_CREATE_BUCKET, "{\"Bucket\":\"b\",\"x-amz-acl\":\"private\"}", "PUT",
         "https://example.com/b", NULL, NULL},
        {AWS_S3_PUT_BUCKET_TAGGING,
         "{\"Bucket\":\"b\",\"Tagging\":{\"TagSet\":{\"Tag\":[{\"Key\":\"k\",\"Value\":\"v\"},"
         "{\"Key\":\"l\",\"Value\":\"<\"}]}}}",
         "PUT", "https://example.com/b?tagging", "application/xml",
         "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet><Tag><Key>k</Key>"
         "<Value>v</Value></Tag><Tag><Key>l</Key><Value>&lt;</Value></Tag></TagSet></Tagging>"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new("test");
        struct http_request request;
        struct err err = ERR_INIT;
        const char *type;

        assert_int_equal(serialize(rows[i].op, rows[i].params, arena, &request, &err), 0);
        type = http_header_get(&request.headers, "Content-Type");
        assert_string_equal(request.method, rows[i].method);
        assert_string_equal(request.url, rows[i].url);
        assert_true(str_eq(type, rows[i].type));
        assert_true(str_eq(request.body, rows[i].body));
        assert_int_equal(request.body_len, rows[i].body == NULL ? 0 : strlen(rows[i].body));
        arena_free(arena);
    }
}

static void test_headers(void **state)
{
    struct arena *arena = arena_new("test");
    struct http_request request;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(serialize(AWS_ORGANIZATIONS_LIST_ROOTS, NULL, arena, &request, &err), 0);
    assert_string_equal(http_header_get(&request.headers, "X-Amz-Target"),
                        "AWSOrganizationsV20161128.ListRoots");
    assert_int_equal(serialize(AWS_S3_CREATE_BUCKET,
                               "{\"Bucket\":\"b\",\"x-amz-bucket-object-lock-enabled\":true,"
                               "\"x-amz-grant-read\":[\"a\",\"b\"]}",
                               arena, &request, &err),
                     0);
    assert_string_equal(http_header_get(&request.headers, "x-amz-bucket-object-lock-enabled"),
                        "true");
    assert_string_equal(http_header_get(&request.headers, "x-amz-grant-read"), "a,b");
    arena_free(arena);
}

/* RFC 1864: base64 of the body's MD5; one that the caller gives is his. */
static void test_xml_bodies_carry_a_checksum(void **state)
{
    struct arena *arena = arena_new("test");
    struct http_request request;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(serialize(AWS_S3_PUT_BUCKET_POLICY, "{\"Bucket\":\"b\",\"Policy\":\"{}\"}",
                               arena, &request, &err),
                     0);
    assert_string_equal(http_header_get(&request.headers, "Content-MD5"),
                        "mZFLkyvTelC5g8XnyQrpOw==");
    assert_int_equal(serialize(AWS_S3_PUT_BUCKET_POLICY,
                               "{\"Bucket\":\"b\",\"Policy\":\"{}\",\"Content-MD5\":\"given\"}",
                               arena, &request, &err),
                     0);
    assert_string_equal(http_header_get(&request.headers, "Content-MD5"), "given");
    assert_int_equal(
        serialize(AWS_S3_GET_BUCKET_POLICY, "{\"Bucket\":\"b\"}", arena, &request, &err), 0);
    assert_null(http_header_get(&request.headers, "Content-MD5"));
    arena_free(arena);
}

/* A POST has a body unless its row says otherwise. */
static void test_a_post_without_a_body(void **state)
{
    struct aws_op_info info = {.service = AWS_SERVICE_GUARDDUTY,
                               .name = "Disassociate",
                               .method = "POST",
                               .uri = "/detector/{detectorId}/administrator/disassociate"};
    struct arena *arena = arena_new("test");
    struct json *params = json_object(arena);
    struct http_request request;
    struct err err = ERR_INIT;

    (void)state;
    json_put_str(params, "detectorId", "d");
    assert_int_equal(serialize_request(&info, params, "https://x", arena, &request, &err), 0);
    assert_string_equal(request.body, "{}");
    info.no_body = true;
    assert_int_equal(serialize_request(&info, params, "https://x", arena, &request, &err), 0);
    assert_null(request.body);
    assert_null(http_header_get(&request.headers, "Content-Type"));
    json_put_str(params, "more", "m");
    assert_int_equal(serialize_request(&info, params, "https://x", arena, &request, &err), -1);
    assert_int_equal(err.code, ERR_BUG);
    arena_free(arena);
}

/* Each would otherwise be another request than was meant. */
static void test_refusals(void **state)
{
    static const struct {
        enum aws_op op;
        const char *params, *names;
    } rows[] = {
        {AWS_GUARDDUTY_GET_DETECTOR, NULL, "DetectorId"},
        {AWS_GUARDDUTY_GET_DETECTOR, "{\"DetectorId\":\"\"}", "DetectorId"},
        {AWS_GUARDDUTY_GET_DETECTOR, "{\"DetectorId\":null}", "DetectorId"},
        {AWS_GUARDDUTY_GET_DETECTOR, "{\"DetectorId\":\"d\",\"typo\":1}", "typo"},
        {AWS_S3_PUT_BUCKET_POLICY, "{\"Bucket\":\"b\",\"policy\":\"{}\"}", "policy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new("test");
        struct http_request request;
        struct err err = ERR_INIT;

        assert_int_equal(serialize(rows[i].op, rows[i].params, arena, &request, &err), -1);
        assert_int_equal(err.code, ERR_BUG);
        assert_non_null(strstr(err.text, rows[i].names));
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocols),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_xml_bodies_carry_a_checksum),
        cmocka_unit_test(test_a_post_without_a_body),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
