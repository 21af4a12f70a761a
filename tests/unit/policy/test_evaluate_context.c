/* The keys that follow from who asks. */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate_world.h"

/* "-": absent; "?": not given. */
static const char *value_of(struct context *context, const char *name)
{
    const struct policy_key *key = evaluate_context_key(context, name);

    return key == NULL ? "?" : key->count == 0 ? "-" : key->values[0];
}

struct row {
    const char *principal, *arn, *account, *username, *service, *is_service, *type;
};

static void test_principals(void **state)
{
    static const struct row rows[] = {
        {"arn:aws:iam::111122223333:user/path/joe", "arn:aws:iam::111122223333:user/path/joe",
         "111122223333", "joe", "-", "false", "User"},
        {"arn:aws:sts::111122223333:assumed-role/admin/me", ROLE_ARN, "111122223333", "-", "-",
         "false", "AssumedRole"},
        {"arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:root", "111122223333", "-",
         "-", "false", "Account"},
        {"arn:aws:sts::111122223333:federated-user/f", "arn:aws:sts::111122223333:federated-user/f",
         "111122223333", "-", "-", "false", "FederatedUser"},
        {"s3.amazonaws.com", "-", "-", "-", "s3.amazonaws.com", "true", "?"},
        {"*", "-", "-", "-", "-", "?", "Anonymous"},
    };
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_request request = request_of(rows[i].principal, "s3:GetObject", "*", arena);
        struct context context;

        evaluate_context_init(&context, &request);
        assert_string_equal(value_of(&context, "aws:principalarn"), rows[i].arn);
        assert_string_equal(value_of(&context, "aws:PrincipalAccount"), rows[i].account);
        assert_string_equal(value_of(&context, "aws:UserName"), rows[i].username);
        assert_string_equal(value_of(&context, "aws:PrincipalServiceName"), rows[i].service);
        assert_string_equal(value_of(&context, "aws:PrincipalIsAWSService"), rows[i].is_service);
        assert_string_equal(value_of(&context, "aws:PrincipalType"), rows[i].type);
    }
}

static void test_region_and_owner(void **state)
{
    struct policy_request request = request_of(ROLE_ARN, "s3:GetObject", "*", *state);
    struct context context;

    evaluate_context_init(&context, &request);
    assert_string_equal(value_of(&context, "aws:ResourceAccount"), "111122223333");
    assert_null(context.missing);
    assert_string_equal(value_of(&context, "aws:RequestedRegion"), "?");
    assert_string_equal(context.missing, "aws:RequestedRegion");
    request.region = "eu-west-1";
    request.resource_account = "444455556666";
    evaluate_context_init(&context, &request);
    assert_string_equal(value_of(&context, "aws:RequestedRegion"), "eu-west-1");
    assert_string_equal(value_of(&context, "aws:ResourceAccount"), "444455556666");
}

static void test_given_keys_come_first(void **state)
{
    static const char *const arns[] = {"arn:aws:iam::1:role/other"};
    static const struct policy_key keys[] = {{"AWS:principalArn", arns, 1},
                                             {"aws:PrincipalAccount", NULL, 0}};
    struct policy_request request = request_of(ROLE_ARN, "s3:GetObject", "*", *state);
    struct context context;

    request.keys = keys;
    request.key_count = 2;
    evaluate_context_init(&context, &request);
    assert_string_equal(value_of(&context, "aws:PrincipalArn"), arns[0]);
    assert_string_equal(value_of(&context, "aws:PrincipalAccount"), "-");
}

static void test_the_first_miss_is_kept(void **state)
{
    struct policy_request request = request_of(ROLE_ARN, "s3:GetObject", "*", *state);
    struct context context;

    evaluate_context_init(&context, &request);
    assert_null(evaluate_context_key(&context, "aws:SourceVpc"));
    assert_null(evaluate_context_key(&context, "aws:SourceIp"));
    assert_int_equal(evaluate_context_miss(&context, "else"), TRUTH_MAYBE);
    assert_string_equal(context.missing, "aws:SourceVpc");
}

static void test_complete_keys_leave_nothing_unknown(void **state)
{
    struct policy_request request = request_of(ROLE_ARN, "s3:GetObject", "*", *state);
    struct context context;

    request.keys_complete = true;
    evaluate_context_init(&context, &request);
    assert_string_equal(value_of(&context, "aws:SourceVpc"), "-");
    assert_string_equal(value_of(&context, "aws:PrincipalArn"), ROLE_ARN);
    assert_null(context.missing);
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_principals),
        TEST(test_region_and_owner),
        TEST(test_given_keys_come_first),
        TEST(test_the_first_miss_is_kept),
        TEST(test_complete_keys_leave_nothing_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
