/*
 * image_public_access.c - control "image_public_access": machine images are not shared with
 * everyone, in every account and region.
 *
 * Baseline:  image_public_access: { state: block-new-sharing }
 * Source:    docs.aws.amazon.com/AWSEC2/latest/APIReference, API version 2016-11-15,
 *            EnableImageBlockPublicAccess: takes up to ten minutes, and until then the old state is
 *            shown; EC2 User Guide, "Block public access to your AMIs": on in new accounts
 * Limits:    images that are public already stay so.  AWS has no bulk read: one call for each
 *            account and region.
 */
#include "ec2_setting.h"

#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/fiber/fiber.h"

#define BLOCKED "block-new-sharing" /* also what AWS starts with */
#define UNBLOCKED "unblocked"

enum { WAIT_MS = 15 * 60 * 1000, PAUSE_MS = 10 * 1000, PAUSE_MOST_MS = 60 * 1000 };

struct image_spec {
    const struct node *node;
    const char *state;
};

struct image_seen {
    const char *state; /* NULL: not read, so as AWS starts */
};

static const enum aws_op image_ops[] = {
    AWS_EC2_GET_IMAGE_BLOCK_PUBLIC_ACCESS_STATE,
    AWS_EC2_ENABLE_IMAGE_BLOCK_PUBLIC_ACCESS,
    AWS_EC2_DISABLE_IMAGE_BLOCK_PUBLIC_ACCESS,
    AWS_OP_NONE,
};

static const struct choice image_states[] = {
    {BLOCKED, BLOCKED},
    {UNBLOCKED, UNBLOCKED},
    {NULL, NULL},
};

static const struct field image_fields[] = {
    {.key = "state",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct image_spec, state),
     .fallback = BLOCKED,
     .choices = image_states,
     .doc = "`unblocked` is for accounts that publish images."},
    {.key = NULL},
};

static const struct schema image_schema = {
    .name = "image_public_access",
    .doc = "Stops the sharing of machine images (AMIs) with everyone, in every account and every "
           "region that it has. AWS takes some minutes to carry out a change.",
    .size = sizeof(struct image_spec),
    .node_offset = offsetof(struct image_spec, node),
    .fields = image_fields,
};

static int read_state(struct control_ctx *ctx, const struct json **out_answer,
                      const char **out_state, struct err *err)
{
    if (aws_call(ctx->target, AWS_EC2_GET_IMAGE_BLOCK_PUBLIC_ACCESS_STATE, NULL, ctx->arena,
                 out_answer, err) != 0)
        return -1;
    return json_need_str(*out_answer, "imageBlockPublicAccessState", out_state, err);
}

static int image_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct image_spec *spec = ctx->spec;
    struct image_seen *seen = out_seen;
    const struct json *answer;

    if (read_state(ctx, &answer, &seen->state, err) != 0)
        return -1;
    ec2_setting_judge(ctx, answer, str_eq(seen->state, spec->state), seen->state, spec->state);
    return 0;
}

static void image_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct image_spec *spec = ctx->spec;
    const struct image_seen *seen = have;
    const char *live = seen->state == NULL ? BLOCKED : seen->state;
    struct change *change;

    if (str_eq(live, spec->state))
        return;
    change = changes_add(out, CHANGE_UPDATE, 0, NULL, "public access to images");
    change_field(change, "state", live, spec->state);
    if (str_eq(live, BLOCKED))
        change_takes_away(change);
}

/* Wait until the change shows. */
static int await(struct control_ctx *ctx, const char *wanted, struct err *err)
{
    struct sched *sched = aws_client_sched(ctx->target->client);
    int64_t pause_ms = PAUSE_MS;
    const struct json *answer;
    const char *state;

    for (int64_t waited_ms = 0; waited_ms < WAIT_MS; waited_ms += pause_ms) {
        if (read_state(ctx, &answer, &state, err) != 0)
            return -1;
        if (str_eq(state, wanted))
            return 0;
        if (fiber_sleep_ms(sched, pause_ms, err) != 0)
            return -1;
        pause_ms = pause_ms < PAUSE_MOST_MS / 2 ? 2 * pause_ms : PAUSE_MOST_MS;
    }
    return err_set(err, ERR_PENDING, "EC2 took it on and has not carried it out for %d minutes",
                   WAIT_MS / 60000);
}

static int image_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                       struct err *err)
{
    const struct image_spec *spec = ctx->spec;
    struct json *params = NULL;
    enum aws_op op = AWS_EC2_DISABLE_IMAGE_BLOCK_PUBLIC_ACCESS;

    (void)have;
    (void)change;
    if (str_eq(spec->state, BLOCKED)) {
        op = AWS_EC2_ENABLE_IMAGE_BLOCK_PUBLIC_ACCESS;
        params = json_object(ctx->arena);
        json_put_str(params, "ImageBlockPublicAccessState", BLOCKED);
    }
    if (aws_call(ctx->target, op, params, ctx->arena, NULL, err) != 0)
        return -1;
    return await(ctx, spec->state, err);
}

static const char *const image_after[] = {"accounts", NULL};

const struct control control_image_public_access = {
    .name = "image_public_access",
    .title = "images are not shared with everyone",
    .scope = CONTROL_PER_REGION,
    .actor = ACTOR_MEMBER,
    .after = image_after,
    .ops = image_ops,
    .schema = &image_schema,
    .seen_size = sizeof(struct image_seen),
    .observe = image_observe,
    .diff = image_diff,
    .apply = image_apply,
};
