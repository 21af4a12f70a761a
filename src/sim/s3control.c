/*
 * s3control.c - S3 Control: what an account lets no bucket make public.
 *
 * Record: (account, "", "s3-account", "public-access-block") -> PublicAccessBlockConfiguration; the
 *         setting is one for all regions, and a new account has none.
 * Source: docs.aws.amazon.com/AmazonS3/latest/API, version 2018-08-20: what is read is what counts,
 *         an organization's S3 policy included, and with one a change answers 403; Organizations
 *         User Guide, "S3 policy syntax" (all, none).
 * Limits: an effective policy holds at once.
 */
#include "sim_priv.h"

#define KIND "s3-account"
#define BLOCK "public-access-block"

static const char *const settings[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                       "RestrictPublicBuckets"};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

/* The account is named in a header, and must be the caller's. */
static int check_account(struct sim_call *call)
{
    const char *account = http_header_get(&call->request->headers, "x-amz-account-id");

    if (account == NULL)
        return sim_error(call, "InvalidRequest", 400,
                         "Missing required header for this request: "
                         "x-amz-account-id");
    if (!str_eq(account, call->account))
        return sim_error(call, "AccessDenied", 403, "Access Denied");
    return 0;
}

/* "all" or "none"; NULL: the account is free. */
static const char *held(struct sim_call *call)
{
    return json_str(
        json_get(sim_effective_policy(call, call->account, "S3_POLICY", NULL), "s3_attributes"),
        "public_access_block_configuration");
}

static int need_free(struct sim_call *call)
{
    if (held(call) == NULL)
        return 0;
    return sim_error(call, "AccessDenied", 403,
                     "Access Denied: the account is managed by an organization-level Block Public "
                     "Access policy");
}

static int get_block(struct sim_call *call)
{
    const struct json *own = sim_get(call, call->account, "", KIND, BLOCK);
    const char *all = held(call);

    if (check_account(call) != 0)
        return -1;
    if (own == NULL && all == NULL)
        return sim_error(call, "NoSuchPublicAccessBlockConfiguration", 404,
                         "The public access block configuration was not found");
    call->answer_root = "PublicAccessBlockConfiguration";
    for (size_t i = 0; i < SETTINGS; i++)
        json_put_bool(call->answer, settings[i],
                      all == NULL ? json_bool(own, settings[i], false) : str_eq(all, "all"));
    return 0;
}

static int put_block(struct sim_call *call)
{
    const struct json *wanted = json_get(call->params, "PublicAccessBlockConfiguration");
    struct json *record = json_object(call->arena);

    if (check_account(call) != 0)
        return -1;
    if (wanted == NULL)
        return sim_error(call, "MalformedXML", 400,
                         "The XML you provided was not well-formed or did not validate against our "
                         "published schema");
    if (need_free(call) != 0)
        return -1;
    for (size_t i = 0; i < SETTINGS; i++)
        json_put_bool(record, settings[i], json_bool(wanted, settings[i], false));
    sim_put(call, call->account, "", KIND, BLOCK, record);
    return 0;
}

static int delete_block(struct sim_call *call)
{
    if (check_account(call) != 0 || need_free(call) != 0)
        return -1;
    (void)sim_delete(call, call->account, "", KIND, BLOCK);
    call->status = 204;
    return 0;
}

#define BLOCK_URI "/v20180820/configuration/publicAccessBlock"

static const struct sim_operation operations[] = {
    {.name = "GetPublicAccessBlock", .handler = get_block, .method = "GET", .uri = BLOCK_URI},
    {.name = "PutPublicAccessBlock",
     .handler = put_block,
     .access = SIM_WRITE,
     .method = "PUT",
     .uri = BLOCK_URI},
    {.name = "DeletePublicAccessBlock",
     .handler = delete_block,
     .access = SIM_WRITE,
     .method = "DELETE",
     .uri = BLOCK_URI},
    {.name = NULL},
};

static const char *action_of(const struct sim_call *call)
{
    return call->operation->access == SIM_READ ? "s3:GetAccountPublicAccessBlock"
                                               : "s3:PutAccountPublicAccessBlock";
}

const struct sim_service sim_service_s3control = {
    .name = "s3-control",
    .signing_name = "s3",
    .protocol = SIM_REST_XML,
    .xmlns = "http://awss3control.amazonaws.com/doc/2018-08-20/",
    .bad_input = "InvalidRequest",
    .throttled = "SlowDown",
    .throttled_status = 503,
    .denied = "AccessDenied",
    .action = action_of,
    .operations = {operations},
};
