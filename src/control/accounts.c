/*
 * accounts.c - control "accounts": each account exists once, in its OU, with its tags.
 *
 * Baseline:  accounts: [ { name, email, id, ou, tags } ]
 * Source:    docs.aws.amazon.com/organizations/latest/APIReference, API version 2016-11-28;
 *            CreateAccount is asynchronous and takes no client token, so nothing is sent before the
 *            organization's accounts (by email) and its running creations (by name) were read.
 * Limits:    accounts are never closed and never renamed; tags that the baseline does not name
 * stay.
 */
#include "plinth/base/arena.h"
#include "plinth/base/str.h"
#include "plinth/codec/json.h"
#include "plinth/control/control.h"
#include "plinth/fiber/fiber.h"

enum { STEP_CREATE, STEP_MOVE, STEP_TAG };

/* An account takes from half a minute to some minutes; a creation past the limit goes on by itself,
 * and the next run finds it.  Five are under way at most, and the next one waits for their end: it
 * is looked for often. */
enum { CREATION_POLL_FIRST_MS = 1000, CREATION_POLL_MOST_MS = 2000, CREATION_POLLS = 600 };

struct accounts_seen {
    const struct inventory_account *live; /* NULL: it does not exist */
    const char *request_id;               /* of a creation that is under way; NULL */
    const char *parent_path;              /* where it is; NULL: unknown OU */
    bool in_place;                        /* where it should be */
    const struct json *tags;              /* NULL unless the baseline declares some */
};

static const enum aws_op accounts_ops[] = {
    AWS_ORGANIZATIONS_LIST_TAGS_FOR_RESOURCE,
    AWS_ORGANIZATIONS_CREATE_ACCOUNT,
    AWS_ORGANIZATIONS_DESCRIBE_CREATE_ACCOUNT_STATUS,
    AWS_ORGANIZATIONS_MOVE_ACCOUNT,
    AWS_ORGANIZATIONS_TAG_RESOURCE,
    AWS_OP_NONE,
};

/* An account of that name with another email is most likely the same one, written differently:
 * creating a second one could never be taken back. */
static int check_name(const struct inventory *inventory, const struct account *account,
                      struct err *err)
{
    if (account->id != NULL)
        return err_set(err, ERR_CONFLICT,
                       "account id %s is not in the organization; invite it, or leave `id` out to "
                       "have a new account created",
                       account->id);
    for (size_t i = 0; i < inventory->account_count; i++)
        if (str_eq(inventory->accounts[i].name, account->name))
            return err_set(err, ERR_CONFLICT,
                           "account %s is named \"%s\" too, but its email is %s; give `id: \"%s\"` "
                           "to adopt it, or choose another name",
                           inventory->accounts[i].id, account->name,
                           inventory->accounts[i].email == NULL ? "not shown"
                                                                : inventory->accounts[i].email,
                           inventory->accounts[i].id);
    return 0;
}

/* "" is the root. */
static const char *wanted_path(const struct account *account)
{
    return account->ou == NULL ? "" : account->ou->path;
}

static int accounts_observe(struct control_ctx *ctx, void *out_seen, struct err *err)
{
    struct accounts_seen *seen = out_seen;
    const struct account *account = ctx->account;
    const struct inventory_ou *parent;
    const struct inventory *inventory;
    struct json *params;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    if (!inventory->exists)
        return 0;
    seen->live = inventory_account_of(inventory, account);
    if (seen->live == NULL) {
        for (size_t i = 0; i < inventory->creation_count; i++)
            if (str_eq(inventory->creations[i].name, account->name))
                seen->request_id = inventory->creations[i].request_id;
        return seen->request_id != NULL ? 0 : check_name(inventory, account, err);
    }
    if (!str_eq(seen->live->status, "ACTIVE")) {
        ctx->skip =
            arena_printf(ctx->arena, "account %s is %s", seen->live->id, seen->live->status);
        return 0;
    }
    parent = inventory_ou_by_id(inventory, seen->live->parent_id);
    seen->parent_path = parent == NULL ? NULL : parent->path;
    seen->in_place =
        parent != NULL && parent == inventory_ou_by_path(inventory, wanted_path(account));
    if (account->tags.count == 0)
        return 0;
    params = json_object(ctx->arena);
    json_put_str(params, "ResourceId", seen->live->id);
    return aws_list(ctx->target, AWS_ORGANIZATIONS_LIST_TAGS_FOR_RESOURCE, params, ctx->arena,
                    &seen->tags, err);
}

static const char *place(const char *path)
{
    return path == NULL ? "unknown" : *path == '\0' ? "the root" : path;
}

/* What CreateAccount gave it stays: names and emails are changed by its owner. */
static void note_identity(const struct account *account, const struct inventory_account *live,
                          struct changes *out)
{
    if (live->name != NULL && !str_eq(live->name, account->name))
        changes_note(out,
                     "account \"%s\" (%s) is named \"%s\" in AWS; plinth never renames an account",
                     account->name, live->id, live->name);
    if (live->email != NULL && !str_eq_nocase(live->email, account->email))
        changes_note(out,
                     "account \"%s\" (%s) has the email %s in AWS, and the baseline says %s; "
                     "plinth never changes it",
                     account->name, live->id, live->email, account->email);
}

static void accounts_diff(const struct control_ctx *ctx, const void *have, struct changes *out)
{
    const struct accounts_seen *seen = have;
    const struct account *account = ctx->account;
    const char *want = wanted_path(account);
    bool exists = seen->live != NULL || account->roles & ROLE_MANAGEMENT;
    struct change *change;

    if (seen->live != NULL)
        note_identity(account, seen->live, out);
    if (!exists) {
        /* Its subject is the request that is under way; NULL: it is still to be sent. */
        change = changes_add(out, CHANGE_CREATE, STEP_CREATE, seen->request_id, "account \"%s\"",
                             account->name);
        change_field(change, "email", NULL, account->email);
        control_diff_tags(change, NULL, &account->tags);
    }
    /* A new account, and the management account of an organization still to be made, will be in the
     * root. */
    if (seen->live == NULL ? *want != '\0' : !seen->in_place) {
        change = changes_add(out, CHANGE_UPDATE, STEP_MOVE, NULL, "account \"%s\"", account->name);
        change_field(change, "organizational unit",
                     seen->live == NULL ? place("") : place(seen->parent_path), place(want));
    }
    if (exists && !control_tags_match(seen->tags, &account->tags))
        control_diff_tags(
            changes_add(out, CHANGE_UPDATE, STEP_TAG, NULL, "account \"%s\"", account->name),
            seen->tags, &account->tags);
}

/* --- Creating ------------------------------------------------------------------------------------
 */

static int creation_failed(const char *reason, struct err *err)
{
    if (str_eq(reason, "EMAIL_ALREADY_EXISTS"))
        return err_set(err, ERR_DENIED,
                       "EMAIL_ALREADY_EXISTS: another AWS account, perhaps outside this "
                       "organization, uses that email; invite it or choose another email");
    if (str_eq(reason, "ACCOUNT_LIMIT_EXCEEDED"))
        return err_set(err, ERR_DENIED,
                       "ACCOUNT_LIMIT_EXCEEDED: raise the quota \"Default maximum number of "
                       "accounts\" (L-E619E033) of AWS Organizations");
    if (str_eq(reason, "INTERNAL_FAILURE") || str_eq(reason, "CONCURRENT_ACCOUNT_MODIFICATION"))
        return err_set(err, ERR_TRANSIENT, "the creation failed: %s", reason);
    return err_set(err, ERR_DENIED, "AWS refused the creation: %s",
                   reason == NULL ? "it gives no reason" : reason);
}

/* How one request went.  Zero with *out_id NULL: it is still in progress. */
static int ask_creation(struct control_ctx *ctx, const char *request_id, const char **out_id,
                        struct err *err)
{
    struct json *params = json_object(ctx->arena);
    const struct json *answer, *status;
    const char *state;

    *out_id = NULL;
    json_put_str(params, "CreateAccountRequestId", request_id);
    if (aws_call(ctx->target, AWS_ORGANIZATIONS_DESCRIBE_CREATE_ACCOUNT_STATUS, params, ctx->arena,
                 &answer, err) != 0)
        return -1;
    status = json_get(answer, "CreateAccountStatus");
    if (json_need_str(status, "State", &state, err) != 0)
        return -1;
    if (str_eq(state, "FAILED")) {
        inventory_note_creation_end(ctx->inventory, request_id);
        return creation_failed(json_str(status, "FailureReason"), err);
    }
    return str_eq(state, "SUCCEEDED") ? json_need_str(status, "AccountId", out_id, err) : 0;
}

static int await_creation(struct control_ctx *ctx, const char *request_id, struct err *err)
{
    struct sched *sched = aws_client_sched(ctx->target->client);
    int64_t pause_ms = CREATION_POLL_FIRST_MS;

    for (int poll = 0; poll < CREATION_POLLS; poll++) {
        const char *id;

        if (fiber_sleep_ms(sched, pause_ms, err) != 0 ||
            ask_creation(ctx, request_id, &id, err) != 0)
            return -1;
        if (id != NULL) {
            inventory_note_account(ctx->inventory, id, ctx->account->name, ctx->account->email,
                                   inventory_peek(ctx->inventory)->root_id);
            inventory_note_creation_end(ctx->inventory, request_id);
            return 0;
        }
        pause_ms = pause_ms * 2 < CREATION_POLL_MOST_MS ? pause_ms * 2 : CREATION_POLL_MOST_MS;
    }
    return err_set(err, ERR_PENDING, "creation %s is still in progress; run plinth again later",
                   request_id);
}

/* Once sent, it is noted before anything else can fail. */
static int send_creation(struct control_ctx *ctx, const char **out_request_id, struct err *err)
{
    const struct account *account = ctx->account;
    struct json *params = json_object(ctx->arena);
    const struct json *answer;

    json_put_str(params, "Email", account->email);
    json_put_str(params, "AccountName", account->name);
    json_put_str(params, "RoleName", ctx->baseline->organization.member_role);
    control_put_tags(params, "Tags", ctx->baseline, &account->tags, false);
    if (aws_call(ctx->target, AWS_ORGANIZATIONS_CREATE_ACCOUNT, params, ctx->arena, &answer, err) !=
            0 ||
        json_need_str(json_get(answer, "CreateAccountStatus"), "Id", out_request_id, err) != 0)
        return -1;
    inventory_note_creation(ctx->inventory, *out_request_id, account->name);
    return 0;
}

/* After any failure the organization is read again before another creation may be sent. */
static int create(struct control_ctx *ctx, const char *request_id, struct err *err)
{
    int result = 0;

    if (inventory_creation_begin(ctx->inventory, err) != 0)
        return -1;
    if (request_id == NULL)
        result = send_creation(ctx, &request_id, err);
    if (result == 0)
        result = await_creation(ctx, request_id, err);
    inventory_creation_end(ctx->inventory);
    if (result != 0)
        inventory_invalidate(ctx->inventory);
    return result;
}

static int move(struct control_ctx *ctx, struct err *err)
{
    const char *path = wanted_path(ctx->account);
    struct json *params = json_object(ctx->arena);
    const struct inventory_account *live;
    const struct inventory *inventory;
    const struct inventory_ou *ou;

    if (inventory_get(ctx->inventory, &inventory, err) != 0)
        return -1;
    live = inventory_account_of(inventory, ctx->account);
    ou = inventory_ou_by_path(inventory, path);
    if (live == NULL || ou == NULL)
        return err_set(err, ERR_CONFLICT, "%s is not there", live == NULL ? "it" : path);
    json_put_str(params, "AccountId", live->id);
    json_put_str(params, "SourceParentId", live->parent_id);
    json_put_str(params, "DestinationParentId", ou->id);
    if (aws_call(ctx->target, AWS_ORGANIZATIONS_MOVE_ACCOUNT, params, ctx->arena, NULL, err) != 0) {
        if (err->code == ERR_LOST || err->code == ERR_CONFLICT || err->code == ERR_NOTFOUND)
            inventory_invalidate(ctx->inventory);
        return -1;
    }
    inventory_note_move(ctx->inventory, live->id, ou->id);
    return 0;
}

static int accounts_apply(struct control_ctx *ctx, const void *have, const struct change *change,
                          struct err *err)
{
    const struct accounts_seen *seen = have;
    struct json *params;

    switch (change->step) {
    case STEP_CREATE:
        return create(ctx, change->subject, err);
    case STEP_MOVE:
        return move(ctx, err);
    default:
        params = json_object(ctx->arena);
        json_put_str(params, "ResourceId", seen->live->id);
        control_put_tags(params, "Tags", ctx->baseline, &ctx->account->tags, false);
        return aws_call(ctx->target, AWS_ORGANIZATIONS_TAG_RESOURCE, params, ctx->arena, NULL, err);
    }
}

static const char *const accounts_after[] = {"organization", "organizational_units", NULL};

const struct control control_accounts = {
    .name = "accounts",
    .title = "accounts: created or adopted, placed and tagged",
    .scope = CONTROL_PER_ACCOUNT,
    .actor = ACTOR_MANAGEMENT,
    .always = true,
    .after = accounts_after,
    .ops = accounts_ops,
    .seen_size = sizeof(struct accounts_seen),
    .observe = accounts_observe,
    .diff = accounts_diff,
    .apply = accounts_apply,
};
