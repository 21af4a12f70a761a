/*
 * backup_jobs.c - AWS Backup: jobs that back up a resource or copy a recovery point.
 *
 * Source: AWS Backup API Reference: StartBackupJob, DescribeBackupJob, ListBackupJobs,
 *         ListCopyJobs; AWS Backup Developer Guide, "Creating backup copies across AWS accounts",
 *         "AWS Backup Vault Lock", "Amazon S3 backups".
 * Limits: backs up buckets and tables, which the simulator has of its resources; no data is kept;
 *         what the service role may do is not looked at.
 */
#include "backup_priv.h"

#include "resource_policy.h"
#include "s3_priv.h"
#include "tagging.h"

#include <string.h>

enum { JOB_S = 900, SIZE_BYTES = 1048576 };
static const double day_ms = 86400e3;

/* --- What jobs are checked for -------------------------------------------------------------------
 */

const char *backup_type_of(const char *resource_type)
{
    if (str_eq(resource_type, "s3:bucket"))
        return "S3";
    return str_eq(resource_type, "dynamodb:table") ? "DynamoDB" : NULL;
}

/* The type of a resource of the call's account and region ("S3"); NULL: none that can be backed up
 * is there. */
static const char *type_of(struct sim_call *call, const char *arn)
{
    for (const struct json *it = json_first(sim_resources(call, call->account, call->region));
         it != NULL; it = it->next)
        if (str_eq(json_str(it, "arn"), arn))
            return backup_type_of(json_str(it, "type"));
    return NULL;
}

/* What stands last in its ARN. */
static const char *name_of(const char *arn)
{
    const char *colon = strrchr(arn, ':'), *slash = strrchr(arn, '/');

    return (slash != NULL && slash > colon ? slash : colon) + 1;
}

/* Why the lock of a vault does not take what is kept like this; NULL: it does. */
static const char *retention_why(const struct json *vault, const struct json *lifecycle)
{
    double days = backup_number(lifecycle, "DeleteAfterDays", 0);

    if (!json_bool(vault, "Locked", false))
        return NULL;
    if (days > 0 && days < json_number(vault, "MinRetentionDays", 0))
        return "The retention is shorter than the minimum of the vault's lock";
    if ((days == 0 && json_get(vault, "MaxRetentionDays") != NULL) ||
        days > json_number(vault, "MaxRetentionDays", days))
        return "The retention is longer than the maximum of the vault's lock";
    return NULL;
}

static bool role_exists(struct sim_call *call, const char *arn)
{
    const char *prefix = sim_arn(call, "iam", "", call->account, "role/%s", "");
    const char *name = arn == NULL ? NULL : strrchr(arn, '/');

    return name != NULL && str_starts(arn, prefix) &&
           sim_has(call, call->account, "", "role", sim_iam_key(call->arena, name + 1));
}

/* Why a job fails; NULL: it does not. */
static const char *backup_why(struct sim_call *call, const struct json *job)
{
    const struct json *vault = sim_get(call, call->account, call->region, "backup-vault",
                                       json_str(job, "BackupVaultName"));
    const char *resource = json_str(job, "ResourceArn"), *type = type_of(call, resource);

    if (vault == NULL)
        return "The backup vault cannot be found";
    if (!role_exists(call, json_str(job, "IamRoleArn")))
        return "The IAM role cannot be assumed by AWS Backup";
    if (type == NULL)
        return "The resource cannot be found";
    if (str_eq(type, "S3") && !str_eq(s3_versioning(call, name_of(resource)), "Enabled"))
        return "Versioning must be enabled on the bucket";
    return retention_why(vault, json_get(job, "RecoveryPointLifecycle"));
}

/* --- Starting ------------------------------------------------------------------------------------
 */

static void run(struct sim_call *call, const char *id, const char *kind, int64_t from_ms)
{
    struct json *running = json_object(call->arena);
    int64_t takes_ms = sim_due_ms(call, JOB_S) - call->now_ms;

    json_put_str(running, "kind", kind);
    json_put_number(running, "ready_ms", (double)(from_ms + takes_ms));
    sim_put(call, call->account, call->region, "backup-running", id, running);
}

static const char *uuid(struct sim_call *call)
{
    char text[37];

    rng_uuid(call->sim->env->rng, text);
    return arena_str(call->arena, text);
}

struct json *backup_job_start(struct sim_call *call, const struct backup_order *order)
{
    struct json *job = json_object(call->arena);

    json_put_str(job, "AccountId", call->account);
    json_put_str(job, "BackupJobId", uuid(call));
    json_put_str(job, "BackupVaultName", order->vault);
    json_put_str(
        job, "BackupVaultArn",
        sim_arn(call, "backup", call->region, call->account, "backup-vault:%s", order->vault));
    json_put_str(job, "ResourceArn", order->resource);
    json_put_str(job, "ResourceType", order->type);
    json_put_str(job, "ResourceName", name_of(order->resource));
    json_put_str(job, "IamRoleArn", order->role);
    json_put_str(
        job, "RecoveryPointArn",
        sim_arn(call, "backup", call->region, call->account, "recovery-point:%s", uuid(call)));
    if (order->lifecycle != NULL)
        json_put(job, "RecoveryPointLifecycle", order->lifecycle);
    if (order->created_by != NULL)
        json_put(job, "CreatedBy", order->created_by);
    if (order->copies != NULL)
        json_put(job, "_copies", order->copies);
    json_put_str(job, "State", "RUNNING");
    json_put_str(job, "PercentDone", "0.0");
    sim_put_time(call, job, "CreationDate", order->at_ms);
    json_put_number(job, "_created_ms", (double)order->at_ms);
    sim_put(call, call->account, call->region, "backup-job", json_str(job, "BackupJobId"), job);
    run(call, json_str(job, "BackupJobId"), "backup-job", order->at_ms);
    return job;
}

static void start_copy(struct sim_call *call, const struct json *job, const struct json *action,
                       int64_t at_ms)
{
    struct json *copy = json_object(call->arena);
    const char *id = uuid(call);

    json_put_str(copy, "AccountId", call->account);
    json_put_str(copy, "CopyJobId", id);
    json_put_str(copy, "SourceBackupVaultArn", json_str(job, "BackupVaultArn"));
    json_put_str(copy, "SourceRecoveryPointArn", json_str(job, "RecoveryPointArn"));
    json_put_str(copy, "DestinationBackupVaultArn", json_str(action, "vault"));
    json_put_str(copy, "ResourceArn", json_str(job, "ResourceArn"));
    json_put_str(copy, "ResourceType", json_str(job, "ResourceType"));
    json_put_str(copy, "IamRoleArn", json_str(job, "IamRoleArn"));
    json_put_str(copy, "CreatedByBackupJobId", json_str(job, "BackupJobId"));
    if (json_get(job, "CreatedBy") != NULL)
        json_put(copy, "CreatedBy", json_get(job, "CreatedBy"));
    if (json_get(action, "lifecycle") != NULL)
        json_put(copy, "DestinationRecoveryPointLifecycle", json_get(action, "lifecycle"));
    json_put_str(copy, "State", "RUNNING");
    sim_put_time(call, copy, "CreationDate", at_ms);
    json_put_number(copy, "_created_ms", (double)at_ms);
    sim_put(call, call->account, call->region, "backup-copy", id, copy);
    run(call, id, "backup-copy", at_ms);
}

/* --- Ending --------------------------------------------------------------------------------------
 */

static void end(struct sim_call *call, const char *kind, const char *id, struct json *job,
                const char *why, int64_t at_ms)
{
    sim_set_str(job, "State", why == NULL ? "COMPLETED" : "FAILED");
    if (why == NULL)
        json_put_number(job, "BackupSizeInBytes", SIZE_BYTES);
    else
        json_put_str(job, "StatusMessage", why);
    sim_put_time(call, job, "CompletionDate", at_ms);
    sim_put(call, call->account, call->region, kind, id, job);
}

/* The point that a job has made, in the vault of the call's account and region. */
static struct json *point_of(struct sim_call *call, const struct json *job, const char *arn,
                             const struct json *vault, const struct json *lifecycle)
{
    struct json *point = json_object(call->arena), *calculated;
    double created = json_number(job, "_created_ms", 0);
    double days = backup_number(lifecycle, "DeleteAfterDays", 0);

    json_put_str(point, "RecoveryPointArn", arn);
    json_put_str(point, "BackupVaultName", json_str(vault, "BackupVaultName"));
    json_put_str(point, "BackupVaultArn", json_str(vault, "BackupVaultArn"));
    json_put_str(point, "VaultType", json_str(vault, "VaultType"));
    json_put_str(point, "ResourceArn", json_str(job, "ResourceArn"));
    json_put_str(point, "ResourceType", json_str(job, "ResourceType"));
    json_put_str(point, "IamRoleArn", json_str(job, "IamRoleArn"));
    json_put_str(point, "Status", "COMPLETED");
    sim_put_time(call, point, "CreationDate", (int64_t)created);
    sim_put_time(call, point, "CompletionDate", call->now_ms);
    json_put_number(point, "BackupSizeInBytes", SIZE_BYTES);
    json_put_bool(point, "IsEncrypted", true);
    json_put_str(point, "EncryptionKeyArn", json_str(vault, "EncryptionKeyArn"));
    if (json_get(job, "CreatedBy") != NULL)
        json_put(point, "CreatedBy", json_get(job, "CreatedBy"));
    json_put_bool(point, "_aws_key", json_bool(vault, "_aws_key", false));
    json_put_number(point, "_created_ms", created);
    if (lifecycle != NULL)
        json_put(point, "Lifecycle", lifecycle);
    if (days > 0) {
        json_put_number(point, "_delete_ms", created + days * day_ms);
        calculated = json_put_object(point, "CalculatedLifecycle");
        sim_put_time(call, calculated, "DeleteAt", (int64_t)(created + days * day_ms));
    }
    return point;
}

static void end_backup(struct sim_call *call, const char *id)
{
    struct json *job = sim_get(call, call->account, call->region, "backup-job", id);
    const struct json *vault = sim_get(call, call->account, call->region, "backup-vault",
                                       json_str(job, "BackupVaultName"));
    const char *why = backup_why(call, job);

    end(call, "backup-job", id, job, why, call->now_ms);
    if (why != NULL)
        return;
    backup_point_add(call, point_of(call, job, json_str(job, "RecoveryPointArn"), vault,
                                    json_get(job, "RecoveryPointLifecycle")));
    for (const struct json *it = json_first(json_get(job, "_copies")); it != NULL; it = it->next)
        start_copy(call, job, it, call->now_ms);
}

/* The vault's name, and `there` in its account and region; NULL: no ARN of a vault. */
static const char *destination_of(struct sim_call *call, const char *arn, struct sim_call *there)
{
    struct sim_arn_parts parts;

    if (!sim_arn_split(arn, call->arena, &parts) || !str_eq(parts.service, "backup") ||
        !str_starts(parts.resource, "backup-vault:"))
        return NULL;
    there->region = parts.region;
    there->account = parts.account;
    return parts.resource + strlen("backup-vault:");
}

/* What another account's vault needs, as AWS documents it for copies between accounts. */
static const char *crossing_why(struct sim_call *call, const struct sim_call *there,
                                const struct json *source, const struct json *copy,
                                const struct json *vault)
{
    const char *arn = json_str(vault, "BackupVaultArn"), *role = json_str(copy, "IamRoleArn");
    struct sim_organization own, theirs;
    struct sim_call as = *call;

    if (!sim_organization_of(call, call->account, &own) ||
        !sim_organization_of(call, there->account, &theirs) || !str_eq(own.id, theirs.id))
        return "The account of the vault is not in the organization";
    if (!backup_crosses_accounts(call))
        return "Cross-account backup is not enabled for the organization";
    if (json_bool(source, "_aws_key", false))
        return "What is encrypted with an AWS managed key cannot be copied to another account";
    as.principal = (struct sim_principal){
        .kind = SIM_ROLE, .account = call->account, .arn = role, .source_arn = role};
    if (sim_resource_policy_caller(&as, json_str(vault, "_policy"), "backup:CopyIntoBackupVault",
                                   arn) != SIM_ALLOWED)
        return "The access policy of the vault does not allow backup:CopyIntoBackupVault";
    return NULL;
}

static void end_copy(struct sim_call *call, const char *id)
{
    struct json *copy = sim_get(call, call->account, call->region, "backup-copy", id), *point;
    const struct json *source = sim_get(call, call->account, call->region, "backup-point",
                                        json_str(copy, "SourceRecoveryPointArn"));
    const struct json *lifecycle = json_get(copy, "DestinationRecoveryPointLifecycle"), *vault;
    struct sim_call there = *call;
    const char *name = destination_of(call, json_str(copy, "DestinationBackupVaultArn"), &there);
    const char *why = NULL, *arn;

    vault = name == NULL ? NULL : sim_get(call, there.account, there.region, "backup-vault", name);
    if (source == NULL)
        why = "The recovery point cannot be found";
    else if (vault == NULL || !sim_ready(call, vault))
        why = "The destination vault cannot be found";
    else if (!str_eq(there.account, call->account))
        why = crossing_why(call, &there, source, copy, vault);
    if (why == NULL)
        why = retention_why(vault, lifecycle);
    if (why == NULL) {
        arn = sim_arn(call, "backup", there.region, there.account, "recovery-point:%s", uuid(call));
        json_put_str(copy, "DestinationRecoveryPointArn", arn);
        sim_set_number(copy, "_created_ms", json_number(source, "_created_ms", 0));
        point = point_of(&there, copy, arn, vault, lifecycle);
        json_put_str(point, "SourceBackupVaultArn", json_str(copy, "SourceBackupVaultArn"));
        json_put_bool(point, "_copy", true);
        backup_point_add(&there, point);
    }
    end(call, "backup-copy", id, copy, why, call->now_ms);
}

/* The oldest first; the copies that a backup begins come behind it. */
void backup_jobs_settle(struct sim_call *call)
{
    const struct sim_record *it = sim_first(call, call->account, call->region, "backup-running");

    while (it != NULL) {
        const struct json *running = sim_record_json(it, call->arena);
        const char *id = arena_str(call->arena, sim_record_id(it));
        double ready_ms = json_number(running, "ready_ms", 0);
        struct sim_call then = *call;

        then.now_ms = (int64_t)ready_ms;
        if (ready_ms > (double)call->now_ms) {
            it = sim_store_next(it);
            continue;
        }
        if (str_eq(json_str(running, "kind"), "backup-job"))
            end_backup(&then, id);
        else
            end_copy(&then, id);
        it = sim_store_next(it);
        (void)sim_delete(call, call->account, call->region, "backup-running", id);
    }
}

/* --- Operations ----------------------------------------------------------------------------------
 */

static const struct json *job_of_token(struct sim_call *call, const char *token)
{
    for (const struct sim_record *it = sim_first(call, call->account, call->region, "backup-job");
         token != NULL && it != NULL; it = sim_store_next(it)) {
        const struct json *job = sim_record_json(it, call->arena);

        if (str_eq(json_str(job, "_token"), token))
            return job;
    }
    return NULL;
}

static int check_order(struct sim_call *call)
{
    const char *role = sim_param(call, "IamRoleArn"), *resource = sim_param(call, "ResourceArn");
    const struct json *lifecycle = json_get(call->params, "Lifecycle");
    double cold = json_number(lifecycle, "MoveToColdStorageAfterDays", -1);
    double gone = json_number(lifecycle, "DeleteAfterDays", cold + 90);

    if (backup_need(call, call->params, "BackupVaultName ResourceArn IamRoleArn") != 0 ||
        backup_vault(call) == NULL)
        return -1;
    if (!role_exists(call, role))
        return backup_invalid(call, "IAM Role %s is invalid or cannot be assumed by AWS Backup",
                              role);
    if (type_of(call, resource) == NULL)
        return backup_invalid(call, "Invalid ARN. Resource %s cannot be found.", resource);
    if (cold >= 0 && gone < cold + 90)
        return backup_invalid(call, "DeleteAfterDays must be 90 days after "
                                    "MoveToColdStorageAfterDays.");
    return 0;
}

static int start_backup_job(struct sim_call *call)
{
    const char *token = sim_param(call, "IdempotencyToken");
    const struct json *there = job_of_token(call, token);
    struct json *job;

    if (there == NULL) {
        if (check_order(call) != 0)
            return -1;
        job = backup_job_start(
            call, &(struct backup_order){.resource = sim_param(call, "ResourceArn"),
                                         .type = type_of(call, sim_param(call, "ResourceArn")),
                                         .role = sim_param(call, "IamRoleArn"),
                                         .vault = sim_param(call, "BackupVaultName"),
                                         .lifecycle = json_get(call->params, "Lifecycle"),
                                         .at_ms = call->now_ms});
        json_put_str(job, "_token", token);
        sim_put(call, call->account, call->region, "backup-job", json_str(job, "BackupJobId"), job);
        there = job;
    }
    json_put_str(call->answer, "BackupJobId", json_str(there, "BackupJobId"));
    json_put_str(call->answer, "RecoveryPointArn", json_str(there, "RecoveryPointArn"));
    sim_put_time(call, call->answer, "CreationDate", (int64_t)json_number(there, "_created_ms", 0));
    return 0;
}

static int describe_backup_job(struct sim_call *call)
{
    const char *id = sim_param(call, "backupJobId");
    struct json *job;

    backup_advance(call, call->account);
    job = sim_get(call, call->account, call->region, "backup-job", id);
    if (job == NULL)
        return backup_not_found(call, "Backup job %s cannot be found.", id);
    call->answer = job;
    return 0;
}

static bool is_wanted(const struct sim_call *call, const struct json *job)
{
    static const char *const filters[][2] = {
        {"resourceArn", "ResourceArn"},
        {"state", "State"},
        {"resourceType", "ResourceType"},
        {"backupVaultName", "BackupVaultName"},
        {"accountId", "AccountId"},
        {"destinationVaultArn", "DestinationBackupVaultArn"},
        {"sourceRecoveryPointArn", "SourceRecoveryPointArn"},
    };
    double created = json_number(job, "_created_ms", 0);

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        const char *wanted = sim_param(call, filters[i][0]);

        if (wanted != NULL && !str_eq(wanted, json_str(job, filters[i][1])))
            return false;
    }
    return created >= backup_time_param(call, "createdAfter", 0) &&
           created <= backup_time_param(call, "createdBefore", created);
}

static int list_jobs(struct sim_call *call, const char *list, const char *kind)
{
    struct sim_page page = BACKUP_PAGE_OF(list);

    backup_advance(call, call->account);
    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it = sim_page_first(&page, call->account, call->region, kind);
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *job = sim_record_json(it, call->arena);

        if (is_wanted(call, job))
            json_add(page.items, job);
    }
    return 0;
}

static int list_backup_jobs(struct sim_call *call)
{
    return list_jobs(call, "BackupJobs", "backup-job");
}

static int list_copy_jobs(struct sim_call *call)
{
    return list_jobs(call, "CopyJobs", "backup-copy");
}

static const struct sim_rule jobs_rules[] = {
    {.name = "state",
     .values = "CREATED|PENDING|RUNNING|ABORTING|ABORTED|COMPLETED|FAILED|EXPIRED|PARTIAL"},
    BACKUP_END,
};

const struct sim_operation backup_job_operations[] = {
    BACKUP_OPERATION("StartBackupJob", "PUT", "/backup-jobs", start_backup_job, SIM_WRITE, NULL),
    BACKUP_OPERATION("DescribeBackupJob", "GET", "/backup-jobs/{backupJobId}", describe_backup_job,
                     SIM_READ, NULL),
    BACKUP_OPERATION("ListBackupJobs", "GET", "/backup-jobs", list_backup_jobs, SIM_READ,
                     jobs_rules),
    BACKUP_OPERATION("ListCopyJobs", "GET", "/copy-jobs", list_copy_jobs, SIM_READ, jobs_rules),
    BACKUP_END,
};
