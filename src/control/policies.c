/*
 * policies.c - control "policies": organization policies of every type, and where they are
 * attached.
 *
 * Baseline:  policies: [ { name, type, template | document, attach } ]; what one target gets is
 *            packed into as few documents as fit
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28
 * Limits:    touches only policies that carry this baseline's ownership tag: Control Tower's
 *            (aws-guardrails-*), AWS's own and everybody else's are never read beyond their name.
 *            Comes last: after the roles that its policies must spare.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/policy/document.h"

#include <string.h>

/* What protects comes before what is taken away, so that a target is never between two policies:
 * new and growing documents, attachments, shrinking documents, detachments, deletions.  (Packing
 * may move a statement from one document to another.) */
enum { STEP_CREATE, STEP_UPDATE, STEP_ATTACH, STEP_DETACH, STEP_DELETE };

struct live_policy {
    const char *id, *name, *description, *content;
    const struct policy_type *type;
    const struct json *targets;         /* [{TargetId, Name, Type}, ...] */
    const struct baseline_policy *want; /* NULL: the baseline does not name it any more */
};

struct policies_seen {
    struct live_policy *items; /* those this baseline owns */
    size_t count, capacity;
};

/* One attachment to make or to take away. */
struct link {
    const struct baseline_policy *want;
    const struct attachment *attachment;
    const char *policy_id, *target_id; /* of a link to take away */
};

static const enum aws_op policies_ops[] = {
    AWS_ORGANIZATIONS_LIST_POLICIES,           AWS_ORGANIZATIONS_DESCRIBE_POLICY,
    AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, AWS_ORGANIZATIONS_LIST_TAGS_FOR_RESOURCE,
    AWS_ORGANIZATIONS_CREATE_POLICY,           AWS_ORGANIZATIONS_UPDATE_POLICY,
    AWS_ORGANIZATIONS_ATTACH_POLICY,           AWS_ORGANIZATIONS_DETACH_POLICY,
    AWS_ORGANIZATIONS_DELETE_POLICY,           AWS_OP_NONE,
};

/* --- Live ----------------------------------------------------------------------------------------
 */

static const struct baseline_policy *find_wanted(const struct baseline *baseline,
                                                 const struct policy_type *type, const char *name)
{
    for (size_t i = 0; i < baseline->policy_count; i++)
        if (baseline->policies[i].type == type && str_eq(baseline->policies[i].name, name))
            return &baseline->policies[i];
    return NULL;
}

static int read_owner(struct control_ctx *ctx, const char *id, const char **out, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *tags;

    json_put_str(params, "ResourceId", id);
    if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_TAGS_FOR_RESOURCE, params, ctx->arena, &tags,
                 err) != 0)
        return -1;
    *out = control_tag(tags, CONTROL_TAG_KEY);
    return 0;
}

static int read_policy(struct control_ctx *ctx, struct live_policy *live, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    json_put_str(params, "PolicyId", live->id);
    if (aws_call(ctx->target, AWS_ORGANIZATIONS_DESCRIBE_POLICY, params, ctx->arena, &answer,
                 err) != 0 ||
        json_need_str(json_get(answer, "Policy"), "Content", &live->content, err) != 0)
        return -1;
    return aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, params, ctx->arena,
                    &live->targets, err);
}

/* Names start with "plinth-": others need not be asked for their tags. */
static int consider(struct control_ctx *ctx, const struct policy_type *type,
                    const struct json *summary, struct policies_seen *seen, struct err *err)
{
    struct live_policy live = {.type = type};
    const char *owner;

    if (json_need_str(summary, "Id", &live.id, err) != 0 ||
        json_need_str(summary, "Name", &live.name, err) != 0)
        return -1;
    live.description = json_str(summary, "Description");
    live.want = find_wanted(ctx->baseline, type, live.name);
    if (json_bool(summary, "AwsManaged", false) ||
        (live.want == NULL && !str_starts(live.name, "plinth-")))
        return 0;
    if (read_owner(ctx, live.id, &owner, err) != 0)
        return err_wrap(err, "policy %s", live.name);
    if (!str_eq(owner, ctx->baseline->name)) {
        if (live.want == NULL)
            return 0;
        return err_set(err, ERR_CONFLICT,
                       "%s %s (%s) exists and is not this baseline's (no tag %s=%s); tag it or "
                       "rename it",
                       type->title, live.name, live.id, CONTROL_TAG_KEY, ctx->baseline->name);
    }
    if (read_policy(ctx, &live, err) != 0)
        return err_wrap(err, "policy %s", live.name);
    *VEC_ADD(ctx->arena, seen) = live;
    return 0;
}

static int policies_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct policies_seen *seen = out_seen;
    const struct inventory *inventory;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++) {
        struct json *params = json_object(ctx->arena);
        const struct json *list;

        if (!inventory_has_policy_type(inventory, type->api_name))
            continue;
        json_put_str(params, "Filter", type->api_name);
        if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_POLICIES, params, ctx->arena, &list,
                     err) != 0)
            return err_wrap(err, "%s policies", type->title);
        for (const struct json *it = json_first(list); it != NULL; it = it->next)
            if (consider(ctx, type, it, seen, err) != 0)
                return -1;
    }
    return 0;
}

/* --- Difference ----------------------------------------------------------------------------------
 */

static const char *target_name(const struct attachment *attachment)
{
    return attachment->root         ? "the root"
           : attachment->ou != NULL ? attachment->ou->path
                                    : attachment->account->name;
}

/* NULL while the OU or account does not exist. */
static const char *target_id(const struct control_ctx *ctx, const struct attachment *attachment)
{
    const struct inventory *inventory = inventory_peek(ctx->inventory);
    const struct inventory_ou *ou;

    if (inventory == NULL)
        return NULL;
    if (attachment->account != NULL)
        return control_account_id(ctx, attachment->account);
    ou = inventory_ou_by_path(inventory, attachment->root ? "" : attachment->ou->path);
    return ou == NULL ? NULL : ou->id;
}

static bool is_attached(const struct live_policy *live, const char *id)
{
    if (live == NULL || id == NULL)
        return false;
    for (const struct json *it = json_first(live->targets); it != NULL; it = it->next)
        if (str_eq(json_str(it, "TargetId"), id))
            return true;
    return false;
}

static bool is_wanted_at(const struct control_ctx *ctx, const struct live_policy *live,
                         const char *id)
{
    for (size_t i = 0; live->want != NULL && i < live->want->attachment_count; i++)
        if (str_eq(target_id(ctx, &live->want->attachments[i]), id))
            return true;
    return false;
}

static const struct live_policy *find_live(const struct policies_seen *seen,
                                           const struct baseline_policy *want)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].want == want)
            return &seen->items[i];
    return NULL;
}

static bool shrinks(const struct live_policy *live, const struct baseline_policy *want)
{
    return live != NULL && strlen(want->content) < strlen(live->content);
}

static void diff_document(const struct policies_seen *seen, const struct baseline_policy *want,
                          bool shrinking, struct changes *out)
{
    const struct live_policy *live = find_live(seen, want);
    struct change *change;

    if (shrinks(live, want) != shrinking)
        return;
    if (live == NULL) {
        change = changes_add(out, CHANGE_CREATE, STEP_CREATE, want, "%s %s", want->type->title,
                             want->name);
        change_field(change, "description", NULL, want->description);
        change_field(change, "content", NULL, want->content);
        return;
    }
    if (policy_text_equal(live->content, want->content) &&
        str_eq(live->description, want->description))
        return;
    change =
        changes_add(out, CHANGE_UPDATE, STEP_UPDATE, want, "%s %s", want->type->title, want->name);
    change_field(change, "description", live->description, want->description);
    if (!policy_text_equal(live->content, want->content))
        change_field(change, "content", live->content, want->content);
}

static void diff_attach(const struct control_ctx *ctx, const struct policies_seen *seen,
                        const struct baseline_policy *want, struct changes *out)
{
    const struct live_policy *live = find_live(seen, want);

    for (size_t i = 0; i < want->attachment_count; i++) {
        const struct attachment *attachment = &want->attachments[i];
        struct link *link;

        if (is_attached(live, target_id(ctx, attachment)))
            continue;
        link = arena_alloc(out->arena, sizeof *link);
        link->want = want;
        link->attachment = attachment;
        change_field(changes_add(out, CHANGE_CREATE, STEP_ATTACH, link, "%s %s", want->type->title,
                                 want->name),
                     "attached to", NULL, target_name(attachment));
    }
}

static void diff_detach(const struct control_ctx *ctx, const struct live_policy *live,
                        struct changes *out)
{
    for (const struct json *it = json_first(live->targets); it != NULL; it = it->next) {
        const char *id = json_str(it, "TargetId");
        struct link *link;

        if (is_wanted_at(ctx, live, id))
            continue;
        link = arena_alloc(out->arena, sizeof *link);
        link->policy_id = live->id;
        link->target_id = id;
        change_field(changes_add(out, CHANGE_DELETE, STEP_DETACH, link, "%s %s", live->type->title,
                                 live->name),
                     "attached to", arena_printf(out->arena, "%s (%s)", json_str(it, "Name"), id),
                     NULL);
    }
}

static void policies_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct policies_seen *seen = have;
    const struct baseline *baseline = ctx->baseline;

    for (size_t i = 0; i < baseline->policy_count; i++)
        diff_document(seen, &baseline->policies[i], false, out);
    for (size_t i = 0; i < baseline->policy_count; i++)
        diff_attach(ctx, seen, &baseline->policies[i], out);
    for (size_t i = 0; i < baseline->policy_count; i++)
        diff_document(seen, &baseline->policies[i], true, out);
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i].want != NULL || ctx->prune)
            diff_detach(ctx, &seen->items[i], out);
    for (size_t i = 0; i < seen->count; i++) {
        const struct live_policy *live = &seen->items[i];

        if (live->want != NULL)
            continue;
        if (ctx->prune)
            changes_add(out, CHANGE_DELETE, STEP_DELETE, live, "%s %s", live->type->title,
                        live->name);
        else
            changes_note(out,
                         "%s %s (%s) is this baseline's and no longer in it; it stays, and stays "
                         "attached, until a run with --prune",
                         live->type->title, live->name, live->id);
    }
}

/* --- Changes -------------------------------------------------------------------------------------
 */

static int create(struct control_ctx *ctx, const struct baseline_policy *want, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Name", want->name);
    json_put_str(params, "Description", want->description);
    json_put_str(params, "Type", want->type->api_name);
    json_put_str(params, "Content", want->content);
    control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    return aws_call(ctx->target, AWS_ORGANIZATIONS_CREATE_POLICY, params, ctx->arena, NULL, err);
}

static int update(struct control_ctx *ctx, const struct live_policy *live, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "PolicyId", live->id);
    json_put_str(params, "Description", live->want->description);
    json_put_str(params, "Content", live->want->content);
    return aws_call(ctx->target, AWS_ORGANIZATIONS_UPDATE_POLICY, params, ctx->arena, NULL, err);
}

/* The policy may have been made a moment ago, by another change of this unit: ask for its id. */
static int find_policy_id(struct control_ctx *ctx, const struct policies_seen *seen,
                          const struct baseline_policy *want, const char **out, struct err *err)
{
    const struct live_policy *live = find_live(seen, want);
    struct json *params;
    const struct json *list;

    if (live != NULL) {
        *out = live->id;
        return 0;
    }
    params = json_object(ctx->arena);
    json_put_str(params, "Filter", want->type->api_name);
    if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_POLICIES, params, ctx->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(json_str(it, "Name"), want->name))
            return json_need_str(it, "Id", out, err);
    return err_set(err, ERR_CONFLICT, "policy %s is not there", want->name);
}

static int attach(struct control_ctx *ctx, const struct policies_seen *seen,
                  const struct link *link, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct inventory *inventory;
    const char *policy, *target;

    if (inventory_get(ctx->inventory, &inventory, err) != 0 ||
        find_policy_id(ctx, seen, link->want, &policy, err) != 0)
        return -1;
    target = target_id(ctx, link->attachment);
    if (target == NULL)
        return err_set(err, ERR_CONFLICT, "%s does not exist", target_name(link->attachment));
    json_put_str(params, "PolicyId", policy);
    json_put_str(params, "TargetId", target);
    return aws_call(ctx->target, AWS_ORGANIZATIONS_ATTACH_POLICY, params, ctx->arena, NULL, err);
}

static int policies_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                          struct err *err)
{
    const struct policies_seen *seen = have;
    struct json *params = json_object(ctx->arena);
    const struct link *link = change->subject;

    switch (change->step) {
    case STEP_CREATE:
        return create(ctx, change->subject, err);
    case STEP_UPDATE:
        return update(ctx, find_live(seen, change->subject), err);
    case STEP_ATTACH:
        return attach(ctx, seen, link, err);
    case STEP_DETACH:
        json_put_str(params, "PolicyId", link->policy_id);
        json_put_str(params, "TargetId", link->target_id);
        return aws_call(ctx->target, AWS_ORGANIZATIONS_DETACH_POLICY, params, ctx->arena, NULL,
                        err);
    default:
        json_put_str(params, "PolicyId", ((const struct live_policy *)change->subject)->id);
        return aws_call(ctx->target, AWS_ORGANIZATIONS_DELETE_POLICY, params, ctx->arena, NULL,
                        err);
    }
}

static const char *const policies_after[] = {"organization", "organizational_units", "accounts",
                                             "security_role", NULL};

const struct control control_policies = {
    .name = "policies",
    .title = "organization policies and their attachments",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .after = policies_after,
    .ops = policies_ops,
    .seen_size = sizeof(struct policies_seen),
    .observe = policies_observe,
    .diff = policies_diff,
    .apply = policies_apply,
};
