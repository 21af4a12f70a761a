/*
 * guardduty_export.c - control "guardduty_export": GuardDuty writes the findings of all accounts to
 * the bucket of the log archive, from every region.
 *
 * Baseline:  guardduty: { export_findings } (see guardduty.c); where to is log_archive's
 * Source:    docs.aws.amazon.com/guardduty/latest/APIReference, API version 2017-11-28; user guide,
 *            "Exporting generated findings to Amazon S3".
 * Limits:    regions that are opted in to are noted and left: GuardDuty comes from there under
 *            another name, which the policies of log_archive do not let in.  Other destinations
 *            are left.  One that leads to our bucket already is taken for ours, tagged or not.
 */
#include "guardduty_shared.h"
#include "log_archive.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"

enum { STEP_CREATE, STEP_UPDATE, STEP_DELETE };

static const char resource[] = "export of GuardDuty findings";

struct export_seen {
    const char *detector_id;        /* of the security account; NULL: none */
    const struct json *destination; /* ours, DescribePublishingDestination; NULL: none */
    const char *key_arn;            /* of the log archive; NULL: not known yet */
    bool opted_in;                  /* not a region that every account has */
};

static const enum aws_op export_ops[] = {
    AWS_GUARDDUTY_LIST_DETECTORS,
    AWS_GUARDDUTY_LIST_PUBLISHING_DESTINATIONS,
    AWS_GUARDDUTY_DESCRIBE_PUBLISHING_DESTINATION,
    AWS_EC2_DESCRIBE_REGIONS,
    AWS_KMS_DESCRIBE_KEY,
    AWS_GUARDDUTY_CREATE_PUBLISHING_DESTINATION,
    AWS_GUARDDUTY_UPDATE_PUBLISHING_DESTINATION,
    AWS_GUARDDUTY_DELETE_PUBLISHING_DESTINATION,
    AWS_OP_NONE,
};

/* --- Where to ------------------------------------------------------------------------------------
 */

/* Names of another control's making; all NULL where log_archive is off. */
static struct log_names archive_names(const struct control_ctx *ctx)
{
    struct control_ctx archive = *ctx;

    archive.spec = control_settings(ctx->baseline, "log_archive", ctx->arena);
    if (archive.spec == NULL)
        return (struct log_names){0};
    return log_names_of(&archive);
}

/* NULL while it is not known. */
static const char *bucket_arn(const struct control_ctx *ctx)
{
    struct log_names names = archive_names(ctx);

    return names.bucket == NULL ? NULL : log_bucket_arn(&names, ctx->arena);
}

/* From log_key where it is in the run; else its alias tells, if the security account may read. */
static int read_key(struct control_ctx *ctx, struct export_seen *seen, struct err *err)
{
    struct log_names names = archive_names(ctx);
    struct aws_target home = *ctx->target;
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    seen->key_arn = facts_get(ctx->facts, "log_key.arn");
    if (seen->key_arn != NULL || facts_get(ctx->facts, "log_key.alias") != NULL ||
        names.account_id == NULL)
        return 0;
    home.region = names.region;
    json_put_str(params, "KeyId",
                 arena_printf(ctx->arena, "arn:%s:kms:%s:%s:%s", names.partition, names.region,
                              names.account_id, names.alias));
    if (aws_call(&home, AWS_KMS_DESCRIBE_KEY, params, ctx->arena, &answer, err) == 0)
        return json_need_str(json_get(answer, "KeyMetadata"), "Arn", &seen->key_arn, err);
    if (err->code != ERR_DENIED && err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    ctx->skip = "which key it is to use cannot be read; it needs log_key in the same run";
    return 0;
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static struct json *detector_params(const struct control_ctx *ctx, const struct export_seen *seen)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "DetectorId", seen->detector_id);
    return params;
}

static const char *property(const struct json *destination, const char *key)
{
    return json_str(json_get(destination, "destinationProperties"), key);
}

static int read_destination(struct control_ctx *ctx, struct export_seen *seen, struct err *err)
{
    const char *bucket = bucket_arn(ctx);
    const struct json *list, *answer;

    /* One page holds more than any detector has. */
    if (aws_call(ctx->target, AWS_GUARDDUTY_LIST_PUBLISHING_DESTINATIONS,
                 detector_params(ctx, seen), ctx->arena, &list, err) != 0)
        return -1;
    for (const struct json *it = json_first(json_get(list, "destinations")); it != NULL;
         it = it->next) {
        struct json *params = detector_params(ctx, seen);

        json_put_str(params, "DestinationId", json_str(it, "destinationId"));
        if (aws_call(ctx->target, AWS_GUARDDUTY_DESCRIBE_PUBLISHING_DESTINATION, params, ctx->arena,
                     &answer, err) != 0)
            return -1;
        if (str_eq(json_str(json_get(answer, "tags"), CONTROL_TAG_KEY), ctx->baseline->name)) {
            seen->destination = answer;
            return 0;
        }
        if (bucket != NULL && str_eq(property(answer, "destinationArn"), bucket))
            seen->destination = answer;
    }
    return 0;
}

static int read_opt_in(struct control_ctx *ctx, struct export_seen *seen, struct err *err)
{
    const struct json *answer;

    if (aws_call(ctx->target, AWS_EC2_DESCRIBE_REGIONS, NULL, ctx->arena, &answer, err) != 0)
        return -1;
    for (const struct json *it = json_first(json_get(answer, "regionInfo")); it != NULL;
         it = it->next)
        if (str_eq(json_str(it, "regionName"), ctx->region))
            seen->opted_in = !str_eq(json_str(it, "optInStatus"), "opt-in-not-required");
    return 0;
}

static int export_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct guardduty_spec *spec = ctx->spec;
    struct export_seen *seen = out_seen;
    const struct inventory *inventory;
    const struct json *list;

    if (inventory_get(ctx->inventory, &inventory, err) != 0 ||
        aws_list(ctx->target, AWS_GUARDDUTY_LIST_DETECTORS, NULL, ctx->arena, &list, err) != 0)
        return -1;
    if (list->count > 0) {
        seen->detector_id = json_first(list)->string;
        if (read_destination(ctx, seen, err) != 0)
            return -1;
    }
    if (!spec->export_findings)
        return 0;
    if (seen->destination == NULL && read_opt_in(ctx, seen, err) != 0)
        return -1;
    return seen->opted_in ? 0 : read_key(ctx, seen, err);
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static const char *or_unknown(const char *text)
{
    return text == NULL ? change_unknown : text;
}

static void diff_unwanted(const struct control_ctx *ctx, const struct export_seen *seen,
                          struct changes *out)
{
    const char *to = property(seen->destination, "destinationArn");

    if (seen->destination == NULL)
        return;
    if (ctx->prune)
        change_field(changes_add(out, CHANGE_DELETE, STEP_DELETE, NULL, "%s", resource), "bucket",
                     to, NULL);
    else
        changes_note(out,
                     "GuardDuty findings are still exported to %s, which the baseline does not "
                     "want any more; apply --prune ends it",
                     to);
}

static void diff_status(const struct json *destination, struct changes *out)
{
    const char *status = json_str(destination, "status");
    const char *to = property(destination, "destinationArn");

    if (str_eq(status, "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY"))
        changes_note(out,
                     "GuardDuty findings do not arrive in %s: the bucket or its key is gone, or "
                     "their policies keep GuardDuty out",
                     to);
    else if (str_eq(status, "STOPPED"))
        changes_note(out, "GuardDuty findings do not arrive in %s: AWS has stopped the export", to);
}

static void export_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct guardduty_spec *spec = ctx->spec;
    const struct export_seen *seen = have;
    const char *bucket = property(seen->destination, "destinationArn");
    const char *key = property(seen->destination, "kmsKeyArn");
    const char *to_bucket = or_unknown(bucket_arn(ctx));
    const char *to_key = or_unknown(seen->key_arn);
    bool exists = seen->destination != NULL;
    struct change *change;

    if (!spec->export_findings) {
        diff_unwanted(ctx, seen, out);
        return;
    }
    if (seen->opted_in) {
        changes_note(out, "GuardDuty findings of %s are not exported: the region is opted in to",
                     ctx->region);
        return;
    }
    diff_status(seen->destination, out);
    if (exists && str_eq(bucket, to_bucket) && str_eq(key, to_key))
        return;
    change = changes_add(out, exists ? CHANGE_UPDATE : CHANGE_CREATE,
                         exists ? STEP_UPDATE : STEP_CREATE, NULL, "%s", resource);
    change_field(change, "bucket", bucket, to_bucket);
    change_field(change, "key", key, to_key);
}

/* --- Change --------------------------------------------------------------------------------------
 */

static int export_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                        struct err *err)
{
    static const enum aws_op ops[] = {
        [STEP_CREATE] = AWS_GUARDDUTY_CREATE_PUBLISHING_DESTINATION,
        [STEP_UPDATE] = AWS_GUARDDUTY_UPDATE_PUBLISHING_DESTINATION,
        [STEP_DELETE] = AWS_GUARDDUTY_DELETE_PUBLISHING_DESTINATION,
    };
    const struct export_seen *seen = have;
    const char *bucket = bucket_arn(ctx);
    struct json *params = detector_params(ctx, seen), *properties;

    if (change->step != STEP_CREATE)
        json_put_str(params, "DestinationId", json_str(seen->destination, "destinationId"));
    if (change->step != STEP_DELETE) {
        if (seen->detector_id == NULL || bucket == NULL || seen->key_arn == NULL)
            return err_set(err, ERR_CONFLICT, "the detector or the log archive is not there yet");
        properties = json_put_object(params, "destinationProperties");
        json_put_str(properties, "destinationArn", bucket);
        json_put_str(properties, "kmsKeyArn", seen->key_arn);
    }
    if (change->step == STEP_CREATE) {
        json_put_str(params, "destinationType", "S3");
        json_put_str(json_put_object(params, "tags"), CONTROL_TAG_KEY, ctx->baseline->name);
    }
    if (aws_call(ctx->target, ops[change->step], params, ctx->arena, NULL, err) != 0)
        return guardduty_look_again(err);
    return 0;
}

static const char *const export_after[] = {"accounts",    "opt_in_regions", "log_key",
                                           "log_archive", "guardduty",      NULL};

const struct control control_guardduty_export = {
    .name = "guardduty_export",
    .part_of = "guardduty",
    .title = "GuardDuty findings in the log archive",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_SECURITY,
    .after = export_after,
    .needs = ROLE_SECURITY | ROLE_LOG_ARCHIVE,
    .ops = export_ops,
    .seen_size = sizeof(struct export_seen),
    .observe = export_observe,
    .diff = export_diff,
    .apply = export_apply,
};
