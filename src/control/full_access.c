#include "full_access.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int full_access_read(struct control_ctx *ctx, const char *policy_id, struct full_access *out,
                     struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *list;

    json_put_str(params, "PolicyId", policy_id);
    if (aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_TARGETS_FOR_POLICY, params, ctx->arena, &list,
                 err) != 0)
        return err_wrap(err, "policy %s", FULL_ACCESS_NAME);
    out->targets = arena_array(ctx->arena, list->count + 1, sizeof *out->targets);
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (json_need_str(it, "TargetId", &out->targets[out->count++], err) != 0)
            return -1;
    qsort(out->targets, out->count, sizeof *out->targets, by_text);
    out->known = true;
    return 0;
}

/* What does not exist yet gets it with its making. */
static void note_target(const struct full_access *full_access, const char *id, const char *name,
                        struct changes *out)
{
    if (id != NULL &&
        (full_access->count == 0 || bsearch(&id, full_access->targets, full_access->count,
                                            sizeof *full_access->targets, by_text) == NULL))
        changes_note(
            out,
            "%s is not attached to %s: what no other SCP allows there is denied, to plinth "
            "as well; plinth neither detaches it nor attaches it again",
            FULL_ACCESS_NAME, name);
}

void full_access_note(const struct control_ctx *ctx, const struct full_access *full_access,
                      struct changes *out)
{
    const struct baseline *baseline = ctx->baseline;
    const struct inventory *inventory = inventory_peek(ctx->inventory);

    if (!full_access->known || inventory == NULL)
        return;
    note_target(full_access, inventory->root_id, "the root", out);
    for (size_t i = 0; i < baseline->ou_count; i++) {
        const struct inventory_ou *ou = inventory_ou_by_path(inventory, baseline->ous[i].path);

        note_target(full_access, ou == NULL ? NULL : ou->id, baseline->ous[i].path, out);
    }
    for (size_t i = 0; i < baseline->account_count; i++) {
        const struct account *account = &baseline->accounts[i];

        note_target(full_access, control_account_id(ctx, account), account->name, out);
    }
}
