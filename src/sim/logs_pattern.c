/*
 * logs_pattern.c - which log events a filter pattern matches.
 *
 * Source: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription
 *         filters, filter log events, and Live Tail": terms, and JSON with =, !=, <, <=, >, >=,
 *         wildcards, IS TRUE / FALSE / NULL, EXISTS, NOT EXISTS, &&, || and brackets.
 * Limits: no regular expressions and no space-delimited patterns: both are refused.  A comparison
 *         with a property that is not there is false, that with != too.
 */
#include "logs_priv.h"

#include "plinth/base/vec.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 32 };

enum node_kind { NODE_AND, NODE_OR, NODE_COMPARE, NODE_IS, NODE_EXISTS, NODE_NOT_EXISTS };

struct node {
    enum node_kind kind;
    const struct node *left, *right; /* of AND and OR */
    const char *selector, *op, *value;
    bool quoted; /* the value: text, even if it looks like a number */
};

struct term {
    const char *text;
    enum { TERM_ALL, TERM_ANY, TERM_NONE } kind; /* "a", "?a", "-a" */
};

struct log_pattern {
    const struct node *root; /* NULL: terms */
    VEC(struct term) terms;
};

/* --- Reading -------------------------------------------------------------------------------------
 */

struct reader {
    const char *at, *why;
    struct arena *arena;
    int depth;
};

static void skip(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static bool take(struct reader *reader, const char *mark)
{
    skip(reader);
    if (strncmp(reader->at, mark, strlen(mark)) != 0)
        return false;
    reader->at += strlen(mark);
    return true;
}

/* A word of the language, in capitals or not. */
static bool take_word(struct reader *reader, const char *word)
{
    size_t len = strlen(word);

    skip(reader);
    if (strncasecmp(reader->at, word, len) != 0 || isalnum((unsigned char)reader->at[len]))
        return false;
    reader->at += len;
    return true;
}

static const struct node *broken(struct reader *reader, const char *why)
{
    if (reader->why == NULL)
        reader->why = why;
    return NULL;
}

/* "text" with \" inside; reader->at is behind the first quote.  NULL: it does not end. */
static const char *quoted_text(struct reader *reader)
{
    char *out = arena_alloc(reader->arena, strlen(reader->at) + 1);
    size_t len = 0;

    for (; *reader->at != '"'; reader->at++) {
        if (*reader->at == '\\' && reader->at[1] != '\0')
            reader->at++;
        if (*reader->at == '\0')
            return NULL;
        out[len++] = *reader->at;
    }
    reader->at++;
    out[len] = '\0';
    return out;
}

/* --- JSON patterns -------------------------------------------------------------------------------
 */

static const char *selector(struct reader *reader)
{
    size_t len;

    skip(reader);
    if (*reader->at != '$')
        return NULL;
    len = strcspn(reader->at, " \t\n=!<>&|(){}");
    reader->at += len;
    return arena_strn(reader->arena, reader->at - len, len);
}

static const struct node *comparison(struct reader *reader, struct node *node)
{
    static const char *const ops[] = {"!=", "<=", ">=", "=", "<", ">"};
    size_t len;

    for (size_t i = 0; i < sizeof ops / sizeof ops[0] && node->op == NULL; i++)
        if (take(reader, ops[i]))
            node->op = ops[i];
    if (node->op == NULL)
        return broken(reader, "an operator is missing");
    skip(reader);
    if (*reader->at == '%')
        return broken(reader, "the simulator knows no regular expressions");
    node->quoted = *reader->at == '"';
    if (node->quoted) {
        reader->at++;
        node->value = quoted_text(reader);
        return node->value == NULL ? broken(reader, "a quote is not closed") : node;
    }
    len = strcspn(reader->at, " \t\n&|(){}");
    if (len == 0)
        return broken(reader, "a value is missing");
    node->value = arena_strn(reader->arena, reader->at, len);
    reader->at += len;
    return node;
}

static const struct node *either(struct reader *reader);

static const struct node *primary(struct reader *reader)
{
    struct node *node = arena_alloc(reader->arena, sizeof *node);

    *node = (struct node){.kind = NODE_COMPARE};
    if (take(reader, "(")) {
        const struct node *inner = ++reader->depth > DEPTH_MOST ? NULL : either(reader);

        if (inner == NULL || !take(reader, ")"))
            return broken(reader, "a bracket is not closed");
        reader->depth--;
        return inner;
    }
    node->selector = selector(reader);
    if (node->selector == NULL)
        return broken(reader, "a property selector begins with $");
    if (take_word(reader, "EXISTS")) {
        node->kind = NODE_EXISTS;
    } else if (take_word(reader, "NOT")) {
        node->kind = NODE_NOT_EXISTS;
        return take_word(reader, "EXISTS") ? node : broken(reader, "EXISTS follows NOT");
    } else if (take_word(reader, "IS")) {
        node->kind = NODE_IS;
        node->value = take_word(reader, "TRUE")    ? "true"
                      : take_word(reader, "FALSE") ? "false"
                      : take_word(reader, "NULL")  ? "null"
                                                   : NULL;
        return node->value != NULL ? node : broken(reader, "TRUE, FALSE or NULL follows IS");
    } else {
        return comparison(reader, node);
    }
    return node;
}

static const struct node *joined(struct reader *reader, enum node_kind kind,
                                 const struct node *left, const struct node *right)
{
    struct node *node = arena_alloc(reader->arena, sizeof *node);

    *node = (struct node){.kind = kind, .left = left, .right = right};
    return left == NULL || right == NULL ? NULL : node;
}

static const struct node *both(struct reader *reader)
{
    const struct node *left = primary(reader);

    while (left != NULL && take(reader, "&&"))
        left = joined(reader, NODE_AND, left, primary(reader));
    return left;
}

static const struct node *either(struct reader *reader)
{
    const struct node *left = both(reader);

    while (left != NULL && take(reader, "||"))
        left = joined(reader, NODE_OR, left, both(reader));
    return left;
}

/* --- Terms ---------------------------------------------------------------------------------------
 */

static bool read_terms(struct reader *reader, struct log_pattern *out)
{
    for (skip(reader); *reader->at != '\0'; skip(reader)) {
        struct term *term = VEC_ADD(reader->arena, &out->terms);
        size_t len;

        term->kind = *reader->at == '?' ? TERM_ANY : *reader->at == '-' ? TERM_NONE : TERM_ALL;
        reader->at += term->kind != TERM_ALL;
        if (*reader->at == '"') {
            reader->at++;
            term->text = quoted_text(reader);
        } else {
            len = strcspn(reader->at, " \t\n");
            term->text = arena_strn(reader->arena, reader->at, len);
            reader->at += len;
        }
        if (term->text == NULL)
            return broken(reader, "a quote is not closed") != NULL;
    }
    return true;
}

const struct log_pattern *log_pattern_parse(const char *text, struct arena *arena,
                                            const char **out_why)
{
    struct reader reader = {.at = text, .arena = arena};
    struct log_pattern *out = arena_alloc(arena, sizeof *out);

    *out = (struct log_pattern){0};
    skip(&reader);
    if (*reader.at == '[' || *reader.at == '%') {
        (void)broken(&reader, "the simulator knows terms and JSON patterns alone");
    } else if (take(&reader, "{")) {
        out->root = either(&reader);
        if (out->root != NULL && (!take(&reader, "}") || (skip(&reader), *reader.at != '\0')))
            (void)broken(&reader, "the pattern does not end with }");
    } else {
        (void)read_terms(&reader, out);
    }
    *out_why = reader.why;
    return reader.why == NULL ? out : NULL;
}

/* --- Matching ------------------------------------------------------------------------------------
 */

const struct json *log_selected(const struct json *event, const char *at, struct arena *arena)
{
    const struct json *value = event;
    uint64_t index;

    for (at += *at == '$'; *at != '\0' && value != NULL;) {
        bool is_index = *at == '[';
        size_t len;
        const char *part;

        at += *at == '.' || is_index;
        len = strcspn(at, is_index ? "]" : ".[");
        part = arena_strn(arena, at, len);
        at += len;
        at += is_index && *at == ']';
        if (!is_index)
            value = json_get(value, part);
        else
            value = str_to_u64(part, &index) && value->type == JSON_ARRAY
                        ? json_at(value, (size_t)index)
                        : NULL;
    }
    return value;
}

static bool as_number(const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && *end == '\0';
}

static const char *as_text(const struct json *value)
{
    if (value->type == JSON_STRING)
        return value->string;
    return value->type == JSON_BOOL ? (value->boolean ? "true" : "false") : "";
}

static bool compare_numbers(const char *op, double have, double wanted)
{
    if (str_eq(op, "="))
        return have == wanted;
    if (str_eq(op, "!="))
        return have != wanted;
    return (op[0] == '<' ? have < wanted : have > wanted) || (op[1] == '=' && have == wanted);
}

/* Numbers alone are in an order. */
static bool compare(const struct node *node, const struct json *value)
{
    double wanted;

    if (value == NULL || value->type == JSON_OBJECT || value->type == JSON_ARRAY)
        return false;
    if (value->type == JSON_NUMBER && !node->quoted && as_number(node->value, &wanted))
        return compare_numbers(node->op, value->number, wanted);
    if (node->op[0] == '<' || node->op[0] == '>')
        return false;
    return (node->op[0] == '!') != sim_glob(node->value, as_text(value), false);
}

static bool is_value(const struct node *node, const struct json *value)
{
    if (value == NULL)
        return false;
    if (str_eq(node->value, "null"))
        return value->type == JSON_NULL;
    return value->type == JSON_BOOL && value->boolean == str_eq(node->value, "true");
}

static bool matches(const struct node *node, const struct json *event, struct arena *arena)
{
    const struct json *value =
        node->selector == NULL ? NULL : log_selected(event, node->selector, arena);

    switch (node->kind) {
    case NODE_AND:
        return matches(node->left, event, arena) && matches(node->right, event, arena);
    case NODE_OR:
        return matches(node->left, event, arena) || matches(node->right, event, arena);
    case NODE_EXISTS:
        return value != NULL;
    case NODE_NOT_EXISTS:
        return value == NULL;
    case NODE_IS:
        return is_value(node, value);
    case NODE_COMPARE:
        break;
    }
    return compare(node, value);
}

static bool terms_match(const struct log_pattern *pattern, const char *message)
{
    bool any = false, wants_any = false;

    for (size_t i = 0; i < pattern->terms.count; i++) {
        const struct term *term = &pattern->terms.items[i];
        bool found = strstr(message, term->text) != NULL;

        wants_any = wants_any || term->kind == TERM_ANY;
        any = any || (term->kind == TERM_ANY && found);
        if ((term->kind == TERM_ALL && !found) || (term->kind == TERM_NONE && found))
            return false;
    }
    return any || !wants_any;
}

bool log_pattern_matches(const struct log_pattern *pattern, const char *message,
                         struct arena *arena)
{
    struct err ignored = ERR_INIT;
    struct json *event;

    if (pattern->root == NULL)
        return terms_match(pattern, message);
    return json_parse(message, strlen(message), arena, &event, &ignored) == 0 &&
           matches(pattern->root, event, arena);
}
