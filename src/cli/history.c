#include "history.h"

#include "baseline_digest.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/files.h"
#include "plinth/base/str.h"
#include "plinth/base/time.h"
#include "plinth/codec/json.h"

#include <string.h>

/* The oldest lines go when there are more of either. */
enum { HISTORY_BYTES_MOST = 16 * 1024 * 1024, LINES_KEPT = 1000 };

const char *history_path(const struct guard *guard, const char *given)
{
    return given != NULL ? given
                         : arena_printf(guard->session->arena, "%s/history.jsonl", guard->folder);
}

int history_read(const char *path, struct arena *arena, struct json **out, struct err *err)
{
    const char *at, *end;
    char *text;
    size_t len;

    *out = json_array(arena);
    if (files_read(path, HISTORY_BYTES_MOST, arena, &text, &len, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    for (at = text; at < text + len; at = end + 1) {
        struct err ignored = ERR_INIT;
        struct json *line;

        end = memchr(at, '\n', (size_t)(text + len - at));
        if (end == NULL)
            break;
        if (json_parse(at, (size_t)(end - at), arena, &line, &ignored) == 0)
            json_add(*out, line);
    }
    return 0;
}

/* A run that could not read everything does not say that the rest is as wanted. */
static bool knows_all(const struct json *line)
{
    return json_number(line, "unread", 1) == 0;
}

const char *history_since(const struct json *history, const char *id, const char *now,
                          const char **out_before)
{
    const struct json *last = history->last;

    *out_before = NULL;
    for (const struct json *it = json_first(json_get(last, "drifted")); it != NULL; it = it->next)
        if (str_eq(json_str(it, "id"), id)) {
            const char *since = json_str(it, "since");

            *out_before = json_str(it, "before");
            return since == NULL ? now : since;
        }
    if (last != NULL && knows_all(last))
        *out_before = json_str(last, "time");
    return now;
}

static void put_drifted(struct json *line, const struct json *history, const struct run_result *run,
                        const char *now, struct arena *arena)
{
    struct json *list = json_put_array(line, "drifted");

    for (size_t i = 0; i < run->unit_count; i++) {
        struct unit_result unit = results_unit(run, i);
        const char *id, *before;
        struct json *item;

        if (unit.outcome != OUTCOME_DRIFTED)
            continue;
        id = report_target_id(&unit, arena);
        item = json_add_object(list);
        json_put_str(item, "id", id);
        json_put_str(item, "since", history_since(history, id, now, &before));
        json_put_str(item, "before", before);
    }
}

static struct json *line_of(const struct json *history, const struct run_result *run,
                            enum report_kind kind, const char *digest, const char *now,
                            struct arena *arena)
{
    const size_t *outcomes = run->summary.outcomes;
    struct json *line = json_object(arena);

    json_put_str(line, "time", now);
    json_put_str(line, "kind", report_kind_name(kind));
    json_put_str(line, "baseline_sha256", digest);
    json_put_number(line, "targets", (double)run->summary.targets);
    json_put_number(line, "unread",
                    (double)(outcomes[OUTCOME_UNKNOWN] + outcomes[OUTCOME_SKIPPED]));
    put_drifted(line, history, run, now, arena);
    return line;
}

static void put_line(struct buf *out, const struct json *line)
{
    json_print(line, JSON_COMPACT, out);
    buf_char(out, '\n');
}

static int write_all(const char *path, const struct json *history, const struct json *line,
                     struct err *err)
{
    size_t skip = history->count >= LINES_KEPT ? history->count - LINES_KEPT + 1 : 0;
    struct buf text;
    int result;

    buf_init(&text, HISTORY_BYTES_MOST);
    for (const struct json *it = json_first(history); it != NULL; it = it->next)
        if (skip > 0)
            skip--;
        else
            put_line(&text, it);
    put_line(&text, line);
    result = text.overflow
                 ? err_set(err, ERR_LIMIT, "%s: the history is larger than %d MiB", path,
                           HISTORY_BYTES_MOST / (1024 * 1024))
                 : files_write(path, buf_text(&text), text.len, FILE_MODE_PRIVATE, true, err);
    buf_fini(&text);
    return result;
}

static void say_not_kept(struct session *session, const struct err *err)
{
    progress_say(&session->progress,
                 arena_printf(session->arena, "the history is not kept: %s", err->text));
}

const struct json *history_open(struct session *session, const char *path)
{
    struct json *history;
    struct err err = ERR_INIT;

    if (history_read(path, session->arena, &history, &err) == 0)
        return history;
    say_not_kept(session, &err);
    return NULL;
}

void history_keep(struct session *session, const char *path, const struct json *history,
                  const struct run_result *run, enum report_kind kind)
{
    char now[TIME_TEXT_BYTES], digest[SHA256_HEX_BYTES];
    struct err err = ERR_INIT;

    if (history == NULL || !session_is_whole(session, run))
        return;
    time_rfc3339(env_wall_ms(&session->env), now);
    if (baseline_digest(session->loaded.baseline, digest, &err) != 0 ||
        journal_make_folder(session->guard.folder, &err) != 0 ||
        write_all(path, history, line_of(history, run, kind, digest, now, session->arena), &err) !=
            0)
        say_not_kept(session, &err);
}
