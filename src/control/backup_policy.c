/*
 * backup_policy.c - the organization's backup policies, of the plans of the baseline.
 *
 * Source: AWS Organizations User Guide, "Backup policy syntax and examples".  AWS puts the id of
 * the account that follows the policy in place of $account; the backup account's id is put in by
 *         the control "policies", see POLICY_ACCOUNT_ID.
 */
#include "backup_settings.h"

#include "plinth/aws/endpoints.h"
#include "plinth/base/arena.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <inttypes.h>

struct writing {
    const struct baseline *baseline;
    const struct backup_spec *spec;
    const char *partition;
    struct arena *arena;
};

static void assign(struct json *object, const char *key, const char *value)
{
    json_put_str(json_put_object(object, key), "@@assign", value);
}

/* Numbers are texts in this language. */
static void assign_number(const struct writing *writing, struct json *object, const char *key,
                          int64_t number)
{
    assign(object, key, arena_printf(writing->arena, "%" PRId64, number));
}

static void assign_list(struct json *object, const char *key, const char *const *items,
                        size_t count)
{
    struct json *list = json_put_array(json_put_object(object, key), "@@assign");

    for (size_t i = 0; i < count; i++)
        json_add_str(list, items[i]);
}

static void put_lifecycle(const struct writing *writing, struct json *object, int64_t cold_days,
                          int64_t delete_days)
{
    struct json *lifecycle = json_put_object(object, "lifecycle");

    if (cold_days > 0)
        assign_number(writing, lifecycle, "move_to_cold_storage_after_days", cold_days);
    assign_number(writing, lifecycle, "delete_after_days", delete_days);
}

static void put_copy(const struct writing *writing, struct json *actions,
                     const struct backup_plan *plan, const char *vault)
{
    const struct account *backup = baseline_account_with_role(writing->baseline, ROLE_BACKUP);
    const char *arn =
        arena_printf(writing->arena, "arn:%s:backup:%s:" POLICY_ACCOUNT_ID "%s}:backup-vault:%s",
                     writing->partition, writing->spec->region, backup->name, vault);
    struct json *action = json_put_object(actions, arn);

    assign(action, "target_backup_vault_arn", arn);
    put_lifecycle(writing, action,
                  plan->copy == NULL ? plan->cold_after_days : plan->copy->cold_after_days,
                  backup_copy_delete_days(plan));
}

static void put_copies(const struct writing *writing, struct json *rule,
                       const struct backup_plan *plan)
{
    struct json *actions = json_put_object(rule, "copy_actions");

    if (plan->copies)
        put_copy(writing, actions, plan, backup_central_name(writing->baseline, writing->arena));
    if (plan->copies_to_air_gapped)
        put_copy(writing, actions, plan,
                 backup_air_gapped_name(writing->baseline, writing->spec, writing->arena));
}

static void put_rule(const struct writing *writing, struct json *rules,
                     const struct backup_plan *plan)
{
    struct json *rule = json_put_object(rules, plan->name);

    assign(rule, "schedule_expression", plan->schedule);
    assign_number(writing, rule, "start_backup_window_minutes", plan->start_within_minutes);
    assign_number(writing, rule, "complete_backup_window_minutes", plan->complete_within_minutes);
    put_lifecycle(writing, rule, plan->cold_after_days, plan->delete_after_days);
    assign(rule, "target_backup_vault_name", backup_vault_name(writing->baseline, writing->arena));
    if (plan->copies || plan->copies_to_air_gapped)
        put_copies(writing, rule, plan);
}

static const struct json *document_of(const struct writing *writing, const struct backup_plan *plan)
{
    const struct strings *regions = &writing->spec->source_regions;
    struct json *document = json_object(writing->arena), *out, *selection;

    out = json_put_object(json_put_object(document, "plans"), plan->name);
    if (regions->count > 0)
        assign_list(out, "regions", regions->items, regions->count);
    else
        assign_list(out, "regions", (const char *const[]){writing->baseline->home_region}, 1);
    put_rule(writing, json_put_object(out, "rules"), plan);
    selection =
        json_put_object(json_put_object(json_put_object(out, "selections"), "tags"), plan->name);
    assign(selection, "iam_role_arn",
           arena_printf(writing->arena, "arn:%s:iam::$account:role/%s", writing->partition,
                        writing->spec->role));
    assign(selection, "tag_key", plan->tag);
    assign_list(selection, "tag_value", plan->values.items, plan->values.count);
    return document;
}

void backup_policies(const struct baseline *baseline, const void *decoded, struct arena *arena,
                     struct section_policies *out)
{
    const struct backup_spec *spec = decoded;
    const struct backup_plan *plans = spec->plans.items;
    struct writing writing = {.baseline = baseline,
                              .spec = spec,
                              .partition = aws_partition_of_region(baseline->home_region)->name,
                              .arena = arena};

    for (size_t i = 0; i < spec->plans.count; i++)
        *VEC_ADD(arena, out) = (struct section_policy){
            .name = arena_printf(arena, "backup-%s", plans[i].name),
            .type = "backup_policy",
            .document = document_of(&writing, &plans[i]),
            .attach = node_get(plans[i].node, "attach"),
        };
}
