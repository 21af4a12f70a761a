/*
 * delegated_administrators.c - control "delegated_administrators": which account administers a
 * service for the organization.
 *
 * Baseline:  organization: { delegated_administrators: { principal: account } }
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28.  Most
 *            services take one administrator; the old one must go before the new one comes.
 * Limits:    GuardDuty, Security Hub, Macie and Inspector have calls of their own, per region, in
 *            their controls.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

enum { STEP_DEREGISTER, STEP_REGISTER };

struct delegation {
    const char *principal;
    const struct account *account; /* wanted */
    const char *live_id;           /* who it is now; NULL: nobody */
};

struct delegated_seen {
    struct delegation *items; /* one per entry of the baseline; NULL: nothing was read */
};

static const enum aws_op delegated_ops[] = {
    AWS_ORGANIZATIONS_LIST_DELEGATED_ADMINISTRATORS,
    AWS_ORGANIZATIONS_REGISTER_DELEGATED_ADMINISTRATOR,
    AWS_ORGANIZATIONS_DEREGISTER_DELEGATED_ADMINISTRATOR,
    AWS_OP_NONE,
};

static const struct account *wanted(const struct control_ctx *ctx, size_t i)
{
    return baseline_account(ctx->baseline,
                            ctx->baseline->organization.delegated_administrators.items[i].value);
}

static int delegated_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct delegated_seen *seen = out_seen;
    const struct pairs *pairs = &ctx->baseline->organization.delegated_administrators;
    const struct inventory *inventory;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    if (!inventory->exists)
        return 0;
    seen->items = arena_array(ctx->arena, pairs->count, sizeof *seen->items);
    for (size_t i = 0; i < pairs->count; i++) {
        struct delegation *item = &seen->items[i];
        struct json *params = json_object(ctx->arena);
        const struct json *list;

        item->principal = pairs->items[i].key;
        item->account = wanted(ctx, i);
        json_put_str(params, "ServicePrincipal", item->principal);
        if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_DELEGATED_ADMINISTRATORS, params,
                     ctx->arena, &list, err) != 0)
            return err_wrap(err, "%s", item->principal);
        for (const struct json *it = json_first(list); it != NULL; it = it->next)
            if (item->live_id == NULL ||
                str_eq(json_str(it, "Id"), control_account_id(ctx, item->account)))
                item->live_id = json_str(it, "Id");
    }
    return 0;
}

static void delegated_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct delegated_seen *seen = have;
    const struct pairs *pairs = &ctx->baseline->organization.delegated_administrators;

    for (size_t i = 0; i < pairs->count; i++) {
        const struct account *account = wanted(ctx, i);
        const char *want = control_account_id(ctx, account);
        const char *live = seen->items == NULL ? NULL : seen->items[i].live_id;
        struct change *change;

        if (want != NULL && str_eq(live, want))
            continue;
        if (live != NULL) {
            change = changes_add(out, CHANGE_DELETE, STEP_DEREGISTER, &seen->items[i],
                                 "delegated administrator of %s", pairs->items[i].key);
            change_field(change, "account", live, NULL);
        }
        change = changes_add(out, CHANGE_CREATE, STEP_REGISTER, &pairs->items[i],
                             "delegated administrator of %s", pairs->items[i].key);
        change_field(change, "account", NULL, account->name);
    }
}

static int delegated_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                           struct err *err)
{
    struct json *params = json_object(ctx->arena);
    enum aws_op op = AWS_ORGANIZATIONS_REGISTER_DELEGATED_ADMINISTRATOR;

    (void)have;
    if (change->step == STEP_DEREGISTER) {
        const struct delegation *item = change->subject;

        op = AWS_ORGANIZATIONS_DEREGISTER_DELEGATED_ADMINISTRATOR;
        json_put_str(params, "AccountId", item->live_id);
        json_put_str(params, "ServicePrincipal", item->principal);
    } else {
        const struct pair *pair = change->subject;
        const char *id = control_account_id(ctx, baseline_account(ctx->baseline, pair->value));

        if (id == NULL)
            return err_set(err, ERR_CONFLICT, "account \"%s\" does not exist", pair->value);
        json_put_str(params, "AccountId", id);
        json_put_str(params, "ServicePrincipal", pair->key);
    }
    return aws_call(ctx->target, op, params, ctx->arena, NULL, err);
}

static const char *const delegated_after[] = {"organization", "accounts", NULL};

const struct control control_delegated_administrators = {
    .name = "delegated_administrators",
    .title = "delegated administrators of services",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .after = delegated_after,
    .ops = delegated_ops,
    .seen_size = sizeof(struct delegated_seen),
    .observe = delegated_observe,
    .diff = delegated_diff,
    .apply = delegated_apply,
};
