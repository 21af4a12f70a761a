/*
 * kms.c - AWS KMS: keys, their policies, tags, rotation and end.
 *
 * Source: KMS API Reference, version 2014-11-01; KMS Developer Guide, "Key policies in AWS KMS",
 *         "Default key policy", "Key states of AWS KMS keys".
 * Limits: symmetric keys of KMS's own making; nothing is encrypted, and there are no grants.
 */
#include "kms_priv.h"

#include "resource_policy.h"

#include <string.h>

enum {
    POLICY_BYTES_MOST = 32 * 1024,
    TAGS_MOST = 50,
    ROTATION_DAYS = 365,
    DAY_MS = 24 * 60 * 60 * 1000,
};

/* --- Keys ----------------------------------------------------------------------------------------
 */

static const char *account_in(struct sim_call *call, const char *arn)
{
    const char *at = arn;

    for (int i = 0; i < 4 && at != NULL; i++)
        at = strchr(at, ':') == NULL ? NULL : strchr(at, ':') + 1;
    return at == NULL ? "" : arena_strn(call->arena, at, strcspn(at, ":"));
}

static bool region_fits(const char *arn, const char *region)
{
    const char *at = strstr(arn, ":kms:");
    size_t len = strlen(region);

    return at != NULL && strncmp(at + 5, region, len) == 0 && at[5 + len] == ':';
}

/* The day of a scheduled deletion has come: the key is gone. */
static bool is_gone(const struct sim_call *call, const struct json *key)
{
    double at = json_number(key, "_deletion_ms", 0);

    return at > 0 && (double)call->now_ms >= at;
}

struct json *kms_find(struct sim_call *call, const char *region, const char *name)
{
    const char *account = call->account, *resource = name;
    struct json *key;

    if (str_starts(name, "arn:")) {
        account = account_in(call, name);
        resource = strrchr(name, ':') + 1;
        if (!region_fits(name, region))
            return NULL;
        if (str_starts(resource, "key/"))
            resource += 4;
    }
    if (str_starts(resource, "alias/"))
        resource = json_str(sim_get(call, account, region, "kms-alias", resource), "TargetKeyId");
    key = resource == NULL ? NULL : sim_get(call, account, region, "kms-key", resource);
    return key == NULL || is_gone(call, key) ? NULL : key;
}

bool kms_is_enabled(const struct json *key)
{
    return str_eq(json_str(key, "KeyState"), "Enabled");
}

bool kms_service_may(struct sim_call *call, const struct json *key,
                     const struct sim_service_act *act)
{
    return sim_resource_policy_service(call, json_str(key, "_policy"), act) == SIM_ALLOWED;
}

void kms_put(struct sim_call *call, const struct json *key)
{
    sim_put(call, json_str(key, "AWSAccountId"), call->region, "kms-key", json_str(key, "KeyId"),
            key);
}

/* An alias means a key only where a key is described or used; what changes one wants the key. */
static bool may_be_alias(const struct sim_call *call)
{
    return str_eq(call->operation->name, "DescribeKey");
}

/* IAM policies count only where the key's own policy says so. */
struct json *kms_open(struct sim_call *call)
{
    const char *name = sim_param(call, "KeyId");
    bool alias = strstr(name, "alias/") != NULL;
    struct json *key = kms_find(call, call->region, name);

    if (alias && !may_be_alias(call)) {
        (void)sim_error(call, "NotFoundException", 400, "Invalid keyId '%s'", name);
        return NULL;
    }
    if (key == NULL) {
        (void)sim_error(call, "NotFoundException", 400,
                        alias ? "Alias %s is not found." : "Key '%s' does not exist",
                        str_starts(name, "arn:") ? name
                                                 : sim_arn(call, "kms", call->region, call->account,
                                                           "%s%s", alias ? "" : "key/", name));
        return NULL;
    }
    if (sim_resource_policy_caller(call, json_str(key, "_policy"), sim_action(call),
                                   json_str(key, "Arn")) != SIM_ALLOWED) {
        (void)sim_denied(call, sim_action(call), json_str(key, "Arn"));
        return NULL;
    }
    return key;
}

int kms_must_be(struct sim_call *call, const struct json *key, bool disabled_too)
{
    const char *state = json_str(key, "KeyState"), *arn = json_str(key, "Arn");

    if (str_eq(state, "PendingDeletion"))
        return sim_error(call, "KMSInvalidStateException", 400, "%s is pending deletion.", arn);
    if (str_eq(state, "Disabled") && !disabled_too)
        return sim_error(call, "DisabledException", 400, "%s is disabled.", arn);
    return 0;
}

static int malformed(struct sim_call *call, const char *why)
{
    return sim_error(call, "MalformedPolicyDocumentException", 400, "%s", why);
}

/* Unless told otherwise, KMS takes no policy after which the caller could not change it again. */
static int check_policy(struct sim_call *call, const char *text)
{
    const char *why;

    if (strlen(text) > POLICY_BYTES_MOST)
        return sim_error(call, "LimitExceededException", 400, "The policy is too long.");
    if (sim_resource_policy_parse(call, text, &why) == NULL)
        return malformed(call, why);
    if (!json_bool(call->params, "BypassPolicyLockoutSafetyCheck", false) &&
        sim_resource_policy_caller(call, text, "kms:PutKeyPolicy", NULL) != SIM_ALLOWED)
        return malformed(call, "The new key policy will not allow you to update the key policy in "
                               "the future.");
    return 0;
}

static const char *default_policy(struct sim_call *call)
{
    return arena_printf(call->arena,
                        "{\"Version\":\"2012-10-17\",\"Id\":\"key-default-1\",\"Statement\":[{"
                        "\"Sid\":\"Enable IAM User Permissions\",\"Effect\":\"Allow\","
                        "\"Principal\":{\"AWS\":\"%s\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}",
                        sim_arn(call, "iam", "", call->account, "root"));
}

/* --- Tags ----------------------------------------------------------------------------------------
 */

static const char *tag_key(const struct json *tag)
{
    return tag->type == JSON_STRING ? tag->string : json_str(tag, "TagKey");
}

static bool has_key(const struct json *list, const char *key)
{
    for (const struct json *it = json_first(list); it != NULL; it = it->next)
        if (str_eq(tag_key(it), key))
            return true;
    return false;
}

static int check_tags(struct sim_call *call, const struct json *tags)
{
    for (const struct json *it = json_first(tags); it != NULL; it = it->next) {
        const char *key = json_str(it, "TagKey");

        if (key == NULL || key[0] == '\0' || strlen(key) > 128 || str_starts(key, "aws:") ||
            json_str(it, "TagValue") == NULL)
            return sim_error(call, "TagException", 400, "The tag key or value is invalid.");
        for (const struct json *other = it->next; other != NULL; other = other->next)
            if (str_eq(key, json_str(other, "TagKey")))
                return sim_error(call, "TagException", 400, "Duplicate tag keys");
    }
    return 0;
}

/* `tags` without the keys of `less`, and `more` behind. */
static struct json *tags_changed(struct arena *arena, const struct json *tags,
                                 const struct json *less, const struct json *more)
{
    struct json *out = json_array(arena);

    for (const struct json *it = json_first(tags); it != NULL; it = it->next)
        if (!has_key(less, tag_key(it)))
            json_add(out, it);
    for (const struct json *it = json_first(more); it != NULL; it = it->next)
        json_add(out, it);
    return out;
}

static int tag_resource(struct sim_call *call)
{
    const struct json *more = json_get(call->params, "Tags");
    struct json *key = kms_open(call), *tags;

    if (key == NULL || kms_must_be(call, key, true) != 0 || check_tags(call, more) != 0)
        return -1;
    tags = tags_changed(call->arena, json_get(key, "_tags"), more, more);
    if (tags->count > TAGS_MOST)
        return sim_error(call, "LimitExceededException", 400, "Too many tags");
    sim_set(key, "_tags", tags);
    kms_put(call, key);
    return 0;
}

static int untag_resource(struct sim_call *call)
{
    struct json *key = kms_open(call);

    if (key == NULL || kms_must_be(call, key, true) != 0)
        return -1;
    sim_set(
        key, "_tags",
        tags_changed(call->arena, json_get(key, "_tags"), json_get(call->params, "TagKeys"), NULL));
    kms_put(call, key);
    return 0;
}

static int list_resource_tags(struct sim_call *call)
{
    struct json *key = kms_open(call);

    if (key == NULL)
        return -1;
    json_put(call->answer, "Tags", json_get(key, "_tags"));
    json_put_bool(call->answer, "Truncated", false);
    return 0;
}

/* --- Create and describe -------------------------------------------------------------------------
 */

static void show_key(struct sim_call *call, const struct json *key)
{
    struct json *shown = json_copy(key, call->arena);

    json_put_bool(shown, "Enabled", kms_is_enabled(key));
    if (json_get(key, "_deletion_ms") != NULL)
        sim_put_time(call, shown, "DeletionDate", (int64_t)json_number(key, "_deletion_ms", 0));
    json_put(call->answer, "KeyMetadata", shown);
}

static struct json *new_key(struct sim_call *call, const char *policy)
{
    const char *description = sim_param(call, "Description"), *id;
    const struct json *tags = json_get(call->params, "Tags");
    struct json *key = json_object(call->arena);

    id = arena_printf(call->arena, "%s-%s-%s-%s-%s", sim_id(call, "", 8, SIM_HEX_DIGITS),
                      sim_id(call, "", 4, SIM_HEX_DIGITS), sim_id(call, "", 4, SIM_HEX_DIGITS),
                      sim_id(call, "", 4, SIM_HEX_DIGITS), sim_id(call, "", 12, SIM_HEX_DIGITS));
    json_put_str(key, "AWSAccountId", call->account);
    json_put_str(key, "KeyId", id);
    json_put_str(key, "Arn", sim_arn(call, "kms", call->region, call->account, "key/%s", id));
    sim_put_time(call, key, "CreationDate", call->now_ms);
    json_put_str(key, "Description", description == NULL ? "" : description);
    json_put_str(key, "KeyUsage", "ENCRYPT_DECRYPT");
    json_put_str(key, "KeyState", "Enabled");
    json_put_str(key, "Origin", "AWS_KMS");
    json_put_str(key, "KeyManager", "CUSTOMER");
    json_put_str(key, "KeySpec", "SYMMETRIC_DEFAULT");
    json_put_str(key, "CustomerMasterKeySpec", "SYMMETRIC_DEFAULT");
    json_add_str(json_put_array(key, "EncryptionAlgorithms"), "SYMMETRIC_DEFAULT");
    json_put_bool(key, "MultiRegion", false);
    json_put_str(key, "_policy", policy);
    sim_set(key, "_tags", tags == NULL ? json_array(call->arena) : tags);
    return key;
}

static int create_key(struct sim_call *call)
{
    const char *policy = sim_param(call, "Policy"), *spec = sim_param(call, "KeySpec");
    struct json *key;

    if ((spec != NULL && !str_eq(spec, "SYMMETRIC_DEFAULT")) ||
        json_bool(call->params, "MultiRegion", false))
        return sim_error(call, "UnsupportedOperationException", 400,
                         "The simulator has only symmetric keys of one region.");
    if (policy == NULL)
        policy = default_policy(call);
    if (check_policy(call, policy) != 0 || check_tags(call, json_get(call->params, "Tags")) != 0)
        return -1;
    key = new_key(call, policy);
    kms_put(call, key);
    show_key(call, key);
    return 0;
}

static int describe_key(struct sim_call *call)
{
    struct json *key = kms_open(call);

    if (key == NULL)
        return -1;
    show_key(call, key);
    return 0;
}

static int list_keys(struct sim_call *call)
{
    struct sim_page page = {.list = "Keys",
                            .size = 100,
                            .size_most = 1000,
                            .size_param = "Limit",
                            .token_in = "Marker",
                            .token_out = "NextMarker",
                            .more_out = "Truncated"};

    if (sim_page_open(call, &page) != 0)
        return -1;
    for (const struct sim_record *it =
             sim_page_first(&page, call->account, call->region, "kms-key");
         it != NULL; it = sim_page_next(&page, it)) {
        const struct json *key = sim_record_json(it, call->arena);
        struct json *item;

        if (is_gone(call, key))
            continue;
        item = json_add_object(page.items);
        json_put_str(item, "KeyId", json_str(key, "KeyId"));
        json_put_str(item, "KeyArn", json_str(key, "Arn"));
    }
    return 0;
}

/* --- Policies ------------------------------------------------------------------------------------
 */

static int check_policy_name(struct sim_call *call)
{
    const char *name = sim_param(call, "PolicyName");

    return name == NULL || str_eq(name, "default")
               ? 0
               : sim_error(call, "NotFoundException", 400, "No such policy exists");
}

static int get_key_policy(struct sim_call *call)
{
    struct json *key = kms_open(call);

    if (key == NULL || check_policy_name(call) != 0)
        return -1;
    json_put_str(call->answer, "Policy", json_str(key, "_policy"));
    json_put_str(call->answer, "PolicyName", "default");
    return 0;
}

static int put_key_policy(struct sim_call *call)
{
    struct json *key = kms_open(call);

    if (key == NULL || check_policy_name(call) != 0 || kms_must_be(call, key, true) != 0 ||
        check_policy(call, sim_param(call, "Policy")) != 0)
        return -1;
    sim_set_str(key, "_policy", sim_param(call, "Policy"));
    kms_put(call, key);
    return 0;
}

/* --- Rotation, and the end -----------------------------------------------------------------------
 */

static int enable_key_rotation(struct sim_call *call)
{
    double days = json_number(call->params, "RotationPeriodInDays", ROTATION_DAYS);
    struct json *key = kms_open(call);

    if (key == NULL || kms_must_be(call, key, false) != 0)
        return -1;
    sim_set_number(key, "_rotation_days", days);
    sim_set_number(key, "_rotation_ms", (double)call->now_ms);
    kms_put(call, key);
    return 0;
}

static int disable_key_rotation(struct sim_call *call)
{
    struct json *key = kms_open(call);

    if (key == NULL || kms_must_be(call, key, false) != 0)
        return -1;
    json_remove(key, "_rotation_days");
    kms_put(call, key);
    return 0;
}

static int get_key_rotation_status(struct sim_call *call)
{
    struct json *key = kms_open(call);
    double days = json_number(key, "_rotation_days", 0);

    if (key == NULL)
        return -1;
    json_put_str(call->answer, "KeyId", json_str(key, "Arn"));
    json_put_bool(call->answer, "KeyRotationEnabled", days > 0);
    if (days == 0)
        return 0;
    json_put_number(call->answer, "RotationPeriodInDays", days);
    sim_put_time(call, call->answer, "NextRotationDate",
                 (int64_t)(json_number(key, "_rotation_ms", 0) + days * DAY_MS));
    return 0;
}

static int set_state(struct sim_call *call, const char *state)
{
    struct json *key = kms_open(call);

    if (key == NULL || kms_must_be(call, key, true) != 0)
        return -1;
    sim_set_str(key, "KeyState", state);
    kms_put(call, key);
    return 0;
}

static int enable_key(struct sim_call *call)
{
    return set_state(call, "Enabled");
}

static int disable_key(struct sim_call *call)
{
    return set_state(call, "Disabled");
}

static int schedule_key_deletion(struct sim_call *call)
{
    double days = json_number(call->params, "PendingWindowInDays", 30);
    struct json *key = kms_open(call);
    int64_t at = call->now_ms + (int64_t)(days * DAY_MS);

    if (key == NULL || kms_must_be(call, key, true) != 0)
        return -1;
    sim_set_str(key, "KeyState", "PendingDeletion");
    sim_set_number(key, "_deletion_ms", (double)at);
    kms_put(call, key);
    json_put_str(call->answer, "KeyId", json_str(key, "Arn"));
    sim_put_time(call, call->answer, "DeletionDate", at);
    json_put_str(call->answer, "KeyState", "PendingDeletion");
    json_put_number(call->answer, "PendingWindowInDays", days);
    return 0;
}

/* The key comes back disabled. */
static int cancel_key_deletion(struct sim_call *call)
{
    struct json *key = kms_open(call);

    if (key == NULL)
        return -1;
    if (!str_eq(json_str(key, "KeyState"), "PendingDeletion"))
        return sim_error(call, "KMSInvalidStateException", 400, "%s is not pending deletion.",
                         json_str(key, "Arn"));
    sim_set_str(key, "KeyState", "Disabled");
    json_remove(key, "_deletion_ms");
    kms_put(call, key);
    json_put_str(call->answer, "KeyId", json_str(key, "Arn"));
    return 0;
}

/* --- The tables ----------------------------------------------------------------------------------
 */

#define KEY_ID                                                                                     \
    {                                                                                              \
        .name = "KeyId", .required = true, .min = 1, .max = 2048                                   \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }
#define READ(NAME, HANDLER, RULES)                                                                 \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .rules = (RULES)                                     \
    }
#define WRITE(NAME, HANDLER, RULES)                                                                \
    {                                                                                              \
        .name = (NAME), .handler = (HANDLER), .rules = (RULES), .access = SIM_WRITE                \
    }

static const struct sim_rule key_rules[] = {KEY_ID, END};
static const struct sim_rule create_rules[] = {
    {.name = "Policy", .min = 1, .max = 131072},
    {.name = "Description", .max = 8192},
    END,
};
static const struct sim_rule policy_rules[] = {
    KEY_ID,
    {.name = "Policy", .required = true, .min = 1, .max = 131072},
    END,
};
static const struct sim_rule rotation_rules[] = {
    KEY_ID,
    {.name = "RotationPeriodInDays", .number = true, .min = 90, .max = 2560},
    END,
};
static const struct sim_rule deletion_rules[] = {
    KEY_ID,
    {.name = "PendingWindowInDays", .number = true, .min = 7, .max = 30},
    END,
};
static const struct sim_rule tag_rules[] = {KEY_ID, {.name = "Tags", .required = true}, END};
static const struct sim_rule untag_rules[] = {KEY_ID, {.name = "TagKeys", .required = true}, END};

const struct sim_operation kms_key_operations[] = {
    WRITE("CreateKey", create_key, create_rules),
    READ("DescribeKey", describe_key, key_rules),
    READ("ListKeys", list_keys, NULL),
    READ("GetKeyPolicy", get_key_policy, key_rules),
    WRITE("PutKeyPolicy", put_key_policy, policy_rules),
    READ("GetKeyRotationStatus", get_key_rotation_status, key_rules),
    WRITE("EnableKeyRotation", enable_key_rotation, rotation_rules),
    WRITE("DisableKeyRotation", disable_key_rotation, key_rules),
    WRITE("EnableKey", enable_key, key_rules),
    WRITE("DisableKey", disable_key, key_rules),
    READ("ListResourceTags", list_resource_tags, key_rules),
    WRITE("TagResource", tag_resource, tag_rules),
    WRITE("UntagResource", untag_resource, untag_rules),
    WRITE("ScheduleKeyDeletion", schedule_key_deletion, deletion_rules),
    WRITE("CancelKeyDeletion", cancel_key_deletion, key_rules),
    END,
};

const struct sim_service sim_service_kms = {
    .name = "kms",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "TrentService",
    .bad_input = "ValidationException",
    .operations = {kms_key_operations, kms_alias_operations},
};
