/*
 * evaluate_pattern.c - text with wildcards and policy variables: compile, match.
 *
 * A star that fails is given one more character, and only the last star ever is: what stands
 * between two stars is best taken where it is found first.  So a match costs at most the length of
 * the pattern times the length of the text, whatever the pattern.
 */
#include "evaluate_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <string.h>

/* Of ASCII, whatever the locale. */
static inline unsigned lower(unsigned c)
{
    return c - 'A' < 26U ? c + ('a' - 'A') : c;
}

/* --- Compile -------------------------------------------------------------------------------------
 */

struct compiler {
    uint16_t *units;
    size_t count;
    VEC(struct variable) variables;
    unsigned flags;
    struct arena *arena;
};

static void add_unit(struct compiler *compiler, unsigned unit)
{
    compiler->units[compiler->count++] = (uint16_t)unit;
}

static void add_byte(struct compiler *compiler, char c)
{
    unsigned char byte = (unsigned char)c;

    add_unit(compiler, compiler->flags & PATTERN_NOCASE ? lower(byte) : byte);
}

/* The text without the blanks around it. */
static const char *trimmed(const char *text, size_t len, struct arena *arena)
{
    while (len > 0 && *text == ' ')
        text++, len--;
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return arena_strn(arena, text, len);
}

/* "key" or "key, 'default'", as it stands between the braces. */
static struct variable read_variable(const char *text, size_t len, struct arena *arena)
{
    const char *comma = memchr(text, ',', len);
    struct variable variable = {.key = NULL};
    const char *fallback;
    size_t quoted;

    if (comma == NULL) {
        variable.key = trimmed(text, len, arena);
        return variable;
    }
    variable.key = trimmed(text, (size_t)(comma - text), arena);
    fallback = trimmed(comma + 1, len - (size_t)(comma - text) - 1, arena);
    quoted = strlen(fallback);
    if (quoted >= 2 && fallback[0] == '\'' && fallback[quoted - 1] == '\'')
        fallback = arena_strn(arena, fallback + 1, quoted - 2);
    variable.fallback = fallback;
    return variable;
}

/* `at` starts with "${".  How many bytes were taken; 0: it is no variable, as it has no end. */
static size_t add_variable(struct compiler *compiler, const char *at)
{
    const char *end = strchr(at, '}');
    size_t len;

    if (end == NULL)
        return 0;
    len = (size_t)(end - at) - 2;
    if (len == 1 && strchr("*?$", at[2]) != NULL) {
        add_byte(compiler, at[2]);
    } else {
        add_unit(compiler, UNIT_VARIABLE + (unsigned)compiler->variables.count);
        *VEC_ADD(compiler->arena, &compiler->variables) =
            read_variable(at + 2, len, compiler->arena);
    }
    return len + 3;
}

int pattern_compile(const char *text, unsigned flags, struct arena *arena, struct pattern *out,
                    struct err *err)
{
    struct compiler compiler = {.flags = flags, .arena = arena};

    compiler.units = arena_array(arena, strlen(text) + 1, sizeof *compiler.units);
    while (*text != '\0') {
        size_t taken = 0;

        if (flags & PATTERN_VARIABLES && str_starts(text, "${"))
            taken = add_variable(&compiler, text);
        if (taken == 0 && flags & PATTERN_WILDCARDS && (*text == '*' || *text == '?')) {
            add_unit(&compiler, *text == '*' ? UNIT_ANY : UNIT_ONE);
            taken = 1;
        }
        if (taken == 0) {
            add_byte(&compiler, *text);
            taken = 1;
        }
        text += taken;
        if (compiler.variables.count > EVALUATE_VARIABLES_MOST)
            return err_set(err, ERR_LIMIT, "more than %d policy variables in one value",
                           EVALUATE_VARIABLES_MOST);
    }
    *out = (struct pattern){.units = compiler.units,
                            .count = compiler.count,
                            .variables = compiler.variables.items,
                            .variable_count = compiler.variables.count,
                            .nocase = (flags & PATTERN_NOCASE) != 0};
    while (out->literal < out->count && out->units[out->literal] < UNIT_ANY)
        out->literal++;
    return 0;
}

/* --- Match ---------------------------------------------------------------------------------------
 */

/* A place in a pattern: at a unit, or within the text that stands for one. */
struct cursor {
    size_t unit;
    const char *inside; /* the rest of a variable's text; NULL: outside */
};

struct matcher {
    const struct pattern *pattern;
    const char *values[EVALUATE_VARIABLES_MOST]; /* NULL: not given, so it may be any text */
    const char *barrier; /* no wildcard takes a colon before it; NULL: there is none */
    struct context *context;
};

enum { UNIT_END = -1 };

/* The unit at the cursor, which is moved past the ends of variables. */
static int peek(const struct matcher *matcher, struct cursor *cursor)
{
    const struct pattern *pattern = matcher->pattern;

    for (;;) {
        unsigned unit;

        if (cursor->inside != NULL) {
            unsigned char c = (unsigned char)*cursor->inside;

            if (c != '\0')
                return (int)(pattern->nocase ? lower(c) : c);
            cursor->inside = NULL;
            cursor->unit++;
        }
        if (cursor->unit == pattern->count)
            return UNIT_END;
        unit = pattern->units[cursor->unit];
        if (unit < UNIT_VARIABLE)
            return (int)unit;
        cursor->inside = matcher->values[unit - UNIT_VARIABLE];
        if (cursor->inside == NULL)
            return UNIT_ANY;
        matcher->context->steps++;
    }
}

static void advance(struct cursor *cursor)
{
    if (cursor->inside != NULL)
        cursor->inside++;
    else
        cursor->unit++;
}

static bool may_take(const struct matcher *matcher, const char *text)
{
    return matcher->barrier == NULL || *text != ':' || text >= matcher->barrier;
}

static bool same(const struct matcher *matcher, int unit, const char *text)
{
    unsigned char c = (unsigned char)*text;

    if (unit == UNIT_ONE)
        return may_take(matcher, text);
    return unit == (int)(matcher->pattern->nocase ? lower(c) : c);
}

/* `text` is behind the literal start. */
static bool match_text(const struct matcher *matcher, const char *text)
{
    struct cursor at = {matcher->pattern->literal, NULL}, after_star = at;
    const char *star = NULL; /* how far the last star has come */

    for (;;) {
        int unit = peek(matcher, &at);

        matcher->context->steps++;
        if (unit == UNIT_ANY) {
            advance(&at);
            after_star = at;
            star = text;
            continue;
        }
        if (*text == '\0' && unit == UNIT_END)
            return true;
        if (*text != '\0' && unit != UNIT_END && same(matcher, unit, text)) {
            advance(&at);
            text++;
            continue;
        }
        if (star == NULL || *star == '\0' || !may_take(matcher, star))
            return false;
        text = ++star;
        at = after_star;
    }
}

/* TRUTH_NO: a variable has no value, and what has none is equal to nothing. */
static enum truth resolve(struct matcher *matcher)
{
    const struct pattern *pattern = matcher->pattern;
    enum truth known = TRUTH_YES;

    for (size_t i = 0; i < pattern->variable_count; i++) {
        const struct policy_key *key =
            evaluate_context_key(matcher->context, pattern->variables[i].key);

        if (key == NULL) {
            matcher->values[i] = NULL;
            known = TRUTH_MAYBE;
        } else if (key->count == 1) {
            matcher->values[i] = key->values[0];
        } else if (key->count == 0 && pattern->variables[i].fallback != NULL) {
            matcher->values[i] = pattern->variables[i].fallback;
        } else { /* a key of several values is no variable */
            return TRUTH_NO;
        }
    }
    return known;
}

static bool match_literal(const struct pattern *pattern, const char *text, struct context *context)
{
    size_t i = 0;

    while (i < pattern->literal) {
        unsigned char c = (unsigned char)text[i];

        if (pattern->units[i] != (pattern->nocase ? lower(c) : c))
            break;
        i++;
    }
    context->steps += i + 1;
    return i == pattern->literal;
}

/* `text` is behind the literal start of the pattern, and there is more of both. */
static enum truth match_rest(const struct pattern *pattern, const char *text, const char *barrier,
                             struct context *context)
{
    struct matcher matcher = {.pattern = pattern, .barrier = barrier, .context = context};
    const char *missing = context->missing;
    enum truth known = resolve(&matcher);

    /* With a star for what is not known, no match is none whatever the value; and that may be a
     * whole ARN, with colons in it. */
    if (known == TRUTH_MAYBE)
        matcher.barrier = NULL;
    if (known == TRUTH_NO || !match_text(&matcher, text)) {
        context->missing = missing;
        return TRUTH_NO;
    }
    return known;
}

static enum truth match(const struct pattern *pattern, const char *text, const char *barrier,
                        struct context *context)
{
    if (!match_literal(pattern, text, context))
        return TRUTH_NO;
    text += pattern->literal;
    if (pattern->literal == pattern->count)
        return truth_of(*text == '\0');
    return match_rest(pattern, text, barrier, context);
}

enum truth pattern_match(const struct pattern *pattern, const char *text, struct context *context)
{
    return match(pattern, text, NULL, context);
}

enum truth pattern_match_arn(const struct pattern *pattern, const char *text,
                             struct context *context)
{
    const char *last_part = text;

    for (int colons = 0; colons < 5; colons++) {
        last_part = strchr(last_part, ':');
        if (last_part == NULL)
            return TRUTH_NO;
        last_part++;
    }
    context->steps += (size_t)(last_part - text);
    if (pattern->count == 1 && pattern->units[0] == UNIT_ANY)
        return TRUTH_YES;
    return match(pattern, text, last_part, context);
}
