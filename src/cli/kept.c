#include "kept.h"

#include "guard.h"
#include "planfile.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/files.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"
#include "plinth/engine/evidence.h"
#include "plinth/report/report.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* What is on its way to a file, and what the journal is to say of it. */
struct keeping {
    struct guard *guard;
    const void *what;
    size_t bytes;
    struct sha256_stream *sum;
    int fd;
};

static int keep_piece(void *arg, const char *bytes, size_t len)
{
    struct keeping *keeping = arg;

    sha256_stream_add(keeping->sum, bytes, len);
    keeping->bytes += len;
    return files_put(keeping->fd, bytes, len);
}

static int keep(struct guard *guard, const char *name, files_fill_fn fill, const void *what,
                struct err *err)
{
    struct arena *arena = guard->session->arena;
    const char *folder =
        evidence_folder(arena_printf(arena, "%s/%s.jsonl", guard->folder, guard->run), arena);
    struct keeping keeping = {.guard = guard, .what = what, .sum = sha256_stream_new(arena)};
    char sum[SHA256_HEX_BYTES];
    struct json *record;

    if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
        return err_errno(err, errno, "making %s", folder);
    if (files_write_by(arena_printf(arena, "%s/%s", folder, name), fill, &keeping,
                       FILE_MODE_PRIVATE, false, err) != 0)
        return -1;
    sha256_stream_hex(keeping.sum, sum);
    record = journal_record(guard->journal, "kept");
    json_put_str(record, "name", name);
    json_put_number(record, "bytes", (double)keeping.bytes);
    json_put_str(record, "sha256", sum);
    return journal_add(guard->journal, record, false, err);
}

static int fill_text(void *arg, int fd)
{
    struct keeping *keeping = arg;
    const struct buf *text = keeping->what;

    keeping->fd = fd;
    return keep_piece(keeping, buf_text(text), text->len);
}

static int fill_report(void *arg, int fd)
{
    enum { PIECE_BYTES = 64 * 1024 };
    struct keeping *keeping = arg;
    struct arena *arena = arena_new("report");
    struct buf out;
    int result;

    keeping->fd = fd;
    buf_init_sink(&out, PIECE_BYTES, keep_piece, keeping);
    json_print(report_json(keeping->what, REPORT_APPLY, &keeping->guard->session->identity, arena),
               JSON_PRETTY, &out);
    buf_char(&out, '\n');
    result = buf_flush(&out);
    buf_fini(&out);
    arena_free(arena);
    return result;
}

/* "baseline-002-accounts.yaml": what stands before the file's own name keeps their order. */
static const char *name_of_file(const char *path, size_t number, struct arena *arena)
{
    enum { NAME_MOST = 100 };
    const char *slash = strrchr(path, '/');
    char *name = arena_printf(arena, "baseline-%03zu-%.*s", number, NAME_MOST,
                              slash == NULL ? path : slash + 1);

    for (char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("._-", *at) == NULL)
            *at = '_';
    return name;
}

/* A baseline that came through a pipe is gone. */
static int keep_baseline(struct guard *guard, struct err *err)
{
    const struct strings *files = &guard->session->loaded.baseline->files;
    struct arena *arena = guard->session->arena;

    for (size_t i = 0; i < files->count; i++) {
        const char *path = files->items[i];
        struct stat info;
        struct buf file;
        char *text;
        size_t len;

        if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
            continue;
        if (files_read(path, LIMIT_YAML_BYTES, arena, &text, &len, err) != 0)
            return err_wrap(err, "keeping the baseline");
        /* An archive cannot tell an empty file from none. */
        file = (struct buf){.data = text, .len = len};
        if (len > 0 && keep(guard, name_of_file(path, i, arena), fill_text, &file, err) != 0)
            return -1;
    }
    return 0;
}

int kept_inputs(struct guard *guard, const struct run_result *plan, struct err *err)
{
    struct buf text;
    int result;

    buf_init(&text, LIMIT_JSON_BYTES);
    result = planfile_print(guard->session, plan, &text, err);
    if (result == 0)
        result = keep(guard, "plan.json", fill_text, &text, err);
    buf_fini(&text);
    return result == 0 ? keep_baseline(guard, err) : -1;
}

int kept_report(struct guard *guard, const struct run_result *result, struct err *err)
{
    return keep(guard, "report.json", fill_report, result, err);
}
