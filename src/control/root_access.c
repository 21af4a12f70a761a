/*
 * root_access.c - control "root_access": root users of members are managed from the management
 * account, so that members need no root credentials of their own.
 *
 * Baseline:  root_access: { credentials_management: true, sessions: true }
 * Source:    docs.aws.amazon.com/IAM/latest/APIReference
 * (EnableOrganizationsRootCredentialsManagement and its kin), API version 2010-05-08.  Needs
 * trusted access for iam.amazonaws.com. Limits:    turns the features on; it does not delete root
 * credentials that members already have.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

enum { FEATURE_COUNT = 2 };

struct root_access_spec {
    const struct node *node;
    bool wanted[FEATURE_COUNT];
};

struct root_access_seen {
    bool enabled[FEATURE_COUNT];
};

static const struct {
    const char *api_name, *title;
    enum aws_op enable, disable;
} features[FEATURE_COUNT] = {
    {"RootCredentialsManagement", "central management of root credentials",
     AWS_IAM_ENABLE_ORGANIZATIONS_ROOT_CREDENTIALS_MANAGEMENT,
     AWS_IAM_DISABLE_ORGANIZATIONS_ROOT_CREDENTIALS_MANAGEMENT},
    {"RootSessions", "privileged root sessions from the management account",
     AWS_IAM_ENABLE_ORGANIZATIONS_ROOT_SESSIONS, AWS_IAM_DISABLE_ORGANIZATIONS_ROOT_SESSIONS},
};

static const enum aws_op root_access_ops[] = {
    AWS_IAM_LIST_ORGANIZATIONS_FEATURES,
    AWS_IAM_ENABLE_ORGANIZATIONS_ROOT_CREDENTIALS_MANAGEMENT,
    AWS_IAM_DISABLE_ORGANIZATIONS_ROOT_CREDENTIALS_MANAGEMENT,
    AWS_IAM_ENABLE_ORGANIZATIONS_ROOT_SESSIONS,
    AWS_IAM_DISABLE_ORGANIZATIONS_ROOT_SESSIONS,
    AWS_OP_NONE,
};

static const struct field root_access_fields[] = {
    {.key = "credentials_management",
     .type = FIELD_BOOL,
     .offset = offsetof(struct root_access_spec, wanted[0]),
     .fallback = "true",
     .doc = "Whether the management account may delete and restore the root credentials of "
            "members."},
    {.key = "sessions",
     .type = FIELD_BOOL,
     .offset = offsetof(struct root_access_spec, wanted[1]),
     .fallback = "true",
     .doc = "Whether the management account may take short root sessions in members "
            "(`sts:AssumeRoot`), limited to a task."},
    {.key = NULL},
};

static const struct schema root_access_schema = {
    .name = "root_access",
    .doc = "Manages the root users of member accounts centrally. Needs `iam.amazonaws.com` in "
           "`organization.trusted_access`.",
    .size = sizeof(struct root_access_spec),
    .node_offset = offsetof(struct root_access_spec, node),
    .fields = root_access_fields,
};

static void root_access_check(const struct baseline *baseline, const void *decoded,
                              struct diags *diags)
{
    const struct root_access_spec *spec = decoded;
    const struct strings *trusted = &baseline->organization.trusted_access;

    if (!spec->wanted[0] && !spec->wanted[1])
        return;
    for (size_t i = 0; i < trusted->count; i++)
        if (str_eq(trusted->items[i], "iam.amazonaws.com"))
            return;
    diags_add(diags, &spec->node->mark,
              "root_access needs iam.amazonaws.com in organization.trusted_access");
}

static int root_access_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct root_access_seen *seen = out_seen;
    const struct inventory *inventory;
    const struct json *answer;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    if (!inventory->exists)
        return 0;
    if (aws_call(ctx->target, AWS_IAM_LIST_ORGANIZATIONS_FEATURES, NULL, ctx->arena, &answer,
                 err) != 0) {
        /* Without trusted access nothing can be enabled. */
        if (!err_is(err, "ServiceAccessNotEnabledException") &&
            !err_is(err, "ServiceAccessNotEnabled"))
            return -1;
        err_clear(err);
        return 0;
    }
    for (const struct json *it = json_first(json_get(answer, "EnabledFeatures")); it != NULL;
         it = it->next)
        for (int i = 0; i < FEATURE_COUNT; i++)
            if (str_eq(it->string, features[i].api_name))
                seen->enabled[i] = true;
    return 0;
}

static void root_access_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct root_access_spec *spec = ctx->spec;
    const struct root_access_seen *seen = have;

    for (int i = 0; i < FEATURE_COUNT; i++) {
        struct change *change;

        if (seen->enabled[i] == spec->wanted[i])
            continue;
        change = changes_add(out, CHANGE_UPDATE, i, NULL, "%s", features[i].title);
        change_field(change, "enabled", yes_no(seen->enabled[i]), yes_no(spec->wanted[i]));
        if (seen->enabled[i])
            change_takes_away(change);
    }
}

static int root_access_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                             struct err *err)
{
    const struct root_access_seen *seen = have;
    int i = change->step;

    return aws_call(ctx->target, seen->enabled[i] ? features[i].disable : features[i].enable, NULL,
                    ctx->arena, NULL, err);
}

static const char *const root_access_after[] = {"organization", NULL};
static const char *const root_access_trusts[] = {"iam.amazonaws.com", NULL};
static const char *const root_access_follows[] = {"trusted_access", NULL};

const struct control control_root_access = {
    .name = "root_access",
    .title = "central management of root users",
    .scope = CONTROL_PER_ORG,
    .actor = ACTOR_MANAGEMENT,
    .after = root_access_after,
    .follows = root_access_follows,
    .trusts = root_access_trusts,
    .ops = root_access_ops,
    .schema = &root_access_schema,
    .seen_size = sizeof(struct root_access_seen),
    .check = root_access_check,
    .observe = root_access_observe,
    .diff = root_access_diff,
    .apply = root_access_apply,
};
