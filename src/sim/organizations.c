/*
 * organizations.c - AWS Organizations: the service, who may call it, and the organization itself.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: CreateOrganization,
 *         DescribeOrganization, DeleteOrganization; "You can only call this operation from ...".
 * Limits: a new organization is ready for accounts after a minute, where AWS says up to an hour.
 */
#include "organizations_priv.h"

/* Seconds until a new organization can create accounts. */
enum { FINALIZING_S = 60 };

/* --- Errors --------------------------------------------------------------------------------------
 */

int org_error(struct sim_call *call, const char *code, const char *text)
{
    return sim_error(call, code, 400, "%s", text);
}

int org_reject(struct sim_call *call, const char *code, const char *reason, const char *text)
{
    (void)sim_error(call, code, 400, "%s", text);
    sim_error_put(call, "Reason", reason);
    return -1;
}

int org_constraint(struct sim_call *call, const char *reason, const char *text)
{
    return org_reject(call, "ConstraintViolationException", reason, text);
}

int org_invalid(struct sim_call *call, const char *reason, const char *text)
{
    return org_reject(call, "InvalidInputException", reason, text);
}

/* --- The store -----------------------------------------------------------------------------------
 */

/* All kinds of ours start alike, so that no other service's can be the same. */
static const char *own_kind(const struct sim_call *call, const char *kind)
{
    return org_kind(call, "org", kind);
}

struct json *org_get(struct sim_call *call, const struct org *org, const char *kind, const char *id)
{
    return id == NULL ? NULL : sim_get(call, org->management, "", own_kind(call, kind), id);
}

bool org_has(const struct sim_call *call, const struct org *org, const char *kind, const char *id)
{
    return id != NULL && sim_has(call, org->management, "", own_kind(call, kind), id);
}

void org_put(struct sim_call *call, const struct org *org, const char *kind, const char *id,
             const struct json *record)
{
    sim_put(call, org->management, "", own_kind(call, kind), id, record);
}

void org_mark(struct sim_call *call, const struct org *org, const char *kind, const char *id)
{
    org_put(call, org, kind, id, json_object(call->arena));
}

void org_delete(struct sim_call *call, const struct org *org, const char *kind, const char *id)
{
    sim_delete(call, org->management, "", own_kind(call, kind), id);
}

size_t org_count(const struct sim_call *call, const struct org *org, const char *kind)
{
    return sim_store_count(call->sim->store, org->management, "", own_kind(call, kind));
}

const struct sim_record *org_first(const struct sim_call *call, const struct org *org,
                                   const char *kind)
{
    return sim_first(call, org->management, "", own_kind(call, kind));
}

void org_delete_all(struct sim_call *call, const struct org *org, const char *kind)
{
    const struct sim_record *record;

    while ((record = org_first(call, org, kind)) != NULL)
        org_delete(call, org, kind, arena_str(call->arena, sim_record_id(record)));
}

const char *org_kind(const struct sim_call *call, const char *name, const char *of)
{
    return arena_printf(call->arena, "%s/%s", name, of);
}

struct json *org_self(struct sim_call *call, const struct org *org)
{
    return sim_get(call, org->management, "", "organization", "self");
}

const char *org_arn(const struct sim_call *call, const struct org *org, const char *what,
                    const char *rest)
{
    return sim_arn(call, "organizations", "", org->management, "%s/%s%s%s", what, org->id,
                   *rest == '\0' ? "" : "/", rest);
}

int org_list(struct sim_call *call, const struct org *org, const char *list, const char *kind,
             org_add_fn add)
{
    struct sim_page page = ORG_PAGE_OF(list);
    const struct sim_record *record;

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (record = sim_page_first(&page, org->management, "", own_kind(call, kind)); record != NULL;
         record = sim_page_next(&page, record))
        add(call, org, sim_record_id(record), page.items);
    return 0;
}

/* --- Who may call --------------------------------------------------------------------------------
 */

int org_open_as_member(struct sim_call *call, struct org *out)
{
    struct sim_organization found;
    struct json *record;

    if (!sim_organization_of(call, call->account, &found))
        return org_error(call, "AWSOrganizationsNotInUseException",
                         "Your account is not a member of an organization.");
    record = sim_get(call, found.management, "", "organization", "self");
    *out = (struct org){
        .id = found.id,
        .management = found.management,
        .root = json_str(record, "_root"),
        .all_features = found.all_features,
    };
    org_creations_settle(call, out);
    return 0;
}

int org_open(struct sim_call *call, struct org *out)
{
    if (org_open_as_member(call, out) != 0)
        return -1;
    if (str_eq(call->account, out->management))
        return 0;
    if (call->operation->access == SIM_READ && org_is_delegated_admin(call, out, call->account))
        return 0;
    if (org_resource_policy_allows(call, out))
        return 0;
    return org_error(call, "AccessDeniedException",
                     "You don't have permissions to access this resource.");
}

/* --- The organization ----------------------------------------------------------------------------
 */

static void put_organization(struct sim_call *call, const struct org *org)
{
    struct json *record = json_object(call->arena), *types, *account;

    json_put_str(record, "Id", org->id);
    json_put_str(record, "Arn", org_arn(call, org, "organization", ""));
    json_put_str(record, "FeatureSet", org->all_features ? "ALL" : "CONSOLIDATED_BILLING");
    json_put_str(record, "MasterAccountArn", org_arn(call, org, "account", org->management));
    json_put_str(record, "MasterAccountId", org->management);
    account = sim_get(call, "", "", "account", org->management);
    json_put_str(record, "MasterAccountEmail", json_str(account, "Email"));
    types = json_put_array(record, "AvailablePolicyTypes");
    if (org->all_features) {
        struct json *type = json_add_object(types);

        json_put_str(type, "Type", ORG_SCP);
        json_put_str(type, "Status", "ENABLED");
    }
    json_put_str(record, "_root", org->root);
    json_put_number(record, "_final_ms", (double)sim_due_ms(call, FINALIZING_S));
    sim_put(call, org->management, "", "organization", "self", record);
}

static int create_organization(struct sim_call *call)
{
    struct sim_organization other;
    struct org org;

    if (sim_organization_of(call, call->account, &other))
        return org_error(call, "AlreadyInOrganizationException",
                         "The AWS account is already a member of an organization.");
    org = (struct org){
        .id = sim_id(call, "o-", 10, SIM_LOWER_DIGITS),
        .management = call->account,
        .root = sim_id(call, "r-", 4, SIM_LOWER_DIGITS),
        .all_features = !str_eq(sim_param(call, "FeatureSet"), "CONSOLIDATED_BILLING"),
    };
    put_organization(call, &org);
    org_root_create(call, &org);
    org_policies_create_managed(call, &org);
    org_join(call, &org, call->account, "INVITED", call->now_ms);
    if (org.all_features)
        org_type_enable(call, &org, org_type(ORG_SCP), call->now_ms);
    json_put(call->answer, "Organization", org_self(call, &org));
    return 0;
}

static int describe_organization(struct sim_call *call)
{
    struct org org;

    if (org_open_as_member(call, &org) != 0)
        return -1;
    json_put(call->answer, "Organization", org_self(call, &org));
    return 0;
}

static int delete_organization(struct sim_call *call)
{
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    if (org_count(call, &org, "member") > 1 || org_count(call, &org, "creation-open") > 0)
        return org_error(call, "OrganizationNotEmptyException",
                         "To delete an organization you must first remove all member accounts "
                         "(except the management account).");
    org_leave(call, &org, org.management);
    org_services_delete(call, &org);
    org_tree_delete(call, &org);
    org_policies_delete(call, &org);
    org_delete_all(call, &org, "tags");
    org_delete_all(call, &org, "creation");
    org_delete_all(call, &org, "closure");
    org_handshakes_delete(call, &org);
    org_delete(call, &org, "resource-policy", "self");
    sim_delete(call, org.management, "", "organization", "self");
    return 0;
}

static const struct sim_rule create_rules[] = {
    {.name = "FeatureSet", .values = "ALL|CONSOLIDATED_BILLING"},
    ORG_RULES_END,
};

const struct sim_operation org_core_operations[] = {
    ORG_WRITE("CreateOrganization", create_organization, create_rules),
    ORG_READ("DescribeOrganization", describe_organization, NULL),
    ORG_WRITE("DeleteOrganization", delete_organization, NULL),
    ORG_OPERATIONS_END,
};

const struct sim_service sim_service_organizations = {
    .name = "organizations",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "AWSOrganizationsV20161128",
    .global = true,
    .bad_input = "InvalidInputException",
    .throttled = "TooManyRequestsException",
    .before = org_check_ids,
    .operations =
        {
            org_core_operations,
            org_tree_operations,
            org_account_operations,
            org_creation_operations,
            org_type_operations,
            org_policy_operations,
            org_attachment_operations,
            org_effective_operations,
            org_tag_operations,
            org_service_operations,
            org_delegation_operations,
            org_resource_policy_operations,
            org_handshake_operations,
        },
};
