#include "resource_policy.h"

#include "storage_world.h"

extern const struct sim_service sim_service_kms;

static const char *text_of(struct sim_client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static const char *text_of(struct sim_client *client, const char *format, ...)
{
    const char *text;
    va_list args;

    va_start(args, format);
    text = quotes(client, format, args);
    va_end(args);
    return text;
}

#define ALLOW(PRINCIPAL)                                                                           \
    "{'Statement':{'Effect':'Allow','Principal':" PRINCIPAL ",'Action':'kms:*','Resource':'*'}}"

static bool parses(struct sim_client *client, const char *text)
{
    struct sim_call call = world_call(client, &sim_service_kms);
    const char *why = NULL;
    bool ok = sim_resource_policy_parse(&call, text, &why) != NULL;

    if (!ok)
        assert_non_null(why);
    return ok;
}

static void test_principals_must_exist(void **state)
{
    struct sim_client *client = *state;

    (void)world_role(client, "there", ANYBODY);
    assert_true(parses(client, text_of(client, ALLOW("'*'"))));
    assert_true(parses(client, text_of(client, ALLOW("{'AWS':'*'}"))));
    assert_true(parses(client, text_of(client, ALLOW("{'AWS':'%s'}"), client->account)));
    assert_true(parses(
        client, text_of(client, ALLOW("{'AWS':['arn:aws:iam::%s:root']}"), client->account)));
    assert_true(parses(
        client, text_of(client, ALLOW("{'AWS':'arn:aws:iam::%s:role/there'}"), client->account)));
    assert_true(parses(client, text_of(client, ALLOW("{'Service':'s3.amazonaws.com'}"))));
    /* Of an account that the simulator does not have nothing can be said. */
    assert_true(
        parses(client, text_of(client, ALLOW("{'AWS':'arn:aws:iam::999999999999:role/any'}"))));
    assert_false(parses(
        client, text_of(client, ALLOW("{'AWS':'arn:aws:iam::%s:role/missing'}"), client->account)));
    assert_false(
        parses(client, text_of(client, ALLOW("{'AWS':['%s','somebody']}"), client->account)));
    assert_false(parses(client, text_of(client, ALLOW("'somebody'"))));
    assert_false(parses(client, "{"));
}

static struct sim_call call_of(struct sim_client *client, const char *account)
{
    struct sim_call call = world_call(client, &sim_service_kms);

    call.account = account;
    call.principal = (struct sim_principal){
        .kind = SIM_ROLE,
        .account = account,
        .arn = arena_printf(client->arena, "arn:aws:sts::%s:assumed-role/r/s", account),
        .source_arn = arena_printf(client->arena, "arn:aws:iam::%s:role/r", account),
        .name = "r"};
    return call;
}

static void test_what_it_says_of_the_caller(void **state)
{
    struct sim_client *client = *state;
    const char *member = world_organization(client);
    struct sim_call call = call_of(client, member);
    const struct json *organization = sim_get(&call, client->account, "", "organization", "self");
    const char *own = text_of(client, ALLOW("{'AWS':'arn:aws:iam::%s:root'}"), member);
    const char *inside = text_of(
        client,
        "{'Statement':{'Effect':'Deny','Principal':'*','Action':'*','Resource':'*','Condition':"
        "{'StringEquals':{'aws:PrincipalOrgID':'%s'},'Bool':{'aws:SecureTransport':'true',"
        "'aws:PrincipalIsAWSService':'false'}}}}",
        json_str(organization, "Id"));

    assert_int_equal(sim_resource_policy_caller(&call, NULL, "kms:Decrypt", "x"), SIM_SILENT);
    assert_int_equal(sim_resource_policy_caller(&call, own, "kms:Decrypt", "x"), SIM_ALLOWED);
    assert_int_equal(sim_resource_policy_caller(&call, own, "s3:GetObject", "x"), SIM_SILENT);
    assert_int_equal(sim_resource_policy_caller(&call, inside, "kms:Decrypt", "x"), SIM_REFUSED);
    call = call_of(client, "999999999999");
    assert_int_equal(sim_resource_policy_caller(&call, own, "kms:Decrypt", "x"), SIM_SILENT);
    assert_int_equal(sim_resource_policy_caller(&call, inside, "kms:Decrypt", "x"), SIM_SILENT);
}

static void test_what_it_says_of_a_service(void **state)
{
    struct sim_client *client = *state;
    struct sim_call call = call_of(client, client->account);
    struct sim_service_act act = {.service = "cloudtrail.amazonaws.com",
                                  .action = "kms:GenerateDataKey",
                                  .resource = "key",
                                  .source_arn = "arn:aws:cloudtrail:eu-west-1:1:trail/t",
                                  .source_account = client->account,
                                  .more = world_json(client, "{'kms:ViaService':'here'}")};
    const char *text = text_of(
        client, "{'Statement':{'Effect':'Allow','Principal':{'Service':'cloudtrail.amazonaws.com'},"
                "'Action':'kms:GenerateDataKey*','Resource':'*','Condition':{'StringEquals':{"
                "'aws:SourceArn':'arn:aws:cloudtrail:eu-west-1:1:trail/t','kms:ViaService':'here'}"
                ",'Bool':{'aws:PrincipalIsAWSService':'true'}}}}");

    assert_int_equal(sim_resource_policy_service(&call, text, &act), SIM_ALLOWED);
    act.source_arn = "arn:aws:cloudtrail:eu-west-1:1:trail/other";
    assert_int_equal(sim_resource_policy_service(&call, text, &act), SIM_SILENT);
    act.source_arn = "arn:aws:cloudtrail:eu-west-1:1:trail/t";
    act.more = NULL;
    assert_int_equal(sim_resource_policy_service(&call, text, &act), SIM_SILENT);
    act.service = "config.amazonaws.com";
    assert_int_equal(sim_resource_policy_service(&call, text, &act), SIM_SILENT);
    assert_int_equal(sim_resource_policy_service(&call, NULL, &act), SIM_SILENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_principals_must_exist),
        WORLD_TEST(test_what_it_says_of_the_caller),
        WORLD_TEST(test_what_it_says_of_a_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
