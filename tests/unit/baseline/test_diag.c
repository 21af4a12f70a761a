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
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_is_success),
        cmocka_unit_test(test_sorts_by_file_first_seen_then_place),
        cmocka_unit_test(test_counts_past_the_limit),
        cmocka_unit_test(test_control_bytes_do_not_reach_the_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
