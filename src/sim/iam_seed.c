/*
 * iam_seed.c - what is in IAM before anybody called it.
 *
 * The layout of IAM's records, all with the account and no region:
 *   "role", "user"                  sim_iam_key(name)  the entity; "_ready_ms" when it works
 *   "<entity>-attached/<key>"       policy ARN         {PolicyName, PolicyArn}
 *   "policy-holder/<ARN>"           "role/<key>"       {}: who has the policy attached
 *   "<entity>-policy/<key>"         policy name        {PolicyName, PolicyDocument}
 *   "user-key/<key>"                access key id      the AccessKeyMetadata
 *   "policy"                        ARN                the policy; "_document" is the default one
 *   "policy-version/<ARN>"          "v1"               the version; "Document"
 * and ("", "", "credential", access key id) for everything that can sign.
 */
#include "sim_priv.h"

#include "plinth/base/time.h"

#include <string.h>

static const char full_access[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
    "\"Resource\":\"*\"}]}";

const char *sim_iam_key(struct arena *arena, const char *name)
{
    char *key = arena_str(arena, name);

    for (char *at = key; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    return key;
}

static struct json *entity(struct sim *sim, struct arena *arena, const char *account,
                           const char *kind, const char *name, const char *id_prefix)
{
    struct json *out = json_object(arena);
    bool role = str_eq(kind, "Role");
    char now[TIME_TEXT_BYTES];

    time_rfc3339(env_wall_ms(sim->env), now);
    json_put_str(out, "Path", "/");
    json_put_str(out, arena_printf(arena, "%sName", kind), name);
    json_put_str(out, arena_printf(arena, "%sId", kind),
                 sim_access_key_id(sim, arena, id_prefix, account));
    json_put_str(out, "Arn",
                 arena_printf(arena, "arn:%s:iam::%s:%s/%s", sim->partition, account,
                              role ? "role" : "user", name));
    json_put_str(out, "CreateDate", now);
    return out;
}

void sim_iam_member_role(struct sim *sim, struct arena *arena, const char *account,
                         const char *name, const char *trust_policy, int64_t ready_ms)
{
    struct json *role = entity(sim, arena, account, "Role", name, "AROA");
    struct json *policy = json_object(arena);
    const char *key = sim_iam_key(arena, name);

    json_put_str(role, "AssumeRolePolicyDocument", trust_policy);
    json_put_number(role, "MaxSessionDuration", 3600);
    json_put_number(role, "_ready_ms", (double)ready_ms);
    sim_store_put(sim->store, account, "", "role", key, role);

    json_put_str(policy, "PolicyName", "AdministratorAccess");
    json_put_str(policy, "PolicyDocument", full_access);
    sim_store_put(sim->store, account, "", arena_printf(arena, "role-policy/%s", key),
                  "AdministratorAccess", policy);
}

static void administrator_key(struct sim *sim, struct arena *arena, const struct json *user,
                              const char *account, const char *access_key_id)
{
    struct json *metadata = json_object(arena), *credential = json_object(arena);

    json_put_str(metadata, "UserName", json_str(user, "UserName"));
    json_put_str(metadata, "AccessKeyId", access_key_id);
    json_put_str(metadata, "Status", "Active");
    json_put_str(metadata, "CreateDate", json_str(user, "CreateDate"));
    sim_store_put(
        sim->store, account, "",
        arena_printf(arena, "user-key/%s", sim_iam_key(arena, json_str(user, "UserName"))),
        access_key_id, metadata);

    json_put_str(credential, "_account", account);
    json_put_str(credential, "_kind", "user");
    json_put_str(credential, "_arn", json_str(user, "Arn"));
    json_put_str(credential, "_source_arn", json_str(user, "Arn"));
    json_put_str(credential, "_user_id", json_str(user, "UserId"));
    json_put_str(credential, "_name", json_str(user, "UserName"));
    json_put_str(credential, "_status", "Active");
    sim_store_put(sim->store, "", "", "credential", access_key_id, credential);
}

void sim_iam_administrator(struct sim *sim, struct arena *arena, const char *account,
                           const char *access_key_id)
{
    struct json *user = entity(sim, arena, account, "User", "administrator", "AIDA");
    struct json *attached = json_object(arena);
    const char *arn =
        arena_printf(arena, "arn:%s:iam::aws:policy/AdministratorAccess", sim->partition);

    sim_store_put(sim->store, account, "", "user", "administrator", user);
    json_put_str(attached, "PolicyName", "AdministratorAccess");
    json_put_str(attached, "PolicyArn", arn);
    sim_store_put(sim->store, account, "", "user-attached/administrator", arn, attached);
    sim_store_put(sim->store, account, "", arena_printf(arena, "policy-holder/%s", arn),
                  "user/administrator", json_object(arena));
    administrator_key(sim, arena, user, account, access_key_id);
}
