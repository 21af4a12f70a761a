#include "organizations_world.h"

#include "organizations_priv.h"

static const char *why(struct caller *c, const char *text)
{
    char *copy = arena_str(c->arena, text);
    struct json *document;
    struct err err = ERR_INIT;

    for (char *at = copy; *at != '\0'; at++)
        if (*at == '\'')
            *at = '"';
    assert_int_equal(json_parse(copy, strlen(copy), c->arena, &document, &err), 0);
    return org_backup_policy_why(document, c->arena);
}

static void test_what_is_a_backup_policy(void **state)
{
    static const char *const good[] = {
        "{'plans':{}}",
        "{'plans':{'a':{'regions':{'@@append':['eu-west-1'],'@@remove':['us-east-1']}}}}",
        "{'plans':{'a':{'rules':{'r':{'lifecycle':{'delete_after_days':{'@@assign':35}}}}}}}",
        "{'plans':{'@@operators_allowed_for_child_policies':['@@none'],'a':{'rules':{'r':"
        "{'copy_actions':{'arn:x':{'target_backup_vault_arn':{'@@assign':'arn:x'}}}}}}}}",
        "{'plans':{'a':{'selections':{'tags':{'t':{'tag_key':{'@@assign':'k'},"
        "'tag_value':{'@@assign':['v']}}}}}}}",
        "{'plans':{'a':{'advanced_backup_settings':{'ec2':{'windows_vss':"
        "{'@@assign':'enabled'}}}}}}",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (why(*state, good[i]) != NULL)
            fail_msg("%s: %s", good[i], why(*state, good[i]));
}

static void test_what_is_none(void **state)
{
    static const char *const wrong[] = {
        "{'plan':{}}",
        "{'plans':[]}",
        "{'plans':{'a':{'region':{'@@assign':['eu-west-1']}}}}",
        "{'plans':{'a':{'regions':['eu-west-1']}}}",
        "{'plans':{'a':{'regions':{'@@assign':'eu-west-1'}}}}",
        "{'plans':{'a':{'regions':{'@@assign':[1]}}}}",
        "{'plans':{'a':{'regions':{'assign':['eu-west-1']}}}}",
        "{'plans':{'a':{'regions':{}}}}",
        "{'plans':{'a':{'rules':{'r':{'schedule_expression':'cron(0 5 ? * * *)'}}}}}",
        "{'plans':{'a':{'rules':{'r':{'target_backup_vault_name':{'@@append':['a']}}}}}}",
        "{'plans':{'a':{'rules':{'r':{'target_backup_vault_name':{'@@assign':['a']}}}}}}",
        "{'plans':{'a':{'rules':{'r':{'lifecycle':{'delete_after_day':{'@@assign':1}}}}}}}",
        "{'plans':{'@@assign':{}}}",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (why(*state, wrong[i]) == NULL)
            fail_msg("%s is taken", wrong[i]);
}

static void test_create_policy_looks(void **state)
{
    struct caller *c = *state;

    fails(c, "MalformedPolicyDocumentException", "CreatePolicy",
          "{'Name':'b','Description':'','Type':'BACKUP_POLICY',"
          "'Content':'{\\'plans\\':{\\'a\\':{\\'regions\\':[\\'eu-west-1\\']}}}'}");
    ok(c, "CreatePolicy",
       "{'Name':'b','Description':'','Type':'BACKUP_POLICY',"
       "'Content':'{\\'plans\\':{\\'a\\':{\\'regions\\':{\\'@@assign\\':[\\'eu-west-1\\']}}}}'}");
}

#define ORG_TEST(test) cmocka_unit_test_setup_teardown(test, org_setup, caller_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ORG_TEST(test_what_is_a_backup_policy),
        ORG_TEST(test_what_is_none),
        ORG_TEST(test_create_policy_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
