/*
 * cloudtrail.c - control "cloudtrail": the organization's trail, and whether it delivers.
 *
 * Baseline:  log_archive: { trail, data_events, log_group_days }
 * Source:    docs.aws.amazon.com/awscloudtrail/latest/APIReference, API version 2013-11-01;
 *            CloudTrail User Guide, "Creating a trail for an organization"
 * Limits:    one trail, for every account and region, made in the home region; no Insights.  Other
 *            trails are left alone.  What the bucket's or the key's policy does wrong is mended by
 *            log_archive and log_key; here it is told.
 */
#include "bucket.h"
#include "honey_patterns.h"
#include "log_archive.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"

#include <string.h>

enum { STEP_CREATE, STEP_UPDATE, STEP_SELECTORS, STEP_START };

struct trail_seen {
    bool exists, logging;
    const struct json *trail;   /* as GetTrail has it */
    const char *selectors;      /* as selectors_text has them */
    const char *delivery_error; /* NULL: none */
    const char *tokens_unread;  /* why the names of honey tokens are not known; NULL: they are */
};

/* As AWS's console names it: scanners know a trail of management events by that. */
#define SELECTOR_MANAGEMENT "Management events selector"

static const enum aws_op trail_ops[] = {
    AWS_CLOUDTRAIL_GET_TRAIL,           AWS_CLOUDTRAIL_LIST_TAGS,
    AWS_CLOUDTRAIL_GET_TRAIL_STATUS,    AWS_CLOUDTRAIL_GET_EVENT_SELECTORS,
    AWS_CLOUDTRAIL_CREATE_TRAIL,        AWS_CLOUDTRAIL_UPDATE_TRAIL,
    AWS_CLOUDTRAIL_PUT_EVENT_SELECTORS, AWS_CLOUDTRAIL_START_LOGGING,
    AWS_SSM_GET_PARAMETERS_BY_PATH,     AWS_OP_NONE,
};

/* Event selectors as a text that is equal if they are; empty lists do not count. */
static const char *selectors_text(const struct json *selectors, struct arena *arena)
{
    struct json *whole = json_object(arena);

    json_put(whole, "selectors", selectors);
    return bucket_text(bucket_normal(whole, arena), arena);
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static struct json *trail_params(const struct control_ctx *ctx, const char *key)
{
    struct log_names names = log_names_of(ctx);
    struct json *params = json_object(ctx->arena);

    json_put_str(params, key, names.trail);
    return params;
}

static int check_ownership(struct control_ctx *ctx, const struct json *trail, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const char *arn, *home = json_str(trail, "HomeRegion"), *name = json_str(trail, "Name");
    const struct json *list;

    if (json_need_str(trail, "TrailARN", &arn, err) != 0)
        return -1;
    if (!str_eq(home, ctx->region))
        return err_set(err, ERR_CONFLICT,
                       "trail %s exists with %s%s; give log_archive another trail name", name,
                       home == NULL ? "no home region" : "home region ", home == NULL ? "" : home);
    json_add_str(json_put_array(params, "ResourceIdList"), arn);
    if (aws_list(ctx->target, AWS_CLOUDTRAIL_LIST_TAGS, params, ctx->arena, &list, err) != 0)
        return -1;
    if (str_eq(control_tag(json_get(json_first(list), "TagsList"), CONTROL_TAG_KEY),
               ctx->baseline->name))
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "trail %s exists and is not this baseline's (no tag %s=%s); tag it, delete it, "
                   "or give log_archive another trail name",
                   name, CONTROL_TAG_KEY, ctx->baseline->name);
}

static int read_rest(struct control_ctx *ctx, struct trail_seen *seen, struct err *err)
{
    const struct json *answer, *selectors;

    if (aws_call(ctx->target, AWS_CLOUDTRAIL_GET_TRAIL_STATUS, trail_params(ctx, "Name"),
                 ctx->arena, &answer, err) != 0)
        return -1;
    seen->logging = json_bool(answer, "IsLogging", false);
    seen->delivery_error = json_str(answer, "LatestDeliveryError");
    if (aws_call(ctx->target, AWS_CLOUDTRAIL_GET_EVENT_SELECTORS, trail_params(ctx, "TrailName"),
                 ctx->arena, &answer, err) != 0)
        return -1;
    selectors = json_get(answer, "AdvancedEventSelectors");
    if (json_first(selectors) == NULL)
        selectors = json_get(answer, "EventSelectors");
    seen->selectors = selectors_text(selectors, ctx->arena);
    return 0;
}

/* As a control of honey tokens has it; its spec NULL: the baseline has none. */
static struct control_ctx honey_ctx(const struct control_ctx *ctx)
{
    struct control_ctx honey = *ctx;

    honey.spec = honey_settings(ctx->baseline, ctx->arena);
    return honey;
}

/* A trail is worth more than what it says of honey tokens: without these it is kept all the same.
 */
static int learn_tokens(struct control_ctx *ctx, struct trail_seen *seen, struct err *err)
{
    const struct control_ctx honey = honey_ctx(ctx);

    if (honey.spec == NULL || honey_names_learn(&honey, err) == 0)
        return 0;
    if (err->code == ERR_CANCELLED)
        return -1;
    seen->tokens_unread = arena_str(ctx->arena, err->text);
    err_clear(err);
    return 0;
}

static int trail_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct trail_seen *seen = out_seen;
    const struct json *answer;

    if (learn_tokens(ctx, seen, err) != 0)
        return -1;

    if (aws_call(ctx->target, AWS_CLOUDTRAIL_GET_TRAIL, trail_params(ctx, "Name"), ctx->arena,
                 &answer, err) != 0) {
        if (err->code != ERR_NOTFOUND)
            return -1;
        err_clear(err);
        return 0;
    }
    seen->trail = json_get(answer, "Trail");
    if (check_ownership(ctx, seen->trail, err) != 0 || read_rest(ctx, seen, err) != 0)
        return -1;
    seen->exists = true;
    facts_set(ctx->facts, "trail.arn", json_str(seen->trail, "TrailARN"));
    return 0;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

static const struct {
    const char *name, *member, *param; /* for people, in GetTrail, in UpdateTrail */
} flags[] = {
    {"organization trail", "IsOrganizationTrail", "IsOrganizationTrail"},
    {"all regions", "IsMultiRegionTrail", "IsMultiRegionTrail"},
    {"global service events", "IncludeGlobalServiceEvents", "IncludeGlobalServiceEvents"},
    {"log file validation", "LogFileValidationEnabled", "EnableLogFileValidation"},
};
enum { FLAG_COUNT = sizeof flags / sizeof flags[0] };

static void add_field(struct json *fields, const char *name, const char *op, const char *value)
{
    struct json *field = json_add_object(fields);

    json_put_str(field, "Field", name);
    json_add_str(json_put_array(field, op), value);
}

static struct json *add_selector(struct json *list, const char *name, const char *category)
{
    struct json *selector = json_add_object(list), *fields;

    json_put_str(selector, "Name", name);
    fields = json_put_array(selector, "FieldSelectors");
    add_field(fields, "eventCategory", "Equals", category);
    return fields;
}

/* What a trail has from its start, written out. */
static struct json *management_only(struct arena *arena)
{
    struct json *list = json_array(arena), *selector = json_add_object(list);

    json_put_str(selector, "ReadWriteType", "All");
    json_put_bool(selector, "IncludeManagementEvents", true);
    return list;
}

static bool has_type(const struct log_archive_spec *spec, const char *type)
{
    for (size_t i = 0; i < spec->data_events.count; i++)
        if (str_eq(spec->data_events.items[i], type))
            return true;
    return false;
}

/* The trail's own deliveries are writes of objects: logged, they would beget each other. */
static void add_data_type(const struct control_ctx *ctx, const struct log_names *names,
                          const char *type, struct json *list)
{
    struct json *fields = add_selector(list, type, "Data");

    add_field(fields, "resources.type", "Equals", type);
    if (str_eq(type, "AWS::S3::Object"))
        add_field(fields, "resources.ARN", "NotStartsWith",
                  arena_printf(ctx->arena, "%s/", log_bucket_arn(names, ctx->arena)));
}

/* Of honey tokens that are used by their data, exactly these.  False: the name of one is to come.
 */
static bool add_tokens(const struct control_ctx *ctx, const char *type, const char *op,
                       struct json *list)
{
    const struct control_ctx honey = honey_ctx(ctx);
    const struct honey_spec *spec = honey.spec;
    struct json *field = NULL, *fields;

    for (size_t i = 0; spec != NULL && i < spec->tokens.count; i++) {
        const struct honey_identity identity = honey_identify(&honey, honey_token_at(spec, i));
        const char *own_type, *arn = honey_data_arn(&identity, &own_type, ctx->arena);

        if (!identity.exists || arn == NULL || !str_eq(own_type, type))
            continue;
        if (!identity.known)
            return false;
        if (field == NULL) {
            fields = add_selector(list, arena_printf(ctx->arena, "Some of %s", type), "Data");
            add_field(fields, "resources.type", "Equals", type);
            field = json_add_object(fields);
            json_put_str(field, "Field", "resources.ARN");
            field = json_put_array(field, op);
        }
        json_add_str(field, arn);
    }
    return true;
}

/* Objects by what their ARNs begin with. */
static const struct {
    const char *type, *op;
} token_types[] = {{"AWS::S3::Object", "StartsWith"}, {"AWS::DynamoDB::Table", "Equals"}};

static struct json *wanted_selectors(const struct control_ctx *ctx, const struct log_names *names)
{
    const struct log_archive_spec *spec = ctx->spec;
    struct json *list = json_array(ctx->arena);

    (void)add_selector(list, SELECTOR_MANAGEMENT, "Management");
    for (size_t i = 0; i < spec->data_events.count; i++) {
        if (names->bucket == NULL)
            return NULL;
        add_data_type(ctx, names, spec->data_events.items[i], list);
    }
    for (size_t i = 0; i < sizeof token_types / sizeof token_types[0]; i++)
        if (!has_type(spec, token_types[i].type) &&
            !add_tokens(ctx, token_types[i].type, token_types[i].op, list))
            return NULL;
    return list->count == 1 ? management_only(ctx->arena) : list;
}

/* Without log_key in the run its key is not known: any of the log archive's then is as good. */
static bool key_fits(const struct control_ctx *ctx, const struct log_names *names, const char *key)
{
    const char *wanted = facts_get(ctx->facts, "log_key.arn");

    if (key == NULL || names->account_id == NULL)
        return false;
    if (wanted != NULL || facts_get(ctx->facts, "log_key.alias") != NULL)
        return str_eq(key, wanted);
    return str_starts(key, arena_printf(ctx->arena, "arn:%s:kms:%s:%s:key/", names->partition,
                                        names->region, names->account_id));
}

/* CloudTrail takes an alias as well, and shows the key that it means. */
static const char *wanted_key(const struct control_ctx *ctx, const struct log_names *names)
{
    const char *known = facts_get(ctx->facts, "log_key.arn");

    if (known != NULL || names->account_id == NULL)
        return known;
    return arena_printf(ctx->arena, "arn:%s:kms:%s:%s:%s", names->partition, names->region,
                        names->account_id, names->alias);
}

static const char *or_unknown(const char *text)
{
    return text == NULL ? change_unknown : text;
}

/* NULL: none is asked for, and one that is there is not looked at; or there is no organization. */
static const char *wanted_log_group(const struct control_ctx *ctx, const struct log_names *names)
{
    const struct log_archive_spec *spec = ctx->spec;

    if (spec->log_group_days == 0 || names->management_id == NULL)
        return NULL;
    return arena_printf(ctx->arena, "arn:%s:logs:%s:%s:log-group:" TRAIL_LOGS_NAME ":*",
                        names->partition, names->region, names->management_id);
}

static const char *log_role_arn(const struct control_ctx *ctx, const struct log_names *names)
{
    return arena_printf(ctx->arena, "arn:%s:iam::%s:role/" TRAIL_LOGS_NAME, names->partition,
                        names->management_id);
}

static bool log_group_fits(const struct control_ctx *ctx, const struct log_names *names,
                           const struct json *trail)
{
    const struct log_archive_spec *spec = ctx->spec;
    const char *group = wanted_log_group(ctx, names);

    return spec->log_group_days == 0 ||
           (group != NULL && str_eq(json_str(trail, "CloudWatchLogsLogGroupArn"), group) &&
            str_eq(json_str(trail, "CloudWatchLogsRoleArn"), log_role_arn(ctx, names)));
}

static void diff_log_group(const struct control_ctx *ctx, const struct log_names *names,
                           const struct json *trail, struct change *change)
{
    if (log_group_fits(ctx, names, trail))
        return;
    change_field(change, "log group", json_str(trail, "CloudWatchLogsLogGroupArn"),
                 or_unknown(wanted_log_group(ctx, names)));
    change_field(change, "log group's role", json_str(trail, "CloudWatchLogsRoleArn"),
                 names->management_id == NULL ? change_unknown : log_role_arn(ctx, names));
}

static void diff_create(const struct control_ctx *ctx, const struct log_names *names,
                        struct changes *out)
{
    const char *key = facts_get(ctx->facts, "log_key.arn");
    struct change *change =
        changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "organization trail %s", names->trail);

    change_field(change, "bucket", NULL, or_unknown(names->bucket));
    change_field(change, "key", NULL, or_unknown(key));
    diff_log_group(ctx, names, NULL, change);
    for (size_t i = 0; i < FLAG_COUNT; i++)
        change_field(change, flags[i].name, NULL, "yes");
}

static bool settings_fit(const struct control_ctx *ctx, const struct log_names *names,
                         const struct json *trail)
{
    bool fit = str_eq(json_str(trail, "S3BucketName"), names->bucket) &&
               json_str(trail, "S3KeyPrefix") == NULL &&
               key_fits(ctx, names, json_str(trail, "KmsKeyId")) &&
               log_group_fits(ctx, names, trail);

    for (size_t i = 0; i < FLAG_COUNT; i++)
        fit = fit && json_bool(trail, flags[i].member, false);
    return fit;
}

static void diff_settings(const struct control_ctx *ctx, const struct log_names *names,
                          const struct json *trail, struct changes *out)
{
    const char *key = json_str(trail, "KmsKeyId");
    struct change *change;

    if (settings_fit(ctx, names, trail))
        return;
    change =
        changes_add(out, CHANGE_UPDATE, STEP_UPDATE, NULL, "organization trail %s", names->trail);
    change_field(change, "bucket", json_str(trail, "S3BucketName"), or_unknown(names->bucket));
    change_field(change, "prefix", json_str(trail, "S3KeyPrefix"), NULL);
    if (!key_fits(ctx, names, key))
        change_field(change, "key", key, or_unknown(facts_get(ctx->facts, "log_key.arn")));
    diff_log_group(ctx, names, trail, change);
    for (size_t i = 0; i < FLAG_COUNT; i++)
        change_field(change, flags[i].name, yes_no(json_bool(trail, flags[i].member, false)),
                     "yes");
}

/* AWS's word for why nothing arrives, in ours. */
static const char *explained(const char *code)
{
    static const struct {
        const char *code, *text;
    } reasons[] = {
        {"NoSuchBucket", "its bucket does not exist"},
        {"AccessDenied", "the policy of its bucket or of its key keeps CloudTrail out"},
        {"KMS.DisabledException", "its KMS key is disabled"},
        {"KMS.KMSInvalidStateException", "its KMS key is about to be deleted"},
        {"KMS.NotFoundException", "its KMS key does not exist"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (str_eq(code, reasons[i].code))
            return reasons[i].text;
    return "see the CloudTrail console";
}

/* How many kinds of data events selectors choose. */
static size_t data_types(const char *selectors)
{
    static const char type[] = "resources.type";
    size_t count = 0;

    while ((selectors = strstr(selectors, type)) != NULL) {
        selectors += strlen(type);
        count++;
    }
    return count;
}

static void trail_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct trail_seen *seen = have;
    struct log_names names = log_names_of(ctx);
    const struct json *selectors = wanted_selectors(ctx, &names);
    const char *initial = selectors_text(management_only(ctx->arena), ctx->arena);
    const char *now = seen->exists ? seen->selectors : initial;
    const char *text = selectors == NULL ? change_unknown : selectors_text(selectors, ctx->arena);
    struct change *change;

    if (seen->exists)
        diff_settings(ctx, &names, seen->trail, out);
    else
        diff_create(ctx, &names, out);
    if (seen->tokens_unread != NULL) {
        changes_problem(out, true, "which data events it is to record is not known: %s",
                        seen->tokens_unread);
    } else if (!str_eq(now, text)) {
        change = changes_add(out, CHANGE_UPDATE, STEP_SELECTORS, NULL, "organization trail %s",
                             names.trail);
        change_field(change, "events", now, text);
        if (selectors != NULL && data_types(now) > data_types(text))
            change_takes_away(change);
    }
    if (!seen->logging)
        change_field(
            changes_add(out, CHANGE_UPDATE, STEP_START, NULL, "organization trail %s", names.trail),
            "logging", "no", "yes");
    if (seen->delivery_error != NULL && seen->delivery_error[0] != '\0')
        changes_note(out, "organization trail %s delivers no logs: %s (%s)", names.trail,
                     explained(seen->delivery_error), seen->delivery_error);
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static struct json *settings_params(struct control_ctx *ctx, const struct log_names *names)
{
    struct json *params = trail_params(ctx, "Name");

    json_put_str(params, "S3BucketName", names->bucket);
    json_put_str(params, "KmsKeyId", wanted_key(ctx, names));
    if (wanted_log_group(ctx, names) != NULL) {
        json_put_str(params, "CloudWatchLogsLogGroupArn", wanted_log_group(ctx, names));
        json_put_str(params, "CloudWatchLogsRoleArn", log_role_arn(ctx, names));
    }
    for (size_t i = 0; i < FLAG_COUNT; i++)
        json_put_bool(params, flags[i].param, true);
    return params;
}

/* CloudTrail looks at the bucket, its policy and the key at once, and these are minutes old at most
 * in a first run: S3, KMS and Organizations tell the others of a change after a while. */
static int settle(struct err *err)
{
    static const char *const passing[] = {
        "InsufficientS3BucketPolicyException",        "InsufficientEncryptionPolicyException",
        "CloudTrailAccessNotEnabledException",        "KmsException",
        "CloudWatchLogsDeliveryUnavailableException", "InvalidCloudWatchLogsLogGroupArnException",
        "InvalidCloudWatchLogsRoleArnException",
    };

    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (err_is(err, passing[i]))
            err->code = ERR_TRANSIENT;
    return -1;
}

static int put_selectors(struct control_ctx *ctx, const struct log_names *names, struct err *err)
{
    const struct json *selectors = wanted_selectors(ctx, names);
    struct json *params = trail_params(ctx, "TrailName");
    bool advanced = json_get(json_first(selectors), "FieldSelectors") != NULL;

    if (selectors == NULL)
        return err_set(err, ERR_CONFLICT, "the name of a honey token is still to come");
    json_put(params, advanced ? "AdvancedEventSelectors" : "EventSelectors", selectors);
    return aws_call(ctx->target, AWS_CLOUDTRAIL_PUT_EVENT_SELECTORS, params, ctx->arena, NULL, err);
}

static int trail_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                       struct err *err)
{
    struct log_names names = log_names_of(ctx);
    enum aws_op op = AWS_CLOUDTRAIL_CREATE_TRAIL;
    const struct json *answer;
    struct json *params;

    (void)have;
    if (names.bucket == NULL)
        return err_set(err, ERR_CONFLICT, "the log archive account does not exist yet");
    if (change->step == STEP_SELECTORS)
        return put_selectors(ctx, &names, err);
    if (change->step == STEP_START)
        return aws_call(ctx->target, AWS_CLOUDTRAIL_START_LOGGING, trail_params(ctx, "Name"),
                        ctx->arena, NULL, err);
    params = settings_params(ctx, &names);
    if (change->step == STEP_CREATE) {
        control_put_tags(params, "TagsList", ctx->baseline, NULL, true);
    } else {
        op = AWS_CLOUDTRAIL_UPDATE_TRAIL;
        json_put_str(params, "S3KeyPrefix", ""); /* takes one away */
    }
    if (aws_call(ctx->target, op, params, ctx->arena, &answer, err) != 0)
        return settle(err);
    facts_set(ctx->facts, "trail.arn", json_str(answer, "TrailARN"));
    return 0;
}

static const char *const trail_after[] = {"organization", "log_archive", "trail_logs", NULL};
static const char *const trail_trusts[] = {"cloudtrail.amazonaws.com", NULL};
static const char *const trail_follows[] = {"trusted_access", "honey_map", NULL};

const struct control control_cloudtrail = {
    .name = "cloudtrail",
    .part_of = "log_archive",
    .title = "trail of the organization",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .after = trail_after,
    .follows = trail_follows,
    .trusts = trail_trusts,
    .needs = ROLE_LOG_ARCHIVE,
    .ops = trail_ops,
    .seen_size = sizeof(struct trail_seen),
    .observe = trail_observe,
    .diff = trail_diff,
    .apply = trail_apply,
};
