#include "plinth/codec/node.h"
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <uthash.h>
#include <yaml.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 16 * 1024 };

/* A node and what an alias to it costs: aliases share nodes, so ten lines can stand for billions.
 */
struct built {
    struct node node; /* first: a struct node of this file is a struct built */
    size_t expanded;  /* nodes in it, itself included, aliases followed */
    size_t height;    /* levels of maps and lists in it, aliases followed */
    bool open;        /* its end was not seen yet */
};

struct anchor {
    const char *name;
    struct built *built;
    UT_hash_handle hh;
};

struct frame {
    struct built *built;
    struct built *key; /* NODE_MAP: waits for its value */
    VEC(struct node *) items;
    VEC(struct node *) keys;
};

struct reader {
    yaml_parser_t yaml;
    const char *file;
    const char *text;
    struct arena *arena;
    struct arena *scratch; /* reset at will */
    struct anchor *anchors;
    struct frame frames[LIMIT_YAML_DEPTH];
    size_t depth;
    size_t expanded; /* nodes so far, aliases followed */
    size_t documents;
    struct built *root;
    const struct node *repeated; /* the first key that stands in its map already; NULL */
    const char *repeated_text;
    const struct node_faults *faults; /* NULL: the first one is an error */
    struct err *err;
};

/* --- Errors --- */

static struct mark mark_at(const struct reader *reader, const yaml_mark_t *at)
{
    return (struct mark){reader->file, (int)at->line + 1, (int)at->column + 1};
}

static int fail_at(const struct reader *reader, const struct mark *mark, enum err_code code,
                   const char *what)
{
    return err_set(reader->err, code, "%s:%d:%d: %s", mark->file, mark->line, mark->column, what);
}

static int fail(struct reader *reader, const yaml_event_t *event, enum err_code code,
                const char *what)
{
    struct mark mark = mark_at(reader, &event->start_mark);

    return fail_at(reader, &mark, code, what);
}

/* The reader of libyaml gives an offset only.  A column is a character, as in libyaml's marks. */
static struct mark mark_of_offset(const struct reader *reader, size_t offset)
{
    struct mark mark = {reader->file, 1, 1};

    for (size_t i = 0; i < offset; i++) {
        if (reader->text[i] == '\n') {
            mark.line++;
            mark.column = 1;
        } else if (((unsigned char)reader->text[i] & 0xC0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static int fail_yaml(struct reader *reader)
{
    const yaml_parser_t *yaml = &reader->yaml;
    const char *problem = yaml->problem == NULL ? "unknown error" : yaml->problem;
    struct mark mark = mark_at(reader, &yaml->problem_mark);

    if (yaml->error == YAML_MEMORY_ERROR)
        return err_set(reader->err, ERR_IO, "%s: no memory to read it", reader->file);
    if (yaml->error == YAML_READER_ERROR) {
        mark = mark_of_offset(reader, yaml->problem_offset);
        return err_set(reader->err, ERR_CONFIG, "%s:%d:%d: not plain UTF-8 text: %s", mark.file,
                       mark.line, mark.column, problem);
    }
    if (yaml->context == NULL)
        return err_set(reader->err, ERR_CONFIG, "%s:%d:%d: not YAML: %s", mark.file, mark.line,
                       mark.column, problem);
    return err_set(reader->err, ERR_CONFIG, "%s:%d:%d: not YAML: %s %s that starts in line %d",
                   mark.file, mark.line, mark.column, problem, yaml->context,
                   (int)yaml->context_mark.line + 1);
}

/* --- The tree --- */

static int check_key(struct reader *reader, const struct node *key)
{
    if (key->type != NODE_SCALAR)
        return fail_at(reader, &key->mark, ERR_CONFIG, "a key must be text, not a map or a list");
    if (!key->quoted && strcmp(key->text, "<<") == 0)
        return fail_at(reader, &key->mark, ERR_CONFIG,
                       "merge keys (<<) are not supported: write the keys out, or use an alias for "
                       "the whole map");
    if (!key->quoted && key->text[0] == '\0')
        return fail_at(reader, &key->mark, ERR_CONFIG, "a value without a key");
    return 0;
}

/* A map or a list without brackets ends where the last thing in it does: libyaml says where the
 * next one begins.  Nothing (a key without a value) has no place of its own. */
static void note_end(struct built *parent, const struct built *child, const yaml_event_t *event)
{
    bool alias = event->type == YAML_ALIAS_EVENT;

    if (alias || child->node.end > child->node.begin)
        parent->node.end = alias ? (unsigned)event->end_mark.index : child->node.end;
}

/* Put a finished node where it belongs: it is the root, an item, a key, or the value of one. */
static int place(struct reader *reader, struct built *child, const yaml_event_t *event)
{
    struct frame *frame;

    if (reader->depth == 0) {
        reader->root = child;
        return 0;
    }
    frame = &reader->frames[reader->depth - 1];
    note_end(frame->built, child, event);
    frame->built->expanded += child->expanded;
    if (frame->built->height < child->height + 1)
        frame->built->height = child->height + 1;
    if (frame->built->node.type == NODE_MAP && frame->key == NULL) {
        frame->key = child;
        return check_key(reader, &child->node);
    }
    if (frame->built->node.type == NODE_MAP)
        *VEC_ADD(reader->arena, &frame->keys) = &frame->key->node;
    *VEC_ADD(reader->arena, &frame->items) = &child->node;
    frame->key = NULL;
    return 0;
}

static int count(struct reader *reader, const yaml_event_t *event, size_t more)
{
    reader->expanded += more;
    if (reader->expanded > LIMIT_YAML_NODES)
        return err_set(reader->err, ERR_LIMIT, "%s:%zu:%zu: more than %d values, aliases followed",
                       reader->file, event->start_mark.line + 1, event->start_mark.column + 1,
                       LIMIT_YAML_NODES);
    return 0;
}

static struct built *built_new(struct reader *reader, const yaml_event_t *event,
                               enum node_type type)
{
    struct built *built = arena_alloc(reader->arena, sizeof *built);

    built->node.type = type;
    built->node.mark = mark_at(reader, &event->start_mark);
    built->node.begin = (unsigned)event->start_mark.index;
    built->node.end = (unsigned)event->end_mark.index;
    built->expanded = 1;
    return built;
}

/* As in YAML, a name may be given again: aliases mean the last one before them. */
static void anchor_set(struct reader *reader, const yaml_char_t *name, struct built *built)
{
    struct anchor *anchor;

    if (name == NULL)
        return;
    HASH_FIND_STR(reader->anchors, (const char *)name, anchor);
    if (anchor == NULL) {
        anchor = arena_alloc(reader->arena, sizeof *anchor);
        anchor->name = arena_str(reader->arena, (const char *)name);
        HASH_ADD_KEYPTR(hh, reader->anchors, anchor->name, strlen(anchor->name), anchor);
    }
    anchor->built = built;
}

/* A key and its place in the map, which is that in the file too. */
struct key_at {
    const struct node *key;
    size_t index;
};

static int key_compare(const void *a, const void *b)
{
    const struct key_at *x = a, *y = b;
    int order = strcmp(x->key->text, y->key->text);

    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static bool stands_before(const struct mark *a, const struct mark *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

static void repeated_key(struct reader *reader, const struct node *key, const struct node *before)
{
    const char *text =
        arena_printf(reader->arena, "the key \"%s\" stands in this map already, in line %d",
                     key->text, before->mark.line);

    if (reader->faults != NULL) {
        reader->faults->tell(reader->faults->arg, &key->mark, text);
    } else if (reader->repeated == NULL || stands_before(&key->mark, &reader->repeated->mark)) {
        /* A map ends after those in it: the file's first one is known at its end only. */
        reader->repeated = key;
        reader->repeated_text = text;
    }
}

/* Found in a sorted copy, because a map may have as many keys as the limit allows.  The first of a
 * name stays. */
static void drop_repeated_keys(struct reader *reader, struct node *map)
{
    struct key_at *sorted;
    size_t kept = 0;

    if (map->count < 2)
        return;
    arena_reset(reader->scratch);
    sorted = arena_array(reader->scratch, map->count, sizeof *sorted);
    for (size_t i = 0; i < map->count; i++)
        sorted[i] = (struct key_at){map->keys[i], i};
    qsort(sorted, map->count, sizeof *sorted, key_compare);
    for (size_t i = 1; i < map->count; i++)
        if (strcmp(sorted[i - 1].key->text, sorted[i].key->text) == 0) {
            repeated_key(reader, sorted[i].key, sorted[i - 1].key);
            map->items[sorted[i].index] = NULL;
        }
    for (size_t i = 0; i < map->count; i++)
        if (map->items[i] != NULL) {
            map->keys[kept] = map->keys[i];
            map->items[kept++] = map->items[i];
        }
    map->count = kept;
}

static int check_repeated_keys(const struct reader *reader)
{
    const struct node *key = reader->repeated;

    return key == NULL ? 0 : fail_at(reader, &key->mark, ERR_CONFIG, reader->repeated_text);
}

/* --- Events --- */

static const char no_tags[] = "tags (!name) are not supported";

static int take_scalar(struct reader *reader, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    struct built *built;

    if (event->data.scalar.tag != NULL)
        return fail(reader, event, ERR_CONFIG, no_tags);
    if (memchr(value, '\0', len) != NULL)
        return fail(reader, event, ERR_CONFIG, "the character NUL (\\0) must not be in a text");
    if (count(reader, event, 1) != 0)
        return -1;
    built = built_new(reader, event, NODE_SCALAR);
    built->node.text = arena_strn(reader->arena, value, len);
    built->node.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    anchor_set(reader, event->data.scalar.anchor, built);
    return place(reader, built, event);
}

static int take_alias(struct reader *reader, const yaml_event_t *event)
{
    struct anchor *anchor;

    HASH_FIND_STR(reader->anchors, (const char *)event->data.alias.anchor, anchor);
    if (anchor == NULL)
        return fail(reader, event, ERR_CONFIG, "an alias (*name) without an anchor (&name) above");
    if (anchor->built->open)
        return fail(reader, event, ERR_CONFIG, "an alias must not stand inside its own anchor");
    if (reader->depth + anchor->built->height > LIMIT_YAML_DEPTH)
        return fail(reader, event, ERR_LIMIT, "nested too deep, aliases followed");
    if (count(reader, event, anchor->built->expanded) != 0)
        return -1;
    return place(reader, anchor->built, event);
}

static int take_start(struct reader *reader, const yaml_event_t *event, enum node_type type,
                      bool flow, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    struct built *built;

    if (tag != NULL)
        return fail(reader, event, ERR_CONFIG, no_tags);
    if (reader->depth == LIMIT_YAML_DEPTH)
        return fail(reader, event, ERR_LIMIT, "nested too deep");
    if (count(reader, event, 1) != 0)
        return -1;
    built = built_new(reader, event, type);
    built->height = 1;
    built->open = true;
    built->node.flow = flow;
    anchor_set(reader, anchor, built);
    reader->frames[reader->depth++] = (struct frame){.built = built};
    return 0;
}

static int take_end(struct reader *reader, const yaml_event_t *event)
{
    struct frame *frame = &reader->frames[--reader->depth];
    struct built *built = frame->built;

    built->open = false;
    built->node.count = frame->items.count;
    built->node.items = frame->items.items;
    built->node.keys = frame->keys.items;
    if (built->node.type == NODE_MAP)
        drop_repeated_keys(reader, &built->node);
    if (built->node.flow)
        built->node.end = (unsigned)event->end_mark.index;
    return place(reader, built, event);
}

static int take_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(reader, event);
    case YAML_ALIAS_EVENT:
        return take_alias(reader, event);
    case YAML_SEQUENCE_START_EVENT:
        return take_start(reader, event, NODE_LIST,
                          event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE,
                          event->data.sequence_start.anchor, event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return take_start(reader, event, NODE_MAP,
                          event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE,
                          event->data.mapping_start.anchor, event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return take_end(reader, event);
    case YAML_DOCUMENT_START_EVENT:
        if (reader->documents++ > 0)
            return fail(reader, event, ERR_CONFIG, "a second document (---): one file holds one");
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return 0;
    }
    return 0;
}

static int read_events(struct reader *reader)
{
    yaml_event_type_t type;
    yaml_event_t event;
    int failed;

    do {
        if (!yaml_parser_parse(&reader->yaml, &event))
            return fail_yaml(reader);
        type = event.type;
        failed = take_event(reader, &event);
        yaml_event_delete(&event);
    } while (failed == 0 && type != YAML_STREAM_END_EVENT);
    return failed;
}

int node_parse(const char *text, size_t len, const char *file, struct arena *arena,
               struct node **out, struct err *err)
{
    return node_parse_faults(text, len, file, NULL, arena, out, err);
}

int node_parse_faults(const char *text, size_t len, const char *file,
                      const struct node_faults *faults, struct arena *arena, struct node **out,
                      struct err *err)
{
    static const char bom[] = "\xEF\xBB\xBF";
    struct reader reader = {.arena = arena, .faults = faults, .err = err};
    struct built *root;
    int failed;

    reader.file = arena_str(arena, file);
    if (len > LIMIT_YAML_BYTES)
        return err_set(err, ERR_LIMIT, "%s: larger than %d bytes", file, LIMIT_YAML_BYTES);
    if (len >= strlen(bom) && memcmp(text, bom, strlen(bom)) == 0) {
        text += strlen(bom); /* libyaml would count it as a column */
        len -= strlen(bom);
    }
    reader.text = text;
    if (!yaml_parser_initialize(&reader.yaml))
        return err_set(err, ERR_IO, "%s: no memory to read it", file);
    yaml_parser_set_encoding(&reader.yaml, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.yaml, (const unsigned char *)text, len);
    reader.scratch = arena_new("node_parse");
    failed = read_events(&reader);
    if (failed == 0)
        failed = check_repeated_keys(&reader);
    HASH_CLEAR(hh, reader.anchors);
    arena_free(reader.scratch);
    yaml_parser_delete(&reader.yaml);
    if (failed != 0)
        return -1;

    root = reader.root;
    if (root == NULL ||
        (root->node.type == NODE_SCALAR && !root->node.quoted && root->node.text[0] == '\0')) {
        root = arena_alloc(arena, sizeof *root); /* nothing, or nothing behind a --- */
        root->node.type = NODE_MAP;
        root->node.mark = (struct mark){reader.file, 1, 1};
    }
    *out = &root->node;
    return 0;
}

/* --- Files --- */

/* A pipe tells no size before it is read, so what is read is bounded as well. */
static int read_all(int fd, const char *path, struct buf *buf, struct err *err)
{
    char bytes[READ_BYTES];
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, errno, "%s: cannot be read", path);
        buf_add(buf, bytes, (size_t)got);
        if (buf->overflow)
            return err_set(err, ERR_LIMIT, "%s: larger than %d bytes", path, LIMIT_YAML_BYTES);
    }
    return 0;
}

/* Nobody waits for a writer that may never come, but for what one writes.  *out_pipe: a pipe. */
static int open_ready(const char *path, bool *out_pipe, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat stat;

    if (fd < 0)
        return err_errno(err, errno, "%s: cannot be opened", path);
    if (fstat(fd, &stat) != 0 || fcntl(fd, F_SETFL, O_RDONLY) != 0) {
        (void)err_errno(err, errno, "%s: cannot be read", path);
    } else if (S_ISREG(stat.st_mode) && stat.st_size > LIMIT_YAML_BYTES) {
        (void)err_set(err, ERR_LIMIT, "%s: larger than %d bytes", path, LIMIT_YAML_BYTES);
    } else {
        *out_pipe = S_ISFIFO(stat.st_mode);
        return fd;
    }
    (void)close(fd);
    return -1;
}

int node_parse_file(const char *path, struct arena *arena, struct node **out, struct err *err)
{
    return node_parse_file_faults(path, NULL, arena, out, err);
}

int node_parse_file_faults(const char *path, const struct node_faults *faults, struct arena *arena,
                           struct node **out, struct err *err)
{
    bool is_pipe = false;
    int fd = open_ready(path, &is_pipe, err), failed = -1;
    struct buf buf;

    if (fd < 0)
        return -1;
    buf_init(&buf, LIMIT_YAML_BYTES);
    if (read_all(fd, path, &buf, err) != 0)
        failed = -1;
    else if (is_pipe && buf.len == 0)
        (void)err_set(err, ERR_IO, "%s: nobody wrote into this pipe", path);
    else
        failed = node_parse_faults(buf_text(&buf), buf.len, path, faults, arena, out, err);
    buf_fini(&buf);
    (void)close(fd);
    return failed;
}

/* --- Reading the tree --- */

struct node *node_get(const struct node *map, const char *key)
{
    if (map == NULL || map->type != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    return NULL;
}

bool node_is_null(const struct node *node)
{
    return node != NULL && node->type == NODE_SCALAR && !node->quoted &&
           (node->text[0] == '\0' || str_eq(node->text, "~") || str_eq(node->text, "null") ||
            str_eq(node->text, "Null") || str_eq(node->text, "NULL"));
}

const char *mark_text(const struct mark *mark, struct arena *arena)
{
    return arena_printf(arena, "%s:%d:%d", mark->file, mark->line, mark->column);
}

const char *node_type_name(enum node_type type)
{
    switch (type) {
    case NODE_SCALAR:
        return "a scalar";
    case NODE_LIST:
        return "a list";
    case NODE_MAP:
        return "a map";
    }
    return "nothing";
}
