/*
 * organizations_handshakes.c - invitations, and the way from consolidated billing to all features.
 *
 * Source: docs.aws.amazon.com/organizations/latest/APIReference: InviteAccountToOrganization,
 *         EnableAllFeatures, AcceptHandshake and their kin, Handshake.
 * Limits: an invitation lasts 15 days, an approval of all features 90.  No mail is sent.
 */
#include "organizations_priv.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* --- Records -------------------------------------------------------------------------------------
 */

static void put_handshake(struct sim_call *call, const struct json *handshake)
{
    sim_put(call, "", "", "handshake", json_str(handshake, "Id"), handshake);
}

/* One that ran out is expired, whenever it is looked at. */
static struct json *get_handshake(struct sim_call *call, const char *id)
{
    struct json *handshake = sim_get(call, "", "", "handshake", id);
    const char *state = json_str(handshake, "State");

    if ((str_eq(state, "OPEN") || str_eq(state, "REQUESTED")) &&
        json_number(handshake, "_expires_ms", 0) <= (double)call->now_ms) {
        sim_set_str(handshake, "State", "EXPIRED");
        put_handshake(call, handshake);
    }
    return handshake;
}

static bool is_open(const struct json *handshake, const char *action)
{
    const char *state = json_str(handshake, "State");

    return str_eq(json_str(handshake, "Action"), action) &&
           (str_eq(state, "OPEN") || str_eq(state, "REQUESTED"));
}

static void add_party(struct json *parties, const char *id, const char *type)
{
    struct json *party = json_add_object(parties);

    json_put_str(party, "Id", id);
    json_put_str(party, "Type", type);
}

static void add_resource(struct json *resources, const char *type, const char *value)
{
    struct json *resource = json_add_object(resources);

    json_put_str(resource, "Value", value);
    json_put_str(resource, "Type", type);
}

/* `account` may accept it. */
static struct json *new_handshake(struct sim_call *call, const struct org *org, const char *action,
                                  const char *account, int days)
{
    struct json *handshake = json_object(call->arena), *parties;
    const char *id = sim_id(call, "h-", 32, SIM_HEX_DIGITS);
    int64_t expires_ms = call->now_ms + days * DAY_MS;
    char *path = arena_printf(call->arena, "%s/%s", action, id);

    for (char *at = path; *at != '/'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    json_put_str(handshake, "Id", id);
    json_put_str(handshake, "Arn", org_arn(call, org, "handshake", path));
    parties = json_put_array(handshake, "Parties");
    add_party(parties, org->id + 2, "ORGANIZATION");
    if (!str_eq(account, org->management))
        add_party(parties, account, "ACCOUNT");
    json_put_str(handshake, "State", "OPEN");
    sim_put_time(call, handshake, "RequestedTimestamp", call->now_ms);
    sim_put_time(call, handshake, "ExpirationTimestamp", expires_ms);
    json_put_str(handshake, "Action", action);
    add_resource(json_put_array(handshake, "Resources"), "ORGANIZATION", org->id);
    json_put_str(handshake, "_management", org->management);
    json_put_str(handshake, "_account", account);
    json_put_number(handshake, "_expires_ms", (double)expires_ms);
    org_mark(call, org, "handshake", id);
    sim_put(call, account, "", "handshake-to", id, json_object(call->arena));
    return handshake;
}

void org_handshakes_delete(struct sim_call *call, const struct org *org)
{
    const struct sim_record *record;

    while ((record = org_first(call, org, "handshake")) != NULL) {
        const char *id = arena_str(call->arena, sim_record_id(record));
        const struct json *handshake = sim_get(call, "", "", "handshake", id);

        sim_delete(call, json_str(handshake, "_account"), "", "handshake-to", id);
        sim_delete(call, "", "", "handshake", id);
        org_delete(call, org, "handshake", id);
    }
}

static void answer(struct sim_call *call, const struct json *handshake)
{
    json_put(call->answer, "Handshake", handshake);
}

/* --- Invite --------------------------------------------------------------------------------------
 */

static int constraint(struct sim_call *call, const char *reason, const char *text)
{
    return org_reject(call, "HandshakeConstraintViolationException", reason, text);
}

/* The account that is meant; NULL: the error is set. */
static const char *invited_account(struct sim_call *call, const struct json *target)
{
    const char *id = json_str(target, "Id"), *type = json_str(target, "Type");
    const struct json *owner;

    if (id == NULL || (!str_eq(type, "ACCOUNT") && !str_eq(type, "EMAIL"))) {
        (void)org_invalid(call, "INVALID_PARTY_TYPE_TARGET",
                          "You specified the wrong type of entity as a party.");
        return NULL;
    }
    if (str_eq(type, "ACCOUNT") && sim_has(call, "", "", "account", id))
        return id;
    if (str_eq(type, "EMAIL")) {
        owner = sim_get(call, "", "", "email", org_email_key(call, id));
        if (owner != NULL)
            return json_str(owner, "Id");
    }
    (void)org_invalid(call, "INVALID_PATTERN_TARGET_ID", "There is no such account to invite.");
    return NULL;
}

static int check_invitation(struct sim_call *call, const struct org *org, const char *account)
{
    struct sim_organization other;
    const struct sim_record *record;

    if (sim_organization_of(call, account, &other))
        return constraint(call, "ALREADY_IN_AN_ORGANIZATION",
                          "The handshake request is invalid because the recipient account is "
                          "already in an organization.");
    if (org_count(call, org, "member") >= org_accounts_most(call, org))
        return constraint(call, "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
                          "You have exceeded the number of accounts in your organization.");
    for (record = sim_first(call, account, "", "handshake-to"); record != NULL;
         record = sim_store_next(record)) {
        const struct json *open = get_handshake(call, sim_record_id(record));

        if (is_open(open, "INVITE") && str_eq(json_str(open, "_management"), org->management))
            return org_error(call, "DuplicateHandshakeException",
                             "A handshake with the same action and target already exists.");
    }
    return 0;
}

static int invite(struct sim_call *call)
{
    const struct json *tags = json_get(call->params, "Tags"), *organization;
    struct json *handshake, *resources;
    const char *account;
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    account = invited_account(call, json_get(call->params, "Target"));
    if (account == NULL || check_invitation(call, &org, account) != 0 ||
        org_tags_check(call, &org, tags, NULL) != 0)
        return -1;
    organization = org_self(call, &org);
    handshake = new_handshake(call, &org, "INVITE", account, 15);
    json_remove(handshake, "Resources");
    resources = json_put_array(handshake, "Resources");
    add_resource(resources, "ORGANIZATION", org.id);
    add_resource(resources, "MASTER_EMAIL", json_str(organization, "MasterAccountEmail"));
    add_resource(resources, "ORGANIZATION_FEATURE_SET", json_str(organization, "FeatureSet"));
    add_resource(resources, "ACCOUNT", account);
    if (sim_param(call, "Notes") != NULL)
        add_resource(resources, "NOTES", sim_param(call, "Notes"));
    json_put(handshake, "_tags", tags);
    put_handshake(call, handshake);
    answer(call, handshake);
    return 0;
}

/* --- All features --------------------------------------------------------------------------------
 */

/* Whether an open handshake of that action is there; `parent` NULL: any. */
static bool any_open(struct sim_call *call, const struct org *org, const char *action,
                     const char *parent)
{
    const struct sim_record *record;

    for (record = org_first(call, org, "handshake"); record != NULL;
         record = sim_store_next(record)) {
        const struct json *it = get_handshake(call, sim_record_id(record));

        if (is_open(it, action) && (parent == NULL || str_eq(json_str(it, "_parent"), parent)))
            return true;
    }
    return false;
}

/* Members that were invited must approve. */
static bool ask_members(struct sim_call *call, const struct org *org, const char *parent)
{
    const struct sim_record *record;
    bool asked = false;

    for (record = org_first(call, org, "member"); record != NULL; record = sim_store_next(record)) {
        const char *account = sim_record_id(record);
        struct json *child;

        if (str_eq(account, org->management) ||
            !str_eq(json_str(sim_record_json(record, call->arena), "JoinedMethod"), "INVITED"))
            continue;
        child = new_handshake(call, org, "APPROVE_ALL_FEATURES", account, 90);
        json_put_str(child, "_parent", parent);
        put_handshake(call, child);
        asked = true;
    }
    return asked;
}

static int enable_all_features(struct sim_call *call)
{
    struct json *handshake;
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    if (org.all_features)
        return constraint(call, "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
                          "The handshake request is invalid because the organization has already "
                          "enabled all features.");
    if (any_open(call, &org, "ENABLE_ALL_FEATURES", NULL))
        return constraint(call, "ORGANIZATION_IS_ALREADY_PENDING_ALL_FEATURES_MIGRATION",
                          "The organization is already pending migration to all features.");
    handshake = new_handshake(call, &org, "ENABLE_ALL_FEATURES", org.management, 90);
    if (ask_members(call, &org, json_str(handshake, "Id")))
        sim_set_str(handshake, "State", "REQUESTED");
    put_handshake(call, handshake);
    answer(call, handshake);
    return 0;
}

static void finish_all_features(struct sim_call *call, const struct org *org)
{
    struct json *self = org_self(call, org);

    sim_set_str(self, "FeatureSet", "ALL");
    sim_put(call, org->management, "", "organization", "self", self);
    org_type_enable(call, org, org_type(ORG_SCP), call->now_ms);
}

/* --- Accept, decline, cancel ---------------------------------------------------------------------
 */

/* `as_sender`: the organization that sent it, not the account it went to. */
static int need_handshake(struct sim_call *call, bool as_sender, struct json **out)
{
    struct json *handshake = get_handshake(call, sim_param(call, "HandshakeId"));
    const char *owner = json_str(handshake, as_sender ? "_management" : "_account");

    *out = handshake;
    if (handshake == NULL)
        return org_error(call, "HandshakeNotFoundException",
                         "We can't find a handshake with the HandshakeId that you specified.");
    if (!str_eq(owner, call->account))
        return org_error(call, "AccessDeniedException",
                         "You don't have permissions to access this resource.");
    return 0;
}

static int need_open(struct sim_call *call, const struct json *handshake, const char *to_state)
{
    if (str_eq(json_str(handshake, "State"), to_state))
        return org_error(call, "HandshakeAlreadyInStateException",
                         "The specified handshake is already in the requested state.");
    if (!str_eq(json_str(handshake, "State"), "OPEN"))
        return org_error(call, "InvalidHandshakeTransitionException",
                         "You can't perform the operation on the handshake in its current state.");
    return 0;
}

static struct org organization_of(struct sim_call *call, const struct json *handshake)
{
    const char *management = json_str(handshake, "_management");
    const struct json *self = sim_get(call, management, "", "organization", "self");

    return (struct org){
        .id = json_str(self, "Id"),
        .management = management,
        .root = json_str(self, "_root"),
        .all_features = str_eq(json_str(self, "FeatureSet"), "ALL"),
    };
}

static int accept_invitation(struct sim_call *call, const struct json *handshake,
                             const struct org *org)
{
    struct sim_organization other;

    if (sim_organization_of(call, call->account, &other))
        return constraint(call, "ALREADY_IN_AN_ORGANIZATION",
                          "The account is already in an organization.");
    org_join(call, org, call->account, "INVITED", call->now_ms);
    org_tags_add(call, org, call->account, json_get(handshake, "_tags"));
    return 0;
}

/* The last approval opens the organization's own handshake. */
static void approve(struct sim_call *call, const struct json *handshake, const struct org *org)
{
    struct json *parent = get_handshake(call, json_str(handshake, "_parent"));

    if (any_open(call, org, "APPROVE_ALL_FEATURES", json_str(parent, "Id")))
        return;
    if (str_eq(json_str(parent, "State"), "REQUESTED")) {
        sim_set_str(parent, "State", "OPEN");
        put_handshake(call, parent);
    }
}

static int accept_handshake(struct sim_call *call)
{
    struct json *handshake;
    const char *action;
    struct org org;

    if (need_handshake(call, false, &handshake) != 0 || need_open(call, handshake, "ACCEPTED") != 0)
        return -1;
    org = organization_of(call, handshake);
    action = json_str(handshake, "Action");
    if (str_eq(action, "INVITE") && accept_invitation(call, handshake, &org) != 0)
        return -1;
    sim_set_str(handshake, "State", "ACCEPTED");
    put_handshake(call, handshake);
    if (str_eq(action, "APPROVE_ALL_FEATURES"))
        approve(call, handshake, &org);
    if (str_eq(action, "ENABLE_ALL_FEATURES"))
        finish_all_features(call, &org);
    answer(call, handshake);
    return 0;
}

static int end_handshake(struct sim_call *call, bool as_sender, const char *state)
{
    struct json *handshake;

    if (need_handshake(call, as_sender, &handshake) != 0 || need_open(call, handshake, state) != 0)
        return -1;
    sim_set_str(handshake, "State", state);
    put_handshake(call, handshake);
    answer(call, handshake);
    return 0;
}

static int decline_handshake(struct sim_call *call)
{
    return end_handshake(call, false, "DECLINED");
}

static int cancel_handshake(struct sim_call *call)
{
    return end_handshake(call, true, "CANCELED");
}

/* --- Look ----------------------------------------------------------------------------------------
 */

static int describe_handshake(struct sim_call *call)
{
    struct json *handshake = get_handshake(call, sim_param(call, "HandshakeId"));
    bool sent = str_eq(json_str(handshake, "_management"), call->account);

    if (need_handshake(call, sent, &handshake) != 0)
        return -1;
    answer(call, handshake);
    return 0;
}

static int list(struct sim_call *call, const char *account, const char *kind)
{
    const char *action = json_str(json_get(call->params, "Filter"), "ActionType");
    const char *parent = json_str(json_get(call->params, "Filter"), "ParentHandshakeId");
    struct sim_page page = ORG_PAGE_OF("Handshakes");
    const struct sim_record *record;

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (record = sim_page_first(&page, account, "", kind); record != NULL;
         record = sim_page_next(&page, record)) {
        const struct json *it = get_handshake(call, sim_record_id(record));

        if ((action == NULL || str_eq(action, json_str(it, "Action"))) &&
            (parent == NULL || str_eq(parent, json_str(it, "_parent"))))
            json_add(page.items, it);
    }
    return 0;
}

static int list_for_organization(struct sim_call *call)
{
    struct org org;

    if (org_open(call, &org) != 0)
        return -1;
    return list(call, org.management, "org/handshake");
}

static int list_for_account(struct sim_call *call)
{
    return list(call, call->account, "handshake-to");
}

static const struct sim_rule invite_rules[] = {
    {.name = "Target", .required = true},
    {.name = "Notes", .max = 1024},
    ORG_RULES_END,
};
static const struct sim_rule handshake_rules[] = {
    {.name = "HandshakeId", .required = true, .min = 10, .max = 34, .chars = "-a-z0-9"},
    ORG_RULES_END,
};

const struct sim_operation org_handshake_operations[] = {
    ORG_WRITE("InviteAccountToOrganization", invite, invite_rules),
    ORG_WRITE("EnableAllFeatures", enable_all_features, NULL),
    ORG_WRITE("AcceptHandshake", accept_handshake, handshake_rules),
    ORG_WRITE("DeclineHandshake", decline_handshake, handshake_rules),
    ORG_WRITE("CancelHandshake", cancel_handshake, handshake_rules),
    ORG_READ("DescribeHandshake", describe_handshake, handshake_rules),
    ORG_READ("ListHandshakesForOrganization", list_for_organization, NULL),
    ORG_READ("ListHandshakesForAccount", list_for_account, NULL),
    ORG_OPERATIONS_END,
};
