/*
 * account.c - AWS Account Management: contacts, names and regions of accounts.
 *
 * Source: docs.aws.amazon.com/accounts/latest/APIReference, API version 2021-02-01; AWS Account
 *         Management Reference Guide, "Enable trusted access for AWS Account Management".
 * Limits: a primary email cannot be changed, and phone numbers are not verified.
 */
#include "sim_priv.h"

#include "plinth/base/time.h"

/* Seconds that turning a region on or off takes; AWS needs minutes, sometimes hours. */
enum { REGION_S_LEAST = 120, REGION_S_RANGE = 180, REGIONS_PAGE = 50 };

static int invalid(struct sim_call *call, const char *reason, const char *text)
{
    (void)sim_error(call, "ValidationException", 400, "%s", text);
    sim_error_put(call, "reason", reason);
    return -1;
}

static int not_found(struct sim_call *call, const char *text)
{
    return sim_error(call, "ResourceNotFoundException", 404, "%s", text);
}

/* --- Whose account -------------------------------------------------------------------------------
 */

static int refuse(struct sim_call *call, const char *why)
{
    return sim_error(call, "AccessDeniedException", 403,
                     "User: %s is not authorized to perform: %s (%s)", call->principal.arn,
                     sim_action(call), why);
}

/* The account that a call is about: its parameter AccountId, or the caller's own.  AWS lets the
 * management account (and a delegated administrator) name its members, itself not. */
static int open_account(struct sim_call *call, const char **out)
{
    const char *wanted = sim_param(call, "AccountId");
    struct sim_organization own, other;

    *out = wanted == NULL ? call->account : wanted;
    if (wanted == NULL)
        return 0;
    if (!sim_organization_of(call, call->account, &own))
        return refuse(call, "Your account is not a member of an organization.");
    if (!own.all_features)
        return refuse(call, "Your organization must first enable all features.");
    if (!sim_service_trusted(call, own.management, "account.amazonaws.com"))
        return refuse(call, "Your organization must first enable trusted access with AWS Account "
                            "Management.");
    if (!str_eq(call->account, own.management) &&
        !sim_is_delegated(call, own.management, "account.amazonaws.com", call->account))
        return refuse(call, "You are not the management account or a delegated administrator.");
    if (str_eq(wanted, own.management))
        return refuse(call, "The management account can only be managed using the standalone "
                            "context from the management account.");
    if (!sim_organization_of(call, wanted, &other) || !str_eq(other.id, own.id))
        return refuse(call, "The AccountId provided is not a member of your organization.");
    return 0;
}

/* --- Alternate contacts --------------------------------------------------------------------------
 */

static int put_alternate_contact(struct sim_call *call)
{
    static const char *const members[] = {"Name", "Title", "EmailAddress", "PhoneNumber",
                                          "AlternateContactType"};
    const char *account;
    struct json *contact;

    if (open_account(call, &account) != 0)
        return -1;
    contact = json_object(call->arena);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_put_str(contact, members[i], sim_param(call, members[i]));
    sim_put(call, account, "", "alternate-contact", sim_param(call, "AlternateContactType"),
            contact);
    return 0;
}

static int no_contact(struct sim_call *call)
{
    return not_found(call, "No contact of the inputted alternate contact type found.");
}

static int get_alternate_contact(struct sim_call *call)
{
    const char *account;
    struct json *contact;

    if (open_account(call, &account) != 0)
        return -1;
    contact =
        sim_get(call, account, "", "alternate-contact", sim_param(call, "AlternateContactType"));
    if (contact == NULL)
        return no_contact(call);
    json_put(call->answer, "AlternateContact", contact);
    return 0;
}

static int delete_alternate_contact(struct sim_call *call)
{
    const char *account;

    if (open_account(call, &account) != 0)
        return -1;
    if (!sim_delete(call, account, "", "alternate-contact",
                    sim_param(call, "AlternateContactType")))
        return no_contact(call);
    return 0;
}

/* --- Contact, name and email ---------------------------------------------------------------------
 */

static const struct sim_rule contact_rules[] = {
    {.name = "FullName", .required = true, .min = 1, .max = 50},
    {.name = "AddressLine1", .required = true, .min = 1, .max = 60},
    {.name = "AddressLine2", .min = 1, .max = 60},
    {.name = "AddressLine3", .min = 1, .max = 60},
    {.name = "City", .required = true, .min = 1, .max = 50},
    {.name = "StateOrRegion", .min = 1, .max = 50},
    {.name = "DistrictOrCounty", .min = 1, .max = 50},
    {.name = "PostalCode", .required = true, .min = 1, .max = 20},
    {.name = "CountryCode", .required = true, .min = 2, .max = 2},
    {.name = "PhoneNumber", .required = true, .min = 1, .max = 20, .chars = "-+ 0-9()"},
    {.name = "CompanyName", .min = 1, .max = 50},
    {.name = "WebsiteUrl", .min = 1, .max = 256},
    {.name = NULL},
};

static int put_contact(struct sim_call *call)
{
    const struct json *given = json_get(call->params, "ContactInformation");
    const char *account;
    struct json *contact;

    if (open_account(call, &account) != 0 || sim_check_rules(call, contact_rules, given) != 0)
        return -1;
    contact = json_object(call->arena);
    for (const struct sim_rule *rule = contact_rules; rule->name != NULL; rule++)
        json_put_str(contact, rule->name, json_str(given, rule->name));
    sim_put(call, account, "", "contact", "self", contact);
    return 0;
}

/* A created account has its management account's contact until it gets its own. */
static int get_contact(struct sim_call *call)
{
    struct sim_organization own;
    const char *account;
    struct json *contact;

    if (open_account(call, &account) != 0)
        return -1;
    contact = sim_get(call, account, "", "contact", "self");
    if (contact == NULL && sim_organization_of(call, account, &own))
        contact = sim_get(call, own.management, "", "contact", "self");
    if (contact == NULL)
        return not_found(call, "No contact information found.");
    json_put(call->answer, "ContactInformation", contact);
    return 0;
}

static int get_primary_email(struct sim_call *call)
{
    const char *account;

    if (open_account(call, &account) != 0)
        return -1;
    json_put_str(call->answer, "PrimaryEmail",
                 json_str(sim_get(call, "", "", "account", account), "Email"));
    return 0;
}

static int put_account_name(struct sim_call *call)
{
    const char *account;
    struct json *record;

    if (open_account(call, &account) != 0)
        return -1;
    record = sim_get(call, "", "", "account", account);
    sim_set_str(record, "Name", sim_param(call, "AccountName"));
    sim_put(call, "", "", "account", account, record);
    return 0;
}

static int get_account_information(struct sim_call *call)
{
    char created[TIME_TEXT_BYTES];
    const char *account;
    struct json *record;

    if (open_account(call, &account) != 0)
        return -1;
    record = sim_get(call, "", "", "account", account);
    time_rfc3339((int64_t)json_number(record, "_created_ms", 0), created);
    json_put_str(call->answer, "AccountId", account);
    json_put_str(call->answer, "AccountName", json_str(record, "Name"));
    json_put_str(call->answer, "AccountCreatedDate", created);
    json_put_str(call->answer, "AccountState",
                 str_eq(json_str(record, "_status"), "ACTIVE") ? "ACTIVE" : "CLOSED");
    return 0;
}

/* --- Regions -------------------------------------------------------------------------------------
 */

static int open_region(struct sim_call *call, const struct sim_region **out)
{
    *out = sim_region_find(sim_param(call, "RegionName"));
    if (*out != NULL && str_eq((*out)->partition, call->sim->partition))
        return 0;
    return invalid(call, "invalidRegionOptTarget", "The region does not exist.");
}

static int get_region_status(struct sim_call *call)
{
    const struct sim_region *region;
    const char *account;

    if (open_account(call, &account) != 0 || open_region(call, &region) != 0)
        return -1;
    json_put_str(call->answer, "RegionName", region->name);
    json_put_str(call->answer, "RegionOptStatus", sim_region_status(call, account, region));
    return 0;
}

/* `to` and `busy`: what it is to become, and what stands in the way. */
static int switch_region(struct sim_call *call, const char *to, const char *on_the_way,
                         const char *busy)
{
    const struct sim_region *region;
    const char *account, *status;
    struct json *record;
    double seconds;

    if (open_account(call, &account) != 0 || open_region(call, &region) != 0)
        return -1;
    if (!sim_region_is_optional(call->sim, region))
        return invalid(call, "invalidRegionOptTarget",
                       "The region is enabled by default and can't be changed.");
    status = sim_region_status(call, account, region);
    if (str_eq(status, busy))
        return sim_error(call, "ConflictException", 409,
                         "The region is in the state %s. Try again later.", busy);
    if (str_eq(status, to) || str_eq(status, on_the_way))
        return 0;
    seconds = REGION_S_LEAST + (double)rng_below(call->sim->env->rng, REGION_S_RANGE);
    record = json_object(call->arena);
    json_put_str(record, "RegionOptStatus", to);
    json_put_number(record, "_ready_ms", (double)sim_due_ms(call, seconds));
    sim_put(call, account, "", "region", region->name, record);
    return 0;
}

static int enable_region(struct sim_call *call)
{
    return switch_region(call, "ENABLED", "ENABLING", "DISABLING");
}

static int disable_region(struct sim_call *call)
{
    return switch_region(call, "DISABLED", "DISABLING", "ENABLING");
}

static const char region_states[] = "ENABLED|ENABLING|DISABLING|DISABLED|ENABLED_BY_DEFAULT";

static int check_filter(struct sim_call *call, const struct json *filter)
{
    const struct sim_rule rule = {.name = "RegionOptStatusContains", .values = region_states};

    for (const struct json *it = json_first(filter); it != NULL; it = it->next)
        if (sim_check(call, &rule, it) != 0)
            return -1;
    return 0;
}

static bool status_wanted(const struct json *filter, const char *status)
{
    if (json_first(filter) == NULL)
        return true;
    for (const struct json *it = json_first(filter); it != NULL; it = it->next)
        if (str_eq(it->string, status))
            return true;
    return false;
}

/* The token is the place in the table of regions. */
static int list_regions(struct sim_call *call)
{
    const struct json *filter = json_get(call->params, "RegionOptStatusContains");
    const char *token = sim_param(call, "NextToken"), *account;
    size_t size = (size_t)json_number(call->params, "MaxResults", REGIONS_PAGE);
    const struct sim_region *region;
    struct json *regions;
    uint64_t at = 0;

    if (open_account(call, &account) != 0 || check_filter(call, filter) != 0)
        return -1;
    if (token != NULL && !str_to_u64(token, &at))
        return invalid(call, "fieldValidationFailed", "The NextToken is invalid.");
    regions = json_put_array(call->answer, "Regions");
    for (; (region = sim_region_at(at)) != NULL && regions->count < size; at++) {
        const char *status = sim_region_status(call, account, region);
        struct json *item;

        if (!str_eq(region->partition, call->sim->partition) || !status_wanted(filter, status))
            continue;
        item = json_add_object(regions);
        json_put_str(item, "RegionName", region->name);
        json_put_str(item, "RegionOptStatus", status);
    }
    if (region != NULL)
        json_put_str(call->answer, "NextToken",
                     arena_printf(call->arena, "%llu", (unsigned long long)at));
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

#define ACCOUNT_ID(REQUIRED)                                                                       \
    {                                                                                              \
        .name = "AccountId", .required = (REQUIRED), .min = 12, .max = 12, .chars = "0-9",         \
        .pattern = "\\d{12}"                                                                       \
    }
#define CONTACT_TYPE                                                                               \
    {                                                                                              \
        .name = "AlternateContactType", .required = true, .values = "BILLING|OPERATIONS|SECURITY"  \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define OPERATION(NAME, URI, HANDLER, ACCESS, RULES)                                               \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .access = (ACCESS), .rules = (RULES),                \
        .method = "POST", .uri = (URI)                                                             \
    }

static const struct sim_rule account_rules[] = {ACCOUNT_ID(false), END};
static const struct sim_rule email_rules[] = {ACCOUNT_ID(true), END};
static const struct sim_rule type_rules[] = {ACCOUNT_ID(false), CONTACT_TYPE, END};
static const struct sim_rule put_alternate_rules[] = {
    ACCOUNT_ID(false),
    CONTACT_TYPE,
    {.name = "Name", .required = true, .min = 1, .max = 64},
    {.name = "Title", .required = true, .min = 1, .max = 50},
    {.name = "EmailAddress",
     .required = true,
     .min = 1,
     .max = 254,
     .chars = "-a-zA-Z0-9_+=.#|!&@ ",
     .pattern = "[\\s]*[\\w+=.#|!&-]+@[\\w.-]+\\.[\\w]+[\\s]*"},
    {.name = "PhoneNumber",
     .required = true,
     .min = 1,
     .max = 25,
     .chars = "-+ 0-9()",
     .pattern = "[\\s0-9()+-]+"},
    END,
};
static const struct sim_rule put_contact_rules[] = {
    ACCOUNT_ID(false),
    {.name = "ContactInformation", .required = true},
    END,
};
static const struct sim_rule name_rules[] = {
    ACCOUNT_ID(false),
    {.name = "AccountName",
     .required = true,
     .min = 1,
     .max = 50,
     .chars = " -;=?-~",
     .pattern = "[ -;=?-~]+"},
    END,
};
static const struct sim_rule region_rules[] = {
    ACCOUNT_ID(false),
    {.name = "RegionName", .required = true, .min = 1, .max = 50},
    END,
};
static const struct sim_rule list_rules[] = {
    ACCOUNT_ID(false),
    {.name = "MaxResults", .number = true, .min = 1, .max = 50},
    {.name = "NextToken", .max = 1000},
    END,
};

static const struct sim_operation operations[] = {
    OPERATION("PutAlternateContact", "/putAlternateContact", put_alternate_contact, SIM_WRITE,
              put_alternate_rules),
    OPERATION("GetAlternateContact", "/getAlternateContact", get_alternate_contact, SIM_READ,
              type_rules),
    OPERATION("DeleteAlternateContact", "/deleteAlternateContact", delete_alternate_contact,
              SIM_WRITE, type_rules),
    OPERATION("PutContactInformation", "/putContactInformation", put_contact, SIM_WRITE,
              put_contact_rules),
    OPERATION("GetContactInformation", "/getContactInformation", get_contact, SIM_READ,
              account_rules),
    OPERATION("GetPrimaryEmail", "/getPrimaryEmail", get_primary_email, SIM_READ, email_rules),
    OPERATION("PutAccountName", "/putAccountName", put_account_name, SIM_WRITE, name_rules),
    OPERATION("GetAccountInformation", "/getAccountInformation", get_account_information, SIM_READ,
              account_rules),
    OPERATION("GetRegionOptStatus", "/getRegionOptStatus", get_region_status, SIM_READ,
              region_rules),
    OPERATION("ListRegions", "/listRegions", list_regions, SIM_READ, list_rules),
    OPERATION("EnableRegion", "/enableRegion", enable_region, SIM_WRITE, region_rules),
    OPERATION("DisableRegion", "/disableRegion", disable_region, SIM_WRITE, region_rules),
    END,
};

const struct sim_service sim_service_account = {
    .name = "account",
    .protocol = SIM_REST_JSON,
    .global = true,
    .bad_input = "ValidationException",
    .throttled = "TooManyRequestsException",
    .throttled_status = 429,
    .operations = {operations},
};
