/*
 * journal_world.h - a folder of its own for journals and local locks, and a scheduler.
 */
#ifndef PLINTH_TESTS_JOURNAL_WORLD_H
#define PLINTH_TESTS_JOURNAL_WORLD_H

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/engine/engine.h"
#include "plinth/engine/journal.h"
#include "plinth/fiber/fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct world {
    struct arena *arena;
    struct env env;
    struct sched *sched;
    char top[64];
    const char *folder; /* which is not there yet */
};

static inline const char *path_of(struct world *world, const char *run)
{
    return arena_printf(world->arena, "%s/%s.jsonl", world->folder, run);
}

/* A journal with its first record. */
static inline struct journal *begin(struct world *world, const char *run)
{
    struct err err = ERR_INIT;
    struct journal *journal = journal_new(world->sched, world->folder, run, &err);
    struct json *record;

    assert_non_null(journal);
    record = journal_record(journal, "begin");
    json_put_str(record, "run", run);
    json_put_str(json_put_object(record, "plan"), "baseline", "/etc/plinth.yaml");
    assert_int_equal(journal_add(journal, record, true, &err), 0);
    return journal;
}

static inline const char *file_text(struct world *world, const char *run)
{
    enum { BYTES = 1024 * 1024 };
    char *text = arena_alloc(world->arena, BYTES);
    FILE *file = fopen(path_of(world, run), "r");

    assert_non_null(file);
    text[fread(text, 1, BYTES - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static inline void rewrite(struct world *world, const char *run, const char *mode, const char *text)
{
    FILE *file = fopen(path_of(world, run), mode);

    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static inline void append(struct world *world, const char *run, const char *text)
{
    rewrite(world, run, "a", text);
}

static inline int journal_world_open(void **state)
{
    struct arena *arena = arena_new("test");
    struct world *world = arena_alloc(arena, sizeof *world);
    struct err err = ERR_INIT;

    world->arena = arena;
    world->env = (struct env){.clock = clock_real(), .rng = rng_seeded_new(1)};
    world->sched = sched_new(&world->env, &err);
    (void)snprintf(world->top, sizeof world->top, "/tmp/plinth-journal-XXXXXX");
    if (mkdtemp(world->top) == NULL)
        return -1;
    world->folder = arena_printf(arena, "%s/state/small", world->top);
    *state = world;
    return 0;
}

static inline int journal_world_close(void **state)
{
    struct world *world = *state;
    const char *parts[] = {"run-1.jsonl", "run-2.jsonl", "lock"};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        (void)unlink(arena_printf(world->arena, "%s/%s", world->folder, parts[i]));
    (void)rmdir(world->folder);
    (void)rmdir(arena_printf(world->arena, "%s/state", world->top));
    (void)rmdir(world->top);
    sched_free(world->sched);
    rng_seeded_free(world->env.rng);
    arena_free(world->arena);
    return 0;
}

#define JOURNAL_TEST(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, journal_world_open, journal_world_close)

#endif
