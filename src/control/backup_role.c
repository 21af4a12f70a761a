/*
 * backup_role.c - control "backup_role": in every account the role with which AWS Backup makes and
 *                 restores backups.
 *
 * Baseline:  backup: { role }
 * Source:    docs.aws.amazon.com/IAM/latest/APIReference, API version 2010-05-08; AWS Backup
 *            Developer Guide, "IAM service roles" and "Managed policies for AWS Backup"
 * Limits:    a role of that name that plinth did not make is left alone and reported.  Further
 *            policies on it stay, as restores of instances with a profile need one.
 */
#include "backup_settings.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/http.h"
#include "plinth/codec/json.h"
#include "plinth/policy/document.h"

#include <string.h>

enum { STEP_CREATE, STEP_TRUST, STEP_ATTACH };

static const char *const policies[] = {
    "service-role/AWSBackupServiceRolePolicyForBackup",
    "service-role/AWSBackupServiceRolePolicyForRestores",
    "AWSBackupServiceRolePolicyForS3Backup",
    "AWSBackupServiceRolePolicyForS3Restore",
};

enum { POLICY_COUNT = sizeof policies / sizeof policies[0] };

struct backup_role_seen {
    bool exists;
    const char *trust;           /* JSON */
    const struct json *attached; /* AWS's list */
};

static const enum aws_op backup_role_ops[] = {
    AWS_IAM_GET_ROLE,           AWS_IAM_LIST_ATTACHED_ROLE_POLICIES,
    AWS_IAM_CREATE_ROLE,        AWS_IAM_UPDATE_ASSUME_ROLE_POLICY,
    AWS_IAM_ATTACH_ROLE_POLICY, AWS_OP_NONE,
};

static struct json *role_params(const struct control_ctx *ctx)
{
    const struct backup_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "RoleName", spec->role);
    return params;
}

static int backup_role_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct backup_spec *spec = ctx->spec;
    struct backup_role_seen *seen = out_seen;
    const struct json *answer, *role;
    const char *trust;

    if (aws_call(ctx->target, AWS_IAM_GET_ROLE, role_params(ctx), ctx->arena, &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    role = json_get(answer, "Role");
    if (!str_eq(control_tag(json_get(role, "Tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return err_set(err, ERR_CONFLICT,
                       "role %s exists and is not this baseline's (no tag %s=%s); delete it, tag "
                       "it, or give backup another role",
                       spec->role, CONTROL_TAG_KEY, ctx->baseline->name);
    if (json_need_str(role, "AssumeRolePolicyDocument", &trust, err) != 0)
        return -1;
    seen->trust = uri_decode(trust, strlen(trust), 0, ctx->arena);
    seen->exists = true;
    return aws_list(ctx->target, AWS_IAM_LIST_ATTACHED_ROLE_POLICIES, role_params(ctx), ctx->arena,
                    &seen->attached, err);
}

static const char *wanted_trust(const struct control_ctx *ctx)
{
    struct json *document = json_object(ctx->arena), *statement;

    json_put_str(document, "Version", "2012-10-17");
    statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(statement, "Effect", "Allow");
    json_put_str(json_put_object(statement, "Principal"), "Service", "backup.amazonaws.com");
    json_put_str(statement, "Action", "sts:AssumeRole");
    return json_text(document, ctx->arena);
}

static const char *policy_arn(const struct control_ctx *ctx, size_t i)
{
    return arena_printf(ctx->arena, "arn:%s:iam::aws:policy/%s", ctx->partition, policies[i]);
}

static bool is_attached(const struct backup_role_seen *seen, const char *arn)
{
    for (const struct json *it = json_first(seen->attached); it != NULL; it = it->next)
        if (str_eq(json_str(it, "PolicyArn"), arn))
            return true;
    return false;
}

static void backup_role_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct backup_spec *spec = ctx->spec;
    const struct backup_role_seen *seen = have;
    const char *trust = wanted_trust(ctx);

    if (!seen->exists)
        change_field(changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "role %s", spec->role),
                     "trust policy", NULL, trust);
    else if (seen->trust == NULL || !policy_text_equal(seen->trust, trust))
        change_field(changes_add(out, CHANGE_UPDATE, STEP_TRUST, NULL, "role %s", spec->role),
                     "trust policy", seen->trust, trust);
    for (size_t i = 0; i < POLICY_COUNT; i++) {
        const char *arn = policy_arn(ctx, i);

        if (!is_attached(seen, arn))
            change_field(changes_add(out, CHANGE_UPDATE, STEP_ATTACH, arn, "role %s", spec->role),
                         "managed policy", NULL, arn);
    }
}

static int backup_role_apply(struct control_ctx *ctx, const void *seen, const struct change *change,
                             struct err *err)
{
    static const enum aws_op ops[] = {
        [STEP_CREATE] = AWS_IAM_CREATE_ROLE,
        [STEP_TRUST] = AWS_IAM_UPDATE_ASSUME_ROLE_POLICY,
        [STEP_ATTACH] = AWS_IAM_ATTACH_ROLE_POLICY,
    };
    const char *trust = wanted_trust(ctx);
    struct json *params = role_params(ctx);

    (void)seen;
    if (change->step == STEP_CREATE) {
        json_put_str(params, "AssumeRolePolicyDocument", trust);
        json_put_str(params, "Description", "AWS Backup makes and restores backups with it.");
        control_put_tags(params, "Tags", ctx->baseline, NULL, true);
    } else if (change->step == STEP_TRUST) {
        json_put_str(params, "PolicyDocument", trust);
    } else {
        json_put_str(params, "PolicyArn", change->subject);
    }
    return aws_call(ctx->target, ops[change->step], params, ctx->arena, NULL, err);
}

static const char *const backup_role_after[] = {"accounts", NULL};

const struct control control_backup_role = {
    .name = "backup_role",
    .part_of = "backup",
    .title = "role of AWS Backup",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = backup_role_after,
    .ops = backup_role_ops,
    .seen_size = sizeof(struct backup_role_seen),
    .observe = backup_role_observe,
    .diff = backup_role_diff,
    .apply = backup_role_apply,
};
