#include "call_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct row {
    enum aws_op op;
    int status;
    const char *header, *value; /* NULL: none */
    const char *body;
    const char *code, *message, *request_id;
    enum err_code means;
};

static const struct row rows[] = {
    {AWS_ORGANIZATIONS_LIST_ROOTS, 400, "x-amzn-RequestId", "id-1",
     "{\"__type\":\"com.amazonaws.organizations#AWSOrganizationsNotInUseException\","
     "\"Message\":\"not in use\"}",
     "AWSOrganizationsNotInUseException", "not in use", "id-1", ERR_NOTFOUND},
    {AWS_ORGANIZATIONS_LIST_ROOTS, 400, NULL, NULL,
     "{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}", "AccessDeniedException", "no", "",
     ERR_DENIED},
    {AWS_GUARDDUTY_GET_DETECTOR, 400, "X-Amzn-ErrorType",
     "BadRequestException:http://internal.amazon.com/coral/", "{\"message\":\"not owned\"}",
     "BadRequestException", "not owned", "", ERR_PROTOCOL},
    {AWS_GUARDDUTY_GET_DETECTOR, 403, NULL, NULL, "{\"code\":\"Oops\",\"message\":\"m\"}", "Oops",
     "m", "", ERR_DENIED},
    {AWS_SERVICE_QUOTAS_GET_SERVICE_QUOTA, 400, "x-amzn-query-error",
     "AWS.SimpleQueueService.NonExistentQueue;Sender", "{\"__type\":\"x#QueueDoesNotExist\"}",
     "AWS.SimpleQueueService.NonExistentQueue", "", "", ERR_NOTFOUND},
    {AWS_IAM_GET_ROLE, 404, NULL, NULL,
     "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>"
     "<Code>NoSuchEntity</Code><Message>no role</Message></Error><RequestId>id-2</RequestId>"
     "</ErrorResponse>",
     "NoSuchEntity", "no role", "id-2", ERR_NOTFOUND},
    {AWS_EC2_DESCRIBE_REGIONS, 401, NULL, NULL,
     "<Response><Errors><Error><Code>OptInRequired</Code><Message>soon</Message></Error></Errors>"
     "<RequestID>id-3</RequestID></Response>",
     "OptInRequired", "soon", "id-3", ERR_PENDING},
    {AWS_S3_GET_BUCKET_POLICY, 404, "x-amz-request-id", "id-4",
     "<Error><Code>NoSuchBucketPolicy</Code><Message>none</Message><RequestId>other</RequestId>"
     "</Error>",
     "NoSuchBucketPolicy", "none", "id-4", ERR_NOTFOUND},
    /* Without a body, or with somebody else's, the status is what is left. */
    {AWS_S3_HEAD_BUCKET, 404, NULL, NULL, "", "", "", "", ERR_NOTFOUND},
    {AWS_S3_HEAD_BUCKET, 403, NULL, NULL, "", "", "", "", ERR_DENIED},
    {AWS_ORGANIZATIONS_LIST_ROOTS, 502, NULL, NULL, "<html>bad gateway</html>", "", "", "",
     ERR_TRANSIENT},
    {AWS_IAM_GET_ROLE, 503, NULL, NULL, "not XML", "", "", "", ERR_TRANSIENT},
    {AWS_ORGANIZATIONS_LIST_ROOTS, 429, NULL, NULL, "[]", "", "", "", ERR_THROTTLED},
    {AWS_S3_HEAD_BUCKET, 301, NULL, NULL, "", "", "", "", ERR_PROTOCOL},
};

static void test_every_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_new("test");
        struct http_response response = {
            .status = rows[i].status, .body = rows[i].body, .body_len = strlen(rows[i].body)};
        struct fault fault;

        if (rows[i].header != NULL)
            http_header_add(&response.headers, arena, rows[i].header, rows[i].value);
        fault_parse(aws_op_info(rows[i].op), &response, arena, &fault);
        assert_string_equal(fault.code, rows[i].code);
        assert_string_equal(fault.message, rows[i].message);
        assert_string_equal(fault.request_id, rows[i].request_id);
        assert_int_equal(fault.means, rows[i].means);
        arena_free(arena);
    }
}

struct meaning {
    int status;
    const char *code, *message;
    enum err_code means;
    bool not_done, repeat, skewed, expired;
};

static void test_meanings(void **state)
{
    static const struct meaning meanings[] = {
        {400, "ThrottlingException", "", ERR_THROTTLED, true, true, false, false},
        {400, "TooManyRequestsException", "", ERR_THROTTLED, true, true, false, false},
        {503, "SlowDown", "", ERR_THROTTLED, true, true, false, false},
        {400, "ConcurrentModificationException", "", ERR_CONFLICT, true, true, false, false},
        {409, "OperationAborted", "", ERR_CONFLICT, true, true, false, false},
        {500, "InternalFailure", "", ERR_TRANSIENT, false, true, false, false},
        {503, "ServiceUnavailable", "", ERR_TRANSIENT, false, true, false, false},
        {400, "ServiceException", "", ERR_TRANSIENT, false, true, false, false},
        {403, "RequestTimeTooSkewed", "", ERR_DENIED, false, false, true, false},
        {403, "SignatureDoesNotMatch", "wrong key", ERR_DENIED, false, false, false, false},
        {403, "SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2", ERR_DENIED,
         false, false, true, false},
        {403, "InvalidSignatureException", "Signature not yet current: 1", ERR_DENIED, false, false,
         true, false},
        {403, "AccessDenied", "Signature expired: 1", ERR_DENIED, false, false, false, false},
        {403, "ExpiredTokenException", "", ERR_DENIED, false, false, false, true},
        {400, "DuplicateOrganizationalUnitException", "", ERR_CONFLICT, false, false, false, false},
        {400, "AccountNotFoundException", "", ERR_NOTFOUND, false, false, false, false},
        {409, "EntityAlreadyExists", "", ERR_CONFLICT, false, false, false, false},
        {409, "LimitExceeded", "", ERR_DENIED, false, false, false, false},
        {403, "SubscriptionRequiredException", "", ERR_PENDING, false, false, false, false},
        {400, "ValidationException", "", ERR_PROTOCOL, false, false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        struct fault fault = {
            .code = meanings[i].code, .message = meanings[i].message, .reason = ""};

        fault_classify(meanings[i].status, &fault);
        assert_int_equal(fault.means, meanings[i].means);
        assert_int_equal(fault.not_done, meanings[i].not_done);
        assert_int_equal(fault.repeat, meanings[i].repeat);
        assert_int_equal(fault.skewed, meanings[i].skewed);
        assert_int_equal(fault.expired, meanings[i].expired);
    }
}

/* One code of Organizations has many reasons, and not all of them mean the same. */
static void test_reasons(void **state)
{
    static const char text[] = "{\"__type\":\"ConstraintViolationException\",\"Message\":\"No.\","
                               "\"Reason\":\"ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED\"}";
    struct http_response response = {.status = 400, .body = text, .body_len = sizeof text - 1};
    struct arena *arena = arena_new("test");
    struct fault fault;

    (void)state;
    fault_parse(aws_op_info(AWS_ORGANIZATIONS_CREATE_ACCOUNT), &response, arena, &fault);
    assert_string_equal(fault.code, "ConstraintViolationException");
    assert_string_equal(fault.message, "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED: No.");
    assert_int_equal(fault.means, ERR_PENDING);
    fault.reason = "ACCOUNT_NUMBER_LIMIT_EXCEEDED";
    fault_classify(400, &fault);
    assert_int_equal(fault.means, ERR_DENIED);
    arena_free(arena);
}

static void test_what_is_said(void **state)
{
    struct fault fault = {
        .code = "NoSuchEntity", .message = "no role", .request_id = "id-2", .means = ERR_NOTFOUND};
    struct err err = ERR_INIT;

    (void)state;
    fault_say(&fault, 404, &err);
    assert_string_equal(err.text, "NoSuchEntity: no role (request id-2)");
    assert_string_equal(err.service_code, "NoSuchEntity");
    assert_int_equal(err.code, ERR_NOTFOUND);
    err_clear(&err);
    fault = (struct fault){.code = "", .message = "", .request_id = "", .means = ERR_TRANSIENT};
    fault_say(&fault, 501, &err);
    assert_string_equal(err.text, "HTTP status 501 without an error code");
    assert_int_equal(err.http_status, 501);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form),
        cmocka_unit_test(test_meanings),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_what_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
