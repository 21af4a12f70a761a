/*
 * failures.c - the parts of a unit that failed, while the others go on.
 */
#include "engine_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

bool failures_stop(const struct failures *failures, const struct change *change)
{
    for (size_t i = 0; i < failures->count; i++) {
        const char *part = failures->items[i].change->part;

        if (part == NULL || str_eq(part, change->part))
            return true;
    }
    return false;
}

void failures_add(struct failures *failures, const struct change *change, const struct err *err,
                  bool final, struct arena *arena)
{
    struct err *copy = arena_alloc(arena, sizeof *copy);

    *copy = *err;
    *VEC_ADD(arena, failures) = (struct failure){.change = change, .err = copy, .final = final};
}

void failures_forget(struct failures *failures)
{
    size_t kept = 0;

    for (size_t i = 0; i < failures->count; i++)
        if (failures->items[i].final)
            failures->items[kept++] = failures->items[i];
    failures->count = kept;
}

int failures_result(const struct failures *failures, struct err *err)
{
    const struct failure *found = failures->items;

    if (failures->count == 0)
        return 0;
    for (size_t i = 0; i < failures->count && found->final; i++)
        found = &failures->items[i];
    *err = *found->err;
    return -1;
}

const char *failures_text(const struct failures *failures, const struct changes *changes,
                          struct arena *arena)
{
    const char *text = NULL;

    for (size_t i = 0; i < failures->count; i++)
        text = text == NULL ? failures->items[i].err->text
                            : arena_printf(arena, "%s; %s", text, failures->items[i].err->text);
    for (size_t i = 0; i < changes->problem_count; i++)
        text = text == NULL ? changes->problems[i].text
                            : arena_printf(arena, "%s; %s", text, changes->problems[i].text);
    return text;
}

enum outcome failures_outcome(const struct changes *changes)
{
    for (size_t i = 0; i < changes->problem_count; i++)
        if (!changes->problems[i].unread)
            return OUTCOME_FAILED;
    return OUTCOME_UNKNOWN;
}
