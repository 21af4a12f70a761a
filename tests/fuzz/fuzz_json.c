/*
 * fuzz_json.c - what was parsed prints, in each style, as a document that parses to the same.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* What every reader of a tree may rely on. */
static void check_tree(const struct json *json, size_t depth)
{
    size_t count = 0;

    assert(json->type == JSON_STRING || json->string == NULL);
    assert(json->type != JSON_STRING || utf8_valid(json->string, strlen(json->string)));
    assert(json->type != JSON_NUMBER || isfinite(json->number));
    assert(depth <= LIMIT_JSON_DEPTH + 1);
    for (const struct json *it = json->first; it != NULL; it = it->next, count++) {
        assert((it->key != NULL) == (json->type == JSON_OBJECT));
        assert(it->next != NULL || it == json->last);
        check_tree(it, depth + 1);
    }
    assert(count == json->count);
}

static struct json *parse_again(const struct buf *buf, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    assert(!buf->overflow);
    assert(json_parse(buf_text(buf), buf->len, arena, &json, &err) == 0);
    return json;
}

static void check_styles(const struct json *json, struct arena *arena)
{
    struct buf compact, pretty, canonical, again;

    buf_init(&compact, LIMIT_JSON_BYTES);
    buf_init(&pretty, LIMIT_JSON_BYTES);
    buf_init(&canonical, LIMIT_JSON_BYTES);
    buf_init(&again, LIMIT_JSON_BYTES);
    json_print(json, JSON_COMPACT, &compact);
    json_print(json, JSON_PRETTY, &pretty);
    json_print_canonical(json, &canonical);
    assert(json_equal(json, parse_again(&compact, arena)));
    assert(json_equal(json, parse_again(&pretty, arena)));
    assert(json_equal(json, parse_again(&canonical, arena)));
    json_print_canonical(parse_again(&pretty, arena), &again);
    assert(strcmp(buf_text(&canonical), buf_text(&again)) == 0);
    buf_fini(&compact);
    buf_fini(&pretty);
    buf_fini(&canonical);
    buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (json_parse((const char *)bytes, len, arena, &json, &err) != 0) {
        assert(err.code == ERR_PROTOCOL || err.code == ERR_LIMIT);
        assert(json == NULL && str_starts(err.text, "JSON: "));
    } else {
        check_tree(json, 1);
        check_styles(json, arena);
        assert(json_equal(json, json_copy(json, arena)));
    }
    arena_free(arena);
    return 0;
}
