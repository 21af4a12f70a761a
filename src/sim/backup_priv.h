/*
 * backup_priv.h - what the files of the simulator's AWS Backup share.
 *
 * Layer:  sim, private.
 *
 * Records of an account and a region:
 *   "backup-vault", name             -> DescribeBackupVault's answer but for what is counted;
 *                                       _policy, _notifications, _token, _ready_ms, _aws_key
 *   "backup-tags", ARN               -> {key: value}; there as long as what the ARN names
 *   "backup-plan", id                -> GetBackupPlan's answer; _name, _since_ms, _until_ms
 *   "backup-selection/<plan>", id    -> GetBackupSelection's answer; _tag_key, _tag_values
 *   "backup-job", id                 -> DescribeBackupJob's answer; _rule, _ready_ms, _done_ms
 *   "backup-copy", id                -> the CopyJob structure; _ready_ms
 *   "backup-running", job            -> {"kind"}; jobs that are not over
 *   "backup-point", ARN              -> the RecoveryPointByBackupVault structure; _aws_key
 *   "backup-settings", "self"        -> DescribeRegionSettings' answer
 *   "restore-plan", name             -> RestoreTestingPlanForGet
 *   "restore-selection/<plan>", name -> RestoreTestingSelectionForGet
 * and (management, "", "backup-settings", "self") -> DescribeGlobalSettings' answer.
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

#endif
