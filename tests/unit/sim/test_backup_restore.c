#include "backup_world.h"

#define POINTS                                                                                     \
    "'RecoveryPointSelection':{'Algorithm':'LATEST_WITHIN_WINDOW','IncludeVaults':['*'],"          \
    "'RecoveryPointTypes':['SNAPSHOT']}"
#define SCHEDULE "'ScheduleExpression':'cron(0 5 ? * * *)'"

static void make(struct caller *c)
{
    ok(c, "CreateRestoreTestingPlan",
       "{'RestoreTestingPlan':{'RestoreTestingPlanName':'weekly'," POINTS "," SCHEDULE "}}");
}

static void test_a_plan_lives(void **state)
{
    struct caller *c = *state;
    const struct json *plan;

    make(c);
    plan = json_get(ok(c, "GetRestoreTestingPlan", "{'RestoreTestingPlanName':'weekly'}"),
                    "RestoreTestingPlan");
    assert_int_equal((int)json_number(plan, "StartWindowHours", 0), 24);
    assert_int_equal(
        (int)json_number(json_get(plan, "RecoveryPointSelection"), "SelectionWindowDays", 0), 30);
    assert_non_null(json_get(plan, "CreationTime"));
    assert_null(json_get(plan, "LastUpdateTime"));
    ok(c, "ListTags", "{'resourceArn':'%s'}", json_str(plan, "RestoreTestingPlanArn"));
    ok(c, "UpdateRestoreTestingPlan",
       "{'RestoreTestingPlanName':'weekly','RestoreTestingPlan':{'StartWindowHours':8}}");
    plan = json_get(ok(c, "GetRestoreTestingPlan", "{'RestoreTestingPlanName':'weekly'}"),
                    "RestoreTestingPlan");
    assert_int_equal((int)json_number(plan, "StartWindowHours", 0), 8);
    assert_string_equal(json_str(plan, "ScheduleExpression"), "cron(0 5 ? * * *)");
    assert_non_null(json_get(plan, "LastUpdateTime"));
    assert_int_equal(items(ok(c, "ListRestoreTestingPlans", "{}"), "RestoreTestingPlans"), 1);
    fails(c, "AlreadyExistsException", "CreateRestoreTestingPlan",
          "{'RestoreTestingPlan':{'RestoreTestingPlanName':'weekly'," POINTS "," SCHEDULE "}}");
    ok(c, "DeleteRestoreTestingPlan", "{'RestoreTestingPlanName':'weekly'}");
    ok(c, "DeleteRestoreTestingPlan", "{'RestoreTestingPlanName':'weekly'}");
    fails(c, "ResourceNotFoundException", "GetRestoreTestingPlan",
          "{'RestoreTestingPlanName':'weekly'}");
}

static void test_what_a_plan_must_be(void **state)
{
    struct caller *c = *state;

    fails(c, "MissingParameterValueException", "CreateRestoreTestingPlan", "{}");
    fails(c, "MissingParameterValueException", "CreateRestoreTestingPlan",
          "{'RestoreTestingPlan':{'RestoreTestingPlanName':'a'," POINTS "}}");
    fails(c, "InvalidParameterValueException", "CreateRestoreTestingPlan",
          "{'RestoreTestingPlan':{'RestoreTestingPlanName':'a-b'," POINTS "," SCHEDULE "}}");
    fails(c, "InvalidParameterValueException", "CreateRestoreTestingPlan",
          "{'RestoreTestingPlan':{'RestoreTestingPlanName':'a'," POINTS
          ",'ScheduleExpression':'daily'}}");
    fails(c, "InvalidParameterValueException", "CreateRestoreTestingPlan",
          "{'RestoreTestingPlan':{'RestoreTestingPlanName':'a'," SCHEDULE
          ",'RecoveryPointSelection':{'Algorithm':'FIRST','IncludeVaults':['*'],"
          "'RecoveryPointTypes':['SNAPSHOT']}}}");
    fails(c, "MissingParameterValueException", "CreateRestoreTestingPlan",
          "{'RestoreTestingPlan':{'RestoreTestingPlanName':'a'," SCHEDULE
          ",'RecoveryPointSelection':{'Algorithm':'RANDOM_WITHIN_WINDOW'}}}");
}

static void test_selections(void **state)
{
    struct caller *c = *state;
    const char *role = arena_printf(c->arena, "arn:aws:iam::%s:role/backup", c->me);

    make(c);
    fails(c, "InvalidParameterValueException", "CreateRestoreTestingSelection",
          "{'RestoreTestingPlanName':'weekly','RestoreTestingSelection':{"
          "'RestoreTestingSelectionName':'s3','IamRoleArn':'role','ProtectedResourceType':'S3'}}");
    fails(c, "InvalidParameterValueException", "CreateRestoreTestingSelection",
          "{'RestoreTestingPlanName':'weekly','RestoreTestingSelection':{"
          "'RestoreTestingSelectionName':'s3','IamRoleArn':'%s','ProtectedResourceType':'Tape'}}",
          role);
    fails(c, "ResourceNotFoundException", "CreateRestoreTestingSelection",
          "{'RestoreTestingPlanName':'none','RestoreTestingSelection':{"
          "'RestoreTestingSelectionName':'s3','IamRoleArn':'%s','ProtectedResourceType':'S3'}}",
          role);
    ok(c, "CreateRestoreTestingSelection",
       "{'RestoreTestingPlanName':'weekly','RestoreTestingSelection':{"
       "'RestoreTestingSelectionName':'s3','IamRoleArn':'%s','ProtectedResourceType':'S3',"
       "'ProtectedResourceArns':['*']}}",
       role);
    ok(c, "UpdateRestoreTestingSelection",
       "{'RestoreTestingPlanName':'weekly','RestoreTestingSelectionName':'s3',"
       "'RestoreTestingSelection':{'ValidationWindowHours':4}}");
    assert_int_equal((int)json_number(json_get(ok(c, "GetRestoreTestingSelection",
                                                  "{'RestoreTestingPlanName':'weekly',"
                                                  "'RestoreTestingSelectionName':'s3'}"),
                                               "RestoreTestingSelection"),
                                      "ValidationWindowHours", 0),
                     4);
    assert_int_equal(
        items(ok(c, "ListRestoreTestingSelections", "{'RestoreTestingPlanName':'weekly'}"),
              "RestoreTestingSelections"),
        1);
    fails(c, "InvalidRequestException", "DeleteRestoreTestingPlan",
          "{'RestoreTestingPlanName':'weekly'}");
    ok(c, "DeleteRestoreTestingSelection",
       "{'RestoreTestingPlanName':'weekly','RestoreTestingSelectionName':'s3'}");
    fails(c, "ResourceNotFoundException", "DeleteRestoreTestingSelection",
          "{'RestoreTestingPlanName':'weekly','RestoreTestingSelectionName':'s3'}");
    ok(c, "DeleteRestoreTestingPlan", "{'RestoreTestingPlanName':'weekly'}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BACKUP_TEST(test_a_plan_lives),
        BACKUP_TEST(test_what_a_plan_must_be),
        BACKUP_TEST(test_selections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
