#include "world.h"

extern const struct sim_service sim_service_iam;

static const struct sim_principal user = {.kind = SIM_USER,
                                          .account = "111122223333",
                                          .arn = "arn:aws:iam::111122223333:user/u",
                                          .source_arn = "arn:aws:iam::111122223333:user/u"};

static enum sim_verdict ask(struct sim_client *client, const char *policy, const char *action,
                            const char *resource, const char *context)
{
    struct sim_call call = world_call(client, &sim_service_iam);
    struct sim_question question = {.action = action,
                                    .resource = resource,
                                    .principal = &user,
                                    .context = world_json(client, context)};

    return sim_policy_verdict(&call, json_text(world_json(client, policy), client->arena),
                              &question);
}

static void test_globs(void **state)
{
    (void)state;
    assert_true(sim_glob("*", "", false));
    assert_true(sim_glob("a*c", "abbc", false));
    assert_true(sim_glob("a*b*c", "aXbYbZc", false));
    assert_true(sim_glob("a?c", "abc", false));
    assert_false(sim_glob("a?c", "ac", false));
    assert_false(sim_glob("a*c", "abcd", false));
    assert_false(sim_glob("A", "a", false));
    assert_true(sim_glob("IAM:Get*", "iam:GETrole", true));
    assert_false(sim_glob("", "a", false));
}

static void test_actions_and_resources(void **state)
{
    const char *policy = "{'Statement':[{'Effect':'Allow','Action':['s3:Get*','iam:*'],"
                         "'Resource':'arn:aws:s3:::b/*'}]}";

    assert_int_equal(ask(*state, policy, "s3:GetObject", "arn:aws:s3:::b/x", "{}"), SIM_ALLOWED);
    assert_int_equal(ask(*state, policy, "S3:getobject", NULL, "{}"), SIM_ALLOWED);
    assert_int_equal(ask(*state, policy, "s3:PutObject", NULL, "{}"), SIM_SILENT);
    assert_int_equal(ask(*state, policy, "s3:GetObject", "arn:aws:s3:::c/x", "{}"), SIM_SILENT);
}

static void test_not_elements(void **state)
{
    const char *policy = "{'Statement':{'Effect':'Deny','NotAction':['iam:*'],'NotResource':'a'}}";

    assert_int_equal(ask(*state, policy, "s3:GetObject", "b", "{}"), SIM_REFUSED);
    assert_int_equal(ask(*state, policy, "iam:GetRole", "b", "{}"), SIM_SILENT);
    assert_int_equal(ask(*state, policy, "s3:GetObject", "a", "{}"), SIM_SILENT);
}

static void test_a_refusal_beats_an_allowance(void **state)
{
    assert_int_equal(ask(*state,
                         "{'Statement':[{'Effect':'Deny','Action':'a:b','Resource':'*'},"
                         "{'Effect':'Allow','Action':'*','Resource':'*'}]}",
                         "a:b", NULL, "{}"),
                     SIM_REFUSED);
}

static void test_principals(void **state)
{
    static const struct {
        const char *principal;
        enum sim_verdict verdict;
    } cases[] = {
        {"'*'", SIM_ALLOWED},
        {"{'AWS':'*'}", SIM_ALLOWED},
        {"{'AWS':'111122223333'}", SIM_ALLOWED},
        {"{'AWS':'arn:aws:iam::111122223333:root'}", SIM_ALLOWED},
        {"{'AWS':['arn:aws:iam::999999999999:root','arn:aws:iam::111122223333:user/u']}",
         SIM_ALLOWED},
        {"{'AWS':'arn:aws:iam::111122223333:user/v'}", SIM_SILENT},
        {"{'AWS':'arn:aws:iam::999999999999:root'}", SIM_SILENT},
        {"{'Service':'ec2.amazonaws.com'}", SIM_SILENT},
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *policy = arena_printf(
            client->arena, "{'Statement':{'Effect':'Allow','Action':'a:b','Principal':%s}}",
            cases[i].principal);

        assert_int_equal(ask(client, policy, "a:b", NULL, "{}"), cases[i].verdict);
    }
    assert_int_equal(ask(client,
                         "{'Statement':{'Effect':'Deny','Action':'*','NotPrincipal':"
                         "{'AWS':['111122223333','arn:aws:iam::111122223333:user/u']}}}",
                         "a:b", NULL, "{}"),
                     SIM_SILENT);
}

static void test_conditions(void **state)
{
    static const struct {
        const char *condition, *context;
        bool holds;
    } cases[] = {
        {"{'StringEquals':{'aws:X':'a'}}", "{'aws:x':'a'}", true},
        {"{'StringEquals':{'aws:X':['b','a']}}", "{'aws:X':'a'}", true},
        {"{'StringEquals':{'aws:X':'A'}}", "{'aws:X':'a'}", false},
        {"{'StringEqualsIgnoreCase':{'aws:X':'A'}}", "{'aws:X':'a'}", true},
        {"{'StringEquals':{'aws:X':'a'}}", "{}", false},
        {"{'StringEqualsIfExists':{'aws:X':'a'}}", "{}", true},
        {"{'StringEqualsIfExists':{'aws:X':'a'}}", "{'aws:X':'b'}", false},
        {"{'StringNotEquals':{'aws:X':'a'}}", "{}", true},
        {"{'StringNotEquals':{'aws:X':['a','b']}}", "{'aws:X':'b'}", false},
        {"{'StringLike':{'aws:X':'a*'}}", "{'aws:X':'abc'}", true},
        {"{'StringNotLike':{'aws:X':'a*'}}", "{'aws:X':'abc'}", false},
        {"{'ArnEquals':{'aws:X':'arn:*:iam::*:role/r'}}", "{'aws:X':'arn:aws:iam::1:role/r'}",
         true},
        {"{'ArnNotLike':{'aws:X':'arn:*:iam::*:role/r'}}", "{'aws:X':'arn:aws:iam::1:role/r'}",
         false},
        {"{'Bool':{'aws:X':'true'}}", "{'aws:X':'true'}", true},
        {"{'Bool':{'aws:X':false}}", "{'aws:X':'true'}", false},
        {"{'Null':{'aws:X':'true'}}", "{}", true},
        {"{'Null':{'aws:X':'true'}}", "{'aws:X':'a'}", false},
        {"{'Null':{'aws:X':'false'}}", "{'aws:X':'a'}", true},
        {"{'ForAnyValue:StringEquals':{'aws:X':'a'}}", "{'aws:X':['b','a']}", true},
        {"{'ForAnyValue:StringEquals':{'aws:X':'a'}}", "{}", false},
        {"{'ForAllValues:StringEquals':{'aws:X':'a'}}", "{'aws:X':['b','a']}", false},
        {"{'ForAllValues:StringLike':{'aws:X':'*'}}", "{'aws:X':['b','a']}", true},
        {"{'ForAllValues:StringEquals':{'aws:X':'a'}}", "{}", true},
        {"{'StringEquals':{'aws:X':'a','aws:Y':'b'}}", "{'aws:X':'a'}", false},
        {"{'StringEquals':{'aws:X':'a'},'StringLike':{'aws:Y':'*'}}", "{'aws:X':'a','aws:Y':'b'}",
         true},
        {"{'NumericLessThan':{'aws:X':'5'}}", "{'aws:X':'3'}", true},
        {"{'StringEquals':{'aws:X':'${aws:Y}'}}", "{'aws:X':'a','aws:Y':'a'}", true},
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *policy = arena_printf(client->arena,
                                          "{'Version':'2012-10-17','Statement':{'Effect':"
                                          "'Allow','Action':'a:b','Resource':'*',"
                                          "'Condition':%s}}",
                                          cases[i].condition);

        if (ask(client, policy, "a:b", NULL, cases[i].context) !=
            (cases[i].holds ? SIM_ALLOWED : SIM_SILENT))
            fail_msg("case %zu: %s", i, cases[i].condition);
    }
}

static void test_documents_are_checked(void **state)
{
    static const struct {
        const char *text;
        bool needs_principal, good;
    } cases[] = {
        {"{'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'*','Resource':'*'}]}",
         false, true},
        {"{'Statement':{'Effect':'Deny','NotAction':'*','NotResource':'*'}}", false, true},
        {"{'Statement':{'Effect':'Allow','Action':'*','Principal':'*'}}", true, true},
        {"{'Statement':{'Effect':'Allow','Action':'*'}}", true, false},
        {"{'Statement':{'Effect':'Allow','Action':'*'}}", false, false},
        {"{'Statement':{'Effect':'Allow','Action':'*','Resource':'*','Principal':'*'}}", false,
         false},
        {"{'Statement':{'Effect':'Maybe','Action':'*','Resource':'*'}}", false, false},
        {"{'Statement':{'Action':'*','Resource':'*'}}", false, false},
        {"{'Statement':{'Effect':'Allow','Resource':'*'}}", false, false},
        {"{'Statement':[]}", false, false},
        {"{'Statement':['x']}", false, false},
        {"{}", false, false},
        {"{'Version':'2020-01-01','Statement':{'Effect':'Allow','Action':'*','Resource':'*'}}",
         false, false},
        {"[]", false, false},
        {"{", false, false},
    };
    struct sim_client *client = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = arena_str(client->arena, cases[i].text);
        const char *why = "";

        for (char *at = text; *at != '\0'; at++)
            if (*at == '\'')
                *at = '"';
        if ((sim_policy_parse(text, cases[i].needs_principal, client->arena, &why) != NULL) !=
            cases[i].good)
            fail_msg("case %zu: %s", i, text);
        assert_int_equal(why == NULL, cases[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_globs),
        WORLD_TEST(test_actions_and_resources),
        WORLD_TEST(test_not_elements),
        WORLD_TEST(test_a_refusal_beats_an_allowance),
        WORLD_TEST(test_principals),
        WORLD_TEST(test_conditions),
        WORLD_TEST(test_documents_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
