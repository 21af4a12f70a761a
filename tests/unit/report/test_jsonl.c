/* test_jsonl.c - every line is a document, the first says what it is, the last adds up. */
#include "about.h"
#include "plinth/codec/json.h"

static void test_lines(void **state)
{
    struct arena *arena = arena_new("test");
    const char *text = about_print(report_jsonl, REPORT_APPLY, arena), *end;
    const char *types[] = {"run", "target", "target", "target", "target", "summary"};
    const struct json *last = NULL;
    size_t count = 0;

    (void)state;
    for (; *text != '\0'; text = end + 1) {
        struct err err = ERR_INIT;
        struct json *line;

        end = strchr(text, '\n');
        assert_non_null(end);
        assert_int_equal(json_parse(text, (size_t)(end - text), arena, &line, &err), 0);
        assert_true(count < 6);
        assert_string_equal(json_str(line, "type"), types[count]);
        if (count == 0) {
            assert_string_equal(json_str(line, "format"), REPORT_FORMAT);
            assert_string_equal(json_str(line, "kind"), "apply");
            assert_string_equal(json_str(line, "baseline"), "acme");
            assert_string_equal(json_str(line, "time"), "2026-11-24T12:00:00Z");
            assert_string_equal(json_str(json_get(line, "identity"), "account"), "999988887777");
        }
        if (count == 3)
            assert_string_equal(json_str(line, "code"), "denied");
        count++;
        last = line;
    }
    assert_int_equal(count, 6);
    assert_true(json_number(last, "targets", 0) == 7);
    assert_true(json_number(last, "clean", 0) == 3);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
