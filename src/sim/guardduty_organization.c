/*
 * guardduty_organization.c - GuardDuty's administrator of an organization, and what it enables by
 *                            itself.
 *
 * Source: GuardDuty API Reference, EnableOrganizationAdminAccount, UpdateOrganizationConfiguration;
 *         user guide, "Managing GuardDuty accounts with AWS Organizations": the administrator's
 *         detector comes by itself, the management account's does not; one administrator for all
 *         regions.
 *         A new administrator is shown, and may work, a moment later (Terraform's provider waits
 *         for that).
 * Limits: accounts are enrolled within the times below, where AWS says "up to 24 hours", and when
 *         the administrator looks (ListMembers, DescribeOrganizationConfiguration).  A new account
 *         is one that was created since the configuration was set; invited accounts count by their
 *         creation as well.
 */
#include "guardduty_priv.h"

enum { ALL_S = 6 * 60 * 60, NEW_S = 30 * 60, SHOWN_S = 3, DISABLING_S = 20 };

static const char principal[] = "guardduty.amazonaws.com";

/* --- The administrator ---------------------------------------------------------------------------
 */

static struct json *administrator(struct sim_call *call, const char *management, const char *region)
{
    return sim_get(call, management, region, "guardduty/administrator", "self");
}

static bool is_leaving(const struct json *record)
{
    return json_get(record, "_ready_ms") != NULL;
}

static bool is_shown(const struct sim_call *call, const struct json *record)
{
    return record != NULL && json_number(record, "_shown_ms", 0) <= (double)call->now_ms &&
           !(is_leaving(record) && sim_ready(call, record));
}

bool guardduty_is_administrator(struct sim_call *call, const char *account)
{
    struct sim_organization own;
    const struct json *record;

    if (!sim_organization_of(call, account, &own))
        return false;
    record = administrator(call, own.management, call->region);
    return is_shown(call, record) && !is_leaving(record) &&
           str_eq(json_str(record, "adminAccountId"), account);
}

/* -1: the error is set. */
static int open_management(struct sim_call *call, struct sim_organization *out)
{
    if (sim_organization_of(call, call->account, out) && str_eq(out->management, call->account))
        return 0;
    return guardduty_reject(call, "The request failed because you do not have required AWS "
                                  "Organization master permission.");
}

/* Another one in any region: Organizations knows one administrator of the service. */
static bool is_taken(struct sim_call *call, const char *management, const char *account)
{
    const struct sim_region *region;

    for (size_t i = 0; (region = sim_region_at(i)) != NULL; i++) {
        const struct json *record = administrator(call, management, region->name);
        const char *there = json_str(record, "adminAccountId");

        if (there != NULL && !(is_leaving(record) && sim_ready(call, record)) &&
            !str_eq(there, account))
            return true;
    }
    return false;
}

static int enable_administrator(struct sim_call *call)
{
    const char *account = sim_param(call, "adminAccountId");
    struct sim_organization own, other;
    struct json *record, *configuration;

    if (open_management(call, &own) != 0)
        return -1;
    if (!sim_organization_of(call, account, &other) || !str_eq(other.id, own.id))
        return guardduty_invalid(call);
    if (is_taken(call, own.management, account))
        return guardduty_reject(call, "The request failed because another account is already the "
                                      "GuardDuty delegated administrator of your organization.");
    record = administrator(call, own.management, call->region);
    if (record != NULL && !(is_leaving(record) && sim_ready(call, record)))
        return guardduty_reject(call, "The request failed because the account is already the "
                                      "GuardDuty delegated administrator, or still being "
                                      "removed.");
    record = json_object(call->arena);
    json_put_str(record, "adminAccountId", account);
    json_put_number(record, "_shown_ms", (double)sim_due_ms(call, SHOWN_S));
    sim_put(call, own.management, call->region, "guardduty/administrator", "self", record);
    sim_trust(call, own.management, principal);
    sim_delegate(call, own.management, principal, account);
    if (guardduty_detector(call, account) == NULL)
        guardduty_detector_put(call, account, guardduty_detector_new(call));
    configuration = json_object(call->arena);
    json_put_str(configuration, "autoEnableOrganizationMembers", "NONE");
    json_put(configuration, "_features", guardduty_features_new(call, GUARDDUTY_OF_ORGANIZATION));
    guardduty_configuration_put(call, account, configuration);
    return 0;
}

/* The members stay enabled, but are nobody's.  Organizations goes on knowing the account as the
 * service's administrator. */
static int disable_administrator(struct sim_call *call)
{
    const char *account = sim_param(call, "adminAccountId");
    struct sim_organization own;
    const struct sim_record *member;
    struct json *record;

    if (open_management(call, &own) != 0)
        return -1;
    record = administrator(call, own.management, call->region);
    if (record == NULL || is_leaving(record) ||
        !str_eq(json_str(record, "adminAccountId"), account))
        return guardduty_reject(call, "The request failed because the account is not the GuardDuty "
                                      "delegated administrator of your organization.");
    json_put_number(record, "_ready_ms", (double)sim_due_ms(call, DISABLING_S));
    sim_put(call, own.management, call->region, "guardduty/administrator", "self", record);
    sim_delete(call, account, call->region, "guardduty/configuration", "self");
    while ((member = sim_first(call, account, call->region, "guardduty/member")) != NULL)
        sim_delete(call, account, call->region, "guardduty/member",
                   arena_str(call->arena, sim_record_id(member)));
    return 0;
}

static int list_administrators(struct sim_call *call)
{
    struct sim_organization own;
    const struct json *record;
    struct json *list, *item;

    if (open_management(call, &own) != 0)
        return -1;
    list = json_put_array(call->answer, "adminAccounts");
    record = administrator(call, own.management, call->region);
    if (!is_shown(call, record))
        return 0;
    item = json_add_object(list);
    json_put_str(item, "adminAccountId", json_str(record, "adminAccountId"));
    json_put_str(item, "adminStatus", is_leaving(record) ? "DISABLE_IN_PROGRESS" : "ENABLED");
    return 0;
}

/* --- The configuration ---------------------------------------------------------------------------
 */

struct json *guardduty_configuration(struct sim_call *call, const char *account)
{
    return sim_get(call, account, call->region, "guardduty/configuration", "self");
}

void guardduty_configuration_put(struct sim_call *call, const char *account,
                                 const struct json *configuration)
{
    struct json *record = json_copy(configuration, call->arena);

    sim_set_number(record, "_since_ms", (double)call->now_ms);
    sim_put(call, account, call->region, "guardduty/configuration", "self", record);
}

static int open_configuration(struct sim_call *call, struct json **out)
{
    struct json *detector;

    if (guardduty_open(call, &detector) != 0)
        return -1;
    *out = guardduty_configuration(call, call->account);
    if (*out != NULL && guardduty_is_administrator(call, call->account))
        return 0;
    return guardduty_reject(call, "The request failed because you do not have required AWS "
                                  "Organization master permission.");
}

static int describe_configuration(struct sim_call *call)
{
    struct json *configuration;
    const char *members;

    if (open_configuration(call, &configuration) != 0)
        return -1;
    guardduty_settle(call);
    members = json_str(configuration, "autoEnableOrganizationMembers");
    json_put_str(call->answer, "autoEnableOrganizationMembers", members);
    json_put_bool(call->answer, "autoEnable", !str_eq(members, "NONE"));
    json_put_bool(call->answer, "memberAccountLimitReached", false);
    guardduty_features_put(call, GUARDDUTY_OF_ORGANIZATION, call->answer,
                           json_get(configuration, "_features"), 0);
    return 0;
}

static int update_configuration(struct sim_call *call)
{
    const char *members = sim_param(call, "autoEnableOrganizationMembers");
    const struct json *old = json_get(call->params, "autoEnable");
    struct json *configuration, *features;

    if (open_configuration(call, &configuration) != 0)
        return -1;
    if ((members == NULL) == (old == NULL))
        return guardduty_invalid(call);
    features = json_copy(json_get(configuration, "_features"), call->arena);
    if (guardduty_features_read(call, GUARDDUTY_OF_ORGANIZATION, features) != 0)
        return -1;
    sim_set_str(configuration, "autoEnableOrganizationMembers",
                members != NULL ? members
                : old->boolean  ? "NEW"
                                : "NONE");
    sim_set(configuration, "_features", features);
    guardduty_configuration_put(call, call->account, configuration);
    return 0;
}

/* --- Automatic enabling --------------------------------------------------------------------------
 */

/* With ALL everybody in the end, with NEW who came later. */
static bool is_due(struct sim_call *call, const char *mode, double since_ms, double created_ms)
{
    double scale = call->sim->options.delays ? 1000 * call->sim->options.time_scale : 0;

    if (created_ms > since_ms && !str_eq(mode, "NONE"))
        return created_ms + NEW_S * scale <= (double)call->now_ms;
    return str_eq(mode, "ALL") && since_ms + ALL_S * scale <= (double)call->now_ms;
}

void guardduty_settle(struct sim_call *call)
{
    const struct json *configuration = guardduty_configuration(call, call->account);
    const char *mode = json_str(configuration, "autoEnableOrganizationMembers");
    double since_ms = json_number(configuration, "_since_ms", 0);
    struct sim_organization own;

    if (configuration == NULL || str_eq(mode, "NONE") ||
        !sim_organization_of(call, call->account, &own))
        return;
    for (const struct sim_record *it = sim_first(call, "", "", "membership"); it != NULL;
         it = sim_store_next(it)) {
        const char *account = sim_record_id(it);
        const struct json *facts;

        if (str_eq(account, call->account) ||
            !str_eq(json_str(sim_record_json(it, call->arena), "ManagementAccountId"),
                    own.management))
            continue;
        facts = sim_get(call, "", "", "account", account);
        if (is_due(call, mode, since_ms, json_number(facts, "_created_ms", 0)))
            (void)guardduty_enroll(call, call->account, configuration, account,
                                   json_str(facts, "Email"));
    }
}

/* --- The tables ----------------------------------------------------------------------------------
 */

static const struct sim_rule account_rules[] = {
    {.name = "adminAccountId", .required = true, .min = 12, .max = 12, .chars = "0-9"},
    GUARDDUTY_END,
};
static const struct sim_rule page_rules[] = {GUARDDUTY_RULE_PAGE, GUARDDUTY_END};
static const struct sim_rule update_rules[] = {
    {.name = "autoEnableOrganizationMembers", .values = "NEW|ALL|NONE"},
    GUARDDUTY_END,
};

const struct sim_operation guardduty_organization_operations[] = {
    GUARDDUTY_OPERATION("EnableOrganizationAdminAccount", "POST", "/admin/enable",
                        enable_administrator, SIM_WRITE, account_rules),
    GUARDDUTY_OPERATION("DisableOrganizationAdminAccount", "POST", "/admin/disable",
                        disable_administrator, SIM_WRITE, account_rules),
    GUARDDUTY_OPERATION("ListOrganizationAdminAccounts", "GET", "/admin", list_administrators,
                        SIM_READ, page_rules),
    GUARDDUTY_OPERATION("DescribeOrganizationConfiguration", "GET", "/detector/{DetectorId}/admin",
                        describe_configuration, SIM_READ, page_rules),
    GUARDDUTY_OPERATION("UpdateOrganizationConfiguration", "POST", "/detector/{DetectorId}/admin",
                        update_configuration, SIM_WRITE, update_rules),
    GUARDDUTY_END,
};
