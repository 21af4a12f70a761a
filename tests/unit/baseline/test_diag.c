#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"
#include "plinth/baseline/diag.h"

static void add(struct diags *diags, const char *file, int line, int column, const char *text)
{
    struct mark mark = {file, line, column};

    diags_add(diags, &mark, "%s", text);
}

static void test_none_is_success(void **state)
{
    struct arena *arena = arena_new("test");
    struct err err = ERR_INIT;
    struct diags diags;

    (void)state;
    diags_init(&diags, arena);
    diags_sort(&diags);
    assert_int_equal(diags_result(&diags, &err), 0);
    arena_free(arena);
}

static void test_sorts_by_file_first_seen_then_place(void **state)
{
    static const char *const wanted[] = {"no place", "b1", "b2:3", "b2:9", "b2:9 again", "a1"};
    struct arena *arena = arena_new("test");
    struct err err = ERR_INIT;
    struct diags diags;
    size_t i;

    (void)state;
    diags_init(&diags, arena);
    add(&diags, "b.yaml", 2, 9, "b2:9");
    add(&diags, "a.yaml", 1, 1, "a1");
    add(&diags, "b.yaml", 2, 3, "b2:3");
    add(&diags, "b.yaml", 2, 9, "b2:9 again");
    diags_add(&diags, NULL, "no place");
    add(&diags, "b.yaml", 1, 50, "b1");
    assert_int_equal(diags_result(&diags, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, "b.yaml:2:9: b2:9");

    diags_sort(&diags);
    assert_int_equal(diags.count, 6);
    for (i = 0; i < 6; i++)
        assert_string_equal(diags.items[i].text, wanted[i]);
    assert_int_equal(diags_result(&diags, &err), -1);
    assert_string_equal(err.text, "no place");
    arena_free(arena);
}

static void test_counts_past_the_limit(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;
    int i;

    (void)state;
    diags_init(&diags, arena);
    for (i = 0; i < LIMIT_ERRORS_SHOWN + 7; i++)
        add(&diags, "a.yaml", i + 1, 1, "wrong");
    diags_sort(&diags);
    assert_int_equal(diags.count, LIMIT_ERRORS_SHOWN);
    assert_int_equal(diags.dropped, 7);
    arena_free(arena);
}

static void test_control_bytes_do_not_reach_the_terminal(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    (void)state;
    diags_init(&diags, arena);
    add(&diags, "a.yaml", 1, 1, "key '\x1b[2J\n\x7f'");
    assert_string_equal(diags.items[0].text, "key '?[2J?\?'");
    add(&diags, "a.yaml", 1, 1, "c1 \xC2\x9B 2J");
    assert_string_equal(diags.items[1].text, "c1 ? 2J");
    arena_free(arena);
}

static void test_a_mistake_is_told_once(void **state)
{
    struct arena *arena = arena_new("test");
    struct diags diags;

    (void)state;
    diags_init(&diags, arena);
    add(&diags, "a.yaml", 1, 1, "wrong");
    add(&diags, "a.yaml", 1, 1, "wrong");
    add(&diags, "b.yaml", 1, 1, "wrong");
    add(&diags, "a.yaml", 1, 2, "wrong");
    add(&diags, "a.yaml", 1, 1, "wrong as well");
    assert_int_equal(diags.count, 4);
    assert_int_equal(diags.dropped, 0);
    arena_free(arena);
}

static void test_what_may_be_meant(void **state)
{
    static const char *const known[] = {"regions", "accounts"};
    struct arena *arena = arena_new("test");
    struct mark mark = {"a.yaml", 3, 4};
    struct diags diags;

    (void)state;
    diags_init(&diags, arena);
    diags_add_unknown(&diags, &mark, "regoins", known, 2, "no %s", "regoins");
    diags_add_unknown(&diags, NULL, "something", known, 2, "no something");
    assert_string_equal(diags.items[0].text, "no regoins; did you mean 'regions'?");
    assert_int_equal(diags.items[0].mark.line, 3);
    assert_string_equal(diags.items[1].text, "no something");
    for (int i = 0; i < LIMIT_ERRORS_SHOWN; i++)
        diags_add_unknown(&diags, NULL, "x", known, 2, "%d", i);
    assert_int_equal(diags.count, LIMIT_ERRORS_SHOWN);
    assert_int_equal(diags.dropped, 2);
    arena_free(arena);
}

static void test_errors_bring_their_place(void **state)
{
    static const struct {
        const char *error, *file, *text;
        int line, column;
    } cases[] = {
        {"dir:x/a.yaml:12:3: not YAML", "dir:x/a.yaml", "not YAML", 12, 3},
        {"no place", "m.yaml", "no place", 7, 8},
        {"a.yaml:1: half a place", "m.yaml", "a.yaml:1: half a place", 7, 8},
        {"a.yaml:1:2 no colon", "m.yaml", "a.yaml:1:2 no colon", 7, 8},
        {"a:99999999999999999999:1: x", "m.yaml", "a:99999999999999999999:1: x", 7, 8},
    };
    struct mark mark = {"m.yaml", 7, 8};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new("test");
        struct err err = ERR_INIT;
        struct diags diags;

        diags_init(&diags, arena);
        (void)err_set(&err, ERR_CONFIG, "%s", cases[i].error);
        diags_add_err(&diags, &mark, &err);
        assert_int_equal(diags.count, 1);
        assert_string_equal(diags.items[0].mark.file, cases[i].file);
        assert_int_equal(diags.items[0].mark.line, cases[i].line);
        assert_int_equal(diags.items[0].mark.column, cases[i].column);
        assert_string_equal(diags.items[0].text, cases[i].text);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_is_success),
        cmocka_unit_test(test_sorts_by_file_first_seen_then_place),
        cmocka_unit_test(test_counts_past_the_limit),
        cmocka_unit_test(test_control_bytes_do_not_reach_the_terminal),
        cmocka_unit_test(test_a_mistake_is_told_once),
        cmocka_unit_test(test_what_may_be_meant),
        cmocka_unit_test(test_errors_bring_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
