/*
 * fuzz_yaml.c - what was parsed can be written with every text in quotes and no alias, and parses
 * to the same tree.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/node.h"

#include <assert.h>
#include <string.h>

/* Looking each key up in each map costs the square of their number. */
enum { KEYS_LOOKED_UP_MOST = 64 };

static const char file_name[] = "fuzz.yaml";

static void check_node(const struct node *node)
{
    assert(node->mark.line >= 1 && node->mark.column >= 1);
    assert(strcmp(node->mark.file, file_name) == 0);
    if (node->type == NODE_SCALAR)
        assert(utf8_valid(node->text, strlen(node->text)));
    else
        assert((node->type == NODE_MAP) == (node->keys != NULL) || node->count == 0);
    if (node->type != NODE_MAP || node->count > KEYS_LOOKED_UP_MOST)
        return;
    for (size_t i = 0; i < node->count; i++) {
        assert(node->keys[i]->type == NODE_SCALAR);
        assert(node_get(node, node->keys[i]->text) == node->items[i]);
    }
}

/* Every character but plain ASCII as an escape: YAML folds some that look harmless. */
static void write_text(const char *text, struct buf *out)
{
    size_t left = strlen(text), step;

    buf_char(out, '"');
    for (; left > 0; text += step, left -= step) {
        uint32_t point = (unsigned char)*text;

        step = utf8_len(text, left);
        assert(step > 0);
        if (step > 1)
            point &= 0x7Fu >> step;
        for (size_t i = 1; i < step; i++)
            point = point << 6 | ((unsigned char)text[i] & 0x3F);
        if (point >= 'a' && point <= 'z')
            buf_char(out, *text);
        else
            buf_printf(out, "\\U%08X", (unsigned)point);
    }
    buf_char(out, '"');
}

static void write_node(const struct node *node, struct buf *out)
{
    check_node(node);
    if (node->type == NODE_SCALAR) {
        write_text(node->text, out);
        return;
    }
    buf_char(out, node->type == NODE_MAP ? '{' : '[');
    for (size_t i = 0; i < node->count && !out->overflow; i++) {
        if (node->type == NODE_MAP) {
            buf_str(out, "? ");
            write_text(node->keys[i]->text, out);
            buf_str(out, " : ");
        }
        write_node(node->items[i], out);
        buf_str(out, ",\n");
    }
    buf_char(out, node->type == NODE_MAP ? '}' : ']');
}

static void assert_same(const struct node *a, const struct node *b)
{
    assert(a->type == b->type);
    if (a->type == NODE_SCALAR) {
        assert(strcmp(a->text, b->text) == 0);
        assert(b->quoted);
        return;
    }
    assert(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        if (a->type == NODE_MAP)
            assert(strcmp(a->keys[i]->text, b->keys[i]->text) == 0);
        assert_same(a->items[i], b->items[i]);
    }
}

static void check_again(const struct node *node, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct node *again = NULL;
    struct buf buf;

    buf_init(&buf, LIMIT_YAML_BYTES);
    write_node(node, &buf);
    if (!buf.overflow) { /* aliases made it too large to be read again */
        assert(node_parse(buf_text(&buf), buf.len, file_name, arena, &again, &err) == 0);
        assert_same(node, again);
    }
    buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct node *node = NULL;

    if (node_parse((const char *)bytes, len, file_name, arena, &node, &err) != 0) {
        assert(err.code == ERR_CONFIG || err.code == ERR_LIMIT);
        assert(node == NULL && str_starts(err.text, "fuzz.yaml:"));
    } else {
        check_again(node, arena);
    }
    arena_free(arena);
    return 0;
}
