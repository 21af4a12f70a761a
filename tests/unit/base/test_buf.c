#include "plinth/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_grows_and_stays_terminated(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100000);
    assert_string_equal(buf_text(&buf), "");
    for (int i = 0; i < 10000; i++) {
        buf_char(&buf, (char)('a' + i % 26));
        assert_int_equal(buf.data[buf.len], '\0');
    }
    assert_int_equal(buf.len, 10000);
    assert_int_equal(buf.data[9999], 'a' + 9999 % 26);
    assert_false(buf.overflow);
    buf_fini(&buf);
    assert_string_equal(buf_text(&buf), "");
    assert_int_equal(buf.max, 100000);
}

static void test_text_bytes_and_formats(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_str(&buf, "a");
    buf_add(&buf, NULL, 0);
    buf_printf(&buf, "%d%s", 12, "b");
    buf_printf(&buf, "%s", "");
    assert_string_equal(buf_text(&buf), "a12b");
    buf_add(&buf, "\0x", 2);
    assert_int_equal(buf.len, 6);
    assert_memory_equal(buf.data, "a12b\0x", 7);
    buf_fini(&buf);
}

static void test_takes_exactly_its_most(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 5);
    buf_str(&buf, "12345");
    assert_false(buf.overflow);
    buf_char(&buf, '6');
    assert_true(buf.overflow);
    assert_string_equal(buf_text(&buf), "12345");
    buf_fini(&buf);
}

static void test_takes_nothing_after_an_overflow(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 5);
    buf_str(&buf, "123");
    buf_printf(&buf, "%s", "4567");
    assert_true(buf.overflow);
    buf_char(&buf, '4'); /* would fit, but would leave a hole */
    assert_string_equal(buf_text(&buf), "123");
    buf_reset(&buf);
    assert_false(buf.overflow);
    assert_string_equal(buf_text(&buf), "");
    buf_str(&buf, "ok");
    assert_string_equal(buf_text(&buf), "ok");
    buf_fini(&buf);
}

static void test_length_that_would_wrap_is_an_overflow(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_str(&buf, "123");
    buf_add(&buf, "x", SIZE_MAX - 1);
    assert_true(buf.overflow);
    assert_int_equal(buf.len, 3);
    buf_fini(&buf);
}

struct sunk {
    struct buf text;
    size_t pieces, refuse_at;
};

static int sink(void *arg, const char *bytes, size_t len)
{
    struct sunk *sunk = arg;

    if (++sunk->pieces == sunk->refuse_at)
        return -1;
    buf_add(&sunk->text, bytes, len);
    return 0;
}

static void test_a_sink_takes_it_in_pieces(void **state)
{
    struct sunk sunk = {0};
    struct buf buf, whole;

    (void)state;
    buf_init(&sunk.text, 100000);
    buf_init(&whole, 100000);
    buf_init_sink(&buf, 100, sink, &sunk);
    for (int i = 0; i < 1000; i++) {
        buf_printf(&buf, "line %d of many", i);
        buf_char(&buf, '\n');
        buf_printf(&whole, "line %d of many\n", i);
        assert_true(buf.len < 100);
    }
    assert_int_equal(buf_flush(&buf), 0);
    assert_int_equal(buf_flush(&buf), 0); /* nothing is left */
    assert_string_equal(buf_text(&sunk.text), buf_text(&whole));
    assert_true(sunk.pieces > whole.len / 150);
    buf_fini(&buf);
    buf_fini(&whole);
    buf_fini(&sunk.text);
}

/* What was refused once is incomplete for good: nothing more goes there. */
static void test_a_sink_that_refuses(void **state)
{
    struct sunk sunk = {.refuse_at = 2};
    struct buf buf;

    (void)state;
    buf_init(&sunk.text, 1000);
    buf_init_sink(&buf, 4, sink, &sunk);
    buf_str(&buf, "first");
    buf_str(&buf, "second");
    buf_str(&buf, "third");
    assert_int_equal(buf_flush(&buf), -1);
    assert_true(buf.overflow);
    assert_int_equal(sunk.pieces, 2);
    assert_string_equal(buf_text(&sunk.text), "first");
    buf_fini(&buf);
    buf_fini(&sunk.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_and_stays_terminated),
        cmocka_unit_test(test_text_bytes_and_formats),
        cmocka_unit_test(test_takes_exactly_its_most),
        cmocka_unit_test(test_a_sink_takes_it_in_pieces),
        cmocka_unit_test(test_a_sink_that_refuses),
        cmocka_unit_test(test_takes_nothing_after_an_overflow),
        cmocka_unit_test(test_length_that_would_wrap_is_an_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
