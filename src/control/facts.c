#include "plinth/control/facts.h"

#include "plinth/base/arena.h"

#include <string.h>
#include <uthash.h>

struct fact {
    const char *name, *value;
    UT_hash_handle hh;
};

struct facts {
    struct arena *arena;
    struct fact *table;
};

struct facts *facts_new(void)
{
    struct arena *arena = arena_new("facts");
    struct facts *facts = arena_alloc(arena, sizeof *facts);

    facts->arena = arena;
    return facts;
}

void facts_free(struct facts *facts)
{
    if (facts == NULL)
        return;
    HASH_CLEAR(hh, facts->table);
    arena_free(facts->arena);
}

void facts_set(struct facts *facts, const char *name, const char *value)
{
    struct fact *fact;

    HASH_FIND_STR(facts->table, name, fact);
    if (fact == NULL) {
        fact = arena_alloc(facts->arena, sizeof *fact);
        fact->name = arena_str(facts->arena, name);
        HASH_ADD_KEYPTR(hh, facts->table, fact->name, strlen(fact->name), fact);
    }
    fact->value = arena_str(facts->arena, value);
}

const char *facts_get(const struct facts *facts, const char *name)
{
    struct fact *fact;

    HASH_FIND_STR(facts->table, name, fact);
    return fact == NULL ? NULL : fact->value;
}
