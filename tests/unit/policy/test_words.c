#include "plinth/policy/words.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_words(const char *statement, const char *words)
{
    struct arena *arena = arena_new("words");
    struct err err = ERR_INIT;
    struct json *json;

    assert_int_equal(json_parse(statement, strlen(statement), arena, &json, &err), 0);
    assert_string_equal(policy_statement_words(json, arena), words);
    arena_free(arena);
}

static void test_what_is_denied(void **state)
{
    (void)state;
    assert_words("{\"Effect\":\"Deny\",\"Action\":[\"s3:*\",\"ec2:*\"],\"Resource\":\"*\"}",
                 "denies s3:*, ec2:* on every resource");
    assert_words("{\"Effect\":\"Deny\",\"NotAction\":\"iam:*\",\"NotResource\":\"arn:aws:s3:::a\"}",
                 "denies everything but iam:* on every resource but arn:aws:s3:::a");
    assert_words("{\"Effect\":\"Allow\",\"Action\":[\"*\"],\"Resource\":[\"*\"]}",
                 "allows everything on every resource");
}

static void test_to_whom_and_when(void **state)
{
    (void)state;
    assert_words("{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"*\","
                 "\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":[\"a\",\"b\"]},"
                 "\"Bool\":{\"aws:PrincipalIsAWSService\":false}}}",
                 "denies s3:* on every resource, if aws:RequestedRegion StringNotEquals a, b and "
                 "aws:PrincipalIsAWSService Bool false");
    assert_words("{\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":[\"x\",\"y\"],\"Service\":\"z\"},"
                 "\"Action\":\"s3:*\",\"Resource\":\"*\"}",
                 "denies s3:* on every resource, to all but AWS x, y, Service z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_denied),
        cmocka_unit_test(test_to_whom_and_when),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
