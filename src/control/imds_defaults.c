/*
 * imds_defaults.c - control "imds_defaults": how new instances answer their own questions (the
 * instance metadata service), in every account and region.
 *
 * Baseline:  imds_defaults: { http_tokens: required, hop_limit: 2, enforce: false }
 * Source:    docs.aws.amazon.com/AWSEC2/latest/APIReference, API version 2016-11-15,
 *            ModifyInstanceMetadataDefaults
 * Limits:    instances that run, and what a launch asks for itself, are left as they are unless
 *            `enforce` is on.  AWS has no bulk read: one call for each account and region.
 */
#include "ec2_setting.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"

#define NO_PREFERENCE "no preference" /* what AWS starts with */

struct imds_spec {
    const struct node *node;
    const char *http_tokens;
    int64_t hop_limit;
    bool enforce;
};

struct imds_seen {
    const char *http_tokens; /* NULL: no preference */
    int64_t hop_limit;       /* 0: no preference */
    bool enforce;
};

static const enum aws_op imds_ops[] = {
    AWS_EC2_GET_INSTANCE_METADATA_DEFAULTS,
    AWS_EC2_MODIFY_INSTANCE_METADATA_DEFAULTS,
    AWS_OP_NONE,
};

static const struct choice token_choices[] = {
    {"required", "required"},
    {"optional", "optional"},
    {NULL, NULL},
};

static const struct field imds_fields[] = {
    {.key = "http_tokens",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct imds_spec, http_tokens),
     .fallback = "required",
     .choices = token_choices,
     .doc = "`required` is version 2 of the service, which a forged request cannot use."},
    {.key = "hop_limit",
     .type = FIELD_INT,
     .offset = offsetof(struct imds_spec, hop_limit),
     .fallback = "2",
     .min = 1,
     .max = 64,
     .doc = "How many network hops an answer may take; containers need 2."},
    {.key = "enforce",
     .type = FIELD_BOOL,
     .offset = offsetof(struct imds_spec, enforce),
     .fallback = "false",
     .doc = "Whether instances that ask for version 1 are not started at all."},
    {.key = NULL},
};

static const struct schema imds_schema = {
    .name = "imds_defaults",
    .doc =
        "Defaults of the instance metadata service for new instances, in every account and every "
        "region that it has.",
    .size = sizeof(struct imds_spec),
    .node_offset = offsetof(struct imds_spec, node),
    .fields = imds_fields,
};

static void imds_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct imds_spec *spec = decoded;

    (void)baseline;
    if (spec->enforce && !str_eq(spec->http_tokens, "required"))
        diags_add(diags, schema_mark(spec->node, "enforce"),
                  "enforce needs http_tokens: required: it is what would be enforced");
}

/* --- As text -------------------------------------------------------------------------------------
 */

static const char *tokens_text(const char *http_tokens)
{
    return http_tokens == NULL ? NO_PREFERENCE : http_tokens;
}

static const char *hops_text(struct arena *arena, int64_t hop_limit)
{
    return hop_limit == 0 ? NO_PREFERENCE : arena_printf(arena, "%lld", (long long)hop_limit);
}

static const char *all_text(struct arena *arena, const char *http_tokens, int64_t hop_limit,
                            bool enforce)
{
    return arena_printf(arena, "http_tokens %s, hop_limit %s, enforce %s", tokens_text(http_tokens),
                        hops_text(arena, hop_limit), yes_no(enforce));
}

/* --- The control ---------------------------------------------------------------------------------
 */

static bool is_as_wanted(const struct imds_spec *spec, const struct imds_seen *seen)
{
    return str_eq(seen->http_tokens, spec->http_tokens) && seen->hop_limit == spec->hop_limit &&
           seen->enforce == spec->enforce;
}

static int imds_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct imds_spec *spec = ctx->spec;
    struct imds_seen *seen = out_seen;
    const struct json *answer, *level;

    if (aws_call(ctx->target, AWS_EC2_GET_INSTANCE_METADATA_DEFAULTS, NULL, ctx->arena, &answer,
                 err) != 0)
        return -1;
    level = json_get(answer, "accountLevel");
    seen->http_tokens = json_str(level, "httpTokens");
    seen->hop_limit = (int64_t)json_number(level, "httpPutResponseHopLimit", 0);
    seen->enforce = str_eq(json_str(level, "httpTokensEnforced"), "enabled");
    ec2_setting_judge(ctx, level, is_as_wanted(spec, seen),
                      all_text(ctx->arena, seen->http_tokens, seen->hop_limit, seen->enforce),
                      all_text(ctx->arena, spec->http_tokens, spec->hop_limit, spec->enforce));
    return 0;
}

static void imds_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct imds_spec *spec = ctx->spec;
    const struct imds_seen *seen = have;
    struct change *change;

    if (is_as_wanted(spec, seen))
        return;
    change = changes_add(out, CHANGE_UPDATE, 0, NULL, "instance metadata defaults");
    change_field(change, "http_tokens", tokens_text(seen->http_tokens), spec->http_tokens);
    change_field(change, "hop_limit", hops_text(ctx->arena, seen->hop_limit),
                 hops_text(ctx->arena, spec->hop_limit));
    change_field(change, "enforce", yes_no(seen->enforce), yes_no(spec->enforce));
    if ((str_eq(seen->http_tokens, "required") && !str_eq(spec->http_tokens, "required")) ||
        (seen->enforce && !spec->enforce))
        change_takes_away(change);
}

static int imds_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                      struct err *err)
{
    const struct imds_spec *spec = ctx->spec;
    const struct imds_seen *seen = have;
    struct json *params = json_object(ctx->arena);

    (void)change;
    json_put_str(params, "HttpTokens", spec->http_tokens);
    json_put_number(params, "HttpPutResponseHopLimit", (double)spec->hop_limit);
    /* The newest of the members: left out where it changes nothing. */
    if (seen->enforce != spec->enforce)
        json_put_str(params, "HttpTokensEnforced", spec->enforce ? "enabled" : "disabled");
    return aws_call(ctx->target, AWS_EC2_MODIFY_INSTANCE_METADATA_DEFAULTS, params, ctx->arena,
                    NULL, err);
}

static const char *const imds_after[] = {"accounts", NULL};

const struct control control_imds_defaults = {
    .name = "imds_defaults",
    .title = "defaults of the instance metadata service",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = imds_after,
    .ops = imds_ops,
    .schema = &imds_schema,
    .seen_size = sizeof(struct imds_seen),
    .check = imds_check,
    .observe = imds_observe,
    .diff = imds_diff,
    .apply = imds_apply,
};
