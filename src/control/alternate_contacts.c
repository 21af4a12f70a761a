/*
 * alternate_contacts.c - control "alternate_contacts": whom AWS writes to about billing, operations
 * and security, for each account.
 *
 * Baseline:  organization.alternate_contacts, or the account's own
 * Source:    docs.aws.amazon.com/accounts/latest/reference, API version 2021-02-01.  The management
 *            account may not name its own id; members are reached through trusted access for
 *            account.amazonaws.com.
 * Limits:    AWS has no bulk read: one call for each account and contact.  A contact that the
 *            baseline does not name is left alone.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"

enum { CONTACT_COUNT = 3 };

static const char *const contact_types[CONTACT_COUNT] = {"BILLING", "OPERATIONS", "SECURITY"};

struct contacts_seen {
    const struct json *live[CONTACT_COUNT]; /* NULL: there is none */
};

static const enum aws_op contacts_ops[] = {
    AWS_ACCOUNT_GET_ALTERNATE_CONTACT,
    AWS_ACCOUNT_PUT_ALTERNATE_CONTACT,
    AWS_OP_NONE,
};

static const struct contact *wanted(const struct control_ctx *ctx, int i)
{
    const struct contacts *contacts = ctx->account->contacts;

    if (contacts == NULL)
        return NULL;
    return i == 0 ? contacts->billing : i == 1 ? contacts->operations : contacts->security;
}

static struct json *params_for(const struct control_ctx *ctx, int i)
{
    struct json *params = json_object(ctx->arena);

    if (!(ctx->account->roles & ROLE_MANAGEMENT))
        json_put_str(params, "AccountId", ctx->account_id);
    json_put_str(params, "AlternateContactType", contact_types[i]);
    return params;
}

static int contacts_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct contacts_seen *seen = out_seen;

    if (ctx->account_id == NULL)
        return 0;
    for (int i = 0; i < CONTACT_COUNT; i++) {
        const struct json *answer;

        if (wanted(ctx, i) == NULL)
            continue;
        if (aws_call(ctx->target, AWS_ACCOUNT_GET_ALTERNATE_CONTACT, params_for(ctx, i), ctx->arena,
                     &answer, err) == 0) {
            seen->live[i] = json_get(answer, "AlternateContact");
        } else {
            if (err->code != ERR_NOTFOUND)
                return -1;
            err_clear(err);
        }
    }
    return 0;
}

static void contacts_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct contacts_seen *seen = have;

    for (int i = 0; i < CONTACT_COUNT; i++) {
        const struct contact *want = wanted(ctx, i);
        const struct json *live = seen->live[i];
        struct change *change;

        if (want == NULL || (str_eq(json_str(live, "Name"), want->name) &&
                             str_eq(json_str(live, "Title"), want->title) &&
                             str_eq(json_str(live, "EmailAddress"), want->email) &&
                             str_eq(json_str(live, "PhoneNumber"), want->phone)))
            continue;
        change = changes_add(out, live == NULL ? CHANGE_CREATE : CHANGE_UPDATE, i, NULL,
                             "%s contact of account \"%s\"", contact_types[i], ctx->account->name);
        change_field(change, "name", json_str(live, "Name"), want->name);
        change_field(change, "title", json_str(live, "Title"), want->title);
        change_field(change, "email", json_str(live, "EmailAddress"), want->email);
        change_field(change, "phone", json_str(live, "PhoneNumber"), want->phone);
    }
}

static int contacts_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                          struct err *err)
{
    const struct contact *want = wanted(ctx, change->step);
    struct json *params = params_for(ctx, change->step);

    (void)have;
    json_put_str(params, "Name", want->name);
    json_put_str(params, "Title", want->title);
    json_put_str(params, "EmailAddress", want->email);
    json_put_str(params, "PhoneNumber", want->phone);
    return aws_call(ctx->target, AWS_ACCOUNT_PUT_ALTERNATE_CONTACT, params, ctx->arena, NULL, err);
}

static const char *const contacts_after[] = {"organization", "accounts", NULL};
static const char *const contacts_trusts[] = {"account.amazonaws.com", NULL};
static const char *const contacts_follows[] = {"trusted_access", NULL};

const struct control control_alternate_contacts = {
    .name = "alternate_contacts",
    .title = "alternate contacts of each account",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .after = contacts_after,
    .follows = contacts_follows,
    .trusts = contacts_trusts,
    .ops = contacts_ops,
    .seen_size = sizeof(struct contacts_seen),
    .observe = contacts_observe,
    .diff = contacts_diff,
    .apply = contacts_apply,
};
