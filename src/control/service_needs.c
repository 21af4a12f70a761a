/*
 * service_needs.c - what AWS services must be able to do with the roles that plinth makes for them.
 */
#include "plinth/control/service_needs.h"

#include "backup_settings.h"
#include "s3_replication_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/vec.h"

struct needs {
    struct service_need *items;
    size_t count, capacity;
    struct arena *arena;
};

/* One row: done where the source is, and where the copy goes. */
struct row {
    const char *action;
    bool near, far;
    bool grant, one_type;
};

static void add(struct needs *needs, const char *role, const struct row *row, const char *region,
                bool in_backup)
{
    *VEC_ADD(needs->arena, needs) = (struct service_need){.role = role,
                                                          .action = row->action,
                                                          .region = region,
                                                          .in_backup = in_backup,
                                                          .grant = row->grant,
                                                          .one_type = row->one_type};
}

static void add_rows(struct needs *needs, const char *role, const struct row *rows, size_t count,
                     const struct strings *near, const char *far)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; rows[i].near && r < near->count; r++)
            add(needs, role, &rows[i], near->items[r], false);
        if (rows[i].far && far != NULL)
            add(needs, role, &rows[i], far, true);
    }
}

#define ROW_COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* --- Backups -------------------------------------------------------------------------------------
 */

static const struct row backing_up[] = {
    {"backup:DescribeBackupVault", .near = true},
    {"tag:GetResources", .near = true},
    {"kms:DescribeKey", .near = true},
    {"kms:CreateGrant", .near = true, .grant = true},
    {"ec2:CreateSnapshot", .near = true, .one_type = true},
    {"ec2:CreateTags", .near = true, .one_type = true},
    {"rds:CreateDBSnapshot", .near = true, .one_type = true},
    {"rds:CreateDBClusterSnapshot", .near = true, .one_type = true},
    {"dynamodb:StartAwsBackupJob", .near = true, .one_type = true},
    {"elasticfilesystem:Backup", .near = true, .one_type = true},
    {"fsx:CreateBackup", .near = true, .one_type = true},
    {"s3:PutInventoryConfiguration", .near = true, .one_type = true},
    {"s3:PutBucketNotification", .near = true, .one_type = true},
    {"s3:GetObjectVersion", .near = true, .one_type = true},
};

/* AWS Backup calls in the region where it happens; a snapshot is copied by a call where it goes. */
static const struct row copying[] = {
    {"backup:CopyIntoBackupVault", .far = true},
    {"backup:CopyFromBackupVault", .near = true},
    {"kms:DescribeKey", .far = true},
    {"kms:CreateGrant", .far = true, .grant = true},
    {"ec2:CopySnapshot", .near = true, .one_type = true},
    {"rds:CopyDBSnapshot", .near = true, .one_type = true},
    {"rds:CopyDBClusterSnapshot", .near = true, .one_type = true},
    {"fsx:CopyBackup", .near = true, .one_type = true},
};

static void add_backup(struct needs *needs, const struct baseline *baseline,
                       const struct account *account)
{
    const struct backup_spec *spec = control_settings(baseline, "backup", needs->arena);
    const struct backup_plan *plans = spec == NULL ? NULL : spec->plans.items;
    bool planned = false, copies = false;
    struct strings home;

    for (size_t i = 0; spec != NULL && i < spec->plans.count; i++)
        for (size_t a = 0; a < plans[i].attach.count; a++)
            if (backup_is_under(account, plans[i].attach.items[a])) {
                planned = true;
                copies = copies || plans[i].copies || plans[i].copies_to_air_gapped;
            }
    if (planned)
        add_rows(needs, spec->role, backing_up, ROW_COUNT(backing_up),
                 backup_sources(baseline, spec, &home), spec->region);
    if (copies)
        add_rows(needs, spec->role, copying, ROW_COUNT(copying),
                 backup_sources(baseline, spec, &home), spec->region);
}

/* --- Replication of buckets ----------------------------------------------------------------------
 */

static const struct row replicating[] = {
    {"s3:GetReplicationConfiguration", .near = true},
    {"s3:ListBucket", .near = true},
    {"s3:GetObjectVersionForReplication", .near = true},
    {"s3:GetObjectVersionAcl", .near = true},
    {"s3:GetObjectVersionTagging", .near = true},
    {"s3:GetObjectRetention", .near = true},
    {"s3:GetObjectLegalHold", .near = true},
    {"kms:Decrypt", .near = true},
    {"s3:ReplicateObject", .far = true},
    {"s3:ReplicateTags", .far = true},
    {"s3:ObjectOwnerOverrideToBucketOwner", .far = true},
    {"kms:Encrypt", .far = true},
    {"kms:GenerateDataKey", .far = true},
};

static const struct row deleting[] = {{"s3:ReplicateDelete", .far = true}};

/* Where its buckets may be. */
static struct strings regions_of(const struct needs *needs, const struct baseline *baseline,
                                 const struct replication_spec *spec, const struct account *account)
{
    const struct replication_bucket *buckets = spec->buckets.items;
    struct strings found = replication_source_regions(baseline, spec);
    const char **items =
        arena_array(needs->arena, found.count + spec->buckets.count, sizeof *items);
    size_t count = 0;

    for (size_t i = 0; spec->tag != NULL && i < found.count; i++)
        items[count++] = found.items[i];
    for (size_t i = 0; i < spec->buckets.count; i++) {
        const char *region = buckets[i].region == NULL ? baseline->home_region : buckets[i].region;
        struct strings so_far = {items, count};

        if (baseline_account(baseline, buckets[i].account) == account &&
            !backup_lists(&so_far, region))
            items[count++] = region;
    }
    if (count == 0)
        items[count++] = baseline->home_region; /* the log archive's bucket */
    return (struct strings){items, count};
}

static void add_replication(struct needs *needs, const struct baseline *baseline,
                            const struct account *account)
{
    const struct replication_spec *spec =
        control_settings(baseline, "s3_replication", needs->arena);
    struct strings near;
    const char *far;

    if (spec == NULL || !replication_concerns(baseline, spec, account))
        return;
    near = regions_of(needs, baseline, spec, account);
    far = replication_region(baseline, spec);
    add_rows(needs, spec->role, replicating, ROW_COUNT(replicating), &near, far);
    if (spec->delete_markers)
        add_rows(needs, spec->role, deleting, ROW_COUNT(deleting), &near, far);
}

void service_needs(const struct baseline *baseline, const struct account *account,
                   struct arena *arena, struct service_needs *out)
{
    struct needs needs = {.arena = arena};

    add_backup(&needs, baseline, account);
    add_replication(&needs, baseline, account);
    *out = (struct service_needs){.items = needs.items, .count = needs.count};
}
