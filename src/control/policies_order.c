#include "policies_order.h"

#include "plinth/base/arena.h"
#include "plinth/policy/document.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct pieces {
    const char *const *texts; /* sorted */
    size_t count;
};

struct document {
    struct pieces from, to;
    struct pieces lost; /* in `from` and not in `to` */
    bool placed;
};

static struct pieces pieces_of(const char *content, struct arena *arena)
{
    struct pieces pieces = {NULL, 0};

    if (content != NULL)
        pieces.texts = policy_text_pieces(content, arena, &pieces.count);
    return pieces;
}

static int compare(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

static bool has(const struct pieces *pieces, const char *text)
{
    return pieces->count > 0 &&
           bsearch(text, pieces->texts, pieces->count, sizeof *pieces->texts, compare) != NULL;
}

static struct pieces lost_of(const struct document *document, struct arena *arena)
{
    const char **texts = arena_array(arena, document->from.count, sizeof *texts);
    struct pieces lost = {.texts = texts};

    for (size_t i = 0; i < document->from.count; i++)
        if (!has(&document->to, document->from.texts[i]))
            texts[lost.count++] = document->from.texts[i];
    return lost;
}

/* Whether `other` will hold something that `document` loses.  `gains`: and does not hold it now. */
static bool takes_over(const struct document *document, const struct document *other, bool gains)
{
    for (size_t i = 0; i < document->lost.count; i++) {
        const char *text = document->lost.texts[i];

        if (has(&other->to, text) && !(gains && has(&other->from, text)))
            return true;
    }
    return false;
}

/* Whether something that it loses is then nowhere. */
static bool gives_up(const struct document *documents, size_t count, size_t at)
{
    for (size_t p = 0; p < documents[at].lost.count; p++) {
        size_t i = 0;

        while (i < count && !has(&documents[i].to, documents[at].lost.texts[p]))
            i++;
        if (i == count)
            return true;
    }
    return false;
}

static bool waits(const struct document *documents, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (i != at && !documents[i].placed && takes_over(&documents[at], &documents[i], true))
            return true;
    return false;
}

static bool loses_to_another(const struct document *documents, size_t count, size_t at)
{
    for (size_t i = 0; i < count; i++)
        if (i != at && takes_over(&documents[at], &documents[i], false))
            return true;
    return false;
}

/* The first that waits for nobody; if all do, the first. */
static size_t next_late(const struct document *documents, size_t count)
{
    size_t first = count;

    for (size_t i = 0; i < count; i++) {
        if (documents[i].placed)
            continue;
        if (!waits(documents, count, i))
            return i;
        if (first == count)
            first = i;
    }
    return first;
}

size_t policies_order(struct rewrite *items, size_t count, struct arena *arena, size_t *out)
{
    struct document *documents = arena_array(arena, count, sizeof *documents);
    size_t early = 0;

    for (size_t i = 0; i < count; i++) {
        documents[i].from = pieces_of(items[i].from, arena);
        documents[i].to = pieces_of(items[i].to, arena);
        documents[i].lost = lost_of(&documents[i], arena);
    }
    for (size_t i = 0; i < count; i++)
        items[i].loses = gives_up(documents, count, i);
    for (size_t i = 0; i < count; i++)
        if (!loses_to_another(documents, count, i)) {
            out[early++] = i;
            documents[i].placed = true;
        }
    for (size_t at = early; at < count; at++) {
        out[at] = next_late(documents, count);
        documents[out[at]].placed = true;
    }
    return early;
}

size_t policies_uncovered(const char *content, const char *const *others, size_t count,
                          struct arena *arena)
{
    struct pieces pieces = pieces_of(content, arena);
    struct pieces *held = arena_array(arena, count, sizeof *held);
    size_t uncovered = 0;

    for (size_t i = 0; i < count; i++)
        held[i] = pieces_of(others[i], arena);
    for (size_t p = 0; p < pieces.count; p++) {
        size_t i = 0;

        while (i < count && !has(&held[i], pieces.texts[p]))
            i++;
        uncovered += i == count;
    }
    return uncovered;
}

const char *policies_content(const struct control_ctx *ctx, const struct baseline_policy *want)
{
    const char *content = want->content, *from;

    while ((from = strstr(content, POLICY_ACCOUNT_ID)) != NULL) {
        const char *name = from + strlen(POLICY_ACCOUNT_ID);
        size_t len = strcspn(name, "}");
        const struct account *account =
            baseline_account(ctx->baseline, arena_strn(ctx->arena, name, len));
        const char *id = control_account_id(ctx, account);

        if (id == NULL)
            return NULL;
        content = arena_printf(ctx->arena, "%.*s%s%s", (int)(from - content), content, id,
                               name + len + 1);
    }
    return content;
}
