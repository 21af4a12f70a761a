/*
 * security_hub_administrator.c - control "security_hub_administrator": the security account
 * administers Security Hub for the organization, in every region.
 *
 * Baseline:  security_hub (see security_hub.c)
 * Source:    docs.aws.amazon.com/securityhub/1.0/APIReference, API version 2018-10-26.  The
 *            administrator cannot enable the management account: that has to do it by itself before
 *            it can be a member.  The administrator's own hub comes with the office.
 * Limits:    another administrator is reported, not replaced: that would take every member from it.
 */
#include "security_hub_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"

enum { STEP_ENABLE, STEP_APPOINT };

struct office_seen {
    bool enabled;   /* the management account has a hub */
    bool in_office; /* the security account is the administrator */
};

static const enum aws_op office_ops[] = {
    AWS_SECURITYHUB_DESCRIBE_HUB,
    AWS_SECURITYHUB_LIST_ORGANIZATION_ADMIN_ACCOUNTS,
    AWS_SECURITYHUB_ENABLE_SECURITY_HUB,
    AWS_SECURITYHUB_ENABLE_ORGANIZATION_ADMIN_ACCOUNT,
    AWS_OP_NONE,
};

/* --- What both controls need ---------------------------------------------------------------------
 */

static const char *fact_name(const struct control_ctx *ctx)
{
    return arena_printf(ctx->arena, "security_hub.lacks_administrator.%s", ctx->region);
}

bool security_hub_lacks_administrator(const struct control_ctx *ctx)
{
    return facts_get(ctx->facts, fact_name(ctx)) != NULL;
}

/* AWS says of an account without a hub that it may not do this. */
int security_hub_read(struct control_ctx *ctx, bool *out, struct err *err)
{
    *out = aws_call(ctx->target, AWS_SECURITYHUB_DESCRIBE_HUB, NULL, ctx->arena, NULL, err) == 0;
    if (*out)
        return 0;
    if (!err_is(err, "InvalidAccessException") && err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    return 0;
}

/* --- The office ----------------------------------------------------------------------------------
 */

static const struct account *security_account(const struct control_ctx *ctx)
{
    return control_actor_account(ctx->baseline, ACTOR_SECURITY);
}

static int office_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct office_seen *seen = out_seen;
    const struct inventory *inventory;
    const struct json *list = NULL;
    const char *live;

    if (inventory_get(ctx->inventory, &inventory, err) != 0 ||
        security_hub_read(ctx, &seen->enabled, err) != 0)
        return -1;
    if (inventory->exists && aws_list(ctx->target, AWS_SECURITYHUB_LIST_ORGANIZATION_ADMIN_ACCOUNTS,
                                      NULL, ctx->arena, &list, err) != 0)
        return -1;
    live = json_str(json_first(list), "AccountId");
    if (live != NULL && !str_eq(live, control_account_id(ctx, security_account(ctx))))
        return err_set(err, ERR_CONFLICT,
                       "account %s administers Security Hub here; to hand over, disable it in "
                       "every region (`aws securityhub disable-organization-admin-account`)",
                       live);
    seen->in_office = live != NULL;
    facts_set(ctx->facts, fact_name(ctx), seen->in_office ? NULL : "yes");
    return 0;
}

static void office_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct office_seen *seen = have;

    if (!seen->enabled)
        change_field(changes_add(out, CHANGE_CREATE, STEP_ENABLE, NULL,
                                 "Security Hub of the management account"),
                     "enabled", NULL, "yes");
    if (!seen->in_office)
        change_field(changes_add(out, CHANGE_CREATE, STEP_APPOINT, NULL,
                                 "delegated administrator of Security Hub"),
                     "account", NULL, security_account(ctx)->name);
}

static int enable_hub(struct control_ctx *ctx, struct err *err)
{
    const struct security_hub_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena);

    json_put_bool(params, "EnableDefaultStandards", str_eq(spec->standards, "DEFAULT"));
    json_put_str(json_put_object(params, "Tags"), CONTROL_TAG_KEY, ctx->baseline->name);
    return aws_call(ctx->target, AWS_SECURITYHUB_ENABLE_SECURITY_HUB, params, ctx->arena, NULL,
                    err);
}

static int office_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                        struct err *err)
{
    const char *id = control_account_id(ctx, security_account(ctx));
    struct json *params = json_object(ctx->arena);

    (void)have;
    if (change->step == STEP_ENABLE)
        return enable_hub(ctx, err);
    if (id == NULL)
        return err_set(err, ERR_CONFLICT, "the security account does not exist yet");
    json_put_str(params, "AdminAccountId", id);
    if (aws_call(ctx->target, AWS_SECURITYHUB_ENABLE_ORGANIZATION_ADMIN_ACCOUNT, params, ctx->arena,
                 NULL, err) != 0)
        return -1;
    facts_set(ctx->facts, fact_name(ctx), NULL);
    return 0;
}

static const char *const office_after[] = {"organization", "accounts", NULL};
static const char *const office_follows[] = {"trusted_access", "delegated_administrators", NULL};

const struct control control_security_hub_administrator = {
    .name = "security_hub_administrator",
    .part_of = "security_hub",
    .title = "Security Hub: the security account administers it, the management account has it",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_MANAGEMENT,
    .after = office_after,
    .follows = office_follows,
    .needs = ROLE_SECURITY,
    .ops = office_ops,
    .seen_size = sizeof(struct office_seen),
    .observe = office_observe,
    .diff = office_diff,
    .apply = office_apply,
};
