/*
 * policies.c - control "policies": organization policies of every type, and where they are
 * attached.
 *
 * Baseline:  policies: [ { name, type, template | document, attach } ]; what one target gets is
 *            packed into as few documents as fit
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28
 * Limits:    touches only policies that carry this baseline's ownership tag: Control Tower's
 *            (aws-guardrails-*) and everybody else's are never read beyond their name, AWS's own
 *            FullAWSAccess only for where it is attached.
 *            Comes last: after the roles that its policies must spare.  Room at a target is counted
 *            with what AWS attaches itself and not with what others attached.
 */
#include "full_access.h"
#include "policies_order.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/policy/document.h"

#include <string.h>

/* What protects comes before what is taken away, so that a target is never between two policies:
 * new documents and those that lose nothing to another, attachments, the other documents (see
 * policies_order.h), detachments, deletions.  Only where a target has no room for an attachment
 * does a superseded one go first, and just one for each. */
enum { STEP_CREATE, STEP_UPDATE, STEP_ATTACH, STEP_DETACH, STEP_DELETE, STEP_NO_ROOM };

struct live_policy {
    const char *id, *name, *description, *content;
    const struct policy_type *type;
    const struct json *targets;         /* [{TargetId, Name, Type}, ...] */
    const struct baseline_policy *want; /* NULL: the baseline does not name it any more */
};

struct policies_seen {
    struct live_policy *items; /* those this baseline owns */
    size_t count, capacity;
    struct full_access full_access;
};

/* One attachment: as it is, to make, or to take away. */
struct link {
    const struct live_policy *live;      /* NULL: to be created */
    const struct baseline_policy *want;  /* NULL: it does not belong there */
    const struct attachment *attachment; /* of one to make */
    const char *target_id;               /* NULL: the target does not exist yet */
    const char *target_name;             /* of one that is there */
    bool gone;                           /* it is being taken away */
};

struct links {
    struct link **items;
    size_t count, capacity;
};

/* A comparison under way. */
struct comparison {
    const struct control_ctx *ctx;
    const struct policies_seen *seen;
    struct changes *out;
    struct links links;   /* all there are at this point of the plan */
    struct links no_room; /* those that cannot be made */
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
    if (json_bool(summary, "AwsManaged", false) && str_eq(live.name, FULL_ACCESS_NAME))
        return full_access_read(ctx, live.id, &seen->full_access, err);
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

static void diff_document(const struct comparison *comparison, const struct baseline_policy *want,
                          bool loses)
{
    const struct live_policy *live = find_live(comparison->seen, want);
    const char *content = policies_content(comparison->ctx, want);
    const char *shown = content == NULL ? change_unknown : content;
    struct changes *out = comparison->out;
    struct change *change;
    bool same = live != NULL && content != NULL && policy_text_equal(live->content, content);

    if (live == NULL && !want->unwanted) {
        change = changes_add(out, CHANGE_CREATE, STEP_CREATE, want, "%s %s", want->type->title,
                             want->name);
        change_field(change, "description", NULL, want->description);
        change_field(change, "content", NULL, shown);
        return;
    }
    if (want->unwanted || (same && str_eq(live->description, want->description)))
        return;
    change =
        changes_add(out, CHANGE_UPDATE, STEP_UPDATE, want, "%s %s", want->type->title, want->name);
    change_field(change, "description", live->description, want->description);
    if (same)
        return;
    change_field(change, "content", live->content, shown);
    if (loses)
        change_takes_away(change);
}

/* --- Links ---------------------------------------------------------------------------------------
 */

static const struct policy_type *type_of(const struct link *link)
{
    return link->live == NULL ? link->want->type : link->live->type;
}

static struct link *add_link(struct comparison *comparison, struct links *links, struct link link)
{
    struct arena *arena = comparison->out->arena;
    struct link *copy = arena_alloc(arena, sizeof *copy);

    *copy = link;
    *VEC_ADD(arena, links) = copy;
    return copy;
}

static void add_live_links(struct comparison *comparison)
{
    const struct policies_seen *seen = comparison->seen;

    for (size_t i = 0; i < seen->count; i++)
        for (const struct json *it = json_first(seen->items[i].targets); it != NULL;
             it = it->next) {
            const struct live_policy *live = &seen->items[i];
            const char *id = json_str(it, "TargetId");
            bool wanted = is_wanted_at(comparison->ctx, live, id);

            (void)add_link(comparison, &comparison->links,
                           (struct link){.live = live,
                                         .want = wanted ? live->want : NULL,
                                         .target_id = id,
                                         .target_name = json_str(it, "Name")});
        }
}

/* A policy that the baseline no longer names stays where it is without --prune. */
static bool may_go(const struct comparison *comparison, const struct link *link)
{
    return link->want == NULL && !link->gone &&
           (link->live->want != NULL || comparison->ctx->prune);
}

static bool is_beside(const struct link *link, const struct link *wanted)
{
    return !link->gone && type_of(link) == type_of(wanted) &&
           str_eq(link->target_id, wanted->target_id);
}

static size_t count_beside(const struct comparison *comparison, const struct link *wanted)
{
    size_t count = 0;

    for (size_t i = 0; i < comparison->links.count; i++)
        count += is_beside(comparison->links.items[i], wanted);
    return count;
}

static size_t most_of(const struct policy_type *type)
{
    return type->per_target_max - type->reserved;
}

static void detach(struct comparison *comparison, struct link *link)
{
    struct changes *out = comparison->out;

    link->gone = true;
    change_field(changes_add(out, CHANGE_DELETE, STEP_DETACH, link, "%s %s",
                             link->live->type->title, link->live->name),
                 "attached to",
                 arena_printf(out->arena, "%s (%s)", link->target_name, link->target_id), NULL);
}

/* How much of what a link's document says nothing else at its target says. */
static size_t cost_of(const struct comparison *comparison, const struct link *link,
                      struct arena *arena)
{
    const char **others = arena_array(arena, comparison->links.count, sizeof *others);
    size_t count = 0;

    for (size_t i = 0; i < comparison->links.count; i++) {
        const struct link *other = comparison->links.items[i];

        if (other != link && is_beside(other, link))
            others[count++] = other->live == NULL ? other->want->content : other->live->content;
    }
    return policies_uncovered(link->live->content, others, count, arena);
}

/* Take away the superseded link at the target that is missed least.  False: there is none. */
static bool make_room(struct comparison *comparison, const struct link *wanted)
{
    struct arena *arena = arena_new("room");
    struct link *best = NULL;
    size_t best_cost = 0;

    for (size_t i = 0; i < comparison->links.count; i++) {
        struct link *link = comparison->links.items[i];
        size_t cost;

        if (!is_beside(link, wanted) || !may_go(comparison, link))
            continue;
        cost = cost_of(comparison, link, arena);
        if (best == NULL || cost < best_cost) {
            best = link;
            best_cost = cost;
        }
        arena_reset(arena);
    }
    arena_free(arena);
    if (best != NULL)
        detach(comparison, best);
    return best != NULL;
}

static void diff_attach(struct comparison *comparison, const struct baseline_policy *want)
{
    const struct live_policy *live = find_live(comparison->seen, want);

    for (size_t i = 0; i < want->attachment_count; i++) {
        const struct attachment *attachment = &want->attachments[i];
        struct link wanted = {.live = live,
                              .want = want,
                              .attachment = attachment,
                              .target_id = target_id(comparison->ctx, attachment)};
        struct link *link;

        if (is_attached(live, wanted.target_id))
            continue;
        if (wanted.target_id != NULL && count_beside(comparison, &wanted) >= most_of(want->type) &&
            !make_room(comparison, &wanted)) {
            (void)add_link(comparison, &comparison->no_room, wanted);
            continue;
        }
        link = add_link(comparison, &comparison->links, wanted);
        change_field(changes_add(comparison->out, CHANGE_CREATE, STEP_ATTACH, link, "%s %s",
                                 want->type->title, want->name),
                     "attached to", NULL, target_name(attachment));
    }
}

/* --- All of it -----------------------------------------------------------------------------------
 */

static void diff_contents(struct comparison *comparison)
{
    const struct baseline *baseline = comparison->ctx->baseline;
    struct arena *arena = arena_new("policies order");
    struct rewrite *rewrites = arena_array(arena, baseline->policy_count, sizeof *rewrites);
    size_t *order = arena_array(arena, baseline->policy_count, sizeof *order), early;

    for (size_t i = 0; i < baseline->policy_count; i++) {
        const struct live_policy *live = find_live(comparison->seen, &baseline->policies[i]);

        rewrites[i].from = live == NULL ? NULL : live->content;
        if (!baseline->policies[i].unwanted) /* else what it says is in it no more */
            rewrites[i].to = policies_content(comparison->ctx, &baseline->policies[i]);
    }
    early = policies_order(rewrites, baseline->policy_count, arena, order);
    for (size_t i = 0; i < early; i++)
        diff_document(comparison, &baseline->policies[order[i]], rewrites[order[i]].loses);
    for (size_t i = 0; i < baseline->policy_count; i++)
        diff_attach(comparison, &baseline->policies[i]);
    for (size_t i = early; i < baseline->policy_count; i++)
        diff_document(comparison, &baseline->policies[order[i]], rewrites[order[i]].loses);
    arena_free(arena);
}

static void diff_superseded(struct comparison *comparison)
{
    struct changes *out = comparison->out;

    for (size_t i = 0; i < comparison->links.count; i++)
        if (may_go(comparison, comparison->links.items[i]))
            detach(comparison, comparison->links.items[i]);
    for (size_t i = 0; i < comparison->seen->count; i++) {
        const struct live_policy *live = &comparison->seen->items[i];

        if (live->want != NULL && !live->want->unwanted)
            continue;
        if (comparison->ctx->prune || live->want != NULL)
            changes_add(out, CHANGE_DELETE, STEP_DELETE, live, "%s %s", live->type->title,
                        live->name);
        else
            changes_note(out,
                         "%s %s (%s) is this baseline's and no longer in it; it stays, and stays "
                         "attached, until a run with --prune",
                         live->type->title, live->name, live->id);
    }
}

/* Planned all the same, as the last ones, because they are needed; an apply then says why it cannot
 * be done. */
static void diff_no_room(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->no_room.count; i++) {
        const struct link *link = comparison->no_room.items[i];
        const char *name = target_name(link->attachment);

        change_field(changes_add(comparison->out, CHANGE_CREATE, STEP_NO_ROOM, link, "%s %s",
                                 link->want->type->title, link->want->name),
                     "attached to", NULL, name);
        changes_note(comparison->out,
                     "%s %s cannot be attached to %s: %zu are attached there already, some of them "
                     "no longer in the baseline, and AWS takes %zu; a run with --prune takes those "
                     "away",
                     link->want->type->title, link->want->name, name,
                     count_beside(comparison, link), most_of(link->want->type));
    }
}

static void policies_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    struct comparison comparison = {.ctx = ctx, .seen = have, .out = out};

    add_live_links(&comparison);
    diff_contents(&comparison);
    diff_superseded(&comparison);
    diff_no_room(&comparison);
    full_access_note(ctx, &comparison.seen->full_access, out);
}

/* --- Changes -------------------------------------------------------------------------------------
 */

static int put_content(struct control_ctx *ctx, const struct baseline_policy *want,
                       struct json *params, struct err *err)
{
    const char *content = policies_content(ctx, want);

    if (content == NULL)
        return err_set(err, ERR_CONFLICT, "an account that it names does not exist yet");
    json_put_str(params, "Content", content);
    return 0;
}

static int create(struct control_ctx *ctx, const struct baseline_policy *want, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Name", want->name);
    json_put_str(params, "Description", want->description);
    json_put_str(params, "Type", want->type->api_name);
    if (put_content(ctx, want, params, err) != 0)
        return -1;
    control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    return aws_call(ctx->target, AWS_ORGANIZATIONS_CREATE_POLICY, params, ctx->arena, NULL, err);
}

static int update(struct control_ctx *ctx, const struct live_policy *live, struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "PolicyId", live->id);
    json_put_str(params, "Description", live->want->description);
    if (put_content(ctx, live->want, params, err) != 0)
        return -1;
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
        json_put_str(params, "PolicyId", link->live->id);
        json_put_str(params, "TargetId", link->target_id);
        return aws_call(ctx->target, AWS_ORGANIZATIONS_DETACH_POLICY, params, ctx->arena, NULL,
                        err);
    case STEP_NO_ROOM:
        return err_set(err, ERR_LIMIT, "%s has no room for it; a run with --prune makes some",
                       target_name(link->attachment));
    default:
        json_put_str(params, "PolicyId", ((const struct live_policy *)change->subject)->id);
        return aws_call(ctx->target, AWS_ORGANIZATIONS_DELETE_POLICY, params, ctx->arena, NULL,
                        err);
    }
}

static const char *const policies_after[] = {"organization",  "organizational_units", "accounts",
                                             "security_role", "backup_central",       NULL};

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
