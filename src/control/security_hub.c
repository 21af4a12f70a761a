/*
 * security_hub.c - control "security_hub": Security Hub in every account of the organization, in
 * every region of the security account, which administers it.
 *
 * Baseline:  security_hub: { standards: default }
 * Source:    docs.aws.amazon.com/securityhub/1.0/APIReference, API version 2018-10-26.  Local
 *            configuration: CreateMembers enables Security Hub in an account of the organization;
 *            what AWS does by itself is for accounts that join later.
 * Limits:    an organization with central configuration is reported and left alone.  Which
 * standards run in accounts that have Security Hub already is theirs.
 */
#include "security_hub_shared.h"

#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/base/vec.h"
#include "plinth/codec/json.h"

#include <stdlib.h>
#include <string.h>

enum { STEP_ORGANIZATION, STEP_ENROLL };

enum { BATCH = 50 }; /* accounts of one call */

struct hub_seen {
    bool enabled;                    /* the security account has a hub */
    const struct json *organization; /* its configuration; NULL: not the administrator here */
    VEC(const char *) members;       /* ids, sorted */
};

static const enum aws_op hub_ops[] = {
    AWS_SECURITYHUB_DESCRIBE_HUB,   AWS_SECURITYHUB_DESCRIBE_ORGANIZATION_CONFIGURATION,
    AWS_SECURITYHUB_LIST_MEMBERS,   AWS_SECURITYHUB_UPDATE_ORGANIZATION_CONFIGURATION,
    AWS_SECURITYHUB_CREATE_MEMBERS, AWS_OP_NONE,
};

static const struct choice standards[] = {{"default", "DEFAULT"}, {"none", "NONE"}, {NULL, NULL}};

static const struct field hub_fields[] = {
    {.key = "standards",
     .type = FIELD_CHOICE,
     .offset = offsetof(struct security_hub_spec, standards),
     .choices = standards,
     .fallback = "default",
     .doc = "Whether accounts that join later get AWS's default standards. Standards need AWS "
            "Config, and AWS charges for each check."},
    {.key = NULL},
};

static const struct schema hub_schema = {
    .name = "security_hub",
    .doc = "Security Hub in every account of the organization, in every region, administered by "
           "the security account.",
    .size = sizeof(struct security_hub_spec),
    .node_offset = offsetof(struct security_hub_spec, node),
    .fields = hub_fields,
};

static void hub_check(const struct baseline *baseline, const void *decoded, struct diags *diags)
{
    const struct security_hub_spec *spec = decoded;

    if (baseline_account_with_role(baseline, ROLE_SECURITY) == NULL)
        diags_add(diags, &spec->node->mark, "security_hub needs an account with role security");
}

/* --- Live ----------------------------------------------------------------------------------------
 */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct reading {
    struct arena *arena;
    struct hub_seen *seen;
};

static int keep_member(void *arg, const struct json *item, struct err *err)
{
    struct reading *reading = arg;
    const char *id;

    if (json_need_str(item, "AccountId", &id, err) != 0)
        return -1;
    *VEC_ADD(reading->arena, &reading->seen->members) = arena_str(reading->arena, id);
    return 0;
}

static int read_members(struct control_ctx *ctx, struct hub_seen *seen, struct err *err)
{
    struct reading reading = {ctx->arena, seen};

    if (aws_each(ctx->target, AWS_SECURITYHUB_LIST_MEMBERS, NULL, keep_member, &reading, err) != 0)
        return -1;
    if (seen->members.count > 0)
        qsort(seen->members.items, seen->members.count, sizeof *seen->members.items, by_text);
    return 0;
}

static int hub_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct hub_seen *seen = out_seen;
    const struct inventory *inventory;

    if (inventory_get(ctx->inventory, &inventory, err) != 0 ||
        security_hub_read(ctx, &seen->enabled, err) != 0)
        return -1;
    if (!seen->enabled || security_hub_lacks_administrator(ctx))
        return 0;
    if (aws_call(ctx->target, AWS_SECURITYHUB_DESCRIBE_ORGANIZATION_CONFIGURATION, NULL, ctx->arena,
                 &seen->organization, err) != 0)
        return -1;
    if (str_eq(json_str(json_get(seen->organization, "OrganizationConfiguration"),
                        "ConfigurationType"),
               "CENTRAL"))
        return err_set(
            err, ERR_CONFLICT,
            "Security Hub is configured centrally, by policies of its own; turn that off "
            "or leave security_hub out");
    return read_members(ctx, seen, err);
}

/* --- Compare -------------------------------------------------------------------------------------
 */

struct person {
    const char *id, *email, *name; /* no id: the account does not exist yet */
};

/* What one call takes. */
struct batch {
    struct person items[BATCH];
    size_t count;
};

static bool is_member(const struct hub_seen *seen, const char *id)
{
    return id != NULL && seen->members.count > 0 &&
           bsearch(&id, seen->members.items, seen->members.count, sizeof id, by_text) != NULL;
}

static void add_person(const struct control_ctx *ctx, struct changes *out, struct batch **batch,
                       const struct person *person)
{
    if (*batch == NULL || (*batch)->count == BATCH) {
        *batch = arena_alloc(ctx->arena, sizeof **batch);
        (void)changes_add(out, CHANGE_CREATE, STEP_ENROLL, *batch, "Security Hub members");
    }
    (*batch)->items[(*batch)->count++] = *person;
    change_field(&out->items[out->count - 1], person->name, NULL, "Enabled");
}

/* Every account of the baseline, and those that the organization has besides. */
static void diff_members(const struct control_ctx *ctx, const struct hub_seen *seen,
                         struct changes *out)
{
    const struct inventory *inventory = inventory_peek(ctx->inventory);
    const struct account *security = control_actor_account(ctx->baseline, ACTOR_SECURITY);
    const struct inventory_account *own = inventory_account_of(inventory, security);
    size_t count = inventory == NULL ? 0 : inventory->account_count;
    struct batch *batch = NULL;

    for (size_t i = 0; i < ctx->baseline->account_count; i++) {
        const struct account *account = &ctx->baseline->accounts[i];

        if (account != security && inventory_account_of(inventory, account) == NULL)
            add_person(ctx, out, &batch, &(struct person){NULL, account->email, account->name});
    }
    for (size_t i = 0; i < count; i++) {
        const struct inventory_account *live = &inventory->accounts[i];

        if (live != own && str_eq(live->status, "ACTIVE") && !is_member(seen, live->id))
            add_person(ctx, out, &batch, &(struct person){live->id, live->email, live->name});
    }
}

static void hub_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct security_hub_spec *spec = ctx->spec;
    const struct hub_seen *seen = have;
    const struct json *live = seen->organization;
    const char *now = live == NULL ? NULL : yes_no(json_bool(live, "AutoEnable", false));
    struct change *change;

    if (!str_eq(now, "yes") || !str_eq(json_str(live, "AutoEnableStandards"), spec->standards)) {
        change = changes_add(out, CHANGE_UPDATE, STEP_ORGANIZATION, NULL,
                             "Security Hub configuration of the organization");
        change_field(change, "new accounts enabled automatically", now, "yes");
        change_field(change, "standards", json_str(live, "AutoEnableStandards"), spec->standards);
    }
    diff_members(ctx, seen, out);
}

/* --- Change --------------------------------------------------------------------------------------
 */

static int enroll(struct control_ctx *ctx, const struct batch *batch, struct err *err)
{
    struct json *params = json_object(ctx->arena);
    struct json *details = json_put_array(params, "AccountDetails");
    const struct json *answer, *left_out;

    for (size_t i = 0; i < batch->count; i++) {
        struct json *item;

        if (batch->items[i].id == NULL)
            return err_set(err, ERR_CONFLICT, "account %s does not exist yet",
                           batch->items[i].name);
        item = json_add_object(details);
        json_put_str(item, "AccountId", batch->items[i].id);
        json_put_str(item, "Email", batch->items[i].email);
    }
    if (aws_call(ctx->target, AWS_SECURITYHUB_CREATE_MEMBERS, params, ctx->arena, &answer, err) !=
        0)
        return -1;
    left_out = json_first(json_get(answer, "UnprocessedAccounts"));
    if (left_out == NULL)
        return 0;
    return err_set(err, ERR_CONFLICT, "account %s was not taken: %s",
                   json_str(left_out, "AccountId"), json_str(left_out, "ProcessingResult"));
}

static int hub_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                     struct err *err)
{
    const struct security_hub_spec *spec = ctx->spec;
    struct json *params = json_object(ctx->arena);

    (void)have;
    if (change->step == STEP_ENROLL)
        return enroll(ctx, change->subject, err);
    json_put_bool(params, "AutoEnable", true);
    json_put_str(params, "AutoEnableStandards", spec->standards);
    return aws_call(ctx->target, AWS_SECURITYHUB_UPDATE_ORGANIZATION_CONFIGURATION, params,
                    ctx->arena, NULL, err);
}

static const char *const hub_after[] = {"organization", "accounts", "security_hub_administrator",
                                        NULL};

const struct control control_security_hub = {
    .name = "security_hub",
    .title = "Security Hub in every account",
    .scope = CONTROL_PER_ADMIN_REGION,
    .actor = ACTOR_SECURITY,
    .after = hub_after,
    .needs = ROLE_SECURITY,
    .ops = hub_ops,
    .schema = &hub_schema,
    .seen_size = sizeof(struct hub_seen),
    .check = hub_check,
    .observe = hub_observe,
    .diff = hub_diff,
    .apply = hub_apply,
};
