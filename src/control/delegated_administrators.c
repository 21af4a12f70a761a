/*
 * delegated_administrators.c - control "delegated_administrators": which account administers a
 * service for the organization.
 *
 * Baseline:  organization: { delegated_administrators: { principal: account } }
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28; how
 * many administrators a service takes is on its page under "AWS services that you can use with AWS
 * Organizations" in the Organizations User Guide. Limits:    AWS does not say who registered an
 * administrator, so that one which the baseline does not name is replaced only with --prune, and
 * only where its service takes no second one.  GuardDuty, Security Hub, Macie and Inspector have
 * calls of their own, per region, in their controls.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/control/refusals.h"

enum { STEP_DEREGISTER, STEP_REGISTER };

struct delegation {
    const char *principal;
    const struct account *account; /* wanted */
    const struct json *live;       /* [{Id, Name, ...}, ...]: who administers it now */
    const char *unread;            /* why that is not known, of this service alone; NULL: it is */
};

/* An administrator to take away. */
struct removal {
    const struct delegation *delegation;
    const char *account_id;
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

/* Of a service that is not here, the old administrator must go before a new one can come. */
static bool takes_several(const char *principal)
{
    static const char *const principals[] = {
        "backup.amazonaws.com",
        "cloudtrail.amazonaws.com",
        "config-multiaccountsetup.amazonaws.com",
        "config.amazonaws.com",
        "health.amazonaws.com",
        "member.org.stacksets.cloudformation.amazonaws.com",
        "networkmanager.amazonaws.com",
        "notifications.amazonaws.com",
        "reachabilityanalyzer.networkinsights.amazonaws.com",
        "reporting.trustedadvisor.amazonaws.com",
        "servicecatalog.amazonaws.com",
        "storage-lens.s3.amazonaws.com",
    };

    for (size_t i = 0; i < sizeof principals / sizeof principals[0]; i++)
        if (str_eq(principals[i], principal))
            return true;
    return false;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static int list_administrators(struct control_ctx *ctx, const char *principal,
                               const struct json **out, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "ServicePrincipal", principal);
    if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_DELEGATED_ADMINISTRATORS, params, ctx->arena,
                 out, err) != 0)
        return err_wrap(err, "%s", principal);
    return 0;
}

static bool is_among(const struct json *live, const char *account_id)
{
    for (const struct json *it = json_first(live); it != NULL; it = it->next)
        if (account_id != NULL && str_eq(json_str(it, "Id"), account_id))
            return true;
    return false;
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

        item->principal = pairs->items[i].key;
        item->account = baseline_account(ctx->baseline, pairs->items[i].value);
        if (list_administrators(ctx, item->principal, &item->live, err) != 0) {
            /* AWS does not know the service, or not here; the others are well. */
            if (!err_is(err, "InvalidInputException"))
                return -1;
            item->unread = arena_str(ctx->arena, err->text);
            err_clear(err);
        }
        if (is_among(item->live, control_account_id(ctx, item->account)))
            (void)refusals_note(ctx->facts, REFUSAL_ADMINISTRATOR, item->principal, 0, err);
    }
    return 0;
}

/* --- Difference ----------------------------------------------------------------------------------
 */

/* Who stands in the way of the wanted one; NULL: nobody. */
static const struct json *in_the_way(const struct delegation *item)
{
    return item == NULL || takes_several(item->principal) ? NULL : json_first(item->live);
}

static const char *describe(const struct control_ctx *ctx, const struct json *administrator)
{
    const char *name = json_str(administrator, "Name"), *id = json_str(administrator, "Id");

    return name == NULL ? id : arena_printf(ctx->arena, "%s (%s)", name, id);
}

static void diff_one(const struct control_ctx *ctx, const struct pair *pair,
                     const struct delegation *item, struct changes *out)
{
    const struct account *account = baseline_account(ctx->baseline, pair->value);
    const struct json *other = in_the_way(item);
    const char *want = control_account_id(ctx, account);
    struct removal *removal;
    struct change *change;

    if (item != NULL && item->unread != NULL)
        changes_problem(out, true, "delegated administrator of %s", item->unread);
    if (item != NULL && (item->unread != NULL || is_among(item->live, want)))
        return;
    if (other != NULL && !ctx->prune) {
        changes_note(out,
                     "account %s administers %s, which takes no second administrator; a run with "
                     "--prune replaces it by %s",
                     describe(ctx, other), pair->key, account->name);
        return;
    }
    if (other != NULL && want != NULL) {
        removal = arena_alloc(out->arena, sizeof *removal);
        *removal = (struct removal){.delegation = item, .account_id = json_str(other, "Id")};
        change = changes_add(out, CHANGE_DELETE, STEP_DEREGISTER, removal,
                             "delegated administrator of %s", pair->key);
        change_is_part(change, pair->key);
        change_field(change, "account", describe(ctx, other), NULL);
        other = NULL;
    }
    change = changes_add(out, CHANGE_CREATE, STEP_REGISTER, pair, "delegated administrator of %s",
                         pair->key);
    change_is_part(change, pair->key);
    /* Nobody goes before it is known that the successor exists; but then he does. */
    if (other != NULL)
        change_takes_away(change);
    change_field(change, "account", other == NULL ? NULL : describe(ctx, other), account->name);
}

static void delegated_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct delegated_seen *seen = have;
    const struct pairs *pairs = &ctx->baseline->organization.delegated_administrators;

    for (size_t i = 0; i < pairs->count; i++)
        diff_one(ctx, &pairs->items[i], seen->items == NULL ? NULL : &seen->items[i], out);
}

/* --- Changes -------------------------------------------------------------------------------------
 */

/* What was read may be old: another run may have made the change meanwhile, or closed the account
 * that was to follow. */
static int check_removal(struct control_ctx *ctx, const struct removal *removal, struct err *err)
{
    const struct delegation *item = removal->delegation;
    const struct inventory *inventory;
    const struct json *live;
    const char *want;

    inventory_invalidate(ctx->inventory);
    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    want = control_account_id(ctx, item->account);
    if (want == NULL)
        return err_set(err, ERR_CONFLICT, "account \"%s\", which is to follow, does not exist",
                       item->account->name);
    if (list_administrators(ctx, item->principal, &live, err) != 0)
        return -1;
    if (is_among(live, want) || !is_among(live, removal->account_id))
        return err_set(err, ERR_CONFLICT, "its administrator is another one by now");
    return 0;
}

static int deregister(struct control_ctx *ctx, const struct removal *removal, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    if (check_removal(ctx, removal, err) != 0)
        return -1;
    json_put_str(params, "AccountId", removal->account_id);
    json_put_str(params, "ServicePrincipal", removal->delegation->principal);
    return aws_call(ctx->target, AWS_ORGANIZATIONS_DEREGISTER_DELEGATED_ADMINISTRATOR, params,
                    ctx->arena, NULL, err);
}

/* `pair`: of a service and an account. */
static int register_one(struct control_ctx *ctx, const struct pair *pair, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const char *id = control_account_id(ctx, baseline_account(ctx->baseline, pair->value));
    const char *refusal = refusals_of(ctx->facts, REFUSAL_TRUSTED_ACCESS, pair->key, ctx->arena);

    if (id == NULL)
        return err_set(err, ERR_CONFLICT, "account \"%s\" does not exist", pair->value);
    if (refusal != NULL)
        return err_set(err, ERR_DENIED, "it needs %s", refusal);
    json_put_str(params, "AccountId", id);
    json_put_str(params, "ServicePrincipal", pair->key);
    return aws_call(ctx->target, AWS_ORGANIZATIONS_REGISTER_DELEGATED_ADMINISTRATOR, params,
                    ctx->arena, NULL, err);
}

static int delegated_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                           struct err *err)
{
    const struct pair *pair = change->subject;

    (void)have;
    if (change->step == STEP_DEREGISTER)
        return deregister(ctx, change->subject, err);
    return refusals_note(ctx->facts, REFUSAL_ADMINISTRATOR, pair->key, register_one(ctx, pair, err),
                         err);
}

static const char *const delegated_after[] = {"organization", "accounts", NULL};
static const char *const delegated_follows[] = {"trusted_access", NULL};

const struct control control_delegated_administrators = {
    .name = "delegated_administrators",
    .title = "delegated administrators of services",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .after = delegated_after,
    .follows = delegated_follows,
    .ops = delegated_ops,
    .seen_size = sizeof(struct delegated_seen),
    .observe = delegated_observe,
    .diff = delegated_diff,
    .apply = delegated_apply,
};
