/*
 * exact.h - parse exact bytes into a tree: what the tests of JSON and of XML share.
 *
 * EXACT_PARSE names the parser; it is defined before this is included.
 */
#ifndef PLINTH_TESTS_EXACT_H
#define PLINTH_TESTS_EXACT_H

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

/* The same bytes without a NUL behind them, so that a read past the end is seen. */
static int parse_exact(const char *text, size_t len, struct arena *arena, struct json **out,
                       struct err *err)
{
    char *copy = malloc(len == 0 ? 1 : len);
    int failed;

    assert_non_null(copy);
    memcpy(copy, text, len);
    failed = EXACT_PARSE(copy, len, arena, out, err);
    free(copy);
    return failed;
}

static struct json *parse(struct arena *arena, const char *text)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (parse_exact(text, strlen(text), arena, &json, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return json;
}

static void assert_refused(struct arena *arena, const char *text, size_t len, enum err_code code)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (parse_exact(text, len, arena, &json, &err) == 0)
        fail_msg("taken: %.80s", text);
    if (err.code != code)
        fail_msg("%.80s: %s", text, err.text);
    assert_null(json);
}

#endif
