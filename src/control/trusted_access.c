/*
 * trusted_access.c - control "trusted_access": the services that may work in all accounts of the
 * organization, each for itself: one that AWS refuses stops none of the others.
 *
 * Baseline:  organization: { trusted_access: [principal, ...] }
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28
 * Limits:    trusted access that the baseline does not name is left on: whoever turned it on may
 *            need it.
 */
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/control/refusals.h"

struct trusted_seen {
    const struct json *services; /* EnabledServicePrincipals; NULL: there is no organization */
};

static const enum aws_op trusted_ops[] = {
    AWS_ORGANIZATIONS_LIST_AWS_SERVICE_ACCESS_FOR_ORGANIZATION,
    AWS_ORGANIZATIONS_ENABLE_AWS_SERVICE_ACCESS,
    AWS_OP_NONE,
};

static bool is_trusted(const struct trusted_seen *seen, const char *principal)
{
    for (const struct json *it = json_first(seen->services); it != NULL; it = it->next)
        if (str_eq(json_str(it, "ServicePrincipal"), principal))
            return true;
    return false;
}

static int trusted_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct strings *wanted = &ctx->baseline->organization.trusted_access;
    struct trusted_seen *seen = out_seen;
    const struct inventory *inventory;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    if (!inventory->exists)
        return 0;
    if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_AWS_SERVICE_ACCESS_FOR_ORGANIZATION, NULL,
                 ctx->arena, &seen->services, err) != 0)
        return -1;
    for (const struct json *it = json_first(seen->services); it != NULL; it = it->next)
        if (json_str(it, "ServicePrincipal") != NULL)
            (void)refusals_note(ctx->facts, REFUSAL_TRUSTED_ACCESS,
                                json_str(it, "ServicePrincipal"), 0, err);
    for (size_t i = 0; i < wanted->count; i++)
        refusals_await(ctx->facts, wanted->items[i], !is_trusted(seen, wanted->items[i]));
    return 0;
}

static void trusted_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct trusted_seen *seen = have;
    const struct strings *wanted = &ctx->baseline->organization.trusted_access;

    for (size_t i = 0; i < wanted->count; i++)
        if (!is_trusted(seen, wanted->items[i]))
            change_is_part(changes_add(out, CHANGE_CREATE, 0, wanted->items[i],
                                       "trusted access for %s", wanted->items[i]),
                           wanted->items[i]);
}

static int trusted_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                         struct err *err)
{
    struct json *params = json_object(ctx->arena);
    int result;

    (void)have;
    json_put_str(params, "ServicePrincipal", change->subject);
    result = aws_call(ctx->target, AWS_ORGANIZATIONS_ENABLE_AWS_SERVICE_ACCESS, params, ctx->arena,
                      NULL, err);
    if (result == 0)
        refusals_await(ctx->facts, change->subject, false);
    return refusals_note(ctx->facts, REFUSAL_TRUSTED_ACCESS, change->subject, result, err);
}

static const char *const trusted_after[] = {"organization", NULL};

const struct control control_trusted_access = {
    .name = "trusted_access",
    .part_of = "organization",
    .title = "trusted access of services",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .after = trusted_after,
    .ops = trusted_ops,
    .seen_size = sizeof(struct trusted_seen),
    .observe = trusted_observe,
    .diff = trusted_diff,
    .apply = trusted_apply,
};
