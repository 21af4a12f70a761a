/*
 * organizations_services.c - trusted access of AWS services.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: EnableAWSServiceAccess and its
 *         kin; orgs_integrate_services_list for the principals (organizations_services.def).
 * Limits: the service-linked roles that trusted access makes are not made.
 */
#include "organizations_priv.h"

static const struct org_service services[] = {
#define ORG_SERVICE(principal, administrators) {principal, administrators},
#include "organizations_services.def"
#undef ORG_SERVICE
};

const struct org_service *org_service(const char *principal)
{
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (str_eq(services[i].principal, principal))
            return &services[i];
    return NULL;
}

int org_need_service(struct sim_call *call, const char *principal)
{
    if (org_service(principal) != NULL)
        return 0;
    return org_invalid(call, "UNRECOGNIZED_SERVICE_PRINCIPAL",
                       "You specified an unrecognized service principal.");
}

static int need_all_features(struct sim_call *call, const struct org *org)
{
    if (org->all_features)
        return 0;
    return org_constraint(call, "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
                          "The organization must have all features enabled.");
}

void sim_trust(struct sim_call *call, const char *management, const char *principal)
{
    struct json *record = json_object(call->arena);

    if (sim_service_trusted(call, management, principal))
        return;
    json_put_str(record, "ServicePrincipal", principal);
    json_put_number(record, "DateEnabled", (double)call->now_ms / 1000);
    sim_put(call, management, "", "service-access", principal, record);
}

static int enable_access(struct sim_call *call)
{
    const char *principal = sim_param(call, "ServicePrincipal");
    struct org org;

    if (org_open(call, &org) != 0 || need_all_features(call, &org) != 0 ||
        org_need_service(call, principal) != 0)
        return -1;
    sim_trust(call, org.management, principal);
    return 0;
}

static int disable_access(struct sim_call *call)
{
    const char *principal = sim_param(call, "ServicePrincipal");
    const struct org_policy_type *type;
    struct org org;

    if (org_open(call, &org) != 0 || need_all_features(call, &org) != 0 ||
        org_need_service(call, principal) != 0)
        return -1;
    for (size_t i = 0; (type = org_type_at(i)) != NULL; i++)
        if (str_eq(type->trusted, principal) && org_type_status(call, &org, type->name) != NULL)
            return org_constraint(call, "POLICY_TYPE_ENABLED_FOR_THIS_SERVICE",
                                  "You attempted to disable service access before you disabled "
                                  "the policy type.");
    sim_delete(call, org.management, "", "service-access", principal);
    return 0;
}

static int list_access(struct sim_call *call)
{
    struct sim_page page = ORG_PAGE_OF("EnabledServicePrincipals");
    const struct sim_record *record;
    struct org org;

    if (org_open(call, &org) != 0 || need_all_features(call, &org) != 0 ||
        sim_page_open(call, &page) != 0)
        return -1;
    for (record = sim_page_first(&page, org.management, "", "service-access"); record != NULL;
         record = sim_page_next(&page, record))
        json_add(page.items, sim_record_json(record, call->arena));
    return 0;
}

static const struct sim_rule service_rules[] = {ORG_RULE_SERVICE(true), ORG_RULES_END};

const struct sim_operation org_service_operations[] = {
    ORG_WRITE("EnableAWSServiceAccess", enable_access, service_rules),
    ORG_WRITE("DisableAWSServiceAccess", disable_access, service_rules),
    ORG_READ("ListAWSServiceAccessForOrganization", list_access, NULL),
    ORG_OPERATIONS_END,
};
