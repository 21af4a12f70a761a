#include "organizations_world.h"

static void test_units_are_made_found_and_renamed(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *ou = org_ou(c, root, "Workloads");
    const char *child = org_ou(c, ou, "Production");
    const struct json *seen;

    seen = json_get(ok(c, "DescribeOrganizationalUnit", "{'OrganizationalUnitId':'%s'}", child),
                    "OrganizationalUnit");
    assert_string_equal(json_str(seen, "Name"), "Production");
    assert_true(
        str_ends(json_str(seen, "Path"), arena_printf(c->arena, "/%s/%s/%s/", root, ou, child)));
    assert_true(str_starts(child, arena_printf(c->arena, "ou-%s-", root + 2)));

    seen = ok(c, "UpdateOrganizationalUnit", "{'OrganizationalUnitId':'%s','Name':'Prod'}", child);
    assert_string_equal(json_str(json_get(seen, "OrganizationalUnit"), "Name"), "Prod");
    fails(c, "DuplicateOrganizationalUnitException", "CreateOrganizationalUnit",
          "{'ParentId':'%s','Name':'Prod'}", ou);
    org_ou(c, ou, "Production"); /* the name is free again */
    seen = ok(c, "ListOrganizationalUnitsForParent", "{'ParentId':'%s'}", ou);
    assert_int_equal(items(seen, "OrganizationalUnits"), 2);
    assert_non_null(item_with(seen, "OrganizationalUnits", "Name", "Prod"));
}

static void test_names_are_unique_under_a_parent(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *a = org_ou(c, root, "A"), *b = org_ou(c, root, "B");

    org_ou(c, a, "Same");
    org_ou(c, b, "Same");
    fails(c, "DuplicateOrganizationalUnitException", "CreateOrganizationalUnit",
          "{'ParentId':'%s','Name':'Same'}", a);
    fails(c, "DuplicateOrganizationalUnitException", "UpdateOrganizationalUnit",
          "{'OrganizationalUnitId':'%s','Name':'B'}", a);
    ok(c, "UpdateOrganizationalUnit", "{'OrganizationalUnitId':'%s','Name':'A'}", a);
}

static void test_the_tree_is_five_units_deep(void **state)
{
    struct caller *c = *state;
    const char *parent = org_root_id(c);

    for (int i = 0; i < 5; i++)
        parent = org_ou(c, parent, "Deeper");
    fails(c, "ConstraintViolationException/OU_DEPTH_LIMIT_EXCEEDED", "CreateOrganizationalUnit",
          "{'ParentId':'%s','Name':'Sixth'}", parent);
}

static void test_only_an_empty_unit_can_be_deleted(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *ou = org_ou(c, root, "A"), *child = org_ou(c, ou, "B");
    const char *member = org_member(c, "member");

    ok(c, "MoveAccount", "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'%s'}",
       member, root, child);
    fails(c, "OrganizationalUnitNotEmptyException", "DeleteOrganizationalUnit",
          "{'OrganizationalUnitId':'%s'}", child);
    fails(c, "OrganizationalUnitNotEmptyException", "DeleteOrganizationalUnit",
          "{'OrganizationalUnitId':'%s'}", ou);
    ok(c, "MoveAccount", "{'AccountId':'%s','SourceParentId':'%s','DestinationParentId':'%s'}",
       member, child, root);
    ok(c, "DeleteOrganizationalUnit", "{'OrganizationalUnitId':'%s'}", child);
    ok(c, "DeleteOrganizationalUnit", "{'OrganizationalUnitId':'%s'}", ou);
    fails(c, "OrganizationalUnitNotFoundException", "DescribeOrganizationalUnit",
          "{'OrganizationalUnitId':'%s'}", ou);
    org_ou(c, root, "A");
}

static void test_children_and_parents(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *ou = org_ou(c, root, "A");
    const struct json *seen;

    seen = ok(c, "ListChildren", "{'ParentId':'%s','ChildType':'ORGANIZATIONAL_UNIT'}", root);
    assert_string_equal(json_str(json_at(json_get(seen, "Children"), 0), "Id"), ou);
    seen = ok(c, "ListChildren", "{'ParentId':'%s','ChildType':'ACCOUNT'}", root);
    assert_string_equal(json_str(item_with(seen, "Children", "Id", c->me), "Type"), "ACCOUNT");
    seen = ok(c, "ListParents", "{'ChildId':'%s'}", ou);
    assert_string_equal(json_str(json_at(json_get(seen, "Parents"), 0), "Type"), "ROOT");
    seen = ok(c, "ListParents", "{'ChildId':'%s'}", c->me);
    assert_string_equal(json_str(json_at(json_get(seen, "Parents"), 0), "Id"), root);
    fails(c, "ChildNotFoundException", "ListParents", "{'ChildId':'000000000000'}");
    fails(c, "ParentNotFoundException", "ListChildren",
          "{'ParentId':'ou-none-12345678','ChildType':'ACCOUNT'}");
    fails(c, "ParentNotFoundException", "ListAccountsForParent", "{'ParentId':'r-none'}");
    fails(c, "ParentNotFoundException", "CreateOrganizationalUnit",
          "{'ParentId':'r-none','Name':'A'}");
    fails(c, "InvalidInputException", "CreateOrganizationalUnit", "{'ParentId':'%s','Name':''}",
          root);
}

static void test_listings_come_in_pages_of_twenty(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *token;
    const struct json *page;
    size_t seen = 20;

    for (int i = 0; i < 45; i++)
        org_ou(c, root, arena_printf(c->arena, "Unit %d", i));
    page = ok(c, "ListOrganizationalUnitsForParent", "{'ParentId':'%s'}", root);
    assert_int_equal(items(page, "OrganizationalUnits"), 20);
    while ((token = json_str(page, "NextToken")) != NULL) {
        page = ok(c, "ListOrganizationalUnitsForParent", "{'ParentId':'%s','NextToken':'%s'}", root,
                  token);
        seen += items(page, "OrganizationalUnits");
    }
    assert_int_equal(seen, 45);
    page = ok(c, "ListOrganizationalUnitsForParent", "{'ParentId':'%s','MaxResults':7}", root);
    assert_int_equal(items(page, "OrganizationalUnits"), 7);
    fails(c, "InvalidInputException", "ListOrganizationalUnitsForParent",
          "{'ParentId':'%s','MaxResults':21}", root);
    fails(c, "InvalidInputException", "ListOrganizationalUnitsForParent",
          "{'ParentId':'%s','NextToken':'nonsense'}", root);
}

static void test_two_thousand_units(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c);

    for (int i = 0; i < 2000; i++)
        org_ou(c, root, arena_printf(c->arena, "Unit %d", i));
    fails(c, "ConstraintViolationException/OU_NUMBER_LIMIT_EXCEEDED", "CreateOrganizationalUnit",
          "{'ParentId':'%s','Name':'One more'}", root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_units_are_made_found_and_renamed, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_names_are_unique_under_a_parent, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_the_tree_is_five_units_deep, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_only_an_empty_unit_can_be_deleted, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_children_and_parents, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_listings_come_in_pages_of_twenty, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_two_thousand_units, org_setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
