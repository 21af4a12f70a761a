#include "kms_key.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/facts.h"
#include "plinth/policy/document.h"

const char *kms_key_alias(const struct baseline *baseline, const char *word, struct arena *arena)
{
    return arena_printf(arena, "alias/%s-%s", control_word(baseline->name, arena), word);
}

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
static int read_ownership(struct control_ctx *ctx, const char *key_id, const struct kms_key *want,
                          bool *out, struct err *err)
{
    const struct json *tags;

    if (aws_list(ctx->target, AWS_KMS_LIST_RESOURCE_TAGS, key_params(ctx, key_id), ctx->arena,
                 &tags, err) != 0)
        return -1;
    *out = str_eq(tag_value(tags, CONTROL_TAG_KEY), ctx->baseline->name) &&
           str_eq(tag_value(tags, KMS_KEY_USE), want->use);
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
static int find_by_tags(struct control_ctx *ctx, const struct kms_key *want,
                        const struct json **out, struct err *err)
{
    const struct json *keys;

    *out = NULL;
    if (aws_list(ctx->target, AWS_KMS_LIST_KEYS, NULL, ctx->arena, &keys, err) != 0)
        return -1;
    for (const struct json *it = json_first(keys); it != NULL; it = it->next) {
        const char *id = json_str(it, "KeyId");
        bool ours = false;

        if (read_ownership(ctx, id, want, &ours, err) != 0) {
            if (err->code != ERR_DENIED) /* a key whose policy keeps us out is not ours */
                return -1;
            err_clear(err);
        }
        if (ours)
            return describe(ctx, id, out, err);
    }
    return 0;
}

static int find_key(struct control_ctx *ctx, const struct kms_key *want, struct kms_key_seen *seen,
                    const struct json **out, struct err *err)
{
    bool ours;

    if (describe(ctx, want->alias, out, err) != 0)
        return -1;
    if (*out == NULL)
        return find_by_tags(ctx, want, out, err);
    seen->has_alias = true;
    if (read_ownership(ctx, json_str(*out, "KeyId"), want, &ours, err) != 0)
        return -1;
    if (ours)
        return 0;
    return err_set(err, ERR_CONFLICT,
                   "%s names a key that is not this baseline's (no tags %s=%s and %s=%s); delete "
                   "the alias, or tag the key",
                   want->alias, CONTROL_TAG_KEY, ctx->baseline->name, KMS_KEY_USE, want->use);
}

int kms_key_observe(struct control_ctx *ctx, const struct kms_key *want, struct kms_key_seen *seen,
                    struct err *err)
{
    const struct json *key, *answer;
    struct json *params;

    facts_set(ctx->facts, want->fact, NULL);
    if (find_key(ctx, want, seen, &key, err) != 0)
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
    facts_set(ctx->facts, want->fact, seen->arn);
    return 0;
}

/* --- Wanted --------------------------------------------------------------------------------------
 */

static const char *days_text(const struct control_ctx *ctx, int64_t days)
{
    return days == 0 ? "off" : arena_printf(ctx->arena, "every %lld days", (long long)days);
}

static struct change *add_change(struct changes *out, enum change_kind kind, int step,
                                 const struct kms_key *want)
{
    return changes_add(out, kind, step, NULL, "%s %s", want->title, want->alias);
}

static void diff_state(const struct kms_key *want, const struct kms_key_seen *seen,
                       struct changes *out)
{
    if (str_eq(seen->state, "Enabled"))
        return;
    if (str_eq(seen->state, "PendingDeletion"))
        change_field(add_change(out, CHANGE_UPDATE, KMS_KEY_CANCEL_DELETION, want), "deletion",
                     "scheduled", "cancelled");
    change_field(add_change(out, CHANGE_UPDATE, KMS_KEY_ENABLE, want), "state", "Disabled",
                 "Enabled");
}

void kms_key_diff(const struct control_ctx *ctx, const struct kms_key *want,
                  const struct kms_key_seen *seen, struct changes *out)
{
    const char *shown = want->policy == NULL ? change_unknown : want->policy;

    if (seen->arn == NULL)
        change_field(add_change(out, CHANGE_CREATE, KMS_KEY_CREATE, want), "policy", NULL, shown);
    else
        diff_state(want, seen, out);
    if (!seen->has_alias)
        change_field(changes_add(out, CHANGE_CREATE, KMS_KEY_ALIAS, NULL, "alias %s", want->alias),
                     "key", NULL, seen->arn == NULL ? change_unknown : seen->arn);
    if (seen->arn != NULL &&
        (want->policy == NULL || !policy_text_equal(seen->policy, want->policy)))
        change_field(add_change(out, CHANGE_UPDATE, KMS_KEY_POLICY, want), "policy", seen->policy,
                     shown);
    if (seen->rotation_days != want->rotation_days)
        change_field(add_change(out, CHANGE_UPDATE, KMS_KEY_ROTATION, want), "rotation",
                     days_text(ctx, seen->rotation_days), days_text(ctx, want->rotation_days));
}

/* --- Apply ---------------------------------------------------------------------------------------
 */

static void add_tag(struct json *tags, const char *key, const char *value)
{
    struct json *tag = json_add_object(tags);

    json_put_str(tag, "TagKey", key);
    json_put_str(tag, "TagValue", value);
}

static int create_key(struct control_ctx *ctx, const struct kms_key *want, struct err *err)
{
    struct json *params = json_object(ctx->arena), *tags;
    const struct json *answer;
    const char *arn;

    json_put_str(params, "Policy", want->policy);
    json_put_str(params, "Description", want->description);
    tags = json_put_array(params, "Tags");
    add_tag(tags, CONTROL_TAG_KEY, ctx->baseline->name);
    add_tag(tags, KMS_KEY_USE, want->use);
    if (aws_call(ctx->target, AWS_KMS_CREATE_KEY, params, ctx->arena, &answer, err) != 0 ||
        json_need_str(json_get(answer, "KeyMetadata"), "Arn", &arn, err) != 0)
        return -1;
    facts_set(ctx->facts, want->fact, arn);
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

const char *kms_key_arn(const struct control_ctx *ctx, const struct kms_key *want,
                        const struct kms_key_seen *seen)
{
    return seen->arn != NULL ? seen->arn : facts_get(ctx->facts, want->fact);
}

int kms_key_apply(struct control_ctx *ctx, const struct kms_key *want,
                  const struct kms_key_seen *seen, int step, struct err *err)
{
    static const enum aws_op ops[] = {
        [KMS_KEY_CANCEL_DELETION - KMS_KEY_CREATE] = AWS_KMS_CANCEL_KEY_DELETION,
        [KMS_KEY_ENABLE - KMS_KEY_CREATE] = AWS_KMS_ENABLE_KEY,
        [KMS_KEY_POLICY - KMS_KEY_CREATE] = AWS_KMS_PUT_KEY_POLICY,
        [KMS_KEY_ROTATION - KMS_KEY_CREATE] = AWS_KMS_ENABLE_KEY_ROTATION,
    };
    const char *arn = kms_key_arn(ctx, want, seen);
    struct json *params = key_params(ctx, arn);

    if (want->policy == NULL)
        return err_set(err, ERR_CONFLICT, "an account that uses the key does not exist yet");
    if (step == KMS_KEY_CREATE)
        return create_key(ctx, want, err);
    if (step == KMS_KEY_ALIAS)
        return create_alias(ctx, want->alias, arn, err);
    if (step == KMS_KEY_POLICY) {
        json_put_str(params, "PolicyName", "default");
        json_put_str(params, "Policy", want->policy);
    } else if (step == KMS_KEY_ROTATION) {
        json_put_number(params, "RotationPeriodInDays", (double)want->rotation_days);
    }
    return aws_call(ctx->target, ops[step - KMS_KEY_CREATE], params, ctx->arena, NULL, err);
}
