/*
 * cloudtrail.c - AWS CloudTrail: trails of accounts and of the organization.
 *
 * Source: CloudTrail API Reference, version 2013-11-01; CloudTrail User Guide, "Creating a trail
 * for an organization" and "Naming requirements". Limits: no SNS, and no event
 * data stores.
 */
#include "cloudtrail_priv.h"

#include <string.h>

enum { TRAILS_MOST = 5, TAGS_MOST = 50 };

static const char service_principal[] = "cloudtrail.amazonaws.com";

/* --- Which trail ---------------------------------------------------------------------------------
 */

/* arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME */
static const char *account_in(const struct sim_call *call, const char *arn)
{
    const char *at = arn;

    for (int i = 0; i < 4 && at != NULL; i++)
        at = strchr(at, ':') == NULL ? NULL : strchr(at, ':') + 1;
    return at == NULL ? "" : arena_strn(call->arena, at, strcspn(at, ":"));
}

const char *cloudtrail_owner(const struct sim_call *call, const struct json *trail)
{
    return account_in(call, json_str(trail, "TrailARN"));
}

void cloudtrail_put(struct sim_call *call, const struct json *trail)
{
    sim_put(call, cloudtrail_owner(call, trail), "", "trail", json_str(trail, "TrailARN"), trail);
}

static bool is_edge(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool name_is_valid(const char *name)
{
    size_t len = strlen(name);

    if (len < 3 || len > 128 || !is_edge(name[0]) || !is_edge(name[len - 1]))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!is_edge(name[i]) && (strchr("._-", name[i]) == NULL || !is_edge(name[i - 1])))
            return false;
    return true;
}

/* In its own region, and as a shadow in the others if it is for all of them. */
static bool is_visible(const struct sim_call *call, const struct json *trail)
{
    return str_eq(json_str(trail, "HomeRegion"), call->region) ||
           json_bool(trail, "IsMultiRegionTrail", false);
}

static struct json *by_name(struct sim_call *call, const char *account, const char *name)
{
    for (const struct sim_record *it = sim_first(call, account, "", "trail"); it != NULL;
         it = sim_store_next(it)) {
        struct json *trail = sim_record_json(it, call->arena);

        if (str_eq(json_str(trail, "Name"), name) && is_visible(call, trail))
            return trail;
    }
    return NULL;
}

/* Members see their organization's trails. */
static bool may_see(struct sim_call *call, const struct json *trail)
{
    const char *owner = cloudtrail_owner(call, trail);
    struct sim_organization own, other;

    if (str_eq(owner, call->account))
        return true;
    return json_bool(trail, "IsOrganizationTrail", false) &&
           sim_organization_of(call, call->account, &own) &&
           sim_organization_of(call, owner, &other) && str_eq(own.id, other.id);
}

static bool is_delegate(struct sim_call *call, const char *owner)
{
    return sim_is_delegated(call, owner, service_principal, call->account);
}

static struct json *not_found(struct sim_call *call, const char *name)
{
    const char *arn = str_starts(name, "arn:") ? name
                                               : sim_arn(call, "cloudtrail", call->region,
                                                         call->account, "trail/%s", name);

    (void)sim_error(call, "TrailNotFoundException", 400, "Unknown trail: %s for the user: %s", arn,
                    call->account);
    return NULL;
}

struct json *cloudtrail_find(struct sim_call *call, const char *name)
{
    struct json *trail;

    if (!str_starts(name, "arn:")) {
        if (!name_is_valid(name)) {
            (void)sim_error(call, "InvalidTrailNameException", 400, "Trail name %s is not valid.",
                            name);
            return NULL;
        }
        trail = by_name(call, call->account, name);
        return trail == NULL ? not_found(call, name) : trail;
    }
    if (strstr(name, ":cloudtrail:") == NULL || strstr(name, ":trail/") == NULL) {
        (void)sim_error(call, "CloudTrailARNInvalidException", 400,
                        "Resource %s is not a valid ARN.", name);
        return NULL;
    }
    trail = sim_get(call, account_in(call, name), "", "trail", name);
    return trail == NULL || !may_see(call, trail) ? not_found(call, name) : trail;
}

struct json *cloudtrail_open(struct sim_call *call, const char *name)
{
    struct json *trail = cloudtrail_find(call, name);
    const char *owner;

    if (trail == NULL)
        return NULL;
    owner = cloudtrail_owner(call, trail);
    if (!str_eq(owner, call->account) && !is_delegate(call, owner)) {
        (void)sim_error(call, "NotOrganizationMasterAccountException", 400,
                        "The caller is not the management account or a delegated administrator of "
                        "the organization.");
        return NULL;
    }
    if (!str_eq(json_str(trail, "HomeRegion"), call->region)) {
        (void)sim_error(call, "InvalidHomeRegionException", 400,
                        "The trail can be changed only in its home region %s.",
                        json_str(trail, "HomeRegion"));
        return NULL;
    }
    return trail;
}

/* --- Create and update ---------------------------------------------------------------------------
 */

/* Whose an organization's trail is to be.  NULL with the error set. */
static const char *organization_owner(struct sim_call *call)
{
    struct sim_organization organization;

    if (!sim_organization_of(call, call->account, &organization)) {
        (void)sim_error(call, "OrganizationsNotInUseException", 404,
                        "Your account is not a member of an organization.");
        return NULL;
    }
    if (!str_eq(organization.management, call->account) &&
        !is_delegate(call, organization.management)) {
        (void)sim_error(call, "NotOrganizationMasterAccountException", 400,
                        "The caller is not the management account or a delegated administrator of "
                        "the organization.");
        return NULL;
    }
    if (!organization.all_features) {
        (void)sim_error(call, "OrganizationNotInAllFeaturesModeException", 400,
                        "Your organization must have all features enabled.");
        return NULL;
    }
    if (!sim_service_trusted(call, organization.management, service_principal)) {
        (void)sim_error(call, "CloudTrailAccessNotEnabledException", 400,
                        "Trusted access for CloudTrail is not enabled in your organization.");
        return NULL;
    }
    return organization.management;
}

/* The members of a Trail that CreateTrail and UpdateTrail set; `from` is their own parameter. */
static void take_settings(const struct sim_call *call, struct json *trail)
{
    static const struct {
        const char *from, *to;
    } flags[] = {
        {"IncludeGlobalServiceEvents", "IncludeGlobalServiceEvents"},
        {"IsMultiRegionTrail", "IsMultiRegionTrail"},
        {"EnableLogFileValidation", "LogFileValidationEnabled"},
        {"IsOrganizationTrail", "IsOrganizationTrail"},
    };
    static const char *const texts[] = {"S3BucketName", "S3KeyPrefix", "KmsKeyId",
                                        "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (json_get(call->params, flags[i].from) != NULL)
            sim_set_bool(trail, flags[i].to, json_bool(call->params, flags[i].from, false));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = sim_param(call, texts[i]);

        if (text != NULL && text[0] == '\0')
            json_remove(trail, texts[i]); /* so a key or a prefix is taken away */
        else if (text != NULL)
            sim_set_str(trail, texts[i], text);
    }
}

static int check_combination(struct sim_call *call, const struct json *trail)
{
    if (json_bool(trail, "IsMultiRegionTrail", false) &&
        !json_bool(trail, "IncludeGlobalServiceEvents", true))
        return sim_error(call, "InvalidParameterCombinationException", 400,
                         "Multi-Region trail must include global service events.");
    return 0;
}

static const char *const answer_members[] = {
    "Name",
    "S3BucketName",
    "S3KeyPrefix",
    "TrailARN",
    "LogFileValidationEnabled",
    "IncludeGlobalServiceEvents",
    "KmsKeyId",
    "IsMultiRegionTrail",
    "IsOrganizationTrail",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
};

static void show_settings(struct sim_call *call, const struct json *trail)
{
    for (size_t i = 0; i < sizeof answer_members / sizeof answer_members[0]; i++) {
        const struct json *member = json_get(trail, answer_members[i]);

        if (member != NULL)
            json_put(call->answer, answer_members[i], member);
    }
}

static size_t trails_at_home(struct sim_call *call, const char *owner)
{
    size_t count = 0;

    for (const struct sim_record *it = sim_first(call, owner, "", "trail"); it != NULL;
         it = sim_store_next(it))
        count += is_visible(call, sim_record_json(it, call->arena));
    return count;
}

int cloudtrail_check_tags(struct sim_call *call, const struct json *tags)
{
    if (tags != NULL && tags->count > TAGS_MOST)
        return sim_error(call, "TagsLimitExceededException", 400, "Too many tags.");
    for (const struct json *it = json_first(tags); it != NULL; it = it->next) {
        const char *key = json_str(it, "Key");

        if (key == NULL || key[0] == '\0' || strlen(key) > 128 || str_starts(key, "aws:"))
            return sim_error(call, "InvalidTagParameterException", 400, "The tag is not valid.");
    }
    return 0;
}

static int create_trail(struct sim_call *call)
{
    const char *name = sim_param(call, "Name"), *owner = call->account;
    const struct json *tags = json_get(call->params, "TagsList");
    struct json *trail = json_object(call->arena);

    if (!name_is_valid(name))
        return sim_error(call, "InvalidTrailNameException", 400, "Trail name %s is not valid.",
                         name);
    if (json_bool(call->params, "IsOrganizationTrail", false) &&
        (owner = organization_owner(call)) == NULL)
        return -1;
    if (cloudtrail_check_tags(call, tags) != 0)
        return -1;
    if (by_name(call, owner, name) != NULL)
        return sim_error(call, "TrailAlreadyExistsException", 400,
                         "Trail %s already exists for customer: %s", name, owner);
    if (trails_at_home(call, owner) >= TRAILS_MOST)
        return sim_error(call, "MaximumNumberOfTrailsExceededException", 403,
                         "User: %s already has %d trails in %s.", owner, TRAILS_MOST, call->region);
    json_put_str(trail, "Name", name);
    json_put_bool(trail, "IncludeGlobalServiceEvents", true);
    json_put_bool(trail, "IsMultiRegionTrail", false);
    json_put_bool(trail, "LogFileValidationEnabled", false);
    json_put_bool(trail, "IsOrganizationTrail", false);
    json_put_str(trail, "HomeRegion", call->region);
    json_put_str(trail, "TrailARN",
                 sim_arn(call, "cloudtrail", call->region, owner, "trail/%s", name));
    json_put_bool(trail, "HasCustomEventSelectors", false);
    json_put_bool(trail, "HasInsightSelectors", false);
    take_settings(call, trail);
    if (check_combination(call, trail) != 0 || cloudtrail_check_delivery(call, trail) != 0 ||
        cloudtrail_check_logs(call, trail) != 0)
        return -1;
    sim_set(trail, "_tags", tags == NULL ? json_array(call->arena) : tags);
    cloudtrail_put(call, trail);
    show_settings(call, trail);
    return 0;
}

static int update_trail(struct sim_call *call)
{
    struct json *trail = cloudtrail_open(call, sim_param(call, "Name"));

    if (trail == NULL)
        return -1;
    if (json_bool(call->params, "IsOrganizationTrail", false) && organization_owner(call) == NULL)
        return -1;
    take_settings(call, trail);
    if (check_combination(call, trail) != 0 || cloudtrail_check_delivery(call, trail) != 0 ||
        cloudtrail_check_logs(call, trail) != 0)
        return -1;
    cloudtrail_put(call, trail);
    show_settings(call, trail);
    return 0;
}

static int delete_trail(struct sim_call *call)
{
    const struct json *trail = cloudtrail_open(call, sim_param(call, "Name"));

    if (trail == NULL)
        return -1;
    (void)sim_delete(call, cloudtrail_owner(call, trail), "", "trail", json_str(trail, "TrailARN"));
    return 0;
}

/* --- Describe and list ---------------------------------------------------------------------------
 */

static int get_trail(struct sim_call *call)
{
    const struct json *trail = cloudtrail_find(call, sim_param(call, "Name"));

    if (trail == NULL)
        return -1;
    json_put(call->answer, "Trail", trail);
    return 0;
}

/* Every trail that the caller has or, as a member, has a shadow of: call `each` with it. */
static void for_each_trail(struct sim_call *call,
                           void (*each)(struct sim_call *call, const struct json *trail,
                                        struct json *list),
                           struct json *list)
{
    struct sim_organization own;

    for (const struct sim_record *it = sim_first(call, call->account, "", "trail"); it != NULL;
         it = sim_store_next(it))
        each(call, sim_record_json(it, call->arena), list);
    if (!sim_organization_of(call, call->account, &own) || str_eq(own.management, call->account))
        return;
    for (const struct sim_record *it = sim_first(call, own.management, "", "trail"); it != NULL;
         it = sim_store_next(it)) {
        const struct json *trail = sim_record_json(it, call->arena);

        if (json_bool(trail, "IsOrganizationTrail", false))
            each(call, trail, list);
    }
}

/* A shadow: of another region's trail, or of the organization's. */
static bool is_shadow(const struct sim_call *call, const struct json *trail)
{
    return !str_eq(json_str(trail, "HomeRegion"), call->region) ||
           !str_eq(cloudtrail_owner(call, trail), call->account);
}

static void describe_one(struct sim_call *call, const struct json *trail, struct json *list)
{
    bool shadows = json_bool(call->params, "includeShadowTrails", true);

    if (is_visible(call, trail) && (shadows || !is_shadow(call, trail)))
        json_add(list, trail);
}

/* A name that is not there is left out, not an error. */
static int describe_trails(struct sim_call *call)
{
    const struct json *names = json_get(call->params, "trailNameList");
    struct json *list = json_put_array(call->answer, "trailList"), *all;

    if (json_first(names) == NULL) {
        for_each_trail(call, describe_one, list);
        return 0;
    }
    all = json_array(call->arena);
    for_each_trail(call, describe_one, all);
    for (const struct json *name = json_first(names); name != NULL; name = name->next)
        for (const struct json *it = all->first; it != NULL; it = it->next)
            if (str_eq(name->string, json_str(it, "TrailARN")) ||
                (str_eq(name->string, json_str(it, "Name")) &&
                 str_eq(cloudtrail_owner(call, it), call->account)))
                json_add(list, it);
    return 0;
}

static void list_one(struct sim_call *call, const struct json *trail, struct json *list)
{
    struct json *item = json_add_object(list);

    (void)call;
    json_put_str(item, "TrailARN", json_str(trail, "TrailARN"));
    json_put_str(item, "Name", json_str(trail, "Name"));
    json_put_str(item, "HomeRegion", json_str(trail, "HomeRegion"));
}

static int list_trails(struct sim_call *call)
{
    for_each_trail(call, list_one, json_put_array(call->answer, "Trails"));
    return 0;
}

#define NAME                                                                                       \
    {                                                                                              \
        .name = "Name", .required = true, .min = 1                                                 \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const struct sim_rule name_rules[] = {NAME, END};
static const struct sim_rule create_rules[] = {
    NAME,
    {.name = "S3BucketName", .required = true, .min = 1},
    {.name = "S3KeyPrefix", .max = 200},
    END,
};

const struct sim_operation cloudtrail_trail_operations[] = {
    {.name = "CreateTrail", .handler = create_trail, .access = SIM_WRITE, .rules = create_rules},
    {.name = "UpdateTrail", .handler = update_trail, .access = SIM_WRITE, .rules = name_rules},
    {.name = "DeleteTrail", .handler = delete_trail, .access = SIM_WRITE, .rules = name_rules},
    {.name = "GetTrail", .handler = get_trail, .rules = name_rules},
    {.name = "DescribeTrails", .handler = describe_trails},
    {.name = "ListTrails", .handler = list_trails},
    END,
};

const struct sim_service sim_service_cloudtrail = {
    .name = "cloudtrail",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
    .bad_input = "InvalidParameterException",
    .operations = {cloudtrail_trail_operations, cloudtrail_setting_operations,
                   cloudtrail_history_operations},
};
