/* The templates that ship: each renders, fits and says what it promises. */
#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/policy/document.h"
#include "plinth/policy/organization.h"
#include "plinth/policy/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shipped.h"

#define CATALOGUE PLINTH_SOURCEDIR "/docs/templates.md"

/* --- Rendering -----------------------------------------------------------------------------------
 */

/* One packed document: structure and quota at once. */
static void check_document(struct arena *arena, const char *name, const struct json *document)
{
    const struct policy_type *type = policy_type_find(load(arena, name)->type_key);
    struct policy_part part = {.name = name, .document = document};
    struct policy_packed *packed;
    struct err err = ERR_INIT;
    size_t count;

    if (policy_pack(type, &part, 1, arena, &packed, &count, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    assert_int_equal(count, 1);
    if (strstr(packed[0].content, "When") != NULL || strstr(packed[0].content, "Unless") != NULL)
        fail_msg("%s: a switch is left in %s", name, packed[0].content);
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq(known[i].name, name))
            return true;
    return false;
}

static const char *value_for(const struct template_parameter *parameter)
{
    if (parameter->type == TEMPLATE_BOOL)
        return parameter->fallback != NULL && str_eq(parameter->fallback->text, "true") ? "false"
                                                                                        : "true";
    if (parameter->type == TEMPLATE_STRING)
        return "Word";
    return strstr(parameter->name, "action") != NULL ? "[\"s3:Get*\", \"s3:ListAllMyBuckets\"]"
                                                     : "[\"arn:aws:iam::111111111111:role/a\", b]";
}

/* As YAML: each parameter as different from its default as can be, or only what must be given. */
static const char *parameters_of(struct arena *arena, const char *name, bool all)
{
    const struct policy_template *template = load(arena, name);
    const char *yaml = "{";

    for (size_t i = 0; i < template->parameter_count; i++) {
        const struct template_parameter *parameter = &template->parameter_list[i];

        if (all ||
            (parameter->required && parameter->fallback == NULL && !is_known(parameter->name)))
            yaml = arena_printf(arena, "%s%s: %s, ", yaml, parameter->name, value_for(parameter));
    }
    return arena_printf(arena, "%s}", yaml);
}

static struct json *render_plain(struct arena *arena, const char *name)
{
    return render(arena, name, parameters_of(arena, name, false));
}

static void test_all_render_with_defaults(void **state)
{
    struct arena *arena = *state;
    struct err err = ERR_INIT;
    const char **names;
    size_t count;

    assert_int_equal(policy_template_names(dirs, arena, &names, &count, &err), 0);
    assert_true(count >= 24);
    for (size_t i = 0; i < count; i++)
        check_document(arena, names[i], render_plain(arena, names[i]));
}

static void test_all_render_with_every_parameter_set(void **state)
{
    struct arena *arena = *state;
    struct err err = ERR_INIT;
    const char **names;
    size_t count;

    assert_int_equal(policy_template_names(dirs, arena, &names, &count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        struct json *with = render(arena, names[i], parameters_of(arena, names[i], true));

        check_document(arena, names[i], with);
        if (load(arena, names[i])->parameter_count > 0 &&
            policy_document_equal(with, render_plain(arena, names[i])))
            fail_msg("%s: its parameters change nothing", names[i]);
    }
}

/* A whole organization with all of them must leave slots for Control Tower and AWS. */
static void test_all_scps_pack_into_few(void **state)
{
    struct arena *arena = *state;
    struct policy_part parts[64];
    struct policy_packed *packed;
    struct err err = ERR_INIT;
    const char **names;
    size_t count, scps = 0, packed_count;

    assert_int_equal(policy_template_names(dirs, arena, &names, &count, &err), 0);
    for (size_t i = 0; i < count && scps < 64; i++)
        if (str_starts(names[i], "scp/"))
            parts[scps++] =
                (struct policy_part){.name = names[i], .document = render_plain(arena, names[i])};
    assert_int_equal(policy_pack(policy_type_find("service_control_policy"), parts, scps, arena,
                                 &packed, &packed_count, &err),
                     0);
    assert_true(packed_count <= 2);
}

/* A missing list of regions must not become a policy that denies them all. */
static void test_region_limits_needs_regions(void **state)
{
    struct arena *arena = *state;
    struct policy_template *template = load(arena, "scp/region-limits");
    struct json *document;
    struct err err = ERR_INIT;

    assert_int_equal(policy_template_render(template, NULL, NULL, 0, arena, &document, &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_non_null(strstr(err.text, "allowed_regions"));
}

/* --- The catalogue -------------------------------------------------------------------------------
 */

static char *read_catalogue(struct arena *arena)
{
    enum { BYTES_MOST = 256 * 1024 };
    char *text = arena_alloc(arena, BYTES_MOST);
    FILE *file = fopen(CATALOGUE, "r");

    assert_non_null(file);
    assert_true(fread(text, 1, BYTES_MOST - 1, file) > 0);
    (void)fclose(file);
    return text;
}

/* From "## name" to the next heading of that rank. */
static const char *section_of(struct arena *arena, const char *catalogue, const char *name)
{
    const char *heading = arena_printf(arena, "\n## %s\n", name), *start, *end;

    start = strstr(catalogue, heading);
    if (start == NULL)
        fail_msg("docs/templates.md has no section for %s", name);
    start += strlen(heading);
    end = strstr(start, "\n## ");
    return arena_strn(arena, start, end == NULL ? strlen(start) : (size_t)(end - start));
}

static void check_parameters(struct arena *arena, const char *name, const char *section)
{
    const struct policy_template *template = load(arena, name);
    size_t rows = 0;

    for (const char *at = strstr(section, "\n| `"); at != NULL; at = strstr(at + 1, "\n| `"))
        rows++;
    for (size_t i = 0; i < template->parameter_count; i++) {
        const struct template_parameter *parameter = &template->parameter_list[i];

        if (strstr(section, arena_printf(arena, "\n| `%s` |", parameter->name)) == NULL)
            fail_msg("docs/templates.md: %s lacks parameter %s", name, parameter->name);
        if (strstr(section, parameter->doc) == NULL)
            fail_msg("docs/templates.md: %s says of %s something else than the template", name,
                     parameter->name);
    }
    if (rows != template->parameter_count)
        fail_msg("docs/templates.md: %s has %zu parameters there and %zu here", name, rows,
                 template->parameter_count);
}

static void test_catalogue_is_complete(void **state)
{
    struct arena *arena = *state;
    const char *catalogue = read_catalogue(arena);
    struct err err = ERR_INIT;
    const char **names;
    size_t count, sections = 0;

    assert_int_equal(policy_template_names(dirs, arena, &names, &count, &err), 0);
    for (size_t i = 0; i < count; i++) {
        const char *section = section_of(arena, catalogue, names[i]);

        if (strstr(section, load(arena, names[i])->description) == NULL)
            fail_msg("docs/templates.md: %s is described otherwise than in the template", names[i]);
        check_parameters(arena, names[i], section);
    }
    for (const char *at = strstr(catalogue, "\n## "); at != NULL; at = strstr(at + 1, "\n## "))
        if (strchr(at + 4, '/') != NULL && strchr(at + 4, '/') < at + 4 + strcspn(at + 4, "\n"))
            sections++;
    assert_int_equal(sections, count);
}

static int set_up(void **state)
{
    *state = arena_new("test");
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_render_with_defaults), TEST(test_all_render_with_every_parameter_set),
        TEST(test_all_scps_pack_into_few),   TEST(test_region_limits_needs_regions),
        TEST(test_catalogue_is_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
