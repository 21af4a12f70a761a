/*
 * yaml.h - load a baseline that stands in a test, with one or two controls made up for it.
 */
#ifndef PLINTH_TESTS_UNIT_BASELINE_YAML_H
#define PLINTH_TESTS_UNIT_BASELINE_YAML_H

#include "plinth/base/arena.h"
#include "plinth/baseline/baseline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct watch_spec {
    const char *mode, *place;
    int64_t days;
    struct strings events;
    const struct node *node;
};

static const struct choice watch_modes[] = {{"quiet", "QUIET"}, {"loud", "LOUD"}, {NULL, NULL}};

static const struct field watch_fields[] = {
    {.key = "mode",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct watch_spec, mode),
     .fallback = "quiet",
     .choices = watch_modes,
     .doc = "How."},
    {.key = "place",
     .type = FIELD_STRING,
     .offset = offsetof(struct watch_spec, place),
     .uniform = true,
     .doc = "Where."},
    {.key = "days",
     .type = FIELD_INT,
     .offset = offsetof(struct watch_spec, days),
     .required = true,
     .min = 1,
     .max = 30,
     .doc = "How long."},
    {.key = "events",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct watch_spec, events),
     .fallback = "[login, logout]",
     .doc = "What."},
    {.key = NULL},
};

static const struct schema watch_schema = {
    .name = "watch",
    .doc = "Watches.",
    .size = sizeof(struct watch_spec),
    .node_offset = offsetof(struct watch_spec, node),
    .fields = watch_fields,
};

static inline void watch_check(const struct baseline *baseline, const void *spec,
                               struct diags *diags)
{
    const struct watch_spec *watch = spec;

    if (baseline_account_with_role(baseline, ROLE_SECURITY) == NULL)
        diags_add(diags, &watch->node->mark, "watch needs a security account");
}

/* "watch": per account; "ledger": the organization's, with no settings. */
static const struct control_section test_sections[] = {
    {.name = "watch", .schema = &watch_schema, .per_account = true, .check = watch_check},
    {.name = "ledger"},
    {.name = NULL},
};

struct world {
    struct arena *arena;
    struct diags diags;
    struct baseline *baseline; /* NULL: it has mistakes */
    struct err err;
    int result;
};

static inline int world_setup(void **state)
{
    struct arena *arena = arena_new("test");
    struct world *world = arena_alloc(arena, sizeof *world);

    world->arena = arena;
    *state = world;
    return 0;
}

static inline int world_teardown(void **state)
{
    arena_free(((struct world *)*state)->arena);
    return 0;
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

static inline void world_load_text(struct world *world, const char *text,
                                   const struct variable_value *variables)
{
    static const char *const dirs[] = {PLINTH_SOURCEDIR "/templates", NULL};
    struct baseline_options options = {
        .sections = test_sections, .variables = variables, .template_dirs = dirs};

    world->baseline = NULL;
    world->err = (struct err)ERR_INIT;
    diags_init(&world->diags, world->arena);
    world->result = baseline_load_text(text, strlen(text), "b.yaml", &options, world->arena,
                                       &world->baseline, &world->diags, &world->err);
}

/* "line:column: text" of each mistake, one a line. */
static inline const char *world_mistakes(const struct world *world)
{
    const char *out = "";

    for (size_t i = 0; i < world->diags.count; i++) {
        const struct diag *diag = &world->diags.items[i];

        out = arena_printf(world->arena, "%s%d:%d: %s\n", out, diag->mark.line, diag->mark.column,
                           diag->text);
    }
    return out;
}

/* Load what stands behind the head, and expect these mistakes. */
static inline void expect_mistakes(struct world *world, const char *body, const char *mistakes)
{
    world_load_text(world,
                    arena_printf(world->arena,
                                 "apiVersion: plinth/v1\nname: t\nhome_region: eu-west-1\n%s",
                                 body),
                    NULL);
    assert_string_equal(world_mistakes(world), mistakes);
    assert_int_equal(world->result, mistakes[0] == '\0' ? 0 : -1);
}

/* Load what stands behind the head, without a mistake. */
static inline const struct baseline *load(struct world *world, const char *body)
{
    expect_mistakes(world, body, "");
    return world->baseline;
}

#endif
