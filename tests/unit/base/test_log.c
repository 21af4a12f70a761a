#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/log.h"
#include "plinth/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct seen {
    struct buf line;
    enum log_level level;
    int count;
};

static void keep(void *arg, enum log_level level, const char *line, size_t len)
{
    struct seen *seen = arg;

    assert_int_equal(strlen(line), len);
    buf_reset(&seen->line);
    buf_add(&seen->line, line, len);
    seen->level = level;
    seen->count++;
}

static int setup(void **state)
{
    static struct seen seen;

    seen = (struct seen){.count = 0};
    buf_init(&seen.line, 1024 * 1024);
    *state = &seen;
    return 0;
}

static int teardown(void **state)
{
    buf_fini(&((struct seen *)*state)->line);
    return 0;
}

static struct log *new_log(struct seen *seen, enum log_format format, struct clock *clock)
{
    struct log_options options = {
        .level = LOG_INFO, .format = format, .clock = clock, .sink = keep, .sink_arg = seen};

    return log_new(&options);
}

static void test_text_line(void **state)
{
    struct seen *seen = *state;
    struct log *log = new_log(seen, LOG_TEXT, NULL);

    log_event(log, LOG_WARN, "retry", "op", "ListRoots", "left_out", NULL, "text", "a b", "none",
              "", "ms", LOG_NUM(-12), NULL);
    assert_string_equal(buf_text(&seen->line),
                        "warn: retry op=ListRoots text=\"a b\" none=\"\" ms=-12");
    assert_int_equal(seen->level, LOG_WARN);
    log_free(log);
}

static void test_json_line(void **state)
{
    struct seen *seen = *state;
    struct clock *clock = clock_virtual_new(0);
    struct log *log = new_log(seen, LOG_JSON, clock);

    log_event(log, LOG_ERROR, "apply", "account", "111111111111", NULL);
    assert_string_equal(
        buf_text(&seen->line),
        "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"error\",\"event\":\"apply\","
        "\"account\":\"111111111111\"}");
    log_free(log);
    log = new_log(seen, LOG_JSON, NULL);
    log_event(log, LOG_INFO, "apply", NULL);
    assert_string_equal(buf_text(&seen->line), "{\"level\":\"info\",\"event\":\"apply\"}");
    log_free(log);
    clock_virtual_free(clock);
}

static void test_lower_levels_and_missing_logs_drop(void **state)
{
    struct seen *seen = *state;
    struct log *log = new_log(seen, LOG_TEXT, NULL);
    struct log *deaf = log_new(&(struct log_options){.level = LOG_DEBUG});

    log_event(log, LOG_DEBUG, "hidden", NULL);
    log_event(NULL, LOG_ERROR, "nobody", NULL);
    log_event(deaf, LOG_ERROR, "nobody", NULL);
    assert_int_equal(seen->count, 0);
    log_event(log, LOG_INFO, "shown", NULL);
    assert_int_equal(seen->count, 1);
    log_free(log);
    log_free(deaf);
    log_free(NULL);
}

static void test_text_from_outside_cannot_forge_a_line(void **state)
{
    static const char evil[] = "a\nerror: \"b\"\\\x1b[2J\x7F\xC2\x9B"
                               "c\xFF\xE2\x82\xAC";
    static const char tame[] =
        "a\\u000aerror: \\\"b\\\"\\\\\\u001b[2J\\u007f\\u009bc\\ufffd\xE2\x82\xAC";
    struct seen *seen = *state;
    struct log *text = new_log(seen, LOG_TEXT, NULL), *json = new_log(seen, LOG_JSON, NULL);

    log_event(text, LOG_INFO, "x", "k", evil, NULL);
    assert_non_null(strstr(buf_text(&seen->line), tame));
    log_event(json, LOG_INFO, "x", "k", evil, NULL);
    assert_non_null(strstr(buf_text(&seen->line), tame));
    assert_null(strchr(buf_text(&seen->line), '\n'));
    log_event(text, LOG_INFO, "x", "k", "a=b", NULL);
    assert_string_equal(buf_text(&seen->line), "info: x k=\"a=b\"");
    log_free(text);
    log_free(json);
}

static void test_pair_that_does_not_fit_is_left_out(void **state)
{
    struct seen *seen = *state;
    struct log *json = new_log(seen, LOG_JSON, NULL), *text = new_log(seen, LOG_TEXT, NULL);
    char large[20000];

    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    log_event(json, LOG_INFO, "e", "large", large, "op", "ListRoots", NULL);
    assert_string_equal(
        buf_text(&seen->line),
        "{\"level\":\"info\",\"event\":\"e\",\"op\":\"ListRoots\",\"left_out\":\"yes\"}");
    log_event(text, LOG_INFO, "e", "large", large, "op", "ListRoots", NULL);
    assert_string_equal(buf_text(&seen->line), "info: e op=ListRoots left_out=yes");
    log_free(json);
    log_free(text);
}

/* Wherever the room ends, the line ends as a JSON object does. */
static void test_full_line_is_closed(void **state)
{
    struct seen *seen = *state;
    struct log *json = new_log(seen, LOG_JSON, NULL);
    static char value[16 * 1024 + 1];

    for (size_t len = 16 * 1024 - 80; len <= 16 * 1024; len++) {
        memset(value, 'x', len);
        value[len] = '\0';
        log_event(json, LOG_INFO, "e", "k", value, "more", "1", NULL);
        assert_true(str_ends(buf_text(&seen->line), "\"}"));
    }
    log_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lower_levels_and_missing_logs_drop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text_from_outside_cannot_forge_a_line, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_pair_that_does_not_fit_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_line_is_closed, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
