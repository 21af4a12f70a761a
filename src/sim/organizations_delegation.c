/*
 * organizations_delegation.c - member accounts that administer a service for all.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: RegisterDelegatedAdministrator and
 *         its kin; ConstraintViolationException's reasons.
 */
#include "organizations_priv.h"

static const char *delegated_kind(const struct sim_call *call, const char *principal)
{
    return org_kind(call, "delegated", principal);
}

bool org_is_delegated_admin(const struct sim_call *call, const struct org *org, const char *account)
{
    return org_has(call, org, "delegated-admin", account);
}

static struct json *since_now(struct sim_call *call)
{
    struct json *record = json_object(call->arena);

    json_put_number(record, "_since_ms", (double)call->now_ms);
    return record;
}

static void remove_delegation(struct sim_call *call, const struct org *org, const char *account,
                              const char *principal)
{
    const char *services = org_kind(call, "delegated-services", account);

    sim_delete(call, org->management, "", delegated_kind(call, principal), account);
    org_delete(call, org, services, principal);
    if (org_count(call, org, services) == 0)
        org_delete(call, org, "delegated-admin", account);
}

void org_services_delete(struct sim_call *call, const struct org *org)
{
    const struct sim_record *record;

    while ((record = sim_first(call, org->management, "", "service-access")) != NULL)
        sim_delete(call, org->management, "", "service-access",
                   arena_str(call->arena, sim_record_id(record)));
}

/* --- Register and deregister ---------------------------------------------------------------------
 */

/* How many there may be, and who is there already. */
static int check_room(struct sim_call *call, const struct org *org, const char *account,
                      const char *principal)
{
    const char *kind = delegated_kind(call, principal);
    size_t most = org_service(principal)->administrators_most;

    if (sim_has(call, org->management, "", kind, account))
        return org_error(call, "AccountAlreadyRegisteredException",
                         "The provided account is already a delegated administrator for your "
                         "organization.");
    if (sim_store_count(call->sim->store, org->management, "", kind) < most)
        return 0;
    if (most == 1)
        return org_constraint(call, "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE",
                              "You attempted to register an account as a delegated administrator "
                              "for a service that already has a delegated administrator.");
    return org_constraint(call, "MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED",
                          "You have exceeded the number of delegated administrators for this "
                          "service.");
}

static int check_delegation(struct sim_call *call, const struct org *org, const char *account,
                            const char *principal)
{
    if (str_eq(account, org->management))
        return org_constraint(call, "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
                              "You cannot register master account/yourself as delegated "
                              "administrator for your organization.");
    if (org_need_account(call, org, account) != 0 || org_need_service(call, principal) != 0)
        return -1;
    if (org_service(principal)->administrators_most == 0)
        return org_invalid(call, "UNRECOGNIZED_SERVICE_PRINCIPAL",
                           "The service doesn't support delegated administrators.");
    if (!sim_service_trusted(call, org->management, principal))
        return org_constraint(call, "SERVICE_ACCESS_NOT_ENABLED",
                              "You attempted to register a delegated administrator before you "
                              "enabled service access. Call the EnableAWSServiceAccess API "
                              "first.");
    if (org_account_closed(call, org, account))
        return org_constraint(call, "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
                              "You cannot register a suspended account as a delegated "
                              "administrator.");
    return check_room(call, org, account, principal);
}

void sim_delegate(struct sim_call *call, const char *management, const char *principal,
                  const char *account)
{
    const struct org org = {.management = management};

    if (sim_is_delegated(call, management, principal, account))
        return;
    sim_put(call, management, "", delegated_kind(call, principal), account, since_now(call));
    org_put(call, &org, org_kind(call, "delegated-services", account), principal, since_now(call));
    if (!org_is_delegated_admin(call, &org, account))
        org_put(call, &org, "delegated-admin", account, since_now(call));
}

static int register_administrator(struct sim_call *call)
{
    const char *account = sim_param(call, "AccountId");
    const char *principal = sim_param(call, "ServicePrincipal");
    struct org org;

    if (org_open(call, &org) != 0 || check_delegation(call, &org, account, principal) != 0)
        return -1;
    sim_delegate(call, org.management, principal, account);
    return 0;
}

static int not_registered(struct sim_call *call)
{
    return org_error(call, "AccountNotRegisteredException",
                     "The provided account is not a registered delegated administrator for your "
                     "organization.");
}

static int deregister_administrator(struct sim_call *call)
{
    const char *account = sim_param(call, "AccountId");
    const char *principal = sim_param(call, "ServicePrincipal");
    struct org org;

    if (org_open(call, &org) != 0 || org_need_account(call, &org, account) != 0 ||
        org_need_service(call, principal) != 0)
        return -1;
    if (!sim_is_delegated(call, org.management, principal, account))
        return not_registered(call);
    remove_delegation(call, &org, account, principal);
    return 0;
}

/* --- Listings ------------------------------------------------------------------------------------
 */

static int list_administrators(struct sim_call *call)
{
    const char *principal = sim_param(call, "ServicePrincipal");
    struct sim_page page = ORG_PAGE_OF("DelegatedAdministrators");
    const struct sim_record *record;
    struct org org;

    if (org_open(call, &org) != 0 ||
        (principal != NULL && org_need_service(call, principal) != 0) ||
        sim_page_open(call, &page) != 0)
        return -1;
    for (record = sim_page_first(&page, org.management, "",
                                 principal == NULL ? "org/delegated-admin"
                                                   : delegated_kind(call, principal));
         record != NULL; record = sim_page_next(&page, record)) {
        struct json *account = org_account(call, &org, sim_record_id(record));
        double since_ms = json_number(sim_record_json(record, call->arena), "_since_ms", 0);

        json_remove(account, "Paths");
        sim_put_time(call, account, "DelegationEnabledDate", (int64_t)since_ms);
        json_add(page.items, account);
    }
    return 0;
}

static int list_services(struct sim_call *call)
{
    const char *account = sim_param(call, "AccountId");
    struct sim_page page = ORG_PAGE_OF("DelegatedServices");
    const struct sim_record *record;
    struct org org;

    if (org_open(call, &org) != 0 || org_need_account(call, &org, account) != 0)
        return -1;
    if (!org_is_delegated_admin(call, &org, account))
        return not_registered(call);
    if (sim_page_open(call, &page) != 0)
        return -1;
    for (record = sim_page_first(&page, org.management, "",
                                 org_kind(call, "org/delegated-services", account));
         record != NULL; record = sim_page_next(&page, record)) {
        struct json *service = json_add_object(page.items);
        double since_ms = json_number(sim_record_json(record, call->arena), "_since_ms", 0);

        json_put_str(service, "ServicePrincipal", sim_record_id(record));
        sim_put_time(call, service, "DelegationEnabledDate", (int64_t)since_ms);
    }
    return 0;
}

static const struct sim_rule register_rules[] = {
    ORG_RULE_ACCOUNT("AccountId"),
    ORG_RULE_SERVICE(true),
    ORG_RULES_END,
};
static const struct sim_rule list_rules[] = {ORG_RULE_SERVICE(false), ORG_RULES_END};
static const struct sim_rule account_rules[] = {ORG_RULE_ACCOUNT("AccountId"), ORG_RULES_END};

const struct sim_operation org_delegation_operations[] = {
    ORG_WRITE("RegisterDelegatedAdministrator", register_administrator, register_rules),
    ORG_WRITE("DeregisterDelegatedAdministrator", deregister_administrator, register_rules),
    ORG_READ("ListDelegatedAdministrators", list_administrators, list_rules),
    ORG_READ("ListDelegatedServicesForAccount", list_services, account_rules),
    ORG_OPERATIONS_END,
};
