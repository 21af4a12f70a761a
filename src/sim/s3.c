/*
 * s3.c - Amazon S3: buckets, whose they are, where they are, and who may touch them and what is in
 *        them.
 *
 * Source: S3 API Reference, version 2006-03-01; S3 User Guide, "Bucket naming rules", "Making
 *         requests using the REST API" (redirects) and "Access control in Amazon S3".
 * Limits: addressed by path only, not by host name; no ACLs.
 */
#include "s3_priv.h"

#include "resource_policy.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_MOST = 10000, REGION_BYTES_MOST = 64 };

/* --- What other files ask ------------------------------------------------------------------------
 */

const char *s3_region_of(struct sim_call *call, const char *bucket)
{
    return json_str(sim_get(call, "", "", "bucket", bucket), "_region");
}

bool s3_service_may(struct sim_call *call, const char *bucket, const struct sim_service_act *act)
{
    const struct json *policy = s3_get(call, bucket, "policy");

    return sim_has(call, "", "", "bucket", bucket) &&
           sim_resource_policy_service(call, json_str(policy, "_text"), act) == SIM_ALLOWED;
}

/* --- Who may do what, where ----------------------------------------------------------------------
 */

static int no_such_bucket(struct sim_call *call, const char *name)
{
    (void)sim_error(call, "NoSuchBucket", 404, "The specified bucket does not exist");
    sim_error_put(call, "BucketName", name);
    return -1;
}

/* A bucket answers only in its region.  The old global endpoint takes the request, but not a
 * signature for another region. */
static int check_region(struct sim_call *call, const char *name, const char *region)
{
    if (str_eq(region, call->region))
        return 0;
    http_header_add(&call->headers, call->arena, "x-amz-bucket-region", region);
    if (str_eq(call->url.host, "s3.amazonaws.com")) {
        (void)sim_error(call, "AuthorizationHeaderMalformed", 400,
                        "The authorization header is malformed; the region '%s' is wrong; "
                        "expecting '%s'",
                        call->region, region);
        sim_error_put(call, "Region", region);
        return -1;
    }
    (void)sim_error(call, "PermanentRedirect", 301,
                    "The bucket you are attempting to access must be addressed using the specified "
                    "endpoint. Please send all future requests to this endpoint.");
    sim_error_put(call, "Endpoint", arena_printf(call->arena, "s3.%s.amazonaws.com", region));
    sim_error_put(call, "Bucket", name);
    return -1;
}

static const char *header(const struct sim_call *call, const char *name)
{
    return http_header_get(&call->request->headers, name);
}

/* Not every action is called as its operation is. */
static const char *action_of(const struct sim_call *call)
{
    static const struct {
        const char *operation, *action, *of_version;
    } rows[] = {
        {"HeadBucket", "s3:ListBucket", NULL},
        {"ListBuckets", "s3:ListAllMyBuckets", NULL},
        {"ListObjectsV2", "s3:ListBucket", NULL},
        {"GetObject", "s3:GetObject", "s3:GetObjectVersion"},
        {"HeadObject", "s3:GetObject", "s3:GetObjectVersion"},
        {"DeleteObject", "s3:DeleteObject", "s3:DeleteObjectVersion"},
    };
    const struct s3_setting *setting = s3_setting_of_call(call);
    bool version = sim_param(call, "versionId") != NULL;

    if (setting != NULL && setting->root != NULL)
        return call->operation->access == SIM_READ ? setting->read_action : setting->write_action;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_eq(call->operation->name, rows[i].operation))
            return version && rows[i].of_version != NULL ? rows[i].of_version : rows[i].action;
    return NULL;
}

/* Whatever a policy says, the root user of the owner can take it away. */
static bool is_rescue(const struct sim_call *call, bool owner)
{
    return owner && call->principal.kind == SIM_ROOT && str_ends(call->operation->name, "Policy");
}

static int check_access(struct sim_call *call, const char *name, const struct json *bucket)
{
    const char *expected = header(call, "x-amz-expected-bucket-owner");
    const char *owner = json_str(bucket, "_account"), *action = sim_iam_action(call);
    const char *key = sim_param(call, "Key");
    const char *arn =
        sim_arn(call, "s3", "", "", "%s%s%s", name, key == NULL ? "" : "/", key == NULL ? "" : key);
    bool own = str_eq(owner, call->account);
    enum sim_verdict verdict;

    if (expected != NULL && !str_eq(expected, owner))
        return sim_error(call, "AccessDenied", 403, "Access Denied");
    verdict = sim_resource_policy_caller(call, json_str(s3_get(call, name, "policy"), "_text"),
                                         action, arn);
    if (is_rescue(call, own) || verdict == SIM_ALLOWED || (own && verdict == SIM_SILENT))
        return 0;
    return sim_denied(call, action, arn);
}

static bool is_about_a_bucket(const struct sim_call *call)
{
    return !str_eq(call->operation->name, "CreateBucket") &&
           !str_eq(call->operation->name, "ListBuckets");
}

/* A sub-resource that we do not have must not pass for the bucket or the object itself. */
static int check_query(struct sim_call *call)
{
    struct http_param *params;
    struct err ignored = ERR_INIT;
    size_t count;

    if (strchr(call->operation->uri, '?') != NULL ||
        http_params_parse(call->url.query, call->arena, &params, &count, &ignored) != 0)
        return 0; /* a query that cannot be read had no route */
    for (size_t i = 0; i < count; i++)
        if (!str_eq(params[i].name, "x-id") && !str_eq(params[i].name, "versionId"))
            return sim_error(call, "NotImplemented", 501,
                             "The simulator has no operation for %s of a bucket or an object.",
                             params[i].name);
    return 0;
}

static int before(struct sim_call *call)
{
    const char *name = sim_param(call, "Bucket");
    const struct json *bucket;

    if (!str_eq(call->operation->name, "ListBuckets") && check_query(call) != 0)
        return -1;
    if (!is_about_a_bucket(call))
        return 0;
    bucket = sim_get(call, "", "", "bucket", name);
    if (bucket == NULL)
        return no_such_bucket(call, name);
    /* Only this operation tells where a bucket is to whoever asks somewhere else. */
    if (!str_eq(call->operation->name, "GetBucketLocation") &&
        check_region(call, name, json_str(bucket, "_region")) != 0)
        return -1;
    return check_access(call, name, bucket);
}

/* --- Create --------------------------------------------------------------------------------------
 */

static bool is_edge(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool name_is_valid(const char *name)
{
    size_t len = strlen(name);

    return len >= 3 && len <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len &&
           is_edge(name[0]) && is_edge(name[len - 1]) && strstr(name, "..") == NULL &&
           strspn(name, "0123456789.") != len && !str_starts(name, "xn--") &&
           !str_starts(name, "sthree-") && !str_starts(name, "amzn-s3-demo-") &&
           !str_ends(name, "-s3alias") && !str_ends(name, "--ol-s3") && !str_ends(name, "--x-s3");
}

/* Where it is to be: us-east-1 takes every region but says its own by saying nothing; the others
 * take only their own. */
static int place(struct sim_call *call, const char **out)
{
    const char *wanted =
        json_str(json_get(call->params, "CreateBucketConfiguration"), "LocationConstraint");
    const struct sim_region *region;

    *out = call->region;
    if (str_eq(wanted, "EU"))
        wanted = "eu-west-1";
    if (wanted == NULL && str_eq(call->region, "us-east-1"))
        return 0;
    if (wanted == NULL)
        return sim_error(call, "IllegalLocationConstraintException", 400,
                         "The unspecified location constraint is incompatible for the region "
                         "specific endpoint this request was sent to.");
    region = sim_region_find(wanted);
    if (region == NULL || str_eq(wanted, "us-east-1") ||
        !str_eq(region->partition, call->sim->partition))
        return sim_error(call, "InvalidLocationConstraint", 400,
                         "The specified location-constraint is not valid");
    if (!str_eq(call->region, "us-east-1") && !str_eq(call->region, wanted))
        return sim_error(call, "IllegalLocationConstraintException", 400,
                         "The %s location constraint is incompatible for the region specific "
                         "endpoint this request was sent to.",
                         wanted);
    *out = region->name;
    return 0;
}

static int check_taken(struct sim_call *call, const struct json *there)
{
    if (!str_eq(json_str(there, "_account"), call->account))
        return sim_error(call, "BucketAlreadyExists", 409,
                         "The requested bucket name is not available. The bucket namespace is "
                         "shared by all users of the system. Please select a different name and "
                         "try again.");
    return sim_error(call, "BucketAlreadyOwnedByYou", 409,
                     "Your previous request to create the named bucket succeeded and you already "
                     "own it.");
}

/* As every new bucket is since April 2023: closed to the public, without ACLs, encrypted. */
static void put_defaults(struct sim_call *call, const char *name)
{
    static const char *const blocks[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                         "RestrictPublicBuckets"};
    const char *ownership = header(call, "x-amz-object-ownership");
    struct json *block = json_object(call->arena), *owner = json_object(call->arena);

    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        json_put_str(block, blocks[i], "true");
    s3_put(call, name, "public-access-block", block);
    json_put_str(json_put_object(owner, "Rule"), "ObjectOwnership",
                 ownership == NULL ? "BucketOwnerEnforced" : ownership);
    s3_put(call, name, "ownership", owner);
    s3_encrypt_plainly(call, name);
}

static void put_lock(struct sim_call *call, const char *name)
{
    struct json *versioning = json_object(call->arena), *lock = json_object(call->arena);

    json_put_str(versioning, "Status", "Enabled");
    s3_put(call, name, "versioning", versioning);
    json_put_str(lock, "ObjectLockEnabled", "Enabled");
    s3_put(call, name, "object-lock", lock);
}

static void put_bucket(struct sim_call *call, const char *name, const char *region,
                       const struct json *tags)
{
    const char *lock = header(call, "x-amz-bucket-object-lock-enabled");
    struct json *record = json_object(call->arena), *tagging = json_object(call->arena);

    json_put_str(record, "Name", name);
    json_put_str(record, "_account", call->account);
    json_put_str(record, "_region", region);
    json_put_number(record, "_created_ms", (double)call->now_ms);
    sim_put(call, "", "", "bucket", name, record);
    sim_put(call, call->account, "", "bucket-of", name, json_object(call->arena));
    put_defaults(call, name);
    if (lock != NULL && str_eq_nocase(lock, "true"))
        put_lock(call, name);
    if (tags == NULL)
        return;
    json_put(tagging, "TagSet", tags);
    s3_put(call, name, "tagging", tagging);
}

static int create_bucket(struct sim_call *call)
{
    const char *name = sim_param(call, "Bucket"), *region;
    const struct json *wanted = json_path(call->params, "CreateBucketConfiguration", "Tags", NULL);
    const struct json *there = sim_get(call, "", "", "bucket", name);
    const struct json *tags = NULL;

    if (!name_is_valid(name)) {
        (void)sim_error(call, "InvalidBucketName", 400, "The specified bucket is not valid.");
        sim_error_put(call, "BucketName", name);
        return -1;
    }
    if (place(call, &region) != 0)
        return -1;
    if (wanted != NULL && (tags = s3_tags_check(call, wanted)) == NULL)
        return -1;
    http_header_add(&call->headers, call->arena, "Location",
                    arena_printf(call->arena, "/%s", name));
    /* In us-east-1 one's own bucket can be made again, as it was before there were regions. */
    if (there != NULL && str_eq(json_str(there, "_account"), call->account) &&
        str_eq(json_str(there, "_region"), "us-east-1") && str_eq(region, "us-east-1"))
        return 0;
    if (there != NULL)
        return check_taken(call, there);
    if (sim_store_count(call->sim->store, call->account, "", "bucket-of") >= BUCKETS_MOST)
        return sim_error(call, "TooManyBuckets", 400,
                         "You have attempted to create more buckets than allowed");
    put_bucket(call, name, region, tags);
    return 0;
}

static int delete_bucket(struct sim_call *call)
{
    const char *name = sim_param(call, "Bucket");

    if (!s3_is_empty(call)) {
        (void)sim_error(call, "BucketNotEmpty", 409,
                        "The bucket you tried to delete is not empty. You must delete all versions "
                        "in the bucket.");
        sim_error_put(call, "BucketName", name);
        return -1;
    }
    for (const struct s3_setting *it = s3_settings; it->name != NULL; it++)
        (void)sim_delete(call, "", "", arena_printf(call->arena, "bucket/%s", it->kind), name);
    (void)sim_delete(call, "", "", "bucket", name);
    (void)sim_delete(call, call->account, "", "bucket-of", name);
    call->status = 204;
    return 0;
}

static int head_bucket(struct sim_call *call)
{
    http_header_add(&call->headers, call->arena, "x-amz-bucket-region", call->region);
    return 0;
}

/* us-east-1 is the place that needs no name. */
static int get_bucket_location(struct sim_call *call)
{
    const char *region = s3_region_of(call, sim_param(call, "Bucket"));

    http_header_add(&call->headers, call->arena, "Content-Type", "application/xml");
    call->answer_text =
        arena_printf(call->arena, "<LocationConstraint xmlns=\"%s\">%s</LocationConstraint>",
                     call->service->xmlns, str_eq(region, "us-east-1") ? "" : region);
    return 0;
}

/* --- List ----------------------------------------------------------------------------------------
 */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **sorted_names(struct sim_call *call, size_t *out_count)
{
    size_t count = sim_store_count(call->sim->store, call->account, "", "bucket-of"), i = 0;
    const char **names = arena_array(call->arena, count + 1, sizeof *names);

    for (const struct sim_record *it = sim_first(call, call->account, "", "bucket-of"); it != NULL;
         it = sim_store_next(it))
        names[i++] = sim_record_id(it);
    if (count > 1)
        qsort(names, count, sizeof *names, by_text);
    *out_count = count;
    return names;
}

static void show_bucket(struct sim_call *call, struct json *list, const char *name,
                        const struct json *record)
{
    struct json *item = json_add_object(list);

    json_put_str(item, "Name", name);
    sim_put_time(call, item, "CreationDate", (int64_t)json_number(record, "_created_ms", 0));
    json_put_str(item, "BucketRegion", json_str(record, "_region"));
}

/* The token is the name to go on behind. */
static int list_buckets(struct sim_call *call)
{
    size_t most = (size_t)json_number(call->params, "max-buckets", BUCKETS_MOST), count;
    const char *after = sim_param(call, "continuation-token"), *prefix = sim_param(call, "prefix");
    const char *region = sim_param(call, "bucket-region"), **names = sorted_names(call, &count);
    struct json *owner, *list = json_array(call->arena);

    call->answer_root = "ListAllMyBucketsResult";
    for (size_t i = 0; i < count; i++) {
        const struct json *record = sim_get(call, "", "", "bucket", names[i]);

        if ((after != NULL && strcmp(names[i], after) <= 0) ||
            (prefix != NULL && !str_starts(names[i], prefix)) ||
            (region != NULL && !str_eq(region, json_str(record, "_region"))))
            continue;
        if (list->count == most) {
            json_put_str(call->answer, "ContinuationToken", json_str(list->last, "Name"));
            break;
        }
        show_bucket(call, list, names[i], record);
    }
    owner = json_put_object(call->answer, "Owner");
    json_put_str(owner, "ID", call->account);
    json_put(json_put_object(call->answer, "Buckets"), "Bucket", list);
    json_put_str(call->answer, "Prefix", prefix);
    return 0;
}

static const struct sim_rule list_rules[] = {
    {.name = "max-buckets", .number = true, .min = 1, .max = BUCKETS_MOST},
    {.name = "bucket-region", .min = 1, .max = REGION_BYTES_MOST},
    {.name = NULL},
};

const struct sim_operation s3_bucket_operations[] = {
    {.name = "ListBuckets",
     .handler = list_buckets,
     .rules = list_rules,
     .method = "GET",
     .uri = "/"},
    {.name = "CreateBucket",
     .handler = create_bucket,
     .access = SIM_WRITE,
     .method = "PUT",
     .uri = "/{Bucket}"},
    {.name = "HeadBucket", .handler = head_bucket, .method = "HEAD", .uri = "/{Bucket}"},
    {.name = "DeleteBucket",
     .handler = delete_bucket,
     .access = SIM_WRITE,
     .method = "DELETE",
     .uri = "/{Bucket}"},
    {.name = "GetBucketLocation",
     .handler = get_bucket_location,
     .method = "GET",
     .uri = "/{Bucket}?location"},
    {.name = NULL},
};

const struct sim_service sim_service_s3 = {
    .name = "s3",
    .protocol = SIM_REST_XML,
    .xmlns = "http://s3.amazonaws.com/doc/2006-03-01/",
    .bad_input = "InvalidArgument",
    .throttled = "SlowDown",
    .throttled_status = 503,
    .denied = "AccessDenied",
    .action = action_of,
    .before = before,
    .operations = {s3_bucket_operations, s3_setting_operations, s3_object_operations,
                   s3_listing_operations},
};
