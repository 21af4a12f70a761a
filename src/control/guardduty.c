/*
 * guardduty.c - control "guardduty": GuardDuty watches every account of the organization, in every
 * region of the security account, which administers it.
 *
 * Baseline:  guardduty: { publish_findings, export_findings, protection: { s3_data_events: enabled,
 * ... } } Source:    docs.aws.amazon.com/guardduty/latest/APIReference, API version 2017-11-28;
 * user guide, "Managing GuardDuty accounts with AWS Organizations". Limits:    accounts that joined
 * GuardDuty by invitation are left as they are.  An account that has a region turned off which the
 * security account has is reported there as not taken. What a GuardDuty policy of the organization
 * manages is left to it.
 *
 * Every account is enrolled by its own call although AWS would do it as well: automatic enabling
 * takes up to a day.  What members are and have is read from the administrator, 50 accounts a call.
 */
#include "guardduty_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_CREATE, STEP_DETECTOR, STEP_ORGANIZATION, STEP_ENROLL, STEP_START, STEP_PLANS };

enum { BATCH = GUARDDUTY_BATCH };

struct guardduty_seen {
    const char *detector_id;         /* of the security account; NULL: none */
    const struct json *detector;     /* GetDetector */
    const struct json *organization; /* its configuration; NULL: not the administrator here */
    const struct guardduty_members *members; /* NULL likewise */
};

static const enum aws_op guardduty_ops[] = {
    AWS_GUARDDUTY_LIST_DETECTORS,
    AWS_GUARDDUTY_GET_DETECTOR,
    AWS_GUARDDUTY_DESCRIBE_ORGANIZATION_CONFIGURATION,
    AWS_GUARDDUTY_LIST_MEMBERS,
    AWS_GUARDDUTY_GET_MEMBER_DETECTORS,
    AWS_GUARDDUTY_CREATE_DETECTOR,
    AWS_GUARDDUTY_UPDATE_DETECTOR,
    AWS_GUARDDUTY_UPDATE_ORGANIZATION_CONFIGURATION,
    AWS_GUARDDUTY_CREATE_MEMBERS,
    AWS_GUARDDUTY_START_MONITORING_MEMBERS,
    AWS_GUARDDUTY_UPDATE_MEMBER_DETECTORS,
    AWS_OP_NONE,
};

/* --- Settings ------------------------------------------------------------------------------------
 */

static const struct choice frequencies[] = {
    {"15m", "FIFTEEN_MINUTES"},
    {"1h", "ONE_HOUR"},
    {"6h", "SIX_HOURS"},
    {NULL, NULL},
};

static const struct field guardduty_fields[] = {
    {.key = "publish_findings",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct guardduty_spec, frequency),
     .uniform = true, /* the administrator's holds for all */
     .choices = frequencies,
     .fallback = "15m",
     .doc = "How often news of a finding that goes on is published; a new finding comes at once."},
    {.key = "export_findings",
     .type = FIELD_BOOL,
     .offset = offsetof(struct guardduty_spec, export_findings),
     .uniform = true,
     .fallback = "false",
     .doc = "Whether all findings are also written to the bucket of `log_archive`; GuardDuty keeps "
            "them for 90 days. Not from regions that are opted in to."},
    {.key = "protection",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct guardduty_spec, protection),
     .uniform = true,
     .object = &guardduty_protection_schema,
     .doc = "Protection plans beyond the foundation (CloudTrail, DNS and flow logs)."},
    {.key = NULL},
};

static const struct schema guardduty_schema = {
    .name = "guardduty",
    .doc = "GuardDuty in every account of the organization, in every region, administered by the "
           "security account. Where a region lacks a protection plan, the plan says so.",
    .size = sizeof(struct guardduty_spec),
    .node_offset = offsetof(struct guardduty_spec, node),
    .fields = guardduty_fields,
};

static const char *wanted(const struct control_ctx *ctx, enum guardduty_plan plan)
{
    const struct guardduty_spec *spec = ctx->spec;

    return spec->protection == NULL ? NULL : spec->protection->wanted[plan];
}

static bool wants_plans(const struct control_ctx *ctx)
{
    for (enum guardduty_plan plan = 0; plan < GUARDDUTY_PLANS; plan++)
        if (wanted(ctx, plan) != NULL)
            return true;
    return false;
}

/* The parameter "features" of a write; `seen`: the list of what the region has. */
static void put_plans(const struct control_ctx *ctx, struct json *params, const struct json *seen,
                      const char *key)
{
    const struct guardduty_spec *spec = ctx->spec;

    guardduty_plans_put(spec->protection, seen, key, params);
}

static void guardduty_check(const struct baseline *baseline, const void *decoded,
                            struct diags *diags)
{
    const struct guardduty_spec *spec = decoded;

    if (baseline_account_with_role(baseline, ROLE_SECURITY) == NULL)
        diags_add(diags, &spec->node->mark, "guardduty needs an account with role security");
    if (spec->export_findings && baseline_control_node(baseline, "log_archive", NULL) == NULL)
        diags_add(diags, schema_mark(spec->node, "export_findings"),
                  "export_findings needs the control log_archive, whose bucket takes them");
    guardduty_plans_check(spec->protection, diags);
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static bool is_enabled(const struct guardduty_seen *seen, const char *id)
{
    return str_eq(guardduty_member_status(seen->members, id), "Enabled");
}

static struct json *detector_params(const struct control_ctx *ctx,
                                    const struct guardduty_seen *seen)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "DetectorId", seen->detector_id);
    return params;
}

static int guardduty_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct guardduty_seen *seen = out_seen;
    const struct inventory *inventory;
    const struct json *list;

    if (inventory_get(ctx->inventory, &inventory, err) != 0 ||
        aws_list(ctx->target, AWS_GUARDDUTY_LIST_DETECTORS, NULL, ctx->arena, &list, err) != 0)
        return -1;
    if (list->count == 0)
        return 0;
    seen->detector_id = json_first(list)->string;
    if (aws_call(ctx->target, AWS_GUARDDUTY_GET_DETECTOR, detector_params(ctx, seen), ctx->arena,
                 &seen->detector, err) != 0)
        return -1;
    if (guardduty_lacks_administrator(ctx))
        return 0;
    if (aws_call(ctx->target, AWS_GUARDDUTY_DESCRIBE_ORGANIZATION_CONFIGURATION,
                 detector_params(ctx, seen), ctx->arena, &seen->organization, err) != 0)
        return -1;
    return guardduty_members_read(ctx, seen->detector_id, wants_plans(ctx), &seen->members, err);
}

/* --- Compare: the detector and the configuration -------------------------------------------------
 */

/* A change that is added with its first field. */
struct draft {
    struct changes *out;
    int step;
    const char *resource;
    struct change *change; /* NULL: nothing differed so far */
};

/* Whether it switches a protection off that was there before this run. */
static bool takes_away(const struct control_ctx *ctx, const char *from, const char *to)
{
    return from != NULL && (str_eq(to, "DISABLED") || str_eq(to, "NONE")) &&
           !guardduty_is_moved(ctx);
}

static void draft_field(struct draft *draft, const char *name, const char *from, const char *to)
{
    if (str_eq(from, to))
        return;
    if (draft->change == NULL)
        draft->change =
            changes_add(draft->out, CHANGE_UPDATE, draft->step, NULL, "%s", draft->resource);
    change_field(draft->change, name, from, to);
}

/* `features` NULL: not known yet, so that all that is wanted differs. */
static void draft_plans(const struct control_ctx *ctx, struct draft *draft,
                        const struct json *features, const char *key)
{
    for (enum guardduty_plan plan = 0; plan < GUARDDUTY_PLANS; plan++) {
        const struct json *seen = guardduty_plan_in(features, plan);
        const char *from = json_str(seen, key);
        const char *to = guardduty_plan_spelled(key, wanted(ctx, plan));

        if (to == NULL || (features != NULL && seen == NULL))
            continue;
        draft_field(draft, guardduty_plan_key(plan), from, to);
        if (draft->change != NULL && !str_eq(from, to) && takes_away(ctx, from, to))
            change_takes_away(draft->change);
    }
}

/* Where the security account is not the administrator yet, its detector comes with the office. */
static void diff_detector(const struct control_ctx *ctx, const struct guardduty_seen *seen,
                          struct changes *out)
{
    const struct guardduty_spec *spec = ctx->spec;
    struct draft draft = {.out = out, .step = STEP_DETECTOR, .resource = "GuardDuty detector"};
    bool exists = seen->detector_id != NULL;

    if (!exists && !guardduty_lacks_administrator(ctx) &&
        control_account_id(ctx, control_actor_account(ctx->baseline, ACTOR_SECURITY)) != NULL) {
        struct change *change =
            changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "%s", draft.resource);

        change_field(change, "status", NULL, "ENABLED");
        change_field(change, "publish_findings", NULL, spec->frequency);
    } else {
        if (exists)
            draft_field(&draft, "status", json_str(seen->detector, "status"), "ENABLED");
        draft_field(&draft, "publish_findings",
                    json_str(seen->detector, "findingPublishingFrequency"), spec->frequency);
    }
    draft_plans(ctx, &draft, json_get(seen->detector, "features"), "status");
}

static void diff_organization(const struct control_ctx *ctx, const struct guardduty_seen *seen,
                              struct changes *out)
{
    const struct json *features = json_get(seen->organization, "features");
    struct draft draft = {.out = out,
                          .step = STEP_ORGANIZATION,
                          .resource = "GuardDuty configuration of the organization"};

    draft_field(&draft, "members enabled automatically",
                json_str(seen->organization, "autoEnableOrganizationMembers"), "ALL");
    draft_plans(ctx, &draft, features, "autoEnable");
    for (enum guardduty_plan plan = 0; seen->organization != NULL && plan < GUARDDUTY_PLANS; plan++)
        if (str_eq(wanted(ctx, plan), "ENABLED") && guardduty_plan_in(features, plan) == NULL)
            changes_note(out, "%s does not have %s", ctx->region, guardduty_plan_key(plan));
}

/* --- Compare: the members ------------------------------------------------------------------------
 */

struct person {
    const char *id, *email, *name; /* no id: the account does not exist yet */
};

typedef VEC(struct person) people;

/* Every account that is to be a member: those of the baseline, under its names, and those that the
 * organization has besides. */
static people all_people(const struct control_ctx *ctx)
{
    const struct inventory *inventory = inventory_peek(ctx->inventory);
    const struct account *security = control_actor_account(ctx->baseline, ACTOR_SECURITY);
    size_t count = inventory == NULL ? 0 : inventory->account_count;
    bool *known = arena_array(ctx->arena, count, sizeof *known);
    people out = {0};

    for (size_t i = 0; i < ctx->baseline->account_count; i++) {
        const struct account *account = &ctx->baseline->accounts[i];
        const struct inventory_account *live = inventory_account_of(inventory, account);

        if (inventory != NULL && live != NULL)
            known[live - inventory->accounts] = true;
        if (account == security)
            continue;
        if (live == NULL)
            *VEC_ADD(ctx->arena, &out) = (struct person){NULL, account->email, account->name};
        else if (str_eq(live->status, "ACTIVE"))
            *VEC_ADD(ctx->arena, &out) = (struct person){live->id, live->email, account->name};
    }
    for (size_t i = 0; i < count; i++) {
        const struct inventory_account *live = &inventory->accounts[i];

        if (!known[i] && str_eq(live->status, "ACTIVE"))
            *VEC_ADD(ctx->arena, &out) = (struct person){live->id, live->email, live->name};
    }
    return out;
}

/* What an enabled member has of a plan that is wanted otherwise; NULL: it is as wanted, or none of
 * our business. */
static const char *unwanted(const struct control_ctx *ctx, const struct guardduty_seen *seen,
                            const char *id, enum guardduty_plan plan)
{
    const char *status = guardduty_member_plan(seen->members, id, plan);

    return wanted(ctx, plan) == NULL || str_eq(status, wanted(ctx, plan)) ? NULL : status;
}

static bool plans_differ(const struct control_ctx *ctx, const struct guardduty_seen *seen,
                         const char *id)
{
    for (enum guardduty_plan plan = 0; plan < GUARDDUTY_PLANS; plan++)
        if (unwanted(ctx, seen, id, plan) != NULL)
            return true;
    return false;
}

/* What one change of members is about. */
struct batch {
    const struct person *items;
    size_t count;
};

static void plan_fields(const struct control_ctx *ctx, const struct guardduty_seen *seen,
                        struct change *change, const struct person *person)
{
    if (!is_enabled(seen, person->id)) {
        change_field(change, person->name, NULL, "as the organization's configuration");
        return;
    }
    for (enum guardduty_plan plan = 0; plan < GUARDDUTY_PLANS; plan++) {
        const char *from = unwanted(ctx, seen, person->id, plan);

        if (from == NULL)
            continue;
        change_field(change,
                     arena_printf(ctx->arena, "%s %s", person->name, guardduty_plan_key(plan)),
                     from, wanted(ctx, plan));
        if (takes_away(ctx, from, wanted(ctx, plan)))
            change_takes_away(change);
    }
}

/* One change for each call that these accounts take. */
static void add_batches(const struct control_ctx *ctx, const struct guardduty_seen *seen,
                        const people *list, int step, struct changes *out)
{
    for (size_t at = 0; at < list->count; at += BATCH) {
        struct batch *batch = arena_alloc(ctx->arena, sizeof *batch);
        struct change *change;

        batch->items = list->items + at;
        batch->count = list->count - at < BATCH ? list->count - at : BATCH;
        change = changes_add(out, step == STEP_ENROLL ? CHANGE_CREATE : CHANGE_UPDATE, step, batch,
                             step == STEP_PLANS ? "protection plans of GuardDuty members"
                                                : "GuardDuty members");
        for (size_t i = 0; i < batch->count; i++) {
            const struct person *person = &batch->items[i];

            if (step == STEP_PLANS)
                plan_fields(ctx, seen, change, person);
            else
                change_field(change, person->name,
                             guardduty_member_status(seen->members, person->id), "Enabled");
        }
    }
}

/* Who is enrolled or started gets its plans in a write of its own: enrolling turns on what the
 * configuration says, but nothing off that a detector had before. */
static void diff_members(const struct control_ctx *ctx, const struct guardduty_seen *seen,
                         struct changes *out)
{
    people all = all_people(ctx), enroll = {0}, start = {0}, update = {0};

    for (size_t i = 0; i < all.count; i++) {
        const char *id = all.items[i].id;

        if (str_eq(guardduty_member_status(seen->members, id), "Disabled"))
            *VEC_ADD(ctx->arena, &start) = all.items[i];
        else if (!is_enabled(seen, id))
            *VEC_ADD(ctx->arena, &enroll) = all.items[i];
        if (wants_plans(ctx) && (!is_enabled(seen, id) || plans_differ(ctx, seen, id)))
            *VEC_ADD(ctx->arena, &update) = all.items[i];
    }
    add_batches(ctx, seen, &enroll, STEP_ENROLL, out);
    add_batches(ctx, seen, &start, STEP_START, out);
    add_batches(ctx, seen, &update, STEP_PLANS, out);
}

static void guardduty_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct guardduty_seen *seen = have;

    diff_detector(ctx, seen, out);
    diff_organization(ctx, seen, out);
    diff_members(ctx, seen, out);
}

/* --- Change --------------------------------------------------------------------------------------
 */

/* AWS takes the others of a batch. */
static int check_unprocessed(const struct json *answer, struct err *err)
{
    const struct json *list = json_get(answer, "unprocessedAccounts");
    const struct json *first = json_first(list);

    if (first == NULL)
        return 0;
    return err_set(err, ERR_CONFLICT, "%zu accounts were not taken, the first is %s: %s",
                   list->count, json_str(first, "accountId"), json_str(first, "result"));
}

static int apply_members(struct control_ctx *ctx, const struct guardduty_seen *seen,
                         const struct change *change, struct err *err)
{
    static const enum aws_op ops[] = {
        [STEP_ENROLL] = AWS_GUARDDUTY_CREATE_MEMBERS,
        [STEP_START] = AWS_GUARDDUTY_START_MONITORING_MEMBERS,
        [STEP_PLANS] = AWS_GUARDDUTY_UPDATE_MEMBER_DETECTORS,
    };
    const struct batch *batch = change->subject;
    struct json *params = detector_params(ctx, seen);
    struct json *list =
        json_put_array(params, change->step == STEP_ENROLL ? "accountDetails" : "accountIds");
    const struct json *answer;

    if (change->step == STEP_ENROLL)
        guardduty_set_moved(ctx);
    for (size_t i = 0; i < batch->count; i++) {
        const struct person *person = &batch->items[i];
        struct json *item;

        if (person->id == NULL)
            return err_set(err, ERR_PENDING, "account %s does not exist yet", person->name);
        if (change->step != STEP_ENROLL) {
            json_add_str(list, person->id);
            continue;
        }
        item = json_add_object(list);
        json_put_str(item, "accountId", person->id);
        json_put_str(item, "email", person->email);
    }
    if (change->step == STEP_PLANS)
        put_plans(ctx, params, json_get(seen->organization, "features"), "status");
    if (aws_call(ctx->target, ops[change->step], params, ctx->arena, &answer, err) != 0)
        return guardduty_look_again(err);
    return check_unprocessed(answer, err);
}

static int apply_settings(struct control_ctx *ctx, const struct guardduty_seen *seen,
                          const struct change *change, struct err *err)
{
    const struct guardduty_spec *spec = ctx->spec;
    struct json *params = detector_params(ctx, seen);
    enum aws_op op = AWS_GUARDDUTY_UPDATE_DETECTOR;

    if (change->step == STEP_DETECTOR) {
        json_put_bool(params, "enable", true);
        json_put_str(params, "findingPublishingFrequency", spec->frequency);
        put_plans(ctx, params, json_get(seen->detector, "features"), "status");
    } else {
        op = AWS_GUARDDUTY_UPDATE_ORGANIZATION_CONFIGURATION;
        json_put_str(params, "autoEnableOrganizationMembers", "ALL");
        put_plans(ctx, params, json_get(seen->organization, "features"), "autoEnable");
    }
    if (aws_call(ctx->target, op, params, ctx->arena, NULL, err) != 0)
        return guardduty_look_again(err);
    return 0;
}

/* After its first write, a detector that was not there must be looked at. */
static int guardduty_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                           struct err *err)
{
    const struct guardduty_spec *spec = ctx->spec;
    const struct guardduty_seen *seen = have;
    struct guardduty_seen fresh = {0};

    if (change->step == STEP_CREATE)
        return guardduty_create_detector(ctx, spec->frequency, err);
    if (seen->organization == NULL) {
        if (guardduty_observe(ctx, &fresh, err) != 0)
            return guardduty_look_again(err);
        seen = &fresh;
    }
    if (seen->organization == NULL)
        return err_set(err, ERR_CONFLICT,
                       "the security account does not administer GuardDuty here; is the region "
                       "turned on in the management account?");
    return change->step == STEP_DETECTOR || change->step == STEP_ORGANIZATION
               ? apply_settings(ctx, seen, change, err)
               : apply_members(ctx, seen, change, err);
}

static const char *const guardduty_after[] = {"accounts", "opt_in_regions",
                                              "guardduty_administrator", NULL};

const struct control control_guardduty = {
    .name = "guardduty",
    .title = "GuardDuty in every account",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_SECURITY,
    .after = guardduty_after,
    .needs = ROLE_SECURITY,
    .ops = guardduty_ops,
    .schema = &guardduty_schema,
    .seen_size = sizeof(struct guardduty_seen),
    .check = guardduty_check,
    .observe = guardduty_observe,
    .diff = guardduty_diff,
    .apply = guardduty_apply,
};
