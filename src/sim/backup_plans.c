/*
 * backup_plans.c - AWS Backup: the plans that an organization's backup policies make in an account,
 *                  and what they run.
 *
 * Source: AWS Organizations User Guide, "Backup policy syntax and examples"; AWS Backup API
 *         Reference: ListBackupPlans, GetBackupPlan, ListBackupSelections.
 * Limits: an account makes no plans of its own; a plan that lacks regions, rules or selections is
 *         left out; only the last runs of a rule are made up for after a long pause.
 */
#include "backup_priv.h"

#include "tagging.h"

#include <string.h>

enum { RUNS_MOST = 32, OTHERS_EVERY_S = 60 };

/* --- From a policy to a plan ---------------------------------------------------------------------
 */

/* `text` with the account in place of $account. */
static const char *for_account(struct sim_call *call, const char *text)
{
    const char *mark = text == NULL ? NULL : strstr(text, "$account");

    if (mark == NULL)
        return text;
    return arena_printf(call->arena, "%.*s%s%s", (int)(mark - text), text, call->account,
                        mark + strlen("$account"));
}

static void put_lifecycle(struct json *out, const char *key, const struct json *policy)
{
    static const char *const members[][2] = {
        {"move_to_cold_storage_after_days", "MoveToColdStorageAfterDays"},
        {"delete_after_days", "DeleteAfterDays"},
    };
    struct json *lifecycle;

    if (policy == NULL)
        return;
    lifecycle = json_put_object(out, key);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (json_get(policy, members[i][0]) != NULL)
            json_put_number(lifecycle, members[i][1], backup_number(policy, members[i][0], 0));
}

static void add_rule(struct sim_call *call, const struct json *policy, struct json *rules)
{
    const struct json *copies = json_get(policy, "copy_actions");
    const char *schedule = json_str(policy, "schedule_expression");
    struct json *rule = json_add_object(rules), *actions;

    json_put_str(rule, "RuleName", policy->key);
    json_put_str(rule, "RuleId", policy->key);
    json_put_str(rule, "TargetBackupVaultName", json_str(policy, "target_backup_vault_name"));
    json_put_str(rule, "ScheduleExpression", schedule == NULL ? "cron(0 5 ? * * *)" : schedule);
    json_put_number(rule, "StartWindowMinutes",
                    backup_number(policy, "start_backup_window_minutes", 480));
    json_put_number(rule, "CompletionWindowMinutes",
                    backup_number(policy, "complete_backup_window_minutes", 10080));
    put_lifecycle(rule, "Lifecycle", json_get(policy, "lifecycle"));
    if (copies == NULL)
        return;
    actions = json_put_array(rule, "CopyActions");
    for (const struct json *it = json_first(copies); it != NULL; it = it->next) {
        const char *vault = json_str(it, "target_backup_vault_arn");
        struct json *action = json_add_object(actions);

        json_put_str(action, "DestinationBackupVaultArn",
                     for_account(call, vault == NULL ? it->key : vault));
        put_lifecycle(action, "Lifecycle", json_get(it, "lifecycle"));
    }
}

static const char *plan_id_of(struct sim_call *call, const char *name)
{
    for (const struct sim_record *it = sim_first(call, call->account, call->region, "backup-plan");
         it != NULL; it = sim_store_next(it))
        if (str_eq(json_str(json_get(sim_record_json(it, call->arena), "BackupPlan"),
                            "BackupPlanName"),
                   name))
            return arena_str(call->arena, sim_record_id(it));
    return NULL;
}

static const char *selection_kind(struct sim_call *call, const char *plan)
{
    return arena_printf(call->arena, "backup-selection/%s", plan);
}

static void drop_selections(struct sim_call *call, const char *plan)
{
    const struct sim_record *it;

    while ((it = sim_first(call, call->account, call->region, selection_kind(call, plan))) != NULL)
        (void)sim_delete(call, call->account, call->region, selection_kind(call, plan),
                         arena_str(call->arena, sim_record_id(it)));
}

static void put_selections(struct sim_call *call, const char *plan, const struct json *policy)
{
    static const char *const kinds[] = {"tags", "resources"};

    drop_selections(call, plan);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        for (const struct json *it = json_first(json_get(policy, kinds[i])); it != NULL;
             it = it->next) {
            struct json *selection = json_object(call->arena);

            json_put_str(selection, "SelectionId", it->key);
            json_put_str(selection, "SelectionName", it->key);
            json_put_str(selection, "BackupPlanId", plan);
            json_put_str(selection, "IamRoleArn", for_account(call, json_str(it, "iam_role_arn")));
            sim_put_time(call, selection, "CreationDate", call->now_ms);
            json_put(selection, "_selects", it);
            sim_put(call, call->account, call->region, selection_kind(call, plan), it->key,
                    selection);
        }
}

/* Make or renew the plan of the policy in the call's region. */
static void put_plan(struct sim_call *call, const struct json *policy, double since_ms)
{
    const char *id = plan_id_of(call, policy->key), *text = json_text(policy, call->arena);
    const struct json *there =
        id == NULL ? NULL : sim_get(call, call->account, call->region, "backup-plan", id);
    struct json *plan = json_object(call->arena), *body, *rules;

    if (str_eq(json_str(there, "_text"), text))
        return;
    if (id == NULL)
        id = sim_id(call, "orgs/", 32, SIM_HEX_DIGITS);
    json_put_str(plan, "BackupPlanId", id);
    json_put_str(plan, "BackupPlanArn",
                 sim_arn(call, "backup", call->region, call->account, "backup-plan:%s", id));
    json_put_str(plan, "VersionId", sim_id(call, "", 48, SIM_HEX_DIGITS));
    sim_put_time(call, plan, "CreationDate", call->now_ms);
    body = json_put_object(plan, "BackupPlan");
    json_put_str(body, "BackupPlanName", policy->key);
    rules = json_put_array(body, "Rules");
    for (const struct json *it = json_first(json_get(policy, "rules")); it != NULL; it = it->next)
        add_rule(call, it, rules);
    json_put_str(plan, "_text", text);
    json_put_number(plan, "_done_ms", json_number(there, "_done_ms", since_ms));
    sim_put(call, call->account, call->region, "backup-plan", id, plan);
    put_selections(call, id, json_get(policy, "selections"));
}

static bool names_region(const struct json *policy, const char *region)
{
    const struct json *regions = json_get(policy, "regions");

    for (const struct json *it = json_first(regions); it != NULL; it = it->next)
        if (str_eq(it->string, region))
            return json_get(policy, "rules") != NULL && json_get(policy, "selections") != NULL;
    return false;
}

/* The plans of the call's account and region become those of the policy. */
static void sync_plans(struct sim_call *call, const struct json *policy, double since_ms)
{
    const struct json *plans = json_get(policy, "plans");
    const struct sim_record *it = sim_first(call, call->account, call->region, "backup-plan");

    while (it != NULL) {
        const char *id = arena_str(call->arena, sim_record_id(it));
        const char *name =
            json_str(json_get(sim_record_json(it, call->arena), "BackupPlan"), "BackupPlanName");

        it = sim_store_next(it);
        if (names_region(json_get(plans, name), call->region))
            continue;
        drop_selections(call, id);
        (void)sim_delete(call, call->account, call->region, "backup-plan", id);
    }
    for (const struct json *plan = json_first(plans); plan != NULL; plan = plan->next)
        if (names_region(plan, call->region))
            put_plan(call, plan, since_ms);
}

/* --- Runs ----------------------------------------------------------------------------------------
 */

static bool list_has(const struct json *list, const char *text)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (it->string != NULL && text != NULL && sim_glob(it->string, text, false))
            return true;
    return false;
}

static bool selects(const struct json *selection, const struct json *resource)
{
    const struct json *how = json_get(selection, "_selects");
    const char *key = json_str(how, "tag_key"), *arn = json_str(resource, "arn");

    if (key == NULL)
        return list_has(json_get(how, "resource_types"), arn) &&
               !list_has(json_get(how, "not_resource_types"), arn);
    for (const struct json *tag = json_first(json_get(resource, "tags")); tag != NULL;
         tag = tag->next)
        if (str_eq(json_str(tag, "Key"), key) &&
            list_has(json_get(how, "tag_value"), json_str(tag, "Value")))
            return true;
    return false;
}

static struct json *copies_of(struct sim_call *call, const struct json *rule)
{
    struct json *out = json_array(call->arena);

    for (const struct json *it = json_first(json_get(rule, "CopyActions")); it != NULL;
         it = it->next) {
        struct json *copy = json_add_object(out);

        json_put_str(copy, "vault", json_str(it, "DestinationBackupVaultArn"));
        if (json_get(it, "Lifecycle") != NULL)
            json_put(copy, "lifecycle", json_get(it, "Lifecycle"));
    }
    return out;
}

static struct json *creator_of(struct sim_call *call, const struct json *plan,
                               const struct json *rule)
{
    struct json *out = json_object(call->arena);

    json_put_str(out, "BackupPlanId", json_str(plan, "BackupPlanId"));
    json_put_str(out, "BackupPlanArn", json_str(plan, "BackupPlanArn"));
    json_put_str(out, "BackupPlanVersion", json_str(plan, "VersionId"));
    json_put_str(out, "BackupRuleId", json_str(rule, "RuleId"));
    return out;
}

/* One run of a rule for all that a selection selects. */
static void run_selection(struct sim_call *call, const struct json *plan, const struct json *rule,
                          const struct json *selection, int64_t at_ms)
{
    const struct json *resources = sim_resources(call, call->account, call->region);

    for (const struct json *it = json_first(resources); it != NULL; it = it->next) {
        const char *type = backup_type_of(json_str(it, "type"));

        if (type != NULL && backup_is_opted_in(call, type) &&
            json_number(it, "created_ms", 0) <= (double)at_ms && selects(selection, it))
            (void)backup_job_start(
                call, &(struct backup_order){.resource = json_str(it, "arn"),
                                             .type = type,
                                             .role = json_str(selection, "IamRoleArn"),
                                             .vault = json_str(rule, "TargetBackupVaultName"),
                                             .lifecycle = json_get(rule, "Lifecycle"),
                                             .copies = copies_of(call, rule),
                                             .created_by = creator_of(call, plan, rule),
                                             .at_ms = at_ms});
    }
}

static void run_plan(struct sim_call *call, struct json *plan)
{
    const char *id = json_str(plan, "BackupPlanId");
    int64_t after_ms = (int64_t)json_number(plan, "_done_ms", 0), due[RUNS_MOST];

    for (const struct json *rule = json_first(json_path(plan, "BackupPlan", "Rules", NULL));
         rule != NULL; rule = rule->next) {
        size_t count = backup_cron_due(json_str(rule, "ScheduleExpression"), after_ms, call->now_ms,
                                       due, RUNS_MOST);

        for (size_t i = 0; i < count; i++)
            for (const struct sim_record *it =
                     sim_first(call, call->account, call->region, selection_kind(call, id));
                 it != NULL; it = sim_store_next(it))
                run_selection(call, plan, rule, sim_record_json(it, call->arena), due[i]);
    }
    sim_set_number(plan, "_done_ms", (double)call->now_ms);
    sim_put(call, call->account, call->region, "backup-plan", id, plan);
}

static void advance_region(struct sim_call *call, const struct json *policy, double since_ms)
{
    sync_plans(call, policy, since_ms);
    for (const struct sim_record *it = sim_first(call, call->account, call->region, "backup-plan");
         it != NULL; it = sim_store_next(it))
        run_plan(call, sim_record_json(it, call->arena));
    backup_jobs_settle(call);
    backup_points_expire(call);
}

void backup_advance(struct sim_call *call, const char *account)
{
    double since_ms = 0;
    const struct json *policy = sim_effective_policy(call, account, "BACKUP_POLICY", &since_ms);
    const struct sim_region *region;

    for (size_t i = 0; (region = sim_region_at(i)) != NULL; i++) {
        struct sim_call there = *call;

        there.account = account;
        there.region = region->name;
        advance_region(&there, policy, since_ms);
    }
}

/* Plans and jobs take minutes: what other accounts copy here is looked for once in a minute, so
 * that a thousand accounts that ask do not look at a thousand each. */
static bool others_were_advanced(struct sim_call *call)
{
    struct sim *sim = call->sim;
    int64_t period_ms = sim_due_ms(call, OTHERS_EVERY_S) - call->now_ms;

    if (sim->backups_organization_version == sim->organization_version &&
        call->now_ms >= sim->backups_advanced_ms &&
        call->now_ms < sim->backups_advanced_ms + period_ms)
        return true;
    sim->backups_organization_version = sim->organization_version;
    sim->backups_advanced_ms = call->now_ms;
    return false;
}

void backup_advance_organization(struct sim_call *call)
{
    struct sim_organization own, other;

    if (!sim_organization_of(call, call->account, &own) || others_were_advanced(call)) {
        backup_advance(call, call->account);
        return;
    }
    for (const struct sim_record *it = sim_first(call, "", "", "membership"); it != NULL;
         it = sim_store_next(it))
        if (sim_organization_of(call, sim_record_id(it), &other) && str_eq(own.id, other.id))
            backup_advance(call, sim_record_id(it));
}

/* --- Operations ----------------------------------------------------------------------------------
 */

static struct json *plan_asked(struct sim_call *call)
{
    const char *id = sim_param(call, "backupPlanId");
    struct json *plan;

    backup_advance(call, call->account);
    plan = sim_get(call, call->account, call->region, "backup-plan", id);
    if (plan == NULL)
        (void)backup_not_found(call, "Backup plan %s cannot be found.", id);
    return plan;
}

static int get_backup_plan(struct sim_call *call)
{
    struct json *plan = plan_asked(call);

    if (plan == NULL)
        return -1;
    call->answer = plan;
    return 0;
}

static int list_backup_plans(struct sim_call *call)
{
    struct sim_page page = BACKUP_PAGE_OF("BackupPlansList");

    backup_advance(call, call->account);
    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "backup-plan");
         it != NULL; it = sim_page_next(&page, it)) {
        struct json *plan = sim_record_json(it, call->arena);

        json_put_str(plan, "BackupPlanName",
                     json_str(json_get(plan, "BackupPlan"), "BackupPlanName"));
        json_remove(plan, "BackupPlan");
        json_add(page.items, plan);
    }
    return 0;
}

static int list_backup_selections(struct sim_call *call)
{
    struct sim_page page = BACKUP_PAGE_OF("BackupSelectionsList");
    const struct json *plan = plan_asked(call);

    if (plan == NULL || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region,
                            selection_kind(call, json_str(plan, "BackupPlanId")));
         it != NULL; it = sim_page_next(&page, it))
        json_add(page.items, sim_record_json(it, call->arena));
    return 0;
}

const struct sim_operation backup_plan_operations[] = {
    BACKUP_OPERATION("ListBackupPlans", "GET", "/backup/plans", list_backup_plans, SIM_READ, NULL),
    BACKUP_OPERATION("GetBackupPlan", "GET", "/backup/plans/{backupPlanId}", get_backup_plan,
                     SIM_READ, NULL),
    BACKUP_OPERATION("ListBackupSelections", "GET", "/backup/plans/{backupPlanId}/selections",
                     list_backup_selections, SIM_READ, NULL),
    BACKUP_END,
};
