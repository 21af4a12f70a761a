/*
 * organizations_creation.c - CreateAccount, which goes on after its answer.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: CreateAccount (with its rules for
 *         emails), CreateAccountStatus, ListCreateAccountStatus; orgs_reference_limits: five
 *         creations at a time, and ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED beyond.
 * Limits: what AWS does in the background is done here when the next call of this service comes;
 *         no other service can name the account before.  Statuses are kept for good.
 */
#include "organizations_priv.h"

#include <string.h>

/* AWS needs from half a minute to some minutes; a failure shows sooner; the role of the new account
 * works a little later than the account exists. */
enum { CREATE_S_LEAST = 30, CREATE_S_RANGE = 60, FAIL_S = 5, ROLE_S_LEAST = 5, ROLE_S_RANGE = 40 };

size_t org_accounts_most(struct sim_call *call, const struct org *org)
{
    return (size_t)json_number(org_get(call, org, "quota", "accounts"), "Value", ORG_ACCOUNTS_MOST);
}

/* --- Finishing -----------------------------------------------------------------------------------
 */

/* It exists since the creation was done, not since that was noticed. */
static void set_created(struct sim_call *call, const char *account, int64_t created_ms)
{
    struct json *record = sim_get(call, "", "", "account", account);

    sim_set_number(record, "_created_ms", (double)created_ms);
    sim_put(call, "", "", "account", account, record);
}

static void finish(struct sim_call *call, const struct org *org, const char *id)
{
    struct json *creation = org_get(call, org, "creation", id);
    const char *email = json_str(creation, "_email"), *account;
    int64_t ready_ms = (int64_t)json_number(creation, "_ready_ms", 0);

    if (json_str(creation, "FailureReason") != NULL) {
        sim_set_str(creation, "State", "FAILED");
    } else {
        account =
            sim_account_create(call->sim, call->arena, email, json_str(creation, "AccountName"),
                               json_str(creation, "_role"), org->management,
                               (int64_t)json_number(creation, "_role_ready_ms", 0));
        set_created(call, account, ready_ms);
        org_join(call, org, account, "CREATED", ready_ms);
        org_tags_add(call, org, account, json_get(creation, "_tags"));
        org_delete(call, org, "creation-email", org_email_key(call, email));
        json_put_str(creation, "AccountId", account);
        sim_set_str(creation, "State", "SUCCEEDED");
    }
    sim_put_time(call, creation, "CompletedTimestamp", ready_ms);
    org_put(call, org, "creation", id, creation);
    org_delete(call, org, "creation-open", id);
}

void org_creations_settle(struct sim_call *call, const struct org *org)
{
    const struct sim_record *record, *next;

    for (record = org_first(call, org, "creation-open"); record != NULL; record = next) {
        const char *id = arena_str(call->arena, sim_record_id(record));

        next = sim_store_next(record);
        if (sim_ready(call, org_get(call, org, "creation", id)))
            finish(call, org, id);
    }
}

/* --- Starting ------------------------------------------------------------------------------------
 */

static bool local_part_ok(const char *local, size_t len)
{
    if (len == 0 || local[0] == '.')
        return false;
    for (size_t i = 0; i < len; i++)
        if (local[i] <= ' ' || local[i] > '~' || strchr("\"'()<>[]:;,\\|%&", local[i]) != NULL)
            return false;
    return true;
}

static bool domain_ok(const char *domain)
{
    size_t len = strlen(domain);

    if (len == 0 || strchr("-.", domain[0]) != NULL || strchr("-.", domain[len - 1]) != NULL)
        return false;
    return strchr(domain, '.') != NULL &&
           strspn(domain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") ==
               len;
}

/* One @, and each side as CreateAccount says it. */
static bool email_ok(const char *email)
{
    const char *at = strchr(email, '@');

    return at != NULL && strchr(at + 1, '@') == NULL &&
           local_part_ok(email, (size_t)(at - email)) && domain_ok(at + 1);
}

static int check_request(struct sim_call *call, const struct org *org)
{
    const char *role = sim_param(call, "RoleName");
    const struct json *self = org_self(call, org);

    if (!email_ok(sim_param(call, "Email")))
        return org_invalid(call, "INVALID_PATTERN",
                           "You specified an invalid value for Email: it is no email address.");
    if (role != NULL && str_starts(role, "AWSServiceRoleFor"))
        return org_invalid(call, "INVALID_ROLE_NAME",
                           "A role name can't begin with AWSServiceRoleFor.");
    if (org_tags_check(call, org, json_get(call->params, "Tags"), NULL) != 0)
        return -1;
    if ((double)call->now_ms < json_number(self, "_final_ms", 0))
        return org_error(call, "FinalizingOrganizationException",
                         "Your organization is still initializing. Try again later.");
    if (org_count(call, org, "creation-open") >= ORG_CREATIONS_MOST)
        return org_constraint(call, "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
                              "You have exceeded the number of accounts that can be in progress "
                              "at a time.");
    return 0;
}

/* Why it will fail, as far as can be seen now; NULL: it will not. */
static const char *failure(struct sim_call *call, const struct org *org, const char *email)
{
    size_t accounts = org_count(call, org, "member") + org_count(call, org, "creation-email");

    if (sim_has(call, "", "", "email", email))
        return "EMAIL_ALREADY_EXISTS";
    if (org_has(call, org, "creation-email", email))
        return "CONCURRENT_ACCOUNT_MODIFICATION";
    return accounts >= org_accounts_most(call, org) ? "ACCOUNT_LIMIT_EXCEEDED" : NULL;
}

static double seconds(struct sim_call *call, int least, int range)
{
    return least + (double)rng_below(call->sim->env->rng, (uint64_t)range + 1);
}

static int create_account(struct sim_call *call)
{
    const char *email = sim_param(call, "Email"), *role = sim_param(call, "RoleName"), *id, *why;
    struct json *creation;
    double takes_s;
    struct org org;

    if (org_open(call, &org) != 0 || check_request(call, &org) != 0)
        return -1;
    why = failure(call, &org, org_email_key(call, email));
    takes_s = why != NULL ? FAIL_S : seconds(call, CREATE_S_LEAST, CREATE_S_RANGE);
    id = sim_id(call, "car-", 32, SIM_HEX_DIGITS);
    creation = json_object(call->arena);
    json_put_str(creation, "Id", id);
    json_put_str(creation, "AccountName", sim_param(call, "AccountName"));
    json_put_str(creation, "State", "IN_PROGRESS");
    sim_put_time(call, creation, "RequestedTimestamp", call->now_ms);
    json_put(call->answer, "CreateAccountStatus", creation);
    json_put_str(creation, "FailureReason", why);
    json_put_str(creation, "_email", email);
    json_put_str(creation, "_role", role == NULL ? "OrganizationAccountAccessRole" : role);
    json_put(creation, "_tags", json_get(call->params, "Tags"));
    json_put_number(creation, "_ready_ms", (double)sim_due_ms(call, takes_s));
    if (call->sim->work != NULL)
        sim_work_creation(call->sim->work, sim_due_ms(call, takes_s) - call->now_ms);
    takes_s += seconds(call, ROLE_S_LEAST, ROLE_S_RANGE);
    json_put_number(creation, "_role_ready_ms", (double)sim_due_ms(call, takes_s));
    org_put(call, &org, "creation", id, creation);
    org_mark(call, &org, "creation-open", id);
    if (why == NULL)
        org_mark(call, &org, "creation-email", org_email_key(call, email));
    return 0;
}

/* --- Looking -------------------------------------------------------------------------------------
 */

/* What will go wrong is not shown before it has. */
static struct json *status_json(struct sim_call *call, const struct org *org, const char *id)
{
    struct json *creation = org_get(call, org, "creation", id);

    if (creation != NULL && str_eq(json_str(creation, "State"), "IN_PROGRESS"))
        json_remove(creation, "FailureReason");
    return creation;
}

static int describe_status(struct sim_call *call)
{
    struct json *status;
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    status = status_json(call, &org, sim_param(call, "CreateAccountRequestId"));
    if (status == NULL)
        return org_error(call, "CreateAccountStatusNotFoundException",
                         "You specified a create account request ID that doesn't exist.");
    json_put(call->answer, "CreateAccountStatus", status);
    return 0;
}

static bool state_wanted(const struct json *states, const char *state)
{
    if (states == NULL || states->count == 0)
        return true;
    for (const struct json *it = json_first(states); it != NULL; it = it->next)
        if (str_eq(it->string, state))
            return true;
    return false;
}

static int check_states(struct sim_call *call, const struct json *states)
{
    const struct sim_rule rule = {.name = "States", .values = "IN_PROGRESS|SUCCEEDED|FAILED"};

    for (const struct json *it = json_first(states); it != NULL; it = it->next)
        if (sim_check(call, &rule, it) != 0)
            return -1;
    return 0;
}

static int list_statuses(struct sim_call *call)
{
    const struct json *states = json_get(call->params, "States");
    struct sim_page page = ORG_PAGE_OF("CreateAccountStatuses");
    /* The unfinished ones are few, however many there were. */
    bool only_open = states != NULL && states->count == 1 && state_wanted(states, "IN_PROGRESS");
    const char *kind = only_open ? "org/creation-open" : "org/creation";
    const struct sim_record *record;
    struct org org;

    if (org_open(call, &org) != 0 || check_states(call, states) != 0 ||
        sim_page_open(call, &page) != 0)
        return -1;
    for (record = sim_page_first(&page, org.management, "", kind); record != NULL;
         record = sim_page_next(&page, record)) {
        struct json *status = status_json(call, &org, sim_record_id(record));

        if (state_wanted(states, json_str(status, "State")))
            json_add(page.items, status);
    }
    return 0;
}

static const struct sim_rule create_rules[] = {
    {.name = "Email", .required = true, .min = 6, .max = 64},
    {.name = "AccountName",
     .required = true,
     .min = 1,
     .max = 50,
     .chars = " -~",
     .pattern = "[\\u0020-\\u007E]+"},
    {.name = "RoleName",
     .min = 1,
     .max = 64,
     .chars = "-a-zA-Z0-9_+=,.@",
     .pattern = "[\\w+=,.@-]{1,64}"},
    {.name = "IamUserAccessToBilling", .values = "ALLOW|DENY"},
    ORG_RULES_END,
};
static const struct sim_rule status_rules[] = {
    {.name = "CreateAccountRequestId",
     .required = true,
     .min = 12,
     .max = 36,
     .chars = "-a-z0-9",
     .pattern = "^car-[a-z0-9]{8,32}$"},
    ORG_RULES_END,
};

const struct sim_operation org_creation_operations[] = {
    ORG_WRITE("CreateAccount", create_account, create_rules),
    ORG_READ("DescribeCreateAccountStatus", describe_status, status_rules),
    ORG_READ("ListCreateAccountStatus", list_statuses, NULL),
    ORG_OPERATIONS_END,
};
