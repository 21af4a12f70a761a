/*
 * allowed_images.c - control "allowed_images": whose machine images may be used, in every account
 * and region.
 *
 * Baseline:  allowed_images: { state: audit-mode, providers: [amazon] }
 * Source:    docs.aws.amazon.com/AWSEC2/latest/APIReference, API version 2016-11-15,
 *            EnableAllowedImagesSettings, ReplaceImageCriteriaInAllowedImagesSettings
 * Limits:    one criterion, of providers; others that somebody added are replaced.  While the state
 *            is `disabled` the criteria mean nothing and are left alone.  An account's own images
 *            are always allowed.  AWS has no bulk read: one call for each account and region.
 */
#include "ec2_setting.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#include <string.h>

#define DISABLED "disabled" /* also what AWS starts with */

enum { STEP_CRITERIA, STEP_STATE };

struct images_spec {
    const struct node *node;
    const char *state;
    struct strings providers;
};

struct images_seen {
    const char *state;           /* NULL: not read, so as AWS starts */
    const struct json *criteria; /* as EC2 shows them; NULL: none */
};

static const enum aws_op images_ops[] = {
    AWS_EC2_GET_ALLOWED_IMAGES_SETTINGS,
    AWS_EC2_ENABLE_ALLOWED_IMAGES_SETTINGS,
    AWS_EC2_DISABLE_ALLOWED_IMAGES_SETTINGS,
    AWS_EC2_REPLACE_IMAGE_CRITERIA_IN_ALLOWED_IMAGES_SETTINGS,
    AWS_OP_NONE,
};

static const struct choice images_states[] = {
    {"enabled", "enabled"},
    {"audit-mode", "audit-mode"},
    {DISABLED, DISABLED},
    {NULL, NULL},
};

static const struct field images_fields[] = {
    {.key = "state",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct images_spec, state),
     .fallback = "audit-mode",
     .choices = images_states,
     .doc = "`audit-mode` only marks the images that `enabled` would refuse."},
    {.key = "providers",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct images_spec, providers),
     .fallback = "[amazon]",
     .min = 1,
     .max = 200,
     .doc = "`amazon` (also verified providers), `aws-marketplace`, `aws-backup-vault`, account "
            "ids; or `none`: only the account's own.",
     .example = "[amazon, \"123456789012\"]"},
    {.key = NULL},
};

static const struct schema images_schema = {
    .name = "allowed_images",
    .doc = "Limits the machine images (AMIs) that instances may be started from to those of known "
           "providers, in every account and every region that it has.",
    .size = sizeof(struct images_spec),
    .node_offset = offsetof(struct images_spec, node),
    .fields = images_fields,
};

/* --- Providers -----------------------------------------------------------------------------------
 */

static bool is_provider(const char *text)
{
    return str_eq(text, "amazon") || str_eq(text, "aws-marketplace") ||
           str_eq(text, "aws-backup-vault") || str_eq(text, "none") ||
           (strlen(text) == 12 && strspn(text, "0123456789") == 12);
}

static void images_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct images_spec *spec = decoded;

    (void)baseline;
    for (size_t i = 0; i < spec->providers.count; i++)
        if (!is_provider(spec->providers.items[i]))
            diags_add(diags, schema_mark(spec->node, "providers"),
                      "'%s' is no provider of images: amazon, aws-marketplace, aws-backup-vault, "
                      "none or an account id of 12 digits",
                      spec->providers.items[i]);
}

static bool has_provider(const struct strings *providers, const char *name)
{
    for (size_t i = 0; i < providers->count; i++)
        if (str_eq(providers->items[i], name))
            return true;
    return false;
}

/* The providers of a criterion that says nothing else; NULL: it says more. */
static const struct json *only_providers(const struct json *criterion)
{
    const struct json *providers = NULL;

    for (const struct json *it = json_first(criterion); it != NULL; it = it->next) {
        if (str_eq(it->key, "imageProviderSet"))
            providers = it;
        else if (it->count > 0)
            return NULL;
    }
    return providers;
}

static bool criteria_match(const struct images_spec *spec, const struct json *criteria)
{
    const struct json *providers = only_providers(json_at(criteria, 0));
    size_t matched = 0;

    if (providers == NULL || json_at(criteria, 1) != NULL)
        return false;
    for (const struct json *it = json_first(providers); it != NULL; it = it->next, matched++)
        if (!has_provider(&spec->providers, it->string))
            return false;
    return matched == spec->providers.count;
}

/* --- As text -------------------------------------------------------------------------------------
 */

static const char *wanted_text(struct arena *arena, const struct images_spec *spec)
{
    const char *text = "providers";

    for (size_t i = 0; i < spec->providers.count; i++)
        text = arena_printf(arena, "%s%s %s", text, i == 0 ? "" : ",", spec->providers.items[i]);
    return text;
}

static const char *live_text(struct arena *arena, const struct json *criteria)
{
    const struct json *providers = only_providers(json_at(criteria, 0));
    const char *text = "providers";

    if (json_first(criteria) == NULL)
        return NULL;
    if (providers == NULL || json_at(criteria, 1) != NULL)
        return json_text(criteria, arena);
    for (const struct json *it = json_first(providers); it != NULL; it = it->next)
        text = arena_printf(arena, "%s%s %s", text, it == json_first(providers) ? "" : ",",
                            it->string);
    return text;
}

/* --- The control ---------------------------------------------------------------------------------
 */

static bool criteria_matter(const struct images_spec *spec)
{
    return !str_eq(spec->state, DISABLED);
}

static int images_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct images_spec *spec = ctx->spec;
    struct images_seen *seen = out_seen;
    const struct json *answer;
    const char *live;

    if (aws_call(ctx->target, AWS_EC2_GET_ALLOWED_IMAGES_SETTINGS, NULL, ctx->arena, &answer,
                 err) != 0 ||
        json_need_str(answer, "state", &seen->state, err) != 0)
        return -1;
    seen->criteria = json_get(answer, "imageCriterionSet");
    live = live_text(ctx->arena, seen->criteria);
    ec2_setting_judge(
        ctx, answer,
        str_eq(seen->state, spec->state) &&
            (!criteria_matter(spec) || criteria_match(spec, seen->criteria)),
        arena_printf(ctx->arena, "%s with %s", seen->state, live == NULL ? "no criteria" : live),
        arena_printf(ctx->arena, "%s with %s", spec->state, wanted_text(ctx->arena, spec)));
    return 0;
}

/* The criteria first: turned on without them, every image of others would be refused. */
static void images_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct images_spec *spec = ctx->spec;
    const struct images_seen *seen = have;
    const char *state = seen->state == NULL ? DISABLED : seen->state;
    struct change *change;

    if (criteria_matter(spec) && !criteria_match(spec, seen->criteria))
        change_field(changes_add(out, CHANGE_UPDATE, STEP_CRITERIA, NULL, "allowed images"),
                     "criteria", live_text(ctx->arena, seen->criteria),
                     wanted_text(ctx->arena, spec));
    if (str_eq(state, spec->state))
        return;
    change = changes_add(out, CHANGE_UPDATE, STEP_STATE, NULL, "allowed images");
    change_field(change, "state", state, spec->state);
    if (ec2_setting_weakens(images_states, state, spec->state))
        change_takes_away(change);
}

static int write_criteria(struct control_ctx *ctx, struct err *err)
{
    const struct images_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena), *providers;

    providers =
        json_put_array(json_add_object(json_put_array(params, "ImageCriterion")), "ImageProvider");
    for (size_t i = 0; i < spec->providers.count; i++)
        json_add_str(providers, spec->providers.items[i]);
    return aws_call(ctx->target, AWS_EC2_REPLACE_IMAGE_CRITERIA_IN_ALLOWED_IMAGES_SETTINGS, params,
                    ctx->arena, NULL, err);
}

static int images_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                        struct err *err)
{
    const struct images_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena);

    (void)have;
    if (change->step == STEP_CRITERIA)
        return write_criteria(ctx, err);
    if (str_eq(spec->state, DISABLED))
        return aws_call(ctx->target, AWS_EC2_DISABLE_ALLOWED_IMAGES_SETTINGS, NULL, ctx->arena,
                        NULL, err);
    json_put_str(params, "AllowedImagesSettingsState", spec->state);
    return aws_call(ctx->target, AWS_EC2_ENABLE_ALLOWED_IMAGES_SETTINGS, params, ctx->arena, NULL,
                    err);
}

static const char *const images_after[] = {"accounts", NULL};

const struct control control_allowed_images = {
    .name = "allowed_images",
    .title = "whose images may be used",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = images_after,
    .ops = images_ops,
    .schema = &images_schema,
    .seen_size = sizeof(struct images_seen),
    .check = images_check,
    .observe = images_observe,
    .diff = images_diff,
    .apply = images_apply,
};
