#include "world.h"

static void trust(struct sim_client *client)
{
    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.EnableAWSServiceAccess",
                          "{\"ServicePrincipal\":\"iam.amazonaws.com\"}");
    EXPECT(client, "");
}

static void become_member(struct sim_client *client, const char *member)
{
    world_use(client, world_assume(
                          client, arena_printf(client->arena,
                                               "arn:aws:iam::%s:role/OrganizationAccountAccessRole",
                                               member)));
    EXPECT(client, "");
}

static void test_it_needs_an_organization_that_trusts_iam(void **state)
{
    struct sim_client *client = *state;

    (void)iam(client, "Action=ListOrganizationsFeatures");
    EXPECT(client, "OrganizationNotFoundException");
    (void)world_organization(client);
    (void)iam(client, "Action=ListOrganizationsFeatures");
    EXPECT(client, "ServiceAccessNotEnabledException");
    trust(client);
    (void)iam(client, "Action=ListOrganizationsFeatures");
    EXPECT(client, "");
}

static void test_features_are_turned_on_and_off(void **state)
{
    struct sim_client *client = *state;
    const struct json *answer;

    (void)world_organization(client);
    trust(client);
    (void)iam(client, "Action=EnableOrganizationsRootCredentialsManagement");
    answer = iam(client, "Action=EnableOrganizationsRootSessions");
    assert_true(str_starts(json_str(answer, "OrganizationId"), "o-"));
    assert_int_equal(json_get(answer, "EnabledFeatures")->count, 2);
    (void)iam(client, "Action=EnableOrganizationsRootSessions"); /* again is fine */
    EXPECT(client, "");
    (void)iam(client, "Action=DisableOrganizationsRootSessions");
    answer = json_get(iam(client, "Action=ListOrganizationsFeatures"), "EnabledFeatures");
    assert_int_equal(answer->count, 1);
    assert_string_equal(json_at(answer, 0)->string, "RootCredentialsManagement");
    (void)iam(client, "Action=DisableOrganizationsRootCredentialsManagement");
    answer = json_get(iam(client, "Action=ListOrganizationsFeatures"), "EnabledFeatures");
    assert_int_equal(answer->count, 0);
}

static void test_members_may_not(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client);

    trust(client);
    become_member(client, member);
    (void)iam(client, "Action=ListOrganizationsFeatures");
    EXPECT(client, "AccountNotManagementOrDelegatedAdministratorException");
    sim_client_login(client);
    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.RegisterDelegatedAdministrator",
                          arena_printf(client->arena,
                                       "{\"ServicePrincipal\":\"iam.amazonaws.com\","
                                       "\"AccountId\":\"%s\"}",
                                       member));
    become_member(client, member);
    (void)iam(client, "Action=ListOrganizationsFeatures");
    EXPECT(client, ""); /* the delegated administrator reads, and enables nothing */
    (void)iam(client, "Action=EnableOrganizationsRootSessions");
    EXPECT(client, "CallerIsNotManagementAccountException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_it_needs_an_organization_that_trusts_iam),
        WORLD_TEST(test_features_are_turned_on_and_off),
        WORLD_TEST(test_members_may_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
