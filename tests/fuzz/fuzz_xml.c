/*
 * fuzz_xml.c - what was parsed prints as a document that parses to the same, and any text that is
 * escaped comes back as it was where XML can say it.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/xml.h"

#include <assert.h>
#include <string.h>

static void check_tree(const struct json *json, size_t depth)
{
    assert(json->type == JSON_STRING || json->type == JSON_OBJECT);
    assert(json->type == JSON_OBJECT || utf8_valid(json->string, strlen(json->string)));
    assert(json->key != NULL && json->key[0] != '\0' && strchr(json->key, ':') == NULL);
    assert(depth <= LIMIT_XML_DEPTH);
    for (const struct json *it = json->first; it != NULL; it = it->next)
        check_tree(it, depth + 1);
}

static struct json *print_and_parse(const struct json *json, const char *root, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *again = NULL;
    struct buf buf;

    buf_init(&buf, LIMIT_XML_BYTES);
    xml_print(json, root, NULL, &buf);
    assert(!buf.overflow);
    assert(xml_parse(buf_text(&buf), buf.len, arena, &again, &err) == 0);
    assert(strcmp(again->key, root) == 0);
    buf_fini(&buf);
    return again;
}

/* Whatever the bytes are, they can be the text of an element; what XML cannot say is replaced once,
 * and stays. */
static void check_escape(const char *text, struct arena *arena)
{
    struct json *once = print_and_parse(json_string(arena, text), "a", arena);

    assert(once->type == JSON_STRING);
    assert(json_equal(once, print_and_parse(once, "a", arena)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct json *json = NULL;

    if (xml_parse((const char *)bytes, len, arena, &json, &err) != 0) {
        assert(err.code == ERR_PROTOCOL || err.code == ERR_LIMIT);
        assert(json == NULL && str_starts(err.text, "XML: "));
    } else {
        check_tree(json, 1);
        assert(json_equal(json, print_and_parse(json, json->key, arena)));
    }
    check_escape(arena_strn(arena, (const char *)bytes, len), arena);
    arena_free(arena);
    return 0;
}
