/*
 * fuzz_policy.c - the input is taken as a policy document, and as a template.
 *
 * A document's minified form is a fixed point, is taken by the same checks, and comes out the same
 * from the packer in either order.  What a template renders is a tree that prints and parses.
 */
#include "fuzz.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/policy/document.h"
#include "plinth/policy/organization.h"
#include "plinth/policy/template.h"

#include <assert.h>
#include <string.h>

static struct json *parse_again(const char *text, struct arena *arena)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    assert(json_parse(text, strlen(text), arena, &json, &err) == 0);
    return json;
}

static bool passes(const struct json *document, enum policy_kind kind)
{
    struct err err = ERR_INIT;
    int result = policy_document_check_kind(document, kind, &err);

    assert((result == 0) == (err.code == ERR_NONE));
    assert(result == 0 || err.code == ERR_CONFIG);
    return result == 0;
}

static void check_minified(const struct json *document, struct arena *arena)
{
    static const enum policy_kind kinds[] = {POLICY_ANY,   POLICY_IDENTITY, POLICY_RESOURCE,
                                             POLICY_TRUST, POLICY_SCP,      POLICY_RCP};
    const char *text = policy_document_minify(document, true, arena);
    struct json *minified = parse_again(text, arena);

    assert(strcmp(policy_document_minify(minified, true, arena), text) == 0);
    assert(policy_document_equal(document, document));
    assert(policy_document_equal(document, minified) == policy_document_equal(minified, document));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (passes(document, kinds[i]))
            assert(passes(minified, kinds[i]));
}

static void check_packed(const struct json *document, struct arena *arena)
{
    const struct policy_type *type = policy_type_find("service_control_policy");
    struct json *other = parse_again("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
                                     "\"Deny\",\"Action\":\"a:B\",\"Resource\":\"*\"}}",
                                     arena);
    const struct policy_part forth[] = {{"a", document, false}, {"b", other, false}};
    const struct policy_part back[] = {forth[1], forth[0]};
    struct policy_packed *packed, *again;
    struct err err = ERR_INIT;
    size_t count, again_count;

    if (policy_pack(type, forth, 2, arena, &packed, &count, &err) != 0) {
        assert(err.code == ERR_CONFIG);
        return;
    }
    assert(policy_pack(type, back, 2, arena, &again, &again_count, &err) == 0);
    assert(count == again_count && count >= 1 && count < type->per_target_max);
    for (size_t i = 0; i < count; i++) {
        assert(strcmp(packed[i].content, again[i].content) == 0);
        assert(strlen(packed[i].content) <= type->characters_max);
        assert(passes(packed[i].document, POLICY_SCP));
        assert(policy_text_equal(packed[i].content, again[i].content));
    }
}

static void try_document(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct json *document;

    if (json_parse((const char *)bytes, len, arena, &document, &err) == 0) {
        check_minified(document, arena);
        check_packed(document, arena);
    }
    arena_free(arena);
}

static void check_render(const struct policy_template *template, struct arena *arena)
{
    static const char *const words[] = {"one", "${two}"};
    const struct template_value known[] = {{"list", words, 2, true}, {"word", words, 1, false}};
    struct err err = ERR_INIT;
    struct json *document;

    if (policy_template_render(template, NULL, known, 2, arena, &document, &err) != 0) {
        assert(err.code == ERR_CONFIG || err.code == ERR_LIMIT);
        return;
    }
    assert(document->key == NULL && document->type == JSON_OBJECT);
    assert(json_equal(parse_again(json_text(document, arena), arena), document));
}

static void try_template(const uint8_t *bytes, size_t len)
{
    struct arena *arena = arena_new("fuzz");
    struct err err = ERR_INIT;
    struct policy_template *template;
    struct node *root;
    struct json *json;

    if (node_parse((const char *)bytes, len, "fuzz.yaml", arena, &root, &err) != 0) {
        arena_free(arena);
        return;
    }
    if (policy_node_to_json(root, arena, &json, &err) == 0)
        assert(json_equal(parse_again(json_text(json, arena), arena), json));
    else
        assert(err.code == ERR_CONFIG && str_starts(err.text, "fuzz.yaml:"));
    err_clear(&err);
    if (policy_template_parse(root, arena, &template, &err) == 0)
        check_render(template, arena);
    else
        assert(err.code == ERR_CONFIG && str_starts(err.text, "fuzz.yaml:"));
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    try_document(bytes, len);
    try_template(bytes, len);
    return 0;
}
