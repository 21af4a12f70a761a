/*
 * log_archive.c - control "log_archive": the bucket that keeps the organization's logs.
 *
 * Baseline:  log_archive: { bucket, keep_days, archive_after_days, object_lock, rotation_days,
 *            security_reads, trail, data_events }; shared with the controls log_key and cloudtrail
 * Source:    docs.aws.amazon.com/AmazonS3/latest/API, API version 2006-03-01; S3 User Guide,
 *            "Locking objects with Object Lock"
 * Limits:    one bucket in the home region, without replication.  A bucket is never deleted or
 *            emptied.  A lock that the baseline no longer names keeps no new objects; those that
 *            it holds stay held.
 */
#include "log_archive.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"
#include "plinth/policy/document.h"

#include <string.h>

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

static bool is_bucket_name(const char *name)
{
    size_t len = strlen(name);

    return len >= 3 && len <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len;
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
    if (spec->bucket != NULL && !is_bucket_name(spec->bucket))
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

/* --- Live ----------------------------------------------------------------------------------------
 */

/* What is set on a bucket, each as a text that is equal if the setting is. */
enum part { VERSIONING, ENCRYPTION, PUBLIC_ACCESS, OWNERSHIP, LOCK, LIFECYCLE, POLICY, PART_COUNT };
enum { STEP_CREATE = PART_COUNT };

struct archive_seen {
    bool exists;
    const char *key_arn; /* NULL: the key does not exist yet */
    const char *parts[PART_COUNT];
};

static struct json *bucket_params(const struct control_ctx *ctx)
{
    struct log_names names = log_names_of(ctx);
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Bucket", names.bucket);
    json_put_str(params, "x-amz-expected-bucket-owner", names.account_id);
    return params;
}

static const char *versioning_text(const struct json *answer, struct arena *arena)
{
    const char *status = json_str(answer, "Status");

    (void)arena;
    return status == NULL ? "off" : status;
}

static const char *encryption_text(const struct json *answer, struct arena *arena)
{
    const struct json *rule = json_get(answer, "Rule");
    const struct json *by_default = json_get(rule, "ApplyServerSideEncryptionByDefault");
    const char *key = json_str(by_default, "KMSMasterKeyID");

    return arena_printf(arena, "%s%s%s%s", json_str(by_default, "SSEAlgorithm"),
                        key == NULL ? "" : " with ", key == NULL ? "" : key,
                        json_bool(rule, "BucketKeyEnabled", false) ? ", bucket key" : "");
}

static const char *const blocks[] = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls",
                                     "RestrictPublicBuckets"};
enum { BLOCK_COUNT = sizeof blocks / sizeof blocks[0] };

static const char *public_access_text(const struct json *answer, struct arena *arena)
{
    const char *open = NULL;

    for (size_t i = 0; i < BLOCK_COUNT; i++)
        if (!json_bool(answer, blocks[i], false))
            open = open == NULL ? blocks[i] : arena_printf(arena, "%s, %s", open, blocks[i]);
    return open == NULL ? "blocked" : arena_printf(arena, "open without %s", open);
}

static const char *ownership_text(const struct json *answer, struct arena *arena)
{
    const char *text = json_str(json_get(answer, "Rule"), "ObjectOwnership");

    (void)arena;
    return text == NULL ? "none" : text;
}

static const char *lock_text(const struct json *answer, struct arena *arena)
{
    const struct json *retention = json_path(answer, "Rule", "DefaultRetention", NULL);
    const char *mode = json_str(retention, "Mode");
    double days = json_number(retention, "Days", 0) + 365 * json_number(retention, "Years", 0);

    return mode == NULL ? "none" : arena_printf(arena, "%s, %.0f days", mode, days);
}

static const char *lifecycle_text(const struct json *answer, struct arena *arena)
{
    const struct json *rules = json_get(log_normal(answer, arena), "Rule");
    const char *text;
    struct buf out;

    if (rules == NULL)
        return "none";
    buf_init(&out, LIMIT_JSON_BYTES);
    json_print_canonical(rules, &out);
    text = arena_strn(arena, buf_text(&out), out.len);
    buf_fini(&out);
    return text;
}

static const char *policy_text(const struct json *answer, struct arena *arena)
{
    (void)arena;
    return json_str(answer, "Policy");
}

static const struct {
    const char *name; /* for people */
    enum aws_op get, put;
    const char *payload;
    const char *(*text)(const struct json *answer, struct arena *arena);
    const char *none; /* the text where Get finds nothing */
} parts[PART_COUNT] = {
    [VERSIONING] = {"versioning", AWS_S3_GET_BUCKET_VERSIONING, AWS_S3_PUT_BUCKET_VERSIONING,
                    "VersioningConfiguration", versioning_text, "off"},
    [ENCRYPTION] = {"encryption", AWS_S3_GET_BUCKET_ENCRYPTION, AWS_S3_PUT_BUCKET_ENCRYPTION,
                    "ServerSideEncryptionConfiguration", encryption_text, "none"},
    [PUBLIC_ACCESS] = {"public access", AWS_S3_GET_PUBLIC_ACCESS_BLOCK,
                       AWS_S3_PUT_PUBLIC_ACCESS_BLOCK, "PublicAccessBlockConfiguration",
                       public_access_text, "open"},
    [OWNERSHIP] = {"ownership", AWS_S3_GET_BUCKET_OWNERSHIP_CONTROLS,
                   AWS_S3_PUT_BUCKET_OWNERSHIP_CONTROLS, "OwnershipControls", ownership_text,
                   "none"},
    [LOCK] = {"object lock", AWS_S3_GET_OBJECT_LOCK_CONFIGURATION,
              AWS_S3_PUT_OBJECT_LOCK_CONFIGURATION, "ObjectLockConfiguration", lock_text, "none"},
    [LIFECYCLE] = {"lifecycle", AWS_S3_GET_BUCKET_LIFECYCLE_CONFIGURATION,
                   AWS_S3_PUT_BUCKET_LIFECYCLE_CONFIGURATION, "LifecycleConfiguration",
                   lifecycle_text, "none"},
    [POLICY] = {"policy", AWS_S3_GET_BUCKET_POLICY, AWS_S3_PUT_BUCKET_POLICY, "Policy", policy_text,
                NULL},
};

static const enum aws_op archive_ops[] = {
    AWS_KMS_DESCRIBE_KEY,
    AWS_S3_CREATE_BUCKET,
    AWS_S3_GET_BUCKET_TAGGING,
    AWS_S3_GET_BUCKET_VERSIONING,
    AWS_S3_PUT_BUCKET_VERSIONING,
    AWS_S3_GET_BUCKET_ENCRYPTION,
    AWS_S3_PUT_BUCKET_ENCRYPTION,
    AWS_S3_GET_PUBLIC_ACCESS_BLOCK,
    AWS_S3_PUT_PUBLIC_ACCESS_BLOCK,
    AWS_S3_GET_BUCKET_OWNERSHIP_CONTROLS,
    AWS_S3_PUT_BUCKET_OWNERSHIP_CONTROLS,
    AWS_S3_GET_OBJECT_LOCK_CONFIGURATION,
    AWS_S3_PUT_OBJECT_LOCK_CONFIGURATION,
    AWS_S3_GET_BUCKET_LIFECYCLE_CONFIGURATION,
    AWS_S3_PUT_BUCKET_LIFECYCLE_CONFIGURATION,
    AWS_S3_GET_BUCKET_POLICY,
    AWS_S3_PUT_BUCKET_POLICY,
    AWS_OP_NONE,
};

/* Its tags tell in one call whether the bucket is there, and ours. */
static int read_bucket(struct control_ctx *ctx, bool *out_exists, struct err *err)
{
    struct log_names names = log_names_of(ctx);
    const struct json *answer, *tags = NULL;

    *out_exists = false;
    if (aws_call(ctx->target, AWS_S3_GET_BUCKET_TAGGING, bucket_params(ctx), ctx->arena, &answer,
                 err) == 0)
        tags = json_get(answer, "TagSet");
    else if (err_is(err, "NoSuchBucket"))
        return 0;
    else if (err->http_status == 301)
        return err_set(err, ERR_CONFLICT,
                       "bucket %s exists, but not in %s; give log_archive "
                       "another bucket",
                       names.bucket, names.region);
    else if (err->code == ERR_DENIED)
        return err_wrap(err, "bucket %s is another account's, or its policy keeps us out",
                        names.bucket);
    else if (!err_is(err, "NoSuchTagSet"))
        return -1;
    if (!str_eq(control_tag(tags, CONTROL_TAG_KEY), ctx->baseline->name))
        return err_set(err, ERR_CONFLICT,
                       "bucket %s exists and is not this baseline's (no tag %s=%s); tag it, or "
                       "give log_archive another bucket",
                       names.bucket, CONTROL_TAG_KEY, ctx->baseline->name);
    *out_exists = true;
    return 0;
}

static int read_part(struct control_ctx *ctx, enum part part, const char **out, struct err *err)
{
    const struct json *answer;

    if (aws_call(ctx->target, parts[part].get, bucket_params(ctx), ctx->arena, &answer, err) == 0) {
        *out = parts[part].text(answer, ctx->arena);
        return 0;
    }
    if (err->code != ERR_NOTFOUND || err_is(err, "NoSuchBucket"))
        return -1;
    err_clear(err);
    *out = parts[part].none;
    return 0;
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

static int archive_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct archive_seen *seen = out_seen;
    struct log_names names = log_names_of(ctx);

    if (read_key(ctx, &seen->key_arn, err) != 0 || read_bucket(ctx, &seen->exists, err) != 0)
        return -1;
    if (!seen->exists)
        return 0;
    for (int i = 0; i < PART_COUNT; i++)
        if (read_part(ctx, (enum part)i, &seen->parts[i], err) != 0)
            return -1;
    facts_set(ctx->facts, "log_bucket.name", names.bucket);
    facts_set(ctx->facts, "log_bucket.arn", log_bucket_arn(&names, ctx->arena));
    return 0;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

/* What to write; NULL while it is not known. */
static struct json *wanted(const struct control_ctx *ctx, const char *key_arn, enum part part)
{
    const struct log_archive_spec *spec = ctx->spec;
    struct log_names names = log_names_of(ctx);
    struct json *value = json_object(ctx->arena);
    const char *policy;

    switch (part) {
    case VERSIONING:
        json_put_str(value, "Status", "Enabled");
        return value;
    case ENCRYPTION:
        return key_arn == NULL ? NULL : log_bucket_encryption(key_arn, ctx->arena);
    case PUBLIC_ACCESS:
        for (size_t i = 0; i < BLOCK_COUNT; i++)
            json_put_bool(value, blocks[i], true);
        return value;
    case OWNERSHIP:
        json_put_str(json_put_object(value, "Rule"), "ObjectOwnership", "BucketOwnerEnforced");
        return value;
    case LOCK:
        return log_bucket_lock(spec, ctx->arena);
    case LIFECYCLE:
        return log_bucket_lifecycle(spec, ctx->arena);
    default:
        policy = log_bucket_policy(&names, ctx->arena);
        return policy == NULL ? NULL : json_string(ctx->arena, policy);
    }
}

static const char *text_of(const struct json *value, enum part part, struct arena *arena)
{
    if (value == NULL)
        return change_unknown;
    return value->type == JSON_STRING ? value->string : parts[part].text(value, arena);
}

/* As S3 makes every new bucket; a lock brings versioning with it. */
static const char *fresh(const struct log_archive_spec *spec, enum part part)
{
    if (part == VERSIONING && spec->object_lock != NULL)
        return "Enabled";
    if (part == PUBLIC_ACCESS)
        return "blocked";
    if (part == ENCRYPTION)
        return "AES256";
    return part == OWNERSHIP ? "BucketOwnerEnforced" : parts[part].none;
}

static const char *shown(enum part part, const struct log_archive_spec *spec, const char *text,
                         struct arena *arena)
{
    if (part == LOCK && spec->object_lock != NULL && str_eq(spec->object_lock->mode, "COMPLIANCE"))
        return arena_printf(arena, "%s (irreversible: nobody can delete what is written then)",
                            text);
    return text;
}

/* After how many days logs are deleted by that lifecycle; 0: never. */
static int64_t deletes_after(const char *lifecycle, struct arena *arena)
{
    struct err ignored = ERR_INIT; /* "none" */
    struct json *rules = NULL;
    int64_t least = 0;

    if (lifecycle == NULL || json_parse(lifecycle, strlen(lifecycle), arena, &rules, &ignored) != 0)
        return 0;
    for (const struct json *it = json_first(rules); it != NULL; it = it->next) {
        int64_t days = (int64_t)json_number(json_get(it, "Expiration"), "Days", 0);

        if (days > 0 && (least == 0 || days < least))
            least = days;
    }
    return least;
}

/* Whether logs of a bucket that is there are held or kept for less long than now. */
static bool shortens(const struct control_ctx *ctx, enum part part, const char *now)
{
    const struct log_archive_spec *spec = ctx->spec;
    int64_t deleted;

    if (part == LOCK) /* any other lock than the one there is: a longer one needs no question, but
                       * S3 counts in days or years, and asking costs little */
        return !str_eq(now, parts[LOCK].none);
    if (part != LIFECYCLE || spec->keep_days == 0)
        return false;
    deleted = deletes_after(now, ctx->arena);
    return deleted == 0 || spec->keep_days < deleted;
}

static void archive_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct log_archive_spec *spec = ctx->spec;
    const struct archive_seen *seen = have;
    struct log_names names = log_names_of(ctx);
    const char *label = names.bucket == NULL
                            ? "log bucket"
                            : arena_printf(ctx->arena, "log bucket %s", names.bucket);
    struct change *change;

    if (!seen->exists) {
        change = changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "%s", label);
        change_field(change, "name", NULL, names.bucket == NULL ? change_unknown : names.bucket);
        change_field(change, "region", NULL, names.region);
        change_field(change, "public access", NULL, "blocked");
    }
    for (int i = 0; i < PART_COUNT; i++) {
        const struct json *value = wanted(ctx, seen->key_arn, (enum part)i);
        const char *text = text_of(value, (enum part)i, ctx->arena);
        const char *now = seen->exists ? seen->parts[i] : fresh(spec, (enum part)i);

        if (i == POLICY ? policy_text_equal(now, text) : str_eq(now, text))
            continue;
        change = changes_add(out, CHANGE_UPDATE, i, NULL, "%s of %s", parts[i].name, label);
        change_field(change, parts[i].name, now, shown((enum part)i, spec, text, ctx->arena));
        if (seen->exists && shortens(ctx, (enum part)i, now))
            change_takes_away(change);
    }
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

/* With its tags, so that it is ours from its first moment. */
static int create_bucket(struct control_ctx *ctx, struct err *err)
{
    const struct log_archive_spec *spec = ctx->spec;
    struct log_names names = log_names_of(ctx);
    struct json *params = json_object(ctx->arena), *configuration, *tag;

    json_put_str(params, "Bucket", names.bucket);
    json_put_str(params, "x-amz-object-ownership", "BucketOwnerEnforced");
    if (spec->object_lock != NULL)
        json_put_str(params, "x-amz-bucket-object-lock-enabled", "true");
    configuration = json_put_object(params, "CreateBucketConfiguration");
    if (!str_eq(names.region, "us-east-1")) /* which is said by saying nothing */
        json_put_str(configuration, "LocationConstraint", names.region);
    tag = json_add_object(json_put_array(json_put_object(configuration, "Tags"), "Tag"));
    json_put_str(tag, "Key", CONTROL_TAG_KEY);
    json_put_str(tag, "Value", ctx->baseline->name);
    if (aws_call(ctx->target, AWS_S3_CREATE_BUCKET, params, ctx->arena, NULL, err) != 0)
        return -1;
    facts_set(ctx->facts, "log_bucket.name", names.bucket);
    facts_set(ctx->facts, "log_bucket.arn", log_bucket_arn(&names, ctx->arena));
    return 0;
}

static int archive_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                         struct err *err)
{
    const struct archive_seen *seen = have;
    enum part part = (enum part)change->step;
    struct json *params;
    const struct json *value;

    if (change->step == STEP_CREATE)
        return create_bucket(ctx, err);
    value = wanted(ctx, seen->key_arn, part);
    if (value == NULL)
        return err_set(err, ERR_CONFLICT, "%s needs something that does not exist yet",
                       parts[part].name);
    params = bucket_params(ctx);
    json_put(params, parts[part].payload, value);
    return aws_call(ctx->target, parts[part].put, params, ctx->arena, NULL, err);
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
