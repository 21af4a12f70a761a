#include "history.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/codec/json.h"

#include <stddef.h>

#define HISTORY_FORMAT "plinth/history/v1"

enum { TEXT_BYTES_MOST = 64 * 1024 * 1024 };

struct history_opts {
    struct run_opts run;
    const char *history;
};

static const struct opt history_options[] = {
    HISTORY_OPT(struct history_opts), JOURNAL_OPT, BASELINE_OPTS, OUTPUT_OPT, {0},
};

static void put_line(struct buf *out, const struct json *line)
{
    const struct json *drifted = json_get(line, "drifted");

    buf_printf(out, "%s  %-5s  %.0f targets, %zu drifted, %.0f not read\n",
               json_str(line, "time") == NULL ? "?" : json_str(line, "time"),
               json_str(line, "kind") == NULL ? "?" : json_str(line, "kind"),
               json_number(line, "targets", 0), drifted == NULL ? 0 : drifted->count,
               json_number(line, "unread", 0));
}

/* What the newest run found, each with its time. */
static void put_open(struct buf *out, const struct json *last)
{
    for (const struct json *it = json_first(json_get(last, "drifted")); it != NULL; it = it->next)
        buf_printf(out, "  %s since %s\n", json_str(it, "id") == NULL ? "?" : json_str(it, "id"),
                   json_str(it, "since") == NULL ? "?" : json_str(it, "since"));
}

static bool put_history(const struct json *history, bool as_json, struct arena *arena)
{
    struct json *out = json_object(arena);
    struct buf text;
    bool ok;

    json_put_str(out, "format", HISTORY_FORMAT);
    json_put(out, "runs", history);
    if (as_json)
        return put_json(out);
    buf_init(&text, TEXT_BYTES_MOST);
    for (const struct json *it = json_first(history); it != NULL; it = it->next)
        put_line(&text, it);
    if (history->count == 0)
        buf_str(&text, "no run over the whole baseline was noted here\n");
    else
        put_open(&text, history->last);
    ok = put_result(buf_text(&text), text.len);
    buf_fini(&text);
    return ok;
}

static int history_run(const void *options, const struct words *positional)
{
    const struct history_opts *opts = options;
    struct session session;
    struct json *history;
    struct err err = ERR_INIT;
    int code;

    code = session_open(&session, &opts->run, positional->count == 0 ? NULL : positional->items[0]);
    if (code == EXIT_DONE && (guard_find_folder(&session.guard, &err) != 0 ||
                              history_read(history_path(&session.guard, opts->history),
                                           session.arena, &history, &err) != 0))
        code = session_failed(&session, &err);
    if (code == EXIT_DONE && !put_history(history, wants_json(&opts->run.baseline), session.arena))
        code = EXIT_ERROR;
    session_close(&session);
    return code;
}

const struct command command_history = {
    .name = "history",
    .summary = "what the runs over a baseline found, and since when something differs",
    .usage = "[BASELINE]",
    .text = "Shows the runs of plinth drift and plinth apply over the whole baseline on this\n"
            "machine, and for each target that differed in the newest one since when it does.\n"
            "Asks AWS nothing.",
    .examples = "  plinth history\n"
                "  plinth history --output json\n",
    .opts = history_options,
    .options_size = sizeof(struct history_opts),
    .positional_most = 1,
    .run = history_run,
};
