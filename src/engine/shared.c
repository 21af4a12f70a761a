#include "plinth/engine/shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/files.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"
#include "plinth/codec/json.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

const char *shared_name(const struct shared_place *place, struct arena *arena)
{
    return place->file != NULL ? arena_str(arena, place->file)
                               : arena_printf(arena, "s3://%s/%s", place->bucket, place->key);
}

/* --- In S3 ---------------------------------------------------------------------------------------
 */

/* Names of buckets are everybody's: one of ours that somebody else made must not be ours. */
static struct json *params_of(const struct shared_place *place, struct arena *arena)
{
    struct json *params = json_object(arena);

    json_put_str(params, "Bucket", place->bucket);
    json_put_str(params, "Key", place->key);
    json_put_str(params, "x-amz-expected-bucket-owner", place->target.account_id);
    return params;
}

static int read_object(const struct shared_place *place, struct arena *arena,
                       struct shared_text *out, struct err *err)
{
    const struct json *answer;

    if (aws_call(&place->target, AWS_S3_GET_OBJECT, params_of(place, arena), arena, &answer, err) !=
        0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        out->no_bucket = err_is(err, "NoSuchBucket");
        err_clear(err);
        return 0;
    }
    if (json_need_str(answer, "Body", &out->text, err) != 0)
        return -1;
    return json_need_str(answer, "ETag", &out->version, err);
}

/* What came of a write that nobody heard of, or that was refused: it, or an earlier try of it, may
 * have been done all the same. */
static int look_up(const struct shared_place *place, const char *over, const char *text,
                   struct arena *arena, struct shared_text *out, struct err *err)
{
    err_clear(err);
    if (shared_read(place, arena, out, err) != 0)
        return -1;
    if (str_eq(out->text, text))
        return 0;
    if (str_eq(out->version, over))
        return err_set(err, ERR_TRANSIENT, "S3 did not write it");
    return err_set(err, ERR_CONFLICT, "somebody else wrote it");
}

static int write_object(const struct shared_place *place, const char *over, const char *text,
                        struct arena *arena, struct shared_text *out, struct err *err)
{
    struct json *params = params_of(place, arena);
    const struct json *answer;

    json_put_str(params, "Content-Type", "application/json");
    json_put_str(params, over == NULL ? "If-None-Match" : "If-Match", over == NULL ? "*" : over);
    json_put_str(params, "Body", text);
    out->text = text;
    if (aws_call(&place->target, AWS_S3_PUT_OBJECT, params, arena, &answer, err) == 0 &&
        json_need_str(answer, "ETag", &out->version, err) == 0)
        return 0;
    if (err->code != ERR_LOST && err->code != ERR_PROTOCOL && err->code != ERR_CONFLICT &&
        err->code != ERR_NOTFOUND)
        return -1;
    return look_up(place, over, text, arena, out, err);
}

/* --- In a file -----------------------------------------------------------------------------------
 */

static const char *version_of(const char *text, struct arena *arena)
{
    char sum[SHA256_HEX_BYTES];

    sha256_hex(text, strlen(text), sum);
    return arena_str(arena, sum);
}

static int read_file(const struct shared_place *place, struct arena *arena, struct shared_text *out,
                     struct err *err)
{
    char *text;
    size_t len;

    if (files_read(place->file, LIMIT_JSON_BYTES, arena, &text, &len, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    text[len] = '\0';
    out->text = text;
    out->version = version_of(text, arena);
    return 0;
}

/* Nobody else may write between our look and our write. */
static int lock_folder(const char *file, struct arena *arena, struct err *err)
{
    const char *folder = dirname(arena_str(arena, file));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed;

    if (fd < 0)
        return err_errno(err, errno, "%s", folder);
    do
        failed = flock(fd, LOCK_EX) == 0 ? 0 : errno;
    while (failed == EINTR);
    if (failed == 0)
        return fd;
    (void)close(fd);
    return err_errno(err, failed, "locking %s", folder);
}

static int write_file(const struct shared_place *place, const char *over, const char *text,
                      struct arena *arena, struct shared_text *out, struct err *err)
{
    int fd = lock_folder(place->file, arena, err), result;

    if (fd < 0)
        return -1;
    result = shared_read(place, arena, out, err);
    if (result == 0 && !str_eq(out->version, over))
        result = err_set(err, ERR_CONFLICT, "somebody else wrote it");
    if (result == 0)
        result = files_write(place->file, text, strlen(text), FILE_MODE_PRIVATE, true, err);
    if (result == 0)
        *out = (struct shared_text){.text = text, .version = version_of(text, arena)};
    (void)close(fd); /* which gives the lock back */
    return result;
}

/* --- Either --------------------------------------------------------------------------------------
 */

int shared_read(const struct shared_place *place, struct arena *arena, struct shared_text *out,
                struct err *err)
{
    *out = (struct shared_text){0};
    return place->file != NULL ? read_file(place, arena, out, err)
                               : read_object(place, arena, out, err);
}

int shared_write(const struct shared_place *place, const char *over, const char *text,
                 struct arena *arena, struct shared_text *out, struct err *err)
{
    *out = (struct shared_text){0};
    return place->file != NULL ? write_file(place, over, text, arena, out, err)
                               : write_object(place, over, text, arena, out, err);
}
