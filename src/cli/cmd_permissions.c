#include "account.h"
#include "load.h"

#include "plinth/aws/endpoints.h"
#include "plinth/aws/ops.h"
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/engine/engine.h"
#include "plinth/engine/lock.h"
#include "plinth/engine/rollout.h"
#include "plinth/policy/document.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* IAM User Guide, "IAM and AWS STS quotas": of a customer managed policy. */
enum { MANAGED_POLICY_CHARACTERS_MAX = 6144 };

struct permissions_opts {
    struct baseline_opts baseline;
    const char *of;
};

static const struct opt permissions_options[] = {
    {"for", 0, OPT_CHOICE, offsetof(struct permissions_opts, of), "management|member",
     "who runs plinth (the default), or the role in member accounts"},
    BASELINE_OPTS,
    {0},
};

/* Operations as a set. */
struct needs {
    bool ops[AWS_OP_COUNT];
};

/* What AWS checks besides the operation's own action, because plinth sends tags along or the
 * service makes a role for itself. Source: Service Authorization Reference, "Dependent actions" of
 * AWS Organizations, AWS Backup, IAM, KMS and S3; CloudTrail User Guide, "Permissions required to
 * create an organization trail"; GuardDuty User Guide, "Permissions required to designate a
 * delegated GuardDuty administrator account". */
static const struct {
    enum aws_op op;
    const char *action;
} dependent[] = {
    {AWS_ORGANIZATIONS_CREATE_ORGANIZATION, "iam:CreateServiceLinkedRole"},
    {AWS_ORGANIZATIONS_CREATE_ACCOUNT, "organizations:TagResource"},
    {AWS_ORGANIZATIONS_CREATE_ORGANIZATIONAL_UNIT, "organizations:TagResource"},
    {AWS_ORGANIZATIONS_CREATE_POLICY, "organizations:TagResource"},
    {AWS_IAM_CREATE_ROLE, "iam:TagRole"},
    {AWS_EVENTS_CREATE_EVENT_BUS, "events:TagResource"},
    {AWS_EVENTS_PUT_RULE, "events:TagResource"},
    {AWS_EVENTS_PUT_TARGETS, "iam:PassRole"},
    {AWS_SNS_CREATE_TOPIC, "sns:TagResource"},
    {AWS_BACKUP_CREATE_BACKUP_VAULT, "backup-storage:MountCapsule"},
    {AWS_BACKUP_CREATE_BACKUP_VAULT, "backup:TagResource"},
    {AWS_BACKUP_CREATE_BACKUP_VAULT, "kms:CreateGrant"},
    {AWS_BACKUP_CREATE_BACKUP_VAULT, "kms:Decrypt"},
    {AWS_BACKUP_CREATE_BACKUP_VAULT, "kms:DescribeKey"},
    {AWS_BACKUP_CREATE_BACKUP_VAULT, "kms:GenerateDataKey"},
    {AWS_BACKUP_CREATE_BACKUP_VAULT, "kms:RetireGrant"},
    {AWS_BACKUP_CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT, "backup-storage:MountCapsule"},
    {AWS_BACKUP_CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT, "backup:TagResource"},
    {AWS_BACKUP_CREATE_RESTORE_TESTING_PLAN, "backup:TagResource"},
    {AWS_BACKUP_CREATE_RESTORE_TESTING_SELECTION, "iam:PassRole"},
    {AWS_BACKUP_UPDATE_RESTORE_TESTING_SELECTION, "iam:PassRole"},
    {AWS_KMS_CREATE_KEY, "kms:PutKeyPolicy"},
    {AWS_KMS_CREATE_KEY, "kms:TagResource"},
    {AWS_S3_CREATE_BUCKET, "s3:PutBucketObjectLockConfiguration"},
    {AWS_S3_CREATE_BUCKET, "s3:PutBucketOwnershipControls"},
    {AWS_S3_CREATE_BUCKET, "s3:PutBucketVersioning"},
    {AWS_S3_CREATE_BUCKET, "s3:TagResource"},
    {AWS_CLOUDTRAIL_CREATE_TRAIL, "cloudtrail:AddTags"},
    {AWS_CLOUDTRAIL_CREATE_TRAIL, "iam:CreateServiceLinkedRole"},
    {AWS_CLOUDTRAIL_CREATE_TRAIL, "organizations:ListAWSServiceAccessForOrganization"},
    {AWS_GUARDDUTY_CREATE_DETECTOR, "guardduty:TagResource"},
    {AWS_GUARDDUTY_CREATE_DETECTOR, "iam:CreateServiceLinkedRole"},
    {AWS_GUARDDUTY_ENABLE_ORGANIZATION_ADMIN_ACCOUNT, "iam:CreateServiceLinkedRole"},
    {AWS_GUARDDUTY_ENABLE_ORGANIZATION_ADMIN_ACCOUNT, "organizations:EnableAWSServiceAccess"},
    {AWS_GUARDDUTY_ENABLE_ORGANIZATION_ADMIN_ACCOUNT,
     "organizations:ListAWSServiceAccessForOrganization"},
    {AWS_GUARDDUTY_ENABLE_ORGANIZATION_ADMIN_ACCOUNT, "organizations:ListDelegatedAdministrators"},
    {AWS_GUARDDUTY_ENABLE_ORGANIZATION_ADMIN_ACCOUNT,
     "organizations:RegisterDelegatedAdministrator"},
};

static void need(struct needs *needs, const enum aws_op *ops)
{
    for (size_t i = 0; ops != NULL && ops[i] != AWS_OP_NONE; i++)
        needs->ops[ops[i]] = true;
}

/* Whether its settings leave it a region to work in. */
static bool has_region(const struct baseline *baseline, const struct control *control,
                       struct arena *arena)
{
    const void *spec = control_settings(baseline, control_key(control), arena);

    if (control->in_region == NULL)
        return true;
    for (size_t i = 0; spec != NULL && i < baseline->regions.count; i++)
        if (control->in_region(baseline, NULL, spec, baseline->regions.items[i]))
            return true;
    return false;
}

/* A control works in the management account, in members, or in both. */
static void need_control(const struct control *control, const struct baseline *baseline,
                         struct needs *management, struct needs *member)
{
    const struct account *actor = control_actor_account(baseline, control->actor);
    bool everywhere = control->actor == ACTOR_MEMBER || control->enters_members;

    if (everywhere || control->actor == ACTOR_MANAGEMENT ||
        (actor != NULL && actor->roles & ROLE_MANAGEMENT))
        need(management, control->ops);
    if (everywhere || (actor != NULL && !(actor->roles & ROLE_MANAGEMENT)))
        need(member, control->ops);
    if (control->scope == CONTROL_PER_REGION || control->scope == CONTROL_PER_ADMIN_REGION) {
        need(management, engine_region_ops);
        need(member, engine_region_ops);
    }
}

/* The management account may be asked to take part like a member. */
static void need_command(const struct command *command, struct needs *management,
                         struct needs *member)
{
    need(management, command->ops);
    need(management, command->management_ops);
    need(member, command->ops);
    for (size_t i = 0; command->verbs != NULL && command->verbs[i] != NULL; i++)
        need_command(command->verbs[i], management, member);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* sts:AssumeRole has a statement of its own, with the roles that may be assumed. */
static void add_statement(struct json *statements, const char *sid, const struct needs *needs,
                          enum aws_access access, struct arena *arena)
{
    VEC(const char *) actions = {0};
    struct json *statement, *list;

    for (int op = AWS_OP_NONE + 1; op < AWS_OP_COUNT; op++) {
        const struct aws_op_info *info = aws_op_info((enum aws_op)op);

        if (needs->ops[op] && info->access == access && info->iam_action != NULL &&
            op != AWS_STS_ASSUME_ROLE)
            *VEC_ADD(arena, &actions) = info->iam_action;
    }
    for (size_t i = 0; i < sizeof dependent / sizeof dependent[0]; i++)
        if (needs->ops[dependent[i].op] && access == AWS_WRITE)
            *VEC_ADD(arena, &actions) = dependent[i].action;
    if (actions.count == 0)
        return;
    qsort(actions.items, actions.count, sizeof *actions.items, by_text);
    statement = json_add_object(statements);
    json_put_str(statement, "Sid", sid);
    json_put_str(statement, "Effect", "Allow");
    list = json_put_array(statement, "Action");
    for (size_t i = 0; i < actions.count; i++)
        if (i == 0 || !str_eq(actions.items[i], actions.items[i - 1]))
            json_add_str(list, actions.items[i]);
    json_put_str(statement, "Resource", "*");
}

static void add_enter_members(struct json *statements, const struct baseline *baseline,
                              struct arena *arena)
{
    struct json *statement = json_add_object(statements);

    json_put_str(statement, "Sid", "EnterMembers");
    json_put_str(statement, "Effect", "Allow");
    json_put_str(statement, "Action", aws_op_info(AWS_STS_ASSUME_ROLE)->iam_action);
    json_put_str(statement, "Resource",
                 arena_printf(arena, "arn:%s:iam::*:role/%s",
                              aws_partition_of_region(baseline->home_region)->name,
                              baseline->organization.member_role));
}

static struct json *build(const struct baseline *baseline, bool of_member, struct arena *arena)
{
    const struct control *const *controls = controls_all();
    struct needs *management = arena_alloc(arena, sizeof *management);
    struct needs *member = arena_alloc(arena, sizeof *member);
    const struct needs *needs = of_member ? member : management;
    struct json *document = json_object(arena), *statements;

    need(management, inventory_ops);
    need(management, account_ops);
    if (baseline->lock == NULL || baseline->lock->kind == NULL ||
        str_eq(baseline->lock->kind, "s3"))
        need(management, lock_ops);
    for (size_t i = 0; controls[i] != NULL; i++)
        if (control_is_on(baseline, controls[i]) && has_region(baseline, controls[i], arena))
            need_control(controls[i], baseline, management, member);
    if (baseline->rollout != NULL)
        need(member, rollout_ops);
    for (size_t i = 0; commands[i] != NULL; i++) {
        const struct command *command = commands[i];

        if (command->control != NULL && !control_is_on(baseline, control_find(command->control)))
            continue;
        need_command(command, management, member);
    }
    json_put_str(document, "Version", "2012-10-17");
    statements = json_put_array(document, "Statement");
    add_statement(statements, "Read", needs, AWS_READ, arena);
    add_statement(statements, "Write", needs, AWS_WRITE, arena);
    if (!of_member)
        add_enter_members(statements, baseline, arena);
    return document;
}

static void warn_about_size(const struct json *document, struct arena *arena)
{
    size_t len = strlen(json_text(document, arena));

    if (len > MANAGED_POLICY_CHARACTERS_MAX)
        (void)fprintf(stderr,
                      "plinth: %zu characters without blanks; one managed policy takes %d: attach "
                      "it as several, one statement each\n",
                      len, MANAGED_POLICY_CHARACTERS_MAX);
}

static int put_policy(const struct common *common, const struct json *document, struct arena *arena)
{
    struct err err = ERR_INIT;

    if (policy_document_check(document, &err) != 0)
        return fail(common, &err);
    warn_about_size(document, arena);
    return put_json(document) ? EXIT_DONE : EXIT_ERROR;
}

static int permissions_run(const void *options, const struct words *positional)
{
    const struct permissions_opts *opts = options;
    struct arena *arena = arena_new("permissions");
    struct loaded loaded;
    int code = load_or_tell(word_at(positional, 0), &opts->baseline, arena, &loaded);

    if (code == EXIT_DONE)
        code = put_policy(&opts->baseline.common,
                          build(loaded.baseline, str_eq(opts->of, "member"), arena), arena);
    arena_free(arena);
    return code;
}

const struct command command_permissions = {
    .name = "permissions",
    .summary = "print the actions that plinth needs, as an IAM policy",
    .usage = "[BASELINE]",
    .text =
        "Prints, as an IAM policy, every action that the controls of a baseline and the "
        "commands\n"
        "about them use, and no other:\n"
        "for who runs plinth in the management account, or with --for member for the role that it\n"
        "assumes in member accounts.  The actions are on all resources; only sts:AssumeRole names\n"
        "its roles.  Who may change any role and its policies can become anything in the account:\n"
        "keep those who have this policy as few as administrators.  Asks nobody.",
    .examples = "  plinth permissions > policy.json\n"
                "  plinth permissions startup --var email_domain=example.com --for member\n",
    .opts = permissions_options,
    .options_size = sizeof(struct permissions_opts),
    .positional_most = 1,
    .run = permissions_run,
};
