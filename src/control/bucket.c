#include "bucket.h"

#include "plinth/base/arena.h"
#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <string.h>

bool bucket_name_is_valid(const char *name)
{
    size_t len = strlen(name);

    return len >= 3 && len <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == len;
}

const char *bucket_arn(const char *partition, const char *name, struct arena *arena)
{
    return arena_printf(arena, "arn:%s:s3:::%s", partition, name);
}

struct json *bucket_params(const struct control_ctx *ctx, const char *name, const char *account_id)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "Bucket", name);
    json_put_str(params, "x-amz-expected-bucket-owner", account_id);
    return params;
}

/* --- One form
 * ---------------------------------------------------------------------------------------
 */

static bool is_empty(const struct json *value)
{
    return value->type == JSON_STRING ? value->string[0] == '\0' : value->count == 0;
}

static void add_normal(struct json *list, const struct json *member, struct arena *arena)
{
    if (member->type != JSON_ARRAY) {
        json_add(list, bucket_normal(member, arena));
        return;
    }
    for (const struct json *it = member->first; it != NULL; it = it->next)
        json_add(list, bucket_normal(it, arena));
}

struct json *bucket_normal(const struct json *value, struct arena *arena)
{
    struct json *out = json_object(arena);

    if (value->type == JSON_STRING)
        return json_string(arena, value->string);
    if (value->type != JSON_OBJECT)
        return json_string(arena, json_text(value, arena));
    for (const struct json *it = value->first; it != NULL; it = it->next) {
        struct json *list = json_array(arena);
        const struct json *one;

        if (json_get(out, it->key) != NULL)
            continue;
        for (const struct json *same = it; same != NULL; same = same->next)
            if (str_eq(same->key, it->key))
                add_normal(list, same, arena);
        one = list->count == 1 ? list->first : list;
        if (!is_empty(one))
            json_put(out, it->key, one);
    }
    return out;
}

const char *bucket_text(const struct json *value, struct arena *arena)
{
    const char *text;
    struct buf out;

    buf_init(&out, LIMIT_JSON_BYTES);
    json_print_canonical(value, &out);
    text = arena_strn(arena, buf_text(&out), out.len);
    buf_fini(&out);
    return text;
}

/* --- Live
 * -------------------------------------------------------------------------------------------
 */

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
    const struct json *rules = json_get(bucket_normal(answer, arena), "Rule");

    return rules == NULL ? "none" : bucket_text(rules, arena);
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
} parts[BUCKET_PART_COUNT] = {
    [BUCKET_VERSIONING] = {"versioning", AWS_S3_GET_BUCKET_VERSIONING, AWS_S3_PUT_BUCKET_VERSIONING,
                           "VersioningConfiguration", versioning_text, "off"},
    [BUCKET_ENCRYPTION] = {"encryption", AWS_S3_GET_BUCKET_ENCRYPTION, AWS_S3_PUT_BUCKET_ENCRYPTION,
                           "ServerSideEncryptionConfiguration", encryption_text, "none"},
    [BUCKET_PUBLIC_ACCESS] = {"public access", AWS_S3_GET_PUBLIC_ACCESS_BLOCK,
                              AWS_S3_PUT_PUBLIC_ACCESS_BLOCK, "PublicAccessBlockConfiguration",
                              public_access_text, "open"},
    [BUCKET_OWNERSHIP] = {"ownership", AWS_S3_GET_BUCKET_OWNERSHIP_CONTROLS,
                          AWS_S3_PUT_BUCKET_OWNERSHIP_CONTROLS, "OwnershipControls", ownership_text,
                          "none"},
    [BUCKET_LOCK] = {"object lock", AWS_S3_GET_OBJECT_LOCK_CONFIGURATION,
                     AWS_S3_PUT_OBJECT_LOCK_CONFIGURATION, "ObjectLockConfiguration", lock_text,
                     "none"},
    [BUCKET_LIFECYCLE] = {"lifecycle", AWS_S3_GET_BUCKET_LIFECYCLE_CONFIGURATION,
                          AWS_S3_PUT_BUCKET_LIFECYCLE_CONFIGURATION, "LifecycleConfiguration",
                          lifecycle_text, "none"},
    [BUCKET_POLICY] = {"policy", AWS_S3_GET_BUCKET_POLICY, AWS_S3_PUT_BUCKET_POLICY, "Policy",
                       policy_text, NULL},
};

/* Its tags tell in one call whether the bucket is there, and ours. */
static int read_bucket(struct control_ctx *ctx, const struct aws_target *target,
                       const struct bucket *want, bool *out_exists, struct err *err)
{
    const struct json *answer, *tags = NULL;

    *out_exists = false;
    if (aws_call(target, AWS_S3_GET_BUCKET_TAGGING,
                 bucket_params(ctx, want->name, want->account_id), ctx->arena, &answer, err) == 0)
        tags = json_get(answer, "TagSet");
    else if (err_is(err, "NoSuchBucket"))
        return 0;
    else if (err->http_status == 301)
        return err_set(err, ERR_CONFLICT, "bucket %s exists, but not in %s; %s", want->name,
                       want->region, want->advice);
    else if (err->code == ERR_DENIED)
        return err_wrap(err, "bucket %s is another account's, or its policy keeps us out",
                        want->name);
    else if (!err_is(err, "NoSuchTagSet"))
        return -1;
    if (!str_eq(control_tag(tags, CONTROL_TAG_KEY), ctx->baseline->name))
        return err_set(err, ERR_CONFLICT,
                       "bucket %s exists and is not this baseline's (no tag %s=%s); tag it, or %s",
                       want->name, CONTROL_TAG_KEY, ctx->baseline->name, want->advice);
    *out_exists = true;
    return 0;
}

static int read_part(struct control_ctx *ctx, const struct aws_target *target,
                     const struct bucket *want, enum bucket_part part, const char **out,
                     struct err *err)
{
    const struct json *answer;

    if (aws_call(target, parts[part].get, bucket_params(ctx, want->name, want->account_id),
                 ctx->arena, &answer, err) == 0) {
        *out = parts[part].text(answer, ctx->arena);
        return 0;
    }
    if (err->code != ERR_NOTFOUND || err_is(err, "NoSuchBucket"))
        return -1;
    err_clear(err);
    *out = parts[part].none;
    return 0;
}

int bucket_observe(struct control_ctx *ctx, const struct aws_target *target,
                   const struct bucket *want, struct bucket_seen *seen, struct err *err)
{
    if (read_bucket(ctx, target, want, &seen->exists, err) != 0)
        return -1;
    for (int i = 0; seen->exists && i < BUCKET_PART_COUNT; i++)
        if (read_part(ctx, target, want, (enum bucket_part)i, &seen->parts[i], err) != 0)
            return -1;
    return 0;
}

/* --- Wanted
 * -----------------------------------------------------------------------------------------
 */

static struct json *encryption_of(const char *key_arn, struct arena *arena)
{
    struct json *value = json_object(arena), *rule = json_put_object(value, "Rule");
    struct json *by_default = json_put_object(rule, "ApplyServerSideEncryptionByDefault");

    json_put_str(by_default, "SSEAlgorithm", "aws:kms");
    json_put_str(by_default, "KMSMasterKeyID", key_arn);
    json_put_bool(rule, "BucketKeyEnabled", true); /* one KMS call for many objects */
    return value;
}

static struct json *lock_of(const struct bucket *want, struct arena *arena)
{
    struct json *value = json_object(arena), *retention;

    json_put_str(value, "ObjectLockEnabled", "Enabled");
    if (want->lock_mode == NULL)
        return value;
    retention = json_put_object(json_put_object(value, "Rule"), "DefaultRetention");
    json_put_str(retention, "Mode", want->lock_mode);
    json_put_number(retention, "Days", (double)want->lock_days);
    return value;
}

struct json *bucket_lifecycle_rule(struct json *rules, const char *id)
{
    struct json *rule = json_add_object(rules);

    json_put_str(rule, "ID", id);
    json_put_str(json_put_object(rule, "Filter"), "Prefix", "");
    json_put_str(rule, "Status", "Enabled");
    return rule;
}

/* What to write; NULL while it is not known. */
static const struct json *wanted(const struct bucket *want, enum bucket_part part,
                                 struct arena *arena)
{
    struct json *value = json_object(arena);

    switch (part) {
    case BUCKET_VERSIONING:
        json_put_str(value, "Status", "Enabled");
        return value;
    case BUCKET_ENCRYPTION:
        return want->key_arn == NULL ? NULL : encryption_of(want->key_arn, arena);
    case BUCKET_PUBLIC_ACCESS:
        for (size_t i = 0; i < BLOCK_COUNT; i++)
            json_put_bool(value, blocks[i], true);
        return value;
    case BUCKET_OWNERSHIP:
        json_put_str(json_put_object(value, "Rule"), "ObjectOwnership", "BucketOwnerEnforced");
        return value;
    case BUCKET_LOCK:
        return lock_of(want, arena);
    case BUCKET_LIFECYCLE:
        return want->lifecycle;
    default:
        return want->policy == NULL ? NULL : json_string(arena, want->policy);
    }
}

static const char *text_of(const struct json *value, enum bucket_part part, struct arena *arena)
{
    if (value == NULL)
        return change_unknown;
    return value->type == JSON_STRING ? value->string : parts[part].text(value, arena);
}

/* As S3 makes every new bucket; a lock brings versioning with it. */
static const char *fresh(const struct bucket *want, enum bucket_part part)
{
    if (part == BUCKET_VERSIONING && want->lockable)
        return "Enabled";
    if (part == BUCKET_PUBLIC_ACCESS)
        return "blocked";
    if (part == BUCKET_ENCRYPTION)
        return "AES256";
    return part == BUCKET_OWNERSHIP ? "BucketOwnerEnforced" : parts[part].none;
}

static bool is_compliance(const struct bucket *want)
{
    return want->lock_mode != NULL && str_eq(want->lock_mode, "COMPLIANCE");
}

static const char *shown(enum bucket_part part, const struct bucket *want, const char *text,
                         struct arena *arena)
{
    if (part == BUCKET_LOCK && is_compliance(want))
        return arena_printf(arena, "%s (irreversible: nobody can delete what is written then)",
                            text);
    return text;
}

static void least_of(int64_t *least, const struct json *days, const char *member)
{
    int64_t value = (int64_t)json_number(days, member, 0);

    if (value > 0 && (*least == 0 || value < *least))
        *least = value;
}

/* After how many days something is deleted by that lifecycle; 0: never. */
static int64_t deletes_after(const char *lifecycle, struct arena *arena)
{
    struct err ignored = ERR_INIT; /* "none" */
    struct json *rules = NULL;
    int64_t least = 0;

    if (lifecycle == NULL || json_parse(lifecycle, strlen(lifecycle), arena, &rules, &ignored) != 0)
        return 0;
    /* A list of one is its item. */
    for (const struct json *it = rules->type == JSON_ARRAY ? rules->first : rules; it != NULL;
         it = it->next) {
        least_of(&least, json_get(it, "Expiration"), "Days");
        least_of(&least, json_get(it, "NoncurrentVersionExpiration"), "NoncurrentDays");
    }
    return least;
}

/* Whether what is in a bucket that is there is held or kept for less long than now. */
static bool shortens(enum bucket_part part, const char *now, const char *text, struct arena *arena)
{
    int64_t before, after;

    if (part == BUCKET_LOCK) /* any other lock than the one there is: a longer one needs no
                              * question, but S3 counts in days or years, and asking costs little */
        return !str_eq(now, parts[BUCKET_LOCK].none);
    if (part != BUCKET_LIFECYCLE)
        return false;
    before = deletes_after(now, arena);
    after = deletes_after(text, arena);
    return after > 0 && (before == 0 || after < before);
}

void bucket_diff(const struct control_ctx *ctx, const struct bucket *want,
                 const struct bucket_seen *seen, const void *subject, struct changes *out)
{
    const char *label = want->name == NULL
                            ? want->title
                            : arena_printf(ctx->arena, "%s %s", want->title, want->name);
    struct change *change;

    if (!seen->exists) {
        change = changes_add(out, CHANGE_CREATE, BUCKET_CREATE, subject, "%s", label);
        change_field(change, "name", NULL, want->name == NULL ? change_unknown : want->name);
        change_field(change, "region", NULL, want->region);
        change_field(change, "public access", NULL, "blocked");
    }
    for (int i = 0; i < BUCKET_PART_COUNT; i++) {
        enum bucket_part part = (enum bucket_part)i;
        const char *text = text_of(wanted(want, part, ctx->arena), part, ctx->arena);
        const char *now = seen->exists ? seen->parts[i] : fresh(want, part);

        if (part == BUCKET_POLICY ? policy_text_equal(now, text) : str_eq(now, text))
            continue;
        change = changes_add(out, CHANGE_UPDATE, BUCKET_PART + i, subject, "%s of %s",
                             parts[i].name, label);
        change_field(change, parts[i].name, now, shown(part, want, text, ctx->arena));
        if (part == BUCKET_LOCK && is_compliance(want) && want->asks_for != NULL)
            change_is_final(change, want->asks_for, 0);
        if (seen->exists && shortens(part, now, text, ctx->arena))
            change_takes_away(change);
    }
}

/* --- Apply
 * ------------------------------------------------------------------------------------------
 */

static void add_tag(struct json *tags, const char *key, const char *value)
{
    struct json *tag = json_add_object(tags);

    json_put_str(tag, "Key", key);
    json_put_str(tag, "Value", value);
}

/* With its tags, so that it is ours from its first moment. */
static int create_bucket(struct control_ctx *ctx, const struct aws_target *target,
                         const struct bucket *want, struct err *err)
{
    struct json *params = json_object(ctx->arena), *configuration, *tags;

    if (want->name == NULL)
        return err_set(err, ERR_CONFLICT, "the account of the %s does not exist yet", want->title);
    json_put_str(params, "Bucket", want->name);
    json_put_str(params, "x-amz-object-ownership", "BucketOwnerEnforced");
    if (want->lockable)
        json_put_str(params, "x-amz-bucket-object-lock-enabled", "true");
    configuration = json_put_object(params, "CreateBucketConfiguration");
    if (!str_eq(want->region, "us-east-1")) /* which is said by saying nothing */
        json_put_str(configuration, "LocationConstraint", want->region);
    tags = json_put_array(json_put_object(configuration, "Tags"), "Tag");
    add_tag(tags, CONTROL_TAG_KEY, ctx->baseline->name);
    for (size_t i = 0; i < want->tags.count; i++)
        add_tag(tags, want->tags.items[i].key, want->tags.items[i].value);
    return aws_call(target, AWS_S3_CREATE_BUCKET, params, ctx->arena, NULL, err);
}

int bucket_apply(struct control_ctx *ctx, const struct aws_target *target,
                 const struct bucket *want, int step, struct err *err)
{
    enum bucket_part part = (enum bucket_part)(step - BUCKET_PART);
    const struct json *value;
    struct json *params;

    if (step == BUCKET_CREATE)
        return create_bucket(ctx, target, want, err);
    value = wanted(want, part, ctx->arena);
    if (value == NULL)
        return err_set(err, ERR_CONFLICT, "%s needs something that does not exist yet",
                       parts[part].name);
    params = bucket_params(ctx, want->name, want->account_id);
    json_put(params, parts[part].payload, value);
    return aws_call(target, parts[part].put, params, ctx->arena, NULL, err);
}
