#include "organizations_world.h"

extern const struct sim_service sim_service_ec2;

/* Call EC2 from here on, as `account`. */
static void as(struct caller *c, const char *account)
{
    c->service = &sim_service_ec2;
    c->as = account;
}

static const char *text_of(struct caller *c, const char *operation, const char *member)
{
    return json_str(ok(c, operation, "{}"), member);
}

static void test_snapshots(void **state)
{
    struct caller *c = *state;

    as(c, c->me);
    assert_string_equal(text_of(c, "GetSnapshotBlockPublicAccessState", "state"), "unblocked");
    assert_string_equal(text_of(c, "GetSnapshotBlockPublicAccessState", "managedBy"), "account");
    fails(c, "InvalidParameterValue", "EnableSnapshotBlockPublicAccess", "{}");
    fails(c, "InvalidParameterValue", "EnableSnapshotBlockPublicAccess", "{'State':'unblocked'}");
    ok(c, "EnableSnapshotBlockPublicAccess", "{'State':'block-new-sharing'}");
    assert_string_equal(text_of(c, "GetSnapshotBlockPublicAccessState", "state"),
                        "block-new-sharing");
    assert_string_equal(text_of(c, "DisableSnapshotBlockPublicAccess", "state"), "unblocked");
    assert_string_equal(text_of(c, "GetSnapshotBlockPublicAccessState", "state"), "unblocked");
}

static const char *images(struct caller *c)
{
    return text_of(c, "GetImageBlockPublicAccessState", "imageBlockPublicAccessState");
}

static void test_images_take_their_time(void **state)
{
    struct caller *c = *state;

    as(c, c->me);
    assert_string_equal(images(c), "block-new-sharing"); /* a new account */
    ok(c, "EnableImageBlockPublicAccess", "{'ImageBlockPublicAccessState':'block-new-sharing'}");
    assert_int_equal(sim_store_count(c->sim->store, c->me, "us-east-1", "ec2-default"),
                     0); /* no change */
    ok(c, "DisableImageBlockPublicAccess", "{}");
    assert_string_equal(images(c), "block-new-sharing");
    caller_wait(c, 200);
    ok(c, "DisableImageBlockPublicAccess", "{}"); /* under way: it does not begin again */
    caller_wait(c, 200);
    assert_string_equal(images(c), "unblocked");
    ok(c, "EnableImageBlockPublicAccess", "{'ImageBlockPublicAccessState':'block-new-sharing'}");
    assert_string_equal(images(c), "unblocked");
    caller_wait(c, 400);
    assert_string_equal(images(c), "block-new-sharing");
    fails(c, "InvalidParameterValue", "EnableImageBlockPublicAccess", "{}");
}

static void test_serial_console(void **state)
{
    struct caller *c = *state;

    as(c, c->me);
    assert_false(
        json_bool(ok(c, "GetSerialConsoleAccessStatus", "{}"), "serialConsoleAccessEnabled", true));
    ok(c, "EnableSerialConsoleAccess", "{}");
    assert_true(json_bool(ok(c, "GetSerialConsoleAccessStatus", "{}"), "serialConsoleAccessEnabled",
                          false));
    ok(c, "DisableSerialConsoleAccess", "{}");
    assert_false(
        json_bool(ok(c, "GetSerialConsoleAccessStatus", "{}"), "serialConsoleAccessEnabled", true));
}

static const struct json *metadata(struct caller *c)
{
    return json_get(ok(c, "GetInstanceMetadataDefaults", "{}"), "accountLevel");
}

static void test_metadata(void **state)
{
    struct caller *c = *state;

    as(c, c->me);
    assert_null(json_get(metadata(c), "httpTokens"));
    ok(c, "ModifyInstanceMetadataDefaults",
       "{'HttpTokens':'required','HttpPutResponseHopLimit':'2'}");
    assert_string_equal(json_str(metadata(c), "httpTokens"), "required");
    ok(c, "ModifyInstanceMetadataDefaults", "{'InstanceMetadataTags':'enabled'}");
    assert_string_equal(json_str(metadata(c), "httpTokens"), "required"); /* the others stay */
    assert_int_equal((int)json_number(metadata(c), "httpPutResponseHopLimit", 0), 2);
    ok(c, "ModifyInstanceMetadataDefaults",
       "{'HttpTokens':'no-preference','HttpPutResponseHopLimit':'-1'}");
    assert_null(json_get(metadata(c), "httpTokens"));
    assert_null(json_get(metadata(c), "httpPutResponseHopLimit"));
    assert_string_equal(json_str(metadata(c), "instanceMetadataTags"), "enabled");
    fails(c, "InvalidParameterValue", "ModifyInstanceMetadataDefaults",
          "{'HttpPutResponseHopLimit':'65'}");
    fails(c, "InvalidParameterValue", "ModifyInstanceMetadataDefaults",
          "{'HttpPutResponseHopLimit':'0'}");
    fails(c, "InvalidParameterValue", "ModifyInstanceMetadataDefaults", "{'HttpTokens':'maybe'}");
}

static void test_allowed_images(void **state)
{
    struct caller *c = *state;
    const struct json *answer, *criterion;

    as(c, c->me);
    answer = ok(c, "GetAllowedImagesSettings", "{}");
    assert_string_equal(json_str(answer, "state"), "disabled");
    assert_int_equal(items(answer, "imageCriterionSet"), 0);
    ok(c, "ReplaceImageCriteriaInAllowedImagesSettings",
       "{'ImageCriterion':[{'ImageProvider':['amazon','111122223333'],"
       "'CreationDateCondition':{'MaximumDaysSinceCreated':'90'}},{'ImageName':['golden-*']}]}");
    ok(c, "EnableAllowedImagesSettings", "{'AllowedImagesSettingsState':'audit-mode'}");
    answer = ok(c, "GetAllowedImagesSettings", "{}");
    assert_string_equal(json_str(answer, "state"), "audit-mode");
    assert_int_equal(items(answer, "imageCriterionSet"), 2);
    criterion = json_at(json_get(answer, "imageCriterionSet"), 0);
    assert_string_equal(json_at(json_get(criterion, "imageProviderSet"), 1)->string,
                        "111122223333");
    assert_string_equal(
        json_str(json_get(criterion, "creationDateCondition"), "maximumDaysSinceCreated"), "90");
    ok(c, "DisableAllowedImagesSettings", "{}");
    answer = ok(c, "GetAllowedImagesSettings", "{}");
    assert_string_equal(json_str(answer, "state"), "disabled");
    assert_int_equal(items(answer, "imageCriterionSet"), 2); /* kept for the next time */
    ok(c, "ReplaceImageCriteriaInAllowedImagesSettings", "{}");
    assert_int_equal(items(ok(c, "GetAllowedImagesSettings", "{}"), "imageCriterionSet"), 0);
    fails(c, "InvalidParameterValue", "ReplaceImageCriteriaInAllowedImagesSettings",
          "{'ImageCriterion':[{'ImageProvider':['ubuntu']}]}");
    fails(c, "InvalidParameterValue", "ReplaceImageCriteriaInAllowedImagesSettings",
          "{'ImageCriterion':[{},{},{},{},{},{},{},{},{},{},{}]}");
    fails(c, "InvalidParameterValue", "EnableAllowedImagesSettings",
          "{'AllowedImagesSettingsState':'disabled'}");
}

/* What a declarative policy of the organization says holds, and accounts cannot change it. */
static void test_held_by_the_organization(void **state)
{
    struct caller *c = *state;
    const char *root = org_root_id(c), *member = org_member(c, "m");
    struct json *params = json_object(c->arena);
    const struct json *answer;

    ok(c, "EnablePolicyType", "{'RootId':'%s','PolicyType':'DECLARATIVE_POLICY_EC2'}", root);
    json_put_str(params, "Name", "ec2");
    json_put_str(params, "Description", "");
    json_put_str(params, "Type", "DECLARATIVE_POLICY_EC2");
    json_put_str(
        params, "Content",
        "{\"ec2_attributes\":{\"exception_message\":{\"@@assign\":\"Ask us.\"},"
        "\"snapshot_block_public_access\":{\"state\":{\"@@assign\":\"block_all_sharing\"}},"
        "\"image_block_public_access\":{\"state\":{\"@@assign\":\"unblocked\"}},"
        "\"serial_console_access\":{\"status\":{\"@@assign\":\"enabled\"}},"
        "\"instance_metadata_defaults\":{\"http_tokens\":{\"@@assign\":\"required\"},"
        "\"http_endpoint\":{\"@@assign\":\"no_preference\"}},"
        "\"allowed_images_settings\":{\"state\":{\"@@assign\":\"audit_mode\"},"
        "\"image_criteria\":{\"criteria_1\":{\"allowed_image_providers\":"
        "{\"@@append\":[\"amazon\"]},\"creation_date_condition\":"
        "{\"maximum_days_since_created\":{\"@@assign\":\"30\"}}}}}}}");
    answer = caller_run(c, "CreatePolicy", params);
    assert_non_null(answer);
    ok(c, "AttachPolicy", "{'PolicyId':'%s','TargetId':'%s'}",
       json_str(json_path(answer, "Policy", "PolicySummary", NULL), "Id"), member);

    as(c, member);
    assert_string_equal(text_of(c, "GetSnapshotBlockPublicAccessState", "state"),
                        "block-all-sharing");
    assert_string_equal(text_of(c, "GetSnapshotBlockPublicAccessState", "managedBy"),
                        "declarative-policy");
    assert_string_equal(images(c), "unblocked");
    assert_true(json_bool(ok(c, "GetSerialConsoleAccessStatus", "{}"), "serialConsoleAccessEnabled",
                          false));
    assert_string_equal(json_str(metadata(c), "httpTokens"), "required");
    assert_null(json_get(metadata(c), "httpEndpoint"));
    assert_null(json_get(metadata(c), "instanceMetadataTags")); /* the policy is silent */
    assert_string_equal(json_str(metadata(c), "managedExceptionMessage"), "Ask us.");
    answer = ok(c, "GetAllowedImagesSettings", "{}");
    assert_string_equal(json_str(answer, "state"), "audit-mode");
    answer = json_at(json_get(answer, "imageCriterionSet"), 0);
    assert_string_equal(json_at(json_get(answer, "imageProviderSet"), 0)->string, "amazon");
    assert_string_equal(
        json_str(json_get(answer, "creationDateCondition"), "maximumDaysSinceCreated"), "30");

    fails(c, "UnauthorizedOperation", "DisableSnapshotBlockPublicAccess", "{}");
    assert_non_null(strstr(c->text, "Declarative Policy"));
    assert_non_null(strstr(c->text, "Ask us."));
    fails(c, "UnauthorizedOperation", "EnableSnapshotBlockPublicAccess",
          "{'State':'block-new-sharing'}");
    fails(c, "UnauthorizedOperation", "DisableImageBlockPublicAccess", "{}");
    fails(c, "UnauthorizedOperation", "EnableSerialConsoleAccess", "{}");
    fails(c, "UnauthorizedOperation", "DisableSerialConsoleAccess", "{}");
    fails(c, "UnauthorizedOperation", "ModifyInstanceMetadataDefaults", "{}");
    fails(c, "UnauthorizedOperation", "DisableAllowedImagesSettings", "{}");
    fails(c, "UnauthorizedOperation", "ReplaceImageCriteriaInAllowedImagesSettings", "{}");
    as(c, c->me); /* it is attached to the member only */
    assert_string_equal(text_of(c, "GetSnapshotBlockPublicAccessState", "managedBy"), "account");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_snapshots, org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_images_take_their_time, org_setup_delayed_empty,
                                        caller_teardown),
        cmocka_unit_test_setup_teardown(test_serial_console, org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_metadata, org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_allowed_images, org_setup_empty, caller_teardown),
        cmocka_unit_test_setup_teardown(test_held_by_the_organization, org_setup, caller_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
