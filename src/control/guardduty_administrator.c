/*
 * guardduty_administrator.c - control "guardduty_administrator": the security account administers
 * GuardDuty for the organization, in every region.
 *
 * Baseline:  guardduty (see guardduty.c)
 * Source:    docs.aws.amazon.com/guardduty/latest/APIReference, API version 2017-11-28; user guide,
 *            "Managing GuardDuty accounts with AWS Organizations".
 * Limits:    another administrator is reported, not replaced: that takes every member out of
 *            GuardDuty's hands for a while, in every region.  The protection plans of the detector
 *            that is made here are set through its membership (guardduty.c).
 *
 * The administrator adds all accounts by itself but one: the management account must have GuardDuty
 * before it can be a member, so its detector is made here.
 */
#include "guardduty_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"
#include "plinth/fiber/fiber.h"

enum { STEP_CREATE, STEP_ENABLE, STEP_ADMINISTRATOR };

enum { POLL_MS = 2000, POLLS = 60 };

struct administrator_seen {
    const char *detector_id; /* of the management account; NULL: none */
    bool enabled;
    bool is_member; /* then the administrator enables it */
    bool in_office; /* the security account is the administrator */
};

static const enum aws_op administrator_ops[] = {
    AWS_GUARDDUTY_LIST_DETECTORS,
    AWS_GUARDDUTY_GET_DETECTOR,
    AWS_GUARDDUTY_GET_ADMINISTRATOR_ACCOUNT,
    AWS_GUARDDUTY_LIST_ORGANIZATION_ADMIN_ACCOUNTS,
    AWS_GUARDDUTY_CREATE_DETECTOR,
    AWS_GUARDDUTY_UPDATE_DETECTOR,
    AWS_GUARDDUTY_ENABLE_ORGANIZATION_ADMIN_ACCOUNT,
    AWS_OP_NONE,
};

/* --- What both controls need ---------------------------------------------------------------------
 */

static const char *fact_name(const struct control_ctx *ctx, const char *what)
{
    return arena_printf(ctx->arena, "guardduty.%s.%s", what, ctx->region);
}

static void set_lacking(const struct control_ctx *ctx, bool lacking)
{
    facts_set(ctx->facts, fact_name(ctx, "lacks_administrator"), lacking ? "yes" : NULL);
}

bool guardduty_lacks_administrator(const struct control_ctx *ctx)
{
    return facts_get(ctx->facts, fact_name(ctx, "lacks_administrator")) != NULL;
}

void guardduty_set_moved(const struct control_ctx *ctx)
{
    facts_set(ctx->facts, fact_name(ctx, "moved"), "yes");
}

bool guardduty_is_moved(const struct control_ctx *ctx)
{
    return facts_get(ctx->facts, fact_name(ctx, "moved")) != NULL;
}

int guardduty_look_again(struct err *err)
{
    if (err_is(err, "BadRequestException"))
        err->code = ERR_CONFLICT;
    return -1;
}

int guardduty_create_detector(struct control_ctx *ctx, const char *frequency, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_bool(params, "enable", true);
    json_put_str(params, "findingPublishingFrequency", frequency);
    json_put_str(json_put_object(params, "tags"), CONTROL_TAG_KEY, ctx->baseline->name);
    if (aws_call(ctx->target, AWS_GUARDDUTY_CREATE_DETECTOR, params, ctx->arena, NULL, err) != 0)
        return guardduty_look_again(err);
    return 0;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static int read_detector(struct control_ctx *ctx, struct administrator_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *list, *answer;

    if (aws_list(ctx->target, AWS_GUARDDUTY_LIST_DETECTORS, NULL, ctx->arena, &list, err) != 0)
        return -1;
    if (list->count == 0)
        return 0;
    seen->detector_id = json_first(list)->string;
    json_put_str(params, "DetectorId", seen->detector_id);
    if (aws_call(ctx->target, AWS_GUARDDUTY_GET_DETECTOR, params, ctx->arena, &answer, err) != 0)
        return -1;
    seen->enabled = str_eq(json_str(answer, "status"), "ENABLED");
    if (seen->enabled)
        return 0;
    if (aws_call(ctx->target, AWS_GUARDDUTY_GET_ADMINISTRATOR_ACCOUNT, params, ctx->arena, &answer,
                 err) != 0)
        return -1;
    seen->is_member = json_str(json_get(answer, "administrator"), "accountId") != NULL;
    return 0;
}

/* There is at most one.  `out_leaving`: it was disabled a moment ago. */
static int read_administrator(struct control_ctx *ctx, const char **out_id, bool *out_leaving,
                              struct err *err)
{
    const struct json *list;

    *out_id = NULL;
    *out_leaving = false;
    if (aws_list(ctx->target, AWS_GUARDDUTY_LIST_ORGANIZATION_ADMIN_ACCOUNTS, NULL, ctx->arena,
                 &list, err) != 0)
        return -1;
    if (list->count == 0)
        return 0;
    *out_leaving = !str_eq(json_str(json_first(list), "adminStatus"), "ENABLED");
    return json_need_str(json_first(list), "adminAccountId", out_id, err);
}

static const struct account *security_account(const struct control_ctx *ctx)
{
    return control_actor_account(ctx->baseline, ACTOR_SECURITY);
}

static int administrator_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct administrator_seen *seen = out_seen;
    const struct inventory *inventory;
    const char *live = NULL, *wanted;
    bool leaving = false;

    if (inventory_get(ctx->inventory, &inventory, err) != 0 || read_detector(ctx, seen, err) != 0)
        return -1;
    if (inventory->exists && read_administrator(ctx, &live, &leaving, err) != 0)
        return -1;
    wanted = control_account_id(ctx, security_account(ctx));
    if (live != NULL && !leaving && !str_eq(live, wanted))
        return err_set(err, ERR_CONFLICT,
                       "account %s administers GuardDuty here; to hand over, disable it in every "
                       "region (`aws guardduty disable-organization-admin-account`) and deregister "
                       "it from Organizations",
                       live);
    seen->in_office = live != NULL && !leaving;
    set_lacking(ctx, !seen->in_office);
    return 0;
}

/* --- Changes -------------------------------------------------------------------------------------
 */

static void administrator_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    static const char detector[] = "GuardDuty detector of the management account";
    const struct administrator_seen *seen = have;

    if (seen->detector_id == NULL)
        change_field(changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "%s", detector), "status",
                     NULL, "ENABLED");
    else if (!seen->enabled && !seen->is_member)
        change_field(changes_add(out, CHANGE_UPDATE, STEP_ENABLE, NULL, "%s", detector), "status",
                     "DISABLED", "ENABLED");
    if (!seen->in_office)
        change_field(changes_add(out, CHANGE_CREATE, STEP_ADMINISTRATOR, NULL,
                                 "delegated administrator of GuardDuty"),
                     "account", NULL, security_account(ctx)->name);
}

/* Until `wanted` is the administrator, or with NULL nobody that is being removed is in the way: AWS
 * carries out both a moment after its answer. */
static int await(struct control_ctx *ctx, const char *wanted, struct err *err)
{
    for (int poll = 0; poll < POLLS; poll++) {
        const char *live;
        bool leaving;

        if (read_administrator(ctx, &live, &leaving, err) != 0)
            return -1;
        if (!leaving && (wanted == NULL || str_eq(live, wanted)))
            return 0;
        if (fiber_sleep_ms(aws_client_sched(ctx->target->client), POLL_MS, err) != 0)
            return -1;
    }
    return err_set(err, ERR_PENDING,
                   wanted == NULL ? "the administrator before is still being removed"
                                  : "AWS is still giving the account its office");
}

static int appoint(struct control_ctx *ctx, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const char *id = control_account_id(ctx, security_account(ctx));

    if (id == NULL)
        return err_set(err, ERR_CONFLICT, "the security account does not exist yet");
    if (await(ctx, NULL, err) != 0)
        return -1;
    guardduty_set_moved(ctx);
    json_put_str(params, "adminAccountId", id);
    if (aws_call(ctx->target, AWS_GUARDDUTY_ENABLE_ORGANIZATION_ADMIN_ACCOUNT, params, ctx->arena,
                 NULL, err) != 0)
        return guardduty_look_again(err);
    if (await(ctx, id, err) != 0)
        return -1;
    set_lacking(ctx, false);
    return 0;
}

static int administrator_apply(struct control_ctx *ctx, const void *have,
                               const struct change *change, struct err *err)
{
    const struct administrator_seen *seen = have;
    struct json *params;

    switch (change->step) {
    case STEP_CREATE:
        return guardduty_create_detector(ctx, NULL, err);
    case STEP_ENABLE:
        params = json_object(ctx->arena);
        json_put_str(params, "DetectorId", seen->detector_id);
        json_put_bool(params, "enable", true);
        if (aws_call(ctx->target, AWS_GUARDDUTY_UPDATE_DETECTOR, params, ctx->arena, NULL, err) !=
            0)
            return guardduty_look_again(err);
        return 0;
    default:
        return appoint(ctx, err);
    }
}

static const char *const administrator_after[] = {"organization", "accounts", "opt_in_regions",
                                                  NULL};
static const char *const administrator_follows[] = {"trusted_access", "delegated_administrators",
                                                    NULL};

const struct control control_guardduty_administrator = {
    .name = "guardduty_administrator",
    .part_of = "guardduty",
    .title = "GuardDuty: the security account administers it, the management account has it",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_MANAGEMENT,
    .after = administrator_after,
    .follows = administrator_follows,
    .needs = ROLE_SECURITY,
    .ops = administrator_ops,
    .seen_size = sizeof(struct administrator_seen),
    .observe = administrator_observe,
    .diff = administrator_diff,
    .apply = administrator_apply,
};
