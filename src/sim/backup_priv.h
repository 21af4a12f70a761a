/*
 * backup_priv.h - what the files of the simulator's AWS Backup share.
 *
 * Layer:  sim, private.
 *
 * Records of an account and a region:
 *   "backup-vault", name             -> DescribeBackupVault's answer but for what is counted;
 *                                       _policy, _notifications, _ready_ms, _lock_ms, _aws_key
 *   "backup-tags", ARN               -> {key: value}; there as long as what the ARN names
 *   "backup-plan", id                -> GetBackupPlan's answer; _text, _done_ms
 *   "backup-selection/<plan>", id    -> the BackupSelectionsListMember structure; _selects
 *   "backup-job", id                 -> DescribeBackupJob's answer; _token, _copies
 *   "backup-copy", id                -> the CopyJob structure
 *   "backup-running", job id         -> {kind, ready_ms}: the jobs that are not over
 *   "backup-point", ARN              -> the RecoveryPointByBackupVault structure; _created_ms,
 *                                       _delete_ms, _copy, _aws_key
 *   "backup-protected", ARN          -> the ProtectedResource structure
 *   "backup-protected/<vault>", ARN  -> the same, of one vault
 *   "backup-settings", "self"        -> DescribeRegionSettings' answer
 *   "restore-plan", name             -> RestoreTestingPlanForGet
 *   "restore-selection/<plan>", name -> RestoreTestingSelectionForGet
 * and (management, "", "backup-settings", "self") -> DescribeGlobalSettings' answer.
 *
 * Nothing runs by itself: who lists plans, jobs or points first carries out what has become due
 * (backup_advance).
 */
#ifndef PLINTH_SIM_BACKUP_PRIV_H
#define PLINTH_SIM_BACKUP_PRIV_H

#include "sim_priv.h"

#define BACKUP_SERVICE "backup.amazonaws.com"
#define BACKUP_END                                                                                 \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define BACKUP_OPERATION(NAME, METHOD, URI, HANDLER, ACCESS, RULES)                                \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = (ACCESS), .rules = (RULES),                \
        .method = (METHOD), .uri = (URI)                                                           \
    }
#define BACKUP_PAGE_OF(LIST)                                                                       \
    {                                                                                              \
        .list = (LIST), .size = 100, .size_most = 1000, .size_param = "maxResults",                \
        .token_in = "nextToken", .token_out = "NextToken"                                          \
    }

extern const struct sim_rule backup_vault_rules[]; /* the vault's name alone */
extern const struct sim_operation backup_vault_setting_operations[];
extern const struct sim_operation backup_setting_operations[];
extern const struct sim_operation backup_restore_operations[];
extern const struct sim_operation backup_plan_operations[];
extern const struct sim_operation backup_job_operations[];
extern const struct sim_operation backup_point_operations[];

/* --- Errors, all of them 400; they return -1 --- */

int backup_invalid(struct sim_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int backup_refuse(struct sim_call *call, const char *format, ...) /* InvalidRequestException */
    __attribute__((format(printf, 2, 3)));
int backup_not_found(struct sim_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* MissingParameterValueException if `params` lacks one of the names (a blank between them). */
int backup_need(struct sim_call *call, const struct json *params, const char *names);

/* AlreadyExistsException about the ARN. */
int backup_exists(struct sim_call *call, const char *arn, const char *text);

/* --- Vaults and tags (backup.c) --- */

/* The vault that the call names; NULL with the error set. */
struct json *backup_vault(struct sim_call *call);
void backup_vault_put(struct sim_call *call, const struct json *vault);
bool backup_vault_is_final(const struct sim_call *call, const struct json *vault); /* its lock */

int backup_tags_check(struct sim_call *call, const struct json *tags);
void backup_tags_put(struct sim_call *call, const char *arn, const struct json *tags);

/* A number that may come as a text, as in an organization's policy. */
double backup_number(const struct json *object, const char *key, double fallback);

/* --- Settings (backup_settings.c) --- */

/* Whether the organization of the account lets backups be copied between accounts. */
bool backup_crosses_accounts(struct sim_call *call);

/* Whether the account of the call backs up "S3" and the like in its region. */
bool backup_is_opted_in(struct sim_call *call, const char *type);

/* Whether a type is one that AWS Backup knows. */
bool backup_type_exists(const char *type);

/* --- Schedules (backup_cron.c) --- */

bool backup_cron_is_valid(const char *expression);

/* The last `most` times after `after_ms` up to `until_ms`, the oldest first; returns how many. */
size_t backup_cron_due(const char *expression, int64_t after_ms, int64_t until_ms, int64_t *out,
                       size_t most);

/* --- Plans (backup_plans.c) --- */

/* Carry out what has become due for an account in all its regions; in _organization for every
 * account whose backups may reach the caller's vaults. */
void backup_advance(struct sim_call *call, const char *account);
void backup_advance_organization(struct sim_call *call);

/* --- Jobs (backup_jobs.c) --- */

/* A backup to be made for the account and region of the call. */
struct backup_order {
    const char *resource, *role, *vault; /* two ARNs and a name */
    const char *type;                    /* of the resource: "S3" */
    const struct json *lifecycle;        /* NULL: kept for ever */
    const struct json *copies;           /* [{"vault": ARN, "lifecycle"}]; NULL: none */
    const struct json *created_by;       /* RecoveryPointCreator; NULL: somebody's own call */
    int64_t at_ms;
};
struct json *backup_job_start(struct sim_call *call, const struct backup_order *order);

/* "S3" of "s3:bucket"; NULL: AWS Backup does not back it up. */
const char *backup_type_of(const char *resource_type);

/* End the jobs of the call's account and region that are due. */
void backup_jobs_settle(struct sim_call *call);

/* --- Recovery points (backup_points.c) --- */

void backup_point_add(struct sim_call *call, const struct json *point);
void backup_points_expire(struct sim_call *call);

/* "2026-11-24T..." or seconds in a parameter, as ms; `fallback` if it is absent. */
double backup_time_param(const struct sim_call *call, const char *name, double fallback);

#endif
