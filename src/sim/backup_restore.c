/*
 * backup_restore.c - AWS Backup: restore testing plans and what they select.
 *
 * Source: AWS Backup API Reference: CreateRestoreTestingPlan, CreateRestoreTestingSelection and
 *         their kin; AWS Backup Developer Guide, "Restore testing".
 * Limits: no restore job runs.
 */
#include "backup_priv.h"

#include <string.h>

enum { PLANS_MOST = 100, SELECTIONS_MOST = 30, WINDOW_HOURS = 24, WINDOW_DAYS = 30 };

#define RESTORE_PAGE_OF(LIST)                                                                      \
    {                                                                                              \
        .list = (LIST), .size = 100, .size_most = 1000, .size_param = "MaxResults",                \
        .token_in = "NextToken", .token_out = "NextToken"                                          \
    }

static const char plan_name[] = "RestoreTestingPlanName";
static const char selection_name[] = "RestoreTestingSelectionName";

static int check_name(struct sim_call *call, const struct json *given, const char *member)
{
    const struct sim_rule rule = {
        .name = member, .required = true, .min = 1, .max = 50, .chars = "a-zA-Z0-9_"};

    return sim_check(call, &rule, json_get(given, member));
}

/* --- Plans ---------------------------------------------------------------------------------------
 */

static struct json *plan_of(struct sim_call *call)
{
    const char *name = sim_param(call, plan_name);
    struct json *plan = sim_get(call, call->account, call->region, "restore-plan", name);

    if (plan == NULL)
        (void)backup_not_found(call, "Restore testing plan '%s' cannot be found.", name);
    return plan;
}

static int check_points(struct sim_call *call, const struct json *points)
{
    static const struct sim_rule algorithm = {
        .name = "Algorithm", .values = "LATEST_WITHIN_WINDOW|RANDOM_WITHIN_WINDOW"};
    static const struct sim_rule type = {.name = "RecoveryPointTypes",
                                         .values = "CONTINUOUS|SNAPSHOT"};
    static const struct sim_rule window = {
        .name = "SelectionWindowDays", .number = true, .min = 1, .max = 365};
    const struct json *vaults = json_get(points, "IncludeVaults");

    if (backup_need(call, points, "Algorithm IncludeVaults RecoveryPointTypes") != 0 ||
        sim_check(call, &algorithm, json_get(points, "Algorithm")) != 0 ||
        sim_check(call, &window, json_get(points, "SelectionWindowDays")) != 0)
        return -1;
    if (vaults->count == 0 || json_get(points, "RecoveryPointTypes")->count == 0)
        return backup_invalid(call, "IncludeVaults and RecoveryPointTypes must not be empty.");
    for (const struct json *it = json_first(json_get(points, "RecoveryPointTypes")); it != NULL;
         it = it->next)
        if (sim_check(call, &type, it) != 0)
            return -1;
    for (const struct json *it = json_first(vaults); it != NULL; it = it->next)
        if (it->string == NULL || (!str_eq(it->string, "*") && !str_starts(it->string, "arn:")))
            return backup_invalid(call, "IncludeVaults must hold \"*\" or ARNs of vaults.");
    return 0;
}

static int check_plan(struct sim_call *call, const struct json *plan)
{
    static const struct sim_rule window = {
        .name = "StartWindowHours", .number = true, .min = 1, .max = 168};
    const char *schedule = json_str(plan, "ScheduleExpression");

    if (sim_check(call, &window, json_get(plan, "StartWindowHours")) != 0)
        return -1;
    if (schedule != NULL && (!str_starts(schedule, "cron(") || !str_ends(schedule, ")")))
        return backup_invalid(call, "Invalid schedule expression: %s", schedule);
    if (json_get(plan, "RecoveryPointSelection") != NULL)
        return check_points(call, json_get(plan, "RecoveryPointSelection"));
    return 0;
}

static void put_times(struct sim_call *call, const struct json *record, struct json *out)
{
    double updated = json_number(record, "_updated_ms", 0);

    sim_put_time(call, out, "CreationTime", (int64_t)json_number(record, "_created_ms", 0));
    if (updated > 0)
        sim_put_time(call, out, "UpdateTime", (int64_t)updated);
}

static void answer_plan(struct sim_call *call, const struct json *plan)
{
    json_put_str(call->answer, plan_name, json_str(plan, plan_name));
    json_put_str(call->answer, "RestoreTestingPlanArn", json_str(plan, "RestoreTestingPlanArn"));
    put_times(call, plan, call->answer);
}

static void fill_defaults(struct json *plan)
{
    struct json *points = json_copy(json_get(plan, "RecoveryPointSelection"), plan->arena);

    if (json_get(points, "SelectionWindowDays") == NULL)
        json_put_number(points, "SelectionWindowDays", WINDOW_DAYS);
    if (json_get(points, "ExcludeVaults") == NULL)
        (void)json_put_array(points, "ExcludeVaults");
    sim_set(plan, "RecoveryPointSelection", points);
    if (json_get(plan, "StartWindowHours") == NULL)
        json_put_number(plan, "StartWindowHours", WINDOW_HOURS);
    if (json_get(plan, "ScheduleExpressionTimezone") == NULL)
        json_put_str(plan, "ScheduleExpressionTimezone", "Etc/UTC");
}

static int create_plan(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "RestoreTestingPlan"), *there;
    const char *token = sim_param(call, "CreatorRequestId"), *name;
    struct json *plan;

    if (backup_need(call, call->params, "RestoreTestingPlan") != 0 ||
        backup_need(call, given,
                    "RestoreTestingPlanName RecoveryPointSelection ScheduleExpression") != 0 ||
        check_name(call, given, plan_name) != 0 || check_plan(call, given) != 0 ||
        backup_tags_check(call, json_get(call->params, "Tags")) != 0)
        return -1;
    call->status = 201;
    name = json_str(given, plan_name);
    there = sim_get(call, call->account, call->region, "restore-plan", name);
    if (there != NULL && token != NULL && str_eq(json_str(there, "CreatorRequestId"), token)) {
        answer_plan(call, there);
        return 0;
    }
    if (there != NULL)
        return backup_exists(call, json_str(there, "RestoreTestingPlanArn"),
                             "A restore testing plan with the same name already exists.");
    if (sim_store_count(call->sim->store, call->account, call->region, "restore-plan") >=
        PLANS_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "The number of restore testing plans has reached its limit.");
    plan = json_copy(given, call->arena);
    fill_defaults(plan);
    json_put_str(plan, "RestoreTestingPlanArn",
                 sim_arn(call, "backup", call->region, call->account, "restore-testing-plan:%s-%s",
                         name, sim_id(call, "", 32, SIM_HEX_DIGITS)));
    json_put_str(plan, "CreatorRequestId", token);
    json_put_number(plan, "_created_ms", (double)call->now_ms);
    sim_put(call, call->account, call->region, "restore-plan", name, plan);
    backup_tags_put(call, json_str(plan, "RestoreTestingPlanArn"), json_get(call->params, "Tags"));
    answer_plan(call, plan);
    return 0;
}

static void show_times(struct sim_call *call, const struct json *record, struct json *out)
{
    sim_put_time(call, out, "CreationTime", (int64_t)json_number(record, "_created_ms", 0));
    if (json_number(record, "_updated_ms", 0) > 0)
        sim_put_time(call, out, "LastUpdateTime", (int64_t)json_number(record, "_updated_ms", 0));
}

static int get_plan(struct sim_call *call)
{
    const struct json *plan = plan_of(call);
    struct json *out;

    if (plan == NULL)
        return -1;
    out = json_copy(plan, call->arena);
    show_times(call, plan, out);
    json_put(call->answer, "RestoreTestingPlan", out);
    return 0;
}

static int list_plans(struct sim_call *call)
{
    struct sim_page page = RESTORE_PAGE_OF("RestoreTestingPlans");

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "restore-plan");
         it != NULL; it = sim_page_next(&page, it)) {
        struct json *plan = sim_record_json(it, call->arena);

        show_times(call, plan, plan);
        json_remove(plan, "RecoveryPointSelection");
        json_remove(plan, "CreatorRequestId");
        json_add(page.items, plan);
    }
    return 0;
}

/* Members that are not given stay as they are. */
static void change(struct sim_call *call, struct json *record, const struct json *given)
{
    for (const struct json *it = json_first(given); it != NULL; it = it->next)
        sim_set(record, it->key, it);
    sim_set_number(record, "_updated_ms", (double)call->now_ms);
}

static int update_plan(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "RestoreTestingPlan");
    struct json *plan = plan_of(call);

    if (plan == NULL || backup_need(call, call->params, "RestoreTestingPlan") != 0 ||
        check_plan(call, given) != 0)
        return -1;
    if (json_get(given, plan_name) != NULL)
        return backup_invalid(call, "The name of a restore testing plan cannot be changed.");
    change(call, plan, given);
    fill_defaults(plan);
    sim_put(call, call->account, call->region, "restore-plan", json_str(plan, plan_name), plan);
    answer_plan(call, plan);
    return 0;
}

static const char *selections_kind(struct sim_call *call)
{
    return arena_printf(call->arena, "restore-selection/%s", sim_param(call, plan_name));
}

/* One that is not there is as good as deleted. */
static int delete_plan(struct sim_call *call)
{
    const char *name = sim_param(call, plan_name);
    const struct json *plan = sim_get(call, call->account, call->region, "restore-plan", name);

    call->status = 204;
    if (plan == NULL)
        return 0;
    if (sim_first(call, call->account, call->region, selections_kind(call)) != NULL)
        return backup_refuse(call, "The restore testing plan still has selections.");
    (void)sim_delete(call, call->account, call->region, "backup-tags",
                     json_str(plan, "RestoreTestingPlanArn"));
    (void)sim_delete(call, call->account, call->region, "restore-plan", name);
    return 0;
}

/* --- Selections ----------------------------------------------------------------------------------
 */

static struct json *selection_of(struct sim_call *call)
{
    const char *name = sim_param(call, selection_name);
    struct json *selection = plan_of(call) == NULL ? NULL
                                                   : sim_get(call, call->account, call->region,
                                                             selections_kind(call), name);

    if (selection == NULL && call->error_code == NULL)
        (void)backup_not_found(call, "Restore testing selection '%s' cannot be found.", name);
    return selection;
}

static int check_selection(struct sim_call *call, const struct json *given)
{
    static const struct sim_rule window = {
        .name = "ValidationWindowHours", .number = true, .max = 168};
    const char *role = json_str(given, "IamRoleArn");
    const char *type = json_str(given, "ProtectedResourceType");
    const struct json *arns = json_get(given, "ProtectedResourceArns");
    bool all = str_eq(json_at(arns, 0) == NULL ? NULL : json_at(arns, 0)->string, "*");

    if (role != NULL && !str_starts(role, sim_arn(call, "iam", "", call->account, "role/%s", "")))
        return backup_invalid(call, "Invalid role ARN: %s", role);
    if (type != NULL && !backup_type_exists(type))
        return backup_invalid(call, "Invalid protected resource type: %s", type);
    if (all && arns->count > 1)
        return backup_invalid(call, "ProtectedResourceArns takes \"*\" or ARNs, not both.");
    if (arns != NULL && arns->count > 0 && !all &&
        json_get(given, "ProtectedResourceConditions") != NULL)
        return backup_invalid(call, "ProtectedResourceConditions need ProtectedResourceArns "
                                    "[\"*\"].");
    return sim_check(call, &window, json_get(given, "ValidationWindowHours"));
}

static void answer_selection(struct sim_call *call, const struct json *plan,
                             const struct json *selection)
{
    json_put_str(call->answer, "RestoreTestingPlanArn", json_str(plan, "RestoreTestingPlanArn"));
    json_put_str(call->answer, plan_name, json_str(plan, plan_name));
    json_put_str(call->answer, selection_name, json_str(selection, selection_name));
    put_times(call, selection, call->answer);
}

static int create_selection(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "RestoreTestingSelection"), *there;
    const char *token = sim_param(call, "CreatorRequestId"), *name;
    const struct json *plan = plan_of(call);
    struct json *selection;

    if (plan == NULL || backup_need(call, call->params, "RestoreTestingSelection") != 0 ||
        backup_need(call, given, "RestoreTestingSelectionName IamRoleArn ProtectedResourceType") !=
            0 ||
        check_name(call, given, selection_name) != 0 || check_selection(call, given) != 0)
        return -1;
    call->status = 201;
    name = json_str(given, selection_name);
    there = sim_get(call, call->account, call->region, selections_kind(call), name);
    if (there != NULL && token != NULL && str_eq(json_str(there, "CreatorRequestId"), token)) {
        answer_selection(call, plan, there);
        return 0;
    }
    if (there != NULL)
        return backup_exists(call, json_str(plan, "RestoreTestingPlanArn"),
                             "A restore testing selection with the same name already exists.");
    if (sim_store_count(call->sim->store, call->account, call->region, selections_kind(call)) >=
        SELECTIONS_MOST)
        return sim_error(call, "LimitExceededException", 400,
                         "The number of selections of the plan has reached its limit.");
    selection = json_copy(given, call->arena);
    json_put_str(selection, plan_name, json_str(plan, plan_name));
    json_put_str(selection, "CreatorRequestId", token);
    if (json_get(selection, "ValidationWindowHours") == NULL)
        json_put_number(selection, "ValidationWindowHours", 0);
    json_put_number(selection, "_created_ms", (double)call->now_ms);
    sim_put(call, call->account, call->region, selections_kind(call), name, selection);
    answer_selection(call, plan, selection);
    return 0;
}

static int get_selection(struct sim_call *call)
{
    struct json *selection = selection_of(call);

    if (selection == NULL)
        return -1;
    sim_put_time(call, selection, "CreationTime",
                 (int64_t)json_number(selection, "_created_ms", 0));
    json_put(call->answer, "RestoreTestingSelection", selection);
    return 0;
}

static int list_selections(struct sim_call *call)
{
    static const char *const hidden[] = {"ProtectedResourceArns", "ProtectedResourceConditions",
                                         "RestoreMetadataOverrides", "CreatorRequestId"};
    struct sim_page page = RESTORE_PAGE_OF("RestoreTestingSelections");

    if (plan_of(call) == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, selections_kind(call));
         it != NULL; it = sim_page_next(&page, it)) {
        struct json *selection = sim_record_json(it, call->arena);

        sim_put_time(call, selection, "CreationTime",
                     (int64_t)json_number(selection, "_created_ms", 0));
        for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
            json_remove(selection, hidden[i]);
        json_add(page.items, selection);
    }
    return 0;
}

static int update_selection(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "RestoreTestingSelection");
    struct json *selection = selection_of(call);

    if (selection == NULL || backup_need(call, call->params, "RestoreTestingSelection") != 0 ||
        check_selection(call, given) != 0)
        return -1;
    if (json_get(given, "ProtectedResourceType") != NULL || json_get(given, selection_name) != NULL)
        return backup_invalid(call, "The name and the type of a selection cannot be changed.");
    change(call, selection, given);
    sim_put(call, call->account, call->region, selections_kind(call),
            json_str(selection, selection_name), selection);
    answer_selection(call, plan_of(call), selection);
    return 0;
}

static int delete_selection(struct sim_call *call)
{
    const struct json *selection = selection_of(call);

    if (selection == NULL)
        return -1;
    (void)sim_delete(call, call->account, call->region, selections_kind(call),
                     json_str(selection, selection_name));
    call->status = 204;
    return 0;
}

/* --- The table -----------------------------------------------------------------------------------
 */

static const char plans_uri[] = "/restore-testing/plans",
                  plan_uri[] = "/restore-testing/plans/{RestoreTestingPlanName}",
                  selections_uri[] = "/restore-testing/plans/{RestoreTestingPlanName}/selections",
                  selection_uri[] = "/restore-testing/plans/{RestoreTestingPlanName}/selections/"
                                    "{RestoreTestingSelectionName}";

const struct sim_operation backup_restore_operations[] = {
    BACKUP_OPERATION("CreateRestoreTestingPlan", "PUT", plans_uri, create_plan, SIM_WRITE, NULL),
    BACKUP_OPERATION("GetRestoreTestingPlan", "GET", plan_uri, get_plan, SIM_READ, NULL),
    BACKUP_OPERATION("ListRestoreTestingPlans", "GET", plans_uri, list_plans, SIM_READ, NULL),
    BACKUP_OPERATION("UpdateRestoreTestingPlan", "PUT", plan_uri, update_plan, SIM_WRITE, NULL),
    BACKUP_OPERATION("DeleteRestoreTestingPlan", "DELETE", plan_uri, delete_plan, SIM_WRITE, NULL),
    BACKUP_OPERATION("CreateRestoreTestingSelection", "PUT", selections_uri, create_selection,
                     SIM_WRITE, NULL),
    BACKUP_OPERATION("GetRestoreTestingSelection", "GET", selection_uri, get_selection, SIM_READ,
                     NULL),
    BACKUP_OPERATION("ListRestoreTestingSelections", "GET", selections_uri, list_selections,
                     SIM_READ, NULL),
    BACKUP_OPERATION("UpdateRestoreTestingSelection", "PUT", selection_uri, update_selection,
                     SIM_WRITE, NULL),
    BACKUP_OPERATION("DeleteRestoreTestingSelection", "DELETE", selection_uri, delete_selection,
                     SIM_WRITE, NULL),
    BACKUP_END,
};
