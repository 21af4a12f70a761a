#include "lock_priv.h"

#include "plinth/base/arena.h"
#include "plinth/base/env.h"
#include "plinth/base/str.h"
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

static int parse(const struct shared_text *there, struct arena *arena, struct lock_state *out,
                 struct err *err)
{
    *out = lock_state_empty;
    if (there->text != NULL && lock_parse(there->text, arena, out, err) != 0)
        return -1;
    out->etag = there->version;
    out->no_bucket = there->no_bucket;
    return 0;
}

int lock_object_read(struct lock *lock, struct arena *arena, struct lock_state *out,
                     struct err *err)
{
    struct shared_text there;

    *out = lock_state_empty;
    if (shared_read(&lock->options.place, arena, &there, err) != 0)
        return -1;
    return parse(&there, arena, out, err);
}

/* What stands in our way may be an earlier write of ours that came late: ours goes over that. */
static int is_late(struct lock *lock, const struct shared_text *there, struct err *err)
{
    struct lock_state state;

    if (parse(there, lock->arena, &state, err) != 0)
        return -1;
    if (!str_eq(state.run, lock->options.run) || state.fence != lock->fence)
        return err_set(err, ERR_CONFLICT, "somebody else wrote it");
    (void)snprintf(lock->etag, sizeof lock->etag, "%s", there->version);
    return err_set(err, ERR_TRANSIENT, "S3 did not write it");
}

int lock_object_write(struct lock *lock, const char *etag, bool held, struct err *err)
{
    int64_t sent_us = env_mono_us(sched_env(lock->options.sched));
    struct shared_text there;

    if (shared_write(&lock->options.place, etag, lock_print(lock, held, lock->arena), lock->arena,
                     &there, err) != 0)
        return err->code == ERR_CONFLICT && there.text != NULL ? is_late(lock, &there, err) : -1;
    (void)snprintf(lock->etag, sizeof lock->etag, "%s", there.version);
    lock->kept_us = sent_us;
    return 0;
}
