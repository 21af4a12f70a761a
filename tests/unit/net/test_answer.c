#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"

#include "net_priv.h"

#include <string.h>

struct taken {
    struct arena *arena;
    struct answer answer;
};

static int setup(void **state)
{
    static struct taken taken;

    taken.arena = arena_new("test");
    answer_init(&taken.answer);
    answer_start(&taken.answer, taken.arena);
    *state = &taken;
    return 0;
}

static int teardown(void **state)
{
    struct taken *taken = *state;

    answer_fini(&taken->answer);
    arena_free(taken->arena);
    return 0;
}

static bool take(struct taken *taken, const char *line)
{
    return answer_take_line(&taken->answer, line, strlen(line));
}

static const char *header(const struct taken *taken, const char *name)
{
    return http_header_get(&taken->answer.headers, name);
}

static void test_header_lines(void **state)
{
    struct taken *taken = *state;

    assert_true(take(taken, "HTTP/1.1 200 OK\r\n"));
    assert_true(take(taken, "Plain: value\r\n"));
    assert_true(take(taken, "Tight:value\n"));
    assert_true(take(taken, "Blanks: \t a b \t \r\n"));
    assert_true(take(taken, "Empty:\r\n"));
    assert_true(take(taken, "Colons: a:b:c\r\n"));
    assert_true(take(taken, "No line break: x"));
    assert_true(take(taken, "Cut:x"));
    assert_true(take(taken, ": no name\r\n"));
    assert_true(take(taken, "no colon\r\n"));
    assert_true(take(taken, " Folded: line\r\n"));
    assert_true(take(taken, "Blank : before the colon\r\n"));
    assert_true(answer_take_line(&taken->answer, "Nul: a\0b\r\n", 10));
    assert_true(take(taken, "plain: second\r\n"));
    assert_true(take(taken, "\r\n"));
    assert_string_equal(header(taken, "plain"), "value");
    assert_string_equal(header(taken, "Tight"), "value");
    assert_string_equal(header(taken, "Blanks"), "a b");
    assert_string_equal(header(taken, "Empty"), "");
    assert_string_equal(header(taken, "Colons"), "a:b:c");
    assert_string_equal(header(taken, "Cut"), "x");
    assert_int_equal(taken->answer.headers.count, 7);
    assert_string_equal(taken->answer.headers.items[6].value, "second");
}

static void test_a_later_head_replaces_an_interim_one(void **state)
{
    struct taken *taken = *state;

    assert_true(take(taken, "HTTP/1.1 100 Continue\r\n"));
    assert_true(take(taken, "Interim: 1\r\n"));
    assert_true(take(taken, "\r\n"));
    assert_true(take(taken, "HTTP/1.1 200 OK\r\n"));
    assert_true(take(taken, "Final: 2\r\n"));
    assert_true(take(taken, "\r\n"));
    assert_true(take(taken, "Trailer: 3\r\n"));
    assert_null(header(taken, "Interim"));
    assert_null(header(taken, "Trailer"));
    assert_string_equal(header(taken, "Final"), "2");
}

static void test_head_is_bounded_over_all_answers(void **state)
{
    struct taken *taken = *state;
    size_t bytes = 0;

    while (bytes + 100 <= LIMIT_HTTP_HEADER_BYTES) {
        assert_true(take(taken, "HTTP/1.1 100 Continue\r\n"));
        bytes += strlen("HTTP/1.1 100 Continue\r\n");
    }
    while (take(taken, "x: y\r\n"))
        bytes += strlen("x: y\r\n");
    assert_in_range(bytes, LIMIT_HTTP_HEADER_BYTES - 6, LIMIT_HTTP_HEADER_BYTES);
    assert_true(taken->answer.too_large);
    answer_start(&taken->answer, taken->arena);
    assert_false(taken->answer.too_large);
    assert_true(take(taken, "x: y\r\n"));
}

static void test_body_is_bounded(void **state)
{
    static char piece[1024 * 1024];
    struct taken *taken = *state;
    size_t bytes = 0;

    while (answer_take_body(&taken->answer, piece, sizeof piece))
        bytes += sizeof piece;
    assert_int_equal(bytes, LIMIT_HTTP_BODY_BYTES);
    assert_true(taken->answer.too_large);
    answer_start(&taken->answer, taken->arena);
    assert_null(taken->answer.body.data); /* a huge one gives its memory back */
}

static void test_finish_gives_all_to_the_arena(void **state)
{
    struct taken *taken = *state;
    struct http_response response, empty;

    assert_true(take(taken, "Name: value\r\n"));
    assert_true(answer_take_body(&taken->answer, "a\0b", 3));
    assert_true(answer_take_body(&taken->answer, "c", 1));
    answer_finish(&taken->answer, 404, &response);
    answer_start(&taken->answer, taken->arena);
    answer_finish(&taken->answer, 204, &empty);
    assert_int_equal(response.status, 404);
    assert_int_equal(response.body_len, 4);
    assert_memory_equal(response.body, "a\0bc", 5);
    assert_string_equal(http_header_get(&response.headers, "name"), "value");
    assert_int_equal(empty.headers.count, 0);
    assert_int_equal(empty.body_len, 0);
    assert_string_equal(empty.body, "");
}

#define TAKEN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TAKEN_TEST(test_header_lines),
        TAKEN_TEST(test_a_later_head_replaces_an_interim_one),
        TAKEN_TEST(test_head_is_bounded_over_all_answers),
        TAKEN_TEST(test_body_is_bounded),
        TAKEN_TEST(test_finish_gives_all_to_the_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
