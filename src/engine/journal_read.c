#include "journal_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* --- The chain -----------------------------------------------------------------------------------
 */

struct reading {
    FILE *file;
    char *line; /* without its newline */
    size_t len;
    bool whole; /* it had a newline */
    struct arena *arena;
    int (*fn)(void *arg, const struct json *record, struct err *err);
    void *arg;
    struct journal_end end;
};

/* False: there is no more.  A line that is too long is no line of ours. */
static bool next_line(struct reading *reading)
{
    int c = 0;

    reading->len = 0;
    while (reading->len < LIMIT_JOURNAL_LINE_BYTES && (c = getc(reading->file)) != EOF && c != '\n')
        reading->line[reading->len++] = (char)c;
    reading->line[reading->len] = '\0';
    reading->whole = c == '\n';
    return reading->len > 0 || reading->whole;
}

static bool is_last(const struct reading *reading)
{
    int c = getc(reading->file);

    if (c != EOF)
        (void)ungetc(c, reading->file);
    return c == EOF;
}

/* NULL: it does not follow from the lines before. */
static const struct json *record_of(const struct reading *reading)
{
    struct err ignored = ERR_INIT;
    struct json *record;

    if (!reading->whole ||
        json_parse(reading->line, reading->len, reading->arena, &record, &ignored) != 0 ||
        json_number(record, "n", 0) != (double)(reading->end.records + 1) ||
        !str_eq(json_str(record, "prev"), reading->end.hash) || json_str(record, "kind") == NULL)
        return NULL;
    return record;
}

static int read_lines(struct reading *reading, struct err *err)
{
    struct journal_end *end = &reading->end;

    while (next_line(reading)) {
        const struct json *record;

        arena_reset(reading->arena);
        record = record_of(reading);
        if (record == NULL && is_last(reading)) {
            end->torn = true; /* its write was never told to be on disk */
            return 0;
        }
        if (record == NULL) {
            end->damaged_line = end->records + 1;
            return 0;
        }
        if (reading->fn(reading->arg, record, err) != 0)
            return -1;
        sha256_hex(reading->line, reading->len, end->hash);
        end->records++;
        end->bytes += reading->len + 1;
    }
    return ferror(reading->file) ? err_set(err, ERR_IO, "cannot be read") : 0;
}

int journal_read_stream(FILE *file,
                        int (*fn)(void *arg, const struct json *record, struct err *err), void *arg,
                        struct journal_end *out, struct err *err)
{
    struct reading reading = {.file = file, .fn = fn, .arg = arg};
    int result;

    reading.line = malloc(LIMIT_JOURNAL_LINE_BYTES + 1);
    if (reading.line == NULL)
        abort();
    reading.arena = arena_new("journal line");
    result = read_lines(&reading, err);
    *out = reading.end;
    arena_free(reading.arena);
    free(reading.line);
    return result;
}

int journal_read(const char *path, int (*fn)(void *arg, const struct json *record, struct err *err),
                 void *arg, struct journal_end *out, struct err *err)
{
    FILE *file = fopen(path, "re");
    int result;

    *out = (struct journal_end){.records = 0};
    if (file == NULL && errno == ENOENT)
        return err_set(err, ERR_NOTFOUND, "%s: there is no such journal", path);
    if (file == NULL)
        return err_errno(err, errno, "%s", path);
    result = journal_read_stream(file, fn, arg, out, err);
    (void)fclose(file);
    return result == 0 ? 0 : err_wrap(err, "%s", path);
}

/* --- A run ---------------------------------------------------------------------------------------
 */

struct loading {
    struct journal_run *run;
    struct arena *arena;
    bool interrupted, refused;
};

static const char *kept(const struct loading *loading, const struct json *record, const char *key)
{
    return arena_str(loading->arena, json_str(record, key));
}

static const char *kept_or_empty(const struct loading *loading, const struct json *record,
                                 const char *key)
{
    const char *text = kept(loading, record, key);

    return text == NULL ? "" : text;
}

static void take_begin(struct loading *loading, const struct json *record)
{
    struct journal_run *run = loading->run;
    const struct json *plan = json_get(record, "plan");

    run->run = kept(loading, record, "run");
    run->begun = kept(loading, record, "at");
    run->version = kept_or_empty(loading, record, "version");
    run->caller = kept_or_empty(loading, record, "caller");
    run->host = kept_or_empty(loading, record, "host");
    run->resumes = kept(loading, record, "resumes");
    run->baseline = kept(loading, plan, "baseline");
    if (plan != NULL)
        run->plan = json_copy(plan, loading->arena);
}

static void take_approved(struct loading *loading, const struct json *record)
{
    struct journal_run *run = loading->run;

    for (const struct json *it = json_first(json_get(record, "changes")); it != NULL;
         it = it->next) {
        if (it->type != JSON_STRING)
            continue;
        if (run->approved_count == run->approved_capacity)
            run->approved = vec_grow(loading->arena, run->approved, run->approved_count,
                                     &run->approved_capacity, sizeof *run->approved);
        run->approved[run->approved_count++] = arena_str(loading->arena, it->string);
    }
}

static void take_write(struct loading *loading, const struct json *record)
{
    struct journal_run *run = loading->run;

    if (run->write_count == run->write_capacity)
        run->writes = vec_grow(loading->arena, run->writes, run->write_count, &run->write_capacity,
                               sizeof *run->writes);
    run->writes[run->write_count++] = (struct journal_write){
        .control = kept_or_empty(loading, record, "control"),
        .account = kept_or_empty(loading, record, "account"),
        .region = kept_or_empty(loading, record, "region"),
        .action = kept_or_empty(loading, record, "action"),
        .resource = kept_or_empty(loading, record, "resource"),
        .service = kept_or_empty(loading, record, "service"),
        .op = kept_or_empty(loading, record, "op"),
        .in_account = kept_or_empty(loading, record, "in_account"),
        .in_region = kept_or_empty(loading, record, "in_region"),
        .token = kept_or_empty(loading, record, "token"),
        .code = "",
        .request_id = "",
    };
}

static int take_answer(struct loading *loading, const struct json *record, struct err *err)
{
    struct journal_run *run = loading->run;
    double number = json_number(record, "write", 0);
    struct journal_write *write;

    if (number < 1 || number > (double)run->write_count)
        return err_set(err, ERR_PROTOCOL, "an answer to a write that is not in it");
    write = &run->writes[(size_t)number - 1];
    write->result = kept_or_empty(loading, record, "result");
    write->code = kept_or_empty(loading, record, "code");
    write->request_id = kept_or_empty(loading, record, "request_id");
    return 0;
}

static int take_record(void *arg, const struct json *record, struct err *err)
{
    struct loading *loading = arg;
    struct journal_run *run = loading->run;
    const char *kind = json_str(record, "kind");

    if (str_eq(kind, "begin")) {
        take_begin(loading, record);
    } else if (run->run == NULL) {
        return err_set(err, ERR_PROTOCOL, "it does not begin as a journal does");
    } else if (str_eq(kind, "approved")) {
        take_approved(loading, record);
    } else if (str_eq(kind, "write")) {
        take_write(loading, record);
    } else if (str_eq(kind, "answer")) {
        return take_answer(loading, record, err);
    } else if (str_eq(kind, "unit")) {
        json_add(run->units, record);
    } else if (str_eq(kind, "lock")) {
        json_add(run->locks, record);
    } else if (str_eq(kind, "end")) {
        run->ended = kept(loading, record, "at");
        run->outcomes = json_copy(json_get(record, "outcomes"), loading->arena);
        loading->interrupted = json_bool(record, "interrupted", false);
        loading->refused = json_bool(record, "refused", false);
    } else if (str_eq(kind, "resumed")) {
        run->resumed_by = kept_or_empty(loading, record, "by");
    }
    return 0; /* of a kind that a later plinth knows */
}

/* Whether somebody holds the file. */
static bool is_held(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool held;

    if (fd < 0)
        return false;
    held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)close(fd);
    return held;
}

static enum journal_state state_of(const struct loading *loading)
{
    const struct journal_run *run = loading->run;

    if (run->resumed_by != NULL)
        return JOURNAL_RESUMED;
    if (run->ended != NULL && loading->refused)
        return JOURNAL_REFUSED;
    if (run->ended != NULL)
        return loading->interrupted ? JOURNAL_INTERRUPTED : JOURNAL_ENDED;
    return is_held(run->path) ? JOURNAL_RUNNING : JOURNAL_KILLED;
}

static void count_writes(struct journal_run *run)
{
    for (size_t i = 0; i < run->write_count; i++) {
        const char *result = run->writes[i].result;

        if (result == NULL || str_eq(result, err_code_name(ERR_LOST)))
            run->in_doubt++;
        else if (str_eq(result, "done"))
            run->done++;
        else
            run->refused++;
    }
}

const char *journal_state_name(enum journal_state state)
{
    static const char *const names[] = {
        [JOURNAL_RUNNING] = "running",         [JOURNAL_ENDED] = "ended",
        [JOURNAL_INTERRUPTED] = "interrupted", [JOURNAL_KILLED] = "killed",
        [JOURNAL_RESUMED] = "resumed",         [JOURNAL_REFUSED] = "refused",
    };

    return names[state];
}

int journal_load(const char *path, struct arena *arena, struct journal_run **out, struct err *err)
{
    struct loading loading = {.run = arena_alloc(arena, sizeof *loading.run), .arena = arena};
    struct journal_run *run = loading.run;

    *run = (struct journal_run){
        .path = arena_str(arena, path), .units = json_array(arena), .locks = json_array(arena)};
    if (journal_read(path, take_record, &loading, &run->end, err) != 0)
        return -1;
    if (run->run == NULL)
        return err_set(err, ERR_PROTOCOL, "%s: there is no whole record in it", path);
    run->state = state_of(&loading);
    count_writes(run);
    approval_sort(run->approved, run->approved_count);
    *out = run;
    return 0;
}
