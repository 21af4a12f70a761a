#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema_priv.h"

static const struct {
    enum field_format format;
    const char *good[4], *bad[5];
} cases[] = {
    {FORMAT_ANY, {"", "what ever"}, {NULL}},
    {FORMAT_NAME, {"Prod", "a b_c.d-e", "1"}, {"", " Prod", "a/b", "a\nb"}},
    {FORMAT_ACCOUNT_NAME,
     {"Prod", "R&D (EU), Bob's #1 @home", "1"},
     {"", " Prod", "a/b", "a+b", "a:b"}},
    {FORMAT_OU_NAME, {"Prod", "R&D (EU)"}, {"", "(Prod)", "a/b", "a+b", "a:b"}},
    {FORMAT_KEY, {"a", "log_archive", "a-1"}, {"", "A", "1a", "a.b"}},
    {FORMAT_EMAIL,
     {"a@example.com", "aws+prod@mail.example.co"},
     {"a", "a@b", "a b@example.com", "a@example.com ", "@example.com"}},
    {FORMAT_REGION, {"eu-central-1", "us-gov-west-1"}, {"eu", "EU-central-1", "eu-central", "-1"}},
    {FORMAT_ACCOUNT_ID, {"012345678901"}, {"12345678901", "1234567890123", "0x3456789012"}},
    {FORMAT_ROLE_NAME, {"Org_Role+=,.@-1"}, {"", "a/b", "a b"}},
    {FORMAT_ARN,
     {"arn:*:iam::*:role/Admin", "arn:aws:iam::aws:policy/ReadOnly", "arn:aws:s3:::bucket/*"},
     {"", "arn", "arn:aws:iam::abc:role/x", "arn:aws:s3:::", "arn:aws:s3:::a b"}},
    {FORMAT_SERVICE_PRINCIPAL,
     {"guardduty.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com"},
     {"guardduty", "amazonaws.com", "x.amazonaws.com.evil", "x.amazonawsXcom"}},
    {FORMAT_PHONE, {"+49 (30) 123-456"}, {"", "call me", "12345678901234567890123456"}},
    {FORMAT_DURATION, {"90s", "30m", "2h", "1d"}, {"", "30", "-1m", "1w", "12345s"}},
    {FORMAT_SHARE, {"0", "12", "0%", "100%"}, {"", "%", "-1", "101%", "007%"}},
};

static void test_formats(void **state)
{
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (k = 0; k < 4 && cases[i].good[k] != NULL; k++) {
            if (!format_matches(cases[i].format, cases[i].good[k]))
                fail_msg("refused: %s", cases[i].good[k]);
        }
        for (k = 0; k < 5 && cases[i].bad[k] != NULL; k++) {
            if (format_matches(cases[i].format, cases[i].bad[k]))
                fail_msg("accepted: %s", cases[i].bad[k]);
        }
    }
}

/* Compiled once, and then again after the end. */
static void test_many_texts(void **state)
{
    struct formats formats = {.ready = {false}};

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) {
            assert_true(formats_match(&formats, FORMAT_EMAIL, "a@example.com"));
            assert_false(formats_match(&formats, FORMAT_EMAIL, "a"));
            assert_true(formats_match(&formats, FORMAT_REGION, "eu-central-1"));
            assert_false(formats_match(&formats, FORMAT_REGION, "a@example.com"));
        }
        assert_true(formats.ready[FORMAT_EMAIL]);
        assert_false(formats.ready[FORMAT_ARN]);
        formats_fini(&formats);
        assert_false(formats.ready[FORMAT_EMAIL]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats),
                                       cmocka_unit_test(test_many_texts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
