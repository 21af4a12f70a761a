/* What the baseline may say of access_analyzer, and when two filters are the same. */
#include "../../support/baseline_text.h"

#include "access_analyzer_settings.h"

#include "plinth/base/arena.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define TRUSTED "  trusted_access: [access-analyzer.amazonaws.com]\n"
#define DELEGATED "  delegated_administrators: {access-analyzer.amazonaws.com: security}\n"
#define SECURITY "  - {name: Security, email: b@example.com, roles: [security]}\n"

/* The first mistake of a baseline; "" if there is none. */
static const char *mistake(struct arena *arena, const char *organization, const char *account,
                           const char *settings)
{
    const char *text = arena_printf(arena,
                                    "apiVersion: plinth/v1\n"
                                    "name: test\n"
                                    "home_region: eu-central-1\n"
                                    "regions: [eu-central-1]\n"
                                    "organization:\n%s"
                                    "accounts:\n"
                                    "  - {name: Main, email: a@example.com, roles: [management]}\n"
                                    "%s"
                                    "controls:\n"
                                    "  access_analyzer: %s\n",
                                    organization, account, settings);

    return baseline_mistake(arena, text);
}

static void expect(const char *got, const char *wanted)
{
    if (wanted[0] == '\0')
        assert_string_equal(got, "");
    else if (strstr(got, wanted) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", got, wanted);
}

static void test_who_administers(void **state)
{
    static const char other[] =
        TRUSTED "  delegated_administrators: {access-analyzer.amazonaws.com: Other}\n";
    struct arena *arena = arena_new("test");

    (void)state;
    expect(mistake(arena, TRUSTED DELEGATED, SECURITY, "{}"), "");
    expect(mistake(arena, TRUSTED, "", "{}"), "role security");
    expect(mistake(arena, TRUSTED, SECURITY, "{}"), "organization.delegated_administrators");
    expect(mistake(arena, other, SECURITY "  - {name: Other, email: c@example.com}\n", "{}"),
           "organization.delegated_administrators");
    expect(mistake(arena, DELEGATED, SECURITY, "{}"), "trusted_access");
    arena_free(arena);
}

static void test_what_settings_may_say(void **state)
{
    static const struct {
        const char *settings, *mistake;
    } cases[] = {
        {"{unused_access: , name: acme_1}", ""},
        {"{name: 1acme}", "'name' must be"},
        {"{name: a b}", "'name' must be"},
        {"{unused_access: {days: 366}}", "365"},
        {"{internal_access: {}}", "resource_types"},
        {"{internal_access: {resource_types: [\"AWS::IAM::Role\"]}}", "AWS::IAM::Role"},
        {"{archive_rules: {a: {filter: {isPublic: {eq: [\"false\"]}}}}}", ""},
        {"{archive_rules: {a: {filter: {isPublic: {exists: yes}}}}}", ""},
        {"{archive_rules: {a-1: {filter: {isPublic: {}}}}}", "needs one of eq"},
        {"{archive_rules: {a: {filter: {}}}}", "filter"},
        {"{archive_rules: {1a: {filter: {isPublic: {eq: [\"false\"]}}}}}", "begins with a letter"},
        {"{archive_rules: {a: {analyzer: unused, filter: {status: {eq: [x]}}}}}", "unused_access"},
        {"{archive_rules: {a: {analyzer: internal, filter: {status: {eq: [x]}}}}}",
         "internal_access"},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect(mistake(arena, TRUSTED DELEGATED, SECURITY, cases[i].settings), cases[i].mistake);
    arena_free(arena);
}

static struct json *parse(struct arena *arena, const char *text)
{
    struct err err = ERR_INIT;
    struct json *json = NULL;

    assert_int_equal(json_parse(text, strlen(text), arena, &json, &err), 0);
    return json;
}

static void test_filters_are_compared_by_what_they_say(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"{\"x\":{\"eq\":[\"1\",\"2\"]}}", "{\"x\":{\"eq\":[\"2\",\"1\"]}}", true},
        {"{\"x\":{\"eq\":[\"1\"]},\"y\":{\"exists\":true}}",
         "{\"y\":{\"exists\":true},\"x\":{\"eq\":[\"1\"],\"neq\":[]}}", true},
        {"{\"x\":{\"eq\":[\"1\"]}}", "{\"x\":{\"eq\":[\"1\",\"2\"]}}", false},
        {"{\"x\":{\"eq\":[\"1\",\"2\"]}}", "{\"x\":{\"eq\":[\"1\"]}}", false},
        {"{\"x\":{\"eq\":[\"1\"]}}", "{\"x\":{\"neq\":[\"1\"]}}", false},
        {"{\"x\":{\"contains\":[\"1\"]}}", "{\"x\":{\"contains\":[\"2\"]}}", false},
        {"{\"x\":{\"eq\":[\"1\"]}}", "{\"y\":{\"eq\":[\"1\"]}}", false},
        {"{\"x\":{\"exists\":true}}", "{\"x\":{\"exists\":false}}", false},
        {"{\"x\":{\"exists\":true}}", "{\"x\":{\"eq\":[\"1\"]}}", false},
        {"{\"x\":{\"exists\":true}}", "{\"x\":{\"exists\":true},\"y\":{\"exists\":true}}", false},
    };
    struct arena *arena = arena_new("test");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(analyzer_filter_equal(parse(arena, cases[i].a), parse(arena, cases[i].b)),
                         cases[i].equal);
        assert_int_equal(analyzer_filter_equal(parse(arena, cases[i].b), parse(arena, cases[i].a)),
                         cases[i].equal);
    }
    assert_false(analyzer_filter_equal(NULL, parse(arena, cases[0].a)));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_administers),
        cmocka_unit_test(test_what_settings_may_say),
        cmocka_unit_test(test_filters_are_compared_by_what_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
