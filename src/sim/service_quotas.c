/*
 * service_quotas.c - what an account may have, and asking for more.
 *
 * Source: Service Quotas API Reference, version 2019-06-24.
 * Limits: a request is granted after a day; AWS may take longer, or refuse.  Granted values are not
 *         enforced by the other services here.
 */
#include "sim_priv.h"

enum { GRANTED_AFTER_S = 24 * 60 * 60 };

struct quota {
    const char *service, *code, *name;
    double value;
    bool adjustable, global;
};

static const struct quota quotas[] = {
#define QUOTA(service, code, name, value, adjustable, global)                                      \
    {service, code, name, value, adjustable, global},
#include "quotas.def"
#undef QUOTA
};

enum { QUOTA_COUNT = sizeof quotas / sizeof quotas[0] };

/* NULL with the error set. */
static const struct quota *quota_find(struct sim_call *call)
{
    const char *service = sim_param(call, "ServiceCode"), *code = sim_param(call, "QuotaCode");

    for (size_t i = 0; i < QUOTA_COUNT; i++)
        if (str_eq(quotas[i].service, service) && str_eq(quotas[i].code, code))
            return &quotas[i];
    (void)sim_error(call, "NoSuchResourceException", 400,
                    "The request failed because the specified service quota does not exist.");
    return NULL;
}

/* Global quotas are kept in no region. */
static const char *region_of(const struct sim_call *call, const struct quota *quota)
{
    return quota->global ? "" : call->region;
}

static const char *kind_of(const struct sim_call *call, const struct quota *quota)
{
    return arena_printf(call->arena, "quota-request/%s/%s", quota->service, quota->code);
}

/* What a request says now: its time may have come since. */
static struct json *request_now(struct sim_call *call, struct json *request)
{
    sim_set_str(request, "Status", sim_ready(call, request) ? "APPROVED" : "PENDING");
    return request;
}

static double value_now(struct sim_call *call, const struct quota *quota)
{
    double value = quota->value;

    for (const struct sim_record *it =
             sim_first(call, call->account, region_of(call, quota), kind_of(call, quota));
         it != NULL; it = sim_store_next(it)) {
        const struct json *request = sim_record_json(it, call->arena);

        if (sim_ready(call, request))
            value = json_number(request, "DesiredValue", value);
    }
    return value;
}

static void put_names(struct sim_call *call, struct json *out, const struct quota *quota)
{
    json_put_str(out, "ServiceCode", quota->service);
    json_put_str(out, "QuotaCode", quota->code);
    json_put_str(out, "QuotaName", quota->name);
    json_put_bool(out, "GlobalQuota", quota->global);
    json_put_str(out, "Unit", "None");
    json_put_str(out, "QuotaArn",
                 sim_arn(call, "servicequotas", call->region, call->account, "%s/%s",
                         quota->service, quota->code));
}

static struct json *shown(struct sim_call *call, const struct quota *quota)
{
    struct json *out = json_object(call->arena);

    put_names(call, out, quota);
    json_put_number(out, "Value", value_now(call, quota));
    json_put_bool(out, "Adjustable", quota->adjustable);
    return out;
}

/* --- Operations --- */

static const struct sim_rule quota_rules[] = {
    {.name = "ServiceCode", .required = true, .min = 1, .max = 63, .chars = "a-zA-Z0-9-"},
    {.name = "QuotaCode", .required = true, .min = 1, .max = 128, .chars = "a-zA-Z0-9-"},
    {.name = NULL},
};

static int get_service_quota(struct sim_call *call)
{
    const struct quota *quota = quota_find(call);

    if (quota == NULL)
        return -1;
    json_put(call->answer, "Quota", shown(call, quota));
    return 0;
}

static const struct sim_rule list_rules[] = {
    {.name = "ServiceCode", .required = true, .min = 1, .max = 63, .chars = "a-zA-Z0-9-"},
    {.name = NULL},
};

/* The table is short: all of a service fits one page. */
static int list_service_quotas(struct sim_call *call)
{
    struct json *list = json_put_array(call->answer, "Quotas");

    for (size_t i = 0; i < QUOTA_COUNT; i++)
        if (str_eq(quotas[i].service, sim_param(call, "ServiceCode")))
            json_add(list, shown(call, &quotas[i]));
    if (list->count == 0)
        return sim_error(call, "NoSuchResourceException", 400,
                         "The request failed because the specified service does not exist.");
    return 0;
}

static const struct sim_rule request_rules[] = {
    {.name = "ServiceCode", .required = true, .min = 1, .max = 63, .chars = "a-zA-Z0-9-"},
    {.name = "QuotaCode", .required = true, .min = 1, .max = 128, .chars = "a-zA-Z0-9-"},
    {.name = "DesiredValue", .required = true, .number = true, .max = 1e10},
    {.name = NULL},
};

static bool is_pending(struct sim_call *call, const struct quota *quota)
{
    for (const struct sim_record *it =
             sim_first(call, call->account, region_of(call, quota), kind_of(call, quota));
         it != NULL; it = sim_store_next(it))
        if (!sim_ready(call, sim_record_json(it, call->arena)))
            return true;
    return false;
}

static int request_increase(struct sim_call *call)
{
    const struct quota *quota = quota_find(call);
    double wanted = json_number(call->params, "DesiredValue", 0);
    struct json *request, *where;
    const char *id;

    if (quota == NULL)
        return -1;
    if (!quota->adjustable || wanted <= value_now(call, quota))
        return sim_error(call, "IllegalArgumentException", 400,
                         "You must provide a quota value greater than the current quota value, "
                         "for a quota that is adjustable.");
    if (is_pending(call, quota))
        return sim_error(call, "ResourceAlreadyExistsException", 400,
                         "Only one open service quota increase request is allowed per quota.");
    id = sim_id(call, "", 32, SIM_HEX_DIGITS);
    request = json_put_object(call->answer, "RequestedQuota");
    json_put_str(request, "Id", id);
    put_names(call, request, quota);
    json_put_number(request, "DesiredValue", wanted);
    sim_put_time(call, request, "Created", call->now_ms);
    json_put_number(request, "_ready_ms", (double)sim_due_ms(call, GRANTED_AFTER_S));
    (void)request_now(call, request);
    sim_put(call, call->account, region_of(call, quota), kind_of(call, quota), id, request);

    where = json_object(call->arena);
    json_put_str(where, "Region", region_of(call, quota));
    json_put_str(where, "Kind", kind_of(call, quota));
    sim_put(call, call->account, "", "quota-request", id, where);
    return 0;
}

static const struct sim_rule change_rules[] = {
    {.name = "RequestId", .required = true, .min = 1, .max = 128, .chars = "a-zA-Z0-9-"},
    {.name = NULL},
};

static int get_requested_change(struct sim_call *call)
{
    const char *id = sim_param(call, "RequestId");
    const struct json *where = sim_get(call, call->account, "", "quota-request", id);

    if (where == NULL)
        return sim_error(call, "NoSuchResourceException", 400,
                         "The request failed because the specified request does not exist.");
    json_put(call->answer, "RequestedQuota",
             request_now(call, sim_get(call, call->account, json_str(where, "Region"),
                                       json_str(where, "Kind"), id)));
    return 0;
}

static const struct sim_operation operations[] = {
    {.name = "GetServiceQuota", .handler = get_service_quota, .rules = quota_rules},
    {.name = "ListServiceQuotas", .handler = list_service_quotas, .rules = list_rules},
    {.name = "RequestServiceQuotaIncrease",
     .handler = request_increase,
     .access = SIM_WRITE,
     .rules = request_rules},
    {.name = "GetRequestedServiceQuotaChange",
     .handler = get_requested_change,
     .rules = change_rules},
    {.name = NULL},
};

const struct sim_service sim_service_service_quotas = {
    .name = "service-quotas",
    .signing_name = "servicequotas",
    .endpoint = "servicequotas",
    .protocol = SIM_JSON,
    .json_version = "1.1",
    .target_prefix = "ServiceQuotasV20190624",
    .bad_input = "IllegalArgumentException",
    .throttled = "TooManyRequestsException",
    .operations = {operations},
};
