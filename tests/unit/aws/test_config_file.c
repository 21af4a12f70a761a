#include "plinth/aws/config_file.h"

#include "plinth/base/arena.h"
#include "plinth/base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int setup(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static struct config_file parse_as(const char *text, enum config_kind kind, struct arena *arena)
{
    struct config_file file;
    struct err err = ERR_INIT;

    if (config_file_parse(text, strlen(text), "f", kind, arena, &file, &err) != 0)
        fail_msg("%s", err.text);
    return file;
}

static struct config_file parse(const char *text, struct arena *arena)
{
    return parse_as(text, CONFIG_KIND_CONFIG, arena);
}

/* The value under a key of a profile; NULL. */
static const char *value_of(const struct config_file *file, const char *profile, const char *key)
{
    const struct config_entry *entry =
        config_section_entry(config_file_section(file, "profile", profile), key);

    return entry == NULL ? NULL : entry->value;
}

static void assert_fails(const char *text, const char *message, struct arena *arena)
{
    struct config_file file;
    struct err err = ERR_INIT;

    assert_int_equal(
        config_file_parse(text, strlen(text), "f", CONFIG_KIND_CONFIG, arena, &file, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_string_equal(err.text, message);
}

/* --- Sections ------------------------------------------------------------------------------------
 */

static void test_sections_have_a_type_and_a_name(void **state)
{
    struct config_file file = parse("[default]\na=1\n"
                                    "[profile one]\na=2\n"
                                    "[profile 'two words']\na=3\n"
                                    "[sso-session s]\na=4\n"
                                    "[services v]\na=5\n"
                                    "[preview]\na=6\n"
                                    "[profile too many words]\na=7\n"
                                    "[profile 'open]\na=8\n",
                                    *state);

    assert_int_equal(file.count, 5);
    assert_string_equal(value_of(&file, "default", "a"), "1");
    assert_string_equal(value_of(&file, "one", "a"), "2");
    assert_string_equal(value_of(&file, "two words", "a"), "3");
    assert_string_equal(
        config_section_entry(config_file_section(&file, "sso-session", "s"), "a")->value, "4");
    assert_string_equal(
        config_section_entry(config_file_section(&file, "services", "v"), "a")->value, "5");
    assert_null(config_file_section(&file, "profile", "preview"));
    assert_int_equal(config_file_section(&file, "services", "v")->line, 9);
}

static void test_the_credentials_file_names_profiles_plainly(void **state)
{
    struct config_file file =
        parse_as("[one]\na=1\n[profile two]\na=2\n", CONFIG_KIND_CREDENTIALS, *state);

    assert_string_equal(value_of(&file, "one", "a"), "1");
    assert_string_equal(value_of(&file, "profile two", "a"), "2");
    assert_null(value_of(&file, "two", "a"));
}

static void test_of_two_names_for_one_profile_the_last_counts(void **state)
{
    struct config_file file = parse("[default]\na=1\nb=1\n[profile default]\na=2\n", *state);

    assert_string_equal(value_of(&file, "default", "a"), "2");
    assert_null(value_of(&file, "default", "b"));
}

static void test_defaults_hold_where_a_key_is_absent(void **state)
{
    struct config_file file = parse("[profile one]\na=1\n[DEFAULT]\na=d\nb=d\n"
                                    "[profile two]\n[DEFAULT]\nc=e\n",
                                    *state);

    assert_string_equal(value_of(&file, "one", "a"), "1");
    assert_string_equal(value_of(&file, "one", "b"), "d");
    assert_string_equal(value_of(&file, "two", "a"), "d");
    assert_string_equal(value_of(&file, "two", "c"), "e");
    assert_null(config_file_section(&file, "profile", "DEFAULT"));
}

/* --- Options -------------------------------------------------------------------------------------
 */

static void test_keys_and_values(void **state)
{
    struct config_file file = parse("[default]\n"
                                    "Region = eu-west-1 \n"
                                    "colon: a=b\n"
                                    "equals=a:b=c\n"
                                    "empty =\n"
                                    "not_a_comment = a # b ; c\n"
                                    "# a comment\n"
                                    "  ; another\n"
                                    "with space = x\r\n"
                                    "umlaut = \xC3\xBC",
                                    *state);

    assert_string_equal(value_of(&file, "default", "region"), "eu-west-1");
    assert_string_equal(value_of(&file, "default", "colon"), "a=b");
    assert_string_equal(value_of(&file, "default", "equals"), "a:b=c");
    assert_string_equal(value_of(&file, "default", "empty"), "");
    assert_string_equal(value_of(&file, "default", "not_a_comment"), "a # b ; c");
    assert_string_equal(value_of(&file, "default", "with space"), "x");
    assert_string_equal(value_of(&file, "default", "umlaut"), "\xC3\xBC");
    assert_null(value_of(&file, "default", "another"));
    assert_int_equal(file.sections[0].entries[1].line, 3);
}

static void test_an_indented_line_continues_a_value(void **state)
{
    struct config_file file = parse("[default]\n"
                                    "a = one\n"
                                    "  two = 2\n"
                                    "\n"
                                    "  # a comment\n"
                                    "\t[three]\n"
                                    "\n"
                                    "b = x\n",
                                    *state);

    assert_string_equal(value_of(&file, "default", "a"), "one\ntwo = 2\n\n[three]");
    assert_string_equal(value_of(&file, "default", "b"), "x");
}

static void test_indentation_is_that_of_the_option(void **state)
{
    struct config_file file = parse("  [default]\n"
                                    "    a = 1\n"
                                    "    b = 2\n"
                                    "  c = 3\n"
                                    "   d = 4\n",
                                    *state);

    assert_string_equal(value_of(&file, "default", "a"), "1");
    assert_string_equal(value_of(&file, "default", "b"), "2");
    assert_string_equal(value_of(&file, "default", "c"), "3\nd = 4");
}

static void test_what_continues_an_empty_value_is_nested(void **state)
{
    struct config_file file = parse("[services s]\n"
                                    "sts =\n"
                                    "\n"
                                    "  Endpoint_URL = http://a=b\n"
                                    "  other = 1\n"
                                    "  other = 2\n"
                                    "iam =\n"
                                    "next = x\n",
                                    *state);
    const struct config_section *section = config_file_section(&file, "services", "s");

    assert_string_equal(config_section_entry(section, "sts")->value, "");
    assert_string_equal(config_section_entry(section, "sts.Endpoint_URL")->value, "http://a=b");
    assert_int_equal(config_section_entry(section, "sts.Endpoint_URL")->line, 4);
    assert_string_equal(config_section_entry(section, "sts.other")->value, "2");
    assert_string_equal(config_section_entry(section, "iam")->value, "");
    assert_string_equal(config_section_entry(section, "next")->value, "x");
}

/* --- Errors --------------------------------------------------------------------------------------
 */

static void test_errors_name_the_line(void **state)
{
    assert_fails("\na = 1\n", "f:2: text before the first [section]", *state);
    assert_fails("[default]\n\nnonsense\n", "f:3: neither a [section] nor key = value", *state);
    assert_fails("[default]\n = x\n", "f:2: no key in front of the value", *state);
    assert_fails("[default]\n[]\n", "f:2: neither a [section] nor key = value", *state);
    assert_fails("[default]\ns3 =\n  x\n", "f:3: neither nested key = value nor part of a value",
                 *state);
    assert_fails("[default]\na=1\nA=2\n", "f:3: \"a\" again; it stands in line 2", *state);
    assert_fails("[DEFAULT]\na=1\n[DEFAULT]\na=2\n", "f:4: \"a\" again; it stands in line 2",
                 *state);
    assert_fails("[profile a]\n[profile b]\n[profile a]\n",
                 "f:3: [profile a] again; it stands in line 1", *state);
    assert_fails("[default]\na=\xFF\n", "f:2: not UTF-8", *state);
    assert_fails("[default]\ra=\x01\r", "f:2: a control character", *state);
}

static void test_a_nul_is_an_error(void **state)
{
    struct config_file file;
    struct err err = ERR_INIT;

    assert_int_equal(
        config_file_parse("[a]\nb=\0c", 9, "f", CONFIG_KIND_CREDENTIALS, *state, &file, &err), -1);
    assert_string_equal(err.text, "f:2: a control character");
}

static void test_sizes_are_bounded(void **state)
{
    const size_t size = LIMIT_CONFIG_BYTES + 1;
    char *text = malloc(size);
    struct config_file file;
    struct err err = ERR_INIT;

    memset(text, 'x', size);
    assert_int_equal(config_file_parse(text, size, "f", CONFIG_KIND_CONFIG, *state, &file, &err),
                     -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(config_file_parse(text, LIMIT_CONFIG_LINE_BYTES + 1, "f", CONFIG_KIND_CONFIG,
                                       *state, &file, &err),
                     -1);
    assert_int_equal(err.code, ERR_LIMIT);
    memset(text, '\n', size);
    assert_int_equal(
        config_file_parse(text, LIMIT_CONFIG_BYTES, "f", CONFIG_KIND_CONFIG, *state, &file, &err),
        0);
    assert_int_equal(file.count, 0);
    free(text);
}

/* --- Files ---------------------------------------------------------------------------------------
 */

static void test_a_file_is_read(void **state)
{
    char path[] = "/tmp/plinth-config-XXXXXX";
    const char text[] = "[default]\nregion = eu-north-1\n";
    struct config_file file;
    struct err err = ERR_INIT;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    assert_int_equal(config_file_read(path, CONFIG_KIND_CONFIG, *state, &file, &err), 0);
    assert_string_equal(value_of(&file, "default", "region"), "eu-north-1");
    assert_string_equal(file.path, path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(config_file_read(path, CONFIG_KIND_CONFIG, *state, &file, &err), 0);
    assert_int_equal(file.count, 0);
    assert_int_equal(config_file_read("/tmp", CONFIG_KIND_CONFIG, *state, &file, &err), -1);
    assert_int_equal(err.code, ERR_IO);
}

static void test_wiping_leaves_nothing(void **state)
{
    struct config_file file = parse("[default]\naws_secret_access_key = very\n  secret\n", *state);
    const char *value = value_of(&file, "default", "aws_secret_access_key");
    char nothing[128] = {0};

    assert_string_equal(value, "very\nsecret");
    assert_true(value >= file.text && value < file.text + file.text_len);
    config_file_wipe(&file);
    assert_memory_equal(file.text, nothing, file.text_len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sections_have_a_type_and_a_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_credentials_file_names_profiles_plainly, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_of_two_names_for_one_profile_the_last_counts, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_defaults_hold_where_a_key_is_absent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys_and_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_indented_line_continues_a_value, setup, teardown),
        cmocka_unit_test_setup_teardown(test_indentation_is_that_of_the_option, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_continues_an_empty_value_is_nested, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_errors_name_the_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_nul_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sizes_are_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wiping_leaves_nothing, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
