#include "profiles_priv.h"

#include "credentials_world.h"

static struct profiles load(struct cw *cw)
{
    struct profiles profiles;

    if (profiles_load(&cw->world, cw->arena, &profiles, &cw->err) != 0)
        fail_msg("%s", cw->err.text);
    return profiles;
}

static void assert_profile(struct cw *cw, const char *name)
{
    assert_string_equal(load(cw).name, name);
}

static void test_no_files_is_an_empty_default(void **state)
{
    struct cw *cw = *state;
    struct profiles profiles = load(cw);

    assert_string_equal(profiles.name, "default");
    assert_false(profiles_have(&profiles, "default"));
    assert_null(profiles_value(&profiles, "default", "region"));
}

static void test_the_profile_is_chosen_by_option_then_variable(void **state)
{
    struct cw *cw = *state;

    cw_config(cw, "[profile a]\n[profile b]\n[profile c]\n");
    assert_profile(cw, "default");
    cw_set(cw, "AWS_PROFILE", "a");
    assert_profile(cw, "a");
    cw_set(cw, "AWS_DEFAULT_PROFILE", "b");
    assert_profile(cw, "b");
    cw_set(cw, "AWS_DEFAULT_PROFILE", "");
    assert_profile(cw, "a");
    cw->world.profile = "c";
    assert_profile(cw, "c");
}

static void test_a_chosen_profile_must_exist(void **state)
{
    struct cw *cw = *state;
    struct profiles profiles;

    cw_config(cw, "[profile staging]\n");
    cw->world.profile = "stagin";
    assert_int_equal(profiles_load(&cw->world, cw->arena, &profiles, &cw->err), -1);
    assert_int_equal(cw->err.code, ERR_CONFIG);
    assert_string_equal(cw->err.text,
                        arena_printf(cw->arena,
                                     "profile \"stagin\" is neither in %s/.aws/config nor in "
                                     "%s/.aws/credentials; did you mean \"staging\"?",
                                     cw->home, cw->home));
    cw->world.profile = NULL;
    cw_set(cw, "AWS_PROFILE", "elsewhere");
    assert_int_equal(profiles_load(&cw->world, cw->arena, &profiles, &cw->err), -1);
    cw_credentials(cw, "[elsewhere]\n");
    assert_profile(cw, "elsewhere");
}

static void test_the_credentials_file_wins(void **state)
{
    struct cw *cw = *state;
    struct profiles profiles;
    const struct config_file *file;

    cw_config(cw, "[default]\na = config\nb = config\n");
    cw_credentials(cw, "[default]\n\nb = credentials\n");
    profiles = load(cw);
    assert_string_equal(profiles_value(&profiles, "default", "a"), "config");
    assert_string_equal(profiles_value(&profiles, "default", "b"), "credentials");
    assert_int_equal(profiles_entry(&profiles, "default", "b", &file)->line, 3);
    assert_ptr_equal(file, &profiles.credentials);
    assert_string_equal(profiles_place(&profiles, "default", "b"),
                        arena_printf(cw->arena, "%s/.aws/credentials:3", cw->home));
    assert_string_equal(profiles_place(&profiles, "default", "absent"),
                        arena_printf(cw->arena, "%s/.aws/config:1", cw->home));
}

static void test_variables_move_the_files(void **state)
{
    struct cw *cw = *state;
    struct profiles profiles;

    (void)cw_write(cw, "elsewhere/c", "[default]\nregion = eu-south-1\n");
    cw_set(cw, "AWS_CONFIG_FILE", "~/elsewhere/c");
    cw_set(cw, "AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    profiles = load(cw);
    assert_string_equal(profiles_setting(&profiles, "AWS_DEFAULT_REGION", "region"), "eu-south-1");
    cw_set(cw, "AWS_DEFAULT_REGION", "eu-west-3");
    assert_string_equal(profiles_setting(&profiles, "AWS_DEFAULT_REGION", "region"), "eu-west-3");
    assert_string_equal(profiles.credentials.path, "/nonexistent");
}

static void test_a_mistake_names_its_line(void **state)
{
    struct cw *cw = *state;
    struct profiles profiles;

    cw_credentials(cw, "[default]\nnonsense\n");
    assert_int_equal(profiles_load(&cw->world, cw->arena, &profiles, &cw->err), -1);
    assert_string_equal(cw->err.text,
                        arena_printf(cw->arena,
                                     "%s/.aws/credentials:2: neither a [section] nor key = value",
                                     cw->home));
}

static void test_tilde_is_home(void **state)
{
    struct cw *cw = *state;

    cw_set(cw, "HOME", "/h");
    assert_string_equal(world_path(&cw->world, "~/a", cw->arena), "/h/a");
    assert_string_equal(world_path(&cw->world, "~", cw->arena), "/h");
    assert_string_equal(world_path(&cw->world, "~other/a", cw->arena), "~other/a");
    assert_string_equal(world_path(&cw->world, "/a/~", cw->arena), "/a/~");
    cw_set(cw, "HOME", NULL);
    assert_string_equal(world_path(&cw->world, "~/a", cw->arena), "~/a");
}

static void test_wiping_leaves_no_value(void **state)
{
    struct cw *cw = *state;
    struct profiles profiles;
    const char *secret;

    cw_credentials(cw, "[default]\naws_secret_access_key = very secret\n");
    profiles = load(cw);
    secret = profiles_value(&profiles, "default", "aws_secret_access_key");
    assert_string_equal(secret, "very secret");
    profiles_wipe(&profiles);
    for (size_t i = 0; i < strlen("very secret"); i++)
        assert_int_equal(secret[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CW_TEST(test_no_files_is_an_empty_default),
        CW_TEST(test_the_profile_is_chosen_by_option_then_variable),
        CW_TEST(test_a_chosen_profile_must_exist),
        CW_TEST(test_the_credentials_file_wins),
        CW_TEST(test_variables_move_the_files),
        CW_TEST(test_a_mistake_names_its_line),
        CW_TEST(test_tilde_is_home),
        CW_TEST(test_wiping_leaves_no_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
