/*
 * guardrails.c - the SCPs and RCPs over an account, as the organization has them at the moment.
 *
 * They are found once for each account and kept until the organization's records change.
 *
 * Source: Organizations User Guide, "SCP evaluation", "RCP evaluation", "Service control policies
 *         (SCPs)" and "Resource control policies (RCPs)", with the services that take RCPs; IAM
 *         User Guide, "Troubleshoot access denied error messages".
 */
#include "organizations_priv.h"
#include "policies.h"

#include "plinth/base/vec.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(message) abort()
#include <uthash.h>

struct entry {
    struct sim_guardrails over;
    int64_t until_ms; /* then a type that is being turned on works; 0: nothing is under way */
    const char *account;
    UT_hash_handle hh;
};

struct sim_guardrails_cache {
    struct arena *arena;
    struct entry *entries;
    uint64_t version; /* of the organization's records */
};

struct sim_guardrails_cache *sim_guardrails_cache_new(void)
{
    struct sim_guardrails_cache *cache = calloc(1, sizeof *cache);

    if (cache == NULL)
        abort();
    cache->arena = arena_new("guardrails");
    return cache;
}

void sim_guardrails_cache_clear(struct sim_guardrails_cache *cache)
{
    HASH_CLEAR(hh, cache->entries);
    arena_reset(cache->arena);
}

void sim_guardrails_cache_free(struct sim_guardrails_cache *cache)
{
    HASH_CLEAR(hh, cache->entries);
    arena_free(cache->arena);
    free(cache);
}

/* --- Finding them --------------------------------------------------------------------------------
 */

struct finding {
    struct sim_call *call;
    struct arena *arena; /* of the cache */
    struct org org;
    struct entry *entry;
};

static struct policy_set policies_of(const struct finding *finding, const char *type,
                                     const char *target)
{
    struct sim_call *call = finding->call;
    VEC(const struct policy_compiled *) policies = {0};
    const char *kind = org_attached_kind(call, type, target);

    for (const struct sim_record *it = org_first(call, &finding->org, kind); it != NULL;
         it = sim_store_next(it)) {
        const struct json *record = org_get(call, &finding->org, "policy", sim_record_id(it));
        const struct policy_compiled *policy =
            sim_policy_compiled(call->sim->policies, json_str(record, "_content"));

        if (policy != NULL)
            *VEC_ADD(finding->arena, &policies) = policy;
    }
    return (struct policy_set){policies.items, policies.count};
}

/* Whether the type works; if not yet, the entry is good only until it does. */
static bool is_on(const struct finding *finding, const char *type)
{
    struct sim_call *call = finding->call;
    const char *status = org_type_status(call, &finding->org, type);
    const struct json *record = org_get(call, &finding->org, "policy-type", type);

    if (str_eq(status, "PENDING_ENABLE"))
        finding->entry->until_ms = (int64_t)json_number(record, "_ready_ms", 0);
    return finding->org.all_features && str_eq(status, "ENABLED");
}

static struct policy_levels levels_of(const struct finding *finding, const char *type,
                                      const char *account)
{
    VEC(struct policy_level) levels = {0};

    if (!is_on(finding, type))
        return (struct policy_levels){0};
    for (const char *id = account; id != NULL; id = org_parent(finding->call, &finding->org, id)) {
        struct policy_level *level = VEC_ADD(finding->arena, &levels);

        level->name = arena_str(finding->arena, id);
        level->policies = policies_of(finding, type, id);
    }
    for (size_t i = 0; i < levels.count / 2; i++) { /* from the root down */
        struct policy_level other = levels.items[i];

        levels.items[i] = levels.items[levels.count - 1 - i];
        levels.items[levels.count - 1 - i] = other;
    }
    return (struct policy_levels){levels.items, levels.count};
}

static void find(struct sim_call *call, struct arena *arena, struct entry *entry)
{
    struct finding finding = {.call = call, .arena = arena, .entry = entry};
    struct sim_guardrails *over = &entry->over;
    struct sim_organization organization;
    const struct json *self;

    over->attached.guardrails_only = true;
    if (!sim_organization_of(call, entry->account, &organization))
        return;
    self = sim_get(call, organization.management, "", "organization", "self");
    finding.org = (struct org){.id = organization.id,
                               .management = organization.management,
                               .root = json_str(self, "_root"),
                               .all_features = organization.all_features};
    over->organization = arena_str(arena, organization.id);
    over->path = arena_str(
        arena, org_path(call, &finding.org, org_parent(call, &finding.org, entry->account)));
    over->attached.management_principal = over->attached.management_resource =
        str_eq(entry->account, organization.management);
    over->attached.scps = levels_of(&finding, ORG_SCP, entry->account);
    over->attached.rcps = levels_of(&finding, ORG_RCP, entry->account);
}

const struct sim_guardrails *sim_guardrails_of(struct sim_call *call, const char *account)
{
    struct sim_guardrails_cache *cache = sim_policies_guardrails(call->sim->policies);
    struct entry *entry;

    if (cache->version != call->sim->organization_version) {
        sim_guardrails_cache_clear(cache);
        cache->version = call->sim->organization_version;
    }
    HASH_FIND_STR(cache->entries, account, entry);
    if (entry != NULL && (entry->until_ms == 0 || call->now_ms < entry->until_ms))
        return &entry->over;
    if (entry != NULL)
        HASH_DEL(cache->entries, entry);
    entry = arena_alloc(cache->arena, sizeof *entry);
    *entry = (struct entry){.account = arena_str(cache->arena, account)};
    find(call, cache->arena, entry);
    HASH_ADD_KEYPTR(hh, cache->entries, entry->account, strlen(entry->account), entry);
    return &entry->over;
}

/* --- Asking them ---------------------------------------------------------------------------------
 */

static bool takes_rcps(const char *action)
{
    static const char *const services[] = {
        "s3:",
        "sts:",
        "kms:",
        "sqs:",
        "secretsmanager:",
        "cognito-idp:",
        "cognito-identity:",
        "dynamodb:",
        "ecr:",
        "logs:",
        "aoss:",
    };

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (str_starts(action, services[i]))
            return true;
    return false;
}

/* What AWS's documentation leaves open denies. */
static bool denies(struct sim_call *call, const struct policy_attached *attached,
                   const struct policy_request *request, const char *type, const char **out_why)
{
    struct policy_answer answer;

    policy_evaluate(attached, request, &answer);
    if (answer.outcome == POLICY_ALLOWED)
        return false;
    if (answer.policy != NULL && (answer.outcome == POLICY_DENIED || answer.may_deny))
        *out_why = arena_printf(call->arena, "with an explicit deny in a %s", type);
    else
        *out_why =
            arena_printf(call->arena, "because no %s allows the %s action", type, request->action);
    return true;
}

bool sim_rcps_deny(struct sim_call *call, const struct policy_request *request,
                   const char **out_why)
{
    const char *owner =
        request->resource_account == NULL ? request->principal.account : request->resource_account;
    struct policy_attached attached;

    if (owner == NULL || !takes_rcps(request->action))
        return false;
    attached = sim_guardrails_of(call, owner)->attached;
    attached.scps = (struct policy_levels){0};
    return denies(call, &attached, request, "resource control policy", out_why);
}

bool sim_guardrails_deny(struct sim_call *call, const struct policy_request *request,
                         const char **out_why)
{
    struct policy_attached attached = sim_guardrails_of(call, request->principal.account)->attached;

    attached.rcps = (struct policy_levels){0};
    return denies(call, &attached, request, "service control policy", out_why) ||
           sim_rcps_deny(call, request, out_why);
}
