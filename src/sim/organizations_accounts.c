/*
 * organizations_accounts.c - the member accounts: look, move, close, leave.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: ListAccounts, DescribeAccount,
 *         MoveAccount, CloseAccount, RemoveAccountFromOrganization, LeaveOrganization;
 *         orgs_manage_accounts_account_state (State and the older Status);
 *         orgs_reference_limits: 3 closures at a time, and in 30 days 250 or a fifth of the
 *         accounts, at most 1,000.
 * Limits: a created account counts as able to stand alone (payment, contact) once its waiting
 *         period of four days is over.  Closed accounts stay members; AWS drops them after 90 days.
 */
#include "organizations_priv.h"

enum { LEAVE_WAIT_S = 4 * 24 * 3600, CLOSE_S = 120 };
enum { CLOSURES_AT_ONCE = 3, CLOSURES_LEAST = 250, CLOSURES_SHARE = 5, CLOSURES_MOST = 1000 };
#define CLOSURES_WINDOW_MS (INT64_C(30) * 24 * 3600 * 1000)

/* --- Membership ----------------------------------------------------------------------------------
 */

const char *org_email_key(const struct sim_call *call, const char *email)
{
    char *key = arena_str(call->arena, email);

    for (char *at = key; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return key;
}

static void index_email(struct sim_call *call, const char *account)
{
    const char *email = json_str(sim_get(call, "", "", "account", account), "Email");
    struct json *owner = json_object(call->arena);

    json_put_str(owner, "Id", account);
    sim_put(call, "", "", "email", org_email_key(call, email), owner);
}

void org_join(struct sim_call *call, const struct org *org, const char *account, const char *method,
              int64_t joined_ms)
{
    struct json *member = json_object(call->arena), *membership = json_object(call->arena);

    json_put_str(membership, "OrganizationId", org->id);
    json_put_str(membership, "ManagementAccountId", org->management);
    sim_put(call, "", "", "membership", account, membership);
    json_put_str(member, "JoinedMethod", method);
    json_put_number(member, "_joined_ms", (double)joined_ms);
    json_put_str(member, "_parent", org->root);
    if (str_eq(method, "CREATED"))
        json_put_number(member, "_leave_ms", (double)sim_due_ms(call, LEAVE_WAIT_S));
    org_put(call, org, "member", account, member);
    org_mark(call, org, org_kind(call, "accounts-of", org->root), account);
    org_attach_defaults(call, org, account);
    index_email(call, account);
}

void org_leave(struct sim_call *call, const struct org *org, const char *account)
{
    const char *parent = org_parent(call, org, account);

    org_detach_target(call, org, account);
    org_delete(call, org, "tags", account);
    org_delete(call, org, org_kind(call, "accounts-of", parent), account);
    org_delete(call, org, "member", account);
    sim_delete(call, "", "", "membership", account);
}

void org_move(struct sim_call *call, const struct org *org, const char *account,
              const char *to_parent)
{
    struct json *member = org_get(call, org, "member", account);

    org_delete(call, org, org_kind(call, "accounts-of", json_str(member, "_parent")), account);
    sim_set_str(member, "_parent", to_parent);
    org_put(call, org, "member", account, member);
    org_mark(call, org, org_kind(call, "accounts-of", to_parent), account);
}

int org_need_account(struct sim_call *call, const struct org *org, const char *account)
{
    if (org_has(call, org, "member", account))
        return 0;
    return org_error(call, "AccountNotFoundException",
                     "You specified an account that doesn't exist.");
}

bool org_account_closed(struct sim_call *call, const struct org *org, const char *account)
{
    return json_get(org_get(call, org, "member", account), "_closed_ms") != NULL;
}

/* --- Look ----------------------------------------------------------------------------------------
 */

struct json *org_account(struct sim_call *call, const struct org *org, const char *account)
{
    struct json *member = org_get(call, org, "member", account);
    struct json *known = sim_get(call, "", "", "account", account);
    struct json *out = json_object(call->arena);
    const char *status = "ACTIVE", *state = "ACTIVE";

    if (json_get(member, "_closed_ms") != NULL) {
        bool done = sim_ready(call, member);

        status = done ? "SUSPENDED" : "PENDING_CLOSURE";
        state = done ? "CLOSED" : "PENDING_CLOSURE";
    }
    json_put_str(out, "Id", account);
    json_put_str(out, "Arn", org_arn(call, org, "account", account));
    json_put_str(out, "Email", json_str(known, "Email"));
    json_put_str(out, "Name", json_str(known, "Name"));
    json_put_str(out, "Status", status);
    json_put_str(out, "State", state);
    json_add_str(json_put_array(out, "Paths"), org_path(call, org, account));
    json_put_str(out, "JoinedMethod", json_str(member, "JoinedMethod"));
    sim_put_time(call, out, "JoinedTimestamp", (int64_t)json_number(member, "_joined_ms", 0));
    return out;
}

static void add_account(struct sim_call *call, const struct org *org, const char *id,
                        struct json *items)
{
    json_add(items, org_account(call, org, id));
}

static int list_accounts(struct sim_call *call)
{
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    return org_list(call, &org, "Accounts", "member", add_account);
}

static int describe_account(struct sim_call *call)
{
    const char *id = sim_param(call, "AccountId");
    struct org org;

    if (org_open(call, &org) != 0 || org_need_account(call, &org, id) != 0)
        return -1;
    json_put(call->answer, "Account", org_account(call, &org, id));
    return 0;
}

/* --- Move ----------------------------------------------------------------------------------------
 */

static int move_account(struct sim_call *call)
{
    const char *id = sim_param(call, "AccountId"), *from = sim_param(call, "SourceParentId");
    const char *to = sim_param(call, "DestinationParentId"), *parent;
    enum org_entity entity;
    struct org org;

    if (org_open(call, &org) != 0 || org_need_account(call, &org, id) != 0)
        return -1;
    entity = org_entity(call, &org, to);
    if (entity != ORG_ROOT && entity != ORG_OU)
        return org_error(call, "DestinationParentNotFoundException",
                         "We can't find the destination container (a root or OU) with the "
                         "ParentId that you specified.");
    parent = org_parent(call, &org, id);
    if (str_eq(parent, to))
        return org_error(call, "DuplicateAccountException",
                         "That account is already present in the specified destination.");
    if (!str_eq(parent, from))
        return org_error(call, "SourceParentNotFoundException",
                         "We can't find a source root or OU with the ParentId that you "
                         "specified.");
    org_move(call, &org, id, to);
    return 0;
}

/* --- Close ---------------------------------------------------------------------------------------
 */

/* Closures are in the order of their time. */
static int check_closures(struct sim_call *call, const struct org *org)
{
    size_t members = org_count(call, org, "member") - 1, recent = 0, running = 0;
    size_t most = members / CLOSURES_SHARE;
    const struct sim_record *record;

    for (record = org_first(call, org, "closure"); record != NULL;
         record = sim_store_next(record)) {
        const struct json *closure = sim_record_json(record, call->arena);
        double closed_ms = json_number(closure, "_closed_ms", 0);

        recent += closed_ms > (double)(call->now_ms - CLOSURES_WINDOW_MS);
        running += !sim_ready(call, closure);
    }
    if (most < CLOSURES_LEAST)
        most = CLOSURES_LEAST;
    if (most > CLOSURES_MOST)
        most = CLOSURES_MOST;
    if (recent >= most)
        return org_constraint(call, "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
                              "You have exceeded close account quota for the past 30 days.");
    if (running >= CLOSURES_AT_ONCE)
        return org_constraint(call, "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
                              "You attempted to exceed the number of accounts that you can close "
                              "at a time.");
    return 0;
}

static int close_account(struct sim_call *call)
{
    const char *id = sim_param(call, "AccountId");
    struct json *member, *closure, *known;
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    if (str_eq(id, org.management))
        return org_constraint(call, "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
                              "You attempted to close the management account.");
    if (!org.all_features)
        return org_constraint(call, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
                              "The organization must have all features enabled.");
    if (org_need_account(call, &org, id) != 0)
        return -1;
    if (org_account_closed(call, &org, id))
        return org_error(call, "AccountAlreadyClosedException",
                         "You attempted to close an account that is already closed.");
    if (check_closures(call, &org) != 0)
        return -1;
    closure = json_object(call->arena);
    json_put_number(closure, "_closed_ms", (double)call->now_ms);
    json_put_number(closure, "_ready_ms", (double)sim_due_ms(call, CLOSE_S));
    org_put(call, &org, "closure", id, closure);
    member = org_get(call, &org, "member", id);
    json_put(member, "_closed_ms", json_get(closure, "_closed_ms"));
    json_put(member, "_ready_ms", json_get(closure, "_ready_ms"));
    org_put(call, &org, "member", id, member);
    known = sim_get(call, "", "", "account", id);
    sim_set_str(known, "_status", "SUSPENDED");
    sim_put(call, "", "", "account", id, known);
    return 0;
}

/* --- Leave ---------------------------------------------------------------------------------------
 */

static int depart(struct sim_call *call, const struct org *org, const char *id)
{
    const struct json *member = org_get(call, org, "member", id);

    if (str_eq(id, org->management))
        return org_error(call, "MasterCannotLeaveOrganizationException",
                         "You can't remove a management account from an organization.");
    if (org_is_delegated_admin(call, org, id))
        return org_constraint(call, "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
                              "You attempted to remove an account that is registered as a "
                              "delegated administrator.");
    if ((double)call->now_ms < json_number(member, "_leave_ms", 0))
        return org_constraint(call, "WAIT_PERIOD_ACTIVE",
                              "You must wait until at least four days after the account was "
                              "created.");
    org_leave(call, org, id);
    return 0;
}

static int remove_account(struct sim_call *call)
{
    const char *id = sim_param(call, "AccountId");
    struct org org;

    if (org_open(call, &org) != 0 || org_need_account(call, &org, id) != 0)
        return -1;
    return depart(call, &org, id);
}

static int leave_organization(struct sim_call *call)
{
    struct org org;

    if (org_open_as_member(call, &org) != 0)
        return -1;
    return depart(call, &org, call->account);
}

static const struct sim_rule account_rules[] = {ORG_RULE_ACCOUNT("AccountId"), ORG_RULES_END};
static const struct sim_rule move_rules[] = {
    ORG_RULE_ACCOUNT("AccountId"),
    ORG_RULE_ENTITY("SourceParentId"),
    ORG_RULE_ENTITY("DestinationParentId"),
    ORG_RULES_END,
};

const struct sim_operation org_account_operations[] = {
    ORG_READ("ListAccounts", list_accounts, NULL),
    ORG_READ("DescribeAccount", describe_account, account_rules),
    ORG_WRITE("MoveAccount", move_account, move_rules),
    ORG_WRITE("CloseAccount", close_account, account_rules),
    ORG_WRITE("RemoveAccountFromOrganization", remove_account, account_rules),
    ORG_WRITE("LeaveOrganization", leave_organization, NULL),
    ORG_OPERATIONS_END,
};
