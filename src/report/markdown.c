/*
 * markdown.c - the report as a comment on a pull request.
 *
 * Every line of a change begins with its sign, so that no value can close the block that it is in.
 *
 * Source: GitHub refuses comments of more than 65,536 characters.
 */
#include "report_priv.h"

#include "plinth/base/buf.h"

#include <string.h>

enum { COMMENT_BYTES_MOST = 60 * 1024, GROUP_BYTES_MOST = 1024 * 1024 };

struct part {
    const char *title;
    bool (*has)(const struct unit_result *unit);
};

static bool went_wrong(const struct unit_result *unit)
{
    return !report_takes_away(unit) &&
           (unit->outcome == OUTCOME_FAILED || unit->outcome == OUTCOME_UNKNOWN ||
            unit->outcome == OUTCOME_SKIPPED);
}

static bool is_plain(const struct unit_result *unit)
{
    return !report_takes_away(unit) && !went_wrong(unit);
}

/* In the order that a reader needs. */
static const struct part parts[] = {
    {"Takes something away, or is irreversible", report_takes_away},
    {"Failed, skipped or not read", went_wrong},
    {"Changes", is_plain},
};

/* `code` cannot hold a backtick; HTML and Markdown mean nothing in it. */
static void put_code(struct buf *out, const char *text)
{
    buf_char(out, '`');
    for (;;) {
        size_t len = strcspn(text, "`");

        report_escape(out, text, len);
        text += len;
        if (*text++ == '\0')
            break;
        buf_char(out, '\'');
    }
    buf_char(out, '`');
}

static void put_change(struct buf *out, const struct change *change)
{
    static const char signs[] = {
        [CHANGE_CREATE] = '+', [CHANGE_UPDATE] = '!', [CHANGE_DELETE] = '-'};
    char sign = change->takes_away ? '-' : signs[change->kind];

    buf_printf(out, "  %c %s ", sign, change_kind_name(change->kind));
    report_escape(out, change->resource, strlen(change->resource));
    report_final(out, change);
    buf_char(out, '\n');
    for (size_t i = 0; i < change->field_count; i++) {
        buf_printf(out, "  %c     ", sign);
        report_field(out, &change->fields[i], false);
        buf_char(out, '\n');
    }
}

static void put_changes(struct buf *out, const struct unit_result *unit, enum report_kind kind)
{
    if (unit->changes.count == 0)
        return;
    buf_str(out, "\n  ```diff\n");
    for (size_t i = 0; i < unit->changes.count; i++) {
        if (kind == REPORT_APPLY && i == unit->applied)
            buf_str(out, "  # not done:\n");
        put_change(out, &unit->changes.items[i]);
    }
    buf_str(out, "  ```\n");
}

static void put_group(struct buf *out, const struct unit_result *unit,
                      const struct report_group *group, enum report_kind kind)
{
    size_t count = group->accounts * group->regions;
    struct buf place;

    buf_printf(out, "- **%s**: ", unit->control->name);
    if (count == 1) {
        buf_init(&place, 1024);
        report_place(unit, &place);
        put_code(out, buf_text(&place));
        buf_fini(&place);
    } else {
        buf_printf(out, "%zu targets", count);
        report_group_places(out, group, "; ", "");
    }
    buf_printf(out, " %s", outcome_name(unit->outcome));
    if (unit->reason != NULL) {
        buf_str(out, ": ");
        put_code(out, unit->reason);
    }
    buf_char(out, '\n');
    put_changes(out, unit, kind);
    for (size_t i = 0; i < unit->changes.note_count; i++) {
        buf_str(out, "  - note: ");
        put_code(out, unit->changes.notes[i]);
        buf_char(out, '\n');
    }
}

/* Targets that found no room. */
static size_t put_part(struct buf *out, const struct run_result *run, const struct part *part,
                       enum report_kind kind)
{
    size_t left = 0;
    bool first = true;
    struct buf text;

    buf_init(&text, GROUP_BYTES_MOST);
    for (size_t i = 0, count; i < run->unit_count; i += count) {
        struct report_group group = report_group_at(run, i);
        struct unit_result unit = results_unit(run, i);

        count = group.accounts * group.regions;
        if (!report_has_news(&unit) || !part->has(&unit))
            continue;
        buf_reset(&text);
        if (first)
            buf_printf(&text, "\n### %s\n\n", part->title);
        put_group(&text, &unit, &group, kind);
        if (text.overflow || out->len + text.len > COMMENT_BYTES_MOST) {
            left += count;
            continue;
        }
        buf_add(out, buf_text(&text), text.len);
        first = false;
    }
    buf_fini(&text);
    return left;
}

static void put_head(struct buf *out, const struct run_result *run,
                     const struct report_about *about)
{
    struct buf sum;

    buf_printf(out, "## plinth %s: %s\n\n", report_kind_name(about->kind), about->baseline->name);
    buf_init(&sum, 1024);
    report_summary(run, about->kind, &sum);
    buf_str(out, buf_text(&sum));
    buf_fini(&sum);
    buf_str(out, "\nas ");
    put_code(out, about->identity->arn);
    buf_char(out, '\n');
}

void report_markdown(const struct run_result *run, const struct report_about *about,
                     struct buf *out)
{
    struct buf comment; /* what is in it already says what still has room */
    size_t left = 0;

    buf_init(&comment, COMMENT_BYTES_MOST);
    put_head(&comment, run, about);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        left += put_part(&comment, run, &parts[i], about->kind);
    buf_add(out, buf_text(&comment), comment.len);
    buf_fini(&comment);
    if (left > 0)
        buf_printf(out,
                   "\n**%zu target%s more found no room here**; `--output json` has them all.\n",
                   left, left == 1 ? "" : "s");
}
