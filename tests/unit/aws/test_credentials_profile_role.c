#include "credentials_priv.h"
#include "sts_peer.h"

#define KEYS "aws_access_key_id = AKIABASE\naws_secret_access_key = s\n"

static void use(struct cw *cw, const char *profile)
{
    cw->answer = sts_answer;
    cw->request_count = 0;
    cw->step = 0;
    cw_set(cw, "AWS_REGION", "eu-west-1");
    cw_use(cw, credentials_profile_role_new(&cw->world, profile));
}

static void test_a_source_profile_with_keys(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n"
                  "role_session_name = me\nexternal_id = e\nduration_seconds = 1800\n"
                  "mfa_serial = m\n");
    cw_credentials(cw, "[base]\n" KEYS);
    cw->mfa_code = "000000";
    use(cw, "p");
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    sts_assert_signed(cw, 0, "AKIABASE");
    cw_assert_body(cw, 0, "RoleSessionName=me");
    cw_assert_body(cw, 0, "ExternalId=e");
    cw_assert_body(cw, 0, "DurationSeconds=1800");
    cw_assert_body(cw, 0, "SerialNumber=m");
    cw_assert_body(cw, 0, "TokenCode=000000");
    assert_string_equal(cw->requests[0].url, "https://sts.eu-west-1.amazonaws.com/");
}

static void test_a_chain_of_roles_is_assumed_from_its_end(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n"
                  "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = c\n"
                  "[profile c]\nrole_arn = arn:aws:iam::1:role/c\nsource_profile = base\n"
                  "[profile base]\n" KEYS);
    use(cw, "a");
    cw_assert_gives(cw, "ASIA3", "secret3", "token3");
    assert_int_equal(cw->request_count, 3);
    cw_assert_body(cw, 0, "role%2Fc");
    sts_assert_signed(cw, 0, "AKIABASE");
    cw_assert_body(cw, 1, "role%2Fb");
    sts_assert_signed(cw, 1, "ASIA1");
    cw_assert_body(cw, 2, "role%2Fa");
    sts_assert_signed(cw, 2, "ASIA2");
}

static void test_a_profile_may_be_its_own_source(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = p\n");
    cw_credentials(cw, "[p]\n" KEYS);
    use(cw, "p");
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    sts_assert_signed(cw, 0, "AKIABASE");
}

static void test_keys_end_the_chain(void **state)
{
    struct cw *cw = *state;

    /* b has a role of its own, but its keys come first. */
    cw_config(cw, "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n"
                  "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = a\n" KEYS);
    use(cw, "a");
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    assert_int_equal(cw->request_count, 1);
    sts_assert_signed(cw, 0, "AKIABASE");
}

static void test_circles_are_found(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n"
                  "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = c\n"
                  "[profile c]\nrole_arn = arn:aws:iam::1:role/c\nsource_profile = b\n"
                  "[profile self]\nrole_arn = arn:aws:iam::1:role/s\nsource_profile = self\n");
    use(cw, "a");
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/config:9: source_profile goes in a circle: b -> c -> b");
    use(cw, "self");
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/config:12: source_profile goes in a circle: self -> self");
    assert_int_equal(cw->request_count, 0);
}

static void test_credential_sources(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\n"
                  "credential_source = Environment\n");
    use(cw, "p");
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/config:3: credential_source \"Environment\" gives no credentials");
    cw_set(cw, "AWS_ACCESS_KEY_ID", "AKIAENV");
    cw_set(cw, "AWS_SECRET_ACCESS_KEY", "s");
    cw_assert_gives(cw, "ASIA1", "secret1", "token1");
    sts_assert_signed(cw, 0, "AKIAENV");

    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\n"
                  "credential_source = EcsContainer\n");
    cw_assert_fails(cw, ERR_CONFIG, "credential_source \"EcsContainer\" gives no credentials");
    cw_set(cw, "AWS_EC2_METADATA_DISABLED", "true");
    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\n"
                  "credential_source = Ec2InstanceMetadata\n");
    cw_assert_fails(cw, ERR_CONFIG, "\"Ec2InstanceMetadata\" gives no credentials");
    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\n"
                  "credential_source = EC2InstanceMetadata\n");
    cw_assert_fails(cw, ERR_CONFIG,
                    "\"EC2InstanceMetadata\" is none of Environment, Ec2InstanceMetadata, "
                    "EcsContainer; did you mean Ec2InstanceMetadata?");
}

static void test_mistakes(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\n");
    use(cw, "p");
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/config:2: profile \"p\" has role_arn, but neither");
    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = x\n"
                  "credential_source = Environment\n");
    cw_assert_fails(cw, ERR_CONFIG, "profile \"p\" has both source_profile and credential_source");
    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = x\n");
    cw_assert_fails(cw, ERR_CONFIG,
                    "~/.aws/config:3: profile \"p\": there is no source_profile \"x\"");
    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = x\n"
                  "[profile x]\nregion = eu-west-1\n");
    cw_assert_fails(cw, ERR_CONFIG, "~/.aws/config:3: source_profile \"x\" gives no credentials");
}

static void test_a_refusal_names_the_profile(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n"
                  "[profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = base\n"
                  "[profile base]\n" KEYS);
    use(cw, "a");
    cw->answer = sts_refuse;
    cw_assert_fails(cw, ERR_DENIED, "profile \"b\": assume arn:aws:iam::1:role/b: ");
    assert_int_equal(cw->request_count, 1);
}

static void test_what_is_not_ours(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\nregion = eu-west-1\n"
                  "[profile web]\nrole_arn = r\nweb_identity_token_file = t\n");
    use(cw, "p");
    cw_assert_fails(cw, ERR_NOTFOUND, "not set up");
    use(cw, "web");
    cw_assert_fails(cw, ERR_NOTFOUND, "not set up");
}

static void test_a_source_profile_with_a_web_identity(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile p]\nrole_arn = arn:aws:iam::1:role/top\nsource_profile = web\n"
                  "[profile web]\nrole_arn = arn:aws:iam::1:role/web\n"
                  "web_identity_token_file = ~/token\n");
    (void)cw_write(cw, "token", "jwt");
    use(cw, "p");
    cw_assert_gives(cw, "ASIA2", "secret2", "token2");
    cw_assert_body(cw, 0, "WebIdentityToken=jwt");
    sts_assert_signed(cw, 1, "ASIA1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_a_source_profile_with_keys),
        CW_TEST(test_a_chain_of_roles_is_assumed_from_its_end),
        CW_TEST(test_a_profile_may_be_its_own_source),
        CW_TEST(test_keys_end_the_chain),
        CW_TEST(test_circles_are_found),
        CW_TEST(test_credential_sources),
        CW_TEST(test_mistakes),
        CW_TEST(test_a_refusal_names_the_profile),
        CW_TEST(test_what_is_not_ours),
        CW_TEST(test_a_source_profile_with_a_web_identity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
