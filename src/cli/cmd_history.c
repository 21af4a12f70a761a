#include "history.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <stddef.h>
#include <string.h>

#define HISTORY_FORMAT "plinth/history/v1"

enum { TEXT_BYTES_MOST = 64 * 1024 * 1024 };

struct history_opts {
    struct run_opts run;
    const char *history;
};

static const struct opt history_options[] = {
    HISTORY_OPT(struct history_opts), JOURNAL_OPT, BASELINE_OPTS, OUTPUT_OPT, {0},
};

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_str(object, key);

    return text == NULL ? "?" : text;
}

static size_t count_of(const struct json *line, const char *key)
{
    const struct json *list = json_get(line, key);

    return list == NULL ? 0 : list->count;
}

/* Of an apply what it found and what it mended of it. */
static void put_line(struct buf *out, const struct json *line)
{
    const char *shard = json_str(line, "shard");
    size_t drifted = count_of(line, "drifted"), mended = count_of(line, "mended");

    buf_printf(out, "%s  %-5s  ", text_of(line, "time"), text_of(line, "kind"));
    if (shard != NULL)
        buf_printf(out, "shard %s: ", shard);
    buf_printf(out, "%.0f targets, %zu drifted, ", json_number(line, "targets", 0),
               drifted + mended);
    if (json_get(line, "mended") != NULL)
        buf_printf(out, "%zu mended, ", mended);
    buf_printf(out, "%.0f not read\n", json_number(line, "unread", 0));
}

static void put_targets(struct buf *out, const struct json *line, const char *key, const char *word)
{
    for (const struct json *it = json_first(json_get(line, key)); it != NULL; it = it->next)
        buf_printf(out, "  %s%s since %s\n", word, text_of(it, "id"), text_of(it, "since"));
}

/* "/N" of "I/N"; NULL: the run was whole. */
static const char *shards_of(const char *shard)
{
    return shard == NULL ? NULL : strchr(shard, '/');
}

/* Whether a newer run told of the same part of the baseline, or of all of it, or divided it in
 * another way. */
static bool is_outdated(const struct json *line)
{
    const char *shard = json_str(line, "shard");

    for (const struct json *it = line->next; it != NULL; it = it->next) {
        const char *newer = json_str(it, "shard");

        if (newer == NULL || str_eq(newer, shard) || !str_eq(shards_of(newer), shards_of(shard)))
            return true;
    }
    return false;
}

/* What the newest run found, or the newest one of each shard: each with its time. */
static void put_newest(struct buf *out, const struct json *history)
{
    for (const struct json *it = json_first(history); it != NULL; it = it->next) {
        if (is_outdated(it))
            continue;
        put_targets(out, it, "drifted", "");
        put_targets(out, it, "mended", "mended: ");
    }
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
        put_newest(&text, history);
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
            "machine, and for each target that differed in the newest one since when it does, or\n"
            "did until it was mended.  Shards have lines of their own.  Asks AWS nothing.",
    .examples = "  plinth history\n"
                "  plinth history --output json\n",
    .opts = history_options,
    .options_size = sizeof(struct history_opts),
    .positional_most = 1,
    .run = history_run,
};
