/* A statement that moves from one document to another is in one of them at any time. */
#include "policies_order.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A document that denies each of the actions. */
#define DENY(actions)                                                                              \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":[" actions         \
    "],\"Resource\":\"*\"}]}"
#define A "\"s3:A\""
#define B "\"s3:B\""
#define C "\"s3:C\""
#define D "\"s3:DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD\""

static size_t order(struct rewrite *items, size_t count, size_t *out)
{
    struct arena *arena = arena_new("test");
    size_t early = policies_order(items, count, arena, out);

    arena_free(arena);
    return early;
}

/* The first one grows in total, and loses A to the second all the same. */
static void test_who_loses_waits_for_who_gains(void **state)
{
    struct rewrite items[] = {
        {DENY(A), DENY(D), false},
        {DENY(B), DENY(B "," A), false},
    };
    size_t out[2];

    (void)state;
    assert_int_equal(order(items, 2, out), 1);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 0);
    assert_false(items[0].loses);
}

/* The new place is there already and may only have to be attached: not before that. */
static void test_who_loses_waits_for_attachments(void **state)
{
    struct rewrite items[] = {
        {DENY(A "," B), DENY(B), false},
        {DENY(A), DENY(A), false},
        {NULL, DENY(C), false},
    };
    size_t out[3];

    (void)state;
    assert_int_equal(order(items, 3, out), 2);
    assert_int_equal(out[0], 1);
    assert_int_equal(out[1], 2);
    assert_int_equal(out[2], 0);
}

/* 0 loses to 1, 1 to 2, 2 to nobody. */
static void test_a_chain(void **state)
{
    struct rewrite items[] = {
        {DENY(A), DENY(D), false},
        {DENY(B), DENY(A), false},
        {DENY(C), DENY(B), false},
    };
    size_t out[3];

    (void)state;
    assert_int_equal(order(items, 3, out), 1);
    assert_int_equal(out[0], 2);
    assert_int_equal(out[1], 1);
    assert_int_equal(out[2], 0);
}

static void test_what_waits_for_each_other_ends(void **state)
{
    struct rewrite items[] = {{DENY(A), DENY(B), false}, {DENY(B), DENY(A), false}};
    size_t out[2];

    (void)state;
    assert_int_equal(order(items, 2, out), 0);
    assert_int_equal(out[0], 0);
    assert_int_equal(out[1], 1);
}

/* What only leaves the baseline waits for nothing. */
static void test_what_is_given_up_is_given_up(void **state)
{
    struct rewrite items[] = {{DENY(A "," B), DENY(A), false}, {DENY(C), DENY(C), false}};
    size_t out[2];

    (void)state;
    assert_int_equal(order(items, 2, out), 2);
    assert_true(items[0].loses);
    assert_false(items[1].loses);
}

static void test_what_others_cover(void **state)
{
    static const char *const others[] = {DENY(A), DENY(B "," C), false};
    struct arena *arena = arena_new("test");

    (void)state;
    assert_int_equal(policies_uncovered(DENY(A "," B "," D), others, 2, arena), 1);
    assert_int_equal(policies_uncovered(DENY(C), others, 2, arena), 0);
    assert_int_equal(policies_uncovered(DENY(C), others, 0, arena), 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_loses_waits_for_who_gains),
        cmocka_unit_test(test_who_loses_waits_for_attachments),
        cmocka_unit_test(test_a_chain),
        cmocka_unit_test(test_what_waits_for_each_other_ends),
        cmocka_unit_test(test_what_is_given_up_is_given_up),
        cmocka_unit_test(test_what_others_cover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
