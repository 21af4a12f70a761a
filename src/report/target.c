/*
 * target.c - a target in one line, for formats that have a field for it.
 */
#include "report_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"

#include <string.h>

enum { MESSAGE_BYTES_MOST = 8 * 1024, CHANGES_MOST = 20 };

const char *report_kind_name(enum report_kind kind)
{
    static const char *const names[] = {
        [REPORT_PLAN] = "plan", [REPORT_DRIFT] = "drift", [REPORT_APPLY] = "apply"};

    return names[kind];
}

static void put_changes(struct buf *out, const struct unit_result *unit, enum report_kind kind)
{
    const struct changes *changes = &unit->changes;

    for (size_t i = 0; i < changes->count && i < CHANGES_MOST; i++) {
        buf_str(out, i == 0 ? ": " : "; ");
        if (kind == REPORT_APPLY && i >= unit->applied)
            buf_str(out, "not done: ");
        report_change_line(unit, &changes->items[i], out);
    }
    if (changes->count > CHANGES_MOST)
        buf_printf(out, "; and %zu more changes", changes->count - CHANGES_MOST);
}

const char *report_message(const struct unit_result *unit, enum report_kind kind,
                           struct arena *arena)
{
    struct buf out;
    const char *text;

    buf_init(&out, MESSAGE_BYTES_MOST);
    buf_str(&out, outcome_name(unit->outcome));
    if (unit->reason != NULL) {
        buf_str(&out, ": ");
        report_escape(&out, unit->reason, strlen(unit->reason));
    }
    put_changes(&out, unit, kind);
    for (size_t i = 0; i < unit->changes.note_count; i++) {
        buf_str(&out, "; note: ");
        report_escape(&out, unit->changes.notes[i], strlen(unit->changes.notes[i]));
    }
    text = arena_str(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

const char *report_target_id(const struct unit_result *unit, struct arena *arena)
{
    return arena_printf(arena, "%s%s%s%s%s", unit->control->name, unit->account == NULL ? "" : "/",
                        unit->account == NULL ? "" : unit->account, unit->region == NULL ? "" : "/",
                        unit->region == NULL ? "" : unit->region);
}
