/* The table of controls, and what controls share. */
#include "plinth/control/control.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_the_table_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; controls_all()[i] != NULL; i++) {
        const struct control *control = controls_all()[i];

        assert_ptr_equal(control_find(control->name), control);
        assert_non_null(control->title);
        assert_non_null(control->observe);
        assert_non_null(control->diff);
        assert_non_null(control->apply);
        assert_true(control->ops[0] != AWS_OP_NONE);
        if (control->part_of != NULL) {
            assert_null(control->schema);
            assert_null(control_find(control->part_of)->part_of);
            assert_string_equal(control_key(control), control->part_of);
        }
        for (size_t a = 0; control->after != NULL && control->after[a] != NULL; a++)
            assert_non_null(control_find(control->after[a]));
        for (size_t a = 0; control->follows != NULL && control->follows[a] != NULL; a++)
            assert_non_null(control_find(control->follows[a]));
        if (control->trusts != NULL)
            assert_string_equal(control->follows[0], "trusted_access");
    }
    assert_null(control_find("no_such_control"));
}

/* Who only reads is no control, and who declares an operation twice has not read its list. */
static void test_operations_are_declared_once(void **state)
{
    (void)state;
    for (size_t i = 0; controls_all()[i] != NULL; i++) {
        const enum aws_op *ops = controls_all()[i]->ops;
        bool writes = false;

        for (size_t a = 0; ops[a] != AWS_OP_NONE; a++) {
            writes = writes || aws_op_info(ops[a])->access == AWS_WRITE;
            for (size_t b = 0; b < a; b++)
                assert_int_not_equal(ops[a], ops[b]);
        }
        assert_true(writes);
    }
}

static void test_sections_are_those_with_a_key(void **state)
{
    struct arena *arena = arena_new("test");
    const struct control_section *sections = controls_sections(arena);
    size_t count = 0, keyed = 0;

    (void)state;
    for (size_t i = 0; controls_all()[i] != NULL; i++)
        keyed += !controls_all()[i]->always && controls_all()[i]->part_of == NULL;
    for (; sections[count].name != NULL; count++) {
        const struct control *control = control_find(sections[count].name);

        assert_false(control->always);
        assert_ptr_equal(sections[count].schema, control->schema);
    }
    assert_int_equal(count, keyed);
    arena_free(arena);
}

static void test_tags(void **state)
{
    struct arena *arena = arena_new("test");
    struct pair items[] = {{.key = "owner", .value = "shop"}, {.key = "stage", .value = "prod"}};
    struct pairs tags = {items, 2};
    struct baseline baseline = {.name = "acme"};
    struct json *object = json_object(arena);
    const struct json *list;
    struct changes changes;
    struct change *change;

    (void)state;
    control_put_tags(object, "Tags", &baseline, &tags, true);
    list = json_get(object, "Tags");
    assert_int_equal(list->count, 3);
    assert_string_equal(control_tag(list, "owner"), "shop");
    assert_string_equal(control_tag(list, CONTROL_TAG_KEY), "acme");
    assert_null(control_tag(list, "cost"));
    assert_null(control_tag(NULL, "owner"));
    assert_true(control_tags_match(list, &tags));
    assert_false(control_tags_match(NULL, &tags));

    items[1].value = "dev";
    assert_false(control_tags_match(list, &tags));
    changes_init(&changes, arena);
    change = changes_add(&changes, CHANGE_UPDATE, 0, NULL, "x");
    control_diff_tags(change, list, &tags);
    assert_int_equal(change->field_count, 1);
    assert_string_equal(change->fields[0].name, "tag stage");
    assert_string_equal(change->fields[0].from, "prod");
    assert_string_equal(change->fields[0].to, "dev");
    arena_free(arena);
}

static void test_what_comes_after_what(void **state)
{
    (void)state;
    assert_true(control_comes_after(control_find("accounts"), "organizational_units"));
    assert_true(control_comes_after(control_find("security_role"), "organization"));
    assert_false(control_comes_after(control_find("organization"), "accounts"));
    assert_false(control_comes_after(control_find("accounts"), "accounts"));
    assert_false(control_comes_after(control_find("accounts"), "no_such_control"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_table_is_whole),
        cmocka_unit_test(test_operations_are_declared_once),
        cmocka_unit_test(test_sections_are_those_with_a_key),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_what_comes_after_what),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
