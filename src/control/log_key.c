/*
 * log_key.c - control "log_key": the KMS key of the log archive.
 *
 * Baseline:  log_archive: { rotation_days, security_reads }
 * Source:    docs.aws.amazon.com/kms/latest/APIReference, API version 2014-11-01
 * Limits:    one key in the home region, found by its alias alias/BASELINE-logs.  Keys are never
 *            deleted: what they encrypted would be lost.  One that is disabled or about to be
 * deleted is brought back.
 */
#include "log_archive.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"
#include "plinth/policy/document.h"

/* In the order in which they are carried out. */
enum { STEP_CREATE, STEP_CANCEL_DELETION, STEP_ENABLE, STEP_ALIAS, STEP_POLICY, STEP_ROTATION };

struct key_seen {
    const char *arn;       /* NULL: there is none */
    const char *state;     /* Enabled, Disabled, PendingDeletion */
    const char *policy;    /* JSON */
    int64_t rotation_days; /* 0: off */
    bool has_alias;
};

static const enum aws_op key_ops[] = {
    AWS_KMS_DESCRIBE_KEY,
    AWS_KMS_LIST_KEYS,
    AWS_KMS_LIST_RESOURCE_TAGS,
    AWS_KMS_GET_KEY_POLICY,
    AWS_KMS_GET_KEY_ROTATION_STATUS,
    AWS_KMS_CREATE_KEY,
    AWS_KMS_CREATE_ALIAS,
    AWS_KMS_CANCEL_KEY_DELETION,
    AWS_KMS_ENABLE_KEY,
    AWS_KMS_PUT_KEY_POLICY,
    AWS_KMS_ENABLE_KEY_ROTATION,
    AWS_OP_NONE,
};

/* Other controls make keys too: this tag says what one is for. */
static const char use_key[] = "plinth:use", use_value[] = "log-archive";

/* --- Live ----------------------------------------------------------------------------------------
 */

static struct json *key_params(const struct control_ctx *ctx, const char *key_id)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "KeyId", key_id);
    return params;
}

static const char *tag_value(const struct json *tags, const char *key)
{
    for (const struct json *it = json_first(tags); it != NULL; it = it->next)
        if (str_eq(json_str(it, "TagKey"), key))
            return json_str(it, "TagValue");
    return NULL;
}

/* Whether the key carries our tags.  err: as aws_call. */
static int read_ownership(struct control_ctx *ctx, const char *key_id, bool *out, struct err *err)
{
    const struct json *tags;

    if (aws_list(ctx->target, AWS_KMS_LIST_RESOURCE_TAGS, key_params(ctx, key_id), ctx->arena,
                 &tags, err) != 0)
        return -1;
    *out = str_eq(tag_value(tags, CONTROL_TAG_KEY), ctx->baseline->name) &&
           str_eq(tag_value(tags, use_key), use_value);
    return 0;
}

/* *out is the key's metadata; NULL if there is no such key.  err: as aws_call. */
static int describe(struct control_ctx *ctx, const char *key_id, const struct json **out,
                    struct err *err)
{
    const struct json *answer;

    *out = NULL;
    if (aws_call(ctx->target, AWS_KMS_DESCRIBE_KEY, key_params(ctx, key_id), ctx->arena, &answer,
                 err) == 0) {
        *out = json_get(answer, "KeyMetadata");
        return 0;
    }
    if (err->code != ERR_NOTFOUND)
        return -1;
    err_clear(err);
    return 0;
}

/* A key that lost its alias, or never got it because we were stopped in between. */
static int find_by_tags(struct control_ctx *ctx, const struct json **out, struct err *err)
{
    const struct json *keys;

    *out = NULL;
    if (aws_list(ctx->target, AWS_KMS_LIST_KEYS, NULL, ctx->arena, &keys, err) != 0)
        return -1;
    for (const struct json *it = json_first(keys); it != NULL; it = it->next) {
        const char *id = json_str(it, "KeyId");
        bool ours = false;

        if (read_ownership(ctx, id, &ours, err) != 0) {
            if (err->code != ERR_DENIED) /* a key whose policy keeps us out is not ours */
                return -1;
            err_clear(err);
        }
        if (ours)
            return describe(ctx, id, out, err);
    }
    return 0;
}

static int find_key(struct control_ctx *ctx, const char *alias, struct key_seen *seen,
                    const struct json **out, struct err *err)
{
    bool ours;

    if (describe(ctx, alias, out, err) != 0)
        return -1;
    if (*out == NULL)
        return find_by_tags(ctx, out, err);
    seen->has_alias = true;
    if (read_ownership(ctx, json_str(*out, "KeyId"), &ours, err) != 0)
        return -1;
    if (ours)
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "%s names a key that is not this baseline's (no tags %s=%s and %s=%s); delete "
                   "the alias, or tag the key",
                   alias, CONTROL_TAG_KEY, ctx->baseline->name, use_key, use_value);
}

static int key_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct key_seen *seen = out_seen;
    struct log_names names = log_names_of(ctx);
    const struct json *key, *answer;
    struct json *params;

    /* Known alias without a key: cloudtrail then knows that there is none, and not only that this
     * control is left out of the run. */
    facts_set(ctx->facts, "log_key.alias", names.alias);
    facts_set(ctx->facts, "log_key.arn", NULL);
    if (find_key(ctx, names.alias, seen, &key, err) != 0)
        return -1;
    if (key == NULL)
        return 0;
    if (json_need_str(key, "Arn", &seen->arn, err) != 0 ||
        json_need_str(key, "KeyState", &seen->state, err) != 0)
        return -1;
    params = key_params(ctx, seen->arn);
    if (aws_call(ctx->target, AWS_KMS_GET_KEY_ROTATION_STATUS, params, ctx->arena, &answer, err) !=
        0)
        return -1;
    if (json_bool(answer, "KeyRotationEnabled", false))
        seen->rotation_days = (int64_t)json_number(answer, "RotationPeriodInDays", 365);
    json_put_str(params, "PolicyName", "default");
    if (aws_call(ctx->target, AWS_KMS_GET_KEY_POLICY, params, ctx->arena, &answer, err) != 0)
        return -1;
    seen->policy = json_str(answer, "Policy");
    facts_set(ctx->facts, "log_key.arn", seen->arn);
    return 0;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

static const char *days_text(const struct control_ctx *ctx, int64_t days)
{
    return days == 0 ? "off" : arena_printf(ctx->arena, "every %lld days", (long long)days);
}

static void diff_state(const struct key_seen *seen, const char *alias, struct changes *out)
{
    bool ending = str_eq(seen->state, "PendingDeletion");

    if (str_eq(seen->state, "Enabled"))
        return;
    if (ending)
        change_field(
            changes_add(out, CHANGE_UPDATE, STEP_CANCEL_DELETION, NULL, "log key %s", alias),
            "deletion", "scheduled", "cancelled");
    change_field(changes_add(out, CHANGE_UPDATE, STEP_ENABLE, NULL, "log key %s", alias), "state",
                 "Disabled", "Enabled");
}

static void key_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct log_archive_spec *spec = ctx->spec;
    const struct key_seen *seen = have;
    struct log_names names = log_names_of(ctx);
    const char *policy = log_key_policy(&names, ctx->arena);
    const char *shown = policy == NULL ? change_unknown : policy;

    if (seen->arn == NULL)
        change_field(changes_add(out, CHANGE_CREATE, STEP_CREATE, NULL, "log key %s", names.alias),
                     "policy", NULL, shown);
    else
        diff_state(seen, names.alias, out);
    if (!seen->has_alias)
        change_field(changes_add(out, CHANGE_CREATE, STEP_ALIAS, NULL, "alias %s", names.alias),
                     "key", NULL, seen->arn == NULL ? change_unknown : seen->arn);
    if (seen->arn != NULL && (policy == NULL || !policy_text_equal(seen->policy, policy)))
        change_field(changes_add(out, CHANGE_UPDATE, STEP_POLICY, NULL, "log key %s", names.alias),
                     "policy", seen->policy, shown);
    if (seen->rotation_days != spec->rotation_days)
        change_field(
            changes_add(out, CHANGE_UPDATE, STEP_ROTATION, NULL, "log key %s", names.alias),
            "rotation", days_text(ctx, seen->rotation_days), days_text(ctx, spec->rotation_days));
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static void add_tag(struct json *tags, const char *key, const char *value)
{
    struct json *tag = json_add_object(tags);

    json_put_str(tag, "TagKey", key);
    json_put_str(tag, "TagValue", value);
}

static int create_key(struct control_ctx *ctx, const char *policy, struct err *err)
{
    struct json *params = json_object(ctx->arena), *tags;
    const struct json *answer;
    const char *arn;

    json_put_str(params, "Policy", policy);
    json_put_str(params, "Description", "Encrypts the log archive.");
    tags = json_put_array(params, "Tags");
    add_tag(tags, CONTROL_TAG_KEY, ctx->baseline->name);
    add_tag(tags, use_key, use_value);
    if (aws_call(ctx->target, AWS_KMS_CREATE_KEY, params, ctx->arena, &answer, err) != 0 ||
        json_need_str(json_get(answer, "KeyMetadata"), "Arn", &arn, err) != 0)
        return -1;
    facts_set(ctx->facts, "log_key.arn", arn);
    return 0;
}

static int create_alias(struct control_ctx *ctx, const char *alias, const char *arn,
                        struct err *err)
{
    struct json *params = json_object(ctx->arena);

    json_put_str(params, "AliasName", alias);
    json_put_str(params, "TargetKeyId", arn);
    return aws_call(ctx->target, AWS_KMS_CREATE_ALIAS, params, ctx->arena, NULL, err);
}

/* The key may have been made since it was observed: then the fact knows it. */
static int key_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                     struct err *err)
{
    static const enum aws_op ops[] = {
        [STEP_CANCEL_DELETION] = AWS_KMS_CANCEL_KEY_DELETION,
        [STEP_ENABLE] = AWS_KMS_ENABLE_KEY,
        [STEP_POLICY] = AWS_KMS_PUT_KEY_POLICY,
        [STEP_ROTATION] = AWS_KMS_ENABLE_KEY_ROTATION,
    };
    const struct log_archive_spec *spec = ctx->spec;
    const struct key_seen *seen = have;
    struct log_names names = log_names_of(ctx);
    const char *policy = log_key_policy(&names, ctx->arena);
    const char *arn = seen->arn != NULL ? seen->arn : facts_get(ctx->facts, "log_key.arn");
    struct json *params = key_params(ctx, arn);

    if (policy == NULL)
        return err_set(err, ERR_CONFLICT, "an account that uses the key does not exist yet");
    if (change->step == STEP_CREATE)
        return create_key(ctx, policy, err);
    if (change->step == STEP_ALIAS)
        return create_alias(ctx, names.alias, arn, err);
    if (change->step == STEP_POLICY) {
        json_put_str(params, "PolicyName", "default");
        json_put_str(params, "Policy", policy);
    } else if (change->step == STEP_ROTATION) {
        json_put_number(params, "RotationPeriodInDays", (double)spec->rotation_days);
    }
    return aws_call(ctx->target, ops[change->step], params, ctx->arena, NULL, err);
}

static const char *const key_after[] = {"accounts", NULL};

const struct control control_log_key = {
    .name = "log_key",
    .part_of = "log_archive",
    .title = "encryption key of the log archive",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_LOG_ARCHIVE,
    .after = key_after,
    .needs = ROLE_SECURITY, /* it is to read, and the policy names it */
    .ops = key_ops,
    .seen_size = sizeof(struct key_seen),
    .observe = key_observe,
    .diff = key_diff,
    .apply = key_apply,
};
