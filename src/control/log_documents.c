/*
 * log_documents.c - the names of the log archive's parts, and what is written to its key and
 * bucket.
 *
 * Source: CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail" (organization trails) and
 *         "Configure AWS KMS key policies for CloudTrail"; GuardDuty User Guide, "Exporting
 *         generated findings to Amazon S3"; S3 User Guide, "Bucket naming rules".
 * Limits: GuardDuty gets in from the regions that every account has.  From one that is opted in to
 *         it comes under a name of that region, guardduty.REGION.amazonaws.com.
 */
#include "bucket.h"
#include "kms_key.h"
#include "log_archive.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

enum { BUCKET_NAME_MOST = 63 };

/* --- Names ---------------------------------------------------------------------------------------
 */

const char *log_bucket_name(const char *baseline_name, const char *account_id, const char *region,
                            struct arena *arena)
{
    const char *tail = arena_printf(arena, "-logs-%s-%s", account_id, region);
    size_t room = BUCKET_NAME_MOST - strlen(tail);
    const char *word = control_word(baseline_name, arena);

    return arena_printf(arena, "%.*s%s", (int)room, word, tail);
}

/* As PutRetentionPolicy of CloudWatch Logs takes them; 0: there is no group. */
bool log_group_can_keep(int64_t days)
{
    static const int64_t known[] = {0,    1,    3,    5,    7,    14,   30,  60,
                                    90,   120,  150,  180,  365,  400,  545, 731,
                                    1096, 1827, 2192, 2557, 2922, 3288, 3653};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (days == known[i])
            return true;
    return false;
}

struct log_names log_names_of(const struct control_ctx *ctx)
{
    const struct log_archive_spec *spec = ctx->spec;
    const struct inventory *inventory = inventory_peek(ctx->inventory);
    const struct account *security = control_actor_account(ctx->baseline, ACTOR_SECURITY);
    struct log_names names = {.partition = ctx->partition,
                              .region = ctx->baseline->home_region,
                              .trail = spec->trail,
                              .bucket = spec->bucket};

    names.account_id =
        control_account_id(ctx, control_actor_account(ctx->baseline, ACTOR_LOG_ARCHIVE));
    names.security_id = control_account_id(ctx, security);
    names.security_reads = security != NULL && spec->security_reads;
    /* Also where findings are not exported any more: what exports them stays until a prune. */
    names.guardduty_writes =
        security != NULL && baseline_control_node(ctx->baseline, "guardduty", NULL) != NULL;
    names.alias = kms_key_alias(ctx->baseline, "logs", ctx->arena);
    if (names.bucket == NULL && names.account_id != NULL)
        names.bucket =
            log_bucket_name(ctx->baseline->name, names.account_id, names.region, ctx->arena);
    if (inventory == NULL || !inventory->exists)
        return names;
    names.organization_id = inventory->id;
    names.management_id = inventory->management_account_id;
    names.trail_arn = arena_printf(ctx->arena, "arn:%s:cloudtrail:%s:%s:trail/%s", names.partition,
                                   names.region, names.management_id, names.trail);
    return names;
}

const char *log_bucket_arn(const struct log_names *names, struct arena *arena)
{
    return bucket_arn(names->partition, names->bucket, arena);
}

static bool all_known(const struct log_names *names)
{
    bool names_security = names->security_reads || names->guardduty_writes;

    return names->account_id != NULL && names->organization_id != NULL && names->bucket != NULL &&
           (!names_security || names->security_id != NULL);
}

/* --- Statements ----------------------------------------------------------------------------------
 */

static struct json *add_statement(struct json *list, const char *sid, const char *effect)
{
    struct json *statement = json_add_object(list);

    json_put_str(statement, "Sid", sid);
    json_put_str(statement, "Effect", effect);
    return statement;
}

static void put_principal(struct json *statement, const char *type, const char *value)
{
    json_put_str(json_put_object(statement, "Principal"), type, value);
}

static const char *root_of(const struct log_names *names, const char *account_id,
                           struct arena *arena)
{
    return arena_printf(arena, "arn:%s:iam::%s:root", names->partition, account_id);
}

/* CloudTrail, when it acts for our trail and for no other. */
static struct json *add_trail_statement(struct json *list, const char *sid,
                                        const struct log_names *names, const char *action,
                                        const char *resource)
{
    struct json *statement = add_statement(list, sid, "Allow"), *equals;

    put_principal(statement, "Service", "cloudtrail.amazonaws.com");
    json_put_str(statement, "Action", action);
    json_put_str(statement, "Resource", resource);
    equals = json_put_object(json_put_object(statement, "Condition"), "StringEquals");
    json_put_str(equals, "aws:SourceArn", names->trail_arn);
    return equals;
}

/* GuardDuty, when it acts for a detector of the security account, in whatever region. */
static void add_guardduty_statement(struct json *list, const char *sid,
                                    const struct log_names *names, const char *action,
                                    const char *resource, struct arena *arena)
{
    struct json *statement = add_statement(list, sid, "Allow"), *condition;

    put_principal(statement, "Service", "guardduty.amazonaws.com");
    json_put_str(statement, "Action", action);
    json_put_str(statement, "Resource", resource);
    condition = json_put_object(statement, "Condition");
    json_put_str(json_put_object(condition, "StringEquals"), "aws:SourceAccount",
                 names->security_id);
    json_put_str(json_put_object(condition, "ArnLike"), "aws:SourceArn",
                 arena_printf(arena, "arn:%s:guardduty:*:%s:detector/*", names->partition,
                              names->security_id));
}

static void put_list(struct json *statement, const char *key, const char *const *items)
{
    struct json *list = json_put_array(statement, key);

    for (; *items != NULL; items++)
        json_add_str(list, *items);
}

static struct json *new_document(struct arena *arena, struct json **out_statements)
{
    struct json *document = json_object(arena);

    json_put_str(document, "Version", "2012-10-17");
    *out_statements = json_put_array(document, "Statement");
    return document;
}

/* --- The key -------------------------------------------------------------------------------------
 */

const char *log_key_policy(const struct log_names *names, struct arena *arena)
{
    static const char *const reading[] = {"kms:Decrypt", "kms:DescribeKey", NULL};
    struct json *statements, *document = new_document(arena, &statements), *statement, *equals;

    if (!all_known(names))
        return NULL;
    statement = add_statement(statements, "Administer", "Allow");
    put_principal(statement, "AWS", root_of(names, names->account_id, arena));
    json_put_str(statement, "Action", "kms:*");
    json_put_str(statement, "Resource", "*");
    equals =
        add_trail_statement(statements, "CloudTrailEncrypts", names, "kms:GenerateDataKey*", "*");
    json_put_str(equals, "kms:EncryptionContext:aws:cloudtrail:arn", names->trail_arn);
    (void)add_trail_statement(statements, "CloudTrailDescribes", names, "kms:DescribeKey", "*");
    if (names->guardduty_writes)
        add_guardduty_statement(statements, "GuardDutyEncrypts", names, "kms:GenerateDataKey", "*",
                                arena);
    if (names->security_reads) {
        statement = add_statement(statements, "SecurityReads", "Allow");
        put_principal(statement, "AWS", root_of(names, names->security_id, arena));
        put_list(statement, "Action", reading);
        json_put_str(statement, "Resource", "*");
    }
    return json_text(document, arena);
}

/* --- The bucket ----------------------------------------------------------------------------------
 */

static void add_trail_folder(struct json *statements, const char *sid,
                             const struct log_names *names, const char *folder, struct arena *arena)
{
    struct json *equals = add_trail_statement(
        statements, sid, names, "s3:PutObject",
        arena_printf(arena, "%s/AWSLogs/%s/*", log_bucket_arn(names, arena), folder));

    json_put_str(equals, "s3:x-amz-acl", "bucket-owner-full-control");
}

/* Deny to everybody, whatever else allows; returns the statement's Condition. */
static struct json *add_deny(struct json *statements, const char *sid,
                             const struct log_names *names, struct arena *arena)
{
    const char *arn = log_bucket_arn(names, arena);
    const char *const resources[] = {arn, arena_printf(arena, "%s/*", arn), NULL};
    struct json *statement = add_statement(statements, sid, "Deny");

    json_put_str(statement, "Principal", "*");
    json_put_str(statement, "Action", "s3:*");
    put_list(statement, "Resource", resources);
    return json_put_object(statement, "Condition");
}

static void add_security(struct json *statements, const struct log_names *names,
                         struct arena *arena)
{
    static const char *const reading[] = {"s3:GetBucketLocation", "s3:GetObject",
                                          "s3:GetObjectVersion", "s3:ListBucket", NULL};
    const char *arn = log_bucket_arn(names, arena);
    const char *const resources[] = {arn, arena_printf(arena, "%s/*", arn), NULL};
    struct json *statement = add_statement(statements, "SecurityReads", "Allow");

    put_principal(statement, "AWS", root_of(names, names->security_id, arena));
    put_list(statement, "Action", reading);
    put_list(statement, "Resource", resources);
}

static void add_guardduty(struct json *statements, const struct log_names *names,
                          struct arena *arena)
{
    const char *arn = log_bucket_arn(names, arena);

    add_guardduty_statement(statements, "GuardDutyLooks", names, "s3:GetBucketLocation", arn,
                            arena);
    add_guardduty_statement(statements, "GuardDutyWrites", names, "s3:PutObject",
                            arena_printf(arena, "%s/*", arn), arena);
}

/* The management account's own folder stays: the trail writes there if it is ever turned back into
 * one of a single account. */
const char *log_bucket_policy(const struct log_names *names, struct arena *arena)
{
    struct json *statements, *document = new_document(arena, &statements), *condition;

    if (!all_known(names))
        return NULL;
    (void)add_trail_statement(statements, "CloudTrailLooks", names, "s3:GetBucketAcl",
                              log_bucket_arn(names, arena));
    add_trail_folder(statements, "CloudTrailWrites", names, names->organization_id, arena);
    add_trail_folder(statements, "CloudTrailWritesManagement", names, names->management_id, arena);
    if (names->guardduty_writes)
        add_guardduty(statements, names, arena);
    if (names->security_reads)
        add_security(statements, names, arena);
    condition = add_deny(statements, "OnlyTls", names, arena);
    json_put_str(json_put_object(condition, "Bool"), "aws:SecureTransport", "false");
    condition = add_deny(statements, "OnlyOrganization", names, arena);
    json_put_str(json_put_object(condition, "StringNotEqualsIfExists"), "aws:PrincipalOrgID",
                 names->organization_id);
    json_put_str(json_put_object(condition, "BoolIfExists"), "aws:PrincipalIsAWSService", "false");
    return json_text(document, arena);
}

/* --- What is set on the bucket -------------------------------------------------------------------
 */

/* What was deleted or overwritten stays as long as what was not. */
struct json *log_bucket_lifecycle(const struct log_archive_spec *spec, struct arena *arena)
{
    struct json *value = json_object(arena), *rules = json_put_array(value, "Rule"), *rule, *move;

    rule = bucket_lifecycle_rule(rules, "plinth-uploads");
    json_put_number(json_put_object(rule, "AbortIncompleteMultipartUpload"), "DaysAfterInitiation",
                    7);
    if (spec->archive_after_days > 0) {
        rule = bucket_lifecycle_rule(rules, "plinth-archive");
        move = json_put_object(rule, "Transition");
        json_put_number(move, "Days", (double)spec->archive_after_days);
        json_put_str(move, "StorageClass", "GLACIER");
    }
    if (spec->keep_days > 0) {
        rule = bucket_lifecycle_rule(rules, "plinth-keep");
        json_put_number(json_put_object(rule, "Expiration"), "Days", (double)spec->keep_days);
        json_put_number(json_put_object(rule, "NoncurrentVersionExpiration"), "NoncurrentDays",
                        (double)spec->keep_days);
    }
    return value;
}
