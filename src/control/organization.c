/*
 * organization.c - control "organization": the organization itself, with all features, and the
 * policy types of its root.
 *
 * Baseline:  organization: { policy_types: [type, ...] }
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28
 * Limits:    an organization with consolidated billing only is reported, not converted: its
 *            invited members must agree to all features by a handshake.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/fiber/fiber.h"

enum { STEP_CREATE, STEP_POLICY_TYPE };

enum { POLICY_TYPE_POLL_MS = 2000, POLICY_TYPE_POLLS = 60 };

/* CreateOrganization with all features turns this type on by itself. */
static const char SCP[] = "SERVICE_CONTROL_POLICY";

struct organization_seen {
    const struct inventory *inventory; /* NULL: nothing is there */
};

static const enum aws_op organization_ops[] = {
    AWS_ORGANIZATIONS_LIST_ROOTS,
    AWS_ORGANIZATIONS_CREATE_ORGANIZATION,
    AWS_ORGANIZATIONS_ENABLE_POLICY_TYPE,
    AWS_OP_NONE,
};

static int organization_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct organization_seen *seen = out_seen;

    if (inventory_get(ctx->inventory, &seen->inventory, err) != 0)
        return -1;
    if (!seen->inventory->exists)
        return 0;
    if (!str_eq(seen->inventory->feature_set, "ALL"))
        return err_set(err, ERR_GATE,
                       "organization %s has consolidated billing only; enabling all features asks "
                       "every invited member to agree: start it with `aws organizations "
                       "enable-all-features` and run plinth again when it is done",
                       seen->inventory->id);
    return 0;
}

static void organization_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct organization_seen *seen = have;
    const struct baseline *baseline = ctx->baseline;
    bool exists = seen->inventory != NULL && seen->inventory->exists;

    if (!exists) {
        struct change *change = changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "organization");

        change_field(change, "feature set", NULL, "ALL");
        change_field(change, "policy type", NULL, SCP); /* comes with it */
    }
    for (size_t i = 0; i < baseline->policy_types.count; i++)
        if (!inventory_has_policy_type(seen->inventory, baseline->policy_types.items[i]) &&
            (exists || !str_eq(baseline->policy_types.items[i], SCP)))
            changes_add(out, CHANGE_CREATE, STEP_POLICY_TYPE, baseline->policy_types.items[i],
                        "policy type %s", baseline->policy_types.items[i]);
}

/* EnablePolicyType answers at once, but the type stands at PENDING_ENABLE for a while, and the next
 * one is refused until it is through. */
static int await_policy_type(struct control_ctx *ctx, const char *type, struct err *err)
{
    struct sched *sched = aws_client_sched(ctx->target->client);

    for (int poll = 0; poll < POLICY_TYPE_POLLS; poll++) {
        const struct json *roots;

        if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_ROOTS, NULL, ctx->arena, &roots, err) != 0)
            return -1;
        for (const struct json *it = json_first(json_get(json_first(roots), "PolicyTypes"));
             it != NULL; it = it->next)
            if (str_eq(json_str(it, "Type"), type) && str_eq(json_str(it, "Status"), "ENABLED"))
                return 0;
        if (fiber_sleep_ms(sched, POLICY_TYPE_POLL_MS, err) != 0)
            return -1;
    }
    return err_set(err, ERR_PENDING, "policy type %s is still being enabled", type);
}

static int organization_apply(struct control_ctx *ctx, const void *have,
                              const struct change *change, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct inventory *inventory;

    (void)have;
    if (change->step == STEP_CREATE) {
        json_put_str(params, "FeatureSet", "ALL");
        inventory_invalidate(ctx->inventory);
        return aws_call(ctx->target, AWS_ORGANIZATIONS_CREATE_ORGANIZATION, params, ctx->arena,
                        NULL, err);
    }
    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    json_put_str(params, "RootId", inventory->root_id);
    json_put_str(params, "PolicyType", change->subject);
    inventory_invalidate(ctx->inventory);
    if (aws_call(ctx->target, AWS_ORGANIZATIONS_ENABLE_POLICY_TYPE, params, ctx->arena, NULL,
                 err) != 0)
        return -1;
    return await_policy_type(ctx, change->subject, err);
}

const struct control control_organization = {
    .name = "organization",
    .title = "the organization: all features, policy types",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .ops = organization_ops,
    .seen_size = sizeof(struct organization_seen),
    .observe = organization_observe,
    .diff = organization_diff,
    .apply = organization_apply,
};
