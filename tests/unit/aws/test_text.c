#include "text_priv.h"

#include "plinth/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The words with '|' between them; NULL if it does not split. */
static const char *split(const char *text, struct arena *arena)
{
    const char *joined = "";
    size_t count = 0;
    char **words = NULL;

    if (!text_shell_split(text, arena, &words, &count))
        return NULL;
    assert_null(words[count]);
    for (size_t i = 0; i < count; i++)
        joined = arena_printf(arena, "%s%s%s", joined, i == 0 ? "" : "|", words[i]);
    return joined;
}

static void test_words_split_as_shlex_splits_them(void **state)
{
    /* The right side is what Python's shlex.split gives. */
    static const char *const cases[][2] = {
        {"", ""},
        {"  \t\n", ""},
        {"a b\tc\nd\re", "a|b|c|d|e"},
        {"'a b' \"c d\"", "a b|c d"},
        {"a'b c'd\"e f\"", "ab cde f"},
        {"'' a \"\"", "|a|"},
        {"a\\ b \\'c", "a b|'c"},
        {"'a\\b'", "a\\b"},
        {"\"a\\\"b\\\\c\\d\\'e\"", "a\"b\\c\\d\\'e"},
        {"a # b", "a|#|b"},
        {"$HOME `x` *", "$HOME|`x`|*"},
        {"'it\"s' \"it's\"", "it\"s|it's"},
        {"a\\\nb", "a\nb"},
        {"'open", NULL},
        {"\"open", NULL},
        {"\"open\\\"", NULL},
        {"end\\", NULL},
        {"\"end\\", NULL},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *words = split(cases[i][0], arena);

        if (cases[i][1] == NULL)
            assert_null(words);
        else
            assert_string_equal(words, cases[i][1]);
    }
    arena_free(arena);
}

static void test_blanks(void **state)
{
    (void)state;
    for (const char *c = " \t\n\v\f\r"; *c != '\0'; c++)
        assert_true(text_is_blank(*c));
    assert_false(text_is_blank('\0'));
    assert_false(text_is_blank('a'));
    assert_false(text_is_blank('\b'));
}

static void test_only_true_is_true(void **state)
{
    (void)state;
    assert_true(text_is_true("true"));
    assert_true(text_is_true("TRUE"));
    assert_false(text_is_true("yes"));
    assert_false(text_is_true("1"));
    assert_false(text_is_true(" true"));
    assert_false(text_is_true(""));
    assert_false(text_is_true(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_split_as_shlex_splits_them),
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_only_true_is_true),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
