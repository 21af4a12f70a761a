#include "lock_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#include <stdio.h>

const enum aws_op lock_ops[] = {
    AWS_S3_GET_OBJECT,
    AWS_S3_PUT_OBJECT,
    AWS_S3_LIST_OBJECTS_V2,
    AWS_S3_CREATE_BUCKET,
    AWS_S3_PUT_PUBLIC_ACCESS_BLOCK,
    AWS_S3_PUT_BUCKET_VERSIONING,
    AWS_S3_PUT_BUCKET_ENCRYPTION,
    AWS_S3_PUT_BUCKET_POLICY,
    AWS_S3_PUT_BUCKET_LIFECYCLE_CONFIGURATION,
    AWS_S3_PUT_BUCKET_TAGGING,
    AWS_OP_NONE,
};

/* Names of buckets are everybody's: one of ours that somebody else made must not be ours. */
static struct json *params_of(const struct lock *lock)
{
    struct json *params = json_object(lock->arena);

    json_put_str(params, "Bucket", lock->options.bucket);
    json_put_str(params, "Key", lock->options.key);
    json_put_str(params, "x-amz-expected-bucket-owner", lock->options.target.account_id);
    return params;
}

int lock_object_read(struct lock *lock, struct arena *arena, struct lock_state *out,
                     uint64_t *out_renewals, struct err *err)
{
    const struct json *answer;
    const char *body, *etag;

    *out = lock_state_empty;
    if (aws_call(&lock->options.target, AWS_S3_GET_OBJECT, params_of(lock), arena, &answer, err) !=
        0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        out->no_bucket = err_is(err, "NoSuchBucket");
        err_clear(err);
        return 0;
    }
    if (json_need_str(answer, "Body", &body, err) != 0 ||
        json_need_str(answer, "ETag", &etag, err) != 0 ||
        lock_parse(body, arena, out, out_renewals, err) != 0)
        return -1;
    out->etag = etag;
    return 0;
}

/* What came of a write that nobody heard of, or that was refused: an earlier one of ours may have
 * come late.  err: ERR_TRANSIENT when it was not done and may be tried again. */
static int look_up(struct lock *lock, const char *over, bool held, struct err *err)
{
    struct lock_state state;
    uint64_t renewals = 0;
    bool ours;

    err_clear(err);
    if (lock_object_read(lock, lock->arena, &state, &renewals, err) != 0)
        return -1;
    ours = state.etag != NULL && str_eq(state.run, lock->options.run) && state.fence == lock->fence;
    if (!ours && !str_eq(state.etag, over))
        return err_set(err, ERR_CONFLICT, "somebody else wrote it");
    if (ours)
        (void)snprintf(lock->etag, sizeof lock->etag, "%s", state.etag);
    if (ours && state.held == held && renewals == lock->renewals)
        return 0;
    return err_set(err, ERR_TRANSIENT, "S3 did not write it");
}

int lock_object_write(struct lock *lock, const char *etag, bool held, struct err *err)
{
    int64_t sent_us = env_mono_us(sched_env(lock->options.sched));
    struct json *params = params_of(lock);
    const struct json *answer;
    const char *written;
    int result;

    json_put_str(params, "Content-Type", "application/json");
    json_put_str(params, etag == NULL ? "If-None-Match" : "If-Match", etag == NULL ? "*" : etag);
    json_put_str(params, "Body", lock_print(lock, held, lock->arena));
    result = aws_call(&lock->options.target, AWS_S3_PUT_OBJECT, params, lock->arena, &answer, err);
    if (result == 0)
        result = json_need_str(answer, "ETag", &written, err);
    if (result == 0)
        (void)snprintf(lock->etag, sizeof lock->etag, "%s", written);
    else if (err->code == ERR_LOST || err->code == ERR_PROTOCOL || err->code == ERR_CONFLICT ||
             err->code == ERR_NOTFOUND)
        result = look_up(lock, etag, held, err);
    if (result == 0)
        lock->kept_us = sent_us;
    return result;
}
