/*
 * ec2_defaults.c - what an account has set for all its instances, images and snapshots of a region,
 * and what a declarative policy of the organization holds in its place.
 *
 * Records, each absent while AWS's default holds:
 *   (account, region, "ec2-default", "snapshot-public-access") -> {"state"}
 *   (account, region, "ec2-default", "image-public-access")    -> {"state", "_before", "_ready_ms"}
 *   (account, region, "ec2-default", "serial-console")         -> {}, if it is on
 *   (account, region, "ec2-default", "metadata")               -> InstanceMetadataDefaultsResponse
 *   (account, region, "ec2-default", "allowed-images")         -> {"state", "imageCriterionSet"}
 * Source: Amazon EC2 API Reference, version 2016-11-15; EC2 User Guide, "Block public access to
 * your AMIs" (on in new accounts), "Allowed AMIs"; Organizations User Guide, "Declarative policy
 *         syntax and examples".
 * Limits: an effective policy holds at once.  AWS publishes no error code for a change that a
 *         declarative policy refuses; here it is EC2's own for "not permitted".  Of the criteria of
 *         allowed images, watermarks and scan results are not known.
 */
#include "ec2_priv.h"

#include <string.h>

enum {
    IMAGE_BLOCK_S = 300, /* AWS: up to ten minutes */
    CRITERIA_MOST = 10,
};

#define KIND "ec2-default"

/* --- What the organization holds -----------------------------------------------------------------
 */

static const struct json *policy_attributes(struct sim_call *call)
{
    return json_get(sim_effective_policy(call, call->account, "DECLARATIVE_POLICY_EC2", NULL),
                    "ec2_attributes");
}

/* The attribute as the policy has it; NULL: the account is free. */
static const struct json *held(struct sim_call *call, const char *attribute)
{
    return json_get(policy_attributes(call), attribute);
}

/* -1 if the organization holds it. */
static int need_free(struct sim_call *call, const char *attribute)
{
    const char *message;

    if (held(call, attribute) == NULL)
        return 0;
    message = json_str(policy_attributes(call), "exception_message");
    return sim_error(call, call->service->denied, 403,
                     "This functionality has been disabled by a Declarative Policy.%s%s",
                     message == NULL ? "" : " Custom Message: ", message == NULL ? "" : message);
}

/* "block_new_sharing" of a policy is "block-new-sharing" of the API.  NULL stays. */
static const char *api_word(struct sim_call *call, const char *word)
{
    char *copy = arena_str(call->arena, word);

    for (char *at = copy == NULL ? NULL : strchr(copy, '_'); at != NULL; at = strchr(at, '_'))
        *at = '-';
    return copy;
}

static void put_managed(struct json *out, const struct json *policy)
{
    json_put_str(out, "managedBy", policy == NULL ? "account" : "declarative-policy");
}

static struct json *setting(struct sim_call *call, const char *name)
{
    return sim_get(call, call->account, call->region, KIND, name);
}

static void set(struct sim_call *call, const char *name, const struct json *record)
{
    sim_put(call, call->account, call->region, KIND, name, record);
}

static void unset(struct sim_call *call, const char *name)
{
    (void)sim_delete(call, call->account, call->region, KIND, name);
}

/* --- Snapshots shared with everyone --------------------------------------------------------------
 */

static int get_snapshot_block(struct sim_call *call)
{
    const struct json *policy = held(call, "snapshot_block_public_access");
    const struct json *own = setting(call, "snapshot-public-access");
    const char *state = own == NULL ? "unblocked" : json_str(own, "state");

    if (policy != NULL)
        state = api_word(call, json_str(policy, "state"));
    json_put_str(call->answer, "state", state);
    put_managed(call->answer, policy);
    return 0;
}

static int enable_snapshot_block(struct sim_call *call)
{
    struct json *record = json_object(call->arena);

    if (need_free(call, "snapshot_block_public_access") != 0)
        return -1;
    json_put_str(record, "state", sim_param(call, "State"));
    set(call, "snapshot-public-access", record);
    json_put_str(call->answer, "state", sim_param(call, "State"));
    return 0;
}

static int disable_snapshot_block(struct sim_call *call)
{
    if (need_free(call, "snapshot_block_public_access") != 0)
        return -1;
    unset(call, "snapshot-public-access");
    json_put_str(call->answer, "state", "unblocked");
    return 0;
}

/* --- Images shared with everyone -----------------------------------------------------------------
 */

/* A change shows when it is ready; until then the state before it does. */
static const char *image_block_now(struct sim_call *call)
{
    const struct json *own = setting(call, "image-public-access");

    if (own == NULL)
        return "block-new-sharing";
    return json_str(own, sim_ready(call, own) ? "state" : "_before");
}

static int get_image_block(struct sim_call *call)
{
    const struct json *policy = held(call, "image_block_public_access");

    json_put_str(call->answer, "imageBlockPublicAccessState",
                 policy == NULL ? image_block_now(call)
                                : api_word(call, json_str(policy, "state")));
    put_managed(call->answer, policy);
    return 0;
}

/* What is under way already goes on. */
static int set_image_block(struct sim_call *call, const char *state)
{
    const struct json *own = setting(call, "image-public-access");
    const char *now = image_block_now(call);
    struct json *record = json_object(call->arena);

    if (need_free(call, "image_block_public_access") != 0)
        return -1;
    json_put_str(call->answer, "imageBlockPublicAccessState", state);
    if (str_eq(own == NULL ? now : json_str(own, "state"), state))
        return 0;
    json_put_str(record, "state", state);
    json_put_str(record, "_before", now);
    json_put_number(record, "_ready_ms", (double)sim_due_ms(call, IMAGE_BLOCK_S));
    set(call, "image-public-access", record);
    return 0;
}

static int enable_image_block(struct sim_call *call)
{
    return set_image_block(call, sim_param(call, "ImageBlockPublicAccessState"));
}

static int disable_image_block(struct sim_call *call)
{
    return set_image_block(call, "unblocked");
}

/* --- The serial console --------------------------------------------------------------------------
 */

static int get_serial_console(struct sim_call *call)
{
    const struct json *policy = held(call, "serial_console_access");
    bool enabled = setting(call, "serial-console") != NULL;

    if (policy != NULL)
        enabled = str_eq(json_str(policy, "status"), "enabled");
    json_put_bool(call->answer, "serialConsoleAccessEnabled", enabled);
    put_managed(call->answer, policy);
    return 0;
}

static int enable_serial_console(struct sim_call *call)
{
    if (need_free(call, "serial_console_access") != 0)
        return -1;
    set(call, "serial-console", json_object(call->arena));
    json_put_bool(call->answer, "serialConsoleAccessEnabled", true);
    return 0;
}

static int disable_serial_console(struct sim_call *call)
{
    if (need_free(call, "serial_console_access") != 0)
        return -1;
    unset(call, "serial-console");
    json_put_bool(call->answer, "serialConsoleAccessEnabled", false);
    return 0;
}

/* --- The instance metadata service ---------------------------------------------------------------
 */

static const struct {
    const char *param, *member, *attribute;
} metadata_members[] = {
    {"HttpTokens", "httpTokens", "http_tokens"},
    {"HttpPutResponseHopLimit", "httpPutResponseHopLimit", "http_put_response_hop_limit"},
    {"HttpEndpoint", "httpEndpoint", "http_endpoint"},
    {"InstanceMetadataTags", "instanceMetadataTags", "instance_metadata_tags"},
    {"HttpTokensEnforced", "httpTokensEnforced", "http_tokens_enforced"},
};

enum { METADATA_MEMBERS = sizeof metadata_members / sizeof metadata_members[0] };

/* What has no preference is not there; a hop limit of -1 means the same. */
static void put_preference(struct json *out, const char *member, const char *value)
{
    json_remove(out, member);
    if (value != NULL && !str_eq(value, "no-preference") && !str_eq(value, "-1"))
        json_put_str(out, member, value);
}

static int get_metadata(struct sim_call *call)
{
    const struct json *policy = held(call, "instance_metadata_defaults");
    const struct json *own = setting(call, "metadata");
    struct json *out = json_put_object(call->answer, "accountLevel");

    for (size_t i = 0; i < METADATA_MEMBERS; i++)
        put_preference(out, metadata_members[i].member,
                       policy == NULL
                           ? json_str(own, metadata_members[i].member)
                           : api_word(call, json_str(policy, metadata_members[i].attribute)));
    put_managed(out, policy);
    if (policy != NULL)
        json_put_str(out, "managedExceptionMessage",
                     json_str(policy_attributes(call), "exception_message"));
    return 0;
}

static int modify_metadata(struct sim_call *call)
{
    const char *hops = sim_param(call, "HttpPutResponseHopLimit");
    struct json *own = setting(call, "metadata");
    uint64_t number;

    if (hops != NULL && !str_eq(hops, "-1") &&
        (!str_to_u64(hops, &number) || number < 1 || number > 64))
        return sim_bad_input(call, "The hop limit %s is not between 1 and 64.", hops);
    if (need_free(call, "instance_metadata_defaults") != 0)
        return -1;
    if (own == NULL)
        own = json_object(call->arena);
    for (size_t i = 0; i < METADATA_MEMBERS; i++)
        if (sim_param(call, metadata_members[i].param) != NULL)
            put_preference(own, metadata_members[i].member,
                           sim_param(call, metadata_members[i].param));
    set(call, "metadata", own);
    json_put_bool(call->answer, "return", true);
    return 0;
}

/* --- Images that may be used ---------------------------------------------------------------------
 */

static const struct {
    const char *param, *member, *attribute;
    size_t most;
} criterion_lists[] = {
    {"ImageProvider", "imageProviderSet", "allowed_image_providers", 200},
    {"MarketplaceProductCode", "marketplaceProductCodeSet", "marketplace_product_codes", 50},
    {"ImageName", "imageNameSet", "image_names", 50},
};

static const struct {
    const char *param, *param_days, *member, *member_days, *attribute, *attribute_days;
} criterion_ages[] = {
    {"DeprecationTimeCondition", "MaximumDaysSinceDeprecated", "deprecationTimeCondition",
     "maximumDaysSinceDeprecated", "deprecation_time_condition", "maximum_days_since_deprecated"},
    {"CreationDateCondition", "MaximumDaysSinceCreated", "creationDateCondition",
     "maximumDaysSinceCreated", "creation_date_condition", "maximum_days_since_created"},
};

enum {
    CRITERION_LISTS = sizeof criterion_lists / sizeof criterion_lists[0],
    CRITERION_AGES = sizeof criterion_ages / sizeof criterion_ages[0],
};

static bool is_provider(const char *text)
{
    return str_eq(text, "amazon") || str_eq(text, "aws-marketplace") ||
           str_eq(text, "aws-backup-vault") || str_eq(text, "none") ||
           (strlen(text) == 12 && strspn(text, "0123456789") == 12);
}

/* The criterion as it is shown, from a request or from a policy. */
static struct json *criterion_shown(struct sim_call *call, const struct json *from, bool policy)
{
    struct json *out = json_object(call->arena);

    for (size_t i = 0; i < CRITERION_LISTS; i++) {
        const struct json *list =
            json_get(from, policy ? criterion_lists[i].attribute : criterion_lists[i].param);

        if (json_first(list) != NULL)
            json_put(out, criterion_lists[i].member, list);
    }
    for (size_t i = 0; i < CRITERION_AGES; i++) {
        const struct json *age =
            json_get(from, policy ? criterion_ages[i].attribute : criterion_ages[i].param);

        if (age != NULL)
            json_put(json_put_object(out, criterion_ages[i].member), criterion_ages[i].member_days,
                     json_get(age, policy ? criterion_ages[i].attribute_days
                                          : criterion_ages[i].param_days));
    }
    return out;
}

static void put_criteria(struct sim_call *call, struct json *out, const struct json *criteria,
                         bool policy)
{
    struct json *list = json_put_array(out, "imageCriterionSet");

    for (const struct json *it = json_first(criteria); it != NULL; it = it->next)
        json_add(list, criterion_shown(call, it, policy));
}

static int check_criterion(struct sim_call *call, const struct json *criterion)
{
    for (size_t i = 0; i < CRITERION_LISTS; i++) {
        const struct json *list = json_get(criterion, criterion_lists[i].param);

        if (list != NULL && list->count > criterion_lists[i].most)
            return sim_bad_input(call, "%s takes at most %zu values.", criterion_lists[i].param,
                                 criterion_lists[i].most);
    }
    for (const struct json *it = json_first(json_get(criterion, "ImageProvider")); it != NULL;
         it = it->next)
        if (it->type != JSON_STRING || !is_provider(it->string))
            return sim_bad_input(call, "The image provider '%s' is invalid.",
                                 it->type == JSON_STRING ? it->string : "?");
    return 0;
}

static int get_allowed_images(struct sim_call *call)
{
    const struct json *policy = held(call, "allowed_images_settings");
    const struct json *own = setting(call, "allowed-images");

    if (policy != NULL) {
        json_put_str(call->answer, "state", api_word(call, json_str(policy, "state")));
        put_criteria(call, call->answer, json_get(policy, "image_criteria"), true);
    } else {
        json_put_str(call->answer, "state", own == NULL ? "disabled" : json_str(own, "state"));
        json_put(call->answer, "imageCriterionSet",
                 own == NULL ? json_array(call->arena) : json_get(own, "imageCriterionSet"));
    }
    put_managed(call->answer, policy);
    return 0;
}

/* The account's own settings, to be changed. */
static struct json *allowed_images_own(struct sim_call *call)
{
    struct json *own = setting(call, "allowed-images");

    if (own != NULL)
        return own;
    own = json_object(call->arena);
    json_put_str(own, "state", "disabled");
    (void)json_put_array(own, "imageCriterionSet");
    return own;
}

static int set_allowed_images(struct sim_call *call, const char *state)
{
    struct json *own;

    if (need_free(call, "allowed_images_settings") != 0)
        return -1;
    own = allowed_images_own(call);
    sim_set_str(own, "state", state);
    set(call, "allowed-images", own);
    json_put_str(call->answer, "allowedImagesSettingsState", state);
    return 0;
}

static int enable_allowed_images(struct sim_call *call)
{
    return set_allowed_images(call, sim_param(call, "AllowedImagesSettingsState"));
}

/* The criteria stay, and hold again when it is turned on. */
static int disable_allowed_images(struct sim_call *call)
{
    return set_allowed_images(call, "disabled");
}

static int replace_criteria(struct sim_call *call)
{
    const struct json *criteria = json_get(call->params, "ImageCriterion");
    struct json *own;

    if (criteria != NULL && criteria->count > CRITERIA_MOST)
        return sim_bad_input(call, "At most %d image criteria are allowed.", CRITERIA_MOST);
    for (const struct json *it = json_first(criteria); it != NULL; it = it->next)
        if (check_criterion(call, it) != 0)
            return -1;
    if (need_free(call, "allowed_images_settings") != 0)
        return -1;
    own = allowed_images_own(call);
    json_remove(own, "imageCriterionSet");
    put_criteria(call, own, criteria, false);
    set(call, "allowed-images", own);
    json_put_bool(call->answer, "return", true);
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

static const struct sim_rule snapshot_rules[] = {
    {.name = "State", .required = true, .values = "block-all-sharing|block-new-sharing"},
    {.name = NULL},
};
static const struct sim_rule image_rules[] = {
    {.name = "ImageBlockPublicAccessState", .required = true, .values = "block-new-sharing"},
    {.name = NULL},
};
static const struct sim_rule metadata_rules[] = {
    {.name = "HttpTokens", .values = "optional|required|no-preference"},
    {.name = "HttpEndpoint", .values = "disabled|enabled|no-preference"},
    {.name = "InstanceMetadataTags", .values = "disabled|enabled|no-preference"},
    {.name = "HttpTokensEnforced", .values = "disabled|enabled|no-preference"},
    {.name = NULL},
};
static const struct sim_rule allowed_rules[] = {
    {.name = "AllowedImagesSettingsState", .required = true, .values = "enabled|audit-mode"},
    {.name = NULL},
};

const struct sim_operation ec2_default_operations[] = {
    EC2_READ("GetSnapshotBlockPublicAccessState", get_snapshot_block, NULL),
    EC2_WRITE("EnableSnapshotBlockPublicAccess", enable_snapshot_block, snapshot_rules),
    EC2_WRITE("DisableSnapshotBlockPublicAccess", disable_snapshot_block, NULL),
    EC2_READ("GetImageBlockPublicAccessState", get_image_block, NULL),
    EC2_WRITE("EnableImageBlockPublicAccess", enable_image_block, image_rules),
    EC2_WRITE("DisableImageBlockPublicAccess", disable_image_block, NULL),
    EC2_READ("GetSerialConsoleAccessStatus", get_serial_console, NULL),
    EC2_WRITE("EnableSerialConsoleAccess", enable_serial_console, NULL),
    EC2_WRITE("DisableSerialConsoleAccess", disable_serial_console, NULL),
    EC2_READ("GetInstanceMetadataDefaults", get_metadata, NULL),
    EC2_WRITE("ModifyInstanceMetadataDefaults", modify_metadata, metadata_rules),
    EC2_READ("GetAllowedImagesSettings", get_allowed_images, NULL),
    EC2_WRITE("EnableAllowedImagesSettings", enable_allowed_images, allowed_rules),
    EC2_WRITE("DisableAllowedImagesSettings", disable_allowed_images, NULL),
    EC2_WRITE("ReplaceImageCriteriaInAllowedImagesSettings", replace_criteria, NULL),
    EC2_END,
};
