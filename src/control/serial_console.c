/*
 * serial_console.c - control "serial_console": nobody reaches instances through the EC2 serial
 * console, in every account and region.
 *
 * Baseline:  serial_console: { enabled: false }
 * Source:    docs.aws.amazon.com/AWSEC2/latest/APIReference, API version 2016-11-15,
 *            DisableSerialConsoleAccess
 * Limits:    AWS has no bulk read: one call for each account and region.
 */
#include "ec2_setting.h"

#include "plinth/base/str.h"
#include "plinth/codec/json.h"

struct console_spec {
    const struct node *node;
    bool enabled;
};

struct console_seen {
    bool enabled; /* AWS starts without */
};

static const enum aws_op console_ops[] = {
    AWS_EC2_GET_SERIAL_CONSOLE_ACCESS_STATUS,
    AWS_EC2_ENABLE_SERIAL_CONSOLE_ACCESS,
    AWS_EC2_DISABLE_SERIAL_CONSOLE_ACCESS,
    AWS_OP_NONE,
};

static const struct field console_fields[] = {
    {.key = "enabled",
     .type = FIELD_BOOL,
     .offset = offsetof(struct console_spec, enabled),
     .fallback = "false",
     .doc = "Whether the serial console may be used. It passes by security groups and needs only "
            "an IAM permission."},
    {.key = NULL},
};

static const struct schema console_schema = {
    .name = "serial_console",
    .doc = "Access to the EC2 serial console, in every account and every region that it has.",
    .size = sizeof(struct console_spec),
    .node_offset = offsetof(struct console_spec, node),
    .fields = console_fields,
};

static int console_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct console_spec *spec = ctx->spec;
    struct console_seen *seen = out_seen;
    const struct json *answer;

    if (aws_call(ctx->target, AWS_EC2_GET_SERIAL_CONSOLE_ACCESS_STATUS, NULL, ctx->arena, &answer,
                 err) != 0)
        return -1;
    seen->enabled = json_bool(answer, "serialConsoleAccessEnabled", false);
    ec2_setting_judge(ctx, answer, seen->enabled == spec->enabled, yes_no(seen->enabled),
                      yes_no(spec->enabled));
    return 0;
}

static void console_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct console_spec *spec = ctx->spec;
    const struct console_seen *seen = have;

    struct change *change;

    if (seen->enabled == spec->enabled)
        return;
    change = changes_add(out, CHANGE_UPDATE, 0, NULL, "EC2 serial console");
    change_field(change, "enabled", yes_no(seen->enabled), yes_no(spec->enabled));
    if (spec->enabled) /* it goes around security groups: being off is the protection */
        change_takes_away(change);
}

static int console_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                         struct err *err)
{
    const struct console_spec *spec = ctx->spec;

    (void)have;
    (void)change;
    return aws_call(ctx->target,
                    spec->enabled ? AWS_EC2_ENABLE_SERIAL_CONSOLE_ACCESS
                                  : AWS_EC2_DISABLE_SERIAL_CONSOLE_ACCESS,
                    NULL, ctx->arena, NULL, err);
}

static const char *const console_after[] = {"accounts", NULL};

const struct control control_serial_console = {
    .name = "serial_console",
    .title = "access to the EC2 serial console",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = console_after,
    .ops = console_ops,
    .schema = &console_schema,
    .seen_size = sizeof(struct console_seen),
    .observe = console_observe,
    .diff = console_diff,
    .apply = console_apply,
};
