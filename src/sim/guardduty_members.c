/*
 * guardduty_members.c - the members of a GuardDuty administrator.
 *
 * Source: GuardDuty API Reference, CreateMembers and its kin; user guide, "Understanding the
 *         relationship between GuardDuty administrator account and member accounts"; the texts of
 *         unprocessed accounts are those that users of the service quote.
 * Limits: accounts outside of the organization stay "Created": nobody can be invited.
 */
#include "guardduty_priv.h"

/* --- The relationship ----------------------------------------------------------------------------
 */

static struct json *member_get(struct sim_call *call, const char *administrator,
                               const char *account)
{
    return sim_get(call, administrator, call->region, "guardduty/member", account);
}

static void member_put(struct sim_call *call, const char *administrator, const char *account,
                       const char *email, const char *status)
{
    struct json *member = member_get(call, administrator, account);

    if (member == NULL) {
        member = json_object(call->arena);
        json_put_str(member, "accountId", account);
        json_put_str(member, "masterId", administrator);
        json_put_str(member, "administratorId", administrator);
        json_put_str(member, "invitedAt", guardduty_now(call));
    }
    if (email != NULL)
        sim_set_str(member, "email", email);
    sim_set_str(member, "relationshipStatus", status);
    sim_set_str(member, "updatedAt", guardduty_now(call));
    sim_put(call, administrator, call->region, "guardduty/member", account, member);
}

const char *guardduty_relationship(struct sim_call *call, const char *administrator,
                                   const char *account)
{
    const char *status = json_str(member_get(call, administrator, account), "relationshipStatus");

    if (str_eq(status, "Enabled") &&
        !str_eq(json_str(guardduty_detector(call, account), "status"), "ENABLED"))
        return "Disabled";
    return status;
}

bool guardduty_is_associated(struct sim_call *call, const char *administrator, const char *account)
{
    const char *status = guardduty_relationship(call, administrator, account);

    return str_eq(status, "Enabled") || str_eq(status, "Disabled");
}

size_t guardduty_associated_count(struct sim_call *call, const char *administrator)
{
    size_t count = 0;

    for (const struct sim_record *it =
             sim_first(call, administrator, call->region, "guardduty/member");
         it != NULL; it = sim_store_next(it))
        count += guardduty_is_associated(call, administrator, sim_record_id(it));
    return count;
}

const char *guardduty_administrator_of(struct sim_call *call, const char *account)
{
    struct sim_organization own;
    const char *administrator;

    if (!sim_organization_of(call, account, &own))
        return NULL;
    administrator =
        json_str(sim_get(call, own.management, call->region, "guardduty/administrator", "self"),
                 "adminAccountId");
    return administrator != NULL && guardduty_is_associated(call, administrator, account)
               ? administrator
               : NULL;
}

/* --- Enrolling -----------------------------------------------------------------------------------
 */

static bool has_region(struct sim_call *call, const char *account)
{
    const char *status = sim_region_status(call, account, sim_region_find(call->region));

    return str_starts(status, "ENABLED");
}

/* What the configuration enables is enabled; of a new detector, everything else is not. */
static void set_features(struct json *detector, const struct json *configuration, bool is_new)
{
    const struct json *modes = json_get(configuration, "_features");
    struct json *features = json_object(detector->arena);

    for (const struct json *it = json_first(json_get(detector, "_features")); it != NULL;
         it = it->next) {
        bool automatic = !str_eq(json_str(modes, it->key), "NONE");

        json_put_str(features, it->key, automatic ? "ENABLED" : is_new ? "DISABLED" : it->string);
    }
    sim_set(detector, "_features", features);
}

const char *guardduty_enroll(struct sim_call *call, const char *administrator,
                             const struct json *configuration, const char *account,
                             const char *email)
{
    struct json *detector = guardduty_detector(call, account);
    struct json *before;
    struct sim_organization own;
    bool is_new = detector == NULL;

    (void)sim_organization_of(call, account, &own);
    if (!has_region(call, account))
        return "The request is rejected because the Region is not enabled in the given account.";
    if (str_eq(account, own.management) && !guardduty_is_associated(call, administrator, account) &&
        !str_eq(json_str(detector, "status"), "ENABLED"))
        return "Operation failed because your organization master must first enable GuardDuty to "
               "be added as a member";
    if (is_new)
        detector = guardduty_detector_new(call);
    before = json_copy(detector, call->arena);
    sim_set_str(detector, "status", "ENABLED");
    set_features(detector, configuration, is_new);
    if (is_new || !json_equal(before, detector))
        guardduty_detector_put(call, account, detector);
    if (!str_eq(guardduty_relationship(call, administrator, account), "Enabled"))
        member_put(call, administrator, account, email, "Enabled");
    return NULL;
}

/* --- Lists of accounts, as most operations here take ---------------------------------------------
 */

static void unprocessed(struct json *list, const char *account, const char *why)
{
    struct json *item = json_add_object(list);

    json_put_str(item, "accountId", account);
    json_put_str(item, "result", why);
}

static int check_accounts(struct sim_call *call, const struct json *list)
{
    static const struct sim_rule rule = {
        .name = "accountIds", .required = true, .min = 12, .max = 12, .chars = "0-9"};

    if (list == NULL || list->type != JSON_ARRAY || list->count == 0 ||
        list->count > GUARDDUTY_PAGE)
        return guardduty_invalid(call);
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (sim_check(call, &rule, it->type == JSON_OBJECT ? json_get(it, "accountId") : it) != 0)
            return -1;
    return 0;
}

/* Open the detector, check the accounts, and put "unprocessedAccounts".  -1: the error is set. */
static int open_list(struct sim_call *call, struct json **out_unprocessed)
{
    struct json *detector;

    if (guardduty_open(call, &detector) != 0 ||
        check_accounts(call, json_get(call->params, "accountIds")) != 0)
        return -1;
    *out_unprocessed = json_put_array(call->answer, "unprocessedAccounts");
    return 0;
}

/* For each associated one of accountIds; the others are unprocessed. */
static void each_member(struct sim_call *call, struct json *list,
                        void (*fn)(struct sim_call *call, const char *account))
{
    for (const struct json *it = json_first(json_get(call->params, "accountIds")); it != NULL;
         it = it->next)
        if (guardduty_is_associated(call, call->account, it->string))
            fn(call, it->string);
        else
            unprocessed(list, it->string,
                        "The request is rejected because the given account ID is not an associated "
                        "member of account the current account.");
}

/* While all are enabled automatically nobody may be left out.  -1: the error is set. */
static int may_leave_out(struct sim_call *call)
{
    if (!str_eq(
            json_str(guardduty_configuration(call, call->account), "autoEnableOrganizationMembers"),
            "ALL"))
        return 0;
    return guardduty_reject(call,
                            "The request is rejected because the autoEnableOrganizationMembers "
                            "configuration of your organization is set to ALL.");
}

/* --- Create, list, get ---------------------------------------------------------------------------
 */

/* Why not; NULL: it was made a member. */
static const char *create_one(struct sim_call *call, const char *account, const char *email)
{
    struct sim_organization own, other;

    if (str_eq(account, call->account))
        return "The request is rejected because the current account cannot be its own member.";
    if (guardduty_is_associated(call, call->account, account))
        return "The request is rejected because the given account ID is already a member or "
               "associated member of the current account.";
    if (guardduty_is_administrator(call, call->account) &&
        sim_organization_of(call, call->account, &own) &&
        sim_organization_of(call, account, &other) && str_eq(own.id, other.id))
        return guardduty_enroll(call, call->account, guardduty_configuration(call, call->account),
                                account, email);
    member_put(call, call->account, account, email, "Created");
    return NULL;
}

static int create_members(struct sim_call *call)
{
    static const struct sim_rule rule = {.name = "email", .required = true, .min = 6, .max = 64};
    const struct json *details = json_get(call->params, "accountDetails");
    struct json *detector, *list;

    if (guardduty_open(call, &detector) != 0 || check_accounts(call, details) != 0)
        return -1;
    for (const struct json *it = json_first(details); it != NULL; it = it->next)
        if (sim_check(call, &rule, json_get(it, "email")) != 0)
            return -1;
    list = json_put_array(call->answer, "unprocessedAccounts");
    for (const struct json *it = json_first(details); it != NULL; it = it->next) {
        const char *account = json_str(it, "accountId");
        const char *why = create_one(call, account, json_str(it, "email"));

        if (why != NULL)
            unprocessed(list, account, why);
    }
    return 0;
}

static void add_member(struct sim_call *call, struct json *list, const char *account)
{
    const struct json *detector = guardduty_detector(call, account);
    struct json *member = member_get(call, call->account, account);

    sim_set_str(member, "relationshipStatus", guardduty_relationship(call, call->account, account));
    if (detector != NULL && guardduty_is_associated(call, call->account, account))
        json_put_str(member, "detectorId", json_str(detector, "detectorId"));
    json_add(list, member);
}

static int list_members(struct sim_call *call)
{
    const char *only = sim_param(call, "onlyAssociated");
    bool all = str_eq(only, "false") || str_eq(only, "FALSE") || str_eq(only, "False");
    struct sim_page page = GUARDDUTY_PAGE_OF("members");
    const struct sim_record *record;
    struct json *detector;

    if (guardduty_open(call, &detector) != 0 || sim_page_open(call, &page) != 0)
        return -1;
    if (sim_param(call, "nextToken") == NULL)
        guardduty_settle(call);
    for (record = sim_page_first(&page, call->account, call->region, "guardduty/member");
         record != NULL; record = sim_page_next(&page, record))
        if (all || guardduty_is_associated(call, call->account, sim_record_id(record)))
            add_member(call, page.items, sim_record_id(record));
    return 0;
}

static int get_members(struct sim_call *call)
{
    struct json *list, *members;

    if (open_list(call, &list) != 0)
        return -1;
    members = json_put_array(call->answer, "members");
    for (const struct json *it = json_first(json_get(call->params, "accountIds")); it != NULL;
         it = it->next)
        if (member_get(call, call->account, it->string) != NULL)
            add_member(call, members, it->string);
        else
            unprocessed(list, it->string,
                        "The request is rejected because the given account ID is not a member of "
                        "the current account.");
    return 0;
}

/* --- Their detectors -----------------------------------------------------------------------------
 */

static void show_detector(struct sim_call *call, const char *account)
{
    const struct json *detector = guardduty_detector(call, account);
    struct json *out = json_object(call->arena), *members;

    json_put_str(out, "accountId", account);
    guardduty_put_data_sources(out, detector);
    guardduty_features_put(call, GUARDDUTY_OF_MEMBER, out, json_get(detector, "_features"),
                           (int64_t)json_number(detector, "_updated_ms", 0));
    members = call->answer->last; /* put there by get_detectors */
    json_add(members, out);
}

static int get_detectors(struct sim_call *call)
{
    struct json *list;

    if (open_list(call, &list) != 0)
        return -1;
    (void)json_put_array(call->answer, "members");
    each_member(call, list, show_detector);
    return 0;
}

/* Its features were checked before. */
static void update_one(struct sim_call *call, const char *account)
{
    struct json *detector = guardduty_detector(call, account);
    struct json *features = json_copy(json_get(detector, "_features"), call->arena);

    (void)guardduty_features_read(call, GUARDDUTY_OF_MEMBER, features);
    sim_set(detector, "_features", features);
    guardduty_detector_put(call, account, detector);
}

static int update_detectors(struct sim_call *call)
{
    struct json *list;

    if (open_list(call, &list) != 0 ||
        guardduty_features_read(call, GUARDDUTY_OF_MEMBER, json_object(call->arena)) != 0)
        return -1;
    each_member(call, list, update_one);
    return 0;
}

static void set_status(struct sim_call *call, const char *account, const char *status)
{
    struct json *detector = guardduty_detector(call, account);

    sim_set_str(detector, "status", status);
    guardduty_detector_put(call, account, detector);
}

static void start_one(struct sim_call *call, const char *account)
{
    set_status(call, account, "ENABLED");
}

static void stop_one(struct sim_call *call, const char *account)
{
    set_status(call, account, "DISABLED");
}

static int start_monitoring(struct sim_call *call)
{
    struct json *list;

    if (open_list(call, &list) != 0)
        return -1;
    each_member(call, list, start_one);
    return 0;
}

static int stop_monitoring(struct sim_call *call)
{
    struct json *list;

    if (open_list(call, &list) != 0 || may_leave_out(call) != 0)
        return -1;
    each_member(call, list, stop_one);
    return 0;
}

/* --- Leaving -------------------------------------------------------------------------------------
 */

static void disassociate_one(struct sim_call *call, const char *account)
{
    member_put(call, call->account, account, NULL, "Removed");
}

static int disassociate(struct sim_call *call)
{
    struct json *list;

    if (open_list(call, &list) != 0 || may_leave_out(call) != 0)
        return -1;
    each_member(call, list, disassociate_one);
    return 0;
}

static int delete_members(struct sim_call *call)
{
    struct json *list;

    if (open_list(call, &list) != 0 || may_leave_out(call) != 0)
        return -1;
    for (const struct json *it = json_first(json_get(call->params, "accountIds")); it != NULL;
         it = it->next)
        if (guardduty_is_associated(call, call->account, it->string))
            unprocessed(list, it->string,
                        "The request is rejected because the given account ID is an associated "
                        "member: disassociate it first.");
        else if (!sim_delete(call, call->account, call->region, "guardduty/member", it->string))
            unprocessed(list, it->string,
                        "The request is rejected because the given account ID is not a member of "
                        "the current account.");
    return 0;
}

static int get_administrator(struct sim_call *call)
{
    struct json *detector, *out;
    const char *administrator;

    if (guardduty_open(call, &detector) != 0)
        return -1;
    administrator = guardduty_administrator_of(call, call->account);
    out = json_put_object(call->answer, "administrator");
    if (administrator == NULL)
        return 0;
    json_put_str(out, "accountId", administrator);
    json_put_str(out, "relationshipStatus",
                 guardduty_relationship(call, administrator, call->account));
    return 0;
}

static const struct sim_rule list_rules[] = {GUARDDUTY_RULE_PAGE, GUARDDUTY_END};

#define MEMBERS(NAME, VERB, HANDLER, ACCESS)                                                       \
    GUARDDUTY_OPERATION(NAME, "POST", "/detector/{DetectorId}/member" VERB, HANDLER, ACCESS, NULL)

const struct sim_operation guardduty_member_operations[] = {
    MEMBERS("CreateMembers", "", create_members, SIM_WRITE),
    MEMBERS("GetMembers", "/get", get_members, SIM_READ),
    MEMBERS("DeleteMembers", "/delete", delete_members, SIM_WRITE),
    MEMBERS("DisassociateMembers", "/disassociate", disassociate, SIM_WRITE),
    MEMBERS("StartMonitoringMembers", "/start", start_monitoring, SIM_WRITE),
    MEMBERS("StopMonitoringMembers", "/stop", stop_monitoring, SIM_WRITE),
    MEMBERS("GetMemberDetectors", "/detector/get", get_detectors, SIM_READ),
    MEMBERS("UpdateMemberDetectors", "/detector/update", update_detectors, SIM_WRITE),
    GUARDDUTY_OPERATION("ListMembers", "GET", "/detector/{DetectorId}/member", list_members,
                        SIM_READ, list_rules),
    GUARDDUTY_OPERATION("GetAdministratorAccount", "GET", "/detector/{DetectorId}/administrator",
                        get_administrator, SIM_READ, NULL),
    GUARDDUTY_END,
};
