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

/* What is placed as one: a document, or one statement of it. */
struct item {
    size_t part;
    const char *name; /* of the part */
    struct json *document;
    const char *text; /* minified, without Sids */
};

struct bin {
    struct json *document; /* the minified union of its items */
    bool *holds;           /* by part */
};

struct packer {
    const struct policy_type *type;
    struct arena *scratch;
    const struct policy_part *parts;
    size_t count;
    bool keep_sids;
    VEC(struct item) items;
    VEC(struct bin) bins;
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

static void add_item(struct packer *packer, size_t part, struct json *document)
{
    struct item *item = VEC_ADD(packer->scratch, &packer->items);

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

static void add_items(struct packer *packer, size_t part, bool divide)
{
    const struct json *document = packer->parts[part].document;
    struct json *whole = document_shorten(document, false, packer->scratch);

    if (!divide || packer->parts[part].keep_whole || has_allow(whole)) {
        add_item(packer, part, whole);
        return;
    }
    for (const struct json *it = json_first(json_get(whole, "Statement")); it != NULL;
         it = it->next) {
        struct json *one = json_array(packer->scratch);

        json_add(one, it);
        add_item(packer, part, with_statements(whole, one, packer->scratch));
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

static struct json *unite(const struct packer *packer, const struct json *a, const struct json *b)
{
    struct json *both = json_array(packer->scratch);

    for (const struct json *it = json_first(json_get(a, "Statement")); it != NULL; it = it->next)
        json_add(both, it);
    for (const struct json *it = json_first(json_get(b, "Statement")); it != NULL; it = it->next)
        json_add(both, it);
    return document_shorten(
        with_statements(b, without_repeated_sids(both, packer->scratch), packer->scratch),
        !packer->keep_sids, packer->scratch);
}

static bool fits(const struct packer *packer, const struct json *document)
{
    return strlen(json_text(document, packer->scratch)) <= packer->type->characters_max;
}

/* What is put into no bin with others becomes a bin alone, fit or not: pack_once looks. */
static void place(struct packer *packer, const struct item *item)
{
    struct bin *bin = NULL;
    struct json *document = NULL;

    for (size_t i = 0; i < packer->bins.count; i++) {
        document = unite(packer, packer->bins.items[i].document, item->document);
        if (fits(packer, document)) {
            bin = &packer->bins.items[i];
            break;
        }
    }
    if (bin == NULL) {
        bin = VEC_ADD(packer->scratch, &packer->bins);
        bin->holds = arena_array(packer->scratch, packer->count, sizeof *bin->holds);
        document = unite(packer, NULL, item->document);
    }
    bin->document = document;
    bin->holds[item->part] = true;
}

/* False: an item does not fit alone. */
static bool pack_once(struct packer *packer, bool divide, bool keep_sids)
{
    packer->items.count = 0;
    packer->bins.count = 0;
    packer->bins.items = NULL;
    packer->bins.capacity = 0;
    packer->keep_sids = keep_sids;
    for (size_t i = 0; i < packer->count; i++)
        add_items(packer, i, divide);
    if (packer->items.count > 0)
        qsort(packer->items.items, packer->items.count, sizeof *packer->items.items, compare_items);
    for (size_t i = 0; i < packer->items.count; i++)
        place(packer, &packer->items.items[i]);
    for (size_t i = 0; i < packer->bins.count; i++)
        if (!fits(packer, packer->bins.items[i].document))
            return false;
    return true;
}

/* --- The result ----------------------------------------------------------------------------------
 */

/* Names the largest item: it is one that does not fit. */
static int too_large(const struct packer *packer, struct err *err)
{
    const struct item *largest = &packer->items.items[0];

    for (size_t i = 1; i < packer->items.count; i++)
        if (strlen(packer->items.items[i].text) > strlen(largest->text))
            largest = &packer->items.items[i];
    return err_set(err, ERR_CONFIG,
                   "policy %s: %zu characters that stay together, minified, but AWS takes %zu in "
                   "one %s",
                   largest->name, strlen(largest->text), packer->type->characters_max,
                   packer->type->title);
}

/* Whole documents read better in the console, so they win where they need no more slots. */
static int pack_best(struct packer *packer, struct err *err)
{
    bool whole_fits = pack_once(packer, false, false), divided_fits;
    size_t whole_count = packer->bins.count, count;
    bool divide;

    divided_fits = pack_once(packer, true, false);
    if (!whole_fits && !divided_fits)
        return too_large(packer, err);
    divide = !whole_fits || (divided_fits && packer->bins.count < whole_count);
    count = divide ? packer->bins.count : whole_count;
    if (!pack_once(packer, divide, true) || packer->bins.count > count)
        (void)pack_once(packer, divide, false);
    return 0;
}

static int check_count(const struct packer *packer, struct err *err)
{
    size_t most = packer->type->per_target_max - packer->type->reserved;
    const char *sizes = "";

    if (packer->bins.count <= most)
        return 0;
    for (size_t i = 0; i < packer->bins.count; i++)
        sizes = arena_printf(packer->scratch, "%s%s%zu", sizes, i == 0 ? "" : ", ",
                             strlen(json_text(packer->bins.items[i].document, packer->scratch)));
    return err_set(err, ERR_CONFIG,
                   "%zu documents of type %s for one target (%s characters), but it may have %zu, "
                   "%zu of them kept for AWS's own",
                   packer->bins.count, packer->type->title, sizes, packer->type->per_target_max,
                   packer->type->reserved);
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
static void take_as_they_are(struct packer *packer)
{
    for (size_t i = 0; i < packer->count; i++) {
        struct bin *bin = VEC_ADD(packer->scratch, &packer->bins);

        add_item(packer, i, json_copy(packer->parts[i].document, packer->scratch));
        bin->document = packer->items.items[i].document;
        bin->holds = arena_array(packer->scratch, packer->count, sizeof *bin->holds);
        bin->holds[i] = true;
    }
}

static int pack(struct packer *packer, struct err *err)
{
    for (size_t i = 0; i < packer->count; i++)
        if (policy_type_check(packer->type, packer->parts[i].document, err) != 0)
            return err_wrap(err, "policy %s", packer->parts[i].name);
    if (packer->type->iam_language) {
        if (pack_best(packer, err) != 0)
            return -1;
    } else {
        take_as_they_are(packer);
        for (size_t i = 0; i < packer->bins.count; i++)
            if (!fits(packer, packer->bins.items[i].document))
                return too_large(packer, err);
    }
    return check_count(packer, err);
}

int policy_pack(const struct policy_type *type, const struct policy_part *parts, size_t count,
                struct arena *arena, struct policy_packed **out, size_t *out_count, struct err *err)
{
    struct packer packer = {.type = type, .parts = parts, .count = count};
    struct policy_packed *packed;
    int result;

    packer.scratch = arena_new("policy pack");
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
    arena_free(packer.scratch);
    return result;
}
