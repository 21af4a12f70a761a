/*
 * organizational_units.c - control "organizational_units": the tree of OUs, and their tags.
 *
 * Baseline:  organizational_units: [ { name, tags, organizational_units: [...] } ]
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28
 * Limits:    OUs that the baseline does not name are left alone.  AWS has no bulk read of tags: one
 *            call for each OU that declares some.
 */
#include "plinth/base/arena.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

enum { STEP_CREATE, STEP_TAG };

struct units_seen {
    const struct inventory *inventory;
    const struct json **tags; /* per OU of the baseline; NULL where none are declared */
};

static const enum aws_op units_ops[] = {
    AWS_ORGANIZATIONS_LIST_TAGS_FOR_RESOURCE,
    AWS_ORGANIZATIONS_CREATE_ORGANIZATIONAL_UNIT,
    AWS_ORGANIZATIONS_TAG_RESOURCE,
    AWS_OP_NONE,
};

static int units_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct units_seen *seen = out_seen;
    const struct baseline *baseline = ctx->baseline;

    if (inventory_get(ctx->inventory, &seen->inventory, err) != 0)
        return -1;
    seen->tags = arena_array(ctx->arena, baseline->ou_count, sizeof *seen->tags);
    for (size_t i = 0; i < baseline->ou_count; i++) {
        const struct ou *ou = &baseline->ous[i];
        const struct inventory_ou *live = inventory_ou_by_path(seen->inventory, ou->path);
        struct json *params;

        if (live == NULL || ou->tags.count == 0)
            continue;
        params = json_object(ctx->arena);
        json_put_str(params, "ResourceId", live->id);
        if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_TAGS_FOR_RESOURCE, params, ctx->arena,
                     &seen->tags[i], err) != 0)
            return err_wrap(err, "tags of organizational unit \"%s\"", ou->path);
    }
    return 0;
}

static void units_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct units_seen *seen = have;
    const struct baseline *baseline = ctx->baseline;

    for (size_t i = 0; i < baseline->ou_count; i++) {
        const struct ou *ou = &baseline->ous[i];
        const struct json *tags = seen->tags == NULL ? NULL : seen->tags[i];
        bool exists = inventory_ou_by_path(seen->inventory, ou->path) != NULL;

        if (!exists)
            control_diff_tags(changes_add(out, CHANGE_CREATE, STEP_CREATE, ou,
                                          "organizational unit \"%s\"", ou->path),
                              NULL, &ou->tags);
        else if (!control_tags_match(tags, &ou->tags))
            control_diff_tags(changes_add(out, CHANGE_UPDATE, STEP_TAG, ou,
                                          "organizational unit \"%s\"", ou->path),
                              tags, &ou->tags);
    }
}

static int unit_create(struct control_ctx *ctx, const struct ou *ou, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const char *parent_path = ou->parent == NULL ? "" : ou->parent->path;
    const struct inventory_ou *parent;
    const struct inventory *inventory;
    const struct json *answer, *made;
    const char *id;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    parent = inventory_ou_by_path(inventory, parent_path);
    if (parent == NULL)
        return err_set(err, ERR_CONFLICT, "its parent \"%s\" is not there", parent_path);
    json_put_str(params, "ParentId", parent->id);
    json_put_str(params, "Name", ou->name);
    control_put_tags(params, "Tags", ctx->baseline, &ou->tags, false);
    if (aws_call(ctx->target, AWS_ORGANIZATIONS_CREATE_ORGANIZATIONAL_UNIT, params, ctx->arena,
                 &answer, err) != 0) {
        /* Someone made it meanwhile: the tree we hold is old. */
        if (err->code == ERR_CONFLICT || err->code == ERR_LOST)
            inventory_invalidate(ctx->inventory);
        return -1;
    }
    made = json_get(answer, "OrganizationalUnit");
    if (json_need_str(made, "Id", &id, err) != 0)
        return -1;
    inventory_note_ou(ctx->inventory, id, ou->name, parent->id);
    return 0;
}

static int units_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                       struct err *err)
{
    const struct units_seen *seen = have;
    const struct ou *ou = change->subject;
    struct json *params;

    if (change->step == STEP_CREATE)
        return unit_create(ctx, ou, err);
    params = json_object(ctx->arena);
    json_put_str(params, "ResourceId", inventory_ou_by_path(seen->inventory, ou->path)->id);
    control_put_tags(params, "Tags", ctx->baseline, &ou->tags, false);
    return aws_call(ctx->target, AWS_ORGANIZATIONS_TAG_RESOURCE, params, ctx->arena, NULL, err);
}

static const char *const units_after[] = {"organization", NULL};

const struct control control_organizational_units = {
    .name = "organizational_units",
    .title = "the tree of organizational units",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .after = units_after,
    .ops = units_ops,
    .seen_size = sizeof(struct units_seen),
    .observe = units_observe,
    .diff = units_diff,
    .apply = units_apply,
};
