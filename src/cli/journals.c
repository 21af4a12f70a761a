#include "journals.h"

#include "guard.h"
#include "paths.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- Which there are -----------------------------------------------------------------------------
 */

static void add(struct journals *journals, const char *path, struct arena *arena)
{
    struct err ignored = ERR_INIT; /* a file that is no journal is none of ours */
    struct journal_run *run;

    if (journal_load(path, arena, &run, &ignored) != 0)
        return;
    if (journals->count == journals->capacity)
        journals->items = vec_grow(arena, journals->items, journals->count, &journals->capacity,
                                   sizeof(struct journal_run *));
    journals->items[journals->count++] = run;
}

/* The journals of a folder, and with `deeper` those of the folders in it. */
static int scan(const char *folder, bool deeper, struct arena *arena, struct journals *out,
                struct err *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int result = 0;

    if (dir == NULL && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (dir == NULL)
        return err_errno(err, errno, "%s", folder);
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        const char *path = arena_printf(arena, "%s/%s", folder, entry->d_name);

        if (str_ends(entry->d_name, ".jsonl"))
            add(out, path, arena);
        else if (deeper && entry->d_name[0] != '.')
            result = scan(path, false, arena, out, err);
    }
    (void)closedir(dir);
    return result;
}

static int by_run(const void *a, const void *b)
{
    const struct journal_run *const *left = a, *const *right = b;

    return strcmp((*left)->run, (*right)->run);
}

int journals_load(const char *folder, struct arena *arena, struct journals *out, struct err *err)
{
    bool all = folder == NULL;

    *out = (struct journals){.items = NULL};
    if (all && guard_state_folder(arena, &folder, err) != 0)
        return -1;
    if (scan(folder, all, arena, out, err) != 0)
        return -1;
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, by_run);
    return 0;
}

const struct journal_run *journals_find(const struct journals *journals, const char *name,
                                        const char *command, struct err *err)
{
    for (size_t i = journals->count; i > 0; i--)
        if (name == NULL ? journals->items[i - 1]->state != JOURNAL_REFUSED
                         : str_eq(journals->items[i - 1]->run, name))
            return journals->items[i - 1];
    if (name == NULL)
        (void)err_set(err, ERR_NOTFOUND, "%s: there is no run; plinth journal list", command);
    else
        (void)err_set(err, ERR_USAGE, "%s: there is no run %s; plinth journal list", command, name);
    return NULL;
}

const char *journals_shard(const struct journal_run *run)
{
    return json_str(json_get(run->plan, "selection"), "shard");
}

static bool is_unfinished(const struct journal_run *run)
{
    return run->state == JOURNAL_KILLED || run->state == JOURNAL_INTERRUPTED;
}

int journals_unfinished(const char *folder, const char *baseline, const char *shard,
                        struct arena *arena, struct journal_run **out, struct err *err)
{
    struct journals journals;
    char wanted[PATH_MAX];
    const char *path;

    if (paths_baseline(baseline, arena, &path, err) != 0 ||
        journals_load(folder, arena, &journals, err) != 0)
        return -1;
    if (realpath(path, wanted) == NULL)
        return err_errno(err, errno, "%s", path);
    for (size_t i = journals.count; i > 0; i--) {
        struct journal_run *run = journals.items[i - 1];

        if (!str_eq(run->baseline, wanted) || !str_eq(journals_shard(run), shard))
            continue;
        if (run->state == JOURNAL_RUNNING)
            return err_set(err, ERR_CONFLICT, "run %s is still going on", run->run);
        if (!is_unfinished(run))
            continue;
        *out = run;
        return 0;
    }
    return err_set(err, ERR_NOTFOUND, "no run of %s is left to go on with; see plinth journal list",
                   path);
}

/* --- What one tells ------------------------------------------------------------------------------
 */

static const char *state_sentence(enum journal_state state)
{
    switch (state) {
    case JOURNAL_RUNNING:
        return "is going on";
    case JOURNAL_ENDED:
        return "came to its end";
    case JOURNAL_INTERRUPTED:
        return "was interrupted";
    case JOURNAL_KILLED:
        return "was killed";
    case JOURNAL_REFUSED:
        return "did nothing: it did not get the lock";
    case JOURNAL_RESUMED:
        break;
    }
    return "was broken off, and another run went on with it";
}

static bool in_doubt(const struct journal_write *write)
{
    return write->result == NULL || str_eq(write->result, err_code_name(ERR_LOST));
}

static const char *word_of(const struct journal_write *write)
{
    if (in_doubt(write))
        return "in doubt";
    return str_eq(write->result, "done") ? "done" : "refused";
}

static void tell_write(const struct journal_write *write, struct buf *out)
{
    buf_printf(out, "  %-8s  %s %s", word_of(write), write->service, write->op);
    if (*write->control != '\0')
        buf_printf(out, ": %s %s %s", write->control, write->action, write->resource);
    if (*write->account != '\0')
        buf_printf(out, " in %s%s%s", write->account, *write->region == '\0' ? "" : "/",
                   write->region);
    if (*write->code != '\0')
        buf_printf(out, ": %s", write->code);
    if (*write->request_id != '\0')
        buf_printf(out, " (request %s)", write->request_id);
    buf_char(out, '\n');
}

void journals_tell(const struct journal_run *run, bool all, struct buf *out)
{
    buf_printf(out, "run %s of %s %s\n", run->run, run->caller, state_sentence(run->state));
    buf_printf(out, "  begun     %s on %s, plinth %s\n", run->begun, run->host, run->version);
    if (run->ended != NULL)
        buf_printf(out, "  ended     %s\n", run->ended);
    if (journals_shard(run) != NULL)
        buf_printf(out, "  shard     %s\n", journals_shard(run));
    if (run->resumes != NULL)
        buf_printf(out, "  goes on with %s\n", run->resumes);
    if (run->resumed_by != NULL)
        buf_printf(out, "  gone on with by %s\n", run->resumed_by);
    buf_printf(out, "  writes    %zu done, %zu refused, %zu in doubt\n", run->done, run->refused,
               run->in_doubt);
    if (run->end.torn)
        buf_str(out, "  the last line was cut off by the end of the machine or of the disk\n");
    if (run->end.damaged_line != 0)
        buf_printf(out,
                   "  DAMAGED: the chain breaks at line %llu; what follows it is not believed\n",
                   (unsigned long long)run->end.damaged_line);
    for (size_t i = 0; i < run->write_count; i++)
        if (all || in_doubt(&run->writes[i]))
            tell_write(&run->writes[i], out);
}

static void put_write(struct json *list, const struct journal_write *write)
{
    struct json *out = json_add_object(list);

    json_put_str(out, "state", word_of(write));
    json_put_str(out, "result", write->result);
    json_put_str(out, "service", write->service);
    json_put_str(out, "operation", write->op);
    json_put_str(out, "in_account", write->in_account);
    json_put_str(out, "in_region", write->in_region);
    json_put_str(out, "control", write->control);
    json_put_str(out, "account", write->account);
    json_put_str(out, "region", write->region);
    json_put_str(out, "action", write->action);
    json_put_str(out, "resource", write->resource);
    json_put_str(out, "code", write->code);
    json_put_str(out, "request_id", write->request_id);
}

struct json *journals_json(const struct journal_run *run, bool all, struct arena *arena)
{
    struct json *out = json_object(arena), *list;

    json_put_str(out, "run", run->run);
    json_put_str(out, "state", journal_state_name(run->state));
    json_put_str(out, "caller", run->caller);
    json_put_str(out, "host", run->host);
    json_put_str(out, "version", run->version);
    json_put_str(out, "begun", run->begun);
    json_put_str(out, "ended", run->ended);
    json_put_str(out, "resumes", run->resumes);
    json_put_str(out, "resumed_by", run->resumed_by);
    json_put_str(out, "baseline", run->baseline);
    json_put_str(out, "shard", journals_shard(run));
    json_put_str(out, "path", run->path);
    json_put_number(out, "done", (double)run->done);
    json_put_number(out, "refused", (double)run->refused);
    json_put_number(out, "in_doubt", (double)run->in_doubt);
    json_put_bool(out, "torn", run->end.torn);
    json_put_number(out, "damaged_line", (double)run->end.damaged_line);
    if (!all)
        return out;
    list = json_put_array(out, "writes");
    for (size_t i = 0; i < run->write_count; i++)
        put_write(list, &run->writes[i]);
    json_put(out, "units", run->units);
    json_put(out, "lock", run->locks);
    if (run->outcomes != NULL)
        json_put(out, "outcomes", run->outcomes);
    return out;
}
