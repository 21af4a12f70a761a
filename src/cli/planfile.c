#include "planfile.h"

#include "baseline_digest.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/files.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The word lists that belong to a plan, by their names in the file. */
static const struct {
    const char *key;
    size_t offset;
} lists[] = {
    {"variables", offsetof(struct run_opts, baseline.variables)},
    {"accounts", offsetof(struct run_opts, accounts)},
    {"ous", offsetof(struct run_opts, ous)},
    {"regions", offsetof(struct run_opts, regions)},
    {"only", offsetof(struct run_opts, only)},
    {"exclude", offsetof(struct run_opts, exclude)},
};

enum { LIST_COUNT = sizeof lists / sizeof lists[0] };

static const struct words *list_of(const struct run_opts *options, size_t i)
{
    return (const struct words *)(const void *)((const char *)options + lists[i].offset);
}

/* The document and its "format"; NULL where the text is no plan file of any version. */
static const char *parse(const char *text, size_t len, struct arena *arena, struct json **out)
{
    struct err err = ERR_INIT;
    const char *format;

    /* YAML's own way to write a map starts like this as well. */
    if (text[0] != '{' || json_parse(text, len, arena, out, &err) != 0)
        return NULL;
    format = json_str(*out, "format");
    return format != NULL && str_starts(format, PLANFILE_FORMATS) ? format : NULL;
}

/* --- Write ---------------------------------------------------------------------------------------
 */

/* What apply can read again.  err: ERR_USAGE for a baseline that came through a pipe. */
static int baseline_path(const struct session *session, char out[PATH_MAX], struct err *err)
{
    struct stat info;

    if (realpath(session->loaded.path, out) == NULL || stat(out, &info) != 0 ||
        !S_ISREG(info.st_mode))
        return err_set(err, ERR_USAGE, "a plan file needs a baseline that is a file, not %s",
                       session->loaded.path);
    return 0;
}

/* For who approves it: `less change.plan`.  Nothing is bound to it. */
static int put_report(struct json *out, const struct run_result *plan, struct err *err)
{
    const struct report_style style = {.kind = REPORT_PLAN};
    struct json *lines = json_put_array(out, "report");
    struct buf text;
    int result = 0;

    buf_init(&text, LIMIT_JSON_BYTES);
    report_text(plan, &style, &text);
    if (text.overflow)
        result = err_set(err, ERR_LIMIT, "the plan is too large for a plan file");
    for (char *line = text.data, *end; result == 0 && *line != '\0'; line = end + 1) {
        end = strchr(line, '\n'); /* every line has one */
        *end = '\0';
        json_add_str(lines, line);
    }
    buf_fini(&text);
    return result;
}

struct json *planfile_document(const struct session *session, const struct run_result *plan,
                               const char *baseline, const char *baseline_sha256,
                               struct arena *arena)
{
    const struct run_opts *options = session->options;
    const struct identity *identity = &session->identity;
    struct json *out = json_object(arena), *part;
    char digest[SHA256_HEX_BYTES];

    plan_digest(plan, digest);
    json_put_str(out, "format", PLANFILE_FORMAT);
    json_put_str(out, "baseline", baseline);
    json_put_str(out, "baseline_sha256", baseline_sha256);
    json_put_str(out, "plan_sha256", digest);
    part = json_put_object(out, "identity");
    json_put_str(part, "account", identity->account_id);
    json_put_str(part, "partition", identity->partition);
    json_put_str(part, "organization", identity->organization_id);
    part = json_put_object(out, "selection");
    for (size_t i = 0; i < LIST_COUNT; i++) {
        const struct words *words = list_of(options, i);
        struct json *list = json_put_array(part, lists[i].key);

        for (size_t w = 0; w < words->count; w++)
            json_add_str(list, words->items[w]);
    }
    json_put_bool(part, "prune", options->prune);
    json_put_bool(part, "around", options->around);
    json_put_str(part, "shard", options->shard);
    json_put_number(out, "changes", (double)plan->summary.changes);
    return out;
}

int planfile_check_target(const char *path, struct err *err)
{
    struct arena *arena = arena_new("plan file");
    struct json *json;
    char *text;
    size_t len;
    int result = files_check_target(path, err);

    if (result == 0 && files_read(path, LIMIT_JSON_BYTES, arena, &text, &len, err) != 0) {
        result = err->code == ERR_NOTFOUND ? 0 : -1;
        if (result == 0)
            err_clear(err);
    } else if (result == 0 && len > 0 && parse(text, len, arena, &json) == NULL) {
        result =
            err_set(err, ERR_USAGE, "%s exists and is no plan file: it is left as it is", path);
    }
    arena_free(arena);
    return result;
}

static int print_plan(const struct session *session, const struct run_result *plan,
                      const char *baseline, struct buf *out, struct err *err)
{
    char baseline_sha256[SHA256_HEX_BYTES];
    struct arena *arena;
    struct json *document;
    int result;

    if (baseline_digest(session->loaded.baseline, baseline_sha256, err) != 0)
        return -1;
    arena = arena_new("plan file");
    document = planfile_document(session, plan, baseline, baseline_sha256, arena);
    result = put_report(document, plan, err);
    json_print(document, JSON_PRETTY, out);
    buf_char(out, '\n');
    if (result == 0 && out->overflow)
        result = err_set(err, ERR_LIMIT, "too many words for a plan file");
    arena_free(arena);
    return result;
}

int planfile_print(const struct session *session, const struct run_result *plan, struct buf *out,
                   struct err *err)
{
    return print_plan(session, plan, session->loaded.path, out, err);
}

int planfile_write(const char *path, const struct session *session, const struct run_result *plan,
                   struct err *err)
{
    char baseline[PATH_MAX];
    struct buf text;
    int result;

    if (planfile_check_target(path, err) != 0 || baseline_path(session, baseline, err) != 0)
        return -1;
    buf_init(&text, LIMIT_JSON_BYTES);
    result = print_plan(session, plan, baseline, &text, err);
    if (result == 0)
        result = files_write(path, buf_text(&text), text.len, FILE_MODE_PRIVATE, true, err);
    else
        (void)err_wrap(err, "%s", path);
    buf_fini(&text);
    return result;
}

/* --- Read ----------------------------------------------------------------------------------------
 */

static int read_words(const struct json *list, const char *key, struct arena *arena,
                      struct words *out, struct err *err)
{
    if (list == NULL || list->type != JSON_ARRAY)
        return err_set(err, ERR_PROTOCOL, "\"selection\" has no list \"%s\"", key);
    if (list->count == 0)
        return 0; /* NULL selects all */
    *out = (struct words){.items = arena_array(arena, list->count + 1, sizeof *out->items),
                          .capacity = list->count + 1};
    for (const struct json *item = list->first; item != NULL; item = item->next) {
        if (item->type != JSON_STRING)
            return err_set(err, ERR_PROTOCOL, "\"%s\" holds something that is no text", key);
        out->items[out->count++] = item->string;
    }
    return 0;
}

static int read_selection(const struct json *selection, struct arena *arena, struct run_opts *out,
                          struct err *err)
{
    for (size_t i = 0; i < LIST_COUNT; i++) {
        char *at = (char *)out + lists[i].offset;

        if (read_words(json_get(selection, lists[i].key), lists[i].key, arena,
                       (struct words *)(void *)at, err) != 0)
            return -1;
    }
    out->prune = json_bool(selection, "prune", false);
    out->around = json_bool(selection, "around", false);
    out->shard = json_str(selection, "shard");
    return 0;
}

static int read_members(const struct json *json, struct arena *arena, struct planfile *out,
                        struct err *err)
{
    const struct json *identity = json_get(json, "identity");

    out->organization = json_str(identity, "organization");
    if (json_need_str(json, "baseline", &out->baseline, err) != 0 ||
        json_need_str(json, "baseline_sha256", &out->baseline_sha256, err) != 0 ||
        json_need_str(json, "plan_sha256", &out->plan_sha256, err) != 0 ||
        json_need_str(identity, "account", &out->account, err) != 0 ||
        json_need_str(identity, "partition", &out->partition, err) != 0)
        return -1;
    return read_selection(json_get(json, "selection"), arena, &out->selection, err);
}

int planfile_parse(const struct json *document, const char *path, struct arena *arena,
                   struct planfile **out, struct err *err)
{
    struct planfile *planfile = arena_alloc(arena, sizeof *planfile);

    if (read_members(document, arena, planfile, err) != 0)
        return err_wrap(err, "%s: a damaged plan", path);
    planfile->path = path;
    *out = planfile;
    return 0;
}

int planfile_read(const char *path, struct arena *arena, struct planfile **out, struct err *err)
{
    const char *format;
    struct stat info;
    struct json *json;
    char *text;
    size_t len;

    *out = NULL;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return 0; /* a pipe is read once, as a baseline */
    if (files_read(path, LIMIT_JSON_BYTES, arena, &text, &len, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err); /* it may be the name of a shipped baseline */
        return 0;
    }
    format = parse(text, len, arena, &json);
    if (format == NULL)
        return 0;
    if (!str_eq(format, PLANFILE_FORMAT))
        return err_set(err, ERR_PROTOCOL, "%s: its format is \"%s\", and this plinth reads \"%s\"",
                       path, format, PLANFILE_FORMAT);
    return planfile_parse(json, path, arena, out, err);
}

/* --- Check ---------------------------------------------------------------------------------------
 */

static int moved(const struct planfile *planfile, const char *what, struct err *err)
{
    return err_set(err, ERR_GATE, "%s is refused: %s; plan again", planfile->path, what);
}

int planfile_check_origin(const struct planfile *planfile, const struct session *session,
                          struct err *err)
{
    const struct identity *identity = &session->identity;
    char digest[SHA256_HEX_BYTES];

    if (!str_eq(planfile->account, identity->account_id) ||
        !str_eq(planfile->partition, identity->partition))
        return moved(planfile, "it was made for another account", err);
    if (planfile->organization != NULL &&
        !str_eq(planfile->organization, identity->organization_id))
        return moved(planfile, "it was made for another organization", err);
    if (baseline_digest(session->loaded.baseline, digest, err) != 0)
        return -1;
    if (!str_eq(planfile->baseline_sha256, digest))
        return moved(planfile, "the baseline has changed since", err);
    return 0;
}

int planfile_check(const struct planfile *planfile, const struct session *session,
                   const struct run_result *plan, struct err *err)
{
    char digest[SHA256_HEX_BYTES];

    if (planfile_check_origin(planfile, session, err) != 0)
        return -1;
    if (planfile->organization == NULL && session->identity.organization_id != NULL)
        return moved(planfile, "the account was in no organization then", err);
    plan_digest(plan, digest);
    if (!str_eq(planfile->plan_sha256, digest))
        return moved(planfile, "the live state has changed since", err);
    return 0;
}
