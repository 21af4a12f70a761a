#include "irreversible.h"

#include "terminal.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/base/vec.h"

enum { TEXT_BYTES_MOST = 64 * 1024, DAY_MS = 24 * 60 * 60 * 1000 };

/* The changes that bind one name, of a vault or a bucket: it may stand in many accounts. */
struct binding {
    const char *name;
    int days; /* the fewest */
    size_t places;
    struct buf lines;
};

static bool is_named(const struct words *named, const char *name)
{
    for (size_t i = 0; i < named->count; i++)
        if (str_eq(named->items[i], name))
            return true;
    return false;
}

typedef void (*change_fn)(void *arg, const struct unit_result *unit, const struct change *change);

static void each_final(const struct run_result *plan, change_fn fn, void *arg)
{
    for (size_t u = 0; u < plan->unit_count; u++) {
        struct unit_result unit = results_unit(plan, u);

        for (size_t c = 0; c < unit.changes.count; c++)
            if (unit.changes.items[c].final.name != NULL)
                fn(arg, &unit, &unit.changes.items[c]);
    }
}

static void add_to_binding(void *arg, const struct unit_result *unit, const struct change *change)
{
    struct binding *binding = arg;

    if (!str_eq(change->final.name, binding->name))
        return;
    if (binding->places == 0 || change->final.days < binding->days)
        binding->days = change->final.days;
    binding->places++;
    buf_str(&binding->lines, "  ");
    report_change_line(unit, change, &binding->lines);
    buf_char(&binding->lines, '\n');
}

/* "Irreversible: NAME can be undone until 2026-11-28T01:00:00Z, and never after that." */
static void put_binding(const struct session *session, const struct binding *binding,
                        struct buf *out)
{
    char until[TIME_TEXT_BYTES];

    time_rfc3339(env_wall_ms(&session->env) + (int64_t)binding->days * DAY_MS, until);
    buf_printf(out, "Irreversible: %s ", binding->name);
    if (binding->days == 0)
        buf_str(out, "can never be undone.\n");
    else
        buf_printf(out, "can be undone until %s, and never after that, by nobody.\n", until);
    buf_str(out, buf_text(&binding->lines));
}

/* err: ERR_GATE for any answer but the name. */
static int ask(struct session *session, const struct binding *binding, struct err *err)
{
    struct buf question;
    char *answer;
    int result;

    buf_init(&question, TEXT_BYTES_MOST);
    put_binding(session, binding, &question);
    buf_printf(&question, "Type %s to approve it: ", binding->name);
    result = terminal_ask(buf_text(&question), session->signals.fd, session->arena, &answer, err);
    buf_fini(&question);
    if (result == 0 && !str_eq(answer, binding->name))
        result = err_set(err, ERR_GATE, "not applied: the answer was not %s", binding->name);
    return result;
}

static int approve(struct session *session, const struct binding *binding,
                   const struct words *named, struct err *err)
{
    struct buf text;

    if (is_named(named, binding->name)) {
        buf_init(&text, TEXT_BYTES_MOST);
        put_binding(session, binding, &text);
        progress_say_lines(&session->progress, arena_str(session->arena, buf_text(&text)));
        buf_fini(&text);
        return 0;
    }
    if (terminal_is_there())
        return ask(session, binding, err);
    return err_set(err, ERR_GATE,
                   "nothing was changed: the plan locks %s irreversibly (%zu change%s), "
                   "which %s; approve it with --lock-vault %s",
                   binding->name, binding->places, binding->places == 1 ? "" : "s",
                   binding->days == 0 ? "can never be undone"
                                      : arena_printf(session->arena,
                                                     "can be undone for %d days and never "
                                                     "after that",
                                                     binding->days),
                   binding->name);
}

/* The names in the order of the plan, each once. */
struct names_seen {
    struct arena *arena;
    struct words names;
};

static void add_name(void *arg, const struct unit_result *unit, const struct change *change)
{
    struct names_seen *seen = arg;

    (void)unit;
    if (is_named(&seen->names, change->final.name))
        return;
    if (seen->names.count == seen->names.capacity)
        seen->names.items = vec_grow(seen->arena, seen->names.items, seen->names.count,
                                     &seen->names.capacity, sizeof *seen->names.items);
    seen->names.items[seen->names.count++] = change->final.name;
}

int irreversible_approve(struct session *session, const struct run_result *plan,
                         const struct words *named, struct err *err)
{
    struct names_seen seen = {.arena = session->arena};
    int result = 0;

    each_final(plan, add_name, &seen);
    for (size_t i = 0; i < seen.names.count && result == 0; i++) {
        struct binding binding = {.name = seen.names.items[i]};

        buf_init(&binding.lines, TEXT_BYTES_MOST);
        each_final(plan, add_to_binding, &binding);
        result = approve(session, &binding, named, err);
        buf_fini(&binding.lines);
    }
    return result;
}
