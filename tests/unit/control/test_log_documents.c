#include "bucket.h"
#include "log_archive.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/codec/xml.h"
#include "plinth/policy/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct log_names names_known(void)
{
    return (struct log_names){
        .partition = "aws-us-gov",
        .region = "us-gov-west-1",
        .account_id = "111111111111",
        .organization_id = "o-1234567890",
        .management_id = "222222222222",
        .security_id = "333333333333",
        .security_reads = true,
        .bucket = "logs",
        .trail = "all",
        .trail_arn = "arn:aws-us-gov:cloudtrail:us-gov-west-1:222222222222:trail/all",
    };
}

static const struct json *parsed(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *json;

    assert_non_null(text);
    assert_int_equal(json_parse(text, strlen(text), arena, &json, &err), 0);
    return json;
}

static const struct json *statement(const struct json *document, const char *sid)
{
    for (const struct json *it = json_first(json_get(document, "Statement")); it != NULL;
         it = it->next)
        if (str_eq(json_str(it, "Sid"), sid))
            return it;
    return NULL;
}

/* --- Policies --- */

static void test_both_policies_are_ones_of_resources(void **state)
{
    struct log_names names = names_known();
    struct err err = ERR_INIT;

    assert_int_equal(policy_document_check_kind(parsed(log_key_policy(&names, *state), *state),
                                                POLICY_RESOURCE, &err),
                     0);
    assert_int_equal(policy_document_check_kind(parsed(log_bucket_policy(&names, *state), *state),
                                                POLICY_RESOURCE, &err),
                     0);
}

static void test_what_is_not_known_yet_gives_no_policy(void **state)
{
    struct log_names names = names_known();

    names.security_id = NULL;
    assert_null(log_key_policy(&names, *state));
    assert_null(log_bucket_policy(&names, *state));
    names.security_reads = false;
    assert_non_null(log_key_policy(&names, *state));
    assert_non_null(log_bucket_policy(&names, *state));
    names.organization_id = NULL;
    assert_null(log_bucket_policy(&names, *state));
}

/* Every statement that lets the service in must name our trail: else any account's trail could
 * write here. */
static void test_cloudtrail_comes_in_for_one_trail_only(void **state)
{
    struct log_names names = names_known();
    const char *const texts[] = {log_key_policy(&names, *state), log_bucket_policy(&names, *state)};
    int found = 0;

    for (size_t i = 0; i < 2; i++)
        for (const struct json *it = json_first(json_get(parsed(texts[i], *state), "Statement"));
             it != NULL; it = it->next) {
            if (json_get(json_get(it, "Principal"), "Service") == NULL)
                continue;
            found++;
            assert_string_equal(
                json_str(json_path(it, "Condition", "StringEquals", NULL), "aws:SourceArn"),
                names.trail_arn);
        }
    assert_int_equal(found, 5);
}

/* In the key's and the bucket's policy: else anybody's detector could write here. */
static void test_guardduty_comes_in_for_the_security_account_only(void **state)
{
    struct log_names names = names_known();
    int found = 0;

    names.security_reads = false;
    names.guardduty_writes = true;
    for (int i = 0; i < 2; i++) {
        const char *text =
            i == 0 ? log_key_policy(&names, *state) : log_bucket_policy(&names, *state);

        for (const struct json *it = json_first(json_get(parsed(text, *state), "Statement"));
             it != NULL; it = it->next) {
            const struct json *condition = json_get(it, "Condition");

            if (!str_eq(json_str(json_get(it, "Principal"), "Service"), "guardduty.amazonaws.com"))
                continue;
            found++;
            assert_string_equal(json_str(json_get(condition, "StringEquals"), "aws:SourceAccount"),
                                "333333333333");
            assert_string_equal(json_str(json_get(condition, "ArnLike"), "aws:SourceArn"),
                                "arn:aws-us-gov:guardduty:*:333333333333:detector/*");
        }
    }
    assert_int_equal(found, 3);
    names.security_id = NULL;
    assert_null(log_key_policy(&names, *state));
    assert_null(log_bucket_policy(&names, *state));
}

static void test_the_bucket_is_closed_to_others(void **state)
{
    struct log_names names = names_known();
    const struct json *document = parsed(log_bucket_policy(&names, *state), *state);
    const struct json *tls = statement(document, "OnlyTls");
    const struct json *outside = statement(document, "OnlyOrganization");

    assert_string_equal(json_str(tls, "Effect"), "Deny");
    assert_string_equal(json_str(json_path(tls, "Condition", "Bool", NULL), "aws:SecureTransport"),
                        "false");
    assert_string_equal(json_str(outside, "Effect"), "Deny");
    assert_string_equal(json_str(json_path(outside, "Condition", "StringNotEqualsIfExists", NULL),
                                 "aws:PrincipalOrgID"),
                        "o-1234567890");
    /* CloudTrail itself is in no organization. */
    assert_string_equal(json_str(json_path(outside, "Condition", "BoolIfExists", NULL),
                                 "aws:PrincipalIsAWSService"),
                        "false");
    assert_string_equal(json_str(statement(document, "CloudTrailWrites"), "Resource"),
                        "arn:aws-us-gov:s3:::logs/AWSLogs/o-1234567890/*");
}

static void test_the_security_account_only_reads(void **state)
{
    struct log_names names = names_known();
    const struct json *document = parsed(log_bucket_policy(&names, *state), *state);
    const struct json *reads = json_get(statement(document, "SecurityReads"), "Action");

    for (const struct json *it = json_first(reads); it != NULL; it = it->next)
        assert_true(str_starts(it->string, "s3:Get") || str_starts(it->string, "s3:List"));
    names.security_reads = false;
    document = parsed(log_bucket_policy(&names, *state), *state);
    assert_null(statement(document, "SecurityReads"));
    document = parsed(log_key_policy(&names, *state), *state);
    assert_null(statement(document, "SecurityReads"));
}

/* --- Names --- */

static void test_a_derived_name_is_one_that_s3_takes(void **state)
{
    const char *name = log_bucket_name("Acme Corp_2", "111111111111", "eu-central-1", *state);

    assert_string_equal(name, "acme-corp-2-logs-111111111111-eu-central-1");
    name = log_bucket_name("a name that is much longer than any bucket may be named",
                           "111111111111", "ap-southeast-4", *state);
    assert_int_equal(strlen(name), 63);
    assert_true(str_ends(name, "-logs-111111111111-ap-southeast-4"));
}

/* --- The bucket's settings --- */

static const struct json *rule_named(const struct json *lifecycle, const char *id)
{
    for (const struct json *it = json_first(json_get(lifecycle, "Rule")); it != NULL; it = it->next)
        if (str_eq(json_str(it, "ID"), id))
            return it;
    return NULL;
}

static void test_logs_stay_as_long_as_they_are_to(void **state)
{
    struct log_archive_spec spec = {.keep_days = 400, .archive_after_days = 90};
    struct json *lifecycle = log_bucket_lifecycle(&spec, *state);
    const struct json *keep = rule_named(lifecycle, "plinth-keep");

    assert_int_equal(json_number(json_get(keep, "Expiration"), "Days", 0), 400);
    assert_int_equal(
        json_number(json_get(keep, "NoncurrentVersionExpiration"), "NoncurrentDays", 0), 400);
    assert_int_equal(
        json_number(json_get(rule_named(lifecycle, "plinth-archive"), "Transition"), "Days", 0),
        90);
    spec = (struct log_archive_spec){0};
    lifecycle = log_bucket_lifecycle(&spec, *state);
    assert_null(rule_named(lifecycle, "plinth-keep"));
    assert_null(rule_named(lifecycle, "plinth-archive"));
    assert_non_null(rule_named(lifecycle, "plinth-uploads"));
}

/* What S3 sends back is what was sent, in another form. */
static void test_sent_and_received_are_one(void **state)
{
    static const char received[] =
        "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<Rule><Status>Enabled</Status><Filter><Prefix/></Filter><ID>plinth-uploads</ID>"
        "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
        "</AbortIncompleteMultipartUpload></Rule>"
        "<Rule><ID>plinth-keep</ID><Status>Enabled</Status><Filter/>"
        "<Expiration><Days>400</Days></Expiration><NoncurrentVersionExpiration>"
        "<NoncurrentDays>400</NoncurrentDays></NoncurrentVersionExpiration></Rule>"
        "</LifecycleConfiguration>";
    struct log_archive_spec spec = {.keep_days = 400};
    struct err err = ERR_INIT;
    struct json *seen;

    assert_int_equal(xml_parse(received, sizeof received - 1, *state, &seen, &err), 0);
    assert_true(json_equal(bucket_normal(seen, *state),
                           bucket_normal(log_bucket_lifecycle(&spec, *state), *state)));
    spec.keep_days = 401;
    assert_false(json_equal(bucket_normal(seen, *state),
                            bucket_normal(log_bucket_lifecycle(&spec, *state), *state)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_policies_are_ones_of_resources, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_known_yet_gives_no_policy, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_cloudtrail_comes_in_for_one_trail_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_guardduty_comes_in_for_the_security_account_only,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_bucket_is_closed_to_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_security_account_only_reads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_derived_name_is_one_that_s3_takes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_logs_stay_as_long_as_they_are_to, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sent_and_received_are_one, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
