#include "history.h"

#include "baseline_digest.h"
#include "session.h"

#include "plinth/base/arena.h"
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

const char *history_since(const struct json *last, const char *id, const char *now,
                          const char **out_before)
{
    *out_before = NULL;
    for (const struct json *it = json_first(json_get(last, "drifted")); it != NULL; it = it->next)
        if (str_eq(json_str(it, "id"), id)) {
            const char *since = json_str(it, "since");

            *out_before = json_str(it, "before");
            return since == NULL ? now : since;
        }
    if (knows_all(last))
        *out_before = json_str(last, "time");
    return now;
}

/* What differs as the run ends; of an apply also what failed half way. */
static bool differs(const struct unit_result *unit)
{
    return unit->outcome == OUTCOME_DRIFTED || unit->outcome == OUTCOME_FAILED;
}

static bool was_mended(const struct unit_result *unit)
{
    return unit->outcome == OUTCOME_CHANGED;
}

static void put_targets(struct json *list, bool (*fits)(const struct unit_result *unit),
                        const struct json *last, const struct run_result *run, const char *now,
                        struct arena *arena)
{
    for (size_t i = 0; i < run->unit_count; i++) {
        struct unit_result unit = results_unit(run, i);
        const char *id, *before;
        struct json *item;

        if (!fits(&unit))
            continue;
        id = report_target_id(&unit, arena);
        item = json_add_object(list);
        json_put_str(item, "id", id);
        json_put_str(item, "since", history_since(last, id, now, &before));
        json_put_str(item, "before", before);
    }
}

/* NULL: the run is whole. */
static const char *shard_of(const struct session *session)
{
    const struct shard *shard = &session->shard;

    return shard->count < 2 ? NULL
                            : arena_printf(session->arena, "%zu/%zu", shard->index, shard->count);
}

static struct json *line_of(const struct session *session, const struct json *last,
                            const struct run_result *run, enum report_kind kind, const char *digest,
                            const char *now)
{
    const size_t *outcomes = run->summary.outcomes;
    struct arena *arena = session->arena;
    struct json *line = json_object(arena);

    json_put_str(line, "time", now);
    json_put_str(line, "kind", report_kind_name(kind));
    json_put_str(line, "shard", shard_of(session));
    json_put_str(line, "baseline_sha256", digest);
    json_put_number(line, "targets", (double)run->summary.targets);
    json_put_number(line, "unread",
                    (double)(outcomes[OUTCOME_UNKNOWN] + outcomes[OUTCOME_SKIPPED]));
    put_targets(json_put_array(line, "drifted"), differs, last, run, now, arena);
    if (kind == REPORT_APPLY)
        put_targets(json_put_array(line, "mended"), was_mended, last, run, now, arena);
    return line;
}

static void say_not_kept(struct session *session, const struct err *err)
{
    progress_say(&session->progress,
                 arena_printf(session->arena, "the history is not kept: %s", err->text));
}

const struct json *history_open(struct session *session, const char *path)
{
    const char *shard = shard_of(session);
    const struct json *last = json_object(session->arena);
    struct json *history;
    struct err err = ERR_INIT;

    if (history_read(path, session->arena, &history, &err) != 0) {
        say_not_kept(session, &err);
        return NULL;
    }
    for (const struct json *it = json_first(history); it != NULL; it = it->next)
        if (json_str(it, "shard") == NULL || str_eq(json_str(it, "shard"), shard))
            last = it;
    return last;
}

void history_keep(struct session *session, const char *path, const struct json *last,
                  const struct run_result *run, enum report_kind kind)
{
    char now[TIME_TEXT_BYTES], digest[SHA256_HEX_BYTES];
    struct err err = ERR_INIT;

    if (last == NULL || !session_is_whole(session, run))
        return;
    time_rfc3339(env_wall_ms(&session->env), now);
    if (baseline_digest(session->loaded.baseline, digest, &err) != 0 ||
        journal_make_folder(session->guard.folder, &err) != 0 ||
        files_add_line(path,
                       json_text(line_of(session, last, run, kind, digest, now), session->arena),
                       LINES_KEPT, HISTORY_BYTES_MOST, &err) != 0)
        say_not_kept(session, &err);
}
