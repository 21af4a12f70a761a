#include "kept.h"

#include "files.h"
#include "guard.h"
#include "planfile.h"
#include "session.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
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

static int keep(struct guard *guard, const char *name, const char *text, size_t len,
                struct err *err)
{
    struct arena *arena = guard->session->arena;
    const char *folder =
        evidence_folder(arena_printf(arena, "%s/%s.jsonl", guard->folder, guard->run), arena);
    char sum[SHA256_HEX_BYTES];
    struct json *record;

    if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
        return err_errno(err, errno, "making %s", folder);
    if (files_write(arena_printf(arena, "%s/%s", folder, name), text, len, FILE_MODE_PRIVATE, false,
                    err) != 0)
        return -1;
    sha256_hex(text, len, sum);
    record = journal_record(guard->journal, "kept");
    json_put_str(record, "name", name);
    json_put_number(record, "bytes", (double)len);
    json_put_str(record, "sha256", sum);
    return journal_add(guard->journal, record, false, err);
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
        char *text;
        size_t len;

        if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
            continue;
        if (files_read(path, LIMIT_YAML_BYTES, arena, &text, &len, err) != 0)
            return err_wrap(err, "keeping the baseline");
        /* An archive cannot tell an empty file from none. */
        if (len > 0 && keep(guard, name_of_file(path, i, arena), text, len, err) != 0)
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
        result = keep(guard, "plan.json", buf_text(&text), text.len, err);
    buf_fini(&text);
    return result == 0 ? keep_baseline(guard, err) : -1;
}

int kept_report(struct guard *guard, const struct run_result *result, struct err *err)
{
    struct session *session = guard->session;
    struct buf text;
    int failed;

    buf_init(&text, LIMIT_JSON_BYTES);
    json_print(report_json(result, REPORT_APPLY, &session->identity, session->arena), JSON_PRETTY,
               &text);
    buf_char(&text, '\n');
    failed = text.overflow ? err_set(err, ERR_LIMIT, "the report is too large to be kept")
                           : keep(guard, "report.json", buf_text(&text), text.len, err);
    buf_fini(&text);
    return failed;
}
