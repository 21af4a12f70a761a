#include "world.h"

extern const struct sim_service sim_service_iam;

static void test_an_account_has_twelve_digits_of_its_own(void **state)
{
    struct sim_client *client = *state;

    for (int i = 0; i < 50; i++) {
        const char *id =
            sim_account_create(client->sim, client->arena, "a@example.com", "a", NULL, NULL, 0);

        assert_int_equal(strlen(id), 12);
        assert_int_equal(strspn(id, "0123456789"), 12);
        assert_true(id[0] != '0');
    }
    assert_int_equal(sim_store_count(client->sim->store, "", "", "account"), 51);
}

static void test_its_role_trusts_the_management_account(void **state)
{
    struct sim_client *client = *state;
    const char *id = sim_account_create(client->sim, client->arena, "m@example.com", "m",
                                        "OrganizationAccountAccessRole", client->account,
                                        SIM_CLIENT_START_MS + 60000);
    const char *arn =
        arena_printf(client->arena, "arn:aws:iam::%s:role/OrganizationAccountAccessRole", id);

    (void)world_assume(client, arn);
    EXPECT(client, "AccessDenied"); /* not yet */
    sim_client_wait(client, 60);
    world_use(client, world_assume(client, arn));
    assert_string_equal(json_str(sts(client, "Action=GetCallerIdentity"), "Account"), id);
    (void)iam(client, "Action=CreateUser&UserName=u");
    EXPECT(client, "");
}

static void test_what_an_organization_says(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_iam);
    struct sim_organization organization;
    const char *member;

    assert_false(sim_organization_of(&call, client->account, &organization));
    assert_false(sim_is_management(&call));
    member = world_organization(client);
    assert_true(sim_organization_of(&call, member, &organization));
    assert_string_equal(organization.management, client->account);
    assert_true(str_starts(organization.id, "o-"));
    assert_true(organization.all_features);
    assert_true(sim_is_management(&call));
    call.account = member;
    assert_false(sim_is_management(&call));
}

static void test_trust_and_delegation(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = world_call(client, &sim_service_iam);
    const char *member = world_organization(client);

    assert_false(sim_service_trusted(&call, client->account, "iam.amazonaws.com"));
    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.EnableAWSServiceAccess",
                          "{\"ServicePrincipal\":\"iam.amazonaws.com\"}");
    assert_true(sim_service_trusted(&call, client->account, "iam.amazonaws.com"));
    assert_false(sim_is_delegated(&call, client->account, "iam.amazonaws.com", member));
    (void)sim_client_json(client, "organizations",
                          "AWSOrganizationsV20161128.RegisterDelegatedAdministrator",
                          arena_printf(client->arena,
                                       "{\"ServicePrincipal\":\"iam.amazonaws.com\","
                                       "\"AccountId\":\"%s\"}",
                                       member));
    EXPECT(client, "");
    assert_true(sim_is_delegated(&call, client->account, "iam.amazonaws.com", member));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_an_account_has_twelve_digits_of_its_own),
        WORLD_TEST(test_its_role_trusts_the_management_account),
        WORLD_TEST(test_what_an_organization_says),
        WORLD_TEST(test_trust_and_delegation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
