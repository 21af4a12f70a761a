/*
 * iam_organization.c - central management of the root users of an organization's accounts.
 *
 * Source: IAM API Reference, version 2010-05-08; IAM User Guide, "Centrally manage root access for
 *         member accounts".
 */
#include "iam_priv.h"

static const char principal[] = "iam.amazonaws.com";
static const char credentials_feature[] = "RootCredentialsManagement";
static const char sessions_feature[] = "RootSessions";

/* The organization of a caller who may manage it.  -1: the error is set. */
static int manage(struct sim_call *call, bool is_enable, struct sim_organization *out)
{
    bool management;

    if (!sim_organization_of(call, call->account, out))
        return sim_error(call, "OrganizationNotFoundException", 400,
                         "The request was rejected because no organization is associated with "
                         "your account.");
    management = str_eq(out->management, call->account);
    if (!management && !sim_is_delegated(call, out->management, principal, call->account))
        return sim_error(call, "AccountNotManagementOrDelegatedAdministratorException", 400,
                         "The request was rejected because the account making the request is not "
                         "the management account or delegated administrator account for "
                         "centralized root access.");
    if (!out->all_features)
        return sim_error(call, "OrganizationNotInAllFeaturesModeException", 400,
                         "The request was rejected because your organization does not have All "
                         "features enabled.");
    if (!sim_service_trusted(call, out->management, principal))
        return sim_error(call, "ServiceAccessNotEnabledException", 400,
                         "The request was rejected because trusted access is not enabled for IAM "
                         "in Organizations.");
    if (is_enable && !management)
        return sim_error(call, "CallerIsNotManagementAccountException", 400,
                         "The request was rejected because the account making the request is not "
                         "the management account for the organization.");
    return 0;
}

static int answer(struct sim_call *call, const struct sim_organization *organization)
{
    struct json *features;

    json_put_str(call->answer, "OrganizationId", organization->id);
    features = json_put_array(call->answer, "EnabledFeatures");
    for (const struct sim_record *it =
             sim_first(call, organization->management, "", "root-feature");
         it != NULL; it = sim_store_next(it))
        json_add_str(features, sim_record_id(it));
    return 0;
}

static int list_features(struct sim_call *call)
{
    struct sim_organization organization;

    return manage(call, false, &organization) != 0 ? -1 : answer(call, &organization);
}

static int change(struct sim_call *call, const char *feature, bool enable)
{
    struct sim_organization organization;

    if (manage(call, enable, &organization) != 0)
        return -1;
    if (enable)
        sim_put(call, organization.management, "", "root-feature", feature,
                json_object(call->arena));
    else
        (void)sim_delete(call, organization.management, "", "root-feature", feature);
    return answer(call, &organization);
}

static int enable_credentials(struct sim_call *call)
{
    return change(call, credentials_feature, true);
}

static int disable_credentials(struct sim_call *call)
{
    return change(call, credentials_feature, false);
}

static int enable_sessions(struct sim_call *call)
{
    return change(call, sessions_feature, true);
}

static int disable_sessions(struct sim_call *call)
{
    return change(call, sessions_feature, false);
}

const struct sim_operation iam_organization_operations[] = {
    {.name = "ListOrganizationsFeatures", .handler = list_features},
    {.name = "EnableOrganizationsRootCredentialsManagement",
     .handler = enable_credentials,
     .access = SIM_WRITE},
    {.name = "DisableOrganizationsRootCredentialsManagement",
     .handler = disable_credentials,
     .access = SIM_WRITE},
    {.name = "EnableOrganizationsRootSessions", .handler = enable_sessions, .access = SIM_WRITE},
    {.name = "DisableOrganizationsRootSessions", .handler = disable_sessions, .access = SIM_WRITE},
    {.name = NULL},
};
