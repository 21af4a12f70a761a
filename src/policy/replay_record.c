/*
 * replay_record.c - what the replay needs of one CloudTrail record.
 *
 * Source: CloudTrail User Guide, "CloudTrail record contents", "CloudTrail userIdentity element".
 */
#include "replay_priv.h"

#include "plinth/base/time.h"

#include <string.h>

/* Where a member is; `shape` NULL: a text, `field`. */
struct member {
    const char *key;
    size_t len;
    enum event_field field;
    const struct shape *shape;
};

struct shape {
    const struct member *members;
    size_t count;
};

#define TEXT(key_, field_)                                                                         \
    {                                                                                              \
        .key = key_, .len = sizeof(key_) - 1, .field = field_                                      \
    }
#define INSIDE(key_, shape_)                                                                       \
    {                                                                                              \
        .key = key_, .len = sizeof(key_) - 1, .shape = &shape_                                     \
    }
#define SHAPE(members_)                                                                            \
    {                                                                                              \
        members_, sizeof members_ / sizeof members_[0]                                             \
    }

static const struct member issuer_members[] = {TEXT("arn", ISSUER_ARN)};
static const struct shape issuer_shape = SHAPE(issuer_members);

static const struct member attribute_members[] = {TEXT("mfaAuthenticated", SESSION_MFA)};
static const struct shape attribute_shape = SHAPE(attribute_members);

static const struct member session_members[] = {
    INSIDE("sessionIssuer", issuer_shape),
    INSIDE("attributes", attribute_shape),
    TEXT("sourceIdentity", SESSION_SOURCE_IDENTITY),
};
static const struct shape session_shape = SHAPE(session_members);

static const struct member identity_members[] = {
    TEXT("type", IDENTITY_TYPE),
    TEXT("arn", IDENTITY_ARN),
    TEXT("accountId", IDENTITY_ACCOUNT),
    TEXT("principalId", IDENTITY_ID),
    TEXT("invokedBy", IDENTITY_INVOKED_BY),
    TEXT("identityProvider", IDENTITY_PROVIDER),
    INSIDE("sessionContext", session_shape),
};
static const struct shape identity_shape = SHAPE(identity_members);

static const struct member parameter_members[] = {
    TEXT("bucketName", PARAMETER_BUCKET), TEXT("key", PARAMETER_KEY),
    TEXT("roleName", PARAMETER_ROLE),     TEXT("userName", PARAMETER_USER),
    TEXT("groupName", PARAMETER_GROUP),   TEXT("roleArn", PARAMETER_ROLE_ARN),
};
static const struct shape parameter_shape = SHAPE(parameter_members);

static const struct member tls_members[] = {TEXT("tlsVersion", EVENT_TLS)};
static const struct shape tls_shape = SHAPE(tls_members);

static const struct member record_members[] = {
    TEXT("eventTime", EVENT_TIME),
    TEXT("eventSource", EVENT_SOURCE),
    TEXT("eventName", EVENT_NAME),
    TEXT("awsRegion", EVENT_REGION),
    TEXT("errorCode", EVENT_ERROR),
    TEXT("eventType", EVENT_TYPE),
    TEXT("recipientAccountId", EVENT_RECIPIENT),
    TEXT("sourceIPAddress", EVENT_ADDRESS),
    TEXT("userAgent", EVENT_AGENT),
    TEXT("vpcEndpointId", EVENT_VPC_ENDPOINT),
    INSIDE("userIdentity", identity_shape),
    INSIDE("requestParameters", parameter_shape),
    INSIDE("tlsDetails", tls_shape),
};
static const struct shape record_shape = SHAPE(record_members);

static const struct member *find_member(const struct shape *shape, const struct json_slice *key)
{
    for (size_t i = 0; i < shape->count; i++)
        if (shape->members[i].len == key->len && !key->escaped &&
            memcmp(shape->members[i].key, key->bytes, key->len) == 0)
            return &shape->members[i];
    return NULL;
}

static void note_object(struct replay_event *event, const struct shape *shape)
{
    event->has_identity = event->has_identity || shape == &identity_shape;
    event->has_session = event->has_session || shape == &session_shape;
}

/* --- Resources -----------------------------------------------------------------------------------
 */

/* "arn:PARTITION:s3:::NAME" */
static bool is_bucket(const struct json_slice *arn)
{
    static const char s3[] = ":s3:::";
    const char *end = arn->bytes + arn->len, *colon;

    if (arn->len < 4 || memcmp(arn->bytes, "arn:", 4) != 0)
        return false;
    colon = memchr(arn->bytes + 4, ':', arn->len - 4);
    return colon != NULL && (size_t)(end - colon) > sizeof s3 - 1 &&
           memcmp(colon, s3, sizeof s3 - 1) == 0 &&
           memchr(colon, '/', (size_t)(end - colon)) == NULL;
}

/* An event about an object names its bucket as well: the object is meant.  Of several others
 * nobody can tell. */
static void fold_resource(struct replay_event *event, const struct json_slice *arn,
                          const struct json_slice *account)
{
    struct json_slice *kept = &event->fields[RESOURCE_ARN];

    if (account->bytes != NULL)
        event->fields[RESOURCE_ACCOUNT] = *account;
    if (arn->bytes == NULL)
        return;
    if (kept->bytes == NULL || (is_bucket(kept) && !is_bucket(arn)))
        *kept = *arn;
    else if (is_bucket(kept) == is_bucket(arn))
        event->many_resources = true;
}

static bool read_resource(struct json_scan *scan, struct replay_event *event)
{
    struct json_slice key, arn = {0}, account = {0};
    bool first = true;

    json_scan_blanks(scan);
    if (scan->at == scan->end || *scan->at != '{')
        return json_scan_value(scan);
    scan->at++;
    while (json_scan_member(scan, &first, &key)) {
        if (json_slice_eq(&key, "ARN")         ? !json_scan_text(scan, &arn)
            : json_slice_eq(&key, "accountId") ? !json_scan_text(scan, &account)
                                               : !json_scan_value(scan))
            return false;
    }
    fold_resource(event, &arn, &account);
    return scan->why == NULL;
}

static bool read_resources(struct json_scan *scan, struct replay_event *event)
{
    bool first = true;

    if (scan->at == scan->end || *scan->at != '[')
        return json_scan_value(scan);
    scan->at++;
    while (json_scan_item(scan, &first))
        if (!read_resource(scan, event))
            return false;
    return scan->why == NULL;
}

/* --- Records -------------------------------------------------------------------------------------
 */

/* Behind the "{".  Objects nest as deep as the shapes do. */
static bool read_shape(struct json_scan *scan, const struct shape *shape,
                       struct replay_event *event)
{
    struct json_slice key;
    bool first = true;

    note_object(event, shape);
    while (json_scan_member(scan, &first, &key)) {
        const struct member *member = find_member(shape, &key);
        bool ok;

        if (member == NULL) {
            ok = shape == &record_shape && json_slice_eq(&key, "resources")
                     ? read_resources(scan, event)
                     : json_scan_value(scan);
        } else if (member->shape == NULL) {
            ok = json_scan_text(scan, &event->fields[member->field]);
        } else if (scan->at < scan->end && *scan->at == '{') {
            scan->at++;
            ok = read_shape(scan, member->shape, event);
        } else {
            ok = json_scan_value(scan);
        }
        if (!ok)
            return false;
    }
    return scan->why == NULL;
}

bool replay_record_read(struct json_scan *scan, struct replay_event *out)
{
    memset(out, 0, sizeof *out);
    return read_shape(scan, &record_shape, out);
}

static bool read_time(struct replay_event *event)
{
    const struct json_slice *time = &event->fields[EVENT_TIME];
    char text[TIME_TEXT_BYTES];

    if (time->len >= sizeof text)
        return false;
    memcpy(text, time->bytes, time->len);
    text[time->len] = '\0';
    return time_parse_rfc3339(text, &event->time_ms);
}

const char *replay_record_lacks(struct replay_event *event)
{
    return event->fields[EVENT_TIME].bytes == NULL     ? "a record without eventTime"
           : event->fields[EVENT_SOURCE].bytes == NULL ? "a record without eventSource"
           : event->fields[EVENT_NAME].bytes == NULL   ? "a record without eventName"
           : !event->has_identity                      ? "a record without userIdentity"
           : !read_time(event)                         ? "a record whose eventTime is no time"
                                                       : NULL;
}
