/*
 * jsonl.c - the JSON report as lines.
 */
#include "report_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/time.h"

static struct json *line_of(struct arena *arena, const char *type)
{
    struct json *line = json_object(arena);

    json_put_str(line, "type", type);
    return line;
}

static void put_line(struct buf *out, const struct json *line)
{
    json_print(line, JSON_COMPACT, out);
    buf_char(out, '\n');
}

void report_jsonl(const struct run_result *run, const struct report_about *about, struct buf *out)
{
    struct arena *arena = arena_new("report");
    struct json *line = line_of(arena, "run");
    char time[TIME_TEXT_BYTES];

    time_rfc3339(about->now_ms, time);
    json_put_str(line, "format", REPORT_FORMAT);
    json_put_str(line, "kind", report_kind_name(about->kind));
    json_put_str(line, "baseline", about->baseline->name);
    json_put_str(line, "time", time);
    report_put_identity(line, about->identity);
    put_line(out, line);
    for (size_t i = 0; i < run->unit_count; i++) {
        struct unit_result unit = results_unit(run, i);

        arena_reset(arena);
        line = line_of(arena, "target");
        report_put_unit(line, &unit, about->kind);
        put_line(out, line);
    }
    line = line_of(arena, "summary");
    report_put_summary(line, &run->summary);
    put_line(out, line);
    arena_free(arena);
}
