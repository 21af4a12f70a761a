#include "plinth/codec/node_edit.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <stdint.h>
#include <string.h>

enum { INDENT_USUAL = 2, OFFSET_MOST = 16 };

/* A text with an insertion or two: `out` has everything before `done`. */
struct editor {
    const char *text;
    size_t len;
    const char *line_end; /* "\n" or "\r\n", as the file has it */
    size_t done;
    struct buf out;
};

static void copy_to(struct editor *editor, size_t offset)
{
    buf_add(&editor->out, editor->text + editor->done, offset - editor->done);
    editor->done = offset;
}

/* --- Writing an item -----------------------------------------------------------------------------
 */

static uint32_t code_point(const char *text, size_t len)
{
    uint32_t point = (unsigned char)*text;

    if (len > 1)
        point &= 0x7FU >> len;
    for (size_t i = 1; i < len; i++)
        point = point << 6 | ((unsigned char)text[i] & 0x3FU);
    return point;
}

/* YAML folds or refuses some that look harmless: C1, NEL, the line and paragraph separators, the
 * byte order mark, and what is no character. */
static bool is_printable(uint32_t point)
{
    if (point < 0x80)
        return point >= 0x20 && point != 0x7F;
    return point > 0xA0 && point != 0x2028 && point != 0x2029 && point != 0xFEFF &&
           (point < 0xD800 || point > 0xDFFF) && (point & 0xFFFE) != 0xFFFE;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_word_of_yaml(const char *text)
{
    static const char *const words[] = {"y",  "yes", "true",  "on",  "n",
                                        "no", "off", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_eq_nocase(text, words[i]))
            return true;
    return false;
}

bool node_is_plain(const char *text)
{
    size_t left = strlen(text), step;

    if (left == 0 || text[left - 1] == ' ' || is_word_of_yaml(text) ||
        (!is_letter(text[0]) && (unsigned char)text[0] < 0x80))
        return false;
    for (; left > 0; text += step, left -= step) {
        step = utf8_len(text, left);
        if (step == 0 || !is_printable(code_point(text, step)))
            return false;
        if (step == 1 && !is_letter(*text) && strchr("0123456789 _./@+-", *text) == NULL)
            return false;
    }
    return true;
}

static void put_quoted(struct buf *out, const char *text)
{
    size_t left = strlen(text), step;

    buf_char(out, '"');
    for (; left > 0; text += step, left -= step) {
        step = utf8_len(text, left);
        if (step == 0) {
            step = 1;
            buf_char(out, '?'); /* the check behind the edit tells */
        } else if (*text == '"' || *text == '\\') {
            buf_char(out, '\\');
            buf_char(out, *text);
        } else if (is_printable(code_point(text, step))) {
            buf_add(out, text, step);
        } else {
            buf_printf(out, "\\U%08X", (unsigned)code_point(text, step));
        }
    }
    buf_char(out, '"');
}

static void put_text(struct buf *out, const struct node *node, bool quote)
{
    if (quote || node->quoted || !node_is_plain(node->text))
        put_quoted(out, node->text);
    else
        buf_str(out, node->text);
}

/* {name: prod, tags: {team: shop}}; with `quote` it is JSON as well. */
static void put_flow(struct buf *out, const struct node *node, bool quote)
{
    if (node->type == NODE_SCALAR) {
        put_text(out, node, quote);
        return;
    }
    buf_char(out, '{');
    for (size_t i = 0; i < node->count; i++) {
        buf_str(out, i == 0 ? "" : ", ");
        put_text(out, node->keys[i], quote);
        buf_str(out, ": ");
        put_flow(out, node->items[i], quote);
    }
    buf_char(out, '}');
}

static void put_blanks(struct buf *out, size_t count)
{
    buf_printf(out, "%*s", (int)count, "");
}

/* How an entry of a list of lines looks. */
struct manner {
    size_t indent; /* of the dash */
    size_t offset; /* from the dash to what it is of */
    bool flow;     /* the entry stands in braces */
    bool airy;     /* a blank line stands between two */
};

static void put_entry(struct editor *editor, const struct manner *manner, const struct node *item)
{
    struct buf *out = &editor->out;

    if (manner->airy)
        buf_str(out, editor->line_end);
    put_blanks(out, manner->indent);
    buf_char(out, '-');
    put_blanks(out, manner->offset - 1);
    if (manner->flow)
        put_flow(out, item, false);
    for (size_t i = 0; !manner->flow && i < item->count; i++) {
        if (i > 0) {
            buf_str(out, editor->line_end);
            put_blanks(out, manner->indent + manner->offset);
        }
        put_text(out, item->keys[i], false);
        buf_str(out, ": ");
        put_flow(out, item->items[i], false);
    }
    buf_str(out, editor->line_end);
}

/* --- Places in the text --------------------------------------------------------------------------
 */

static size_t line_start(const struct editor *editor, size_t offset)
{
    while (offset > 0 && editor->text[offset - 1] != '\n')
        offset--;
    return offset;
}

/* Where the next line begins; the text's end for the last one. */
static size_t line_after(const struct editor *editor, size_t offset)
{
    const char *end = memchr(editor->text + offset, '\n', editor->len - offset);

    return end == NULL ? editor->len : (size_t)(end - editor->text) + 1;
}

static size_t blanks_at(const struct editor *editor, size_t offset)
{
    size_t count = 0;

    while (offset + count < editor->len && editor->text[offset + count] == ' ')
        count++;
    return count;
}

/* Nothing but blanks stands in the line that begins there. */
static bool is_blank_line(const struct editor *editor, size_t start)
{
    size_t at = start + blanks_at(editor, start);

    return at == editor->len || editor->text[at] == '\n' || editor->text[at] == '\r';
}

/* Where a line can be put behind what ends at `offset`: behind its line, and behind the comments
 * right under it that are indented as the list is. */
static size_t behind(const struct editor *editor, size_t offset, size_t indent)
{
    size_t at =
        offset > 0 && editor->text[offset - 1] == '\n' ? offset : line_after(editor, offset);

    while (at < editor->len) {
        size_t blanks = blanks_at(editor, at);

        if (blanks == 0 || blanks < indent || at + blanks == editor->len ||
            editor->text[at + blanks] != '#')
            break;
        at = line_after(editor, at);
    }
    return at;
}

/* A text may end without the end of its last line. */
static void begin_line(struct editor *editor, size_t at)
{
    copy_to(editor, at);
    if (at > 0 && editor->text[at - 1] != '\n')
        buf_str(&editor->out, editor->line_end);
}

/* Bytes of so many characters: the places of nodes are counted in these. */
static size_t offset_of(const struct editor *editor, unsigned characters)
{
    size_t at = 0;

    for (; characters > 0 && at < editor->len; characters--) {
        at++;
        while (at < editor->len && ((unsigned char)editor->text[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

/* --- Lists of lines ------------------------------------------------------------------------------
 */

static struct manner manner_of(const struct editor *editor, const struct node *list)
{
    const struct node *last = list->items[list->count - 1];
    size_t dash = offset_of(editor, list->begin), item = offset_of(editor, last->begin);
    size_t start = line_start(editor, item);
    struct manner manner = {.indent = dash - line_start(editor, dash),
                            .offset = INDENT_USUAL,
                            .flow = last->type == NODE_MAP && last->flow};

    /* An alias has its node elsewhere. */
    if (item > dash && item - start > manner.indent &&
        item - start - manner.indent <= OFFSET_MOST && item - start - manner.indent >= INDENT_USUAL)
        manner.offset = item - start - manner.indent;
    manner.airy = list->count > 1 && item > dash && start > 0 &&
                  is_blank_line(editor, line_start(editor, start - 1));
    return manner;
}

static void append_entry(struct editor *editor, const struct node *list, const struct node *item)
{
    struct manner manner = manner_of(editor, list);

    begin_line(editor, behind(editor, offset_of(editor, list->end), manner.indent));
    put_entry(editor, &manner, item);
}

/* Where there is nothing yet: under the key. */
static void begin_list(struct editor *editor, const struct node *key, const struct node *item)
{
    const struct manner manner = {.indent = (size_t)key->mark.column - 1 + INDENT_USUAL,
                                  .offset = INDENT_USUAL};

    begin_line(editor, line_after(editor, offset_of(editor, key->end)));
    put_entry(editor, &manner, item);
}

static void add_list(struct editor *editor, const char *key, const struct node *item)
{
    const struct manner manner = {.indent = INDENT_USUAL, .offset = INDENT_USUAL};

    begin_line(editor, editor->len);
    if (editor->len > 0)
        buf_str(&editor->out, editor->line_end);
    buf_printf(&editor->out, "%s:%s", key, editor->line_end);
    put_entry(editor, &manner, item);
}

/* --- Lists in brackets ---------------------------------------------------------------------------
 */

/* "accounts: []" becomes a list of lines; a comment behind it stays behind the key. */
static void open_brackets(struct editor *editor, const struct node *key, const struct node *list,
                          const struct node *item)
{
    size_t from = offset_of(editor, list->begin);

    while (from > 0 && editor->text[from - 1] == ' ')
        from--;
    copy_to(editor, from);
    editor->done = offset_of(editor, list->end);
    begin_list(editor, key, item);
}

/* Whether a comma stands between there and the bracket that closes the list. */
static bool has_comma(const struct editor *editor, size_t from, size_t to)
{
    for (; from < to; from++) {
        if (editor->text[from] == ',')
            return true;
        if (editor->text[from] == '#')
            from = line_after(editor, from) - 1;
    }
    return false;
}

/* A line of its own for the item, before that of the bracket. */
static void put_own_line(struct editor *editor, const struct node *item, size_t start,
                         size_t column, bool comma, bool quote)
{
    copy_to(editor, start);
    put_blanks(&editor->out, column);
    put_flow(&editor->out, item, quote);
    buf_str(&editor->out, comma ? "," : "");
    buf_str(&editor->out, editor->line_end);
}

static bool quotes_keys(const struct node *node)
{
    return node->type == NODE_MAP && node->count > 0 && node->keys[0]->quoted;
}

static void add_in_brackets(struct editor *editor, const struct node *list, const struct node *item)
{
    size_t bracket = offset_of(editor, list->end) - 1, start = line_start(editor, bracket);
    size_t open = offset_of(editor, list->begin) + 1;

    if (start >= open && start + blanks_at(editor, start) == bracket) {
        put_own_line(editor, item, start, bracket - start + INDENT_USUAL, false, false);
    } else {
        copy_to(editor, open);
        put_flow(&editor->out, item, false);
    }
}

/* Behind the last one, in its line; in a line of its own where the bracket has one. */
static void append_in_brackets(struct editor *editor, const struct node *list,
                               const struct node *item)
{
    const struct node *last = list->items[list->count - 1];
    size_t bracket = offset_of(editor, list->end) - 1, start = line_start(editor, bracket);
    size_t end = offset_of(editor, last->end);
    bool comma = has_comma(editor, end, bracket), quote = quotes_keys(last);

    copy_to(editor, end);
    if (start > end && start + blanks_at(editor, start) == bracket) {
        buf_str(&editor->out, comma ? "" : ",");
        put_own_line(editor, item, start, (size_t)last->mark.column - 1, comma, quote);
    } else {
        buf_str(&editor->out, ", ");
        put_flow(&editor->out, item, quote);
    }
}

/* --- The whole -----------------------------------------------------------------------------------
 */

/* `exact`: quotes count as well, as they tell a text from what only looks like one.  The depth is
 * bounded by LIMIT_YAML_DEPTH. */
static bool is_same(const struct node *a, const struct node *b, bool exact)
{
    if (a->type != b->type || a->count != b->count || (exact && a->quoted != b->quoted) ||
        (a->type == NODE_SCALAR && !str_eq(a->text, b->text)))
        return false;
    for (size_t i = 0; a->type != NODE_SCALAR && i < a->count; i++)
        if ((a->type == NODE_MAP && !str_eq(a->keys[i]->text, b->keys[i]->text)) ||
            !is_same(a->items[i], b->items[i], exact))
            return false;
    return true;
}

/* The old list, and behind it the item. */
static bool is_list_with(const struct node *list, const struct node *old, const struct node *item)
{
    size_t count = old == NULL || old->type != NODE_LIST ? 0 : old->count;

    if (list->type != NODE_LIST || list->count != count + 1 ||
        !is_same(list->items[count], item, false))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_same(list->items[i], old->items[i], true))
            return false;
    return true;
}

static bool is_edited(const struct node *now, const struct node *before, const char *key,
                      const struct node *item)
{
    bool added = node_get(before, key) == NULL;

    if (now->type != NODE_MAP || now->count != before->count + added)
        return false;
    for (size_t i = 0; i < now->count; i++) {
        bool ours = str_eq(now->keys[i]->text, key);
        const struct node *old = i < before->count ? before->items[i] : NULL;

        if (old != NULL && !str_eq(now->keys[i]->text, before->keys[i]->text))
            return false;
        if (ours ? !is_list_with(now->items[i], old, item)
                 : old == NULL || !is_same(now->items[i], old, true))
            return false;
    }
    return true;
}

static const struct node *key_of(const struct node *map, const char *key)
{
    for (size_t i = 0; i < map->count; i++)
        if (str_eq(map->keys[i]->text, key))
            return map->keys[i];
    return NULL;
}

static void edit_list(struct editor *editor, const struct node *root, const struct node *key,
                      const struct node *list, const struct node *item)
{
    bool in_line = list->mark.line == key->mark.line && list->end - list->begin == 2;

    if (list->type != NODE_LIST)
        begin_list(editor, key, item);
    else if (!list->flow)
        append_entry(editor, list, item);
    else if (list->count > 0)
        append_in_brackets(editor, list, item);
    else if (in_line && !root->flow)
        open_brackets(editor, key, list, item);
    else
        add_in_brackets(editor, list, item);
}

static int edit(struct editor *editor, const struct node *root, const char *key,
                const struct node *item, struct err *err)
{
    const struct node *list = node_get(root, key), *at = list == NULL ? root : list;

    if (root->type != NODE_MAP || (root->flow && (list == NULL || list->type != NODE_LIST)))
        return err_set(err, ERR_CONFIG,
                       "%s:%d:%d: nothing can be added here: write `%s: []` into it first",
                       at->mark.file, at->mark.line, at->mark.column, key);
    if (list != NULL && list->type != NODE_LIST && !node_is_null(list))
        return err_set(err, ERR_CONFIG, "%s:%d:%d: '%s' is %s, not a list", at->mark.file,
                       at->mark.line, at->mark.column, key, node_type_name(list->type));
    if (list == NULL)
        add_list(editor, key, item);
    else
        edit_list(editor, root, key_of(root, key), list, item);
    copy_to(editor, editor->len);
    return 0;
}

static int check(const struct editor *editor, const struct node *root, const char *key,
                 const struct node *item, struct arena *arena, struct err *err)
{
    struct err ignored = ERR_INIT;
    const struct node *list = node_get(root, key), *at = list == NULL ? root : list;
    struct node *again;

    if (editor->out.overflow)
        return err_set(err, ERR_LIMIT, "%s: larger than %d bytes with one more", at->mark.file,
                       LIMIT_YAML_BYTES);
    if (node_parse(buf_text(&editor->out), editor->out.len, at->mark.file, arena, &again,
                   &ignored) == 0 &&
        is_edited(again, root, key, item))
        return 0;
    return err_set(err, ERR_CONFIG,
                   "%s:%d:%d: plinth cannot add to '%s' as it is laid out here: add it by hand",
                   at->mark.file, at->mark.line, at->mark.column, key);
}

int node_append(const char *text, size_t len, const char *file, const char *key,
                const struct node *item, struct arena *arena, const char **out, size_t *out_len,
                struct err *err)
{
    static const char bom[] = "\xEF\xBB\xBF";
    size_t skipped = len >= strlen(bom) && memcmp(text, bom, strlen(bom)) == 0 ? strlen(bom) : 0;
    struct editor editor = {.text = text + skipped, .len = len - skipped, .line_end = "\n"};
    const char *first;
    struct node *root;
    int result = -1;

    if (node_parse(text, len, file, arena, &root, err) != 0)
        return -1;
    first = memchr(text, '\n', len);
    if (first != NULL && first > text && first[-1] == '\r')
        editor.line_end = "\r\n";
    buf_init(&editor.out, LIMIT_YAML_BYTES);
    buf_add(&editor.out, text, skipped);
    if (edit(&editor, root, key, item, err) == 0 &&
        check(&editor, root, key, item, arena, err) == 0) {
        *out = arena_strn(arena, buf_text(&editor.out), editor.out.len);
        *out_len = editor.out.len;
        result = 0;
    }
    buf_fini(&editor.out);
    return result;
}
