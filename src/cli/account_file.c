#include "account.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/files.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MODE_BITS = 07777, WRITE_BITS = 0222 };

/* --- What may be written -------------------------------------------------------------------------
 */

/* A baseline that was found by its name is one for everybody. */
static int check_baseline(const struct loaded *loaded, const char *argument, struct err *err)
{
    if (str_starts(loaded->path, "/dev/"))
        return err_set(err, ERR_USAGE,
                       "account: the baseline comes from %s, and plinth can add to a file only",
                       loaded->path);
    if (argument != NULL && !str_eq(argument, loaded->path))
        return err_set(err, ERR_USAGE,
                       "account: %s ships with plinth and is not changed: copy it, or write your "
                       "own with plinth init",
                       loaded->path);
    return 0;
}

/* A link is not followed: what it stands for may be anybody's, and would be replaced by a name that
 * its owner does not know. */
static int check_file(const char *path, unsigned *out_mode, struct err *err)
{
    struct stat info;

    if (lstat(path, &info) != 0)
        return err_errno(err, errno, "%s", path);
    if (S_ISLNK(info.st_mode))
        return err_set(err, ERR_USAGE,
                       "%s is a symbolic link and is not changed: name the file that it stands for",
                       path);
    if (!S_ISREG(info.st_mode))
        return err_set(err, ERR_USAGE, "%s is not a regular file and is not changed", path);
    if ((info.st_mode & WRITE_BITS) == 0 || access(path, W_OK) != 0)
        return err_set(err, ERR_USAGE, "%s is read-only and is not changed", path);
    *out_mode = info.st_mode & MODE_BITS;
    return files_check_target(path, err);
}

int account_file_prepare(const struct loaded *loaded, const char *argument, const char *into,
                         const struct account_entry *entry, struct arena *arena,
                         struct account_file *out, struct err *err)
{
    char *text;

    *out = (struct account_file){.path = NULL};
    if (check_baseline(loaded, argument, err) != 0 ||
        baseline_accounts_file(loaded->baseline, into, &out->path, err) != 0 ||
        check_file(out->path, &out->mode, err) != 0 ||
        files_read(out->path, LIMIT_YAML_BYTES, arena, &text, &out->before.len, err) != 0)
        return -1;
    out->before.path = out->path;
    out->before.text = text;
    return baseline_add_account(&out->before, entry, arena, &out->after, err);
}

/* --- The difference ------------------------------------------------------------------------------
 */

static const char *line_of(const struct file_text *file, size_t at, size_t *len)
{
    const char *from = file->text + at, *end = memchr(from, '\n', file->len - at);

    *len = end == NULL ? file->len - at : (size_t)(end - from) + 1;
    return from;
}

static size_t count_lines(const struct file_text *file, size_t from, size_t to)
{
    size_t count = 0, len;

    for (; from < to; from += len, count++)
        (void)line_of(file, from, &len);
    return count;
}

static void put_lines(const struct file_text *file, size_t from, size_t to, char sign,
                      struct buf *out)
{
    size_t len;

    for (; from < to; from += len) {
        const char *line = line_of(file, from, &len);

        buf_char(out, sign);
        buf_add(out, line, len);
        if (line[len - 1] != '\n')
            buf_str(out, "\n\\ No newline at end of file\n");
    }
}

/* The beginning of the line so many lines before `at`, which begins one. */
static size_t lines_back(const struct file_text *file, size_t at, int lines)
{
    for (; lines > 0 && at > 0; lines--) {
        at--;
        while (at > 0 && file->text[at - 1] != '\n')
            at--;
    }
    return at;
}

static size_t lines_on(const struct file_text *file, size_t at, int lines)
{
    size_t len;

    for (; lines > 0 && at < file->len; lines--, at += len)
        (void)line_of(file, at, &len);
    return at;
}

/* One hunk: what both begin with, what both end with, and the lines between them. */
void account_file_diff(const struct account_file *file, struct buf *out)
{
    enum { CONTEXT_LINES = 3 };
    const struct file_text *a = &file->before, *b = &file->after;
    size_t begin = 0, same = 0, a_end, b_end, from, to, len;

    while (begin < a->len && begin < b->len && a->text[begin] == b->text[begin])
        begin++;
    while (begin > 0 && a->text[begin - 1] != '\n')
        begin--;
    while (same < a->len - begin && same < b->len - begin &&
           a->text[a->len - 1 - same] == b->text[b->len - 1 - same])
        same++;
    /* The end begins with a line of both. */
    while (same > 0 && ((a->len > same && a->text[a->len - same - 1] != '\n') ||
                        b->text[b->len - same - 1] != '\n'))
        same--;
    a_end = a->len - same;
    b_end = b->len - same;
    from = lines_back(a, begin, CONTEXT_LINES);
    to = lines_on(a, a_end, CONTEXT_LINES);
    len = to - a_end;
    buf_printf(out, "--- %s\n+++ %s\n@@ -%zu,%zu +%zu,%zu @@\n", file->path, file->path,
               count_lines(a, 0, from) + (to > from), count_lines(a, from, to),
               count_lines(b, 0, from) + 1, count_lines(b, from, b_end + len));
    put_lines(a, from, begin, ' ', out);
    put_lines(a, begin, a_end, '-', out);
    put_lines(b, begin, b_end, '+', out);
    put_lines(a, a_end, to, ' ', out);
}

/* --- Writing it ----------------------------------------------------------------------------------
 */

int account_file_write(const struct account_file *file, struct err *err)
{
    struct arena *arena = arena_new("accounts file");
    unsigned mode;
    char *text;
    size_t len;
    int result = -1;

    if (check_file(file->path, &mode, err) != 0 ||
        files_read(file->path, LIMIT_YAML_BYTES, arena, &text, &len, err) != 0)
        result = -1;
    else if (len != file->before.len || memcmp(text, file->before.text, len) != 0)
        (void)err_set(err, ERR_CONFLICT,
                      "%s was changed meanwhile and is left as it is: run the same command again",
                      file->path);
    else
        result = files_write(file->path, file->after.text, file->after.len, mode, true, err);
    arena_free(arena);
    return result;
}
