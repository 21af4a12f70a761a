/*
 * pack.c - a node is its type, its key (in an object), and what it holds: a text with its NUL, a
 *          number or a truth as they lie in memory, or the count of its children, which follow it.
 */
#include "pack.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/codec/json.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static void put_text(struct buf *out, const char *text)
{
    buf_add(out, text, strlen(text) + 1);
}

void pack_tree(const struct json *tree, struct buf *out)
{
    uint32_t count = (uint32_t)tree->count;

    assert(tree->type != JSON_MADE && tree->count <= UINT32_MAX);
    buf_char(out, (char)tree->type);
    if (tree->type == JSON_STRING)
        put_text(out, tree->string);
    else if (tree->type == JSON_NUMBER)
        buf_add(out, &tree->number, sizeof tree->number);
    else if (tree->type == JSON_BOOL)
        buf_char(out, (char)tree->boolean);
    if (tree->type != JSON_OBJECT && tree->type != JSON_ARRAY)
        return;
    buf_add(out, &count, sizeof count);
    for (const struct json *it = tree->first; it != NULL; it = it->next) {
        if (tree->type == JSON_OBJECT)
            put_text(out, it->key);
        pack_tree(it, out);
    }
}

/* --- Open ----------------------------------------------------------------------------------------
 */

struct opening {
    const char *at; /* the next byte */
    struct arena *arena;
};

static const char *take_text(struct opening *opening)
{
    const char *text = opening->at;

    opening->at += strlen(text) + 1;
    return text;
}

static void take(struct opening *opening, void *out, size_t len)
{
    memcpy(out, opening->at, len);
    opening->at += len;
}

static struct json *open_tree(struct opening *opening, const char *key)
{
    struct json *tree = arena_alloc(opening->arena, sizeof *tree), **link = &tree->first;
    uint32_t count = 0;

    *tree = (struct json){
        .type = (enum json_type) * opening->at++, .key = key, .arena = opening->arena};
    if (tree->type == JSON_STRING)
        tree->string = take_text(opening);
    else if (tree->type == JSON_NUMBER)
        take(opening, &tree->number, sizeof tree->number);
    else if (tree->type == JSON_BOOL)
        tree->boolean = *opening->at++ != 0;
    else if (tree->type == JSON_OBJECT || tree->type == JSON_ARRAY)
        take(opening, &count, sizeof count);
    for (tree->count = count; count > 0; count--) {
        const char *name = tree->type == JSON_OBJECT ? take_text(opening) : NULL;

        tree->last = *link = open_tree(opening, name);
        link = &tree->last->next;
    }
    return tree;
}

struct json *pack_open(const void *bytes, size_t len, struct arena *arena)
{
    char *copy = arena_alloc(arena, len);
    struct opening opening = {copy, arena};
    struct json *tree;

    memcpy(copy, bytes, len);
    tree = open_tree(&opening, NULL);
    assert(opening.at == copy + len);
    return tree;
}
