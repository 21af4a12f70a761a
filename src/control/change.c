#include "plinth/control/change.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"

#include <stdarg.h>

const char change_unknown[] = "(known after apply)";

void changes_init(struct changes *changes, struct arena *arena)
{
    *changes = (struct changes){.arena = arena};
}

struct change *changes_add(struct changes *changes, enum change_kind kind, int step,
                           const void *subject, const char *format, ...)
{
    struct change *change;
    va_list args;

    change = VEC_ADD(changes->arena, changes);
    change->kind = kind;
    change->step = step;
    change->subject = subject;
    change->takes_away = kind == CHANGE_DELETE;
    change->arena = changes->arena;
    va_start(args, format);
    change->resource = arena_vprintf(changes->arena, format, args);
    va_end(args);
    return change;
}

void change_is_part(struct change *change, const char *part)
{
    change->part = arena_str(change->arena, part);
}

void change_field(struct change *change, const char *name, const char *from, const char *to)
{
    struct arena *arena = change->arena;
    struct change_field *field;

    if (str_eq(from, to))
        return;
    if (change->field_count == change->field_capacity)
        change->fields = vec_grow(arena, change->fields, change->field_count,
                                  &change->field_capacity, sizeof *change->fields);
    field = &change->fields[change->field_count++];
    field->name = arena_str(arena, name);
    field->from = arena_str(arena, from);
    field->to = to == change_unknown ? change_unknown : arena_str(arena, to);
}

void change_takes_away(struct change *change)
{
    change->takes_away = true;
}

void change_is_final(struct change *change, const char *name, int days)
{
    change->final = (struct change_final){.name = arena_str(change->arena, name), .days = days};
}

static bool same_field(const struct change_field *a, const struct change_field *b,
                       bool unknown_fits)
{
    bool unknown = a->to == change_unknown || b->to == change_unknown;

    return str_eq(a->name, b->name) && str_eq(a->from, b->from) &&
           ((unknown_fits && unknown) || str_eq(a->to, b->to));
}

bool change_same(const struct change *a, const struct change *b, bool unknown_fits)
{
    if (a->kind != b->kind || a->field_count != b->field_count ||
        !str_eq(a->resource, b->resource) || !str_eq(a->final.name, b->final.name) ||
        a->final.days != b->final.days)
        return false;
    for (size_t i = 0; i < a->field_count; i++)
        if (!same_field(&a->fields[i], &b->fields[i], unknown_fits))
            return false;
    return true;
}

const char *change_kind_name(enum change_kind kind)
{
    switch (kind) {
    case CHANGE_CREATE:
        return "create";
    case CHANGE_UPDATE:
        return "update";
    case CHANGE_DELETE:
        return "delete";
    }
    return "?";
}

void changes_note(struct changes *changes, const char *format, ...)
{
    va_list args;

    if (changes->note_count == changes->note_capacity)
        changes->notes = vec_grow(changes->arena, changes->notes, changes->note_count,
                                  &changes->note_capacity, sizeof *changes->notes);
    va_start(args, format);
    changes->notes[changes->note_count++] = arena_vprintf(changes->arena, format, args);
    va_end(args);
}

void changes_problem(struct changes *changes, bool unread, const char *format, ...)
{
    va_list args;

    if (changes->problem_count == changes->problem_capacity)
        changes->problems = vec_grow(changes->arena, changes->problems, changes->problem_count,
                                     &changes->problem_capacity, sizeof *changes->problems);
    va_start(args, format);
    changes->problems[changes->problem_count++] =
        (struct change_problem){arena_vprintf(changes->arena, format, args), unread};
    va_end(args);
}
