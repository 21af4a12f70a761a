/* The same meaning in another form, and what is not the same. */
#include "plinth/base/arena.h"
#include "plinth/policy/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define STATEMENT(rest)                                                                            \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\"," rest "}]}"

struct pair {
    const char *a, *b;
};

static void test_equal(void **state)
{
    static const struct pair pairs[] = {
        /* key order, list order, a list of one, blanks, Sid */
        {STATEMENT("\"Action\":[\"a:B\"],\"Resource\":\"*\""),
         "{ \"Statement\": {\"Resource\": [\"*\"], \"Sid\": \"x\", \"Action\": \"a:B\","
         "\"Effect\": \"Deny\"}, \"Version\": \"2012-10-17\" }"},
        {STATEMENT("\"Action\":[\"a:B\",\"a:C\"],\"Resource\":\"*\""),
         STATEMENT("\"Action\":[\"a:C\",\"a:B\",\"a:C\"],\"Resource\":\"*\"")},
        /* case of actions and condition keys */
        {STATEMENT("\"Action\":\"iam:ListUsers\",\"Resource\":\"*\""),
         STATEMENT("\"Action\":\"IAM:listusers\",\"Resource\":\"*\"")},
        {STATEMENT("\"Condition\":{\"ArnLike\":{\"aws:PrincipalARN\":\"x\"}}"),
         STATEMENT("\"Condition\":{\"ArnLike\":{\"aws:PrincipalArn\":[\"x\"]}}")},
        /* a condition compares text; an empty one is none */
        {STATEMENT("\"Condition\":{\"Bool\":{\"k\":true}}"),
         STATEMENT("\"Condition\":{\"Bool\":{\"k\":\"true\"}}")},
        {STATEMENT("\"Condition\":{},\"Action\":\"a:b\""), STATEMENT("\"Action\":\"a:b\"")},
        /* the two spellings of an account, and of everyone */
        {STATEMENT("\"Principal\":{\"AWS\":\"123456789012\"}"),
         STATEMENT("\"Principal\":{\"AWS\":[\"arn:aws-cn:iam::123456789012:root\"]}")},
        {STATEMENT("\"Principal\":\"*\""), STATEMENT("\"Principal\":{\"AWS\":\"*\"}")},
        /* the default version */
        {"{\"Statement\":[]}", "{\"Version\":\"2008-10-17\",\"Statement\":[]}"},
        /* no IAM policy */
        {"{\"tags\":{\"a\":{\"@@assign\":[\"x\",\"y\"]},\"b\":[\"z\"]}}",
         "{\"tags\":{\"b\":\"z\",\"a\":{\"@@assign\":[\"y\",\"x\"]}}}"},
        {"{\"a\":[{\"x\":[1,2]},{\"y\":3}]}", "{\"a\":[{\"y\":[3]},{\"x\":[2,1]}]}"},
        {STATEMENT("\"Principal\":{\"AWS\":[\"arn:aws:iam::1:role/a\",\"arn:x\"]}"),
         STATEMENT("\"Principal\":{\"AWS\":[\"arn:x\",\"arn:aws:iam::1:role/a\"]}")},
        {"no json", "no json"},
        {NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (!policy_text_equal(pairs[i].a, pairs[i].b) ||
            !policy_text_equal(pairs[i].b, pairs[i].a))
            fail_msg("pair %zu: %s and %s", i, pairs[i].a, pairs[i].b);
}

static void test_not_equal(void **state)
{
    static const struct pair pairs[] = {
        {STATEMENT("\"Action\":\"a:B\""), STATEMENT("\"Action\":\"a:C\"")},
        {STATEMENT("\"Action\":\"a:B\""), STATEMENT("\"NotAction\":\"a:B\"")},
        {STATEMENT("\"Resource\":\"arn:x\""), STATEMENT("\"Resource\":\"arn:X\"")},
        {STATEMENT("\"Condition\":{\"Bool\":{\"k\":\"true\"}}"),
         STATEMENT("\"Condition\":{\"BoolIfExists\":{\"k\":\"true\"}}")},
        {STATEMENT("\"Condition\":{\"StringEquals\":{\"k\":\"A\"}}"),
         STATEMENT("\"Condition\":{\"StringEquals\":{\"k\":\"a\"}}")},
        {STATEMENT("\"Principal\":{\"AWS\":\"123456789012\"}"),
         STATEMENT("\"Principal\":{\"AWS\":\"arn:aws:iam::123456789012:role/root\"}")},
        {STATEMENT("\"Principal\":{\"AWS\":\"*\"}"),
         STATEMENT("\"Principal\":{\"Service\":\"*\"}")},
        {"{\"Version\":\"2012-10-17\",\"Statement\":[]}", "{\"Statement\":[]}"},
        {"{\"a\":[\"x\",\"y\"]}", "{\"a\":[\"x\"]}"},
        {"no json", "nor this"},
        {"{}", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (policy_text_equal(pairs[i].a, pairs[i].b) || policy_text_equal(pairs[i].b, pairs[i].a))
            fail_msg("pair %zu: %s and %s", i, pairs[i].a, pairs[i].b);
}

static void test_pieces_survive_merging(void **state)
{
    static const char merged[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"x\",\"Effect\":\"Deny\",\"Action\":["
        "\"s3:PutObject\",\"ec2:RunInstances\"],\"Resource\":\"*\"}]}";
    static const char apart[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Resource\":[\"*\"],"
        "\"Action\":\"ec2:runinstances\"},{\"Effect\":\"Deny\",\"Action\":\"s3:PutObject\","
        "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"NotAction\":[\"iam:*\",\"sts:*\"],\"Resource\":"
        "[\"b\",\"a\"],\"Condition\":{\"Bool\":{\"k\":\"true\"}}}]}";
    struct arena *arena = arena_new("test");
    const char *const *one, *const *two;
    size_t one_count, two_count, found = 0;

    (void)state;
    one = policy_text_pieces(merged, arena, &one_count);
    two = policy_text_pieces(apart, arena, &two_count);
    assert_int_equal(one_count, 2);
    assert_int_equal(two_count, 4); /* NotAction is one, its two resources are two */
    for (size_t i = 0; i < one_count; i++)
        for (size_t k = 0; k < two_count; k++)
            found += strcmp(one[i], two[k]) == 0;
    assert_int_equal(found, 2);
    (void)policy_text_pieces("{\"tags\":{\"a\":1}}", arena, &one_count);
    assert_int_equal(one_count, 1);
    (void)policy_text_pieces("no JSON", arena, &one_count);
    assert_int_equal(one_count, 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_not_equal),
        cmocka_unit_test(test_pieces_survive_merging),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
