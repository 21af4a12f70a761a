/* Records are found whatever the pieces that they come in; damage costs one record. */
#include "replay_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A record named by `name`. */
#define R(name)                                                                                    \
    "{\"eventVersion\":\"1\",\"eventTime\":\"2026-11-24T00:00:00Z\",\"eventSource\":\"s\","        \
    "\"eventName\":\"" name "\",\"userIdentity\":{}}"

enum { SEEN_BYTES_MOST = 64 * 1024 };

static void take(void *arg, const struct replay_event *event)
{
    const struct json_slice *name = &event->fields[EVENT_NAME];

    buf_printf(arg, "%.*s ", (int)name->len, name->bytes);
}

static void refuse(void *arg, uint64_t offset, const char *why)
{
    buf_printf(arg, "(%llu %s) ", (unsigned long long)offset, why);
}

/* Fed in pieces of that many bytes. */
static void feed(const char *text, size_t len, size_t piece, struct buf *seen)
{
    struct arena *arena = arena_new("stream");
    const struct replay_sink sink = {take, refuse, seen};
    struct replay_stream *stream = replay_stream_new(&sink, arena);

    buf_reset(seen);
    for (size_t at = 0; at < len; at += piece)
        replay_stream_add(stream, text + at, len - at < piece ? len - at : piece);
    assert_int_equal(replay_stream_end(stream) <= len, 1);
    replay_stream_fini(stream);
    arena_free(arena);
}

static void expect(const char *text, const char *wanted)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 1000, SIZE_MAX};
    struct buf seen;

    buf_init(&seen, SEEN_BYTES_MOST);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t len = strlen(text);

        feed(text, len, pieces[i] > len ? len + 1 : pieces[i], &seen);
        assert_string_equal(buf_text(&seen), wanted);
    }
    buf_fini(&seen);
}

static void test_forms(void **state)
{
    (void)state;
    expect("", "");
    expect("{\"Records\":[]}", "");
    expect("{\"Records\":[" R("a") "," R("b") "]}", "a b ");
    expect(" { \"Records\" : [ " R("a") " , " R("b") " ] , \"x\" : [1] } \n", "a b ");
    expect(R("a") "\n" R("b") "\n", "a b ");
    expect("[" R("a") "," R("b") "]", "a b ");
    expect("{\"Records\":[" R("a") "]}\n{\"Records\":[" R("b") "]}" R("c"), "a b c ");
}

static void test_damage_in_list(void **state)
{
    (void)state;
    expect("{\"Records\":[{\"eventVersion\":1,}," R("b") "]}", "(12 no key in an object) b ");
    expect("{\"Records\":[" R("a") R("b") "]}", "a (119 no comma and no end in an array) b ");
    expect("{\"Records\":[7," R("b") "]}", "(12 a value that is no record) b ");
    expect("{\"Records\":[{}," R("b") "]}", "(12 a record without eventTime) b ");
    expect("{\"Records\":[{\"eventVersion\":\"1\n\"}," R("b") "," R("c") "]}",
           "(12 a control character in a string) b c ");
    expect("{\"Records\":[x]}", "(12 no value) ");
}

static void test_damage_in_lines(void **state)
{
    (void)state;
    expect("nonsense\n" R("b") "\n", "(0 no value) b ");
    expect("{\"a\":}\n" R("b") "\n", "(0 no value) b ");
    expect("{\"digest\":1}", "(0 a record without eventTime) ");
}

static void test_cut(void **state)
{
    (void)state;
    expect("{\"Records\":[" R("a"), "a (119 it ends in the middle) ");
    expect("{\"Records\":[" R("a") ",", "a (119 it ends in the middle) ");
    expect("{\"Records\":[" R("a") ",{\"eventVersion\":\"", "a (120 it ends in the middle) ");
    expect("{\"Records\":[" R("a") "]", "a (120 it ends in the middle) ");
    expect("{\"Reco", "(0 it ends in the middle) ");
}

/* More than any record has: given up while it comes, and in time that grows with its length. */
static void test_too_long(void **state)
{
    size_t len = 3 * (size_t)LIMIT_REPLAY_RECORD_BYTES;
    char *text = malloc(len);
    static const char head[] = "{\"Records\":[{\"eventVersion\":\"", tail[] = "\"}," R("b") "]}";
    struct buf seen;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text, head, sizeof head - 1);
    memcpy(text + len - (sizeof tail - 1), tail, sizeof tail - 1);
    buf_init(&seen, SEEN_BYTES_MOST);
    feed(text, len, 4096, &seen);
    assert_string_equal(buf_text(&seen), "(12 a record of more bytes than any has) b ");
    buf_fini(&seen);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),           cmocka_unit_test(test_damage_in_list),
        cmocka_unit_test(test_damage_in_lines), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
