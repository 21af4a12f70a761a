#include "report_priv.h"

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

void report_escape(struct buf *out, const char *text, size_t len)
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

static void print_value(struct buf *out, const char *value, bool whole)
{
    size_t len = strlen(value);

    if (value == change_unknown || str_eq(value, change_unknown)) {
        buf_str(out, value);
    } else if (whole || len <= VALUE_CHARS_SHOWN) {
        report_escape(out, value, len);
    } else {
        report_escape(out, value, cut_at(value, VALUE_CHARS_SHOWN));
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
static size_t skip_shared(const struct change_field *field, bool whole)
{
    enum { KEEP = 40 };
    size_t same;

    if (whole || field->from == NULL || field->to == NULL ||
        strlen(field->from) <= VALUE_CHARS_SHOWN)
        return 0;
    same = same_prefix(field->from, field->to);
    return same <= KEEP ? 0 : cut_at(field->from, same - KEEP);
}

void report_field(struct buf *out, const struct change_field *field, bool whole)
{
    size_t skip = skip_shared(field, whole);
    const char *dots = skip > 0 ? "... " : "";

    buf_printf(out, "%s: ", field->name);
    if (field->from != NULL) {
        buf_str(out, dots);
        print_value(out, field->from + skip, whole);
        buf_str(out, field->to == NULL ? " (removed)" : " -> ");
    }
    if (field->to != NULL) {
        buf_str(out, dots);
        print_value(out, field->to + skip, whole);
    }
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

    report_escape(out, value, strlen(value));
}

void report_change_line(const struct unit_result *unit, const struct change *change,
                        struct buf *out)
{
    const struct change_field *field = only_field(change);

    buf_printf(out, "%s ", change_kind_name(change->kind));
    report_escape(out, change->resource, strlen(change->resource));
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

static void print_field(struct buf *out, const struct change_field *field, bool whole)
{
    buf_str(out, "        ");
    report_field(out, field, whole);
    buf_char(out, '\n');
}

void report_final(struct buf *out, const struct change *change)
{
    if (change->final.name == NULL)
        return;
    if (change->final.days == 0)
        buf_str(out, " (irreversible: never to be undone)");
    else
        buf_printf(out, " (irreversible: can be undone for %d days, then never)",
                   change->final.days);
}

static void print_change(struct buf *out, const struct change *change,
                         const struct report_style *style)
{
    static const char signs[] = {
        [CHANGE_CREATE] = '+', [CHANGE_UPDATE] = '~', [CHANGE_DELETE] = '-'};
    const char *colors[] = {
        [CHANGE_CREATE] = GREEN, [CHANGE_UPDATE] = YELLOW, [CHANGE_DELETE] = RED};

    paint(out, style,
          change->takes_away || change->final.name != NULL ? RED : colors[change->kind]);
    buf_printf(out, "    %c ", signs[change->kind]);
    report_escape(out, change->resource, strlen(change->resource));
    if (change->takes_away && change->kind != CHANGE_DELETE)
        buf_str(out, " (takes something away)");
    report_final(out, change);
    paint(out, style, PLAIN);
    /* Before an apply the same fields were shown in its plan. */
    if (style->kind == REPORT_APPLY && !style->verbose) {
        print_briefly(out, change);
        return;
    }
    buf_char(out, '\n');
    for (size_t i = 0; i < change->field_count; i++)
        print_field(out, &change->fields[i], style->verbose);
}

bool report_takes_away(const struct unit_result *unit)
{
    for (size_t i = 0; i < unit->changes.count; i++)
        if (unit->changes.items[i].takes_away || unit->changes.items[i].final.name != NULL)
            return true;
    return false;
}

/* "a, b, c and 12 more": the account or region of every `step`th unit. */
static void put_names(struct buf *out, const char *what, const struct report_group *group,
                      bool of_account)
{
    enum { NAMES_MOST = 8 };
    size_t count = of_account ? group->accounts : group->regions;
    size_t step = of_account ? group->regions : 1;

    buf_printf(out, "%s: ", what);
    for (size_t i = 0; i < count && i < NAMES_MOST; i++) {
        struct unit_result unit = results_unit(group->run, group->first + i * step);

        buf_printf(out, "%s%s", i == 0 ? "" : ", ", of_account ? unit.account : unit.region);
    }
    if (count > NAMES_MOST)
        buf_printf(out, " and %zu more", count - NAMES_MOST);
}

void report_group_places(struct buf *out, const struct report_group *group, const char *before,
                         const char *after)
{
    struct unit_result first = results_unit(group->run, group->first);

    if (first.account != NULL) {
        buf_str(out, before);
        put_names(out, "accounts", group, true);
        buf_str(out, after);
    }
    if (first.region != NULL) {
        buf_str(out, before);
        put_names(out, "regions", group, false);
        buf_str(out, after);
    }
}

static void print_unit(struct buf *out, const struct unit_result *unit,
                       const struct report_group *group, const struct report_style *style)
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
        report_escape(out, unit->reason, strlen(unit->reason));
    }
    buf_char(out, '\n');
    if (count > 1)
        report_group_places(out, group, "      ", "\n");
    for (size_t i = 0; i < unit->changes.count; i++) {
        if (style->kind == REPORT_APPLY && i == unit->applied)
            buf_str(out, "      not done:\n");
        print_change(out, &unit->changes.items[i], style);
    }
    for (size_t i = 0; i < unit->changes.note_count; i++) {
        buf_str(out, "    note: ");
        report_escape(out, unit->changes.notes[i], strlen(unit->changes.notes[i]));
        buf_char(out, '\n');
    }
}

/* --- The sum -------------------------------------------------------------------------------------
 */

void report_summary(const struct run_result *run, enum report_kind kind, struct buf *out)
{
    const struct summary *summary = &run->summary;
    char elapsed[TIME_TEXT_BYTES];

    time_human(summary->elapsed_ms, elapsed);
    buf_printf(out, "%s: %zu targets:", report_kind_name(kind), summary->targets);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (summary->outcomes[i] > 0 || i == OUTCOME_CLEAN)
            buf_printf(out, "%s %zu %s", i == OUTCOME_CLEAN ? "" : ",", summary->outcomes[i],
                       outcome_name((enum outcome)i));
    buf_printf(out, "; %zu change%s %s; %llu reads, %llu writes, %s%s\n", summary->changes,
               summary->changes == 1 ? "" : "s", kind == REPORT_APPLY ? "done" : "needed",
               (unsigned long long)summary->reads, (unsigned long long)summary->writes, elapsed,
               summary->interrupted ? "; interrupted" : "");
}

bool report_has_news(const struct unit_result *unit)
{
    return unit->outcome != OUTCOME_CLEAN || unit->changes.note_count > 0;
}

void report_text(const struct run_result *run, const struct report_style *style, struct buf *out)
{
    bool news = false;

    /* What is taken away or bound for good is what a reader must not miss. */
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0, count; i < run->unit_count; i += count) {
            struct report_group single = {.run = run, .first = i, .accounts = 1, .regions = 1};
            struct report_group group = style->verbose ? single : report_group_at(run, i);
            struct unit_result unit = results_unit(run, i);

            count = group.accounts * group.regions;
            if (!report_has_news(&unit) || report_takes_away(&unit) != (pass == 0))
                continue;
            print_unit(out, &unit, &group, style);
            news = true;
        }
    if (news)
        buf_char(out, '\n');
    report_summary(run, style->kind, out);
}
