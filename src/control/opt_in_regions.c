/*
 * opt_in_regions.c - control "opt_in_regions": regions that an account has only when it switches
 * them on.
 *
 * Baseline:  opt_in_regions: { regions: [eu-south-1], disable_others: false }
 * Source:    docs.aws.amazon.com/accounts/latest/reference, API version 2021-02-01; "Enable or
 *            disable AWS Regions in your account" and "Quotas for AWS Account Management".
 * Limits:    AWS takes minutes, sometimes hours, to switch a region on.  It is waited for so that
 *            the other controls find it; what takes longer is pending until the next run.  Of the
 * 50 requests that an organization may have under way nobody keeps count.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/fiber/fiber.h"

enum {
    POLL_MS = 10 * 1000,
    WAIT_MOST_MS = 20 * 60 * 1000,
    UNDER_WAY_MOST = 6, /* requests of one account at a time */
};

enum { STEP_DISABLE, STEP_ENABLE, STEP_AWAIT };

struct region_spec {
    const struct node *node;
    struct strings regions;
    bool disable_others;
};

struct region_seen {
    const struct json *regions; /* [{RegionName, RegionOptStatus}]; NULL: not read */
};

/* What a change is about. */
struct region_step {
    const char *region;
    bool last; /* of those to switch on: then all of them are waited for */
};

static const enum aws_op region_ops[] = {
    AWS_ACCOUNT_LIST_REGIONS,
    AWS_ACCOUNT_ENABLE_REGION,
    AWS_ACCOUNT_DISABLE_REGION,
    AWS_OP_NONE,
};

static const struct field region_fields[] = {
    {.key = "regions",
     .type = FIELD_STRINGS,
     .offset = offsetof(struct region_spec, regions),
     .format = FORMAT_REGION,
     .doc = "Regions to switch on. Those that every account has need not be named.",
     .example = "[eu-south-1, ap-east-1]"},
    {.key = "disable_others",
     .type = FIELD_BOOL,
     .offset = offsetof(struct region_spec, disable_others),
     .fallback = "false",
     .doc =
         "Whether opt-in regions that are not named are switched off. What is in them stays, and "
         "costs, but nobody reaches it. Regions in the baseline's `regions` are spared."},
    {.key = NULL},
};

static const struct schema region_schema = {
    .name = "opt_in_regions",
    .doc = "Switches on regions that AWS leaves off in a new account, in every account. The other "
           "controls then secure them in the same run.",
    .size = sizeof(struct region_spec),
    .node_offset = offsetof(struct region_spec, node),
    .fields = region_fields,
};

static bool has(const struct strings *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->items[i], word))
            return true;
    return false;
}

static void region_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct region_spec *spec = decoded;

    (void)baseline;
    if (spec->regions.count == 0 && !spec->disable_others)
        diags_add(diags, &spec->node->mark, "opt_in_regions needs regions or disable_others");
}

static bool brings(const void *decoded, const char *region)
{
    return has(&((const struct region_spec *)decoded)->regions, region);
}

/* --- Live ----------------------------------------------------------------------------------------
 */

/* NULL: there is no such region, or nothing was read. */
static const char *status_of(const struct region_seen *seen, const char *region)
{
    for (const struct json *it = json_first(seen->regions); it != NULL; it = it->next)
        if (str_eq(json_str(it, "RegionName"), region))
            return json_str(it, "RegionOptStatus");
    return NULL;
}

static bool is_on(const char *status)
{
    return str_eq(status, "ENABLED") || str_eq(status, "ENABLED_BY_DEFAULT");
}

static int region_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    const struct region_spec *spec = ctx->spec;
    struct region_seen *seen = out_seen;

    if (aws_list(ctx->target, AWS_ACCOUNT_LIST_REGIONS, NULL, ctx->arena, &seen->regions, err) != 0)
        return -1;
    for (size_t i = 0; i < spec->regions.count; i++)
        if (status_of(seen, spec->regions.items[i]) == NULL)
            return err_set(err, ERR_CONFIG, "%s: AWS has no region %s",
                           mark_text(&spec->node->mark, ctx->arena), spec->regions.items[i]);
    return 0;
}

/* --- Compare -------------------------------------------------------------------------------------
 */

static void diff_others(const struct control_ctx *ctx, const struct region_seen *seen,
                        struct changes *out)
{
    const struct region_spec *spec = ctx->spec;

    for (const struct json *it = json_first(seen->regions); it != NULL; it = it->next) {
        const char *name = json_str(it, "RegionName"), *status = json_str(it, "RegionOptStatus");
        struct region_step *step;

        if ((!str_eq(status, "ENABLED") && !str_eq(status, "ENABLING")) ||
            has(&spec->regions, name) || has(&ctx->baseline->regions, name))
            continue;
        step = arena_alloc(ctx->arena, sizeof *step);
        step->region = name;
        change_field(changes_add(out, CHANGE_DELETE, STEP_DISABLE, step, "region %s", name),
                     "status", status, "DISABLED");
    }
}

static void region_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct region_spec *spec = ctx->spec;
    const struct region_seen *seen = have;
    struct region_step *step = NULL;

    if (spec->disable_others)
        diff_others(ctx, seen, out);
    for (size_t i = 0; i < spec->regions.count; i++) {
        const char *name = spec->regions.items[i], *status = status_of(seen, name);
        bool on_its_way = str_eq(status, "ENABLING");

        if (is_on(status))
            continue;
        step = arena_alloc(ctx->arena, sizeof *step);
        step->region = name;
        change_field(changes_add(out, on_its_way ? CHANGE_UPDATE : CHANGE_CREATE,
                                 on_its_way ? STEP_AWAIT : STEP_ENABLE, step, "region %s", name),
                     "status", status, "ENABLED");
    }
    if (step != NULL)
        step->last = true;
}

/* --- Change --------------------------------------------------------------------------------------
 */

/* Regions that AWS is working on. */
static int read_under_way(struct control_ctx *ctx, struct region_seen *out, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    struct json *states = json_put_array(params, "RegionOptStatusContains");

    json_add_str(states, "ENABLING");
    json_add_str(states, "DISABLING");
    return aws_list(ctx->target, AWS_ACCOUNT_LIST_REGIONS, params, ctx->arena, &out->regions, err);
}

/* A region of the baseline that is not ready; NULL: all are. */
static const char *not_ready(const struct region_spec *spec, const struct region_seen *under_way)
{
    for (size_t i = 0; i < spec->regions.count; i++)
        if (status_of(under_way, spec->regions.items[i]) != NULL)
            return spec->regions.items[i];
    return NULL;
}

/* Wait until AWS takes a request for `region`; NULL: until all regions of the baseline are ready.
 */
static int wait_for(struct control_ctx *ctx, const char *region, struct err *err)
{
    for (int64_t waited_ms = 0;; waited_ms += POLL_MS) {
        struct region_seen under_way;
        const char *busy;

        if (read_under_way(ctx, &under_way, err) != 0)
            return -1;
        busy = region == NULL                               ? not_ready(ctx->spec, &under_way)
               : status_of(&under_way, region) != NULL      ? region
               : under_way.regions->count >= UNDER_WAY_MOST ? region
                                                            : NULL;
        if (busy == NULL)
            return 0;
        if (waited_ms >= WAIT_MOST_MS)
            return err_set(err, ERR_PENDING,
                           "AWS is still switching region %s; run plinth again later", busy);
        if (fiber_sleep_ms(aws_client_sched(ctx->target->client), POLL_MS, err) != 0)
            return -1;
    }
}

static int region_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                        struct err *err)
{
    const struct region_step *step = change->subject;
    struct json *params = json_object(ctx->arena);

    (void)have;
    json_put_str(params, "RegionName", step->region);
    if (change->step != STEP_AWAIT &&
        (wait_for(ctx, step->region, err) != 0 ||
         aws_call(ctx->target,
                  change->step == STEP_ENABLE ? AWS_ACCOUNT_ENABLE_REGION
                                              : AWS_ACCOUNT_DISABLE_REGION,
                  params, ctx->arena, NULL, err) != 0))
        return -1;
    return step->last ? wait_for(ctx, NULL, err) : 0;
}

static const char *const region_after[] = {"accounts", NULL};

const struct control control_opt_in_regions = {
    .name = "opt_in_regions",
    .title = "regions that are switched on",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MEMBER,
    .after = region_after,
    .ops = region_ops,
    .schema = &region_schema,
    .seen_size = sizeof(struct region_seen),
    .check = region_check,
    .brings_region = brings,
    .observe = region_observe,
    .diff = region_diff,
    .apply = region_apply,
};
