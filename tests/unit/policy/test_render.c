/* Templates filled in; YAML as JSON. */
#include "plinth/policy/template.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct node *read_yaml(const char *text, const char *file, struct arena *arena)
{
    struct node *node = NULL;
    struct err err = ERR_INIT;

    if (node_parse(text, strlen(text), file, arena, &node, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return node;
}

#define PARAMETERS                                                                                 \
    "type: tag_policy\n"                                                                           \
    "description: d\n"                                                                             \
    "parameters:\n"                                                                                \
    "  text: {type: string, doc: d, default: word}\n"                                              \
    "  list: {type: list, doc: d, default: [x, y]}\n"                                              \
    "  flag: {type: bool, doc: d, default: false}\n"                                               \
    "document:\n"                                                                                  \
    "  used: {When: flag, a: '${text}', b: '${list}'}\n"

/* The document is PARAMETERS with `document` behind it. */
static struct policy_template *make(const char *document, struct arena *arena)
{
    struct policy_template *template = NULL;
    struct err err = ERR_INIT;
    struct node *root =
        read_yaml(arena_printf(arena, "%s%s", PARAMETERS, document), "t.yaml", arena);

    if (policy_template_parse(root, arena, &template, &err) != 0)
        fail_msg("%s: %s", document, err.text);
    return template;
}

struct sample {
    const char *document, *given, *result;
};

static void test_values_in_documents(void **state)
{
    static const struct sample samples[] = {
        /* alone: what the parameter is */
        {"  a: ${text}\n", NULL, "{\"a\":\"word\"}"},
        {"  a: ${list}\n", NULL, "{\"a\":[\"x\",\"y\"]}"},
        {"  a: ${flag}\n", NULL, "{\"a\":false}"},
        {"  a: [b, '${list}', '${text}', c]\n", NULL, "{\"a\":[\"b\",\"x\",\"y\",\"word\",\"c\"]}"},
        {"  a: [[b], ['${list}']]\n", NULL, "{\"a\":[[\"b\"],[\"x\",\"y\"]]}"},
        /* within text */
        {"  a: <${text}|${flag}>\n", NULL, "{\"a\":\"<word|false>\"}"},
        {"  a: ['${text}/${list}']\n", NULL, "{\"a\":[\"word/x\",\"word/y\"]}"},
        {"  a: ${list}.${text}\n", NULL, "{\"a\":[\"x.word\",\"y.word\"]}"},
        /* what is IAM's stays, and a value is not replaced again */
        {"  a: ${aws:username}${*}${?}${$}${Text}\n", NULL,
         "{\"a\":\"${aws:username}${*}${?}${$}${Text}\"}"},
        {"  a: ${${text}}\n", NULL, "{\"a\":\"${word}\"}"},
        {"  a: ${text}\n", "text: ${list}\n", "{\"a\":\"${list}\"}"},
        /* empty ones vanish with all that holds nothing else */
        {"  a: b\n  c: {d: '${list}', e: {f: '${text}-'}}\n", "{list: [], text: ''}\n",
         "{\"a\":\"b\"}"},
        {"  a: [b, '${list}', '${text}', 'x${list}']\n", "{list: [], text: ''}\n",
         "{\"a\":[\"b\"]}"},
        {"  a: [{b: '${list}'}, c]\n", "list: []\n", "{\"a\":[\"c\"]}"},
        {"  a: []\n  b: {}\n", NULL, "{\"a\":[],\"b\":{}}"},
        /* switches */
        {"  a: {When: flag, b: c}\n  d: {Unless: flag, e: f}\n", NULL, "{\"d\":{\"e\":\"f\"}}"},
        {"  a: {When: list, b: c}\n  d: {Unless: text, e: f}\n", NULL, "{\"a\":{\"b\":\"c\"}}"},
        {"  a: [{When: text, b: c}, {When: list, d: e}]\n", "text: ''\n",
         "{\"a\":[{\"d\":\"e\"}]}"},
        /* given values: one item stands for a list, text in quotes for text */
        {"  a: ${list}\n", "list: z\n", "{\"a\":[\"z\"]}"},
        {"  a: ${text}\n", "text: '012'\n", "{\"a\":\"012\"}"},
        {"  a: ${flag}\n  x: y\n", "{flag: true, text: t, list: [l]}\n",
         "{\"used\":{\"a\":\"t\",\"b\":[\"l\"]},\"a\":true,\"x\":\"y\"}"},
    };
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct node *given =
            samples[i].given == NULL ? NULL : read_yaml(samples[i].given, "b.yaml", arena);
        struct json *result = NULL;
        struct err err = ERR_INIT;

        if (policy_template_render(make(samples[i].document, arena), given, NULL, 0, arena, &result,
                                   &err) != 0)
            fail_msg("%s: %s", samples[i].document, err.text);
        assert_string_equal(json_text(result, arena), samples[i].result);
        assert_null(result->key);
    }
}

static void test_given_over_known_over_default(void **state)
{
    static const char *const words[] = {"known", "more"};
    static const struct template_value known[] = {
        {"text", words, 1, false}, {"list", words, 2, true}, {"unused", words, 2, true}};
    struct arena *arena = *state;
    struct policy_template *template = make("  a: [ '${text}', '${list}' ]\n", arena);
    struct json *result = NULL;
    struct err err = ERR_INIT;

    assert_int_equal(policy_template_render(template, NULL, known, 3, arena, &result, &err), 0);
    assert_string_equal(json_text(result, arena), "{\"a\":[\"known\",\"known\",\"more\"]}");
    assert_int_equal(policy_template_render(template, read_yaml("text: own\n", "b.yaml", arena),
                                            known, 3, arena, &result, &err),
                     0);
    assert_string_equal(json_text(result, arena), "{\"a\":[\"own\",\"known\",\"more\"]}");
}

static void test_known_list_does_not_fit_a_string(void **state)
{
    static const char *const words[] = {"a", "b"};
    static const struct template_value known[] = {{"text", words, 2, true}};
    struct arena *arena = *state;
    struct json *result;
    struct err err = ERR_INIT;

    assert_int_equal(
        policy_template_render(make("  a: b\n", arena), NULL, known, 1, arena, &result, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
}

static void test_mistakes_have_their_place(void **state)
{
    static const struct sample samples[] = {
        {"  a: b\n", "[]", "b.yaml:1:1: the parameters of a template must be a map"},
        {"  a: b\n", "lists: x\n", "b.yaml:1:1: unknown parameter 'lists'; did you mean 'list'?"},
        {"  a: b\n", "zzzzzzzz: x\n",
         "b.yaml:1:1: unknown parameter 'zzzzzzzz' of template t.yaml"},
        {"  a: b\n", "text: [x]\n", "b.yaml:1:7: parameter 'text' must be a string"},
        {"  a: b\n", "text:\n", "parameter 'text' must be a string"},
        {"  a: b\n", "list: {a: b}\n", "b.yaml:1:7: parameter 'list' must be a list of strings"},
        {"  a: b\n", "list: [a, [b]]\n", "b.yaml:1:11: parameter 'list' must be a list"},
        {"  a: b\n", "list: [a, '']\n", "b.yaml:1:11: parameter 'list' has an empty item"},
        {"  a: b\n", "flag: 'true'\n", "b.yaml:1:7: parameter 'flag' must be true or false"},
        {"", NULL, "t.yaml: with these parameters nothing is left"},
    };
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct node *given =
            samples[i].given == NULL ? NULL : read_yaml(samples[i].given, "b.yaml", arena);
        struct json *result;
        struct err err = ERR_INIT;

        if (policy_template_render(make(samples[i].document, arena), given, NULL, 0, arena, &result,
                                   &err) == 0)
            fail_msg("%s is taken", samples[i].given);
        if (err.code != ERR_CONFIG || strstr(err.text, samples[i].result) == NULL)
            fail_msg("%s: \"%s\" and not \"%s\"", samples[i].given, err.text, samples[i].result);
    }
}

static void test_required_asks_for_an_item(void **state)
{
    static const char text[] = "type: tag_policy\ndescription: d\n"
                               "parameters: {p: {type: list, doc: d, required: true}}\n"
                               "document: {a: ['${p}', b]}\n";
    struct arena *arena = *state;
    struct policy_template *template = NULL;
    struct json *result;
    struct err err = ERR_INIT;

    assert_int_equal(
        policy_template_parse(read_yaml(text, "t.yaml", arena), arena, &template, &err), 0);
    assert_int_equal(policy_template_render(template, NULL, NULL, 0, arena, &result, &err), -1);
    assert_string_equal(err.text, "t.yaml: the template needs a value for parameter 'p'");
    assert_int_equal(policy_template_render(template, read_yaml("{}", "b.yaml", arena), NULL, 0,
                                            arena, &result, &err),
                     -1);
    assert_string_equal(err.text, "b.yaml:1:1: the template needs a value for parameter 'p'");
    assert_int_equal(policy_template_render(template, read_yaml("p: []", "b.yaml", arena), NULL, 0,
                                            arena, &result, &err),
                     -1);
    assert_string_equal(err.text, "b.yaml:1:4: the template needs a value for parameter 'p'");
}

/* 3,000 items in a text that repeats 30,000 bytes: 90 MB. */
static void test_what_grows_too_large_is_refused(void **state)
{
    struct arena *arena = *state;
    char *list = arena_alloc(arena, 3000 * 2 + 64), *word = arena_alloc(arena, 30000 + 1);
    struct json *result;
    struct err err = ERR_INIT;

    memset(word, 'w', 30000);
    (void)memcpy(list, "list: [", 7);
    for (size_t i = 0; i < 3000; i++)
        (void)memcpy(list + 7 + 2 * i, i == 2999 ? "i]" : "i,", 2);
    assert_int_equal(
        policy_template_render(
            make("  a: ${text}${list}\n", arena),
            read_yaml(arena_printf(arena, "%s\ntext: %s\n", list, word), "b.yaml", arena), NULL, 0,
            arena, &result, &err),
        -1);
    assert_int_equal(err.code, ERR_LIMIT);
}

static void test_yaml_as_json(void **state)
{
    static const struct {
        const char *yaml, *json;
    } samples[] = {
        {"{a: true, b: false, c: 'true', d: null, e: ~, f: }",
         "{\"a\":true,\"b\":false,\"c\":\"true\",\"d\":null,\"e\":null,\"f\":null}"},
        {"[0, -1, 1.5, 2e3, 007, +1, 0x10, .5, 1., 2012-10-17]",
         "[0,-1,1.5,2000,\"007\",\"+1\",\"0x10\",\".5\",\"1.\",\"2012-10-17\"]"},
        {"[111111111111, 012345678901, '1']", "[111111111111,\"012345678901\",\"1\"]"},
        {"[yes, no, on, off, True]", "[\"yes\",\"no\",\"on\",\"off\",\"True\"]"},
        {"{a: [], b: {}, c: [[1], {d: [2]}]}", "{\"a\":[],\"b\":{},\"c\":[[1],{\"d\":[2]}]}"},
        {"{When: x, a: '${x}'}", "{\"When\":\"x\",\"a\":\"${x}\"}"},
        {"word", "\"word\""},
    };
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        struct json *json = NULL;
        struct err err = ERR_INIT;

        if (policy_node_to_json(read_yaml(samples[i].yaml, "y", arena), arena, &json, &err) != 0)
            fail_msg("%s: %s", samples[i].yaml, err.text);
        assert_string_equal(json_text(json, arena), samples[i].json);
    }
}

static void test_numbers_that_would_change_are_refused(void **state)
{
    static const char *const texts[] = {"[9007199254740993]", "[1e999]", "[-1e300]"};
    struct arena *arena = *state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct json *json;
        struct err err = ERR_INIT;

        assert_int_equal(policy_node_to_json(read_yaml(texts[i], "y", arena), arena, &json, &err),
                         -1);
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, "y:1:2: this number"));
    }
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_values_in_documents),
        TEST(test_given_over_known_over_default),
        TEST(test_known_list_does_not_fit_a_string),
        TEST(test_mistakes_have_their_place),
        TEST(test_required_asks_for_an_item),
        TEST(test_what_grows_too_large_is_refused),
        TEST(test_yaml_as_json),
        TEST(test_numbers_that_would_change_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
