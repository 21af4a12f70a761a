/*
 * approval.c - what somebody said yes to, kept as digests, and whether a later plan is all in it.
 *
 * A blind unit is one digest.  A change is one over itself and the names of its fields, and one
 * more for each field with its values: of a change that was broken off half way, the fields that
 * are left are known again.
 */
#include "journal_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"
#include "plinth/control/control.h"

#include <stdlib.h>
#include <string.h>

/* --- Digests -------------------------------------------------------------------------------------
 */

/* With its length, so that no two changes can spell the same bytes. */
static void put_text(struct buf *buf, const char *text)
{
    if (text == NULL)
        buf_str(buf, "-;");
    else if (text == change_unknown)
        buf_str(buf, "?;");
    else
        buf_printf(buf, "%zu:%s;", strlen(text), text);
}

static void put_unit(struct buf *buf, const char *control, const char *account, const char *region)
{
    buf_init(buf, SIZE_MAX / 2); /* a plan that is in memory fits */
    put_text(buf, control);
    put_text(buf, account);
    put_text(buf, region);
}

/* The first 128 bits of a SHA-256.  The account's id is in no digest: an account that was to be
 * created has one later. */
static void finish(struct buf *buf, char out[JOURNAL_DIGEST_BYTES])
{
    char hex[SHA256_HEX_BYTES];

    sha256_hex(buf_text(buf), buf->len, hex);
    buf_fini(buf);
    hex[JOURNAL_DIGEST_BYTES - 1] = '\0';
    memcpy(out, hex, JOURNAL_DIGEST_BYTES);
}

static void unit_digest(const struct unit_result *unit, char out[JOURNAL_DIGEST_BYTES])
{
    struct buf buf;

    put_unit(&buf, unit->control->name, unit->account, unit->region);
    finish(&buf, out);
}

/* What a change is, but for its fields. */
struct head {
    enum change_kind kind;
    bool takes_away;
};

static struct head head_of(const struct change *change)
{
    return (struct head){.kind = change->kind, .takes_away = change->takes_away};
}

static void put_head(struct buf *buf, const struct unit_result *unit, const struct change *change,
                     struct head head)
{
    put_unit(buf, unit->control->name, unit->account, unit->region);
    put_text(buf, change_kind_name(head.kind));
    put_text(buf, head.takes_away ? "takes away" : NULL);
    put_text(buf, change->final.name);
    buf_printf(buf, "%d;", change->final.days);
    put_text(buf, change->resource);
}

static void change_digest(const struct unit_result *unit, const struct change *change,
                          char out[JOURNAL_DIGEST_BYTES])
{
    struct buf buf;

    put_head(&buf, unit, change, head_of(change));
    for (size_t f = 0; f < change->field_count; f++)
        put_text(&buf, change->fields[f].name);
    finish(&buf, out);
}

static void field_digest(const struct unit_result *unit, const struct change *change,
                         struct head head, const struct change_field *field,
                         char out[JOURNAL_DIGEST_BYTES])
{
    struct buf buf;

    put_head(&buf, unit, change, head);
    buf_str(&buf, "field;");
    put_text(&buf, field->name);
    put_text(&buf, field->from);
    put_text(&buf, field->to);
    finish(&buf, out);
}

int approval_each(const struct run_result *plan,
                  int (*fn)(void *arg, const char *digest, struct err *err), void *arg,
                  struct err *err)
{
    char digest[JOURNAL_DIGEST_BYTES];

    for (size_t u = 0; u < plan->unit_count; u++) {
        const struct unit_result found = results_unit(plan, u), *unit = &found;

        /* A blind unit is approved as a whole, besides what was shown of it. */
        if (unit->blind) {
            unit_digest(unit, digest);
            if (fn(arg, digest, err) != 0)
                return -1;
        }
        for (size_t c = 0; c < unit->changes.count; c++) {
            const struct change *change = &unit->changes.items[c];

            change_digest(unit, change, digest);
            if (fn(arg, digest, err) != 0)
                return -1;
            for (size_t f = 0; f < change->field_count; f++) {
                field_digest(unit, change, head_of(change), &change->fields[f], digest);
                if (fn(arg, digest, err) != 0)
                    return -1;
            }
        }
    }
    return 0;
}

/* --- As a list -----------------------------------------------------------------------------------
 */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void approval_sort(const char **digests, size_t count)
{
    if (count > 1)
        qsort(digests, count, sizeof *digests, by_text);
}

static bool has(const char *const *items, size_t count, const char *digest)
{
    return count > 0 && bsearch(&digest, items, count, sizeof *items, by_text) != NULL;
}

static int count_one(void *arg, const char *digest, struct err *err)
{
    size_t *count = arg;

    (void)digest;
    (void)err;
    (*count)++;
    return 0;
}

struct listing {
    struct strings *list;
    struct arena *arena;
};

static int list_one(void *arg, const char *digest, struct err *err)
{
    struct listing *listing = arg;

    (void)err;
    listing->list->items[listing->list->count++] = arena_str(listing->arena, digest);
    return 0;
}

struct strings journal_digests(const struct run_result *plan, struct arena *arena)
{
    struct err ignored = ERR_INIT; /* neither counting nor listing fails */
    struct strings digests = {0};
    struct listing listing = {.list = &digests, .arena = arena};
    size_t count = 0;

    (void)approval_each(plan, count_one, &count, &ignored);
    digests.items = arena_array(arena, count, sizeof *digests.items);
    (void)approval_each(plan, list_one, &listing, &ignored);
    approval_sort(digests.items, digests.count);
    return digests;
}

/* --- What a run's own writes account for ---------------------------------------------------------
 */

struct approval {
    const struct strings *approved;
    const struct journal_run *run; /* NULL: nothing is known of writes */
    struct strings made;           /* digests of what its writes created, sorted */
    struct arena *arena;
};

static const char *or_null(const char *text)
{
    return *text == '\0' ? NULL : text;
}

static void thing_digest(const char *control, const char *account, const char *region,
                         const char *resource, char out[JOURNAL_DIGEST_BYTES])
{
    struct buf buf;

    put_unit(&buf, control, account, region);
    put_text(&buf, resource);
    finish(&buf, out);
}

/* What nobody heard of may have been done. */
static bool may_be_done(const struct journal_write *write)
{
    return write->result == NULL || str_eq(write->result, "done") ||
           str_eq(write->result, err_code_name(ERR_LOST));
}

static void know_writes(struct approval *approval)
{
    const struct journal_run *run = approval->run;
    struct strings *made = &approval->made;

    made->items = arena_array(approval->arena, run->write_count, sizeof *made->items);
    for (size_t i = 0; i < run->write_count; i++) {
        const struct journal_write *write = &run->writes[i];
        char digest[JOURNAL_DIGEST_BYTES];

        if (!may_be_done(write) || !str_eq(write->action, change_kind_name(CHANGE_CREATE)))
            continue;
        thing_digest(write->control, or_null(write->account), or_null(write->region),
                     write->resource, digest);
        made->items[made->count++] = arena_str(approval->arena, digest);
    }
    approval_sort(made->items, made->count);
}

/* Whether the run created the thing that a change is about. */
static bool was_made(const struct approval *approval, const struct unit_result *unit,
                     const struct change *change)
{
    char digest[JOURNAL_DIGEST_BYTES];

    thing_digest(unit->control->name, unit->account, unit->region, change->resource, digest);
    return has(approval->made.items, approval->made.count, digest);
}

/* Whether the run wrote for the control itself or for one that it comes after, so that a value
 * which only AWS could give is there now. */
static bool is_moved(const struct approval *approval, const struct control *control)
{
    const struct journal_run *run = approval->run;

    for (size_t i = 0; run != NULL && i < run->write_count; i++)
        if (may_be_done(&run->writes[i]) && (str_eq(run->writes[i].control, control->name) ||
                                             control_comes_after(control, run->writes[i].control)))
            return true;
    return false;
}

/* --- Whether a plan is in it ---------------------------------------------------------------------
 */

static bool is_in(const struct approval *approval, const char *digest)
{
    return has(approval->approved->items, approval->approved->count, digest);
}

static bool has_field(const struct approval *approval, const struct unit_result *unit,
                      const struct change *change, struct head head,
                      const struct change_field *field)
{
    struct change_field unknown = *field;
    char digest[JOURNAL_DIGEST_BYTES];

    field_digest(unit, change, head, field, digest);
    if (is_in(approval, digest))
        return true;
    unknown.to = change_unknown;
    field_digest(unit, change, head, &unknown, digest);
    return is_in(approval, digest) && is_moved(approval, unit->control);
}

static bool has_fields(const struct approval *approval, const struct unit_result *unit,
                       const struct change *change, struct head head)
{
    for (size_t f = 0; f < change->field_count; f++) {
        struct change_field field = change->fields[f];

        /* Of what the run itself created, whatever stands there now. */
        if (head.kind != change->kind)
            field.from = NULL;
        if (!has_field(approval, unit, change, head, &field))
            return false;
    }
    return true;
}

/* An update that does the rest of a change which was broken off: nothing in it is new. */
static bool is_rest(const struct approval *approval, const struct unit_result *unit,
                    const struct change *change)
{
    struct head create = {.kind = CHANGE_CREATE}, more = {.kind = CHANGE_UPDATE};

    if (change->kind != CHANGE_UPDATE || change->field_count == 0)
        return false;
    more.takes_away = true; /* and this part of it may not */
    return has_fields(approval, unit, change, head_of(change)) ||
           has_fields(approval, unit, change, more) ||
           (!change->takes_away && was_made(approval, unit, change) &&
            has_fields(approval, unit, change, create));
}

static bool is_approved(const struct approval *approval, const struct unit_result *unit,
                        const struct change *change)
{
    char digest[JOURNAL_DIGEST_BYTES];

    change_digest(unit, change, digest);
    if (is_in(approval, digest) && has_fields(approval, unit, change, head_of(change)))
        return true;
    if (is_rest(approval, unit, change))
        return true;
    unit_digest(unit, digest);
    return !change->takes_away && is_in(approval, digest);
}

/* How much of a plan was not approved; `told` may be NULL. */
static size_t look(const struct approval *approval, const struct run_result *plan,
                   journal_told *told, void *arg)
{
    char digest[JOURNAL_DIGEST_BYTES];
    size_t count = 0;

    for (size_t u = 0; u < plan->unit_count; u++) {
        const struct unit_result found = results_unit(plan, u), *unit = &found;

        unit_digest(unit, digest);
        if (unit->blind && !is_in(approval, digest)) {
            count++;
            if (told != NULL)
                told(arg, unit, NULL);
        }
        for (size_t c = 0; c < unit->changes.count; c++) {
            const struct change *change = &unit->changes.items[c];

            if (is_approved(approval, unit, change))
                continue;
            count++;
            if (told != NULL)
                told(arg, unit, change);
        }
    }
    return count;
}

bool journal_digests_cover(const struct strings *approved, const struct run_result *plan)
{
    const struct approval approval = {.approved = approved};

    return look(&approval, plan, NULL, NULL) == 0;
}

size_t journal_uncovered(const struct journal_run *run, const struct run_result *plan,
                         journal_told *told, void *arg)
{
    const struct strings approved = {run->approved, run->approved_count};
    struct approval approval = {.approved = &approved, .run = run, .arena = arena_new("approval")};
    size_t count;

    know_writes(&approval);
    count = look(&approval, plan, told, arg);
    arena_free(approval.arena);
    return count;
}
