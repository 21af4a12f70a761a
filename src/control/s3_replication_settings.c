/*
 * s3_replication_settings.c - what the baseline says of the replication of buckets.
 *
 * Source: S3 User Guide, "Replicating objects within and across Regions", "Bucket naming rules".
 */
#include "s3_replication_settings.h"

#include "bucket.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/hash.h"

#include <inttypes.h>
#include <string.h>

enum { DAYS_MOST = 36500, BUCKETS_MOST = 1000, BUCKET_NAME_MOST = 63 };

/* --- The schema ----------------------------------------------------------------------------------
 */

static const struct field bucket_fields[] = {
    {.key = "account",
     .type = FIELD_STRING,
     .offset = offsetof(struct replication_bucket, account),
     .required = true,
     .format = FORMAT_ACCOUNT_NAME,
     .doc = "The account that owns it, by its name."},
    {.key = "bucket",
     .type = FIELD_STRING,
     .offset = offsetof(struct replication_bucket, bucket),
     .required = true,
     .doc = "Its name."},
    {.key = "region",
     .type = FIELD_STRING,
     .offset = offsetof(struct replication_bucket, region),
     .format = FORMAT_REGION,
     .doc = "Where it is. Not given: the home region."},
    {.key = NULL},
};

static const struct schema bucket_schema = {
    .name = "replicated bucket",
    .doc = "A bucket that is there already. plinth turns its versioning on and adds a rule to its "
           "replication; nothing else of it is changed.",
    .size = sizeof(struct replication_bucket),
    .node_offset = offsetof(struct replication_bucket, node),
    .fields = bucket_fields,
};

static const struct choice lock_modes[] = {
    {"governance", "GOVERNANCE"},
    {"compliance", "COMPLIANCE"},
    {NULL, NULL},
};

static const struct field lock_fields[] = {
    {.key = "mode",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct replication_lock, mode),
     .required = true,
     .choices = lock_modes,
     .doc = "`governance`: whoever has s3:BypassGovernanceRetention may delete all the same. "
            "`compliance`: **irreversible**: nobody can delete a replica before its time, not the "
            "root user and not AWS; plinth asks for it by the source's name, or takes it from "
            "`--lock-vault`."},
    {.key = "days",
     .type = FIELD_INT,
     .offset = offsetof(struct replication_lock, days),
     .required = true,
     .min = 1,
     .max = DAYS_MOST,
     .doc = "How long each version is held after it was written to its source."},
    {.key = NULL},
};

static const struct schema lock_schema = {
    .name = "replica lock",
    .doc = "Holds replicas, so that they cannot be deleted. An object that its source holds is "
           "held as it is there.",
    .size = sizeof(struct replication_lock),
    .node_offset = offsetof(struct replication_lock, node),
    .fields = lock_fields,
};

static const struct field replication_fields[] = {
    {.key = "region",
     .type = FIELD_STRING,
     .offset = offsetof(struct replication_spec, region),
     .uniform = true,
     .format = FORMAT_REGION,
     .doc = "Where the backup account keeps the replicas: another region than the sources'. Not "
            "given: `region` of `backup`."},
    {.key = "role",
     .type = FIELD_STRING,
     .offset = offsetof(struct replication_spec, role),
     .fallback = "plinth-s3-replication",
     .uniform = true,
     .format = FORMAT_ROLE_NAME,
     .doc = "The role in each source account with which S3 replicates. It reads the sources there, "
            "and writes to their replicas."},
    {.key = "buckets",
     .type = FIELD_OBJECTS,
     .offset = offsetof(struct replication_spec, buckets),
     .uniform = true,
     .object = &bucket_schema,
     .max = BUCKETS_MOST,
     .doc = "Sources by name."},
    {.key = "tag",
     .type = FIELD_STRING,
     .offset = offsetof(struct replication_spec, tag),
     .uniform = true,
     .doc = "Buckets with this tag are sources too, in every account that this is on for, the "
            "backup account aside. One read per account and source region.",
     .example = "replicate"},
    {.key = "values",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct replication_spec, values),
     .uniform = true,
     .min = 1,
     .max = 20,
     .doc = "Values of that tag. Not given: any.",
     .example = "[\"true\"]"},
    {.key = "source_regions",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct replication_spec, source_regions),
     .uniform = true,
     .format = FORMAT_REGION,
     .max = 40,
     .doc = "Where buckets with that tag are looked for. Not given: the home region."},
    {.key = "logs",
     .type = FIELD_BOOL,
     .offset = offsetof(struct replication_spec, logs),
     .fallback = "false",
     .uniform = true,
     .doc = "Replicate the log archive's bucket. Its replicas are kept as long as `log_archive` "
            "keeps logs."},
    {.key = "delete_markers",
     .type = FIELD_BOOL,
     .offset = offsetof(struct replication_spec, delete_markers),
     .fallback = "false",
     .uniform = true,
     .doc = "Whether what is deleted in a source is hidden in its replica as well. The deletion of "
            "a version is never replicated."},
    {.key = "metrics",
     .type = FIELD_BOOL,
     .offset = offsetof(struct replication_spec, metrics),
     .fallback = "true",
     .uniform = true,
     .doc = "CloudWatch metrics of what is pending, and of what failed. AWS charges for them as "
            "for metrics of one's own."},
    {.key = "time_control",
     .type = FIELD_BOOL,
     .offset = offsetof(struct replication_spec, time_control),
     .fallback = "false",
     .uniform = true,
     .doc = "S3 Replication Time Control: 99.9 % of the objects within 15 minutes, and metrics of "
            "it. AWS charges by the volume."},
    {.key = "object_lock",
     .type = FIELD_OBJECT,
     .offset = offsetof(struct replication_spec, object_lock),
     .uniform = true,
     .object = &lock_schema,
     .doc = "Holds replicas, those of the logs aside: these are held as `log_archive` says."},
    {.key = "keep_noncurrent_days",
     .type = FIELD_INT,
     .offset = offsetof(struct replication_spec, keep_noncurrent_days),
     .fallback = "365",
     .uniform = true,
     .max = DAYS_MOST,
     .doc = "How long a replica is kept after it was overwritten or hidden; 0: for ever. The "
            "newest version of an object always stays."},
    {.key = "archive_after_days",
     .type = FIELD_INT,
     .offset = offsetof(struct replication_spec, archive_after_days),
     .fallback = "0",
     .uniform = true,
     .max = DAYS_MOST,
     .doc = "When replicas move to S3 Glacier Flexible Retrieval; 0: never. Moving costs by the "
            "object."},
    {.key = "rotation_days",
     .type = FIELD_INT,
     .offset = offsetof(struct replication_spec, rotation_days),
     .fallback = "365",
     .uniform = true,
     .min = 90,
     .max = 2560,
     .doc = "How often the key of the replicas rotates."},
    {.key = NULL},
};

const struct schema replication_schema = {
    .name = "s3_replication",
    .doc = "Copies what is written to chosen buckets into the backup account and another region. "
           "Each source gets a bucket of its own there, under a key of the backup account, that "
           "only the source account's replication role can write to. Needs an account with role "
           "`backup`. What a bucket held before is not copied: S3 Batch Replication does that "
           "once. The key costs about 1 USD a month; storage, requests and traffic between "
           "regions are charged by volume.",
    .size = sizeof(struct replication_spec),
    .node_offset = offsetof(struct replication_spec, node),
    .fields = replication_fields,
};

/* --- What can be asked of them -------------------------------------------------------------------
 */

static const struct replication_bucket *bucket_at(const struct replication_spec *spec, size_t i)
{
    return (const struct replication_bucket *)spec->buckets.items + i;
}

const char *replication_region(const struct baseline *baseline, const struct replication_spec *spec)
{
    const struct node *backup = baseline_control_node(baseline, "backup", NULL);
    const struct node *region = backup == NULL ? NULL : node_get(backup, "region");

    if (spec->region != NULL)
        return spec->region;
    return region == NULL || region->type != NODE_SCALAR ? NULL : region->text;
}

struct strings replication_source_regions(const struct baseline *baseline,
                                          const struct replication_spec *spec)
{
    if (spec->source_regions.count > 0)
        return spec->source_regions;
    return (struct strings){.items = (const char **)(uintptr_t)&baseline->home_region, .count = 1};
}

bool replication_concerns(const struct baseline *baseline, const void *decoded,
                          const struct account *account)
{
    const struct replication_spec *spec = decoded;

    (void)baseline;
    if (account->roles & ROLE_BACKUP)
        return false;
    if (spec->tag != NULL || (spec->logs && (account->roles & ROLE_LOG_ARCHIVE)))
        return true;
    for (size_t i = 0; i < spec->buckets.count; i++)
        if (str_eq(bucket_at(spec, i)->account, account->name))
            return true;
    return false;
}

bool replication_in_region(const struct baseline *baseline, const struct account *account,
                           const void *decoded, const char *region)
{
    const char *wanted = replication_region(baseline, decoded);

    (void)account;
    return wanted != NULL && str_eq(wanted, region);
}

/* As much of the source's name as there is room for; where that is not all of it, or a dot was
 * changed, a part of its digest keeps two sources apart. */
const char *replication_replica_name(const char *source, const char *backup_id, struct arena *arena)
{
    enum { DIGEST_CHARS = 8 };
    const char *tail = arena_printf(arena, "-replica-%s", backup_id);
    size_t room = BUCKET_NAME_MOST - strlen(tail);
    const char *word = control_word(source, arena);
    char hex[SHA256_HEX_BYTES];

    if (strlen(source) <= room && str_eq(word, source))
        return arena_printf(arena, "%s%s", source, tail);
    sha256_hex(source, strlen(source), hex);
    return arena_printf(arena, "%.*s-%.*s%s", (int)(room - DIGEST_CHARS - 1), word, DIGEST_CHARS,
                        hex, tail);
}

/* --- Checks --------------------------------------------------------------------------------------
 */

struct check {
    const struct baseline *baseline;
    const struct replication_spec *spec;
    const char *region;
    struct diags *diags;
};

static void check_allowed(const struct check *check, const struct mark *mark, const char *region)
{
    const struct strings *allowed = &check->baseline->regions;

    for (size_t i = 0; i < allowed->count; i++)
        if (str_eq(allowed->items[i], region))
            return;
    diags_add(check->diags, mark, "%s is not among the baseline's regions: policies would deny it",
              region);
}

static void check_source_region(const struct check *check, const struct mark *mark,
                                const char *what, const char *region)
{
    if (check->region != NULL && str_eq(region, check->region))
        diags_add(check->diags, mark,
                  "%s would be replicated within %s: give s3_replication another region", what,
                  region);
}

static void check_bucket(const struct check *check, const struct replication_bucket *bucket)
{
    const struct account *account = baseline_account(check->baseline, bucket->account);
    const char *region = bucket->region == NULL ? check->baseline->home_region : bucket->region;

    if (account == NULL)
        diags_add(check->diags, schema_mark(bucket->node, "account"), "there is no account '%s'",
                  bucket->account);
    else if (account->roles & ROLE_BACKUP)
        diags_add(check->diags, schema_mark(bucket->node, "account"),
                  "bucket %s would be replicated within account %s, which keeps the replicas: "
                  "whoever takes the account has both",
                  bucket->bucket, account->name);
    else if (baseline_control_node(check->baseline, "s3_replication", account) == NULL)
        diags_add(check->diags, schema_mark(bucket->node, "account"),
                  "s3_replication is switched off for account %s", account->name);
    if (!bucket_name_is_valid(bucket->bucket))
        diags_add(check->diags, schema_mark(bucket->node, "bucket"),
                  "\"%s\" is no bucket name: 3 to 63 small letters, digits, dashes and dots",
                  bucket->bucket);
    check_source_region(check, schema_mark(bucket->node, "region"), "a bucket", region);
}

static void check_buckets(const struct check *check)
{
    const struct replication_spec *spec = check->spec;

    for (size_t i = 0; i < spec->buckets.count; i++) {
        check_bucket(check, bucket_at(spec, i));
        for (size_t k = 0; k < i; k++)
            if (str_eq(bucket_at(spec, i)->bucket, bucket_at(spec, k)->bucket))
                diags_add(check->diags, schema_mark(bucket_at(spec, i)->node, "bucket"),
                          "bucket %s is named twice", bucket_at(spec, i)->bucket);
    }
}

static void check_tag(const struct check *check)
{
    const struct replication_spec *spec = check->spec;
    const struct node *list = node_get(spec->node, "source_regions");
    const struct strings regions = replication_source_regions(check->baseline, spec);

    if (spec->tag == NULL) {
        if (spec->values.count > 0)
            diags_add(check->diags, schema_mark(spec->node, "values"), "'values' needs a 'tag'");
        if (list != NULL)
            diags_add(check->diags, &list->mark, "'source_regions' is for buckets with a 'tag'");
        return;
    }
    for (size_t i = 0; i < regions.count; i++)
        check_source_region(check,
                            list != NULL && list->type == NODE_LIST
                                ? &list->items[i]->mark
                                : schema_mark(spec->node, "tag"),
                            "a bucket with the tag", regions.items[i]);
}

static void check_logs(const struct check *check)
{
    const struct account *logs = baseline_account_with_role(check->baseline, ROLE_LOG_ARCHIVE);
    const struct mark *mark = schema_mark(check->spec->node, "logs");

    if (!check->spec->logs)
        return;
    if (baseline_control_node(check->baseline, "log_archive", NULL) == NULL)
        diags_add(check->diags, mark, "'logs' needs the control log_archive");
    if (logs != NULL && (logs->roles & ROLE_BACKUP))
        diags_add(check->diags, mark,
                  "the logs would be replicated within account %s, which keeps the replicas",
                  logs->name);
    check_source_region(check, mark, "the log archive", check->baseline->home_region);
}

static void check_days(const struct check *check)
{
    const struct replication_spec *spec = check->spec;
    int64_t keep = spec->keep_noncurrent_days;

    if (spec->object_lock != NULL && keep != 0 && keep < spec->object_lock->days)
        diags_add(check->diags, schema_mark(spec->node, "keep_noncurrent_days"),
                  "replicas are to be deleted %" PRId64 " days after they are overwritten, but "
                  "object_lock may hold them for %" PRId64,
                  keep, spec->object_lock->days);
}

void replication_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct replication_spec *spec = decoded;
    const struct account *backup = baseline_account_with_role(baseline, ROLE_BACKUP);
    const struct check check = {baseline, spec, replication_region(baseline, spec), diags};

    if (backup == NULL)
        diags_add(diags, &spec->node->mark, "s3_replication needs an account with role backup");
    else if (backup->roles & ROLE_MANAGEMENT)
        diags_add(diags, &spec->node->mark,
                  "the backup account is the management account, which no policy protects");
    if (check.region == NULL)
        diags_add(diags, &spec->node->mark,
                  "s3_replication needs a region for the replicas: give it one, or use 'backup'");
    else
        check_allowed(&check, schema_mark(spec->node, "region"), check.region);
    if (spec->buckets.count == 0 && spec->tag == NULL && !spec->logs)
        diags_add(diags, &spec->node->mark,
                  "s3_replication replicates nothing: give it buckets, a tag or logs");
    check_buckets(&check);
    check_tag(&check);
    check_logs(&check);
    check_days(&check);
}
