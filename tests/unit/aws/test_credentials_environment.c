#include "credentials_priv.h"
#include "credentials_world.h"

static void test_nothing_set_is_not_found(void **state)
{
    struct cw *cw = *state;

    cw_use(cw, credentials_environment_new(&cw->world));
    cw_assert_fails(cw, ERR_NOTFOUND, "environment: not set up");
    cw_set(cw, "AWS_ACCESS_KEY_ID", "");
    cw_set(cw, "AWS_SECRET_ACCESS_KEY", "s");
    cw_assert_fails(cw, ERR_NOTFOUND, "environment: not set up");
}

static void test_all_variables(void **state)
{
    struct cw *cw = *state;

    cw_use(cw, credentials_environment_new(&cw->world));
    cw_set(cw, "AWS_ACCESS_KEY_ID", "AKIA1");
    cw_set(cw, "AWS_SECRET_ACCESS_KEY", "secret");
    cw_assert_gives(cw, "AKIA1", "secret", NULL);
    assert_null(cw->credentials->account_id);
    assert_int_equal(cw->credentials->expires_ms, 0);

    cw_set(cw, "AWS_SESSION_TOKEN", "token");
    cw_set(cw, "AWS_ACCOUNT_ID", "111122223333");
    cw_set(cw, "AWS_CREDENTIAL_EXPIRATION", "2023-11-14T23:13:20Z");
    cw_assert_gives(cw, "AKIA1", "secret", "token");
    assert_string_equal(cw->credentials->account_id, "111122223333");
    assert_int_equal(cw->credentials->expires_ms, NOW_MS + 3600000);

    cw_set(cw, "AWS_SECURITY_TOKEN", "older");
    cw_assert_gives(cw, "AKIA1", "secret", "older");
}

static void test_half_a_key_is_a_mistake(void **state)
{
    struct cw *cw = *state;

    cw_use(cw, credentials_environment_new(&cw->world));
    cw_set(cw, "AWS_ACCESS_KEY_ID", "AKIA1");
    cw_assert_fails(cw, ERR_CONFIG, "AWS_SECRET_ACCESS_KEY is not");
    cw_set(cw, "AWS_SECRET_ACCESS_KEY", "secret");
    cw_set(cw, "AWS_CREDENTIAL_EXPIRATION", "tomorrow");
    cw_assert_fails(cw, ERR_CONFIG, "AWS_CREDENTIAL_EXPIRATION: \"tomorrow\" is not a time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_nothing_set_is_not_found),
        CW_TEST(test_all_variables),
        CW_TEST(test_half_a_key_is_a_mistake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
