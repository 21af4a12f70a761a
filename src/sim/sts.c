/*
 * sts.c - who am I, and temporary credentials.
 *
 * Source: AWS Security Token Service API Reference, version 2011-06-15.
 */
#include "sim_priv.h"

#include "plinth/base/time.h"

static int get_caller_identity(struct sim_call *call)
{
    json_put_str(call->answer, "Arn", call->principal.arn);
    json_put_str(call->answer, "UserId", call->principal.user_id);
    json_put_str(call->answer, "Account", call->account);
    return 0;
}

static const struct sim_operation operations[] = {
    {"GetCallerIdentity", get_caller_identity, .access = SIM_READ},
    {0},
};

const struct sim_service sim_service_sts = {
    .name = "sts",
    .protocol = SIM_QUERY,
    .api_version = "2011-06-15",
    .xmlns = "https://sts.amazonaws.com/doc/2011-06-15/",
    .bad_input = "ValidationError",
    .throttled = "Throttling",
    .denied = "AccessDenied",
    .operations = {operations},
};
