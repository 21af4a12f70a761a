/*
 * change.h - what differs between wanted and live: one change for each write that mends it.
 *
 * Layer:  control.  A plan is nothing but these; what a person approves is what apply carries out.
 */
#ifndef PLINTH_CONTROL_CHANGE_H
#define PLINTH_CONTROL_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct arena; /* base/arena.h */

enum change_kind {
    CHANGE_CREATE,
    CHANGE_UPDATE,
    CHANGE_DELETE, /* or detach: takes something away, and is shown first */
};

struct change_field {
    const char *name;
    const char *from; /* NULL: absent */
    const char *to;   /* NULL: absent afterwards; change_unknown: known after apply */
};

/* Of a change that nobody can take back: a person says yes to it by name. */
struct change_final {
    const char *name; /* of what is bound by it; what the person names */
    int days;         /* so long after it is carried out it can be undone; 0: never */
};

struct change {
    enum change_kind kind;
    const char *resource; /* for people: `organizational unit "Workloads/Prod"` */
    int step;             /* the control's own: which write this is */
    const void *subject;  /* the control's own: what it is about; lives as long as the plan */
    const char *part;     /* which one of the unit's independent parts it belongs to: if it fails,
                           * only what follows of that part is left.  NULL: all that follows is */
    bool takes_away;      /* of what is there: every deletion, and what change_takes_away marked */
    struct change_final final; /* its name NULL: it can be undone */
    struct change_field *fields;
    size_t field_count, field_capacity;
    struct arena *arena;
};

/* Why a unit is not as the baseline says, where no change of plinth's mends it. */
struct change_problem {
    const char *text;
    bool unread; /* it is not known how it is; else it is known, and wrong */
};

struct changes {
    struct arena *arena; /* everything in it is copied here, but for `subject` */
    struct change *items;
    size_t count, capacity;
    const char **notes; /* seen, worth saying, no change: "policy plinth-old is not in ..." */
    size_t note_count, note_capacity;
    struct change_problem *problems; /* with one of these a unit is never clean */
    size_t problem_count, problem_capacity;
};

/* Stands for a value that AWS gives only when the change is made. */
extern const char change_unknown[];

void changes_init(struct changes *changes, struct arena *arena);

/* Add a change; `format` names the resource.  owns: the result lives until the next call that adds
 * one.  yields: no. */
struct change *changes_add(struct changes *changes, enum change_kind kind, int step,
                           const void *subject, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Say to which independent part of the unit a change belongs.  Changes of a part stay in their
 * order. yields: no. */
void change_is_part(struct change *change, const char *part);

/* Add a field where `from` and `to` differ; nothing where they are equal.  yields: no. */
void change_field(struct change *change, const char *name, const char *from, const char *to);

/* Mark a change that is no deletion and takes something away all the same: a protection switched
 * off, something replaced.  People are asked about those.  yields: no. */
void change_takes_away(struct change *change);

/* Mark a change that binds `name` for good, `days` after it is carried out: it is shown as such,
 * and nobody carries it out who was not told to by that name.  yields: no. */
void change_is_final(struct change *change, const char *name, int days);

/* Whether two changes do the same to the same resource, field by field.  With `unknown_fits` a
 * value that is known only after apply is the same as any.  yields: no. */
bool change_same(const struct change *a, const struct change *b, bool unknown_fits);

/* "create", "update", "delete".  Static storage. */
const char *change_kind_name(enum change_kind kind);

/* Add a note; see struct changes.  yields: no. */
void changes_note(struct changes *changes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Add a problem; see struct change_problem.  What else differs is mended all the same; then the
 * unit is failed (or, if all that it has is `unread`, unknown) and says why.  yields: no. */
void changes_problem(struct changes *changes, bool unread, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
