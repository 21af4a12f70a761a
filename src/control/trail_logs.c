/*
 * trail_logs.c - control "trail_logs": a CloudWatch Logs group that the organization's trail
 *                delivers into too, and the role that it does so with, in the management account.
 *
 * Baseline:  log_archive: { log_group_days }
 * Source:    CloudTrail User Guide, "Monitoring CloudTrail log files with CloudWatch Logs": an
 *            organization's trail takes a group of the management account in its home region, and
 *            writes streams named after the account and after the organization;
 *            docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference, API version 2014-03-28
 * Limits:    encrypted with AWS's own key.  What is kept for long is kept by the log archive: here
 *            it is kept to be looked at.  Without log_group_days nothing is read or taken away.
 */
#include "log_archive.h"
#include "service_role.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <inttypes.h>

enum { STEP_GROUP, STEP_RETENTION };

static const char policy_name[] = "deliver-logs";

struct logs_seen {
    bool exists;
    int64_t days; /* 0: for ever */
    struct service_role_seen role;
};

static const enum aws_op logs_ops[] = {
    AWS_LOGS_DESCRIBE_LOG_GROUPS,
    AWS_LOGS_LIST_TAGS_FOR_RESOURCE,
    AWS_LOGS_CREATE_LOG_GROUP,
    AWS_LOGS_PUT_RETENTION_POLICY,
    SERVICE_ROLE_OPS,
    AWS_OP_NONE,
};

/* --- Live ----------------------------------------------------------------------------------------
 */

static int check_owner(struct control_ctx *ctx, const struct json *group, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer;
    const char *arn;

    if (json_need_str(group, "logGroupArn", &arn, err) != 0)
        return -1;
    json_put_str(params, "resourceArn", arn);
    if (aws_call(ctx->target, AWS_LOGS_LIST_TAGS_FOR_RESOURCE, params, ctx->arena, &answer, err) !=
        0)
        return -1;
    if (str_eq(json_str(json_get(answer, "tags"), CONTROL_TAG_KEY), ctx->baseline->name))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "log group " TRAIL_LOGS_NAME " exists and is not this baseline's (no tag "
                   "%s=%s); delete it or tag it",
                   CONTROL_TAG_KEY, ctx->baseline->name);
}

static int read_group(struct control_ctx *ctx, struct logs_seen *seen, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *list;

    json_put_str(params, "logGroupNamePrefix", TRAIL_LOGS_NAME);
    if (aws_list(ctx->target, AWS_LOGS_DESCRIBE_LOG_GROUPS, params, ctx->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(list); it != NULL; it = it->next) {
        if (!str_eq(json_str(it, "logGroupName"), TRAIL_LOGS_NAME))
            continue;
        if (check_owner(ctx, it, err) != 0)
            return -1;
        seen->exists = true;
        seen->days = (int64_t)json_number(it, "retentionInDays", 0);
    }
    return 0;
}

static int logs_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct log_archive_spec *spec = ctx->spec;
    const struct inventory *inventory; /* its ids stand in the role's policy */
    struct logs_seen *seen = out_seen;

    if (spec->log_group_days == 0)
        return 0;
    if (inventory_get(ctx->inventory, &inventory, err) != 0 || read_group(ctx, seen, err) != 0)
        return -1;
    return service_role_observe(ctx, TRAIL_LOGS_NAME, policy_name, &seen->role, err);
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

static const char *wanted_trust(const struct control_ctx *ctx)
{
    struct json *statement;
    struct json *document = service_role_document(ctx, "sts:AssumeRole", &statement);

    json_put_str(json_put_object(statement, "Principal"), "Service", "cloudtrail.amazonaws.com");
    return json_text(document, ctx->arena);
}

/* Two kinds of streams and no others.  NULL while there is no organization. */
static const char *wanted_policy(const struct control_ctx *ctx)
{
    const struct log_names names = log_names_of(ctx);
    struct json *document = json_object(ctx->arena), *statement, *actions, *streams;
    const char *prefix;

    if (names.organization_id == NULL)
        return NULL;
    prefix = arena_printf(ctx->arena, "arn:%s:logs:%s:%s:log-group:" TRAIL_LOGS_NAME ":log-stream:",
                          names.partition, names.region, names.management_id);
    json_put_str(document, "Version", "2012-10-17");
    statement = json_add_object(json_put_array(document, "Statement"));
    json_put_str(statement, "Effect", "Allow");
    actions = json_put_array(statement, "Action");
    json_add_str(actions, "logs:CreateLogStream");
    json_add_str(actions, "logs:PutLogEvents");
    streams = json_put_array(statement, "Resource");
    json_add_str(streams, arena_printf(ctx->arena, "%s%s_CloudTrail_%s*", prefix,
                                       names.management_id, names.region));
    json_add_str(streams, arena_printf(ctx->arena, "%s%s_*", prefix, names.organization_id));
    return json_text(document, ctx->arena);
}

static struct service_role wanted_role(const struct control_ctx *ctx)
{
    return (struct service_role){.name = TRAIL_LOGS_NAME,
                                 .description = "Writes what the trail records to its log group.",
                                 .trust = wanted_trust(ctx),
                                 .policy_name = policy_name,
                                 .policy = wanted_policy(ctx)};
}

static const char *days_text(const struct control_ctx *ctx, int64_t days)
{
    return days == 0 ? "for ever" : arena_printf(ctx->arena, "%" PRId64 " days", days);
}

static void logs_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct log_archive_spec *spec = ctx->spec;
    const struct service_role want = wanted_role(ctx);
    const struct logs_seen *seen = have;
    struct change *change;

    if (spec->log_group_days == 0)
        return;
    if (!seen->exists)
        (void)changes_add(out, CHANGE_CREATE, STEP_GROUP, NULL, "log group %s", TRAIL_LOGS_NAME);
    if (seen->days != spec->log_group_days) {
        change =
            changes_add(out, CHANGE_UPDATE, STEP_RETENTION, NULL, "log group %s", TRAIL_LOGS_NAME);
        change_field(change, "kept", days_text(ctx, seen->days),
                     days_text(ctx, spec->log_group_days));
        if (seen->days > spec->log_group_days)
            change_takes_away(change);
    }
    service_role_diff(&want, &seen->role, out);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static int logs_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                      struct err *err)
{
    const struct log_archive_spec *spec = ctx->spec;
    const struct service_role want = wanted_role(ctx);
    struct json *params = json_object(ctx->arena);

    (void)have;
    json_put_str(params, "logGroupName", TRAIL_LOGS_NAME);
    switch (change->step) {
    case STEP_GROUP:
        json_put_str(json_put_object(params, "tags"), CONTROL_TAG_KEY, ctx->baseline->name);
        return aws_call(ctx->target, AWS_LOGS_CREATE_LOG_GROUP, params, ctx->arena, NULL, err);
    case STEP_RETENTION:
        json_put_number(params, "retentionInDays", (double)spec->log_group_days);
        return aws_call(ctx->target, AWS_LOGS_PUT_RETENTION_POLICY, params, ctx->arena, NULL, err);
    default:
        return service_role_apply(ctx, &want, change->step, err);
    }
}

static const char *const logs_after[] = {"organization", NULL};

const struct control control_trail_logs = {
    .name = "trail_logs",
    .part_of = "log_archive",
    .title = "log group of the organization's trail",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .after = logs_after,
    .ops = logs_ops,
    .seen_size = sizeof(struct logs_seen),
    .observe = logs_observe,
    .diff = logs_diff,
    .apply = logs_apply,
};
