#include "plinth/base/buf.h"
#include "yaml.h"

enum { PAGE_BYTES_MOST = 1024 * 1024 };

static void test_one_table(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, PAGE_BYTES_MOST);
    schema_markdown(&watch_schema, "controls.watch", &out);
    assert_string_equal(buf_text(&out),
                        "### watch\n"
                        "\n"
                        "At `controls.watch`. Watches.\n"
                        "\n"
                        "| key | value | default | |\n"
                        "| --- | --- | --- | --- |\n"
                        "| `mode` | `quiet` or `loud` | `quiet` | How. |\n"
                        "| `place` | text |  | Where. The same everywhere: it cannot be "
                        "overridden. |\n"
                        "| `days` | whole number from 1 to 30 | required | How long. |\n"
                        "| `events` | list of: text | `[login, logout]` | What. |\n"
                        "\n");
    buf_fini(&out);
}

static void test_bars_do_not_end_a_cell(void **state)
{
    const struct field fields[] = {
        {.key = "a", .type = FIELD_STRING, .doc = "x|y", .example = "p|q"}, {.key = NULL}};
    const struct schema schema = {.name = "s", .doc = "S.", .fields = fields};
    struct buf out;

    (void)state;
    buf_init(&out, PAGE_BYTES_MOST);
    schema_markdown(&schema, "", &out);
    assert_non_null(strstr(buf_text(&out), "| x\\|y Example: `p\\|q` |\n"));
    buf_fini(&out);
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;

    for (; (text = strstr(text, word)) != NULL; text++)
        n++;
    return n;
}

static void test_the_page(void **state)
{
    static const char *const once[] = {"\n### watch\n",
                                       "\n### organizational_unit\n",
                                       "\n### account\n",
                                       "\n### contact\n",
                                       "\n### target\n",
                                       "\n## Variables\n",
                                       "\nAt `controls.watch`.",
                                       "\nAt `accounts[]`.",
                                       "\nAt `organizational_units.NAME`."};
    struct buf out;

    (void)state;
    buf_init(&out, PAGE_BYTES_MOST);
    baseline_schema_markdown(test_sections, &out);
    assert_false(out.overflow);
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
        if (count(buf_text(&out), once[i]) != 1)
            fail_msg("%s: %zu times", once[i], count(buf_text(&out), once[i]));
    buf_fini(&out);
}

static void test_a_table_without_rows(void **state)
{
    static const struct field fields[] = {{.key = NULL}};
    const struct schema schema = {.name = "s", .doc = "S.", .fields = fields};
    struct buf out;

    (void)state;
    buf_init(&out, PAGE_BYTES_MOST);
    schema_markdown(&schema, "x", &out);
    assert_string_equal(buf_text(&out), "### s\n\nAt `x`. S.\n\n");
    buf_fini(&out);
}

/* The example at the top of the page is a baseline. */
static void test_the_first_example_is_valid(void **state)
{
    static const char from[] = "```yaml\n", to[] = "```\n";
    struct world *world = *state;
    const char *start, *end;
    struct buf out;

    buf_init(&out, PAGE_BYTES_MOST);
    baseline_schema_markdown(test_sections, &out);
    start = strstr(buf_text(&out), from);
    assert_non_null(start);
    start += strlen(from);
    end = strstr(start, to);
    assert_non_null(end);
    world_load_text(world, arena_strn(world->arena, start, (size_t)(end - start)), NULL);
    assert_string_equal(world_mistakes(world), "");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(test_one_table),
        WORLD_TEST(test_bars_do_not_end_a_cell),
        WORLD_TEST(test_the_page),
        WORLD_TEST(test_the_first_example_is_valid),
        WORLD_TEST(test_a_table_without_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
