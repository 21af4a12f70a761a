/*
 * iam_account.c - what an account has once: alias, password policy, summary.
 *
 * Source: IAM API Reference, version 2010-05-08.
 */
#include "iam_priv.h"

#include <string.h>

/* --- Alias: unique over all accounts --- */

static const struct sim_rule alias_rules[] = {
    {.name = "AccountAlias", .required = true, .min = 3, .max = 63, .chars = "a-z0-9-"},
    IAM_RULES_END,
};

static const char *alias_of(struct sim_call *call)
{
    return json_str(sim_get(call, call->account, "", "alias", "self"), "AccountAlias");
}

static int create_account_alias(struct sim_call *call)
{
    const char *alias = sim_param(call, "AccountAlias"), *before = alias_of(call);
    struct json *owner = sim_get(call, "", "", "alias", alias), *record = json_object(call->arena);

    if (owner != NULL && !str_eq(json_str(owner, "Id"), call->account))
        return sim_error(call, "EntityAlreadyExists", 409, "The account alias %s already exists.",
                         alias);
    if (before != NULL)
        (void)sim_delete(call, "", "", "alias", before);
    json_put_str(record, "AccountAlias", alias);
    json_put_str(record, "Id", call->account);
    sim_put(call, call->account, "", "alias", "self", record);
    sim_put(call, "", "", "alias", alias, record);
    return 0;
}

static int list_account_aliases(struct sim_call *call)
{
    struct json *aliases = json_put_array(call->answer, "AccountAliases");

    if (alias_of(call) != NULL)
        json_add_str(aliases, alias_of(call));
    json_put_bool(call->answer, "IsTruncated", false);
    return 0;
}

static int delete_account_alias(struct sim_call *call)
{
    const char *alias = sim_param(call, "AccountAlias");

    if (!str_eq(alias_of(call), alias))
        return iam_no_entity(call, "The account alias %s cannot be found.", alias);
    (void)sim_delete(call, call->account, "", "alias", "self");
    (void)sim_delete(call, "", "", "alias", alias);
    return 0;
}

/* --- Password policy --- */

static const struct sim_rule password_rules[] = {
    {.name = "MinimumPasswordLength", .number = true, .min = 6, .max = 128},
    {.name = "MaxPasswordAge", .number = true, .min = 1, .max = 1095},
    {.name = "PasswordReusePrevention", .number = true, .min = 1, .max = 24},
    {.name = "RequireSymbols", .values = "true|false"},
    {.name = "RequireNumbers", .values = "true|false"},
    {.name = "RequireUppercaseCharacters", .values = "true|false"},
    {.name = "RequireLowercaseCharacters", .values = "true|false"},
    {.name = "AllowUsersToChangePassword", .values = "true|false"},
    {.name = "HardExpiry", .values = "true|false"},
    IAM_RULES_END,
};

/* A member that is not given goes back to its default: the policy is replaced, not merged. */
static int update_password_policy(struct sim_call *call)
{
    struct json *policy = json_object(call->arena);

    json_put_number(policy, "MinimumPasswordLength",
                    json_number(call->params, "MinimumPasswordLength", 6));
    for (const struct sim_rule *rule = password_rules; rule->name != NULL; rule++) {
        if (rule->values != NULL)
            json_put_bool(policy, rule->name, json_bool(call->params, rule->name, false));
        else if (json_get(policy, rule->name) == NULL && json_get(call->params, rule->name) != NULL)
            json_put_number(policy, rule->name, json_number(call->params, rule->name, 0));
    }
    json_put_bool(policy, "ExpirePasswords", json_get(policy, "MaxPasswordAge") != NULL);
    sim_put(call, call->account, "", "password-policy", "self", policy);
    return 0;
}

static int no_password_policy(struct sim_call *call)
{
    return iam_no_entity(call, "The Password Policy with domain name %s cannot be found.",
                         call->account);
}

static int get_password_policy(struct sim_call *call)
{
    const struct json *policy = sim_get(call, call->account, "", "password-policy", "self");

    if (policy == NULL)
        return no_password_policy(call);
    json_put(call->answer, "PasswordPolicy", policy);
    return 0;
}

static int delete_password_policy(struct sim_call *call)
{
    if (!sim_delete(call, call->account, "", "password-policy", "self"))
        return no_password_policy(call);
    return 0;
}

/* --- Summary --- */

static void summary_put(struct json *entries, const char *key, size_t value)
{
    struct json *entry = json_add_object(entries);

    json_put_str(entry, "key", key);
    json_put_number(entry, "value", (double)value);
}

static int get_account_summary(struct sim_call *call)
{
    struct json *map = json_put_object(call->answer, "SummaryMap");
    struct json *entries = json_put_array(map, "entry");
    const struct sim_store *store = call->sim->store;

    summary_put(entries, "Users", sim_store_count(store, call->account, "", "user"));
    summary_put(entries, "UsersQuota", 5000);
    summary_put(entries, "Roles", sim_store_count(store, call->account, "", "role"));
    summary_put(entries, "RolesQuota", 1000);
    summary_put(entries, "Policies", sim_store_count(store, call->account, "", "policy"));
    summary_put(entries, "PoliciesQuota", 1500);
    summary_put(entries, "MFADevices", 0);
    summary_put(entries, "AccountMFAEnabled", 0);
    summary_put(entries, "AccountPasswordPresent", 0);
    summary_put(entries, "AccountAccessKeysPresent",
                sim_store_count(store, call->account, "", "user-key//root") > 0);
    return 0;
}

const struct sim_operation iam_account_operations[] = {
    {.name = "CreateAccountAlias",
     .handler = create_account_alias,
     .access = SIM_WRITE,
     .rules = alias_rules},
    {.name = "ListAccountAliases", .handler = list_account_aliases},
    {.name = "DeleteAccountAlias",
     .handler = delete_account_alias,
     .access = SIM_WRITE,
     .rules = alias_rules},
    {.name = "UpdateAccountPasswordPolicy",
     .handler = update_password_policy,
     .access = SIM_WRITE,
     .rules = password_rules},
    {.name = "GetAccountPasswordPolicy", .handler = get_password_policy},
    {.name = "DeleteAccountPasswordPolicy", .handler = delete_password_policy, .access = SIM_WRITE},
    {.name = "GetAccountSummary", .handler = get_account_summary},
    {.name = NULL},
};
