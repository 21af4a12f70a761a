/*
 * packing.c - from the policies of a baseline to those that AWS will hold.
 *
 * Names: a packed policy is called after where it is attached, and numbered: plinth-root-1,
 * plinth-Workloads/Prod-2, plinth-root+account:dev-1.  So a policy that is added or changed changes
 * contents, and neither names nor what is attached; only another set of targets is another name.
 * Names of OUs and accounts hold no '+', '/' or ':', so that different targets never make the same
 * name.  A policy of a type that cannot be packed is called after itself: plinth-ai-opt-out.
 */
#include "loading.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"

#include <string.h>

enum {
    POLICY_NAME_MOST = 128,
    POLICY_DESCRIPTION_MOST = 512,
    NAME_CUT = 100, /* of the targets in a name that is too long; a hash follows */
    NAME_HASH_CHARS = 8,
    SIZES_BYTES_MOST = 4096,
};

/* Policies of one type with the same targets. */
struct group {
    const struct policy_item *first;
    VEC(struct policy_part) parts;
};

/* How much of one type is attached to one target. */
struct load {
    const struct policy_type *type;
    const char *target;
    const struct node *node; /* of the first policy there */
    VEC(size_t) sizes;
};

struct packing {
    struct loading *loading;
    struct names groups; /* "TYPE TARGETS" -> struct group */
    VEC(struct group *) order;
    struct names loads; /* "TYPE TARGET" -> struct load */
    VEC(struct load *) load_order;
    VEC(struct baseline_policy) policies;
};

/* --- Groups --------------------------------------------------------------------------------------
 */

static void add_to_group(struct packing *packing, const struct policy_item *item)
{
    struct arena *arena = packing->loading->arena;
    const char *key = arena_printf(arena, "%s %s", item->type->key,
                                   item->type->iam_language ? item->targets : item->declared->name);
    struct group *group = names_get(&packing->groups, key);

    if (group == NULL) {
        group = arena_alloc(arena, sizeof *group);
        group->first = item;
        (void)names_add(&packing->groups, key, group);
        *VEC_ADD(arena, &packing->order) = group;
    }
    *VEC_ADD(arena, &group->parts) = (struct policy_part){.name = item->declared->name,
                                                          .document = item->document,
                                                          .keep_whole = item->declared->keep_whole};
}

/* --- Names ---------------------------------------------------------------------------------------
 */

static const char *policy_name(const struct policy_item *first, size_t number, struct arena *arena)
{
    char hash[SHA256_HEX_BYTES];
    const char *name;

    if (!first->type->iam_language)
        return arena_printf(arena, "plinth-%s", first->declared->name);
    name = arena_printf(arena, "plinth-%s-%zu", first->targets, number);
    if (strlen(name) <= POLICY_NAME_MOST)
        return name;
    sha256_hex(first->targets, strlen(first->targets), hash);
    return arena_printf(arena, "plinth-%.*s-%.*s-%zu", NAME_CUT, first->targets, NAME_HASH_CHARS,
                        hash, number);
}

static const char *policy_description(const struct group *group, const struct policy_packed *packed,
                                      struct arena *arena)
{
    static const char start[] = "Made by plinth from: ", more[] = ", ...";
    const char *text;
    struct buf out;

    buf_init(&out, POLICY_DESCRIPTION_MOST);
    buf_str(&out, start);
    for (size_t i = 0; i < packed->part_count; i++) {
        const char *name = group->parts.items[packed->parts[i]].name;

        if (out.len + strlen(", ") + strlen(name) + strlen(more) > POLICY_DESCRIPTION_MOST) {
            buf_str(&out, more);
            break;
        }
        buf_printf(&out, "%s%s", i == 0 ? "" : ", ", name);
    }
    text = arena_str(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

/* --- Packing -------------------------------------------------------------------------------------
 */

static void count_load(struct packing *packing, const struct group *group,
                       const struct attachment *attachment, size_t size)
{
    struct arena *arena = packing->loading->arena;
    const char *target = target_text(attachment, arena);
    const char *key = arena_printf(arena, "%s %s", group->first->type->key, target);
    struct load *load = names_get(&packing->loads, key);

    if (load == NULL) {
        load = arena_alloc(arena, sizeof *load);
        *load = (struct load){
            .type = group->first->type, .target = target, .node = group->first->declared->node};
        (void)names_add(&packing->loads, key, load);
        *VEC_ADD(arena, &packing->load_order) = load;
    }
    *VEC_ADD(arena, &load->sizes) = size;
}

static void pack_group(struct packing *packing, const struct group *group)
{
    struct loading *loading = packing->loading;
    const struct policy_item *first = group->first;
    struct policy_packed *packed;
    struct err err = ERR_INIT;
    size_t count;

    if (policy_pack(first->type, group->parts.items, group->parts.count, loading->arena, &packed,
                    &count, &err) != 0) {
        (void)err_wrap(&err, "policies on %s", first->targets);
        diags_add_err(loading->diags, &first->declared->node->mark, &err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        *VEC_ADD(loading->arena, &packing->policies) = (struct baseline_policy){
            .name = policy_name(first, i + 1, loading->arena),
            .description = policy_description(group, &packed[i], loading->arena),
            .type = first->type,
            .content = packed[i].content,
            .document = packed[i].document,
            .attachments = first->attachments,
            .attachment_count = first->attachment_count,
            .node = first->declared->node,
        };
        for (size_t k = 0; k < first->attachment_count; k++)
            count_load(packing, group, &first->attachments[k], strlen(packed[i].content));
    }
}

/* --- Quotas --------------------------------------------------------------------------------------
 */

static void check_load(const struct packing *packing, const struct load *load)
{
    const struct policy_type *type = load->type;
    size_t most = type->per_target_max - type->reserved;
    struct buf sizes;

    if (load->sizes.count <= most)
        return;
    buf_init(&sizes, SIZES_BYTES_MOST);
    for (size_t i = 0; i < load->sizes.count; i++)
        buf_printf(&sizes, "%s%zu", i == 0 ? "" : ", ", load->sizes.items[i]);
    diags_add(packing->loading->diags, &load->node->mark,
              "%s needs %zu documents of type %s (%s characters), and AWS takes %zu%s of at most "
              "%zu characters",
              load->target, load->sizes.count, type->title, buf_text(&sizes), most,
              type->reserved > 0 ? " besides its own" : "", type->characters_max);
    buf_fini(&sizes);
}

static void check_organization_quota(const struct packing *packing)
{
    for (const struct policy_type *type = policy_types(); type->key != NULL; type++) {
        const struct node *last = NULL;
        size_t count = 0;

        for (size_t i = 0; i < packing->policies.count; i++) {
            if (packing->policies.items[i].type != type)
                continue;
            last = packing->policies.items[i].node;
            count++;
        }
        if (count > type->per_organization_max)
            diags_add(packing->loading->diags, &last->mark,
                      "%zu documents of type %s, and AWS takes %zu in an organization", count,
                      type->title, type->per_organization_max);
    }
}

void pack_policies(struct loading *loading, const struct policy_item *items, size_t count)
{
    struct packing packing = {.loading = loading};

    names_init(&packing.groups, loading->arena, false);
    names_init(&packing.loads, loading->arena, false);
    for (size_t i = 0; i < count; i++)
        add_to_group(&packing, &items[i]);
    for (size_t i = 0; i < packing.order.count; i++)
        pack_group(&packing, packing.order.items[i]);
    for (size_t i = 0; i < packing.load_order.count; i++)
        check_load(&packing, packing.load_order.items[i]);
    check_organization_quota(&packing);
    for (size_t i = 0; i < packing.policies.count; i++)
        use_policy_type(loading->baseline, packing.policies.items[i].type);
    loading->baseline->policies = packing.policies.items;
    loading->baseline->policy_count = packing.policies.count;
}
