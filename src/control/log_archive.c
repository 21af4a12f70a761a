/*
 * log_archive.c - control "log_archive": the bucket that keeps the organization's logs.
 *
 * Baseline:  log_archive: { bucket, keep_days, archive_after_days, object_lock, rotation_days,
 *            security_reads, trail, data_events }; shared with the controls log_key and cloudtrail
 * Source:    docs.aws.amazon.com/AmazonS3/latest/API, API version 2006-03-01; S3 User Guide,
 *            "Locking objects with Object Lock"
 * Limits:    one bucket in the home region; the control s3_replication copies it.  See bucket.h.
 */
#include "log_archive.h"
#include "bucket.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"

/* --- Settings ------------------------------------------------------------------------------------
 */

static const struct choice lock_modes[] = {
    {"governance", "GOVERNANCE"},
    {"compliance", "COMPLIANCE"},
    {NULL, NULL},
};

static const struct choice data_event_types[] = {
    {"s3", "AWS::S3::Object"},
    {"lambda", "AWS::Lambda::Function"},
    {"dynamodb", "AWS::DynamoDB::Table"},
    {NULL, NULL},
};

static const struct field lock_fields[] = {
    {.key = "mode",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct log_lock, mode),
     .required = true,
     .choices = lock_modes,
     .doc = "`governance`: whoever has s3:BypassGovernanceRetention may delete all the same. "
            "`compliance`: **irreversible**: nobody can delete a log before its time or shorten "
            "it, not the root user and not AWS; only closing the account ends it."},
    {.key = "days",
     .type = FIELD_INT,
     .offset = offsetof(struct log_lock, days),
     .required = true,
     .min = 1,
     .max = 36500,
     .doc = "How long each log is held after it was written."},
    {.key = NULL},
};

static const struct schema lock_schema = {
    .name = "object lock",
    .doc = "Holds what is written, so that it cannot be deleted or overwritten.",
    .size = sizeof(struct log_lock),
    .node_offset = offsetof(struct log_lock, node),
    .fields = lock_fields,
};

static const struct field archive_fields[] = {
    {.key = "bucket",
     .type = FIELD_STRING,
     .offset = offsetof(struct log_archive_spec, bucket),
     .doc = "The bucket's name. Default: `NAME-logs-ACCOUNT-REGION`, from the baseline's name and "
            "the log archive's account and home region. Bucket names are global."},
    {.key = "keep_days",
     .type = FIELD_INT,
     .offset = offsetof(struct log_archive_spec, keep_days),
     .fallback = "400",
     .min = 0,
     .max = 36500,
     .doc = "How long logs are kept; 0: for ever."},
    {.key = "archive_after_days",
     .type = FIELD_INT,
     .offset = offsetof(struct log_archive_spec, archive_after_days),
     .fallback = "0",
     .min = 0,
     .max = 36500,
     .doc =
         "When logs move to S3 Glacier Flexible Retrieval; 0: never. Moving costs by the object."},
    {.key = "object_lock",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct log_archive_spec, object_lock),
     .object = &lock_schema,
     .doc = "Holds what is written. Without it a log can be deleted by whoever may."},
    {.key = "rotation_days",
     .type = FIELD_INT,
     .offset = offsetof(struct log_archive_spec, rotation_days),
     .fallback = "365",
     .min = 90,
     .max = 2560,
     .doc = "How often the KMS key gets new material."},
    {.key = "security_reads",
     .type = FIELD_BOOL,
     .offset = offsetof(struct log_archive_spec, security_reads),
     .fallback = "true",
     .doc = "Whether the security account may read the logs."},
    {.key = "trail",
     .type = FIELD_STRING,
     .offset = offsetof(struct log_archive_spec, trail),
     .fallback = "organization",
     .format = FORMAT_KEY,
     .doc = "Name of the organization's trail in the management account."},
    {.key = "data_events",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct log_archive_spec, data_events),
     .choices = data_event_types,
     .doc = "What to log beside management events: reads and writes of objects, calls of "
            "functions, of every account. Each event costs."},
    {.key = "log_group_days",
     .type = FIELD_INT,
     .offset = offsetof(struct log_archive_spec, log_group_days),
     .fallback = "0",
     .min = 0,
     .max = 3653,
     .doc = "The trail also delivers to CloudWatch Logs (group `plinth-trail` of the management "
            "account), which keeps it for so many days; 0: it does not. Each GB costs."},
    {.key = NULL},
};

static const struct schema archive_schema = {
    .name = "log_archive",
    .doc = "Logs every API call of every account: a trail of the organization, the bucket that "
           "keeps it in the log archive account, and the KMS key that encrypts it.",
    .size = sizeof(struct log_archive_spec),
    .node_offset = offsetof(struct log_archive_spec, node),
    .fields = archive_fields,
};

static bool is_trusted(const struct baseline *baseline, const char *principal)
{
    const struct strings *list = &baseline->organization.trusted_access;

    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->items[i], principal))
            return true;
    return false;
}

static void archive_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct log_archive_spec *spec = decoded;
    const struct mark *mark = &spec->node->mark;

    if (baseline_account_with_role(baseline, ROLE_LOG_ARCHIVE) == NULL)
        diags_add(diags, mark, "log_archive needs an account with role log_archive");
    if (!is_trusted(baseline, "cloudtrail.amazonaws.com"))
        diags_add(diags, mark,
                  "log_archive needs cloudtrail.amazonaws.com under organization: trusted_access");
    if (spec->bucket != NULL && !bucket_name_is_valid(spec->bucket))
        diags_add(diags, schema_mark(spec->node, "bucket"),
                  "\"%s\" is no bucket name: 3 to 63 small letters, digits, dashes and dots",
                  spec->bucket);
    if (spec->object_lock != NULL && spec->keep_days != 0 &&
        spec->keep_days < spec->object_lock->days)
        diags_add(diags, schema_mark(spec->node, "keep_days"),
                  "logs are to be deleted after %lld days, but object_lock holds them for %lld",
                  (long long)spec->keep_days, (long long)spec->object_lock->days);
    if (spec->keep_days != 0 && spec->archive_after_days >= spec->keep_days)
        diags_add(diags, schema_mark(spec->node, "archive_after_days"),
                  "logs would be archived after they are deleted");
    if (!log_group_can_keep(spec->log_group_days))
        diags_add(diags, schema_mark(spec->node, "log_group_days"),
                  "no retention of CloudWatch "
                  "Logs: take 7, 14, 30, 60, 90, 180 or 365");
}

/* --- The bucket ----------------------------------------------------------------------------------
 */

struct archive_seen {
    const char *key_arn; /* NULL: the key does not exist yet */
    struct bucket_seen bucket;
};

static const enum aws_op archive_ops[] = {AWS_KMS_DESCRIBE_KEY, BUCKET_OPS, AWS_OP_NONE};

static struct bucket wanted(const struct control_ctx *ctx, const struct archive_seen *seen)
{
    const struct log_archive_spec *spec = ctx->spec;
    const struct log_lock *lock = spec->object_lock;
    const struct log_names names = log_names_of(ctx);

    return (struct bucket){.title = "log bucket",
                           .name = names.bucket,
                           .account_id = names.account_id,
                           .region = names.region,
                           .advice = "give log_archive another bucket",
                           .lockable = lock != NULL,
                           .lock_mode = lock == NULL ? NULL : lock->mode,
                           .lock_days = lock == NULL ? 0 : lock->days,
                           .lifecycle = log_bucket_lifecycle(spec, ctx->arena),
                           .key_arn = seen->key_arn,
                           .policy = log_bucket_policy(&names, ctx->arena)};
}

static int read_key(struct control_ctx *ctx, const char **out, struct err *err)
{
    struct log_names names = log_names_of(ctx);
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    json_put_str(params, "KeyId", names.alias);
    if (aws_call(ctx->target, AWS_KMS_DESCRIBE_KEY, params, ctx->arena, &answer, err) == 0)
        return json_need_str(json_get(answer, "KeyMetadata"), "Arn", out, err);
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    return 0;
}

static void tell(const struct control_ctx *ctx)
{
    const struct log_names names = log_names_of(ctx);

    facts_set(ctx->facts, "log_bucket.name", names.bucket);
    facts_set(ctx->facts, "log_bucket.arn", log_bucket_arn(&names, ctx->arena));
}

static int archive_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct archive_seen *seen = out_seen;
    const struct bucket want = wanted(ctx, seen);

    if (read_key(ctx, &seen->key_arn, err) != 0 ||
        bucket_observe(ctx, ctx->target, &want, &seen->bucket, err) != 0)
        return -1;
    if (seen->bucket.exists)
        tell(ctx);
    return 0;
}

static void archive_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct archive_seen *seen = have;
    const struct bucket want = wanted(ctx, seen);

    bucket_diff(ctx, &want, &seen->bucket, NULL, out);
}

static int archive_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                         struct err *err)
{
    const struct bucket want = wanted(ctx, have);

    if (bucket_apply(ctx, ctx->target, &want, change->step, err) != 0)
        return -1;
    if (change->step == BUCKET_CREATE)
        tell(ctx);
    return 0;
}

static const char *const archive_after[] = {"accounts", "log_key", NULL};

const struct control control_log_archive = {
    .name = "log_archive",
    .title = "bucket of the log archive",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_LOG_ARCHIVE,
    .after = archive_after,
    .needs = ROLE_SECURITY, /* it is to read, and the policy names it */
    .ops = archive_ops,
    .schema = &archive_schema,
    .seen_size = sizeof(struct archive_seen),
    .check = archive_check,
    .observe = archive_observe,
    .diff = archive_diff,
    .apply = archive_apply,
};
