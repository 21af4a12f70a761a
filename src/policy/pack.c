/*
 * pack.c - many small policies in the few slots that a target has.
 *
 * First fit, largest first, weighed by what the minified union of a packed document would measure,
 * so that statements which merge cost what they cost.  Documents are tried whole; if fewer packed
 * documents would do, or one does not fit alone, they are divided into statements.
 *
 * Why dividing a document of Deny statements is safe: what is denied is denied, in whichever
 * document of the target.  Allows of one level add up as well, but AWS attaches one document after
 * the other: between two of them, half an allow list denies the other half.  So a document with an
 * Allow stays whole.
 */
#include "document_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/policy/organization.h"

#include <stdlib.h>
#include <string.h>

/* Every item is tried in every bin: what can never be attached must not take minutes to refuse. */
enum { OVER_MOST = 3 };

/* What is placed as one: a document, or one statement of it. */
struct item {
    size_t part;
    const char *name; /* of the part */
    struct json *document;
    const char *text; /* minified, without Sids */
};

struct items {
    struct item *items; /* the largest first */
    size_t count, capacity;
};

struct bin {
    struct arena *arena;         /* of the document */
    const struct json *document; /* the minified union of its items */
    bool *holds;                 /* by part */
};

struct packer {
    const struct policy_type *type;
    const struct policy_part *parts;
    size_t count;
    struct items whole, divided;
    bool keep_sids;
    VEC(struct bin) bins;
    struct arena *scratch; /* of the call */
    struct arena *attempt; /* of one union, most of which are thrown away */
};

/* --- Items ---------------------------------------------------------------------------------------
 */

static bool has_allow(const struct json *document)
{
    for (const struct json *it = json_first(json_get(document, "Statement")); it != NULL;
         it = it->next)
        if (str_eq(json_str(it, "Effect"), "Allow"))
            return true;
    return false;
}

static void add_item(const struct packer *packer, struct items *items, size_t part,
                     struct json *document)
{
    struct item *item = VEC_ADD(packer->scratch, items);

    item->part = part;
    item->name = packer->parts[part].name;
    item->document = document;
    item->text = json_text(document_shorten(document, true, packer->scratch), packer->scratch);
}

static struct json *with_statements(const struct json *document, const struct json *statements,
                                    struct arena *arena)
{
    struct json *out = json_object(arena);

    for (const struct json *it = document->first; it != NULL; it = it->next)
        if (!str_eq(it->key, "Statement"))
            json_put(out, it->key, it);
    json_put(out, "Statement", statements);
    return out;
}

static void add_part(struct packer *packer, size_t part)
{
    const struct policy_part *from = &packer->parts[part];
    struct json *whole = document_shorten(from->document, false, packer->scratch);

    add_item(packer, &packer->whole, part, whole);
    if (from->keep_whole || has_allow(whole)) {
        add_item(packer, &packer->divided, part, whole);
        return;
    }
    for (const struct json *it = json_first(json_get(whole, "Statement")); it != NULL;
         it = it->next) {
        struct json *one = json_array(packer->scratch);

        json_add(one, it);
        add_item(packer, &packer->divided, part, with_statements(whole, one, packer->scratch));
    }
}

/* Largest first; what is equally large in an order that depends on nothing but what it is. */
static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    size_t x_len = strlen(x->text), y_len = strlen(y->text);
    int order;

    if (x_len != y_len)
        return x_len > y_len ? -1 : 1;
    order = strcmp(x->text, y->text);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static void sort_items(struct items *items)
{
    if (items->count > 0)
        qsort(items->items, items->count, sizeof *items->items, compare_items);
}

/* --- Bins ----------------------------------------------------------------------------------------
 */

/* A Sid is unique in its document: of two, the second statement goes without. */
static struct json *without_repeated_sids(const struct json *statements, struct arena *arena)
{
    struct json *out = json_array(arena);

    for (const struct json *it = json_first(statements); it != NULL; it = it->next) {
        struct json *copy = json_copy(it, arena);

        for (const struct json *before = out->first; before != NULL; before = before->next)
            if (str_eq(json_str(before, "Sid"), json_str(it, "Sid")))
                json_remove(copy, "Sid");
        json_add(out, copy);
    }
    return out;
}

/* owns: packer->attempt. */
static struct json *unite(const struct packer *packer, const struct json *a, const struct json *b)
{
    struct json *both = json_array(packer->attempt);

    for (const struct json *it = json_first(json_get(a, "Statement")); it != NULL; it = it->next)
        json_add(both, it);
    for (const struct json *it = json_first(json_get(b, "Statement")); it != NULL; it = it->next)
        json_add(both, it);
    return document_shorten(
        with_statements(b, without_repeated_sids(both, packer->attempt), packer->attempt),
        !packer->keep_sids, packer->attempt);
}

static bool fits(const struct packer *packer, const struct json *document)
{
    return strlen(json_text(document, packer->attempt)) <= packer->type->characters_max;
}

static struct bin *add_bin(struct packer *packer)
{
    struct bin *bin = VEC_ADD(packer->scratch, &packer->bins);

    *bin = (struct bin){.holds = arena_array(packer->scratch, packer->count, sizeof *bin->holds)};
    return bin;
}

static void fill(struct bin *bin, const struct json *document, size_t part)
{
    struct arena *before = bin->arena;

    bin->arena = arena_new("policy bin");
    bin->document = json_copy(document, bin->arena);
    bin->holds[part] = true;
    arena_free(before);
}

static void empty_bins(struct packer *packer)
{
    for (size_t i = 0; i < packer->bins.count; i++)
        arena_free(packer->bins.items[i].arena);
    packer->bins.count = 0;
}

/* False: it does not fit into a document of its own. */
static bool place(struct packer *packer, const struct item *item)
{
    bool placed = false;
    struct json *document;

    for (size_t i = 0; i < packer->bins.count && !placed; i++) {
        struct bin *bin = &packer->bins.items[i];

        document = unite(packer, bin->document, item->document);
        placed = fits(packer, document);
        if (placed)
            fill(bin, document, item->part);
        arena_reset(packer->attempt);
    }
    if (placed)
        return true;
    document = unite(packer, NULL, item->document);
    placed = fits(packer, document);
    if (placed)
        fill(add_bin(packer), document, item->part);
    arena_reset(packer->attempt);
    return placed;
}

static size_t most_of(const struct policy_type *type)
{
    return type->per_target_max - type->reserved;
}

/* So far beyond the quota that nobody asks how far. */
static bool is_overfull(const struct packer *packer)
{
    return packer->bins.count > most_of(packer->type) + OVER_MOST;
}

/* False: an item does not fit alone, or there are far too many; what is in the bins is not all. */
static bool fill_bins(struct packer *packer, const struct items *items, bool keep_sids)
{
    empty_bins(packer);
    packer->keep_sids = keep_sids;
    for (size_t i = 0; i < items->count; i++)
        if (!place(packer, &items->items[i]) || is_overfull(packer))
            return false;
    return true;
}

/* --- The result ----------------------------------------------------------------------------------
 */

static int too_large(const struct packer *packer, const struct item *item, struct err *err)
{
    return err_set(err, ERR_CONFIG,
                   "policy %s: %zu characters that stay together, minified, but AWS takes %zu in "
                   "one %s",
                   item->name, strlen(item->text), packer->type->characters_max,
                   packer->type->title);
}

static int check_count(const struct packer *packer, struct err *err)
{
    bool more = is_overfull(packer);
    const char *sizes = "";

    if (packer->bins.count <= most_of(packer->type))
        return 0;
    for (size_t i = 0; i < packer->bins.count; i++)
        sizes = arena_printf(packer->scratch, "%s%s%zu", sizes, i == 0 ? "" : ", ",
                             strlen(json_text(packer->bins.items[i].document, packer->scratch)));
    return err_set(
        err, ERR_CONFIG,
        "%s%zu documents of type %s for one target (%s characters), but it may have %zu, "
        "%zu of them kept for AWS's own",
        more ? "more than " : "", packer->bins.count - more, packer->type->title, sizes,
        packer->type->per_target_max, packer->type->reserved);
}

/* Whole documents read better in the console, so they win where they need no more slots. */
static int pack_statements(struct packer *packer, struct err *err)
{
    const struct items *best = &packer->divided;
    bool whole_fits;
    size_t count;

    for (size_t i = 0; i < packer->count; i++)
        add_part(packer, i);
    sort_items(&packer->whole);
    sort_items(&packer->divided);
    whole_fits = fill_bins(packer, &packer->whole, false);
    count = packer->bins.count;
    if (!fill_bins(packer, &packer->divided, false))
        return is_overfull(packer) ? check_count(packer, err)
                                   : too_large(packer, &packer->divided.items[0], err);
    if (whole_fits && count <= packer->bins.count)
        best = &packer->whole;
    else
        count = packer->bins.count;
    if (!fill_bins(packer, best, true) || packer->bins.count > count)
        (void)fill_bins(packer, best, false);
    return 0;
}

/* In the order of their names. */
static void list_parts(const struct packer *packer, const struct bin *bin, struct arena *arena,
                       struct policy_packed *out)
{
    size_t *indexes = arena_array(arena, packer->count, sizeof *indexes);

    for (size_t part = 0; part < packer->count; part++) {
        size_t at = out->part_count;

        if (!bin->holds[part])
            continue;
        for (; at > 0 && strcmp(packer->parts[indexes[at - 1]].name, packer->parts[part].name) > 0;
             at--)
            indexes[at] = indexes[at - 1];
        indexes[at] = part;
        out->part_count++;
    }
    out->parts = indexes;
}

static int compare_packed(const void *a, const void *b)
{
    return strcmp(((const struct policy_packed *)a)->content,
                  ((const struct policy_packed *)b)->content);
}

/* A management policy is one document and stays it. */
static int pack_as_they_are(struct packer *packer, struct err *err)
{
    for (size_t i = 0; i < packer->count; i++) {
        const struct policy_part *part = &packer->parts[i];
        const struct item item = {
            .part = i, .name = part->name, .text = json_text(part->document, packer->scratch)};

        if (strlen(item.text) > packer->type->characters_max)
            return too_large(packer, &item, err);
        fill(add_bin(packer), part->document, i);
    }
    return 0;
}

static int pack(struct packer *packer, struct err *err)
{
    for (size_t i = 0; i < packer->count; i++)
        if (policy_type_check(packer->type, packer->parts[i].document, err) != 0)
            return err_wrap(err, "policy %s", packer->parts[i].name);
    if ((packer->type->iam_language ? pack_statements : pack_as_they_are)(packer, err) != 0)
        return -1;
    return check_count(packer, err);
}

int policy_pack(const struct policy_type *type, const struct policy_part *parts, size_t count,
                struct arena *arena, struct policy_packed **out, size_t *out_count, struct err *err)
{
    struct packer packer = {.type = type, .parts = parts, .count = count};
    struct policy_packed *packed;
    int result;

    packer.scratch = arena_new("policy pack");
    packer.attempt = arena_new("policy pack attempt");
    result = pack(&packer, err);
    if (result == 0) {
        packed = arena_array(arena, packer.bins.count, sizeof *packed);
        for (size_t i = 0; i < packer.bins.count; i++) {
            packed[i].document = json_copy(packer.bins.items[i].document, arena);
            packed[i].content = json_text(packed[i].document, arena);
            list_parts(&packer, &packer.bins.items[i], arena, &packed[i]);
        }
        if (!type->iam_language && packer.bins.count > 0)
            qsort(packed, packer.bins.count, sizeof *packed, compare_packed);
        *out = packed;
        *out_count = packer.bins.count;
    }
    empty_bins(&packer);
    arena_free(packer.attempt);
    arena_free(packer.scratch);
    return result;
}
