/*
 * s3_replication.c - control "s3_replication": what is written to chosen buckets of an account
 *                    arrives in the backup account and another region.
 *
 * Baseline:  s3_replication: { region, role, buckets, tag, values, source_regions, logs,
 *            delete_markers, metrics, time_control, object_lock, keep_noncurrent_days,
 *            archive_after_days, rotation_days }; shared with the control s3_replica_key
 * Source:    docs.aws.amazon.com/AmazonS3/latest/API, API version 2006-03-01; S3 User Guide,
 *            "Replicating objects within and across Regions"; Resource Groups Tagging API
 *            Reference, version 2017-01-26
 * Limits:    what a bucket held before is not copied; objects under a key of a third account
 *            cannot be read by the role; a source is left as it is when the baseline no longer
 *            names it, and a replica always.  The role's policy names each source: some 50 of them
 *            fit in an account.
 */
#include "bucket.h"
#include "kms_key.h"
#include "log_archive.h"
#include "s3_replication_documents.h"
#include "service_role.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"

#include <inttypes.h>
#include <string.h>

enum { STEP_VERSIONING, STEP_RULE };
enum { ROLE_POLICY_CHARS_MOST = 10240 };

static const char policy_name[] = "replicate";

struct source {
    struct source *next;
    const char *bucket; /* NULL: the log archive's, and not known yet */
    const char *region;
    const char *because; /* why it is one, for people */
    bool logs;           /* it is plinth's own */
    bool exists;
    bool versioned;
    const char *role;            /* ARN in its replication configuration; NULL: it has none */
    const struct json *ours;     /* plinth's rule there; NULL */
    const struct json **foreign; /* rules of others, as S3 gave them */
    size_t foreign_count;
    struct bucket_seen replica;
};

struct replication_seen {
    bool listed; /* the sources were looked for */
    struct source *sources;
    const char *key_arn; /* NULL: the key does not exist yet */
    struct service_role_seen role;
};

static const enum aws_op replication_ops[] = {
    AWS_RESOURCEGROUPSTAGGINGAPI_GET_RESOURCES,
    AWS_KMS_DESCRIBE_KEY,
    AWS_S3_GET_BUCKET_REPLICATION,
    AWS_S3_PUT_BUCKET_REPLICATION,
    BUCKET_OPS,
    SERVICE_ROLE_OPS,
    AWS_OP_NONE,
};

/* --- The sources ---------------------------------------------------------------------------------
 */

static void add_source(const struct control_ctx *ctx, struct source **list, const char *bucket,
                       const char *region, const char *because)
{
    struct source *source;

    while (*list != NULL) {
        if (bucket != NULL && (*list)->bucket != NULL && str_eq((*list)->bucket, bucket))
            return; /* named, and tagged too */
        list = &(*list)->next;
    }
    source = arena_alloc(ctx->arena, sizeof *source);
    *source = (struct source){.bucket = bucket, .region = region, .because = because};
    *list = source;
}

static struct control_ctx log_ctx(const struct control_ctx *ctx)
{
    struct control_ctx logs = *ctx;

    logs.spec = control_settings(ctx->baseline, "log_archive", ctx->arena);
    return logs;
}

/* Those that the baseline names, whether they exist or not; the log archive's first. */
static struct source *named_sources(const struct control_ctx *ctx)
{
    const struct replication_spec *spec = ctx->spec;
    const struct replication_bucket *buckets = spec->buckets.items;
    struct source *list = NULL;

    if (spec->logs && (ctx->account->roles & ROLE_LOG_ARCHIVE)) {
        const struct control_ctx logs = log_ctx(ctx);

        add_source(ctx, &list, log_names_of(&logs).bucket, ctx->baseline->home_region,
                   "the log archive");
        list->logs = true;
    }
    for (size_t i = 0; i < spec->buckets.count; i++)
        if (str_eq(buckets[i].account, ctx->account->name))
            add_source(ctx, &list, buckets[i].bucket,
                       buckets[i].region == NULL ? ctx->baseline->home_region : buckets[i].region,
                       "named by the baseline");
    return list;
}

static struct json *tag_params(const struct control_ctx *ctx)
{
    const struct replication_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena), *filter, *values;

    json_add_str(json_put_array(params, "ResourceTypeFilters"), "s3:bucket");
    filter = json_add_object(json_put_array(params, "TagFilters"));
    json_put_str(filter, "Key", spec->tag);
    if (spec->values.count > 0) {
        values = json_put_array(filter, "Values");
        for (size_t i = 0; i < spec->values.count; i++)
            json_add_str(values, spec->values.items[i]);
    }
    return params;
}

static int add_tagged(struct control_ctx *ctx, const char *region, struct source **list,
                      struct err *err)
{
    const struct replication_spec *spec = ctx->spec;
    struct aws_target target = *ctx->target;
    const struct json *resources;

    target.region = region;
    if (aws_list(&target, AWS_RESOURCEGROUPSTAGGINGAPI_GET_RESOURCES, tag_params(ctx), ctx->arena,
                 &resources, err) != 0)
        return err_wrap(err, "buckets by their tag in %s", region);
    for (const struct json *it = json_first(resources); it != NULL; it = it->next) {
        const char *arn;

        if (json_need_str(it, "ResourceARN", &arn, err) != 0)
            return -1;
        if (strrchr(arn, ':') != NULL)
            add_source(ctx, list, strrchr(arn, ':') + 1, region,
                       arena_printf(ctx->arena, "by its tag %s", spec->tag));
    }
    return 0;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static struct replication_names names_of(const struct control_ctx *ctx,
                                         const struct replication_seen *seen)
{
    const struct replication_spec *spec = ctx->spec;
    const struct account *backup = control_actor_account(ctx->baseline, ACTOR_BACKUP);

    return (struct replication_names){.partition = ctx->partition,
                                      .account_id = ctx->account_id,
                                      .backup_id = control_account_id(ctx, backup),
                                      .region = replication_region(ctx->baseline, spec),
                                      .key_arn = seen->key_arn,
                                      .role = spec->role,
                                      .delete_markers = spec->delete_markers};
}

static struct bucket wanted_replica(const struct control_ctx *ctx,
                                    const struct replication_seen *seen,
                                    const struct source *source)
{
    const struct replication_spec *spec = ctx->spec;
    const struct replication_lock *lock = source->logs ? NULL : spec->object_lock;
    const struct replication_names names = names_of(ctx, seen);
    struct pair *tag = arena_alloc(ctx->arena, sizeof *tag);
    const char *name = NULL;

    *tag = (struct pair){.key = "plinth:source", .value = source->bucket};
    if (source->bucket != NULL && names.backup_id != NULL)
        name = replication_replica_name(source->bucket, names.backup_id, ctx->arena);
    return (struct bucket){
        .title = arena_printf(ctx->arena, "replica of bucket %s",
                              source->bucket == NULL ? "of the log archive" : source->bucket),
        .name = name,
        .account_id = names.backup_id,
        .region = names.region,
        .advice = "delete it if it is empty",
        .tags = {.items = tag, .count = 1},
        .lockable = true, /* a source with a lock takes no other, and versions stay on for good */
        .lock_mode = lock == NULL ? NULL : lock->mode,
        .lock_days = lock == NULL ? 0 : lock->days,
        .asks_for = source->bucket,
        .lifecycle = source->logs ? log_bucket_lifecycle(log_ctx(ctx).spec, ctx->arena)
                                  : replication_lifecycle(spec, ctx->arena),
        .key_arn = seen->key_arn,
        .policy = replication_bucket_policy(&names, name, ctx->arena)};
}

static bool enter_backup(const struct control_ctx *ctx, struct aws_target *out)
{
    return control_enter(ctx, control_actor_account(ctx->baseline, ACTOR_BACKUP),
                         replication_region(ctx->baseline, ctx->spec), out);
}

static struct aws_target source_target(const struct control_ctx *ctx, const struct source *source)
{
    struct aws_target target = *ctx->target;

    target.region = source->region;
    return target;
}

static int read_key(struct control_ctx *ctx, const struct aws_target *backup, const char **out,
                    struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    *out = facts_get(ctx->facts, REPLICATION_KEY_FACT);
    if (*out != NULL)
        return 0;
    json_put_str(params, "KeyId", kms_key_alias(ctx->baseline, "replicas", ctx->arena));
    if (aws_call(backup, AWS_KMS_DESCRIBE_KEY, params, ctx->arena, &answer, err) == 0)
        return json_need_str(json_get(answer, "KeyMetadata"), "Arn", out, err);
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    return 0;
}

/* A configuration has one role for all its rules. */
static int check_foreign(const struct control_ctx *ctx, const struct replication_seen *seen,
                         const struct source *source, struct err *err)
{
    const struct replication_names names = names_of(ctx, seen);

    if (source->foreign_count == 0 ||
        str_eq(source->role, replication_role_arn(&names, ctx->arena)))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "it replicates with role %s by %zu rules that are not plinth's, and a bucket "
                   "replicates with one role only; let these rules use role %s (with the rights "
                   "that they need), or take the bucket out of s3_replication",
                   source->role, source->foreign_count, names.role);
}

static int read_rules(struct control_ctx *ctx, const struct aws_target *target,
                      struct source *source, struct err *err)
{
    const struct json *answer;

    if (aws_call(target, AWS_S3_GET_BUCKET_REPLICATION,
                 bucket_params(ctx, source->bucket, ctx->account_id), ctx->arena, &answer,
                 err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    if (json_need_str(answer, "Role", &source->role, err) != 0)
        return -1;
    source->foreign = arena_array(ctx->arena, answer->count, sizeof(struct json *));
    for (const struct json *it = answer->first; it != NULL; it = it->next) {
        if (!str_eq(it->key, "Rule"))
            continue;
        if (json_str(it, "ID") != NULL && str_eq(json_str(it, "ID"), REPLICATION_RULE_ID))
            source->ours = it;
        else
            source->foreign[source->foreign_count++] = it;
    }
    return 0;
}

static int read_source(struct control_ctx *ctx, const struct replication_seen *seen,
                       struct source *source, struct err *err)
{
    const struct aws_target target = source_target(ctx, source);
    const struct json *answer;
    const char *status;

    if (aws_call(&target, AWS_S3_GET_BUCKET_VERSIONING,
                 bucket_params(ctx, source->bucket, ctx->account_id), ctx->arena, &answer,
                 err) != 0) {
        if (err->http_status == 301)
            return err_set(err, ERR_CONFIG, "it is not in %s: give it its region", source->region);
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    source->exists = true;
    status = json_str(answer, "Status");
    source->versioned = status != NULL && str_eq(status, "Enabled");
    if (read_rules(ctx, &target, source, err) != 0)
        return -1;
    return check_foreign(ctx, seen, source, err);
}

static bool is_wanted(const struct source *source)
{
    return source->exists || source->logs;
}

static int read_pair(struct control_ctx *ctx, const struct replication_seen *seen,
                     struct source *source, const struct aws_target *backup, struct err *err)
{
    if (read_source(ctx, seen, source, err) != 0)
        return -1;
    if (backup != NULL && is_wanted(source)) {
        const struct bucket replica = wanted_replica(ctx, seen, source);

        return bucket_observe(ctx, backup, &replica, &source->replica, err);
    }
    return 0;
}

static int replication_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct replication_spec *spec = ctx->spec;
    const struct strings regions = replication_source_regions(ctx->baseline, spec);
    struct replication_seen *seen = out_seen;
    struct aws_target backup;
    bool has_backup = enter_backup(ctx, &backup);

    seen->listed = true;
    seen->sources = named_sources(ctx);
    for (size_t i = 0; spec->tag != NULL && i < regions.count; i++)
        if (add_tagged(ctx, regions.items[i], &seen->sources, err) != 0)
            return -1;
    if (seen->sources == NULL)
        return 0;
    if (has_backup && read_key(ctx, &backup, &seen->key_arn, err) != 0)
        return err_wrap(err, "key of the backup account");
    for (struct source *it = seen->sources; it != NULL; it = it->next)
        if (read_pair(ctx, seen, it, has_backup ? &backup : NULL, err) != 0)
            return err_wrap(err, "bucket %s", it->bucket);
    return service_role_observe(ctx, spec->role, policy_name, &seen->role, err);
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static struct service_role wanted_role(const struct control_ctx *ctx,
                                       const struct replication_seen *seen,
                                       const struct source *sources)
{
    const struct replication_spec *spec = ctx->spec;
    const struct replication_names names = names_of(ctx, seen);
    struct strings buckets = {0};
    size_t count = 0;

    for (const struct source *it = sources; it != NULL; it = it->next)
        count += is_wanted(it);
    buckets.items = arena_array(ctx->arena, count + 1, sizeof(char *));
    for (const struct source *it = sources; it != NULL; it = it->next)
        if (is_wanted(it))
            buckets.items[buckets.count++] = it->bucket;
    return (struct service_role){
        .name = spec->role,
        .description = "S3 replicates to the backup account with it.",
        .trust = replication_role_trust(ctx->arena),
        .policy_name = policy_name,
        .policy = replication_role_policy(&names, &buckets, ctx->arena),
    };
}

/* The one that the rule has, if no other rule has it too; else the first that is free. */
static int64_t priority_of(const struct source *source)
{
    int64_t priority = (int64_t)json_number(source->ours, "Priority", 1);
    bool taken;

    do {
        taken = false;
        for (size_t i = 0; i < source->foreign_count && !taken; i++)
            taken = (int64_t)json_number(source->foreign[i], "Priority", 0) == priority;
        priority += taken;
    } while (taken);
    return priority;
}

static struct json *wanted_rule(const struct control_ctx *ctx, const struct replication_seen *seen,
                                const struct source *source)
{
    const struct replication_names names = names_of(ctx, seen);
    const struct bucket replica = wanted_replica(ctx, seen, source);

    return replication_rule(ctx->spec, &names, replica.name, priority_of(source), ctx->arena);
}

static const char *or_unknown(const char *text)
{
    return text == NULL ? change_unknown : text;
}

static void diff_rule(const struct control_ctx *ctx, const struct replication_seen *seen,
                      const struct source *source, const char *label, struct changes *out)
{
    const struct replication_names names = names_of(ctx, seen);
    const struct json *want = wanted_rule(ctx, seen, source);
    const char *role = replication_role_arn(&names, ctx->arena);
    const char *rule =
        want == NULL ? NULL : bucket_text(bucket_normal(want, ctx->arena), ctx->arena);
    const char *has = source->ours == NULL
                          ? NULL
                          : bucket_text(bucket_normal(source->ours, ctx->arena), ctx->arena);
    struct change *change;

    if (has != NULL && rule != NULL && str_eq(has, rule) && str_eq(source->role, role))
        return;
    change = changes_add(out, has == NULL ? CHANGE_CREATE : CHANGE_UPDATE, STEP_RULE, source,
                         "replication of %s", label);
    if (has == NULL)
        change_field(change, "to", NULL, or_unknown(wanted_replica(ctx, seen, source).name));
    change_field(change, "role", source->role, or_unknown(role));
    change_field(change, "rule", has, or_unknown(rule));
    if (has == NULL && source->exists && !source->logs)
        changes_note(
            out, "what %s holds already is not copied: S3 Batch Replication does that once", label);
}

static void diff_source(const struct control_ctx *ctx, const struct replication_seen *seen,
                        const struct source *source, struct changes *out)
{
    const char *label = source->logs ? "the log archive's bucket"
                                     : arena_printf(ctx->arena, "bucket %s", source->bucket);

    /* The log archive's bucket has it from its own control. */
    if (!source->logs && !source->versioned)
        change_field(changes_add(out, CHANGE_UPDATE, STEP_VERSIONING, source,
                                 "versioning of %s, which is not plinth's and a source %s", label,
                                 source->because),
                     "versioning", "off", "Enabled");
    diff_rule(ctx, seen, source, label, out);
}

static void replication_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct replication_seen *seen = have;
    const struct source *sources = seen->listed ? seen->sources : named_sources(ctx);
    struct service_role role;
    bool any = false;

    for (const struct source *it = sources; it != NULL; it = it->next) {
        if (is_wanted(it)) {
            const struct bucket replica = wanted_replica(ctx, seen, it);

            bucket_diff(ctx, &replica, &it->replica, it, out);
            any = true;
        } else {
            changes_problem(out, false, "bucket %s is not there: nothing of it is replicated",
                            it->bucket);
        }
    }
    if (!any)
        return;
    role = wanted_role(ctx, seen, sources);
    service_role_diff(&role, &seen->role, out);
    for (const struct source *it = sources; it != NULL; it = it->next)
        if (is_wanted(it))
            diff_source(ctx, seen, it, out);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

/* S3 looks at the role, the replica and both versionings at once, and may not have heard of them
 * yet when they are seconds old. */
static int settle(struct err *err)
{
    static const char *const passing[] = {"role", "Role", "ersioning", "bucket must exist"};

    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if ((err_is(err, "InvalidRequest") || err_is(err, "InvalidArgument")) &&
            strstr(err->text, passing[i]) != NULL)
            err->code = ERR_TRANSIENT;
    return -1;
}

static int put_rule(struct control_ctx *ctx, const struct replication_seen *seen,
                    const struct source *source, struct err *err)
{
    const struct aws_target target = source_target(ctx, source);
    const struct replication_names names = names_of(ctx, seen);
    const struct json *rule = wanted_rule(ctx, seen, source);
    struct json *params = bucket_params(ctx, source->bucket, ctx->account_id), *value, *rules;

    if (rule == NULL)
        return err_set(err, ERR_CONFLICT, "the replica or its key does not exist yet");
    value = json_put_object(params, "ReplicationConfiguration");
    json_put_str(value, "Role", replication_role_arn(&names, ctx->arena));
    rules = json_put_array(value, "Rule");
    for (size_t i = 0; i < source->foreign_count; i++)
        json_add(rules, source->foreign[i]);
    json_add(rules, rule);
    if (aws_call(&target, AWS_S3_PUT_BUCKET_REPLICATION, params, ctx->arena, NULL, err) != 0)
        return settle(err);
    return 0;
}

static int put_versioning(struct control_ctx *ctx, const struct source *source, struct err *err)
{
    const struct aws_target target = source_target(ctx, source);
    struct json *params = bucket_params(ctx, source->bucket, ctx->account_id);

    json_put_str(json_put_object(params, "VersioningConfiguration"), "Status", "Enabled");
    return aws_call(&target, AWS_S3_PUT_BUCKET_VERSIONING, params, ctx->arena, NULL, err);
}

static int apply_replica(struct control_ctx *ctx, const struct replication_seen *seen,
                         const struct change *change, struct err *err)
{
    const struct bucket replica = wanted_replica(ctx, seen, change->subject);
    struct aws_target backup;

    if (!enter_backup(ctx, &backup))
        return err_set(err, ERR_CONFLICT, "the backup account does not exist yet");
    return bucket_apply(ctx, &backup, &replica, change->step, err);
}

static int apply_role(struct control_ctx *ctx, const struct replication_seen *seen, int step,
                      struct err *err)
{
    const struct service_role role = wanted_role(ctx, seen, seen->sources);

    if (role.policy != NULL && strlen(role.policy) > ROLE_POLICY_CHARS_MOST)
        return err_set(err, ERR_LIMIT,
                       "the sources of this account need a policy of %zu characters, and a role "
                       "holds %d: divide them between accounts",
                       strlen(role.policy), ROLE_POLICY_CHARS_MOST);
    return service_role_apply(ctx, &role, step, err);
}

static int replication_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                             struct err *err)
{
    const struct replication_seen *seen = have;

    if (change->step >= BUCKET_CREATE)
        return apply_replica(ctx, seen, change, err);
    if (change->step >= SERVICE_ROLE_CREATE)
        return apply_role(ctx, seen, change->step, err);
    return change->step == STEP_VERSIONING ? put_versioning(ctx, change->subject, err)
                                           : put_rule(ctx, seen, change->subject, err);
}

static const char *const replication_after[] = {"accounts", "log_archive", "s3_replica_key", NULL};

const struct control control_s3_replication = {
    .name = "s3_replication",
    .title = "replication of buckets to the backup account",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = replication_after,
    .needs = ROLE_BACKUP,
    .ops = replication_ops,
    .schema = &replication_schema,
    .seen_size = sizeof(struct replication_seen),
    .check = replication_check,
    .concerns = replication_concerns,
    .observe = replication_observe,
    .diff = replication_diff,
    .apply = replication_apply,
};
