#include "accessanalyzer_world.h"

static int setup(void **state)
{
    if (caller_setup_with(state, &sim_service_accessanalyzer, false) != 0)
        return -1;
    ok(*state, "CreateAnalyzer", "{'analyzerName':'a','type':'ACCOUNT'}");
    return 0;
}

#define RULE "'analyzerName':'a','ruleName':'r'"

static void test_a_rule_lives(void **state)
{
    struct caller *c = *state;
    const struct json *seen;

    fails(c, "ResourceNotFoundException", "GetArchiveRule", "{" RULE "}");
    fails(c, "ResourceNotFoundException", "UpdateArchiveRule",
          "{" RULE ",'filter':{'isPublic':{'eq':['false']}}}");
    ok(c, "CreateArchiveRule", "{" RULE ",'filter':{'isPublic':{'eq':['false']}}}");
    fails(c, "ConflictException", "CreateArchiveRule",
          "{" RULE ",'filter':{'isPublic':{'eq':['false']}}}");
    ok(c, "UpdateArchiveRule", "{" RULE ",'filter':{'error':{'exists':false}}}");
    seen = json_get(ok(c, "GetArchiveRule", "{" RULE "}"), "archiveRule");
    assert_null(json_path(seen, "filter", "isPublic", NULL));
    assert_false(json_bool(json_path(seen, "filter", "error", NULL), "exists", true));
    assert_non_null(json_str(seen, "createdAt"));
    assert_non_null(json_str(seen, "updatedAt"));
    ok(c, "DeleteArchiveRule", "{" RULE "}");
    fails(c, "ResourceNotFoundException", "DeleteArchiveRule", "{" RULE "}");
    fails(c, "ResourceNotFoundException", "ListArchiveRules", "{'analyzerName':'b'}");
    fails(c, "ResourceNotFoundException", "CreateArchiveRule",
          "{'analyzerName':'b','ruleName':'r','filter':{'isPublic':{'eq':['false']}}}");
}

static void test_a_repeated_creation_is_one(void **state)
{
    static const char call[] =
        "{" RULE ",'filter':{'isPublic':{'eq':['false']}},'clientToken':'%s'}";
    struct caller *c = *state;

    ok(c, "CreateArchiveRule", call, "t1");
    ok(c, "CreateArchiveRule", call, "t1");
    fails(c, "ConflictException", "CreateArchiveRule", call, "t2");
}

#define TWENTY_ONE_VALUES                                                                          \
    "{'resource':{'neq':['1','2','3','4','5','6','7','8','9','10','11','12','13','14','15',"       \
    "'16','17','18','19','20','21']}}"

static void test_filters_that_are_none(void **state)
{
    static const char *const wrong[] = {
        "{}", "'x'", "{'isPublic':{}}", "{'isPublic':{'eq':[]}}", TWENTY_ONE_VALUES,
    };
    struct caller *c = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        fails(c, "ValidationException", "CreateArchiveRule", "{" RULE ",'filter':%s}", wrong[i]);
    fails(c, "ValidationException", "CreateArchiveRule", "{" RULE "}");
    fails(c, "ValidationException", "CreateArchiveRule",
          "{'analyzerName':'a','ruleName':'1r','filter':{'isPublic':{'eq':['false']}}}");
}

static void test_an_analyzer_holds_a_hundred(void **state)
{
    struct caller *c = *state;
    const struct json *page;
    size_t count;

    for (int i = 0; i < 100; i++)
        ok(c, "CreateArchiveRule",
           "{'analyzerName':'a','ruleName':'r%d','filter':{'isPublic':{'eq':['false']}}}", i);
    fails(c, "ServiceQuotaExceededException", "CreateArchiveRule",
          "{" RULE ",'filter':{'isPublic':{'eq':['false']}}}");
    page = ok(c, "ListArchiveRules", "{'analyzerName':'a','maxResults':'60'}");
    count = items(page, "archiveRules");
    assert_int_equal(count, 60);
    page = ok(c, "ListArchiveRules", "{'analyzerName':'a','maxResults':'60','nextToken':'%s'}",
              json_str(page, "nextToken"));
    assert_int_equal(items(page, "archiveRules"), 40);
    assert_null(json_get(page, "nextToken"));
}

#define RULE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, caller_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RULE_TEST(test_a_rule_lives),
        RULE_TEST(test_a_repeated_creation_is_one),
        RULE_TEST(test_filters_that_are_none),
        RULE_TEST(test_an_analyzer_holds_a_hundred),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
