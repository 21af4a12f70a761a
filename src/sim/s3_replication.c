/*
 * s3_replication.c - whether a replication configuration of a bucket is one that S3 takes.
 *
 * Source: S3 API Reference, PutBucketReplication and ReplicationRule; S3 User Guide, "Setting up
 *         live replication", "Replication configuration file elements", "S3 Replication Time
 *         Control".  The texts are S3's own where they are known.
 * Limits: what the role may do is looked at when an object is replicated (s3_replicate.c).
 */
#include "s3_priv.h"

#include <string.h>

enum { RULES_MOST = 1000, ID_CHARS_MOST = 255, CONTROL_MINUTES = 15 };

static int refuse(struct sim_call *call, const char *text)
{
    return sim_error(call, "InvalidRequest", 400, "%s", text);
}

static bool is_switch(const struct json *member)
{
    const char *status = json_str(member, "Status");

    return status != NULL && (str_eq(status, "Enabled") || str_eq(status, "Disabled"));
}

static bool is_on(const struct json *member)
{
    return member != NULL && str_eq(json_str(member, "Status"), "Enabled");
}

/* A rule with a Filter is of the second version, which says more. */
static int check_version(struct sim_call *call, const struct json *rule)
{
    bool filtered = json_get(rule, "Filter") != NULL;

    if (filtered && json_get(rule, "Prefix") != NULL)
        return s3_malformed(call);
    if (filtered && json_get(rule, "Priority") == NULL)
        return refuse(call, "Priority must be specified for this version of Cross Region "
                            "Replication configuration schema. Please refer to S3 Developer Guide "
                            "for more information.");
    if (filtered && !is_switch(json_get(rule, "DeleteMarkerReplication")))
        return refuse(call, "DeleteMarkerReplication must be specified for this version of Cross "
                            "Region Replication configuration schema. Please refer to S3 Developer "
                            "Guide for more information.");
    if (!filtered && json_get(rule, "DeleteMarkerReplication") != NULL)
        return refuse(call, "DeleteMarkerReplication cannot be used for this version of Cross "
                            "Region Replication configuration schema. Please refer to S3 Developer "
                            "Guide for more information.");
    return 0;
}

/* Objects under KMS keys are left out unless both sides are named. */
static int check_encryption(struct sim_call *call, const struct json *rule)
{
    const struct json *selected =
        json_path(rule, "SourceSelectionCriteria", "SseKmsEncryptedObjects", NULL);
    const struct json *key =
        json_path(rule, "Destination", "EncryptionConfiguration", "ReplicaKmsKeyID", NULL);

    if (selected != NULL && !is_switch(selected))
        return s3_malformed(call);
    if (is_on(selected) && key == NULL)
        return refuse(call, "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is "
                            "present.");
    if (key != NULL && selected == NULL)
        return refuse(call, "SseKmsEncryptedObjects must be specified if EncryptionConfiguration "
                            "is present.");
    return 0;
}

static bool is_quarter(const struct json *minutes)
{
    return minutes != NULL && json_number(minutes, "Minutes", 0) == CONTROL_MINUTES;
}

/* Replication Time Control knows 15 minutes only, and measures what it promises. */
static int check_control(struct sim_call *call, const struct json *destination)
{
    const struct json *control = json_get(destination, "ReplicationTime");
    const struct json *metrics = json_get(destination, "Metrics");
    const struct json *threshold = json_get(metrics, "EventThreshold");

    if ((control != NULL && !is_switch(control)) || (metrics != NULL && !is_switch(metrics)))
        return s3_malformed(call);
    if (control != NULL && !is_quarter(json_get(control, "Time")))
        return sim_error(call, "InvalidArgument", 400, "ReplicationTime must be 15 minutes.");
    if (threshold != NULL && !is_quarter(threshold))
        return sim_error(call, "InvalidArgument", 400, "EventThreshold must be 15 minutes.");
    if (is_on(control) && (!is_on(metrics) || threshold == NULL))
        return refuse(call, "Replication metrics with an EventThreshold must be enabled together "
                            "with Replication Time Control.");
    return 0;
}

static int check_owner(struct sim_call *call, const struct json *destination,
                       const struct json *bucket)
{
    const char *account = json_str(destination, "Account");
    const char *translation = json_str(json_get(destination, "AccessControlTranslation"), "Owner");

    if (json_get(destination, "AccessControlTranslation") != NULL &&
        !str_eq(translation == NULL ? "" : translation, "Destination"))
        return s3_malformed(call);
    if (translation != NULL && account == NULL)
        return refuse(call, "Account must be specified if AccessControlTranslation is present.");
    if (account != NULL && !str_eq(account, json_str(bucket, "_account")))
        return refuse(call, "The account of the destination does not own the bucket.");
    return 0;
}

static int check_destination(struct sim_call *call, const char *source, const struct json *rule)
{
    const struct json *destination = json_get(rule, "Destination"), *bucket;
    const char *arn = json_str(destination, "Bucket");
    const char *name = arn == NULL ? NULL : strrchr(arn, ':');

    if (name == NULL)
        return s3_malformed(call);
    name++;
    bucket = sim_get(call, "", "", "bucket", name);
    if (bucket == NULL)
        return refuse(call, "Destination bucket must exist.");
    if (!str_eq(s3_versioning(call, name), "Enabled"))
        return refuse(call, "Destination bucket must have versioning enabled.");
    if (str_eq(name, source))
        return refuse(call, "Destination bucket cannot be the same as the source bucket.");
    if (check_owner(call, destination, bucket) != 0)
        return -1;
    return check_control(call, destination);
}

static int check_rule(struct sim_call *call, const char *source, const struct json *rule)
{
    const char *id = json_str(rule, "ID");

    if (!is_switch(rule) || json_get(rule, "Destination") == NULL)
        return s3_malformed(call);
    if (id != NULL && strlen(id) > ID_CHARS_MOST)
        return sim_error(call, "InvalidArgument", 400, "Rule ID must be less than 256 characters");
    if (check_version(call, rule) != 0 || check_encryption(call, rule) != 0)
        return -1;
    return check_destination(call, source, rule);
}

/* Neither names nor priorities come twice. */
static int check_distinct(struct sim_call *call, const struct json *rules)
{
    static const struct {
        const char *member, *text;
    } distinct[] = {
        {"ID", "Rule Id must be unique"},
        {"Priority", "Found duplicate priority in Replication configuration"},
    };

    for (const struct json *it = s3_first(rules); it != NULL; it = s3_next(rules, it))
        for (const struct json *other = s3_next(rules, it); other != NULL;
             other = s3_next(rules, other))
            for (size_t i = 0; i < sizeof distinct / sizeof distinct[0]; i++) {
                const struct json *value = json_get(it, distinct[i].member);

                if (value != NULL && json_get(other, distinct[i].member) != NULL &&
                    json_equal(value, json_get(other, distinct[i].member)))
                    return sim_error(call, "InvalidArgument", 400, "%s", distinct[i].text);
            }
    return 0;
}

/* It must be a role that is there: S3 passes it on. */
static int check_role(struct sim_call *call, const char *role)
{
    struct sim_arn_parts parts;
    const char *name = strrchr(role, '/');

    if (!sim_arn_split(role, call->arena, &parts) || !str_starts(parts.resource, "role/") ||
        !str_eq(parts.account, call->account) ||
        !sim_has(call, call->account, "", "role", sim_iam_key(call->arena, name + 1)))
        return sim_error(call, "InvalidArgument", 400,
                         "Invalid Role specified in replication "
                         "configuration");
    return 0;
}

int s3_check_replication(struct sim_call *call, const char *bucket, struct json *value)
{
    const struct json *rules = json_get(value, "Rule");
    const char *role = json_str(value, "Role");

    if (role == NULL || rules == NULL || (rules->type == JSON_ARRAY && rules->count > RULES_MOST))
        return s3_malformed(call);
    if (!str_eq(s3_versioning(call, bucket), "Enabled"))
        return refuse(call, "Versioning must be 'Enabled' on the bucket to apply a replication "
                            "configuration");
    if (check_role(call, role) != 0 || check_distinct(call, rules) != 0)
        return -1;
    for (const struct json *it = s3_first(rules); it != NULL; it = s3_next(rules, it))
        if (check_rule(call, bucket, it) != 0)
            return -1;
    return 0;
}
