#include "plinth/policy/words.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"

#include <stdint.h>

/* A value, or a list of them. */
static void put_values(const struct json *values, struct buf *out)
{
    const struct json *it = values->type == JSON_ARRAY ? values->first : values;

    while (it != NULL) {
        if (it->type == JSON_STRING)
            buf_str(out, it->string);
        else
            json_print(it, JSON_COMPACT, out);
        it = values->type == JSON_ARRAY ? it->next : NULL;
        if (it != NULL)
            buf_str(out, ", ");
    }
}

static bool is_anything(const struct json *values)
{
    const struct json *only = values;

    if (values->type == JSON_ARRAY)
        only = values->count == 1 ? values->first : NULL;
    return only != NULL && only->type == JSON_STRING && str_eq(only->string, "*");
}

/* "everything", "s3:*, ec2:*", "everything but s3:*". */
static void put_element(const struct json *statement, const char *name, const char *negated,
                        const char *all, struct buf *out)
{
    const struct json *positive = json_get(statement, name);
    const struct json *but = json_get(statement, negated);

    if (but != NULL) {
        buf_printf(out, "%s but ", all);
        put_values(but, out);
    } else if (positive == NULL || is_anything(positive)) {
        buf_str(out, all);
    } else {
        put_values(positive, out);
    }
}

static void put_principals(const struct json *statement, struct buf *out)
{
    const struct json *to = json_get(statement, "Principal");
    const struct json *but = json_get(statement, "NotPrincipal");
    const struct json *from = but == NULL ? to : but;

    if (from == NULL || (but == NULL && is_anything(from)))
        return;
    buf_printf(out, ", to %s", but == NULL ? "" : "all but ");
    if (from->type != JSON_OBJECT) {
        put_values(from, out);
        return;
    }
    for (const struct json *it = from->first; it != NULL; it = it->next) {
        buf_printf(out, "%s%s ", it == from->first ? "" : ", ", it->key);
        put_values(it, out);
    }
}

static void put_conditions(const struct json *statement, struct buf *out)
{
    const struct json *conditions = json_get(statement, "Condition");
    const char *join = ", if ";

    for (const struct json *test = json_first(conditions); test != NULL; test = test->next)
        for (const struct json *key = json_first(test); key != NULL; key = key->next) {
            buf_printf(out, "%s%s %s ", join, key->key, test->key);
            put_values(key, out);
            join = " and ";
        }
}

const char *policy_statement_words(const struct json *statement, struct arena *arena)
{
    const char *text;
    struct buf out;

    buf_init(&out, SIZE_MAX / 4); /* the document was bounded when it was read */
    buf_str(&out, str_eq(json_str(statement, "Effect"), "Deny") ? "denies " : "allows ");
    put_element(statement, "Action", "NotAction", "everything", &out);
    buf_str(&out, " on ");
    put_element(statement, "Resource", "NotResource", "every resource", &out);
    put_principals(statement, &out);
    put_conditions(statement, &out);
    text = arena_str(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}
