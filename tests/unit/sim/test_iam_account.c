#include "world.h"

static void test_an_alias_is_one_and_unique(void **state)
{
    struct sim_client *client = *state;
    const struct json *list;
    struct json *taken = json_object(client->arena);

    (void)iam(client, "Action=CreateAccountAlias&AccountAlias=first");
    (void)iam(client, "Action=CreateAccountAlias&AccountAlias=second"); /* takes its place */
    EXPECT(client, "");
    list = json_get(iam(client, "Action=ListAccountAliases"), "AccountAliases");
    assert_int_equal(list->count, 1);
    assert_string_equal(json_at(list, 0)->string, "second");
    json_put_str(taken, "Id", "999999999999");
    sim_store_put(client->sim->store, "", "", "alias", "taken", taken);
    (void)iam(client, "Action=CreateAccountAlias&AccountAlias=taken");
    EXPECT(client, "EntityAlreadyExists");
    (void)iam(client, "Action=CreateAccountAlias&AccountAlias=Large");
    EXPECT(client, "ValidationError");
    (void)iam(client, "Action=DeleteAccountAlias&AccountAlias=first");
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=DeleteAccountAlias&AccountAlias=second");
    EXPECT(client, "");
    list = json_get(iam(client, "Action=ListAccountAliases"), "AccountAliases");
    assert_int_equal(list->count, 0);
}

static void test_the_password_policy_is_replaced(void **state)
{
    struct sim_client *client = *state;
    const struct json *policy;

    (void)iam(client, "Action=GetAccountPasswordPolicy");
    EXPECT(client, "NoSuchEntity");
    (void)iam(client, "Action=UpdateAccountPasswordPolicy&MinimumPasswordLength=14"
                      "&RequireSymbols=true&MaxPasswordAge=90&PasswordReusePrevention=24");
    EXPECT(client, "");
    policy = json_get(iam(client, "Action=GetAccountPasswordPolicy"), "PasswordPolicy");
    assert_int_equal(json_number(policy, "MinimumPasswordLength", 0), 14);
    assert_int_equal(json_number(policy, "PasswordReusePrevention", 0), 24);
    assert_true(json_bool(policy, "RequireSymbols", false));
    assert_true(json_bool(policy, "ExpirePasswords", false));
    (void)iam(client, "Action=UpdateAccountPasswordPolicy&RequireNumbers=true");
    policy = json_get(iam(client, "Action=GetAccountPasswordPolicy"), "PasswordPolicy");
    assert_int_equal(json_number(policy, "MinimumPasswordLength", 0), 6); /* its default again */
    assert_false(json_bool(policy, "RequireSymbols", true));
    assert_null(json_get(policy, "MaxPasswordAge"));
    (void)iam(client, "Action=UpdateAccountPasswordPolicy&MinimumPasswordLength=5");
    EXPECT(client, "ValidationError");
    (void)iam(client, "Action=UpdateAccountPasswordPolicy&RequireNumbers=maybe");
    EXPECT(client, "ValidationError");
    (void)iam(client, "Action=DeleteAccountPasswordPolicy");
    EXPECT(client, "");
    (void)iam(client, "Action=DeleteAccountPasswordPolicy");
    EXPECT(client, "NoSuchEntity");
}

static double summary(struct sim_client *client, const char *key)
{
    const struct json *map = json_get(iam(client, "Action=GetAccountSummary"), "SummaryMap");

    for (const struct json *it = json_first(map); it != NULL; it = it->next)
        if (str_eq(json_str(it, "key"), key))
            return json_number(it, "value", -1);
    return -1;
}

static void test_the_summary_counts(void **state)
{
    struct sim_client *client = *state;

    assert_int_equal(summary(client, "Users"), 1);
    assert_int_equal(summary(client, "Roles"), 0);
    (void)world_role(client, "r", ANYBODY);
    assert_int_equal(summary(client, "Roles"), 1);
    assert_int_equal(summary(client, "AccountAccessKeysPresent"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_an_alias_is_one_and_unique),
        WORLD_TEST(test_the_password_policy_is_replaced),
        WORLD_TEST(test_the_summary_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
