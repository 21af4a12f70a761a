#include "credentials_priv.h"
#include "credentials_world.h"

static void use(struct cw *cw, const char *profile, enum config_kind kind)
{
    cw_use(cw, credentials_shared_new(&cw->world, profile, kind));
}

static void test_each_file_is_a_source_of_its_own(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile a]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = one\n");
    cw_credentials(cw, "[a]\naws_access_key_id = AKIASHARED\naws_secret_access_key = two\n"
                       "aws_session_token = token\naws_account_id = 111122223333\n");
    use(cw, "a", CONFIG_KIND_CONFIG);
    cw_assert_gives(cw, "AKIACONFIG", "one", NULL);
    assert_null(cw->credentials->account_id);
    use(cw, "a", CONFIG_KIND_CREDENTIALS);
    cw_assert_gives(cw, "AKIASHARED", "two", "token");
    assert_string_equal(cw->credentials->account_id, "111122223333");
    assert_int_equal(cw->credentials->expires_ms, 0);
}

static void test_a_profile_without_keys_is_not_found(void **state)
{
    struct cw *cw = *state;

    use(cw, "a", CONFIG_KIND_CREDENTIALS);
    cw_assert_fails(cw, ERR_NOTFOUND, "shared credentials file: not set up");
    cw_credentials(cw, "[b]\naws_access_key_id = x\n[a]\n");
    cw_assert_fails(cw, ERR_NOTFOUND, "shared credentials file: not set up");
    use(cw, "a", CONFIG_KIND_CONFIG);
    cw_assert_fails(cw, ERR_NOTFOUND, "config file: not set up");
}

static void test_half_a_key_is_a_mistake(void **state)
{
    struct cw *cw = *state;

    use(cw, "a", CONFIG_KIND_CREDENTIALS);
    cw_credentials(cw, "[a]\naws_access_key_id = AKIA\n");
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/credentials:2: profile \"a\" has aws_access_key_id, but no "
                    "aws_secret_access_key");
    cw_credentials(cw, "[a]\n\naws_access_key_id =\naws_secret_access_key = x\n");
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/credentials:3: aws_access_key_id is empty");
}

static void test_the_older_token_name_wins(void **state)
{
    struct cw *cw = *state;

    use(cw, "a", CONFIG_KIND_CREDENTIALS);
    cw_credentials(cw, "[a]\naws_access_key_id = AKIA\naws_secret_access_key = x\n"
                       "aws_session_token = new\naws_security_token = old\n");
    cw_assert_gives(cw, "AKIA", "x", "old");
}

static void test_the_file_is_read_at_each_fetch(void **state)
{
    struct cw *cw = *state;

    use(cw, "a", CONFIG_KIND_CREDENTIALS);
    cw_credentials(cw, "[a]\naws_access_key_id = AKIA1\naws_secret_access_key = x\n");
    cw_assert_gives(cw, "AKIA1", "x", NULL);
    cw_credentials(cw, "[a]\naws_access_key_id = AKIA2\naws_secret_access_key = y\n");
    cw_assert_gives(cw, "AKIA2", "y", NULL);
    cw_credentials(cw, "[a\n");
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/credentials:1: text before the first [section]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_each_file_is_a_source_of_its_own),
        CW_TEST(test_a_profile_without_keys_is_not_found),
        CW_TEST(test_half_a_key_is_a_mistake),
        CW_TEST(test_the_older_token_name_wins),
        CW_TEST(test_the_file_is_read_at_each_fetch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
