#include "yaml.h"

/* What an independent validator makes of it is tests/interop/schema_test.py's to see. */

static const char *text_at(const struct json *json, struct arena *arena)
{
    return json == NULL ? "(nothing)" : json_text(json, arena);
}

static void test_one_table(void **state)
{
    struct world *world = *state;
    const struct json *schema = schema_json(&watch_schema, world->arena);
    const struct json *properties = json_get(schema, "properties");

    assert_string_equal(json_str(schema, "$schema"),
                        "https://json-schema.org/draft/2020-12/schema");
    assert_string_equal(json_str(schema, "title"), "watch");
    assert_string_equal(text_at(json_get(schema, "required"), world->arena), "[\"days\"]");
    assert_string_equal(text_at(json_get(schema, "additionalProperties"), world->arena), "false");
    assert_string_equal(text_at(json_get(properties, "days"), world->arena),
                        "{\"description\":\"How long.\",\"anyOf\":[{\"type\":\"integer\","
                        "\"minimum\":1,\"maximum\":30},{\"$ref\":\"#/$defs/reference\"}]}");
    assert_string_equal(text_at(json_get(properties, "mode"), world->arena),
                        "{\"description\":\"How.\",\"anyOf\":[{\"enum\":[\"quiet\",\"loud\"]},"
                        "{\"$ref\":\"#/$defs/reference\"},{\"type\":\"null\"}],"
                        "\"default\":\"quiet\"}");
    assert_string_equal(text_at(json_path(properties, "events", "default", NULL), world->arena),
                        "[\"login\",\"logout\"]");
}

static void test_the_language_with_its_controls(void **state)
{
    struct world *world = *state;
    const struct json *schema = baseline_schema_json(test_sections, world->arena);
    const struct json *defs = json_get(schema, "$defs");
    const struct json *ou = json_path(defs, "organizational_unit", "properties", NULL);

    assert_string_equal(
        text_at(json_path(schema, "properties", "controls", "$ref", NULL), world->arena),
        "\"#/$defs/controls\"");
    assert_string_equal(text_at(json_path(defs, "watch", "required", NULL), world->arena),
                        "[\"days\"]");
    assert_string_equal(
        text_at(json_path(defs, "controls", "properties", "ledger", NULL), world->arena),
        "{\"description\":\"Takes no settings.\",\"type\":[\"object\",\"null\"],"
        "\"maxProperties\":0}");
    /* What is laid over needs nothing, may be false, and is there only per account. */
    assert_string_equal(
        text_at(json_path(defs, "overrides", "properties", "watch", "anyOf", NULL), world->arena),
        "[{\"$ref\":\"#/$defs/watch_override\"},{\"const\":false}]");
    assert_null(json_path(defs, "watch_override", "required", NULL));
    assert_non_null(json_path(defs, "watch", "properties", "place", NULL));
    assert_null(json_path(defs, "watch_override", "properties", "place", NULL));
    assert_null(json_path(defs, "overrides", "properties", "ledger", NULL));
    /* A unit holds units, and its name is its key. */
    assert_null(json_get(ou, "name"));
    assert_string_equal(text_at(json_path(ou, "units", "additionalProperties", NULL), world->arena),
                        "{\"$ref\":\"#/$defs/organizational_unit\"}");
    /* A target may be written in short. */
    assert_int_equal(json_path(defs, "target", "anyOf", NULL)->count, 2);
}

/* Every name that is referred to is there. */
static void check_references(const struct json *json, const struct json *defs)
{
    const char *name = json_str(json, "$ref");

    if (name != NULL) {
        assert_memory_equal(name, "#/$defs/", 8);
        if (json_get(defs, name + 8) == NULL)
            fail_msg("no %s", name);
    }
    for (const struct json *it = json_first(json); it != NULL; it = it->next)
        check_references(it, defs);
}

static void test_references_lead_somewhere(void **state)
{
    struct world *world = *state;
    const struct json *schema = baseline_schema_json(test_sections, world->arena);

    check_references(schema, json_get(schema, "$defs"));
}

/* Two controls may call their tables the same. */
static void test_names_are_kept_apart(void **state)
{
    struct world *world = *state;
    const struct schema other = {.name = "watch",
                                 .doc = "Another one.",
                                 .size = sizeof(struct watch_spec),
                                 .node_offset = offsetof(struct watch_spec, node),
                                 .fields = watch_fields};
    const struct control_section sections[] = {{.name = "watch", .schema = &watch_schema},
                                               {.name = "also", .schema = &other},
                                               {.name = NULL}};
    const struct json *schema = baseline_schema_json(sections, world->arena);

    assert_string_equal(json_str(json_path(schema, "$defs", "watch", NULL), "description"),
                        "Watches.");
    assert_string_equal(json_str(json_path(schema, "$defs", "watch_2", NULL), "description"),
                        "Another one.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_one_table),
        WORLD_TEST(test_the_language_with_its_controls),
        WORLD_TEST(test_references_lead_somewhere),
        WORLD_TEST(test_names_are_kept_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
