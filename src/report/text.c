#include "plinth/report/report.h"

#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"

#include <string.h>

enum { VALUE_CHARS_SHOWN = 200 };

static const char RED[] = "\033[31m", GREEN[] = "\033[32m", YELLOW[] = "\033[33m",
                  BOLD[] = "\033[1m", PLAIN[] = "\033[0m";

static void paint(struct buf *out, const struct report_style *style, const char *escape)
{
    if (style->color)
        buf_str(out, escape);
}

/* --- Values --------------------------------------------------------------------------------------
 */

/* Text from AWS or a file must not move the cursor. */
static void print_escaped(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t control = str_control(text + i);

        if (text[i] == '\n')
            buf_str(out, "\\n");
        else if (control == 1)
            buf_printf(out, "\\x%02x", (unsigned char)text[i]);
        else if (control == 2)
            buf_printf(out, "\\u%04x", (unsigned char)text[++i]); /* C2 80 is U+0080 */
        else
            buf_char(out, text[i]);
    }
}

/* Where to cut so that no UTF-8 sequence is split. */
static size_t cut_at(const char *text, size_t most)
{
    while (most > 0 && ((unsigned char)text[most] & 0xC0) == 0x80)
        most--;
    return most;
}

static void print_value(struct buf *out, const char *value, const struct report_style *style)
{
    size_t len = strlen(value);

    if (value == change_unknown || str_eq(value, change_unknown)) {
        buf_str(out, value);
    } else if (style->verbose || len <= VALUE_CHARS_SHOWN) {
        print_escaped(out, value, len);
    } else {
        print_escaped(out, value, cut_at(value, VALUE_CHARS_SHOWN));
        buf_printf(out, " ... (%zu characters; --verbose shows all)", len);
    }
}

static size_t same_prefix(const char *a, const char *b)
{
    size_t i = 0;

    while (a[i] != '\0' && a[i] == b[i])
        i++;
    return i;
}

/* Two long values that start alike are shown from where they part. */
static size_t skip_shared(const struct change_field *field, const struct report_style *style)
{
    enum { KEEP = 40 };
    size_t same;

    if (style->verbose || field->from == NULL || field->to == NULL ||
        strlen(field->from) <= VALUE_CHARS_SHOWN)
        return 0;
    same = same_prefix(field->from, field->to);
    return same <= KEEP ? 0 : cut_at(field->from, same - KEEP);
}

static void print_field(struct buf *out, const struct change_field *field,
                        const struct report_style *style)
{
    size_t skip = skip_shared(field, style);
    const char *dots = skip > 0 ? "... " : "";

    buf_printf(out, "        %s: ", field->name);
    if (field->from != NULL) {
        buf_str(out, dots);
        print_value(out, field->from + skip, style);
        buf_str(out, field->to == NULL ? " (removed)" : " -> ");
    }
    if (field->to != NULL) {
        buf_str(out, dots);
        print_value(out, field->to + skip, style);
    }
    buf_char(out, '\n');
}

/* --- Changes -------------------------------------------------------------------------------------
 */

void report_place(const struct unit_result *unit, struct buf *out)
{
    if (unit->account == NULL)
        buf_str(out, "organization");
    else
        buf_printf(out, "account %s", unit->account);
    if (unit->account_id != NULL)
        buf_printf(out, " (%s)", unit->account_id);
    if (unit->region != NULL)
        buf_printf(out, " %s", unit->region);
}

/* Whether the text has the name in quotes: `account "prod"` has, and `role prod-view` has not. */
static bool names_in_quotes(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name))
        if (at > text && at[-1] == '"' && at[len] == '"')
            return true;
    return false;
}

/* The one field that tells two changes of a resource apart, if it is short; else NULL. */
static const struct change_field *only_field(const struct change *change)
{
    enum { CHARS_MOST = 80 };
    const struct change_field *field = change->fields;
    const char *value;

    if (change->field_count != 1)
        return NULL;
    value = field->to != NULL ? field->to : field->from;
    return value != NULL && strlen(value) <= CHARS_MOST && value != change_unknown ? field : NULL;
}

static void print_only_value(struct buf *out, const struct change_field *field)
{
    const char *value = field->to != NULL ? field->to : field->from;

    print_escaped(out, value, strlen(value));
}

void report_change_line(const struct unit_result *unit, const struct change *change,
                        struct buf *out)
{
    const struct change_field *field = only_field(change);

    buf_printf(out, "%s ", change_kind_name(change->kind));
    print_escaped(out, change->resource, strlen(change->resource));
    if (unit->account != NULL && !names_in_quotes(change->resource, unit->account))
        buf_printf(out, " in account %s", unit->account);
    if (unit->region != NULL)
        buf_printf(out, " in %s", unit->region);
    if (field == NULL)
        return;
    buf_printf(out, " (%s: ", field->name);
    print_only_value(out, field);
    buf_str(out, field->to == NULL ? ", removed)" : ")");
}

/* "+ SCP plinth-root-1: attached to the root": many writes may be about one resource. */
static void print_briefly(struct buf *out, const struct change *change)
{
    const struct change_field *field = only_field(change);

    if (field != NULL) {
        buf_printf(out, ": %s ", field->name);
        print_only_value(out, field);
        buf_str(out, field->to == NULL ? " (removed)" : "");
    }
    buf_char(out, '\n');
}

static void print_change(struct buf *out, const struct change *change,
                         const struct report_style *style)
{
    static const char signs[] = {
        [CHANGE_CREATE] = '+', [CHANGE_UPDATE] = '~', [CHANGE_DELETE] = '-'};
    const char *colors[] = {
        [CHANGE_CREATE] = GREEN, [CHANGE_UPDATE] = YELLOW, [CHANGE_DELETE] = RED};

    paint(out, style, change->takes_away ? RED : colors[change->kind]);
    buf_printf(out, "    %c ", signs[change->kind]);
    print_escaped(out, change->resource, strlen(change->resource));
    if (change->takes_away && change->kind != CHANGE_DELETE)
        buf_str(out, " (takes something away)");
    paint(out, style, PLAIN);
    /* Before an apply the same fields were shown in its plan. */
    if (style->kind == REPORT_APPLY && !style->verbose) {
        print_briefly(out, change);
        return;
    }
    buf_char(out, '\n');
    for (size_t i = 0; i < change->field_count; i++)
        print_field(out, &change->fields[i], style);
}

static bool takes_away(const struct unit_result *unit)
{
    for (size_t i = 0; i < unit->changes.count; i++)
        if (unit->changes.items[i].takes_away)
            return true;
    return false;
}

/* --- Units that are alike ------------------------------------------------------------------------
 *
 * A setting that differs in six accounts and seventeen regions is one thing to a reader: what is
 * alike is shown once, with the accounts and regions that it stands for.
 */

/* `accounts` rows of `regions` units each, all alike, in every row for the same regions. */
struct group {
    size_t accounts, regions;
};

static bool same_changes(const struct changes *a, const struct changes *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!change_same(&a->items[i], &b->items[i], false))
            return false;
    return true;
}

static bool are_alike(const struct unit_result *a, const struct unit_result *b)
{
    if (a->control != b->control || a->outcome != b->outcome || a->applied != b->applied ||
        !str_eq(a->reason, b->reason) || a->changes.note_count != b->changes.note_count)
        return false;
    for (size_t i = 0; i < a->changes.note_count; i++)
        if (!str_eq(a->changes.notes[i], b->changes.notes[i]))
            return false;
    return same_changes(&a->changes, &b->changes);
}

/* Whether the row behind `from` is alike and about the same regions. */
static bool row_follows(const struct run_result *run, size_t first, size_t from, size_t regions)
{
    const struct unit_result *units = run->units;

    if (from + regions > run->unit_count)
        return false;
    for (size_t r = 0; r < regions; r++)
        if (!are_alike(&units[first], &units[from + r]) ||
            !str_eq(units[from].account, units[from + r].account) ||
            !str_eq(units[first + r].region, units[from + r].region))
            return false;
    return from + regions == run->unit_count ||
           !str_eq(units[from].account, units[from + regions].account) ||
           !are_alike(&units[first], &units[from + regions]);
}

static struct group group_at(const struct run_result *run, size_t first)
{
    const struct unit_result *units = run->units;
    struct group group = {.accounts = 1, .regions = 1};

    while (first + group.regions < run->unit_count &&
           str_eq(units[first].account, units[first + group.regions].account) &&
           are_alike(&units[first], &units[first + group.regions]))
        group.regions++;
    while (row_follows(run, first, first + group.accounts * group.regions, group.regions))
        group.accounts++;
    return group;
}

/* "a, b, c and 12 more": the account or region of every `step`th unit. */
static void print_names(struct buf *out, const char *what, const struct unit_result *units,
                        size_t count, size_t step, bool of_account)
{
    enum { NAMES_MOST = 8 };

    buf_printf(out, "      %s: ", what);
    for (size_t i = 0; i < count && i < NAMES_MOST; i++) {
        const char *name = of_account ? units[i * step].account : units[i * step].region;

        buf_printf(out, "%s%s", i == 0 ? "" : ", ", name);
    }
    if (count > NAMES_MOST)
        buf_printf(out, " and %zu more", count - NAMES_MOST);
    buf_char(out, '\n');
}

static void print_places(struct buf *out, const struct unit_result *first,
                         const struct group *group)
{
    if (first->account != NULL)
        print_names(out, "accounts", first, group->accounts, group->regions, true);
    if (first->region != NULL)
        print_names(out, "regions", first, group->regions, 1, false);
}

static void print_unit(struct buf *out, const struct unit_result *unit, const struct group *group,
                       const struct report_style *style)
{
    size_t count = group->accounts * group->regions;

    paint(out, style, BOLD);
    buf_printf(out, "  %s: ", unit->control->name);
    if (count == 1)
        report_place(unit, out);
    else
        buf_printf(out, "%zu targets", count);
    paint(out, style, PLAIN);
    if (unit->outcome != OUTCOME_DRIFTED && unit->outcome != OUTCOME_CLEAN) {
        paint(out, style, unit->outcome == OUTCOME_CHANGED ? GREEN : RED);
        buf_printf(out, " %s", outcome_name(unit->outcome));
        paint(out, style, PLAIN);
    }
    if (unit->reason != NULL) {
        buf_str(out, ": ");
        print_escaped(out, unit->reason, strlen(unit->reason));
    }
    buf_char(out, '\n');
    if (count > 1)
        print_places(out, unit, group);
    for (size_t i = 0; i < unit->changes.count; i++) {
        if (style->kind == REPORT_APPLY && i == unit->applied)
            buf_str(out, "      not done:\n");
        print_change(out, &unit->changes.items[i], style);
    }
    for (size_t i = 0; i < unit->changes.note_count; i++) {
        buf_str(out, "    note: ");
        print_escaped(out, unit->changes.notes[i], strlen(unit->changes.notes[i]));
        buf_char(out, '\n');
    }
}

/* --- The sum -------------------------------------------------------------------------------------
 */

void report_summary(const struct run_result *run, enum report_kind kind, struct buf *out)
{
    static const char *const names[] = {"plan", "drift", "apply"};
    const struct summary *summary = &run->summary;
    char elapsed[TIME_TEXT_BYTES];

    time_human(summary->elapsed_ms, elapsed);
    buf_printf(out, "%s: %zu targets:", names[kind], summary->targets);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (summary->outcomes[i] > 0 || i == OUTCOME_CLEAN)
            buf_printf(out, "%s %zu %s", i == OUTCOME_CLEAN ? "" : ",", summary->outcomes[i],
                       outcome_name((enum outcome)i));
    buf_printf(out, "; %zu change%s %s; %llu reads, %llu writes, %s%s\n", summary->changes,
               summary->changes == 1 ? "" : "s", kind == REPORT_APPLY ? "done" : "needed",
               (unsigned long long)summary->reads, (unsigned long long)summary->writes, elapsed,
               summary->interrupted ? "; interrupted" : "");
}

/* One that was planned blind and needs nothing, as far as anybody knows yet, is only counted. */
static bool has_news(const struct unit_result *unit)
{
    return unit->outcome != OUTCOME_CLEAN || unit->changes.note_count > 0;
}

void report_text(const struct run_result *run, const struct report_style *style, struct buf *out)
{
    static const struct group single = {1, 1};
    bool news = false;

    /* What is taken away is what a reader must not miss. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0, count; i < run->unit_count; i += count) {
            struct group group = style->verbose ? single : group_at(run, i);

            count = group.accounts * group.regions;
            if (!has_news(&run->units[i]) || takes_away(&run->units[i]) != (pass == 0))
                continue;
            print_unit(out, &run->units[i], &group, style);
            news = true;
        }
    if (news)
        buf_char(out, '\n');
    report_summary(run, style->kind, out);
}
