/*
 * backup_restore.c - control "backup_restore": in every account with a vault, restore testing plans
 *                    and what they select.
 *
 * Baseline:  backup: { restore_tests, role }
 * Source:    AWS Backup API Reference, version 2018-11-15: CreateRestoreTestingPlan,
 *            CreateRestoreTestingSelection, UpdateRestoreTestingPlan,
 * UpdateRestoreTestingSelection; AWS Backup Developer Guide, "Restore testing": a selection is of
 * one resource type, its conditions must all hold, and names have letters, digits and '_'. Limits:
 * only what the vault of the account and region holds is restored, and not what the central vault
 * holds.  A plan that plinth did not make is left alone; so are metadata for restores that somebody
 * adds to a selection.
 */
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <inttypes.h>
#include <string.h>

/* A name has 50 characters: the baseline's, '_', the test's. */
enum { BASELINE_CHARACTERS_MOST = 50 - 1 - BACKUP_RESTORE_NAME_MOST };

/* What depends on another comes behind it; a plan must be empty to be deleted. */
enum {
    STEP_DELETE_SELECTION,
    STEP_DELETE_PLAN,
    STEP_CREATE_PLAN,
    STEP_UPDATE_PLAN,
    STEP_CREATE_SELECTION,
    STEP_UPDATE_SELECTION,
};

static const char plan_name[] = "RestoreTestingPlanName";
static const char selection_name[] = "RestoreTestingSelectionName";

/* A plan of this baseline. */
struct plan_seen {
    const char *name;
    const struct json *plan;       /* as GetRestoreTestingPlan has it; NULL: not wanted, not read */
    const struct json *selections; /* AWS's list: names */
    const struct json *details;    /* {name: as GetRestoreTestingSelection has it}, those wanted */
};

struct restore_seen {
    VEC(struct plan_seen) plans;
};

/* What a change is about. */
struct subject {
    const char *plan;
    const char *selection;                  /* by its resource type; NULL: the plan itself */
    const struct backup_restore_test *test; /* NULL: none wants it any more */
};

static const enum aws_op restore_ops[] = {
    AWS_BACKUP_LIST_RESTORE_TESTING_PLANS,       AWS_BACKUP_LIST_TAGS,
    AWS_BACKUP_GET_RESTORE_TESTING_PLAN,         AWS_BACKUP_LIST_RESTORE_TESTING_SELECTIONS,
    AWS_BACKUP_GET_RESTORE_TESTING_SELECTION,    AWS_BACKUP_CREATE_RESTORE_TESTING_PLAN,
    AWS_BACKUP_UPDATE_RESTORE_TESTING_PLAN,      AWS_BACKUP_DELETE_RESTORE_TESTING_PLAN,
    AWS_BACKUP_CREATE_RESTORE_TESTING_SELECTION, AWS_BACKUP_UPDATE_RESTORE_TESTING_SELECTION,
    AWS_BACKUP_DELETE_RESTORE_TESTING_SELECTION, AWS_OP_NONE,
};

/* --- Names ---------------------------------------------------------------------------------------
 */

/* "startup_weekly" */
static const char *name_of(const struct control_ctx *ctx, const struct backup_restore_test *test)
{
    char *name = arena_printf(ctx->arena, "%.*s_%s", BASELINE_CHARACTERS_MOST,
                              control_word(ctx->baseline->name, ctx->arena), test->name);

    for (char *at = name; (at = strchr(at, '-')) != NULL; at++)
        *at = '_';
    return name;
}

/* The test of this account by the name of its plan; NULL if there is none. */
static const struct backup_restore_test *test_of(const struct control_ctx *ctx, const char *name)
{
    const struct backup_spec *spec = ctx->spec;
    const struct backup_restore_test *tests = spec->restore_tests.items;

    for (size_t i = 0; i < spec->restore_tests.count; i++)
        if (backup_restore_concerns(&tests[i], ctx->account) &&
            str_eq(name_of(ctx, &tests[i]), name))
            return &tests[i];
    return NULL;
}

static struct json *params_of(const struct control_ctx *ctx, const char *plan)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, plan_name, plan);
    return params;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

static void put_strings(struct json *object, const char *key, const struct strings *list)
{
    struct json *array = json_put_array(object, key);

    for (size_t i = 0; i < list->count; i++)
        json_add_str(array, list->items[i]);
}

/* Without its name, as UpdateRestoreTestingPlan takes it. */
static struct json *wanted_plan(const struct control_ctx *ctx,
                                const struct backup_restore_test *test)
{
    struct json *plan = json_object(ctx->arena), *points;

    points = json_put_object(plan, "RecoveryPointSelection");
    json_put_str(points, "Algorithm", test->algorithm);
    json_add_str(json_put_array(points, "IncludeVaults"),
                 ctx->account_id == NULL
                     ? change_unknown
                     : arena_printf(ctx->arena, "arn:%s:backup:%s:%s:backup-vault:%s",
                                    ctx->partition, ctx->region, ctx->account_id,
                                    backup_vault_name(ctx->baseline, ctx->arena)));
    (void)json_put_array(points, "ExcludeVaults");
    put_strings(points, "RecoveryPointTypes", &test->point_types);
    json_put_number(points, "SelectionWindowDays", (double)test->window_days);
    json_put_str(plan, "ScheduleExpression", test->schedule);
    json_put_str(plan, "ScheduleExpressionTimezone", "Etc/UTC");
    json_put_number(plan, "StartWindowHours", (double)test->start_within_hours);
    return plan;
}

/* Without its name and type, which are fixed. */
static struct json *wanted_selection(const struct control_ctx *ctx,
                                     const struct backup_restore_test *test)
{
    const struct backup_spec *spec = ctx->spec;
    struct json *selection = json_object(ctx->arena), *conditions, *equals, *item;

    json_put_str(selection, "IamRoleArn",
                 ctx->account_id == NULL
                     ? change_unknown
                     : arena_printf(ctx->arena, "arn:%s:iam::%s:role/%s", ctx->partition,
                                    ctx->account_id, spec->role));
    json_add_str(json_put_array(selection, "ProtectedResourceArns"), "*");
    conditions = json_put_object(selection, "ProtectedResourceConditions");
    equals = json_put_array(conditions, "StringEquals");
    for (size_t i = 0; i < test->tags.count; i++) {
        item = json_add_object(equals);
        json_put_str(item, "Key",
                     arena_printf(ctx->arena, "aws:ResourceTag/%s", test->tags.items[i].key));
        json_put_str(item, "Value", test->tags.items[i].value);
    }
    (void)json_put_array(conditions, "StringNotEquals");
    json_put_number(selection, "ValidationWindowHours", (double)test->validation_hours);
    return selection;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static int is_ours(struct control_ctx *ctx, const struct json *plan, bool *out, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;
    const char *arn;

    if (json_need_str(plan, "RestoreTestingPlanArn", &arn, err) != 0)
        return -1;
    json_put_str(params, "resourceArn", arn);
    if (aws_call(ctx->target, AWS_BACKUP_LIST_TAGS, params, ctx->arena, &answer, err) != 0)
        return -1;
    *out = str_eq(json_str(json_get(answer, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name);
    return 0;
}

static int read_selections(struct control_ctx *ctx, struct plan_seen *seen,
                           const struct backup_restore_test *test, struct err *err)
{
    struct json *details = json_object(ctx->arena);

    if (aws_list(ctx->target, AWS_BACKUP_LIST_RESTORE_TESTING_SELECTIONS,
                 params_of(ctx, seen->name), ctx->arena, &seen->selections, err) != 0)
        return -1;
    for (const struct json *it = json_first(seen->selections); test != NULL && it != NULL;
         it = it->next) {
        struct json *params = params_of(ctx, seen->name);
        const char *name = json_str(it, selection_name);
        const struct json *answer;

        if (name == NULL || !backup_lists(&test->resource_types, name))
            continue;
        json_put_str(params, selection_name, name);
        if (aws_call(ctx->target, AWS_BACKUP_GET_RESTORE_TESTING_SELECTION, params, ctx->arena,
                     &answer, err) != 0)
            return -1;
        json_put(details, name, json_get(answer, "RestoreTestingSelection"));
    }
    seen->details = details;
    return 0;
}

static int read_plan(struct control_ctx *ctx, const struct json *listed, struct restore_seen *seen,
                     struct err *err)
{
    const struct backup_restore_test *test;
    const struct json *answer;
    struct plan_seen plan = {0};
    bool ours;

    if (json_need_str(listed, plan_name, &plan.name, err) != 0 ||
        is_ours(ctx, listed, &ours, err) != 0)
        return -1;
    test = test_of(ctx, plan.name);
    if (!ours && test != NULL)
        return err_set(err, ERR_CONFLICT,
                       "restore testing plan %s exists and is not this baseline's (no tag %s=%s); "
                       "tag it or delete it",
                       plan.name, CONTROL_TAG_KEY, ctx->baseline->name);
    if (!ours)
        return 0;
    if (test != NULL) {
        if (aws_call(ctx->target, AWS_BACKUP_GET_RESTORE_TESTING_PLAN, params_of(ctx, plan.name),
                     ctx->arena, &answer, err) != 0)
            return -1;
        plan.plan = json_get(answer, "RestoreTestingPlan");
    }
    if (read_selections(ctx, &plan, test, err) != 0)
        return -1;
    *VEC_ADD(ctx->arena, &seen->plans) = plan;
    return 0;
}

static int restore_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct restore_seen *seen = out_seen;
    const struct json *list;

    if (aws_list(ctx->target, AWS_BACKUP_LIST_RESTORE_TESTING_PLANS, NULL, ctx->arena, &list,
                 err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (read_plan(ctx, it, seen, err) != 0)
            return -1;
    return 0;
}

/* --- Difference ----------------------------------------------------------------------------------
 */

/* Whether AWS has what is wanted.  Lists are sets, and one that is empty may be left out. */
static bool same(const struct json *have, const struct json *want)
{
    bool equal = true;

    if (want->type != JSON_ARRAY && want->type != JSON_OBJECT)
        return have != NULL && json_equal(have, want);
    if (want->type == JSON_ARRAY && want->count != (have == NULL ? 0 : have->count))
        return false;
    for (const struct json *it = json_first(want); equal && it != NULL; it = it->next) {
        const struct json *other = json_first(have);

        if (want->type == JSON_OBJECT) {
            equal = same(json_get(have, it->key), it);
            continue;
        }
        while (other != NULL && !json_equal(other, it))
            other = other->next;
        equal = other != NULL;
    }
    return equal;
}

/* A member for people; NULL: nothing is in it. */
static const char *text_of(const struct control_ctx *ctx, const struct json *member)
{
    if (member == NULL || (member->type == JSON_ARRAY && member->count == 0))
        return NULL;
    if (member->type == JSON_STRING)
        return str_eq(member->string, change_unknown) ? change_unknown : member->string;
    if (member->type == JSON_ARRAY && str_eq(member->first->string, change_unknown))
        return change_unknown;
    return json_text(member, ctx->arena);
}

/* Structures hold no structures but those at the top. */
static void add_fields(const struct control_ctx *ctx, struct change *change,
                       const struct json *have, const struct json *want)
{
    for (const struct json *it = json_first(want); it != NULL; it = it->next) {
        const struct json *there = json_get(have, it->key);

        if (it->type != JSON_OBJECT) {
            if (!same(there, it))
                change_field(change, it->key, text_of(ctx, there), text_of(ctx, it));
            continue;
        }
        for (const struct json *in = json_first(it); in != NULL; in = in->next)
            if (!same(json_get(there, in->key), in))
                change_field(change, in->key, text_of(ctx, json_get(there, in->key)),
                             text_of(ctx, in));
    }
}

static const struct subject *subject_of(const struct control_ctx *ctx, const char *plan,
                                        const char *selection,
                                        const struct backup_restore_test *test)
{
    struct subject *subject = arena_alloc(ctx->arena, sizeof *subject);

    *subject = (struct subject){.plan = plan, .selection = selection, .test = test};
    return subject;
}

/* What nobody wants any more, in a plan that stays or that goes as well. */
static void diff_spare(const struct control_ctx *ctx, const struct plan_seen *seen,
                       const struct backup_restore_test *test, struct changes *out)
{
    for (const struct json *it = json_first(seen->selections); it != NULL; it = it->next) {
        const char *name = json_str(it, selection_name);

        if (test != NULL && backup_lists(&test->resource_types, name))
            continue;
        if (ctx->prune)
            (void)changes_add(out, CHANGE_DELETE, STEP_DELETE_SELECTION,
                              subject_of(ctx, seen->name, name, NULL),
                              "selection %s of restore testing plan %s", name, seen->name);
        else
            changes_note(out,
                         "selection %s of restore testing plan %s is not in the baseline; a run "
                         "with --prune deletes it",
                         name, seen->name);
    }
    if (test != NULL)
        return;
    if (ctx->prune)
        (void)changes_add(out, CHANGE_DELETE, STEP_DELETE_PLAN,
                          subject_of(ctx, seen->name, NULL, NULL), "restore testing plan %s",
                          seen->name);
    else
        changes_note(out,
                     "restore testing plan %s is not in the baseline; a run with --prune deletes "
                     "it",
                     seen->name);
}

static void diff_test(const struct control_ctx *ctx, const struct plan_seen *seen,
                      const struct backup_restore_test *test, struct changes *out)
{
    const struct json *plan = wanted_plan(ctx, test), *want = wanted_selection(ctx, test);
    const char *name = name_of(ctx, test);

    if (seen == NULL || !same(seen->plan, plan))
        add_fields(ctx,
                   changes_add(out, seen == NULL ? CHANGE_CREATE : CHANGE_UPDATE,
                               seen == NULL ? STEP_CREATE_PLAN : STEP_UPDATE_PLAN,
                               subject_of(ctx, name, NULL, test), "restore testing plan %s", name),
                   seen == NULL ? NULL : seen->plan, plan);
    for (size_t i = 0; i < test->resource_types.count; i++) {
        const char *type = test->resource_types.items[i];
        const struct json *have = seen == NULL ? NULL : json_get(seen->details, type);

        if (have == NULL || !same(have, want))
            add_fields(ctx,
                       changes_add(out, have == NULL ? CHANGE_CREATE : CHANGE_UPDATE,
                                   have == NULL ? STEP_CREATE_SELECTION : STEP_UPDATE_SELECTION,
                                   subject_of(ctx, name, type, test),
                                   "selection %s of restore testing plan %s", type, name),
                       have, want);
    }
}

static void restore_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct backup_spec *spec = ctx->spec;
    const struct backup_restore_test *tests = spec->restore_tests.items;
    const struct restore_seen *seen = have;

    for (size_t i = 0; i < seen->plans.count; i++)
        diff_spare(ctx, &seen->plans.items[i], test_of(ctx, seen->plans.items[i].name), out);
    for (size_t i = 0; i < spec->restore_tests.count; i++) {
        const struct plan_seen *plan = NULL;

        for (size_t p = 0; p < seen->plans.count; p++)
            if (str_eq(seen->plans.items[p].name, name_of(ctx, &tests[i])))
                plan = &seen->plans.items[p];
        if (backup_restore_concerns(&tests[i], ctx->account))
            diff_test(ctx, plan, &tests[i], out);
    }
}

/* --- Changes -------------------------------------------------------------------------------------
 */

static int write_plan(struct control_ctx *ctx, const struct subject *subject, bool is_new,
                      struct err *err)
{
    struct json *plan = wanted_plan(ctx, subject->test);
    struct json *params = json_object(ctx->arena);

    if (is_new) {
        json_put_str(plan, plan_name, subject->plan);
        json_put_str(json_put_object(params, "Tags"), CONTROL_TAG_KEY, ctx->baseline->name);
    } else {
        json_put_str(params, plan_name, subject->plan);
    }
    json_put(params, "RestoreTestingPlan", plan);
    return aws_call(ctx->target,
                    is_new ? AWS_BACKUP_CREATE_RESTORE_TESTING_PLAN
                           : AWS_BACKUP_UPDATE_RESTORE_TESTING_PLAN,
                    params, ctx->arena, NULL, err);
}

static int write_selection(struct control_ctx *ctx, const struct subject *subject, bool is_new,
                           struct err *err)
{
    struct json *selection = wanted_selection(ctx, subject->test);
    struct json *params = params_of(ctx, subject->plan);

    if (is_new) {
        json_put_str(selection, selection_name, subject->selection);
        json_put_str(selection, "ProtectedResourceType", subject->selection);
    } else {
        json_put_str(params, selection_name, subject->selection);
    }
    json_put(params, "RestoreTestingSelection", selection);
    return aws_call(ctx->target,
                    is_new ? AWS_BACKUP_CREATE_RESTORE_TESTING_SELECTION
                           : AWS_BACKUP_UPDATE_RESTORE_TESTING_SELECTION,
                    params, ctx->arena, NULL, err);
}

static int restore_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                         struct err *err)
{
    const struct subject *subject = change->subject;
    struct json *params = params_of(ctx, subject->plan);

    (void)seen;
    switch (change->step) {
    case STEP_DELETE_SELECTION:
        json_put_str(params, selection_name, subject->selection);
        return aws_call(ctx->target, AWS_BACKUP_DELETE_RESTORE_TESTING_SELECTION, params,
                        ctx->arena, NULL, err);
    case STEP_DELETE_PLAN:
        return aws_call(ctx->target, AWS_BACKUP_DELETE_RESTORE_TESTING_PLAN, params, ctx->arena,
                        NULL, err);
    case STEP_CREATE_PLAN:
    case STEP_UPDATE_PLAN:
        return write_plan(ctx, subject, change->step == STEP_CREATE_PLAN, err);
    default:
        return write_selection(ctx, subject, change->step == STEP_CREATE_SELECTION, err);
    }
}

static const char *const restore_after[] = {"backup", "backup_role", NULL};

const struct control control_backup_restore = {
    .name = "backup_restore",
    .part_of = "backup",
    .title = "restore tests of each account",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = restore_after,
    .ops = restore_ops,
    .seen_size = sizeof(struct restore_seen),
    .in_region = backup_in_restore_region,
    .observe = restore_observe,
    .diff = restore_diff,
    .apply = restore_apply,
};
