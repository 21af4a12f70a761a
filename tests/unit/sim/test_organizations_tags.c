#include "organizations_world.h"

static const struct json *tags_of(struct caller *c, const char *resource)
{
    return ok(c, "ListTagsForResource", "{'ResourceId':'%s'}", resource);
}

static void test_everything_can_be_tagged(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);
    const char *resources[] = {root, org_ou(c, root, "A"), org_member(c, "m"), org_scp(c, "p")};
    const struct json *seen;

    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        assert_int_equal(items(tags_of(c, resources[i]), "Tags"), 0);
        ok(c, "TagResource",
           "{'ResourceId':'%s','Tags':[{'Key':'a','Value':'1'},{'Key':'b','Value':''}]}",
           resources[i]);
        ok(c, "TagResource", "{'ResourceId':'%s','Tags':[{'Key':'a','Value':'2'}]}", resources[i]);
        seen = tags_of(c, resources[i]);
        assert_int_equal(items(seen, "Tags"), 2);
        assert_string_equal(json_str(item_with(seen, "Tags", "Key", "a"), "Value"), "2");
        assert_string_equal(json_str(item_with(seen, "Tags", "Key", "b"), "Value"), "");
        ok(c, "UntagResource", "{'ResourceId':'%s','TagKeys':['b','none']}", resources[i]);
        assert_int_equal(items(tags_of(c, resources[i]), "Tags"), 1);
    }
    fails(c, "TargetNotFoundException", "ListTagsForResource", "{'ResourceId':'000000000000'}");
    fails(c, "TargetNotFoundException", "UntagResource",
          "{'ResourceId':'000000000000','TagKeys':['a']}");
    fails(c, "TargetNotFoundException", "TagResource",
          "{'ResourceId':'000000000000','Tags':[{'Key':'a','Value':'1'}]}");
    fails(c, "InvalidInputException/TARGET_NOT_SUPPORTED", "TagResource",
          "{'ResourceId':'p-FullAWSAccess','Tags':[{'Key':'a','Value':'1'}]}");
}

static void test_tags_come_and_go_with_what_they_are_on(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *policy = org_scp(c, "p"), *ou;

    ou =
        json_str(json_get(ok(c, "CreateOrganizationalUnit",
                             "{'ParentId':'%s','Name':'A','Tags':[{'Key':'a','Value':'1'}]}", root),
                          "OrganizationalUnit"),
                 "Id");
    assert_int_equal(items(tags_of(c, ou), "Tags"), 1);
    ok(c, "TagResource", "{'ResourceId':'%s','Tags':[{'Key':'a','Value':'1'}]}", policy);
    assert_true(sim_store_has(c->sim->store, c->me, "", "org/tags", policy));
    ok(c, "DeletePolicy", "{'PolicyId':'%s'}", policy);
    ok(c, "DeleteOrganizationalUnit", "{'OrganizationalUnitId':'%s'}", ou);
    assert_int_equal(sim_store_count(c->sim->store, c->me, "", "org/tags"), 0);
}

static void test_tags_that_are_none(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);

    fails(c, "InvalidInputException/INVALID_SYSTEM_TAGS_PARAMETER", "TagResource",
          "{'ResourceId':'%s','Tags':[{'Key':'aws:x','Value':'1'}]}", root);
    fails(c, "InvalidInputException/DUPLICATE_TAG_KEY", "TagResource",
          "{'ResourceId':'%s','Tags':[{'Key':'a','Value':'1'},{'Key':'a','Value':'2'}]}", root);
    fails(c, "InvalidInputException", "TagResource",
          "{'ResourceId':'%s','Tags':[{'Key':'','Value':'1'}]}", root);
    fails(c, "InvalidInputException", "TagResource", "{'ResourceId':'%s','Tags':[{'Key':'a'}]}",
          root);
    fails(c, "InvalidInputException/INVALID_LIST_MEMBER", "TagResource",
          "{'ResourceId':'%s','Tags':['a']}", root);
    assert_int_equal(items(tags_of(c, root), "Tags"), 0);

    /* A request with a bad tag makes nothing. */
    fails(c, "InvalidInputException/DUPLICATE_TAG_KEY", "CreateOrganizationalUnit",
          "{'ParentId':'%s','Name':'A','Tags':[{'Key':'a','Value':''},{'Key':'a','Value':''}]}",
          root);
    org_ou(c, root, "A");
}

static void test_fifty_tags_of_a_resource(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);

    for (int i = 0; i < 50; i++)
        ok(c, "TagResource", "{'ResourceId':'%s','Tags':[{'Key':'key %d','Value':'v'}]}", root, i);
    fails(c, "ConstraintViolationException/MAX_TAG_LIMIT_EXCEEDED", "TagResource",
          "{'ResourceId':'%s','Tags':[{'Key':'one more','Value':'v'}]}", root);
    ok(c, "TagResource", "{'ResourceId':'%s','Tags':[{'Key':'key 7','Value':'new'}]}", root);
    assert_int_equal(items(tags_of(c, root), "Tags"), 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_everything_can_be_tagged, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_tags_come_and_go_with_what_they_are_on, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_tags_that_are_none, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_fifty_tags_of_a_resource, org_setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
