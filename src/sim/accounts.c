/*
 * accounts.c - the accounts there are, and what their organization says about them.
 */
#include "sim_priv.h"

#include <stdio.h>

static const char *new_account_id(struct sim *sim, struct arena *arena)
{
    const char *id;

    do { /* no account starts with a zero, so that ids survive as numbers */
        id = arena_printf(
            arena, "%llu",
            (unsigned long long)(100000000000 + rng_below(sim->env->rng, 900000000000)));
    } while (sim_store_has(sim->store, "", "", "account", id));
    return id;
}

const char *sim_account_create(struct sim *sim, struct arena *arena, const char *email,
                               const char *name, const char *role_name, const char *management,
                               int64_t role_ready_ms)
{
    const char *id = new_account_id(sim, arena);
    struct json *account = json_object(arena);

    json_put_str(account, "Id", id);
    json_put_str(account, "Email", email);
    json_put_str(account, "Name", name);
    json_put_number(account, "_created_ms", (double)env_wall_ms(sim->env));
    json_put_str(account, "_status", "ACTIVE");
    sim_store_put(sim->store, "", "", "account", id, account);
    if (role_name != NULL)
        sim_iam_member_role(
            sim, arena, id, role_name,
            arena_printf(arena,
                         "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                         "\"Principal\":{\"AWS\":\"arn:%s:iam::%s:root\"},"
                         "\"Action\":\"sts:AssumeRole\"}]}",
                         sim->partition, management),
            role_ready_ms);
    return id;
}

bool sim_organization_of(struct sim_call *call, const char *account, struct sim_organization *out)
{
    const struct json *membership = sim_get(call, "", "", "membership", account);
    const struct json *organization;

    if (membership == NULL)
        return false;
    out->id = json_str(membership, "OrganizationId");
    out->management = json_str(membership, "ManagementAccountId");
    organization = sim_get(call, out->management, "", "organization", "self");
    out->all_features = str_eq(json_str(organization, "FeatureSet"), "ALL");
    return true;
}

bool sim_is_management(struct sim_call *call)
{
    struct sim_organization organization;

    return sim_organization_of(call, call->account, &organization) &&
           str_eq(organization.management, call->account);
}

bool sim_service_trusted(struct sim_call *call, const char *management, const char *principal)
{
    return sim_has(call, management, "", "service-access", principal);
}

bool sim_is_delegated(struct sim_call *call, const char *management, const char *principal,
                      const char *account)
{
    return sim_has(call, management, "", arena_printf(call->arena, "delegated/%s", principal),
                   account);
}
