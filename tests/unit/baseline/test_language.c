#include "language.h"

#include "plinth/base/str.h"
#include "yaml.h"

/* Follow every table that can be reached, each once. */
struct walk {
    const struct schema *seen[64];
    size_t count;
};

static void check_field(const struct schema *schema, const struct field *field, struct world *world)
{
    const char *where = arena_printf(world->arena, "%s.%s", schema->name, field->key);

    /* The name of a named object has no key of its own. */
    if (field->doc == NULL && !str_eq(field->key, "name"))
        fail_msg("%s has no doc", where);
    if (field->offset >= schema->size)
        fail_msg("%s lies outside of its struct", where);
    for (const struct field *other = schema->fields; other != field; other++)
        if (str_eq(other->key, field->key) || other->offset == field->offset)
            fail_msg("%s is there twice", where);
    if (field->example != NULL) {
        struct node *node;

        assert_int_equal(node_parse(field->example, strlen(field->example), where, world->arena,
                                    &node, &world->err),
                         0);
    }
}

static void check(struct walk *walk, const struct schema *schema, struct world *world)
{
    for (size_t i = 0; i < walk->count; i++)
        if (walk->seen[i] == schema)
            return;
    assert_true(walk->count < 64);
    walk->seen[walk->count++] = schema;
    assert_non_null(schema->doc);
    for (const struct field *field = schema->fields; field->key != NULL; field++) {
        check_field(schema, field, world);
        if (field->object != NULL)
            check(walk, field->object, world);
    }
}

static void test_the_tables_are_whole(void **state)
{
    struct walk walk = {.count = 0};

    check(&walk, &language_schema, *state);
    assert_true(walk.count >= 9);
}

static const struct field *find(const struct schema *schema, const char *key)
{
    const struct field *field = schema->fields;

    while (field->key != NULL && !str_eq(field->key, key))
        field++;
    assert_non_null(field->key);
    return field;
}

static void test_controls_come_from_the_sections(void **state)
{
    struct world *world = *state;
    struct language language = language_with_sections(test_sections, world->arena);
    const struct schema *controls = find(language.root, "controls")->object;
    const struct schema *ou = find(language.root, "organizational_units")->object;

    assert_ptr_equal(find(controls, "watch")->object, &watch_schema);
    assert_null(find(controls, "ledger")->object);
    assert_ptr_equal(find(ou, "units")->object, ou);
    assert_ptr_equal(find(ou, "controls")->object, language.overrides);
    assert_string_equal(language.overrides->fields[0].key, "watch");
    assert_null(language.overrides->fields[1].key);
    /* The tables that decode are as they were. */
    assert_null(find(&language_schema, "controls")->object);
}

static void test_policy_types_are_choices(void **state)
{
    struct world *world = *state;
    struct language language = language_with_sections(test_sections, world->arena);
    const struct schema *policy = find(language.root, "policies")->object;
    const struct choice *choice = find(policy, "type")->choices;

    for (const struct policy_type *type = policy_types(); type->key != NULL; type++, choice++)
        assert_string_equal(choice->key, type->key);
    assert_null(choice->key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_the_tables_are_whole),
        WORLD_TEST(test_controls_come_from_the_sections),
        WORLD_TEST(test_policy_types_are_choices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
