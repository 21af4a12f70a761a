/* Who asks, and whom Principal and NotPrincipal mean. */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate_world.h"

#define SESSION_ARN "arn:aws:sts::111122223333:assumed-role/admin/me"
#define USER_ARN "arn:aws:iam::111122223333:user/joe"
#define ROOT_ARN "arn:aws:iam::111122223333:root"

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        enum principal_kind kind;
        const char *arn, *session;
    } rows[] = {
        {USER_ARN, PRINCIPAL_USER, USER_ARN, NULL},
        {ROLE_ARN, PRINCIPAL_ROLE, ROLE_ARN, NULL},
        {SESSION_ARN, PRINCIPAL_ROLE, ROLE_ARN, SESSION_ARN},
        {ROOT_ARN, PRINCIPAL_ROOT, ROOT_ARN, NULL},
        {"arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/A",
         PRINCIPAL_SERVICE_LINKED_ROLE,
         "arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/A", NULL},
        {"arn:aws:sts::111122223333:federated-user/f", PRINCIPAL_FEDERATED_USER,
         "arn:aws:sts::111122223333:federated-user/f",
         "arn:aws:sts::111122223333:federated-user/f"},
        {"arn:aws:iam::111122223333:saml-provider/p", PRINCIPAL_PROVIDER,
         "arn:aws:iam::111122223333:saml-provider/p", NULL},
        {"config.amazonaws.com", PRINCIPAL_SERVICE, "config.amazonaws.com", NULL},
        {"*", PRINCIPAL_ANONYMOUS, NULL, NULL},
    };
    static const char *const wrong[] = {"",
                                        "joe",
                                        "arn:aws:s3:::b",
                                        "arn:aws:iam::1:role/x",
                                        "arn:aws:iam::111122223333",
                                        "arn:aws:iam::111122223333:group/g",
                                        "arn:aws:sts::111122223333:assumed-role/admin",
                                        "arn:aws:sts::111122223333:assumed-role//x"};
    struct policy_principal principal;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(policy_principal_parse(rows[i].text, *state, &principal));
        assert_int_equal(principal.kind, rows[i].kind);
        if (rows[i].arn == NULL)
            assert_null(principal.arn);
        else
            assert_string_equal(principal.arn, rows[i].arn);
        if (rows[i].session == NULL)
            assert_null(principal.session);
        else
            assert_string_equal(principal.session, rows[i].session);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(policy_principal_parse(wrong[i], *state, &principal));
}

static struct principal_match match(const char *principal, const char *type, const char *text,
                                    struct arena *arena)
{
    struct policy_request request = request_of(principal, "s3:GetObject", "*", arena);
    struct principal_pattern pattern;
    struct principal_match out;
    struct context context;

    evaluate_context_init(&context, &request);
    principal_compile(type, text, arena, &pattern);
    principal_match(&pattern, 1, &context, &out);
    return out;
}

static void test_match(void **state)
{
    static const struct {
        const char *principal, *type, *text;
        enum truth direct, entity, account;
    } rows[] = {
        {SESSION_ARN, "AWS", "*", TRUTH_YES, TRUTH_NO, TRUTH_NO},
        {"*", "AWS", "*", TRUTH_YES, TRUTH_NO, TRUTH_NO},
        {SESSION_ARN, "AWS", SESSION_ARN, TRUTH_YES, TRUTH_NO, TRUTH_NO},
        {SESSION_ARN, "AWS", ROLE_ARN, TRUTH_NO, TRUTH_YES, TRUTH_NO},
        {SESSION_ARN, "AWS", "111122223333", TRUTH_NO, TRUTH_NO, TRUTH_YES},
        {SESSION_ARN, "AWS", ROOT_ARN, TRUTH_NO, TRUTH_NO, TRUTH_YES},
        {SESSION_ARN, "AWS", "arn:aws:iam::444455556666:root", TRUTH_NO, TRUTH_NO, TRUTH_NO},
        {ROLE_ARN, "AWS", SESSION_ARN, TRUTH_MAYBE, TRUTH_NO, TRUTH_NO},
        {ROLE_ARN, "AWS", "AROAEXAMPLEEXAMPLE12", TRUTH_MAYBE, TRUTH_NO, TRUTH_NO},
        {USER_ARN, "AWS", USER_ARN, TRUTH_YES, TRUTH_NO, TRUTH_NO},
        {USER_ARN, "AWS", "arn:aws:iam::111122223333:user/jo", TRUTH_NO, TRUTH_NO, TRUTH_NO},
        {ROOT_ARN, "AWS", "111122223333", TRUTH_YES, TRUTH_NO, TRUTH_NO},
        {ROOT_ARN, "CanonicalUser", "79a59df900b949e5", TRUTH_NO, TRUTH_NO, TRUTH_MAYBE},
        {"s3.amazonaws.com", "Service", "s3.amazonaws.com", TRUTH_YES, TRUTH_NO, TRUTH_NO},
        {"s3.amazonaws.com", "Service", "sns.amazonaws.com", TRUTH_NO, TRUTH_NO, TRUTH_NO},
        {USER_ARN, "Service", "s3.amazonaws.com", TRUTH_NO, TRUTH_NO, TRUTH_NO},
        {"arn:aws:iam::111122223333:saml-provider/p", "Federated",
         "arn:aws:iam::111122223333:saml-provider/p", TRUTH_YES, TRUTH_NO, TRUTH_NO},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct principal_match out = match(rows[i].principal, rows[i].type, rows[i].text, *state);

        if (out.direct != rows[i].direct || out.entity != rows[i].entity ||
            out.account != rows[i].account)
            fail_msg("%s for %s: %d %d %d", rows[i].text, rows[i].principal, (int)out.direct,
                     (int)out.entity, (int)out.account);
    }
}

static enum truth not_match(const char *principal, const char *const *texts, size_t count,
                            bool boundary, struct arena *arena)
{
    struct policy_request request = request_of(principal, "s3:GetObject", "*", arena);
    struct principal_pattern patterns[3];
    struct context context;

    evaluate_context_init(&context, &request);
    context.has_boundary = boundary;
    for (size_t i = 0; i < count; i++)
        principal_compile("AWS", texts[i], arena, &patterns[i]);
    return principal_not_match(patterns, count, true, &context);
}

static void test_not_principal(void **state)
{
    static const char *const all[] = {SESSION_ARN, ROLE_ARN, "111122223333"};
    static const char *const user[] = {USER_ARN, "111122223333"};

    assert_int_equal(not_match(SESSION_ARN, all, 3, false, *state), TRUTH_NO);
    /* The role or the account is not named: AWS says that it may be denied. */
    assert_int_equal(not_match(SESSION_ARN, all, 1, false, *state), TRUTH_MAYBE);
    assert_int_equal(not_match(SESSION_ARN, all, 2, false, *state), TRUTH_MAYBE);
    assert_int_equal(not_match(SESSION_ARN, user, 1, false, *state), TRUTH_YES);
    assert_int_equal(not_match(USER_ARN, user, 2, false, *state), TRUTH_NO);
    /* With a permissions boundary it denies everyone. */
    assert_int_equal(not_match(USER_ARN, user, 2, true, *state), TRUTH_YES);
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
        TEST(test_parse),
        TEST(test_match),
        TEST(test_not_principal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
