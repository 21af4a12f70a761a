#include "plinth/policy/together.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define DOCUMENT(statements) "{\"Version\":\"2012-10-17\",\"Statement\":" statements "}"

static const struct json *parse(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *document;

    if (json_parse(text, strlen(text), arena, &document, &err) != 0)
        fail_msg("%s", err.text);
    return document;
}

static void test_scps(void **state)
{
    struct arena *arena = arena_new("test");
    const struct together_policy policies[] = {
        {0, "FullAWSAccess",
         parse(DOCUMENT("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}"), arena)},
        {1, "few",
         parse(DOCUMENT("[{\"Effect\":\"Allow\",\"Action\":[\"s3:*\"],\"Resource\":\"*\"},"
                        "{\"Sid\":\"Narrow\",\"Effect\":\"Deny\",\"Action\":\"s3:GetObject\","
                        "\"Resource\":\"*\"}]"),
               arena)},
        {2, "wide",
         parse(DOCUMENT("[{\"Sid\":\"Wide\",\"Effect\":\"Deny\",\"Action\":\"s3:*\","
                        "\"Resource\":\"*\"},{\"Sid\":\"Other\",\"Effect\":\"Deny\","
                        "\"Action\":\"sqs:*\",\"Resource\":\"*\",\"Condition\":"
                        "{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}]"),
               arena)},
        {2, "again",
         parse(DOCUMENT("{\"Sid\":\"Twice\",\"Effect\":\"Deny\",\"Action\":\"s3:*\","
                        "\"Resource\":\"*\"}"),
               arena)},
    };
    struct policy_together together;
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(policy_together(policies, 4, 3, POLICY_SCP, arena, &together, &err), 0);
    assert_true(together.everything[0]);
    assert_false(together.everything[1]);
    assert_false(together.everything[2]);
    assert_int_equal(together.allows[1].count, 1);
    assert_string_equal(together.allows[1].items[0].words, "allows s3:* on every resource");
    assert_int_equal(together.allows[2].count, 0);
    assert_int_equal(together.denies.count, 3);
    assert_string_equal(together.denies.items[0].covered, "Wide of wide denies all of it already");
    assert_int_equal(together.denies.items[1].place_count, 2);
    assert_string_equal(together.denies.items[1].places[1].policy->name, "again");
    assert_string_equal(together.denies.items[1].places[1].sid, "Twice");
    assert_null(together.denies.items[1].covered);
    assert_int_equal(together.denies.items[2].places[0].statement, 2);
    assert_null(together.denies.items[2].covered);
    arena_free(arena);
}

/* An Allow on a condition, or of some resources, is not everything. */
static void test_everything(void **state)
{
    static const char *const not_all[] = {
        DOCUMENT("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::x\"}"),
        DOCUMENT("{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}"),
        DOCUMENT("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
                 "{\"Bool\":{\"aws:SecureTransport\":\"true\"}}}"),
        DOCUMENT("{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}"),
    };
    struct arena *arena = arena_new("test");
    struct policy_together together;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof not_all / sizeof not_all[0]; i++) {
        struct together_policy policy = {0, "p", parse(not_all[i], arena)};

        assert_int_equal(policy_together(&policy, 1, 1, POLICY_SCP, arena, &together, &err), 0);
        assert_false(together.everything[0]);
    }
    assert_int_equal(policy_together(NULL, 0, 1, POLICY_RCP, arena, &together, &err), 0);
    assert_int_equal(together.denies.count, 0);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scps),
        cmocka_unit_test(test_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
