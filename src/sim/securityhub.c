/*
 * securityhub.c - Security Hub: the hub of an account and region, the administrator of an
 * organization and its members.
 *
 * Records: (account, region, "hub", "self") -> the answer of DescribeHub, _tags;
 *          (management, region, "hub-administrator", "self") -> {AccountId};
 *          (administrator, region, "hub-organization", "self") -> the answer of
 *          DescribeOrganizationConfiguration; (administrator, region, "hub-member", account) -> the
 *          Member structure.
 * Source:  docs.aws.amazon.com/securityhub/1.0/APIReference, API version 2018-10-26; user guide,
 *          "Managing Security Hub for multiple accounts with AWS Organizations".
 * Limits:  local configuration only; there are no standards, controls and findings; accounts that
 *          join later are not enabled by themselves; nobody is invited.
 */
#include "sim_priv.h"

#include "plinth/base/time.h"

enum { ACCOUNTS_MOST = 50, PAGE = 50 };

static const char principal[] = "securityhub.amazonaws.com";

static int no_access(struct sim_call *call, const char *text)
{
    return sim_error(call, "InvalidAccessException", 401, "%s", text);
}

static int invalid(struct sim_call *call, const char *text)
{
    return sim_error(call, "InvalidInputException", 400, "%s", text);
}

/* --- The hub -------------------------------------------------------------------------------------
 */

static struct json *hub_of(struct sim_call *call, const char *account)
{
    return sim_get(call, account, call->region, "hub", "self");
}

static void hub_put(struct sim_call *call, const char *account, const struct json *tags)
{
    struct json *hub = json_object(call->arena);
    char now[TIME_TEXT_BYTES];

    time_rfc3339(call->now_ms, now);
    json_put_str(hub, "HubArn", sim_arn(call, "securityhub", call->region, account, "hub/default"));
    json_put_str(hub, "SubscribedAt", now);
    json_put_bool(hub, "AutoEnableControls", true);
    json_put_str(hub, "ControlFindingGenerator", "SECURITY_CONTROL");
    if (tags != NULL)
        json_put(hub, "_tags", tags);
    sim_put(call, account, call->region, "hub", "self", hub);
}

/* -1: the caller has no hub here, and the error is set. */
static int need_hub(struct sim_call *call)
{
    if (hub_of(call, call->account) != NULL)
        return 0;
    return no_access(call,
                     arena_printf(call->arena, "Account %s is not subscribed to AWS Security Hub",
                                  call->account));
}

static int enable_security_hub(struct sim_call *call)
{
    if (hub_of(call, call->account) != NULL)
        return sim_error(call, "ResourceConflictException", 409,
                         "Account is already subscribed to Security Hub");
    hub_put(call, call->account, json_get(call->params, "Tags"));
    return 0;
}

static int describe_hub(struct sim_call *call)
{
    if (need_hub(call) != 0)
        return -1;
    call->answer = hub_of(call, call->account);
    return 0;
}

/* --- The administrator ---------------------------------------------------------------------------
 */

static const char *administrator_of(struct sim_call *call, const char *region)
{
    struct sim_organization own;

    if (!sim_organization_of(call, call->account, &own))
        return NULL;
    return json_str(sim_get(call, own.management, region, "hub-administrator", "self"),
                    "AccountId");
}

/* -1: the error is set. */
static int need_management(struct sim_call *call, struct sim_organization *out)
{
    if (sim_organization_of(call, call->account, out) && str_eq(out->management, call->account))
        return 0;
    return no_access(call, "The request was rejected because the account is not the management "
                           "account of an organization");
}

static int need_administrator(struct sim_call *call)
{
    if (need_hub(call) != 0)
        return -1;
    if (str_eq(administrator_of(call, call->region), call->account))
        return 0;
    return no_access(call, arena_printf(call->arena,
                                        "Account %s is not an administrator for this organization",
                                        call->account));
}

static int enable_administrator(struct sim_call *call)
{
    const char *account = sim_param(call, "AdminAccountId");
    struct sim_organization own, other;
    const struct sim_region *region;
    struct json *record;

    if (need_management(call, &own) != 0)
        return -1;
    if (!sim_organization_of(call, account, &other) || !str_eq(other.id, own.id))
        return invalid(call, "The account is not a member of the organization");
    for (size_t i = 0; (region = sim_region_at(i)) != NULL; i++) {
        const char *there = administrator_of(call, region->name);

        if (there != NULL && !str_eq(there, account))
            return invalid(call, "Another account is the administrator already");
    }
    json_put_str(call->answer, "AdminAccountId", account);
    json_put_str(call->answer, "Feature", "SecurityHub");
    if (administrator_of(call, call->region) != NULL)
        return 0;
    record = json_object(call->arena);
    json_put_str(record, "AccountId", account);
    sim_put(call, own.management, call->region, "hub-administrator", "self", record);
    sim_trust(call, own.management, principal);
    sim_delegate(call, own.management, principal, account);
    if (hub_of(call, account) == NULL)
        hub_put(call, account, NULL);
    record = json_object(call->arena);
    json_put_bool(record, "AutoEnable", false);
    json_put_bool(record, "MemberAccountLimitReached", false);
    json_put_str(record, "AutoEnableStandards", "DEFAULT");
    json_put_str(json_put_object(record, "OrganizationConfiguration"), "ConfigurationType",
                 "LOCAL");
    sim_put(call, account, call->region, "hub-organization", "self", record);
    return 0;
}

/* The members keep their hubs, but are nobody's. */
static int disable_administrator(struct sim_call *call)
{
    const char *account = sim_param(call, "AdminAccountId");
    struct sim_organization own;
    const struct sim_record *member;

    if (need_management(call, &own) != 0)
        return -1;
    if (!str_eq(administrator_of(call, call->region), account))
        return invalid(call, "The account is not the administrator");
    while ((member = sim_first(call, account, call->region, "hub-member")) != NULL)
        (void)sim_delete(call, account, call->region, "hub-member",
                         arena_str(call->arena, sim_record_id(member)));
    (void)sim_delete(call, account, call->region, "hub-organization", "self");
    (void)sim_delete(call, own.management, call->region, "hub-administrator", "self");
    return 0;
}

static int list_administrators(struct sim_call *call)
{
    struct json *list = json_put_array(call->answer, "AdminAccounts"), *item;
    struct sim_organization own;
    const char *account;

    if (need_management(call, &own) != 0)
        return -1;
    account = administrator_of(call, call->region);
    if (account == NULL)
        return 0;
    item = json_add_object(list);
    json_put_str(item, "AccountId", account);
    json_put_str(item, "Status", "ENABLED");
    return 0;
}

static int describe_configuration(struct sim_call *call)
{
    if (need_administrator(call) != 0)
        return -1;
    call->answer = sim_get(call, call->account, call->region, "hub-organization", "self");
    return 0;
}

static int update_configuration(struct sim_call *call)
{
    const struct json *wanted = json_get(call->params, "OrganizationConfiguration");
    struct json *record;

    if (need_administrator(call) != 0)
        return -1;
    if (str_eq(json_str(wanted, "ConfigurationType"), "CENTRAL"))
        return invalid(call, "The simulator has no central configuration");
    if (json_get(call->params, "AutoEnable")->type != JSON_BOOL)
        return invalid(call, "AutoEnable must be true or false");
    record = sim_get(call, call->account, call->region, "hub-organization", "self");
    sim_set_bool(record, "AutoEnable", json_bool(call->params, "AutoEnable", false));
    if (sim_param(call, "AutoEnableStandards") != NULL)
        sim_set_str(record, "AutoEnableStandards", sim_param(call, "AutoEnableStandards"));
    sim_put(call, call->account, call->region, "hub-organization", "self", record);
    return 0;
}

/* --- Members -------------------------------------------------------------------------------------
 */

static struct json *member_of(struct sim_call *call, const char *account)
{
    return sim_get(call, call->account, call->region, "hub-member", account);
}

static bool is_associated(const struct json *member)
{
    return str_eq(json_str(member, "MemberStatus"), "Enabled");
}

static int disable_security_hub(struct sim_call *call)
{
    const char *administrator = administrator_of(call, call->region);

    if (need_hub(call) != 0)
        return -1;
    if (administrator != NULL &&
        (str_eq(administrator, call->account) ||
         is_associated(sim_get(call, administrator, call->region, "hub-member", call->account))))
        return no_access(call, "The account is an administrator, or a member of one");
    (void)sim_delete(call, call->account, call->region, "hub", "self");
    return 0;
}

static void unprocessed(struct json *list, const char *account, const char *why)
{
    struct json *item = json_add_object(list);

    json_put_str(item, "AccountId", account);
    json_put_str(item, "ProcessingResult", why);
}

/* Why not; NULL: it is a member now, and has a hub. */
static const char *create_member(struct sim_call *call, const char *account, const char *email)
{
    struct sim_organization own, other;
    struct json *member = json_object(call->arena);
    char now[TIME_TEXT_BYTES];

    (void)sim_organization_of(call, call->account, &own);
    if (str_eq(account, call->account))
        return "The administrator cannot be its own member";
    if (!sim_organization_of(call, account, &other) || !str_eq(other.id, own.id))
        return "The account is not a member of the organization";
    if (str_eq(account, own.management) && hub_of(call, account) == NULL)
        return "The management account must enable Security Hub first";
    if (hub_of(call, account) == NULL)
        hub_put(call, account, NULL);
    time_rfc3339(call->now_ms, now);
    json_put_str(member, "AccountId", account);
    json_put_str(member, "Email", email);
    json_put_str(member, "MasterId", call->account);
    json_put_str(member, "AdministratorId", call->account);
    json_put_str(member, "MemberStatus", "Enabled");
    json_put_str(member, "UpdatedAt", now);
    sim_put(call, call->account, call->region, "hub-member", account, member);
    return NULL;
}

/* Every item, or its member `key`, must be an account id. */
static int check_accounts(struct sim_call *call, const struct json *list, const char *key)
{
    const struct sim_rule rule = {
        .name = "AccountId", .required = true, .min = 12, .max = 12, .chars = "0-9"};

    if (list->type != JSON_ARRAY || list->count == 0 || list->count > ACCOUNTS_MOST)
        return invalid(call, "1 to 50 accounts must be given");
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (sim_check(call, &rule, key == NULL ? it : json_get(it, key)) != 0)
            return -1;
    return 0;
}

static int create_members(struct sim_call *call)
{
    const struct json *details = json_get(call->params, "AccountDetails");
    struct json *list = json_put_array(call->answer, "UnprocessedAccounts");

    if (need_administrator(call) != 0 || check_accounts(call, details, "AccountId") != 0)
        return -1;
    for (const struct json *it = json_first(details); it != NULL; it = it->next) {
        const char *account = json_str(it, "AccountId");
        const char *why = create_member(call, account, json_str(it, "Email"));

        if (why != NULL)
            unprocessed(list, account, why);
    }
    return 0;
}

static int list_members(struct sim_call *call)
{
    struct sim_page page = {.list = "Members",
                            .size = PAGE,
                            .size_param = "MaxResults",
                            .token_in = "NextToken",
                            .token_out = "NextToken"};
    bool only_associated = json_bool(call->params, "OnlyAssociated", true);

    if (need_hub(call) != 0 || sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "hub-member");
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *member = sim_record_json(it, call->arena);

        if (!only_associated || is_associated(member))
            json_add(page.items, member);
    }
    return 0;
}

static int disassociate_members(struct sim_call *call)
{
    const struct json *ids = json_get(call->params, "AccountIds");

    if (need_administrator(call) != 0 || check_accounts(call, ids, NULL) != 0)
        return -1;
    for (const struct json *it = json_first(ids); it != NULL; it = it->next) {
        struct json *member = member_of(call, it->string);

        if (member == NULL)
            continue;
        sim_set_str(member, "MemberStatus", "Removed");
        sim_put(call, call->account, call->region, "hub-member", it->string, member);
    }
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define OPERATION(NAME, METHOD, URI, HANDLER, ACCESS, RULES)                                       \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = (ACCESS), .rules = (RULES),                \
        .method = (METHOD), .uri = (URI)                                                           \
    }

static const struct sim_rule administrator_rules[] = {
    {.name = "AdminAccountId", .required = true, .min = 12, .max = 12, .chars = "0-9"},
    {.name = "Feature", .values = "SecurityHub"},
    END,
};
static const struct sim_rule configuration_rules[] = {
    {.name = "AutoEnable", .required = true},
    {.name = "AutoEnableStandards", .values = "NONE|DEFAULT"},
    END,
};
static const struct sim_rule create_rules[] = {{.name = "AccountDetails", .required = true}, END};
static const struct sim_rule ids_rules[] = {{.name = "AccountIds", .required = true}, END};

static const struct sim_operation operations[] = {
    OPERATION("EnableSecurityHub", "POST", "/accounts", enable_security_hub, SIM_WRITE, NULL),
    OPERATION("DescribeHub", "GET", "/accounts", describe_hub, SIM_READ, NULL),
    OPERATION("DisableSecurityHub", "DELETE", "/accounts", disable_security_hub, SIM_WRITE, NULL),
    OPERATION("EnableOrganizationAdminAccount", "POST", "/organization/admin/enable",
              enable_administrator, SIM_WRITE, administrator_rules),
    OPERATION("DisableOrganizationAdminAccount", "POST", "/organization/admin/disable",
              disable_administrator, SIM_WRITE, administrator_rules),
    OPERATION("ListOrganizationAdminAccounts", "GET", "/organization/admin", list_administrators,
              SIM_READ, NULL),
    OPERATION("DescribeOrganizationConfiguration", "GET", "/organization/configuration",
              describe_configuration, SIM_READ, NULL),
    OPERATION("UpdateOrganizationConfiguration", "POST", "/organization/configuration",
              update_configuration, SIM_WRITE, configuration_rules),
    OPERATION("CreateMembers", "POST", "/members", create_members, SIM_WRITE, create_rules),
    OPERATION("ListMembers", "GET", "/members", list_members, SIM_READ, NULL),
    OPERATION("DisassociateMembers", "POST", "/members/disassociate", disassociate_members,
              SIM_WRITE, ids_rules),
    END,
};

const struct sim_service sim_service_securityhub = {
    .name = "securityhub",
    .protocol = SIM_REST_JSON,
    .bad_input = "InvalidInputException",
    .throttled = "ThrottlingException",
    .throttled_status = 429,
    .operations = {operations},
};
