#include "organizations_world.h"

/* An account in no organization. */
static const char *stranger(struct caller *c, const char *name)
{
    const char *id = org_member(c, name);

    ok(c, "RemoveAccountFromOrganization", "{'AccountId':'%s'}", id);
    return id;
}

static const char *invite(struct caller *c, const char *account)
{
    const struct json *answer =
        ok(c, "InviteAccountToOrganization",
           "{'Target':{'Type':'ACCOUNT','Id':'%s'},'Notes':'hello','Tags':[{'Key':'a',"
           "'Value':'b'}]}",
           account);

    assert_string_equal(json_str(json_get(answer, "Handshake"), "State"), "OPEN");
    return json_str(json_get(answer, "Handshake"), "Id");
}

static const char *state_of(struct caller *c, const char *id)
{
    return json_str(json_get(ok(c, "DescribeHandshake", "{'HandshakeId':'%s'}", id), "Handshake"),
                    "State");
}

static void test_an_invitation_is_accepted(void **state)
{
    struct caller *c = *state;
    const char *account = stranger(c, "guest"), *id = invite(c, account);
    const struct json *seen;

    fails(c, "DuplicateHandshakeException", "InviteAccountToOrganization",
          "{'Target':{'Type':'EMAIL','Id':'Guest@example.com'}}");
    fails(c, "AccessDeniedException", "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    assert_int_equal(items(ok(c, "ListHandshakesForOrganization", "{}"), "Handshakes"), 1);
    c->as = account;
    seen = ok(c, "ListHandshakesForAccount", "{'Filter':{'ActionType':'INVITE'}}");
    assert_true(str_ends(json_str(item_with(seen, "Handshakes", "Id", id), "Arn"),
                         arena_printf(c->arena, "/invite/%s", id)));
    seen = json_get(ok(c, "AcceptHandshake", "{'HandshakeId':'%s'}", id), "Handshake");
    assert_string_equal(json_str(seen, "State"), "ACCEPTED");
    assert_string_equal(json_str(item_with(seen, "Resources", "Type", "NOTES"), "Value"), "hello");
    fails(c, "HandshakeAlreadyInStateException", "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    fails(c, "InvalidHandshakeTransitionException", "DeclineHandshake", "{'HandshakeId':'%s'}", id);
    c->as = c->me;
    seen = json_get(ok(c, "DescribeAccount", "{'AccountId':'%s'}", account), "Account");
    assert_string_equal(json_str(seen, "JoinedMethod"), "INVITED");
    assert_int_equal(items(ok(c, "ListTagsForResource", "{'ResourceId':'%s'}", account), "Tags"),
                     1);
    fails(c, "HandshakeConstraintViolationException/ALREADY_IN_AN_ORGANIZATION",
          "InviteAccountToOrganization", "{'Target':{'Type':'ACCOUNT','Id':'%s'}}", account);
}

static void test_an_invitation_ends_otherwise(void **state)
{
    struct caller *c = *state;
    const char *account = stranger(c, "guest"), *id = invite(c, account);

    ok(c, "CancelHandshake", "{'HandshakeId':'%s'}", id);
    assert_string_equal(state_of(c, id), "CANCELED");
    id = invite(c, account);
    c->as = account;
    ok(c, "DeclineHandshake", "{'HandshakeId':'%s'}", id);
    assert_string_equal(state_of(c, id), "DECLINED");
    c->as = c->me;
    id = invite(c, account);
    caller_wait(c, 16 * 24 * 3600);
    assert_string_equal(state_of(c, id), "EXPIRED");
    c->as = account;
    fails(c, "InvalidHandshakeTransitionException", "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    fails(c, "HandshakeNotFoundException", "AcceptHandshake", "{'HandshakeId':'h-00000000'}");
}

static void test_invitations_to_nobody(void **state)
{
    struct caller *c = *state;

    fails(c, "InvalidInputException/INVALID_PATTERN_TARGET_ID", "InviteAccountToOrganization",
          "{'Target':{'Type':'ACCOUNT','Id':'000000000000'}}");
    fails(c, "InvalidInputException/INVALID_PARTY_TYPE_TARGET", "InviteAccountToOrganization",
          "{'Target':{'Type':'ORGANIZATION','Id':'o-1'}}");
}

static void test_all_features_need_every_invited_member(void **state)
{
    struct caller *c = *state;
    const char *guest, *id, *child;
    const struct json *seen;

    ok(c, "CreateOrganization", "{'FeatureSet':'CONSOLIDATED_BILLING'}");
    org_member(c, "created");
    guest = stranger(c, "guest");
    id = invite(c, guest);
    c->as = guest;
    ok(c, "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    c->as = c->me;

    id = json_str(json_get(ok(c, "EnableAllFeatures", "{}"), "Handshake"), "Id");
    assert_string_equal(state_of(c, id), "REQUESTED");
    fails(c,
          "HandshakeConstraintViolationException/"
          "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
          "EnableAllFeatures", "{}");
    fails(c, "InvalidHandshakeTransitionException", "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    c->as = guest;
    seen = ok(c, "ListHandshakesForAccount", "{'Filter':{'ActionType':'APPROVE_ALL_FEATURES'}}");
    assert_int_equal(items(seen, "Handshakes"), 1);
    seen = ok(c, "ListHandshakesForAccount", "{'Filter':{'ParentHandshakeId':'%s'}}", id);
    assert_int_equal(items(seen, "Handshakes"), 1);
    child = json_str(json_at(json_get(seen, "Handshakes"), 0), "Id");
    ok(c, "AcceptHandshake", "{'HandshakeId':'%s'}", child);
    c->as = c->me;
    assert_string_equal(state_of(c, id), "OPEN");
    ok(c, "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    seen = json_get(ok(c, "DescribeOrganization", "{}"), "Organization");
    assert_string_equal(json_str(seen, "FeatureSet"), "ALL");
    seen = json_at(json_get(ok(c, "ListRoots", "{}"), "Roots"), 0);
    assert_non_null(item_with(seen, "PolicyTypes", "Type", "SERVICE_CONTROL_POLICY"));
    fails(c, "HandshakeConstraintViolationException/ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
          "EnableAllFeatures", "{}");
}

static void test_all_features_without_invited_members(void **state)
{
    struct caller *c = *state;
    const char *id;

    ok(c, "CreateOrganization", "{'FeatureSet':'CONSOLIDATED_BILLING'}");
    id = json_str(json_get(ok(c, "EnableAllFeatures", "{}"), "Handshake"), "Id");
    assert_string_equal(state_of(c, id), "OPEN");
    ok(c, "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    ok(c, "EnableAWSServiceAccess", "{'ServicePrincipal':'backup.amazonaws.com'}");
}

static void test_an_account_is_in_one_organization(void **state)
{
    struct caller *c = *state;
    const char *account = stranger(c, "guest"), *id = invite(c, account);

    c->as = account;
    ok(c, "CreateOrganization", "{}");
    fails(c, "HandshakeConstraintViolationException/ALREADY_IN_AN_ORGANIZATION", "AcceptHandshake",
          "{'HandshakeId':'%s'}", id);
    ok(c, "DeleteOrganization", "{}");
    ok(c, "AcceptHandshake", "{'HandshakeId':'%s'}", id);
}

static void test_invitations_end_with_their_organization(void **state)
{
    struct caller *c = *state;
    const char *account = stranger(c, "guest"), *id = invite(c, account);

    ok(c, "DeleteOrganization", "{}");
    c->as = account;
    fails(c, "HandshakeNotFoundException", "AcceptHandshake", "{'HandshakeId':'%s'}", id);
    assert_int_equal(items(ok(c, "ListHandshakesForAccount", "{}"), "Handshakes"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_invitation_is_accepted, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_an_invitation_ends_otherwise, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_invitations_to_nobody, org_setup, caller_teardown),
        cmocka_unit_test_setup_teardown(test_all_features_need_every_invited_member,
                                        org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_all_features_without_invited_members, org_setup_empty,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_an_account_is_in_one_organization, org_setup,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_invitations_end_with_their_organization, org_setup,
                                        caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
